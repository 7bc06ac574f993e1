// Exports of any size: sent while they are read, in the memory of a few pieces, by threads that no
// other request goes without; whole, or visibly broken.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { expect, test } from '@playwright/test';
import { ask, asForm, asJson, asMultipart, startDesk } from './desk.mjs';
import { until } from './zulauf.mjs';

const FILES = 40;
const FILE_BYTES = 900_000;
const LEADS = 420;
const HOST = 'zweite.test';

let desk;


const content = (i) => Buffer.concat([Buffer.from(`%PDF-1.7\n% Nr. ${i}\n`), Buffer.alloc(FILE_BYTES, i)]);

async function inTens(count, fn) {
  for (let at = 0; at < count; at += 10) await Promise.all(Array.from({ length: Math.min(10, count - at) }, (_, i) => fn(at + i)));
}

test.beforeAll(async () => {
  // One worker: whoever waits for a slow reader must not be it.
  desk = await startDesk({ args: ['--workers', '1'] });
  await desk.data('PATCH', '/settings', { files_day_mb: 1000 });
  const form = await desk.form({
    name: 'Unterlagen', slug: 'unterlagen', double_opt_in: false, consents: [],
    fields: [{ key: 'email', required: true }, { key: 'free_cv', type: 'file', label: 'Lebenslauf', accept: 'document' }],
  });
  for (let i = 0; i < FILES; i++) {
    const sent = await asMultipart({ email: `f${i}@example.org`, free_cv: new File([content(i)], `cv-${i}.pdf`) });
    const reply = await ask(`${desk.server.url}/f/${form.slug}/files`, { method: 'POST', ...sent, headers: { ...sent.headers, accept: 'application/json' } });
    expect(reply.status, reply.text).toBe(202);
  }
  desk.formId = form.id;
  await inTens(LEADS, (i) => desk.data('POST', '/leads', {
    fields: { email: `l${i}@example.org`, company: `Firma ${i} ${'ä'.repeat(80)}`, street: 'x'.repeat(150) },
  }));
  // The other one, with a lead of its own.
  const made = await desk.data('POST', '/workspaces', { name: 'Zweite GmbH', host: HOST, email: 'chefin@zweite.test' });
  const there = (where, options = {}) => ask(`${desk.server.url}${where}`, { ...options, headers: { host: HOST, ...options.headers } });
  const done = await there(new URL(made.link).pathname, {
    method: 'POST', ...asForm({ name: 'Clara Chefin', password: 'Acht-Kraene-am-Kai' }), headers: { ...asForm({}).headers, accept: 'application/json' },
  });
  expect(done.status, done.text).toBe(200);
  const lead = await there('/api/v1/leads', {
    method: 'POST', ...asJson({ fields: { email: 'fremd@zweite.test' } }),
    headers: { 'content-type': 'application/json', cookie: done.headers['set-cookie'][0].split(';', 1)[0], 'x-csrf-token': done.json.csrf },
  });
  expect(lead.status, lead.text).toBe(201);
});
test.afterAll(() => desk?.stop());

// The reply's head; its body waits until somebody reads it.
function open(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${desk.server.url}/api/v1${path}`, {
      method, agent: new http.Agent(), headers: { authorization: `Bearer ${desk.token}`, ...headers },
    }, resolve);
    request.on('error', reject);
    request.end();
  });
}

async function rest(reply) {
  const parts = [];
  for await (const part of reply) parts.push(part);
  return Buffer.concat(parts);
}

// Name, size and first words of each entry, read by a reader that is not ours; CRCs checked.
function entries(bytes) {
  const script = 'import sys, io, json, zipfile\n' +
    'z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n' +
    'assert z.testzip() is None\n' +
    'print(json.dumps({i.filename: [i.file_size, z.read(i)[:40].decode("latin1"), z.read(i).decode() if i.filename.endswith(".jsonl") else ""] for i in z.infolist()}))';
  const done = spawnSync('python3', ['-c', script], { input: bytes, maxBuffer: 64 << 20 });
  expect(done.status, done.stderr.toString()).toBe(0);
  return JSON.parse(done.stdout.toString());
}

const lines = (text) => text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

async function metric(name) {
  const text = await (await fetch(`${desk.server.url}/metrics`)).text();
  return Number(new RegExp(`^zulauf_${name} (\\d+)$`, 'm').exec(text)[1]);
}

const exports = async (action) => (await desk.data('GET', `/audit?action=${action}`)).length;

// SQLite: [busy, frames, copied] of a checkpoint that needs every reader out of the log.
function logIsCut() {
  const done = spawnSync('python3', ['-c', 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])', `${desk.server.data}/zulauf.db`]);
  expect(done.status, done.stderr.toString()).toBe(0);
  return done.stdout.toString().trim() === '0';
}

const rssMb = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${desk.server.child.pid}/status`, 'utf8'))[1]) / 1024;

