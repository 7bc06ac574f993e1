// Small custom elements around plain HTML that works without them.
import { fold } from './palette.js';

// A form of filters that sends itself when a choice changes; the button stays for the keyboard.
customElements.define(
  'auto-submit',
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener('change', (event) => {
        if (event.target.matches('select')) this.querySelector('form').requestSubmit();
      });
      // On a phone the choices are folded away, but the search.
      const fold = this.querySelector('.fold');
      if (fold && !this.querySelector('.filters').dataset.set) {
        fold.hidden = false;
        this.classList.add('folded');
        fold.addEventListener('click', () => {
          const open = !this.classList.toggle('folded');
          fold.setAttribute('aria-expanded', open);
        });
      }
      // Empty choices need not stand in the address.
      this.addEventListener('submit', (event) => {
        for (const field of event.target.elements) {
          if (field.name && field.value === '') field.disabled = true;
        }
      });
      window.addEventListener('pageshow', () => {
        for (const field of this.querySelectorAll(':disabled')) field.disabled = false;
      });
    }
  },
);

// A button whose deed cannot be undone: the first press asks, the second does it.
customElements.define(
  'ask-first',
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener('click', (event) => {
        const button = event.target.closest('button');
        if (!button || this.asked) return;
        event.preventDefault();
        this.asked = true;
        const words = [...button.childNodes];
        button.replaceChildren(this.dataset.ask);
        button.classList.add('sure');
        // Whoever does not want it says so by a button; anywhere else does as well.
        const no = document.createElement('button');
        no.type = 'button';
        no.className = 'btn quiet';
        no.textContent = document.body.dataset.cancel;
        this.after(no);
        const calm = () => {
          this.asked = false;
          button.replaceChildren(...words);
          button.classList.remove('sure');
          no.remove();
        };
        button.addEventListener('blur', calm, { once: true });
      });
    }
  },
);

// A colour may be picked, too; the field beside it takes what other places tell.
for (const text of document.querySelectorAll('input.input[name="brand_colour"]')) {
  const pick = document.createElement('input');
  const row = document.createElement('div');
  const known = () => (/^#[0-9a-f]{6}$/i.test(text.value) ? text.value : text.placeholder);
  pick.type = 'color';
  pick.className = 'swatch';
  pick.ariaLabel = text.labels[0]?.textContent.trim();
  pick.value = known();
  row.className = 'row nowrap-row';
  text.replaceWith(row);
  row.append(text, pick);
  pick.addEventListener('input', () => {
    text.value = pick.value;
    text.dispatchEvent(new Event('input', { bubbles: true }));
  });
  text.addEventListener('input', () => { pick.value = known(); });
}

// Back to the page before, as the browser kept it: with what was typed.
document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-back]') || history.length < 2) return;
  event.preventDefault();
  history.back();
});

// A form whose entries are not lost in silence: it says that there are unsaved ones, and the browser
// asks before they go. "unsaved": it came back with what was typed.
for (const form of document.querySelectorAll('form[data-guard]')) {
  let unsaved = false;
  const mark = (now) => {
    unsaved = now;
    for (const told of form.querySelectorAll('[data-unsaved]')) told.hidden = !now;
  };
  mark(form.dataset.guard === 'unsaved');
  form.addEventListener('input', () => mark(true));
  form.addEventListener('submit', () => mark(false));
  window.addEventListener('beforeunload', (event) => {
    if (unsaved) event.preventDefault();
  });
}

// A text with a button that copies it.
customElements.define(
  'copy-text',
  class extends HTMLElement {
    connectedCallback() {
      const field = this.querySelector('input, textarea');
      const button = this.querySelector('button');
      if (!navigator.clipboard) return;
      button.hidden = false;
      field.addEventListener('focus', () => field.select());
      button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.done;
      });
    }
  },
);

customElements.define(
  'print-page',
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener('click', () => window.print());
    }
  },
);

// The help's search: what does not hold the words is hidden, and it says so if nothing is left.
customElements.define(
  'page-find',
  class extends HTMLElement {
    connectedCallback() {
      const input = this.querySelector('input');
      const told = this.querySelector('[role=status]');
      const parts = [...document.querySelectorAll('#hilfe > section')];
      this.hidden = false;
      input.addEventListener('input', () => {
        const words = fold(input.value).split(/\s+/).filter(Boolean);
        const holds = (part) => words.every((word) => fold(part.textContent).includes(word));
        for (const part of parts) part.hidden = !holds(part);
        told.textContent = parts.every((part) => part.hidden) ? told.dataset.none : '';
      });
    }
  },
);

// A table that scrolls inside its card can be scrolled with the keyboard.
const reachable = () => {
  for (const box of document.querySelectorAll('.scroll')) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  }
};
reachable();
window.addEventListener('resize', reachable);
