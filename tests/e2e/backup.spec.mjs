// Backups of the running server: what was acknowledged is in them, who was erased stays erased, a
// restore without that knowledge lets nothing out, and what is damaged is refused.
import { expect, test } from '@playwright/test';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startWatched } from './browser.mjs';
import { ADMIN, ask, startDesk } from './desk.mjs';
import { startPostgres } from '../postgres.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { binary, root, sleep, startZulauf, until } from './zulauf.mjs';

// Files are the subject here, whatever the other tests run on; the last test has a PostgreSQL of its own.
const onFile = { env: { ZULAUF_DB: '' } };

let place;

test.beforeEach(() => { place = mkdtempSync(path.join(os.tmpdir(), 'zulauf-backup-')); });
test.afterEach(() => rmSync(place, { recursive: true, force: true }));

// A command beside whatever runs, without holding the test up: {code, out, err}.
function command(...args) {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { cwd: root, env: process.env });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { err += text; });
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

async function well(...args) {
  const done = await command(...args);
  expect(done.code, `${args.join(' ')}\n${done.out}${done.err}`).toBe(0);
  return done.out;
}

async function refused(sentence, ...args) {
  const done = await command(...args);
  expect(done.signal).toBeNull();
  expect(done.code, `${args.join(' ')}\n${done.out}`).toBeGreaterThan(0);
  expect(done.err).toMatch(sentence);
  expect(done.err).not.toMatch(/Sanitizer|Assertion/);
  return done;
}

// A new data folder with the keys of another: what an operator who kept them has.
function folderWithKeys(from, name = 'restored') {
  const folder = path.join(place, name);
  mkdirSync(folder, { mode: 0o700 });
  copyFileSync(path.join(from, 'keys.json'), path.join(folder, 'keys.json'));
  chmodSync(path.join(folder, 'keys.json'), 0o600);
  return folder;
}

// Every address of a server's leads.
async function addresses(url, token) {
  const found = new Set();
  for (let next = '/leads?limit=200'; next;) {
    const reply = await ask(`${url}/api/v1${next}`, { headers: { authorization: `Bearer ${token}` } });
    expect(reply.status, reply.text).toBe(200);
    for (const lead of reply.json.data) found.add(lead.email);
    next = reply.json.next && `/leads?limit=200&cursor=${encodeURIComponent(reply.json.next)}`;
  }
  return found;
}

test('what was acknowledged before a backup began is in it, whatever comes in meanwhile', async () => {
  const desk = await startDesk(onFile);
  try {
    const form = await desk.form();
    const acknowledged = new Set();
    let over = false;
    const client = async (name) => {
      for (let n = 0; !over; n += 1) {
        const email = `${name}.${n}@load.example`;
        if ((await desk.submit(form, { email, last_name: 'Voß' })).status === 202) acknowledged.add(email);
      }
    };
    const clients = Array.from({ length: 8 }, (_, i) => client(`c${i}`));
    await until(() => acknowledged.size > 300, { what: 'some submissions' });
    const before = [...acknowledged];
    const file = path.join(place, 'a.zbak');
    const said = await well('backup', file, '--data', desk.server.data);
    const during = acknowledged.size;
    over = true;
    await Promise.all(clients);
    expect(during).toBeGreaterThan(before.length); // it held nobody up
    expect(said).toMatch(/packing: 100 %/);
    expect(said).toMatch(/keys\.json is not in it/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(place).sort()).toEqual(['a.zbak', 'a.zbak.erasures.jsonl']);
    await refused(/is there already/, 'backup', file, '--data', desk.server.data);

    expect(await well('check', file, '--data', desk.server.data)).toMatch(/audit chain +ok/);
    const folder = folderWithKeys(desk.server.data);
    await well('restore', file, '--data', folder, '--erasures', path.join(desk.server.data, 'erasures.jsonl'));
    expect(await well('check', '--data', folder)).not.toMatch(/FAULT/);
    const copy = await startZulauf({ data: folder, ...onFile });
    try {
      const there = await addresses(copy.url, desk.token);
      expect(before.filter((email) => !there.has(email))).toEqual([]);
      expect([...there].filter((email) => !acknowledged.has(email))).toEqual([]);
    } finally {
      await copy.stop();
    }
  } finally {
    await desk.stop();
  }
});

