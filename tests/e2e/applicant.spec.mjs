// Applications: a form of its own kind; whoever lacks the right finds them nowhere, and every route
// that knows leads answers as for an id that never was (read from docs/openapi.yaml).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { startWatched } from './browser.mjs';
import { asForm, asJson, asMultipart, ask, startDesk } from './desk.mjs';
import { awayFromMidnight, root } from './zulauf.mjs';

const contract = parse(readFileSync(path.join(root, 'docs/openapi.yaml'), 'utf8'), { maxAliasCount: -1 });
const NEVER = 'ld_0D8QZ6K3T0R40';
const ADDRESS = 'ada@example.org';
const MARK = { email: 'mark@example.org', password: 'Sieben-Kisten-am-Kai' };
const SECRETS = ['Bewerberin', 'Geheimes Anschreiben', 'lebenslauf-ada.pdf'];

let desk;
let customer;
let jobs;
let applicant;
let file;
let mark; // marketing: all leads, no applicants


const KIND = {
  name: 'Ausbildung', slug: 'ausbildung', kind: 'application', double_opt_in: false, consents: [],
  fields: [{ key: 'last_name', required: true }, { key: 'email', required: true }, { key: 'message' }, { key: 'free_cv', type: 'file', label: 'Lebenslauf', accept: 'document' }],
};
const applicants = () => desk.data('GET', '/leads?state=applicant');

async function apply(last_name, email) {
  const sent = await asMultipart({ last_name, email, message: 'Geheimes Anschreiben', free_cv: new File(['%PDF-1.7'], 'lebenslauf-ada.pdf') });
  const reply = await ask(`${desk.server.url}/f/${jobs.slug}/files`, { method: 'POST', ...sent, headers: { ...sent.headers, accept: 'application/json' } });
  expect(reply.status, reply.text).toBe(202);
  return (await applicants()).find((one) => one.fields.last_name === last_name);
}

