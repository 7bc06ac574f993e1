// What is suspect gets the same answer as everything else, waits in quarantine, and is released.
import { expect, test } from '@playwright/test';
import { startSeat, startWatched } from './browser.mjs';
import { ask, asForm, asJson, startDesk } from './desk.mjs';
import { awayFromMidnight, until } from './zulauf.mjs';

// As a visitor: the form's page, filled in and sent.
async function send(browser, desk, form, email, { honeypot = false, withoutScript = false } = {}) {
  const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'desktop', javaScriptEnabled: !withoutScript });
  await visitor.go(new URL(form.url).pathname);
  await visitor.page.locator('#f-email').fill(email);
  await visitor.page.locator('#f-last_name').fill('Probe');
  if (honeypot) await visitor.page.locator('[name=your-subject]').fill('cheap watches', { force: true });
  await visitor.page.locator('main button[type=submit]').click();
  await visitor.page.waitForURL(/\/(sent|thanks)(\?|$)/);
  const said = await visitor.page.locator('main').innerText();
  await visitor.close();
  return said.replaceAll(email, 'ADDRESS');
}

const held = (desk, form) => desk.data('GET', `/forms/${form.id}/submissions?state=held`);
// How quick a test is, is no business of it.
const codes = (rows) => rows.map((row) => row.reasons.map((reason) => reason.code).filter((code) => code !== 'too_fast').join());

test('the hidden field: the same answer, in quarantine, released as if it had come', async ({ browser }) => {
  const desk = await startDesk();
  try {
    const form = await desk.form();
    const good = await send(browser, desk, form, 'echt@example.org');
    const bad = await send(browser, desk, form, 'bot@example.org', { honeypot: true });
    expect(bad).toBe(good);
    const rows = await held(desk, form);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ state: 'held', email: 'bot@example.org', lead: null });
    expect(codes(rows)).toEqual(['honeypot']);
    expect((await desk.data('GET', '/leads')).map((lead) => lead.email)).toEqual(['echt@example.org']);
    expect((await desk.data('GET', '/outbox')).map((mail) => mail.to)).toEqual(['echt@example.org']);

    const seat = await startSeat(browser, desk, { lang: 'de', screen: 'desktop' });
    const { page } = seat;
    for (const where of ['/', '/forms', `/forms/${form.id}`]) { // nobody has to look for it
      await seat.go(where);
      await expect(page.locator(where === '/forms' ? 'a.mark.wait' : '.note.wait', { hasText: where === '/forms' ? '' : /quarant/i })).toBeVisible();
      await seat.check();
    }
    await seat.go(`/forms/${form.id}/submissions`);
    await seat.check();
    await expect(page.getByRole('link', { name: seat.t('submission_list.held_look') })).toBeVisible();
    await page.getByRole('link', { name: seat.t('submission_list.held_look') }).click();
    await expect(page.locator('.why')).toContainText(seat.t('suspicion.honeypot'));
    await seat.check();
    await page.getByRole('link', { name: 'Probe' }).click();
    await seat.check();
    await page.getByRole('button', { name: seat.t('submission_list.release_one'), exact: true }).click();
    await expect(page.locator('[role=status]')).toContainText(seat.t('submission_list.released'));
    await seat.check();
    expect(await held(desk, form)).toHaveLength(0);
    const link = await desk.confirmLink('bot@example.org');
    expect((await ask(link, { method: 'POST', ...asForm({}) })).status).toBe(200);
    const all = await desk.data('GET', `/forms/${form.id}/submissions`);
    expect(all.map((one) => [one.email, one.state])).toEqual([['bot@example.org', 'confirmed'], ['echt@example.org', 'waiting']]);
    expect((await desk.data('GET', `/forms/${form.id}/submissions?state=confirmed`)).map((one) => one.email)).toEqual(['bot@example.org']);
    await seat.go(`/forms/${form.id}/submissions/${all[0].id}`);
    await seat.check();
    const audit = (await desk.data('GET', '/audit')).map((entry) => entry.action);
    expect(audit).toContain('submission.release');
    await seat.close();
  } finally {
    await desk.stop();
  }
});

