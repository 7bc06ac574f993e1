// Campaigns: what a fair or an advertisement cost and brought, its links and forms, its leads.
import { expect, test } from '@playwright/test';
import { startSeat, startWatched } from './browser.mjs';
import { ADMIN, ask, startDesk } from './desk.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' };
const speak = (lang) => desk.data('POST', '/account', { lang });
const began = Date.now(); // a test over midnight still means one day by one number
const day = (days) => new Date(began + days * 86_400_000).toISOString().slice(0, 10);
let turn = 0;
const campaign = (changes = {}) => desk.data('POST', '/campaigns', { name: `Messe ${++turn}`, channel: 'fair', from: day(-20), to: day(10), ...changes });

const press = (seat, key) => seat.page.locator('main').getByRole('button', { name: seat.t(key), exact: true }).first().click();

// Somebody sends a form in, from a page whose address may carry a query.
async function send(form, email, query = '') {
  const reply = await desk.submit(form, { email, last_name: 'Kroll' }, { query });
  expect(reply.status, reply.text).toBe(202);
  return (await desk.data('GET', `/leads?query=${encodeURIComponent(email)}`))[0];
}

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`a campaign is planned, costs are entered, a link is made (${lang}, ${screen})`, async ({ browser }) => {
    const form = await desk.form({ name: `Whitepaper ${screen}` });
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go('/campaigns');
    await seat.check();
    await page.locator('main').getByRole('link', { name: seat.t('campaign.new'), exact: true }).first().click();
    await seat.check();
    await page.locator('[name=name]').fill(`Lagerplanung ${screen}`);
    await page.locator('[name=channel]').selectOption('display');
    await page.locator('[name=from]').fill(day(-30));
    await page.locator('[name=to]').fill(day(-40));
    await page.locator('[name=budget]').fill('achttausend');
    await press(seat, 'ui.save');
    await expect(page.locator('[role=alert]')).toContainText(seat.t('campaign.to_before_from'));
    await expect(page.locator('#f-budget-e')).toContainText(seat.t('campaign.money_invalid'));
    await seat.check();
    await page.locator('[name=to]').fill(day(30));
    await page.locator('[name=budget]').fill(lang === 'de' ? '8.000,50' : '8,000.50');
    await page.locator('[name=goal_cost]').fill('50');
    await press(seat, 'ui.save');
    await expect(page.locator('h1')).toHaveText(`Lagerplanung ${screen}`);
    await expect(page.locator('#kosten')).toContainText(lang === 'de' ? 'von 8.000,50\u00a0€' : 'of €8,000.50');
    await seat.check();

    await page.getByRole('link', { name: seat.t('campaign.cost_new') }).click(); // unfolds what is folded
    await expect(page.locator('#kosten [name=label]')).toBeFocused();
    await page.locator('#kosten [name=label]').fill('Anzeigen im Fachportal');
    await page.locator('#kosten [name=amount]').fill('viel');
    await page.locator('#kosten button[type=submit]').last().click();
    await expect(page.locator('#kosten [role=alert]')).toContainText(seat.t('campaign.money_invalid'));
    await page.locator('#kosten [name=amount]').fill(lang === 'de' ? '1.200,00' : '1,200.00');
    await expect(page.locator('#kosten [name=from]')).toHaveValue(day(-30)); // proposed: the campaign's period
    await expect(page.locator('#kosten [name=to]')).toHaveValue(day(30));
    await page.locator('#kosten [name=from]').fill(day(-20));
    await page.locator('#kosten [name=to]').fill(day(-7));
    await page.locator('#kosten button[type=submit]').last().click();
    await expect(page.locator('#kosten')).toContainText('Anzeigen im Fachportal');
    await expect(page.locator('#kosten')).toContainText(lang === 'de' ? '1.200\u00a0€' : '€1,200');

    await page.locator('#gehoert summary').first().click();
    await page.locator('#gehoert [name=name]').fill('Fachportal, Kopfbanner');
    await page.locator('#gehoert [name=url]').fill('http://www.example.org/');
    await page.locator('#gehoert').getByRole('button', { name: seat.t('campaign.link_save'), exact: true }).click();
    await expect(page.locator('#gehoert [role=alert]')).toContainText(seat.t('campaign.url_invalid'));
    await seat.check();
    await page.locator('#gehoert #f-form').selectOption(form.id);
    await page.locator('#gehoert').getByRole('button', { name: seat.t('campaign.link_save'), exact: true }).click();
    await page.locator('#gehoert').getByRole('link', { name: 'Fachportal, Kopfbanner' }).click();
    await expect(page.locator('img.qr')).toBeVisible();
    await seat.check();
    const short = await page.locator('#short').inputValue();

    const arrived = await ask(short, { headers: BROWSER });
    expect(arrived.status).toBe(302);
    expect(arrived.headers.location).toBe(`/f/${form.slug}?utm_source=fachportal-kopfbanner&utm_medium=display&utm_campaign=lagerplanung-${screen}`);
    const lead = await send(form, `klick-${screen}@example.org`, new URL(arrived.headers.location, desk.server.url).search);
    expect(lead.campaign.name).toBe(`Lagerplanung ${screen}`);

    await seat.go('/campaigns');
    await expect(page.locator('main tbody tr').filter({ hasText: `Lagerplanung ${screen}` })).toContainText(lang === 'de' ? '1.200\u00a0€' : '€1,200');
    await seat.check();
    await page.getByRole('link', { name: `Lagerplanung ${screen}` }).click();
    await expect(page.locator('.tiles b').first()).toHaveText('1');
    await seat.check();
    await page.locator('.tiles a').first().click();
    await expect(page.locator('main')).toContainText(`klick-${screen}@example.org`);
    await seat.check();
    await seat.go(`/leads/${lead.id}`);
    await expect(page.locator('main').getByRole('link', { name: `Lagerplanung ${screen}` })).toBeVisible();
    await seat.go(`/leads/${lead.id}/edit`);
    await page.locator('[name=campaign]').selectOption('');
    await press(seat, 'lead_edit.save');
    await expect(page.locator('main').getByRole('link', { name: `Lagerplanung ${screen}` })).toHaveCount(0);

    await seat.go('/campaigns/channels');
    await seat.check();
    await page.locator('#f-name_de').fill(`Podcast ${screen}`);
    await press(seat, 'campaign.channel_add');
    await expect(page.locator('main tbody')).toContainText(`Podcast ${screen}`);
    await seat.check();
    await seat.go(`/forms/${form.id}`);
    await seat.check();
    await page.locator('#kampagne select').selectOption({ label: `Lagerplanung ${screen}` });
    await press(seat, 'campaign.of_form_save');
    await expect(page.locator('#kampagne').getByRole('link', { name: `Lagerplanung ${screen}` })).toBeVisible();
    await seat.close();
  });
}

