// Consent texts are approved by those who have the right; where a workspace asks for it, nothing
// else is published, and the page says who can help.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { asForm, asJson, ask, startDesk, WORDING } from './desk.mjs';


let desk;
let marketing;
const NEW = 'Ja, ich möchte Einladungen der Lindhorst Lagertechnik GmbH per E-Mail erhalten. Ich kann das jederzeit widerrufen.';
const FIELDS = [{ key: 'email', required: true }];

test.beforeAll(async () => {
  desk = await startDesk();
  const invited = await desk.data('POST', '/users/invite', { email: 'mark@example.org', role: 'marketing' });
  await ask(invited.link, { method: 'POST', ...asForm({ name: 'Mark Markt', password: 'Sieben-Kisten-am-Kai' }) });
  const done = await ask(`${desk.server.url}/sign-in`, { method: 'POST', ...asJson({ email: 'mark@example.org', password: 'Sieben-Kisten-am-Kai' }), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  marketing = { cookie: done.headers['set-cookie'][0].split(';', 1)[0], csrf: done.json.csrf };
});
test.afterAll(() => desk?.stop());

const asMark = (method, where, body) => {
  const sent = body === undefined ? {} : asJson(body);
  return ask(`${desk.server.url}/api/v1${where}`, { method, ...sent, headers: { ...sent.headers, cookie: marketing.cookie, 'x-csrf-token': marketing.csrf } });
};
const wording = async (text) => (await desk.data('GET', '/wordings')).find((one) => one.text === text);

test('a text is approved by whom the right was given, once, and the proof says so', async () => {
  const form = await desk.form();
  const lead = await desk.confirmedLead(form, { email: 'a@example.org' });
  expect(await wording(WORDING)).toMatchObject({ approved_by: null, approved_at: null, version: 1, forms: [{ id: form.id, name: form.name }] });
  expect((await desk.data('GET', `/leads/${lead.id}/consents`))[0].wording.approved_by).toBe(null);
  const warned = async () => (await desk.data('GET', `/forms/${form.id}`)).warnings.map((w) => `${w.field} ${w.code}`);
  expect(await warned()).toContain('consents.0 unapproved');
  const { id } = await wording(WORDING);
  expect((await asMark('POST', `/wordings/${id}/approve`)).status).toBe(403);
  await desk.data('POST', `/wordings/${id}/approve`);
  await desk.data('POST', `/wordings/${id}/approve`);
  expect((await wording(WORDING)).approved_by).toBe('Miriam Vogt');
  expect(await warned()).not.toContain('consents.0 unapproved');
  const { name, slug, consents, fields, double_opt_in } = await desk.data('GET', `/forms/${form.id}`);
  const another = { name, slug: `${slug}-2`, fields, double_opt_in, consents: [{ ...consents[0], text: `${WORDING} Wirklich.` }] };
  const second = await desk.data('POST', '/forms', another);
  expect(second.warnings.map((w) => w.code)).toContain('unapproved');
  expect((await desk.data('GET', `/leads/${lead.id}/consents`))[0].wording.approved_by).toBe('Miriam Vogt');
  expect((await desk.data('GET', '/audit?action=wording.approve'))).toHaveLength(1);
});

test('only what is approved is published, where that is wanted', async () => {
  await desk.data('PATCH', '/settings', { wordings_approved: 1 });
  const consents = [{ purpose: 'events', channel: 'email', text: NEW }];
  const sent = { name: 'Einladungen', slug: 'einladungen', fields: FIELDS, double_opt_in: true, consents };
  const waiting = await asMark('POST', '/forms', sent);
  expect(waiting.status, waiting.text).toBe(201); // it is kept, and says that it waits
  const kept = waiting.json.data;
  expect(kept).toMatchObject({ state: 'draft', version: 0, unpublished: { field: 'consents.0.text', text: expect.stringContaining('Miriam Vogt') } });
  const still = await asMark('PUT', `/forms/${kept.id}`, sent);
  expect(still.status, still.text).toBe(200);
  expect(still.json.data).toMatchObject({ state: 'draft', unpublished: { field: 'consents.0.text' } });
  await desk.data('POST', `/wordings/${(await wording(NEW)).id}/approve`);
  const done = await asMark('PUT', `/forms/${kept.id}`, sent);
  expect(done.status, done.text).toBe(200);
  expect(done.json.data).toMatchObject({ state: 'published', version: 1 });
  expect(done.json.data.unpublished).toBeUndefined();
  // What is approved already needs nobody.
  const again = await asMark('POST', '/forms', { name: 'Noch eins', slug: 'noch-eins', fields: FIELDS, double_opt_in: true, consents });
  expect(again.status, again.text).toBe(201);
  await desk.data('PATCH', '/settings', { wordings_approved: 0 });
});

for (const lang of ['de', 'en']) {
  for (const screen of ['desktop', 'phone']) {
    test(`the page of the texts (${lang}, ${screen})`, async ({ browser }) => {
      await desk.form({ name: `Formular ${lang} ${screen}`, slug: `f-${lang}-${screen}`, consents: [{ purpose: 'newsletter', channel: 'email', text: `${WORDING} ${lang} ${screen}.` }] });
      await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asForm({ lang }), headers: { ...asForm({}).headers, cookie: desk.cookie, 'x-csrf-token': desk.csrf } });
      const view = await startWatched(browser, { origin: desk.server.url, lang, screen });
      await view.context.addCookies([{ name: desk.cookie.split('=')[0], value: desk.cookie.slice(desk.cookie.indexOf('=') + 1), url: desk.server.url }]);
      await view.go('/wordings');
      await view.check();
      const row = view.page.getByRole('row').filter({ hasText: `${lang} ${screen}.` });
      await row.locator('button').click();
      await expect(row.getByText(view.t('wordings.approved'), { exact: true })).toBeVisible();
      await view.close();
    });
  }
}
