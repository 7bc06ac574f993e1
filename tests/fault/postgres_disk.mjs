#!/usr/bin/env node
// The disk of PostgreSQL's tables is full: the database lies in a tablespace on a small disk, its
// log of changes elsewhere (were that full, PostgreSQL would stop at once, which is a restart to
// us: postgres_restart.mjs). 503 until there is room again; nothing acknowledged is lost.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ask, startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { ownedFolder, startPostgres } from '../postgres.mjs';
import { faultTest, leadsOfPostgres, Load, logged, refusalsAreKind, verify } from './load.mjs';

// While the disk is full the program is halted, as on a machine that stands still, for longer than a
// disk must not have failed to be said to work again: time that goes by is no sign of room.
const HALTS = 3;
const HALT_MS = 4_000;

await faultTest("the disk of PostgreSQL's tables is full", async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const disk = path.join(pg.folder, 'disk');
  mkdirSync(disk);
  if (process.getuid() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]).status !== 0) {
    report.skip('the disk is full', 'a small disk can be mounted by root alone, and not in every container');
    return;
  }
  leave(() => { execFileSync('umount', ['-l', disk]); });
  ownedFolder(disk);
  await pg.sql(`CREATE TABLESPACE small LOCATION '${ownedFolder(path.join(disk, 'tables'))}'`);
  const url = await pg.create('leads', 'TABLESPACE small');
  const desk = await startDesk({ env: { ZULAUF_DB: url } });
  state.desk = desk;
  leave(() => desk.stop());
  const form = await desk.form();
  const load = new Load(desk, form, 'd', { fields: { last_name: 'x'.repeat(190), company: 'Lager '.repeat(33) } }).start(16);
  await load.more(30);
  await until(() => load.refused.size >= 50, { ms: 300_000, what: 'the disk to be full' });
  const before = load.acknowledged.size;
  const page = await ask(form.url);
  report.holds('reading goes on', page.status === 200, page.status);
  report.holds('the answer says what is the matter', load.refusals.some((r) => /gespeichert|saved/.test(r.text)), load.refusals.at(-1)?.text);
  report.holds('the log says that the disk is full', /No space left|disk is full/i.test(desk.server.log()));
  for (let i = 0; i < HALTS; i += 1) {
    const refused = load.refused.size;
    desk.server.child.kill('SIGSTOP');
    await sleep(HALT_MS);
    desk.server.child.kill('SIGCONT');
    await until(() => load.refused.size >= refused + 40, { what: 'people to be told 503 after a halt' });
  }
  execFileSync('mount', ['-o', 'remount,size=400m', disk]);
  await load.more(100);
  await until(() => logged(desk.server, 'db.write_works') > 0, { what: 'the log to say that it works again' });
  await load.stop();
  report.says(`${before} were taken before, ${load.acknowledged.size - before} since it was full`);
  report.holds('once there is room, submissions are taken again', true);
  const told = ['db.write_failed', 'db.write_works'].map((event) => logged(desk.server, event));
  report.holds('the log says so, once each', told[0] === 1 && told[1] === 1, told);
  refusalsAreKind(report, load, { withinMs: 45_000 });
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
