// A domain that takes no mail is found out after the submission was accepted: the lead stays, its
// mail waits in quarantine until somebody decides. Whatever DNS does not say clearly changes nothing.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ADMIN, ask, asForm, startDesk } from './desk.mjs';
import { startDnsPeer } from './dns_peer.mjs';
import { startSmtpPeer } from './smtp_peer.mjs';
import { until } from './zulauf.mjs';

async function startAll(names, dnsArgs) {
  const dns = await startDnsPeer(names);
  const smtp = await startSmtpPeer();
  const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${smtp.port}`, '--dns', dnsArgs ?? dns.address] });
  const form = await desk.form();
  return { dns, smtp, desk, form, held: () => desk.data('GET', `/forms/${form.id}/submissions?state=held`),
    sentTo: (address) => smtp.messages.filter((m) => m.to.includes(address)).length,
    stop: async () => { await desk.stop(); await smtp.stop(); await dns.stop(); } };
}

const accepted = (reply) => expect(reply.status).toBe(202);

test('no such domain, null MX, nothing: the lead stays, no mail goes; released, it goes; deleted, the lead is in the trash', async ({ browser }) => {
  const all = await startAll({ 'null.de': { mx: [''], a: ['192.0.2.1'] }, 'leer.de': {} });
  const { desk, form, held, sentTo } = all;
  try {
    const names = ['a@gibts-nicht.de', 'b@null.de', 'c@leer.de'];
    for (const email of names) accepted(await desk.submit(form, { email, last_name: 'Probe' }));
    await until(async () => (await held()).length === 3, { what: 'three in quarantine' });
    const rows = await held();
    expect(rows.map((row) => row.email)).toEqual([...names].reverse());
    for (const row of rows) {
      expect(row.state).toBe('held');
      expect(row.reasons.map((reason) => reason.code)).toEqual(['domain_no_mail']);
      expect(row.lead.id).toMatch(/^ld_/);
      expect(row.answers.length).toBeGreaterThan(0);
    }
    expect((await desk.data('GET', '/leads')).map((lead) => lead.email).sort()).toEqual(names);
    for (const email of names) expect((await desk.mailsTo(email)).map((mail) => mail.state)).toEqual(['refused']);

    const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop' });
    await seat.go('/sign-in');
    await seat.page.locator('[name=email]').fill(ADMIN.email);
    await seat.page.locator('[name=password]').fill(ADMIN.password);
    await seat.page.locator('main button[type=submit]').click();
    await seat.go(`/leads/${rows[2].lead.id}`);
    await expect(seat.page.locator('main')).toContainText(seat.t('timeline.mail_withheld'));
    await seat.check();
    await seat.go(`/forms/${form.id}/submissions?state=held`);
    await expect(seat.page.locator('.why').first()).toContainText(seat.t('suspicion.domain_no_mail'));
    await seat.check();
    await seat.go(`/forms/${form.id}/submissions/${rows[2].id}`);
    await seat.check();
    await seat.page.getByRole('button', { name: seat.t('submission_list.release_noted') }).click();
    await expect(seat.page.locator('[role=status]')).toContainText(seat.t('submission_list.released'));
    await until(() => sentTo('a@gibts-nicht.de') === 1, { what: 'the mail after all' });
    await seat.close();
    const link = await desk.confirmLink('a@gibts-nicht.de');
    expect((await ask(link, { method: 'POST', ...asForm({}) })).status).toBe(200);

    expect(await desk.data('POST', `/forms/${form.id}/submissions/held`, { do: 'delete', ids: [rows[1].id] })).toEqual({ deleted: 1 });
    expect(await desk.data('POST', `/forms/${form.id}/submissions/held`, { do: 'release', ids: [rows[1].id] })).toEqual({ released: 0 });
    expect((await desk.data('GET', '/leads')).map((lead) => lead.email).sort()).toEqual(['a@gibts-nicht.de', 'c@leer.de']);
    expect((await held()).map((row) => row.email)).toEqual(['c@leer.de']);
    expect(sentTo('b@null.de') + sentTo('c@leer.de')).toBe(0);
    const audit = (await desk.data('GET', '/audit')).map((entry) => entry.action);
    expect(audit).toContain('submission.release');
    expect(audit).toContain('submission.delete');
    expect(audit).toContain('lead.trash');

    // Who is erased is gone here, too.
    expect((await desk.api('DELETE', `/leads/${rows[0].lead.id}?forever=true`)).status).toBeLessThan(300);
    expect(await held()).toHaveLength(0);
  } finally {
    await all.stop();
  }
});

test('MX, only an address, errors and silence: the mail goes; what takes mail is asked for once', async () => {
  const all = await startAll({ 'gut.de': { mx: ['mail.gut.de'] }, 'adresse.de': { a: ['192.0.2.1'] },
    'kaputt.de': 'servfail', 'verweigert.de': 'refused', 'stumm.de': 'silent' });
  const { dns, desk, form, held, sentTo } = all;
  try {
    const domains = ['gut.de', 'adresse.de', 'kaputt.de', 'verweigert.de', 'stumm.de', 'firma.example'];
    for (const domain of domains) accepted(await desk.submit(form, { email: `a@${domain}` }));
    for (const domain of domains) await until(() => sentTo(`a@${domain}`) === 1, { what: `a mail to ${domain}` });
    const asked = () => dns.asked.filter((one) => one.startsWith('gut.de'));
    const before = asked().length;
    accepted(await desk.submit(form, { email: 'b@gut.de' }));
    await until(() => sentTo('b@gut.de') === 1, { what: 'the second mail' });
    expect(new Set(asked())).toEqual(new Set(['gut.de mx']));
    expect(asked()).toHaveLength(before); // what is known already is not asked again
    expect(dns.asked.filter((one) => one.includes('example'))).toEqual([]);
    expect(await held()).toHaveLength(0);

    // A resolver that knows nothing of the world holds nothing against anybody.
    delete dns.names.com;
    dns.names.com = 'nxdomain';
    accepted(await desk.submit(form, { email: 'a@gibts-nicht.de' }));
    await until(() => sentTo('a@gibts-nicht.de') === 1, { what: 'a mail without the world' });
    expect(await held()).toHaveLength(0);
  } finally {
    await all.stop();
  }
});

test('off, nobody is asked; a wrong server is refused', async () => {
  const all = await startAll({}, 'off');
  const { dns, desk, form, held, sentTo } = all;
  try {
    accepted(await desk.submit(form, { email: 'a@gibts-nicht.de' }));
    await until(() => sentTo('a@gibts-nicht.de') === 1, { what: 'the mail' });
    expect(dns.asked).toEqual([]);
    expect(await held()).toHaveLength(0);
    await expect(startDesk({ args: ['--dns', 'dns.example'] })).rejects.toThrow(/--dns takes/);
  } finally {
    await all.stop();
  }
});
