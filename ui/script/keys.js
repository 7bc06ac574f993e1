// Single keys, for whoever wants them (My account → Keyboard): never while somebody types, and
// never with Ctrl, Alt or the command key. What a key does is on the help page, from which "?"
// shows it.

const PAUSE_MS = 1500; // between "g" and the letter behind it

const places = { t: '/', m: '/leads/mine', l: '/leads', f: '/forms', c: '/campaigns', o: '/outbox', n: '/notices', s: '/settings', h: '/help' };

const shown = (element) => element.offsetParent !== null;

// The rows of the page's lists, as the links that open them.
const rows = () => [...document.querySelectorAll('main .tbl tbody .who a, main .list .grow a, main .list .as-link')].filter(shown);

function walk(way) {
  const links = rows();
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (way > 0 ? 0 : links.length - 1) : at + way];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

// Only where somebody may go: the menu says where that is.
function go(letter) {
  const path = places[letter];
  const link = path && document.querySelector(`.side a[href="${path}"], .top a[href="${path}"]`);
  link?.click();
  return Boolean(link);
}

async function showKeys() {
  const reply = await fetch('/help', { headers: { accept: 'text/html' } });
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
  const section = page.getElementById('tasten');
  if (!section) return;
  const dialog = document.createElement('dialog');
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'btn';
  close.textContent = document.querySelector('[data-go]').dataset.close;
  close.addEventListener('click', () => dialog.close());
  dialog.className = 'keys';
  section.id = 'tasten-hier';
  const head = section.querySelector('h2');
  head.id = 'h-tasten-hier';
  section.setAttribute('aria-labelledby', head.id);
  dialog.setAttribute('aria-labelledby', head.id);
  dialog.append(section, close);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

const deeds = {
  '?': () => showKeys(),
  '/': (open) => {
    const field = document.querySelector('#suche');
    if (field && shown(field)) field.focus();
    else open();
  },
  j: () => walk(1),
  k: () => walk(-1),
  n: () => document.querySelector('main .head a.btn.primary')?.click(),
  e: () => document.querySelector('main a[href$="/edit"]')?.click(),
};

export function keys(openPalette) {
  if (document.body.dataset.keys === 'off') return;
  let waiting = 0;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable], [role=listbox], [role=slider]') || document.querySelector('dialog[open]')) return;
    if (waiting && Date.now() - waiting < PAUSE_MS) {
      waiting = 0;
      if (go(event.key)) event.preventDefault();
      return;
    }
    waiting = 0;
    if (event.key === 'g') {
      waiting = Date.now();
    } else if (deeds[event.key]) {
      event.preventDefault();
      deeds[event.key](openPalette);
    }
  });
}
