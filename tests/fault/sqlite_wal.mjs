#!/usr/bin/env node
// Another program (a backup, somebody's shell) reads from the SQLite file and does not end: the log
// cannot be copied back and grows. Submissions go on, the operator is told, and once the reader is
// gone the log is short again.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { startDesk } from '../e2e/desk.mjs';
import { until } from '../e2e/zulauf.mjs';
import { faultTest, leadsOfSqlite, Load, logged, metric, verify } from './load.mjs';

const MB = 1 << 20;
const TOLD_AT = 64 * MB; // DB_WAL_HARD_BYTES

const READER = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + '/zulauf.db', isolation_level=None)
db.execute('BEGIN')
print(db.execute('SELECT count(*) FROM lead').fetchone()[0], flush=True)
sys.stdin.read()
`;

await faultTest('a reader keeps the log of SQLite long', async (report, leave, state) => {
  const desk = await startDesk();
  state.desk = desk;
  leave(() => desk.stop());
  const { server } = desk;
  const wal = () => statSync(path.join(server.data, 'zulauf.db-wal')).size;
  const form = await desk.form();
  const load = new Load(desk, form, 'w', { fields: { last_name: 'x'.repeat(190), company: 'Lager '.repeat(33) } }).start(16);
  await load.more(20);
  const reader = spawn('python3', ['-c', READER, server.data], { stdio: ['pipe', 'pipe', 'inherit'] });
  leave(() => { reader.kill(); });
  await new Promise((resolve) => { reader.stdout.once('data', resolve); });
  const began = Date.now();
  const from = load.acknowledged.size;
  await until(() => wal() > TOLD_AT + 8 * MB, { ms: 600_000, what: `the log to grow past ${(TOLD_AT + 8 * MB) / MB} MB` });
  await load.more(100);
  const rate = Math.round(((load.acknowledged.size - from) * 1_000) / (Date.now() - began));
  report.holds('submissions go on', load.refused.size === 0 && load.doubt.size === 0, `${load.refused.size} refused, ${load.doubt.size} without an answer`);
  await until(() => logged(server, 'db.log_grows') > 0, { what: 'the operator to be told' });
  report.holds('the operator is told, once', logged(server, 'db.log_grows', /another program/) === 1, logged(server, 'db.log_grows'));
  report.holds('/metrics shows it', await metric(server, 'db_wal_bytes') > TOLD_AT);
  const most = wal();
  reader.stdin.end();
  await load.more(20);
  await until(() => logged(server, 'db.log_short') > 0, { what: 'the operator to be told that it is over' });
  await until(async () => await metric(server, 'db_wal_bytes') < 16 * MB, { ms: 120_000, what: 'the log to begin anew' });
  report.holds('once the reader is gone the log begins anew, while people go on submitting', true);
  await load.more(20);
  await load.stop();
  await until(() => wal() === 0, { ms: 180_000, everyMs: 500, what: 'the log of an idle server to be cut to nothing' });
  report.says(`the log grew to ${Math.round(most / MB)} MB at ${rate} submissions a second, and is empty after the reader's end`);
  report.says(`slowest answer ${Math.round(load.slowestMs)} ms`);
  report.holds('nobody waited long for it', load.slowestMs < 30_000, `${load.slowestMs} ms`);
  await verify(report, { loads: [load], desk, rows: leadsOfSqlite(server.data) });
});
