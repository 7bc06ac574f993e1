// The server is held to docs/openapi.yaml: every route stands there, nothing else does, and what
// the server really answers fits the schema of its path, method, status and media type.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { root, startZulauf, until } from './zulauf.mjs';

const contract = parse(readFileSync(path.join(root, 'docs/openapi.yaml'), 'utf8'), { maxAliasCount: -1 });
const methods = ['get', 'post', 'put', 'patch', 'delete', 'options'];

// --- the routes of the code ---------------------------------------------------------------------

const sources = readdirSync(path.join(root, 'src'), { recursive: true })
  .filter((name) => name.endsWith('.c'))
  .map((name) => [name, readFileSync(path.join(root, 'src', name), 'utf8')]);

// Replace the file's own macros: object-like ones, those with arguments, and `enum { BOTH = … }`;
// again while that changes anything, as one may stand in another.
function expand(table, source) {
  const once = expandOnce(table, source);
  return once === table ? table : expand(once, source);
}

function expandOnce(table, source) {
  const text = source.replaceAll(/\\\n/g, ' ');
  for (const [, name, args, body] of text.matchAll(/^#define ([A-Z_]+)(?:\(([^)]*)\))? +(.*)$/gm)) {
    if (args === undefined) {
      table = table.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), body);
      continue;
    }
    const names = args.split(',').map((arg) => arg.trim());
    table = table.replaceAll(new RegExp(`\\b${name}\\(([^)]*)\\)`, 'g'), (_, given) => {
      const values = given.split(',').map((value) => value.trim());
      return names.reduce((out, arg, i) => out.replaceAll(new RegExp(`\\b${arg}\\b`, 'g'), values[i]), body);
    });
  }
  for (const [, name, body] of text.matchAll(/enum \{ ([A-Z_]+) = ([^},]*FACE_[^},]*)\}/g)) {
    table = table.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), body);
  }
  return table;
}

