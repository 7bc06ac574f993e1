// What the fault tests share: people who submit while something breaks, what they were told, and
// what became of it.
//
//   const report = new Report('postgres restart');
//   const load = new Load(desk, form, 'a').start(16);
//   … break something …
//   await load.stop();
//   await verify(report, { load, desk, rows: leadsOfPostgres(pg, 'leads') });
//   report.end();
//
// Each test is a script that prints one line a claim and closes with "N passed, M failed".
import { execFile } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { ask, asJson } from '../e2e/desk.mjs';
import { binary, root, sleep, until } from '../e2e/zulauf.mjs';

const run = promisify(execFile);

export class Report {
  constructor(name) {
    this.name = name;
    this.passed = this.failed = this.skipped = 0;
  }

  holds(what, good, detail = '') {
    if (good) this.passed += 1;
    else this.failed += 1;
    console.log(good ? `ok ${what}` : `FAILED ${what}: ${String(detail).slice(0, 2_000)}`);
  }

  says(what) {
    console.log(`   ${what}`);
  }

  skip(what, why) {
    this.skipped += 1;
    console.log(`skipped ${what}: ${why}`);
  }

  end() {
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    process.exitCode = this.failed === 0 ? 0 : 1;
  }
}

// Run the whole test; what it throws is a failure with the server's log.
export async function faultTest(name, test) {
  const report = new Report(name);
  const leave = [];
  const state = { desk: null };
  try {
    await test(report, (last) => leave.unshift(last), state);
  } catch (error) {
    report.holds(`${name} comes to its end`, false, `${error.stack}\n${state.desk?.server.log().slice(-3_000) ?? ''}`);
  }
  for (const last of leave) {
    try {
      await last();
    } catch (error) {
      report.holds(`${name} is cleared away`, false, error.stack);
    }
  }
  report.end();
  process.exit();
}

// Clients that submit an address of their own each time, over kept connections (or fresh ones),
// and remember what they were told: acknowledged (202), refused (503), doubt (no answer), odd (all else).
export class Load {
  constructor(desk, form, name, { url = () => desk.server.url, pauseMs = 0, fields = {}, fresh = false } = {}) {
    Object.assign(this, { desk, form, name, url, pauseMs, fields, fresh });
    this.acknowledged = new Set();
    this.refused = new Set();
    this.doubt = new Set();
    this.odd = [];
    this.refusals = []; // { ms, wait, text }
    this.slowestMs = 0;
    this.over = false;
    this.clients = [];
  }

  start(clients) {
    for (let i = 0; i < clients; i += 1) this.clients.push(this.client(`${this.name}${this.clients.length}`));
    return this;
  }

  get asked() {
    return this.acknowledged.size + this.refused.size + this.doubt.size;
  }

  async client(name) {
    const agent = new http.Agent({ keepAlive: !this.fresh, maxSockets: 1 });
    for (let n = 0; !this.over; n += 1) {
      await this.one(`${name}.${n}@fault.example`, agent);
      if (this.pauseMs > 0) await sleep(this.pauseMs);
    }
    agent.destroy();
  }

  async one(email, agent) {
    const began = performance.now();
    const sent = asJson({ fields: { email, first_name: 'Ähre', ...this.fields }, consents: ['newsletter:email'] });
    try {
      const reply = await ask(`${this.url()}/f/${this.form.slug}`, {
        method: 'POST', agent, ms: 60_000, body: sent.body, headers: { ...sent.headers, accept: 'application/json' },
      });
      const ms = performance.now() - began;
      this.slowestMs = Math.max(this.slowestMs, ms);
      if (reply.status === 202) this.acknowledged.add(email);
      else if (reply.status === 503) {
        this.refused.add(email);
        this.refusals.push({ ms, wait: reply.headers['retry-after'], text: reply.text });
        await sleep(50);
      } else this.odd.push(`${reply.status} ${reply.text.slice(0, 300)}`);
    } catch (error) {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      this.doubt.add(email);
      this.lastError = error.message;
      await sleep(20);
    }
  }

  // Until `count` more were acknowledged.
  more(count, ms = 180_000) {
    const from = this.acknowledged.size;
    return until(() => this.acknowledged.size >= from + count, { ms, what: `${count} more submissions to be taken (${this.lastError ?? 'no error'})` });
  }

  async stop() {
    this.over = true;
    await Promise.all(this.clients);
  }
}

// "email, submissions, mails" of every lead, as SQL that both engines take.
const LEADS = `SELECT l.email,
  (SELECT count(*) FROM submission s WHERE s.workspace_id = l.workspace_id AND s.lead_id = l.id),
  (SELECT count(*) FROM mail m WHERE m.workspace_id = l.workspace_id AND m.lead_id = l.id)
  FROM lead l WHERE l.email LIKE '%@fault.example'`;

export const leadsOfPostgres = (pg, database) => () => pg.sql(LEADS, database);