test('the link beats the form, the first touch decides, tries count nowhere', async () => {
  const form = await desk.form({ name: 'Zuordnung' });
  const ofForm = await campaign({ name: 'Vom Formular' }), ofLink = await campaign({ name: 'Vom Link', code: 'vom_link' });
  await desk.data('POST', `/campaigns/${ofForm.id}/forms`, { form: form.id });
  const first = await send(form, 'erst@example.org');
  expect(first.campaign).toEqual({ id: ofForm.id, name: 'Vom Formular' });
  const second = await send(form, 'zweit@example.org', '?utm_campaign=VOM_LINK&utm_source=x');
  expect(second.campaign).toEqual({ id: ofLink.id, name: 'Vom Link' });
  // A code that nobody has says nothing.
  expect((await send(form, 'dritt@example.org', '?utm_campaign=fremd')).campaign.id).toBe(ofForm.id);
  // Later he comes through the link: noted with the touchpoint, the lead stays where it was.
  expect((await send(form, 'erst@example.org', '?utm_campaign=vom_link')).campaign.id).toBe(ofForm.id);
  const touched = await desk.data('GET', `/leads/${first.id}/timeline`);
  expect(touched.filter((t) => t.kind === 'form_submitted').map((t) => t.props.campaign)).toEqual(['Vom Link', 'Vom Formular']);
  expect(await desk.data('GET', `/campaigns/${ofForm.id}`)).toMatchObject({ leads: 2, confirmed: 0 });
  // A confirmed address is a confirmed lead; a lead in the trash is none.
  const sure = await desk.confirmedLead(form, { email: 'sicher@example.org' });
  expect(await desk.data('GET', `/campaigns/${ofForm.id}`)).toMatchObject({ leads: 3, confirmed: 1 });
  await desk.data('POST', `/leads/${sure.id}/trash`);
  expect(await desk.data('GET', `/campaigns/${ofForm.id}`)).toMatchObject({ leads: 2, confirmed: 0 });
  expect((await desk.data('GET', `/leads?campaign=${ofLink.id}`)).map((l) => l.email)).toEqual(['zweit@example.org']);
  await desk.data('POST', `/campaigns/${ofForm.id}/forms/${form.id}/detach`);
  expect((await send(form, 'viert@example.org')).campaign).toBe(null);
});

