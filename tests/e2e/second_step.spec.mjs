// Two-step sign-in, proving oneself again, sessions and rights: in a browser, German and English,
// on a phone and at a desk.
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { SCREENS, Watched } from './browser.mjs';
import { ADMIN, asForm, ask, startDesk } from './desk.mjs';

let desk;
test.beforeAll(async () => { desk = await startDesk(); });
test.afterAll(() => desk?.stop());

const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1']
  .find((path) => existsSync(path));
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

// RFC 6238, as a phone does it.
function codeOf(secret, ms) {
  let bits = '';
  for (const letter of secret.replaceAll(' ', '')) bits += BASE32.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// Somebody who was invited, and a browser under watch.
async function person(browser, email, { lang = 'de', screen = 'desktop', role = 'sales' } = {}) {
  const password = 'Drei-Tassen-Tee-am-Kai';
  const invited = await desk.data('POST', '/users/invite', { email, role });
  const done = await ask(invited.link, { method: 'POST', ...asForm({ name: 'Jana Wolf', password }) });
  expect(done.status).toBe(303);
  return { email, password, ...(await watched(browser, lang, screen)) };
}

async function watched(browser, lang = 'de', screen = 'desktop', more = {}) {
  const context = await browser.newContext({ ...SCREENS[screen], locale: lang === 'de' ? 'de-DE' : 'en-GB', baseURL: desk.server.url, ...more });
  const view = await new Watched(context, desk.server.url, lang, screen).open();
  return { view, page: view.page, t: view.t.bind(view) };
}

async function signIn(page, { email, password }) {
  await page.goto('/sign-in');
  await page.locator('#f-email').fill(email);
  await page.locator('#f-password').fill(password);
  await page.locator('form[action="/sign-in"] button[type=submit]').click();
  await expect(page.locator('#f-password')).toHaveCount(0);
}

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a phone is set up, and asked for from then on (${lang}, ${screen})`, async ({ browser }) => {
    const me = await person(browser, `zwei.${lang}@lindhorst.example`, { lang, screen });
    const { page, view, t } = me;
    await signIn(page, me);
    await page.goto('/account');
    await page.locator('#f-lang').selectOption(lang);
    await page.locator('form[action="/account"] button[type=submit]').click();
    await view.check();
    await page.getByRole('link', { name: t('account.second_open'), exact: true }).click();
    await view.check();
    await page.getByRole('button', { name: t('second.begin') }).click();
    const secret = await page.locator('copy-text input').inputValue();
    expect(secret).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    await expect.poll(() => page.locator('img.qr').evaluate((img) => img.complete && img.naturalWidth)).toBeGreaterThan(100);
    await view.check();
    await page.locator('#f-code').fill('12345');
    await page.getByRole('button', { name: t('second.enable') }).click();
    await expect(page.locator('.error')).toContainText(t('access.code_wrong'));
    const used = codeOf(secret, Date.now());
    await page.locator('#f-code').fill(used);
    await page.getByRole('button', { name: t('second.enable') }).click();
    await expect(page.getByRole('heading', { name: t('second.codes_now') })).toBeVisible();
    const codes = await page.locator('.recovery code').allTextContents();
    expect(codes).toHaveLength(10);
    await view.check();

    const door = await watched(browser, lang, screen, { javaScriptEnabled: false });
    await signIn(door.page, me);
    await expect(door.page.getByRole('heading', { level: 1 })).toHaveText(t('sign_in.code_title'));
    await door.page.locator('#f-code').fill(used); // once is enough
    await door.page.locator('form[action="/sign-in/code"] button').click();
    await expect(door.page.locator('.error')).toContainText(t('access.code_wrong'));
    await door.page.locator('#f-code').fill(codes[2].toLowerCase());
    await door.page.locator('form[action="/sign-in/code"] button').click();
    await expect(door.page).toHaveURL(`${desk.server.url}/`);
    const told = await desk.mailTo(me.email);
    expect(told.subject).toBe(t('mail.recovery_used.subject'));
    expect((await desk.data('GET', '/audit?action=session.begin')).filter((a) => a.detail?.second === 'recovery').length).toBeGreaterThan(0);
    await page.goto('about:blank'); // a page that stays open would ask for news without a session
    await door.page.goto('/account');
    await door.page.locator('form[action="/account/sessions/end-others"] button').click();
    await expect(door.page.locator('form[action="/account/sessions/end-others"]')).toHaveCount(0);
    await page.goto('/account');
    await expect(page).toHaveURL(/sign-in/); // signed out from over there
    await door.view.close();
    await view.close();
  });
}

test('the page for the code is fit for all, and an operator switches it off', async ({ browser }) => {
  const me = await person(browser, 'verloren@lindhorst.example');
  const { page, view, t } = me;
  await signIn(page, me);
  await page.goto('/account/second');
  await page.getByRole('button', { name: t('second.begin') }).click();
  await page.locator('#f-code').fill(codeOf(await page.locator('copy-text input').inputValue(), Date.now()));
  await page.getByRole('button', { name: t('second.enable') }).click();
  await expect(page.locator('.recovery code')).toHaveCount(10);
  await page.getByRole('link', { name: t('second.codes_done') }).click();
  await expect(page.getByText(t('account.second_on'), { exact: true })).toBeVisible();
  await page.getByRole('link', { name: t('account.second_change'), exact: true }).click();
  await view.check();
  await view.context.clearCookies();
  await signIn(page, me);
  await view.check();
  expect(desk.server.run('user', 'reset-totp', '--email', me.email)).toContain(me.email);
  await signIn(page, me);
  await expect(page).toHaveURL(`${desk.server.url}/`);
  await view.close();
});

test('a token neither sees nor takes away the second step of its owner', async () => {
  const web = (method, path, fields) => ask(`${desk.server.url}/api/v1${path}`, {
    method, body: fields && JSON.stringify(fields),
    headers: { cookie: desk.cookie, 'x-csrf-token': desk.csrf, 'content-type': 'application/json' },
  });
  const begun = (await web('POST', '/account/second/begin', {})).json.data;
  const code = codeOf(begun.secret, Date.now());
  // Nor may it put a secret of its own in the place of one that is waited for.
  for (const [method, path, body] of [['GET', ''], ['POST', '/begin', {}], ['POST', '/enable', { code }]]) {
    const refused = await desk.api(method, `/account/second${path}`, body);
    expect(refused.status, path).toBe(403);
    expect(refused.text).not.toContain(begun.secret);
  }
  expect((await web('POST', '/account/second/enable', { code })).status).toBe(200);
  for (const path of ['/codes', '/off']) expect((await desk.api('POST', `/account/second${path}`, {})).status, path).toBe(403);
  const { user } = await desk.data('GET', '/account');
  expect((await desk.api('POST', `/users/${user.id}/second/reset`, {})).status).toBe(403);
  expect((await desk.data('GET', '/account')).user.second_at).not.toBeNull();
  expect((await web('POST', '/account/second/off', {})).status).toBe(200);
});

test('whoever is given the right to export has it', async ({ browser }) => {
  const me = await person(browser, 'vertrieb@lindhorst.example');
  await signIn(me.page, me);
  const status = async () => (await me.page.request.get('/leads/export?format=csv')).status();
  expect(await status()).toBe(403);
  const boss = await watched(browser);
  await signIn(boss.page, ADMIN);
  await boss.page.goto('/users');
  const row = boss.page.getByRole('row', { name: /vertrieb@lindhorst/ });
  await row.locator('summary').click();
  await boss.view.check();
  await row.getByLabel(boss.t('permission.export')).check();
  await row.getByRole('button', { name: boss.t('user_list.rights_save') }).click();
  await expect(row.locator('summary')).toContainText('(1)');
  expect(await status()).toBe(200);
  await boss.view.close();
  await me.view.close();
});

// Everybody's password was given long ago.
const forget = () => desk.server.sql('UPDATE session SET proved_ms = 0');

for (const [lang, screen] of [['de', 'phone'], ['en', 'desktop']]) {
  test(`what was under way when the password was asked for goes on (${lang}, ${screen})`, async ({ browser }) => {
    const me = await person(browser, `weiter.${lang}@lindhorst.example`, { lang, screen });
    const { page, view, t } = me;
    const shot = async (name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/prove-${name}-${lang}-${screen}.png`, fullPage: true });
    await signIn(page, me);
    await page.goto('/account');
    await page.locator('#f-lang').selectOption(lang);
    await page.locator('form[action="/account"] button[type=submit]').click();
    await page.goto('/account/second');
    forget();
    await page.getByRole('button', { name: t('second.begin') }).click();
    await expect(page).toHaveURL(/\/account\/prove\?/);
    await expect(page.locator('main')).toContainText(t('prove.kept'));
    await shot('asked');
    await view.check();
    await page.locator('#f-password').fill('falsches Wort');
    await page.getByRole('button', { name: t('prove.button') }).click();
    await expect(page.locator('.error')).toContainText(t('access.wrong_password'));
    await page.locator('#f-password').fill(me.password);
    await page.getByRole('button', { name: t('prove.button') }).click();
    await expect(page.getByRole('heading', { name: t('prove.onward') })).toBeVisible();
    await shot('onward');
    await view.check();
    await page.getByRole('button', { name: t('prove.onward_button') }).click();
    await expect(page).toHaveURL(`${desk.server.url}/account/second`);
    const secret = await page.locator('copy-text input').inputValue();

    // With what was typed, and without another secret.
    await page.locator('#f-code').fill('12345 <b>');
    forget();
    await page.getByRole('button', { name: t('second.enable') }).click();
    await expect(page).toHaveURL(/kept=/);
    const kept = new URL(page.url()).searchParams.get('kept');
    expect(page.url()).not.toContain('12345');
    await page.locator('#f-password').fill(me.password);
    await page.getByRole('button', { name: t('prove.button') }).click();
    await page.getByRole('button', { name: t('prove.onward_button') }).click();
    await expect(page.locator('.error')).toContainText(t('access.code_wrong'));
    await expect(page.locator('#f-code')).toHaveValue('12345 <b>');
    expect(await page.locator('copy-text input').inputValue()).toBe(secret);
    await page.locator('#f-code').fill(codeOf(secret, Date.now()));
    await page.getByRole('button', { name: t('second.enable') }).click();
    await expect(page.locator('.recovery code')).toHaveCount(10);

    // It is nobody else's, and nothing that somebody has made up.
    const other = await person(browser, `andere.${lang}@lindhorst.example`);
    await signIn(other.page, other);
    await expect(other.page).toHaveURL(`${desk.server.url}/`);
    for (const text of [kept, `${kept.slice(0, -4)}AAAA`, 'x', 'A'.repeat(200)]) {
      await other.page.goto(`/account/prove?next=/account&kept=${text}`);
      await expect(other.page.locator('[name=kept]')).toHaveCount(0);
    }
    await other.view.close();
    await view.close();
  });
}

