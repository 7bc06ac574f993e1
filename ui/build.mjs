// Bundle what the browser runs: ui/script and ui/style → ui/dist, which the program embeds.
// `node build.mjs --watch` rebuilds on change, for work with `zulauf serve --dev`.
import * as esbuild from 'esbuild';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const options = {
  entryPoints: ['script/admin.js', 'script/public.js', 'style/zulauf.css'].map(here).filter(existsSync),
  outdir: here('dist'),
  entryNames: '[name]',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
};

if (process.argv.includes('--watch')) {
  const context = await esbuild.context({ ...options, logLevel: 'info' });
  await context.watch();
} else {
  await esbuild.build(options);
}
