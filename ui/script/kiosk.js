// A form on a tablet at a stand. Nothing is left on the device: no cookie, no storage, no cache; each
// visitor gets a fresh copy of the form, and what was entered is sealed for the server at once and
// waits in this page's memory alone until it has arrived.
import { askOnlyWhatApplies, walkSteps } from './questions.js';
import { base64url, fromBase64url, randomText, seal } from './seal.js';
import { signaturePad } from './signature.js';
import { parseCard } from './vcard.js';

const body = document.body;
const words = document.getElementById('k-words').dataset;
const main = document.getElementById('inhalt');
const part = (name) => document.getElementById(`k-${name}`);
const publicKey = fromBase64url(body.dataset.key);
const idleMs = Number(body.dataset.idle) * 1000;
const warnMs = Math.min(10000, idleMs / 2); // so long the countdown is seen
const doneMs = 12000; // the thanks go by themselves
const patienceMs = 4000; // how long a visitor is kept waiting for an answer
const waits = [2, 4, 8, 15, 30, 60]; // seconds between tries
const knockMs = 60000; // how often it is asked whether this stand is still open

const queue = []; // {box, late}: sealed, and not yet taken
let screen = 'start';
let who = ''; // of the team, at the stand now
let form = null;
let signed = () => null;
let touchedAt = Date.now();
let dirty = false;
let busy = false;
let over = false; // the stand is closed: nothing more is collected
let refused = 0;
let tries = 0;
let timer = 0;
let camera = null;

const fill = (text, gaps) => text.replace(/\{(\w+)\}/g, (all, key) => gaps[key] ?? all);

// --- screens ---

// Each is a fresh copy; nothing of the one before is left in the page.
function show(wanted, focus) {
  const name = over ? 'over' : wanted;
  stopCamera();
  if (part('sure').open) part('sure').close();
  screen = name;
  form = null;
  dirty = false;
  busy = false;
  touchedAt = Date.now();
  main.replaceChildren(part(name).content.cloneNode(true));
  part('next').hidden = name === 'start' || name === 'over';
  part('idle').hidden = true;
  part('who').textContent = name === 'start' || name === 'over' ? '' : who;
  window.scrollTo(0, 0);
  if (name === 'ask') prepare();
  if (name === 'start') for (const r of main.querySelectorAll('[name="k-staff"]')) r.checked = r.value === who;
  if (focus) main.querySelector('h1').focus();
}

function prepare() {
  form = main.querySelector('form');
  askOnlyWhatApplies(form);
  walkSteps(form);
  const pad = form.querySelector('[data-sign]');
  signed = pad ? signaturePad(pad) : () => null;
  const mayScan = window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
  form.querySelector('[data-scan]').hidden = !mayScan;
  form.querySelector('[data-no-camera]').hidden = mayScan;
  offerSignature();
}

function offerSignature() {
  const pad = form.querySelector('[data-sign]');
  if (pad) pad.hidden = !form.querySelector('[name^="consent."]:checked');
}

// Whoever holds the tablet is told to hand it on; what was still waiting is tried once more, as what
// comes late, and counted if it is not taken.
function close() {
  if (over) return;
  over = true;
  show('over', true);
  showQueue();
  if (queue.length > 0 && !timer) timer = setTimeout(flush, 0);
}

function done(waiting) {
  show('done', false);
  main.querySelector('[data-later]').hidden = !waiting;
  main.querySelector('[data-now]').hidden = waiting;
  main.querySelector('h1').focus();
}

// --- nobody there any more ---

function tick() {
  const left = (screen === 'done' ? doneMs : idleMs) - (Date.now() - touchedAt);
  if (screen === 'start' || screen === 'over' || busy) return;
  if (left <= 0) {
    show('start', true);
    return;
  }
  const seen = screen === 'ask' && left <= warnMs;
  if (seen) part('idle-text').textContent = fill(words.idle, { seconds: Math.ceil(left / 1000) });
  part('idle').hidden = !seen;
}

const touched = () => {
  touchedAt = Date.now();
  part('idle').hidden = true;
};

// --- what is sent ---

function showQueue() {
  const n = queue.length;
  const text = refused > 0 ? fill(words.refused, { count: refused }) : '';
  part('queue').textContent = [n === 1 ? words.waitingOne : n > 1 ? fill(words.waitingMany, { count: n }) : '', text].filter(Boolean).join(' ');
  part('queue').classList.toggle('on', n > 0 || text !== '');
}

