// What programs are promised: tokens, forms, submissions, leads, history, consents, outbox, errors.
import { expect, test } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { ADMIN, FORM, WORDING, ask, asForm, asJson, asMultipart, startDesk } from './desk.mjs';
import { binary } from './zulauf.mjs';

let desk;
let form;

test.beforeAll(async () => {
  desk = await startDesk();
  form = await desk.form();
});
test.afterAll(() => desk?.stop());

// A lead with a confirmed consent, made when a test is the first to ask.
const proven = async () => (await desk.leadOf('nachweis@example.org'))
  ?? desk.confirmedLead(form, { email: 'nachweis@example.org' });

const problem = (reply, status, type) => {
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(reply.json).toMatchObject({ type: `urn:zulauf:problem:${type}`, status });
  expect(reply.json.title).not.toMatch(/^[a-z_]+\.[a-z_]+$/); // a sentence, not its key
};

test('a token is made on the command line beside the running server, and works', async () => {
  const token = desk.server.run('token', 'create', '--email', ADMIN.email, '--name', 'CRM').trim();
  expect(token).toMatch(/^\S{20,}$/);
  const reply = await desk.api('GET', '/leads', undefined, { token });
  expect(reply.status).toBe(200);
  expect(reply.json).toEqual({ data: [], next: null });
});

test('a token for nobody is refused with one sentence', () => {
  const done = spawnSync(binary, ['token', 'create', '--data', desk.server.data, '--email', 'niemand@example.org',
    '--name', 'x'], { encoding: 'utf8' });
  expect(done.status).toBe(1);
  expect(done.stdout).toBe('');
  expect(done.stderr.trim().split('\n')).toHaveLength(1);
});

test('who is added on the command line is spoken to in his language', async () => {
  const password = 'Drei-Tassen-Tee-am-Kai';
  const add = (who, args, env) => spawnSync(binary, ['user', 'add', '--data', desk.server.data, '--email', `${who}@lindhorst.example`,
    '--name', 'Jana Wolf', '--role', 'viewer', '--password-stdin', ...args], { encoding: 'utf8', input: `${password}\n`, env: { PATH: process.env.PATH, ...env } });
  const langOf = async (who) => {
    const signed = await ask(`${desk.server.url}/sign-in`, { method: 'POST', ...asForm({ email: `${who}@lindhorst.example`, password }) });
    const cookie = signed.headers['set-cookie'][0].split(';', 1)[0];
    return (await ask(`${desk.server.url}/api/v1/account`, { headers: { cookie } })).json.data.user.lang;
  };
  for (const [who, args, env, lang] of [
    ['wort', ['--language', 'en'], { LANG: 'de_DE.UTF-8' }, 'en'], ['schale', [], { LANG: 'en_GB.UTF-8' }, 'en'],
    ['vor', [], { LC_ALL: 'de_AT', LANG: 'en_US.UTF-8' }, 'de'], ['sonst', [], { LANG: 'C.UTF-8' }, 'de'],
    ['anders', [], { LANG: 'den' }, 'de'],
  ]) {
    const done = add(who, args, env);
    expect(done.status, done.stderr).toBe(0);
    expect(await langOf(who), who).toBe(lang);
  }
  await desk.data('PATCH', '/settings', { lang: 'en' });
  expect(add('mandant', [], {}).status).toBe(0);
  expect(await langOf('mandant')).toBe('en'); // where the shell says nothing, the workspace does
  await desk.data('PATCH', '/settings', { lang: 'de' });
  const refused = add('keine', ['--language', 'fr'], {});
  expect([refused.status, refused.stderr]).toEqual([2, 'zulauf: --language takes de or en.\n']);
});

test('a form that was posted is published at once', async () => {
  expect(form).toMatchObject({
    slug: 'whitepaper-lagerplanung', name: FORM.name, state: 'published', version: 1, double_opt_in: true,
    submissions: 0, url: `${desk.server.url}/f/whitepaper-lagerplanung`,
  });
  expect(form.fields.map((field) => field.key)).toEqual(['email', 'first_name', 'last_name', 'company', 'company_size']);
  const page = await ask(form.url);
  expect(page.status).toBe(200);
  expect(page.text).toContain(WORDING);
});

