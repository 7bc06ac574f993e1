// What a careful client of the API relies on: lost updates, where things were made, pages, languages.
import http from 'node:http';
import { expect, test } from '@playwright/test';
import { FORM, ask, startDesk } from './desk.mjs';

let desk;
test.beforeAll(async () => { desk = await startDesk(); });
test.afterAll(() => desk?.stop());

const as = (method, path, body, headers = {}) => desk.api(method, path, body, { headers });
const lead = async (email) => (await as('POST', '/leads', { email })).json.data.id;

test('201 says where what was made can be read', async () => {
  for (const [path, body] of [['/leads', { email: 'ort@example.org' }], ['/forms', { ...FORM, slug: 'ort', name: 'Ort' }]]) {
    const made = await as('POST', path, body);
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`/api/v1${path}/${made.json.data.id}`);
    expect((await as('GET', `${path}/${made.json.data.id}`)).json.data.id).toBe(made.json.data.id);
  }
  const id = await lead('ort-notiz@example.org');
  const note = await as('POST', `/leads/${id}/notes`, { text: 'Ohne eigene Adresse.' });
  expect([note.status, note.headers.location]).toEqual([201, undefined]);
  const key = { 'idempotency-key': 'ort-1' };
  const first = await as('POST', '/leads', { email: 'zweimal@example.org' }, key);
  const again = await as('POST', '/leads', { email: 'zweimal@example.org' }, key);
  expect([again.status, again.headers.location, again.json]).toEqual([201, first.headers.location, first.json]);
});

test('a lead is changed only in the state that was seen', async () => {
  const at = `/leads/${await lead('stand@example.org')}`;
  const { etag } = (await as('GET', at)).headers;
  expect(etag).toMatch(/^"[^"]+"$/);
  const change = (city, match) => as('PATCH', at, { fields: { city } }, match === undefined ? {} : { 'if-match': match });
  const first = await change('Kiel', etag);
  expect(first.status).toBe(200);
  expect(first.headers.etag).not.toBe(etag);
  for (const stale of [etag, `W/${first.headers.etag}`, '"', first.headers.etag.slice(1, -1)]) {
    const refused = await change('Husum', stale);
    expect([refused.status, refused.json.type], stale).toEqual([412, 'urn:zulauf:problem:precondition-failed']);
  }
  expect((await as('GET', at)).json.data.fields.city).toBe('Kiel');
  expect((await change('Lübeck', `"x", ${first.headers.etag}`)).status).toBe(200);
  expect((await change('Plön', '*')).status).toBe(200);
  expect((await change('Eutin')).json.data.fields.city).toBe('Eutin');
  expect((await as('PATCH', '/leads/ld_0000000000001', {}, { 'if-match': etag })).status).toBe(404);
});

test('a campaign is changed only in the state that was seen, and by the field', async () => {
  const made = await as('POST', '/campaigns', { name: 'Stand', channel: 'fair', from: '2020-01-01' });
  const at = `/campaigns/${made.json.data.id}`;
  const { etag } = (await as('GET', at)).headers;
  expect(etag).toMatch(/^"[^"]+"$/);
  expect(made.headers.etag).toBe(etag);
  const change = (body, match) => as('PATCH', at, body, match === undefined ? {} : { 'if-match': match });
  const first = await change({ note: 'Halle 7' }, etag);
  expect([first.status, first.headers.etag === etag]).toEqual([200, false]);
  for (const stale of [etag, `W/${first.headers.etag}`, '"', first.headers.etag.slice(1, -1)]) {
    for (const refused of [await change({ note: 'Halle 8' }, stale), await as('POST', `${at}/archive`, {}, { 'if-match': stale })]) {
      expect([refused.status, refused.json.type], stale).toEqual([412, 'urn:zulauf:problem:precondition-failed']);
    }
  }
  const refused = await change({ note: 'Halle 8', version: made.json.data.version });
  expect([refused.status, refused.json.type]).toEqual([409, 'urn:zulauf:problem:conflict']);
  for (const version of ['x', -1, 1.5, [1]]) expect((await change({ version })).status).toBe(422);
  expect((await as('GET', at)).json.data).toMatchObject({ note: 'Halle 7', state: 'running' });
  // Costs and leads are no change of the campaign itself.
  expect((await as('POST', `${at}/costs`, { label: 'Stand', amount_cents: 100 })).status).toBe(201);
  expect((await change({ name: 'Messe' }, `"x", ${first.headers.etag}`)).json.data).toMatchObject({ name: 'Messe', note: 'Halle 7' });
  expect((await change({ goal_leads: 5 }, '*')).status).toBe(200);
  expect((await change({ version: (await as('GET', at)).json.data.version, code: 'messe-26' })).json.data.code).toBe('messe-26');
  // Without a condition the last one wins, but only what he named.
  const many = [{ name: 'A' }, { note: 'B' }, { goal_leads: 7 }];
  expect((await Promise.all(many.map((body) => change(body)))).map((reply) => reply.status)).toEqual(many.map(() => 200));
  expect((await as('GET', at)).json.data).toMatchObject({ name: 'A', note: 'B', code: 'messe-26', goal_leads: 7 });
  const now = (await as('GET', at)).headers.etag;
  const both = await Promise.all([change({ note: 'x' }, now), change({ note: 'y' }, now)]);
  expect(both.map((reply) => reply.status).sort()).toEqual([200, 412]);
  const away = await as('POST', `${at}/archive`, {}, { 'if-match': both.find((reply) => reply.status === 200).headers.etag });
  expect([away.status, away.json.data.state]).toEqual([200, 'archived']);
  expect((await as('GET', at)).headers.etag).toBe(away.headers.etag);
  expect((await as('PATCH', '/campaigns/cp_0000000000001', {}, { 'if-match': etag })).status).toBe(404);
});

