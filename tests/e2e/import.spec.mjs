// Leads from a file: uploaded, mapped, checked, written by a job; nobody is mailed because of it.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ADMIN, asMultipart, ask, startDesk } from './desk.mjs';
import { binary, until } from './zulauf.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const speak = (lang) => desk.data('POST', '/account', { lang });
const csv = (text, name = 'kontakte.csv') => new File([typeof text === 'string' ? Buffer.from(text) : text], name, { type: 'text/csv' });
const upload = async (file, rest = {}, options) => desk.api('POST', '/imports', await asMultipart({ file, ...rest }), options);
const settled = (id) => until(async () => {
  const now = await desk.data('GET', `/imports/${id}`);
  return !['checking', 'running'].includes(now.state) && now;
}, { what: `the import ${id}` });

async function imported(text, mapping = {}, rest = {}) {
  const reply = await upload(csv(text), rest);
  expect(reply.status, reply.text).toBe(201);
  const { id } = reply.json.data;
  await desk.data('POST', `/imports/${id}/mapping`, mapping);
  expect((await settled(id)).state).toBe('checked');
  await desk.data('POST', `/imports/${id}/start`, {});
  return settled(id);
}

const press = (seat, name) => seat.page.locator('main').getByRole('button', { name, exact: true }).first().click();

test('over the API: upload, mapping, check, start, result, refused rows', async () => {
  const fair = await desk.data('POST', '/campaigns', { name: 'Messe Kiel', channel: 'fair', from: '2026-03-01' });
  const before = (await desk.data('GET', '/outbox')).length;
  const text = 'E-Mail;Vorname;Nachname;Firma;Notiz\r\nAnna@Import.example;Anna;Müller;Müller AG;x\r\nfalsch;B;C;=1+1;y\r\n;Nur;Name;;\r\n';
  const reply = await upload(csv(Buffer.from(text, 'latin1')), { campaign: fair.id, source: 'Messe' });
  expect(reply.status, reply.text).toBe(201);
  const one = reply.json.data;
  expect(one).toMatchObject({ state: 'new', charset: 'windows-1252', separator: ';', check: null, campaign: { name: 'Messe Kiel' }, source: 'Messe' });
  expect(one.columns.map((column) => column.field)).toEqual(['email', 'first_name', 'last_name', 'company', null]);
  // Not before the check, and nothing is written by it.
  expect((await desk.api('POST', `/imports/${one.id}/start`, {})).status).toBe(409);
  await desk.data('POST', `/imports/${one.id}/mapping`, {});
  const checked = await settled(one.id);
  expect(checked.check).toMatchObject({ rows: 3, new: 2, known: 0, refused: 1, refusals: [{ line: 3, column: 'E-Mail' }] });
  expect(await desk.leadOf('anna@import.example')).toBe(null);
  await desk.data('POST', `/imports/${one.id}/start`, {});
  const done = await settled(one.id);
  expect(done).toMatchObject({ state: 'done', progress_pct: 100, result: { created: 2, refused: 1 }, by: { name: ADMIN.name } });
  const lead = await desk.leadOf('anna@import.example');
  expect(lead).toMatchObject({ name: 'Anna Müller', email_state: 'unverified', may_email: { state: 'no' }, campaign: { id: fair.id } });
  const whole = await desk.data('GET', `/leads/${lead.id}`);
  expect(whole.lead?.source?.label ?? whole.source.label).toBe('Messe');
  expect((await desk.data('GET', `/campaigns/${fair.id}`)).leads).toBe(2);
  // No question, no mail, no consent.
  expect((await desk.data('GET', '/outbox')).length).toBe(before);
  const refused = await desk.api('GET', `/imports/${one.id}/refused`);
  expect(refused.headers['content-disposition']).toMatch(/^attachment/);
  expect(refused.text).toContain("falsch;B;C;'=1+1;y");
  const actions = (await desk.data('GET', '/audit?action=import.')).map((entry) => entry.action);
  expect(actions).toEqual(['import.refused', 'import.done', 'import.start', 'import.upload']);
  expect((await desk.api('POST', `/imports/${one.id}/start`, {})).status).toBe(409);
});