test('an archive far above what a worker holds comes whole, and is this workspace’s alone', async () => {
  const reply = await open('/workspaces/export', { headers: { 'accept-encoding': 'gzip' } });
  expect(reply.statusCode).toBe(200);
  expect(reply.headers['transfer-encoding']).toBe('chunked');
  expect(reply.headers['content-length']).toBe(undefined);
  expect(reply.headers['content-encoding']).toBe(undefined);
  expect(reply.headers['content-type']).toBe('application/zip');
  expect(reply.headers['content-disposition']).toMatch(/[a-z0-9-]+-\d{4}-\d{2}-\d{2}\.zip$/);
  expect(reply.headers['content-security-policy']).toContain('sandbox');
  expect(reply.headers['cache-control']).toBe('no-store');
  const bytes = await rest(reply);
  expect(bytes.length).toBeGreaterThan(24 << 20);
  const all = entries(bytes);
  const files = Object.entries(all).filter(([name]) => name.startsWith('files/'));
  expect(files.length).toBe(FILES);
  for (let i = 0; i < FILES; i++) {
    const [, [size, begin]] = files.find(([name]) => name.endsWith(`cv-${i}.pdf`));
    expect(size).toBe(content(i).length);
    expect(begin).toContain(`% Nr. ${i}\n`);
  }
  expect(lines(all['dossiers.jsonl'][2]).length).toBe(FILES + LEADS);
  expect(new Set(lines(all['dossiers.jsonl'][2]).map((one) => one.lead)).size).toBe(FILES + LEADS);
  expect(lines(all['tables/lead.jsonl'][2]).length).toBe(FILES + LEADS);
  const rows = Object.entries(all).filter(([name]) => name.startsWith('tables/')).flatMap(([, [, , text]]) => lines(text));
  expect(new Set(rows.map((row) => row.workspace_id)).size).toBe(1);
  expect(bytes.includes('fremd@zweite.test')).toBe(false);
  expect(await exports('workspace.export')).toBe(1);
});

test('on the command line it is the same', () => {
  const there = spawnSync(process.env.ZULAUF_TEST_BINARY ?? '../../build/zulauf', ['export', 'workspace', '--data', desk.server.data],
    { maxBuffer: 256 << 20, env: { ...process.env, ...desk.server.options.env } });
  expect(there.status, there.stderr.toString()).toBe(0);
  const all = entries(there.stdout);
  expect(Object.keys(all).filter((name) => name.startsWith('files/')).length).toBe(FILES);
  expect(new Set(lines(all['dossiers.jsonl'][2]).map((one) => one.lead)).size).toBe(FILES + LEADS);
});

test('HEAD gets the head and exports nothing; HTTP/1.0 gets all without chunks', async () => {
  const before = await exports('workspace.export');
  const head = await open('/workspaces/export', { method: 'HEAD' });
  expect(head.statusCode).toBe(200);
  expect(head.headers['content-type']).toBe('application/zip');
  expect((await rest(head)).length).toBe(0);
  expect(await exports('workspace.export')).toBe(before);
  const old = await new Promise((resolve, reject) => {
    const socket = net.connect(desk.server.port, '127.0.0.1');
    const parts = [];
    socket.on('data', (part) => parts.push(part)).on('error', reject).on('end', () => resolve(Buffer.concat(parts)));
    socket.write(`GET /api/v1/workspaces/export HTTP/1.0\r\nHost: a.example\r\nAuthorization: Bearer ${desk.token}\r\n\r\n`);
  });
  const at = old.indexOf('\r\n\r\n');
  expect(old.subarray(0, at).toString()).not.toMatch(/transfer-encoding/i);
  expect(Object.keys(entries(old.subarray(at + 4))).filter((name) => name.startsWith('files/')).length).toBe(FILES);
});

