#!/usr/bin/env node
// PostgreSQL cannot be reached, and a connection that was begun just before comes through late: it
// is no sign that the server is back, and the operator is told once of each.
import { startDesk } from '../e2e/desk.mjs';
import { until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, verify } from './load.mjs';
import { PLAIN, startProxy } from './proxy.mjs';

await faultTest('a connection comes through late', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const proxy = await startProxy({ port: pg.port });
  leave(() => proxy.stop());
  await pg.create('leads');
  const desk = await startDesk({ env: { ZULAUF_DB: pg.url('leads', { port: proxy.port, query: PLAIN }) } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 'l').start(16);
  await load.more(50);
  proxy.shut();
  proxy.closeAll();
  await until(() => proxy.kept && logged(desk.server, 'db.unreachable') > 0, { what: 'the server to be told away' });
  proxy.letIn();
  const before = proxy.turnedAway;
  await until(() => proxy.turnedAway > before + 3, { what: 'others to knock again' });
  if (!proxy.kept.answered) report.skip('one comes through late', 'this machine stood still for longer than an attempt lasts');
  else report.holds('while others are turned away, one that was late brings no news', logged(desk.server, 'db.reachable') === 0);
  proxy.unshut();
  await load.more(50);
  await until(() => logged(desk.server, 'db.reachable') > 0, { what: 'the server to be told back' });
  await load.stop();
  report.holds('the log says once that it is away', logged(desk.server, 'db.unreachable') === 1, logged(desk.server, 'db.unreachable'));
  report.holds('and once that it is back', logged(desk.server, 'db.reachable') === 1, logged(desk.server, 'db.reachable'));
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
