// Mail over a real SMTP connection: delivered, late, refused for now, refused for good, relay away.
import { expect, test } from '@playwright/test';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ADMIN, ask, asForm, linkOf, mailParts, mailText, startDesk } from './desk.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { freePort, startZulauf, until } from './zulauf.mjs';

const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1']
  .find((file) => existsSync(file));

// A desk that delivers to a peer, both stopped when the test is over.
const withPeer = (peerOptions, run, { url = (peer) => `smtp://127.0.0.1:${peer.port}` } = {}) => async () => {
  const peer = await startSmtpPeer(peerOptions);
  let desk;
  try {
    desk = await startDesk({ args: ['--mail', url(peer)] });
    await run(desk, peer, await desk.form());
  } finally {
    await desk?.stop();
    await peer.stop();
  }
};

const stateOf = async (desk, address) => (await desk.mailsTo(address))[0]?.state;

// The newest mail to an address once it is in that state, whole.
async function mailIn(desk, address, state) {
  await until(async () => (await stateOf(desk, address)) === state, {
    what: `the mail to ${address} to be ${state}`,
  });
  return desk.mailTo(address);
}

test('the confirmation mail arrives, complete, and its link confirms', withPeer({}, async (desk, peer, form) => {
  await desk.submit(form, { email: 'katharina@example.org', first_name: 'Katharina', last_name: 'Größe' });
  const [mail] = await peer.waitFor(1);
  expect(mail.to).toEqual(['katharina@example.org']);
  for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'mime-version']) expect(mail.headers[name], name).toBeTruthy();
  expect(mail.headers['message-id']).toMatch(/^<[^<>@\s]+@[^<>@\s]+>$/);
  expect(mail.headers['list-unsubscribe']).toBeUndefined();
  expect(mail.headers['auto-submitted'] ?? 'auto-generated').toMatch(/^auto-/);
  for (const line of mail.text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
  expect(mail.text.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
  expect(mailParts(mail.text).map((part) => part.type).sort()).toEqual(['text/html', 'text/plain']);
  expect(mailText(mail.text)).toContain('/no'); // "Ich war das nicht"
  const html = mailParts(mail.text).find((part) => part.type === 'text/html').text;
  expect(html).not.toMatch(/<(img|script|link|iframe)\b/i); // nothing is loaded from anywhere
  const done = await ask(linkOf(mail.text), { method: 'POST', ...asForm({}) });
  expect(done.status).toBe(200);
  const kept = await mailIn(desk, 'katharina@example.org', 'sent');
  expect(kept.mime.replace(/\r\n/g, '\n').trim()).toBe(mail.text.replace(/\r\n/g, '\n').trim());
  expect(kept.attempts).toMatchObject([{ no: 1, outcome: 'sent', reply: expect.stringContaining('250') }]);
  // Its proof names the mail and what the relay said.
  const lead = await desk.leadOf('katharina@example.org');
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  expect(consent.evidence[1].facts.mail.message_id).toBe(mail.headers['message-id'].slice(1, -1));
  await until(async () => (await desk.data('GET', `/leads/${lead.id}/timeline`)).some((t) => t.kind === 'mail_sent'), { what: 'the timeline to tell' });
}));

test('over STARTTLS with a login, and over implicit TLS', async () => {
  for (const implicitTls of [false, true]) {
    const peer = await startSmtpPeer({ host: 'localhost', user: 'zulauf', password: 'ge:h@im', implicitTls });
    const ca = path.join(os.tmpdir(), `zulauf-ca-${process.pid}-${implicitTls}.pem`);
    await writeFile(ca, peer.ca);
    const url = `${implicitTls ? 'smtps' : 'smtp'}://zulauf:ge%3Ah%40im@localhost:${peer.port}?ca=${encodeURIComponent(ca)}${implicitTls ? '' : '&tls=starttls'}`;
    const desk = await startDesk({ args: ['--mail', url] });
    try {
      await desk.submit(await desk.form(), { email: 'tls@example.org' });
      const [mail] = await peer.waitFor(1);
      expect(mail).toMatchObject({ secure: true, user: 'zulauf', to: ['tls@example.org'] });
    } finally {
      await desk.stop();
      await peer.stop();
      await rm(ca);
    }
  }
});

