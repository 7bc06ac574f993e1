// A form reaches people: link, QR code, and on websites of other origins – in the text, as a frame,
// as pop-up, slide-in and bar with their rules, by JSON from a page's script, as plain HTML.
import { expect, test } from '@playwright/test';
import http from 'node:http';
import { loaded, startWatched, stopClock } from './browser.mjs';
import { ADMIN, ask, asForm, asJson, startDesk } from './desk.mjs';

let desk;
let site; // somebody's website: http://localhost:PORT, with a strict policy of its own
let form;

// Pages of the website by path; each is served with the policy that the share page names.
const pages = new Map();

test.beforeAll(async () => {
  desk = await startDesk();
  const server = http.createServer((request, reply) => {
    const { pathname } = new URL(request.url, 'http://x');
    const body = pages.get(pathname);
    reply.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'nonce-own' ${desk.server.url}; frame-src ${desk.server.url}; connect-src ${desk.server.url}; img-src data:; form-action ${desk.server.url}; style-src 'nonce-own'`,
    });
    reply.end(body === undefined ? 'nichts' : `<!doctype html><html lang="de"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Firma</title><link rel="icon" href="data:,"></head><body><main><h1>Firma</h1>${body}</main></body></html>`);
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  site = { url: `http://localhost:${server.address().port}`, server };
  form = await desk.form({ name: 'Katalog "2026" <neu>', slug: 'katalog' });
});
test.afterAll(async () => {
  site?.server.close();
  await desk?.stop();
});

const allow = (...origins) => desk.data('POST', `/forms/${form.id}/share`, { origins });
const shared = (query = '') => desk.data('GET', `/forms/${form.id}/share${query}`);

// A visitor of the website; what is asked of Zulauf is no foreign request.
async function visit(browser, path, body, { screen = 'desktop', init, stopped = false, ...rest } = {}) {
  pages.set(path.split('?')[0], body);
  const seat = await startWatched(browser, { origin: site.url, lang: 'de', screen, ...rest });
  const clean = seat.clean.bind(seat);
  seat.clean = () => {
    seat.faults = seat.faults.filter((fault) => !fault.startsWith(`a foreign request: ${desk.server.url}/`));
    clean();
  };
  if (init) await seat.context.addInitScript(init);
  if (stopped) await stopClock(seat.page);
  await seat.go(path);
  return seat;
}

const frameOf = (seat) => seat.page.frames().find((frame) => frame.url().startsWith(desk.server.url));
async function framed(seat) {
  await expect.poll(() => frameOf(seat)?.url() ?? '').toContain('/f/katalog');
  await loaded(frameOf(seat));
  return frameOf(seat);
}

async function fillIn(frame, email) {
  await frame.locator('[name=email]').fill(email);
  await frame.locator('form.sheet [type=submit]').click();
  await expect(frame.locator('h1')).toHaveText('Bitte prüfen Sie Ihr Postfach');
}

// The browser's own box: nothing of the page moves it but the rules.
const visitCode = (attributes, text = '<p>Text</p>') => `<script src="${desk.server.url}/embed.js" async></script>${text}<zulauf-form src="${desk.server.url}/f/katalog" lang="de" data-title="Katalog" ${attributes}><a href="${desk.server.url}/f/katalog">Katalog</a></zulauf-form>`;
const opened = (seat, what) => seat.page.locator(`zulauf-form ${what}`);

// --- the page of the admin ---

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`somebody shares a form: ${lang}, ${screen}`, async ({ browser }) => {
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen });
    const { page } = seat;
    const shot = (name) => process.env.SHOTS && page.screenshot({ path: `${process.env.SHOTS}/share-${name}-${lang}-${screen}.png`, fullPage: true });
    await seat.go('/sign-in');
    await page.locator('[name=email]').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('main button[type=submit]').click();
    await seat.go('/account');
    await page.locator('[name=lang]').selectOption(lang);
    await page.locator('main form', { has: page.locator('[name=lang]') }).locator('button[type=submit]').click();
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
    await allow();
    await seat.go(`/forms/${form.id}`);
    await page.locator('.tabs').getByRole('link', { name: seat.t('form_tabs.share'), exact: true }).click();
    await expect(page.locator('main')).toContainText(seat.t('share.no_origins'));
    await expect(page.locator('main')).toContainText(seat.t('form_reach.outbox')); // mail stays in the outbox here
    await expect(page.locator('main')).toContainText(seat.t('form_reach.print'));
    await shot('first');
    await seat.check();

    // Websites: what is wrong stands beside the field, with what was typed.
    const save = () => page.locator('form', { has: page.locator('[name=origins]') }).getByRole('button').click();
    for (const [typed, key, origin] of [['www.firma.example\nkeine adresse', 'share.origin_bad', 'keine'], ['https://*.firma.example', 'share.origin_wildcard', 'https://*.firma.example'],
      ['http://firma.example', 'share.origin_http', 'http://firma.example']]) {
      await page.locator('[name=origins]').fill(typed);
      await save();
      await expect(page.locator('#f-origins-e')).toHaveText(seat.t(key, { origin }));
      await expect(page.locator('[name=origins]')).toHaveValue(typed);
    }
    await seat.check();
    await page.locator('[name=origins]').fill('WWW.firma.example/kontakt\nhttp://localhost:3000');
    await save();
    await expect(page.locator('[name=origins]')).toHaveValue('https://www.firma.example\nhttp://localhost:3000');
    await expect(page.locator('main')).not.toContainText(seat.t('share.no_origins'));

    // A campaign goes into link, QR code and files; the address to type does not have it.
    await page.locator('details', { has: page.locator('[name=utm_source]') }).locator('summary').click();
    await page.locator('[name=utm_source]').fill('Messe & mehr');
    await page.locator('[name=utm_campaign]').fill('herbst');
    await page.getByRole('button', { name: seat.t('share.make_link'), exact: true }).click();
    const link = `${desk.server.url}/f/katalog?utm_source=Messe%20%26%20mehr&utm_campaign=herbst`;
    await expect(page.locator('#link')).toHaveValue(link);
    await expect(page.locator('.address')).toHaveText(`${desk.server.url.slice(7)}/f/katalog`);
    await expect.poll(() => page.locator('img.qr').evaluate((img) => img.naturalWidth)).toBeGreaterThan(100);
    for (const kind of ['svg', 'png']) {
      const waits = page.waitForEvent('download');
      await page.getByRole('link', { name: seat.t(`share.qr_${kind}`), exact: true }).click();
      expect((await waits).suggestedFilename()).toBe(`qr-katalog.${kind}`);
    }

    // A pop-up's code holds what was chosen, and the campaign stays.
    await page.getByLabel(seat.t('share.kind_bar'), { exact: true }).check();
    await page.locator('[name=after]').fill('5');
    await page.getByLabel(seat.t('share.once'), { exact: true }).check();
    await page.locator('details', { has: page.locator('[name=text]') }).locator('summary').click();
    await page.locator('[name=text]').fill('Der "neue" Katalog');
    await page.getByRole('button', { name: seat.t('share.make_code'), exact: true }).click();
    await expect(page.locator('#code-overlay')).toHaveValue(/data-as="bar" data-after="5" data-once data-text="Der &quot;neue&quot; Katalog">/);
    await expect(page.locator('#code-script')).toHaveValue(/data-title="Katalog &quot;2026&quot; &lt;neu&gt;"/);
    await expect(page.locator('#link')).toHaveValue(link);
    await shot('chosen');
    await seat.check();
    await seat.close();
  });
}

