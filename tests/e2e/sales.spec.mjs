// Nobody is overlooked: who looks after a lead, until when, what is to be done, and why one was lost.
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ADMIN, ask, asJson, startDesk } from './desk.mjs';
import { sleep, until } from './zulauf.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const SALES = { email: 'tim.kranz@lindhorst.example', name: 'Tim Kranz', password: 'Gabelstapler-im-Regen-9' };

const press = (seat, key) => seat.page.locator('main').getByRole('button', { name: seat.t(key), exact: true }).first().click();

// The person's own language is what pages are in.
const speak = (lang) => desk.data('POST', '/account', { lang });

// A colleague in sales.
async function colleague() {
  const reply = await desk.api('POST', '/users/invite', { email: SALES.email, role: 'sales' });
  const link = reply.json.data.link;
  const done = await ask(link, { method: 'POST', ...asJson({ name: SALES.name, password: SALES.password }), headers: { accept: 'application/json', 'content-type': 'application/json' } });
  expect(done.status, done.text).toBeLessThan(300);
  return (await desk.data('GET', '/users')).users.find((user) => user.email === SALES.email).id;
}

const lead = (name, changes = {}) => desk.data('POST', '/leads', { fields: { last_name: name }, ...changes });

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a lead is taken over, worked on and lost, with its reason (${lang}, ${screen})`, async ({ browser }) => {
    const { id } = await lead(`Seifert ${screen}`);
    await speak(lang);
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go('/leads/mine');
    await expect(page.locator('main')).toContainText(seat.t('mine.tasks_empty'));
    await seat.check();

    await seat.go(`/leads/${id}`);
    await expect(page.locator('#betreuung')).toContainText(seat.t('care.nobody'));
    await press(seat, 'care.take');
    await expect(page.locator('#betreuung')).toContainText(ADMIN.name);
    await press(seat, 'care.start');
    await expect(page.locator('#betreuung')).toContainText(seat.t('handling.work'));

    await page.locator('#betreuung').getByRole('link', { name: seat.t('care.change'), exact: true }).click();
    await seat.check();
    await page.locator('[name=due_at]').fill('2026-03-12T10:00');
    await press(seat, 'ui.save');
    await expect(page.locator('#betreuung')).toContainText(seat.t('care.overdue'));

    await page.locator('#aufgaben summary').click();

    await page.locator('#aufgaben [name=title]').fill('Angebot schicken');
    await press(seat, 'task.save');
    await expect(page.locator('#aufgaben')).toContainText('Angebot schicken');
    await seat.check();

    await seat.go('/leads/mine');
    await expect(page.locator('main')).toContainText(`Seifert ${screen}`);
    await expect(page.locator('main')).toContainText(seat.t('care.overdue'));
    await expect(page.locator('main')).toContainText('Angebot schicken');
    await seat.check();
    await page.locator('main').getByRole('button', { name: seat.t('task.done') }).first().click();
    await expect(page.locator('main')).toContainText(seat.t('mine.tasks_empty'));

    await seat.go(`/leads/${id}/phase`);
    await page.locator('#f-phase-lost').check();
    await press(seat, 'ui.save');
    await expect(page.locator('[role=alert]')).toContainText(seat.t('lead.lost_reason_missing'));
    await seat.check();
    await page.locator('[name=lost_reason]').selectOption('price');
    await page.locator('[name=note]').fill('War zu teuer');
    await press(seat, 'ui.save');
    await expect(page.locator('#betreuung')).toContainText(seat.t('phase.lost'));
    await page.locator('#betreuung summary', { hasText: seat.t('care.history') }).click();
    await expect(page.locator('#betreuung')).toContainText('War zu teuer');
    await seat.check();
    await seat.go('/leads?owner=me');
    await expect(page.locator('main')).toContainText(`Seifert ${screen}`);
    await seat.check();
    await seat.close();
  });
}

test('a rule asks for nothing that a field cannot hold', async () => {
  const [{ id: me }] = (await desk.data('GET', '/users')).users.filter((user) => user.email === ADMIN.email);
  const rule = (value) => desk.api('POST', '/sales/rules', { when: 'field', field: 'salutation', value, people: [me] });
  const refused = await rule('Frau, Ventile');
  expect([refused.status, refused.json.errors[0].field]).toEqual([422, 'value']);
  expect(refused.json.errors[0].detail).toContain('Ventile');
  await desk.data('POST', '/forms', {
    slug: 'anreden', name: 'Anreden', language: 'de', double_opt_in: false,
    fields: [{ key: 'email', required: true }, { key: 'salutation', options: ['Ärztin', 'Geschäftsgröße'] }],
  });
  expect((await rule('Arzt_n')).status).toBe(422);
  expect((await rule('%')).status).toBe(422);
  const umlauts = await rule('ÄRZTIN, geschäftsgröße');
  expect(umlauts.status, umlauts.text).toBe(200);
  await desk.data('POST', `/sales/rules/${umlauts.json.data.rules.at(-1).id}/delete`, {});
  const made = await rule('frau, Herr');
  expect(made.status, made.text).toBe(200);
  const added = made.json.data.rules.at(-1);
  const actions = async () => (await desk.data('GET', '/audit?action=sales.rule')).map((a) => a.action);
  expect(await actions()).toContain('sales.rule_add');
  expect(await actions()).not.toContain('sales.rule');
  await desk.data('POST', `/sales/rules/${added.id}`, { when: 'country', value: 'Schweiz', people: [me] });
  expect((await actions())[0]).toBe('sales.rule');
  await desk.data('POST', `/sales/rules/${added.id}/delete`, {});
});

test('won or lost ends the handling, and going back begins it anew', async () => {
  for (const phase of ['lost', 'customer']) {
    const { id } = await desk.data('POST', '/leads', { fields: { last_name: `Ende ${phase}` }, email: `ende-${phase}@kunde.example` });
    const due = new Date(Date.now() - 3_600_000).toISOString();
    await desk.data('POST', `/leads/${id}/care`, { owner: 'me', handling: 'work', due_at: due });
    const mine = async () => (await desk.data('GET', '/leads/mine')).some((lead) => lead.id === id);
    expect(await mine()).toBe(true);
    await desk.data('POST', `/leads/${id}/phase`, { phase, ...(phase === 'lost' ? { lost_reason: 'price' } : {}) });
    expect(await desk.data('GET', `/leads/${id}`)).toMatchObject({ handling: 'done', due_at: null });
    expect(await mine()).toBe(false);
    expect((await desk.data('GET', `/leads/${id}/timeline`)).filter((t) => t.kind === 'handling_changed')[0].props.handling).toBe('done');
    await desk.data('POST', `/leads/${id}/phase`, { phase: 'sql' });
    expect(await desk.data('GET', `/leads/${id}`)).toMatchObject({ handling: 'new' });
    expect(await mine()).toBe(true);
  }
});

test('the API: owner, handling, due time, tasks and phases', async () => {
  const { id } = await lead('Kroll');
  const users = (await desk.data('GET', '/users')).users;
  const me = users.find((user) => user.email === ADMIN.email).id;
  const cared = await desk.data('POST', `/leads/${id}/care`, { owner: 'me', handling: 'work', due_at: '2026-12-24T10:00:00Z' });
  expect(cared).toMatchObject({ owner: { id: me, name: ADMIN.name }, handling: 'work', due_at: '2026-12-24T10:00:00.000Z' });
  expect((await desk.api('POST', `/leads/${id}/care`, { owner: 'us_0000000000000' })).status).toBe(422);
  expect((await desk.data('GET', `/leads/${id}/timeline`)).find((t) => t.kind === 'due_changed').props).toMatchObject({ due_at: '2026-12-24T10:00:00.000Z' });
  expect((await desk.api('POST', `/leads/${id}/care`, { handling: 'lazy' })).status).toBe(422);
  expect((await desk.api('POST', `/leads/${id}/care`, { due_at: 'morgen' })).status).toBe(422);
  expect(await desk.data('GET', `/leads/${id}/handovers`)).toMatchObject([{ from: null, to: ADMIN.name, cause: 'hand', by: ADMIN.name }]);

  expect((await desk.api('POST', `/leads/${id}/phase`, { phase: 'lost' })).status).toBe(422);
  expect((await desk.api('PATCH', `/leads/${id}`, { phase: 'lost' })).status).toBe(422);
  const other = await desk.api('POST', `/leads/${id}/phase`, { phase: 'lost', lost_reason: 'other' });
  expect([other.status, other.json.errors[0].field]).toEqual([422, 'note']);
  await desk.data('POST', `/leads/${id}/phase`, { phase: 'mql' });
  await desk.data('POST', `/leads/${id}/phase`, { phase: 'lost', lost_reason: 'timing', note: 'im Herbst wieder' });
  expect(await desk.data('GET', `/leads/${id}/phases`)).toMatchObject([
    { from: 'mql', to: 'lost', lost_reason: 'timing', note: 'im Herbst wieder', by: ADMIN.name },
    { from: 'lead', to: 'mql', lost_reason: null },
  ]);

  const task = await desk.data('POST', `/leads/${id}/tasks`, { title: 'Anrufen', due_at: '2026-03-12' });
  expect(task).toMatchObject({ title: 'Anrufen', assignee: { id: me }, done_at: null, overdue: true });
  expect((await desk.data('GET', '/tasks')).map((t) => t.id)).toContain(task.id);
  expect((await desk.data('POST', `/leads/${id}/tasks/${task.id}/done`)).done_at).not.toBe(null);
  expect((await desk.data('GET', '/tasks')).map((t) => t.id)).not.toContain(task.id);

  await desk.data('POST', `/leads/${id}/phase`, { phase: 'mql' });
  expect((await desk.data('GET', '/leads/mine')).map((l) => l.id)).toContain(id);
  await desk.data('POST', `/leads/${id}/care`, { handling: 'done' });
  expect((await desk.data('GET', '/leads/mine')).map((l) => l.id)).not.toContain(id);
  expect((await desk.data('GET', `/leads/${id}`)).due_at).toBe(null);
});

test('sales changes its own leads and those of nobody', async ({ browser }) => {
  if (!(await desk.data('GET', '/users')).users.some((user) => user.email === SALES.email)) await colleague();
  const mine = await lead('Mein Lead'), free = await lead('Freier Lead');
  await desk.data('POST', `/leads/${mine.id}/care`, { owner: 'me' });
  const seat = await startSeat(browser, desk, { who: SALES });
  await seat.go(`/leads/${mine.id}`);
  await expect(seat.page.locator('#betreuung')).toContainText(seat.t('care.not_yours'));
  await expect(seat.page.locator('#betreuung').getByRole('button')).toHaveCount(0);
  await seat.check();
  await seat.go(`/leads/${free.id}`);
  await press(seat, 'care.take');
  await expect(seat.page.locator('#betreuung')).toContainText(SALES.name);
  await seat.close();
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`rules, absences and a form's notifications are set by hand (${lang}, ${screen})`, async ({ browser }) => {
    await speak(lang);
    const form = await desk.form({ name: `Angebot ${screen}` });
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go('/sales');
    await seat.check();
    const own = page.locator('.rule-form').getByLabel(ADMIN.name);
    if (!(await own.isVisible())) await page.getByText(seat.t('rules.new'), { exact: true }).click();
    await page.locator('.rule-form [name=value]').fill('87-85');
    await own.check();
    await press(seat, 'rules.save');
    await expect(page.locator('[role=alert]')).toContainText(seat.t('sales.postcodes_invalid'));
    await seat.check();
    await page.locator('.rule-form [name=value]').fill('80, 85-87');
    await page.locator('.rule-form').getByLabel(ADMIN.name).check();
    await press(seat, 'rules.save');
    await expect(page.locator('.rules')).toContainText('80, 85-87');
    await page.locator('.rules li').last().getByRole('link', { name: seat.t('care.change') }).click();
    await expect(page.locator('.rule-form [name=value]')).toHaveValue('80, 85-87');
    await expect(page.locator('.rule-form').getByLabel(ADMIN.name)).toBeChecked();
    await page.locator('.rule-form [name=value]').fill('80, 85-88');
    await seat.check();
    await press(seat, 'rules.save');
    await expect(page.locator('.rules')).toContainText('80, 85-88');
    await expect(page.locator('.rules')).not.toContainText('80, 85-87');
    await page.getByText(seat.t('absence.new'), { exact: true }).click();
    await page.locator('[name=from]').fill('2099-03-12');
    await page.locator('[name=to]').fill('2099-03-20');
    await press(seat, 'absence.save');
    await expect(page.locator('main')).toContainText(lang === 'de' ? '12.03.2099' : '12 Mar 2099');
    await page.locator('[name=reassign_hours]').fill('12');
    await page.locator('[name=reassign_hours]').press('Enter');
    await expect(page.locator('[name=reassign_hours]')).toHaveValue('12');
    await seat.check();

    await seat.go(`/forms/${form.id}`);
    await page.getByRole('link', { name: seat.t('form_handling.link') }).click();
    await seat.check();
    await page.locator('[name=mailboxes]').fill('vertrieb');
    await press(seat, 'ui.save');
    await expect(page.locator('[role=alert]')).toContainText(seat.t('sales.mailbox_invalid'));
    await page.locator('[name=mailboxes]').fill('vertrieb@lindhorst.example');
    await page.locator('[name=timing]').selectOption('at_once');
    await press(seat, 'ui.save');
    await expect(page.locator('[name=mailboxes]')).toHaveValue('vertrieb@lindhorst.example');
    await seat.check();
    await seat.close();
  });
}

