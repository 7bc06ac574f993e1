// Finding one's way: the bell, "go to", single keys, the tour, help beside fields, the news.
import { expect, test } from '@playwright/test';
import { loaded, startSeat } from './browser.mjs';
import { ADMIN, ask, asJson, startDesk } from './desk.mjs';

let desk;
let colleague; // a user's id

const SALES = { email: 'tim.kranz@lindhorst.example', name: 'Tim Kranz', password: 'Gabelstapler-im-Regen-9' };

test.beforeAll(async () => {
  desk = await startDesk();
  const { link } = await desk.data('POST', '/users/invite', { email: SALES.email, role: 'sales' });
  const done = await ask(link, { method: 'POST', ...asJson({ name: SALES.name, password: SALES.password }), headers: { accept: 'application/json', 'content-type': 'application/json' } });
  expect(done.status, done.text).toBeLessThan(300);
  colleague = (await desk.data('GET', '/users')).users.find((user) => user.email === SALES.email).id;
});
test.afterAll(() => desk?.stop());

const speak = (lang) => desk.data('POST', '/account', { lang });
const lead = (fields) => desk.data('POST', '/leads', { fields });
const press = (seat, key) => seat.page.locator('main').getByRole('button', { name: seat.t(key), exact: true }).first().click();

for (const [lang, screen, javaScriptEnabled] of [['de', 'desktop', true], ['en', 'phone', false]]) {
  test(`the tour leads over real pages, can be left at any step, and can be had again (${lang}, ${screen})`, async ({ browser }) => {
    await speak(lang);
    await lead({ last_name: 'Rundgang' });
    const seat = await startSeat(browser, desk, { lang, screen, javaScriptEnabled });
    const { page } = seat;
    const tour = page.locator('#rundgang');
    await seat.go('/help'); // each step stands on its own page only
    if (javaScriptEnabled) await expect(tour).toHaveCount(0);
    await press(seat, 'tour.start');
    for (const [step, path] of [['today', /\/#rundgang$/], ['forms', /\/forms#/], ['leads', /\/leads#/], ['permit', /\/leads\/ld_\w+#/], ['mine', /\/leads\/mine#/], ['help', /\/help#/]]) {
      await expect(page).toHaveURL(path);
      await expect(tour.getByRole('heading')).toHaveText(seat.t(`tour.${step}_h`));
      if (javaScriptEnabled) await seat.check();
      if (javaScriptEnabled && step === 'today') { // the frame holds the whole list, the marked row as well
        const frame = await page.locator('.toured').boundingBox();
        const row = await page.locator('.toured .setup .next').boundingBox();
        expect(row.x).toBeGreaterThan(frame.x);
        expect(row.x + row.width).toBeLessThan(frame.x + frame.width);
      }
      if (step === 'leads') { // back and forth
        await tour.getByRole('button', { name: seat.t('tour.back') }).click();
        await expect(tour.getByRole('heading')).toHaveText(seat.t('tour.forms_h'));
        await tour.getByRole('button', { name: seat.t('tour.next') }).click();
        await expect(tour.getByRole('heading')).toHaveText(seat.t('tour.leads_h'));
      }
      if (step !== 'help') await tour.getByRole('button', { name: seat.t('tour.next') }).click();
    }
    await tour.getByRole('button', { name: seat.t('tour.done') }).click();
    await expect(tour).toHaveCount(0);
    await seat.go('/');
    await expect(tour).toHaveCount(0); // remembered, for the person and not for the browser
    await seat.go('/help');
    await press(seat, 'tour.start');
    await tour.getByRole('button', { name: seat.t('tour.skip') }).click();
    await expect(page).toHaveURL(`${desk.server.url}/`);
    await expect(tour).toHaveCount(0);
    await seat.close();
  });

  test(`help beside fields, the help page and the news (${lang}, ${screen})`, async ({ browser }) => {
    await speak(lang);
    const seat = await startSeat(browser, desk, { lang, screen, javaScriptEnabled });
    const { page } = seat;
    await seat.go('/settings');
    const hint = page.locator('.hint').first();
    await expect(hint.locator('.hint-text')).toBeHidden();
    await hint.locator('summary').press('Enter');
    await expect(hint.locator('.hint-text')).toBeVisible();
    const box = await hint.locator('.hint-text').boundingBox();
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(page.viewportSize().width);
    if (javaScriptEnabled) {
      await seat.check();
      await page.keyboard.press('Escape');
      for (const other of await page.locator('.hint').all()) {
        await other.locator('summary').click();
        const text = other.locator('.hint-text');
        await expect(text).toBeVisible();
        await expect.poll(async () => { const at = await text.boundingBox(); return at.x >= 0 && at.x + at.width <= page.viewportSize().width; }).toBe(true);
        await page.keyboard.press('Escape');
      }
      await hint.locator('summary').click();
      await page.keyboard.press('Escape');
      await expect(hint.locator('.hint-text')).toBeHidden();
    }
    await seat.go('/help');
    if (javaScriptEnabled) {
      await seat.check();
      await page.locator('#f-find').fill(lang === 'de' ? 'Sperrliste' : 'suppression');
      await expect(page.locator('#woerter')).toBeVisible();
      await expect(page.locator('#tasten')).toBeHidden();
      await page.locator('#f-find').fill('xyzzy');
      await expect(page.locator('main')).toContainText(seat.t('help.none'));
    }
    await seat.go('/news');
    await expect(page.locator('main h2').first()).toContainText('0.1.0');
    if (javaScriptEnabled) await seat.check();
    await seat.close();
  });
}

for (const [lang, screen] of [['de', 'desktop'], ['en', 'phone']]) {
  test(`notices: told at once, counted, opened, read (${lang}, ${screen})`, async ({ browser }) => {
    await speak(lang);
    await desk.data('POST', '/notices/choice', { here: ['submission', 'assigned', 'due', 'task', 'task_due', 'delivery', 'backup'], mail: ['submission', 'due'] });
    const { id } = await lead({ last_name: `Glocke ${screen}`, first_name: 'Gerda' });
    const seat = await startSeat(browser, desk, { lang, screen, who: SALES });
    const { page } = seat;
    await page.goto(`${desk.server.url}/account`);
    await page.locator('#f-lang').selectOption(lang);
    await page.locator('form[action="/account"] button').click();
    const bell = page.locator('#glocke');
    await seat.go('/notices');
    if (screen === 'desktop') await expect(page.locator('main')).toContainText(seat.t('bell.empty'));
    await seat.check();
    await seat.go('/leads');
    await expect(bell.locator('.count')).toBeHidden();
    // Nobody reloads: the page hears of it.
    await desk.data('POST', `/leads/${id}/care`, { owner: colleague });
    await desk.data('POST', `/leads/${id}/tasks`, { title: 'Anrufen', assignee: colleague });
    await expect(bell.locator('[data-n]')).toHaveText('2');
    await expect(page).toHaveTitle(/^\(2\) /);
    await bell.click();
    await expect(page.locator('.notices .fresh')).toHaveCount(2);
    await expect(page.locator('main')).toContainText(seat.t('bell.assigned', { lead: `Gerda Glocke ${screen}` }));
    await expect(page.locator('main')).toContainText(seat.t('bell.assigned_text', { name: ADMIN.name }));
    await seat.check();
    await page.getByRole('button', { name: seat.t('bell.task', { lead: `Gerda Glocke ${screen}` }), exact: true }).click();
    await expect(page).toHaveURL(`${desk.server.url}/leads/${id}`);
    await seat.go('/notices');
    await expect(page.locator('.notices .fresh')).toHaveCount(1);
    await press(seat, 'bell.read_all');
    await expect(page.locator('.notices .fresh')).toHaveCount(0);
    await expect(page.locator('main')).toContainText(seat.t('bell.nothing_new'));
    await expect(page).not.toHaveTitle(/^\(/);

    // What somebody does not want does not come; and a lead that is erased takes its notices along.
    await page.locator('[name=here][value=task]').uncheck();
    await press(seat, 'bell.choice_save');
    await expect(page.locator('[name=here][value=task]')).not.toBeChecked();
    await desk.data('POST', `/leads/${id}/tasks`, { title: 'Noch einmal', assignee: colleague });
    await seat.go('/notices');
    await expect(page.locator('.notices .fresh')).toHaveCount(0);
    await page.locator('[name=here][value=task]').check();
    await press(seat, 'bell.choice_save');
    await desk.data('POST', `/leads/${id}/trash`);
    await desk.data('DELETE', `/leads/${id}?forever=true`);
    await seat.go('/notices');
    await expect(page.locator('main')).not.toContainText(`Glocke ${screen}`);
    await seat.close();
  });

  test(`go to: by keyboard to pages, forms, leads and commands (${lang}, ${screen})`, async ({ browser }) => {
    await speak(lang);
    await desk.form({ name: `Messe Köln ${lang}` });
    await lead({ last_name: `Müller-Lüdenscheidt ${lang}`, company: 'Wanne AG' });
    const seat = await startSeat(browser, desk, { lang, screen });
    const { page } = seat;
    const dialog = page.locator('dialog.palette');
    const input = dialog.getByRole('combobox');
    const open = async () => {
      await loaded(page); // keys are heard once the script has run
      if (screen === 'phone') await page.locator('.top .find').click();
      else await page.keyboard.press('Control+k');
      await expect(input).toBeFocused();
    };
    await open();
    await expect(dialog.getByRole('option').first()).toBeVisible();
    await input.fill(seat.t('nav.outbox').slice(0, 5));
    await expect(dialog.locator('[aria-selected=true]')).toContainText(seat.t('nav.outbox'));
    await seat.check();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();

    await open();
    await input.fill('koeln'); // ö, oe and o are the same
    await expect(dialog.getByRole('option', { name: `Messe Köln ${lang}` })).toBeVisible();
    await input.fill(`mueller ludenscheidt ${lang}`);
    const found = dialog.getByRole('option', { name: `Müller-Lüdenscheidt ${lang}` });
    await expect(found).toBeVisible();
    await expect(found).toHaveAttribute('aria-selected', 'true');
    expect(await input.getAttribute('aria-activedescendant')).toBe(await found.getAttribute('id'));
    await seat.check();
    await page.keyboard.press('Enter');
    await expect(page.locator('h1')).toContainText('Lüdenscheidt');

    await open(); // what was opened lately is there
    await expect(dialog.getByRole('option').first()).toContainText('Lüdenscheidt');
    await input.fill(seat.t('go.theme_dark'));
    await expect(dialog.locator('[aria-selected=true]')).toContainText(seat.t('go.theme_dark'));
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveClass('dark');
    await expect(page.locator('h1')).toContainText('Lüdenscheidt'); // where one was
    await open();
    await input.fill(seat.t('go.theme_system'));
    await expect(dialog.locator('[aria-selected=true]')).toContainText(seat.t('go.theme_system'));
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).not.toHaveClass('dark');
    await seat.go('/go');
    await seat.check();
    await seat.close();
  });
}

test('go to holds what somebody may see, and nothing else', async ({ browser }) => {
  const seat = await startSeat(browser, desk, { who: SALES });
  await seat.go('/go');
  const hrefs = await seat.page.locator('#go-list a').evaluateAll((links) => links.map((link) => link.getAttribute('href').split('#')[0]));
  for (const path of new Set(hrefs)) expect((await seat.page.goto(desk.server.url + path)).status(), path).toBe(200);
  for (const path of ['/users', '/audit', '/workspaces', '/settings/backup']) expect(hrefs).not.toContain(path);
  await seat.close();
});

test('single keys lead on, not while somebody types, and can be switched off', async ({ browser }) => {
  await speak('de');
  await lead({ last_name: 'Aal' });
  await lead({ last_name: 'Barsch' });
  const seat = await startSeat(browser, desk);
  const { page } = seat;
  await page.clock.setFixedTime(new Date()); // two keys belong together while no time goes by
  const keys = async (...list) => {
    await loaded(page); // they are heard once the script has run
    for (const key of list) await page.keyboard.press(key);
  };
  await keys('g', 'l');
  await expect(page).toHaveURL(`${desk.server.url}/leads`);
  await keys('j');
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  expect(first).toMatch(/^\/leads\/ld_/);
  await keys('j', 'k', 'Enter');
  await expect(page).toHaveURL(desk.server.url + first);
  await keys('g', 'f');
  await expect(page).toHaveURL(`${desk.server.url}/forms`);
  await keys('g', 'l');
  await expect(page).toHaveURL(`${desk.server.url}/leads`);
  await keys('n');
  await expect(page).toHaveURL(`${desk.server.url}/leads/new`);
  await page.locator('#inhalt input.input').first().focus();
  await keys('g', 'f', '?', 'n');
  await expect(page).toHaveURL(`${desk.server.url}/leads/new`);
  await expect(page.locator('dialog.keys')).toHaveCount(0);
  await seat.go('/leads');
  await keys('/');
  await expect(page.locator('#suche')).toBeFocused();
  await page.locator('h1').click();
  await keys('?');
  await expect(page.locator('dialog.keys')).toContainText(seat.t('help.keys'));
  await seat.check();
  await keys('Escape');
  await expect(page.locator('dialog.keys')).toHaveCount(0);
  await seat.go('/account');
  await seat.check();
  await page.locator('#f-keys').uncheck();
  await page.locator('form[action="/account/keys"] button').click();
  await expect(page.locator('#f-keys')).not.toBeChecked();
  await page.locator('h1').click();
  await keys('g', 'l', '?');
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.locator('dialog.keys')).toHaveCount(0);
  await page.locator('#f-keys').check();
  await page.locator('form[action="/account/keys"] button').click();
  await seat.close();
});
