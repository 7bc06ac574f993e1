// A form on a tablet at a stand: nothing is left on it, nobody gets into another's answers, and what
// was entered without network arrives once.
import { expect, test } from '@playwright/test';
import { mkdtempSync, openSync, writeSync, closeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from '@playwright/test';
import encodeQR from '../../ui/node_modules/qr/index.js';
import { parseCard } from '../../ui/script/vcard.js';
import { startWatched, stopClock } from './browser.mjs';
import { ADMIN, ask, asForm, asJson, startDesk, WORDING } from './desk.mjs';

const CALLS = 'Ja, die Lindhorst Lagertechnik GmbH darf mich zu Regalanlagen anrufen. Ich kann das jederzeit widerrufen.';
let desk;
let form;

test.beforeAll(async () => {
  desk = await startDesk();
  await desk.data('PATCH', '/settings', { privacy_url: 'https://lindhorst.example/datenschutz' });
  form = await desk.form({
    name: 'Messe-Kontakt', double_opt_in: true,
    consents: [{ purpose: 'newsletter', channel: 'email', text: WORDING }, { purpose: 'beratung', channel: 'phone', text: CALLS }],
  });
});
test.afterAll(() => desk?.stop());

let stands = 0;
const began = Date.now(); // a test over midnight still means one day by one number
const day = (ahead = 0) => new Date(began + ahead * 86_400_000).toISOString().slice(0, 10);
const newKiosk = (changes = {}) => desk.data('POST', `/forms/${form.id}/kiosks`, {
  stand: `LogiMAT, Stand ${++stands}`, staff: ['Anna Beispiel', 'Jörg Möller'], from: day(-1), to: day(2), ...changes,
});
const leadsOf = async (word) => desk.data('GET', `/leads?query=${encodeURIComponent(word)}`);
const entriesOf = async (kiosk) => (await desk.data('GET', `/forms/${form.id}/kiosks`)).find((k) => k.id === kiosk.id).entries;
const shot = async (seat, name) => {
  if (process.env.SHOTS) await seat.page.screenshot({ path: `${process.env.SHOTS}/${name}-${seat.lang}-${seat.screen}.png`, fullPage: true });
};

// Its clock stands still, timers run: nothing is wiped because a test takes its time.
async function tablet(browser, kiosk, { screen = 'desktop', lang = 'de' } = {}) {
  const seat = await startWatched(browser, { origin: desk.server.url, lang, screen });
  await seat.page.clock.setFixedTime(new Date());
  await seat.go(kiosk.url);
  return seat;
}

// Everything a browser can keep of a page.
const kept = async (page) => ({
  cookies: await page.context().cookies(),
  storage: await page.evaluate(async () => ({
    local: { ...localStorage }, session: { ...sessionStorage },
    bases: (await indexedDB.databases()).map((b) => b.name), caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  })),
});
const NOTHING = { cookies: [], storage: { local: {}, session: {}, bases: [], caches: [], workers: 0 } };

async function enter(seat, { email, first, last, tick }) {
  const { page } = seat;
  if (email) await page.locator('[name=email]').fill(email);
  if (first) await page.locator('[name=first_name]').fill(first);
  if (last) await page.locator('[name=last_name]').fill(last);
  if (tick) await page.locator(`[name="consent.${tick}"]`).check();
}
const send = (seat) => seat.page.locator('main button[type=submit]').click();

test('visitors at a stand are leads of their own, told of with stand and team, and nothing stays on the tablet', async ({ browser }) => {
  const kiosk = await newKiosk({ campaign: 'logimat-2026' });
  const seat = await tablet(browser, kiosk);
  const { page } = seat;
  await seat.check();
  await shot(seat, 'kiosk-start');
  await page.getByRole('radio', { name: 'Anna Beispiel' }).check();
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await expect(page.locator('#k-who')).toHaveText('Anna Beispiel');
  for (const box of await page.locator('main button:visible, main input.input:visible, main select:visible, header button:visible').all()) {
    expect((await box.boundingBox()).height).toBeGreaterThanOrEqual(56);
  }
  expect(await page.locator('main form [autocomplete]:not([autocomplete=off])').count()).toBe(0);
  await enter(seat, { email: 'erste@kunde.example', first: 'Erika', last: 'Erste', tick: 'newsletter.email' });
  await seat.check();
  await page.locator('summary', { hasText: seat.t('public.form.privacy_link') }).click();
  await expect.poll(() => page.locator('.k-privacy img').evaluate((img) => img.naturalWidth)).toBeGreaterThan(0);
  await shot(seat, 'kiosk-form');
  await send(seat);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));
  await seat.check();
  await shot(seat, 'kiosk-done');
  await page.locator('main').getByRole('button', { name: seat.t('kiosk.next') }).click();
  await expect(page.locator('[name=email]')).toHaveValue('');
  expect(await page.content()).not.toContain('erste@kunde.example');
  await enter(seat, { email: 'zweiter@kunde.example', first: 'Zoltan', last: 'Zweiter' });
  await send(seat);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));
  expect(await kept(page)).toEqual(NOTHING);
  await seat.close();

  const first = await desk.leadOf('erste@kunde.example');
  const second = await desk.leadOf('zweiter@kunde.example');
  expect(first.id).not.toBe(second.id);
  expect(first.fields.last_name).toBe('Erste');
  expect(second.fields.last_name).toBe('Zweiter');
  const whole = await desk.data('GET', `/leads/${first.id}`);
  expect(whole.source.label).toBe(`Messe / ${kiosk.stand}`);
  expect(whole.source.utm).toMatchObject({ source: 'fair', campaign: 'logimat-2026' });
  const history = await desk.data('GET', `/leads/${first.id}/timeline`);
  const came = history.find((t) => t.kind === 'form_submitted');
  expect(came.props).toMatchObject({ stand: kiosk.stand, staff: 'Anna Beispiel', kiosk: kiosk.id, entered_by: 'visitor' });
  expect(Date.parse(came.props.claimed_at)).toBeGreaterThan(Date.now() - 600_000);
  // The mail that confirms goes out as for every form; until then nothing may be sent.
  expect(whole.may_email.state ?? whole.may_email).not.toBe('yes');
  expect((await desk.mailsTo('erste@kunde.example')).length).toBe(1);
  expect(await entriesOf(kiosk)).toBe(2);
});

