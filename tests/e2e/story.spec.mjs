// The main job, from the printed link to the printed proof: German and English, desktop and phone.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ADMIN, ask, asForm, linkOf } from './desk.mjs';
import { startZulauf, until } from './zulauf.mjs';

test.describe.configure({ mode: 'parallel' });

const VARIANTS = [
  { lang: 'de', screen: 'desktop' },
  { lang: 'en', screen: 'desktop' },
  { lang: 'de', screen: 'phone' },
  { lang: 'en', screen: 'phone', withoutScript: true },
];

const PEOPLE = {
  de: { first: 'Katharina', last: 'Größmann', company: 'Brandt Logistik GmbH',
    wording: 'Ja, ich möchte den Newsletter der Lindhorst Lagertechnik GmbH per E-Mail erhalten.\nDas kann ich jederzeit widerrufen.' },
  en: { first: 'Siân', last: "O'Neill", company: 'Brandt & Sons <Ltd>',
    wording: 'Yes, please send me the newsletter of Lindhorst Lagertechnik GmbH by e-mail.\nI can withdraw this at any time.' },
};

const ADMIN_PAGES = ['/', '/leads', '/leads?query=nobody', '/leads/new', '/leads/trash', '/forms', '/forms/templates', '/forms/new', '/outbox', '/audit',
  '/settings', '/users', '/workspaces', '/account', '/tokens'];

async function setUp(desk, server, browser, options) {
  const { page } = desk;
  const link = server.signInUrl;
  for (let i = 0; i < 2; i += 1) await desk.go(link); // looking does not use it
  await desk.check();
  await page.locator('[name=name]').fill(ADMIN.name);
  await page.locator('[name=email]').fill(ADMIN.email);
  await page.locator('[name=password]').fill('zu kurz');
  await page.locator('main button[type=submit]').click();
  await expect(page.locator('[role=alert]')).toBeVisible();
  await expect(page.locator('[name=email]')).toHaveValue(ADMIN.email);
  await expect(page.locator('[name=password]')).toHaveValue('');
  await desk.check();
  await page.locator('[name=password]').fill(ADMIN.password);
  await page.locator('main button[type=submit]').click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.locator('h1')).toHaveText(desk.t('today.title'));

  const stranger = await startWatched(browser, options);
  await stranger.go(link, 410);
  await stranger.check();
  expect((await ask(link, { method: 'POST', ...asForm({ name: 'x', email: 'x@example.org', password: ADMIN.password }) })).status).toBe(410);
  await stranger.go('/leads'); // sent to the door, and back from there
  await expect(stranger.page).toHaveURL(/\/sign-in\?next=%2Fleads$/);
  await stranger.check();
  await stranger.page.locator('[name=email]').fill(ADMIN.email);
  await stranger.page.locator('[name=password]').fill('das ist es nicht, leider');
  await stranger.page.locator('main button[type=submit]').click();
  await expect(stranger.page.locator('[role=alert]')).toBeVisible();
  await stranger.check();
  await stranger.page.locator('[name=password]').fill(ADMIN.password);
  await stranger.page.locator('main button[type=submit]').click();
  await expect(stranger.page).toHaveURL(`${server.url}/leads`);
  await stranger.close();
}

async function tour(desk) {
  for (const where of ADMIN_PAGES) {
    await desk.go(where);
    await desk.check();
  }
  await desk.go('/gibtesnicht', 404);
  await desk.check();
  await desk.go('/leads/ld_0000000000000', 404);
  await desk.check();
}

// Create a form in the editor: adding, moving, a fault, publishing. Gives its address.
async function makeForm(desk, person) {
  const { page, t } = { page: desk.page, t: desk.t.bind(desk) };
  const press = (name, exact = true) => page.getByRole('button', { name, exact }).first().click();
  await desk.go('/forms');
  await page.getByRole('link', { name: t('form_list.new') }).first().click();
  await page.getByRole('link', { name: t('form_template.blank.name') }).click();
  await expect(page.locator('h1')).toHaveText(t('form_edit.new'));
  await page.locator('[name=name]').fill('Whitepaper Lagerplanung');
  await page.locator('[name=title]').fill(desk.lang === 'de' ? 'Lagerplanung in fünf Schritten' : 'Planning a warehouse in five steps');
  await page.locator('[name=intro]').fill(desk.lang === 'de' ? 'Zwölf Seiten, kostenlos.' : 'Twelve pages, free of charge.');
  await page.locator('[name=new_field]').selectOption('company_size');
  await press(t('form_edit.add'));
  await expect(page.locator('[name="field.4.key"]')).toHaveValue('company_size');
  await expect(page.locator('[name=name]')).toHaveValue('Whitepaper Lagerplanung'); // nothing typed is lost
  await page.locator('[name="field.4.options"]').fill('1-49\n50-249\n250+');
  await press(t('form_edit.up', { name: t('field_name.company_size') }));
  await expect(page.locator('[name="field.3.key"]')).toHaveValue('company_size');
  await expect(page.locator('[name="field.3.options"]')).toHaveValue(/50-249/);
  await press(t('form_edit.add_consent'));
  await desk.check();
  await press(t('form_edit.publish')); // the sentence is still missing
  await expect(page.locator('[role=alert]')).toBeVisible();
  await expect(page.locator('[name=name]')).toHaveValue('Whitepaper Lagerplanung');
  await desk.check();
  await page.locator('[name="consent.0.text"]').fill(person.wording);
  await press(t('form_edit.publish'));
  await expect(page).toHaveURL(/\/forms\/fm_/);
  await expect(page.locator('[role=status]')).toBeVisible();
  await desk.check();
  return page.locator('#link').inputValue();
}

