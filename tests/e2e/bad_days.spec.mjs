// Days when something is wrong from the start, or runs out: one sentence that says what to do, a
// clear exit code, and nothing lost that was accepted.
import { expect, test } from '@playwright/test';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ask, startDesk } from './desk.mjs';
import { binary, freePort, root, startZulauf, until } from './zulauf.mjs';

const isRoot = process.getuid?.() === 0;

function folder() {
  return mkdtempSync(path.join(os.tmpdir(), 'zulauf-bad-'));
}

// Run serve where it must not come up; ends it should it come up nevertheless.
function serve(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(binary, ['serve', ...args], { cwd: root, env: { ...process.env, ...env } });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { err += text; });
    const late = setTimeout(() => child.kill('SIGKILL'), 90_000);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code, signal, out, err });
    });
  });
}

// It ended with this code, saying one sentence that matches, for people.
function refused(done, code, sentence) {
  expect(done.signal, `it came up, or hung:\n${done.out}${done.err}`).toBeNull();
  const said = done.err.split('\n').filter((line) => line.startsWith('zulauf: '));
  expect(said, done.err).toHaveLength(1);
  expect(said[0]).toMatch(sentence);
  expect(said[0]).toMatch(/[.?]$/);
  expect(said[0]).not.toMatch(/Something went wrong|error\.[a-z_]+/);
  expect(done.err).not.toMatch(/Sanitizer|Assertion|core dumped/);
  expect(done.out).not.toContain('/setup/');
  expect(done.code).toBe(code);
}

const on = async (data, ...more) => ['--data', data, '--listen', `127.0.0.1:${await freePort()}`, ...more];

test('a second server on one folder is refused, and the first goes on', async () => {
  const server = await startZulauf();
  try {
    refused(await serve(await on(server.data)), 1, /Another Zulauf is running on .*; stop it/);
    expect(await server.ready()).toBe(true);
  } finally {
    await server.stopAndForget();
  }
});

test('a port that is taken is named', async () => {
  const server = await startZulauf();
  const data = folder();
  try {
    refused(await serve(['--data', data, '--listen', `127.0.0.1:${server.port}`]), 1, new RegExp(`${server.port}`));
  } finally {
    await server.stopAndForget();
    rmSync(data, { recursive: true });
  }
});

test('an address of another machine is refused', async () => {
  const data = folder();
  refused(await serve(['--data', data, '--listen', '203.0.113.7:8080']), 1, /203\.0\.113\.7/);
  rmSync(data, { recursive: true });
});

test('a data folder below a file, and a file in its place', async () => {
  const data = folder();
  writeFileSync(path.join(data, 'file'), 'x');
  refused(await serve(await on(path.join(data, 'file'))), 1, /is not a folder.*--data/);
  refused(await serve(await on(path.join(data, 'file', 'below'))), 1, /--data/);
  rmSync(data, { recursive: true });
});

test('a folder that cannot be written to', async () => {
  const data = folder();
  if (isRoot) {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', data]).status === 0;
    test.skip(!mounted, 'root may write everywhere, and nothing can be mounted here');
  } else {
    execFileSync('chmod', ['0500', data]);
  }
  try {
    refused(await serve(await on(data)), 1, /cannot be written to/);
  } finally {
    if (isRoot) spawnSync('umount', [data]);
    rmSync(data, { recursive: true });
  }
});

const LINES = [
  { name: 'a flag that is nearly right', args: ['--lisen', '127.0.0.1:1'], says: /--lisen is not known; did you mean --listen\?/ },
  { name: 'a flag without its value', args: ['--data'], says: /--data needs a value/ },
  { name: 'an address without a port', args: ['--listen', 'localhost'], says: /--listen takes HOST:PORT/ },
  { name: 'a port that is none', args: ['--listen', '127.0.0.1:99999'], says: /--listen takes HOST:PORT/ },
  { name: 'a public URL with a path', args: ['--public-url', 'https://example.org/leads'], says: /--public-url/ },
  { name: 'a public URL that is none', args: ['--public-url', 'example'], says: /--public-url/ },
  { name: 'mail to nowhere', args: ['--mail', 'ftp://example.org'], says: /--mail takes/ },
  { name: 'workers that are none', args: ['--workers', 'viele'], says: /--workers takes a whole number/ },
  { name: 'too little memory', args: ['--memory', '1'], says: /--memory takes a whole number/ },
  { name: 'networks that are none', args: ['--trusted-proxies', 'proxy.local'], says: /--trusted-proxies takes networks/ },
  { name: 'a variable that is nearly right', env: { ZULAUF_LISTN: '127.0.0.1:1' }, says: /ZULAUF_LISTN is not known; did you mean ZULAUF_LISTEN\?/ },
  { name: 'a variable with a bad value', env: { ZULAUF_LISTEN: 'nirgends' }, says: /HOST:PORT/ },
  { name: 'a word too many', args: ['jetzt', 'sofort', 'a', 'b', 'c', 'd'], says: /too many words/ },
];
for (const { name, args = [], env = {}, says } of LINES) {
  test(`on the command line: ${name}`, async () => {
    const data = folder();
    const whole = args.includes('--listen') || env.ZULAUF_LISTEN || args.at(-1) === '--data' ? ['--data', data, ...args] : await on(data, ...args);
    refused(await serve(whole, env), 2, says);
    expect(existsSync(path.join(data, 'zulauf.db'))).toBe(false); // nothing was begun
    rmSync(data, { recursive: true });
  });
}

