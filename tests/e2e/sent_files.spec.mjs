// Files that visitors send in with a form: taken without JavaScript, checked by what they are, kept
// sealed with the lead, handed out as attachments to those who may, and gone with the lead.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { asMultipart, ask, asForm, startDesk } from './desk.mjs';

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n% Lebenslauf mit GEHEIMEM Wort\n'), Buffer.alloc(900_000, 7)]);
const FIELDS = [
  { key: 'email', required: true }, { key: 'last_name', required: true },
  { key: 'free_lebenslauf', type: 'file', label: 'Lebenslauf', required: true, accept: 'document' },
  { key: 'free_foto', type: 'file', label: 'Foto', accept: 'image' },
];

let desk;
let form;

test.beforeAll(async () => {
  desk = await startDesk();
  form = await desk.form({ name: 'Unterlagen', slug: 'unterlagen', double_opt_in: false, consents: [], fields: FIELDS });
});
test.afterAll(() => desk?.stop());

async function send(fields, to = form) {
  const sent = await asMultipart(fields);
  return ask(`${desk.server.url}/f/${to.slug}/files`, { method: 'POST', ...sent, headers: { ...sent.headers, accept: 'application/json' } });
}

const file = (bytes, name) => new File([bytes], name);

test('a file comes back as it was sent, as an attachment that nothing runs', async () => {
  const reply = await send({ email: 'a@example.org', last_name: 'Adam', free_lebenslauf: file(PDF, 'Lebenslauf Adam.pdf') });
  expect(reply.status, reply.text).toBe(202);
  const lead = await desk.leadOf('a@example.org');
  expect(lead.own_fields.find((one) => one.key === 'free_lebenslauf')).toMatchObject({ type: 'file', value: 'Lebenslauf Adam.pdf' });
  const [one] = await desk.data('GET', `/leads/${lead.id}/files`);
  expect(one).toMatchObject({ name: 'Lebenslauf Adam.pdf', type: 'application/pdf', bytes: PDF.length, field: 'free_lebenslauf' });
  const got = await fetch(`${desk.server.url}${one.url}`, { headers: { cookie: desk.cookie } });
  expect(got.status).toBe(200);
  expect(Buffer.from(await got.arrayBuffer()).equals(PDF)).toBe(true);
  expect(got.headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(got.headers.get('x-content-type-options')).toBe('nosniff');
  expect(got.headers.get('content-security-policy')).toMatch(/sandbox/);
  expect(got.headers.get('cache-control')).toMatch(/no-store/);
  // Nobody else's, and nobody's who is not signed in.
  expect((await fetch(`${desk.server.url}${one.url}`, { redirect: 'manual' })).status).toBe(303);
  const blind = await desk.newToken('ohne Leads', ['forms_read']);
  expect((await desk.api('GET', `/leads/${lead.id}/files/${one.id}`, undefined, { token: blind })).status).toBe(403);
  const audit = await desk.data('GET', '/audit?action=lead.file');
  expect(audit.map((entry) => entry.action)).toContain('lead.file_open');
  // On the disk nothing of it can be read.
  const stored = ['zulauf.db', 'zulauf.db-wal'].map((name) => { try { return readFileSync(path.join(desk.server.data, name)); } catch { return Buffer.alloc(0); } });
  for (const bytes of stored) expect(bytes.includes('GEHEIMEM')).toBe(false);
});

for (const [what, name, bytes] of [
  ['a program', 'lebenslauf.pdf', 'MZ\x90\x00'], ['a page', 'cv.html', '<html><script>alert(1)</script>'],
  ['macros', 'cv.docm', 'PK\x03\x04'], ['a picture', 'cv.png', '\x89PNG\r\n\x1a\n'], ['nothing at all', 'leer.pdf', ''],
]) {
  test(`${what} is refused beside the field`, async () => {
    const reply = await send({ email: 'b@example.org', last_name: 'Berg', free_lebenslauf: file(Buffer.from(bytes, 'latin1'), name) });
    expect(reply.status, reply.text).toBe(422);
    expect(reply.json.errors.map((one) => one.field)).toEqual(['free_lebenslauf']);
    expect(await desk.leadOf('b@example.org')).toBe(null);
  });
}

test('what is too large is refused, by the file, by the day and in all', async () => {
  await desk.data('PATCH', '/settings', { file_max_mb: 1 });
  expect((await ask(form.url)).text).toMatch(/id="f-free_lebenslauf-k">[^<]*1 MB/); // told before it is chosen
  const large = await send({ email: 'c@example.org', last_name: 'Groß', free_lebenslauf: file(Buffer.concat([PDF, PDF]), 'a.pdf') });
  expect(large.status, large.text).toBe(422);
  expect(large.json.errors[0].text ?? large.json.errors[0].detail ?? JSON.stringify(large.json.errors)).toContain('1 MB');
  await desk.data('PATCH', '/settings', { file_max_mb: 10, files_day_mb: 1 });
  const full = await send({ email: 'c@example.org', last_name: 'Groß', free_lebenslauf: file(PDF, 'a.pdf') });
  expect(full.status, full.text).toBe(422);
  await desk.data('PATCH', '/settings', { files_day_mb: 1000 });
  const most = await send({ email: 'c@example.org', last_name: 'Groß', free_lebenslauf: file(Buffer.alloc(21 << 20, 7), 'a.pdf') }).catch(() => ({ status: 413 }));
  expect(most.status).toBe(413);
  // A form that asks for none reads no more than a form.
  const plain = await desk.form({ name: 'Ohne Datei', slug: 'ohne-datei', double_opt_in: false, consents: [] });
  expect((await send({ email: 'c@example.org', x: file(PDF, 'a.pdf') }, plain)).status).toBe(404);
  const there = await asMultipart({ email: 'c@example.org', x: file(PDF, 'a.pdf') });
  const sent = await ask(`${desk.server.url}/f/${plain.slug}`, { method: 'POST', ...there }).catch(() => ({ status: 413 }));
  expect(sent.status).toBe(413);
});

test('a corrected form still tells the page it was opened on, and its address opens the form', async () => {
  const page = `${desk.server.url}/f/${form.slug}`;
  const sent = await asMultipart({ email: 'nein', last_name: 'Adam', _page: `${page}?utm_source=messe` });
  const wrong = await ask(`${page}/files`, { method: 'POST', ...sent, headers: { ...sent.headers, accept: 'text/html' } });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain(`name="_page" value="${page}?utm_source=messe"`);
  const opened = await ask(`${page}/files`);
  expect([opened.status, opened.headers.location]).toEqual([303, `/f/${form.slug}`]);
});

test('a second submission of the same person keeps both files', async () => {
  for (const name of ['eins.pdf', 'zwei.pdf']) {
    expect((await send({ email: 'd@example.org', last_name: 'Doppelt', free_lebenslauf: file('%PDF-1.7', name) })).status).toBe(202);
  }
  const lead = await desk.leadOf('d@example.org');
  expect((await desk.data('GET', `/leads/${lead.id}/files`)).map((one) => one.name).sort()).toEqual(['eins.pdf', 'zwei.pdf']);
});

test('files go with the lead', async () => {
  await send({ email: 'e@example.org', last_name: 'Ende', free_lebenslauf: file('%PDF-1.7', 'e.pdf') });
  const lead = await desk.leadOf('e@example.org');
  const [one] = await desk.data('GET', `/leads/${lead.id}/files`);
  await desk.data('DELETE', `/leads/${lead.id}?forever=true`).catch(() => {});
  expect((await desk.api('GET', `/leads/${lead.id}/files/${one.id}`)).status).toBe(404);
});

test('the takeout has them as they were', async () => {
  const reply = await fetch(`${desk.server.url}/api/v1/workspaces/export`, { headers: { authorization: `Bearer ${desk.token}` } });
  const bytes = Buffer.from(await reply.arrayBuffer());
  expect(bytes.includes('files/ld_')).toBe(true);
  expect(bytes.includes('eins.pdf')).toBe(true);
});

for (const lang of ['de', 'en']) {
  for (const screen of ['desktop', 'phone']) {
    test(`visitor and colleague (${lang}, ${screen})`, async ({ browser }) => {
      const own = await desk.form({ name: 'Unterlagen', slug: `unterlagen-${lang}-${screen}`, language: lang, double_opt_in: false, consents: [], fields: FIELDS });
      const view = await startWatched(browser, { origin: desk.server.url, lang, screen, javaScriptEnabled: screen === 'desktop' });
      const { page } = view;
      const email = `${lang}-${screen}@example.org`;
      await view.go(`/f/${own.slug}`);
      if (screen === 'desktop') await view.check();
      await page.locator('#f-email').fill(email);
      await page.locator('#f-free_lebenslauf').setInputFiles({ name: 'cv.pdf', mimeType: 'application/pdf', buffer: PDF });
      await page.getByRole('button', { name: view.t('public.form.submit') }).click();
      // The name is missing: the file has to be chosen again, and the page says so.
      await expect(page.getByText(view.t('field.file_again'))).toBeVisible();
      await expect(page.locator('#f-email')).toHaveValue(email);
      if (screen === 'desktop') await view.check();
      await page.locator('#f-last_name').fill('Weber');
      await page.locator('#f-free_lebenslauf').setInputFiles({ name: 'cv.exe', mimeType: 'application/pdf', buffer: PDF });
      await page.getByRole('button', { name: view.t('public.form.submit') }).click();
      await expect(page.locator('#f-free_lebenslauf-e')).toBeVisible();
      await page.locator('#f-free_lebenslauf').setInputFiles({ name: 'cv.pdf', mimeType: 'application/pdf', buffer: PDF });
      await page.getByRole('button', { name: view.t('public.form.submit') }).click();
      await expect(page).toHaveURL(/\/thanks$/);
      const lead = await desk.leadOf(email);
      await view.context.addCookies([{ name: desk.cookie.split('=')[0], value: desk.cookie.slice(desk.cookie.indexOf('=') + 1), url: desk.server.url }]);
      await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asForm({ lang }), headers: { ...asForm({}).headers, cookie: desk.cookie, 'x-csrf-token': desk.csrf } });
      await view.go(`/leads/${lead.id}`);
      await expect(page.getByRole('heading', { name: view.t('lead_show.files') })).toBeVisible();
      if (screen === 'desktop') {
        await view.check();
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'cv.pdf' }).click()]);
        expect(readFileSync(await download.path()).equals(PDF)).toBe(true);
        await view.go(`/forms/${own.id}/edit`);
        await page.getByLabel(view.t('form_edit.accept')).first().selectOption('pdf');
        await view.check();
        await view.go(`/leads/${lead.id}`);
      }
      await page.locator('form[action$="/delete"] button').click();
      await expect(page.getByRole('link', { name: 'cv.pdf' })).toHaveCount(0);
      await view.context.close();
    });
  }
}