test('a form with faults is refused, each fault with its field', async () => {
  const reply = await desk.api('POST', '/forms', {
    name: 'x', double_opt_in: true, fields: [{ key: 'shoe_size' }], consents: [{ purpose: 'A b', text: 'ja' }],
  });
  problem(reply, 422, 'invalid');
  const fields = reply.json.errors.map((e) => e.field);
  expect(fields).toEqual(expect.arrayContaining(['fields.0.key', 'consents.0.purpose', 'consents.0.text']));
  for (const e of reply.json.errors) expect(e.detail).toMatch(/\s/);
});

test('two forms cannot have one address', async () => {
  const reply = await desk.api('POST', '/forms', FORM);
  expect([409, 422]).toContain(reply.status);
  expect(reply.json.errors?.[0].field).toBe('slug');
});

test('a changed form is a new version; what was submitted keeps its own', async () => {
  const changed = await desk.data('POST', '/forms', { ...FORM, name: 'Messe', slug: 'messe' });
  await desk.submit(changed, { email: 'v1@example.org' });
  const second = await desk.data('PUT', `/forms/${changed.id}`, {
    ...FORM, name: 'Messe', slug: 'messe', consents: [{ ...FORM.consents[0], text: `${WORDING} Monatlich.` }],
  });
  expect(second.version).toBe(2);
  await desk.submit(changed, { email: 'v2@example.org' });
  const wording = async (address) => {
    const lead = await desk.leadOf(address);
    const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
    return { version: consent.evidence[0].facts.form_version, wording: consent.wording.version, text: consent.wording.text };
  };
  expect(await wording('v1@example.org')).toEqual({ version: 1, wording: 1, text: WORDING });
  expect(await wording('v2@example.org')).toEqual({ version: 2, wording: 2, text: `${WORDING} Monatlich.` });
});

test('a browser\'s urlencoded submission is sent on with 303', async () => {
  const reply = await ask(form.url, {
    method: 'POST', ...asForm({ email: 'url@example.org', first_name: 'Änne', 'consent.newsletter.email': 'yes' }),
  });
  expect(reply.status).toBe(303);
  expect(reply.headers.location).toMatch(new RegExp(`^/f/${form.slug}/sent\\?change=[A-Za-z0-9_-]{64}$`));
  expect(reply.headers.location).not.toContain('@');
  expect((await desk.leadOf('url@example.org')).fields.first_name).toBe('Änne');
});

test('a multipart submission is taken like any other', async () => {
  const sent = await asMultipart({ email: 'multi@example.org', last_name: 'Größe', 'consent.newsletter.email': 'yes' });
  const reply = await ask(form.url, { method: 'POST', ...sent });
  expect(reply.status).toBe(303);
  const lead = await desk.leadOf('multi@example.org');
  expect(lead.fields.last_name).toBe('Größe');
  expect(await desk.data('GET', `/leads/${lead.id}/consents`)).toHaveLength(1);
});

for (const [name, accept] of [['says it wants JSON', 'application/json'], ['takes anything', '*/*'], ['says nothing', undefined]]) {
  test(`a JSON submission by a program that ${name} is answered with 202 and JSON`, async () => {
    const address = `json${(accept ?? 'none').length}@example.org`;
    const sent = asJson({ fields: { email: address, company: 'Brandt' }, consents: ['newsletter:email'] });
    const reply = await ask(form.url, {
      method: 'POST', body: sent.body, headers: { ...sent.headers, ...(accept ? { accept } : {}) },
    });
    expect(reply.status).toBe(202);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    expect(reply.json).toEqual({ status: 'confirm' });
    expect((await desk.leadOf(address)).fields.company).toBe('Brandt');
  });
}

test('a faulty submission is problem+json with each field, and nothing is kept', async () => {
  const reply = await desk.submit(form, { email: 'kein-at', company_size: 'riesig', first_name: 'x'.repeat(500) });
  problem(reply, 422, 'invalid');
  expect(reply.json.errors.map((e) => e.field).sort()).toEqual(['fields.company_size', 'fields.email', 'fields.first_name']);
  expect(await desk.data('GET', '/leads?query=kein-at')).toEqual([]);
});

