// The outbox shows a mail as its recipient sees it, and its links work from there.
import { expect, test } from '@playwright/test';
import { startWatched } from './browser.mjs';
import { ADMIN, FORM, startDesk } from './desk.mjs';

let desk;

test.beforeAll(async () => {
  desk = await startDesk();
});
test.afterAll(() => desk?.stop());

for (const lang of ['de', 'en']) {
  test(`a click on the link in the preview opens the confirmation beside the admin: ${lang}`, async ({ browser }) => {
    const form = await desk.data('POST', '/forms', { ...FORM, name: `Vorschau ${lang}`, slug: `vorschau-${lang}`, language: lang });
    await desk.submit(form, { email: `vorschau-${lang}@firma.example` });
    const [mail] = await desk.data('GET', '/outbox');
    const seat = await startWatched(browser, { origin: desk.server.url, lang, screen: 'desktop' });
    await seat.go('/sign-in');
    await seat.page.locator('[name=email]').fill(ADMIN.email);
    await seat.page.locator('[name=password]').fill(ADMIN.password);
    await seat.page.locator('main button[type=submit]').click();
    await seat.go(`/outbox/${mail.id}`);
    const opened = seat.page.context().waitForEvent('page');
    await seat.page.frameLocator('iframe.paper').locator('a[href*="/c/"]').first().click();
    const beside = await opened;
    await expect(beside.locator('form[action^="/c/"] button[type=submit]').first()).toBeVisible();
    await expect(seat.page).toHaveURL(`${desk.server.url}/outbox/${mail.id}`);
    await seat.close();
  });
}
