// What the server could not finish: administrators are told above every page, try it again or
// discard it; nobody else sees it, and nothing of what the work carries.
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ask, asForm, startDesk } from './desk.mjs';
import { until } from './zulauf.mjs';

let desk;

test.beforeEach(async () => { desk = await startDesk(); });
test.afterEach(() => desk?.stop());

const left = () => desk.data('GET', '/settings/jobs');
const leftUndone = async (count) => until(async () => {
  const rows = await left();
  return rows.length === count && rows;
}, { what: `${count} dead letters` });

// A form whose sender is told that it came, and what such a job carries.
async function acknowledged(address) {
  const form = await desk.form({ double_opt_in: false, consents: [] });
  await desk.submit(form, { email: address }, { consents: [] });
  const lead = await until(() => desk.leadOf(address), { what: 'the lead' });
  await desk.data('POST', `/forms/${form.id}/handling`, { timing: 'auto', owner: false, people: [], mailboxes: [], content: false, acknowledge: true });
  const [sent] = await desk.data('GET', `/forms/${form.id}/submissions`);
  return JSON.stringify({ lead: lead.id, submission: sent.id, form: form.id, owner: '' });
}

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`what was left undone is told, tried again and discarded (${lang}, ${screen})`, async ({ browser }) => {
    desk.leaveUndone({ kind: 'submission.take_back', payload: 'niemand@geheim.example' });
    desk.leaveUndone({ kind: 'import.run', payload: '', attempts: 99 });
    desk.leaveUndone({ kind: 'import.run', payload: 'nothing', attempts: 0 }); // works, and is gone
    const rows = await leftUndone(2);
    expect(rows.map((row) => [row.kind, row.attempts])).toEqual([['submission.take_back', 5], ['import.run', 100]]);
    expect(rows[0].error).toMatch(/^error\.internal: /);
    expect(rows[1].error).toBe('never finished');
    expect(JSON.stringify(rows)).not.toContain('geheim');

    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    const banner = page.getByRole('complementary', { name: seat.t('left.shell_note') });
    await expect(banner).toContainText(seat.t('left.shell_bold', { count: 2 }));
    await banner.getByRole('link').click();
    await expect(page).toHaveURL(/\/settings\/jobs$/);
    await seat.check();
    await expect(banner).toHaveCount(0);
    const row = (kind) => page.getByRole('row').filter({ hasText: seat.t(`left.kind_${kind}`) });
    await expect(row('submission_take_back')).toContainText(seat.t('error.internal'));
    await expect(row('submission_take_back')).toContainText(rows[0].error.replace('error.internal: ', ''));
    await expect(row('import_run')).toContainText(seat.t('left.never_finished'));
    expect(await page.content()).not.toContain('geheim');

    await row('import_run').getByRole('button', { name: seat.t('left.again') }).click();
    await expect(page.getByRole('status')).toContainText(seat.t('left.again_done'));
    await leftUndone(1);
    await row('submission_take_back').getByRole('button', { name: seat.t('left.discard') }).click();
    await row('submission_take_back').getByRole('button', { name: seat.t('left.discard_ask') }).click(); // asks first
    await expect(page.getByRole('heading', { name: seat.t('left.empty') })).toBeVisible();
    await seat.check();
    expect(await left()).toEqual([]);
    const told = (await desk.data('GET', '/audit?action=job.')).map((one) => [one.action, one.detail.kind]);
    expect(told).toEqual([['job.discard', 'submission.take_back'], ['job.replay', 'import.run']]);
    await seat.go('/audit');
    await seat.check();
    await seat.close();
  });
}