test('known and unknown addresses get the same reply', async () => {
  await desk.confirmedLead(form, { email: 'bekannt@example.org' });
  const said = ({ status, headers, text }) => {
    const { date, 'x-request-id': id, ...rest } = headers;
    return { status, headers: rest, text };
  };
  const known = said(await desk.submit(form, { email: 'bekannt@example.org' }));
  const unknown = said(await desk.submit(form, { email: 'unbekannt@example.org' }));
  expect(known).toEqual(unknown);
  const post = (email) => ask(form.url, { method: 'POST', ...asForm({ email, 'consent.newsletter.email': 'yes' }) });
  const a = said(await post('bekannt@example.org'));
  const b = said(await post('fremdeste@example.org'));
  a.headers['set-cookie'] = b.headers['set-cookie'] = undefined; // holds what the client itself sent
  for (const reply of [a, b]) reply.headers.location = reply.headers.location.replace(/change=[\w-]{64}$/, 'change='); // of this sending
  expect(a).toEqual(b);
});

test('what a stranger enters under a verified address changes nothing until the link is used', async () => {
  const before = await desk.confirmedLead(form, { email: 'echt@example.org', first_name: 'Echt', company: 'Alt GmbH' });
  await desk.submit(form, { email: 'ECHT@example.org', first_name: 'Falsch', company: 'Neu AG' });
  expect((await desk.leadOf('echt@example.org')).fields).toEqual(before.fields);
  // Who is known gets no link; where everybody is asked, it is the link that counts.
  expect((await desk.mailTo('echt@example.org')).class).not.toBe('doi');
  await desk.data('PATCH', '/settings', { proved_months: 0 });
  await desk.submit(form, { email: 'ECHT@example.org', first_name: 'Falsch', company: 'Neu AG' });
  expect((await desk.leadOf('echt@example.org')).fields).toEqual(before.fields);
  await desk.data('PATCH', '/settings', { proved_months: 12 });
  await ask(await desk.confirmLink('echt@example.org'), { method: 'POST', ...asForm({}) });
  const after = await desk.leadOf('echt@example.org');
  expect(after.id).toBe(before.id);
  expect(after.fields).toMatchObject({ first_name: 'Falsch', company: 'Neu AG' });
});

test('leads come page by page, none twice and none missing, while new ones arrive', async () => {
  for (let i = 0; i < 7; i += 1) await desk.data('POST', '/leads', { email: `seite${i}@pages.example`, fields: { last_name: `Seite${i}` } });
  const seen = [];
  let path = '/leads?limit=3';
  for (let pages = 0; path && pages < 50; pages += 1) {
    const reply = await desk.api('GET', path);
    expect(reply.status, reply.text).toBe(200);
    expect(reply.json.data.length).toBeLessThanOrEqual(3);
    seen.push(...reply.json.data.map((lead) => lead.email));
    if (pages === 0) await desk.data('POST', '/leads', { email: 'nachzuegler@pages.example' });
    path = reply.json.next && `/leads?limit=3&cursor=${encodeURIComponent(reply.json.next)}`;
  }
  expect(new Set(seen).size).toBe(seen.length);
  for (let i = 0; i < 7; i += 1) expect(seen).toContain(`seite${i}@pages.example`);
});

for (const query of ['cursor=quatsch', 'cursor=', 'limit=0', 'limit=201', 'limit=zwei', 'sort=kaffee', 'state=egal', 'phase=x', 'may_email=x']) {
  test(`a list asked with ${query} is answered or refused, never an error of ours`, async () => {
    const reply = await desk.api('GET', `/leads?${query}`);
    expect([200, 400, 422]).toContain(reply.status);
    if (query !== 'cursor=') expect(reply.status).toBeGreaterThanOrEqual(400);
  });
}

test('a search finds by name, address and company, whatever the case', async () => {
  await desk.data('POST', '/leads', { email: 'jürgen.größ@example.org'.normalize(), fields: { first_name: 'Jürgen', last_name: 'Größmann', company: 'Straßenbau Öl' } })
    .catch(() => desk.data('POST', '/leads', { email: 'juergen@example.org', fields: { first_name: 'Jürgen', last_name: 'Größmann', company: 'Straßenbau Öl' } }));
  for (const query of ['größmann', 'GRÖSSMANN', 'jürgen', 'straßenbau']) {
    const found = await desk.data('GET', `/leads?query=${encodeURIComponent(query)}`);
    expect(found.map((lead) => lead.fields.last_name), query).toContain('Größmann');
  }
  expect(await desk.data('GET', '/leads?query=gibtesnicht')).toEqual([]);
});