test('the same address again is another lead, nothing is overwritten, and each leads to the other', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await tablet(browser, kiosk);
  const { page } = seat;
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  for (const [first, last] of [['Bernd', 'Blau'], ['Gerda', 'Grün']]) {
    await enter(seat, { email: 'info@gemeinsam.example', first, last });
    await send(seat);
    await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));
    await page.locator('main').getByRole('button', { name: seat.t('kiosk.next') }).click();
  }
  await seat.close();
  const found = await leadsOf('info@gemeinsam.example');
  expect(found.map((l) => l.fields?.last_name ?? l.name).sort().join()).toMatch(/Blau.*Grün/);
  const [blue, green] = ['Blau', 'Grün'].map((name) => found.find((l) => JSON.stringify(l).includes(name)));
  const of = async (lead) => (await desk.data('GET', `/leads/${lead.id}/timeline`)).map((t) => t.props.twin).filter(Boolean);
  expect(await of(blue)).toEqual([green.id]);
  expect(await of(green)).toEqual([blue.id]);
  // Who clicks the second mail proves the address of the second lead, and no other.
  const done = await ask(await desk.confirmLink('info@gemeinsam.example'), { method: 'POST', ...asForm({}) });
  expect(done.status).toBe(200);
  expect((await desk.data('GET', `/leads/${green.id}`)).email_state).toBe('verified');
  expect((await desk.data('GET', `/leads/${blue.id}`)).email_state).toBe('unverified');
});