// What a visitor does: look, err, mend, send.
async function submit(visitor, url, person, email, withoutScript) {
  const { page } = visitor;
  const check = () => (withoutScript ? visitor.clean() : visitor.check());
  await visitor.go(`${url}?utm_source=logimat&utm_medium=qr&utm_campaign=fr%C3%BChjahr&gclid=EAIaIQobChMI-Test`);
  expect((await page.locator('h1').boundingBox()).width).toBeGreaterThan(200); // beside the questions there is room for words
  await check();
  await expect(page.getByText(person.wording.split('\n')[0])).toBeVisible();
  await expect(page.locator('[name="consent.newsletter.email"]')).not.toBeChecked(); // no box is ticked beforehand
  await page.locator('[name=first_name]').fill(person.first);
  await page.locator('[name=last_name]').fill(person.last);
  await page.locator('[name=company]').fill(person.company);
  await page.locator('[name=company_size]').selectOption('50-249');
  await page.locator('[name=email]').fill('katharina.at.example');
  await page.locator('[name="consent.newsletter.email"]').check();
  const [refused] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'),
    page.locator('main form button[type=submit]').click()]);
  expect(refused.status()).toBe(422);
  await page.waitForLoadState();
  const alert = page.locator('[role=alert]');
  await expect(alert).toBeVisible();
  if (!withoutScript) await expect(alert).toBeFocused();
  await expect(alert.locator('a[href="#f-email"]')).toBeVisible();
  const field = page.locator('#f-email');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  const described = (await field.getAttribute('aria-describedby')).trim().split(' ')[0];
  await expect(page.locator(`#${described}`)).toContainText(visitor.t('error.email_invalid'));
  await expect(field).toHaveValue('katharina.at.example');
  await expect(page.locator('[name=first_name]')).toHaveValue(person.first);
  await expect(page.locator('[name=last_name]')).toHaveValue(person.last);
  await expect(page.locator('[name=company]')).toHaveValue(person.company);
  await expect(page.locator('[name=company_size]')).toHaveValue('50-249');
  await expect(page.locator('[name="consent.newsletter.email"]')).toBeChecked();
  await check();
  await field.fill(email);
  await page.locator('main form button[type=submit]').click();
  await expect(page).toHaveURL(/\/sent(\?|$)/);
  await expect(page.locator('h1')).toHaveText(visitor.t('public.sent.title'));
  await expect(page.locator('main')).toContainText(email);
  await check();
}

// A token made where people make them.
async function makeToken(desk) {
  const { page } = desk;
  await desk.go('/tokens');
  await page.locator('[name=name]').fill('Website');
  for (const scope of ['leads_read', 'outbox_read', 'evidence']) await page.locator(`#s-${scope}`).check();
  await page.getByRole('button', { name: desk.t('token.make') }).click();
  const secret = page.locator('[role=status] input');
  await expect(secret).toBeVisible();
  await desk.check();
  return secret.inputValue();
}

async function seeLead(desk, person, email) {
  const { page } = desk;
  const shows = (text) => expect(page.locator('main')).toContainText(text);
  await desk.go('/leads');
  await desk.check();
  await page.getByRole('link', { name: `${person.first} ${person.last}` }).click();
  await expect(page).toHaveURL(/\/leads\/ld_/);
  await expect(page.locator('h1')).toHaveText(`${person.first} ${person.last}`);
  await expect(page.locator('.permit')).toContainText(desk.t('permit.word_ok'));
  await shows(email);
  await shows(desk.t('email_state.verified'));
  await shows(person.company);
  for (const line of person.wording.split('\n')) await shows(line);
  await shows(desk.t('consent.text_version', { purpose: 'Newsletter', version: 1 }));
  await shows('127.0.0.1');
  await shows('frühjahr');
  await shows('logimat');
  for (const kind of ['form_submitted', 'doi_requested', 'email_verified', 'consent_confirmed']) await shows(desk.t(`timeline.${kind}`));
  await desk.check();
  await page.locator('#note').fill('Ruft am Montag zurück.\nMag Kräne.');
  await page.getByRole('button', { name: desk.t('lead_show.note_save') }).click();
  await shows('Mag Kräne.');
  const lead = page.url().split('/').at(-1);
  await desk.go(`/leads/${lead}/edit`);
  await desk.check();
  await page.locator('[name=job_title]').fill('Leiterin Logistik');
  await page.getByRole('button', { name: desk.t('lead_edit.save') }).click();
  await expect(page).toHaveURL(new RegExp(`/leads/${lead}$`));
  await shows('Leiterin Logistik');
  return lead;
}

