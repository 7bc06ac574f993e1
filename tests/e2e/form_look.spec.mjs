// A form with a look of its own: its pages and its mails wear it, the others do not; the logo comes
// with the mail and from nowhere else.
import { expect, test } from '@playwright/test';
import { startSeat, startWatched } from './browser.mjs';
import { ask, asForm, asMultipart, linkOf, mailParts, mailText, startDesk } from './desk.mjs';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const file = (bytes, name, type) => Object.assign(new Blob([bytes], { type }), { name });

let desk;
test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const page = async (path) => (await ask(`${desk.server.url}${path}`, { headers: { 'accept-language': 'de' } })).text;

test('pages and mails of the form wear its look, from the version on that has it', async () => {
  const own = await desk.form({ name: 'Kundentag', slug: 'kundentag' });
  const plain = await desk.form({ name: 'Kontakt', slug: 'kontakt-schlicht' });
  await desk.data('POST', '/settings/brand', await asMultipart({ brand_colour: '#0b4f70', footer_text: 'Gruß vom Haus' }));
  const saved = await desk.data('POST', `/forms/${own.id}/look`, await asMultipart({
    brand_colour: '#7A1F5C', address_form: 'du', footer_text: 'Bis zum Kundentag', logo: file(PNG, 'l.png', 'image/png'),
  }));
  expect(saved).toMatchObject({ brand_colour: '#7a1f5c', brand_font: '', address_form: 'du', logo_in_mails: true });
  // A draft is shown to nobody.
  expect(await page('/f/kundentag')).not.toContain('#7a1f5c');
  await desk.data('POST', `/forms/${own.id}/look`, await asMultipart({ do: 'publish' }));
  expect((await desk.data('GET', `/forms/${own.id}`)).look.brand_colour).toBe('#7a1f5c');

  await desk.submit(own, { email: 'gast@example.org' });
  const mail = await desk.mailTo('gast@example.org');
  expect(mail.subject).toContain('Deine Angaben');
  const html = mailParts(mail.mime).find((part) => part.type === 'text/html').text;
  expect(html).toContain('#7a1f5c');
  expect(html).not.toMatch(/<img[^>]+src="(?!cid:)/); // nothing is loaded from anywhere
  const [, cid] = /<img[^>]+src="cid:([^"]+)"[^>]*>/.exec(html);
  expect(mail.mime).toContain(`Content-ID: <${cid}>`);
  expect(mailText(mail.mime)).toContain('Bis zum Kundentag');
  const preview = await ask(`${desk.server.url}/outbox/${mail.id}/preview`, { headers: { cookie: desk.cookie } });
  expect(preview.text).toContain('src="data:image/png;base64,');
  expect(preview.text).not.toContain('cid:');

  const link = linkOf(mail.mime);
  for (const where of ['/f/kundentag', '/f/kundentag/sent', new URL(link).pathname, `${new URL(link).pathname}/no`]) {
    const text = await page(where);
    expect(text, where).toContain('#7a1f5c');
    expect(text, where).toContain('Bis zum Kundentag');
    expect(text, where).toContain('class="logo"');
  }
  const confirmed = await ask(link, { method: 'POST', ...asForm({}) });
  expect(confirmed.text).toContain('#7a1f5c');
  expect(await page(new URL(link).pathname)).toContain('#7a1f5c'); // used
  expect((await ask(`${desk.server.url}/f/kundentag`, { method: 'POST', ...asForm({}) })).text).toContain('Bitte gib deine E-Mail-Adresse ein.');

  // The proof says what was shown.
  const lead = await desk.leadOf('gast@example.org');
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  expect(consent.evidence[0].facts.look).toMatchObject({ brand_colour: '#7a1f5c', address_form: 'du', footer_text: 'Bis zum Kundentag' });

  // Another form: as the workspace.
  const other = await page('/f/kontakt-schlicht');
  expect(other).toContain('#0b4f70');
  expect(other).toContain('Gruß vom Haus');
  await desk.submit(plain, { email: 'anderer@example.org' });
  const theirs = await desk.mailTo('anderer@example.org');
  expect(theirs.subject).toContain('Ihre Angaben');
  expect(theirs.mime).not.toContain('multipart/related');

  // Back to the workspace's, part by part.
  await desk.data('POST', `/forms/${own.id}/look`, await asMultipart({ brand_colour: '', logo_remove: '1', do: 'publish' }));
  const back = await page('/f/kundentag');
  expect(back).toContain('#0b4f70');
  expect(back).not.toContain('class="logo"');
  expect(back).toContain('Bis zum Kundentag');
});