test('what is no list of leads is refused with what to do', async () => {
  await speak('en');
  for (const [file, words] of [
    [csv('PK\x03\x04 rest', 'leads.xlsx'), 'Excel'], [csv('%PDF-1.7'), 'no CSV'], [csv(''), 'empty'], [csv('email\r\n'), 'no row'],
    [csv(Array(202).fill('a').join(',') + '\n1\n'), '200 columns'],
  ]) {
    const reply = await upload(file);
    expect(reply.status, reply.text).toBe(422);
    expect(reply.json.errors[0].field).toBe('file');
    expect(reply.text).toContain(words);
  }
  const blind = await desk.newToken('ohne Import', ['leads_read', 'leads_write']);
  expect((await upload(csv('email\na@a.example\n'), {}, { token: blind })).status).toBe(403);
  expect((await desk.api('GET', '/imports', undefined, { token: blind })).status).toBe(403);
  const two = (await upload(csv('mail,email2\na@a.example,b@b.example\n'))).json.data;
  const twice = await desk.api('POST', `/imports/${two.id}/mapping`, { columns: ['email', 'email'] });
  expect(twice.status, twice.text).toBe(422);
  expect((await desk.api('POST', `/imports/${two.id}/mapping`, { columns: ['free_nothing'] })).status).toBe(422);
  expect((await desk.api('POST', `/imports/${two.id}/mapping`, { columns: ['', ''] })).status).toBe(422);
  expect(await desk.data('POST', `/imports/${two.id}/stop`, {})).toBe(null);
  expect((await desk.api('GET', `/imports/${two.id}`)).status).toBe(404);
});

test('who was erased comes back without a way to mail, and leaves no refused row behind', async () => {
  await imported('email,phone\nweg@import.example,nie im Leben\nda@import.example,040 123456\n');
  const again = await imported('email,phone\nweg@import.example,\nda@import.example,nie im Leben\n');
  expect(again.result).toMatchObject({ created: 1, refused: 1 });
  const lead = await desk.leadOf('da@import.example');
  expect((await desk.api('GET', `/imports/${again.id}/refused`)).text).toContain('da@import.example');
  expect((await desk.api('DELETE', `/leads/${lead.id}?forever=true`)).status).toBe(200);
  expect((await desk.api('GET', `/imports/${again.id}/refused`)).text).not.toContain('da@import.example');
  expect((await imported('email\nda@import.example\n')).result.created).toBe(1);
  expect((await desk.leadOf('da@import.example')).may_email.state).toBe('no');
});

test('a wrong value costs its row, or where that is wished itself alone', async () => {
  await speak('en');
  const text = 'email,phone,city\nmit@wert.example,ring me,Kiel\nkein-at,040 123456,Bonn\nheil@wert.example,040 123456,Ulm\n';
  const { id } = (await upload(csv(text))).json.data;
  expect((await desk.api('POST', `/imports/${id}/mapping`, { wrong: 'maybe' })).status).toBe(422);
  await desk.data('POST', `/imports/${id}/mapping`, {});
  expect(await settled(id)).toMatchObject({ wrong: 'refuse', check: { new: 1, refused: 2, wrong: 1 } });
  await desk.data('POST', `/imports/${id}/mapping`, { wrong: 'empty' });
  expect(await settled(id)).toMatchObject({ wrong: 'empty', check: { new: 2, refused: 1, wrong: 1 } });
  await desk.data('POST', `/imports/${id}/start`, {});
  expect((await settled(id)).result).toMatchObject({ created: 2, refused: 1, emptied: 1, erased: 0 });
  const lead = await desk.data('GET', `/leads/${(await desk.leadOf('mit@wert.example')).id}`);
  expect(JSON.stringify(lead)).toContain('Kiel');
  expect(JSON.stringify(lead)).not.toContain('ring me');
  const report = (await desk.api('GET', `/imports/${id}/refused`, undefined, { headers: { 'accept-language': 'en' } })).text.trim().split(/\r?\n/);
  expect(report[0]).toMatch(/email,phone,city$/);
  expect(report[0].split(',').length).toBe(8);
  expect(report[1]).toMatch(/^2,.*,phone,ring me,.*mit@wert\.example,ring me,Kiel$/);
  expect(report[2]).toMatch(/^3,.*,email,kein-at,.*kein-at,040 123456,Bonn$/);
  // Mended, the report is a file again: its own columns are no fields.
  const again = (await upload(csv(report.join('\n').replaceAll('ring me', '040 654321')))).json.data;
  expect(again.columns.map((column) => column.field)).toEqual([null, null, null, null, null, 'email', 'phone', 'city']);
  await desk.data('POST', `/imports/${again.id}/stop`, {});
});

