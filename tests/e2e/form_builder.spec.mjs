// A form from a template to its answers: own questions, steps, conditions, words, an end, copies.
import { expect, test } from '@playwright/test';
import { startSeat, startWatched } from './browser.mjs';
import { ask, asForm, asJson, startDesk } from './desk.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const press = (seat, key) => seat.page.locator('main').getByRole('button', { name: seat.t(key), exact: true }).first().click();
const shot = async (seat, name) => {
  if (process.env.SHOTS) await seat.page.screenshot({ path: `${process.env.SHOTS}/${name}-${seat.lang}-${seat.screen}.png`, fullPage: true });
};

const SURVEY = {
  name: 'Umfrage', language: 'de', double_opt_in: false,
  fields: [
    { key: 'company_size', options: ['1-49', '50+'], required: true, step: 'Ihre Firma' },
    { key: 'free_standorte', type: 'number', label: 'Wie viele Standorte?', required: true, when: 'company_size', when_is: '50+' },
    { key: 'free_nutzung', type: 'choices', label: 'Was nutzen Sie?', options: ['Regale', 'Kräne', 'Wartung'], required: true, step: 'Ihre Nutzung' },
    { key: 'free_rueckruf', type: 'checkbox', label: 'Bitte rufen Sie mich an' },
    { key: 'phone', when: 'free_rueckruf', required: true },
    { key: 'free_messe', type: 'text', label: 'Messe', hidden: true, prefill: true, preset: 'ohne' },
    { key: 'city', prefill: true },
    { key: 'email', required: true, step: 'Sie' },
  ],
  consents: [],
};

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a template becomes a form once its gaps are filled: ${lang} ${screen}`, async ({ browser }) => {
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go('/forms/templates');
    await shot(seat, 'gallery');
    await seat.check();
    await page.getByRole('link', { name: seat.t('form_template.webinar.name') }).click();
    await expect(page.locator('[name=title]')).toHaveValue(seat.t('form_template.webinar.title'));
    await page.locator('[name=name]').fill(`Webinar ${lang}`);
    await shot(seat, 'editor');
    await seat.check();

    await press(seat, 'form_edit.publish');
    const gap = lang === 'de' ? '[Themen]' : '[topics]';
    await expect(page.locator('main')).toContainText(seat.t('form.consent_gap', { gap }));
    const text = page.locator('[name="consent.0.text"]');
    await text.fill((await text.inputValue()).replace(gap, 'Lagertechnik'));
    await page.locator('[name="consent.0.required"]').check();

    await page.locator('[name=new_label]').fill(lang === 'de' ? 'Ihre Stadien?' : 'Your venues?');
    await page.locator('[name=new_type]').selectOption('choices');
    await press(seat, 'form_edit.add_free');
    const at = 6;
    await expect(page.locator(`[name="field.${at}.required"]`)).toBeFocused();
    await press(seat, 'form_edit.publish');
    await expect(page.locator('main')).toContainText(seat.t('form.options_missing'));
    await page.locator(`[name="field.${at}.options"]`).fill('Eins\nZwei');
    await page.locator('[name="close_on"]').fill('2099-12-31');
    await press(seat, 'form_edit.publish');
    await expect(page).toHaveURL(/\/forms\/fm_\w+$/);
    await expect(page.locator('main')).toContainText(seat.t('form_warning.coupling'));
    await expect(page.locator('main')).toContainText(seat.t('form_warning.sample'));
    await expect(page.locator('main')).toContainText('2099');
    await shot(seat, 'show');
    await seat.check();
    const form = page.url();

    for (const wide of ['', '?screen=phone']) {
      await seat.go(`${form}/preview${wide}`);
      await expect(page.frameLocator('iframe.screen').locator('h1')).toHaveText(seat.t('form_template.webinar.title'));
      await shot(seat, `preview${wide ? '-narrow' : ''}`);
      await seat.check();
    }

    await seat.go(form);
    await press(seat, 'form_show.duplicate');
    await expect(page).toHaveURL(/\/forms\/fm_\w+\/edit$/);
    await expect(page.locator('[name=name]')).toHaveValue(seat.t('form_show.copy_name', { name: `Webinar ${lang}` }));
    await expect(page.locator('[name=slug]')).toHaveValue(`webinar-${lang}-2`);
    await seat.close();
  });
}

test('steps and conditions lead through the form, and own answers stand on the lead', async ({ browser }) => {
  const form = await desk.data('POST', '/forms', { ...SURVEY, slug: 'umfrage' });
  for (const screen of ['desktop', 'phone']) {
    const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen });
    const { page } = seat;
    await seat.go('/f/umfrage?free_messe=LogiMAT&city=Ulm&email=fremd@example.org');
    await expect(page.locator('[name=free_standorte]')).toBeHidden();
    await expect(page.locator('[name=email]')).toBeHidden();
    await expect(page.locator('[name=email]')).toHaveValue('');
    await shot(seat, 'step1');
    await seat.check();
    await press(seat, 'public.form.next'); // nothing chosen: stays
    await expect(page.locator('.step-at')).toContainText('1');
    await page.locator('[name=company_size]').selectOption('50+');
    await page.locator('[name=free_standorte]').fill('3');
    await press(seat, 'public.form.next');
    await expect(page.locator('.step-at')).toHaveText(seat.t('public.form.step', { n: 2, count: 3 }));
    await expect(page.locator('[name=city]')).toHaveValue('Ulm');
    await page.getByLabel('Kräne').check();
    await page.getByLabel('Wartung').check();
    await page.getByLabel('Bitte rufen Sie mich an').check();
    await page.locator('[name=phone]').fill('030 1234567');
    await shot(seat, 'step2');
    await seat.check();
    await press(seat, 'public.form.next');
    await page.locator('[name=email]').fill(`${screen}@umfrage.example`);
    await seat.check();
    await press(seat, 'public.form.submit');
    await expect(page).toHaveURL(/\/f\/umfrage\/thanks$/);
    await seat.close();
    const lead = await desk.leadOf(`${screen}@umfrage.example`);
    const whole = await desk.data('GET', `/leads/${lead.id}`);
    expect(Object.fromEntries(whole.own_fields.map((f) => [f.key, f.value]))).toEqual({
      free_standorte: '3', free_nutzung: 'Kräne; Wartung', free_rueckruf: 'yes', free_messe: 'LogiMAT',
    });
    expect(whole.fields.phone).toBe('030 1234567');
  }
  const seat = await startSeat(browser, desk);
  const lead = await desk.leadOf('phone@umfrage.example');
  await seat.go(`/leads/${lead.id}`);
  await expect(seat.page.locator('#steckbrief')).toContainText('Wie viele Standorte?');
  await expect(seat.page.locator('#steckbrief')).toContainText('Kräne; Wartung');
  await shot(seat, 'lead');
  await seat.check();
  await seat.close();
  const csv = (await desk.api('GET', '/leads/export?format=csv')).text;
  expect(csv.split('\r\n')[0]).toContain('free_nutzung');
  expect(csv).toContain('Kräne; Wartung');
  expect(form.fields[1].slot).toBe(undefined); // a draft knows no slots
});

test('without script everything is shown and the server judges by the same rules', async ({ browser }) => {
  await desk.data('POST', '/forms', { ...SURVEY, slug: 'ohne-script' });
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone', javaScriptEnabled: false });
  const { page } = seat;
  await seat.go('/f/ohne-script');
  await expect(page.locator('[name=free_standorte]')).toBeVisible();
  await expect(page.locator('[name=email]')).toBeVisible();
  await page.locator('[name=company_size]').selectOption('50+');
  await page.locator('[name=email]').fill('plain@umfrage.example');
  await press(seat, 'public.form.submit');
  await expect(page.locator('[role=alert]')).toBeVisible();
  await expect(page.locator('#f-free_standorte-e')).toBeVisible(); // 50+: asked
  await expect(page.locator('#f-free_nutzung-e')).toBeVisible();
  await expect(page.locator('#f-phone-e')).toHaveCount(0); // no call: not asked
  await shot(seat, 'faults');
  await page.locator('[name=company_size]').selectOption('1-49');
  await page.locator('[name=free_standorte]').fill('9'); // not asked any more: not kept
  await page.getByLabel('Regale').check();
  await page.locator('[name=phone]').fill('030 99');
  await press(seat, 'public.form.submit');
  await expect(page).toHaveURL(/thanks$/);
  const lead = await desk.data('GET', `/leads/${(await desk.leadOf('plain@umfrage.example')).id}`);
  expect(lead.own_fields.map((f) => [f.key, f.value])).toEqual([['free_nutzung', 'Regale'], ['free_messe', 'ohne']]);
  expect(lead.fields.phone).toBe(undefined);
  await seat.close();
});

test('pages have words of their own, and a redirect leads to https only', async ({ browser }) => {
  const pages = {
    sent: { title: 'Fast geschafft', text: 'Ein Klick fehlt noch.' },
    confirm: { title: 'Nur noch ein Klick' },
    confirmed: { title: 'Willkommen an Bord', redirect: 'https://www.lindhorst.example/danke?a=1&b=2' },
    used: { title: 'Sie sind schon dabei', text: 'Alles ist gut.' },
    subscribed: { title: 'Wir kennen uns' },
    expired: { title: 'Zu spät' },
  };
  const refused = await desk.api('POST', '/forms', { name: 'X', fields: [{ key: 'email' }], pages: { sent: { redirect: 'http://x.example' } } });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].field).toBe('pages.sent.redirect');
  const form = await desk.form({ name: 'Worte', slug: 'worte', pages });
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await seat.go('/f/worte');
  await seat.page.locator('[name=email]').fill('worte@example.org');
  await press(seat, 'public.form.submit');
  await expect(seat.page.locator('h1')).toHaveText('Fast geschafft');
  await expect(seat.page.locator('main')).toContainText('Ein Klick fehlt noch.');
  await shot(seat, 'sent');
  await seat.check();
  const link = await desk.confirmLink('worte@example.org');
  await seat.go(link);
  await expect(seat.page.locator('h1')).toHaveText('Nur noch ein Klick');
  await seat.check();
  await seat.close();
  const done = await ask(link, { method: 'POST', ...asForm({}) });
  expect(done.text).toContain('content="0; url=https://www.lindhorst.example/danke?a=1&amp;b=2"');
  expect(done.text).toContain('Willkommen an Bord');
  expect((await ask(link)).text).toContain('Sie sind schon dabei');
  await desk.submit(form, { email: 'worte@example.org' });
  const twice = await ask(await desk.confirmLink('worte@example.org'), { method: 'POST', ...asForm({}) });
  expect(twice.status).toBe(200);
  await desk.data('PATCH', '/settings', { proved_months: 0 }); // else who is known is asked nothing
  const box = { consents: ['newsletter:email'] };
  for (const heading of ['Willkommen an Bord', 'Wir kennen uns']) {
    await desk.submit(form, { email: 'abo@example.org' }, box);
    const reply = await ask(await desk.confirmLink('abo@example.org'), { method: 'POST', ...asForm({}) });
    expect(reply.text).toContain(heading);
  }
  await desk.data('PATCH', '/settings', { proved_months: 12 });
  expect(form.pages.used.text).toBe('Alles ist gut.');
});

test('a number is judged on the way, and what was wrong is forgotten once it is mended', async ({ browser }) => {
  const form = await desk.form({ name: 'Hallenfläche', slug: 'flaeche', consents: [], fields: [
    { key: 'free_flaeche', type: 'number', label: 'Fläche', required: true, step: 'Halle' }, { key: 'email', required: true, step: 'Sie' }] });
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  const { page } = seat;
  const press = (key) => page.getByRole('button', { name: seat.t(key), exact: true }).click();
  await seat.go(`/f/${form.slug}`);
  await page.locator('#f-free_flaeche').fill('12,5 m²');
  await press('public.form.next');
  await expect(page.locator('.step-at')).toHaveText(seat.t('public.form.step', { n: 1, count: 2 }));
  await page.locator('#f-free_flaeche').fill('12,5');
  await press('public.form.next');
  await expect(page.locator('.step-at')).toHaveText(seat.t('public.form.step', { n: 2, count: 2 }));
  const [back, send] = [await page.getByRole('button', { name: seat.t('public.form.back') }).boundingBox(), await page.getByRole('button', { name: seat.t('public.form.submit') }).boundingBox()];
  expect(back.y).toBe(send.y);
  await page.locator('#f-email').fill('keine');
  await press('public.form.submit');
  await expect(page.locator('[data-focus]')).toBeVisible();
  await shot(seat, 'step-fault');
  await page.locator('#f-email').fill('flaeche@example.org');
  await expect(page.locator('[data-focus]')).toHaveCount(0);
  await expect(page.locator('#f-email')).not.toHaveAttribute('aria-invalid');
  await seat.close();
});

test('a form closes after its last place and after its last day', async ({ browser }) => {
  const full = await desk.form({ name: 'Zwei Plätze', slug: 'zwei-plaetze', close_after: 2, pages: { closed: { title: 'Ausgebucht' } } });
  const many = await Promise.all([1, 2, 3, 4].map((n) => desk.submit(full, { email: `platz${n}@example.org` })));
  expect(many.map((reply) => reply.status).sort()).toEqual([202, 202, 410, 410]);
  expect(many.find((reply) => reply.status === 410).json.type).toBe('urn:zulauf:problem:gone');
  expect((await desk.data('GET', `/forms/${full.id}`)).closed).toBe('full');
  const past = await desk.form({ name: 'Vorbei', slug: 'vorbei', close_on: '2020-02-29' });
  expect((await desk.submit(past, { email: 'spaet@example.org' })).status).toBe(410);
  const late = await ask(`${desk.server.url}/f/vorbei`, { method: 'POST', ...asForm({ email: 'spaet@example.org' }) });
  expect(late.status).toBe(410);
  expect(await desk.leadOf('spaet@example.org')).toBe(null);
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await seat.go('/f/zwei-plaetze', 410);
  await expect(seat.page.locator('h1')).toHaveText('Ausgebucht');
  await seat.go('/f/vorbei', 410);
  await expect(seat.page.locator('main')).toContainText(seat.t('public.closed.plain_day'));
  await expect(seat.page.locator('body')).not.toContainText('Vorbei');
  await shot(seat, 'closed');
  await seat.check();
  await seat.close();
  // More places: open again, and what was taken still counts.
  await desk.data('PUT', `/forms/${full.id}`, { ...full, close_after: 3 });
  expect((await desk.submit(full, { email: 'platz5@example.org' })).status).toBe(202);
  expect((await desk.submit(full, { email: 'platz6@example.org' })).status).toBe(410);
});

test('templates and copies over the API, within the workspace alone', async () => {
  const templates = await desk.data('GET', '/forms/templates');
  expect(templates.map((t) => t.key)).toEqual(['blank', 'contact', 'newsletter', 'whitepaper', 'demo', 'sample', 'webinar', 'survey', 'application']);
  for (const t of templates) {
    const form = JSON.parse(JSON.stringify(t.form).replaceAll(/\[(Themen|Produkte|topics|products)\]/g, 'Lagertechnik'));
    const made = await desk.api('POST', '/forms', { ...form, name: `Vorlage ${t.key}`, slug: `vorlage-${t.key}` });
    expect(made.status, `${t.key}: ${made.text}`).toBe(201);
    expect((await ask(`${desk.server.url}/f/vorlage-${t.key}`)).status).toBe(200);
  }
  const [first] = await desk.data('GET', '/forms');
  const copy = await desk.api('POST', `/forms/${first.id}/duplicate`, {});
  expect(copy.status).toBe(201);
  expect(copy.json.data.state).toBe('draft');
  expect(copy.json.data.slug).toBe(`${first.slug}-2`);
  expect((await desk.api('POST', '/forms/fm_0D8QZ6K3T0R40/duplicate', {})).status).toBe(404);
  const other = await desk.api('POST', '/forms', { name: 'Andere Art', slug: 'andere-art',
    fields: [{ key: 'email' }, { key: 'free_nutzung', type: 'date', label: 'Seit wann?' }] });
  const again = await desk.api('POST', '/forms', { name: 'Andere Art 2', slug: 'andere-art-2',
    fields: [{ key: 'email' }, { key: 'free_nutzung', type: 'text', label: 'Seit wann?' }] });
  expect([other.status, again.status].filter((s) => s === 422).length).toBeGreaterThanOrEqual(1);
  const mine = await ask(`${desk.server.url}/f/vorlage-survey`, { method: 'POST', ...asJson({ fields: { free_zufriedenheit: 'gibt es nicht' } }), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  expect(mine.status).toBe(422);
  expect(mine.json.errors[0].field).toBe('fields.free_zufriedenheit');
});