test('the rules are the workspace’s, and the API takes a look with the form', async () => {
  const form = await desk.form({ look: { brand_colour: '#114488', address_form: 'sie' } });
  expect(form.look).toMatchObject({ brand_colour: '#114488', address_form: 'sie', brand_font: '', logo: null });
  const refused = await desk.api('PUT', `/forms/${form.id}`, { name: form.name, language: 'de', double_opt_in: true, fields: form.fields, look: { brand_colour: '#ffd400' } });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].field).toBe('look.brand_colour');
  for (const [fields, field] of [[{ brand_colour: '#ffd400' }, 'brand_colour'], [{ brand_font: 'comic' }, 'brand_font'], [{ logo: file(Buffer.from('GIF89a'), 'l.gif', 'image/gif') }, 'logo']]) {
    const reply = await desk.api('POST', `/forms/${form.id}/look`, await asMultipart(fields));
    expect(reply.status).toBe(422);
    expect(reply.json.errors[0].field).toBe(field);
  }
  // Too large for a mail: pages alone show it.
  const large = await desk.data('POST', `/forms/${form.id}/look`, await asMultipart({ logo: file(Buffer.concat([PNG, Buffer.alloc(40 << 10)]), 'l.png', 'image/png'), do: 'publish' }));
  expect(large.logo_in_mails).toBe(false);
  await desk.submit(form, { email: 'gross@example.org' });
  expect((await desk.mailTo('gross@example.org')).mime).not.toContain('image/png');
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person gives a form its look: ${lang}, ${screen}`, async ({ browser }) => {
    const form = await desk.form({ name: `Messe ${lang}` });
    const seat = await startSeat(browser, desk, { lang, screen });
    await seat.go(`/forms/${form.id}`);
    await seat.page.getByRole('link', { name: seat.t('form_look.link'), exact: true }).click();
    await seat.check();
    await seat.page.locator('[name=brand_colour]').fill('#FFD400');
    await seat.page.locator('main button[value=publish]').click();
    await expect(seat.page.locator('#f-brand_colour-e')).toContainText('#ffd400');
    await seat.check();
    await seat.page.locator('[name=brand_colour]').fill('#7a1f5c');
    await seat.page.locator('[name=logo]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.concat([PNG, Buffer.alloc(40 << 10)]) });
    await seat.page.locator('[name=address_form]').selectOption('du');
    await seat.page.locator('main button[value=publish]').click();
    await expect(seat.page.locator('main [role=status]').first()).toContainText(seat.t('form.published'));
    await expect(seat.page.locator('main')).toContainText(seat.t('brand.logo_not_in_mails'));
    await seat.check();
    // The editor carries it along.
    await seat.go(`/forms/${form.id}/edit`);
    await seat.page.locator('[name=title]').fill('Auf der Messe');
    await seat.page.locator('main button[value=publish]').first().click();
    await expect.poll(() => desk.data('GET', `/forms/${form.id}`)).toMatchObject({ title: 'Auf der Messe', look: { brand_colour: '#7a1f5c', address_form: 'du' } });
    await seat.close();
    for (const javaScriptEnabled of [true, false]) {
      const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen, javaScriptEnabled });
      await visitor.go(`/f/${form.slug}`);
      await expect(visitor.page.locator('header img.logo')).toHaveCount(1);
      if (javaScriptEnabled) await visitor.check();
      await visitor.close();
    }
  });
}
