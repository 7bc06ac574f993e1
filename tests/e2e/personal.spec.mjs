// Personal links: somebody known is asked the next question, and whoever else opens the link learns
// nothing and overwrites nothing.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ADMIN, ask, asForm, asMultipart, idOf, linkOf, startDesk } from './desk.mjs';

let desk;
let form;
let lead;
let link;

const FIELDS = [
  { key: 'email', required: true }, { key: 'first_name', half: true }, { key: 'last_name', half: true }, { key: 'company', required: true },
  { key: 'city', reserve: true, required: true }, { key: 'free_lagerflaeche', type: 'number', label: 'Lagerfläche in Quadratmetern', reserve: true }, { key: 'department', reserve: true },
];
const pdf = Object.assign(new Blob(['%PDF-1.7 Lager'], { type: 'application/pdf' }), { name: 'lager.pdf' });
const EMAIL = 'karla.brandt@firma.example';

test.beforeAll(async () => {
  desk = await startDesk();
  const file = await desk.data('POST', '/files', await asMultipart({ file: pdf }));
  form = await desk.form({ slug: 'lager', fields: FIELDS, download: file.id });
  lead = await desk.confirmedLead(form, { email: EMAIL, first_name: 'Karla', last_name: 'Brandt', company: 'Brandt Logistik' });
  link = (await desk.data('POST', `/leads/${lead.id}/links`, { form: form.id })).url;
});
test.afterAll(() => desk?.stop());

const inputs = (html) => [...html.matchAll(/<(?:input|select|textarea)[^>]* id="f-([a-z_]+)" name="\1"/g)].map(([, key]) => key).filter((key) => !key.startsWith('your'));

test('the page asks what is next, and shows nothing of the lead', async () => {
  const page = await ask(link);
  expect(page.status).toBe(200);
  expect(inputs(page.text)).toEqual(['city', 'free_lagerflaeche', 'department']);
  for (const known of [EMAIL, 'Karla', 'Brandt', lead.id]) expect(page.text).not.toContain(known);
  expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' });
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(page.text).toContain('<meta name="robots" content="noindex">');
  // The secret stands in the form's action alone.
  const token = link.split('/').at(-1);
  expect(page.text.split(token).length - 1).toBe(1);
  expect(page.text).toContain(`action="/f/lager/p/${token}"`);
  // Strangers see none of these questions.
  expect(inputs((await ask(`${desk.server.url}/f/lager`)).text)).toEqual(['email', 'first_name', 'last_name', 'company']);
});

test('answers fill gaps; the file goes to the address that is known', async () => {
  const other = await desk.confirmedLead(form, { email: 'zweite@firma.example', company: 'Alt GmbH' });
  const url = (await desk.data('POST', `/leads/${other.id}/links`, { form: form.id })).url;
  // Required, as the editor says.
  const missing = await ask(url, { method: 'POST', ...asForm({ city: '', free_lagerflaeche: '1200', 'consent.newsletter.email': 'yes' }) });
  expect(missing.status).toBe(422);
  expect(inputs(missing.text)).toContain('city');
  const done = await ask(url, { method: 'POST', ...asForm({ city: 'Kiel', free_lagerflaeche: '1200', company: 'Fremd GmbH', email: 'dieb@example.org', _page: url, _referrer: url, 'consent.newsletter.email': 'yes' }) });
  expect(done.status, done.text).toBe(303);
  expect(done.headers.location).toBe('/f/lager/sent');
  const sent = await ask(desk.server.url + done.headers.location, { headers: { cookie: done.headers['set-cookie'][0].split(';', 1)[0], 'accept-language': 'de' } });
  expect(sent.text).toContain('unter der wir Sie kennen');
  expect(sent.text).not.toContain('zweite@');
  const now = await desk.data('GET', `/leads/${other.id}`);
  expect(now.fields).toMatchObject({ company: 'Alt GmbH', city: 'Kiel' });
  expect(now.email).toBe('zweite@firma.example');
  expect(await desk.leadOf('dieb@example.org')).toBeNull();
  const mail = await desk.mailTo('zweite@firma.example');
  expect((await ask(linkOf(mail.mime, 'a'))).text).toContain('%PDF-1.7 Lager');
  // Neither the history nor the proof has the link.
  const token = url.split('/').at(-1);
  for (const where of [`/leads/${other.id}`, `/leads/${other.id}/consents`]) expect((await desk.api('GET', where)).text).not.toContain(token);
  const record = await ask(`${desk.server.url}/leads/${other.id}`, { headers: { cookie: desk.cookie } });
  expect(record.text).not.toContain(token);
  expect(desk.server.log()).not.toContain(token);
  // The next link asks what is left.
  expect(inputs((await ask(url)).text)).toEqual(['department', 'first_name', 'last_name']);
});

