// A salesman who sees his own leads only: every route that knows leads is asked, as he and as his
// token, with the id of somebody else's lead. The answer is the same as for an id that never was.
// Which routes there are is read from docs/openapi.yaml: none can be forgotten.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { startWatched } from './browser.mjs';
import { ADMIN, asForm, asJson, asMultipart, ask, startDesk } from './desk.mjs';
import { awayFromMidnight, root } from './zulauf.mjs';

const contract = parse(readFileSync(path.join(root, 'docs/openapi.yaml'), 'utf8'), { maxAliasCount: -1 });
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const FOREIGN = 'fremd@example.org';
const NEVER = 'ld_0D8QZ6K3T0R40';
const SALES = { email: 'kai@example.org', name: 'Kai Kollege', password: 'Sieben-Kisten-am-Kai' };

let desk;
let form;
let kai; // { id, cookie, csrf, token }
let own;
let free;
let foreign;
let task; // of the foreign lead
let file;

async function signIn({ email, password }) {
  const done = await ask(`${desk.server.url}/sign-in`, { method: 'POST', ...asJson({ email, password }), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  expect(done.status, done.text).toBe(200);
  return { cookie: done.headers['set-cookie'][0].split(';', 1)[0], csrf: done.json.csrf };
}

const sees = (value) => desk.data('PATCH', '/settings', { sales_sees: value });
const give = (lead, owner) => desk.data('POST', `/leads/${lead}/care`, { owner });

test.beforeAll(async () => {
  await awayFromMidnight();
  desk = await startDesk();
  form = await desk.form();
  const joined = await desk.data('POST', '/users/invite', { email: SALES.email, role: 'sales' });
  await ask(joined.link, { method: 'POST', ...asForm({ name: SALES.name, password: SALES.password }) });
  const { users } = await desk.data('GET', '/users');
  const id = users.find((user) => user.email === SALES.email).id;
  // Every right there is to give, but for the one that is tried here.
  await desk.data('POST', `/users/${id}/rights`, { rights: ['export', 'wordings_approve', 'applicants', 'import'] });
  kai = { id, ...await signIn(SALES) };
  const made = await ask(`${desk.server.url}/api/v1/tokens`, {
    method: 'POST', body: JSON.stringify({ name: 'Kais Programm', scopes: ['leads_read', 'leads_write', 'export', 'withdraw', 'forms_read', 'account'] }),
    headers: { 'content-type': 'application/json', cookie: kai.cookie, 'x-csrf-token': kai.csrf },
  });
  expect(made.status, made.text).toBe(201);
  kai.token = made.json.data.token;
  own = await desk.confirmedLead(form, { email: 'eigen@example.org', first_name: 'Eva', last_name: 'Eigen' });
  foreign = await desk.confirmedLead(form, { email: FOREIGN, first_name: 'Frieda', last_name: 'Fremdling' });
  free = await desk.confirmedLead(form, { email: 'frei@example.org', first_name: 'Felix', last_name: 'Freiwild' });
  const me = (await desk.data('GET', '/users')).users.find((user) => user.role === 'administrator').id;
  await give(own.id, kai.id);
  await give(foreign.id, me);
  task = (await desk.data('POST', `/leads/${foreign.id}/tasks`, { title: 'Anrufen', assignee: me })).id;
  const asks = await desk.form({ name: 'Mit Datei', double_opt_in: false, consents: [], fields: [{ key: 'email' }, { key: 'free_anlage', type: 'file', label: 'Anlage' }] });
  const sent = await asMultipart({ email: FOREIGN, free_anlage: new File(['%PDF-1.7'], 'geheim.pdf') });
  expect((await ask(`${desk.server.url}/f/${asks.slug}/files`, { method: 'POST', ...sent, headers: { ...sent.headers, accept: 'application/json' } })).status).toBe(202);
  [{ id: file }] = await desk.data('GET', `/leads/${foreign.id}/files`);
  await desk.data('POST', `/leads/${foreign.id}/notes`, { text: 'Nur für Miriam.' });
});
test.afterAll(() => desk?.stop());

const routes = Object.entries(contract.paths).flatMap(([where, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ where, method, api: where.startsWith('/api/v1') })));
const aboutLeads = routes.filter(({ where }) => /^(\/api\/v1)?\/leads\/\{/.test(where));
const lists = routes.filter(({ where, method }) => method === 'get' && !where.includes('{'));
// Streams, files of the program, and what ends the session.
const OTHER = [/^\/events$/, /^\/(livez|readyz|metrics)$/, /export$/, /^\/sign-out/];

const BODIES = [
  [/\/notes$/, { text: 'x' }], [/\/withdraw$/, { channel: 'email', note: 'x' }], [/\/tasks$/, { title: 'x' }],
  [/\/care$/, { owner: 'me' }], [/\/phase$/, { phase: 'mql' }], [/\/leads\/\{id\}$/, { fields: { city: 'Kiel' } }],
];

function call({ where, method, api }, lead, as) {
  const filled = where.replace('{id}', lead).replace('{task}', task).replace('{file}', file);
  const body = BODIES.find(([one]) => one.test(where))?.[1] ?? {};
  const who = as === 'token' ? { authorization: `Bearer ${kai.token}` } : { cookie: kai.cookie, 'x-csrf-token': kai.csrf };
  const sent = method === 'get' ? {} : api ? asJson(body) : asForm({ ...body, fields: '', csrf: kai.csrf });
  return ask(`${desk.server.url}${filled}`, { method: method.toUpperCase(), ...sent, headers: { ...who, ...sent.headers } });
}

for (const as of ['session', 'token']) {
  test(`somebody else's lead is answered like one that never was (${as})`, async () => {
    await sees('own');
    expect(aboutLeads.length).toBeGreaterThan(25);
    const wrong = [];
    for (const route of aboutLeads) {
      if (as === 'token' && !route.api) continue;
      const [there, never] = [await call(route, foreign.id, as), await call(route, NEVER, as)];
      const same = there.status === never.status && (there.status === 404 || there.status === 403);
      if (!same) wrong.push(`${route.method.toUpperCase()} ${route.where}: ${there.status}, never: ${never.status} ${there.text.slice(0, 160)}`);
      expect(there.text).not.toContain(FOREIGN);
      expect(there.text).not.toContain('Fremdling');
    }
    expect(wrong).toEqual([]);
  });

  test(`no list, count or export tells of it (${as})`, async () => {
    await sees('own');
    let asked = 0;
    for (const route of lists) {
      if (OTHER.some((one) => one.test(route.where)) || (as === 'token' && !route.api)) continue;
      for (const query of route.where.endsWith('/leads') ? ['', '?query=fremdling', '?query=fremd%40exam', '?owner=none', '?sort=name', '?sort=-last', '?phase=lead', '?may_email=yes', `?source=${encodeURIComponent(foreign.source.label ?? '')}`] : ['']) {
        const reply = await call({ ...route, where: route.where + query }, '', as);
        expect(reply.status, route.where).toBeLessThan(500);
        for (const word of [FOREIGN, 'Fremdling', 'geheim.pdf', foreign.id, 'Nur für Miriam']) expect(reply.text.includes(word), `${route.where}${query}: ${word}`).toBe(false);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(10);
  });
}

const asKai = (method, where, body) => {
  const sent = body === undefined ? {} : asJson(body);
  return ask(`${desk.server.url}/api/v1${where}`, { method, ...sent, headers: { authorization: `Bearer ${kai.token}`, ...sent.headers } });
};
const emails = async (where = '/leads') => (await asKai('GET', where)).json.data.map((lead) => lead.email).sort();

test('his own lead is there, in the list, the export and on its page', async () => {
  await sees('own');
  expect(await emails()).toEqual(['eigen@example.org']);
  expect((await asKai('GET', `/leads/${own.id}`)).status).toBe(200);
  for (const query of ['', '?phase=lead', '?may_email=yes']) {
    const csv = (await asKai('GET', `/leads/export${query}`)).text;
    expect(csv).toContain('eigen@example.org');
    expect(csv).not.toContain('example.org,,fremd');
    expect(csv).not.toContain(FOREIGN);
    expect(csv).not.toContain('frei@example.org');
  }
  const today = (await asKai('GET', '/today')).json.data;
  expect(today.new_leads.count).toBe(1);
  expect(today.last.map((one) => one.email)).toEqual(['eigen@example.org']);
});

test('two salesmen are each told numbers of their own leads, and none of the whole', async ({ browser }) => {
  await sees('own');
  const joined = await desk.data('POST', '/users/invite', { email: 'nora@example.org', role: 'sales' });
  await ask(joined.link, { method: 'POST', ...asForm({ name: 'Nora Nachbarin', password: SALES.password }) });
  const nora = { id: (await desk.data('GET', '/users')).users.find((user) => user.email === 'nora@example.org').id, ...await signIn({ email: 'nora@example.org', password: SALES.password }) };
  const campaign = await desk.data('POST', '/campaigns', { name: 'Messe', channel: 'fair', from: '2026-01-01' });
  await desk.data('POST', `/campaigns/${campaign.id}/forms`, { form: form.id });
  const hers = [];
  for (const one of ['a', 'b']) {
    const lead = await desk.confirmedLead(form, { email: `nora-${one}@example.org`, last_name: `Nora ${one}` });
    await give(lead.id, nora.id);
    hers.push(lead.email);
  }
  await desk.submit(form, { email: 'nora-c@example.org', last_name: 'Nora c' });
  const open = (await desk.data('GET', '/leads?query=nora-c')).find((lead) => lead.email === 'nora-c@example.org');
  await give(open.id, nora.id);
  const as = (who) => async (where) => (await ask(`${desk.server.url}/api/v1${where}`, { headers: { cookie: who.cookie } })).json.data;
  const [his, her] = [as(kai), as(nora)];
  const all = await desk.data('GET', '/today');
  expect(all.rate.requested).toBeGreaterThan(3);
  expect(all.submissions_today.count).toBeGreaterThan(5);
  for (const [who, ask_, count, waiting] of [['Kai', his, 1, 0], ['Nora', her, 3, 1]]) {
    const today = await ask_('/today');
    expect([who, today.new_leads.count, today.awaiting.count, today.submissions_today.count, today.last.length]).toEqual([who, count, waiting, count, count]);
    expect([today.rate, today.forms, today.submissions_today.held]).toEqual([null, [], 0]);
    for (const one of await ask_('/forms')) expect([one.submissions, one.confirmed, one.held]).toEqual([null, null, null]);
    const way = await ask_(`/forms/${form.id}/funnel`);
    expect([way.submissions, way.confirmed, way.steps.length]).toEqual([null, null, 2]);
    for (const day of way.by_day) expect([day.submissions, day.confirmed]).toEqual([null, null]);
    const [seen] = await ask_('/campaigns');
    expect([seen.leads, seen.confirmed, seen.cost_per_lead_cents]).toEqual([null, null, null]);
    const one = await ask_(`/campaigns/${campaign.id}`);
    expect([one.leads, one.confirmed, one.course, one.forms.map((f) => f.submissions)]).toEqual([null, null, [], [null]]);
  }
  expect((await desk.data('GET', `/campaigns/${campaign.id}`)).leads).toBe(3);
  // Kai may export: the columns of what was won are empty for him.
  const csv = (await asKai('GET', '/campaigns/export')).text.trim().split('\r\n').map((line) => line.split(','));
  expect(csv[1].slice(csv[0].indexOf('leads'), csv[0].indexOf('cost_per_confirmed') + 1)).toEqual(['', '', '', '']);
  // The palette finds what she sees, and the bell rings for that.
  for (const [ask_, found] of [[his, 0], [her, 2]]) expect((await ask_('/leads?query=nora')).filter((lead) => hers.includes(lead.email))).toHaveLength(found);
  for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
    const view = await startWatched(browser, { origin: desk.server.url, lang, screen });
    const [name, value] = nora.cookie.split('=');
    await view.context.addCookies([{ name, value, url: desk.server.url }]);
    await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asJson({ lang }), headers: { 'content-type': 'application/json', cookie: nora.cookie, 'x-csrf-token': nora.csrf } });
    for (const [where, shot] of [['/', 'today'], ['/forms', 'forms'], [`/forms/${form.id}`, 'form'], ['/campaigns', 'campaigns'], [`/campaigns/${campaign.id}`, 'campaign']]) {
      await view.go(where);
      await view.check();
      if (process.env.SHOTS) await view.page.screenshot({ path: `${process.env.SHOTS}/own-${shot}-${lang}-${screen}.png`, fullPage: true });
    }
    await expect(view.page.getByText(view.t('campaign.not_told'))).toBeVisible();
    await expect(view.page.locator('.tiles')).toHaveCount(0);
    // What comes in for her while the page is open arrives on it.
    if (screen === 'desktop') {
      await view.go('/');
      await expect(view.page.locator('.tiles b').first()).toHaveText('3');
      await give(own.id, nora.id);
      await expect(view.page.locator('.tiles b').first()).toHaveText('4');
      await give(own.id, kai.id);
    }
    await view.close();
  }
});

test('whom nobody looks after is seen where the setting says so, and can be taken', async () => {
  await sees('own');
  expect((await asKai('GET', `/leads/${free.id}`)).status).toBe(404);
  expect((await asKai('POST', `/leads/${free.id}/care`, { owner: 'me' })).status).toBe(404);
  await sees('own_and_free');
  expect(await emails()).toEqual(['eigen@example.org', 'frei@example.org']);
  expect(await emails('/leads?owner=none')).toEqual(['frei@example.org']);
  expect(await emails('/leads?query=freiwild')).toEqual(['frei@example.org']);
  expect((await asKai('GET', `/leads/${foreign.id}`)).status).toBe(404);
  expect((await asKai('POST', `/leads/${free.id}/care`, { owner: 'me' })).status).toBe(200);
  await give(free.id, '');
});

test('what is handed to somebody else is gone at once, and its tasks with it', async () => {
  await sees('own');
  const { users } = await desk.data('GET', '/users');
  const me = users.find((user) => user.role === 'administrator').id;
  const lead = await desk.data('POST', '/leads', { fields: { last_name: 'Wandernd' }, email: 'wandernd@example.org' });
  await give(lead.id, kai.id);
  await asKai('POST', `/leads/${lead.id}/tasks`, { title: 'Zurückrufen' });
  expect((await asKai('GET', '/tasks')).json.data).toHaveLength(1);
  expect(await emails()).toContain('wandernd@example.org');
  expect((await asKai('POST', `/leads/${lead.id}/care`, { owner: me })).status).toBe(200);
  expect((await asKai('GET', `/leads/${lead.id}`)).status).toBe(404);
  expect(await emails()).not.toContain('wandernd@example.org');
  expect((await asKai('GET', '/tasks')).json.data).toHaveLength(0);
  // Nobody gets a task on a lead that he does not see.
  const refused = await desk.api('POST', `/leads/${lead.id}/tasks`, { title: 'Blind', assignee: kai.id });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].field).toBe('assignee');
});

