#!/usr/bin/env node
// Through pgbouncer in transaction mode, with --db-prepare off: people submit and confirm, the
// bouncer is restarted in between, and four connections to PostgreSQL are enough for two servers.
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startDesk } from '../e2e/desk.mjs';
import { freePort, startZulauf, until } from '../e2e/zulauf.mjs';
import { owner, ownedFolder, startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, metric, refusalsAreKind, verify } from './load.mjs';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((file) => existsSync(file));

class Bouncer {
  constructor(pg, port) {
    this.port = port;
    this.folder = ownedFolder(mkdtempSync(path.join(os.tmpdir(), 'zulauf-bouncer-')));
    this.user = new URL(pg.url()).username;
    writeFileSync(path.join(this.folder, 'users'), `"${this.user}" ""\n`);
    writeFileSync(path.join(this.folder, 'ini'), [
      '[databases]', `leads = host=127.0.0.1 port=${pg.port} dbname=leads`,
      '[pgbouncer]', 'listen_addr = 127.0.0.1', `listen_port = ${port}`, `unix_socket_dir = ${this.folder}`,
      'auth_type = trust', `auth_file = ${this.folder}/users`, 'pool_mode = transaction', 'default_pool_size = 4',
      'max_client_conn = 200', 'server_reset_query =', ''].join('\n'));
    for (const file of ['users', 'ini']) chmodSync(path.join(this.folder, file), 0o644);
  }

  async start() {
    this.child = spawn(program, [path.join(this.folder, 'ini')], { ...owner, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    this.said = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.said = (this.said + text).slice(-20_000); });
    const child = this.child;
    this.ended = new Promise((resolve) => { child.once('close', resolve); });
    await until(() => new Promise((resolve) => {
      const probe = net.connect(this.port, '127.0.0.1', () => { probe.destroy(); resolve(true); });
      probe.once('error', () => resolve(false));
    }), { what: 'pgbouncer' });
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.ended;
  }
}

await faultTest('pgbouncer stands between', async (report, leave, state) => {
  if (!program) {
    report.skip('pgbouncer', 'it is not installed');
    return;
  }
  const pg = await startPostgres();
  leave(() => pg.stop());
  await pg.create('leads');
  const bouncer = new Bouncer(pg, await freePort());
  leave(() => rmSync(bouncer.folder, { recursive: true, force: true }));
  await bouncer.start();
  leave(() => bouncer.stop('SIGKILL'));
  const args = ['--db-prepare', 'off', '--unlimited-from', '127.0.0.0/8'];
  const env = { ZULAUF_DB: pg.url('leads', { port: bouncer.port }) };
  const desk = await startDesk({ args, env });
  state.desk = desk;
  leave(() => desk.stop());
  const data = mkdtempSync(path.join(os.tmpdir(), 'zulauf-bounced-'));
  leave(() => rmSync(data, { recursive: true, force: true }));
  copyFileSync(path.join(desk.server.data, 'keys.json'), path.join(data, 'keys.json'));
  const second = await startZulauf({ data, args, env });
  leave(() => second.stop());

  const form = await desk.form();
  const lead = await desk.confirmedLead(form, { email: 'bestaetigt@example.org' });
  report.holds('a visitor submits and confirms', lead.email_state === 'verified', JSON.stringify(lead));
  const loads = [desk.server, second].map((server, i) => new Load(desk, form, 'pq'[i], { url: () => server.url }).start(12));
  for (const load of loads) await load.more(40);
  let began; // of the pgbouncer that runs
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    await bouncer.stop(signal);
    [[began]] = await pg.sql('SELECT clock_timestamp()');
    await bouncer.start();
    for (const load of loads) await load.more(40);
    report.holds(`they go on after pgbouncer was ended by ${signal}`, true);
  }
  // Those of the pgbouncer that was killed may end a little later than it.
  const alive = () => pg.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = 'leads' AND backend_type = 'client backend' AND backend_start > '${began}'`);
  const connections = Number((await alive())[0][0]);
  report.holds('four connections are enough', connections <= 4, connections);
  for (const load of loads) await load.stop();
  for (const load of loads) refusalsAreKind(report, load, { withinMs: 45_000 });
  report.says(`${connections} connections; ${await metric(desk.server, 'db_commits_settled_total')} and ${await metric(second, 'db_commits_settled_total')} settled, ` +
    `${await metric(desk.server, 'db_writes_retried_total')} and ${await metric(second, 'db_writes_retried_total')} run again`);
  report.holds('nothing met a statement that was prepared elsewhere', !/prepared statement/.test(desk.server.log() + second.log()));
  report.holds('no request failed inside', logged(desk.server, 'http.request', /status=500/) + logged(second, 'http.request', /status=500/) === 0);
  await verify(report, { loads, desk, rows: leadsOfPostgres(pg, 'leads') });
});
