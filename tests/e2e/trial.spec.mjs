// Trying a form: mails really go, nothing is counted, and what came of it goes at once.
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ADMIN, ask, asForm, asJson, linkOf, startDesk } from './desk.mjs';
import { awayFromMidnight } from './zulauf.mjs';

const submitTo = (url, email) => {
  const sent = asJson({ fields: { email, last_name: 'Probe' }, consents: ['newsletter:email'] });
  return ask(url, { method: 'POST', body: sent.body, headers: { ...sent.headers, accept: 'application/json' } });
};

const counts = async (desk, form) => {
  const today = await desk.data('GET', '/today');
  const now = await desk.data('GET', `/forms/${form.id}`);
  return [today.new_leads.count, today.awaiting.count, today.rate.requested, today.rate.confirmed, today.submissions_today.count,
    today.last.length, now.submissions, now.confirmed, (await desk.data('GET', '/leads')).length];
};

test('a try is marked, its mail goes, it counts nowhere, and it is deleted on demand', async () => {
  await awayFromMidnight();
  const desk = await startDesk();
  try {
    const form = await desk.form();
    const nothing = await counts(desk, form);
    expect(new Set(nothing)).toEqual(new Set([0]));
    const { url } = await desk.data('GET', `/forms/${form.id}/try`);
    expect((await submitTo(url, 'probe@example.org')).status).toBe(202);
    expect((await submitTo(url.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 'gefaelscht@example.org')).status).toBe(410);
    const mail = await desk.mailTo('probe@example.org');
    expect(await counts(desk, form)).toEqual(nothing);
    expect((await ask(linkOf(mail.mime), { method: 'POST', ...asForm({}) })).status).toBe(200);
    expect(await counts(desk, form)).toEqual(nothing);
    const [tried] = await desk.data('GET', '/leads?state=test');
    expect(tried).toMatchObject({ email: 'probe@example.org', state: 'test' });

    // Somebody real is left as he is when a colleague tries the form with his address.
    const real = await desk.confirmedLead(form, { email: 'echt@example.org', last_name: 'Echt' });
    await submitTo(url, 'echt@example.org');
    const one = await counts(desk, form);
    expect(one).toEqual([1, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect((await desk.data('GET', `/leads/${real.id}`)).state).toBe('active');

    expect(await desk.data('DELETE', '/test-data')).toEqual({ leads: 1 });
    expect(await desk.data('GET', '/leads?state=test')).toEqual([]);
    expect(await counts(desk, form)).toEqual(one);
    expect((await desk.api('GET', `/leads/${tried.id}`)).status).toBe(404);
    expect((await desk.api('GET', `/leads/${real.id}`)).status).toBe(200);

    // The same address again, first tried, then in earnest.
    await submitTo(url, 'probe@example.org');
    await desk.submit(form, { email: 'probe@example.org', last_name: 'Ernst' });
    expect((await desk.leadOf('probe@example.org')).state).toBe('active');

    const readOnly = await desk.newToken('lesen', ['leads_read']);
    expect((await desk.api('DELETE', '/test-data', undefined, { token: readOnly })).status).toBe(403);
    expect((await desk.api('GET', '/forms/frm_00000000000000/try')).status).toBe(404);
  } finally {
    await desk.stop();
  }
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person tries a form and clears up: ${lang}, ${screen}`, async ({ browser }) => {
    const desk = await startDesk();
    try {
      const form = await desk.form();
      const seat = await startSeat(browser, desk, { lang, screen });
      const { page } = seat;
      await seat.go(`/forms/${form.id}`);
      await expect(page.locator('main')).toContainText(seat.t('form_reach.local', { url: desk.server.url }));
      await seat.check();
      await page.getByRole('link', { name: seat.t('form_show.try') }).click();
      await expect(page.locator('main')).toContainText('Sie probieren dieses Formular aus');
      await page.locator('[name=email]').fill(ADMIN.email);
      await page.locator('main form button[type=submit]').click();
      await expect(page.locator('h1')).toContainText('Bitte prüfen Sie Ihr Postfach');
      await expect(page.locator('main')).toContainText('Sie probieren dieses Formular aus');
      // Who corrects the address still tries.
      await page.getByRole('link', { name: 'Adresse ändern' }).click();
      await expect(page.locator('main')).toContainText('Sie probieren dieses Formular aus');
      await seat.go('/');
      await seat.check();
      await seat.go('/leads?state=test');
      await expect(page.locator('main')).toContainText(ADMIN.email);
      await seat.check();
      await page.locator('main tbody a').first().click();
      await seat.check();
      await seat.go('/leads?state=test');
      await page.getByRole('button', { name: seat.t('test_data.delete') }).click();
      await expect(page.locator('main [role=status]').first()).toContainText(seat.t('test_data.deleted'));

      // What was done stays done, and that the list is empty now does not mean it always was.
      await seat.go('/');
      await expect(page.locator('.setup > .done', { hasText: seat.t('checklist.first_submission') })).toHaveCount(1);
      await expect(page.locator('main')).toContainText(seat.t('today.past_title'));
      await expect(page.locator('main')).not.toContainText(seat.t('today.trashed'));
      const real = await desk.confirmedLead(form, { email: 'echt@example.org', last_name: 'Echt' });
      await desk.data('POST', `/leads/${real.id}/trash`);
      await seat.go('/');
      await expect(page.locator('main')).toContainText(seat.t('today.trashed'));
      await seat.check();
      await page.getByRole('link', { name: seat.t('today.trashed_button') }).click();
      await expect(page.locator('main')).toContainText('Echt');
      await seat.close();
    } finally {
      await desk.stop();
    }
  });
}
