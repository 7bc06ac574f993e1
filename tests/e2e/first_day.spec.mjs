// The first day as it goes: from the printed link over every item of the checklist, a form and two
// visitors to a lead that is handed to a colleague, with its proof. Nothing but pages and mails: what
// the story needs, somebody clicks.
import { expect, test } from '@playwright/test';
import { deflateSync, crc32 } from 'node:zlib';
import { startWatched } from './browser.mjs';
import { ADMIN, linkOf, mailText } from './desk.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { startZulauf, until } from './zulauf.mjs';

const SALES = { name: 'Tim Kranz', email: 'tim.kranz@lindhorst.example', password: 'Gabelstapler-im-Regen-9' };

// A picture of one colour, as PNG.
function picture(width, height) {
  const part = (kind, bytes) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    const body = Buffer.concat([Buffer.from(kind), bytes]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body) >>> 0);
    return Buffer.concat([head, body, sum]);
  };
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x0b)]);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), part('IHDR', size),
    part('IDAT', deflateSync(Buffer.concat(Array(height).fill(row)))), part('IEND', Buffer.alloc(0))]);
}

const press = (seat, key, gaps) => seat.page.locator('main').getByRole('button', { name: seat.t(key, gaps), exact: true }).first().click();

const saved = (seat) => expect(seat.page.locator('main [role=status]').first()).toBeVisible();

// A mail to somebody, once the peer has it.
async function mailTo(peer, address, what) {
  const found = await until(async () => peer.messages.findLast((m) => m.to.join().includes(address) && (!what || mailText(m.text).includes(what))),
    { what: `a mail to ${address}` });
  return found.text;
}

async function begin(seat, server) {
  const { page } = seat;
  await seat.go(server.signInUrl);
  await page.locator('[name=name]').fill(ADMIN.name);
  await page.locator('[name=email]').fill(ADMIN.email);
  await page.locator('[name=password]').fill(ADMIN.password);
  await page.locator('main button[type=submit]').click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.locator('#rundgang')).toContainText(seat.t('tour.today_h')); // the tour offers itself …
  await press(seat, 'tour.skip'); // … and goes
  await expect(page.locator('#rundgang')).toHaveCount(0);
  await expect(page.locator('.setup > .done')).toHaveCount(0);
  await seat.check();
}

// Each item is taken where the checklist leads.
async function follow(seat, item) {
  await seat.go('/');
  await seat.page.locator('.setup').getByRole('link', { name: seat.t(`checklist.${item}`) }).click();
}

const done = async (seat, item) => {
  await seat.go('/');
  await expect(seat.page.locator('.setup > .done', { hasText: seat.t(`checklist.${item}`) })).toHaveCount(1);
};