test('without network entries wait sealed, say how many, and arrive once each', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await tablet(browser, kiosk);
  const { page, context } = seat;
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await context.setOffline(true);
  for (const n of [1, 2, 3]) {
    await enter(seat, { email: `funkloch${n}@kunde.example`, last: `Funkloch${n}` });
    await send(seat);
    await expect(page.locator('[data-later]')).toBeVisible();
    await expect(page.locator('#k-queue')).toHaveText(n === 1 ? seat.t('kiosk.waiting_one') : seat.t('kiosk.waiting_many', { count: n }));
    expect(await page.content()).not.toContain(`funkloch${n}@`);
    await page.locator('main').getByRole('button', { name: seat.t('kiosk.next') }).click();
  }
  await shot(seat, 'kiosk-waiting');
  expect(await kept(page)).toEqual(NOTHING);
  // Closing the page now would lose them: the browser asks.
  const asked = page.waitForEvent('dialog').then(async (d) => { const type = d.type(); await d.dismiss(); return type; });
  await page.locator('[name=email]').fill('x');
  await page.evaluate(() => { setTimeout(() => location.reload(), 0); });
  expect(await asked).toBe('beforeunload');
  // The first reply is lost on the way: the same entry comes twice and is one lead.
  let lost = 0;
  await page.route('**/k/*', async (route) => {
    if (route.request().method() !== 'POST' || lost++ > 0) return route.fallback();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await context.setOffline(false);
  await expect(page.locator('#k-queue')).toHaveText('');
  expect(lost).toBeGreaterThan(3);
  expect(await entriesOf(kiosk)).toBe(3);
  for (const n of [1, 2, 3]) expect(await leadsOf(`funkloch${n}@kunde.example`)).toHaveLength(1);
  seat.expectFaults(/\/k\//); // requests that failed were meant to
  await seat.close();
});

test('what is wrong is said while the visitor is there, and kept aside once he is gone', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await tablet(browser, kiosk);
  const { page, context } = seat;
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await send(seat);
  await expect(page.locator('#f-email')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('main .error')).toHaveText(seat.t('error.field_required'));
  await page.locator('[name=email]').fill('keine@adresse'); // a browser takes it, we do not
  await page.locator('[name=last_name]').fill('Tippfehler');
  await send(seat);
  await expect(page.locator('main .error')).toBeVisible();
  await expect(page.locator('[name=last_name]')).toHaveValue('Tippfehler');
  expect(await entriesOf(kiosk)).toBe(0);
  await context.setOffline(true);
  await send(seat);
  await expect(page.locator('[data-later]')).toBeVisible();
  await context.setOffline(false);
  await expect(page.locator('#k-queue')).toHaveText('');
  const [lead] = await leadsOf('Tippfehler');
  expect(lead.email ?? '').toBe('');
  const notes = await desk.data('GET', `/leads/${lead.id}/notes`);
  expect(notes[0].text).toContain('keine@adresse');
  seat.expectFaults(/\/k\//);
  await seat.close();
});

test('an answer that comes when the next visitor is there already does not reach his form', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await tablet(browser, kiosk);
  const { page } = seat;
  let answer;
  const held = new Promise((go) => { answer = go; });
  await page.route('**/k/*', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await held;
    return route.fallback();
  });
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await page.locator('[name=email]').fill('keine@adresse');
  await page.locator('[name=last_name]').fill('Eilig');
  const asked = page.waitForRequest((request) => request.method() === 'POST');
  await send(seat);
  await asked;
  await page.locator('[data-do=next]').first().click();
  await page.locator('#k-sure [data-do=discard]').click();
  await page.locator('[name=last_name]').fill('Nachfolger');
  answer();
  // What was faulty is sent again and kept aside there; nothing of it is seen here.
  await expect.poll(async () => (await leadsOf('Eilig')).length).toBe(1);
  await expect(page.locator('[name=last_name]')).toHaveValue('Nachfolger');
  await expect(page.locator('main .error')).toHaveCount(0);
  seat.expectFaults(/\/k\//); // the 422 was meant to
  await seat.close();
});

test('thirty seconds without a touch wipe the form, with a countdown before', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const { page } = seat;
  await stopClock(page);
  await seat.go(kiosk.url);
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await page.locator('[name=last_name]').fill('Weggegangen');
  await page.clock.runFor(18_000);
  await expect(page.locator('#k-idle')).toBeHidden();
  await page.clock.runFor(4_000);
  await expect(page.locator('#k-idle-text')).toHaveText(seat.t('kiosk.idle', { seconds: 8 }));
  await shot(seat, 'kiosk-idle');
  await page.getByRole('button', { name: seat.t('kiosk.still_here') }).click();
  await page.clock.runFor(19_000);
  await expect(page.locator('[name=last_name]')).toHaveValue('Weggegangen');
  await page.clock.runFor(12_000);
  await expect(page.getByRole('button', { name: seat.t('kiosk.begin') })).toBeVisible();
  expect(await page.content()).not.toContain('Weggegangen');
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await expect(page.locator('[name=last_name]')).toHaveValue('');
  // By hand it asks first.
  await page.locator('[name=last_name]').fill('Halb fertig');
  await page.locator('#k-next').click();
  await expect(page.locator('#k-sure')).toBeVisible();
  await page.getByRole('button', { name: seat.t('kiosk.keep') }).click();
  await expect(page.locator('[name=last_name]')).toHaveValue('Halb fertig');
  await page.locator('#k-next').click();
  await page.getByRole('button', { name: seat.t('kiosk.discard') }).click();
  await expect(page.locator('[name=last_name]')).toHaveValue('');
  expect(await entriesOf(kiosk)).toBe(0);
  await seat.close();
});

