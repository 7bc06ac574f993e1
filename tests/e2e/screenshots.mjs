// Pictures of the real program, with sample data made through the API and the public form.
//
//   node screenshots.mjs             the pictures of the READMEs, into docs/img
//   node screenshots.mjs --all DIR [WORD…]   every page (or those whose pictures have a WORD in
//                                            their names) in both languages, sizes and themes
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { chromium } from '@playwright/test';
import { ADMIN, ask, asForm, asJson, startDesk } from './desk.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { binary, root, until } from './zulauf.mjs';

const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 }, tablet: { width: 1080, height: 810 } };
const EVERYTHING = ['de', 'en'].flatMap((lang) =>
  ['desktop', 'phone'].flatMap((size) => ['light', 'dark'].map((theme) => ({ lang, size, theme }))));

const inBoth = (shots) => shots.flatMap((shot) => ['de', 'en'].map((lang) => ({ size: 'desktop', theme: 'light', lang, ...shot })));
const README = inBoth([
  { page: 'today' }, { page: 'leads' }, { page: 'lead' },
  { page: 'lead', size: 'phone' }, { page: 'form-editor' }, { page: 'form', size: 'phone' },
  { page: 'confirm', size: 'phone' },
]);
// Of the demo data, which have a past: sums, costs, clicks.
const DEMO = inBoth([
  { page: 'campaigns' }, { page: 'campaign' }, { page: 'form-funnel' }, { page: 'share' },
  { page: 'submissions' }, { page: 'quarantine' },
]).concat({ page: 'fair', size: 'tablet', theme: 'light', lang: 'de' }); // it speaks its form's language

// Invented people of invented firms.
const PEOPLE = [
  ['Katharina', 'Brandt', 'Brandt Logistik GmbH', 'Leiterin Einkauf', 'google', 'cpc', true],
  ['Jonas', 'Voß', 'Voß & Söhne', 'Geschäftsführer', 'newsletter', 'email', true],
  ['Leyla', 'Arslan', 'Hafenkontor Nord', 'Projektleitung', 'linkedin', 'social', true],
  ['Matthias', 'Oehler', 'Oehler Fördertechnik', 'Technischer Leiter', 'google', 'organic', false],
  ['Sophie', 'Lange', 'Lange Getränke', 'Lagerleitung', '', '', true],
  ['Piotr', 'Nowak', 'Spedition Nowak', 'Disposition', 'messe', 'stand', false],
  ['Helene', 'Fürst', 'Fürst Pharma', 'Einkauf', 'google', 'cpc', true],
];

const SENTENCES = {
  de: { name: 'Whitepaper Lagerplanung', intro: 'Zwölf Seiten: wie aus Durchsatz und Artikelzahl ein Lager wird.' },
  en: { name: 'Warehouse planning white paper', intro: 'Twelve pages: from throughput and articles to a warehouse.' },
};

