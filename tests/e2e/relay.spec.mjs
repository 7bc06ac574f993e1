// The relay as somebody sets it up in the admin: tried, changed while mails wait, and never shown.
import { expect, test } from '@playwright/test';
import { startSeat } from './browser.mjs';
import { ADMIN, ask, startDesk } from './desk.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { until } from './zulauf.mjs';

const SECRET = 'streng-geheim-4711';
const peerOptions = { user: 'zulauf', password: SECRET, authInClear: true };
const settingsOf = (peer, more = {}) => ({
  host: '127.0.0.1', port: peer.port, security: 'none', user: 'zulauf', password: SECRET, ...more,
});

const testState = async (desk, state) => until(async () => {
  const now = await desk.data('GET', '/settings/relay');
  return now.test?.state === state && now;
}, { what: `the test mail to be ${state}` });

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a person sets the relay up and sends himself a test mail: ${lang}, ${screen}`, async ({ browser }) => {
    const peer = await startSmtpPeer(peerOptions);
    const desk = await startDesk();
    try {
      const seat = await startSeat(browser, desk, { lang, screen });
      const main = seat.page.locator('main');
      await expect(seat.page.locator('.banner')).toHaveCount(1); // both notes are one row
      await expect(seat.page.locator('.banner')).toContainText(seat.t('shell.both_bold'));
      for (const path of ['/settings/relay', '/settings#h-a']) await expect(seat.page.locator(`.banner a[href="${path}"]`)).toBeVisible();
      await expect(main).toContainText(seat.t('checklist.address'));
      await seat.go('/settings/relay');
      await seat.check();
      await seat.page.locator('[name=host]').fill('smtp://127.0.0.1');
      await seat.page.locator('[name=port]').fill('99999');
      await seat.page.locator('[name=user]').fill('zulauf');
      await main.getByRole('button', { name: seat.t('settings.save'), exact: true }).click();
      for (const key of ['host_invalid', 'port_invalid', 'password_missing']) await expect(main).toContainText(seat.t(`relay.${key}`));
      await seat.check();
      await seat.page.locator('[name=host]').fill('127.0.0.1');
      await seat.page.locator('[name=port]').fill(String(peer.port));
      await seat.page.locator('[name=security]').selectOption('none');
      await seat.page.locator('[name=password]').fill(SECRET);
      await main.getByRole('button', { name: seat.t('settings.save'), exact: true }).click();
      await expect(seat.page.locator('main [role=status]').first()).toContainText(seat.t('relay.saved'));
      await expect(seat.page.locator('.banner', { hasText: seat.t('shell.both_bold') })).toHaveCount(0);
      await expect(seat.page.locator('.banner')).toContainText(seat.t('shell.local_bold'));
      expect(await seat.page.content()).not.toContain(SECRET);
      await seat.check();
      await main.getByRole('button', { name: seat.t('relay.test_button') }).click();
      await expect(main).toContainText(seat.t('relay.test_sent'));
      await expect(main.locator('#test code')).toContainText('250');
      await seat.check();
      const [mail] = await peer.waitFor(1);
      expect(mail.to).toEqual([ADMIN.email]);
      expect(mail.user).toBe('zulauf');
      await seat.close();
    } finally {
      await desk.stop();
      await peer.stop();
    }
  });
}

test('a change takes effect at once, the password stays with its server, nothing tells it', async ({ browser }) => {
  const [first, second] = [await startSmtpPeer(peerOptions), await startSmtpPeer(peerOptions)];
  const desk = await startDesk();
  try {
    const form = await desk.form();
    await desk.submit(form, { email: 'vorher@example.org' });
    await until(async () => (await desk.mailsTo('vorher@example.org'))[0]?.state === 'held', { what: 'the mail to be held' });
    expect((await desk.api('POST', '/settings/relay/test')).status).toBe(409);
    const set = await desk.data('PATCH', '/settings/relay', settingsOf(first));
    expect(set).toMatchObject({ delivers: true, fixed: false, host: '127.0.0.1', password_set: true });
    await desk.submit(form, { email: 'erster@example.org' });
    expect((await first.waitFor(1))[0].to).toEqual(['erster@example.org']);

    // The stored password does not go to another server.
    const refused = await desk.api('PATCH', '/settings/relay', { port: second.port });
    expect(refused.status).toBe(422);
    expect(refused.json.errors).toMatchObject([{ field: 'password' }]);
    await desk.data('PATCH', '/settings/relay', settingsOf(second));
    await desk.submit(form, { email: 'zweiter@example.org' });
    expect((await second.waitFor(1))[0].to).toEqual(['zweiter@example.org']);
    expect(first.messages.length).toBe(1);

    // A wrong password: the server's own words, and what waits goes once it is right.
    await desk.data('PATCH', '/settings/relay', settingsOf(first, { password: 'falsch' }));
    await desk.api('POST', '/settings/relay/test');
    const told = await until(async () => {
      const now = await desk.data('GET', '/settings/relay');
      return now.test.reply?.includes('535') && now;
    }, { what: 'the server to refuse the password' });
    expect(told.test.state).not.toBe('sent');
    expect(told.test.failed).toBe('login');
    for (const lang of ['de', 'en']) {
      const seat = await startSeat(browser, desk, { lang });
      await seat.go('/settings/relay');
      const alert = seat.page.locator('#test [role=alert]');
      await expect(alert).toContainText(seat.t('relay.failed_login'));
      await expect(alert).toContainText('535');
      await seat.close();
    }
    await desk.data('PATCH', '/settings/relay', settingsOf(first));
    await testState(desk, 'sent');

    const off = await desk.data('DELETE', '/settings/relay');
    expect(off).toMatchObject({ delivers: false, host: '' });
    await desk.submit(form, { email: 'danach@example.org' });
    await until(async () => (await desk.mailsTo('danach@example.org'))[0]?.state === 'held', { what: 'the mail to be held' });

    const audit = JSON.stringify(await desk.data('GET', '/audit?limit=100'));
    for (const word of ['relay.change', 'relay.test', 'relay.remove']) expect(audit).toContain(word);
    for (const text of [audit, desk.server.log()]) expect(text).not.toContain(SECRET);
  } finally {
    await desk.stop();
    await first.stop();
    await second.stop();
  }
});

test('what was set up is there after a restart, and --mail wins', async () => {
  const peer = await startSmtpPeer(peerOptions);
  const desk = await startDesk();
  try {
    await desk.data('PATCH', '/settings/relay', settingsOf(peer));
    await desk.server.stop();
    await desk.server.start();
    await desk.api('POST', '/settings/relay/test');
    await testState(desk, 'sent');
    await desk.server.stop();
    desk.server.options.args.push('--mail', 'outbox:');
    await desk.server.start();
    expect(await desk.data('GET', '/settings/relay')).toMatchObject({ delivers: false, fixed: true, password_set: false });
    expect((await desk.api('PATCH', '/settings/relay', settingsOf(peer))).status).toBe(409);
    const page = await ask(`${desk.server.url}/settings/relay`, { headers: { cookie: desk.cookie } });
    expect(page.text).not.toContain('name="host"');
  } finally {
    await desk.stop();
    await peer.stop();
  }
});