test('PATCH changes what it names and nothing else; an old version is refused', async () => {
  const lead = await desk.data('POST', '/leads', { email: 'patch@example.org', fields: { first_name: 'Pia', company: 'Alt' } });
  const changed = await desk.data('PATCH', `/leads/${lead.id}`, { fields: { company: 'Neu' }, phase: 'mql', version: lead.version });
  expect(changed).toMatchObject({ phase: 'mql', fields: { first_name: 'Pia', company: 'Neu' } });
  expect(changed.version).toBeGreaterThan(lead.version);
  problem(await desk.api('PATCH', `/leads/${lead.id}`, { fields: { company: 'Später' }, version: lead.version }), 409, 'conflict');
  problem(await desk.api('PATCH', `/leads/${lead.id}`, { fields: { shoe_size: '42' } }), 422, 'invalid');
  problem(await desk.api('PATCH', `/leads/${lead.id}`, { phase: 'könig' }), 422, 'invalid');
  expect((await desk.data('GET', `/leads/${lead.id}`)).fields.company).toBe('Neu');
});

test('an address belongs to one lead', async () => {
  await desk.data('POST', '/leads', { email: 'eins@example.org' });
  const reply = await desk.api('POST', '/leads', { email: 'EINS@Example.org' });
  expect([409, 422]).toContain(reply.status);
});

test('DELETE puts into the trash, restoring brings back, ?forever=true erases', async () => {
  const lead = await desk.confirmedLead(form, { email: 'weg@example.org', last_name: 'Wegner' });
  expect((await desk.data('DELETE', `/leads/${lead.id}`)).state).toBe('trashed');
  expect(await desk.leadOf('weg@example.org')).toBeNull();
  expect((await desk.data('POST', `/leads/${lead.id}/restore`, {})).state).toBe('active');
  expect(await desk.leadOf('weg@example.org')).not.toBeNull();
  expect((await desk.api('DELETE', `/leads/${lead.id}?forever=true`)).status).toBeLessThan(300);
  problem(await desk.api('GET', `/leads/${lead.id}`), 404, 'not-found');
  problem(await desk.api('GET', `/leads/${lead.id}/timeline`), 404, 'not-found');
  const mails = await desk.data('GET', '/outbox?limit=200');
  expect(JSON.stringify(mails)).not.toContain('weg@example.org');
});

test('the timeline tells what happened, newest first, page by page', async () => {
  const lead = await desk.confirmedLead(form, { email: 'zeit@example.org' });
  await desk.data('POST', `/leads/${lead.id}/notes`, { text: 'Ruft am Montag zurück.' });
  const kinds = [];
  let path = `/leads/${lead.id}/timeline?limit=2`;
  while (path) {
    const reply = await desk.api('GET', path);
    expect(reply.status, reply.text).toBe(200);
    kinds.push(...reply.json.data.map((t) => t.kind));
    path = reply.json.next && `/leads/${lead.id}/timeline?limit=2&cursor=${reply.json.next}`;
  }
  expect(kinds[0]).toBe('note_added');
  expect(kinds.slice(1).sort()).toEqual(['consent_confirmed', 'doi_requested', 'email_verified', 'form_submitted'].sort());
  expect(await desk.data('GET', `/leads/${lead.id}/notes`)).toMatchObject([{ text: 'Ruft am Montag zurück.' }]);
});