test('what waits in quarantine is told on the page of the campaign', async ({ browser }) => {
  const one = await desk.form({ name: 'Gesperrt eins' }), two = await desk.form({ name: 'Gesperrt zwei' });
  const made = await campaign({ name: 'Mit Quarantäne' });
  for (const form of [one, two]) await desk.data('POST', `/campaigns/${made.id}/forms`, { form: form.id });
  const seat = await startSeat(browser, desk);
  await seat.go(`/campaigns/${made.id}`);
  await expect(seat.page.locator('.note.wait')).toHaveCount(0);
  await desk.data('PATCH', '/settings', { domains_denied: 'gesperrt.example' });
  expect((await desk.submit(one, { email: 'wer@gesperrt.example' })).status).toBe(202);
  expect((await desk.data('GET', `/campaigns/${made.id}`)).forms.map((form) => form.held).sort()).toEqual([0, 1]);
  await seat.go(`/campaigns/${made.id}`);
  await expect(seat.page.locator('.note.wait')).toContainText(seat.t('campaign.held', { count: 1 }));
  await seat.check();
  await seat.page.locator('.note.wait a').click();
  await expect(seat.page).toHaveURL(`${desk.server.url}/forms/${one.id}/submissions?state=held`);
  expect((await desk.submit(two, { email: 'noch@gesperrt.example' })).status).toBe(202);
  await seat.go(`/campaigns/${made.id}`);
  await expect(seat.page.locator('.note.wait a')).toHaveAttribute('href', '#h-att');
  await expect(seat.page.locator('#gehoert a.mark')).toHaveCount(2);
  await seat.close();
});