test('what he writes down himself is his', async () => {
  await sees('own');
  const made = await asKai('POST', '/leads', { fields: { last_name: 'Selbst' }, email: 'selbst@example.org' });
  expect(made.status, made.text).toBe(201);
  expect(made.json.data.owner.id).toBe(kai.id);
  expect((await asKai('GET', `/leads/${made.json.data.id}`)).status).toBe(200);
});

test('the right to see all lifts it for one person, and his tokens', async () => {
  await sees('own');
  const him = async () => (await desk.data('GET', '/users')).users.find((user) => user.id === kai.id);
  expect((await him()).rights_open).toContain('leads_all');
  await desk.data('POST', `/users/${kai.id}/rights`, { rights: ['export', 'leads_all'] });
  expect((await him()).rights).toContain('leads_all');
  expect((await asKai('GET', `/leads/${foreign.id}`)).status).toBe(200);
  await desk.data('POST', `/users/${kai.id}/rights`, { rights: ['export'] });
  expect((await asKai('GET', `/leads/${foreign.id}`)).status).toBe(404);
});

test('the people page offers that right, where it is one, and remembers it', async ({ browser }) => {
  await sees('own');
  const view = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
  const { page } = view;
  await view.go('/sign-in');
  await page.locator('[name=email]').fill(ADMIN.email);
  await page.locator('[name=password]').fill(ADMIN.password);
  await page.locator('main button[type=submit]').click();
  const box = page.locator(`[id="r-${kai.id}-leads_all"]`);
  const save = async (checked) => {
    await view.go('/users');
    await page.locator('details.rights').filter({ has: box }).locator('summary').click();
    await box.setChecked(checked);
    await page.locator('details.rights').filter({ has: box }).getByRole('button').click();
  };
  const seen = async () => (await asKai('GET', `/leads/${foreign.id}`)).status;
  await save(true);
  await expect.poll(seen).toBe(200);
  await view.go('/users');
  await expect(box).toBeChecked();
  await save(false);
  await expect.poll(seen).toBe(404);
  await sees('all'); // they all have it
  await view.go('/users');
  await expect(box).toHaveCount(0);
  // What was so already is nothing that was done.
  const roles = async () => (await desk.data('GET', '/audit?action=user.role')).length;
  const before = await roles();
  await desk.data('POST', `/users/${kai.id}/role`, { role: 'sales' });
  expect(await roles()).toBe(before);
  await view.close();
});

