// The peer that the mail tests lean on, checked with an independent client (curl).
import { expect, test } from '@playwright/test';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startSmtpPeer } from './smtp_peer.mjs';

const MAIL = 'From: a@example.org\r\nTo: b@example.org\r\nSubject: Hallo\r\n folded\r\n\r\n.dot\r\nend\r\n';

function deliver(peer, ...flags) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'zulauf-curl-'));
  const [mail, ca] = [path.join(folder, 'mail'), path.join(folder, 'ca.pem')];
  writeFileSync(mail, MAIL);
  writeFileSync(ca, peer.ca ?? '');
  const scheme = peer.implicitTls ? 'smtps' : 'smtp';
  return new Promise((resolve) => {
    execFile('curl', ['-sS', '--max-time', '120', '--noproxy', '*', '--cacert', ca,
      `${scheme}://localhost:${peer.port}`, '--mail-from', 'a@example.org',
      '--mail-rcpt', 'b@example.org', '-T', mail, ...flags], (error, _out, err) => {
      rmSync(folder, { recursive: true });
      resolve({ code: error ? error.code : 0, err });
    });
  });
}

const CASES = [
  { name: 'takes a mail in the clear', options: {}, flags: [], code: 0, kept: 1, secure: false },
  { name: 'takes a mail after STARTTLS', options: {}, flags: ['--ssl-reqd'], code: 0, kept: 1, secure: true },
  { name: 'takes a mail over implicit TLS', options: { implicitTls: true }, flags: [], code: 0, kept: 1, secure: true },
  { name: 'knows its user by AUTH PLAIN', options: { user: 'u', password: 'p' },
    flags: ['--ssl-reqd', '--user', 'u:p', '--login-options', 'AUTH=PLAIN'], code: 0, kept: 1, secure: true },
  { name: 'knows its user by AUTH LOGIN', options: { user: 'u', password: 'p' },
    flags: ['--ssl-reqd', '--user', 'u:p', '--login-options', 'AUTH=LOGIN'], code: 0, kept: 1, secure: true },
  { name: 'refuses a wrong password', options: { user: 'u', password: 'p' },
    flags: ['--ssl-reqd', '--user', 'u:wrong'], code: 67, kept: 0 },
  { name: 'answers late when told to', options: { mode: 'delay', delayMs: 5 }, flags: [], code: 0, kept: 1, secure: false },
  { name: 'refuses a recipient for now', options: { mode: 'refuse4' }, flags: [], code: 55, kept: 0 },
  { name: 'refuses a recipient for good', options: { mode: 'refuse5' }, flags: [], code: 55, kept: 0 },
  { name: 'refuses the data for now', options: { mode: 'refuse4data' }, flags: [], fails: true, kept: 0 },
  { name: 'refuses the data for good', options: { mode: 'refuse5data' }, flags: [], fails: true, kept: 0 },
  { name: 'breaks off at DATA and keeps nothing', options: { mode: 'drop-data' }, flags: [], fails: true, kept: 0 },
  { name: 'breaks off after the final dot and keeps the mail', options: { mode: 'drop-end' }, flags: [], fails: true, kept: 1, secure: false },
];

for (const { name, options, flags, code, fails, kept, secure } of CASES) {
  test(`the SMTP peer ${name}`, async () => {
    const peer = await startSmtpPeer({ host: 'localhost', ...options });
    try {
      const result = await deliver(peer, ...flags);
      if (fails) expect(result.code, result.err).not.toBe(0);
      else expect(result.code, result.err).toBe(code);
      expect(peer.messages).toHaveLength(kept);
      if (kept) {
        const [mail] = peer.messages;
        expect(mail).toMatchObject({ from: 'a@example.org', to: ['b@example.org'], secure, text: MAIL });
        expect(mail.headers.subject).toBe('Hallo folded');
      }
    } finally {
      await peer.stop();
    }
  });
}

test('the SMTP peer reads a whole pipelined conversation from one write', async () => {
  const peer = await startSmtpPeer({ tls: false });
  const said = await new Promise((resolve, reject) => {
    let text = '';
    const client = net.connect(peer.port, '127.0.0.1', () => client.write(
      'EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nS: 1\r\n\r\none\r\n.\r\n' +
      'MAIL FROM:<>\r\nRCPT TO:<c@x>\r\nDATA\r\n.\r\nQUIT\r\n'));
    client.setEncoding('utf8').on('data', (t) => { text += t; });
    client.on('end', () => resolve(text)).on('error', reject);
  });
  await peer.stop();
  expect(peer.messages.map((m) => [m.from, m.to, m.text])).toEqual([
    ['a@x', ['b@x'], 'S: 1\r\n\r\none\r\n'], ['', ['c@x'], '']]);
  expect(said.trim().split('\r\n').at(-1)).toBe('221 2.0.0 bye');
});