test('what it costs is counted to the cent', async () => {
  const made = await campaign({ name: 'Anzeige', budget_cents: 100000, goal_cost_cents: 5000, goal_leads: 3 });
  for (const name of ['A', 'B', 'C']) await desk.data('POST', '/leads', { fields: { last_name: name }, campaign: made.id });
  const one = await desk.data('POST', `/campaigns/${made.id}/costs`, { label: 'Agentur', kind: 'agency', amount_cents: 10001, from: day(-10), to: day(-4) });
  expect(one).toMatchObject({ leads: 3, cost_cents: 10001, cost_per_lead_cents: 3334, cost_per_confirmed_cents: null });
  expect(one.course.reduce((sum, step) => sum + step.cost_cents, 0)).toBe(10001);
  expect(one.course.reduce((sum, step) => sum + step.leads, 0)).toBe(3);
  const cost = one.costs[0];
  expect(cost).toMatchObject({ kind: 'agency', amount_cents: 10001 });
  const changed = await desk.data('POST', `/campaigns/${made.id}/costs/${cost.id}`, { amount_cents: 20000 });
  expect(changed.costs).toMatchObject([{ label: 'Agentur', amount_cents: 20000, from: day(-10), to: day(-4) }]);
  expect((await desk.data('POST', `/campaigns/${made.id}/costs/${cost.id}/delete`)).cost_cents).toBe(0);
  const whole = await desk.data('POST', `/campaigns/${made.id}/costs`, { label: 'Ohne Tage', amount_cents: 300 });
  expect(whole.costs).toMatchObject([{ label: 'Ohne Tage', from: whole.from, to: whole.to ?? day(0) }]);
  expect((await desk.api('POST', `/campaigns/${made.id}/costs`, { label: 'x', amount: 'viel' })).status).toBe(422);
  expect((await desk.api('POST', `/campaigns/${made.id}/costs`, { label: 'x' })).status).toBe(422);
  expect((await desk.api('POST', '/campaigns', { name: 'Anzeige 2', code: made.code, channel: 'fair', from: day(0) })).status).toBe(409);
  expect((await desk.api('POST', '/campaigns', { name: 'X', channel: 'nowhere', from: day(0) })).status).toBe(422);
  expect((await desk.api('POST', '/campaigns', { name: 'Ohne Beginn', channel: 'fair' })).status).toBe(422);
  const patched = await desk.data('PATCH', `/campaigns/${made.id}`, { to: null, owner: 'me' });
  expect(patched).toMatchObject({ name: 'Anzeige', to: null, owner: { name: ADMIN.name }, budget_cents: 100000 });
});

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`whoever was slower at a campaign is told, and loses nothing of the other's (${lang}, ${screen})`, async ({ browser }) => {
    const made = await campaign({ note: 'Halle 1' });
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    await seat.go(`/campaigns/${made.id}/edit`);
    await desk.data('PATCH', `/campaigns/${made.id}`, { note: 'Halle 7', budget_cents: 50000 });
    await page.locator('[name=name]').fill('Zu spät');
    await press(seat, 'ui.save');
    await expect(page.locator('main [role=alert]')).toContainText(seat.t('campaign.changed'));
    await expect(page.locator('[name=name]')).toHaveValue('Zu spät'); // what was typed still stands there
    await seat.check();
    await press(seat, 'ui.save'); // and pressing once more does not overrule anybody
    await expect(page.locator('main [role=alert]')).toContainText(seat.t('campaign.changed'));
    expect(await desk.data('GET', `/campaigns/${made.id}`)).toMatchObject({ name: made.name, note: 'Halle 7' });
    await page.locator('main [role=alert]').getByRole('link', { name: seat.t('ui.reload') }).click();
    await expect(page.locator('[name=note]')).toHaveValue('Halle 7');
    await page.locator('[name=name]').fill('Nun aber');
    await press(seat, 'ui.save');
    await expect(page.locator('h1')).toHaveText('Nun aber');
    expect(await desk.data('GET', `/campaigns/${made.id}`)).toMatchObject({ name: 'Nun aber', note: 'Halle 7', budget_cents: 50000 });
  });
}