test('a consent carries wording, version, request, confirmation and the mail as sent; a withdrawal ends it', async () => {
  const lead = await desk.confirmedLead(form, { email: 'beleg@example.org' });
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  expect(consent).toMatchObject({
    purpose: 'newsletter', channel: 'email', state: 'confirmed', wording: { text: WORDING, version: 1, language: 'de' },
  });
  const [requested, confirmed] = consent.evidence;
  expect(requested).toMatchObject({
    kind: 'requested', network: { ip: '127.0.0.1' },
    facts: { form: form.id, form_version: 1, boxes: [{ purpose: 'newsletter', ticked: true, text: WORDING }] },
  });
  expect(requested.facts.form_version_sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(confirmed).toMatchObject({ kind: 'confirmed', facts: { method: 'double_opt_in', address: 'beleg@example.org' } });
  expect(confirmed.facts.mail).toMatchObject({ message_id: expect.stringContaining('@'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(lead.may_email.state).toBe('yes');
  const after = await desk.data('POST', `/leads/${lead.id}/withdraw`, { purpose: 'newsletter', channel: 'email', note: 'am Telefon' });
  expect(after[0].state).toBe('withdrawn');
  expect((await desk.data('GET', `/leads/${lead.id}`)).may_email.state).toBe('withdrawn');
});

test('the proof is sealed into the chain within seconds', async () => {
  const lead = await desk.confirmedLead(form, { email: 'kette@example.org' });
  await expect.poll(async () => {
    const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
    return consent.evidence.map((e) => e.block.sealed);
  }).toEqual([true, true]);
  const [consent] = await desk.data('GET', `/leads/${lead.id}/consents`);
  for (const e of consent.evidence) expect(e.block.hash).toMatch(/^[0-9a-f]{64}$/);
});

test('the outbox lists mails page by page and shows each whole', async () => {
  const first = await desk.api('GET', '/outbox?limit=2');
  expect(first.json.data).toHaveLength(2);
  const second = await desk.api('GET', `/outbox?limit=2&cursor=${first.json.next}`);
  expect(second.json.data.map((m) => m.id)).not.toContain(first.json.data[0].id);
  const mail = await desk.data('GET', `/outbox/${first.json.data[0].id}`);
  expect(mail).toMatchObject({ class: 'doi', state: 'held', template: 'mail/doi' });
  expect(mail.mime).toMatch(/^(Date|From|Message-ID|To|Subject): /im);
  expect(mail.mime).not.toMatch(/List-Unsubscribe/i); // a DOI mail is no advertising
});

test('a link that signs somebody in is not read in the outbox by who may not manage people', async () => {
  await ask(`${desk.server.url}/forgot`, { method: 'POST', ...asForm({ email: ADMIN.email }) });
  const mail = await desk.mailTo(ADMIN.email);
  expect(mail.mime).toContain('/reset/');
  const marketing = await desk.newToken('Marketing', ['outbox_read', 'send_again']);
  const seen = await desk.api('GET', `/outbox/${mail.id}`, undefined, { token: marketing });
  expect(seen.json.data).toMatchObject({ class: 'system', mime: null });
  for (const part of ['preview', 'source'])
    problem(await desk.api('GET', `/outbox/${mail.id}/${part}`, undefined, { token: marketing }), 403, 'forbidden');
});

// --- done once ---

test('a POST with an Idempotency-Key is done once, however often it is sent', async () => {
  const headers = { 'idempotency-key': 'schluessel-1' };
  const send = (email, more = {}) => desk.api('POST', '/leads', { email }, { headers: { ...headers, ...more } });
  const first = await send('einmal@example.org');
  expect(first.status, first.text).toBe(201);
  const again = await send('einmal@example.org');
  expect(again.status).toBe(201);
  expect(again.json).toEqual(first.json);
  expect((await desk.data('GET', '/leads?query=einmal%40example.org')).length).toBe(1);
  const other = await send('anders@example.org'); // the key belongs to another body
  expect([409, 422]).toContain(other.status);
  expect(await desk.leadOf('anders@example.org')).toBeNull();
  const fresh = await send('anders@example.org', { 'idempotency-key': 'schluessel-2' });
  expect(fresh.status).toBe(201);
});

test('many at once with one Idempotency-Key make one lead', async () => {
  const replies = await Promise.all(Array.from({ length: 12 }, () => desk.api('POST', '/leads', { email: 'gleichzeitig@example.org' },
    { headers: { 'idempotency-key': 'schluessel-3' } })));
  for (const reply of replies) expect([201, 409]).toContain(reply.status);
  const ids = new Set(replies.filter((r) => r.status === 201).map((r) => r.json.data.id));
  expect(ids.size).toBe(1);
  expect(await desk.data('GET', '/leads?query=gleichzeitig%40example.org')).toHaveLength(1);
});

test('a request that was refused gives its Idempotency-Key free again', async () => {
  const send = (body) => desk.api('POST', '/leads', body, { headers: { 'idempotency-key': 'schluessel-4' } });
  expect((await send({ email: 'kein-at' })).status).toBe(422);
  expect((await send({ email: 'doch@example.org' })).status).toBe(201);
});

// --- what is refused ---

test('without a token, with a wrong one, and with a token that may not', async () => {
  for (const token of [null, 'zulauf_quatsch', 'ä'.repeat(40)]) {
    const reply = await ask(`${desk.server.url}/api/v1/leads`, { headers: token ? { authorization: `Bearer ${encodeURIComponent(token)}` } : {} });
    problem(reply, 401, 'unauthorised');
    expect(reply.headers['www-authenticate']).toBe('Bearer');
  }
  const reader = await desk.newToken('liest nur', ['leads_read']);
  expect((await desk.api('GET', '/leads', undefined, { token: reader })).status).toBe(200);
  problem(await desk.api('POST', '/leads', { email: 'x@example.org' }, { token: reader }), 403, 'forbidden');
  problem(await desk.api('GET', '/outbox', undefined, { token: reader }), 403, 'forbidden');
  problem(await desk.api('GET', '/audit', undefined, { token: reader }), 403, 'forbidden');
  const lead = await proven();
  const [consent] = (await desk.api('GET', `/leads/${lead.id}/consents`, undefined, { token: reader })).json.data;
  expect(consent.evidence[0].network).toBeNull(); // addresses in a proof are for those who may see them
  problem(await desk.api('DELETE', `/leads/${lead.id}?forever=true`, undefined, { token: reader }), 403, 'forbidden');
});

test('a revoked token ends at once', async () => {
  const token = await desk.newToken('kurz', ['leads_read']);
  expect((await desk.api('GET', '/leads', undefined, { token })).status).toBe(200);
  const list = await ask(`${desk.server.url}/api/v1/tokens`, { headers: { cookie: desk.cookie } });
  const { id } = list.json.data.tokens.find((t) => t.name === 'kurz');
  const revoke = (headers) => ask(`${desk.server.url}/api/v1/tokens/${id}/revoke`, { method: 'POST', headers: { cookie: desk.cookie, ...headers } });
  problem(await revoke({}), 403, 'forbidden'); // a cookie alone is not enough: no CSRF token
  problem(await revoke({ 'x-csrf-token': desk.csrf, origin: 'https://evil.example' }), 403, 'forbidden');
  expect((await revoke({ 'x-csrf-token': desk.csrf })).status).toBe(200);
  problem(await desk.api('GET', '/leads', undefined, { token }), 401, 'unauthorised');
});

const MISSING = ['/leads/ld_0000000000000', '/leads/quatsch', '/leads/fm_0000000000000', '/forms/fm_0000000000000',
  '/outbox/ml_0000000000000', '/gibtesnicht', '/leads/%00', '/leads/..%2f..%2fetc'];
for (const path of MISSING) {
  test(`${path} is not there`, async () => {
    problem(await desk.api('GET', path), 404, 'not-found');
  });
}

test('a known address with a wrong method says which there are', async () => {
  const reply = await desk.api('PUT', '/leads');
  problem(reply, 405, 'method-not-allowed');
  expect(reply.headers.allow.split(', ').sort()).toEqual(['GET', 'POST']);
  const page = await ask(`${desk.server.url}/f/${form.slug}/sent`, { method: 'POST', ...asForm({}) });
  expect(page.status).toBe(405);
  expect(page.headers.allow).toBe('GET');
});

const FIXED = [['PATCH', '/leads/export', 'GET'], ['DELETE', '/leads/export', 'GET'], ['PUT', '/leads/export', 'GET'],
  ['PATCH', '/leads/mine', 'GET'], ['PATCH', '/campaigns/export', 'GET'], ['POST', '/campaigns/export', 'GET'],
  ['PATCH', '/campaigns/channels', 'GET, POST'], ['PUT', '/forms/templates', 'GET'], ['GET', `/forms/fm_1/submissions/held`, 'POST']];
for (const [method, path, allow] of FIXED) {
  test(`${method} ${path} is no ${path.replace(/[^/]+$/, '{id}')}: it says what there is`, async () => {
    const reply = await desk.api(method, path, method === 'GET' ? undefined : {});
    problem(reply, 405, 'method-not-allowed');
    expect(reply.headers.allow).toBe(allow);
  });
}

test('bodies: too large 413, unknown kind 415, broken 400', async () => {
  const large = await desk.api('POST', '/leads', asJson({ email: 'x@example.org', fields: { message: 'x'.repeat(2 << 20) } }))
    .catch((error) => ({ status: error.code }));
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(large.status);
  const form413 = await ask(form.url, { method: 'POST', ...asForm({ email: 'x'.repeat(300_000) }) }).catch((error) => ({ status: error.code }));
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(form413.status);
  problem(await desk.api('POST', '/leads', { body: '<lead/>', headers: { 'content-type': 'application/xml' } }), 415, 'unsupported-media-type');
  for (const body of ['{', '[]', '"x"', '{"email":"\\ud800"}', '{"a":1,"a":2', `${'['.repeat(100)}`]) {
    problem(await desk.api('POST', '/leads', { body, headers: { 'content-type': 'application/json' } }), 400, 'unreadable');
  }
  problem(await desk.api('POST', '/leads', { body: '--x', headers: { 'content-type': 'multipart/form-data; boundary=y' } }), 400, 'unreadable');
});

test('a submission cannot be made to carry zero bytes, markup or header lines through', async () => {
  const sent = asJson({ fields: { email: 'boese@example.org', first_name: '<script>alert(1)</script>', last_name: 'A\u0000B\r\nBcc: x@y.example' }, consents: [] });
  const reply = await ask(form.url, { method: 'POST', ...sent });
  expect([202, 400, 422]).toContain(reply.status);
  if (reply.status !== 202) return;
  const lead = await desk.leadOf('boese@example.org');
  expect(lead.fields.last_name ?? '').not.toMatch(/[\u0000\r\n]/);
  const mail = await desk.mailTo('boese@example.org');
  expect(mail.mime).not.toMatch(/^Bcc:/im);
  const page = await ask(`${desk.server.url}/leads/${lead.id}`, { headers: { cookie: desk.cookie, accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(page.text).not.toContain('<script>alert');
});

test('another workspace sees nothing of this one', async () => {
  const made = await desk.data('POST', '/workspaces', { name: 'Zweite GmbH', host: 'zweite.test' });
  expect(made.id).toMatch(/^ws_/);
  const lead = await proven();
  const [mail] = await desk.mailsTo('nachweis@example.org');
  const there = (path, options = {}) => ask(`${desk.server.url}${path}`, {
    ...options, headers: { host: 'zweite.test', cookie: desk.cookie, ...options.headers },
  });
  // A token belongs to one workspace; a session's person is a member of both.
  problem(await there('/api/v1/leads', { headers: { authorization: `Bearer ${desk.token}` } }), 401, 'unauthorised');
  const session = await there('/sign-in', {
    method: 'POST', ...asForm({ email: ADMIN.email, password: ADMIN.password }),
  });
  expect(session.status).toBe(303);
  const cookie = session.headers['set-cookie'][0].split(';', 1)[0];
  const inside = (path) => there(path, { headers: { cookie } });
  const list = await inside('/api/v1/leads');
  expect(list.status).toBe(200);
  expect(list.json.data).toEqual([]);
  for (const path of [`/leads/${lead.id}`, `/leads/${lead.id}/timeline`, `/leads/${lead.id}/consents`, `/forms/${form.id}`, `/outbox/${mail.id}`]) {
    problem(await inside(`/api/v1${path}`), 404, 'not-found');
  }
  expect((await ask(form.url, { headers: { host: 'zweite.test' } })).status).toBe(404);
  const link = new URL(await desk.confirmLink('nachweis@example.org'));
  const foreign = await ask(`${desk.server.url}${link.pathname}`, { headers: { host: 'zweite.test' } });
  expect(foreign.status).toBe(404);
});

test('every reply carries a number that is in the log, and no log line carries an address', async () => {
  const reply = await desk.api('GET', '/leads/quatsch');
  expect(reply.headers['x-request-id']).toMatch(/^\d+$/);
  await expect.poll(() => desk.server.err).toContain(`id=${reply.headers['x-request-id']} `);
  expect(desk.server.err).not.toMatch(/@example\.org|@lindhorst/);
  expect(desk.server.err).not.toContain('level=error');
});