test('two who replace a form at once: one is told', async () => {
  const made = await as('POST', '/forms', { ...FORM, slug: 'zwei', name: 'Zwei' });
  const put = (name, match) => as('PUT', `/forms/${made.json.data.id}`, { ...FORM, slug: 'zwei', name }, { 'if-match': match });
  const { etag } = (await as('GET', `/forms/${made.json.data.id}`)).headers;
  expect(etag).toBe(made.headers.etag);
  const both = await Promise.all([put('Anna', etag), put('Bea', etag)]);
  expect(both.map((reply) => reply.status).sort()).toEqual([200, 412]);
  const won = both.find((reply) => reply.status === 200);
  const now = await as('GET', `/forms/${made.json.data.id}`);
  expect([now.json.data.name, now.json.data.version, now.headers.etag]).toEqual([won.json.data.name, 2, won.headers.etag]);
});

test('every list with a cursor has a limit, and says so where it is beyond', async () => {
  const id = await lead('liste@example.org');
  for (const path of ['/forms', '/imports', '/leads', '/leads/mine', '/campaigns', '/outbox', '/audit', '/notices', `/leads/${id}/timeline`]) {
    for (const limit of ['0', '201', 'viele', '-1']) {
      const reply = await as('GET', `${path}?limit=${limit}`);
      expect([reply.status, reply.json.errors?.[0]], path).toEqual([422, expect.objectContaining({ field: 'limit', detail: 'Bitte geben Sie eine Zahl von 1 bis 200 an.' })]);
    }
    const cursor = await as('GET', `${path}?cursor=!!`);
    expect([cursor.status, cursor.json.type], path).toEqual([400, 'urn:zulauf:problem:unreadable']);
  }
  // Page by page the same as at once, each once.
  const all = (await as('GET', '/audit?limit=200')).json.data.map((entry) => entry.id);
  const paged = [];
  for (let next = ''; next !== null;) {
    const page = (await as('GET', `/audit?limit=3${next && `&cursor=${next}`}`)).json;
    expect(page.data.length).toBeLessThanOrEqual(3);
    paged.push(...page.data.map((entry) => entry.id));
    next = page.next;
  }
  expect(paged).toEqual(all);
});

test('sentences are in the language that the client names, else in its person\'s', async () => {
  const title = async (header) => {
    const reply = await as('GET', '/leads/ld_0000000000001', undefined, header ? { 'accept-language': header } : {});
    return [reply.headers['content-language'], reply.json.title];
  };
  const german = ['de', 'Unter dieser Adresse ist nichts, oder es wurde gelöscht.'];
  const english = ['en', 'There is nothing at this address, or it was deleted.'];
  expect(await title()).toEqual(german);
  expect(await title('*')).toEqual(german);
  expect(await title('fr')).toEqual(german);
  expect(await title('en-GB, de;q=0.5')).toEqual(english);
  const page = await ask(`${desk.server.url}/api/v1/leads/ld_0000000000001`, { headers: { cookie: desk.cookie, 'accept-language': 'en' } });
  expect(page.json.title).toBe(german[1]); // a browser says so with every request
});

test('types of bodies are told by their names, whatever their case', async () => {
  const at = `/leads/${await lead('art@example.org')}`;
  const send = (method, path, type, body) => ask(`${desk.server.url}/api/v1${path}`, {
    method, body, headers: { authorization: `Bearer ${desk.token}`, 'content-type': type },
  });
  const patch = JSON.stringify({ fields: { city: 'Kiel' } });
  for (const [type, status] of [['Application/JSON; charset=UTF-8', 200], ['application/merge-patch+json', 200], ['application/jsonx', 415], ['text/plain', 415]]) {
    expect((await send('PATCH', at, type, patch)).status, type).toBe(status);
  }
  expect((await send('POST', '/leads', 'application/merge-patch+json', '{"email":"nein@example.org"}')).status).toBe(415);
});

test('what is refused before anybody works on it is a problem, too', async () => {
  const { hostname, port } = new URL(desk.server.url);
  const refused = (path, headers) => new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method: 'POST', headers: { 'content-length': 3_000_000, ...headers } }, (reply) => {
      let text = '';
      reply.on('data', (piece) => { text += piece; }).on('end', () => { request.destroy(); resolve({ status: reply.statusCode, type: reply.headers['content-type'], text }); });
    });
    request.on('error', reject);
    request.flushHeaders();
  });
  const program = await refused('/api/v1/leads', { 'accept-language': 'en' });
  expect([program.status, program.type]).toEqual([413, 'application/problem+json; charset=utf-8']);
  expect(JSON.parse(program.text)).toEqual({ type: 'urn:zulauf:problem:too-large', status: 413, title: 'That is too large.' });
  expect((await refused('/leads', {})).type).toMatch(/^text\/plain/);
});
