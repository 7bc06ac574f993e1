// "Change address" after sending: the form as it was sent, and what is sent then takes the first
// one's place.
import { expect, test } from '@playwright/test';
import { SCREENS, Watched } from './browser.mjs';
import { asForm, ask, startDesk } from './desk.mjs';
import { until } from './zulauf.mjs';

let desk;
const HTML = { 'user-agent': SCREENS.desktop.userAgent };
const fields = [{ key: 'email', required: true }, { key: 'first_name', half: true }, { key: 'last_name', half: true }, { key: 'company' }, { key: 'free_zeit', type: 'date', label: 'Wann?' },
  { key: 'free_was', type: 'choices', label: 'Was?', options: ['Kran', 'Regal', 'Tor'] }, { key: 'message' }];

test.beforeAll(async () => {
  desk = await startDesk();
  await desk.form({ slug: 'angebot', name: 'Angebot', fields });
  await desk.form({ slug: 'offer', name: 'Offer', language: 'en', fields: fields.map((f) => ({ ...f, label: f.label && `${f.label.slice(0, -1)} ` })) });
  await desk.form({ slug: 'anderes', name: 'Anderes' });
});
test.afterAll(() => desk?.stop());

// What a browser does without script: the page, the fields and the hidden ones.
async function send(slug, typed, more = {}) {
  const page = await ask(`${desk.server.url}/f/${slug}`, { headers: HTML });
  const stamp = /name="stamp" value="([^"]+)"/.exec(page.text)[1];
  const sent = asForm({ stamp, ...typed, ...more });
  const reply = await ask(`${desk.server.url}/f/${slug}`, { method: 'POST', ...sent, headers: { ...HTML, ...sent.headers } });
  expect(reply.status, reply.text).toBe(303);
  return reply;
}
const tokenIn = (reply) => new URL(reply.headers.location, 'http://x').searchParams.get('change');
const open = (slug, token) => {
  const sent = asForm({ _change: token });
  return ask(`${desk.server.url}/f/${slug}/change`, { method: 'POST', ...sent, headers: { ...HTML, ...sent.headers } });
};