test('who was erased after the backup does not come back', async () => {
  const desk = await startDesk(onFile);
  try {
    const form = await desk.form();
    for (const name of ['bleibt', 'geht', 'vorher']) await desk.submit(form, { email: `${name}@x.example` });
    await desk.api('DELETE', `/leads/${(await desk.leadOf('vorher@x.example')).id}?forever=true`);
    const file = path.join(place, 'a.zbak');
    await well('backup', file, '--data', desk.server.data);
    const gone = await desk.leadOf('geht@x.example');
    expect((await desk.api('DELETE', `/leads/${gone.id}?forever=true`)).status).toBeLessThan(300);
    const journal = path.join(desk.server.data, 'erasures.jsonl');
    const lines = readFileSync(journal, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    expect(lines.map((line) => Object.keys(line).join())).toEqual(['at,workspace,lead', 'at,workspace,lead']);
    expect(lines[1].lead).toBe(gone.id);
    expect(readFileSync(journal, 'utf8')).not.toContain('example');

    const folder = folderWithKeys(desk.server.data);
    const restore = ['restore', file, '--data', folder];
    const said = await refused(/--erasures FILE.*--erasures-unknown/, ...restore);
    expect(said.code).toBe(1);
    expect(readdirSync(folder)).toEqual(['keys.json']);
    expect(await well(...restore, '--erasures', journal)).toMatch(/Leads erased since then, and now again: 1\./);
    expect(readdirSync(folder).sort()).toEqual(['erasures.jsonl', 'keys.json', 'lock', 'zulauf.db']);
    expect(readFileSync(path.join(folder, 'erasures.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
    await refused(/nothing is overwritten/, ...restore, '--erasures', journal);
    const copy = await startZulauf({ data: folder, ...onFile });
    try {
      expect([...await addresses(copy.url, desk.token)]).toEqual(['bleibt@x.example']);
    } finally {
      await copy.stop();
    }
    expect(await well('check', '--data', folder)).not.toMatch(/FAULT/);
  } finally {
    await desk.stop();
  }
});

test('an erasure that cannot be noted is not done', async () => {
  const desk = await startDesk(onFile);
  try {
    const form = await desk.form();
    await desk.submit(form, { email: 'da@x.example' });
    const { id } = await desk.leadOf('da@x.example');
    rmSync(path.join(desk.server.data, 'erasures.jsonl')); // made at the start
    mkdirSync(path.join(desk.server.data, 'erasures.jsonl')); // something in its place
    const reply = await desk.api('DELETE', `/leads/${id}?forever=true`, undefined, { headers: { 'accept-language': 'en' } });
    expect(reply.status).toBe(503);
    expect(reply.text).toMatch(/journal of erasures|Löschprotokoll/);
    expect(await desk.leadOf('da@x.example')).not.toBeNull();
    rmSync(path.join(desk.server.data, 'erasures.jsonl'), { recursive: true });
    expect((await desk.api('DELETE', `/leads/${id}?forever=true`)).status).toBeLessThan(300);
    expect(await desk.leadOf('da@x.example')).toBeNull();
  } finally {
    await desk.stop();
  }
});

test('a quarantine lets nothing out, says so on every page, and ends with the journal', async ({ browser }) => {
  const peer = await startSmtpPeer();
  const desk = await startDesk(onFile);
  let copy;
  try {
    const form = await desk.form();
    await desk.submit(form, { email: 'wartet@x.example' });
    await desk.submit(form, { email: 'weg@x.example' });
    const file = path.join(place, 'a.zbak');
    await well('backup', file, '--data', desk.server.data);
    await desk.api('DELETE', `/leads/${(await desk.leadOf('weg@x.example')).id}?forever=true`);

    const folder = folderWithKeys(desk.server.data);
    expect(await well('restore', file, '--data', folder, '--erasures-unknown')).toMatch(new RegExp(`in quarantine.*--release --data ${folder} --erasures`));
    copy = await startDeskOver(folder, desk, ['--mail', `smtp://127.0.0.1:${peer.port}`, '--unlimited-from', '127.0.0.0/8']);
    expect((await copy.submit(form, { email: 'neu@x.example' })).status).toBe(202);
    const csv = await copy.api('GET', '/leads/export?format=csv', undefined, { headers: { 'accept-language': 'en' } });
    expect(csv.status).toBe(403);
    expect(csv.text).toMatch(/quarantine|Quarantäne/);
    await refused(/without the journal of erasures/, 'export', 'leads', '--format', 'jsonl', '--data', folder);
    for (const lang of ['de', 'en']) {
      await copy.data('POST', '/account', { lang });
      const seat = await startWatched(browser, { origin: copy.server.url, lang });
      await seat.go('/sign-in');
      await seat.page.locator('[name=email]').fill(ADMIN.email);
      await seat.page.locator('[name=password]').fill(ADMIN.password);
      await seat.page.locator('main button[type=submit]').click();
      await expect(seat.page).toHaveURL(`${copy.server.url}/`);
      for (const at of ['/', '/leads', '/outbox', '/settings/backup']) {
        await seat.go(at);
        await expect(seat.page.locator('aside.banner').first()).toContainText(seat.t('backup.quarantine_bold'));
      }
      await seat.check();
      await seat.close();
    }
    await sleep(2_500); // two looks of the delivery
    expect(peer.messages).toHaveLength(0);
    expect((await copy.mailsTo('neu@x.example')).map((mail) => mail.state)).toEqual(['queued']);

    const checked = await refused(/^/, 'check', '--data', folder);
    expect(checked.out).toMatch(new RegExp(`quarantine +FAULT .*zulauf restore --release --data ${folder} --erasures FILE`));
    expect(copy.server.out).toMatch(/in quarantine: .*zulauf restore --release --data /);
    await refused(/--confirm-no-erasures/, 'restore', '--release', '--data', folder);
    expect(await well('restore', '--release', '--data', folder, '--erasures', path.join(desk.server.data, 'erasures.jsonl')))
      .toMatch(/1 leads erased again/);
    await until(() => peer.messages.some((m) => m.to.join().includes('neu@x.example')), { what: 'the mail that waited' });
    expect(await copy.leadOf('weg@x.example')).toBeNull();
    expect(await copy.leadOf('wartet@x.example')).not.toBeNull();
    expect((await copy.api('GET', '/leads/export?format=csv')).status).toBe(200);
    expect(await well('check', '--data', folder)).not.toMatch(/quarantine/);
    await refused(/no quarantine/, 'restore', '--release', '--data', folder, '--confirm-no-erasures');
    const audit = await copy.data('GET', '/audit?limit=50');
    expect(audit.map((entry) => entry.action)).toEqual(expect.arrayContaining(['restore.release', 'restore.done']));
  } finally {
    await copy?.server.stop();
    await desk.stop();
    await peer.stop();
  }
});

test('a server that is killed over a backup leaves none, or a whole one', async () => {
  const desk = await startDesk(onFile);
  try {
    const form = await desk.form();
    for (let n = 0; n < 40; n += 1) await desk.submit(form, { email: `n${n}@x.example`, last_name: 'x'.repeat(150) });
    for (const ms of [2, 8, 15, 25, 40, 60]) {
      const file = path.join(place, `k${ms}.zbak`);
      const backup = command('backup', file, '--data', desk.server.data);
      await sleep(10 + ms);
      await desk.server.kill();
      await backup;
      if (existsSync(file)) await well('check', file, '--data', desk.server.data);
      await desk.server.start();
      if (!existsSync(file)) await well('backup', file, '--data', desk.server.data); // leftovers are no hindrance
    }
    expect(readdirSync(place).filter((name) => !/^k\d+\.zbak(\.erasures\.jsonl)?$/.test(name))).toEqual([]);
  } finally {
    await desk.stop();
  }
});

// A desk over a restored folder: its people and tokens are those of the backup.
async function startDeskOver(folder, desk, args) {
  const server = await startZulauf({ data: folder, args, ...onFile });
  return Object.assign(Object.create(Object.getPrototypeOf(desk)), { server, token: desk.token });
}

test('a sealed backup opens with its private key and with no other', async () => {
  const desk = await startDesk(onFile);
  try {
    const file = path.join(place, 's.zbak');
    const key = path.join(place, 'key');
    const publicKey = (await well('backup-key', 'new', key)).trim();
    expect(publicKey).toMatch(/^zbp1_[\w-]{43}$/);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    await refused(/cannot be made/, 'backup-key', 'new', key);
    await refused(/private key/, 'backup', file, '--seal-to', key, '--data', desk.server.data);
    await refused(/no public key/, 'backup', file, '--seal-to', 'zbp1_x', '--data', desk.server.data);
    await well('backup', file, '--seal-to', publicKey, '--data', desk.server.data);
    const folder = folderWithKeys(desk.server.data);
    const restore = ['restore', file, '--data', folder, '--erasures-unknown'];
    expect(await well(...restore, '--dry-run')).toMatch(/sealed +to zbp1_[\s\S]*checksum is right/);
    await refused(/--key FILE/, ...restore);
    const other = path.join(place, 'other');
    await well('backup-key', 'new', other);
    await refused(/another key/, ...restore, '--key', other);
    expect(readdirSync(folder).filter((name) => name.startsWith('zulauf') || name.startsWith('restore'))).toEqual([]);
    expect(await well('check', file, '--key', key, '--data', folder)).toMatch(/consent chain +ok/);
    await well(...restore, '--key', key);
    expect(existsSync(path.join(folder, 'zulauf.db'))).toBe(true);
  } finally {
    await desk.stop();
  }
});

test('what is damaged, newer, of another installation or too large for the disk is refused', async () => {
  const desk = await startDesk(onFile);
  try {
    const file = path.join(place, 'a.zbak');
    await well('backup', file, '--data', desk.server.data);
    const whole = readFileSync(file);
    const bad = path.join(place, 'bad.zbak');
    const folder = folderWithKeys(desk.server.data);
    const restore = ['restore', bad, '--data', folder, '--erasures-unknown'];
    const signed = (bytes) => Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
    const manifest = (from, to) => signed(Buffer.from(whole.subarray(0, -32).toString('latin1').replace(from, to), 'latin1'));

    const turned = Buffer.from(whole);
    turned[Math.floor(turned.length / 2)] ^= 4;
    for (const { bytes, says, isWhole = false, isOthers = false } of [
      { bytes: whole.subarray(0, whole.length / 2), says: /is damaged \(it was cut off\)/ },
      { bytes: turned, says: /is damaged/ },
      { bytes: Buffer.from('<html>not found</html>'), says: /is no backup/ },
      { bytes: manifest(/"schema":\d/, '"schema":9'), says: /newer Zulauf.*install that version/, isWhole: true },
      { bytes: manifest(/"key_ring":"..../, '"key_ring":"AAAA'), says: /belongs to another installation/, isOthers: true },
      { bytes: manifest(/"body_bytes":\d/, (found) => `"body_bytes":${(Number(found.at(-1)) % 9) + 1}`), says: /is damaged/ },
    ]) {
      writeFileSync(bad, bytes);
      await refused(says, ...restore);
      if (isWhole) expect(await well('check', bad, '--data', folder)).toMatch(/database +ok[\s\S]*whole +ok/);
      else if (isOthers) expect((await refused(/^/, 'check', bad, '--data', folder)).out).toMatch(/key ring +FAULT .*belongs to another[\s\S]*database +ok[\s\S]*whole +ok/);
      else await refused(says, 'check', bad, '--data', folder);
      expect(readdirSync(folder).filter((name) => !['keys.json', 'lock'].includes(name))).toEqual([]);
    }
    const bare = path.join(place, 'bare');
    mkdirSync(bare);
    await refused(/keys\.json is missing/, 'restore', file, '--data', bare, '--erasures-unknown');
    for (const look of [['restore', file, '--dry-run'], ['check', file]]) {
      expect((await refused(/^/, ...look, '--data', bare)).out).toMatch(/key ring +FAULT .*keys\.json is missing[\s\S]*whole +ok/);
    }
    expect(await well('check', file, '--data', path.join(place, 'nowhere'))).toMatch(/key ring +not compared/);

    const disk = path.join(place, 'disk');
    mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]).status === 0) {
      try {
        await refused(/not enough room/, 'backup', path.join(disk, 'a.zbak'), '--data', desk.server.data);
        expect(readdirSync(disk)).toEqual([]);
      } finally {
        spawnSync('umount', ['-l', disk]);
      }
    }
    await refused(/could not be written \(No such file or directory\)/, 'backup', path.join(place, 'nowhere', 'a.zbak'), '--data', desk.server.data);
  } finally {
    await desk.stop();
  }
});

test('the plan: set in the settings, made by a job, its trouble shown, its files rotated', async ({ browser }) => {
  const backups = path.join(place, 'backups');
  const desk = await startDesk({ args: ['--backup-dir', backups], ...onFile });
  try {
    const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de' });
    await seat.go('/sign-in');
    await seat.page.locator('[name=email]').fill(ADMIN.email);
    await seat.page.locator('[name=password]').fill(ADMIN.password);
    await seat.page.locator('main button[type=submit]').click();
    await expect(seat.page).toHaveURL(`${desk.server.url}/`);
    await seat.go('/settings');
    await seat.page.getByRole('link', { name: seat.t('backup.link') }).click();
    await expect(seat.page.locator('main')).toContainText(seat.t('backup.last_none'));
    await seat.check();

    await seat.page.locator('#f-every').selectOption('daily');
    await seat.page.locator('#f-keep').fill('0');
    await seat.page.locator('#f-seal_to').fill('zbs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    await seat.page.getByRole('button', { name: seat.t('settings.save') }).click();
    await expect(seat.page.locator('#f-keep-e')).toContainText(seat.t('backup.keep_invalid'));
    await expect(seat.page.locator('#f-seal_to-e')).toContainText(seat.t('backup.seal_to_private'));
    await seat.check();
    await seat.page.locator('#f-keep').fill('2');
    await seat.page.locator('#f-seal_to').fill('');
    await seat.page.locator('#f-every').selectOption('daily');
    await seat.page.getByRole('button', { name: seat.t('settings.save') }).click();
    await expect(seat.page.locator('main [role=status]').first()).toContainText(seat.t('settings.saved'));

    const made = () => (existsSync(backups) ? readdirSync(backups).filter((name) => name.endsWith('.zbak')) : []);
    for (let n = 1; n <= 3; n += 1) {
      const before = await desk.data('GET', '/settings/backup');
      await sleep(1_100); // a name a second
      await seat.page.getByRole('button', { name: seat.t('backup.now') }).click();
      await expect(seat.page.locator('main [role=status]').first()).toContainText(seat.t('backup.asked'));
      await until(async () => (await desk.data('GET', '/settings/backup')).last?.file !== before.last?.file, { what: 'a backup' });
    }
    await expect.poll(made).toHaveLength(2);
    const state = await desk.data('GET', '/settings/backup');
    expect(state).toMatchObject({ every: 'daily', keep: 2, folder: backups, trouble: null, quarantine: false });
    expect(made()).toContain(state.last.file);
    await well('check', path.join(backups, state.last.file), '--data', desk.server.data);
    await seat.go('/settings/backup');
    await expect(seat.page.locator('main')).toContainText(state.last.file);
    await seat.check();

    rmSync(backups, { recursive: true });
    writeFileSync(backups, 'a file in its place');
    expect((await desk.api('POST', '/settings/backup/run', {})).status).toBe(202);
    await until(async () => (await desk.data('GET', '/settings/backup')).trouble, { what: 'the trouble' });
    await seat.go('/leads');
    await expect(seat.page.locator('aside.banner', { hasText: seat.t('backup.shell_bold') })).toContainText(backups);
    await seat.check();
    rmSync(backups);
    expect((await desk.api('POST', '/settings/backup/run', {})).status).toBe(202);
    await until(async () => !(await desk.data('GET', '/settings/backup')).trouble, { what: 'the trouble to end' });
    expect((await desk.api('PATCH', '/settings/backup', { hour: 24 })).status).toBe(422);
    const reader = await desk.newToken('liest', ['settings_read', 'settings_write']);
    expect((await desk.api('GET', '/settings/backup', undefined, { token: reader })).status).toBe(403);
  } finally {
    await desk.stop();
  }
});

test('an installation on PostgreSQL is backed up as rows, and stands again as a file', async () => {
  let pg;
  try {
    pg = await startPostgres();
  } catch (error) {
    test.skip(true, `no PostgreSQL here: ${error.message}`);
  }
  let desk;
  try {
    const url = await pg.create('leads');
    desk = await startDesk({ args: ['--db', url] });
    const form = await desk.form();
    for (let n = 0; n < 30; n += 1) await desk.submit(form, { email: `pg${n}@x.example`, last_name: 'Ärger "zwei"\n' });
    const file = path.join(place, 'rows.zbak');
    await well('backup', file, '--data', desk.server.data);
    const gone = await desk.leadOf('pg3@x.example');
    await desk.api('DELETE', `/leads/${gone.id}?forever=true`);
    const folder = folderWithKeys(desk.server.data);
    const restore = ['restore', file, '--data', folder, '--erasures', path.join(desk.server.data, 'erasures.jsonl')];
    expect(await well(...restore, '--dry-run')).toMatch(/30 leads.*engine postgresql, body rows[\s\S]*whole +ok/);
    await refused(/zulauf copy/, ...restore, '--db', url);
    expect(await well(...restore)).toMatch(/consent chain +ok[\s\S]*Leads erased since then, and now again: 1\./);
    expect(await well('check', file, '--data', folder)).toMatch(/database +ok/);
    const copy = await startZulauf({ data: folder, ...onFile });
    const there = await addresses(copy.url, desk.token);
    await copy.stop();
    expect(there.size).toBe(29);
    expect(there.has('pg3@x.example')).toBe(false);

    await desk.server.stop();
    await well('backup', path.join(place, 'alone.zbak'), '--data', desk.server.data, '--db', url);
    const other = await pg.create('moved');
    await well('copy', '--from', `sqlite:${folder}`, '--to', other);
    const moved = await startZulauf({ data: folder, args: ['--db', other] });
    expect((await addresses(moved.url, desk.token)).size).toBe(29);
    await moved.stop();
    expect(await well('check', '--data', folder, '--db', other)).not.toMatch(/FAULT/);
  } finally {
    await desk?.stop();
    await pg?.stop();
  }
});