async function post(item) {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), 15000);
  try {
    const reply = await fetch(location.pathname, {
      method: 'POST', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal: stop.signal,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ box: item.box, late: item.late }),
    });
    return { status: reply.status, body: await reply.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  } finally {
    clearTimeout(limit);
  }
}

// Says that the tablet is there, and learns that its stand was closed.
async function knock() {
  if (over) return;
  const reply = await fetch(`${location.pathname}/here`, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', headers: { accept: 'application/json' } }).catch(() => null);
  if (reply?.status === 410) close();
}

const drop = (item) => {
  const at = queue.indexOf(item);
  if (at >= 0) queue.splice(at, 1);
};

// One try. True: it is settled.
async function deliver(item) {
  const { status, body: reply } = await post(item);
  if (status === 202) drop(item);
  else if (status === 422 && !item.left) {
    drop(item);
    item.faults = reply.errors ?? [];
  } else if (status === 410 && !item.late) {
    item.late = true; // a stand whose days are over takes what was typed before
    close();
    return false;
  } else if (status === 410) {
    drop(item);
    refused++;
    close();
  } else if (status === 400 || status === 404 || status === 413) {
    drop(item);
    refused++;
  } else {
    item.late = true;
    return false;
  }
  return true;
}

async function flush() {
  clearTimeout(timer);
  timer = 0;
  while (queue.length > 0) {
    const item = queue.find((i) => !i.underway);
    if (!item) return;
    item.underway = true;
    const settled = await deliver(item);
    item.underway = false;
    showQueue();
    if (!settled) {
      timer = setTimeout(flush, waits[Math.min(tries++, waits.length - 1)] * 1000);
      return;
    }
    tries = 0;
  }
}

// --- faults ---

function faultAt(name, text) {
  const field = [...form.elements].find((f) => f.name === name && !f.disabled);
  if (!field) return null;
  const box = field.closest('.field, .tick, fieldset') ?? field.parentElement;
  const id = `${field.id || name}-e`;
  box.querySelector('.error')?.remove();
  const p = document.createElement('p');
  p.className = 'error';
  p.id = id;
  p.textContent = text;
  box.append(p);
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', [field.getAttribute('aria-describedby'), id].filter(Boolean).join(' '));
  return field;
}

function showFaults(list) {
  for (const p of form.querySelectorAll('p.error')) p.remove();
  const fields = list.map(({ field, text }) => faultAt(field.replace(/^fields\./, ''), text)).filter(Boolean);
  const first = fields[0];
  if (first?.closest('[data-step]')?.hidden) {
    // The form leads to a step by a link to one of its fields (questions.js).
    const link = document.createElement('a');
    link.href = `#${first.id}`;
    form.append(link);
    link.click();
    link.remove();
    history.replaceState(null, '', location.pathname);
  }
  first?.focus();
  first?.scrollIntoView({ block: 'center' });
  return fields.length > 0;
}

function check() {
  const wrong = [...form.elements].filter((f) => f.willValidate && !f.checkValidity());
  return wrong.map((f) => ({ field: f.name, text: f.validity.valueMissing ? (f.type === 'checkbox' ? words.tick : words.required) : f.validity.typeMismatch && f.type === 'email' ? words.email : f.validationMessage }));
}

// --- an entry ---

function collect() {
  const fields = {};
  const consents = [];
  for (const f of form.elements) {
    if (!f.name || f.disabled || f.name.startsWith('k-') || f.type === 'submit') continue;
    if (f.name.startsWith('consent.')) {
      const at = f.name.lastIndexOf('.');
      if (f.checked) consents.push(`${f.name.slice(8, at)}:${f.name.slice(at + 1)}`);
    } else if (f.type === 'checkbox' && f.closest('fieldset.choices')) {
      if (f.checked) fields[f.name] = [...(fields[f.name] ?? []), f.value];
    } else if (f.type !== 'checkbox' || f.checked) fields[f.name] = f.value;
  }
  const by = form.querySelector('[name="k-by"]:checked')?.value ?? 'visitor';
  const note = form.querySelector('[name="k-note"]').value.trim();
  return {
    key: randomText(16), version: body.dataset.version, at: new Date().toISOString(), staff: who,
    entered_by: by === 'visitor' ? 'visitor' : form.dataset.card ? 'card' : 'staff',
    ...(by !== 'visitor' && note ? { note } : {}), fields, consents, signature: signed(),
  };
}

async function submit() {
  if (busy) return;
  const wrong = check();
  if (showFaults(wrong)) return;
  const own = form; // somebody may go on to the next visitor before there is an answer
  busy = true;
  own.querySelector('[type="submit"]').classList.add('busy');
  const item = { box: base64url(seal(publicKey, JSON.stringify(collect()))), late: false, left: false, underway: true };
  queue.push(item);
  const first = deliver(item).then((settled) => {
    item.underway = false;
    return settled;
  });
  const answered = await Promise.race([first, new Promise((go) => setTimeout(go, patienceMs, null))]);
  if (item.faults && form === own) {
    busy = false;
    own.querySelector('[type="submit"]').classList.remove('busy');
    touched();
    showFaults(item.faults.map((f) => ({ field: f.field, text: f.detail ?? f.text })));
    return;
  }
  item.left = true;
  if (form === own) done(queue.includes(item));
  showQueue();
  if (answered === null) await first;
  // The visitor has gone: what the server could not take as it stands comes again, and is kept aside there.
  if (item.faults) {
    delete item.faults;
    item.late = true;
    queue.push(item);
  }
  showQueue();
  if (queue.length > 0 && !timer) timer = setTimeout(flush, answered === null ? 0 : waits[0] * 1000);
}

// --- a card ---

function stopCamera() {
  camera?.abort();
  camera = null;
  const box = part('camera');
  if (box.open) box.close();
}

function fillIn(card) {
  let filled = 0;
  for (const [key, text] of Object.entries(card)) {
    const field = [...form.elements].find((f) => f.name === key && f.type !== 'checkbox' && f.type !== 'hidden');
    if (!field) continue;
    field.value = text;
    if (field.value === text) filled++;
  }
  form.dataset.card = 'yes';
  form.querySelector('[name="k-by"][value="staff"]').checked = true;
  form.dispatchEvent(new Event('input', { bubbles: true }));
  form.dispatchEvent(new Event('change', { bubbles: true }));
  return filled;
}

async function readCard() {
  const note = form.querySelector('[data-scan-note]');
  const own = new AbortController();
  camera = own;
  note.textContent = '';
  part('camera').showModal();
  try {
    const { scan } = await import(body.dataset.scan);
    const text = await scan(part('video'), own.signal);
    touched();
    const card = parseCard(text);
    const filled = card ? fillIn(card) : 0;
    note.textContent = card ? fill(words.cardRead, { count: filled }) : words.cardNone;
  } catch (error) {
    if (!own.signal.aborted) note.textContent = error?.name === 'NotAllowedError' ? words.cameraDenied : words.cameraFailed;
  }
  if (camera === own) stopCamera();
}

// --- hands on ---

document.addEventListener('click', (event) => {
  const hit = event.target.closest('[data-do]');
  switch (hit?.dataset.do) {
    case 'start':
      document.documentElement.requestFullscreen?.().catch(() => {});
      show('ask', true);
      break;
    case 'next':
      if (dirty && screen === 'ask') part('sure').showModal();
      else show('ask', true);
      break;
    case 'discard': show('ask', true); break;
    case 'keep': part('sure').close(); break;
    case 'here': touched(); break;
    case 'scan': readCard(); break;
    case 'stop-scan': stopCamera(); break;
  }
});
document.addEventListener('submit', (event) => {
  if (event.target !== form || event.defaultPrevented) return;
  event.preventDefault();
  submit();
});
document.addEventListener('input', (event) => {
  if (!form?.contains(event.target)) return;
  dirty = true;
  event.target.removeAttribute?.('aria-invalid');
  askOnlyWhatApplies(form);
  offerSignature();
});
document.addEventListener('change', (event) => {
  if (event.target.name === 'k-staff') who = event.target.value;
  if (!form) return;
  askOnlyWhatApplies(form);
  offerSignature();
});
for (const kind of ['pointerdown', 'keydown', 'input', 'touchmove', 'wheel']) document.addEventListener(kind, touched, { passive: true, capture: true });
window.addEventListener('online', () => { tries = 0; flush(); });
window.addEventListener('beforeunload', (event) => {
  if (queue.length > 0) event.preventDefault();
});
// Nothing typed comes back with a page from the browser's memory.
window.addEventListener('pagehide', () => show('start', false));
document.addEventListener('contextmenu', (event) => event.preventDefault());
document.addEventListener('dragstart', (event) => event.preventDefault());

show('start', false);
setInterval(tick, 500);
setInterval(knock, knockMs);
showQueue();
