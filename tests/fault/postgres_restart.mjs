#!/usr/bin/env node
// PostgreSQL is restarted under load, in order and by the axe: what was acknowledged is there, and
// nobody has to restart Zulauf.
import { startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, metric, refusalsAreKind, verify } from './load.mjs';

await faultTest('PostgreSQL is restarted', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const desk = await startDesk({ env: { ZULAUF_DB: await pg.create('leads') } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 'r').start(16);
  await load.more(100);
  for (const [mode, times] of [['fast', 2], ['immediate', 2]]) {
    for (let i = 0; i < times; i += 1) {
      await pg.restart(mode);
      await load.more(100);
      report.holds(`submissions are taken again after restart -m ${mode}`, true);
    }
  }
  // Away for longer than anybody waits.
  await pg.halt('fast');
  await sleep(12_000);
  const before = load.refused.size;
  await until(() => load.refused.size > before, { what: 'people to be told 503' });
  report.holds('while it is away, people are told 503', true);
  await pg.start();
  await load.more(100);
  await load.stop();
  refusalsAreKind(report, load, { withinMs: 45_000 });
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
  report.holds('the log says once that it is away', logged(desk.server, 'db.unreachable') >= 1 && logged(desk.server, 'db.unreachable') <= 5,
    `${logged(desk.server, 'db.unreachable')}`);
  report.holds('and that it is back', logged(desk.server, 'db.reachable') === logged(desk.server, 'db.unreachable'));
  report.says(`${await metric(desk.server, 'db_commits_settled_total')} settled, ${await metric(desk.server, 'db_writes_retried_total')} run again, slowest answer ${Math.round(load.slowestMs)} ms`);
});