test('a slow relay delays mails, not requests', withPeer({ mode: 'delay', delayMs: 300 }, async (desk, peer, form) => {
  for (let i = 0; i < 20; i += 1) expect((await desk.submit(form, { email: `langsam${i}@example.org` })).status).toBe(202);
  const mails = await peer.waitFor(20);
  expect(new Set(mails.map((mail) => mail.to[0])).size).toBe(20);
  expect(new Set(mails.map((mail) => mail.headers['message-id'])).size).toBe(20);
}));

for (const mode of ['refuse4', 'refuse4data']) {
  test(`refused for now (${mode}): shown with the relay's words, kept, and accepted later`, async () => {
    test.skip(!FAKETIME, 'faketime is not installed');
    const peer = await startSmtpPeer({ mode });
    const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${peer.port}`] });
    const { data } = desk.server;
    try {
      const form = await desk.form();
      await desk.submit(form, { email: 'spaeter@example.org' });
      await until(async () => (await desk.mailTo('spaeter@example.org')).attempts.length === 1, { what: 'the first attempt' });
      const mail = await desk.mailTo('spaeter@example.org');
      expect(mail).toMatchObject({ state: 'queued', attempts: [{ outcome: 'temporary', reply: expect.stringContaining('451 4.3.0') }] });
      const wait = Date.parse(mail.next_at) - Date.now();
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThan(5 * 60_000);
      expect(peer.messages).toEqual([]);
      // Some minutes later the relay has changed its mind.
      await desk.server.stop();
      peer.mode = 'accept';
      desk.server = await startZulauf({
        data, port: desk.server.port, args: ['--unlimited-from', '127.0.0.0/8', '--mail', `smtp://127.0.0.1:${peer.port}`],
        env: { LD_PRELOAD: FAKETIME, FAKETIME: '+10m', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
      });
      const [kept] = await peer.waitFor(1);
      expect(kept.headers['message-id'].slice(1, -1)).toBe(mail.message_id);
      const sent = await mailIn(desk, 'spaeter@example.org', 'sent');
      expect(sent.attempts.map((a) => a.outcome)).toEqual(['temporary', 'sent']);
    } finally {
      await desk.server.stop();
      await peer.stop();
      await rm(data, { recursive: true, force: true });
    }
  });
}