test('slow readers cost little memory and no worker; a third is told to wait', async () => {
  const broken = await metric('downloads_broken_total');
  const before = rssMb();
  const slow = [await open('/workspaces/export'), await open('/workspaces/export')];
  for (const reply of slow) expect(reply.statusCode).toBe(200);
  // A sip now and then: who reads nothing for a minute is given up, and this may take as long.
  const sips = slow.map(() => []);
  const sip = setInterval(() => slow.forEach((reply, i) => sips[i].push(reply.read() ?? Buffer.alloc(0))), 10_000).unref();
  expect(await metric('downloads')).toBe(2);
  // They wait in no snapshot: SQLite's log can be cut to nothing, which any reader in one would keep from.
  await desk.data('PATCH', '/settings', { file_max_mb: 9 });
  if (!process.env.ZULAUF_TEST_DB) await until(() => logIsCut(), { what: 'a log that nobody reads' });
  expect(await metric('downloads')).toBe(2);
  // The one worker serves the others, and many things.
  for (let i = 0; i < 30; i++) expect((await desk.api('GET', '/leads?limit=50')).status).toBe(200);
  expect(rssMb() - before).toBeLessThan(30); // both archives are 70
  for (const [lang, words] of [['de', 'Es laufen schon mehrere Exporte.'], ['en', 'Several exports are under way already.']]) {
    const chosen = await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asForm({ lang }), headers: { ...asForm({}).headers, cookie: desk.cookie, 'x-csrf-token': desk.csrf } });
    expect(chosen.status, chosen.text).toBe(200);
    const third = await open('/workspaces/export');
    expect(third.statusCode).toBe(429);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await rest(third)).toString()).toContain(words);
  }
  const fourth = await open('/leads/export');
  expect(fourth.statusCode).toBe(429);
  await rest(fourth);
  // Who goes away leaves its place; the other has lost nothing.
  clearInterval(sip);
  slow[1].destroy();
  await until(async () => (await metric('downloads')) === 1, { what: 'the place of who went' });
  await expect.poll(() => metric('downloads_broken_total')).toBe(broken + 1);
  await until(() => desk.server.log().includes('http.download_broken'), { what: 'a line in the log' });
  const csv = await open('/leads/export');
  expect(csv.statusCode).toBe(200);
  expect((await rest(csv)).toString()).toContain('l7@example.org');
  expect(Object.keys(entries(Buffer.concat([...sips[0], await rest(slow[0])]))).filter((name) => name.startsWith('files/')).length).toBe(FILES);
  await until(async () => (await metric('downloads')) === 0, { what: 'both places' });
});

test('leads and submissions: a large file in pieces, a small one with its length', async () => {
  for (const query of ['', '&phase=lead', '&query=firma']) {
    const reply = await open(`/leads/export?format=csv${query}`);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['transfer-encoding']).toBe('chunked');
    const text = (await rest(reply)).toString();
    expect(text.startsWith('\ufeffid,')).toBe(true);
    const mails = [...text.matchAll(/,(l\d+@example\.org),/g)].map((found) => found[1]);
    expect(mails.length).toBe(LEADS);
    expect(new Set(mails).size).toBe(LEADS);
  }
  expect(await exports('lead.export')).toBeGreaterThan(2);
  const one = await open('/leads/export?format=jsonl&query=l7@example.org');
  const bytes = await rest(one);
  expect(Number(one.headers['content-length'])).toBe(bytes.length);
  expect(lines(bytes.toString()).map((lead) => lead.email)).toEqual(['l7@example.org']);
  const wrong = await open('/leads/export?format=xlsx');
  expect(wrong.statusCode).toBe(422);
  await rest(wrong);
  const sent = await open(`/forms/${desk.formId}/submissions/export?format=jsonl`);
  expect(lines((await rest(sent)).toString()).length).toBe(FILES);
});

test('what goes wrong in the middle cuts the connection, is logged, and leaves the server well', async () => {
  const broken = await metric('downloads_broken_total');
  const reply = await open('/workspaces/export');
  expect(reply.statusCode).toBe(200);
  // Tables come last; this one is gone by then.
  desk.server.sql('ALTER TABLE touchpoint RENAME TO touchpoint_away');
  await expect(rest(reply)).rejects.toThrow(/aborted|reset/i);
  desk.server.sql('ALTER TABLE touchpoint_away RENAME TO touchpoint');
  await until(async () => (await metric('downloads')) === 0, { what: 'the place' });
  await expect.poll(() => metric('downloads_broken_total')).toBe(broken + 1);
  await until(() => /level=error event=http.download_broken .*route=\/workspaces\/export .*key=error\.\w+/.test(desk.server.log()), { what: 'a line in the log' });
  expect(Object.keys(entries(await rest(await open('/workspaces/export')))).filter((name) => name.startsWith('files/')).length).toBe(FILES);
});

test('a server that stops cuts a download, and the reader sees it', async () => {
  const reply = await open('/workspaces/export');
  expect(reply.statusCode).toBe(200);
  const ended = desk.server.stop();
  await until(() => desk.server.log().includes('event=server.stopping'), { what: 'the server to begin to stop' }); // else we might be done sooner
  await expect(rest(reply)).rejects.toThrow();
  expect((await ended).code).toBe(0);
});
