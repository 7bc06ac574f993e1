#!/usr/bin/env node
// The network between Zulauf and PostgreSQL swallows everything, without a word: first for 8
// seconds and then all arrives after all, then for 25 and every connection is dead.
import { ask, startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, metric, refusalsAreKind, verify } from './load.mjs';
import { PLAIN, startProxy } from './proxy.mjs';

// What a visitor waits at most: until it is clear that nobody is there (6 s) and that he does not
// come back soon (5 s); and where a COMMIT is in doubt, for what became of it (15 s, and 3 for the
// last attempt to connect).
const BOUND_MS = 50_000; // and some for a busy machine; who hangs is given up after 60

await faultTest('the network swallows everything', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const proxy = await startProxy({ port: pg.port });
  leave(() => proxy.stop());
  await pg.create('leads');
  const desk = await startDesk({ env: { ZULAUF_DB: pg.url('leads', { port: proxy.port, query: PLAIN }) } });
  state.desk = desk;
  leave(() => desk.stop());
  const { server } = desk;
  const form = await desk.form();
  const load = new Load(desk, form, 'h').start(16);
  await load.more(100);
  for (const { seconds, then } of [{ seconds: 8, then: 'pass' }, { seconds: 25, then: 'close' }]) {
    const from = load.refused.size;
    proxy.hole(true);
    let firstMs = null;
    const began = Date.now();
    let saidNo = false;
    const isOver = () => Date.now() - began >= (then === 'close' && !saidNo ? 5 : 1) * seconds * 1_000;
    while (!isOver()) {
      if (firstMs === null && load.refused.size > from) firstMs = Date.now() - began;
      saidNo ||= !(await server.ready());
      await sleep(50);
    }
    if (then === 'close') {
      const page = await ask(form.url);
      report.holds('a visitor is shown a page that says so, at once', page.status === 503 && Number(page.headers['retry-after']) > 0 &&
        /text\/html/.test(page.headers['content-type']), `${page.status} ${page.text.slice(0, 200)}`);
      report.holds('readyz says no after 15 seconds', saidNo);
      proxy.closeAll();
    }
    proxy.hole(false);
    const back = Date.now();
    await load.more(50);
    await until(() => server.ready(), { what: 'readyz to say yes' });
    report.says(`${seconds} s of silence: ${load.refused.size - from} refused, the first after ${firstMs ?? '-'} ms; taken again ${Date.now() - back} ms after its end`);
    report.holds(`after ${seconds} s of silence it goes on`, true);
  }
  await load.stop();
  refusalsAreKind(report, load, { withinMs: BOUND_MS });
  report.says(`${await metric(server, 'db_commits_settled_total')} settled (${logged(server, 'db.commit_settled', /kept=yes/)} kept, ` +
    `${logged(server, 'db.commit_settled', /kept=no/)} not, ${logged(server, 'db.commit_settled', /kept=unknown/)} not known); slowest answer ${Math.round(load.slowestMs)} ms`);
  report.holds('the log says that it is away', logged(server, 'db.unreachable') >= 1);
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
