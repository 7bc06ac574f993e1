// The part of the style sheet that public pages need: they carry it inline, so that a form is one
// request. A rule stays if each class and id of one of its selectors is named by a public template, a
// part that one renders, or their script.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

// "name" as {% render %} and {% layout %} write it.
function templateOf(ui, name) {
  return ['', 'pages'].map((folder) => path.join(ui, folder, `${name}.liquid`)).find(existsSync);
}

function wordsOf(ui, scripts) {
  const open = readdirSync(path.join(ui, 'public')).filter((f) => f.endsWith('.liquid')).map((f) => path.join(ui, 'public', f));
  const read = new Map();
  while (open.length > 0) {
    const file = open.pop();
    if (!file || read.has(file)) continue;
    const text = readFileSync(file, 'utf8');
    read.set(file, text);
    for (const [, name] of text.matchAll(/\{%-?\s*(?:render|layout)\s+'([^']+)'/g)) open.push(templateOf(ui, name));
  }
  // Classes and ids of the markup (around Liquid's tags), and what the scripts' texts name.
  const markup = [...read.values()].join('\n').replace(/\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g, ' ');
  // A page's own class of the layout's wrapper stands in a block, and not in an attribute.
  const blocks = [...read.values()].flatMap((text) => [...text.matchAll(/\{%-?\s*block wrap\s*-?%\}([\s\S]*?)\{%-?\s*endblock/g)])
    .map(([, inner]) => ['', inner.replace(/\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g, ' ')]);
  const code = scripts.map((name) => readFileSync(path.join(ui, name), 'utf8')).join('\n');
  const texts = [...blocks, ...markup.matchAll(/\s(?:class|id)="([^"]*)"/g), ...code.matchAll(/'([^'\n]*)'/g)].map(([, text]) => text);
  return new Set(texts.join(' ').match(/[A-Za-z_][\w-]*/g));
}

// Cut "a{b}@media x{c{d}}" into its rules: [head, body], body null for "@import x;".
function rulesOf(css) {
  const rules = [];
  let from = 0;
  let brace = -1;
  let depth = 0;
  let quote = '';
  for (let i = 0; i < css.length; i++) {
    const c = css[i];
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{' && depth++ === 0) brace = i;
    else if (c === '}' && --depth === 0) {
      rules.push([css.slice(from, brace).trim(), css.slice(brace + 1, i)]);
      from = i + 1;
    } else if (c === ';' && depth === 0) from = i + 1;
  }
  if (depth !== 0 || quote) throw new Error('public_css: the style sheet does not end');
  return rules;
}

// "a,b:is(c,d)" at its outer commas.
function selectorsOf(head) {
  const list = [''];
  let depth = 0;
  for (const c of head) {
    if (c === '(' || c === '[') depth++;
    if (c === ')' || c === ']') depth--;
    if (c === ',' && depth === 0) list.push('');
    else list[list.length - 1] += c;
  }
  return list;
}

function pick(css, words) {
  const wanted = (selector) => {
    const bare = selector.replace(/:not\([^)]*\)|\[[^\]]*\]|"[^"]*"/g, '');
    return [...bare.matchAll(/[.#]([A-Za-z_][\w-]*)/g)].every(([, name]) => words.has(name));
  };
  return rulesOf(css).map(([head, body]) => {
    if (/^@(media|supports)/.test(head)) {
      const inner = pick(body, words);
      return inner ? `${head}{${inner}}` : '';
    }
    if (head.startsWith('@')) return `${head}{${body}}`;
    const kept = selectorsOf(head).filter(wanted);
    return kept.length > 0 ? `${kept.join(',')}{${body}}` : '';
  }).join('');
}

// The rules of `css` (as esbuild has written it) for the templates below `ui`.
export function publicCss(ui, css, scripts) {
  return pick(css, wordsOf(ui, scripts));
}
