#!/usr/bin/env node
// A real SMTP server to deliver to, on node:net alone (RFC 5321, 2920 pipelining, 3207 STARTTLS,
// 4954 AUTH PLAIN and LOGIN). It keeps what it accepts and misbehaves on request.
//
//   const peer = await startSmtpPeer({ mode: 'refuse4' });     // from a test
//   node smtp_peer.mjs --port 2525 --mode delay --delay-ms 20  // by hand; one JSON line a mail
//
// Modes, changeable while it runs (peer.mode = …):
//   accept      take everything
//   delay       every reply leaves delayMs later, as over a long line
//   refuse4     451 to RCPT            refuse5      550 to RCPT
//   refuse4data 451 after the data     refuse5data  554 after the data
//   drop-data   the connection breaks at DATA, before its reply
//   drop-end    the mail is kept, the connection breaks before its final reply: the sender is
//               in doubt, and `messages` knows whether it sent twice
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';

export const MODES = ['accept', 'delay', 'refuse4', 'refuse5', 'refuse4data', 'refuse5data',
  'drop-data', 'drop-end'];

const LINE_MAX = 2_048;
const DATA_MAX = 32 * 1024 * 1024;

// A self-signed certificate for localhost; `ca` is what a client has to trust.
export function makeCertificate(names = ['DNS:localhost', 'IP:127.0.0.1']) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'zulauf-cert-'));
  try {
    const key = path.join(folder, 'key.pem');
    const cert = path.join(folder, 'cert.pem');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
      '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
      '-addext', `subjectAltName=${names.join(',')}`], { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Session {
  constructor(peer, socket, secure) {
    this.peer = peer;
    this.secure = secure;
    this.user = null;
    this.waiting = null; // takes the next line instead of the command table (AUTH)
    this.inData = false;
    this.reset();
    this.attach(socket);
    this.say('220 localhost ESMTP peer');
  }

  reset() {
    this.from = null;
    this.to = [];
  }

  attach(socket) {
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      if (socket !== this.socket) return;
      this.buffer = Buffer.concat([this.buffer, bytes]);
      this.read();
    });
    socket.on('error', () => {}); // a client that breaks off is part of the tests
    socket.on('close', () => this.peer.sessions.delete(this));
  }

  say(text) {
    const socket = this.socket;
    const bytes = `${text}\r\n`;
    if (this.peer.mode === 'delay') {
      setTimeout(() => socket.writable && socket.write(bytes), this.peer.delayMs);
    } else if (socket.writable) {
      socket.write(bytes);
    }
  }

  drop() {
    this.peer.drops += 1;
    this.buffer = Buffer.alloc(0);
    this.inData = false;
    this.rawSocket().resetAndDestroy(); // a reset, as from a peer that fell over
  }

  rawSocket() {
    return this.plain ?? this.socket;
  }

  read() {
    for (;;) {
      if (this.socket.destroyed) return;
      if (this.inData) {
        if (!this.readData()) return;
        continue;
      }
      const end = this.buffer.indexOf('\r\n');
      if (end < 0) {
        if (this.buffer.length > LINE_MAX) this.drop();
        return;
      }
      const line = this.buffer.subarray(0, end).toString('utf8');
      this.buffer = this.buffer.subarray(end + 2);
      if (this.waiting) {
        const take = this.waiting;
        this.waiting = null;
        take(line);
      } else if (!this.command(line)) {
        return;
      }
    }
  }

  // One command; false if reading must stop (the connection changed hands or ended).
  command(line) {
    this.peer.commands.push(line);
    const [verb] = line.split(' ', 1);
    const rest = line.slice(verb.length).trim();
    switch (verb.toUpperCase()) {
      case 'EHLO': return this.ehlo();
      case 'HELO': this.reset(); this.say('250 localhost'); return true;
      case 'STARTTLS': return this.startTls();
      case 'AUTH': this.auth(rest); return true;
      case 'MAIL': this.mail(rest); return true;
      case 'RCPT': this.rcpt(rest); return true;
      case 'DATA': return this.data();
      case 'RSET': this.reset(); this.say('250 2.0.0 forgotten'); return true;
      case 'NOOP': this.say('250 2.0.0 fine'); return true;
      case 'QUIT':
        this.say('221 2.0.0 bye');
        setTimeout(() => this.socket.end(), this.peer.mode === 'delay' ? this.peer.delayMs : 0);
        return false;
      default: this.say('500 5.5.2 unknown command'); return true;
    }
  }

  ehlo() {
    this.reset();
    const lines = ['localhost', 'PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES', `SIZE ${DATA_MAX}`];
    if (this.peer.smtputf8) lines.push('SMTPUTF8');
    if (this.peer.certificate && !this.secure) lines.push('STARTTLS');
    if (this.peer.user && (this.secure || this.peer.authInClear)) lines.push('AUTH PLAIN LOGIN');
    this.say(lines.map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n'));
    return true;
  }

  startTls() {
    if (!this.peer.certificate || this.secure) {
      this.say('503 5.5.1 no TLS here');
      return true;
    }
    // Bytes that came with the command were sent in the clear: RFC 3207 forbids to read them on.
    this.peer.injected += this.buffer.length;
    this.buffer = Buffer.alloc(0);
    this.say('220 2.0.0 go ahead');
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secure = new tls.TLSSocket(plain, { isServer: true, ...this.peer.certificate });
    this.plain = plain;
    this.secure = true;
    this.user = null;
    this.reset();
    this.attach(secure);
    return false;
  }

  auth(rest) {
    const [kind, first] = rest.split(' ');
    const text = (base64) => Buffer.from(base64 ?? '', 'base64').toString('utf8');
    if (!this.peer.user) return this.say('503 5.5.1 no authentication here');
    if (!this.secure && !this.peer.authInClear) return this.say('538 5.7.11 encryption required');
    if (/^plain$/i.test(kind)) {
      const take = (line) => {
        const [, user, password] = text(line).split('\0');
        this.judge(user, password);
      };
      if (first) return take(first);
      this.waiting = take;
      return this.say('334 ');
    }
    if (/^login$/i.test(kind)) {
      const askPassword = (user) => {
        this.waiting = (line) => this.judge(text(user), text(line));
        this.say('334 UGFzc3dvcmQ6');
      };
      if (first) return askPassword(first);
      this.waiting = askPassword;
      return this.say('334 VXNlcm5hbWU6');
    }
    return this.say('504 5.5.4 unknown mechanism');
  }

  judge(user, password) {
    if (user === this.peer.user && password === this.peer.password) {
      this.user = user;
      this.say('235 2.7.0 welcome');
    } else {
      this.say('535 5.7.8 wrong user or password');
    }
  }

  mail(rest) {
    const address = /^FROM:<([^>]*)>/i.exec(rest);
    if (this.peer.user && !this.user) return this.say('530 5.7.0 authentication required');
    if (!address) return this.say('501 5.5.4 MAIL FROM:<address>');
    this.reset();
    this.from = address[1];
    return this.say('250 2.1.0 sender ok');
  }

  rcpt(rest) {
    const address = /^TO:<([^>]+)>/i.exec(rest);
    if (this.from === null) return this.say('503 5.5.1 MAIL first');
    if (!address) return this.say('501 5.5.4 RCPT TO:<address>');
    const refusal = this.peer.refusalOf(address[1]);
    if (refusal) return this.say(refusal);
    if (this.peer.mode === 'refuse4') return this.say('451 4.3.0 try again later');
    if (this.peer.mode === 'refuse5') return this.say('550 5.1.1 no such mailbox');
    this.to.push(address[1]);
    return this.say('250 2.1.5 recipient ok');
  }

  data() {
    if (this.to.length === 0) {
      this.say('503 5.5.1 RCPT first');
      return true;
    }
    if (this.peer.mode === 'drop-data') {
      this.drop();
      return false;
    }
    this.inData = true;
    this.say('354 end with a dot alone');
    return true;
  }

  // True once the final dot has come.
  readData() {
    const startsWithDot = this.buffer.subarray(0, 3).toString('latin1') === '.\r\n';
    const end = startsWithDot ? 0 : this.buffer.indexOf('\r\n.\r\n');
    if (end < 0) {
      if (this.buffer.length > DATA_MAX) this.drop();
      return false;
    }
    const raw = startsWithDot ? '' : this.buffer.subarray(0, end + 2).toString('utf8');
    this.buffer = this.buffer.subarray(end + (startsWithDot ? 3 : 5));
    this.inData = false;
    this.finish(raw.replace(/^\.\./gm, '.'));
    return true;
  }

  finish(text) {
    const { mode } = this.peer;
    if (mode === 'refuse4data') this.say('451 4.3.0 try again later');
    else if (mode === 'refuse5data') this.say('554 5.6.0 refused');
    else {
      this.peer.keep({ from: this.from, to: this.to, text, secure: this.secure, user: this.user });
      if (mode === 'drop-end') this.drop();
      else this.say(`250 2.0.0 kept as ${this.peer.messages.length}`);
    }
    this.reset();
  }
}