for (const mode of ['refuse5', 'refuse5data']) {
  test(`refused for good (${mode}): a dead letter with the relay's words, sent again by hand`, withPeer({ mode }, async (desk, peer, form) => {
    await desk.submit(form, { email: 'tot@example.org' });
    const dead = await mailIn(desk, 'tot@example.org', 'dead');
    expect(dead.attempts).toMatchObject([{ outcome: 'permanent', reply: expect.stringMatching(/^55[04] 5\./) }]);
    const page = await ask(`${desk.server.url}/outbox/${dead.id}`, { headers: { cookie: desk.cookie, accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.text).toContain(dead.attempts[0].reply);
    expect(page.text).toContain(`/outbox/${dead.id}/again`);
    const lead = await desk.leadOf('tot@example.org');
    expect((await desk.data('GET', `/leads/${lead.id}/timeline`)).map((t) => t.kind)).toContain('mail_failed');
    peer.mode = 'accept';
    expect((await desk.data('POST', `/outbox/${dead.id}/again`, {})).state).toBe('queued');
    const [mail] = await peer.waitFor(1);
    expect(mail.headers['message-id'].slice(1, -1)).toBe(dead.message_id);
    const sent = await mailIn(desk, 'tot@example.org', 'sent');
    expect(sent.attempts.map((a) => a.outcome)).toEqual(['permanent', 'sent']);
    expect((await desk.api('POST', `/outbox/${dead.id}/again`, {})).status).toBe(409); // it is there already
  }));
}

test('one refused recipient does not hold up the others', withPeer({}, async (desk, peer, form) => {
  peer.refusals.set('weg@example.org', '550 5.1.1 <weg@example.org>: no such mailbox');
  await Promise.all(['a@example.org', 'weg@example.org', 'b@example.org', 'c@example.org'].map((email) => desk.submit(form, { email })));
  const mails = await peer.waitFor(3);
  expect(mails.map((mail) => mail.to[0]).sort()).toEqual(['a@example.org', 'b@example.org', 'c@example.org']);
  const dead = await mailIn(desk, 'weg@example.org', 'dead');
  expect(dead.attempts[0].reply).toContain('550 5.1.1');
  expect(dead.attempts[0].reply).not.toContain('weg@example.org'); // an address stays out of stored replies
}));

for (const mode of ['drop-data', 'drop-end']) {
  test(`a connection that breaks (${mode}) loses no confirmation mail; a repeat has the same Message-ID`, withPeer({ mode }, async (desk, peer, form) => {
    test.skip(!FAKETIME, 'faketime is not installed');
    await desk.submit(form, { email: 'bruch@example.org' });
    await until(() => peer.drops > 0, { what: 'the connection to break' });
    await until(async () => (await stateOf(desk, 'bruch@example.org')) === 'queued', { what: 'the mail to be queued again' });
    await desk.server.stop();
    const before = peer.messages.length;
    expect(before).toBe(mode === 'drop-end' ? 1 : 0);
    peer.mode = 'accept';
    const { data, port } = desk.server;
    desk.server = await startZulauf({
      data, port, args: ['--unlimited-from', '127.0.0.0/8', '--mail', `smtp://127.0.0.1:${peer.port}`],
      env: { LD_PRELOAD: FAKETIME, FAKETIME: '+10m', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    });
    await peer.waitFor(before + 1);
    expect(new Set(peer.messages.map((m) => m.headers['message-id'])).size).toBe(1);
  }));
}

test('a relay that is away: everything is accepted, said, and delivered once it is up', async () => {
  const port = await freePort();
  const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${port}`] });
  let peer;
  try {
    const form = await desk.form();
    for (let i = 0; i < 5; i += 1) expect((await desk.submit(form, { email: `weg${i}@example.org` })).status).toBe(202);
    await until(() => desk.server.err.includes('event=mail.relay_trouble'), { what: 'the log to say so' });
    expect(await stateOf(desk, 'weg0@example.org')).toMatch(/queued|in_flight/);
    peer = await startSmtpPeer({ port });
    const mails = await peer.waitFor(5);
    expect(mails.map((mail) => mail.to[0]).sort()).toEqual([0, 1, 2, 3, 4].map((i) => `weg${i}@example.org`));
    const mail = await mailIn(desk, 'weg3@example.org', 'sent');
    expect(mail.attempts).toHaveLength(1); // the relay's absence was not this mail's fault
  } finally {
    await desk.stop();
    await peer?.stop();
  }
});

test('a wrong password is said, is not tried over and over, and loses nothing', async () => {
  const peer = await startSmtpPeer({ user: 'zulauf', password: 'richtig', authInClear: true, tls: false });
  const desk = await startDesk({ args: ['--mail', `smtp://zulauf:falsch@127.0.0.1:${peer.port}`] });
  try {
    const form = await desk.form();
    for (let i = 0; i < 10; i += 1) await desk.submit(form, { email: `login${i}@example.org` });
    await until(() => desk.server.err.includes('535'), { what: 'the log to say what the relay said' });
    expect(desk.server.err).toContain('event=mail.relay_trouble');
    expect(desk.server.err).not.toContain('falsch');
    expect(peer.commands.filter((line) => /^AUTH/.test(line)).length).toBeLessThanOrEqual(4);
    expect((await desk.mailsTo('login3@example.org'))[0].state).toMatch(/queued|in_flight/);
    peer.password = 'falsch'; // mended on the other side
    await peer.waitFor(10);
  } finally {
    await desk.stop();
    await peer.stop();
  }
});

test('who runs it sees on the outbox page that the relay turns us away', async () => {
  const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${await freePort()}`] });
  try {
    await desk.submit(await desk.form(), { email: 'sichtbar@example.org' });
    await until(() => desk.server.err.includes('event=mail.relay_trouble'), { what: 'the log to say so' });
    const page = await ask(`${desk.server.url}/outbox`, { headers: { cookie: desk.cookie, accept: 'text/html' } });
    const said = /<aside class="banner[^]*?<\/aside>/.exec(page.text)?.[0] ?? 'no banner';
    expect(said).toContain('127.0.0.1'); // which relay, and what is wrong with it
    expect(said).toMatch(/refused|nimmt keine|nicht erreichbar|connect/i);
  } finally {
    await desk.stop();
  }
});

test('without --mail nothing leaves: mails are held, shown, and the admin says so', async () => {
  const desk = await startDesk();
  try {
    await desk.submit(await desk.form(), { email: 'halt@example.org' });
    const mail = await mailIn(desk, 'halt@example.org', 'held');
    const page = await ask(`${desk.server.url}/outbox/${mail.id}`, { headers: { cookie: desk.cookie, accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.text).toContain('halt@example.org');
    expect(page.text).toContain('class="banner reach"');
    const preview = await ask(`${desk.server.url}/outbox/${mail.id}/preview`, { headers: { cookie: desk.cookie } });
    expect(preview.status).toBe(200);
    expect(preview.headers['content-security-policy']).toMatch(/^sandbox/);
    const source = await ask(`${desk.server.url}/outbox/${mail.id}/source`, { headers: { cookie: desk.cookie } });
    expect(source.headers['content-disposition']).toMatch(/^attachment/);
    expect(source.text).toBe(mail.mime);
  } finally {
    await desk.stop();
  }
});

test('held mails go once a relay is set up', async () => {
  const peer = await startSmtpPeer();
  const desk = await startDesk();
  const { data, port } = desk.server;
  try {
    await desk.submit(await desk.form(), { email: 'dann@example.org' });
    await mailIn(desk, 'dann@example.org', 'held');
    expect((await desk.api('POST', '/outbox/deliver', {})).status).toBe(409); // there is no relay yet
    await desk.server.stop();
    desk.server = await startZulauf({ data, port, args: ['--unlimited-from', '127.0.0.0/8', '--mail', `smtp://127.0.0.1:${peer.port}`] });
    const seen = async () => (await ask(`${desk.server.url}/outbox`, { headers: { cookie: desk.cookie, accept: 'text/html' } })).text;
    expect(await seen()).toContain('/outbox/deliver');
    expect((await desk.data('POST', '/outbox/deliver', {})).queued).toBe(1);
    const [sent] = await peer.waitFor(1);
    expect(sent.to).toEqual(['dann@example.org']);
    expect(await seen()).not.toContain('/outbox/deliver');
    expect((await desk.data('POST', '/outbox/deliver', {})).queued).toBe(0);
  } finally {
    await desk.server.stop();
    await peer.stop();
    await rm(data, { recursive: true, force: true });
  }
});

test('a stop while mails are under way finishes or keeps them: none is lost, none doubled', async () => {
  const peer = await startSmtpPeer({ mode: 'delay', delayMs: 150 });
  const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${peer.port}`] });
  const { data, port } = desk.server;
  try {
    const form = await desk.form();
    await Promise.all(Array.from({ length: 40 }, (_, i) => desk.submit(form, { email: `stop${i}@example.org` })));
    await peer.waitFor(1);
    const ended = await desk.server.stop();
    expect(ended.code).toBe(0);
    peer.mode = 'accept';
    desk.server = await startZulauf({ data, port, args: ['--unlimited-from', '127.0.0.0/8', '--mail', `smtp://127.0.0.1:${peer.port}`] });
    await peer.waitFor(40);
    await until(async () => (await desk.data('GET', '/outbox?limit=200')).every((m) => m.state === 'sent'), { what: 'all to be sent' });
    expect(peer.messages.map((m) => m.to[0]).sort()).toEqual(Array.from({ length: 40 }, (_, i) => `stop${i}@example.org`).sort());
  } finally {
    await desk.server.stop();
    await peer.stop();
    await rm(data, { recursive: true, force: true });
  }
});

test('an invitation goes out over the relay, too', withPeer({}, async (desk, peer) => {
  const invited = await ask(`${desk.server.url}/api/v1/users/invite`, {
    method: 'POST', body: JSON.stringify({ email: 'neu@lindhorst.example', name: 'Neu', role: 'sales' }),
    headers: { 'content-type': 'application/json', cookie: desk.cookie, 'x-csrf-token': desk.csrf },
  });
  expect(invited.status, invited.text).toBeLessThan(300);
  const [mail] = await peer.waitFor(1);
  expect(mail.to).toEqual(['neu@lindhorst.example']);
  const link = linkOf(mail.text, 'invitation');
  const joined = await ask(link, { method: 'POST', ...asForm({ name: 'Nils Neu', password: ADMIN.password }) });
  expect(joined.status).toBe(303);
}));