test('a salesman’s first page asks him for nothing that he may not do, and counts nothing that is not his', async ({ browser }) => {
  await sees('own');
  const view = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  const { page } = view;
  const [name, value] = kai.cookie.split('=');
  await view.context.addCookies([{ name, value, url: desk.server.url }]);
  await view.go('/');
  await expect(page.locator('#h-set')).toHaveCount(0);
  await expect(page.locator('.head p')).toContainText(view.t('today.submissions_own.one'));
  await expect(page.locator('.tiles > li')).toHaveCount(2);
  await expect(page.locator('#h-forms')).toHaveCount(0);
  // Four places, and no gap for a fifth.
  await expect(page.locator('.nav .bar > li')).toHaveCount(4);
  await expect(page.locator('.nav .bar > li > a')).toHaveText([view.t('nav.today'), new RegExp(view.t('nav.mine')), view.t('nav.leads')]);
  const bar = await page.locator('.nav .bar').boundingBox();
  const last = await page.locator('.nav .bar > li').last().boundingBox();
  expect(last.x + last.width).toBeGreaterThan(bar.x + bar.width - 2);
  await view.go('/leads/mine');
  await expect(page.locator('main a[href="/leads?owner=none"]')).toHaveCount(0);
  await sees('own_and_free');
  await view.go('/leads/mine');
  await expect(page.locator('main a[href="/leads?owner=none"]').first()).toBeVisible();
  await view.close();
});

