// Start the real binary on a free port with a data folder of its own.
//
//   const server = await startZulauf({ args: ['--mail', 'smtp://127.0.0.1:2525'] });
//   await page.goto(server.signInUrl);
//   await server.stop();
//
// `stop` is SIGTERM and waits; `kill` is kill -9; `restart` starts again on the same folder.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const binary = process.env.ZULAUF_TEST_BINARY ?? path.join(root, 'build/zulauf');

// None of these is waited for where all is well: they are for a machine that is busy, or stands still.
const START_MS = 90_000;
const STOP_MS = 90_000;
const READY_MS = 20_000;
const UNTIL_MS = 60_000;
const LOG_CHARS = 4_000_000;

// A port of 127.0.0.1 that nobody has, below those that the kernel gives to connections: else one of
// another test's might have taken it by the time our server wants it, or wants it again.
const LEAST_PORT = 11_000; // browsers refuse some below

export async function freePort() {
  const most = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/)[0]);
  const isFree = (port) => new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => {
      const found = probe.address().port;
      probe.close(() => resolve(found));
    });
  });
  for (let i = 0; i < 100 && most > LEAST_PORT + 1_000; i += 1) {
    const found = await isFree(LEAST_PORT + Math.floor(Math.random() * (most - LEAST_PORT)));
    if (found) return found;
  }
  return isFree(0);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What counts a day's things does not begin shortly before the day ends, in UTC or in Berlin.
export async function awayFromMidnight() {
  const now = new Date();
  const leftMs = 3_600_000 - (now.getTime() % 3_600_000);
  if (now.getUTCHours() >= 21 && leftMs < 120_000) await sleep(leftMs + 1_000);
}

// Call `look` until it returns something truthy; what it throws last is told when time is up.
export async function until(look, { ms = UNTIL_MS, everyMs = 50, what = 'it' } = {}) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      throw new Error(`waited ${ms} ms for ${what}${last ? `: ${last.message}` : ''}`);
    }
    await sleep(everyMs);
  }
}

// With ZULAUF_TEST_DB ("postgresql://…" of one who may create databases) each server gets a database
// of its own there, made from ZULAUF_TEST_DB_TEMPLATE if that is set; without it, SQLite in its
// data folder.
function databaseFor(data) {
  const server = process.env.ZULAUF_TEST_DB;
  if (!server) return {};
  const name = path.basename(data);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const psql = (sql) => spawnSync('psql', [server, '-qAtc', sql], { encoding: 'utf8' });
  if (psql(`SELECT 1 FROM pg_database WHERE datname = '${name}'`).stdout.trim() !== '1') {
    const made = psql(`CREATE DATABASE "${name}" TEMPLATE ${process.env.ZULAUF_TEST_DB_TEMPLATE ?? 'template0'} ENCODING 'UTF8' LOCALE 'C'`);
    if (made.status !== 0) throw new Error(made.stderr);
  }
  return { ZULAUF_DB: url.href };
}

class Zulauf {
  constructor(options) {
    this.options = options;
    this.out = '';
    this.err = '';
    this.told = []; // the log's lines but for those of requests that went as they should
  }

  async start() {
    const { args = [], env = {}, publicUrl } = this.options;
    this.port ??= this.options.port ?? (await freePort());
    this.url = `http://127.0.0.1:${this.port}`;
    this.data ??= this.options.data ?? (await mkdtemp(path.join(os.tmpdir(), 'zulauf-e2e-')));
    this.ended = null;
    const from = this.out.length;
    this.child = spawn(
      binary,
      ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`,
       '--public-url', publicUrl ?? this.url, ...args],
      { cwd: root, env: { ZULAUF_DNS: 'off', ...process.env, ...databaseFor(this.data), ...env },
        stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const child = this.child;
    this.exit = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
      child.once('close', (code, signal) => resolve({ code, signal }));
    }).then((ended) => {
      if (this.child === child) this.ended = ended;
      return ended;
    });
    for (const stream of ['stdout', 'stderr']) {
      const name = stream === 'stdout' ? 'out' : 'err';
      child[stream].setEncoding('utf8').on('data', (text) => {
        this[name] = (this[name] + text).slice(-LOG_CHARS);
      });
    }
    let rest = '';
    child.stderr.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.told.push(...lines.filter((line) => !line.includes(' event=http.request ') || line.includes(' status=500 ')));
    });
    try {
      // What it printed may come through its pipe after its first answer.
      const greeted = () => this.out.slice(from).includes('runs at');
      await until(async () => this.ended || ((await this.ready()) && greeted()), {
        ms: START_MS, what: `${this.url}/readyz`,
      });
    } catch (error) {
      await this.kill();
      throw new Error(`${error.message}\n${this.log()}`);
    }
    if (this.ended) throw new Error(`zulauf ended: ${JSON.stringify(this.ended)}\n${this.log()}`);
    return this;
  }

  async ready() {
    const reply = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(READY_MS) });
    await reply.arrayBuffer();
    return reply.status === 200;
  }

  log() {
    return `${this.out}\n${this.err}`;
  }

  // The link that serve prints for the first sign-in.
  get signInUrl() {
    const base = this.options.publicUrl ?? this.url;
    const links = this.log().match(/https?:\/\/[^\s"']+/g) ?? [];
    const link = links.find((url) => url.startsWith(`${base}/`) && url.length > base.length + 16);
    if (!link) throw new Error(`no sign-in link was printed:\n${this.log()}`);
    return link;
  }

  // Run another command on this server's data: server.run('token', 'create', …).
  run(command, ...args) {
    const done = spawnSync(binary, [command, '--data', this.data, ...args], {
      cwd: root, encoding: 'utf8', timeout: 300_000,
      env: { ...process.env, ...databaseFor(this.data), ...this.options.env },
    });
    if (done.status !== 0) {
      throw new Error(`zulauf ${command} ${args.join(' ')}: ${done.status}\n${done.stdout}${done.stderr}`);
    }
    return done.stdout;
  }

  // Statements into the server's own database, behind its back.
  sql(text) {
    const { ZULAUF_DB: url } = databaseFor(this.data);
    const done = url
      ? spawnSync('psql', [url, '-qAtc', text], { encoding: 'utf8' })
      : spawnSync('python3', ['-c', 'import sqlite3,sys; db=sqlite3.connect(sys.argv[1],timeout=60); db.executescript(sys.argv[2]); db.close()',
        path.join(this.data, 'zulauf.db'), text], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  async stop() {
    if (!this.ended) {
      this.child.kill('SIGTERM');
      const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
      await this.exit;
      clearTimeout(late);
    }
    return this.exit;
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.exit;
  }

  async restart() {
    await this.stop();
    return this.start();
  }

  async stopAndForget() {
    const ended = await this.stop();
    if (!this.options.data) await rm(this.data, { recursive: true, force: true });
    return ended;
  }
}

// Options: args, env, port, data (a folder to keep), publicUrl.
export function startZulauf(options = {}) {
  return new Zulauf(options).start();
}
