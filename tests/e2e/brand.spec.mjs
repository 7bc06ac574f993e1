// A workspace's look: logo, colour, font, form of address, footer – on public pages and in mails.
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startSeat, startWatched } from './browser.mjs';
import { ask, asForm, asMultipart, linkOf, mailParts, mailText, startDesk } from './desk.mjs';
import { root } from './zulauf.mjs';

// One pixel each.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const file = (bytes, name, type) => Object.assign(new Blob([bytes], { type }), { name });

const accentOf = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());

test('a logo that was kept is of whoever sent it, and goes with the next one, or with its time', async () => {
  const desk = await startDesk();
  try {
    const cookieOf = async (email, name) => {
      const invited = await desk.data('POST', '/users/invite', { email, role: 'administrator' });
      const done = await ask(invited.link, { method: 'POST', ...asForm({ name, password: 'Acht-Kisten-am-Kai' }) });
      return done.headers['set-cookie'][0].split(';', 1)[0];
    };
    const send = async (cookie, fields) => {
      const page = await ask(`${desk.server.url}/settings/brand`, { headers: { cookie } });
      const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)[1];
      const sent = await asMultipart({ csrf, brand_font: 'system', address_form: 'sie', footer_text: '', ...fields });
      return ask(`${desk.server.url}/settings/brand`, { method: 'POST', body: sent.body, headers: { ...sent.headers, cookie } });
    };
    const keptIn = (reply) => /name="logo_kept" value="([^"]+)"/.exec(reply.text)?.[1];
    const png = () => new File([PNG], 'l.png', { type: 'image/png' });
    const logo = async () => (await desk.data('GET', '/settings/brand')).logo_url;
    const one = await cookieOf('eins@lindhorst.example', 'Eins'), two = await cookieOf('zwei@lindhorst.example', 'Zwei');
    const refused = await send(one, { brand_colour: '#ffd400', logo: png() });
    expect(refused.status).toBe(422);
    const kept = keptIn(refused);
    expect(kept).toMatch(/^[\w-]{64}$/);
    const draft = (cookie) => ask(`${desk.server.url}/settings/brand/draft?kept=${kept}`, { headers: { cookie } });
    expect((await draft(one)).headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store' });
    expect((await draft(two)).status).toBe(404);
    // Another's, a forged one, and none: saved without it.
    for (const [cookie, token] of [[two, kept], [one, `${kept.slice(0, -1)}${kept.endsWith('A') ? 'B' : 'A'}`], [two, 'x']]) {
      expect(keptIn(await send(cookie, { brand_colour: '#ffd400', logo_kept: token }))).toBe(undefined);
    }
    expect((await send(two, { brand_colour: '#0b6070', logo_kept: kept })).status).toBe(303);
    expect(await logo()).toBeNull();
    // The next one takes its place; what is wrong with the logo itself keeps nothing.
    const again = keptIn(await send(one, { brand_colour: '#ffd400', logo: png() }));
    expect(keptIn(await send(one, { brand_colour: '#ffd400', logo_kept: kept }))).toBe(undefined);
    expect(keptIn(await send(one, { brand_colour: '#ffd400', logo_kept: again, logo: new File(['<svg/>'], 'l.png', { type: 'image/png' }) }))).toBe(undefined);
    // Whoever wants none after all gets none; its time is an hour.
    expect(keptIn(await send(one, { brand_colour: '#ffd400', logo_kept: again, logo_remove: '1' }))).toBe(undefined);
    const last = keptIn(await send(one, { brand_colour: '#ffd400', logo: png() }));
    desk.server.sql('UPDATE logo_draft SET created_ms = created_ms - 3600001');
    expect((await send(one, { brand_colour: '#0b6070', logo_kept: last })).status).toBe(303);
    expect(await logo()).toBeNull();
    const good = keptIn(await send(one, { brand_colour: '#ffd400', logo: png() }));
    expect((await send(one, { brand_colour: '#0b6070', logo_kept: good })).status).toBe(303);
    expect(await logo()).toMatch(/^\/brand\/logo\/\d+$/);
    expect((await send(one, { brand_colour: '#0b6070', logo_kept: good })).status).toBe(303); // used up: nothing happens
    expect(await logo()).not.toBeNull();
  } finally {
    await desk.stop();
  }
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person gives the workspace its look: ${lang}, ${screen}`, async ({ browser }) => {
    const desk = await startDesk();
    try {
      const form = await desk.form();
      const seat = await startSeat(browser, desk, { lang, screen });
      const { page } = seat;
      await seat.go('/settings/brand');
      await seat.check();
      const save = () => page.locator('main').getByRole('button', { name: seat.t('settings.save'), exact: true }).click();
      // Too light: in figures, and what would do.
      await page.locator('[name=brand_colour]').fill('#FFD400');
      await page.locator('[name=logo]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
      await save();
      await expect(page.locator('#f-brand_colour-e')).toContainText(/#ffd400.*1[,.]4.*#[0-9a-f]{6}/i);
      await expect(page.locator('#f-logo-e')).toContainText(seat.t('brand.logo_kind'));
      await seat.check();
      // A logo that is right is not stored beside a colour that is not, but it is not chosen again, either.
      await page.locator('[name=logo]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: PNG });
      await save();
      await expect(page.locator('#f-logo-k')).toContainText(seat.t('brand.logo_kept'));
      await expect.poll(() => page.getByAltText(seat.t('brand.logo_kept_alt')).evaluate((img) => img.complete && img.naturalWidth)).toBe(1);
      expect((await desk.data('GET', '/settings/brand')).logo_url).toBeNull();
      if (process.env.SHOTS) for (const scheme of ['light', 'dark']) { await page.emulateMedia({ colorScheme: scheme }); await page.screenshot({ path: `${process.env.SHOTS}/brand-kept-${lang}-${screen}-${scheme}.png`, fullPage: true }); }
      await seat.check();
      await save(); // refused once more: still there
      await expect(page.locator('#f-logo-k')).toBeVisible();
      const instead = /#[0-9a-f]{6}(?=[^#]*$)/i.exec(lang === 'de' ? await page.locator('#f-brand_colour-e').innerText() : await page.locator('#f-brand_colour-e').innerText())[0];
      await page.locator('[name=brand_colour]').fill(instead);
      await page.locator('[name=brand_font]').selectOption('source-sans');
      await page.locator('[name=address_form]').selectOption('du');
      await page.locator('[name=footer_text]').fill('Ein Betrieb der Lindhorst-Gruppe');
      await save();
      await expect(page.locator('main [role=status]').first()).toContainText(seat.t('settings.saved'));
      await expect(page.locator('.logo-now img')).toBeVisible();
      await seat.check();
      await expect(page.locator('html')).toHaveCSS('--accent', '#0b6070'); // the admin stays as it is

      for (const javaScriptEnabled of [true, false]) {
        const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen, javaScriptEnabled });
        await visitor.go(`/f/${form.slug}`);
        if (javaScriptEnabled) {
          expect(await accentOf(visitor.page)).toBe(instead);
          expect(await visitor.page.evaluate(() => document.fonts.ready.then(() => document.fonts.check('16px "Source Sans 3"')))).toBe(true);
          await visitor.check();
        }
        await expect(visitor.page.locator('header img.logo')).toBeVisible();
        await expect(visitor.page.locator('footer')).toContainText('Ein Betrieb der Lindhorst-Gruppe');
        await visitor.page.locator('main form button[type=submit]').click();
        if (!javaScriptEnabled) await expect(visitor.page.locator('main')).toContainText('Bitte gib deine E-Mail-Adresse ein.');
        await visitor.close();
      }
      await seat.close();
    } finally {
      await desk.stop();
    }
  });
}

test('pages and mails speak as the workspace does, and their files may be kept', async () => {
  const desk = await startDesk();
  try {
    const form = await desk.form();
    const du = JSON.parse(readFileSync(path.join(root, 'ui/i18n/de-du.json'), 'utf8'));
    const formal = await desk.submit(form, { email: 'eins@example.org' }).then(() => desk.mailTo('eins@example.org'));
    expect(mailText(formal.mime)).toContain('SIE WAREN DAS NICHT?');
    const saved = await desk.data('POST', '/settings/brand', await asMultipart({
      brand_colour: '#7a1f5c', address_form: 'du', footer_text: 'Schönen Gruß', brand_font: 'atkinson', logo: file(PNG, 'l.png', 'image/png'),
    }));
    expect(saved).toMatchObject({ brand_colour: '#7a1f5c', address_form: 'du', brand_font: 'atkinson' });
    await desk.submit(form, { email: 'zwei@example.org' });
    const mail = await desk.mailTo('zwei@example.org');
    expect(mail.subject).toContain('Deine Angaben');
    expect(mailText(mail.mime)).toContain(du.mail.doi.not_you_text);
    expect(mailText(mail.mime)).toContain('Schönen Gruß');
    const html = mailParts(mail.mime).find((part) => part.type === 'text/html').text;
    expect(html).toContain('#7a1f5c');
    expect(html).not.toMatch(/\b(Sie|Ihnen|Ihre[rnms]?)\b/);
    const link = linkOf(mail.mime);
    const pages = [await ask(link, { headers: { 'accept-language': 'de' } }), await ask(link, { method: 'POST', ...asForm({}) }),
      await ask(`${desk.server.url}/f/${form.slug}`), await ask(`${desk.server.url}/a/unsinn`, { headers: { 'accept-language': 'de' } })];
    for (const page of pages) {
      expect(page.text.replace(/<blockquote[^]*?<\/blockquote>|<q>[^]*?<\/q>/g, '')).not.toMatch(/\b(Sie|Ihnen|Ihre[rnms]?)\b/);
      expect(page.text).not.toMatch(/style="|<link rel="stylesheet"/);
    }
    const css = pages[0].text.match(/<style>[^]*?<\/style>/g).at(-1);
    expect(css).toContain('--accent:#7a1f5c');
    const logo = await ask(desk.server.url + saved.logo_url);
    expect(logo.headers).toMatchObject({ 'content-type': 'image/png', 'x-content-type-options': 'nosniff' });
    expect(logo.headers['cache-control']).toContain('immutable');
    const [, font] = /url\("([^"]+)"\)/.exec(css);
    expect((await ask(desk.server.url + font)).headers['content-type']).toBe('font/woff2');

    // Faults by field; what is too large or another kind does not come in.
    for (const [logoFile, field] of [[file(Buffer.concat([PNG, Buffer.alloc(600 << 10)]), 'l.png', 'image/png'), 'logo'],
      [file(Buffer.from('GIF89a'), 'l.gif', 'image/gif'), 'logo']]) {
      const refused = await desk.api('POST', '/settings/brand', await asMultipart({ logo: logoFile }));
      expect(refused.status).toBe(422);
      expect(refused.json.errors[0].field).toBe(field);
    }
    const gone = await desk.data('POST', '/settings/brand', await asMultipart({ logo_remove: '1', brand_colour: '' }));
    expect(gone.logo_url).toBeNull();
    expect((await ask(desk.server.url + saved.logo_url)).status).toBe(404);
    // The admin stays formal.
    const admin = await ask(`${desk.server.url}/settings/brand`, { headers: { cookie: desk.cookie, 'accept-language': 'de' } });
    expect(admin.text).toContain('wie Sie sie schreiben');
  } finally {
    await desk.stop();
  }
});
