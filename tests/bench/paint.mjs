// First paint of pages in a real browser that has never seen them: paint.mjs COUNT URL...
// One line of JSON a page: {"fcp": [ms…], "bytes": what came over the wire, "requests": n}.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../e2e/package.json', import.meta.url))('@playwright/test');
const [count, ...urls] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.ZULAUF_TEST_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});
for (const url of urls) {
  const said = { fcp: [], bytes: 0, requests: 0 };
  for (let i = 0; i < Number(count) + 1; i += 1) {
    const context = await browser.newContext(); // no cache, no connection
    const page = await context.newPage();
    const requests = [];
    page.on('request', (request) => requests.push(request));
    await page.goto(url, { waitUntil: 'load' });
    // From the start of the navigation to the first text on the screen.
    const fcp = await page.evaluate(() => new Promise((done) => {
      new PerformanceObserver((list) => { // the first paint of all may be told by itself, before
        for (const entry of list.getEntriesByName('first-contentful-paint')) done(entry.startTime);
      }).observe({ type: 'paint', buffered: true });
    }));
    const sizes = await Promise.all(requests.map((request) => request.sizes()));
    said.bytes = sizes.reduce((sum, size) => sum + size.responseBodySize + size.responseHeadersSize, 0);
    said.requests = requests.length;
    if (i > 0) said.fcp.push(fcp); // the browser's own first one is not the page's
    await context.close();
  }
  console.log(JSON.stringify(said));
}
await browser.close();
