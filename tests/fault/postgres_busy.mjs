#!/usr/bin/env node
// Somebody holds locks that every submission needs, and the pool has two connections: people are
// told 503 and when to come again, nobody waits for ever, and it goes on when the locks are gone.
import { spawn } from 'node:child_process';
import { startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, metric, refusalsAreKind, verify } from './load.mjs';

const HELD_MS = 12_000;

await faultTest('every connection waits for a lock', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const url = await pg.create('leads');
  const desk = await startDesk({ args: ['--db-pool', '2'], env: { ZULAUF_DB: url } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 'b').start(16);
  await load.more(50);
  report.holds('no more connections are open than it was told', await metric(desk.server, 'db_connections') <= 2);
  const psql = spawn('psql', ['-Xq', url], { stdio: ['pipe', 'ignore', 'inherit'] });
  leave(() => { psql.kill(); });
  psql.stdin.write('BEGIN; LOCK TABLE lead, submission IN ACCESS EXCLUSIVE MODE;\n');
  await sleep(HELD_MS);
  await until(() => load.refused.size >= 16, { what: 'people to be told 503' });
  report.holds('while they are held, people are told 503', true);
  const others = await pg.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zulauf'");
  report.holds('and there are still two connections', Number(others[0][0]) <= 2, others);
  psql.stdin.end('ROLLBACK;\n');
  await load.more(50);
  await load.stop();
  report.holds('it goes on when they are gone', true);
  refusalsAreKind(report, load, { withinMs: 45_000 });
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
