// Another workspace's ids are not there: every route that takes one is asked for it by an
// administrator of a second workspace, and answers 404. Which routes there are is read from
// docs/openapi.yaml, which openapi.spec.mjs holds against the code: none can be forgotten.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { asForm, asJson, asMultipart, ask, idOf, startDesk } from './desk.mjs';
import { binary, root, until } from './zulauf.mjs';

const HOST = 'zweite.test';
const contract = parse(readFileSync(path.join(root, 'docs/openapi.yaml'), 'utf8'), { maxAliasCount: -1 });
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

let desk;
let of; // what the first workspace has, by kind
let cookie;
let csrf;
let bearer;

const secretOf = (link) => new URL(link).pathname.split('/')[2];

async function fill() {
  const form = await desk.form();
  const lead = await desk.confirmedLead(form, { email: 'wand@example.org' });
  const [mail] = await desk.mailsTo('wand@example.org');
  await desk.data('POST', `/leads/${lead.id}/notes`, { text: 'Nur für uns.' });
  const invited = await desk.data('POST', '/users/invite', { email: 'offen@example.org', role: 'sales' });
  const joined = await desk.data('POST', '/users/invite', { email: 'kollege@example.org', role: 'sales' });
  const came = await ask(joined.link, { method: 'POST', ...asForm({ name: 'Kai Kollege', password: 'Sieben-Kisten-am-Kai' }) });
  const { users } = await desk.data('GET', '/users');
  const colleague = users.find((user) => user.email === 'kollege@example.org').id;
  await desk.data('POST', `/leads/${lead.id}/tasks`, { title: 'Anrufen', assignee: colleague });
  const told = await ask(`${desk.server.url}/api/v1/notices`, { headers: { cookie: came.headers['set-cookie'][0].split(';', 1)[0] } });
  const account = await desk.data('GET', '/account');
  const [workspace] = await desk.data('GET', '/workspaces');
  const measure = await desk.data('POST', '/campaigns', { name: 'Messe', channel: 'fair', from: '2026-03-01' });
  await desk.data('POST', `/campaigns/${measure.id}/costs`, { label: 'Stand', amount_cents: 100 });
  const linked = await desk.data('POST', `/campaigns/${measure.id}/links`, { name: 'Plakat', form: form.id });
  const channel = (await desk.data('POST', '/campaigns/channels', { name_de: 'Podcast' })).find((one) => one.own).key;
  const here = users.find((user) => user.email !== 'kollege@example.org' && !user.disabled).id;
  await desk.data('POST', '/sales/rules', { when: 'always', people: [here] });
  const sales = await desk.data('POST', '/sales/absences', { user: here, from: '2099-03-12', to: '2099-03-20' });
  const kiosk = await desk.data('POST', `/forms/${form.id}/kiosks`, { stand: 'Nur unserer', to: new Date(Date.now() + 172_800_000).toISOString().slice(0, 10) });
  const brought = await desk.data('POST', '/imports', await asMultipart({ file: new File([Buffer.from('email\nwand2@example.org\n')], 'a.csv') }));
  desk.leaveUndone({ kind: 'submission.take_back', payload: 'x', attempts: 5 });
  const undone = await until(async () => (await desk.data('GET', '/settings/jobs'))[0], { what: 'a dead letter' });
  return {
    job: undone.id,
    import: brought.id, campaign: measure.id, code: linked.links[0].code, channel,
    kiosk: kiosk.id, tablet: kiosk.url.split('/').at(-1),
    notice: told.json.data.notices[0].id, rule: sales.rules[0].id, absence: sales.absences[0].id,
    wording: (await desk.data('GET', '/wordings'))[0].id,
    lead: lead.id, form: form.id, slug: form.slug, mail: mail.id, invitation: invited.id,
    user: users.find((user) => user.email === 'kollege@example.org').id,
    session: account.sessions[0].id, token: account.tokens[0].id, workspace: workspace.id,
    secret: secretOf(invited.link), confirm: secretOf(await desk.confirmLink('wand@example.org')),
  };
}

