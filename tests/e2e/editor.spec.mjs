// The form editor as somebody uses it who is not done yet, and what becomes of a form afterwards.
import { expect, test } from '@playwright/test';
import { sentence, startSeat, startWatched } from './browser.mjs';
import { ask, asForm, asMultipart, linkOf, startDesk } from './desk.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const press = (seat, key) => seat.page.locator('main').getByRole('button', { name: seat.t(key), exact: true }).first().click();
const pdf = (name) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.4 ${name}`) });

test('an upload keeps what was typed, and the file is chosen', async ({ browser }) => {
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await seat.go('/forms/new');
  await page.locator('[name=name]').fill('Whitepaper');
  await page.locator('[name=title]').fill('Noch nicht gespeichert');
  await page.locator('[name="field.1.required"]').check();

  await press(seat, 'form_edit.upload_button');
  await expect(page.locator('[role=alert]')).toContainText(seat.t('error.file_missing'));
  await seat.check();

  await page.locator('[name=file]').setInputFiles(pdf('lager.pdf'));
  await press(seat, 'form_edit.upload_button');
  await expect(page.locator('[name=title]')).toHaveValue('Noch nicht gespeichert');
  await expect(page.locator('[name="field.1.required"]')).toBeChecked();
  await expect(page.locator('[name=download] option:checked')).toContainText('lager.pdf');
  await expect(page.locator('main')).toContainText(seat.t('form_edit.uploaded', { name: 'lager.pdf' }));
  await seat.check();

  // Saved without another file, the choice stays; a file that is only chosen is not lost either.
  await press(seat, 'form_edit.publish');
  await expect(page.locator('main')).toContainText(seat.t('form_show.has_download'));
  await page.goto(`${page.url()}/edit`);
  await expect(page.locator('[name=download] option:checked')).toContainText('lager.pdf');
  await page.locator('[name=file]').setInputFiles(pdf('halle.pdf'));
  await press(seat, 'form_edit.save');
  await page.goto(`${page.url()}/edit`);
  await expect(page.locator('[name=download] option:checked')).toContainText('halle.pdf');
  await expect(page.locator('[name=title]')).toHaveValue('Noch nicht gespeichert');
  await seat.close();
});

test('what was added is in sight and has the focus', async ({ browser }) => {
  const seat = await startSeat(browser, desk, { screen: 'phone' });
  const { page } = seat;
  await seat.go('/forms/new');
  await page.locator('[name=new_field]').selectOption('message');
  await press(seat, 'form_edit.add');
  await expect(page.locator('[name="field.4.required"]')).toBeFocused();
  await expect(page.locator('[name="field.4.required"]')).toBeInViewport();
  await expect(page.locator('[name="field.4.label"]')).toBeVisible();
  await expect(page.locator('[name="field.3.label"]')).toBeHidden();
  await press(seat, 'form_edit.add_consent');
  await expect(page.locator('[name="consent.0.purpose"]')).toBeFocused();
  await expect(page.locator('[name="consent.0.purpose"]')).toBeInViewport();
  await seat.check();
  await seat.close();
});

for (const screen of ['desktop', 'phone']) {
  test(`the buttons stay in sight; Enter saves, and the preview shows what was typed (${screen})`, async ({ browser }) => {
    const form = await desk.form({ name: `Lange ${screen}`, slug: `lange-${screen}` });
    const seat = await startSeat(browser, desk, { screen });
    const { page } = seat;
    await seat.go(`/forms/${form.id}/edit`);
    const publish = page.locator('.save-bar').getByRole('button', { name: seat.t('form_edit.publish'), exact: true });
    await expect(publish).toBeInViewport({ ratio: 1 });
    await page.locator('[name=title]').fill('Zuletzt getippt');
    await expect(publish).toBeInViewport({ ratio: 1 });
    await press(seat, 'form_edit.look');
    await expect(page).toHaveURL(`${desk.server.url}/forms/${form.id}/preview`);
    await expect(page.frameLocator('iframe').locator('h1')).toHaveText('Zuletzt getippt');
    await seat.go(`/forms/${form.id}/edit`);
    await page.locator('[name=title]').fill('Mit der Eingabetaste');
    await page.locator('[name=title]').press('Enter');
    await expect(page).toHaveURL(`${desk.server.url}/forms/${form.id}`);
    const kept = await desk.data('GET', `/forms/${form.id}`);
    expect([kept.title, kept.version, kept.fields.length]).toEqual(['Mit der Eingabetaste', 1, form.fields.length]);
    await seat.close();
  });
}

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`the address is made from the name once, and what a new one breaks is told (${lang}, ${screen})`, async ({ browser }) => {
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    const told = page.locator('#f-slug-h');
    await seat.go('/forms/new');
    await expect(told).toHaveText(seat.t('form_edit.slug_help'));
    await page.locator('[name=name]').fill(`Adresse ${lang}`);
    await press(seat, 'form_edit.save');
    await expect(page).toHaveURL(/\/forms\/fm_\w+$/);
    const path = new URL(page.url()).pathname;
    await seat.go(`${path}/edit`);
    await expect(told).toHaveText(seat.t('form_edit.slug_stays'));
    await page.locator('[name=name]').fill('Anders');
    await press(seat, 'form_edit.save');
    await expect(page).toHaveURL(`${desk.server.url}${path}`);
    expect(await desk.data('GET', path)).toMatchObject({ name: 'Anders', slug: `adresse-${lang}` });
    const form = await desk.form({ name: `Öffentlich ${lang}`, slug: `alt-${lang}` });
    await seat.go(`/forms/${form.id}/edit`);
    await expect(told).toHaveText(seat.t('form_edit.slug_public'));
    await expect(page.locator('[name=slug]')).toHaveAttribute('aria-describedby', /f-slug-h/);
    await press(seat, 'form_edit.add_consent'); // what was typed is shown again, with the same words
    await expect(told).toHaveText(seat.t('form_edit.slug_public'));
    await seat.check();
    // As it says: at once, without publishing.
    await seat.go(`/forms/${form.id}/edit`);
    await page.locator('[name=slug]').fill(`neu-${lang}`);
    await press(seat, 'form_edit.save');
    await expect(page).toHaveURL(`${desk.server.url}/forms/${form.id}`);
    expect((await ask(`${desk.server.url}/f/alt-${lang}`)).status).toBe(404);
    expect((await ask(`${desk.server.url}/f/neu-${lang}`)).status).toBe(200);
    await seat.close();
  });
}

test('an archived form is found and taken back as it was', async ({ browser }) => {
  const form = await desk.form({ name: 'Sommeraktion', slug: 'sommer' });
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  for (const each of await desk.data('GET', '/forms')) await desk.data('POST', `/forms/${each.id}/archive`);
  await seat.go('/forms');
  await expect(page.locator('main')).toContainText(seat.t('form_list.all_archived'));
  await expect(page.locator('main')).not.toContainText(seat.t('form_list.empty_title'));
  expect((await ask(`${desk.server.url}/f/sommer`)).status).toBe(404);
  await page.locator('#archived summary').click();
  await seat.check();
  await page.locator('#archived tr').filter({ hasText: 'Sommeraktion' }).getByRole('button').click();
  await expect(page.locator('main [role=status]').first()).toContainText(seat.t('form.restored'));
  await seat.check();
  expect((await ask(`${desk.server.url}/f/sommer`)).status).toBe(200);
  await seat.go('/audit');
  await expect(page.locator('main')).toContainText(seat.t('audit_action.form_restore'));

  // A draft comes back as a draft, and what is not archived stays as it is.
  await seat.go('/forms/new');
  await page.locator('[name=name]').fill('Nie öffentlich');
  await press(seat, 'form_edit.save');
  await expect(page).toHaveURL(/\/forms\/fm_\w+$/);
  const draft = new URL(page.url()).pathname;
  await desk.data('POST', `${draft}/archive`);
  await seat.go(draft);
  await expect(page.locator('main')).toContainText(seat.t('form_show.is_archived'));
  expect(await desk.data('POST', `${draft}/restore`)).toEqual({ state: 'draft' });
  expect(await desk.data('POST', `/forms/${form.id}/restore`)).toEqual({ state: 'published' });
  await seat.close();
});

test('a form of as many fields as there may be is edited in the browser', async ({ browser }) => {
  const fields = ['email', 'salutation', 'first_name', 'last_name', 'company', 'job_title', 'phone', 'street', 'postcode', 'city', 'country', 'message'].map((key) => ({ key, required: key === 'email' }));
  for (let n = 1; fields.length < 30; n++) fields.push({ key: `free_frage_${n}`, type: 'choices', label: `Frage ${n}`, options: ['Ja', 'Nein'] });
  const form = await desk.form({ name: 'Alles', slug: 'alles', fields });
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await seat.go(`/forms/${form.id}/edit`);
  await page.locator('[name=title]').fill('Alles auf einmal');
  await press(seat, 'form_edit.add_consent');
  await expect(page.locator('[name=title]')).toHaveValue('Alles auf einmal');
  await page.locator('[name="consent.1.text"]').fill('Ja, ich möchte Angebote per E-Mail erhalten.');
  await page.locator('[name="consent.1.purpose"]').fill('angebote');
  await press(seat, 'form_edit.save');
  await expect(page.locator('main [role=status]').first()).toContainText(seat.t('form.saved'));
  const saved = await desk.data('GET', `/forms/${form.id}`);
  expect(saved.title).toBe('Alles auf einmal');
  expect(saved.fields.map((field) => field.key)).toEqual(fields.map((field) => field.key));
  await seat.close();
});

test('what cannot be read is answered with a way back to what was typed', async ({ browser }) => {
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await seat.go('/forms/new');
  await page.locator('[name=name]').fill('Noch da');
  await page.evaluate(() => {
    for (let n = 0; n < 1100; n++) document.forms[document.forms.length - 1].append(Object.assign(document.createElement('input'), { type: 'hidden', name: `x${n}` }));
  });
  await press(seat, 'form_edit.save');
  await expect(page.locator('h1')).toHaveText(seat.t('errors.title'));
  await page.locator('[data-back]').click();
  await expect(page.locator('[name=name]')).toHaveValue('Noch da');
  await seat.close();
});

test('a form with own fields is as it was published until somebody changes it', async () => {
  const fields = [{ key: 'email', required: true }, { key: 'free_hallen', type: 'number', label: 'Hallen' }];
  const form = await desk.form({ name: 'Hallen', slug: 'hallen', fields });
  expect(form.changed).toBe(false);
  await desk.data('POST', `/forms/${form.id}/look`, await asMultipart({ brand_colour: '#1f5c7a', do: 'save' }));
  expect((await desk.data('GET', `/forms/${form.id}`)).changed).toBe(true);
});

for (const lang of ['de', 'en']) {
  test(`changes of a published form that nobody sees yet are told, and published by a button (${lang})`, async ({ browser }) => {
    const form = await desk.form({ name: `Stand ${lang}`, slug: `stand-${lang}`, title: 'Alt' });
    expect(form.changed).toBe(false);
    const seat = await startSeat(browser, desk, { lang });
    const { page } = seat;
    const told = page.locator('main').getByText(seat.t('form_state.changed'));
    await seat.go(`/forms/${form.id}`);
    await expect(told).toHaveCount(0);
    await seat.go(`/forms/${form.id}/edit`);
    await page.locator('[name=title]').fill('Neu');
    await press(seat, 'form_edit.save');
    await expect(told).toBeVisible();
    await expect(page.locator('main')).toContainText(seat.t('form_show.changed'));
    await seat.check();
    await seat.shot?.('changed');
    await seat.go('/forms');
    await expect(page.locator('tr', { hasText: `Stand ${lang}` })).toContainText(seat.t('form_state.changed'));
    await seat.go(`/forms/${form.id}/edit`);
    await expect(told).toBeVisible();
    await seat.go(`/forms/${form.id}`);
    expect((await ask(`${desk.server.url}/f/stand-${lang}`)).text).not.toContain('Neu');
    await press(seat, 'form_edit.publish');
    await expect(page.locator('main [role=status]').first()).toContainText(seat.t('form.published'));
    await expect(told).toHaveCount(0);
    expect((await ask(`${desk.server.url}/f/stand-${lang}`)).text).toContain('Neu');

    // What each version was stays to be seen.
    await page.getByRole('link', { name: seat.t('form_show.version', { version: 1 }) }).click();
    await expect(page.locator('h1')).toHaveText(seat.t('form_show.version', { version: 1 }));
    await expect(page.frameLocator('iframe').locator('h1')).toHaveText('Alt');
    await seat.check();
    await seat.close();
  });
}

test('a form that changes its language takes the words of a template along, and what is left is told', async ({ browser }) => {
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  const english = (key) => sentence('en', `form_template.whitepaper.${key}`);
  await seat.go('/forms/new?template=whitepaper');
  await expect(page.locator('main')).toContainText(seat.t('form_warning.no_file'));
  await page.locator('[name=intro]').fill('Fragen Sie uns, und wir antworten Ihnen bald.');
  await page.locator('[name=language]').selectOption('en');
  await press(seat, 'form_edit.add_consent');
  await expect(page.locator('[name=title]')).toHaveValue(english('title'));
  await expect(page.locator('[name=submit_label]')).toHaveValue(english('submit_label'));
  await expect(page.locator('[name="consent.0.text"]')).toHaveValue(/\[topics\]/);
  await expect(page.locator('main')).toContainText(seat.t('form_warning.language'));
  await page.locator('[name=intro]').fill('Ask us, and you will hear from us.');
  await press(seat, 'form_edit.add_consent');
  await expect(page.locator('main')).not.toContainText(seat.t('form_warning.language'));
  await seat.check();
  await seat.close();
});

test('a last day that is over is not published without a word', async ({ browser }) => {
  const form = await desk.form({ name: 'Ende', slug: 'ende', close_on: '2020-02-29' });
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await seat.go(`/forms/${form.id}/edit`);
  await press(seat, 'form_edit.publish'); // it was over before: its words may still be changed
  await expect(page.locator('main [role=status]').first()).toContainText(seat.t('form.published'));
  await seat.go(`/forms/${form.id}/edit`);
  await page.locator('[name=close_on]').fill('2021-02-28');
  await press(seat, 'form_edit.publish');
  await expect(page.locator('[role=alert]')).toContainText(`${seat.t('form_edit.close_on')}: ${seat.t('form.close_on_past')}`);
  await expect(page.locator('#f-close_on-e')).toBeVisible();
  await seat.close();
});

test('what is in the way of publishing is shown in the editor', async ({ browser }) => {
  const form = await desk.form({ name: 'Lücke', slug: 'luecke' });
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await seat.go(`/forms/${form.id}/edit`);
  await page.locator('[name="consent.0.text"]').fill('Ja, ich möchte Post über [Themen].');
  await press(seat, 'form_edit.save');
  await press(seat, 'form_edit.publish');
  await expect(page.locator('[role=alert]')).toContainText(`${seat.t('form_edit.nth_consents', { n: 1 })}: ${seat.t('form.consent_gap', { gap: '[Themen]' })}`);
  await expect(page.locator('[name="consent.0.text"]')).toHaveValue(/\[Themen\]/);
  await seat.close();
});

test('a replaced request is told in words, and no address is not a hidden one', async ({ browser }) => {
  const form = await desk.form({ name: 'Zweimal', slug: 'zweimal' });
  const person = { email: 'zweimal@example.org', first_name: 'Zoe' };
  await desk.submit(form, person);
  await desk.submit(form, person);
  await ask(await desk.confirmLink(person.email), { method: 'POST', ...asForm({}) });
  const lead = await desk.leadOf(person.email);
  const seat = await startSeat(browser, desk);
  await seat.go(`/leads/${lead.id}/proof`);
  const text = await seat.page.locator('main').innerText();
  expect(text).toContain(seat.t('proof.replaced'));
  expect(text).toContain(seat.t('proof.network_none'));
  expect(text).not.toContain(seat.t('proof.network_hidden'));
  expect(text).not.toMatch(/\btrue\b|replaced/);
  await seat.check();
  await seat.close();
});

test('a submission shows the name that was typed, whoever the address belongs to', async ({ browser }) => {
  const form = await desk.form({ name: 'Namen', slug: 'namen', double_opt_in: false, consents: [] });
  await desk.submit(form, { email: 'eine@example.org', first_name: 'Berta', last_name: 'Bach' });
  await desk.submit(form, { email: 'eine@example.org', first_name: 'Otto', last_name: 'Ohm' });
  const seat = await startSeat(browser, desk);
  await seat.go(`/forms/${form.id}/submissions`);
  await seat.page.locator('main .who a').first().click();
  await expect(seat.page.locator('h1')).toHaveText('Otto Ohm');
  await expect(seat.page.locator('main')).toContainText(seat.t('submission_list.other_name', { name: 'Berta Bach' }));
  await seat.check();
  await seat.close();
});

test('on a phone nothing is cut off', async ({ browser }) => {
  const form = await desk.form({ name: 'Schmal', slug: 'schmal' });
  const guest = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await guest.page.setViewportSize({ width: 390, height: 844 });
  await guest.go(`/f/${form.slug}`);
  const [first, last] = [await guest.page.locator('#f-first_name').boundingBox(), await guest.page.locator('#f-last_name').boundingBox()];
  expect(first.x).toBe(last.x);
  expect(first.width).toBe(last.width);
  await guest.close();

  const email = 'kim@lindhorst.example';
  await desk.data('POST', '/users/invite', { email, role: 'sales' });
  const join = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await join.go(linkOf((await desk.mailTo(email)).mime, 'invitation'));
  await join.page.locator('[name=name]').fill('Kim');
  await join.page.locator('[name=password]').fill('Drei-Amseln-im-Regen');
  await join.page.locator('main button[type=submit]').click();
  await expect(join.page).toHaveURL(`${desk.server.url}/`);
  await join.close();
  const seat = await startSeat(browser, desk, { screen: 'phone' });
  await seat.go('/users');
  const card = await seat.page.locator('section:has(table)').first().boundingBox();
  const button = await seat.page.getByRole('button', { name: seat.t('user_list.role_save') }).boundingBox();
  expect(button.x + button.width).toBeLessThanOrEqual(card.x + card.width - 8);
  await seat.check();
  await seat.close();
});

test('the note on mail leads on, and never to the page one is on', async ({ browser }) => {
  const seat = await startSeat(browser, desk);
  const links = (path) => seat.page.locator(`.banner a[href="${path}"]`);
  await expect(links('/settings/relay')).toHaveCount(1);
  await seat.go('/settings/relay');
  await expect(links('/settings/relay')).toHaveCount(0);
  await expect(links('/outbox')).toHaveCount(1);
  await seat.go('/outbox');
  await expect(links('/outbox')).toHaveCount(0);
  await seat.close();
});