async function printProof(desk, lead, person, email) {
  const { page } = desk;
  await desk.go(`/leads/${lead}/proof`);
  await until(async () => {
    await page.reload();
    return !(await page.locator('main').innerText()).includes(desk.t('consent.not_sealed'));
  }, { what: 'the proof to be sealed', everyMs: 300 });
  await desk.check();
  await page.emulateMedia({ media: 'print' });
  const text = await page.locator('main').innerText();
  for (const wanted of [email, ...person.wording.split('\n'), '127.0.0.1', desk.t('proof.ticked'), desk.t('consent.event_confirmed')]) {
    expect(text).toContain(wanted);
  }
  expect(text.match(/\b[0-9a-f]{64}\b/g).length).toBeGreaterThanOrEqual(3); // form version, mail, blocks
  await expect(page.locator('.side')).toBeHidden();
  const pdf = await page.pdf({ format: 'A4' });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.length).toBeGreaterThan(5_000);
  await page.emulateMedia({ media: 'screen' });
}

for (const { lang, screen, withoutScript = false } of VARIANTS) {
  test(`from the printed link to the printed proof: ${lang}, ${screen}${withoutScript ? ', visitor without JavaScript' : ''}`, async ({ browser }) => {
    const server = await startZulauf({ args: ['--unlimited-from', '127.0.0.0/8'] });
    const options = { origin: server.url, lang, screen };
    const person = PEOPLE[lang];
    const email = `${lang}.${screen}@example.org`;
    try {
      const desk = await startWatched(browser, options);
      await setUp(desk, server, browser, options);
      await tour(desk);
      const url = await makeForm(desk, person);
      // The form's own language is what its maker chose: the browser's, when nothing was changed.
      const visitor = await startWatched(browser, { ...options, javaScriptEnabled: !withoutScript });
      await submit(visitor, url, person, email, withoutScript);

      await desk.go('/outbox');
      await desk.check();
      await desk.page.locator('main .mails a').filter({ hasText: email }).click();
      await expect(desk.page).toHaveURL(/\/outbox\/ml_/);
      await expect(desk.page.frameLocator('iframe.paper').locator('body')).toContainText(person.wording.split('\n')[0]);
      await desk.check();

      const token = await makeToken(desk);
      const api = async (path) => {
        const reply = await ask(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
        expect(reply.status, path).toBe(200);
        return reply.json.data;
      };
      const [mail] = await api('/outbox');
      const link = linkOf((await api(`/outbox/${mail.id}`)).mime);
      const [before] = await api(`/leads?query=${email}`);
      expect(before).toMatchObject({ email_state: 'unverified', may_email: { state: 'waiting' } });

      await visitor.go(link);
      await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.confirm.h1'));
      await expect(visitor.page.locator('main')).toContainText(person.wording.split('\n')[0]);
      await expect(visitor.page.locator('main')).not.toContainText(email); // masked
      if (!withoutScript) await visitor.check();
      expect((await ask(link, { method: 'HEAD' })).status).toBe(200);
      expect(await api(`/leads/${before.id}`)).toEqual(before);
      await visitor.page.locator('main form button[type=submit]').click();
      await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.confirmed.title'));
      if (!withoutScript) await visitor.check();
      await visitor.go(link, 410);
      await expect(visitor.page.locator('h1')).toHaveText(visitor.t('public.token.used'));
      if (!withoutScript) await visitor.check();
      await visitor.close();

      expect(await api(`/leads/${before.id}`)).toMatchObject({
        email_state: 'verified', may_email: { state: 'yes', purpose: 'Newsletter' }, language: lang,
        fields: { first_name: person.first, last_name: person.last, company: person.company, company_size: '50-249' },
        source: { utm: { source: 'logimat', medium: 'qr', campaign: 'frühjahr' } },
        first_contact: { device: screen },
      });
      const lead = await seeLead(desk, person, email);
      await printProof(desk, lead, person, email);
      await desk.go('/');
      await desk.check();
      await desk.go('/forms');
      await expect(desk.page.locator('main')).toContainText('/f/whitepaper-lagerplanung');

      await desk.page.goto(`${server.url}/account`);
      await desk.page.locator(screen === 'phone' ? '.nav .bar details summary' : '.me').first().click();
      await desk.page.locator(screen === 'phone' ? '.nav .bar button.out' : '.me form button').click();
      await expect(desk.page).toHaveURL(/\/sign-in/);
      await desk.go('/leads');
      await expect(desk.page).toHaveURL(/\/sign-in/);
      await desk.close();
      expect(server.err).not.toContain('level=error');
      expect(server.err).not.toContain(email);
    } finally {
      await server.stopAndForget();
    }
  });
}