test('who is erased does not come back by a file that was there before', async () => {
  await imported('email\nfort@import.example\n');
  const { id } = (await upload(csv('email,city\nfort@import.example,Kiel\nbleibt@import.example,Kiel\n'))).json.data;
  await desk.data('POST', `/imports/${id}/mapping`, {});
  await settled(id);
  const lead = await desk.leadOf('fort@import.example');
  expect((await desk.api('DELETE', `/leads/${lead.id}?forever=true`)).status).toBe(200);
  await desk.data('POST', `/imports/${id}/start`, {});
  expect((await settled(id)).result).toMatchObject({ created: 1, refused: 1, erased: 1 });
  expect(await desk.leadOf('fort@import.example')).toBe(null);
  const report = (await desk.api('GET', `/imports/${id}/refused`)).text;
  expect(report).not.toContain('fort@import.example');
  expect(report.trim().split(/\r?\n/).length).toBe(2);
  // By a newer one he does, and the check says so.
  const newer = (await upload(csv('email\nfort@import.example\n'))).json.data;
  await desk.data('POST', `/imports/${newer.id}/mapping`, {});
  expect((await settled(newer.id)).check).toMatchObject({ new: 1, blocked: 1, refused: 0 });
  await desk.data('POST', `/imports/${newer.id}/start`, {});
  await settled(newer.id);
  expect((await desk.leadOf('fort@import.example')).may_email.state).toBe('no');
});