test('signals: throwaway and denied domains, crowds, forged stamps; info@ and quick fills are fine', async () => {
  const desk = await startDesk({ args: ['--trusted-proxies', '127.0.0.1'] });
  try {
    const form = await desk.form();
    const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
    const stamp = async () => /name="stamp" value="([^"]+)"/.exec((await ask(form.url)).text)[1];
    const post = async (fields, { from = '203.0.113.7', agent = BROWSER } = {}) => {
      const sent = asForm({ last_name: 'Probe', ...fields });
      const reply = await ask(form.url, { method: 'POST', body: sent.body,
        headers: { ...sent.headers, 'user-agent': agent, 'x-forwarded-for': from } });
      expect(reply.status).toBe(303);
      return reply.headers.location.replace(/change=[\w-]+/, 'change=…'); // of this sending
    };
    const where = await post({ email: 'info@firma.example', stamp: await stamp() });
    expect(await held(desk, form)).toHaveLength(0); // at once, by a role address
    expect(await post({ email: 'x@mailinator.com', stamp: await stamp() })).toBe(where);
    await post({ email: 'x@firma.example', stamp: 'A'.repeat(64) });
    await post({ email: 'y@firma.example' });
    await post({ email: 'z@firma.example' }, { agent: 'curl/8' }); // a program has no page
    await desk.data('PATCH', '/settings', { domains_denied: 'wettbewerb.example', domains_allowed: '@Mailinator.com' });
    await post({ email: 'x@mail.wettbewerb.example', stamp: await stamp() });
    await post({ email: 'y@mailinator.com', stamp: await stamp() });
    expect(codes(await held(desk, form)).reverse()).toEqual(['domain_thrown', 'stamp_forged', 'stamp_missing', 'domain_denied']);
    const one = await stamp();
    for (let i = 0; i < 7; i += 1) await post({ email: `s${i}@firma.example`, stamp: one }, { from: '198.51.100.1' });
    expect(codes(await held(desk, form)).filter((code) => code === 'stamp_reused')).toHaveLength(2);
    for (let i = 0; i < 16; i += 1) await post({ email: `n${i}@firma.example`, stamp: await stamp() }, { from: `198.51.100.${i + 2}` });
    expect(codes(await held(desk, form)).filter((code) => code === 'network_often')).toHaveLength(3);
    for (let i = 0; i < 12; i += 1) await post({ email: 'oft@firma.example', stamp: await stamp() }, { from: `203.0.${i + 114}.1` });
    expect(codes(await held(desk, form)).filter((code) => code === 'address_often')).toHaveLength(2);

    // Deleting, and what is not there any more.
    const rows = await held(desk, form);
    const first = rows.slice(0, 2).map((row) => row.id);
    expect(await desk.data('POST', `/forms/${form.id}/submissions/held`, { do: 'delete', ids: [...first, 'sb_0000000000000'] })).toEqual({ deleted: 2 });
    expect(await desk.data('POST', `/forms/${form.id}/submissions/held`, { do: 'release', ids: first })).toEqual({ released: 0 });
    expect(await held(desk, form)).toHaveLength(rows.length - 2);
    const other = await desk.form({ slug: 'anderes' });
    expect(await desk.data('POST', `/forms/${other.id}/submissions/held`, { do: 'release', ids: [rows[3].id] })).toEqual({ released: 0 });
    expect((await desk.api('GET', `/forms/${other.id}/submissions/${rows[3].id}`)).status).toBe(404);
    expect((await desk.api('PATCH', '/settings', { domains_denied: 'kein name' })).status).toBe(422);

    // Keyset: every one once.
    const seen = [];
    let cursor = '';
    do {
      const reply = await desk.api('GET', `/forms/${form.id}/submissions?limit=5${cursor && `&cursor=${cursor}`}`);
      seen.push(...reply.json.data.map((row) => row.id));
      cursor = reply.json.next;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    const csv = await desk.api('GET', `/forms/${form.id}/submissions/export?format=csv`);
    expect(csv.text.trim().split('\r\n')).toHaveLength(seen.length + 1);
    expect(csv.text.split('\r\n')[0]).toMatch(/^\uFEFFid,at,state,lead,form_version,.*email/);
  } finally {
    await desk.stop();
  }
});

test('a cell that a spreadsheet would run is defused', async () => {
  const desk = await startDesk();
  try {
    const form = await desk.form();
    const sent = asJson({ fields: { email: 'f@example.org', last_name: '=HYPERLINK("http://x")' } });
    expect((await ask(form.url, { method: 'POST', body: sent.body, headers: { ...sent.headers, accept: 'application/json' } })).status).toBe(202);
    const csv = await desk.api('GET', `/forms/${form.id}/submissions/export?format=csv&separator=;`);
    expect(csv.text).toContain(`"'=HYPERLINK(""http://x"")"`);
    const lines = (await desk.api('GET', `/forms/${form.id}/submissions/export?format=jsonl`)).text.trim().split('\n').map((line) => JSON.parse(line));
    expect(lines).toHaveLength(1);
    expect(lines[0].answers.find((answer) => answer.key === 'last_name').value).toBe('=HYPERLINK("http://x")');
  } finally {
    await desk.stop();
  }
});

test('proof of work: solved with script, held back without, and nobody is told anything wrong', async ({ browser }) => {
  const desk = await startDesk();
  try {
    const form = await desk.form();
    await desk.data('PUT', `/forms/${form.id}/protection`, { proof_of_work: true, counts: true });
    const good = await send(browser, desk, form, 'mit@example.org');
    const bad = await send(browser, desk, form, 'ohne@example.org', { withoutScript: true });
    expect(bad).toBe(good);
    expect(codes(await held(desk, form))).toEqual(['proof_missing']);
    expect((await desk.data('GET', '/leads')).map((lead) => lead.email)).toEqual(['mit@example.org']);
  } finally {
    await desk.stop();
  }
});

