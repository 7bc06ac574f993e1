// What somebody finds who looks at the program with demo data: every page alive, and all of it works.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { startDesk } from './desk.mjs';
import { binary, root } from './zulauf.mjs';

test.describe.configure({ mode: 'serial' });

let data;
let desk;

test.beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'zulauf-demo-'));
  const filled = spawnSync(binary, ['demo', '--data', data, '--leads', '1500'], { cwd: root, encoding: 'utf8' });
  expect(filled.status, filled.stderr).toBe(0);
  desk = await startDesk({ data });
});
test.afterAll(async () => {
  await desk?.stop();
  await rm(data, { recursive: true, force: true });
});

test('the administrator has notices and leads', async () => {
  const { notices } = await desk.data('GET', '/notices');
  expect(notices.length).toBeGreaterThan(2);
  expect((await desk.data('GET', '/leads/mine')).length).toBeGreaterThan(0);
});

test('what is held back can be let in', async () => {
  const form = (await desk.data('GET', '/forms')).find((one) => one.slug === 'demo-beratung');
  const [held] = await desk.data('GET', `/forms/${form.id}/submissions?state=held`);
  expect(held.email).toBe('d.lenz@lenz-getraenke.example');
  await desk.data('POST', `/forms/${form.id}/submissions/held`, { ids: [held.id], do: 'release' });
  const lead = await desk.leadOf(held.email);
  expect(lead.name).toBe('Dorothea Lenz');
});

test('the numbers of each form add up', async () => {
  for (const form of await desk.data('GET', '/forms')) {
    const sum = await desk.data('GET', `/forms/${form.id}/funnel`);
    expect(sum.views).toBeGreaterThanOrEqual(sum.starts);
    expect(sum.starts).toBeGreaterThanOrEqual(sum.submissions);
    expect(sum.submissions).toBeGreaterThanOrEqual(sum.confirmed);
    expect(sum.left_sum).toBeLessThanOrEqual(sum.starts - sum.submissions);
  }
});

test('go to leads to campaigns and fairs', async ({ browser }) => {
  const context = await browser.newContext({ extraHTTPHeaders: { cookie: desk.cookie } });
  const page = await context.newPage();
  await page.goto(`${desk.server.url}/go`);
  const links = page.locator('#go-list a');
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(hrefs.filter((href) => href.startsWith('/campaigns/')).length).toBeGreaterThan(5);
  await page.getByRole('link', { name: /^Lagermesse \d+, Halle 4/ }).click();
  await expect(page.locator('main')).toContainText('Halle 4, Stand B12');
  await context.close();
});
