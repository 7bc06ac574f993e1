// Confirmation links that do not hold: each has its page, its status, and a way to a new one.
import { expect, test } from '@playwright/test';
import { existsSync } from 'node:fs';
import { ask, asForm, linkOf, mailText, startDesk } from './desk.mjs';
import { startZulauf, until } from './zulauf.mjs';

const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1']
  .find((path) => existsSync(path));

let desk;
let form;

test.beforeAll(async () => {
  desk = await startDesk();
  form = await desk.form();
});
test.afterAll(() => desk?.stop());

let counter = 0;
const newcomer = () => `gast${(counter += 1)}@links.example`;

const post = (url, fields = {}) => ask(url, { method: 'POST', ...asForm(fields) });

// An address that has submitted, and its link.
async function asked() {
  const email = newcomer();
  expect((await desk.submit(form, { email })).status).toBe(202);
  return { email, link: await desk.confirmLink(email) };
}

const consentOf = async (email) => {
  const lead = await desk.leadOf(email);
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  return consent.state;
};

// The page says what is wrong in its own words and offers a new link.
function isProblem(reply, status, heading) {
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers['content-type']).toMatch(/^text\/html/);
  expect(reply.text).toMatch(heading);
  expect(reply.text).toMatch(/<form[^>]+action="\/c\/[^"]*again"[^>]+method="post"/);
}

test('GET shows what would be confirmed, HEAD says as much, and neither changes anything', async () => {
  const { email, link } = await asked();
  for (let i = 0; i < 3; i += 1) {
    const page = await ask(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Newsletter');
    expect(page.text).not.toContain(email); // whoever finds the link does not learn the address
    const head = await ask(link, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
  }
  const lead = await desk.leadOf(email);
  expect(lead.email_state).toBe('unverified');
  expect(await consentOf(email)).toBe('requested');
  expect((await desk.data('GET', `/leads/${lead.id}/timeline`)).map((t) => t.kind).sort()).toEqual(['doi_requested', 'form_submitted']);
});

test('POST confirms once; the link is used up then, for GET and for POST', async () => {
  const { email, link } = await asked();
  const done = await post(link);
  expect(done.status).toBe(200);
  expect(await consentOf(email)).toBe('confirmed');
  expect((await desk.leadOf(email)).email_state).toBe('verified');
  const before = await desk.data('GET', `/leads/${(await desk.leadOf(email)).id}/timeline`);
  isProblem(await ask(link), 410, /<h1>/);
  isProblem(await post(link), 410, /<h1>/);
  const after = await desk.data('GET', `/leads/${(await desk.leadOf(email)).id}/timeline`);
  expect(after).toEqual(before);
});

test('two clicks at once confirm once', async () => {
  const { email, link } = await asked();
  const statuses = (await Promise.all(Array.from({ length: 8 }, () => post(link)))).map((reply) => reply.status).sort();
  expect(statuses).toEqual([200, 410, 410, 410, 410, 410, 410, 410]);
  const lead = await desk.leadOf(email);
  const kinds = (await desk.data('GET', `/leads/${lead.id}/timeline`)).map((t) => t.kind);
  expect(kinds.filter((kind) => kind === 'consent_confirmed')).toHaveLength(1);
});

test('programs are told in JSON', async () => {
  const { link } = await asked();
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const done = await ask(link, { method: 'POST', headers });
  expect(done.status).toBe(200);
  expect(done.json).toMatchObject({ status: 'confirmed' });
  const again = await ask(link, { method: 'POST', headers });
  expect(again.status).toBe(410);
  expect(again.json).toMatchObject({ kind: 'used' });
});

// Each bad link is made from a good one.
const flip = (text, at) => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const other = letters[(letters.indexOf(text.at(at)) + 4) % 64];
  return text.slice(0, at) + other + text.slice(at + 1);
};
const BAD = [
  { name: 'whose signature was changed', make: (token) => flip(token, token.length - 8) },
  { name: 'whose content was changed', make: (token) => flip(token, 8) },
  { name: 'that was cut short by a mail program', make: (token) => token.slice(0, 40) },
  { name: 'that got a full stop behind it', make: (token) => `${token}.` },
  { name: 'that is one letter', make: () => 'x' },
  { name: 'that is long', make: () => 'A'.repeat(4_000) },
  { name: 'of bytes that are no text', make: () => '%ff%fe%00' },
  { name: 'of another script', make: () => encodeURIComponent('straße') },
];
for (const { name, make } of BAD) {
  test(`a link ${name} is unknown: 404, a page, a new link by address`, async () => {
    const { email, link } = await asked();
    const url = new URL(link);
    const token = url.pathname.slice('/c/'.length);
    const bad = `${url.origin}/c/${make(token)}`;
    for (const reply of [await ask(bad), await post(bad)]) {
      expect(reply.status).toBe(404);
      expect(reply.headers['content-type']).toMatch(/^text\/html/);
      expect(reply.text).toMatch(/<h1>/);
      if (!/%00|%ff/.test(bad)) {
        isProblem(reply, 404, /<h1>/);
        expect(reply.text).toContain('name="email"');
      }
    }
    expect(await consentOf(email)).toBe('requested');
  });
}

test('a link of ours made for something else confirms nothing', async () => {
  const { email } = await asked();
  const page = await ask(form.url);
  const stamp = /name="stamp" value="([^"]+)"/.exec(page.text)[1];
  isProblem(await post(`${desk.server.url}/c/${stamp}`), 404, /<h1>/);
  expect(await consentOf(email)).toBe('requested');
});

