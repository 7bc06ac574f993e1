#!/usr/bin/env node
// Three servers on one PostgreSQL behind a balancer: what is done at one holds at all, one is killed,
// one is frozen for longer than its lease and thawed after another has taken its number. Nothing
// acknowledged is lost, nothing is there twice, each mail goes out once.
import http from 'node:http';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ask, startDesk } from '../e2e/desk.mjs';
import { startSmtpPeer } from '../e2e/smtp_peer.mjs';
import { freePort, sleep, startZulauf, until } from '../e2e/zulauf.mjs';
import { startPostgres } from '../postgres.mjs';
import { startBalancer } from './balancer.mjs';
import { faultTest, leadsOfPostgres, Load, logged, metric, verify } from './load.mjs';

const FROZEN_MS = 33_000; // NODE_LEASE_MS is 30 s

// A page that listens at this server: when it was told of changes.
function listen(server, cookie) {
  const told = [];
  const request = http.get(`${server.url}/events`, { headers: { cookie }, agent: false }, (reply) => {
    reply.on('error', () => {});
    reply.setEncoding('utf8').on('data', (text) => { if (/event: change/.test(text)) told.push(Date.now()); });
  });
  request.on('error', () => {});
  return { told, end: () => request.destroy() };
}

// What is done at one server holds at the others.
async function holdEverywhere(report, desk, [one, two, three], form) {
  const at = (server, method, where, body, headers) => {
    const home = desk.server;
    desk.server = server;
    return desk.api(method, where, body, headers).finally(() => { desk.server = home; });
  };
  const pages = await Promise.all([two, three].map((server) => ask(`${server.url}/f/${form.slug}`)));
  report.holds('a form published at one answers at the others at once', pages.every((page) => page.status === 200), pages.map((page) => page.status));
  const legal = 'Lindhorst Lagertechnik GmbH & Co. KG';
  await at(two, 'PATCH', '/settings', { legal_name: legal });
  const seen = await Promise.all([one, three].map((server) => at(server, 'GET', '/settings')));
  report.holds('a setting changed at one is the others\' at once', seen.every((reply) => reply.json.data.legal_name === legal));
  const session = await Promise.all([one, two, three].map((server) => ask(`${server.url}/today`, { headers: { cookie: desk.cookie } })));
  report.holds('a session of one works at the others', session.every((reply) => reply.status === 200), session.map((reply) => reply.status));
  const headers = { 'idempotency-key': 'drei-knoten' };
  const first = await at(two, 'POST', '/leads', { email: 'einmal@example.org' }, { headers });
  const again = await at(three, 'POST', '/leads', { email: 'einmal@example.org' }, { headers });
  report.holds('a request with an Idempotency-Key gets the same answer at another', first.status === 201 && again.status === 201 && again.text === first.text, `${first.text} ${again.text}`);
  const many = await Promise.all(Array.from({ length: 12 }, (_, i) => at([one, two, three][i % 3], 'POST', '/leads', { email: 'zugleich@example.org' },
    { headers: { 'idempotency-key': 'zugleich' } })));
  const made = many.filter((reply) => reply.status === 201).map((reply) => reply.json.data.id);
  report.holds('twelve at once at three servers make one lead', new Set(made).size === 1 && many.every((reply) => [201, 409].includes(reply.status)),
    many.map((reply) => reply.status));
  const page = listen(two, desk.cookie);
  await sleep(3_000); // it is told of what was done above
  const began = Date.now();
  await ask(`${one.url}/f/${form.slug}`, { method: 'POST', body: JSON.stringify({ fields: { email: 'neu@example.org' }, consents: ['newsletter:email'] }),
    headers: { 'content-type': 'application/json', accept: 'application/json' } });
  const ms = await until(() => page.told.find((at) => at >= began), { what: 'an event at another server' }) - began;
  page.end();
  report.holds('a page at one hears of a submission at another', true);
  report.says(`a page at another server was told after ${ms} ms`);
}

