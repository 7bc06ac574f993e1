// The rest of the admin in a browser: people and roles, settings, account, a download, withdrawal,
// trash, export, live pages. Every page is held against WCAG and the watch on foreign requests.
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { startWatched } from './browser.mjs';
import { ADMIN, FORM, ask, asForm, linkOf, startDesk } from './desk.mjs';
import { startZulauf } from './zulauf.mjs';

let desk;
let form;

test.beforeAll(async () => {
  desk = await startDesk();
  form = await desk.form();
});
test.afterAll(() => desk?.stop());

// A browser that is signed in as somebody.
async function signedIn(browser, { email = ADMIN.email, password = ADMIN.password, lang = 'de', screen = 'desktop', origin = desk.server.url } = {}) {
  const seat = await startWatched(browser, { origin, lang, screen });
  await seat.go('/sign-in');
  await seat.page.locator('[name=email]').fill(email);
  await seat.page.locator('[name=password]').fill(password);
  await seat.page.locator('main button[type=submit]').click();
  await expect(seat.page).toHaveURL(`${origin}/`);
  return seat;
}

// A page that was open when its session ended may ask for its bell once more; it is told nothing.
const ENDED = /401 .*\/(notices\/count|events)/;

const press = (seat, name) => seat.page.locator('main').getByRole('button', { name, exact: true }).first().click();
const said = (seat, key, gaps) => expect(seat.page.locator('main [role=status]').first()).toContainText(seat.t(key, gaps));

let counter = 0;
const newcomer = () => `person${(counter += 1)}@admin.example`;

test('somebody is invited, joins, and sees what a reader may see', async ({ browser }) => {
  const seat = await signedIn(browser);
  await seat.go('/users');
  await seat.page.locator('[name=email]').first().fill('kein-at');
  await press(seat, seat.t('user_list.invite_button'));
  await expect(seat.page.locator('[role=alert]')).toBeVisible();
  await expect(seat.page.locator('#f-email')).toHaveValue('kein-at');
  await seat.check();
  await seat.page.locator('#f-email').fill('lea.leser@lindhorst.example');
  await seat.page.locator('#f-role').selectOption('viewer');
  await press(seat, seat.t('user_list.invite_button'));
  await seat.check();
  await expect(seat.page.locator('main')).toContainText('lea.leser@lindhorst.example');
  const link = linkOf((await desk.mailTo('lea.leser@lindhorst.example')).mime, 'invitation');

  const guest = await startWatched(browser, { origin: desk.server.url, lang: 'en', screen: 'phone' });
  await guest.go(link);
  await guest.check();
  await guest.page.locator('[name=name]').fill('Lea Leser');
  await guest.page.locator('[name=password]').fill('passwort1234');
  await guest.page.locator('main button[type=submit]').click();
  await expect(guest.page.locator('[role=alert]')).toBeVisible(); // the first that anybody tries
  await guest.check();
  await guest.page.locator('[name=password]').fill('Drei-Amseln-im-Regen');
  await guest.page.locator('main button[type=submit]').click();
  await expect(guest.page).toHaveURL(`${desk.server.url}/`);
  for (const where of ['/', '/leads', '/forms', '/account']) {
    await guest.go(where);
    await guest.check();
    await expect(guest.page.locator('a[href="/leads/new"], a[href="/forms/new"], a[href="/forms/templates"]')).toHaveCount(0);
  }
  for (const where of ['/users', '/workspaces', '/leads/new', '/forms/new']) {
    await guest.go(where, 403);
    await guest.check();
  }
  await guest.go(link, 410);
  await guest.check();

  // Her role is raised, and her access closed: both at once.
  await seat.go('/users');
  const row = seat.page.locator('tr').filter({ hasText: 'lea.leser' });
  await row.locator('select').selectOption('sales');
  await row.getByRole('button', { name: seat.t('user_list.role_save') }).click();
  await said(seat, 'flash.role_changed');
  await guest.go('/leads/new');
  await seat.page.locator('tr').filter({ hasText: 'lea.leser' }).getByRole('button', { name: seat.t('user_list.disable') }).click();
  await said(seat, 'flash.user_disabled');
  await seat.check();
  guest.expectFaults(ENDED);
  await guest.go('/leads');
  await expect(guest.page).toHaveURL(/\/sign-in/);
  await guest.close();
  await seat.go('/audit');
  await seat.check();
  await expect(seat.page.locator('main')).toContainText('Lea Leser');
  await seat.close();
});