test.beforeAll(async () => {
  desk = await startDesk();
  of = await fill();
  // The second workspace, and somebody who administers it and nothing else.
  const made = await desk.data('POST', '/workspaces', { name: 'Zweite GmbH', host: HOST, email: 'chefin@zweite.test' });
  const there = (where, options = {}) => ask(`${desk.server.url}${where}`, { ...options, headers: { host: HOST, ...options.headers } });
  const done = await there(new URL(made.link).pathname, {
    method: 'POST', ...asForm({ name: 'Clara Chefin', password: 'Acht-Kraene-am-Kai' }), headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
  });
  expect(done.status, done.text).toBe(200);
  cookie = done.headers['set-cookie'][0].split(';', 1)[0];
  csrf = done.json.csrf;
  const scopes = ['leads_read', 'leads_write', 'leads_erase', 'export', 'forms_read', 'forms_write', 'outbox_read', 'send_again', 'audit_read',
    'settings_read', 'settings_write', 'people', 'workspaces', 'evidence', 'withdraw', 'account', 'import', 'wordings_approve', 'applicants'];
  const token = await there('/api/v1/tokens', {
    method: 'POST', body: JSON.stringify({ name: 'Zweite', scopes }),
    headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json' },
  });
  expect(token.status, token.text).toBe(201);
  bearer = token.json.data.token;
});
test.afterAll(() => desk?.stop());