test('a relay that cannot be one is refused at the start', async () => {
  const data = folder();
  for (const mail of ['smtp://', 'smtp://user:geheim@example.org:0', 'smtp://user:geheim@example.org?tls=none', 'smtps://example.org?ca=/gibt/es/nicht.pem']) {
    const done = await serve(await on(data, '--mail', mail));
    expect([1, 2], mail).toContain(done.code);
    refused(done, done.code, /\S/);
    expect(done.err, mail).not.toContain('geheim');
  }
  rmSync(data, { recursive: true });
});

test('a word that is no command', () => {
  const done = spawnSync(binary, ['serv'], { encoding: 'utf8' });
  expect(done.status).toBe(2);
  expect(done.stderr).toMatch(/^zulauf: there is no command serv; see zulauf --help\.\n$/);
  expect(spawnSync(binary, ['--help'], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  expect(spawnSync(binary, ['serve', '--help'], { encoding: 'utf8' }).stdout).toContain('--listen');
});

// --- a used folder, damaged ---

// A folder with a lead in it, its server stopped.
async function usedFolder() {
  const desk = await startDesk();
  const form = await desk.form();
  for (let i = 0; i < 3; i += 1) await desk.confirmedLead(form, { email: `da${i}@example.org` });
  expect((await desk.server.stop()).code).toBe(0);
  return desk;
}

const python = (data, code) => execFileSync('python3', ['-c',
  `import sqlite3,sys; db=sqlite3.connect(sys.argv[1]+'/zulauf.db'); ${code}; db.commit(); db.close()`, data]);

const DAMAGE = [
  { name: 'a database of garbage', says: /database|zulauf\.db/i,
    spoil: (data) => writeFileSync(path.join(data, 'zulauf.db'), Buffer.alloc(65_536, 'garbage ')) },
  { name: 'a database whose first page is gone', says: /database|zulauf\.db/i,
    spoil: (data) => {
      const file = path.join(data, 'zulauf.db');
      const bytes = readFileSync(file);
      bytes.fill(0xff, 0, 4096);
      writeFileSync(file, bytes);
    } },
  { name: 'a database cut in the middle', says: /database|zulauf\.db/i,
    spoil: (data) => truncateSync(path.join(data, 'zulauf.db'), Math.floor(statSync(path.join(data, 'zulauf.db')).size / 16 / 8192) * 8192) },
  { name: 'a database of a newer version', says: /newer Zulauf/,
    spoil: (data) => python(data, "db.execute(\"INSERT INTO schema_migration VALUES (9999,'9999_future.sql','00',1)\")") },
  { name: 'a schema that is not ours', says: /\S+ \S+/,
    spoil: (data) => python(data, "db.execute(\"UPDATE schema_migration SET sha256='00' WHERE version=1\")") },
  { name: 'no keys', says: /keys\.json/, spoil: (data) => rmSync(path.join(data, 'keys.json')) },
  { name: 'keys that are garbage', says: /keys\.json/, spoil: (data) => writeFileSync(path.join(data, 'keys.json'), '{"what"') },
  { name: 'empty keys', says: /keys\.json/, spoil: (data) => writeFileSync(path.join(data, 'keys.json'), '') },
];
for (const { name, says, spoil } of DAMAGE) {
  test(`a used folder with ${name} is not touched`, async () => {
    const { server } = await usedFolder();
    try {
      spoil(server.data);
      const before = readFileSync(path.join(server.data, 'zulauf.db'));
      const keys = path.join(server.data, 'keys.json');
      const hadKeys = existsSync(keys) && readFileSync(keys, 'utf8');
      refused(await serve(await on(server.data)), 1, says);
      expect(readFileSync(path.join(server.data, 'zulauf.db')).equals(before)).toBe(true);
      expect(existsSync(keys) && readFileSync(keys, 'utf8')).toBe(hadKeys); // no new keys over old data
    } finally {
      rmSync(server.data, { recursive: true });
    }
  });
}

test('keys of another installation are refused', async () => {
  const [one, other] = [await usedFolder(), await usedFolder()];
  writeFileSync(path.join(one.server.data, 'keys.json'), readFileSync(path.join(other.server.data, 'keys.json')));
  refused(await serve(await on(one.server.data)), 1, /keys\.json belongs to another installation/);
  for (const desk of [one, other]) rmSync(desk.server.data, { recursive: true });
});

test('keys that others may read are refused or put right', async () => {
  const { server } = await usedFolder();
  expect(statSync(path.join(server.data, 'keys.json')).mode & 0o077).toBe(0);
  rmSync(server.data, { recursive: true });
});

test('a folder left behind by kill -9 is taken up again', async () => {
  const desk = await startDesk();
  try {
    const form = await desk.form();
    await desk.confirmedLead(form, { email: 'bleibt@example.org' });
    await desk.server.kill();
    await desk.server.start();
    expect(await desk.leadOf('bleibt@example.org')).toMatchObject({ email_state: 'verified' });
    expect(desk.server.run('check')).not.toMatch(/fault|broken/i);
  } finally {
    await desk.stop();
  }
});

test('the set-up link stays good over a restart, until it is used', async () => {
  const server = await startZulauf();
  const first = server.signInUrl;
  await server.stop();
  server.out = '';
  await server.start();
  expect(server.log()).toContain('/setup/');
  const page = await ask(server.signInUrl);
  expect(page.status).toBe(200);
  expect([200, 410]).toContain((await ask(first)).status);
  await server.stopAndForget();
});

// --- stopping ---

test('SIGTERM ends in order, quickly, even with idle connections and an open event stream', async () => {
  const desk = await startDesk();
  const net = await import('node:net');
  const idle = net.connect(desk.server.port, '127.0.0.1');
  await new Promise((resolve) => { idle.once('connect', resolve); });
  const stream = await new Promise((resolve, reject) => {
    http.get(`${desk.server.url}/events`, { headers: { cookie: desk.cookie }, agent: false }, resolve).on('error', reject);
  });
  expect(stream.statusCode).toBe(200);
  const whole = new Promise((resolve, reject) => { stream.resume().once('end', resolve).once('error', reject); });
  const began = Date.now();
  const ended = await desk.server.stop();
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(Date.now() - began).toBeLessThan(30_000);
  await whole;
  expect(desk.server.err).toContain('event=server.stopped');
  idle.destroy();
  rmSync(desk.server.data, { recursive: true });
});

// --- the disk is full ---

test('on a full disk a submission is told 503, nothing accepted is lost, and it goes on once there is room', async () => {
  test.skip(!isRoot, 'only root can mount a small disk');
  const disk = folder();
  test.skip(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]).status !== 0, 'nothing can be mounted here');
  let desk;
  try {
    desk = await startDesk({ data: path.join(disk, 'data') });
    const form = await desk.form();
    const accepted = [];
    let refusals = 0;
    const message = 'Lager '.repeat(500);
    for (let i = 0; i < 2_000 && refusals < 5; i += 1) {
      const email = `voll${i}@example.org`;
      const reply = await desk.submit(form, { email, company: message.slice(0, 200), last_name: 'x'.repeat(180) });
      if (reply.status === 202) accepted.push(email);
      else {
        expect(reply.status, reply.text).toBe(503);
        expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
        refusals += 1;
      }
    }
    expect(refusals).toBe(5);
    expect(accepted.length).toBeGreaterThan(5);
    expect((await ask(form.url)).status).toBe(200); // reading goes on
    expect(desk.server.err).toMatch(/disk|full/i);
    // A small one may still find room where a large one did not: until there is none.
    spawnSync('dd', ['if=/dev/zero', `of=${path.join(disk, 'rest')}`, 'bs=4k']);
    let n = 0;
    const byHand = () => ask(form.url, { method: 'POST', body: `email=mensch${(n += 1)}%40example.org&last_name=${'x'.repeat(180)}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    await until(async () => (await byHand()).status === 503, { what: 'a visitor to be told 503' });
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    await until(async () => (await desk.submit(form, { email: 'wieder@example.org' })).status === 202, { what: 'submissions to be taken again' });
    for (const email of [...accepted, 'wieder@example.org']) expect(await desk.leadOf(email), email).not.toBeNull();
    await desk.server.kill();
    await desk.server.start();
    for (const email of accepted.slice(-20)) expect(await desk.leadOf(email), email).not.toBeNull();
    desk.server.run('check');
    await desk.server.stop();
  } finally {
    await desk?.server.stop();
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});