test('a forgotten password: the same page for everybody, a link that works once', async ({ browser }) => {
  const address = 'vera.vergesslich@lindhorst.example';
  await desk.data('POST', '/users/invite', { email: address, role: 'marketing' });
  const invitation = linkOf((await desk.mailTo(address)).mime, 'invitation');
  await ask(invitation, { method: 'POST', ...asForm({ name: 'Vera Vergesslich', password: 'Sieben-Rote-Kraniche' }) });
  const guest = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const pages = [];
  for (const email of ['niemand@lindhorst.example', address]) {
    await guest.go('/forgot');
    await guest.check();
    await guest.page.locator('[name=email]').fill(email);
    await guest.page.locator('main button[type=submit]').click();
    await expect(guest.page.locator('h1')).toHaveText(guest.t('forgot.sent_title'));
    pages.push(await guest.page.locator('main').innerText());
  }
  expect(pages[0]).toBe(pages[1]);
  await guest.check();
  const link = linkOf((await desk.mailTo(address)).mime, 'reset');
  await guest.go(link);
  await guest.check();
  await guest.page.locator('[name=password]').fill('Acht-Blaue-Kraniche');
  await guest.page.locator('main button[type=submit]').click();
  await expect(guest.page).toHaveURL(/\/sign-in/);
  await guest.go(link, 410);
  await guest.close();
  const seat = await signedIn(browser, { email: address, password: 'Acht-Blaue-Kraniche' });
  await seat.close();
});

test('settings: a fault is shown beside its field, what is right is kept and used', async ({ browser }) => {
  const seat = await signedIn(browser);
  await seat.go('/settings');
  await seat.page.locator('[name=legal_name]').fill('Lindhorst Lagertechnik GmbH');
  await seat.page.locator('[name=address_line]').fill('Hafenstraße 7, 24103 Kiel');
  await seat.page.locator('[name=privacy_url]').fill('kein link');
  await seat.page.locator('[name=time_zone]').fill('Europa/Berlin');
  await press(seat, seat.t('settings.save'));
  await expect(seat.page.locator('[role=alert]')).toBeFocused();
  await expect(seat.page.locator('[name=privacy_url]')).toHaveAttribute('aria-invalid', 'true');
  await expect(seat.page.locator('[name=time_zone]')).toHaveAttribute('aria-invalid', 'true');
  await expect(seat.page.locator('[name=legal_name]')).toHaveValue('Lindhorst Lagertechnik GmbH');
  await seat.check();
  await seat.page.locator('[name=privacy_url]').fill('https://lindhorst.example/datenschutz');
  await seat.page.locator('[name=time_zone]').fill('Europe/Berlin');
  await press(seat, seat.t('settings.save'));
  await said(seat, 'settings.saved');
  await seat.check();
  await seat.close();
  const page = await ask(form.url);
  expect(page.text).toContain('Lindhorst Lagertechnik GmbH');
  expect(page.text).toContain('https://lindhorst.example/datenschutz');
  await desk.submit(form, { email: 'anschrift@admin.example' });
  expect((await desk.mailTo('anschrift@admin.example')).mime.replace(/=\r\n/g, '')).toContain('Hafenstra');
});