test('a stand that is closed while its tablet is open collects no more, and tells how many were refused', async ({ browser }) => {
  const kiosk = await newKiosk();
  const seat = await tablet(browser, kiosk);
  const { page, context } = seat;
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await context.setOffline(true);
  for (const n of [1, 2]) {
    await enter(seat, { email: `gesperrt${n}@kunde.example`, last: `Gesperrt${n}` });
    await send(seat);
    await expect(page.locator('[data-later]')).toBeVisible();
    await page.locator('main').getByRole('button', { name: seat.t('kiosk.next') }).click();
  }
  await desk.data('POST', `/kiosks/${kiosk.id}/revoke`, {});
  await context.setOffline(false);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.over'));
  await expect(page.locator('#k-queue')).toHaveText(seat.t('kiosk.refused', { count: 2 }));
  await expect(page.locator('main button, #k-next')).toHaveCount(1); // the bar's, hidden
  await expect(page.locator('#k-next')).toBeHidden();
  seat.expectFaults(/\/k\//);
  await seat.check();
  await shot(seat, 'kiosk-over');
  expect(await entriesOf(kiosk)).toBe(0);
  await seat.close();

  // With the network there: the visitor is not thanked, and the tablet takes no next one.
  const other = await newKiosk();
  const second = await tablet(browser, other);
  await second.page.getByRole('button', { name: second.t('kiosk.begin') }).click();
  await enter(second, { email: 'zuspaet@kunde.example', last: 'Zuspät' });
  await desk.data('POST', `/kiosks/${other.id}/revoke`, {});
  await send(second);
  await expect(second.page.locator('main h1')).toHaveText(second.t('kiosk.over'));
  await expect(second.page.locator('#k-queue')).toHaveText(second.t('kiosk.refused', { count: 1 }));
  expect(await second.page.content()).not.toContain('zuspaet@');
  second.expectFaults(/\/k\//);
  await second.close();

  // A tablet that nobody touches asks by itself.
  const third = await newKiosk();
  const idle = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  await idle.page.clock.install();
  await idle.go(third.url);
  const seen = () => ask(`${third.url}/here`, { headers: { accept: 'application/json' } });
  expect((await seen()).status).toBe(204);
  await desk.data('POST', `/kiosks/${third.id}/revoke`, {});
  expect((await seen()).status).toBe(410);
  await idle.page.clock.runFor(61_000);
  await expect(idle.page.locator('main h1')).toHaveText(idle.t('kiosk.over'));
  idle.expectFaults(/\/k\//);
  await idle.close();
});

test('a signature confirms calls, and never e-mail; a spoken word and a typed name confirm nothing', async ({ browser }) => {
  const kiosk = await newKiosk({ signature: true });
  const seat = await tablet(browser, kiosk);
  const { page } = seat;
  await page.getByRole('radio', { name: 'Jörg Möller' }).check();
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await expect(page.locator('canvas')).toBeHidden();
  await enter(seat, { email: 'unterschrift@kunde.example', last: 'Unterschrift', tick: 'newsletter.email' });
  await page.locator('[name="consent.beratung.phone"]').check();
  const canvas = page.locator('canvas');
  await canvas.scrollIntoViewIfNeeded();
  const at = await canvas.boundingBox();
  await page.mouse.move(at.x + 60, at.y + 80);
  await page.mouse.down();
  for (let i = 1; i < 20; i++) await page.mouse.move(at.x + 60 + i * 14, at.y + 80 + (i % 2) * 40);
  await page.mouse.up();
  await seat.check();
  await shot(seat, 'kiosk-sign');
  await send(seat);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));

  await page.locator('main').getByRole('button', { name: seat.t('kiosk.next') }).click();
  await page.locator('summary', { hasText: seat.t('kiosk.team') }).click();
  await page.getByRole('radio', { name: seat.t('kiosk.by_staff') }).check();
  await page.locator('[name=k-note]').fill('Möchte den Newsletter, sagt er.');
  await enter(seat, { email: 'gesprochen@kunde.example', last: 'Gesprochen', tick: 'beratung.phone' });
  await page.locator('[name=k-sign-name]').fill('Gustav Gesprochen');
  await send(seat);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));
  await seat.close();

  const consents = async (address) => {
    const lead = await desk.leadOf(address);
    return { lead, list: await desk.data('GET', `/leads/${lead.id}/consents`) };
  };
  const { list } = await consents('unterschrift@kunde.example');
  const of = (channel) => list.find((c) => c.channel === channel);
  expect(of('phone').state).toBe('confirmed');
  expect(of('email').state).toBe('requested');
  const proof = of('phone').evidence.find((e) => e.kind === 'confirmed');
  expect(proof.facts).toMatchObject({ method: 'signature', stand: kiosk.stand, staff: 'Jörg Möller' });
  expect(proof.facts.signature.path).toMatch(/^M\d+ \d+L/);
  expect(of('email').evidence.find((e) => e.kind === 'requested').facts.signature.path).toMatch(/^M/);

  const { lead: signedLead } = await consents('unterschrift@kunde.example');
  const html = async (where) => (await ask(`${desk.server.url}${where}`, { headers: { accept: 'text/html', cookie: desk.cookie } })).text;
  expect(await html(`/leads/${signedLead.id}`)).toMatch(/(Telefon|Phone): <b>(ja|yes)<\/b>/);
  // The form asks for no number: whoever builds it is told.
  const { warnings } = await desk.data('GET', `/forms/${form.id}`);
  expect(warnings.map((w) => w.code)).toContain('no_number');
  const spoken = await consents('gesprochen@kunde.example');
  expect(await html(`/leads/${spoken.lead.id}`)).toMatch(/(Telefon|Phone): <b>(noch nicht|not yet)<\/b>/);
  expect(spoken.list.map((c) => [c.channel, c.state])).toEqual([['phone', 'requested']]);
  const notes = await desk.data('GET', `/leads/${spoken.lead.id}/notes`);
  expect(notes[0].text).toContain('Möchte den Newsletter');
  const came = (await desk.data('GET', `/leads/${spoken.lead.id}/timeline`)).find((t) => t.kind === 'form_submitted');
  expect(came.props.entered_by).toBe('staff');
});