test('a link that does not hold leads to the form as it is for everybody', async () => {
  const workspace = idOf((await desk.data('GET', '/workspaces'))[0].id);
  const sign = (token) => desk.sign({ workspace, subject: idOf(lead.id), object: idOf(form.id), ...token });
  const gone = await desk.confirmedLead(form, { email: 'weg@firma.example', company: 'Weg' });
  const theirs = (await desk.data('POST', `/leads/${gone.id}/links`, { form: form.id })).url.split('/').at(-1);
  await desk.data('POST', `/leads/${gone.id}/trash`, {});
  for (const token of [sign({ use: 11, expires: 1 }), sign({ use: 1 }), sign({ use: 11, workspace: workspace + 1n }), sign({ use: 11, object: 7n }), sign({ use: 11, subject: 7n }), 'unsinn', theirs]) {
    const page = await ask(`${desk.server.url}/f/lager/p/${token}`);
    expect(page.status, token).toBe(303);
    expect(page.headers.location).toBe('/f/lager');
    const posted = await ask(`${desk.server.url}/f/lager/p/${token}`, { method: 'POST', ...asForm({ city: 'Kiel' }) });
    expect(posted.status).toBe(422);
    expect(inputs(posted.text)).toContain('email');
    expect(posted.text).toContain('action="/f/lager"');
  }
  expect((await ask(`${desk.server.url}/f/gibtsnicht/p/${sign({ use: 10 })}`)).status).toBe(404);
  for (const [body, status] of [[{ form: 'fm_0000000000000' }, 422], [{}, 422]]) expect((await desk.api('POST', `/leads/${lead.id}/links`, body)).status).toBe(status);
  await desk.data('PATCH', '/settings', { personal_days: 0 });
  expect((await ask(link)).status).toBe(303);
  expect((await desk.api('POST', `/leads/${lead.id}/links`, { form: form.id })).status).toBe(403);
  await desk.data('PATCH', '/settings', { personal_days: 90 });
  const reader = await desk.newToken('liest', ['leads_read', 'forms_read']);
  expect((await desk.api('POST', `/leads/${lead.id}/links`, { form: form.id }, { token: reader })).status).toBe(403);
  const audit = await desk.data('GET', '/audit');
  expect(audit.some((entry) => entry.action === 'lead.link' && entry.lead === lead.id)).toBe(true);
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person builds the questions, makes the link, and somebody answers: ${lang}, ${screen}`, async ({ browser }) => {
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen });
    const { page } = seat;
    await seat.go('/sign-in');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('main button[type=submit]').click();
    await seat.go('/account');
    await page.locator('[name=lang]').selectOption(lang);
    await page.locator('main form', { has: page.locator('[name=lang]') }).locator('button[type=submit]').click();
    // The editor: a question of everybody's becomes one of the reserve, and one is added there.
    const mine = await desk.form({ name: `Profil ${lang}`, slug: `profil-${lang}`, language: lang, fields: [{ key: 'email', required: true }, { key: 'company' }, { key: 'phone' }], consents: [] });
    await seat.go(`/forms/${mine.id}/edit`);
    await page.locator('button[value="reserve.2"]').click();
    await expect(page.locator('#f-reserve li')).toHaveCount(1);
    await page.locator('[name=new_reserve]').selectOption('city');
    await page.locator('button[value=add_reserve]').click();
    await expect(page.locator('#f-reserve li')).toHaveCount(2);
    await expect(page.locator('#f-fields > li')).toHaveCount(2);
    await seat.check();
    await page.locator('button[value="up.3"]').click();
    await page.locator('main button[value=publish]').first().click();
    await expect.poll(async () => (await desk.data('GET', `/forms/${mine.id}`)).fields.map((f) => [f.key, f.reserve])).toEqual([['email', false], ['company', false], ['city', true], ['phone', true]]);
    // The link.
    const somebody = await desk.confirmedLead(form, { email: `jemand-${lang}@firma.example`, company: 'Jemand GmbH' });
    await seat.go(`/leads/${somebody.id}`);
    await page.getByRole('link', { name: seat.t('personal.title'), exact: true }).click();
    await seat.check();
    await page.locator('[name=form]').selectOption(mine.id);
    await page.getByRole('button', { name: seat.t('personal.make'), exact: true }).click();
    const url = await page.locator('#link').inputValue();
    await expect(page.locator('main')).toContainText(seat.t('personal.warning'));
    await seat.check();
    await seat.close();
    for (const javaScriptEnabled of [true, false]) {
      const visitor = await startWatched(browser, { origin: desk.server.url, lang, screen, javaScriptEnabled });
      await visitor.go(url);
      await expect(visitor.page.locator('main')).toContainText(visitor.t('public.personal.note'));
      if (javaScriptEnabled) await visitor.check();
      await visitor.page.locator(javaScriptEnabled ? '[name=city]' : '[name=phone]').fill(javaScriptEnabled ? 'Kiel' : '+49 431 123456');
      await visitor.page.locator('main form button[type=submit]').click();
      await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.sent.title'));
      await expect(visitor.page.locator('main')).toContainText(visitor.t('public.personal.sent'));
      if (javaScriptEnabled) await visitor.check();
      await visitor.go(url);
      await visitor.page.getByRole('link', { name: visitor.t('public.personal.other') }).click();
      await expect(visitor.page.locator('[name=email]')).toBeVisible();
      await visitor.close();
    }
  });
}