test('settings: one form holds everything; what is not saved is not lost in silence', async ({ browser }) => {
  const seat = await signedIn(browser);
  const { page } = seat;
  await seat.go('/settings');
  await expect(page.locator('main form[method=post]')).toHaveCount(1);
  await expect(page.locator('main').getByRole('button', { name: seat.t('settings.save'), exact: true })).toHaveCount(1);
  await expect(page.locator('[data-unsaved]')).toBeHidden();
  await page.locator('[name=legal_name]').fill('Lindhorst Lagertechnik GmbH');
  await page.locator('[name=imprint_url]').fill('www.lindhorst.example/impressum'); // as people type it
  await page.locator('[name=suspect_keep_days]').fill('21');
  await expect(page.locator('[data-unsaved]')).toBeVisible();
  const asked = page.waitForEvent('dialog');
  const left = page.locator('.nav a[href="/leads"]').first().click({ noWaitAfter: true }); // the browser asks first, and one stays
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await left;
  await expect(page.locator('[name=suspect_keep_days]')).toHaveValue('21');
  await press(seat, seat.t('settings.save'));
  await said(seat, 'settings.saved');
  await expect(page.locator('[name=imprint_url]')).toHaveValue('https://www.lindhorst.example/impressum');
  await expect(page.locator('[name=suspect_keep_days]')).toHaveValue('21');
  await page.locator('[name=suspect_keep_days]').fill('-3'); // one fault keeps all of it, and all of it stays
  await page.locator('[name=legal_name]').fill('Lindhorst AG');
  await press(seat, seat.t('settings.save'));
  await expect(page.locator('[name=suspect_keep_days]')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('[name=legal_name]')).toHaveValue('Lindhorst AG');
  await expect(page.locator('[data-unsaved]')).toBeVisible();
  expect((await desk.data('GET', '/settings')).legal_name).toBe('Lindhorst Lagertechnik GmbH');
  await seat.close();

  // Who may only decide how long things are kept finds the rest shut; who may only look, all of it.
  for (const [role, open] of [['privacy', 4], ['marketing', 0]]) {
    const email = `${role}.einstellungen@lindhorst.example`, password = 'Acht-Blaue-Kraniche';
    const invited = await desk.data('POST', '/users/invite', { email, role });
    expect((await ask(invited.link, { method: 'POST', ...asForm({ name: 'Kim Sander', password }) })).status).toBe(303);
    const guest = await signedIn(browser, { email, password, screen: 'phone' });
    await guest.go('/settings');
    await expect(guest.page.locator('main form .input:enabled:not([readonly])')).toHaveCount(open);
    await guest.check();
    if (open > 0) {
      await guest.page.locator('[name=suspect_keep_days]').fill('30');
      await press(guest, guest.t('settings.save'));
      await said(guest, 'settings.saved');
      expect((await desk.data('GET', '/settings')).suspect_keep_days).toBe(30);
    } else {
      await expect(guest.page.locator('main form button[type=submit]')).toHaveCount(0);
    }
    await guest.close();
  }
});

test('one\'s own account: language, appearance, password', async ({ browser }) => {
  const address = 'konto@lindhorst.example';
  await desk.data('POST', '/users/invite', { email: address, role: 'administrator' });
  await ask(linkOf((await desk.mailTo(address)).mime, 'invitation'), { method: 'POST', ...asForm({ name: 'Konrad Konto', password: 'Neun-Graue-Kraniche' }) });
  const seat = await signedIn(browser, { email: address, password: 'Neun-Graue-Kraniche' });
  const other = await signedIn(browser, { email: address, password: 'Neun-Graue-Kraniche' });
  await seat.go('/account');
  await seat.page.locator('[name=lang]').selectOption('en');
  await seat.page.locator('[name=theme][value=dark]').check();
  await press(seat, seat.t('account.save'));
  seat.lang = 'en';
  await said(seat, 'flash.saved');
  await expect(seat.page.locator('html')).toHaveClass('dark');
  await seat.check();
  await seat.page.locator('[name=old_password]').fill('Falsch-Falsch-Falsch');
  await seat.page.locator('[name=password]').fill('Zehn-Weisse-Kraniche');
  await press(seat, seat.t('account.password_save'));
  await expect(seat.page.locator('[role=alert]')).toBeVisible();
  await seat.check();
  other.expectFaults(ENDED);
  await seat.page.locator('[name=old_password]').fill('Neun-Graue-Kraniche');
  await seat.page.locator('[name=password]').fill('Zehn-Weisse-Kraniche');
  await press(seat, seat.t('account.password_save'));
  await said(seat, 'flash.password_changed');
  await other.go('/leads');
  await expect(other.page).toHaveURL(/\/sign-in/); // a new password ends the other sessions
  await other.close();
  await seat.go('/leads'); // not this one
  await expect(seat.page).toHaveURL(/\/leads$/);
  await seat.close();
});

