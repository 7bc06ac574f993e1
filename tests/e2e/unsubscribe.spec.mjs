// The link to unsubscribe, /u/{token}: what its page shows, what its button and the one click of a
// mail program end, and what a link that is none may do. No mail carries one yet: they are signed
// here with the server's own key.
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { startWatched } from './browser.mjs';
import { FORM, USE, WORDING, ask, asForm, asMultipart, idOf, signToken, startDesk } from './desk.mjs';

const EVENTS = 'Bitte laden Sie mich per E-Mail zu Ihren Veranstaltungen ein.';
const REASONS = ['too_often', 'not_relevant', 'not_requested', 'other'];
const OTHER_HOST = 'zweite.test';

let desk;
let workspace;
const forms = {};
const purposes = {};

test.beforeAll(async () => {
  desk = await startDesk();
  for (const language of ['de', 'en']) {
    forms[language] = await desk.form({
      name: `Zwei Zwecke ${language}`, language,
      consents: [...FORM.consents, { purpose: 'events', channel: 'email', text: EVENTS }],
    });
  }
  workspace = idOf((await desk.data('GET', '/workspaces'))[0].id);
  await desk.data('POST', '/workspaces', { name: 'Zweite GmbH', host: OTHER_HOST });
  // The API names purposes by a word; a token names the row.
  const rows = execFileSync('python3', ['-c', 'import sqlite3,sys,json; db=sqlite3.connect("file:"+sys.argv[1]+"/zulauf.db?mode=ro",uri=True); ' +
    'print(json.dumps([[slug,str(id)] for slug,id in db.execute("SELECT slug, id FROM purpose")]))', desk.server.data], { encoding: 'utf8' });
  for (const [slug, id] of JSON.parse(rows)) purposes[slug] = BigInt(id);
});
test.afterAll(async () => {
  expect(desk.server.err).not.toContain('level=error');
  await desk.stop();
});

let counter = 0;

// Somebody who agreed to both, and a token about them: of the newsletter, unless told otherwise.
async function reader(lang = 'de') {
  const email = `leserin${(counter += 1)}@abmelden.example`;
  await desk.submit(forms[lang], { email }, { consents: ['newsletter:email', 'events:email'] });
  expect((await ask(await desk.confirmLink(email), { method: 'POST', ...asForm({}) })).status).toBe(200);
  const { id } = await desk.leadOf(email);
  const token = (changes = {}) => desk.sign({
    use: USE.unsubscribe, workspace, subject: idOf(id), object: purposes.newsletter, ...changes,
  });
  return {
    email, id, token,
    consents: () => desk.data('GET', `/leads/${id}/consents`),
    async states() {
      return Object.fromEntries((await this.consents()).map((consent) => [consent.purpose, consent.state]));
    },
    async lastEvent(purpose = 'newsletter') {
      return (await this.consents()).find((consent) => consent.purpose === purpose).evidence.at(-1);
    },
    timeline: () => desk.data('GET', `/leads/${id}/timeline`),
    // All that is known of it, but for the chain: that one grows by itself.
    async record() {
      const consents = (await this.consents()).map((consent) => ({ ...consent, evidence: consent.evidence.map(({ block, ...event }) => event) }));
      return { consents, timeline: await this.timeline() };
    },
  };
}

const BOTH = { newsletter: 'confirmed', events: 'confirmed' };
const NEWS_ENDED = { newsletter: 'withdrawn', events: 'confirmed' };
const NONE = { newsletter: 'withdrawn', events: 'withdrawn' };
const url = (token, rest = '') => `${desk.server.url}/u/${token}${rest}`;

test('the tokens signed here are those of the program', () => {
  // The bytes that tests/unit/test_token.c holds the program to.
  const keys = { token: [{ id: 1, secret: Buffer.alloc(32, 1).toString('base64url') }] };
  expect(signToken(keys, { use: USE.confirm, workspace: 3n, subject: 42n, object: 7n, expires: 1000 }))
    .toBe('AQEBAAAAAAAAAAMAAAAAAAAAKgAAAAAAAAAHAAAAA-gkmYvT1OvepaqfQkWQiIeZ');
});