for (const [lang, screen, slug] of [['de', 'desktop', 'angebot'], ['en', 'phone', 'offer']]) {
  test(`a mistyped address is corrected without script (${lang}, ${screen})`, async ({ browser }) => {
    const context = await browser.newContext({ ...SCREENS[screen], locale: lang === 'de' ? 'de-DE' : 'en-GB', javaScriptEnabled: false });
    const view = await new Watched(context, desk.server.url, lang, screen).open();
    const { page } = view;
    const shot = async (name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/correction-${name}-${lang}.png`, fullPage: true });
    await view.go(`/f/${slug}?utm_source=brief&utm_campaign=herbst`);
    await page.locator('#f-email').fill(`jana.${lang}@frima.example`);
    await page.locator('#f-first_name').fill('Jana & "Co"');
    await page.locator('#f-message').fill('Zwei Zeilen\n<b>Text</b>');
    await page.locator('#f-free_zeit').fill('2026-12-24');
    for (const box of ['Kran', 'Tor']) await page.getByLabel(box).check();
    await page.locator('.last [type=checkbox]').check();
    await page.locator('form.sheet button[type=submit]').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(view.t('public.sent.title'));
    const wrong = await desk.leadOf(`jana.${lang}@frima.example`);
    expect(wrong).not.toBe(null);
    await shot('sent');
    await page.getByRole('button', { name: view.t('public.sent.change') }).click();
    await expect(page).toHaveURL(`${desk.server.url}/f/${slug}/change`); // the token is in no address any more
    await expect(page.locator('#f-email')).toHaveValue(`jana.${lang}@frima.example`);
    await expect(page.locator('#f-first_name')).toHaveValue('Jana & "Co"');
    await expect(page.locator('#f-message')).toHaveValue('Zwei Zeilen\n<b>Text</b>');
    await expect(page.locator('#f-free_zeit')).toHaveValue('2026-12-24');
    for (const [box, on] of [['Kran', true], ['Regal', false], ['Tor', true]]) expect(await page.getByLabel(box).isChecked(), box).toBe(on);
    await expect(page.locator('.last [type=checkbox]')).not.toBeChecked(); // by the visitor, each time
    await shot('form');
    // What is refused on the way loses nothing of it.
    await page.locator('#f-email').fill('jana');
    await page.locator('form.sheet button[type=submit]').click();
    await expect(page.locator('#f-email-e')).toBeVisible();
    await expect(page.locator('[name=_change]')).toHaveCount(1);
    await page.locator('#f-email').fill(`jana.${lang}@firma.example`);
    await page.locator('form.sheet button[type=submit]').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(view.t('public.sent.title'));
    await until(async () => (await desk.api('GET', `/leads/${wrong.id}`)).status === 404, { what: 'the mistyped lead to go' });
    expect(await desk.mailsTo(`jana.${lang}@frima.example`)).toEqual([]);
    const right = await desk.data('GET', `/leads/${(await desk.leadOf(`jana.${lang}@firma.example`)).id}`);
    expect(right.source.utm).toMatchObject({ source: 'brief', campaign: 'herbst' });
    expect((await desk.mailsTo(`jana.${lang}@firma.example`)).length).toBe(1);
    const [entry] = await desk.data('GET', '/audit?action=lead.take_back');
    expect(JSON.stringify(entry)).not.toContain('frima');
    await view.close();
  });
}

test('both pages hold against WCAG, on a desk and on a phone', async ({ browser }) => {
  for (const [screen, lang, slug] of [['desktop', 'de', 'angebot'], ['phone', 'de', 'angebot'], ['desktop', 'en', 'offer']]) {
    const context = await browser.newContext({ ...SCREENS[screen], locale: lang === 'de' ? 'de-DE' : 'en-GB' });
    const view = await new Watched(context, desk.server.url, lang, screen).open();
    await view.go(`/f/${slug}`);
    await view.page.locator('#f-email').fill(`blick.${screen}.${lang}@firma.example`);
    await view.page.locator('form.sheet button[type=submit]').click();
    await view.check();
    if (process.env.SHOTS) for (const scheme of ['light', 'dark']) { await view.page.emulateMedia({ colorScheme: scheme }); await view.page.screenshot({ path: `${process.env.SHOTS}/sent-${screen}-${lang}-${scheme}.png`, fullPage: true }); }
    await view.page.getByRole('button', { name: view.t('public.sent.change') }).click();
    await expect(view.page.locator('#f-email')).toHaveValue(`blick.${screen}.${lang}@firma.example`);
    await view.check();
    if (process.env.SHOTS) for (const scheme of ['light', 'dark']) { await view.page.emulateMedia({ colorScheme: scheme }); await view.page.screenshot({ path: `${process.env.SHOTS}/change-${screen}-${lang}-${scheme}.png`, fullPage: true }); }
    await view.close();
  }
});

test('known or unknown, held back or not: whoever sends sees the same, and sees it once', async () => {
  const known = await desk.confirmedLead({ slug: 'angebot' }, { email: 'bekannt@firma.example', last_name: 'Geheim' });
  const asked = { waiting: { email: 'wartet@firma.example' }, known: { email: 'bekannt@firma.example' }, fresh: { email: 'neu@firma.example' } };
  await send('angebot', asked.waiting);
  const before = await desk.data('GET', `/leads/${known.id}`);
  const seen = {};
  for (const [name, typed] of [...Object.entries(asked), ['held', { email: 'falle@firma.example', 'your-subject': 'x' }]]) {
    const sent = await send('angebot', { first_name: 'Mia', ...typed });
    const token = tokenIn(sent);
    const page = await ask(`${desk.server.url}${sent.headers.location}`, { headers: HTML });
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.headers['referrer-policy']).toBe('same-origin');
    const opened = await open('angebot', token);
    expect(opened.headers['cache-control']).toBe('no-store');
    expect(opened.text).toContain(typed.email);
    expect(opened.text).not.toContain('Geheim'); // only what was typed here
    expect((await open('anderes', token)).text).not.toContain(typed.email);
    await send('angebot', { email: `${name}.zweite@firma.example` }, { _change: token });
    const replay = await open('angebot', token);
    await send('angebot', { email: `${name}.dritte@firma.example` }, { _change: token }); // one of its own
    await until(async () => (await desk.data('GET', '/audit?limit=200')).length > 0);
    const plain = (text) => text.replaceAll(typed.email, 'ADDRESS').replace(/name="(stamp|_change)" value="[^"]*"/g, '').replace(/nonce-[\w+/=]+/g, '');
    seen[name] = [sent.status, sent.headers.location.replace(token, ''), opened.status, plain(opened.text), replay.status, plain(replay.text)];
    expect(replay.text).not.toContain(typed.email);
  }
  for (const name of ['known', 'fresh', 'held']) expect(seen[name], name).toEqual(seen.waiting);
  await until(async () => (await desk.leadOf('neu@firma.example')) === null, { what: 'the fresh one to go' });
  expect(await desk.leadOf('wartet@firma.example')).not.toBe(null); // was there before
  const after = await desk.data('GET', `/leads/${known.id}`);
  expect([after.email_state, after.fields]).toEqual([before.email_state, before.fields]);
  for (const name of Object.keys(seen)) expect((await desk.leadOf(`${name}.dritte@firma.example`)), name).not.toBe(null);
});

test('what is no token of this form opens nothing', async () => {
  const sent = await send('angebot', { email: 'fremd@firma.example' });
  const token = tokenIn(sent);
  for (const wrong of ['', 'x', token.slice(1), `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'A'.repeat(64)]) {
    const page = await open('angebot', wrong);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('fremd@firma.example');
    expect(page.text).not.toContain('name="_change"');
  }
  expect((await ask(`${desk.server.url}/f/angebot/change?_change=${token}`, { headers: HTML })).status).toBe(303); // by POST alone
  const foreign = asForm({ _change: token });
  const refused = await ask(`${desk.server.url}/f/angebot/change`, { method: 'POST', ...foreign, headers: { ...foreign.headers, origin: 'https://boese.example' } });
  expect(refused.status).toBe(403);
});
