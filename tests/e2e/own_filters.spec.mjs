// Fields of one's own: the list is filtered by them, a lead is edited by their options, a rule asks for them.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ADMIN, ask, asJson, startDesk } from './desk.mjs';

let desk;

const FORM = {
  name: 'Farben', slug: 'farben', language: 'de', double_opt_in: false,
  fields: [
    { key: 'email', required: true },
    { key: 'free_farbe', type: 'select', label: 'Lieblingsfarbe', options: ['Rot', 'Blau'] },
    { key: 'free_plaetze', type: 'number', label: 'Plätze' },
    { key: 'free_tag', type: 'date', label: 'Wunschtermin' },
    { key: 'free_ruf', type: 'checkbox', label: 'Rückruf' },
    { key: 'free_wort', type: 'text', label: 'Stichwort' },
  ],
  consents: [],
};
const PEOPLE = {
  anna: { free_farbe: 'Rot', free_plaetze: '8', free_tag: '2027-03-01', free_ruf: 'yes', free_wort: 'Hallenkran' },
  bert: { free_farbe: 'Blau', free_plaetze: '12', free_tag: '2027-04-01', free_wort: 'Hof' },
  cora: { free_farbe: 'Rot', free_plaetze: '100' },
};

test.beforeAll(async () => {
  desk = await startDesk();
  await desk.data('POST', '/forms', FORM); // published
  for (const [name, fields] of Object.entries(PEOPLE)) {
    await desk.data('POST', '/leads', { email: `${name}@farben.example`, fields });
  }
});
test.afterAll(() => desk?.stop());

const names = (list) => list.map((l) => l.email.split('@')[0]).sort().join(' ');

test('the list is asked for by own fields over the API', async () => {
  for (const [query, found] of [
    ['free_farbe=Rot', 'anna cora'], ['free_farbe=Rot&free_farbe=Blau', 'anna cora'], ['free_farbe=Rot&free_ruf=yes', 'anna'], ['free_wort=hal', 'anna'],
    ['free_plaetze.from=9&free_plaetze.to=12', 'bert'], ['free_plaetze=8', 'anna'],
    ['free_tag.from=2027-03-15', 'bert'], ['free_farbe=Rot&query=cora', 'cora'], ['free_farbe=', 'anna bert cora'],
  ]) {
    expect(`${query}: ${names(await desk.data('GET', `/leads?${query}`))}`).toBe(`${query}: ${found}`);
  }
  for (const query of ['free_gibtsnicht=1', 'free_plaetze=viele', 'free_ruf=no', 'free_farbe=1&free_plaetze=1&free_ruf=yes&free_wort=x']) {
    expect((await desk.api('GET', `/leads?${query}`)).status).toBe(422);
  }
  const csv = (await desk.api('GET', '/leads/export?format=csv&free_farbe=Blau')).text;
  expect(csv).toContain('bert@farben.example');
  expect(csv).not.toContain('anna@farben.example');
});

for (const screen of ['desktop', 'phone']) {
  test(`filters, chips, options and rules of own fields: ${screen}`, async ({ browser }) => {
    const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen });
    const { page } = seat;
    await seat.go('/sign-in');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('main button[type=submit]').click();
    await expect(page).toHaveURL(`${desk.server.url}/`);
    await seat.go('/leads');
    if (screen === 'phone') await page.locator('.filters .fold').click(); // folded, but the search
    await page.getByText(seat.t('lead_list.own'), { exact: true }).click();
    await page.locator('#q-free_farbe').selectOption('Rot');
    await expect(page).toHaveURL(/free_farbe=Rot/);
    await expect(page.locator('tbody tr')).toHaveCount(2);
    await page.getByLabel(seat.t('lead_list.own_from', { label: 'Plätze' })).fill('50');
    await page.getByLabel(seat.t('lead_list.own_from', { label: 'Plätze' })).press('Enter');
    await expect(page.locator('tbody tr')).toHaveCount(1);
    await expect(page.locator('.chips .chip')).toHaveCount(2);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/own-${screen}.png`, fullPage: true });
    await seat.check();
    await page.getByRole('link', { name: 'Lieblingsfarbe: Rot' }).click();
    await expect(page).toHaveURL(/^(?!.*free_farbe).*free_plaetze\.from=50/);
    await expect(page.locator('.chips .chip')).toHaveCount(1);

    const lead = await desk.leadOf('bert@farben.example');
    await seat.go(`/leads/${lead.id}/edit`);
    await page.getByLabel('Lieblingsfarbe').selectOption('Rot');
    await page.locator('button[form=lead-form]').click();
    await expect(page.locator('#steckbrief')).toContainText('Rot');
    expect(names(await desk.data('GET', '/leads?free_farbe=Rot'))).toBe('anna bert cora');
    await desk.data('PATCH', `/leads/${lead.id}`, { fields: { free_farbe: 'Blau' } });

    for (const rule of (await desk.data('GET', '/sales')).rules) await desk.data('POST', `/sales/rules/${rule.id}/delete`);
    await seat.go('/sales');
    await page.getByLabel(seat.t('rules.when')).selectOption('field');
    await page.getByLabel(seat.t('rules.field')).selectOption('free_farbe');
    await page.getByLabel(seat.t('rules.value')).fill('Blau');
    await page.locator('#f-people [type=checkbox]').first().check();
    await page.locator('.rule-form button[type=submit]').click();
    await expect(page.locator('.rules')).toContainText('Lieblingsfarbe');
    await seat.check();
    await seat.close();
  });
}

test('a rule by an own field names the owner of what arrives', async () => {
  const sent = await ask(`${desk.server.url}/f/farben`, { method: 'POST', ...asJson({ fields: { email: 'dora@farben.example', free_farbe: 'Blau' } }), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  expect(sent.status).toBeLessThan(300);
  const lead = await desk.leadOf('dora@farben.example');
  expect((await desk.data('GET', `/leads/${lead.id}`)).owner).not.toBe(null);
});