for (const { lang, screen, withoutScript = false } of [
  { lang: 'de', screen: 'desktop' }, { lang: 'en', screen: 'phone' }, { lang: 'de', screen: 'phone', withoutScript: true },
  { lang: 'en', screen: 'desktop' }, { lang: 'de', screen: 'phone' },
]) {
  test(`look, unsubscribe, say why, come back, end the rest: ${lang}, ${screen}${withoutScript ? ', without JavaScript' : ''}`, async ({ browser }) => {
    const who = await reader(lang);
    const visitor = await startWatched(browser, { origin: desk.server.url, lang, screen, javaScriptEnabled: !withoutScript });
    const { page } = visitor;
    const t = visitor.t.bind(visitor);
    const main = page.locator('main');
    const h1 = page.locator('h1');
    const button = (key) => main.getByRole('button', { name: t(`public.unsubscribe.${key}`), exact: true });
    const link = url(who.token());
    const check = async () => {
      await expect(main).not.toContainText(who.email); // whoever finds the link does not learn the address
      if (withoutScript) visitor.clean();
      else await visitor.check();
    };
    const before = await who.record();

    for (let i = 0; i < 2; i += 1) await visitor.go(link);
    expect((await ask(link, { method: 'HEAD' })).status).toBe(200);
    await expect(h1).toHaveText(t('public.unsubscribe.title'));
    await expect(main).toContainText('•@abmelden.example');
    await expect(main).toContainText('Newsletter');
    await expect(main).toContainText(WORDING);
    await expect(main).not.toContainText(EVENTS);
    await expect(main.locator('button')).toHaveText([t('public.unsubscribe.button'), t('public.unsubscribe.all')]);
    await expect(main.locator('input')).toHaveCount(0); // nothing is asked
    await check();
    expect(await who.record()).toEqual(before);

    await button('button').click();
    await expect(h1).toHaveText(t('public.unsubscribe.done'));
    await expect(main.locator('.gains li')).toHaveText(['Newsletter']);
    await check();
    expect(await who.states()).toEqual(NEWS_ENDED);
    expect(await who.lastEvent()).toMatchObject({
      kind: 'withdrawn', facts: { method: 'link', one_click: false, all_purposes: false }, network: { ip: '127.0.0.1' },
    });

    for (const reason of REASONS) await expect(main.getByLabel(t(`public.unsubscribe.reason.${reason}`), { exact: true })).not.toBeChecked();
    await main.getByLabel(t('public.unsubscribe.reason.too_often')).check();
    await button('send_reason').click();
    await expect(main.getByRole('status')).toHaveText(t('public.unsubscribe.thanks'));
    await expect(h1).toHaveText(t('public.unsubscribe.done'));
    await expect(main.locator('input')).toHaveCount(0); // asked once
    await check();
    expect((await who.timeline()).filter((entry) => entry.kind === 'reason_given')).toHaveLength(1);

    // The page's own address, as a browser asks for it that was closed meanwhile.
    for (const again of [page.url(), link]) {
      await visitor.go(again);
      await expect(h1).toHaveText(t('public.unsubscribe.done'));
      await expect(main.locator('.gains li')).toHaveText(['Newsletter']);
      await expect(main.getByRole('status')).toHaveCount(0);
      await expect(main.locator('button')).toHaveText([t('public.unsubscribe.all')]);
      await expect(main).toContainText(t('public.unsubscribe.others'));
    }
    await check();

    await button('all').click();
    await expect(main.locator('.gains li')).toHaveText(['Events']); // what has ended with it
    await expect(button('all')).toHaveCount(0);
    await check();
    expect(await who.states()).toEqual(NONE);
    expect((await who.lastEvent('events')).facts).toMatchObject({ method: 'link', all_purposes: true });
    expect((await desk.data('GET', `/leads/${who.id}`)).may_email.state).not.toBe('yes');

    await visitor.go(page.url());
    await expect(h1).toHaveText(t('public.unsubscribe.done'));
    await expect(main.locator('button')).toHaveCount(0);
    await check();
    await visitor.close();
  });
}

test('"Alles abbestellen" ends both at once, and so does a link for everything', async ({ browser }) => {
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  const main = visitor.page.locator('main');
  for (const press of ['all', 'button']) {
    const who = await reader();
    await visitor.go(url(who.token(press === 'all' ? {} : { object: 0n })));
    await expect(main.locator('h2')).toHaveCount(press === 'all' ? 1 : 2);
    await visitor.check();
    await main.getByRole('button', { name: visitor.t(`public.unsubscribe.${press}`), exact: true }).click();
    await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.unsubscribe.done'));
    await expect(main.locator('.gains li')).toHaveCount(2);
    await visitor.check();
    expect(await who.states()).toEqual(NONE);
  }
  await visitor.close();
});

test('the page speaks the language its reader signed up in, whatever the browser prefers', async ({ browser }) => {
  for (const [lang, other] of [['de', 'en'], ['en', 'de']]) {
    const who = await reader(lang);
    const visitor = await startWatched(browser, { origin: desk.server.url, lang: other, screen: 'desktop' });
    await visitor.go(url(who.token()));
    await expect(visitor.page.locator('html')).toHaveAttribute('lang', lang);
    await visitor.close();
  }
});

test('where there was nothing to end, the page says so without an empty list', async ({ browser }) => {
  const email = 'nichts@abmelden.example';
  await desk.submit(forms.de, { email }, { consents: [] });
  const lead = await desk.leadOf(email);
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await visitor.go(url(desk.sign({ use: USE.unsubscribe, workspace, subject: idOf(lead.id), object: purposes.newsletter })));
  await expect(visitor.page.locator('.lead')).toHaveText(visitor.t('public.unsubscribe.done_nothing', { email: 'nic•••••@abmelden.example' }));
  await visitor.check();
  await visitor.close();
});