class SmtpPeer {
  constructor(options) {
    this.mode = options.mode ?? 'accept';
    this.delayMs = options.delayMs ?? 20;
    this.user = options.user ?? null;
    this.password = options.password ?? null;
    this.authInClear = options.authInClear ?? false;
    this.smtputf8 = options.smtputf8 ?? false;
    this.certificate = options.tls === false ? null : (options.certificate ?? makeCertificate());
    this.implicitTls = options.implicitTls ?? false; // smtps://
    this.refusals = new Map(); // address → reply line, whatever the mode
    this.onMessage = options.onMessage ?? null;
    this.messages = []; // { from, to, text, headers, secure, user, atMs }
    this.commands = []; // every command line, of all connections
    this.connections = 0;
    this.drops = 0;
    this.injected = 0; // bytes that came in the clear behind STARTTLS
    this.sessions = new Set();
    const accept = (socket) => {
      this.connections += 1;
      this.sessions.add(new Session(this, socket, this.implicitTls));
    };
    this.server = this.implicitTls
      ? tls.createServer({ ...this.certificate }, accept)
      : net.createServer(accept);
    this.server.on('tlsClientError', () => {});
  }

  get ca() {
    return this.certificate?.cert ?? null;
  }

  refusalOf(address) {
    return this.refusals.get(address.toLowerCase()) ?? null;
  }

