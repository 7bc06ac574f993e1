// A workspace's own fields on the lead: edited by hand and over the API, checked by their type, shown
// as columns.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { asForm, ask, startDesk } from './desk.mjs';


let desk;
let lead;
const own = async () => Object.fromEntries((await desk.data('GET', `/leads/${lead.id}`)).own_fields.map((one) => [one.key, one.value]));

test.beforeAll(async () => {
  desk = await startDesk();
  await desk.form({ name: 'Eigene', slug: 'eigene', double_opt_in: false, consents: [], fields: [
    { key: 'email' }, { key: 'free_stueck', type: 'number', label: 'Stückzahl' }, { key: 'free_termin', type: 'date', label: 'Wunschtermin' },
    { key: 'free_rueckruf', type: 'checkbox', label: 'Rückruf' }, { key: 'free_anlage', type: 'file', label: 'Anlage' },
  ] });
  lead = await desk.data('POST', '/leads', { email: 'eigen@example.org', fields: { last_name: 'Eigen', free_stueck: '40' } });
});
test.afterAll(() => desk?.stop());

test('programs change them, by their type', async () => {
  expect(await own()).toEqual({ free_stueck: '40' });
  await desk.data('PATCH', `/leads/${lead.id}`, { fields: { free_stueck: '120', free_termin: '2026-12-24', free_rueckruf: 'yes' } });
  expect(await own()).toEqual({ free_stueck: '120', free_termin: '2026-12-24', free_rueckruf: 'yes' });
  await desk.data('PATCH', `/leads/${lead.id}`, { fields: { free_rueckruf: null } });
  expect(await own()).toEqual({ free_stueck: '120', free_termin: '2026-12-24' });
  for (const [key, value] of [['free_stueck', 'viele'], ['free_termin', '2026-02-30'], ['free_anlage', 'x.pdf'], ['free_unbekannt', 'x']]) {
    const refused = await desk.api('PATCH', `/leads/${lead.id}`, { fields: { [key]: value } });
    expect(refused.status, key).toBe(422);
    expect(refused.json.errors[0].field).toBe(`fields.${key}`);
  }
  const [entry] = await desk.data('GET', '/audit?action=lead.update');
  expect(entry.detail.fields).toContain('free_rueckruf');
});

for (const lang of ['de', 'en']) {
  test(`people edit them, and see them as columns (${lang})`, async ({ browser }) => {
    await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asForm({ lang }), headers: { ...asForm({}).headers, cookie: desk.cookie, 'x-csrf-token': desk.csrf } });
    const view = await startWatched(browser, { origin: desk.server.url, lang, screen: lang === 'de' ? 'desktop' : 'phone' });
    await view.context.addCookies([{ name: desk.cookie.split('=')[0], value: desk.cookie.slice(desk.cookie.indexOf('=') + 1), url: desk.server.url }]);
    await view.go(`/leads/${lead.id}/edit`);
    await view.page.locator('#f-free_stueck').fill('viele');
    await view.check();
    await view.page.locator('#f-free_stueck').press('Enter');
    await expect(view.page.locator('#f-free_stueck-e')).toBeVisible();
    await view.page.locator('#f-free_stueck').fill(lang === 'de' ? '55' : '66');
    await view.page.locator('#f-free_stueck').press('Enter');
    await expect(view.page).toHaveURL(/\/leads\/ld_[^/]+$/);
    expect((await own()).free_stueck).toBe(lang === 'de' ? '55' : '66');
    await expect(view.page.getByText(lang === 'de' ? '24.12.2026' : '24 Dec 2026', { exact: true })).toBeVisible();
    await expect(view.page.getByText('2026-12-24')).toHaveCount(0);
    await view.go(`/leads/${lead.id}/edit`);
    await expect(view.page.locator('input[type=date]#f-free_termin')).toHaveValue('2026-12-24');
    await view.go('/leads?cols=name,free_stueck,free_termin');
    await expect(view.page.getByText(lang === 'de' ? '24.12.2026' : '24 Dec 2026', { exact: true }).first()).toBeAttached();
    await expect(view.page.getByText('2026-12-24')).toHaveCount(0);
    await expect(view.page.getByText(lang === 'de' ? '55' : '66', { exact: true }).first()).toBeAttached();
    await view.check();
    await view.context.close();
  });
}

test('a word stays the word that was typed, whatever a date may be', async () => {
  const form = await desk.form({ name: 'Worte', slug: 'worte', double_opt_in: false, consents: [], fields: [{ key: 'email' }, { key: 'free_beginn', type: 'text', label: 'Beginn' }] });
  await desk.submit(form, { email: 'now@example.org', free_beginn: 'now' }, { consents: [] });
  const { id } = await desk.leadOf('now@example.org');
  const [sent] = await desk.data('GET', `/forms/${form.id}/submissions`);
  for (const where of [`/leads/${id}`, `/forms/${form.id}/submissions/${sent.id}`]) {
    const page = await ask(`${desk.server.url}${where}`, { headers: { cookie: desk.cookie } });
    expect(page.status, where).toBe(200);
    expect(page.text, where).toMatch(/<dt>Beginn<\/dt><dd>now<\/dd>/);
  }
});
