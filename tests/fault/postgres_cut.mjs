#!/usr/bin/env node
// The connection breaks between COMMIT and its answer, once the COMMIT has taken place and once
// before the server has seen it; and again while Zulauf asks what became of it. Each submission is
// there exactly once, and nobody notices.
import { startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, metric, verify } from './load.mjs';
import { PLAIN, startProxy } from './proxy.mjs';

const CUTS = 30; // of each kind

await faultTest('the answer to a COMMIT is lost', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const proxy = await startProxy({ port: pg.port });
  leave(() => proxy.stop());
  await pg.create('leads');
  const desk = await startDesk({ env: { ZULAUF_DB: pg.url('leads', { port: proxy.port, query: PLAIN }) } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 'c').start(12);
  await load.more(50);
  for (let i = 0; i < 2 * CUTS; i += 1) {
    if (i % 3 === 0) proxy.cutClaims = 1 + (i % 2);
    proxy.cutNext = i % 2 === 0 ? 'after' : 'before';
    await until(() => proxy.cutNext === null, { what: 'a COMMIT to cut' });
    await sleep(60);
    await load.more(6); // however slow all is, nobody meets one break after the other
  }
  await load.more(50);
  await load.stop();
  // One of them may be a job's, for which no visitor waits.
  const cuts = proxy.cuts.after + proxy.cuts.before;
  await until(async () => await metric(desk.server, 'db_commits_settled_total') >= cuts, { what: 'each lost answer to be found out' }).catch(() => {});
  const settled = await metric(desk.server, 'db_commits_settled_total');
  const [kept, not] = ['yes', 'no'].map((word) => logged(desk.server, 'db.commit_settled', new RegExp(`kept=${word}`)));
  report.says(`${proxy.cuts.after} cut after and ${proxy.cuts.before} before the COMMIT, ${proxy.cuts.claim} while asking; ` +
    `${settled} settled (${kept} kept, ${not} not), of ${proxy.commits} commits; slowest answer ${Math.round(load.slowestMs)} ms`);
  report.holds('each lost answer was found out', settled === cuts, settled);
  report.holds('those that took place were found kept', kept === proxy.cuts.after, kept);
  report.holds('those that did not were found not kept', not === proxy.cuts.before, not);
  report.holds('no visitor noticed', load.refused.size === 0 && load.doubt.size === 0, `${load.refused.size} refused, ${load.doubt.size} without an answer`);
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
