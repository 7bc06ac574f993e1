// What public pages run (forms, sign-in). They work without it.
import { askOnlyWhatApplies, walkSteps } from './questions.js';
import './framed.js';

// A summary of faults takes the focus, so that whoever cannot see it hears it.
document.querySelector('[data-focus]')?.focus({ preventScroll: false });

for (const form of document.querySelectorAll('form')) {
  // Sent once: a second click while the first is under way does nothing.
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    event.submitter?.classList.add('busy');
  });
}
// Back from the page that followed: the form may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('.btn.busy')) button.classList.remove('busy');
});

for (const form of document.querySelectorAll('form[data-form]')) {
  // Campaign parameters of the page go with the post.
  const action = form.getAttribute('action');
  if (location.search && !action.includes('?')) form.setAttribute('action', action + location.search);
  const referrer = form.elements.namedItem('_referrer');
  if (referrer && !referrer.value) referrer.value = document.referrer;
  // A fault that is being mended is no longer red; its sentence stays until the next post. What is
  // said above the form goes with the last of them.
  form.addEventListener('input', ({ target }) => {
    target.removeAttribute('aria-invalid');
    const box = target.closest('.field') ?? target.closest('.tick');
    if (box) box.dataset.mended = '';
    const open = [...form.querySelectorAll('.error')].some((fault) => !fault.closest('[data-mended]'));
    if (!open) form.querySelector('[data-focus]')?.remove();
  });
}

// --- counted, as sums only: that somebody began, and the last field of who left without sending ---

for (const form of document.querySelectorAll('form[data-count]')) {
  if (navigator.globalPrivacyControl || navigator.doNotTrack === '1') break;
  const tell = (what) => navigator.sendBeacon(form.dataset.count, new URLSearchParams(what));
  let last = '';
  form.addEventListener('input', ({ target }) => {
    if (!last) tell({ start: 1 });
    last = target.name.startsWith('consent.') ? 'consent' : target.name;
  });
  window.addEventListener('pagehide', () => {
    if (last && !form.dataset.sent) tell({ left: last });
    last = form.dataset.sent ? last : '';
  }, { once: true });
}

// --- proof of work: a worker solves it while somebody fills the form in ---

for (const proof of document.querySelectorAll('input[data-proof]')) {
  const { form } = proof;
  const worker = new Worker(proof.dataset.proof);
  let pressed = null;
  const solved = (number) => {
    proof.value = number;
    delete proof.dataset.proof;
    if (!pressed) return;
    pressed.button?.classList.remove('busy');
    form.requestSubmit(pressed.button);
  };
  worker.onmessage = ({ data }) => solved(data);
  worker.onerror = () => solved('');
  worker.postMessage({ salt: form.elements.namedItem('stamp').value, challenge: proof.dataset.challenge, max: Number(proof.dataset.max) });
  // Sent before it is done: it goes by itself a moment later.
  form.addEventListener('submit', (event) => {
    if (!proof.dataset.proof) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed = { button: event.submitter };
    event.submitter?.classList.add('busy');
  }, true);
}

for (const form of document.querySelectorAll('form[data-form]')) {
  askOnlyWhatApplies(form);
  form.addEventListener('input', () => askOnlyWhatApplies(form));
  form.addEventListener('change', () => askOnlyWhatApplies(form));
  walkSteps(form);
}
