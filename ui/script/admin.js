// What the admin runs: htmx, set up for a strict Content-Security-Policy, and our own elements.
// Every page works without any of it.
import htmx from 'htmx.org';
import './elements.js';
import { keys } from './keys.js';
import { listen } from './live.js';
import { palette } from './palette.js';

htmx.config.allowEval = false; // the policy forbids it anyway: hx-on and js: are off
htmx.config.includeIndicatorStyles = false; // an inline style; ours stand in zulauf.css
htmx.config.selfRequestsOnly = true;

// A summary of faults takes the focus, so that whoever cannot see it hears it.
document.querySelector('[data-focus]')?.focus();

// A file that somebody has just proved himself for.
document.querySelector('[data-download]')?.click();

// On a phone the tab one is on may lie beyond the edge.
const tab = document.querySelector('.tabs [aria-current]');
if (tab && tab.offsetLeft + tab.offsetWidth > tab.parentElement.clientWidth - 32) {
  tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}

// The menu's drawer on the phone closes when somebody taps beside it or presses Escape.
const drawer = document.querySelector('.nav details');
document.addEventListener('click', (event) => {
  if (drawer?.open && !drawer.contains(event.target)) drawer.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && drawer?.open) drawer.open = false;
});

// A card that is edited in place: the first field takes the focus, and its link takes it back.
document.addEventListener('htmx:afterSettle', (event) => {
  const card = event.detail.elt?.closest?.('#steckbrief') ?? document.getElementById('steckbrief');
  if (!card || !event.detail.requestConfig?.elt?.closest('#steckbrief, [hx-boost]')) return;
  card.querySelector('form .input, header a')?.focus({ preventScroll: true });
});
document.addEventListener('keydown', (event) => {
  const card = event.key === 'Escape' && event.target.closest?.('#steckbrief');
  card?.querySelector?.('[data-cancel]')?.click();
});

// Help beside a field: one at a time, closed by Escape and by a click beside it.
const openHint = () => document.querySelector('.hint[open]');
document.addEventListener('click', (event) => {
  for (const hint of document.querySelectorAll('.hint[open]')) if (!hint.contains(event.target)) hint.open = false;
});
document.addEventListener('keydown', (event) => {
  const hint = event.key === 'Escape' && openHint();
  if (!hint) return;
  hint.open = false;
  hint.querySelector('summary').focus();
});

// Its text stays inside the window.
document.addEventListener('toggle', (event) => {
  const text = event.target.matches?.('.hint[open]') && event.target.querySelector('.hint-text');
  if (!text || getComputedStyle(text).position === 'fixed') return;
  text.style.left = '';
  const { left, right } = text.getBoundingClientRect();
  const over = right - (document.documentElement.clientWidth - 16);
  if (over > 0) text.style.left = `${text.offsetLeft - Math.min(over, left - 16)}px`;
}, true);

// The tour shows what it speaks of.
const shownBy = { today: 'section[aria-labelledby=h-set]', forms: 'main .head .primary', leads: '.tbl.leads, main .filters', permit: '.permit, .tbl.leads .c-may', mine: 'section[aria-labelledby=h-mine]', help: '#tasten' };
const step = document.querySelector('[data-tour]');
if (step) document.querySelector(shownBy[step.dataset.tour])?.classList.add('toured');

listen(htmx);
keys(palette().open);