test('a form that gives a file away: uploaded, confirmed, loaded, told in the history', async ({ browser }) => {
  const seat = await signedIn(browser);
  const slug = 'mit-datei';
  const made = await desk.data('POST', '/forms', { ...FORM, name: 'Mit Datei', slug });
  await seat.go(`/forms/${made.id}/edit`);
  const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(700_000, 7), Buffer.from([0, 13, 10, 45, 45])]);
  await seat.page.locator('#f-file').setInputFiles({ name: 'Lagerplanung für alle.pdf', mimeType: 'application/pdf', buffer: bytes });
  await press(seat, seat.t('form_edit.upload_button'));
  await said(seat, 'form_edit.uploaded', { name: 'Lagerplanung für alle.pdf' });
  const choice = seat.page.locator('#f-download option').filter({ hasText: 'Lagerplanung für alle.pdf' });
  await seat.page.locator('#f-download').selectOption(await choice.getAttribute('value'));
  await press(seat, seat.t('form_edit.publish'));
  await said(seat, 'form.published');
  await seat.check();

  const email = newcomer();
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await visitor.go(`/f/${slug}`);
  await visitor.check();
  await visitor.page.locator('[name=email]').fill(email);
  await visitor.page.locator('main form button[type=submit]').click();
  await visitor.check();
  await visitor.go(await desk.confirmLink(email));
  await expect(visitor.page.locator('main')).toContainText('Lagerplanung für alle.pdf');
  await visitor.check();
  await visitor.page.locator('main form button[type=submit]').click();
  await visitor.check();
  const href = await visitor.page.locator('main a.btn.primary').getAttribute('href');
  const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.page.locator('main a.btn.primary').click()]);
  expect(download.suggestedFilename()).toBe('Lagerplanung für alle.pdf');
  expect(readFileSync(await download.path()).equals(bytes)).toBe(true);
  const lead = await desk.leadOf(email);
  const downloads = async () => (await desk.data('GET', `/leads/${lead.id}/timeline`)).filter((t) => t.kind === 'downloaded').length;
  await expect.poll(downloads).toBe(1);
  expect((await ask(desk.server.url + href, { method: 'HEAD' })).status).toBe(200);
  expect(await downloads()).toBe(1); // a look is no download
  expect((await ask(`${desk.server.url}${href}x`)).status).toBe(404);
  await visitor.close();
  await seat.close();
});

test('a withdrawal by telephone is entered and counts at once', async ({ browser }) => {
  const email = newcomer();
  const lead = await desk.confirmedLead(form, { email, first_name: 'Wanda', last_name: 'Widerruf' });
  const seat = await signedIn(browser, { screen: 'phone' });
  await seat.go(`/leads/${lead.id}`);
  await expect(seat.page.locator('.permit')).toContainText(seat.t('permit.word_ok'));
  await seat.page.locator('summary').filter({ hasText: seat.t('consent.withdraw') }).click();
  await seat.page.locator('[name=note]').fill('Anruf am 12. März');
  await seat.check();
  await press(seat, seat.t('consent.withdraw_now'));
  await said(seat, 'flash.withdrawn');
  await expect(seat.page.locator('.permit')).toContainText(seat.t('permit.word_bad'));
  await seat.check();
  expect((await desk.data('GET', `/leads/${lead.id}`)).may_email.state).toBe('withdrawn');
  await seat.go(`/leads/${lead.id}/proof`);
  await expect(seat.page.locator('main')).toContainText('Anruf am 12. März');
  await seat.check();
  await seat.close();
});