test('a link of another workspace or another installation is foreign or forged', async () => {
  const other = await startDesk();
  try {
    const otherForm = await other.form();
    await other.submit(otherForm, { email: 'fremd@example.org' });
    const { pathname } = new URL(await other.confirmLink('fremd@example.org'));
    isProblem(await post(`${desk.server.url}${pathname}`), 404, /<h1>/);
  } finally {
    await other.stop();
  }
});

test('"Ich war das nicht" asks first, then ends the request; the link is used up', async () => {
  const { email, link } = await asked();
  const no = linkOf((await desk.mailTo(email)).mime).replace(/$/, '/no');
  expect(mailText((await desk.mailTo(email)).mime)).toContain(no);
  const page = await ask(no);
  expect(page.status).toBe(200);
  expect(await consentOf(email)).toBe('requested');
  const done = await post(no);
  expect(done.status).toBe(200);
  expect(['refused', 'withdrawn', 'rejected']).toContain(await consentOf(email));
  expect((await desk.leadOf(email)).may_email.state).not.toBe('yes');
  isProblem(await post(link), 410, /<h1>/);
  expect(await consentOf(email)).not.toBe('confirmed');
});

test('a new link by address: the same answer whether or not there was anything to send', async () => {
  const { email } = await asked();
  const again = (address) => post(`${desk.server.url}/c/again`, { email: address });
  const bare = (text) => text.replace(/\?v=[0-9a-f]+/g, '');
  const known = await again(email);
  const unknown = await again('niemand-hier@links.example');
  expect(known.status).toBe(200);
  expect(unknown.status).toBe(200);
  expect(bare(known.text)).toBe(bare(unknown.text));
  expect(known.text).not.toContain(email);
  await until(async () => (await desk.mailsTo(email)).length === 2, { what: 'the second mail' });
  expect(await desk.mailsTo('niemand-hier@links.example')).toEqual([]);
  expect((await post(await desk.confirmLink(email))).status).toBe(200);
  await again(email);
  expect(await desk.mailsTo(email)).toHaveLength(2); // nothing is left to confirm
});

test('nobody can have an address flooded: repeats are capped', async () => {
  const { email } = await asked();
  for (let i = 0; i < 12; i += 1) {
    expect((await post(`${desk.server.url}/c/again`, { email })).status).toBe(200);
    expect((await desk.submit(form, { email })).status).toBe(202);
  }
  expect((await desk.mailsTo(email)).length).toBeLessThanOrEqual(10);
});

test('eight days later: the link has expired, its page sends a new one, and that confirms', async () => {
  test.skip(!FAKETIME, 'faketime is not installed');
  const first = await startDesk();
  const { data } = first.server;
  let later;
  try {
    const made = await first.form();
    await first.submit(made, { email: 'spaet@example.org' });
    const link = await first.confirmLink('spaet@example.org');
    await first.confirmedLead(made, { email: 'puenktlich@example.org' });
    await first.server.stop();
    later = await startZulauf({
      data, port: first.server.port, args: ['--unlimited-from', '127.0.0.0/8'],
      env: { LD_PRELOAD: FAKETIME, FAKETIME: '+8d', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
    });
    first.server = later; // the same address, eight days on
    isProblem(await ask(link), 410, /<h1>/);
    isProblem(await post(link), 410, /<h1>/);
    const page = await ask(link);
    const action = /<form[^>]+action="(\/c\/[^"]*again)"/.exec(page.text)[1];
    expect(page.text).not.toContain('name="email"'); // we know who it was for
    const sent = await post(`${later.url}${action}`);
    expect(sent.status).toBe(200);
    await until(async () => (await first.mailsTo('spaet@example.org')).length === 2, { what: 'the new mail' });
    const fresh = await first.confirmLink('spaet@example.org');
    expect(fresh).not.toBe(link);
    expect((await post(fresh)).status).toBe(200);
    expect((await first.leadOf('spaet@example.org')).may_email.state).toBe('yes');
    expect((await first.leadOf('puenktlich@example.org')).may_email.state).toBe('yes');
  } finally {
    await (later ?? first.server).stop();
    await import('node:fs/promises').then((fs) => fs.rm(data, { recursive: true, force: true }));
  }
});