test('a submission finds its owner, tells a mailbox by link alone, and thanks the sender when that is allowed', async () => {
  await speak('de');
  const me = (await desk.data('GET', '/users')).users.find((user) => user.email === ADMIN.email).id;
  await desk.data('POST', '/sales/rules', { when: 'always', people: [me] });
  const form = await desk.form({ name: 'Kontakt', double_opt_in: false, fields: [{ key: 'email', required: true }, { key: 'last_name' }, { key: 'message' }], consents: [] });
  const set = { timing: 'auto', owner: false, people: [], mailboxes: ['innendienst@lindhorst.example'], content: false, acknowledge: true, due_hours: 4 };
  expect(await desk.data('POST', `/forms/${form.id}/handling`, set)).toEqual(set);
  expect(await desk.data('GET', `/forms/${form.id}/handling`)).toEqual(set);
  for (let i = 0; i < 5; i++) await desk.submit(form, { email: 'hanna@kunde.example', last_name: 'Geheim', message: 'Bitte anrufen' }, { consents: [] });
  const told = await desk.mailTo('innendienst@lindhorst.example');
  const lead = await desk.leadOf('hanna@kunde.example');
  expect(told.mime).toContain(lead.id);
  expect(told.mime).not.toContain('Geheim');
  expect(told.mime).not.toContain('hanna@kunde');
  expect(told.mime).not.toContain('Reply-To: <hanna');
  expect(lead.owner.id).toBe(me);
  expect(Date.parse(lead.due_at) - Date.parse(lead.created_at)).toBe(4 * 3_600_000);
  await desk.mailTo('hanna@kunde.example');
  await until(async () => (await desk.mailsTo('innendienst@lindhorst.example')).length === 5);
  await until(async () => (await desk.mailsTo('hanna@kunde.example')).length === 3);
  await sleep(2500);
  expect((await desk.mailsTo('hanna@kunde.example')).length).toBe(3);

  // With double opt-in nothing but the request itself goes to an address that is not proved.
  const asked = await desk.form({ name: 'Newsletter 2' });
  await desk.data('POST', `/forms/${asked.id}/handling`, { ...set, content: true });
  await desk.submit(asked, { email: 'ines@kunde.example', last_name: 'Ines' });
  const link = await desk.confirmLink('ines@kunde.example');
  await sleep(2500);
  expect((await desk.mailsTo('ines@kunde.example')).length).toBe(1);
  expect((await desk.leadOf('ines@kunde.example')).owner).toBe(null);
  await ask(link, { method: 'POST', headers: { accept: 'application/json' } });
  await until(async () => (await desk.mailsTo('ines@kunde.example')).length === 2);
  expect((await desk.leadOf('ines@kunde.example')).owner.id).toBe(me);
  await until(async () => (await desk.mailsTo('innendienst@lindhorst.example')).length === 6);
  const whole = (await desk.mailTo('innendienst@lindhorst.example')).mime;
  expect(whole).toContain('Ines');
  expect(whole).toMatch(/^Reply-To: .*ines@kunde\.example/m);
  expect(whole.split(/\r?\n\r?\n/).find((part) => part.includes('Ines')).match(/E-Mail:/g)).toHaveLength(1);

  // Erasing the lead takes the mails about it along.
  const gone = await desk.leadOf('ines@kunde.example');
  expect((await desk.api('DELETE', `/leads/${gone.id}?forever=true`)).status).toBeLessThan(300);
  expect((await desk.mailsTo('innendienst@lindhorst.example')).length).toBe(5);
});
