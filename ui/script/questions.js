// Conditions and steps of a form. Without script everything is shown, and the server judges the same.

function answers(form, key) {
  return [...form.elements].filter((field) => field.name === key && !field.disabled)
    .flatMap((field) => (field.type === 'checkbox' ? (field.checked ? [field.value] : []) : field.value.trim() ? [field.value.trim()] : []));
}

// In the order of the form: a question looks back only, so one pass settles them all.
export function askOnlyWhatApplies(form) {
  for (const box of form.querySelectorAll('[data-when]')) {
    const given = answers(form, box.dataset.when);
    box.hidden = box.dataset.is ? !given.includes(box.dataset.is) : given.length === 0;
    for (const field of box.querySelectorAll('input, select, textarea')) field.disabled = box.hidden;
  }
}

export function walkSteps(form) {
  const steps = [...form.querySelectorAll('[data-step]')];
  if (steps.length < 2) return;
  const last = form.querySelector('[data-last]');
  const place = document.createElement('p');
  const nav = document.createElement('div');
  const back = document.createElement('button');
  const next = document.createElement('button');
  place.className = 'step-at';
  nav.className = 'step-nav';
  back.type = next.type = 'button';
  back.className = 'btn';
  next.className = 'btn primary';
  back.textContent = form.dataset.back;
  next.textContent = form.dataset.next;
  nav.append(back, next);
  steps[0].before(place);
  last.before(nav);
  const submit = last.querySelector('button[type=submit]');
  const foot = document.createElement('div');
  foot.className = 'step-nav';
  submit.before(foot);
  foot.append(submit);
  let at = 0;
  const asks = (step) => [...step.querySelectorAll('.questions > *')].some((box) => !box.hidden);
  const beside = (way) => {
    let to = at + way;
    while (steps[to] && !asks(steps[to])) to += way;
    return to;
  };
  const show = (to, focus) => {
    at = to;
    for (const step of steps) step.hidden = step !== steps[at];
    const shown = steps.filter(asks);
    const ends = !steps[beside(1)];
    place.textContent = form.dataset.at.replace('{n}', shown.indexOf(steps[at]) + 1).replace('{count}', shown.length);
    back.hidden = !steps[beside(-1)];
    nav.hidden = ends;
    (ends ? foot : nav).prepend(back);
    last.hidden = !ends;
    if (focus) steps[at].querySelector('legend').focus();
  };
  const forward = () => {
    const fault = [...steps[at].querySelectorAll('input, select, textarea')].find((field) => !field.disabled && !field.checkValidity());
    if (fault) fault.reportValidity();
    else show(beside(1), true);
  };
  next.addEventListener('click', forward);
  back.addEventListener('click', () => show(beside(-1), true));
  // Enter in the middle goes on instead of sending half a form.
  form.addEventListener('submit', (event) => {
    if (!last.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    forward();
  }, true);
  form.addEventListener('input', () => show(at, false));
  // The summary of faults leads to a field of any step.
  form.addEventListener('click', (event) => {
    const target = event.target.closest('a[href^="#"]') && document.getElementById(event.target.closest('a').hash.slice(1));
    const step = target?.closest('[data-step]');
    if (step) show(steps.indexOf(step), false);
    else if (target) show(steps.length - 1, false);
  });
  const wrong = steps.findIndex((step) => step.querySelector('[aria-invalid], .error'));
  const elsewhere = wrong < 0 && last.querySelector('[aria-invalid]');
  show(elsewhere ? steps.length - 1 : Math.max(wrong, 0), false);
}