test('without JavaScript both are plain forms', async ({ browser }) => {
  desk.leaveUndone({ kind: 'submission.take_back', payload: 'x' });
  desk.leaveUndone({ kind: 'import.run', payload: '', attempts: 99 });
  await leftUndone(2);
  desk.server.sql("UPDATE job SET last_error = 'error.of_old: 451 later' WHERE job_state = 2 AND queue = 'import.run'");
  const seat = await startSeat(browser, desk, { javaScriptEnabled: false });
  await seat.go('/settings/jobs');
  const row = (kind) => seat.page.getByRole('row').filter({ hasText: seat.t(`left.kind_${kind}`) });
  await expect(row('import_run')).toContainText(seat.t('error.internal')); // no sentence of its own any more
  await expect(row('import_run').locator('code')).toHaveText('error.of_old: 451 later');
  await expect(row('submission_take_back').locator('code')).toHaveText('nothing says what to take back');
  await row('import_run').getByRole('button', { name: seat.t('left.again') }).click();
  await expect(seat.page.getByRole('status')).toContainText(seat.t('left.again_done'));
  await row('submission_take_back').getByRole('button', { name: seat.t('left.discard') }).click();
  await expect(seat.page.getByRole('status')).toContainText(seat.t('left.discard_done'));
  expect(await left()).toEqual([]);
  await seat.close();
});

test('what is tried again is really done: an acknowledgement goes, once', async () => {
  const payload = await acknowledged('wartet@example.org');
  desk.leaveUndone({ kind: 'sales.received', payload, attempts: 99 });
  const [row] = await leftUndone(1);
  expect(await desk.mailsTo('wartet@example.org')).toEqual([]);
  expect(desk.server.run('check')).toMatch(/jobs +hint .*: 1 dead letter;/);
  await desk.data('POST', `/settings/jobs/${row.id}/again`);
  const mail = await desk.mailTo('wartet@example.org');
  expect(mail.class).toBe('transactional');
  expect((await desk.api('POST', `/settings/jobs/${row.id}/again`)).status).toBe(404);
  expect((await desk.api('POST', `/settings/jobs/${row.id}/discard`)).status).toBe(404);
  expect(desk.server.run('check')).not.toMatch(/dead letter/);
});

test('a new link that was left undone goes with the next erasure, everything else stays', async () => {
  desk.leaveUndone({ kind: 'link.again', payload: 'x', attempts: 99 });
  desk.leaveUndone({ kind: 'submission.take_back', payload: 'x' });
  await leftUndone(2);
  const form = await desk.form();
  const lead = await desk.confirmedLead(form, { email: 'geht@example.org' });
  expect((await desk.api('DELETE', `/leads/${lead.id}?forever=true`)).status).toBeLessThan(300);
  expect((await left()).map((row) => row.kind)).toEqual(['submission.take_back']);
});

test('only administrators see it', async ({ browser }) => {
  desk.leaveUndone({ kind: 'submission.take_back', payload: 'x' });
  const [row] = await leftUndone(1);
  const invited = await desk.data('POST', '/users/invite', { email: 'maria@example.org', role: 'marketing' });
  const who = { email: 'maria@example.org', password: 'Sieben-Kisten-am-Kai' };
  expect((await ask(invited.link, { method: 'POST', ...asForm({ name: 'Maria Markt', password: who.password }) })).status).toBe(303);
  const token = await desk.newToken('reads', ['settings_read', 'leads_read']);
  for (const [method, where] of [['GET', ''], ['POST', `/${row.id}/again`], ['POST', `/${row.id}/discard`]]) {
    const reply = await ask(`${desk.server.url}/api/v1/settings/jobs${where}`, { method, headers: { authorization: `Bearer ${token}` } });
    expect(reply.status, where).toBe(403);
  }
  const seat = await startSeat(browser, desk, { who });
  await expect(seat.page.locator('aside.banner', { hasText: seat.t('left.shell_bold', { count: 1 }) })).toHaveCount(0);
  await seat.go('/settings');
  await expect(seat.page.locator('a[href="/settings/jobs"]')).toHaveCount(0);
  await seat.go('/settings/jobs', 403);
  await seat.close();
  expect(await left()).toHaveLength(1);
});
