// A public form is one request of at most 20 kB, with and without script, in a workspace's own look;
// replies are compressed where that gives nothing away.
import { expect, test } from '@playwright/test';
import { gunzipSync } from 'node:zlib';
import http from 'node:http';
import { startWatched } from './browser.mjs';
import { asMultipart, asForm, ask, startDesk } from './desk.mjs';

const WIRE_BYTES = 20_000;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkM+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

let desk;
let forms;

test.beforeAll(async () => {
  desk = await startDesk();
  const templates = await desk.data('GET', '/forms/templates');
  forms = [];
  for (const { key, form } of templates) {
    const whole = JSON.parse(JSON.stringify(form).replace(/\[[A-ZÄÖÜa-zäöü][^\]"{}]*\]/g, 'Lagertechnik'));
    forms.push(await desk.data('POST', '/forms', { ...whole, name: `Vorlage ${key}` }));
  }
});
test.afterAll(() => desk?.stop());

// The reply's bytes as they come.
function raw(url, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    http.request(url, { method, headers }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, bytes: Buffer.concat(parts) }));
    }).on('error', reject).end();
  });
}

// Open it in an empty browser; every request with what it weighs on the wire.
async function weighed(browser, where, options = {}) {
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone', ...options });
  const requests = [];
  seat.context.on('request', (request) => requests.push(request));
  await seat.go(where);
  await seat.page.waitForLoadState('networkidle');
  const sizes = await Promise.all(requests.map((request) => request.sizes()));
  const bytes = sizes.reduce((sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize, 0);
  return { seat, urls: requests.map((request) => request.url()).filter((url) => !url.startsWith('data:')), bytes };
}

test('every template is one request of at most 20 kB, and passes axe', async ({ browser }) => {
  expect(forms.length).toBeGreaterThan(4);
  for (const form of forms) {
    const { seat, urls, bytes } = await weighed(browser, `/f/${form.slug}?utm_source=messe`);
    expect(urls, form.slug).toHaveLength(1);
    expect(bytes, form.slug).toBeLessThanOrEqual(WIRE_BYTES);
    await expect(seat.page.locator('main .btn.primary').last()).toHaveCSS('background-color', 'rgb(11, 96, 112)');
    await seat.check();
    await seat.close();
  }
});

test('the script has run: steps and conditions; without script all is shown and goes', async ({ browser }) => {
  const form = await desk.form({ name: 'Schritte', fields: [{ key: 'email', required: true, step: 'Eins' }, { key: 'city', step: 'Zwei' }] });
  const { seat, urls } = await weighed(browser, `/f/${form.slug}`);
  expect(urls).toHaveLength(1);
  await expect(seat.page.locator('.step-at')).toBeVisible();
  await seat.close();
  const plain = await weighed(browser, `/f/${form.slug}`, { javaScriptEnabled: false });
  expect(plain.urls).toHaveLength(1);
  expect(plain.bytes).toBeLessThanOrEqual(WIRE_BYTES);
  await plain.seat.page.locator('[name=email]').fill('ohne.script@example.org');
  await plain.seat.page.locator('form [type=submit]').click();
  await expect(plain.seat.page.locator('h1')).toHaveText(plain.seat.t('public.sent.title'));
  await plain.seat.close();
});

test('colour and small logo come with the page; only a chosen font and a large logo come after', async ({ browser }) => {
  const file = (bytes) => Object.assign(new Blob([bytes], { type: 'image/png' }), { name: 'l.png' });
  const look = async (fields) => desk.data('POST', '/settings/brand', await asMultipart(fields));
  const open = () => weighed(browser, `/f/${forms[0].slug}`);
  await look({ brand_colour: '#7a1f5c', logo: file(PNG) });
  const small = await open();
  expect(small.urls).toHaveLength(1);
  await expect(small.seat.page.locator('header img.logo')).toHaveAttribute('src', /^data:image\/png;base64,/);
  await expect(small.seat.page.locator('main .btn.primary').last()).toHaveCSS('background-color', 'rgb(122, 31, 92)');
  await small.seat.close();
  await look({ brand_font: 'atkinson', logo: file(Buffer.concat([PNG, Buffer.alloc(8 << 10)])) });
  const large = await open();
  expect(large.urls.slice(1).map((url) => new URL(url).pathname).sort()).toEqual(['/assets/atkinson.woff2', expect.stringMatching(/^\/brand\/logo\/\d+$/)]);
  expect(await large.seat.page.evaluate(() => [...document.fonts].map((font) => font.display))).toEqual(['swap']);
  await large.seat.close();
  await look({ brand_font: 'system', brand_colour: '', logo_remove: '1' });
});

test('nothing but our own style and script runs, not even files of our origin', async ({ browser }) => {
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const reply = await seat.go(`/f/${forms[0].slug}`);
  const policy = reply.headers()['content-security-policy'];
  expect(policy).toMatch(/script-src 'sha256-[A-Za-z0-9+/=]{44}'; style-src 'sha256-[A-Za-z0-9+/=]{44}';/);
  expect(policy).not.toMatch(/unsafe|nonce|script-src[^;]*self/);
  const ran = await seat.page.evaluate(() => new Promise((done) => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    setTimeout(() => done(window.ran === true), 100);
  }));
  expect(ran).toBe(false);
  await expect.poll(() => seat.faults.join()).toContain('Content Security Policy');
  seat.expectFaults(/Content Security Policy/);
  await seat.close();
});

