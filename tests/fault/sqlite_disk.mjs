#!/usr/bin/env node
// The disk of SQLite is full in the middle of commits, twice: 503 with a sentence and when to come
// again, nothing acknowledged is lost, reading goes on, and with room again all goes on by itself.
// One sentence in the log for each way. (bad_days.spec.mjs has the same for a single client.)
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ask, startDesk } from '../e2e/desk.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';
import { faultTest, leadsOfSqlite, Load, logged, metric, refusalsAreKind, verify } from './load.mjs';

const ROOM = 2 << 20; // that is left
const PAUSE_MS = 20; // of each client: the fastest machine must not fill the disk by itself while we wait

// While the disk is full the program is halted, as on a machine that stands still, for longer than a
// disk must not have failed to be said to work again: time that goes by is no sign of room.
const HALTS = 2;
const HALT_MS = 4_000;

// Take all but ROOM of the disk. The server writes at the same time and may be faster: then the
// disk is full already, which is as good.
function fill(disk, ballast) {
  const file = openSync(ballast, 'w');
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(disk);
      const rest = bavail * bsize - ROOM;
      if (rest <= 0) return;
      writeSync(file, Buffer.alloc(Math.min(rest, 4 << 20)));
    }
  } catch (err) {
    if (err.code !== 'ENOSPC') throw err;
  } finally {
    closeSync(file);
  }
}

await faultTest('the disk of SQLite is full', async (report, leave, state) => {
  const disk = mkdtempSync(path.join(os.tmpdir(), 'zulauf-disk-'));
  leave(() => rmSync(disk, { recursive: true, force: true }));
  if (process.getuid() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk]).status !== 0) {
    report.skip('the disk is full', 'a small disk can be mounted by root alone, and not in every container');
    return;
  }
  leave(() => { execFileSync('umount', ['-l', disk]); });
  const data = path.join(disk, 'data');
  const desk = await startDesk({ data });
  state.desk = desk;
  leave(() => desk.server.stop());
  const { server } = desk;
  const form = await desk.form();
  const load = new Load(desk, form, 's', {
    pauseMs: PAUSE_MS, fields: { last_name: 'x'.repeat(190), company: 'Lager '.repeat(33) },
  }).start(16);
  await load.more(10);
  const ballast = path.join(disk, 'ballast');
  for (const works of [1, 2]) {
    const from = load.refused.size;
    fill(disk, ballast);
    await until(() => load.refused.size >= from + 100, { ms: 300_000, what: 'the disk to be full' });
    for (let i = 0; i < HALTS; i += 1) {
      const refused = load.refused.size;
      server.child.kill('SIGSTOP');
      await sleep(HALT_MS);
      server.child.kill('SIGCONT');
      await until(() => load.refused.size >= refused + 40, { what: 'people to be told 503 after a halt' });
    }
    const before = load.acknowledged.size;
    const page = await ask(form.url);
    report.holds('reading goes on', page.status === 200, page.status);
    report.holds('readyz says yes: another server would have the same disk', await server.ready());
    rmSync(ballast);
    await load.more(50);
    await until(() => logged(server, 'db.write_works') === works, { what: 'the log to say that it works again' });
    report.says(`${before} were taken before the disk was full, ${load.refused.size - from} refused until there was room and a little after`);
    report.holds('once there is room, submissions are taken again', true);
  }
  await load.stop();
  report.holds('the answer says what is the matter', load.refusals.every((r) => /kein Platz|no space/i.test(r.text)), load.refusals.find((r) => !/kein Platz/.test(r.text))?.text);
  const told = [logged(server, 'db.write_failed', /disk is full/), logged(server, 'db.write_works')];
  report.holds('the log has one sentence each time, both ways', told[0] === 2 && told[1] === 2, told);
  report.holds('/metrics counts what failed', await metric(server, 'http_errors_total') >= load.refused.size);
  refusalsAreKind(report, load, { withinMs: 30_000 });
  await verify(report, { loads: [load], desk, rows: leadsOfSqlite(data) });
  await server.kill();
  await server.start();
  await verify(report, { loads: [load], desk, rows: leadsOfSqlite(data) });
});