async function sampleData(desk) {
  await desk.data('PATCH', '/settings', {
    workspace_name: 'Lindhorst Lagertechnik', legal_name: 'Lindhorst Lagertechnik GmbH',
    address_line: 'Am Speicher 4, 20457 Hamburg', imprint_url: 'https://lindhorst.example/impressum',
    privacy_url: 'https://lindhorst.example/datenschutz', sender_name: 'Lindhorst Lagertechnik',
    sender_address: 'info@lindhorst.example',
  });
  const forms = {};
  for (const [language, words] of Object.entries(SENTENCES)) {
    const job = { key: 'job_title' };
    forms[language] = await desk.form({
      ...words, language,
      fields: [
        { key: 'email', required: true }, { key: 'first_name', half: true }, { key: 'last_name', half: true },
        { key: 'company' }, job, { key: 'company_size', options: ['1–49', '50–249', '250+'] },
      ],
      ...(language === 'en' && { consents: [{
        purpose: 'newsletter', channel: 'email',
        text: 'Yes, I would like to receive the newsletter of Lindhorst Lagertechnik GmbH by e-mail. I can withdraw this at any time.',
      }] }),
    });
  }
  const address = (first, last) => `${first}.${last}@firma.example`.toLowerCase().replaceAll('ß', 'ss').replaceAll('ü', 'ue');
  for (const [first, last, company, job, source, medium, confirms] of PEOPLE) {
    const email = address(first, last);
    const query = source ? `?utm_source=${source}&utm_medium=${medium}` : '';
    await desk.submit(forms.de, { email, first_name: first, last_name: last, company, job_title: job, company_size: '50–249' }, { query });
    if (!confirms) continue;
    const done = await ask(await desk.confirmLink(email), { method: 'POST', ...asForm({}) });
    if (done.status !== 200) throw new Error(`confirming ${email}: ${done.status}`);
  }
  const lead = await desk.leadOf(address('Katharina', 'Brandt'));
  await desk.data('PATCH', `/leads/${lead.id}`, { phase: 'mql', version: lead.version });
  await desk.data('POST', `/leads/${lead.id}/notes`, { text: 'Plant 2027 eine zweite Halle. Rückruf am Montag nach 14 Uhr.' });
  await until(async () => {
    const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
    return consent.evidence.every((event) => event.block.sealed);
  }, { what: 'the chain' });

  // Still open: what the confirmation page shows, in each language.
  const confirm = {};
  for (const language of ['de', 'en']) {
    const email = language === 'de' ? 'tim.peters@firma.example' : 'amy.clark@firma.example';
    await desk.submit(forms[language], { email, first_name: language === 'de' ? 'Tim' : 'Amy', company: 'Peters & Clark' });
    confirm[language] = new URL(await desk.confirmLink(email)).pathname;
  }
  const mail = (await desk.mailsTo('katharina.brandt@firma.example'))[0];
  // A colleague, who gives the administrator something to be told of.
  const { link } = await desk.data('POST', '/users/invite', { email: 'tim.kranz@lindhorst.example', role: 'marketing' });
  const came = await ask(link, { method: 'POST', ...asJson({ name: 'Tim Kranz', password: 'Gabelstapler-im-Regen-9' }), headers: { accept: 'application/json', 'content-type': 'application/json' } });
  const cookie = came.headers['set-cookie'][0].split(';', 1)[0];
  const me = (await desk.data('GET', '/account')).user.id;
  const asTim = (where, body) => ask(`${desk.server.url}/api/v1${where}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', cookie, 'x-csrf-token': came.json.csrf } });
  await asTim(`/leads/${lead.id}/care`, { owner: me });
  await asTim(`/leads/${lead.id}/tasks`, { title: 'Angebot schicken', assignee: me });
  await desk.data('POST', '/sales/rules', { when: 'always', people: [me] });
  await ask(`${desk.server.url}/tour`, { method: 'POST', ...asForm({ csrf: desk.csrf, step: 'over' }), headers: { cookie: desk.cookie, 'content-type': 'application/x-www-form-urlencoded' } });
  return { lead, forms, confirm, mail };
}

// The demo firm behind an address of its own, with a mail server, as it would stand in earnest.
async function startDemo(peer) {
  const data = await mkdtemp(path.join(os.tmpdir(), 'zulauf-demo-'));
  const filled = spawnSync(binary, ['demo', '--data', data, '--leads', '1500'], { cwd: root, encoding: 'utf8' });
  if (filled.status !== 0) throw new Error(`zulauf demo: ${filled.stderr}`);
  const desk = await startDesk({ data, args: ['--mail', `smtp://127.0.0.1:${peer.port}`] });
  desk.server.options.publicUrl = 'https://leads.lagertechnik.example';
  await desk.server.restart();
  desk.cookie = `__Host-${desk.cookie}`;
  const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
  const form = (await desk.data('GET', '/forms')).find((one) => one.slug === 'demo-whitepaper');
  const campaign = (await desk.data('GET', '/campaigns')).find((one) => one.state === 'running' && one.channel.key === 'search');
  const kiosk = await desk.data('POST', `/forms/${form.id}/kiosks`, {
    stand: 'Lagermesse, Halle 4, Stand B12', staff: ['Jana Reuter', 'Felix Adler', 'Mia Krüger'], from: day(-1), to: day(2),
  });
  return { desk, form, campaign, kiosk };
}

const DEMO_PAGES = ({ form, campaign, kiosk }) => ({
  campaigns: { url: () => '/campaigns' },
  campaign: { url: () => `/campaigns/${campaign.id}`, whole: true },
  'form-funnel': { url: () => `/forms/${form.id}` },
  share: { url: () => `/forms/${form.id}/share` },
  fair: { url: () => new URL(kiosk.url).pathname, open: true },
  submissions: { url: () => `/forms/${form.id}/submissions` },
  quarantine: { url: () => `/forms/${form.id}/submissions?state=held` },
});

const PAGES = (made) => ({
  'sign-in': { url: () => '/sign-in', open: true },
  today: { url: () => '/' },
  leads: { url: () => '/leads' },
  lead: { url: () => `/leads/${made.lead.id}`, whole: all },
  'form-editor': { url: (lang) => `/forms/${made.forms[lang].id}/edit`, whole: true },
  form: { url: (lang) => `/f/${made.forms[lang].slug}`, open: true, whole: true },
  confirm: { url: (lang) => made.confirm[lang], open: true, whole: true },
  outbox: { url: () => '/outbox' },
  mail: { url: () => `/outbox/${made.mail.id}`, whole: true },
  settings: { url: () => '/settings', whole: true },
  ...(all && everyOther(made)),
});

// What the READMEs do not show.
function everyOther(made) {
  const { lead, forms } = made;
  const form = (lang, rest = '') => `/forms/${forms[lang].id}${rest}`;
  const of = (url, more) => ({ url: typeof url === 'function' ? url : () => url, whole: true, ...more });
  return {
    'leads-none': of('/leads?query=nobody'), 'lead-new': of('/leads/new'), 'lead-edit': of(`/leads/${lead.id}/edit`), 'lead-care': of(`/leads/${lead.id}/care`),
    'lead-phase': of(`/leads/${lead.id}/phase`), 'lead-proof': of(`/leads/${lead.id}/proof`), 'leads-trash': of('/leads/trash'), mine: of('/leads/mine'), sales: of('/sales'),
    forms: of('/forms'), 'form-templates': of('/forms/templates'), 'form-new': of('/forms/new?template=whitepaper'), 'form-show': of((lang) => form(lang)),
    'form-preview': of((lang) => form(lang, '/preview')), 'form-handling': of((lang) => form(lang, '/handling')), 'form-share': of((lang) => form(lang, '/share')),
    'form-look': of((lang) => form(lang, '/look')), 'form-submissions': of((lang) => form(lang, '/submissions')), 'form-protection': of((lang) => form(lang, '/protection')),
    campaigns: of('/campaigns'), 'campaign-new': of('/campaigns/new'),
    notices: of('/notices'), go: of('/go'), help: of('/help'), news: of('/news'), users: of('/users'), account: of('/account'), second: of('/account/second'),
    tokens: of('/tokens'), audit: of('/audit'), relay: of('/settings/relay'), brand: of('/settings/brand'), backup: of('/settings/backup'), workspaces: of('/workspaces'),
    'form-tried': of((lang) => form(lang, '/try')), sent: of((lang) => `/f/${forms[lang].slug}/sent`, { open: true, any: true }), forgot: of('/forgot', { open: true }),
    'not-found': of('/gibtesnicht', { any: true }), 'public-not-found': of('/f/gibtesnicht', { open: true, any: true }), 'link-gone': of('/c/x', { open: true, any: true }),
    'unsubscribe-gone': of('/u/x', { open: true, any: true }),
  };
}

const fileOf = ({ page, lang, size, theme }) =>
  [page, lang, size === 'phone' && 'phone', theme === 'dark' && 'dark'].filter(Boolean).join('-') + '.png';

async function take(browser, desk, pages, shot, folder) {
  const { url, open, whole, any } = pages[shot.page];
  const context = await browser.newContext({
    viewport: SIZES[shot.size], colorScheme: shot.theme, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin',
    locale: shot.lang === 'en' ? 'en-GB' : 'de-DE', deviceScaleFactor: 1,
    ...(!open && { extraHTTPHeaders: { cookie: desk.cookie } }), // __Host- would want https
  });
  const page = await context.newPage();
  const reply = await page.goto(desk.server.url + url(shot.lang));
  if (reply.status() !== 200 && !any) throw new Error(`${shot.page}: ${reply.status()}`);
  await page.screenshot({ path: path.join(folder, fileOf(shot)), fullPage: Boolean(whole) && (all || shot.size === 'phone') });
  await context.close();
}

// The account's language decides inside.
async function takeAll(browser, desk, pages, shots) {
  for (const lang of ['de', 'en']) {
    await desk.data('POST', '/account', { name: ADMIN.name, lang });
    for (const shot of shots.filter((it) => it.lang === lang)) await take(browser, desk, pages, shot, folder);
  }
}

const all = process.argv[2] === '--all';
const folder = all ? path.resolve(process.argv[3] ?? 'results/screens') : path.join(root, 'docs/img');
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.ZULAUF_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'],
});
const peer = await startSmtpPeer();
let desk;
let demo;
try {
  desk = await startDesk();
  const pages = PAGES(await sampleData(desk));
  const words = process.argv.slice(4);
  const every = Object.keys(pages).flatMap((page) => EVERYTHING.map((how) => ({ page, ...how })));
  const shots = all ? every.filter((shot) => words.length === 0 || words.some((word) => fileOf(shot).includes(word))) : README;
  await takeAll(browser, desk, pages, shots);
  if (!all) {
    demo = await startDemo(peer);
    await takeAll(browser, demo.desk, DEMO_PAGES(demo), DEMO);
  }
  console.log(`${shots.length + (all ? 0 : DEMO.length)} pictures in ${folder}`);
} finally {
  await browser.close();
  await desk?.stop();
  await demo?.desk.stop();
  if (demo) await rm(demo.desk.server.data, { recursive: true, force: true });
  await peer.stop();
}
