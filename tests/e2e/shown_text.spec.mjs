// A consent is one to the text that was shown: also where a form is published anew between its page
// and what comes from it, on paths with and without script, and from a copy on another website.
import { createServer } from 'node:http';
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ask, asForm, asJson, FORM, mailText, startDesk, WORDING } from './desk.mjs';

const NEW = 'Ja, ich möchte den Newsletter und Angebote der Lindhorst Gruppe per E-Mail erhalten. Widerruf jederzeit.';
const BOX = 'consent.newsletter.email';

let desk;
test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const withText = (text) => [{ purpose: 'newsletter', channel: 'email', text }];
const made = (slug, changes = {}) => desk.form({ slug, name: slug, ...changes });

// Published anew: with another text, if nothing else is asked.
const renew = (form, changes = { consents: withText(NEW) }) => desk.data('PUT', `/forms/${form.id}`, { ...FORM, slug: form.slug, name: form.name, ...changes });

const post = (slug, fields) => ask(`${desk.server.url}/f/${slug}`, { method: 'POST', ...asForm(fields) });
const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
const isTicked = (html) => new RegExp(`<input type="checkbox"[^>]*name="${BOX}"[^>]* checked`).test(html);

// What a page sends that was just read.
async function opened(slug) {
  const { text } = await ask(`${desk.server.url}/f/${slug}`);
  return { _version: field(text, '_version'), stamp: field(text, 'stamp') };
}

async function proofOf(address) {
  const lead = await desk.leadOf(address);
  expect(lead, address).not.toBeNull();
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  const { facts } = consent.evidence.find((event) => event.kind === 'requested');
  return { consent, facts, lead };
}

async function expectProof(address, { text, version, from }) {
  const { consent, facts, lead } = await proofOf(address);
  expect(consent.wording.text).toBe(text);
  expect(facts.form_version).toBe(version);
  expect(facts.version_from).toBe(from);
  expect(facts.boxes).toEqual([expect.objectContaining({ purpose: 'newsletter', channel: 'email', text, ticked: true })]);
  const mail = mailText((await desk.mailTo(address)).mime).replace(/\s+/g, ' ');
  expect(mail).toContain(text);
  expect(mail).not.toContain(text === NEW ? WORDING : NEW);
  return lead;
}

for (const javaScriptEnabled of [true, false])
  test(`who has the page open consents to the text on it, ${javaScriptEnabled ? 'with' : 'without'} script`, async ({ browser }) => {
    const slug = javaScriptEnabled ? 'offen' : 'offen-ohne';
    const address = `${slug}@example.org`;
    const form = await made(slug);
    const context = await browser.newContext({ javaScriptEnabled, locale: 'de-DE' });
    const page = await context.newPage();
    await page.goto(`${desk.server.url}/f/${slug}`);
    await page.locator('#f-email').fill(address);
    await page.getByLabel(WORDING).check();
    await renew(form);
    await page.locator('button[type=submit]').click();
    await expect(page).toHaveURL(/\/sent/);
    await expectProof(address, { text: WORDING, version: 1, from: 'page' });
    // Who opens it now sees, and consents to, the new text.
    await page.goto(`${desk.server.url}/f/${slug}`);
    await page.locator('#f-email').fill(`neu.${address}`);
    await page.getByLabel(NEW).check();
    await page.locator('button[type=submit]').click();
    await expect(page).toHaveURL(/\/sent/);
    await expectProof(`neu.${address}`, { text: NEW, version: 2, from: 'page' });
    await context.close();
  });