// Whose id a path wants: the first row that fits.
const WHOSE = [
  [/^\/leads\/\{/, 'lead'],
  [/^\/imports\/\{/, 'import'],
  [/^\/wordings\/\{/, 'wording'],
  [/^\/campaigns\/channels\/\{/, 'channel'],
  [/^\/campaigns\/\{/, 'campaign'],
  [/^\/l\/\{/, 'code'],
  [/^\/sales\/rules\/\{/, 'rule'],
  [/^\/sales\/absences\/\{/, 'absence'],
  [/^\/forms\/\{/, 'form'],
  [/^\/kiosks\/\{/, 'kiosk'],
  [/^\/k\/\{/, 'tablet'],
  [/^\/outbox\/\{/, 'mail'],
  [/^\/settings\/jobs\/\{/, 'job'],
  [/^\/notices\/\{/, 'notice'],
  [/^\/users\/invitations\/\{/, 'invitation'],
  [/^\/users\/\{/, 'user'],
  [/^\/account\/sessions\/\{/, 'session'],
  [/^\/tokens\/\{/, 'token'],
  [/^\/workspaces\/\{/, 'workspace'],
  [/^\/f\/\{/, 'slug'],
  [/^\/[cua]\/\{/, 'confirm'], // signed for the first workspace
  [/^\/(setup|reset|invitation)\/\{/, 'secret'],
];
// Says the same to every token, so that it tells nothing; no mail follows (see below).
const ALWAYS_THE_SAME = '/c/{token}/again';
// What is not of a workspace: a brand's logo and style stand at addresses that nobody can guess.
const NOBODYS = [/^\/assets\//, /^\/brand\//];
// Bodies that would do, where the id were right.
const BODIES = [
  [/\/role$/, { role: 'sales' }], [/\/rights$/, { rights: [] }], [/\/notes$/, { text: 'x' }],
  [/\/delete$/, { typed_name: 'Zulauf' }], [/^\/workspaces\/\{id\}$/, { name: 'X', host: 'x.test' }],
  [/\/withdraw$/, { channel: 'email', note: 'x' }], [/^\/leads\/\{id\}$/, { fields: { city: 'Kiel' }, version: 1, changed_ms: 1 }],
];

const routes = Object.entries(contract.paths).flatMap(([where, item]) =>
  METHODS.filter((method) => item[method] && where.includes('{')).map((method) => ({ where, method, api: where.startsWith('/api/v1') })));

const localOf = (where) => where.replace(/^\/api\/v1/, '');

test('every route that takes an id knows whose', () => {
  expect(routes.length).toBeGreaterThan(60);
  const unknown = routes.map(({ where }) => localOf(where)).filter((where) => !NOBODYS.some((one) => one.test(where)) && !WHOSE.some(([one]) => one.test(where)));
  expect([...new Set(unknown)], 'say in WHOSE what these take').toEqual([]);
});

async function answer({ where, method, api }, as) {
  const local = localOf(where);
  const kind = WHOSE.find(([one]) => one.test(local))?.[1];
  const filled = where.replace(/\{[a-z_]+\}/g, of[kind]);
  const body = BODIES.find(([one]) => one.test(local))?.[1] ?? {};
  const who = as === 'token' ? { authorization: `Bearer ${bearer}` } : { cookie, 'x-csrf-token': csrf };
  const sent = method === 'get' ? {} : api ? asJson(body) : asForm({ ...body, csrf });
  return ask(`${desk.server.url}${filled}`, { method: method.toUpperCase(), ...sent, headers: { host: HOST, ...who, ...sent.headers } });
}

for (const as of ['session', 'token']) {
  test(`another workspace's id answers 404 (${as})`, async () => {
    const wrong = [];
    for (const route of routes) {
      const local = localOf(route.where);
      if (NOBODYS.some((one) => one.test(local)) || (as === 'token' && !route.api)) continue;
      const reply = await answer(route, as);
      const gone = /^\/(setup|reset|invitation|c|a|u)\/\{/.test(local); // links: that they do not hold is all they say
      const fine = reply.status === 404 || (gone && reply.status === 410) || local === ALWAYS_THE_SAME;
      if (!fine) wrong.push(`${route.method.toUpperCase()} ${route.where}: ${reply.status} ${reply.text.slice(0, 120)}`);
      expect(reply.text).not.toContain('wand@example.org');
    }
    expect(wrong).toEqual([]);
  });
}

test('and nothing of the first workspace has changed', async () => {
  const lead = await desk.data('GET', `/leads/${of.lead}`);
  expect(lead.state).toBe('active');
  expect((await desk.data('GET', `/forms/${of.form}`)).state).toBe('published');
  expect(await desk.mailsTo('wand@example.org')).toHaveLength(1);
  const { users, invitations } = await desk.data('GET', '/users');
  expect(users.find((user) => user.id === of.user)).toMatchObject({ role: 'sales', disabled: false });
  expect(invitations.map((one) => one.id)).toContain(of.invitation);
  expect((await desk.data('GET', '/settings/jobs')).map((one) => one.id)).toEqual([of.job]);
  expect((await desk.data('GET', '/workspaces')).find((one) => one.id === of.workspace).deleted_at).toBe(null);
});

test('a workspace takes no host by itself: the rest of the installation answers there', async () => {
  const [own] = (await ask(`${desk.server.url}/api/v1/workspaces`, { headers: { host: HOST, cookie } })).json.data;
  const change = (headers, body) => {
    const sent = asJson(body);
    return ask(`${desk.server.url}/api/v1/workspaces/${own.id}`, { method: 'POST', ...sent, headers: { ...sent.headers, ...headers } });
  };
  const session = { host: HOST, cookie, 'x-csrf-token': csrf };
  for (const who of [session, { host: HOST, authorization: `Bearer ${bearer}` }]) {
    const refused = await change(who, { name: 'Zweite GmbH', host: 'www.alias.test' });
    expect(refused.status, refused.text).toBe(422);
    expect(refused.json.errors.map((one) => one.pointer ?? one.field)).toEqual([expect.stringContaining('host')]);
    expect((await change(who, { name: 'Zweite AG', host: HOST.toUpperCase() })).status).toBe(200);
    expect((await change(who, { name: 'Zweite GmbH' })).status).toBe(200);
  }
  expect((await ask(`${desk.server.url}/api/v1/leads`, { headers: { host: 'www.alias.test', cookie } })).status).toBe(401);
  const page = async (host, signed) => (await ask(`${desk.server.url}/workspaces`, { headers: { host, cookie: signed, accept: 'text/html' } })).text;
  expect(await page(HOST, cookie)).toMatch(/id="h-ws_\w+" name="host" value="zweite\.test"[^>]* readonly/);
  expect(await page(new URL(desk.server.url).host, desk.cookie)).not.toMatch(/name="host"[^>]* readonly/);
  // Who runs the installation gives it another one, and the first one again.
  const runs = { cookie: desk.cookie, 'x-csrf-token': desk.csrf };
  expect((await change(runs, { name: 'Zweite GmbH', host: 'neu.zweite.test' })).status).toBe(200);
  expect((await change(runs, { name: 'Zweite GmbH', host: HOST })).status).toBe(200);
});

test('a workspace that is let go answers nothing, and comes back', async () => {
  const signed = { cookie: desk.cookie, 'x-csrf-token': desk.csrf };
  const call = async (where, body) => {
    const sent = asJson(body);
    return ask(`${desk.server.url}/api/v1${where}`, { method: 'POST', ...sent, headers: { ...sent.headers, ...signed } });
  };
  const list = async () => (await ask(`${desk.server.url}/api/v1/workspaces`, { headers: signed })).json.data;
  const second = (await list()).find((one) => one.host === HOST);
  const inside = () => ask(`${desk.server.url}/api/v1/leads`, { headers: { host: HOST, cookie } });
  expect((await inside()).status).toBe(200);
  expect((await call(`/workspaces/${second.id}/delete`, { typed_name: 'Zweite' })).status).toBe(422);
  expect((await call(`/workspaces/${second.id}/delete`, { typed_name: 'Zweite GmbH' })).status).toBe(200);
  for (const where of ['/', '/sign-in', '/f/kontakt', '/api/v1/leads']) {
    expect((await ask(`${desk.server.url}${where}`, { headers: { host: HOST, cookie } })).status, where).toBe(404);
  }
  const page = await ask(`${desk.server.url}/`, { headers: { host: HOST, cookie, accept: 'text/html' } });
  expect(page.text).toContain(`href="${desk.server.url}/account"`); // to those that he still has
  const going = (await list()).find((one) => one.id === second.id);
  expect(Date.parse(going.deleted_at)).toBeGreaterThan(Date.now());
  expect(going.deleting).toBe(false);
  expect((await call(`/workspaces/${of.workspace}/delete`, { typed_name: (await list())[0].name })).status).toBe(409);
  expect((await call(`/workspaces/${second.id}/take-back`, {})).status).toBe(200);
  expect((await inside()).status).toBe(200);
  const audit = (await ask(`${desk.server.url}/api/v1/audit?action=workspace.`, { headers: signed })).json.data.map((one) => one.action);
  expect(audit).toEqual(expect.arrayContaining(['workspace.create', 'workspace.delete', 'workspace.take_back']));
});

// Entry names and texts of an archive, by a reader that is not ours.
function unzip(bytes) {
  const script = 'import sys, io, json, zipfile\n' +
    'z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n' +
    'assert z.testzip() is None\n' +
    'print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))';
  const done = spawnSync('python3', ['-c', script], { input: bytes, maxBuffer: 64 << 20 });
  expect(done.status, done.stderr.toString()).toBe(0);
  return JSON.parse(done.stdout.toString());
}

const lines = (text) => text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));

test('everything of one workspace comes in one archive, and nothing of another', async () => {
  const reply = await fetch(`${desk.server.url}/api/v1/workspaces/export`, { headers: { authorization: `Bearer ${desk.token}` } });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('application/zip');
  const ours = unzip(Buffer.from(await reply.arrayBuffer()));
  const [dossier] = lines(ours['dossiers.jsonl']).filter((one) => one.lead === of.lead);
  expect(JSON.stringify(dossier)).toContain('wand@example.org');
  expect(JSON.stringify(dossier)).toContain('Nur für uns.');
  expect(dossier.evidence.map((event) => event.consent)).toContain(dossier.consents[0].id);
  expect(ours['README.txt']).toContain('dossiers.jsonl');
  for (const table of ['lead', 'consent_event', 'submission', 'mail', 'touchpoint', 'form_version', 'audit', 'membership']) {
    expect(lines(ours[`tables/${table}.jsonl`]).length, table).toBeGreaterThan(0);
  }
  const whose = new Set(Object.entries(ours).filter(([name]) => name.startsWith('tables/')).flatMap(([, text]) => lines(text)).map((row) => row.workspace_id));
  expect(whose.size).toBe(1);
  for (const secret of ['tables/lead_key.jsonl', 'tables/api_token.jsonl']) expect(ours[secret]).toBe(undefined);

  // The other one, on the command line.
  const there = spawnSync(binary, ['export', 'workspace', '--data', desk.server.data, '--workspace', HOST],
    { cwd: root, maxBuffer: 64 << 20, env: { ...process.env, ...desk.server.options.env } });
  expect(there.status, there.stderr.toString()).toBe(0);
  const theirs = unzip(there.stdout);
  expect(lines(theirs['tables/lead.jsonl'])).toEqual([]);
  expect(theirs['dossiers.jsonl']).toBe('');
  expect(lines(theirs['tables/membership.jsonl'])).toHaveLength(1);
  expect(JSON.stringify(theirs)).not.toContain('wand@example.org');

  // Who is no administrator gets neither.
  // Nor whoever may not see all that is in it.
  for (const [scopes, lacks] of [[['leads_read', 'export'], 'audit_read, workspaces, evidence, applicants'],
    [['leads_read', 'export', 'workspaces', 'evidence', 'outbox_read', 'audit_read'], ': applicants.'],
    [['leads_read', 'export', 'workspaces', 'evidence', 'outbox_read', 'applicants'], ': audit_read.']]) {
    const reader = await desk.newToken('liest nur', scopes);
    const refused = await fetch(`${desk.server.url}/api/v1/workspaces/export`, { headers: { authorization: `Bearer ${reader}` } });
    expect(refused.status).toBe(403);
    expect((await refused.json()).title).toContain(lacks); // says which right it is
  }
});

test('what is sealed in the tables stands opened in the dossiers', async () => {
  const form = await desk.form({ slug: 'oft' });
  for (let i = 0; i < 3; i++) await desk.submit(form, { email: 'oft@example.org', last_name: `Nr. ${i}` });
  const lead = await desk.leadOf('oft@example.org');
  const full = await desk.data('GET', `/leads/${lead.id}`);
  await desk.data('PATCH', `/leads/${lead.id}`, { fields: { company: 'Erste Firma' }, version: full.version });
  const then = await desk.data('GET', `/leads/${lead.id}`);
  await desk.data('PATCH', `/leads/${lead.id}`, { fields: { company: 'Zweite Firma' }, version: then.version });
  await desk.data('POST', `/leads/${lead.id}/tasks`, { title: 'Angebot schicken' });
  await desk.data('POST', `/leads/${lead.id}/phase`, { phase: 'lost', lost_reason: 'price', note: 'Zu teuer, sagt sie.' });
  const reply = await fetch(`${desk.server.url}/api/v1/workspaces/export`, { headers: { authorization: `Bearer ${desk.token}` } });
  const archive = unzip(Buffer.from(await reply.arrayBuffer()));
  const [dossier] = lines(archive['dossiers.jsonl']).filter((one) => one.lead === lead.id);
  expect(dossier.submissions).toHaveLength(3);
  expect(dossier.tasks.map((task) => task.title)).toEqual(['Angebot schicken']);
  expect(dossier.phases[0].note).toBe('Zu teuer, sagt sie.');
  expect(dossier.changes.map((change) => change.before)).toContain('Erste Firma');
});

test('mails and log entries come opened, but for links to accounts, to confirm with, and what was erased', async () => {
  const archive = async () => unzip(Buffer.from(await (await fetch(`${desk.server.url}/api/v1/workspaces/export`, { headers: { authorization: `Bearer ${desk.token}` } })).arrayBuffer()));
  const form = await desk.form({ slug: 'mails' });
  const lead = await desk.confirmedLead(form, { email: 'post@example.org', last_name: 'Geheimrat' });
  await desk.data('POST', `/leads/${lead.id}/phase`, { phase: 'sql' });
  const asks = (await desk.mailsTo('post@example.org')).find((mail) => mail.class === 'doi');
  const { mime } = await desk.data('GET', `/outbox/${asks.id}`);
  const [outbox, entries] = [await desk.data('GET', '/outbox?limit=200'), await desk.data('GET', '/audit')];
  const before = await archive();
  const mails = lines(before['mails.jsonl']);
  expect(mails.map((mail) => mail.mail)).toEqual(expect.arrayContaining(outbox.map((mail) => mail.id)));
  expect(new Set(mails.map((mail) => mail.mail)).size).toBe(mails.length);
  // The link still holds; and who was invited is to come by himself.
  expect(mails.find((mail) => mail.mail === asks.id)).toMatchObject({ to: 'post@example.org', lead: lead.id, class: 'doi', withheld: 'link_holds', source: null });
  const invited = mails.filter((mail) => mail.class === 'system');
  expect(invited.length).toBeGreaterThan(0);
  for (const mail of invited) expect(mail).toMatchObject({ withheld: 'to_colleague', source: null });
  for (const secret of [of.secret, of.confirm]) expect(JSON.stringify(before).includes(secret)).toBe(false);
  const log = lines(before['log.jsonl']);
  expect(log.map((entry) => entry.id)).toEqual(expect.arrayContaining(entries.map((entry) => entry.id)));
  expect(log.find((entry) => entry.action === 'workspace.export').detail.leads).toBeGreaterThan(0);
  expect(log.some((entry) => entry.lead === lead.id && entry.detail !== null)).toBe(true);
  // A week later nothing can be confirmed with it any more.
  desk.server.sql(`UPDATE mail SET created_ms = created_ms - 7 * 86400000 WHERE lead_id = ${idOf(lead.id)}`);
  expect(lines((await archive())['mails.jsonl']).find((mail) => mail.mail === asks.id)).toMatchObject({ withheld: null, source: mime });
  expect((await desk.api('DELETE', `/leads/${lead.id}?forever=true`)).status).toBe(200);
  const after = await archive();
  for (const mail of lines(after['mails.jsonl']).filter((one) => one.mail === asks.id)) expect(mail).toMatchObject({ to: null, subject: null, source: null });
  for (const entry of lines(after['log.jsonl']).filter((one) => one.lead === lead.id)) expect(entry.detail).toBe(null);
  expect(JSON.stringify(after).includes('Geheimrat')).toBe(false);
});