export const leadsOfSqlite = (data) => async () => {
  const code = 'import sqlite3,sys\nfor r in sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True).execute(sys.argv[2]): print(*r,sep="\\t")';
  const done = await run('python3', ['-c', code, path.join(data, 'zulauf.db'), LEADS], { maxBuffer: 256 << 20 });
  return done.stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
};

// Every lead of the workspace over the API: address → how often.
async function leadsOfApi(desk) {
  const seen = new Map();
  let next = '/leads?limit=200';
  while (next) {
    const reply = await desk.api('GET', next);
    if (reply.status !== 200) throw new Error(`${next}: ${reply.status} ${reply.text}`);
    for (const lead of reply.json.data) if (lead.email.endsWith('@fault.example')) seen.set(lead.email, (seen.get(lead.email) ?? 0) + 1);
    next = reply.json.next && `/leads?limit=200&cursor=${encodeURIComponent(reply.json.next)}`;
  }
  return seen;
}

// Every acknowledged submission is there once, nothing is there twice, and nobody is there who never
// asked; the files and chains are whole. `loads` are all that ran on this database.
export async function verify(report, { loads, desk, rows, check = true }) {
  const all = (of) => new Set(loads.flatMap((load) => [...load[of]]));
  const [acknowledged, refused, doubt] = [all('acknowledged'), all('refused'), all('doubt')];
  const odd = loads.flatMap((load) => load.odd);
  const found = await rows();
  const times = new Map(found.map(([email]) => [email, 0]));
  for (const [email] of found) times.set(email, times.get(email) + 1);
  const lost = [...acknowledged].filter((email) => !times.has(email));
  const twice = found.filter(([email, submissions, mails]) => times.get(email) > 1 || Number(submissions) !== 1 || Number(mails) !== 1);
  const strange = [...times.keys()].filter((email) => !acknowledged.has(email) && !refused.has(email) && !doubt.has(email));
  const kept = [...times.keys()].filter((email) => !acknowledged.has(email)).length;
  report.says(`${acknowledged.size} acknowledged, ${acknowledged.size - lost.length} of them kept, ${twice.length} twice; ` +
    `${refused.size} refused with 503, ${doubt.size} without an answer, ${kept} of both kept`);
  report.holds('something was acknowledged', acknowledged.size > 0);
  report.holds('every acknowledged submission is in the database', lost.length === 0, `${lost.length} lost: ${lost.slice(0, 5)}`);
  report.holds('each is there once, with one submission and one mail', twice.length === 0, `${twice.length}: ${twice.slice(0, 5).join(' | ')}`);
  report.holds('nobody is there who never asked', strange.length === 0, strange.slice(0, 5));
  report.holds('answers are 202 or 503', odd.length === 0, `${odd.length}: ${odd.slice(0, 3).join(' | ')}`);
  const api = await leadsOfApi(desk);
  const unseen = [...acknowledged].filter((email) => api.get(email) !== 1);
  report.holds('the API lists each of them once', unseen.length === 0 && api.size === times.size, `${api.size} of ${times.size}; ${unseen.slice(0, 5)}`);
  const exported = (await desk.api('GET', '/leads/export?format=csv')).text;
  const absent = [...acknowledged].filter((email) => exported.split(email).length !== 2);
  report.holds('the export holds each of them once', absent.length === 0, `${absent.length}: ${absent.slice(0, 5)}`);
  if (!check) return;
  // Not server.run, which would stop this process, and with it a proxy that the command needs.
  const { options, data } = desk.server;
  const env = { ...process.env, ...options.env };
  const done = await run(binary, ['check', '--data', data], { cwd: root, env, timeout: 600_000 }).catch((error) => error);
  report.holds('zulauf check is clean', done.code === undefined && !/FAULT/.test(done.stdout), `${done.code} ${done.stdout}${done.stderr}`);
}

// A refusal says when to come back, in a sentence. `withinMs` is what the program waits at most and
// as much again for a machine that is busy; who hangs is given up after 60 s (Load.one).
export function refusalsAreKind(report, load, { withinMs } = {}) {
  const unkind = load.refusals.filter((r) => !(Number(r.wait) > 0));
  report.holds('each 503 has Retry-After', unkind.length === 0, `${unkind.length} of ${load.refusals.length}: ${unkind[0]?.text}`);
  const times = load.refusals.map((r) => r.ms).sort((a, b) => a - b);
  if (times.length > 0) {
    const at = (share) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] / 1000).toFixed(1);
    report.says(`${times.length} refusals after ${at(0.5)} s (half), ${at(0.95)} s (95 %), ${at(1)} s (slowest)`);
  }
  if (withinMs) report.holds(`no answer took longer than ${withinMs / 1000} s`, load.slowestMs < withinMs, `${Math.round(load.slowestMs)} ms`);
}

// A number at /metrics.
export async function metric(server, name) {
  const text = (await ask(`${server.url}/metrics`)).text;
  return Number(new RegExp(`^zulauf_${name} (-?\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
}

// How often the server's log has a line of this event that matches.
export const logged = (server, event, more = /^/) => server.told.filter((line) => line.includes(`event=${event} `) && more.test(line)).length;