test('a change of the websites stands in the log; another form is not meant; a draft has no codes', async () => {
  await allow(site.url);
  const [entry] = await desk.data('GET', '/audit?action=form.origins');
  expect(JSON.stringify(entry)).toContain(form.id);
  const copy = await desk.data('POST', `/forms/${form.id}/duplicate`);
  expect(await desk.data('GET', `/forms/${copy.id}/share`)).toMatchObject({ state: 'draft', origins: [], codes: null });
  expect((await desk.api('GET', `/forms/${copy.id}/qr.svg`)).status).toBe(409);
  const token = await desk.newToken('liest', ['forms_read']);
  expect((await desk.api('GET', `/forms/${form.id}/share`, undefined, { token })).status).toBe(200);
  expect((await desk.api('POST', `/forms/${form.id}/share`, { origins: [] }, { token })).status).toBe(403);
});

test('the PNG shows the modules of the SVG, black on white, large enough for print', async ({ browser }) => {
  const png = await desk.api('GET', `/forms/${form.id}/qr.png`);
  expect(png.headers['content-type']).toBe('image/png');
  const svg = await desk.api('GET', `/forms/${form.id}/qr.svg?utm_source=a`);
  expect(svg.text).toContain(`>${desk.server.url.slice(7)}/f/katalog</text>`);
  const page = await browser.newPage();
  const read = (url) => page.evaluate(async (from) => {
    const image = new Image();
    image.src = from;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalHeight });
    const drawn = canvas.getContext('2d');
    drawn.drawImage(image, 0, 0);
    const { data } = drawn.getImageData(0, 0, canvas.width, canvas.width);
    const at = (x, y) => data[(y * canvas.width + x) * 4];
    let side = 0;
    while (at(Math.round(canvas.width / 2), side) > 0) side += 1;
    return { width: canvas.width, at: Array.from({ length: 33 * 33 }, (_, i) => at(Math.floor(((i % 33) + 0.5) * canvas.width / 37) , Math.floor((Math.floor(i / 33) + 0.5) * canvas.width / 37)) > 127) };
  }, url);
  const data = async (path, type) => {
    const reply = await fetch(`${desk.server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${desk.token}` } });
    return `data:${type};base64,${Buffer.from(await reply.arrayBuffer()).toString('base64')}`;
  };
  const fromPng = await read(await data(`/forms/${form.id}/qr.png`, 'image/png'));
  const fromSvg = await read(await data(`/forms/${form.id}/qr.svg?show=1`, 'image/svg+xml'));
  expect(fromPng.width).toBeGreaterThanOrEqual(1600);
  expect(fromPng.at).toEqual(fromSvg.at);
  expect(new Set(fromPng.at).size).toBe(2);
  await page.close();
});