test('a page shown again after a fault keeps a box ticked beside the same text alone', async () => {
  const form = await made('fehler');
  const page = await opened('fehler');
  const same = await post('fehler', { ...page, email: 'unsinn', [BOX]: 'yes' });
  expect(same.status).toBe(422);
  expect(isTicked(same.text)).toBe(true);
  await renew(form);
  for (const [what, fields] of [['the old text', page], ['nobody knows which', {}], ['no version', { _version: 'fv_00000000000ZZ' }]]) {
    const again = await post('fehler', { ...fields, email: 'unsinn', [BOX]: 'yes' });
    expect(again.status, what).toBe(422);
    expect(again.text, what).toContain('Lindhorst Gruppe');
    expect(isTicked(again.text), what).toBe(false);
  }
  // And what is sent from there is sent under what stands there.
  const again = await post('fehler', { ...page, email: 'unsinn', [BOX]: 'yes' });
  const done = await post('fehler', { _version: field(again.text, '_version'), email: 'fehler@example.org', [BOX]: 'yes', stamp: field(again.text, 'stamp') });
  expect(done.status).toBe(303);
  await expectProof('fehler@example.org', { text: NEW, version: 2, from: 'page' });
});

test('a version of another form, or one that nobody made, is as good as none', async () => {
  const other = await made('fremd-anderes');
  const form = await made('fremd');
  const { _version: foreign } = await opened('fremd-anderes');
  await renew(form);
  for (const [i, version] of [foreign, 'fv_0000000000001', 'unsinn', '', other.id].entries()) {
    const address = `fremd${i}@example.org`;
    const taken = await desk.submit(form, { email: address }, { ...asJson({ fields: { email: address }, consents: ['newsletter:email'], _version: version }) });
    expect(taken.status, taken.text).toBe(202);
    await expectProof(address, { text: NEW, version: 2, from: 'published' });
  }
});

test('programs may tell the version; without it the published text counts, and the proof says so', async () => {
  const form = await made('programm');
  const { _version: version } = await opened('programm');
  await renew(form);
  const json = (address, more) => desk.submit(form, {}, { ...asJson({ fields: { email: address }, consents: ['newsletter:email'], ...more }) });
  expect((await json('mit@example.org', { _version: version })).status).toBe(202);
  await expectProof('mit@example.org', { text: WORDING, version: 1, from: 'page' });
  expect((await json('ohne@example.org', {})).status).toBe(202);
  const lead = await expectProof('ohne@example.org', { text: NEW, version: 2, from: 'published' });
  const flat = await ask(`${desk.server.url}/f/programm`, { method: 'POST', ...asForm({ email: 'flach@example.org', [BOX]: 'yes' }), headers: { ...asForm({}).headers, accept: 'application/json' } });
  expect(flat.status).toBe(202);
  await expectProof('flach@example.org', { text: NEW, version: 2, from: 'published' });
  const proof = await ask(`${desk.server.url}/leads/${lead.id}/proof`, { headers: { cookie: desk.cookie, 'accept-language': 'de' } });
  expect(proof.text).toContain('Die Einsendung nannte keine Fassung');
});

