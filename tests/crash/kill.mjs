#!/usr/bin/env node
// kill -9 under load, ten times: whatever was acknowledged is there after the restart, and no
// confirmation mail is lost.
//
// The server waits before each COMMIT (ZULAUF_TEST_COMMIT_DELAY_MS): without that a kill finds
// nothing, because there is hardly a moment between a row and its commit. With 5 ms one life in six
// notices a server that answers before it commits, with 20 ms one in three. kill -9 says nothing
// about a power failure: the kernel still holds what the process has written.
//
//   node tests/crash/kill.mjs [ROUNDS]
//
// Outcomes are counted by name; the last line is "N passed, M failed".
import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ask, asForm, linkOf, startDesk } from '../e2e/desk.mjs';
import { startSmtpPeer } from '../e2e/smtp_peer.mjs';
import { sleep, until } from '../e2e/zulauf.mjs';

const ROUNDS = Number(process.argv[2] ?? 10);
const CLIENTS = 32;
const RUN_MS = [300, 1_500]; // how long a life lasts
const DELAY = { ZULAUF_TEST_COMMIT_DELAY_MS: '20' };
const CONFIRM_SHARE = 0.3;

let passed = 0;
let failed = 0;
function holds(what, good, detail = '') {
  if (good) passed += 1;
  else failed += 1;
  if (!good) console.log(`FAILED ${what} ${detail}`);
}

const between = ([least, most]) => least + Math.random() * (most - least);

// What clients were told, and what they cannot know: `doubt` are requests without an answer.
class Ledger {
  constructor() {
    this.submitted = new Set();
    this.confirmed = new Set();
    this.doubt = new Set();
    this.links = new Map(); // address → confirmation link, of those not yet asked to confirm
    this.odd = [];
  }
}

// One client: submits distinct addresses over a kept connection until the server is gone.
async function client(desk, form, ledger, name, isOver) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let n = 0; !isOver(); n += 1) {
    const email = `${name}.${n}@crash.example`;
    try {
      const reply = await desk.submit(form, { email, first_name: 'Ähre', last_name: `Nr. ${n}` }, { agent, ms: 10_000 });
      if (reply.status === 202) ledger.submitted.add(email);
      else if (reply.status === 503) ledger.doubt.delete(email);
      else ledger.odd.push(`${reply.status} ${reply.text.slice(0, 200)}`);
    } catch {
      ledger.doubt.add(email);
    }
    if (Math.random() < CONFIRM_SHARE) await confirmOne(ledger, agent);
  }
  agent.destroy();
}

async function confirmOne(ledger, agent) {
  const next = ledger.links.entries().next();
  if (next.done) return;
  const [email, link] = next.value;
  ledger.links.delete(email);
  try {
    const reply = await ask(link, { method: 'POST', ...asForm({}), agent, ms: 10_000 });
    if (reply.status === 200) ledger.confirmed.add(email);
    else if (reply.status !== 503 && reply.status !== 410) ledger.odd.push(`confirm ${reply.status}`);
  } catch {
    ledger.doubt.add(email);
  }
}

// Every lead of the workspace by address.
async function allLeads(desk) {
  const leads = new Map();
  let path = '/leads?limit=200';
  while (path) {
    const reply = await desk.api('GET', path);
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
    for (const lead of reply.json.data) leads.set(lead.email, lead);
    path = reply.json.next && `/leads?limit=200&cursor=${encodeURIComponent(reply.json.next)}`;
  }
  return leads;
}

// Links to confirm in the next life, out of the outbox.
async function takeLinks(desk, ledger, count) {
  const list = await desk.data('GET', '/outbox?limit=200');
  for (const mail of list.slice(0, count)) {
    const whole = await desk.data('GET', `/outbox/${mail.id}`);
    const email = /([^<\s]+@crash\.example)/.exec(mail.to)?.[1];
    if (email && !ledger.confirmed.has(email) && !ledger.doubt.has(email)) ledger.links.set(email, linkOf(whole.mime));
  }
}

async function life(desk, form, ledger, round) {
  let over = false;
  const clients = Array.from({ length: CLIENTS }, (_, i) => client(desk, form, ledger, `r${round}c${i}`, () => over));
  await sleep(between(RUN_MS));
  const ended = desk.server.kill();
  over = true;
  await Promise.all([...clients, ended]);
  await desk.server.start();
}