test('a lead by hand: faults, archive, trash, back, gone for good', async ({ browser }) => {
  const seat = await signedIn(browser);
  const email = newcomer();
  await seat.go('/leads/new');
  await seat.page.locator('[name=email]').fill('kein-at');
  await seat.page.locator('[name=website]').fill('::kein link');
  await seat.page.locator('[name=last_name]').fill('Händisch');
  await press(seat, seat.t('lead_new.save'));
  await expect(seat.page.locator('[role=alert]')).toBeFocused();
  await expect(seat.page.locator('[name=last_name]')).toHaveValue('Händisch');
  await seat.check();
  await seat.page.locator('[name=email]').fill(email);
  await seat.page.locator('[name=website]').fill('');
  await press(seat, seat.t('lead_new.save'));
  await said(seat, 'flash.lead_created');
  await expect(seat.page.locator('.permit')).toContainText(seat.t('permit.word_none')); // by hand proves nothing
  await seat.check();
  await press(seat, seat.t('lead_show.archive'));
  await said(seat, 'flash.lead_archived');
  await press(seat, seat.t('lead_show.restore'));
  await said(seat, 'flash.lead_restored');
  await press(seat, seat.t('lead_show.trash'));
  await said(seat, 'flash.lead_trashed');
  await seat.check();
  await seat.go('/leads/trash');
  await seat.check();
  const erase = seat.page.locator('tr').filter({ hasText: 'Händisch' }).locator('ask-first button');
  await erase.click(); // asks first
  await expect(erase).toContainText(seat.t('lead_trash.erase_ask'));
  await erase.click();
  await said(seat, 'flash.lead_erased');
  await seat.go(`/leads?query=${encodeURIComponent('Händisch')}`);
  await expect(seat.page.locator('main')).toContainText(seat.t('lead_list.nothing_title'));
  await seat.check();
  await seat.close();
});