test('fields and end are those of the published version, whichever was shown; confirmed is what either asks for', async () => {
  const form = await made('regeln');
  const page = await opened('regeln');
  await renew(form, { consents: withText(NEW), fields: [{ key: 'email', required: true }, { key: 'city', required: true }] });
  const missing = await post('regeln', { ...page, email: 'regeln@example.org', first_name: 'Karla', [BOX]: 'yes' });
  expect(missing.status).toBe(422);
  expect(missing.text).toContain('id="f-city"');
  const done = await post('regeln', { ...page, email: 'regeln@example.org', city: 'Kiel', first_name: 'Karla', [BOX]: 'yes' });
  expect(done.status).toBe(303);
  const lead = await expectProof('regeln@example.org', { text: WORDING, version: 1, from: 'page' });
  expect((await desk.data('GET', `/leads/${lead.id}`)).fields).toMatchObject({ city: 'Kiel' });
  // An old page asks for its confirmation, too, once the form does; and consents to nothing it did not show.
  const quiet = await made('regeln-still', { double_opt_in: false, consents: [] });
  const before = await opened('regeln-still');
  await renew(quiet);
  expect((await post('regeln-still', { ...before, email: 'still@example.org', [BOX]: 'yes' })).headers.location).toContain('/f/regeln-still/sent');
  expect(mailText((await desk.mailTo('still@example.org')).mime)).not.toContain('Lindhorst Gruppe');
  expect(await desk.data('GET', `/leads/${(await desk.leadOf('still@example.org')).id}/consents`)).toEqual([]);
  // Nor does a consent stay without its mail where the form needs none any more.
  const loud = await made('regeln-laut');
  const was = await opened('regeln-laut');
  await renew(loud, { double_opt_in: false, consents: [] });
  expect((await post('regeln-laut', { ...was, email: 'laut@example.org', [BOX]: 'yes' })).headers.location).toContain('/f/regeln-laut/sent');
  await expectProof('laut@example.org', { text: WORDING, version: 1, from: 'page' });
  // Taken off the web: gone for every version.
  await desk.data('POST', `/forms/${form.id}/archive`, {});
  expect((await post('regeln', { ...page, email: 'spaet@example.org', [BOX]: 'yes' })).status).toBe(404);
});

test('a personal link opened before names what it showed', async () => {
  const form = await made('bekannt', { fields: [...FORM.fields, { key: 'city', reserve: true }] });
  const lead = await desk.data('POST', '/leads', { email: 'bekannt@example.org', first_name: 'Karla' });
  const { url } = await desk.data('POST', `/leads/${lead.id}/links`, { form: form.id });
  const { text } = await ask(url);
  await renew(form);
  const fields = { _version: field(text, '_version'), stamp: field(text, 'stamp'), company: 'Brandt', [BOX]: 'yes' };
  const done = await ask(url, { method: 'POST', ...asForm(fields) });
  expect(done.status, done.text).toBe(303);
  await expectProof('bekannt@example.org', { text: WORDING, version: 1, from: 'page' });
});

test('embedded and copied forms consent to the text that stands on the other website', async ({ browser }) => {
  const form = await made('website');
  let code = '';
  const site = createServer((rq, rs) => rs.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="de"><title>Website</title>${code}`));
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  const origin = `http://127.0.0.1:${site.address().port}`;
  const context = await browser.newContext({ locale: 'de-DE' });
  try {
    const { codes } = await desk.data('POST', `/forms/${form.id}/share`, { origins: [origin] });
    const page = await context.newPage();
    code = codes.script;
    await page.goto(origin);
    const inside = page.frameLocator('iframe');
    await inside.locator('#f-email').fill('rahmen@example.org');
    await inside.getByLabel(WORDING).check();
    await renew(form);
    await inside.locator('button[type=submit]').click();
    await expect(inside.locator('main')).toContainText('rahmen@example.org');
    await expectProof('rahmen@example.org', { text: WORDING, version: 1, from: 'page' });
    // The copy, long after.
    code = codes.html;
    await page.goto(origin);
    await page.getByLabel('E-Mail').first().fill('kopie@example.org');
    await page.getByLabel(WORDING).check();
    await page.getByRole('button').click();
    await expect(page).toHaveURL(/\/f\/website\/sent/);
    await expectProof('kopie@example.org', { text: WORDING, version: 1, from: 'page' });
  } finally {
    await context.close();
    site.close();
  }
});

test('the proof’s page says where the version comes from', async ({ browser }) => {
  await made('nachweis');
  const page = await opened('nachweis');
  expect((await post('nachweis', { ...page, email: 'nachweis@example.org', [BOX]: 'yes' })).status).toBe(303);
  const { lead } = await proofOf('nachweis@example.org');
  const seat = await startSeat(browser, desk);
  await seat.page.goto(`${desk.server.url}/leads/${lead.id}/proof`);
  await expect(seat.page.locator('main')).toContainText(seat.t('proof.version_from_page'));
  await seat.close();
});