async function checkMails(report, pg, peer, load) {
  const arrived = () => new Set(peer.messages.flatMap((mail) => mail.to));
  const missing = () => { const there = arrived(); return [...load.acknowledged].filter((email) => !there.has(email)); };
  // First those that nobody but the living had in hand: until no more come for a while.
  for (let before = -1; missing().length > 0 && missing().length !== before; await sleep(5_000)) before = missing().length;
  const late = missing().length;
  // Those that the killed server had in hand are tried again after a while, which passes quickly.
  const hurry = `UPDATE mail SET next_ms = 0 WHERE mail_state = 0 AND next_ms > 0`;
  await until(async () => missing().length === 0 || !(await pg.sql(hurry, 'leads')), { ms: 240_000, everyMs: 1_000, what: 'the mails of the killed server' }).catch(() => {});
  const why = await pg.sql(`SELECT l.email, m.mail_state, m.attempts_n, m.lease_until_ms, m.next_ms, m.done_ms, (SELECT string_agg(a::text, ' ') FROM mail_attempt a WHERE a.mail_id = m.id)
    FROM lead l JOIN mail m ON m.lead_id = l.id AND m.workspace_id = l.workspace_id WHERE l.email IN ('${missing().slice(0, 5).join("','")}')`, 'leads');
  report.holds('each acknowledged submission has its mail', missing().length === 0, `${missing().length} at ${Date.now()}: ${why.join(' | ')}`);
  const ids = new Map();
  for (const mail of peer.messages) for (const to of mail.to) ids.set(to, [...(ids.get(to) ?? []), mail.headers['message-id']]);
  const repeated = [...ids].filter(([, list]) => list.length > 1);
  report.holds('a mail that a crash repeats has the same Message-ID', repeated.every(([, list]) => new Set(list).size === 1), repeated.slice(0, 3).join(' | '));
  report.holds('no more are repeated than two servers had in hand', repeated.length <= 2 * 256, repeated.length);
  report.says(`${peer.messages.length} mails to ${ids.size} addresses, ${repeated.length} repeated with the same Message-ID, ${late} had waited for the killed server`);
}

await faultTest('three servers', async (report, leave, state) => {
  const pg = await startPostgres();
  leave(() => pg.stop());
  const peer = await startSmtpPeer({ mode: 'accept', tls: false });
  leave(() => peer.stop());
  const balancer = await startBalancer();
  leave(() => balancer.stop());
  const env = { ZULAUF_DB: await pg.create('leads') };
  const common = { env, publicUrl: balancer.url };
  const mail = ['--mail', `smtp://127.0.0.1:${peer.port}`];
  const folders = [1, 2, 3].map((i) => mkdtempSync(path.join(os.tmpdir(), `zulauf-node${i}-`)));
  leave(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });
  const port = await freePort();
  balancer.add(port);
  const desk = await startDesk({ ...common, port, data: folders[0], args: [...mail, '--node-name', 'eins'] });
  state.desk = desk;
  const nodes = [desk.server];
  leave(async () => { for (const node of nodes) { node.child.kill('SIGCONT'); await node.stop(); } });
  for (const [i, name] of [[1, 'zwei'], [2, 'drei']]) {
    copyFileSync(path.join(folders[0], 'keys.json'), path.join(folders[i], 'keys.json'));
    nodes.push(await startZulauf({ ...common, data: folders[i], args: ['--unlimited-from', '127.0.0.0/8', ...mail, '--node-name', name] }));
    balancer.add(nodes[i].port);
  }
  const [one, two, three] = nodes;
  const numbers = () => Promise.all(nodes.map((node) => metric(node, 'node_number')));
  const began = await numbers();
  report.holds('each has a number of its own', new Set(began).size === 3, began);
  const form = await desk.form();
  await holdEverywhere(report, desk, nodes, form);

  const load = new Load(desk, form, 'n', { url: () => balancer.url, fresh: true, pauseMs: 100 }).start(16);
  await load.more(150);
  await three.kill();
  await load.more(100);
  report.holds('one is killed: the others go on', true);
  two.child.kill('SIGSTOP');
  const frozen = Date.now();
  await load.more(50);
  report.holds('one is frozen, too: the last goes on', true);
  await sleep(Math.max(0, FROZEN_MS - (Date.now() - frozen)));
  await three.start(); // takes the lowest number that is free: of the frozen one
  await load.more(50);
  two.child.kill('SIGCONT');
  await until(() => two.ready(), { what: 'the thawed server to be ready' });
  await load.more(150);
  const now = await numbers();
  report.says(`numbers ${began} before, ${now} after; ${balancer.ends.map((end) => end.served)} connections each`);
  report.holds('the thawed one found its number taken and has another', logged(two, 'node.lost') === 1 && new Set(now).size === 3, `${logged(two, 'node.lost')} ${now}`);
  await load.stop();

  await checkMails(report, pg, peer, load);
  const tables = ['lead', 'submission', 'mail', 'consent', 'consent_event', 'confirmation', 'touchpoint', 'form', 'form_version'];
  const [[count, distinct]] = await pg.sql(`SELECT count(*), count(DISTINCT id) FROM (${tables.map((t) => `SELECT id FROM ${t}`).join(' UNION ALL ')}) t`, 'leads');
  report.holds('no id is there twice, over all tables', count === distinct, `${count} rows, ${distinct} ids`);
  const faults = nodes.map((node) => logged(node, 'http.request', /status=500/));
  report.holds('no request failed inside', faults.every((n) => n === 0), faults);
  await verify(report, { loads: [load], desk, rows: leadsOfPostgres(pg, 'leads') });
});