for (const { lang, screen } of [{ lang: 'en', screen: 'phone' }]) {
  test(`the pages: ${lang}, ${screen}`, async ({ browser }) => {
    const desk = await startDesk();
    try {
      const form = await desk.form();
      const seat = await startSeat(browser, desk, { lang, screen });
      for (const where of ['submissions', 'submissions?state=held', 'submissions?state=test', 'protection']) {
        await seat.go(`/forms/${form.id}/${where}`);
        await seat.check();
      }
      await send(browser, desk, form, 'bot@example.org', { honeypot: true });
      await seat.go(`/forms/${form.id}/submissions?state=held`);
      await seat.page.locator('[name=ids]').check();
      await seat.check();
      await seat.page.getByRole('button', { name: seat.t('submission_list.release'), exact: true }).click();
      await expect(seat.page.locator('[role=status]')).toContainText(seat.t('submission_list.released'));
      await seat.go(`/forms/${form.id}/protection`);
      await seat.page.locator('#f-proof').check();
      await seat.page.locator('main form button[type=submit]').click();
      await expect(seat.page.locator('#f-proof')).toBeChecked();
      await until(async () => (await desk.data('GET', `/forms/${form.id}/protection`)).proof_of_work);
      await seat.close();
    } finally {
      await desk.stop();
    }
  });
}

test('views, starts, submissions, confirmed, and where somebody gave up: as sums, and not of who says no', async ({ browser }) => {
  await awayFromMidnight();
  const desk = await startDesk();
  try {
    const form = await desk.form();
    const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
    const funnel = () => desk.data('GET', `/forms/${form.id}/funnel`);
    const get = (headers = {}, method = 'GET') => ask(form.url, { method, headers: { 'user-agent': BROWSER, ...headers } });
    await send(browser, desk, form, 'ganz@example.org'); // a view, a start, a submission
    const visitor = await startWatched(browser, { origin: desk.server.url, lang: 'de', screen: 'phone' });
    await visitor.go(new URL(form.url).pathname);
    expect(await visitor.page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual(['', 0, 0]);
    await visitor.page.locator('#f-email').fill('halb@example.org');
    await visitor.page.locator('#f-last_name').fill('Halb');
    await visitor.go('/sign-in'); // gone
    await visitor.close();
    await until(async () => (await funnel()).left_sum === 1, { what: 'the field in which somebody left' });
    let sums = await funnel();
    expect(sums).toMatchObject({ views: 2, starts: 2, submissions: 1, confirmed: 0 });
    expect(sums.rates).toEqual({ starts_pct: 100, submissions_pct: 50, confirmed_pct: 0 });
    expect(sums.left.filter((one) => one.times > 0).map((one) => one.key)).toEqual(['last_name']);
    expect(sums.by_day).toHaveLength(1);

    // Nobody: programs, prefetches, looks at the head, tries, and those who say no.
    await get({}, 'HEAD');
    await get({ 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
    await get({ dnt: '1' });
    await get({ 'sec-gpc': '1' });
    await get({ 'sec-purpose': 'prefetch;prerender' });
    const { url } = await desk.data('GET', `/forms/${form.id}/try`);
    await ask(url, { headers: { 'user-agent': BROWSER } });
    const count = (fields, headers = {}) => {
      const sent = asForm(fields);
      return ask(`${form.url}/count`, { method: 'POST', body: sent.body, headers: { ...sent.headers, 'user-agent': BROWSER, origin: desk.server.url, ...headers } });
    };
    expect((await count({ left: 'made_up' })).status).toBe(204);
    expect((await count({ start: 1 }, { dnt: '1' })).status).toBe(204);
    expect((await count({ start: 1 }, { origin: 'https://elsewhere.example' })).status).toBe(403);
    await get();
    await until(async () => (await funnel()).views === 3, { what: 'the last view' });
    expect(await funnel()).toMatchObject({ views: 3, starts: 2, left_sum: 1 });

    // Switched off: nothing is counted and the page says nothing.
    await desk.data('PUT', `/forms/${form.id}/protection`, { proof_of_work: false, counts: false });
    expect((await get()).text).not.toContain('data-count="');
    await count({ start: 1 });
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    sums = await funnel();
    expect(sums).toMatchObject({ views: 3, starts: 2 });
    for (const screen of ['desktop', 'phone']) {
      const seat = await startSeat(browser, desk, { lang: screen === 'phone' ? 'en' : 'de', screen });
      await seat.go(`/forms/${form.id}`);
      await expect(seat.page.locator('#h-way')).toBeVisible();
      await seat.check();
      await seat.close();
    }
  } finally {
    await desk.stop();
  }
});