async function setUp(seat, peer) {
  const { page } = seat;
  await follow(seat, 'name');
  await page.locator('[name=workspace_name]').fill('Lindhorst');
  await press(seat, 'settings.save');
  await saved(seat);
  await done(seat, 'name');

  await follow(seat, 'sender');
  await page.locator('[name=sender_name]').fill('Lindhorst Lagertechnik');
  await page.locator('[name=sender_address]').fill('info@lindhorst.example');
  await page.locator('[name=legal_name]').fill('Lindhorst Lagertechnik GmbH');
  await page.locator('[name=imprint_url]').fill('https://lindhorst.example/impressum');
  await page.locator('[name=privacy_url]').fill('https://lindhorst.example/datenschutz');
  await press(seat, 'settings.save');
  await saved(seat);
  for (const item of ['sender', 'imprint']) await done(seat, item);

  await follow(seat, 'relay');
  await page.locator('[name=host]').fill('127.0.0.1');
  await page.locator('[name=port]').fill(String(peer.port));
  await page.locator('[name=security]').selectOption('none');
  await press(seat, 'settings.save');
  await saved(seat);
  await press(seat, 'relay.test_button');
  await expect(page.locator('main')).toContainText(seat.t('relay.test_sent'));
  await mailTo(peer, ADMIN.email);
  await done(seat, 'relay');

  await follow(seat, 'logo');
  await page.locator('[name=logo]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: picture(160, 48) });
  await press(seat, 'settings.save');
  await saved(seat);
  await done(seat, 'logo');

  // Where forms can be reached is said when the program starts: the list tells what to do.
  await follow(seat, 'address');
  await expect(page.locator('#h-a')).toBeInViewport();
  await expect(page.locator('main')).toContainText(seat.t('settings.address_local'));

  // Who looks after what comes in.
  await seat.go('/sales');
  await page.locator('[name=fallback]').selectOption({ label: ADMIN.name });
  await page.locator('form[action="/sales"]').getByRole('button').first().click();
  await saved(seat);
}

// From a template; the address of its public page.
async function makeForm(seat) {
  const { page } = seat;
  await follow(seat, 'first_form');
  await page.getByRole('link', { name: seat.t('form_list.new') }).first().click();
  await page.getByRole('link', { name: seat.t('form_template.newsletter.name') }).click();
  await page.locator('[name=name]').fill('Newsletter');
  const text = page.locator('[name="consent.0.text"]');
  await expect(page.locator('main')).toContainText(seat.t('form_edit.sample_mark'));
  await text.fill((await text.inputValue()).replace(/\[[^\]]+\]/g, seat.lang === 'de' ? 'Lagertechnik' : 'storage'));
  await page.locator('[name="consent.0.checked"]').check(); // looked over
  await press(seat, 'form_edit.publish');
  await expect(page).toHaveURL(/\/forms\/fm_\w+$/);
  await expect(page.locator('main')).not.toContainText(seat.t('form_warning.sample'));
  const url = await page.locator('#link').inputValue();
  await seat.check();
  await done(seat, 'first_form');
  return url;
}

async function tryIt(seat) {
  const { page } = seat;
  await follow(seat, 'first_submission');
  await expect(page.getByRole('note')).toContainText(seat.t('public.form.test'));
  await page.locator('[name=email]').fill(ADMIN.email);
  for (const box of await page.locator('[name^="consent."]').all()) await box.check();
  await page.locator('main form button[type=submit]').click();
  await expect(page).toHaveURL(/\/sent/);
  await done(seat, 'first_submission');
  await expect(page.locator('main .tiles')).not.toContainText(seat.t('today.than_week'));
}

async function visit(browser, options, url, person, peer) {
  const visitor = await startWatched(browser, options);
  const { page } = visitor;
  const check = () => (options.javaScriptEnabled === false ? visitor.clean() : visitor.check());
  await visitor.go(url);
  await check();
  await page.locator('[name=email]').fill(person.email);
  if (await page.locator('[name=last_name]').count()) await page.locator('[name=last_name]').fill(person.name);
  for (const box of await page.locator('[name^="consent."]').all()) {
    await expect(box).not.toBeChecked();
    await box.check();
  }
  await page.locator('main form button[type=submit]').click();
  await expect(page.locator('h1')).toHaveText(visitor.t('public.sent.title'));
  await check();
  await visitor.go(linkOf(await mailTo(peer, person.email)));
  await check();
  await page.locator('main form button[type=submit]').first().click();
  await expect(page.locator('h1')).toHaveText(visitor.t('public.confirmed.title'));
  await check();
  await visitor.close();
}