test('on the phone a lead’s page begins with what is to be done and what was written, and ends with putting it away', async ({ browser }) => {
  await sees('all');
  const view = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  const { page } = view;
  const [name, value] = kai.cookie.split('=');
  await view.context.addCookies([{ name, value, url: desk.server.url }]);
  await view.go(`/leads/${foreign.id}`);
  const top = async (selector) => (await page.locator(selector).first().boundingBox()).y;
  const order = [await top('h1'), await top('#betreuung'), await top('#steckbrief'), await top('section[aria-labelledby=h-tl]'), await top('form[action$="/trash"]')];
  expect(order).toEqual([...order].sort((a, b) => a - b));
  await view.check();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/lead-phone.png`, fullPage: true });
  await view.close();
});

test('the setting refuses what it does not know', async () => {
  const refused = await desk.api('PATCH', '/settings', { sales_sees: 'some' });
  expect(refused.status).toBe(422);
  expect(refused.json.errors[0].field).toBe('sales_sees');
});

test('a form that he tries with a stranger’s address works, and shows him nothing', async () => {
  await sees('own');
  const opened = await asKai('GET', `/forms/${form.id}/try`);
  const url = new URL(opened.json.data.url);
  const reply = await ask(`${desk.server.url}${url.pathname}${url.search}`, {
    method: 'POST', ...asJson({ fields: { email: FOREIGN }, consents: [] }),
    headers: { cookie: kai.cookie, accept: 'application/json', 'content-type': 'application/json' },
  });
  expect(reply.status, reply.text).toBeLessThan(300);
});

for (const lang of ['de', 'en']) {
  for (const screen of ['desktop', 'phone']) {
    test(`the pages say whose leads are shown (${lang}, ${screen})`, async ({ browser }) => {
      await sees('own_and_free');
      const view = await startWatched(browser, { origin: desk.server.url, lang, screen });
      const [name, value] = kai.cookie.split('=');
      await view.context.addCookies([{ name, value, url: desk.server.url }]);
      await ask(`${desk.server.url}/api/v1/account`, { method: 'POST', ...asJson({ lang }), headers: { 'content-type': 'application/json', cookie: kai.cookie, 'x-csrf-token': kai.csrf } });
      await view.go('/leads');
      await expect(view.page.getByText(view.t('lead_list.reach_free'))).toBeVisible();
      await view.check();
      await view.go(`/leads/${foreign.id}`, 404);
      const admin = desk.cookie.split('=');
      await view.context.addCookies([{ name: admin[0], value: admin[1], url: desk.server.url }]);
      await desk.api('POST', '/account', { lang });
      await view.go('/settings');
      await view.page.getByLabel(view.t('settings.sales_sees')).selectOption('own');
      await view.check();
      await view.page.getByRole('button', { name: view.t('settings.save'), exact: true }).click();
      await expect(view.page.getByLabel(view.t('settings.sales_sees'))).toHaveValue('own');
      await view.close();
    });
  }
}