test('a password is not kept: its page says that it has to be typed again', async ({ browser }) => {
  const { page, view, t } = await watched(browser);
  await signIn(page, ADMIN);
  await page.goto('/settings/relay');
  forget();
  await page.locator('form[action="/settings/relay"] [name=password]').fill('Geheim-Geheim');
  await page.locator('form[action="/settings/relay"] button[type=submit]').first().click();
  await expect(page).toHaveURL(/lost=yes/);
  expect(page.url()).not.toContain('kept=');
  await expect(page.locator('main')).toContainText(t('prove.lost'));
  await view.close();
});

// The clock of the whole server stands eleven minutes ahead: the session was begun before.
test('long after the password it is asked for once more, and then one goes on', async ({ browser }) => {
  test.skip(!FAKETIME, 'without libfaketime');
  const me = await watched(browser);
  const { page, view, t } = me;
  const loader = await watched(browser);
  await signIn(loader.page, ADMIN);
  await loader.page.goto('/account', { waitUntil: 'load' });
  await loader.page.goto('about:blank');
  await signIn(page, ADMIN);
  await page.goto('/account', { waitUntil: 'load' });
  await page.goto('about:blank'); // no page listens any more when the server ends
  await desk.server.stop();
  desk.server.options.env = { ...desk.server.options.env, LD_PRELOAD: FAKETIME, FAKETIME: '+11m', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  await desk.server.start();
  await page.goto('/imports/im_0000000000001/refused'); // rows of a file, as the exports
  await expect(page).toHaveURL(/\/account\/prove\?next=/);
  await expect(page.locator('main')).toContainText(t('prove.why_export'));
  await expect(page.getByRole('link', { name: t('ui.cancel') })).toHaveAttribute('href', '/imports');
  await page.goto('/tokens');
  await expect(page).toHaveURL(/\/account\/prove\?next=/);
  await expect(page.locator('main')).toContainText(t('prove.why_tokens')); // what for …
  await expect(page.getByRole('link', { name: t('ui.cancel') })).toHaveAttribute('href', '/account'); // … and out of it
  await view.check();
  const api = await page.request.get('/api/v1/leads/export');
  expect(api.status()).toBe(401);
  expect(await api.text()).toContain('urn:zulauf:problem:unauthorised');
  await page.locator('#f-password').fill('falsches Wort');
  await page.getByRole('button', { name: t('prove.button') }).click();
  await expect(page.locator('.error')).toContainText(t('access.wrong_password'));
  await page.locator('#f-password').fill(ADMIN.password);
  await page.getByRole('button', { name: t('prove.button') }).click();
  await expect(page).toHaveURL(`${desk.server.url}/tokens`);
  await view.close();

  // A file comes down by itself, and the page says so.
  await loader.page.goto('/leads/export?format=csv');
  await loader.page.locator('#f-password').fill(ADMIN.password);
  const coming = loader.page.waitForEvent('download');
  await loader.page.getByRole('button', { name: t('prove.button') }).click();
  expect((await coming).suggestedFilename()).toBe('leads.csv');
  await expect(loader.page.getByRole('heading', { name: t('prove.done') })).toBeVisible();
  await loader.view.check();
  await loader.view.close();
});