// "METHOD /path" of every route, API routes with their prefix.
function routesOf(name, source) {
  const found = [];
  for (const [, raw] of source.matchAll(/const struct route \w+\[\] = \{([\s\S]*?)\n\};/g)) {
    const table = expand(raw, source);
    const paths = [...table.matchAll(/"(\/[^"]*)"/g)].length;
    let read = 0;
    // One row: a method, a path, and the faces that follow it.
    for (const [, method, pattern, rest] of table.matchAll(/"([A-Z]+)",[^"]*"(\/[^"]*)"([^"]*)/g)) {
      read += 1;
      if (/FACE_API/.test(rest)) found.push(`${method} /api/v1${pattern}`);
      if (/FACE_(PAGE|PUBLIC)/.test(rest)) found.push(`${method} ${pattern}`);
      if (!/FACE_/.test(rest)) throw new Error(`${name}: no face could be read of ${method} ${pattern}`);
    }
    if (read !== paths) throw new Error(`${name}: ${paths} paths stand in a table, ${read} could be read`);
  }
  return found;
}

const coded = sources.flatMap(([name, source]) => routesOf(name, source));
const assets = sources.find(([name]) => name === path.join('edge', 'assets.c'))[1];
for (const [, probe] of assets.matchAll(/rq->path, S\("(\/[a-z.]+)"\)/g)) coded.push(`GET ${probe}`);

const written = Object.entries(contract.paths).flatMap(([pattern, item]) =>
  methods.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${pattern}`));

// Not a contract: the stream that tells open pages to look again.
const left = new Set(['GET /events']);

test('every route of the server stands in the contract', () => {
  expect(coded.length).toBeGreaterThan(60);
  expect(coded.filter((route) => !written.includes(route) && !left.has(route))).toEqual([]);
});

test('the contract promises no route that the server does not have', () => {
  expect(written.filter((route) => !coded.includes(route))).toEqual([]);
});

test('every path parameter of the contract is declared', () => {
  const resolve = (it) => (it.$ref ? contract.components.parameters[it.$ref.split('/').pop()] : it);
  for (const [pattern, item] of Object.entries(contract.paths)) {
    const named = [...pattern.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = (item.parameters ?? []).map(resolve).filter((it) => it.in === 'path');
    expect(declared.map((it) => it.name).sort(), pattern).toEqual(named.sort());
  }
});

// --- moments and lengths of time ---

const lengths = new Set(['took_ms', 'fill_ms']);
const isMoment = (name) => name === 'at' || name.endsWith('_at');
const isInstant = (schema) => schema?.format === 'date-time' || /\/(Instant(OrNull)?|Due)$/.test(schema?.$ref ?? '');

// Every property of the contract, wherever it stands: [name, schema].
function* propertiesOf(node) {
  if (node === null || typeof node !== 'object') return;
  if (node.properties && typeof node.properties === 'object') yield* Object.entries(node.properties);
  for (const child of Object.values(node)) yield* propertiesOf(child);
}

test('a moment is RFC 3339 and called so; milliseconds are a length of time', () => {
  for (const [name, schema] of propertiesOf(contract)) {
    if (name.endsWith('_ms')) expect(lengths, `${name} counts milliseconds`).toContain(name);
    if (isInstant(schema)) expect(isMoment(name), `${name} is a moment`).toBe(true);
    if (name.endsWith('_at')) expect(isInstant(schema), `${name} is RFC 3339`).toBe(true);
  }
});

// The same of what is really sent, also where the contract leaves a map open (props, detail, facts).
function momentsHold(value, what, name = '') {
  if (Array.isArray(value)) value.forEach((item) => momentsHold(item, what, name));
  else if (value !== null && typeof value === 'object') Object.entries(value).forEach(([key, item]) => momentsHold(item, what, key));
  else if (name.endsWith('_ms')) expect(lengths, `${what}: ${name}`).toContain(name);
  else if (isMoment(name) && value !== null) expect(value, `${what}: ${name}`).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
}

// --- real replies -------------------------------------------------------------------------------

// A field that the server sends and the contract does not name is a fault, too.
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const out = Object.fromEntries(Object.entries(schema).map(([key, value]) =>
    [key, key === 'enum' || key === 'example' ? value : strict(value)]));
  if (out.type === 'object' && out.properties && !('additionalProperties' in out)) {
    out.additionalProperties = false;
  }
  return out;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'contract', components: strict(contract.components) });

const compiled = new Map();
function validatorOf(schema) {
  const text = JSON.stringify(strict(schema)).replaceAll('"#/', '"contract#/');
  if (!compiled.has(text)) compiled.set(text, ajv.compile(JSON.parse(text)));
  return compiled.get(text);
}

const patternOf = (pathname) => Object.keys(contract.paths)
  .filter((pattern) => new RegExp(`^${pattern.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname))
  .sort((a, b) => a.split('{').length - b.split('{').length)[0];

const seen = new Set();

// Ask, and hold the reply against the contract; gives {status, body, headers}.
async function ask(server, method, target, { token, body, headers = {}, as } = {}) {
  const url = new URL(target, server.url);
  const pattern = patternOf(url.pathname);
  const operation = contract.paths[pattern]?.[method.toLowerCase()];
  expect(operation, `${method} ${url.pathname} stands in the contract`).toBeTruthy();
  const init = { method, headers: { ...headers }, redirect: 'manual' };
  if (token) init.headers.authorization = `Bearer ${token}`;
  if (body instanceof URLSearchParams || body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['content-type'] = 'application/json';
  }
  const reply = await fetch(url, init);
  const text = await reply.text();
  const what = `${method} ${pattern} ${reply.status}`;
  let promised = operation.responses[String(reply.status)];
  expect(promised, `${what} is promised; the server said: ${text.slice(0, 400)}`).toBeTruthy();
  if (promised.$ref) promised = contract.components.responses[promised.$ref.split('/').pop()];
  const type = (reply.headers.get('content-type') ?? '').split(';')[0];
  const media = promised.content?.[type] ?? promised.content?.['*/*'];
  if (promised.content) expect(media, `${what} as ${type}`).toBeTruthy();
  const isJson = type.endsWith('json') && !type.includes('ndjson');
  const value = isJson ? JSON.parse(text) : text;
  if (isJson) {
    const valid = validatorOf(media.schema);
    expect(valid(value), `${what}: ${ajv.errorsText(valid.errors)}\n${text.slice(0, 1500)}`).toBe(true);
    momentsHold(value, what);
  }
  if (type.includes('ndjson')) text.split('\n').filter(Boolean).forEach((line) => momentsHold(JSON.parse(line), what));
  if (as) expect(reply.status, `${what}: ${text.slice(0, 400)}`).toBe(as);
  seen.add(`${method} ${pattern}`);
  return { status: reply.status, body: value, headers: reply.headers };
}

const email = 'anna.lindhorst@zulauf.example';
const newForm = {
  slug: 'whitepaper',
  name: 'Whitepaper Lagerplanung',
  language: 'de',
  fields: [
    { key: 'email', required: true },
    { key: 'first_name' },
    { key: 'company_size', options: ['1–49', { value: '50+', label: '50 und mehr' }] },
  ],
  consents: [{
    purpose: 'newsletter', channel: 'email', required: false,
    text: 'Ich möchte den Newsletter der Lindhorst Lagertechnik GmbH per E-Mail erhalten.',
  }],
  double_opt_in: true,
};

test.describe('what the server answers fits the contract', () => {
  test.describe.configure({ mode: 'serial' });
  let server, token, form, lead, mail;
  const api = (method, target, options = {}) =>
    ask(server, method, `/api/v1${target}`, { token, ...options });

  test.beforeAll(async () => {
    server = await startZulauf({ args: ['--unlimited-from', '127.0.0.0/8'] });
    await ask(server, 'POST', new URL(server.signInUrl).pathname, {
      as: 303,
      body: new URLSearchParams({ email, name: 'Anna Lindhorst', password: 'vier Lastwagen im Regen' }),
    });
    token = server.run('token', 'create', '--email', email, '--name', 'contract').match(/zl_[\w-]+/)[0];
  });

  test.afterAll(async () => {
    await server?.stopAndForget();
  });

  test('probes and doors', async () => {
    for (const target of ['/healthz', '/readyz', '/robots.txt', '/favicon.ico', '/embed.js', '/sign-in', '/forgot']) {
      await ask(server, 'GET', target, { as: 200 });
    }
    await ask(server, 'GET', '/leads', { as: 303 });
  });

  test('nobody is let in without a token', async () => {
    for (const target of ['/forms', '/leads', '/outbox']) {
      const { body } = await api('GET', target, { token: undefined, as: 401 });
      expect(body.type).toBe('urn:zulauf:problem:unauthorised');
    }
  });

  test('forms', async () => {
    ({ body: { data: form } } = await api('POST', '/forms', { body: newForm, as: 201 }));
    expect(form).toMatchObject({ slug: 'whitepaper', state: 'published', url: `${server.url}/f/whitepaper` });
    await api('POST', '/forms', { body: newForm, as: 409 });
    const { body } = await api('POST', '/forms', { body: { name: '', fields: [{ key: 'shoe_size' }] }, as: 422 });
    expect(body.errors.map((it) => it.field)).toEqual(expect.arrayContaining(['name', 'fields.0.key']));
    await api('GET', '/forms', { as: 200 });
    await api('GET', `/forms/${form.id}`, { as: 200 });
    await api('GET', '/forms/fm_0000000000001', { as: 404 });
    await api('PUT', `/forms/${form.id}`, { body: { ...newForm, intro: 'Zwölf Seiten.' }, as: 200 });
    const other = await api('POST', '/forms', { body: { ...newForm, slug: undefined, name: 'Zweites' }, as: 201 });
    await api('POST', `/forms/${other.body.data.id}/archive`, { as: 200 });
    await api('GET', '/forms/templates', { as: 200 });
    const copy = await api('POST', `/forms/${form.id}/duplicate`, { as: 201 });
    expect(copy.body.data).toMatchObject({ slug: 'whitepaper-2', state: 'draft' });
    await api('POST', '/forms/fm_0000000000001/duplicate', { as: 404 });
    await api('GET', `/forms/${form.id}/try`, { as: 200 });
    await api('GET', `/forms/${form.id}/look`, { as: 200 });
    await api('GET', '/forms/fm_0000000000001/look', { as: 404 });
    await api('GET', `/forms/${copy.body.data.id}/try`, { as: 409 });
    await api('GET', '/forms/fm_0000000000001/try', { as: 404 });
    const kiosk = await api('POST', `/forms/${form.id}/kiosks`, { body: { stand: 'LogiMAT 2026', staff: ['Anna Beispiel'], to: new Date(Date.now() + 172_800_000).toISOString().slice(0, 10) }, as: 201 });
    await api('POST', `/forms/${form.id}/kiosks`, { body: {}, as: 422 });
    await api('GET', `/forms/${form.id}/kiosks`, { as: 200 });
    await api('POST', `/kiosks/${kiosk.body.data.id}/revoke`, { body: {}, as: 200 });
    await api('POST', `/forms/${form.id}/share`, { body: { origins: ['www.firma.example'] }, as: 200 });
    await api('POST', `/forms/${form.id}/share`, { body: { origins: ['*'] }, as: 422 });
    await api('GET', `/forms/${copy.body.data.id}/share`, { as: 200 });
    const shared = await api('GET', `/forms/${form.id}/share?utm_source=a%26b`, { as: 200 });
    expect(shared.body.data).toMatchObject({ origins: ['https://www.firma.example'], url: `${form.url}?utm_source=a%26b` });
    for (const kind of ['svg', 'png']) {
      await api('GET', `/forms/${form.id}/qr.${kind}`, { as: 200 });
      await api('GET', `/forms/${copy.body.data.id}/qr.${kind}`, { as: 409 });
      await api('GET', `/forms/fm_0000000000001/qr.${kind}`, { as: 404 });
    }
    for (const [origin, as] of [['https://www.firma.example', 204], ['https://firma.example', 403]]) {
      await ask(server, 'OPTIONS', '/f/whitepaper', { headers: { origin, 'access-control-request-method': 'POST' }, as });
    }
    const file = new FormData();
    file.set('file', new Blob(['%PDF-1.4'], { type: 'application/pdf' }), 'Planung.pdf');
    await api('POST', '/files', { body: file, as: 201 });
    await api('POST', '/files', { body: new FormData(), as: 422 });
  });

  test('campaigns', async () => {
    const made = await api('POST', '/campaigns', { body: { name: 'Messe Köln', channel: 'fair', from: '2026-03-01', to: '2026-03-31', budget_cents: 800000, owner: 'me' }, as: 201 });
    const { id } = made.body.data;
    await api('POST', '/campaigns', { body: { name: 'Messe Köln', channel: 'fair', from: '2026-03-01' }, as: 409 });
    await api('POST', '/campaigns', { body: { name: '', channel: 'nowhere' }, as: 422 });
    await api('GET', '/campaigns?sort=-per_lead&state=ended&limit=1', { as: 200 });
    await api('GET', '/campaigns?sort=colour', { as: 422 });
    await api('GET', '/campaigns?cursor=mine', { as: 400 });
    await api('PATCH', `/campaigns/${id}`, { body: { note: 'Halle 7', goal_cost: '50' }, as: 200 });
    const cost = await api('POST', `/campaigns/${id}/costs`, { body: { label: 'Stand', kind: 'stand', amount_cents: 420000, from: '2026-03-10', to: '2026-03-12' }, as: 201 });
    await api('POST', `/campaigns/${id}/costs`, { body: { label: 'Stand' }, as: 422 });
    const costId = cost.body.data.costs[0].id;
    await api('POST', `/campaigns/${id}/costs/${costId}`, { body: { amount_cents: 410000 }, as: 200 });
    const link = await api('POST', `/campaigns/${id}/links`, { body: { name: 'Plakat', form: form.id }, as: 201 });
    await api('POST', `/campaigns/${id}/links`, { body: { name: 'Plakat', url: 'http://x.example/' }, as: 422 });
    const { id: linkId, code } = link.body.data.links[0];
    await api('POST', `/campaigns/${id}/links/${linkId}`, { body: { name: 'Plakat Halle 7' }, as: 200 });
    await ask(server, 'GET', `/l/${code}`, { as: 302 });
    await api('GET', `/campaigns/${id}/links/${linkId}/qr`, { as: 200 });
    await api('POST', `/campaigns/${id}/links/${linkId}/end`, { as: 200 });
    await ask(server, 'GET', `/l/${code}`, { as: 410 });
    await ask(server, 'GET', '/l/nothing', { as: 404 });
    await api('POST', `/campaigns/${id}/links/${linkId}/open`, { as: 200 });
    await api('POST', `/campaigns/${id}/forms`, { body: { form: form.id }, as: 200 });
    await api('POST', `/forms/${form.id}/campaign`, { body: { campaign: id }, as: 200 });
    await api('POST', `/campaigns/${id}/forms/${form.id}/detach`, { as: 200 });
    await api('GET', `/campaigns/${id}`, { as: 200 });
    await api('GET', '/campaigns/cp_0000000000001', { as: 404 });
    await api('POST', `/campaigns/${id}/costs/${costId}/delete`, { as: 200 });
    await api('POST', `/campaigns/${id}/archive`, { as: 200 });
    await api('POST', `/campaigns/${id}/restore`, { as: 200 });
    await api('GET', '/campaigns/export', { as: 200 });
    const channels = await api('POST', '/campaigns/channels', { body: { name_de: 'Podcast' }, as: 201 });
    const own = channels.body.data.find((it) => it.own);
    await api('POST', `/campaigns/channels/${own.key}`, { body: { name_de: 'Podcast', name_en: 'Podcasts' }, as: 200 });
    await api('GET', '/campaigns/channels', { as: 200 });
    await api('POST', `/campaigns/channels/${own.key}/delete`, { as: 200 });
  });

  test('a submission by browser and by program', async () => {
    await ask(server, 'GET', '/f/whitepaper?utm_source=google&utm_medium=cpc', { as: 200 });
    await ask(server, 'GET', '/f/nothing', { as: 404 });
    const { headers } = await ask(server, 'POST', '/f/whitepaper?utm_source=google&utm_medium=cpc', {
      body: new URLSearchParams({ email: 'k.brandt@firma.example', first_name: 'Katharina', 'consent.newsletter.email': 'yes' }),
      as: 303,
    });
    await ask(server, 'GET', headers.get('location'), { as: 200 });
    const taken = await ask(server, 'POST', '/f/whitepaper', {
      body: { fields: { email: 'p.voss@firma.example' }, consents: ['newsletter:email'] },
      headers: { accept: 'application/json' },
      as: 202,
    });
    expect(taken.body).toEqual({ status: 'confirm' });
    const { body } = await ask(server, 'POST', '/f/whitepaper', {
      body: { fields: { email: 'nobody' } }, headers: { accept: 'application/json' }, as: 422,
    });
    expect(body.errors[0].field).toBe('fields.email');
    const submissions = `/forms/${form.id}/submissions`;
    const list = await api('GET', submissions, { as: 200 });
    expect(list.body.data.map((one) => one.email)).toEqual(['p.voss@firma.example', 'k.brandt@firma.example']);
    await api('GET', `${submissions}/${list.body.data[0].id}`, { as: 200 });
    await api('GET', `${submissions}/sb_0000000000001`, { as: 404 });
    await api('GET', `${submissions}?state=lost`, { as: 422 });
    for (const format of ['csv', 'jsonl']) await api('GET', `${submissions}/export?format=${format}`, { as: 200 });
    await ask(server, 'POST', '/f/whitepaper', { body: new URLSearchParams({ email: 'bot@mailinator.com' }), as: 303 });
    const held = await api('GET', `${submissions}?state=held`, { as: 200 });
    await api('GET', `${submissions}/${held.body.data[0].id}`, { as: 200 });
    await api('POST', `${submissions}/held`, { body: { do: 'delete', ids: [held.body.data[0].id] }, as: 200 });
    await api('POST', `${submissions}/held`, { body: { do: 'burn', ids: [] }, as: 422 });
    await api('GET', `/forms/${form.id}/funnel?days=7`, { as: 200 });
    await api('GET', `/forms/${form.id}/funnel?days=0`, { as: 422 });
    await ask(server, 'POST', '/f/whitepaper/count', { body: new URLSearchParams({ start: '1' }), headers: { origin: server.url }, as: 204 });
    const protection = await api('GET', `/forms/${form.id}/protection`, { as: 200 });
    await api('PUT', `/forms/${form.id}/protection`, { body: protection.body.data, as: 200 });
  });

  test('the outbox has the mail, and its link confirms', async () => {
    const list = await until(async () => {
      const { body } = await api('GET', '/outbox?limit=1', { as: 200 });
      return body.data.length === 1 && body.next && body;
    }, { what: 'two mails' });
    await api('GET', `/outbox?cursor=${list.next}`, { as: 200 });
    await api('GET', '/outbox?limit=0', { as: 422 });
    await api('GET', '/outbox?cursor=mine', { as: 400 });
    const { body } = await api('GET', '/outbox', { as: 200 });
    const summary = body.data.find((it) => it.to.includes('k.brandt@firma.example'));
    ({ body: { data: mail } } = await api('GET', `/outbox/${summary.id}`, { as: 200 }));
    const source = mail.mime.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
    const link = new URL(source.match(new RegExp(`${server.url}/c/[\\w-]+`))[0]);
    await api('GET', `/outbox/${mail.id}/preview`, { as: 200 });
    await api('GET', `/outbox/${mail.id}/source`, { as: 200 });
    await api('GET', '/outbox/ml_0000000000001', { as: 404 });
    await ask(server, 'GET', link.pathname, { as: 200 });
    await ask(server, 'GET', `${link.pathname}/no`, { as: 200 });
    await ask(server, 'POST', link.pathname, { as: 200 });
    await ask(server, 'POST', link.pathname, { as: 410 });
    await ask(server, 'GET', '/c/forged', { as: 404 });
    await ask(server, 'POST', '/c/again', { body: new URLSearchParams({ email: 'x@firma.example' }), as: 200 });
    const held = await until(async () => {
      const now = await api('GET', `/outbox/${mail.id}`, { as: 200 });
      return now.body.data.state === 'held' && now.body.data;
    }, { what: 'the mail to be held' });
    await api('POST', `/outbox/${held.id}/again`, { as: 200 });
  });

  test('leads', async () => {
    const { body } = await api('GET', '/leads?query=brandt&limit=1', { as: 200 });
    [lead] = body.data;
    expect(lead).toMatchObject({ email: 'k.brandt@firma.example', email_state: 'verified', may_email: { state: 'yes' } });
    const page = await api('GET', '/leads?limit=1', { as: 200 });
    await api('GET', `/leads?limit=1&cursor=${page.body.next}`, { as: 200 });
    await api('GET', '/leads?cursor=mine', { as: 400 });
    await api('GET', '/leads?state=lost', { as: 422 });
    await api('GET', `/leads/${lead.id}`, { as: 200 });
    await api('GET', '/leads/ld_0000000000001', { as: 404 });
    await api('GET', `/leads/${lead.id}/timeline`, { as: 200 });
    await api('GET', `/leads/${lead.id}/timeline?limit=1`, { as: 200 });
    const changed = await api('PATCH', `/leads/${lead.id}`, {
      body: { phase: 'mql', version: lead.version, fields: { company: 'Brandt Logistik' } }, as: 200,
    });
    expect(changed.body.data).toMatchObject({ phase: 'mql', fields: { company: 'Brandt Logistik' } });
    await api('PATCH', `/leads/${lead.id}`, { body: { phase: 'sql', version: lead.version }, as: 409 });
    await api('PATCH', `/leads/${lead.id}`, { body: { email: 'no address' }, as: 422 });
    await api('POST', `/leads/${lead.id}/care`, { body: { owner: 'me', handling: 'work', due_at: '2026-03-12T10:00' }, as: 200 });
    await api('POST', `/leads/${lead.id}/care`, { body: { handling: 'lazy' }, as: 422 });
    await api('GET', '/leads/mine', { as: 200 });
    await api('GET', '/leads/mine?cursor=mine', { as: 400 });
    await api('POST', `/leads/${lead.id}/phase`, { body: { phase: 'lost' }, as: 422 });
    await api('POST', `/leads/${lead.id}/phase`, { body: { phase: 'lost', lost_reason: 'price' }, as: 200 });
    await api('GET', `/leads/${lead.id}/phases`, { as: 200 });
    await api('GET', `/leads/${lead.id}/handovers`, { as: 200 });
    const task = await api('POST', `/leads/${lead.id}/tasks`, { body: { title: 'Anrufen' }, as: 201 });
    await api('POST', `/leads/${lead.id}/tasks`, { body: { title: ' ' }, as: 422 });
    await api('GET', `/leads/${lead.id}/tasks`, { as: 200 });
    await api('GET', '/tasks', { as: 200 });
    await api('POST', `/leads/${lead.id}/tasks/${task.body.data.id}/done`, { as: 200 });
    await api('POST', `/leads/${lead.id}/tasks/${task.body.data.id}/open`, { as: 200 });
    await api('GET', '/sales', { as: 200 });
    await api('POST', '/sales', { body: { due_hours: 8 }, as: 200 });
    await api('POST', '/sales/rules', { body: { when: 'postcode', value: '87-85', people: [] }, as: 422 });
    const me = (await api('GET', `/leads/${lead.id}`, { as: 200 })).body.data.owner.id;
    const ruled = await api('POST', '/sales/rules', { body: { when: 'postcode', value: '80, 85-87', people: [me] }, as: 200 });
    await api('POST', `/sales/rules/${ruled.body.data.rules[0].id}/up`, { as: 200 });
    await api('POST', `/sales/rules/${ruled.body.data.rules[0].id}/delete`, { as: 200 });
    await api('POST', '/sales/absences', { body: { user: me, from: '2099-03-12', to: '2099-03-01' }, as: 422 });
    await api('POST', '/sales/absences', { body: { user: me, from: '2099-03-12', to: '2099-03-20' }, as: 200 });
    const [own] = (await api('GET', '/forms?limit=1', { as: 200 })).body.data;
    const handling = await api('GET', `/forms/${own.id}/handling`, { as: 200 });
    await api('POST', `/forms/${own.id}/handling`, { body: handling.body.data, as: 200 });
    await api('POST', `/leads/${lead.id}/notes`, { body: { text: 'Ruft am Montag an.' }, as: 201 });
    await api('POST', `/leads/${lead.id}/links`, { body: { form: form.id }, as: 201 });
    await api('POST', `/leads/${lead.id}/links`, { body: { form: 'fm_0000000000001' }, as: 422 });
    await api('POST', `/leads/${lead.id}/notes`, { body: { text: ' ' }, as: 422 });
    await api('GET', `/leads/${lead.id}/notes`, { as: 200 });
    await api('POST', '/leads', { body: { email: 'k.brandt@firma.example' }, as: 409 });
    for (const format of ['csv', 'jsonl']) await api('GET', `/leads/export?format=${format}`, { as: 200 });
  });

  test('imports', async () => {
    const sent = (text) => {
      const fields = new FormData();
      fields.append('file', new Blob([text]), 'a.csv');
      return fields;
    };
    const { id } = (await api('POST', '/imports', { body: sent('email;phone\nimport@firma.example;\nfalsch;x\n'), as: 201 })).body.data;
    await api('POST', '/imports', { body: sent(''), as: 422 });
    await api('POST', `/imports/${id}/start`, { as: 409 });
    await api('POST', `/imports/${id}/mapping`, { body: { columns: ['nothing'] }, as: 422 });
    await api('POST', `/imports/${id}/mapping`, { body: { columns: ['email', null], known: 'leave' }, as: 202 });
    const settled = (state) => until(async () => (await api('GET', `/imports/${id}`, { as: 200 })).body.data.state === state, { what: `an import ${state}` });
    await settled('checked');
    await api('POST', `/imports/${id}/start`, { as: 202 });
    await settled('done');
    await api('GET', '/imports', { as: 200 });
    await api('GET', `/imports/${id}/refused`, { as: 200 });
    await api('POST', `/imports/${id}/stop`, { as: 409 });
    await api('GET', '/imports/im_0000000000001', { as: 404 });
    const other = (await api('POST', '/imports', { body: sent('email\na@b.example\n'), as: 201 })).body.data;
    await api('POST', `/imports/${other.id}/stop`, { as: 200 });
  });

  test('consent texts', async () => {
    const { body } = await api('GET', '/wordings', { as: 200 });
    const done = await api('POST', `/wordings/${body.data[0].id}/approve`, { as: 200 });
    expect(done.body.data.approved_by).toBe('Anna Lindhorst');
    await api('POST', '/wordings/wd_0000000000001/approve', { as: 404 });
  });

  test('files that came with a form', async () => {
    const { body } = await api('POST', '/forms', {
      body: { name: 'Mit Datei', fields: [{ key: 'email', required: true }, { key: 'free_anlage', type: 'file', label: 'Anlage', accept: 'pdf' }] }, as: 201,
    });
    const pdf = (bytes, name = 'a.pdf') => {
      const sent = new FormData();
      sent.append('email', 'datei@firma.example');
      sent.append('free_anlage', new Blob([bytes]), name);
      return sent;
    };
    const { slug } = body.data;
    const json = { accept: 'application/json' };
    await ask(server, 'POST', `/f/${slug}/files`, { body: pdf('%PDF-1.7'), headers: json, as: 202 });
    await ask(server, 'POST', `/f/${slug}/files`, { body: pdf('MZ'), headers: json, as: 422 });
    await ask(server, 'POST', `/f/${form.slug}/files`, { body: pdf('%PDF-1.7'), headers: json, as: 404 });
    const [sender] = (await api('GET', '/leads?query=datei%40firma.example', { as: 200 })).body.data;
    const [file] = (await api('GET', `/leads/${sender.id}/files`, { as: 200 })).body.data;
    await api('GET', `/leads/${sender.id}/files/${file.id}`, { as: 200 });
    await api('GET', `/leads/${lead.id}/files/${file.id}`, { as: 404 });
    await api('DELETE', `/leads/${sender.id}/files/${file.id}`, { as: 200 });
    await api('DELETE', `/leads/${sender.id}/files/${file.id}`, { as: 404 });
  });

  test('consents', async () => {
    const sealed = await until(async () => {
      const { body } = await api('GET', `/leads/${lead.id}/consents`, { as: 200 });
      return body.data[0]?.evidence.every((event) => event.block.sealed) && body.data;
    }, { what: 'the events to be sealed' });
    expect(sealed[0]).toMatchObject({ purpose: 'newsletter', channel: 'email', state: 'confirmed' });
    expect(sealed[0].evidence.map((event) => event.kind)).toEqual(['requested', 'confirmed']);
    await api('GET', '/leads/ld_0000000000001/consents', { as: 404 });
    await api('POST', `/leads/${lead.id}/withdraw`, { body: { purpose: 'unheard-of' }, as: 422 });
    const after = await api('POST', `/leads/${lead.id}/withdraw`, {
      body: { purpose: 'newsletter', note: 'Am Telefon.' }, as: 200,
    });
    expect(after.body.data[0].state).toBe('withdrawn');
  });

  test('archive, trash, erase', async () => {
    const made = await api('POST', '/leads', { body: { fields: { last_name: 'Voß' } }, as: 201 });
    const { id } = made.body.data;
    for (const step of ['archive', 'restore', 'trash', 'restore']) await api('POST', `/leads/${id}/${step}`, { as: 200 });
    const binned = await api('DELETE', `/leads/${id}`, { as: 200 });
    expect(binned.body.data.state).toBe('trashed');
    await api('DELETE', `/leads/${id}?forever=true`, { as: 200 });
    await api('GET', `/leads/${id}`, { as: 404 });
  });

  test('people, account, tokens', async () => {
    const invited = await api('POST', '/users/invite', {
      body: { email: 'm.voss@zulauf.example', role: 'sales' }, as: 200,
    });
    await api('GET', '/users', { as: 200 });
    await ask(server, 'GET', new URL(invited.body.data.link).pathname, { as: 200 });
    await api('POST', `/users/invitations/${invited.body.data.id}/revoke`, { as: 200 });
    await api('POST', '/users/invite', { body: { email: 'nobody', role: 'king' }, as: 422 });
    const { body } = await api('GET', '/account', { as: 200 });
    await api('GET', '/account/prove', { as: 200 });
    await api('GET', '/account/second', { as: 403 }); // a person's, not a program's
    await api('POST', `/users/${body.data.user.id}/role`, { body: { role: 'viewer' }, as: 409 });
    await api('POST', '/account', { body: { theme: 'dark' }, as: 200 });
    await api('POST', '/account/password', { body: { old_password: 'wrong', password: 'kurz' }, as: 422 });
    const made = await api('POST', '/tokens', { body: { name: 'reader', scopes: ['leads_read'] }, as: 201 });
    const { token: reader, id } = made.body.data;
    await api('GET', '/leads', { token: reader, as: 200 });
    await api('GET', '/outbox', { token: reader, as: 403 });
    const proof = await api('GET', `/leads/${lead.id}/consents`, { token: reader, as: 200 });
    expect(proof.body.data[0].evidence.every((event) => event.network === null)).toBe(true);
    await api('GET', '/tokens', { as: 200 });
    await api('POST', `/tokens/${id}/revoke`, { as: 200 });
    await api('GET', '/leads', { token: reader, as: 401 });
  });

  test('notices', async () => {
    const { body } = await api('GET', '/notices', { as: 200 });
    expect(body.data.choice.find((one) => one.kind === 'submission')).toEqual({ kind: 'submission', here: true, mail: true });
    await api('GET', '/notices/count', { as: 200 });
    await api('GET', '/notices?cursor=x', { as: 400 });
    await api('POST', '/notices/read', { body: { until: 'x' }, as: 422 });
    await api('POST', '/notices/be_0D8QZ6K3T0R40/read', { as: 404 });
    const chosen = await api('POST', '/notices/choice', { body: { here: ['task', 'due'], mail: [] }, as: 200 });
    expect(chosen.body.data.choice.filter((one) => one.here).map((one) => one.kind)).toEqual(['due', 'task']);
  });

  test('workspace', async () => {
    await api('GET', '/today', { as: 200 });
    await api('GET', '/audit', { as: 200 });
    await api('GET', '/audit?action=lead.', { as: 200 });
    await api('GET', '/settings', { as: 200 });
    const { body } = await api('PATCH', '/settings', { body: { legal_name: 'Lindhorst Lagertechnik GmbH' }, as: 200 });
    expect(body.data.legal_name).toBe('Lindhorst Lagertechnik GmbH');
    await api('PATCH', '/settings', { body: { time_zone: 'Mars/Olympus' }, as: 422 });
    await api('PATCH', '/settings/retention', { body: { network_keep_days: 14, touchpoint_keep_months: '36' }, as: 200 });
    await api('PATCH', '/settings/retention', { body: { network_keep_days: -1 }, as: 422 });
    await api('GET', '/settings/relay', { as: 200 });
    await api('PATCH', '/settings/relay', { body: { host: 'kein Server', security: 'tls' }, as: 422 });
    await api('PATCH', '/settings/relay', { body: { host: '127.0.0.1', port: 9, security: 'none' }, as: 200 });
    await api('POST', '/settings/relay/test', { as: 202 });
    await api('DELETE', '/settings/relay', { as: 200 });
    await api('POST', '/settings/relay/test', { as: 409 });
    await api('GET', '/settings/brand', { as: 200 });
    const look = (colour) => {
      const fields = new FormData();
      fields.set('brand_colour', colour);
      return fields;
    };
    await api('POST', '/settings/brand', { body: look('#ffee00'), as: 422 });
    await api('POST', '/settings/brand', { body: look('#7a1f5c'), as: 200 });
    await api('DELETE', '/test-data', { as: 200 });
    await api('GET', '/settings/jobs', { as: 200 });
    for (const what of ['again', 'discard']) await api('POST', `/settings/jobs/jb_0000000000001/${what}`, { as: 404 });
    await api('GET', '/settings/backup', { as: 200 });
    await api('PATCH', '/settings/backup', { body: { every: 'off', keep: 7 }, as: 200 });
    await api('PATCH', '/settings/backup', { body: { hour: 24 }, as: 422 });
    await api('POST', '/settings/backup/run', { body: {}, as: 202 });
    await until(async () => (await api('GET', '/settings/backup', { as: 200 })).body.data.last, { what: 'a backup' });
    const made = await api('POST', '/workspaces', { body: { name: 'Zweigstelle', host: 'zweig.example' }, as: 201 });
    await api('POST', '/workspaces', { body: { name: 'Noch eine', host: 'zweig.example' }, as: 409 });
    await api('POST', `/workspaces/${made.body.data.id}`, { body: { name: 'Filiale', host: 'zweig.example' }, as: 404 });
    await api('GET', '/workspaces/export', { as: 200 });
    const list = await api('GET', '/workspaces', { as: 200 });
    await api('POST', `/workspaces/${list.body.data[0].id}`, { body: { name: 'Lindhorst' }, as: 200 });
  });

  test('all reading paths of the API were asked', () => {
    const reading = written.filter((route) => route.startsWith('GET /api/v1/'));
    expect(reading.filter((route) => !seen.has(route))).toEqual([]);
  });
});
