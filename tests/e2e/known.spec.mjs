// People who are known already are not asked twice, and nobody else learns that they are known.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ask, asForm, asMultipart, linkOf, mailText, startDesk } from './desk.mjs';

let desk;
let whitepaper;
let newsletter;

const pdf = Object.assign(new Blob(['%PDF-1.7 Lager'], { type: 'application/pdf' }), { name: 'lager.pdf' });

test.beforeAll(async () => {
  desk = await startDesk();
  const file = await desk.data('POST', '/files', await asMultipart({ file: pdf }));
  whitepaper = await desk.form({ download: file.id, slug: 'lagerplanung' });
  newsletter = await desk.form({ name: 'Newsletter', slug: 'newsletter' });
});
test.afterAll(() => desk?.stop());

// A form as a browser posts it: where it leads, and the page that stands there.
async function post(form, fields) {
  const done = await ask(`${desk.server.url}/f/${form.slug}`, { method: 'POST', ...asForm(fields) });
  const cookie = done.headers['set-cookie'][0].split(';', 1)[0];
  const page = await ask(desk.server.url + done.headers.location, { headers: { cookie } });
  const change = new URL(done.headers.location, 'http://x').searchParams.get('change'); // of this sending
  return { status: done.status, location: done.headers.location.replace(change, ''), page: page.text.replaceAll(fields.email, 'ADDRESS').replace(change, '') };
}

test('the next download comes by mail at once, and the answer is the one that strangers get', async () => {
  const email = 'bekannt@example.org';
  await desk.confirmedLead(whitepaper, { email });
  const known = await post(whitepaper, { email, company: 'Jemand anders' });
  const stranger = await post(whitepaper, { email: 'fremd@example.org' });
  expect(known).toEqual(stranger);
  expect((await desk.submit(whitepaper, { email }, { consents: [] })).text).toBe((await desk.submit(whitepaper, { email: 'fremder@example.org' }, { consents: [] })).text);

  const mail = await desk.mailTo(email);
  expect(mail.class).toBe('transactional');
  expect(mailText(mail.mime)).toContain('IHRE DATEI LIEGT BEREIT');
  const file = await ask(linkOf(mail.mime, 'a'));
  expect(file.status).toBe(200);
  expect(file.text).toContain('%PDF-1.7 Lager');
  expect((await desk.leadOf(email)).fields.company ?? '').toBe(''); // whoever knows an address changes nothing
});

test('a subscriber is told so; a new consent alone is asked for; nothing changes by itself', async () => {
  const email = 'abonnent@example.org';
  const lead = await desk.confirmedLead(newsletter, { email });
  const before = await desk.data('GET', `/leads/${lead.id}/consents`);
  await desk.submit(newsletter, { email });
  const told = await desk.mailTo(email);
  expect(told.subject).toContain('schon angemeldet');
  expect(mailText(told.mime)).toContain('Newsletter');
  const end = linkOf(told.mime, 'u');
  expect(await desk.data('GET', `/leads/${lead.id}/consents`)).toEqual(before);

  // One mail for both: the file, and that he has the rest.
  await desk.submit(whitepaper, { email });
  expect((await desk.mailsTo(email)).length).toBe(3);
  expect(mailText((await desk.mailTo(email)).mime)).toMatch(/IHRE DATEI LIEGT BEREIT[^]*Anmeldung besteht schon[^]*Newsletter/);

  // Withdrawn: asked for anew, and for that alone.
  expect((await ask(end, { method: 'POST', ...asForm({}) })).status).toBe(200);
  await desk.submit(newsletter, { email });
  const asked = await desk.mailTo(email);
  expect(asked.class).toBe('doi');
  expect(mailText(asked.mime)).toContain('1. Newsletter abonnieren');
  expect(mailText(asked.mime)).not.toMatch(/^ *2\. /m); // no second item; a date may have its 12.
  const page = await ask(linkOf(asked.mime));
  expect(page.text).not.toContain('E-Mail-Adresse bestätigen</h2>');
  expect((await ask(linkOf(asked.mime), { method: 'POST', ...asForm({}) })).status).toBe(200);
  expect((await desk.leadOf(email)).may_email ?? 'yes').toBeTruthy();
});

test('how long a confirmation counts is a setting', async () => {
  const email = 'immer@example.org';
  await desk.confirmedLead(whitepaper, { email });
  expect((await desk.data('GET', '/settings')).proved_months).toBe(12);
  expect((await desk.data('PATCH', '/settings', { proved_months: 0 })).proved_months).toBe(0);
  await desk.submit(whitepaper, { email }, { consents: [] });
  expect((await desk.mailTo(email)).class).toBe('doi');
  await desk.data('PATCH', '/settings', { proved_months: 12 });
  expect((await desk.api('PATCH', '/settings', { proved_months: 121 })).status).toBe(422);
});

for (const [lang, screen, javaScriptEnabled] of [['de', 'phone', true], ['en', 'desktop', true], ['de', 'desktop', false]]) {
  test(`somebody known sends a form: ${lang}, ${screen}, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({ browser }) => {
    const form = await desk.form({ name: `Blatt ${lang} ${screen} ${javaScriptEnabled}`, language: lang, download: (await desk.data('GET', `/forms/${whitepaper.id}`)).download });
    const email = `${lang}-${screen}-${javaScriptEnabled}@example.org`;
    await desk.confirmedLead(form, { email });
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen, javaScriptEnabled });
    await seat.go(`/f/${form.slug}`);
    await seat.page.locator('[name=email]').fill(email);
    await seat.page.locator('main form button[type=submit]').click();
    await expect(seat.page.locator('h1')).toHaveText(seat.t('public.sent.title'));
    if (javaScriptEnabled) await seat.check();
    expect((await desk.mailTo(email)).class).toBe('transactional');
    await seat.close();
  });
}
