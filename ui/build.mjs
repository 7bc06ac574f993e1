// Bundle what the browser runs: ui/script and ui/style → ui/dist, which the program embeds.
// `node build.mjs --watch` rebuilds on change, for work with `zulauf serve --dev`.
import * as esbuild from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publicCss } from './public_css.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// Fonts that a workspace can choose for its public pages: the Latin part, all weights in one file.
const fonts = {
  'source-sans': 'source-sans-3/files/source-sans-3-latin-wght-normal.woff2',
  'source-serif': 'source-serif-4/files/source-serif-4-latin-wght-normal.woff2',
  atkinson: 'atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2',
};
mkdirSync(here('dist/fonts'), { recursive: true });
for (const [name, file] of Object.entries(fonts)) {
  copyFileSync(here(`node_modules/@fontsource-variable/${file}`), here(`dist/fonts/${name}.woff2`));
}

// What public pages carry inline.
const publicPart = {
  name: 'public part',
  setup: (build) => build.onEnd(() => {
    const css = readFileSync(here('dist/zulauf.css'), 'utf8');
    writeFileSync(here('dist/public.css'), publicCss(here('.'), css, ['script/public.js', 'script/questions.js', 'script/framed.js']));
  }),
};

const options = {
  entryPoints: ['script/admin.js', 'script/public.js', 'script/proof.js', 'script/embed.js', 'script/kiosk.js', 'style/zulauf.css', 'style/kiosk.css'].map(here).filter(existsSync),
  outdir: here('dist'),
  entryNames: '[name]',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16'],
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  plugins: [publicPart],
};

// Fetched by the kiosk when somebody wants to read a card.
const scan = { ...options, entryPoints: [here('script/scan.js')], format: 'esm', plugins: [] };

for (const each of [options, scan]) {
  if (process.argv.includes('--watch')) await (await esbuild.context({ ...each, logLevel: 'info' })).watch();
  else await esbuild.build(each);
}