test('the list: found from the top bar, filtered, sorted, exported', async ({ browser }) => {
  const email = newcomer();
  await desk.confirmedLead(form, { email, first_name: '=1+1', last_name: 'Zörnig', company: '@Firma' });
  const seat = await signedIn(browser);
  await seat.page.locator('#suche').fill('zörn');
  await seat.page.locator('#suche').press('Enter');
  await expect(seat.page).toHaveURL(/\/leads\?query=/);
  await expect(seat.page.locator('table')).toContainText('Zörnig');
  await seat.go('/leads');
  await seat.page.locator('#q-may').selectOption('yes'); // sends itself
  await expect(seat.page).toHaveURL(/may_email=yes/);
  await expect(seat.page.locator('table')).toContainText('Zörnig');
  await seat.check();
  await seat.go('/leads');
  await seat.page.locator('th a').filter({ hasText: seat.t('lead.column.name') }).click();
  await expect(seat.page.locator('th[aria-sort=ascending]')).toHaveCount(1);
  await seat.check();
  const [download] = await Promise.all([seat.page.waitForEvent('download'), seat.page.getByRole('link', { name: seat.t('lead_list.export') }).click()]);
  const csv = readFileSync(await download.path(), 'utf8');
  expect(csv).toContain('Zörnig');
  expect(csv).not.toMatch(/(^|[,;"])[=@+-][^,;"]*1\+1/m); // nothing that a spreadsheet would run
  await seat.close();
});

test('a page that is open tells of a submission by itself', async ({ browser }) => {
  const seat = await signedIn(browser);
  await seat.go('/');
  await desk.submit(form, { email: 'live@admin.example', first_name: 'Livia', last_name: 'Lebendig' });
  await expect(seat.page.locator('#stand')).toContainText('Livia Lebendig');
  await seat.check();
  await seat.close();
});

test('an archived form is gone from the web, its submissions stay', async ({ browser }) => {
  const made = await desk.data('POST', '/forms', { ...FORM, name: 'Vorbei', slug: 'vorbei' });
  const email = newcomer();
  await desk.submit(made, { email });
  const seat = await signedIn(browser);
  await seat.go(`/forms/${made.id}`);
  await seat.check();
  const button = seat.page.locator('ask-first button');
  await button.click();
  await button.click();
  await said(seat, 'form.archived');
  await seat.go('/f/vorbei', 404);
  await seat.clean();
  await seat.go(`/forms/${made.id}`);
  await expect(seat.page.locator('main')).toContainText(seat.t('form_state.archived'));
  await seat.check();
  expect(await desk.leadOf(email)).not.toBeNull();
  expect((await ask(await desk.confirmLink(email), { method: 'POST', ...asForm({}) })).status).toBe(200);
  await seat.close();
});

test('"Ich war das nicht" in the browser', async ({ browser }) => {
  const email = newcomer();
  await desk.submit(form, { email });
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await visitor.go(await desk.confirmLink(email));
  await visitor.page.getByRole('link', { name: visitor.t('public.reject.link') }).click();
  await visitor.check();
  await visitor.page.locator('main form button[type=submit]').click();
  await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.rejected.title'));
  await visitor.check();
  await visitor.go('/c/quatsch', 404);
  await visitor.check();
  await visitor.page.locator('[name=email]').fill(email);
  await visitor.page.locator('main form button[type=submit]').click();
  await visitor.check();
  await visitor.close();
});

test('with the keyboard alone: skip link, form, focus that is seen', async ({ browser }) => {
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const { page } = visitor;
  await visitor.go(`/f/${form.slug}`);
  await page.keyboard.press('Tab');
  await expect(page.locator('.skip')).toBeFocused();
  await expect(page.locator('.skip')).toBeInViewport();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.locator('#f-email')).toBeFocused();
  const outline = await page.locator('#f-email').evaluate((e) => { const s = getComputedStyle(e); return `${s.outlineStyle} ${s.boxShadow}`; });
  expect(outline).not.toBe('none none');
  await page.keyboard.type('tastatur@admin.example');
  const seen = [];
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate(() => document.activeElement.name || document.activeElement.type));
    if (seen.at(-1) === 'submit') break;
  }
  expect(seen).toEqual(['first_name', 'last_name', 'company', 'company_size', 'consent.newsletter.email', 'submit']); // never the trap
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/sent(\?|$)/);
  await visitor.close();
});

test('the public address with https: cookies are bound to it', async () => {
  const server = await startZulauf({ publicUrl: 'https://leads.example.org' });
  try {
    const link = server.signInUrl.replace('https://leads.example.org', server.url);
    const done = await ask(link, { method: 'POST', ...asForm(ADMIN), headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' } });
    expect(done.status).toBe(200);
    const [cookie] = done.headers['set-cookie'];
    for (const part of ['__Host-zulauf=', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) expect(cookie).toContain(part);
    expect(done.headers['strict-transport-security']).toContain('max-age=');
  } finally {
    await server.stopAndForget();
  }
});

test('too much from one address is held back, and told for how long', async () => {
  const server = await startZulauf();
  try {
    const replies = [];
    const signIn = (i) => ask(`${server.url}/sign-in`, { method: 'POST', ...asForm({ email: `x${i}@example.org`, password: 'y' }) });
    // Many at once: one after another, a slow machine would never ask too much.
    for (let at = 0; at < 60; at += 20) replies.push(...await Promise.all(Array.from({ length: 20 }, (_, i) => signIn(at + i))));
    const held = replies.filter((reply) => reply.status === 429);
    expect(held.length).toBeGreaterThan(0);
    expect(Number(held.at(-1).headers['retry-after'])).toBeGreaterThan(0);
    expect(held.at(-1).text).not.toMatch(/error\.too_many/);
    expect((await ask(`${server.url}/healthz`)).status).toBe(200);
  } finally {
    await server.stopAndForget();
  }
});