// The owner is told at once, here and by mail, takes it on, and hands it over.
async function workOn(seat, peer, person) {
  const { page } = seat;
  await expect(page.locator('#glocke .count')).toBeVisible();
  await page.locator('#glocke').click();
  await page.locator('.notices .fresh').getByRole('button', { name: seat.t('bell.submission', { lead: person.shown }), exact: true }).click();
  await expect(page.locator('h1')).toHaveText(person.shown);
  const mail = mailText(await mailTo(peer, ADMIN.email, page.url()));
  expect(mail).not.toContain(person.email); // a link, not the person
  await expect(page.locator('.permit')).toContainText(seat.t('permit.word_ok'));
  const lead = page.url();
  await press(seat, 'care.start');
  await expect(page.locator('#betreuung')).toContainText(seat.t('handling.work'));
  await page.locator('#aufgaben summary').click();
  await page.locator('#aufgaben [name=title]').fill('Angebot schicken');
  await press(seat, 'task.save');
  await expect(page.locator('#aufgaben')).toContainText('Angebot schicken');
  await seat.go(`${lead}/phase`);
  await page.locator('#f-phase-mql').check();
  await press(seat, 'ui.save');
  await expect(page.locator('#betreuung')).toContainText(seat.t('phase.mql'));
  await seat.check();
  return lead;
}

async function invite(seat) {
  const { page } = seat;
  await seat.go('/users');
  await page.locator('form[action="/users/invite"] [name=email]').fill(SALES.email);
  await page.locator('form[action="/users/invite"] [name=role]').selectOption('sales');
  await press(seat, 'user_list.invite_button');
  await seat.check();
}

async function handOver(seat, lead) {
  const { page } = seat;
  await seat.go(`${lead}/care`);
  await page.locator('[name=owner]').selectOption({ label: SALES.name });
  await press(seat, 'ui.save');
  await expect(page.locator('#betreuung')).toContainText(SALES.name);
}

const proved = (seat, lead) => until(async () => {
  await seat.go(`${lead}/proof`);
  return !(await seat.page.locator('main').innerText()).includes(seat.t('consent.not_sealed'));
}, { what: 'the proof to be sealed', everyMs: 300 });

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone'], ['de', 'phone'], ['en', 'desktop']]) {
  test(`the first day (${lang}, ${screen})`, async ({ browser }) => {
    const peer = await startSmtpPeer();
    const server = await startZulauf();
    const options = { origin: server.url, lang, screen };
    try {
      const seat = await startWatched(browser, options);
      const { page } = seat;
      await begin(seat, server);
      await setUp(seat, peer);
      const url = await makeForm(seat);
      await tryIt(seat);
      await invite(seat);
      await seat.go('/forms'); // anywhere: the bell rings on each page

      const withScript = { email: `brandt.${lang}.${screen}@kunde.example`, name: 'Brandt' };
      const without = { email: `sauer.${lang}.${screen}@kunde.example`, name: 'Sauer' };
      await visit(browser, options, url, withScript, peer);
      await visit(browser, { ...options, javaScriptEnabled: false }, url, without, peer);

      await page.goto(`${server.url}/leads?query=${encodeURIComponent(withScript.email)}`);
      withScript.shown = (await page.locator('.tbl .who a').first().innerText()).trim();
      await seat.go('/forms');
      const lead = await workOn(seat, peer, withScript);

      // The colleague comes in by the mail, and finds what is his.
      const colleague = await startWatched(browser, options);
      await colleague.go(linkOf(await mailTo(peer, SALES.email), 'invitation'));
      await colleague.page.locator('[name=name]').fill(SALES.name);
      await colleague.page.locator('[name=password]').fill(SALES.password);
      await colleague.page.locator('main button[type=submit]').click();
      await expect(colleague.page).toHaveURL(`${server.url}/`);
      await handOver(seat, lead);
      await colleague.go('/leads/mine');
      await expect(colleague.page.locator('main')).toContainText(withScript.shown);
      await expect(colleague.page.locator('main')).not.toContainText(without.email);
      await expect(colleague.page.locator('#glocke [data-n]')).toHaveText('1');
      await colleague.check();
      await proved(colleague, lead);
      await colleague.page.emulateMedia({ media: 'print' });
      await expect(colleague.page.locator('main')).toContainText('Lagertechnik'.slice(0, lang === 'de' ? 12 : 0) || 'storage');
      await expect(colleague.page.locator('.side')).toBeHidden();
      await colleague.close();
      await seat.close();
    } finally {
      await server.stopAndForget();
      await peer.stop?.();
    }
  });
}