  keep(message) {
    const head = message.text.split('\r\n\r\n', 1)[0].replace(/\r\n[ \t]+/g, ' ');
    const headers = {};
    for (const line of head.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) headers[line.slice(0, colon).toLowerCase()] ??= line.slice(colon + 1).trim();
    }
    const kept = { ...message, headers, atMs: Date.now() };
    this.messages.push(kept);
    this.onMessage?.(kept);
  }

  // The first `count` messages, once they are there.
  async waitFor(count, ms = 120_000) {
    const end = Date.now() + ms;
    while (this.messages.length < count) {
      if (Date.now() > end) {
        throw new Error(`waited ${ms} ms for ${count} mails, got ${this.messages.length}; the last ` +
          `commands: ${this.commands.slice(-8).join(' | ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.messages.slice(0, count);
  }

  listen(port, host) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.port = this.server.address().port;
        resolve(this);
      });
    });
  }

  stop() {
    for (const session of this.sessions) session.rawSocket().destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

// Options: port (0: any), host, mode, delayMs, user, password, authInClear, smtputf8, tls (false:
// no STARTTLS), certificate {key, cert}, implicitTls, onMessage(message).
export function startSmtpPeer(options = {}) {
  if (options.mode && !MODES.includes(options.mode)) {
    throw new Error(`no mode ${options.mode}; there are ${MODES.join(', ')}`);
  }
  return new SmtpPeer(options).listen(options.port ?? 0, options.host ?? '127.0.0.1');
}

async function fromCommandLine(args) {
  const options = { onMessage: (m) => console.log(JSON.stringify({ from: m.from, to: m.to, headers: m.headers })) };
  const flags = {
    '--port': (v) => { options.port = Number(v); },
    '--host': (v) => { options.host = v; },
    '--mode': (v) => { options.mode = v; },
    '--delay-ms': (v) => { options.delayMs = Number(v); },
    '--user': (v) => { options.user = v; },
    '--password': (v) => { options.password = v; },
  };
  while (args.length > 0) {
    const flag = args.shift();
    if (flag === '--no-tls') options.tls = false;
    else if (flag === '--implicit-tls') options.implicitTls = true;
    else if (flag === '--auth-in-clear') options.authInClear = true;
    else if (flags[flag] && args.length > 0) flags[flag](args.shift());
    else {
      console.error(`usage: smtp_peer.mjs ${Object.keys(flags).map((f) => `[${f} …]`).join(' ')} ` +
        `[--no-tls] [--implicit-tls] [--auth-in-clear]\nmodes: ${MODES.join(', ')}`);
      process.exit(2);
    }
  }
  const peer = await startSmtpPeer(options);
  console.log(JSON.stringify({ listening: peer.port, mode: peer.mode }));
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      console.log(JSON.stringify({ messages: peer.messages.length, connections: peer.connections }));
      process.exit(0);
    });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await fromCommandLine(process.argv.slice(2));
}