test('what the server did not live to finish goes on, and no row is there twice', async () => {
  // Slow to commit, so that the fastest machine is not done before it is killed.
  await desk.server.stop();
  desk.server.options.env = { ZULAUF_TEST_COMMIT_DELAY_MS: '100' };
  await desk.server.start();
  const rows = 30_000;
  const text = `email,last_name\n${Array.from({ length: rows }, (_, i) => `viele${i}@neustart.example,Nummer ${i}`).join('\n')}`;
  const { id } = (await upload(csv(text))).json.data;
  await desk.data('POST', `/imports/${id}/mapping`, { known: 'leave' });
  await settled(id);
  await desk.data('POST', `/imports/${id}/start`, {});
  const half = await until(async () => {
    const now = await desk.data('GET', `/imports/${id}`);
    return now.result.created > 0 && now;
  }, { what: 'the first rows' });
  expect(half.state).toBe('running');
  await desk.server.kill();
  desk.server.options.env = {};
  await desk.server.start();
  const done = await until(async () => {
    const now = await desk.data('GET', `/imports/${id}`);
    return now.state !== 'running' && now;
  }, { ms: 180_000, what: 'the rest' });
  expect(done).toMatchObject({ state: 'done', result: { created: rows, left: 0, refused: 0 } });
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person brings a list (${lang}, ${screen})`, async ({ browser }) => {
    const campaign = await desk.data('POST', '/campaigns', { name: `Kontakte ${screen}`, channel: 'fair', from: '2026-03-01' });
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go('/leads');
    await page.locator('main').getByRole('link', { name: seat.t('imports.title'), exact: true }).first().click();
    await seat.check();
    await seat.go(`/campaigns/${campaign.id}`);
    await page.locator('main').getByRole('link', { name: seat.t('imports.title'), exact: true }).click();
    await expect(page.locator('[name=campaign]')).toHaveValue(campaign.id);
    await seat.check();
    await press(seat, seat.t('imports.upload'));
    await expect(page.locator('#f-file-e')).toContainText(seat.t('error.file_missing'));
    await seat.check();
    const rows = Array.from({ length: 120 }, (_, i) => `person${i}.${screen}@import.example;Person;Nummer ${i};Firma ${i};"Ort; ${i}"`);
    const bad = ['ohne-at;A;B;C;D', `tel.${screen}@import.example;A;B;C;D;zuviel`];
    const halves = [`halb.${screen}@import.example;${'x'.repeat(2100)};B;C;D`];
    await page.locator('[name=file]').setInputFiles({ name: 'Kontakte März.csv', mimeType: 'text/csv', buffer: Buffer.from(`﻿E-Mail-Adresse;Vorname;Nachname;Firma;Unbekannte Spalte\r\n${[...halves, ...rows, ...bad].join('\r\n')}\r\n`) });
    await press(seat, seat.t('imports.upload'));
    await expect(page.locator('main h2').first()).toContainText(seat.t('imports.step_columns'));
    const columns = page.locator('[name=columns]');
    await expect(columns).toHaveCount(5);
    await expect(columns.nth(0)).toHaveValue('email');
    await expect(columns.nth(4)).toHaveValue('');
    await seat.check();
    await columns.nth(4).selectOption('first_name');
    await press(seat, seat.t('imports.check'));
    await expect(page.locator('[role=alert]')).toContainText(seat.t('imports.twice'));
    await expect(columns.nth(4)).toHaveValue('first_name');
    await seat.check();
    await columns.nth(4).selectOption('city');
    await press(seat, seat.t('imports.check'));
    await expect(page.locator('main')).toContainText(seat.t('imports.step_check'));
    await expect(page.locator('.head .mark')).toHaveText(seat.t('imports.state_checked')); // the whole page follows, not a part
    await expect(page.locator('.tiles li b').nth(1)).toHaveText('120'); // one more is refused for a value
    await expect(page.locator('.tiles li b').nth(3)).toHaveText('3');
    await expect(page.locator('main')).toContainText(seat.t('imports.wrong_one'));
    await seat.check();
    await press(seat, seat.t('imports.wrong_take'));
    await expect(page.locator('main')).toContainText(seat.t('imports.wrong_taken_one'), { timeout: 20_000 });
    await expect(page.locator('.tiles li b').nth(3)).toHaveText('2');
    await expect(page.locator('main')).toContainText(seat.t('imports.law_bold'));
    await seat.check();
    await press(seat, seat.t('imports.start', { count: '121' }));
    await expect(page.locator('main')).toContainText(seat.t('imports.show_leads'));
    await expect(page.locator('.tiles li b').first()).toHaveText('121');
    await expect(page.locator('main')).toContainText(seat.t('imports.report'));
    await seat.check();
    await page.locator('main').getByRole('link', { name: seat.t('imports.show_leads'), exact: true }).click();
    await expect(page.locator('tbody tr').first()).toContainText('Person Nummer');
    await page.locator('tbody tr a').first().click();
    await expect(page.locator('main')).toContainText(seat.t('timeline.imported'));
    await expect(page.locator('main')).toContainText('Kontakte März.csv');
    await seat.check();
    await seat.go(`/campaigns/${campaign.id}`);
    await expect(page.locator('.tiles b').first()).toHaveText('121');
    await seat.go('/imports');
    await expect(page.locator('tbody tr').first()).toContainText('Kontakte März.csv');
    await seat.check();
    await seat.close();
  });
}

test('an operator brings a file through the running server', async () => {
  const file = path.join(desk.server.data, 'liste.csv');
  writeFileSync(file, 'E-Mail;Kürzel\nbetrieb@import.example;Bea\nfalsch;X\n');
  const run = (...args) => spawnSync(binary, ['import', 'leads', file, '--data', desk.server.data, ...args], { encoding: 'utf8' });
  expect(run('--dry-run').stdout).toContain('checked 2 rows: 1 new');
  expect(run('--map', 'Spalte=city').stderr).toContain('there is no column "Spalte"');
  const before = (await desk.data('GET', '/imports')).length;
  expect(run('--wrong', 'both').stderr).toContain('--wrong takes refuse or empty');
  const done = run('--map', 'Kürzel=first_name', '--source', 'Betrieb', '--wrong', 'empty');
  expect(done.status, done.stderr).toBe(0);
  const id = /im_[0-9A-Z]+/.exec(done.stdout)[0];
  expect(await settled(id)).toMatchObject({ state: 'done', by: null, result: { created: 1, refused: 1 } });
  expect((await desk.data('GET', '/imports')).length).toBe(before + 1);
  expect(await desk.leadOf('betrieb@import.example')).toMatchObject({ name: 'Bea', source: { label: 'Betrieb' } });
});

test('who may not import sees no way to it; who was given the right does', async () => {
  const joined = await desk.data('POST', '/users/invite', { email: 'sven@example.org', role: 'sales' });
  const came = await ask(joined.link, { method: 'POST', body: new URLSearchParams({ name: 'Sven Sales', password: 'Sieben-Kisten-am-Kai' }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const cookie = came.headers['set-cookie'][0].split(';', 1)[0];
  const look = (where) => ask(`${desk.server.url}${where}`, { headers: { cookie } });
  expect((await look('/leads')).text).not.toContain('/imports');
  expect((await look('/imports')).status).toBe(403);
  const { users } = await desk.data('GET', '/users');
  const { id } = users.find((user) => user.email === 'sven@example.org');
  await desk.data('POST', `/users/${id}/rights`, { rights: ['import'] });
  expect((await look('/leads')).text).toContain('/imports');
  expect((await look('/imports/new')).status).toBe(200);
});
