// A browser under watch: whatever leaves our origin, any script fault and any broken rule of the
// Content-Security-Policy fails the test; `check` holds a page against WCAG and its language.
import { expect } from '@playwright/test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ADMIN } from './desk.mjs';
import { root, until } from './zulauf.mjs';

const AXE = readFileSync(path.join(root, 'tests/e2e/node_modules/axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const sentences = {};
for (const lang of ['de', 'en']) sentences[lang] = JSON.parse(readFileSync(path.join(root, `ui/i18n/${lang}.json`), 'utf8'));

// The sentence of the interface behind a key, its gaps filled.
export function sentence(lang, key, gaps = {}) {
  let found = key.split('.').reduce((at, part) => at?.[part], sentences[lang]);
  if (typeof found === 'object') found = gaps.count === 1 ? found.one : found.other;
  if (typeof found !== 'string') throw new Error(`no sentence ${key} in ${lang}.json`);
  return found.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
}

const KEYS = new RegExp(`(^|[^\\w./@-])(${Object.keys(sentences.de).join('|')})\\.[a-z][a-z_]+\\b(?!\\.)`);

// A click waits for the next page to begin, not for all of it and its script. (A page that leads on
// to a download has no load event that Playwright would tell of.)
export const loaded = (page) => until(() => page.evaluate(() => document.readyState === 'complete'), { what: 'the whole page' });

export class Watched {
  constructor(context, origin, lang, screen) {
    this.context = context;
    this.screen = screen;
    this.origin = origin;
    this.lang = lang;
    this.faults = [];
    this.meant = [];
    this.documents = new Set(); // "status url" of pages that were asked for, whatever their status
    context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith('data:') && !url.startsWith('about:') && !url.startsWith('blob:')) {
        this.fault(`a foreign request: ${url}`);
      }
    });
    context.on('response', (reply) => {
      if (!reply.request().isNavigationRequest()) return;
      const document = `${reply.status()} ${reply.url()}`;
      this.documents.add(document);
      this.faults = this.faults.filter((fault) => fault !== `failed to load: ${document}`); // told of before its reply
    });
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      if (!/ERR_ABORTED/.test(why)) this.fault(`failed: ${request.url()} ${why}`);
    });
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // A page with status 422 is meant; what it loads must be there.
      const status = /^Failed to load resource: the server responded with a status of (\d+)/.exec(message.text())?.[1];
      const document = `${status} ${message.location().url}`;
      if (status && this.documents.has(document)) return;
      this.fault(status ? `failed to load: ${document}` : `console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.fault(`script: ${error.error()}`));
  }

  fault(what) {
    if (!this.meant.some((pattern) => pattern.test(what))) this.faults.push(what);
  }

  // Faults that a test provokes are none, whenever they are told of.
  expectFaults(...patterns) {
    this.meant.push(...patterns);
    this.faults = this.faults.filter((fault) => !patterns.some((pattern) => pattern.test(fault)));
  }

  t(key, gaps) {
    return sentence(this.lang, key, gaps);
  }

  async open() {
    this.page = await this.context.newPage();
    return this;
  }

  // Go there; the status must be the one expected.
  async go(where, status = 200) {
    const reply = await this.page.goto(where.startsWith('http') ? where : this.origin + where);
    expect(reply.status(), where).toBe(status);
    return reply;
  }

  // The page as it stands: one h1, its language, no raw keys, no sideways scrolling, and WCAG in
  // light and dark.
  async check() {
    const { page } = this;
    await loaded(page);
    const where = page.url().replace(this.origin, '');
    expect(await page.locator('h1').count(), `${where}: one h1`).toBe(1);
    expect(await page.locator('html').getAttribute('lang'), `${where}: language`).toBe(this.lang);
    const text = await page.locator('body').innerText();
    expect(KEYS.exec(text)?.[0] ?? '', `${where}: a sentence is missing`).toBe('');
    expect(text, `${where}: an unfilled gap`).not.toMatch(/\{[a-z_]+\}|\{\{|undefined|\[object/);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, `${where}: wider than the window`).toBeLessThanOrEqual(0);
    // The phone's colours are the desktop's.
    for (const colorScheme of this.screen === 'phone' ? ['light'] : ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(async (tags) => {
        // What a bar that stays in sight happens to lie over comes out from under it by scrolling.
        const bars = document.querySelectorAll('.save-bar');
        for (const bar of bars) bar.style.position = 'static';
        const found = await window.axe.run(document, { runOnly: tags, iframes: false });
        for (const bar of bars) bar.style.position = '';
        return found;
      }, RULES);
      const told = violations.map((v) => `${v.id} (${v.help}): ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 300)}`).join(' | ')}`);
      expect(told, `${where} in ${colorScheme}`).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    this.clean();
  }

  clean() {
    expect(this.faults, this.page?.url()).toEqual([]);
  }

  async close() {
    await this.context.close();
    this.clean();
  }
}

// The user agents are those of people: a headless browser says that it is one.
const AGENT = (system, mobile) =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0${mobile} Safari/537.36`;
export const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 }, userAgent: AGENT('Windows NT 10.0; Win64; x64', '') },
  phone: { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2,
    userAgent: AGENT('Linux; Android 10; K', ' Mobile') },
};

// A browser of its own (cookies, language, screen) under watch.
export async function startWatched(browser, { origin, lang, screen, javaScriptEnabled = true }) {
  const context = await browser.newContext({
    ...SCREENS[screen], javaScriptEnabled, locale: lang === 'de' ? 'de-DE' : 'en-GB', timezoneId: 'Europe/Berlin',
  });
  return new Watched(context, origin, lang, screen).open();
}

// The same with somebody signed in, on the first page, in this language.
export async function startSeat(browser, desk, { who = ADMIN, lang = 'de', screen = 'desktop', ...more } = {}) {
  const origin = desk.server.url;
  const seat = await startWatched(browser, { origin, lang, screen, ...more });
  await seat.go('/sign-in');
  await seat.page.locator('[name=email]').fill(who.email);
  await seat.page.locator('[name=password]').fill(who.password);
  await seat.page.locator('main button[type=submit]').click();
  await expect(seat.page).toHaveURL(`${origin}/`);
  await loaded(seat.page);
  if ((await seat.page.locator('html').getAttribute('lang')) === lang) return seat;
  await seat.go('/account');
  await seat.page.locator('[name=lang]').selectOption(lang);
  await seat.page.locator('main form', { has: seat.page.locator('[name=lang]') }).locator('button[type=submit]').first().click();
  await expect(seat.page.locator('html')).toHaveAttribute('lang', lang);
  await seat.go('/');
  return seat;
}

// From here on no time goes by in this page but by page.clock.runFor. The clock runs from its
// installation on and cannot be stopped at a time that has passed, however slow the machine is.
export async function stopClock(page) {
  const now = Date.now();
  await page.clock.install({ time: now - 600_000 });
  await page.clock.pauseAt(now);
}