const ONE_CLICK = { 'List-Unsubscribe': 'One-Click' };
for (const [name, encode] of [['as RFC 8058 prefers it, multipart', asMultipart], ['urlencoded', asForm]]) {
  test(`one click of a mail program, ${name}: 200, nothing to see, withdrawn`, async () => {
    const who = await reader();
    const sent = await encode(ONE_CLICK);
    // From a provider's server: another origin, no cookie, no language, no page wanted.
    const headers = { ...sent.headers, origin: 'https://mail.provider.example', 'user-agent': 'Mailprovider/1.0' };
    for (let i = 0; i < 2; i += 1) {
      const reply = await ask(url(who.token()), { method: 'POST', body: sent.body, headers });
      expect(reply.status).toBe(200);
      expect(reply.text).toBe('');
      for (const header of ['location', 'set-cookie', 'refresh']) expect(reply.headers[header], header).toBeUndefined();
      expect(await who.states()).toEqual(NEWS_ENDED);
    }
    const news = (await who.consents()).find((consent) => consent.purpose === 'newsletter');
    expect(news.evidence.filter((event) => event.kind === 'withdrawn')).toHaveLength(1);
    expect(news.evidence.at(-1)).toMatchObject({
      facts: { method: 'link', one_click: true }, network: { ip: '127.0.0.1', user_agent: 'Mailprovider/1.0' },
    });
  });
}

test('a link never expires: whoever still has the mail may still withdraw', async () => {
  const who = await reader();
  const old = url(who.token({ expires: 1_600_000_000 }));
  expect((await ask(old)).status).toBe(200);
  expect((await ask(old, { method: 'POST', ...asForm(ONE_CLICK) })).status).toBe(200);
  expect(await who.states()).toEqual(NEWS_ENDED);
});

const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const BAD = [
  { name: 'whose signature was altered', make: (who) => flip(who.token(), 50) },
  { name: 'whose lead was altered', make: (who) => flip(who.token(), 22) },
  { name: 'that was cut short', make: (who) => who.token().slice(0, 40) },
  { name: 'of another use (confirm)', make: (who) => who.token({ use: USE.confirm }) },
  { name: 'of another workspace', make: (who) => who.token({ workspace: workspace + 1n }) },
  { name: 'of nobody', make: (who) => who.token({ subject: idOf(who.id) + 1n }) },
  { name: 'signed with the key of stamps', make: (who) => who.token({ use: USE.stamp }) },
];
for (const [i, { name, make }] of BAD.entries()) {
  test(`a link ${name} ends nothing; its page says so and what to do`, async ({ browser }) => {
    const who = await reader();
    const bad = make(who);
    const lang = i % 2 ? 'en' : 'de';
    const visitor = await startWatched(browser, { origin: desk.server.url, lang, screen: i % 3 ? 'desktop' : 'phone' });
    await visitor.go(url(bad), 404);
    await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.token.unknown'));
    await expect(visitor.page.locator('.lead')).toHaveText(visitor.t('public.unsubscribe.unknown_text'));
    await expect(visitor.page.locator('main')).not.toContainText('@'); // nobody's address
    await visitor.check();
    await visitor.close();
    for (const rest of ['', '/all', '/reason']) {
      expect((await ask(url(bad, rest), { method: 'POST', ...asForm({ reason: 'other' }) })).status, rest).toBe(404);
    }
    expect((await ask(url(bad), { method: 'POST', ...asForm(ONE_CLICK) })).status).toBe(404);
    expect(await who.states()).toEqual(BOTH);
  });
}

test("a confirmation mail's own link ends nothing here, and this link confirms nothing there", async () => {
  const email = 'offen@abmelden.example';
  await desk.submit(forms.de, { email }, { consents: ['newsletter:email'] });
  const token = new URL(await desk.confirmLink(email)).pathname.slice('/c/'.length);
  expect((await ask(url(token), { method: 'POST', ...asForm(ONE_CLICK) })).status).toBe(404);
  const lead = await desk.leadOf(email);
  const mine = desk.sign({ use: USE.unsubscribe, workspace, subject: idOf(lead.id) });
  expect((await ask(`${desk.server.url}/c/${mine}`, { method: 'POST', ...asForm({}) })).status).toBe(404);
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  expect(consent.state).toBe('requested');
});

test("a link does nothing on another workspace's host, and still works on its own", async () => {
  const who = await reader();
  const there = { host: OTHER_HOST };
  const page = await ask(url(who.token()), { headers: there });
  expect(page.status).toBe(404);
  expect(page.text).toContain('Zweite GmbH');
  expect(page.text).not.toContain('abmelden.example');
  for (const rest of ['', '/all']) {
    const sent = asForm(ONE_CLICK);
    expect((await ask(url(who.token(), rest), { method: 'POST', body: sent.body, headers: { ...sent.headers, ...there } })).status).toBe(404);
  }
  expect(await who.states()).toEqual(BOTH);
  expect((await ask(url(who.token()), { method: 'POST', ...asForm(ONE_CLICK) })).status).toBe(200);
  expect(await who.states()).toEqual(NEWS_ENDED);
});