test.beforeAll(async () => {
  await awayFromMidnight();
  desk = await startDesk();
  customer = await desk.confirmedLead(await desk.form(), { email: ADDRESS, first_name: 'Ada', last_name: 'Kundin' });
  jobs = await desk.data('POST', '/forms', KIND);
  const invited = await desk.data('POST', '/users/invite', { email: MARK.email, role: 'marketing' });
  await ask(invited.link, { method: 'POST', ...asForm({ name: 'Mark Markt', password: MARK.password }) });
  const done = await ask(`${desk.server.url}/sign-in`, { method: 'POST', ...asJson(MARK), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  const { users } = await desk.data('GET', '/users');
  mark = { id: users.find((user) => user.email === MARK.email).id, cookie: done.headers['set-cookie'][0].split(';', 1)[0], csrf: done.json.csrf };
  applicant = await apply('Bewerberin', ADDRESS);
  [{ id: file }] = await desk.data('GET', `/leads/${applicant.id}/files`);
});
test.afterAll(() => desk?.stop());

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const routes = Object.entries(contract.paths).flatMap(([where, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ where, method, api: where.startsWith('/api/v1') })));
const BODIES = [[/\/notes$/, { text: 'x' }], [/\/withdraw$/, { channel: 'email' }], [/\/tasks$/, { title: 'x' }], [/\/care$/, { owner: 'me' }], [/\/phase$/, { phase: 'mql' }], [/\/leads\/\{id\}$/, { fields: { city: 'Kiel' } }]];

function call({ where, method, api }, lead) {
  const filled = where.replace('{id}', lead).replace('{task}', 'tk_0D8QZ6K3T0R40').replace('{file}', file);
  const body = BODIES.find(([one]) => one.test(where))?.[1] ?? {};
  const sent = method === 'get' ? {} : api ? asJson(body) : asForm({ ...body, fields: '', csrf: mark.csrf });
  return ask(`${desk.server.url}${filled}`, { method: method.toUpperCase(), ...sent, headers: { cookie: mark.cookie, 'x-csrf-token': mark.csrf, ...sent.headers } });
}

test('a customer with the same address is left as he was', async () => {
  const now = await desk.data('GET', `/leads/${customer.id}`);
  expect(now).toMatchObject({ state: 'active', version: customer.version, fields: customer.fields, last_at: customer.last_at });
  expect(applicant.id).not.toBe(customer.id);
  expect(applicant).toMatchObject({ state: 'applicant', email: ADDRESS, rejected_at: null, owner: null, campaign: null });
  expect(applicant.may_email.state).toBe('no');
  expect((await desk.data('GET', '/leads')).map((one) => one.id)).toEqual([customer.id]);
  const today = await desk.data('GET', '/today');
  expect(today.new_leads.count).toBe(1);
  expect(today.submissions_today.count).toBe(1);
  expect(today.last.map((one) => one.email)).toEqual([ADDRESS]);
  expect((await desk.data('GET', `/forms/${jobs.id}/submissions`))).toHaveLength(1);
});

test('without the right every route about a lead answers as if there were none', async () => {
  const about = routes.filter(({ where }) => /^(\/api\/v1)?\/leads\/\{/.test(where));
  expect(about.length).toBeGreaterThan(25);
  const wrong = [];
  for (const route of about) {
    const [there, never] = [await call(route, applicant.id), await call(route, NEVER)];
    if (there.status !== never.status || ![403, 404].includes(there.status)) wrong.push(`${route.method} ${route.where}: ${there.status}, never: ${never.status} ${there.text.slice(0, 120)}`);
    for (const word of SECRETS) expect(there.text).not.toContain(word);
  }
  expect(wrong).toEqual([]);
});

test('and no list, search, count or export tells of it', async () => {
  const lists = routes.filter(({ where, method }) => method === 'get' && (!where.includes('{') || /\/forms\/\{id\}/.test(where)) && !/^\/(events|livez|readyz|metrics)$|^\/sign-out/.test(where));
  for (const route of lists) {
    for (const query of route.where.endsWith('/leads') ? ['', '?state=applicant', '?query=bewerberin', '?state=applicant&query=bewerberin', '?owner=none&state=applicant', '?sort=name&state=applicant'] : ['']) {
      const reply = await call({ ...route, where: route.where.replace('{id}', jobs.id) + query }, '');
      expect(reply.status, route.where).toBeLessThan(500);
      for (const word of [...SECRETS, applicant.id]) expect(reply.text.includes(word), `${route.where}${query}: ${word}`).toBe(false);
    }
  }
  expect((await ask(`${desk.server.url}/leads`, { headers: { cookie: mark.cookie } })).text).not.toContain('state=applicant');
});

test('the right shows it, and stands on the page of people', async () => {
  await desk.data('POST', `/users/${mark.id}/rights`, { rights: ['applicants'] });
  const seen = await call({ where: '/api/v1/leads/{id}', method: 'get', api: true }, applicant.id);
  expect(seen.status).toBe(200);
  expect((await call({ where: '/leads?state=applicant', method: 'get' }, '')).text).toContain('Bewerberin');
  await desk.data('POST', `/users/${mark.id}/rights`, { rights: [] });
  expect((await call({ where: '/api/v1/leads/{id}', method: 'get', api: true }, applicant.id)).status).toBe(404);
});

test('sales has no part in it', async () => {
  for (const [method, where, body] of [['POST', 'trash'], ['POST', 'archive'], ['POST', 'care', { owner: 'me' }], ['POST', 'tasks', { title: 'x' }], ['POST', 'phase', { phase: 'mql' }]]) {
    const refused = await desk.api(method, `/leads/${applicant.id}/${where}`, body ?? {});
    expect(refused.status, `${where}: ${refused.text}`).toBe(409);
  }
  expect((await desk.api('POST', `/leads/${customer.id}/reject`, {})).status).toBe(409);
  const wrong = await desk.api('POST', '/forms', { ...KIND, name: 'Falsch', slug: 'falsch', double_opt_in: true, consents: [{ purpose: 'newsletter', channel: 'email', text: 'Ja, bitte gern.' }] });
  expect(wrong.status).toBe(422);
  expect(wrong.json.errors.map((one) => one.field)).toContain('kind');
});

for (const [lang, screen, name] of [['de', 'desktop', 'Deichmann'], ['en', 'phone', 'Englert']]) {
  test(`from the template to the rejection: ${lang}, ${screen}`, async ({ browser }) => {
    await desk.api('POST', '/account', { lang });
    const one = await apply(name, `${lang}@example.org`);
    const view = await startWatched(browser, { origin: desk.server.url, lang, screen });
    const { page } = view;
    const [key, value] = desk.cookie.split('=');
    await view.context.addCookies([{ name: key, value, url: desk.server.url }]);
    await view.go('/forms/new?template=application');
    await expect(page.locator('[name=kind]')).toHaveValue('application');
    await page.locator('[name=slug]').fill(`jobs-${lang}`);
    await view.check();
    await page.getByRole('button', { name: view.t('form_edit.publish'), exact: true }).click();
    await expect(page).toHaveURL(/\/forms\/fm_/);
    await view.go('/leads');
    await page.getByRole('link', { name: view.t('lead_list.applicant') }).click();
    await expect(page.getByText(view.t('applicant.text'))).toBeVisible();
    await view.check();
    await page.getByRole('link', { name }).click();
    await expect(page.getByText(view.t('applicant.is'))).toBeVisible();
    await view.check();
    await page.getByRole('button', { name: view.t('applicant.reject') }).click();
    await expect(page.getByText(view.t('flash.applicant_rejected'))).toBeVisible();
    await expect(page.getByRole('button', { name: view.t('applicant.reopen') })).toBeVisible();
    await view.check();
    expect((await desk.data('GET', `/leads/${one.id}`)).rejected_at).not.toBe(null);
    expect((await desk.data('GET', '/audit?action=applicant')).map((entry) => entry.action)).toContain('applicant.reject');
    await view.go(`/leads/${one.id}/edit`);
    await view.check();
    await view.go('/settings');
    await expect(page.getByLabel(view.t('settings.applicant_keep_months'))).toHaveValue('6');
    await view.go(`/leads/${one.id}`);
    await page.getByRole('button', { name: view.t('applicant.erase') }).click();
    await expect.poll(async () => (await desk.api('GET', `/leads/${one.id}`)).status).toBe(404);
    await view.close();
  });
}
