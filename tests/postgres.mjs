// A private PostgreSQL: its own folder, a free port on 127.0.0.1 and a socket, gone when stopped or
// when the process ends.
//
//   const pg = await startPostgres({ settings: { max_connections: 40 } });
//   const url = await pg.create('leads');          // an empty database, as Zulauf wants it
//   await pg.restart('immediate');
//   await pg.stop();
//
// The server refuses to run as root; it then runs as the user that Debian's package makes.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './e2e/zulauf.mjs';

const run = promisify(execFile);
const START_S = 60;

const isRoot = process.getuid() === 0;
const idOf = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));

// Who the server runs as: { uid, gid } for child processes, empty unless we are root.
export const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
const user = isRoot ? 'postgres' : os.userInfo().username;

// The server's programs: in the PATH, or where Debian keeps them.
export function part(name) {
  const base = '/usr/lib/postgresql';
  let versions = [];
  try {
    versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
  } catch {
    return name;
  }
  return versions.length > 0 ? path.join(base, versions[0], 'bin', name) : name;
}

// A folder that the server may write to.
export function ownedFolder(folder) {
  mkdirSync(folder, { recursive: true });
  if (isRoot) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

class Postgres {
  constructor(settings) {
    this.settings = { fsync: 'off', max_connections: 100, ...settings };
    this.folder = ownedFolder(mkdtempSync(path.join(os.tmpdir(), 'zulauf-pg-')));
    this.data = path.join(this.folder, 'data');
  }

  tool(command, ...args) {
    return run(command, args, { cwd: '/', ...owner, timeout: 120_000 });
  }

  async open() {
    this.port = await freePort();
    await this.tool(part('initdb'), '-D', this.data, '--locale=C', '-E', 'UTF8', '-A', 'trust', '-N');
    await this.start();
    this.atExit = () => this.end();
    process.on('exit', this.atExit);
    return this;
  }

  // pg_ctl's child would hold a pipe of ours open for ever: its words go to files.
  ctl(...args) {
    return this.tool('/bin/sh', '-c', 'out=$1; shift; "$@" >>"$out" 2>&1 </dev/null', 'sh', path.join(this.folder, 'ctl'),
      part('pg_ctl'), '-D', this.data, '-w', '-t', String(START_S), ...args);
  }

  get options() {
    const settings = { listen_addresses: '127.0.0.1', port: this.port, unix_socket_directories: this.folder, ...this.settings };
    return Object.entries(settings).map(([key, value]) => `-c ${key}=${value}`).join(' ');
  }

  start() {
    return this.ctl('-l', path.join(this.folder, 'log'), '-o', this.options, 'start');
  }

  restart(mode = 'fast') {
    return this.ctl('-l', path.join(this.folder, 'log'), '-o', this.options, '-m', mode, 'restart');
  }

  halt(mode = 'fast') {
    return this.ctl('-m', mode, 'stop');
  }

  log() {
    return readFileSync(path.join(this.folder, 'log'), 'utf8');
  }

  // The process that all others of the server descend from.
  get pid() {
    return Number(readFileSync(path.join(this.data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  url(database = 'postgres', { port = this.port, query = '' } = {}) {
    return `postgresql://${user}@127.0.0.1:${port}/${database}${query}`;
  }

  // Rows as arrays of text.
  async sql(text, database = 'postgres') {
    const done = await run('psql', ['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', text, this.url(database)],
      { encoding: 'utf8', maxBuffer: 256 << 20 });
    return done.stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  async create(name, more = '') {
    await this.sql(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' ${more}`);
    return this.url(name);
  }

  // At once and for good.
  end() {
    try {
      process.kill(this.pid, 'SIGQUIT');
    } catch {
      // it has ended already
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async stop() {
    process.off('exit', this.atExit);
    await this.halt('immediate').catch(() => {});
    this.end();
  }
}

// `settings` as in postgresql.conf; what tests a server's death wants fsync on no more than others:
// the kernel lives on.
export async function startPostgres({ settings = {} } = {}) {
  const pg = new Postgres(settings);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    return await pg.open();
  } catch (error) {
    const said = (() => { try { return pg.log(); } catch { return ''; } })();
    pg.end();
    throw new Error(`PostgreSQL: ${error.message}\n${error.stderr ?? ''}${said}`);
  }
}