test('compressed for whom takes it, the same for HEAD', async () => {
  const url = `${desk.server.url}/f/${forms[0].slug}`;
  for (const [asked, coding] of [['gzip, deflate, br', 'gzip'], ['gzip;q=0.5', 'gzip'], ['*', 'gzip'], ['br', undefined],
    ['gzip;q=0, *', undefined], ['identity', undefined], [undefined, undefined]]) {
    const headers = asked === undefined ? {} : { 'accept-encoding': asked };
    const page = await raw(url, headers);
    expect(page.headers['content-encoding'], asked).toBe(coding);
    expect(page.headers.vary, asked).toContain('Accept-Encoding');
    const text = (coding ? gunzipSync(page.bytes) : page.bytes).toString('utf8');
    expect(text, asked).toMatch(/^<!doctype html>[^]*<style>:root[^]*<\/style><script type="module">[^]*<\/html>\s*$/);
    const head = await raw(url, headers, 'HEAD');
    expect(head.bytes).toHaveLength(0);
    expect(head.headers['content-encoding'], asked).toBe(coding);
    // The signed time in it is another one, of the same length.
    expect(Math.abs(Number(head.headers['content-length']) - page.bytes.length), asked).toBeLessThan(64);
  }
});

test('files are kept in both forms, each with a tag of its own', async () => {
  const page = await ask(`${desk.server.url}/sign-in`);
  const css = desk.server.url + /\/assets\/zulauf\.css\?v=\w+/.exec(page.text)[0];
  const plain = await raw(css);
  const packed = await raw(css, { 'accept-encoding': 'gzip' });
  expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 3);
  expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
  expect(packed.headers.etag).not.toBe(plain.headers.etag);
  for (const [headers, etag, status] of [[{ 'accept-encoding': 'gzip' }, packed.headers.etag, 304], [{}, plain.headers.etag, 304],
    [{}, packed.headers.etag, 200], [{ 'accept-encoding': 'gzip' }, plain.headers.etag, 200]]) {
    expect((await raw(css, { ...headers, 'if-none-match': etag })).status).toBe(status);
  }
});

test('who comes with a session gets pages whose length tells nothing', async () => {
  const gzip = { 'accept-encoding': 'gzip' };
  const page = (path, headers) => raw(desk.server.url + path, { ...gzip, ...headers }).then((reply) => reply.headers['content-encoding']);
  const cookie = { cookie: `fremd=1; ${desk.cookie}` };
  expect(await page('/leads?query=a', cookie)).toBe(undefined);
  expect(await page('/api/v1/forms', cookie)).toBe(undefined);
  expect(await page(`/f/${forms[0].slug}`, cookie)).toBe(undefined);
  expect(await page(`/f/${forms[0].slug}`, { cookie: '_ga=1' })).toBe('gzip'); // of somebody else's pages
  expect(await page('/api/v1/forms', { authorization: `Bearer ${desk.token}` })).toBe('gzip');
  expect(await page('/api/v1/export/leads.csv', { authorization: `Bearer ${desk.token}` })).toBe(undefined);
  // The page behind a form knows an address by cookie.
  const sent = await raw(`${desk.server.url}/f/${forms[0].slug}/sent`, { ...gzip, cookie: 'zulauf_sent=a%40example.org' });
  expect(sent.headers['content-encoding']).toBe(undefined);
  expect(sent.bytes.toString()).toContain('a@example.org');
  const wrong = await ask(`${desk.server.url}/f/${forms[0].slug}`, { method: 'POST', ...asForm({ email: '"><!--look--><b>' }) });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('value="&quot;&gt;&lt;!--look--&gt;&lt;b&gt;"');
  expect(wrong.text).not.toContain('<!--look-->');
});
