// The real binary in Debian's real browser; each test file starts its own server (zulauf.mjs).
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.mjs',
  outputDir: 'results/files',
  // Whoever succeeds waits for none of these: they are for a machine that is busy, or stands still a while.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  workers: 2,
  retries: 0, // what passes only when tried again is broken
  forbidOnly: Boolean(process.env.CI),
  reporter: [['line'], ['json', { outputFile: 'results/results.json' }]],
  use: {
    browserName: 'chromium',
    locale: 'de-DE',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.ZULAUF_TEST_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        '--disable-dev-shm-usage',
      ],
    },
  },
});