async function check(desk, ledger, round) {
  const leads = await allLeads(desk);
  const lost = [...ledger.submitted].filter((email) => !leads.has(email));
  holds(`round ${round}: every acknowledged submission is a lead`, lost.length === 0, `${lost.length} lost: ${lost.slice(0, 5)}`);
  const unconfirmed = [...ledger.confirmed].filter((email) => leads.get(email)?.email_state !== 'verified' || leads.get(email)?.may_email.state !== 'yes');
  holds(`round ${round}: every acknowledged confirmation is confirmed`, unconfirmed.length === 0, `${unconfirmed.length}: ${unconfirmed.slice(0, 5)}`);
  const strange = [...leads.keys()].filter((email) => !ledger.submitted.has(email) && !ledger.doubt.has(email));
  holds(`round ${round}: there is no lead that nobody asked for`, strange.length === 0, `${strange.slice(0, 5)}`);
  holds(`round ${round}: replies are 202, 200 or 503`, ledger.odd.length === 0, ledger.odd.slice(0, 3).join(' | '));
  return leads;
}

function checkIsClean(desk, what) {
  try {
    const said = desk.server.run('check');
    holds(`${what}: zulauf check is clean`, true, said);
  } catch (error) {
    holds(`${what}: zulauf check is clean`, false, error.message);
  }
}

async function outboxVariant() {
  const desk = await startDesk({ env: DELAY });
  const ledger = new Ledger();
  try {
    const form = await desk.form();
    for (let round = 1; round <= ROUNDS; round += 1) {
      await life(desk, form, ledger, round);
      const leads = await check(desk, ledger, round);
      checkIsClean(desk, `round ${round}`);
      console.log(`round ${round}: ${ledger.submitted.size} submitted, ${ledger.confirmed.size} confirmed, ${ledger.doubt.size} without an answer, ${leads.size} leads`);
      holds(`round ${round}: in doubt are at most the open connections of each life`, ledger.doubt.size <= CLIENTS * round * 2, `${ledger.doubt.size}`);
      await takeLinks(desk, ledger, 60);
    }
    holds('confirmations were under way, too', ledger.confirmed.size > 0);
    holds('some requests were cut off: else nothing was tested', ledger.doubt.size > 0);
    holds('SIGTERM still ends it in order', (await desk.server.stop()).code === 0);
    checkIsClean(desk, 'stopped');
  } finally {
    await desk.server.kill();
    await rm(desk.server.data, { recursive: true, force: true });
  }
}

// The peer lives on while the server dies: what it has kept is counted.
async function relayVariant() {
  const peer = await startSmtpPeer({ mode: 'delay', delayMs: 3, tls: false });
  const data = await mkdtemp(path.join(os.tmpdir(), 'zulauf-crash-'));
  const desk = await startDesk({ data, args: ['--mail', `smtp://127.0.0.1:${peer.port}`], env: DELAY });
  const ledger = new Ledger();
  try {
    const form = await desk.form();
    for (let round = 1; round <= Math.ceil(ROUNDS / 2); round += 1) {
      await life(desk, form, ledger, `m${round}`);
      console.log(`relay round ${round}: ${ledger.submitted.size} submitted, ${peer.messages.length} mails arrived`);
    }
    // What was in flight when it died is sent again after its first wait of a minute.
    const missing = () => {
      const there = new Set(peer.messages.flatMap((mail) => mail.to));
      return [...ledger.submitted].filter((email) => !there.has(email));
    };
    await until(() => missing().length === 0, { ms: 600_000, everyMs: 500, what: 'every mail' }).catch(() => {});
    holds('every acknowledged submission has its confirmation mail', missing().length === 0, `${missing().length} missing: ${missing().slice(0, 5)}`);
    const ids = new Map();
    for (const mail of peer.messages) for (const to of mail.to) ids.set(to, (ids.get(to) ?? new Set()).add(mail.headers['message-id']));
    const different = [...ids].filter(([, set]) => set.size > 1);
    holds('a repeated mail has the same Message-ID', different.length === 0, `${different.slice(0, 3).map(([to]) => to)}`);
    const repeats = peer.messages.length - ids.size;
    console.log(`relay: ${peer.messages.length} mails to ${ids.size} addresses, ${repeats} repeated`);
    holds('no more is repeated than was under way at a kill', repeats <= 256 * Math.ceil(ROUNDS / 2), `${repeats}`);
    const strange = [...ids.keys()].filter((email) => !ledger.submitted.has(email) && !ledger.doubt.has(email));
    holds('nobody gets a mail who did not submit', strange.length === 0, `${strange.slice(0, 5)}`);
    await check(desk, ledger, 'relay');
    checkIsClean(desk, 'relay');
  } finally {
    await desk.server.kill();
    await peer.stop();
    await rm(data, { recursive: true, force: true });
  }
}

for (const [name, run] of [['outbox', outboxVariant], ['relay', relayVariant]]) {
  try {
    await run();
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