// --- on other websites ---

for (const screen of ['desktop', 'phone']) {
  test(`the script shows the form in the text, as high as it is, and it is sent: ${screen}`, async ({ browser }) => {
    await allow(site.url);
    const { codes } = await shared();
    const seat = await visit(browser, `/script-${screen}?utm_source=banner&x=1`, codes.script, { screen });
    const frame = await framed(seat);
    expect(frame.url()).toContain('embed=light');
    expect(frame.url()).toContain('utm_source=banner');
    expect(frame.url()).not.toContain('x=1');
    const box = seat.page.locator('zulauf-form iframe');
    const whole = () => frame.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
    await expect.poll(async () => Math.abs((await box.evaluate((one) => one.getBoundingClientRect().height)) - await whole())).toBeLessThan(2);
    await expect.poll(() => frame.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(0);
    await expect(box).toHaveAttribute('title', 'Katalog "2026" <neu>');
    await seat.check();
    await seat.page.evaluate(() => document.addEventListener('zulauf-sent', () => { document.title = 'gesendet'; }));
    // A fault makes the page longer, and the frame with it.
    const before = await whole();
    await frame.locator('form.sheet [type=submit]').click();
    await expect(frame.locator('.error').first()).toBeVisible();
    await expect.poll(async () => (await box.evaluate((one) => one.getBoundingClientRect().height)) > before).toBe(true);
    await fillIn(frame, `skript.${screen}@example.org`);
    await expect.poll(() => seat.page.title()).toBe('gesendet');
    seat.expectFaults(/ 422 /);
    // Where it stood comes with the lead; the campaign of that page, too.
    const lead = await desk.leadOf(`skript.${screen}@example.org`);
    const told = JSON.stringify(await desk.data('GET', `/leads/${lead.id}`));
    expect(told).toContain(`${site.url}/script-${screen}?utm_source=banner`);
    expect(told).toContain('banner');
    await seat.close();
  });
}

test('a plain frame grows with the script beside it; without script a link or the frame stands there', async ({ browser }) => {
  await allow(site.url);
  const { codes } = await shared();
  const seat = await visit(browser, '/frame', codes.frame);
  const frame = await framed(seat);
  const height = () => seat.page.locator('iframe').evaluate((one) => one.getBoundingClientRect().height);
  await expect.poll(async () => Math.abs(await height() - await frame.evaluate(() => document.body.getBoundingClientRect().height))).toBeLessThan(2);
  await fillIn(frame, 'rahmen@example.org');
  await seat.close();
  const plain = await visit(browser, '/frame-plain', codes.frame, { javaScriptEnabled: false });
  const inside = await framed(plain);
  await fillIn(inside, 'rahmen.ohne@example.org');
  await plain.close();
  const bare = await visit(browser, '/script-plain', codes.script, { javaScriptEnabled: false });
  await expect(bare.page.getByRole('link', { name: 'Katalog "2026" <neu>' })).toHaveAttribute('href', `${desk.server.url}/f/katalog`);
  await bare.close();
});

test('a website that is not on the list shows nothing, and none does before one is', async ({ browser }) => {
  for (const origins of [[], ['https://www.firma.example']]) {
    await allow(...origins);
    const seat = await visit(browser, '/unlisted', visitCode(''));
    await expect.poll(() => seat.faults.join()).toMatch(/frame-ancestors/);
    expect(await seat.page.locator('zulauf-form iframe').evaluate((one) => one.getBoundingClientRect().height)).toBe(480);
    seat.expectFaults(/frame-ancestors/, new RegExp(`failed: ${desk.server.url}/f/katalog`));
    await seat.close();
  }
  const reply = await ask(`${desk.server.url}/f/katalog`);
  expect(reply.headers['content-security-policy']).toContain('frame-ancestors https://www.firma.example;');
});

test('only listed pages are told anything, and only the form is heard', async ({ browser }) => {
  await allow(site.url);
  const seat = await visit(browser, '/messages', visitCode(''));
  const frame = await framed(seat);
  const whole = () => frame.evaluate(() => document.body.getBoundingClientRect().height);
  await expect.poll(async () => Math.abs(await seat.page.locator('zulauf-form iframe').evaluate((one) => parseFloat(one.style.height)) - await whole())).toBeLessThan(2);
  const height = await seat.page.locator('zulauf-form iframe').evaluate((one) => one.style.height);
  // From another window, and beyond what a form can be.
  await seat.page.evaluate(() => window.postMessage({ zulauf: 1, height: 77, sent: true, go: 'https://evil.example/' }, '*'));
  await frame.evaluate((to) => window.parent.postMessage({ zulauf: 1, height: 1e9 }, to), site.url);
  await frame.evaluate((to) => window.parent.postMessage({ zulauf: 1, sent: true, go: 'javascript:alert(1)' }, to), site.url);
  await seat.page.waitForTimeout(200);
  expect(await seat.page.locator('zulauf-form iframe').evaluate((one) => one.style.height)).toBe(height);
  expect(seat.page.url()).toBe(`${site.url}/messages`);
  // The form hears its parent alone.
  await frame.evaluate(() => window.postMessage({ zulauf: 1, hello: true, page: 'https://evil.example/' }, '*'));
  await expect(frame.locator('[name=_page]')).toHaveValue(`${site.url}/messages`);
  await seat.close();
});

test('a page that somebody invents is not written down', async () => {
  await allow(site.url);
  for (const [page, kept] of [['https://evil.example/x', false], [`${site.url}/a#b`, true], [`${desk.server.url}/f/katalog`, true]]) {
    const email = `seite${Math.random().toString(36).slice(2)}@example.org`;
    await ask(`${desk.server.url}/f/katalog`, { method: 'POST', ...asForm({ email, _page: page }) });
    const lead = await desk.leadOf(email);
    expect(JSON.stringify(await desk.data('GET', `/leads/${lead.id}`)).includes(page.split('#')[0]), page).toBe(kept);
  }
});

// --- pop-up, slide-in, bar ---

for (const screen of ['desktop', 'phone']) {
  test(`a pop-up comes after its time, holds the focus, closes and gives it back: ${screen}`, async ({ browser }) => {
    await allow(site.url);
    const seat = await visit(browser, `/popup-${screen}`, visitCode('data-as="popup" data-after="1"', '<p><button type="button">Vorher</button></p>'), { screen, stopped: true });
    const { page } = seat;
    await page.getByRole('button', { name: 'Vorher' }).focus();
    await page.clock.runFor(999);
    await expect(opened(seat, 'dialog')).toHaveCount(0);
    await page.clock.runFor(1);
    await page.clock.resume();
    await expect(opened(seat, 'dialog')).toBeVisible();
    await expect(page.getByRole('dialog', { name: 'Katalog' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Schließen' })).toBeFocused();
    const frame = await framed(seat);
    await expect(frame.locator('[name=email]')).toBeVisible();
    const size = await opened(seat, 'dialog').evaluate((one) => ({ width: one.getBoundingClientRect().width, wide: innerWidth, height: one.getBoundingClientRect().height, high: innerHeight }));
    expect(size.width).toBeLessThanOrEqual(size.wide);
    expect(size.height).toBeLessThanOrEqual(size.high);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/share-popup-${screen}.png` });
    await seat.check();
    // The page behind cannot be reached with the keyboard.
    for (let i = 0; i < 20; i += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).not.toBe('Vorher');
    }
    await frame.locator('[name=email]').focus();
    await page.keyboard.press('Escape'); // within the frame
    await expect(opened(seat, 'dialog')).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Vorher' })).toBeFocused();
    await seat.close();
  });
}

test('rules: scrolling, leaving, whichever comes first, and none', async ({ browser }) => {
  await allow(site.url);
  const long = `<p>Oben</p>${'<p>Zeile</p>'.repeat(200)}`;
  const scrolled = await visit(browser, '/scroll', visitCode('data-as="slide" data-scroll="50" data-after="3600"', long));
  await scrolled.page.evaluate(() => scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * 0.4));
  await scrolled.page.waitForTimeout(150);
  await expect(opened(scrolled, 'section')).toHaveCount(0);
  await scrolled.page.evaluate(() => scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * 0.6));
  await expect(opened(scrolled, 'section')).toBeVisible();
  await expect(scrolled.page.getByRole('region', { name: 'Katalog' })).toBeVisible();
  expect(await scrolled.page.evaluate(() => document.activeElement === document.body), 'a slide-in takes no focus').toBe(true);
  await scrolled.check();
  await scrolled.page.getByRole('button', { name: 'Schließen' }).click();
  await scrolled.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await scrolled.page.waitForTimeout(150);
  await expect(opened(scrolled, 'section')).toHaveCount(0); // once per page view
  await scrolled.close();

  const left = await visit(browser, '/exit', visitCode('data-as="popup" data-exit'));
  await left.page.mouse.move(200, 200);
  await expect(opened(left, 'dialog')).toHaveCount(0);
  await left.page.evaluate(() => document.documentElement.dispatchEvent(new MouseEvent('mouseleave', { clientY: 300 })));
  await expect(opened(left, 'dialog')).toHaveCount(0);
  await left.page.evaluate(() => document.documentElement.dispatchEvent(new MouseEvent('mouseleave', { clientY: -1 })));
  await expect(opened(left, 'dialog')).toBeVisible();
  await left.close();

  const bar = await visit(browser, '/bar', visitCode('data-as="bar" data-text="Der neue Katalog ist da." data-button="Ansehen" data-colour="#7a1f5c"'), { screen: 'phone' });
  await expect(bar.page.getByRole('region', { name: 'Katalog' })).toContainText('Der neue Katalog ist da.');
  await expect(bar.page.getByRole('button', { name: 'Ansehen' })).toHaveCSS('background-color', 'rgb(122, 31, 92)');
  expect(frameOf(bar), 'a bar loads nothing yet').toBeUndefined();
  if (process.env.SHOTS) await bar.page.screenshot({ path: `${process.env.SHOTS}/share-bar.png` });
  await bar.check();
  await bar.page.getByRole('button', { name: 'Ansehen' }).click();
  await expect(opened(bar, 'dialog')).toBeVisible();
  await fillIn(await framed(bar), 'leiste@example.org');
  await bar.page.getByRole('button', { name: 'Schließen' }).click();
  await expect(opened(bar, 'dialog')).toHaveCount(0);
  await bar.close();
});

test('once per visitor: nothing is kept without consent, once with it, and taken back', async ({ browser }) => {
  await allow(site.url);
  const stored = (seat) => seat.page.evaluate(() => Object.keys(localStorage));
  const seat = await visit(browser, '/once', visitCode('data-as="popup" data-once'));
  for (let i = 0; i < 2; i += 1) {
    await expect(opened(seat, 'dialog'), 'once per page view').toBeVisible();
    await seat.page.getByRole('button', { name: 'Schließen' }).click();
    expect(await stored(seat)).toEqual([]);
    expect(await seat.context.cookies(site.url)).toEqual([]);
    await seat.page.reload();
  }
  // The site's consent banner says yes while it is open: from now on it is known.
  await expect(opened(seat, 'dialog')).toBeVisible();
  await seat.page.evaluate(() => document.dispatchEvent(new CustomEvent('zulauf-consent', { detail: true })));
  expect(await stored(seat)).toEqual([`zulauf:${desk.server.url}/f/katalog`]);
  pages.set('/once', visitCode('data-as="popup" data-once data-consent="yes"'));
  await seat.page.reload();
  await seat.page.waitForFunction(() => customElements.get('zulauf-form'));
  await seat.page.waitForTimeout(300);
  await expect(opened(seat, 'dialog')).toHaveCount(0);
  await seat.page.evaluate(() => document.dispatchEvent(new CustomEvent('zulauf-consent', { detail: false })));
  expect(await stored(seat)).toEqual([]);
  await seat.page.reload(); // consent again: shown once more, then known
  await expect(opened(seat, 'dialog')).toBeVisible();
  expect(await stored(seat)).toHaveLength(1);
  await seat.close();
});

// --- by script of the page, and plain ---

test('JSON from a listed page is taken, from another one it is not', async ({ browser }) => {
  const send = (page, email) => page.evaluate(async ({ url, email: to }) => {
    try {
      const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ fields: { email: to } }) });
      return [reply.status, (await reply.json()).status ?? 'fault'];
    } catch {
      return 'refused';
    }
  }, { url: `${desk.server.url}/f/katalog`, email });
  await allow(site.url);
  const seat = await visit(browser, '/json', '<p>Eigenes Formular</p>');
  expect(await send(seat.page, 'json@example.org')).toEqual([202, 'confirm']);
  expect(await send(seat.page, 'kaputt')).toEqual([422, 422]); // faults can be read, too
  await allow('https://www.firma.example');
  seat.expectFaults(new RegExp(`(failed|422|40[0-9]|CORS|ERR_FAILED).*${desk.server.url}/f/katalog|${desk.server.url}/f/katalog.*CORS`));
  expect(await send(seat.page, 'json.nein@example.org')).toBe('refused');
  await seat.close();
  expect(await desk.leadOf('json@example.org')).not.toBeNull();
  expect(await desk.leadOf('json.nein@example.org')).toBeNull();
});

test('CORS names one origin, never all, and no credentials', async () => {
  await allow(site.url, 'https://www.firma.example');
  const url = `${desk.server.url}/f/katalog`;
  const before = (origin) => ask(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
  const good = await before('https://www.firma.example');
  expect(good.status).toBe(204);
  expect(good.headers).toMatchObject({ 'access-control-allow-origin': 'https://www.firma.example', 'access-control-allow-methods': 'POST', 'access-control-max-age': '600' });
  expect(good.headers.vary).toContain('Origin');
  for (const origin of ['https://firma.example', 'https://www.firma.example.evil.example', 'http://www.firma.example', 'https://www.firma.example:8443', 'null', '*', '']) {
    const refused = await before(origin);
    expect(refused.status, origin).toBe(403);
    expect(refused.headers['access-control-allow-origin'], origin).toBeUndefined();
    expect(refused.headers.vary, origin).toContain('Origin');
  }
  const json = asJson({ fields: { email: 'cors@example.org' } });
  const post = (origin) => ask(url, { method: 'POST', ...json, headers: { ...json.headers, accept: 'application/json', ...(origin ? { origin } : {}) } });
  const taken = await post(site.url);
  expect(taken.status).toBe(202);
  expect(taken.headers['access-control-allow-origin']).toBe(site.url);
  expect(taken.headers['access-control-allow-credentials']).toBeUndefined();
  expect((await post('https://evil.example')).status).toBe(403);
  expect((await post(undefined)).status).toBe(202); // a program has no origin
  expect((await post(desk.server.url)).status).toBe(202); // our own pages
  expect((await ask(`${desk.server.url}/f/gibtesnicht`, { method: 'OPTIONS', headers: { origin: site.url } })).status).toBe(404);
});

test('plain HTML is sent without script; from a website that is not listed it is held back', async ({ browser }) => {
  await allow(site.url);
  const { codes } = await shared();
  const looked = await visit(browser, '/plain', codes.html); // axe needs script
  await looked.check();
  await looked.close();
  const seat = await visit(browser, '/plain', codes.html, { javaScriptEnabled: false });
  await seat.page.getByLabel('E-Mail').first().fill('einfach@example.org');
  await seat.page.getByLabel(/Newsletter/).check();
  await seat.page.getByRole('button').click();
  await expect(seat.page).toHaveURL(/\/f\/katalog\/sent\?change=/);
  await expect(seat.page.locator('main')).toContainText('einfach@example.org');
  await allow();
  await seat.go('/plain');
  await seat.page.getByLabel('E-Mail').first().fill('einfach.fremd@example.org');
  await seat.page.getByRole('button').click();
  await expect(seat.page).toHaveURL(/\/f\/katalog\/sent\?change=/); // the same for whoever asks
  await seat.close();
  expect(await desk.leadOf('einfach.fremd@example.org')).toBeNull();
  const lead = await desk.leadOf('einfach@example.org');
  expect(JSON.stringify(await desk.data('GET', `/leads/${lead.id}`))).toContain(site.url); // what the browser tells
});

test('embed.js is small, kept, compressed, and for everybody; it sets no cookie', async () => {
  const plain = await ask(`${desk.server.url}/embed.js`);
  expect(plain.status).toBe(200);
  expect(plain.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'public, max-age=300' });
  expect(plain.headers['set-cookie']).toBeUndefined();
  expect((await ask(`${desk.server.url}/embed.js`, { headers: { 'if-none-match': plain.headers.etag } })).status).toBe(304);
  const packed = await ask(`${desk.server.url}/embed.js`, { headers: { 'accept-encoding': 'gzip' } });
  expect(Number(packed.headers['content-length'])).toBeLessThan(6_000);
});

test('a website that is not listed is named on the share page, and allowed there', async ({ browser }) => {
  const own = await desk.form({ name: 'Fremde Seiten', slug: 'fremde-seiten' }); // whom other tests have shown to nobody
  const sharedNow = () => desk.data('GET', `/forms/${own.id}/share`);
  const signIn = async (lang, screen) => {
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen });
    await seat.go('/sign-in');
    await seat.page.locator('[name=email]').fill(ADMIN.email);
    await seat.page.locator('[name=password]').fill(ADMIN.password);
    await seat.page.locator('main button[type=submit]').click();
    await expect(seat.page).toHaveURL(`${desk.server.url}/`);
    await seat.go('/account');
    await seat.page.locator('[name=lang]').selectOption(lang);
    await seat.page.locator('main form', { has: seat.page.locator('[name=lang]') }).locator('button[type=submit]').click();
    await expect(seat.page.locator('html')).toHaveAttribute('lang', lang);
    return seat;
  };
  const seat = await signIn('de', 'desktop');
  await seat.go(`/forms/${own.id}/share`);
  await expect(seat.page.locator('main')).not.toContainText(seat.t('share.allow'));
  // What a visitor's page asks for; he sees nothing, as the browser obeys.
  const { codes } = await sharedNow();
  pages.set('/gerahmt', codes.script);
  const context = await browser.newContext();
  const visitor = await context.newPage();
  const asked = visitor.waitForResponse((reply) => reply.url().startsWith(`${desk.server.url}/f/fremde-seiten`));
  await visitor.goto(`${site.url}/gerahmt?wer=jana`);
  expect((await asked).status()).toBe(200);
  // A request that only says so, of something that is no website.
  for (const referer of ['https://"><b>x.example/', 'http://fremd.example/', 'nichts']) {
    await ask(`${desk.server.url}/f/fremde-seiten`, { headers: { 'sec-fetch-dest': 'iframe', referer } });
  }
  await ask(`${desk.server.url}/f/fremde-seiten`, { headers: { 'sec-fetch-dest': 'iframe', referer: 'https://www.partner-mit-langem-namen-fuer-lagertechnik.example/a/b?c=d' } });
  const host = site.url.replace('http://', '');
  for (const [lang, screen] of [['de', 'phone'], ['en', 'desktop']]) {
    const other = await signIn(lang, screen);
    await other.go(`/forms/${own.id}/share`);
    await expect(other.page.getByRole('button', { name: new RegExp(`^${other.t('share.allow')}`) })).toHaveCount(2);
    await expect(other.page.locator('main')).not.toContainText('jana');
    await other.check();
    if (process.env.SHOTS) for (const scheme of ['light', 'dark']) { await other.page.emulateMedia({ colorScheme: scheme }); await other.page.screenshot({ path: `${process.env.SHOTS}/refused-${lang}-${screen}-${scheme}.png`, fullPage: true }); }
    await other.close();
  }
  await seat.go(`/forms/${own.id}/share`);
  await seat.page.getByRole('button', { name: new RegExp(host) }).click();
  await expect(seat.page.locator('[name=origins]')).toHaveValue(site.url);
  await expect(seat.page.getByRole('button', { name: new RegExp(host) })).toHaveCount(0);
  expect((await sharedNow()).origins).toEqual([site.url]);
  const [entry] = await desk.data('GET', '/audit?action=form.origins');
  expect(JSON.stringify(entry)).toContain(site.url);
  await visitor.reload();
  await expect.poll(() => visitor.frames().some((frame) => frame.url().startsWith(`${desk.server.url}/f/fremde-seiten`))).toBe(true);
  // Only what asked is allowed that way.
  const csrf = await seat.page.locator('form[action="/sign-out"] [name=csrf], [name=csrf]').first().inputValue();
  const before = (await sharedNow()).origins;
  await seat.page.request.post(`${desk.server.url}/forms/${own.id}/share/allow`, { form: { csrf, origin: 'https://boese.example' }, headers: { origin: desk.server.url } });
  expect((await sharedNow()).origins).toEqual(before);
  await context.close();
  await seat.close();
});
