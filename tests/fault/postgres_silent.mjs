#!/usr/bin/env node
// Every connection is cut, and whoever connects anew hears nothing for longer than an attempt lasts,
// as on a machine that stands still for some seconds, PostgreSQL with it: the next attempt gets
// through, nobody is told that the server is away, and nothing is lost.
import { startDesk } from '../e2e/desk.mjs';
import { until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, verify } from './load.mjs';
import { PLAIN, startProxy } from './proxy.mjs';

const TIMES = 3; // each over before a second attempt is …
const TRIES = 12; // … of so many: where this machine stands still itself, two attempts are silent
const ATTEMPT_MS = 3_000; // PG_CONNECT_S
const SAME_MS = 500; // who comes that much before its end has begun to wait later than the others

await faultTest('all is silent for a while', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const proxy = await startProxy({ port: pg.port });
  leave(() => proxy.stop());
  await pg.create('leads');
  const desk = await startDesk({ env: { ZULAUF_DB: pg.url('leads', { port: proxy.port, query: PLAIN }) } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 's').start(16);
  await load.more(50);
  let short = 0;
  for (let i = 0; short < TIMES && i < TRIES; i += 1) {
    const told = logged(desk.server, 'db.unreachable');
    const began = Date.now();
    proxy.hole(true);
    proxy.closeAll();
    await until(() => proxy.metLast >= began + ATTEMPT_MS - SAME_MS, { everyMs: 10, what: 'a second attempt' });
    proxy.hole(false);
    await load.more(1);
    const lastedMs = Date.now() - began;
    await load.more(49);
    if (lastedMs >= 2 * ATTEMPT_MS - SAME_MS) continue;
    short += 1;
    const news = logged(desk.server, 'db.unreachable') - told;
    report.holds('one attempt without an answer is no news', news === 0, `${news} after ${lastedMs} ms`);
  }
  await load.stop();
  if (short < TIMES) report.skip('silence for one attempt', 'this machine stood still for longer, again and again');
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