test('the list is sorted, paged, and archived ones stand apart', async () => {
  for (const name of ['Zebra', 'Ähre', 'Bär']) await campaign({ name });
  const rows = await desk.data('GET', '/campaigns?sort=name');
  expect(rows.map((row) => row.name)).toEqual([...rows.map((row) => row.name)].sort((a, b) => a.localeCompare(b, 'de')));
  const first = await desk.api('GET', '/campaigns?sort=-leads&limit=2');
  expect(first.json.data).toHaveLength(2);
  const second = await desk.api('GET', `/campaigns?sort=-leads&limit=200&cursor=${first.json.next}`);
  expect([...first.json.data, ...second.json.data].map((row) => row.id).sort()).toEqual(rows.map((row) => row.id).sort());
  const leads = [...first.json.data, ...second.json.data].map((row) => row.leads);
  expect(leads).toEqual([...leads].sort((a, b) => b - a));
  const [last] = rows.slice(-1);
  await desk.data('POST', `/campaigns/${last.id}/archive`);
  expect((await desk.data('GET', '/campaigns')).map((row) => row.id)).not.toContain(last.id);
  expect((await desk.data('GET', '/campaigns?state=archived')).map((row) => row.id)).toEqual([last.id]);
  await desk.data('POST', `/campaigns/${last.id}/restore`);
  const planned = await campaign({ from: day(5), to: day(6) });
  expect(planned.state).toBe('planned');
  expect((await desk.data('GET', '/campaigns?state=planned')).map((row) => row.id)).toEqual([planned.id]);
  const csv = await desk.api('GET', '/campaigns/export');
  expect(csv.text.split('\r\n')[0]).toContain('cost_per_lead');
  expect(csv.text).toContain(planned.id);
});

test('a link leads where was written down, counts people, and can be switched off', async () => {
  const made = await campaign({ channel: 'search' });
  const withLink = await desk.data('POST', `/campaigns/${made.id}/links`, { name: 'Suche', url: 'https://www.example.org/seite?a=1&utm_medium=eigen#da', source: 'google' });
  const [link] = withLink.links;
  expect(link.short_url).toMatch(/\/l\/[2-9a-z]{7}$/);
  const path = `${desk.server.url}/l/${link.code}`;
  const arrived = await ask(path, { headers: BROWSER });
  expect(arrived.status).toBe(302);
  expect(arrived.headers.location).toBe(`https://www.example.org/seite?a=1&utm_medium=eigen&utm_source=google&utm_campaign=${made.code}#da`);
  expect((await ask(`${path.toUpperCase().replace(/^HTTP:\/\/[^/]*\/L/, `${desk.server.url}/l`)}`, { headers: BROWSER })).status).toBe(302);
  await ask(path, { method: 'HEAD', headers: BROWSER });
  await ask(path, { headers: { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } });
  await ask(path, { headers: { ...BROWSER, 'sec-purpose': 'prefetch' } });
  expect((await desk.data('GET', `/campaigns/${made.id}`)).links[0].clicks).toBe(2);
  // Where it leads is never said by who follows it.
  expect((await ask(`${path}?url=https://evil.example/&to=//evil.example`, { headers: BROWSER })).headers.location).toContain('https://www.example.org/');
  expect((await ask(`${desk.server.url}/l/abcdefg`, { headers: BROWSER })).status).toBe(404);
  for (const url of ['http://www.example.org/', 'javascript:alert(1)', '//www.example.org', 'https://user@www.example.org/', ''])
    expect((await desk.api('POST', `/campaigns/${made.id}/links`, { name: 'x', url })).status, url).toBe(422);
  await desk.data('POST', `/campaigns/${made.id}/links/${link.id}/end`);
  expect((await ask(path, { headers: BROWSER })).status).toBe(410);
  await desk.data('POST', `/campaigns/${made.id}/links/${link.id}/open`);
  expect((await ask(path, { headers: BROWSER })).status).toBe(302);
  const qr = await desk.api('GET', `/campaigns/${made.id}/links/${link.id}/qr`);
  expect(qr.headers['content-type']).toContain('image/svg+xml');
  expect(qr.text).toContain('<svg');
});

test('an unknown link says so on a page of its own', async ({ browser }) => {
  const seat = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
  await seat.page.goto(`${desk.server.url}/l/abcdefg`);
  await expect(seat.page.locator('main')).toContainText('Diesen Link gibt es nicht');
  await seat.close();
});