test('a link that is revoked, over, planned or invented leads nowhere', async () => {
  const page = async (url, headers = {}) => ask(url, { headers: { accept: 'text/html', ...headers } });
  const kiosk = await newKiosk();
  const good = await page(kiosk.url);
  expect(good.status).toBe(200);
  expect(good.headers['set-cookie']).toBeUndefined();
  expect(good.headers['cache-control']).toBe('no-store');
  expect(good.headers['referrer-policy']).toBe('no-referrer');
  expect(good.headers['permissions-policy']).toContain('camera=(self)');
  expect(good.headers['content-security-policy']).toContain("script-src 'self'");
  expect((await page(`${desk.server.url}/f/${form.slug}`)).headers['permissions-policy']).toContain('camera=()');
  const box = (text, late = false) => ask(kiosk.url, { method: 'POST', ...asJson({ box: text, late }), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  for (const text of ['', 'x', 'A'.repeat(200), 'A'.repeat(200_000)]) expect((await box(text)).status).toBe(400);
  await desk.data('POST', `/kiosks/${kiosk.id}/revoke`, {});
  expect((await page(kiosk.url)).status).toBe(410);
  expect((await box('A'.repeat(200), true)).status).toBe(410);
  expect((await desk.data('GET', `/forms/${form.id}/kiosks`)).find((k) => k.id === kiosk.id)).toMatchObject({ state: 'revoked', url: null });
  const later = await newKiosk({ from: day(3), to: day(4) });
  expect((await page(later.url)).status).toBe(410);
  expect((await page(`${kiosk.url.slice(0, -1)}${kiosk.url.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404);
  expect((await page(`${desk.server.url}/k/nonsense`)).status).toBe(404);
  const stranger = await desk.newToken('liest nur', ['forms_read']);
  const seen = await desk.api('GET', `/forms/${form.id}/kiosks`, undefined, { token: stranger });
  expect(seen.json.data.every((k) => k.url === null)).toBe(true);
  for (const [body, field] of [[{ stand: '' }, 'stand'], [{ stand: 'x', from: '2026-13-01' }, 'from'], [{ stand: 'x', from: day(2), to: day(1) }, 'to'], [{ stand: 'x', to: '2020-01-01', from: '2020-01-01' }, 'to'], [{ stand: 'x', idle_s: 5 }, 'idle_s']]) {
    const reply = await desk.api('POST', `/forms/${form.id}/kiosks`, body);
    expect([reply.status, reply.json.errors[0].field], JSON.stringify(body)).toEqual([422, field]);
  }
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`marketing makes a link for a stand and takes it back: ${lang} ${screen}`, async ({ browser }) => {
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen });
    const { page } = seat;
    await seat.go('/sign-in');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('main button[type=submit]').click();
    await seat.go('/account');
    await page.locator('[name=lang]').selectOption(lang);
    await page.locator('form:has([name=lang]) button[type=submit]').first().click();
    await seat.go(`/forms/${form.id}`);
    await page.getByRole('link', { name: seat.t('kiosk.tab') }).click();
    await page.getByRole('button', { name: seat.t('kiosk.create') }).click();
    await expect(page.locator('#f-stand')).toHaveAttribute('aria-invalid', 'true');
    await page.locator('[name=stand]').fill(`Hannover Messe ${lang}`);
    await page.locator('[name=staff]').fill('Ute\nOlaf');
    await page.locator('[name=signature]').check();
    await page.getByRole('button', { name: seat.t('kiosk.create') }).click();
    const card = page.locator('section.card', { hasText: `Hannover Messe ${lang}` }).first();
    await expect.poll(() => card.locator('img.qr').evaluate((img) => img.naturalWidth)).toBeGreaterThan(0);
    await expect(card.locator('input[readonly]')).toHaveValue(/\/k\/[\w-]{64}$/);
    await seat.check();
    await shot(seat, 'kiosks');
    await card.getByRole('button', { name: seat.t('kiosk.revoke') }).click();
    await card.getByRole('button', { name: seat.t('kiosk.revoke') }).click();
    await expect(page.locator('section.card', { hasText: `Hannover Messe ${lang}` }).first()).toContainText(seat.t('kiosk.state_revoked'));
    await seat.check();
    await expect(page.locator('main')).not.toContainText(seat.t('kiosk.no_files'));
    const files = await desk.form({ name: `Mit Datei ${lang}`, slug: `datei-${lang}`, double_opt_in: false, consents: [], fields: [{ key: 'email' }, { key: 'free_anlage', type: 'file', label: 'Anlage' }] });
    await seat.go(`/forms/${files.id}/kiosks`);
    await expect(page.locator('main')).toContainText(seat.t('kiosk.no_files'));
    await shot(seat, 'kiosks-files');
    await seat.check();
    await seat.close();
  });
}

test('the kiosk speaks its form\'s language, on a phone too', async ({ browser }) => {
  const english = await desk.form({ name: 'Fair contact', language: 'en', double_opt_in: false, consents: [] });
  const kiosk = await desk.data('POST', `/forms/${english.id}/kiosks`, { stand: 'Hall 3', from: day(-1), to: day(1) });
  const seat = await tablet(browser, kiosk, { lang: 'en', screen: 'phone' });
  await seat.check();
  await shot(seat, 'kiosk-start');
  await seat.page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await seat.check();
  await shot(seat, 'kiosk-form');
  await seat.close();
});

// --- business cards ---

const CARDS = [
  ['vCard 3.0, folded, types', 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Brandt;Katharina;;Dr.;\r\nFN:Dr. Katharina Brandt\r\nORG:Brandt Logistik GmbH;Einkauf\r\nTITLE:Leiterin Ein\r\n kauf\r\nTEL;TYPE=WORK,VOICE:+49 40 1234\r\nTEL;TYPE=FAX:+49 40 9999\r\nTEL;TYPE=CELL:+49 171 5678\r\nEMAIL;TYPE=INTERNET:k.brandt@brandt.example\r\nADR;TYPE=WORK:;;Hafenstr. 1\\, Tor 3;Hamburg;;20457;Deutschland\r\nURL:https://brandt.example\r\nEND:VCARD',
    { first_name: 'Katharina', last_name: 'Brandt', title: 'Dr.', company: 'Brandt Logistik GmbH', department: 'Einkauf', job_title: 'Leiterin Einkauf', email: 'k.brandt@brandt.example', phone: '+49 40 1234', mobile: '+49 171 5678', street: 'Hafenstr. 1, Tor 3', postcode: '20457', city: 'Hamburg', country: 'Deutschland', website: 'https://brandt.example' }],
  ['vCard 2.1, quoted-printable over two lines', 'BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\n=B6rg\nORG:M\\;K AG\nTEL;WORK;VOICE:030 1\nTEL;CELL:0171 2\nEND:VCARD',
    { first_name: 'Jörg', last_name: 'Müller', company: 'M;K AG', phone: '030 1', mobile: '0171 2' }],
  ['vCard 2.1, Latin-1', 'BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Gr=FCn;Bj=F6rn\nEND:VCARD', { first_name: 'Björn', last_name: 'Grün' }],
  ['vCard 4.0, groups, quotes, tel and mailto', 'BEGIN:VCARD\nVERSION:4.0\nN:Ø;Åse;;;\nitem1.ORG:"Nord";Salg\nTEL;VALUE=uri;TYPE="voice,work";PREF=1:tel:+47-22-1\nEMAIL;PREF=1:mailto:ase@nord.example\nEMAIL:alt@nord.example\nADR;LABEL="Storgata 1: Oslo":;;Storgata 1;Oslo;;0155;Norge\nEND:VCARD',
    { first_name: 'Åse', last_name: 'Ø', company: '"Nord"', department: 'Salg', email: 'ase@nord.example', phone: '+47-22-1', street: 'Storgata 1', city: 'Oslo', postcode: '0155', country: 'Norge' }],
  ['no N: the name is cut', 'BEGIN:VCARD\nVERSION:3.0\nFN:Anna Maria Lopez\nEND:VCARD', { first_name: 'Anna Maria', last_name: 'Lopez' }],
  ['MECARD', 'MECARD:N:Brandt,Katharina;ORG:Brandt\\; Co;TEL:+49401;TEL:+49171;EMAIL:k@b.example;URL:https://b.example;ADR:,,Hafenstr. 1,Hamburg,,20457,DE;;',
    { first_name: 'Katharina', last_name: 'Brandt', company: 'Brandt; Co', phone: '+49401', mobile: '+49171', email: 'k@b.example', website: 'https://b.example', street: 'Hafenstr. 1', city: 'Hamburg', postcode: '20457', country: 'DE' }],
  ['a web address', 'https://example.org', null],
  ['nothing', '', null],
  ['a broken card', 'BEGIN:VCARD\nN;;;\n:\nEMAIL', {}],
];

for (const [what, text, card] of CARDS) {
  test(`a card is read: ${what}`, () => expect(parseCard(text)).toEqual(card));
}

// A film of one picture, as Chromium's pretended camera plays it: the code in the middle, grey around.
function film(text) {
  const [width, height, unit] = [640, 480, 6];
  const code = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const luma = Buffer.alloc(width * height, 200);
  const left = Math.floor((width - code.length * unit) / 2);
  const top = Math.floor((height - code.length * unit) / 2);
  code.forEach((row, y) => row.forEach((dark, x) => {
    for (let dy = 0; dy < unit; dy++) luma.fill(dark ? 16 : 235, (top + y * unit + dy) * width + left + x * unit, (top + y * unit + dy) * width + left + (x + 1) * unit);
  }));
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'zulauf-film-')), 'card.y4m');
  const out = openSync(file, 'w');
  writeSync(out, `YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < 10; i++) {
    writeSync(out, 'FRAME\n');
    writeSync(out, luma);
    writeSync(out, Buffer.alloc(width * height / 2, 128));
  }
  closeSync(out);
  return file;
}

test('a card held before the camera fills the form, and opens nothing', async () => {
  const kiosk = await newKiosk();
  const { executablePath, args } = test.info().project.use.launchOptions;
  const own = await chromium.launch({
    executablePath,
    args: [...args, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film('BEGIN:VCARD\nVERSION:3.0\nN:Kartner;Karla\nORG:Karton AG\nEMAIL:karla@karton.example\nEND:VCARD')}`],
  });
  const seat = await startWatched(own, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const { page } = seat;
  const fetched = [];
  page.on('request', (r) => fetched.push(new URL(r.url()).pathname));
  await page.clock.setFixedTime(new Date());
  await seat.go(kiosk.url);
  await page.getByRole('button', { name: seat.t('kiosk.begin') }).click();
  await page.locator('summary', { hasText: seat.t('kiosk.team') }).click();
  await page.locator('[name=last_name]').fill('Alt');
  expect(fetched).not.toContain('/assets/scan.js');
  await page.getByRole('button', { name: seat.t('kiosk.scan') }).click();
  await expect(page.locator('[name=email]')).toHaveValue('karla@karton.example');
  expect(fetched).toContain('/assets/scan.js');
  await expect(page.locator('[name=last_name]')).toHaveValue('Kartner');
  await expect(page.locator('[name=company]')).toHaveValue('Karton AG');
  await expect(page.locator('#k-camera')).toBeHidden();
  await expect.poll(() => page.locator('#k-video').evaluate((v) => v.srcObject)).toBe(null);
  expect(await entriesOf(kiosk)).toBe(0);
  await send(seat);
  await expect(page.locator('main h1')).toHaveText(seat.t('kiosk.thanks'));
  await seat.close();
  await own.close();
  const lead = await desk.leadOf('karla@karton.example');
  expect(await desk.data('GET', `/leads/${lead.id}/consents`)).toEqual([]);
  const came = (await desk.data('GET', `/leads/${lead.id}/timeline`)).find((t) => t.kind === 'form_submitted');
  expect(came.props.entered_by).toBe('card');
});
