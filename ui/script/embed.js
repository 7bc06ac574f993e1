// What other websites load to show a form: /embed.js. It sets no cookie and stores nothing, but for
// `data-once` where the page says that its visitor agrees (data-consent="yes").
//
//   <zulauf-form src="https://…/f/kontakt"></zulauf-form>                     in the text
//   <zulauf-form src="…" data-as="popup" data-after="10" data-once></zulauf-form>  pop-up, slide, bar
//   <iframe src="…?embed=light" data-zulauf></iframe>                         a frame: its height
//
// Style is set by script (CSSOM), so that a page's policy needs script-src and frame-src only.
(() => {
  if (customElements.get('zulauf-form')) return;

  const WORDS = { de: { close: 'Schließen', open: 'Zum Formular' }, en: { close: 'Close', open: 'Open the form' } };
  const PASSED_ON = /^(utm_(source|medium|campaign|term|content|id)|gclid|gbraid|wbraid|fbclid|msclkid|li_fat_id|ttclid)$/;
  const HEIGHT_MAX = 10000;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host { display: block; } :host([data-as]) { display: contents; }
iframe { display: block; width: 100%; height: 480px; border: 0; color-scheme: auto; }
dialog, section { box-sizing: border-box; padding: 0; border: 1px solid #74878d; border-radius: 12px; background: #fff; color: #12262c; color-scheme: light; font: 16px/1.5 system-ui, sans-serif; box-shadow: 0 8px 40px rgb(0 0 0 / .25); overflow: auto; overscroll-behavior: contain; }
.dark { background: #122024; color: #e4edee; color-scheme: dark; }
dialog { width: min(600px, calc(100vw - 16px)); max-width: none; max-height: calc(100dvh - 16px); }
dialog::backdrop { background: rgb(0 0 0 / .5); }
section { position: fixed; z-index: 2147483000; right: 16px; bottom: 16px; width: min(420px, calc(100vw - 32px)); max-height: calc(100dvh - 32px); }
section.bar { left: 0; right: 0; bottom: 0; width: auto; border-width: 1px 0 0; border-radius: 0; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 12px 64px 12px 16px; padding-bottom: max(12px, env(safe-area-inset-bottom)); }
.bar p { flex: 1 1 200px; margin: 0; font-weight: 600; }
button { min-height: 44px; padding: 8px 20px; border: 0; border-radius: 8px; background: var(--zulauf-colour, #0b6070); color: #fff; font: 600 16px/1.5 system-ui, sans-serif; cursor: pointer; }
button:focus-visible { outline: 3px solid #0b6070; outline-offset: 2px; box-shadow: 0 0 0 2px #fff; }
.x { position: sticky; top: 8px; z-index: 1; display: grid; place-items: center; width: 44px; margin: 8px 8px 0 auto; padding: 0; background: #e9efef; color: #12262c; font-size: 24px; line-height: 1; }
.bar .x { position: absolute; top: 4px; right: 0; }
@media (prefers-reduced-motion: no-preference) { dialog, section { animation: come .25s ease-out; } @keyframes come { from { opacity: 0; translate: 0 16px; } } }
@media print { dialog, section { display: none; } }`);

  // --- frames: who sends is known by window and origin, before anything is read ---

  const frames = [];

  addEventListener('message', ({ source, origin, data }) => {
    if (data?.zulauf !== 1) return;
    for (const one of frames) if (one.frame.contentWindow === source && one.origin === origin) one.heard(data);
  });

  function watch(frame, on) {
    const { origin } = new URL(frame.src, location.href);
    const hello = () => {
      // A document of our own stands there only before the frame's is loaded.
      if (frame.isConnected && !frame.contentDocument) {
        frame.contentWindow.postMessage({ zulauf: 1, hello: true, page: location.href.split('#')[0], referrer: document.referrer }, origin);
      }
    };
    const heard = (data) => {
      if (data.height > 0 && data.height <= HEIGHT_MAX) frame.style.height = `${data.height}px`;
      if (data.close) on.close?.();
      if (!data.sent) return;
      on.target.dispatchEvent(new CustomEvent('zulauf-sent', { bubbles: true }));
      if (/^https?:/.test(data.go ?? '')) location.assign(data.go);
    };
    for (let i = frames.length; i--;) if (!frames[i].frame.isConnected) frames.splice(i, 1);
    frame.addEventListener('load', hello);
    frames.push({ frame, origin, heard });
    hello();
  }

  function make(name, set, ...inner) {
    const made = Object.assign(document.createElement(name), set);
    made.append(...inner);
    return made;
  }

  // --- <zulauf-form> ---

  class ZulaufForm extends HTMLElement {
    static observedAttributes = ['data-consent'];

    connectedCallback() {
      const url = URL.canParse?.(this.getAttribute('src') ?? '') === false ? null : new URL(this.getAttribute('src'));
      if (this.shadowRoot || !url || !/^https?:$/.test(url.protocol)) return;
      this.url = url;
      this.key = `zulauf:${url.origin}${url.pathname}`;
      this.words = WORDS[(this.lang || document.documentElement.lang || 'de').slice(0, 2)] ?? WORDS.en;
      this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
      if (this.dataset.as) this.wait();
      else this.shadowRoot.append(this.frame());
    }

    disconnectedCallback() {
      this.stop?.();
    }

    // Whether the visitor has seen it may be kept on his device only with his consent (§ 25 TDDDG).
    attributeChangedCallback() {
      if (this.dataset.consent === 'yes') {
        if (this.shown) this.remember();
      } else if (this.dataset.consent === 'no') {
        try { localStorage.removeItem(this.key); } catch { /* storage is off */ }
      }
    }

    get mayStore() {
      return 'once' in this.dataset && this.dataset.consent === 'yes';
    }

    get seen() {
      try { return this.mayStore && localStorage.getItem(this.key) !== null; } catch { return false; }
    }

    remember() {
      try { if (this.mayStore) localStorage.setItem(this.key, '1'); } catch { /* storage is off */ }
    }

    get dark() {
      return /dark/.test(getComputedStyle(document.documentElement).colorScheme) && matchMedia('(prefers-color-scheme: dark)').matches;
    }

    frame() {
      const src = new URL(this.url);
      src.searchParams.set('embed', this.dark ? 'auto' : 'light');
      for (const [name, value] of new URLSearchParams(location.search)) {
        if (PASSED_ON.test(name) && !src.searchParams.has(name)) src.searchParams.set(name, value);
      }
      const frame = make('iframe', { src: src.href, title: this.dataset.title || this.textContent.trim() });
      queueMicrotask(() => watch(frame, { target: this, close: () => this.close?.() }));
      return frame;
    }

    // Whichever rule comes true first; none: at once.
    wait() {
      const { after, scroll } = this.dataset;
      const done = new AbortController();
      const fire = () => {
        this.stop();
        if (this.seen) return;
        this.shown = true;
        this.remember();
        this[this.dataset.as === 'bar' ? 'bar' : this.dataset.as === 'slide' ? 'slide' : 'popup']();
      };
      const timer = after === undefined ? 0 : setTimeout(fire, Number(after) * 1000);
      this.stop = () => {
        clearTimeout(timer);
        done.abort();
      };
      const far = () => {
        const room = document.documentElement.scrollHeight - innerHeight;
        if (room <= 0 || scrollY / room * 100 >= Number(scroll)) fire();
      };
      if (scroll !== undefined) addEventListener('scroll', far, { signal: done.signal, passive: true });
      if ('exit' in this.dataset) {
        document.documentElement.addEventListener('mouseleave', (event) => event.clientY <= 0 && fire(), { signal: done.signal });
      }
      if (after === undefined && scroll === undefined && !('exit' in this.dataset)) fire();
    }

    closing(box) {
      this.close = () => {
        box.remove();
        this.close = null;
      };
      const button = make('button', { type: 'button', className: 'x', textContent: '×', title: this.words.close });
      button.setAttribute('aria-label', this.words.close);
      button.addEventListener('click', () => this.close());
      return button;
    }

    box(name, className) {
      const box = make(name, { className: `${className} ${this.dark ? 'dark' : ''}` });
      box.setAttribute('aria-label', this.dataset.title || this.textContent.trim());
      box.append(this.closing(box));
      return box;
    }

    // A dialog of the browser's own: it holds the focus, gives it back, and closes with Escape.
    popup() {
      const box = this.box('dialog', 'popup');
      const close = this.close;
      this.close = () => box.close();
      box.addEventListener('close', close);
      box.addEventListener('click', (event) => event.target === box && box.close());
      box.append(this.frame());
      this.shadowRoot.append(box);
      box.showModal();
    }

    // Beside the page: it takes no focus from what the visitor is doing.
    slide(className = 'slide', ...inner) {
      const box = this.box('section', className);
      box.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
      box.append(...(inner.length ? inner : [this.frame()]));
      this.shadowRoot.append(box);
    }

    bar() {
      const { colour } = this.dataset;
      if (/^#[0-9a-f]{6}$/.test(colour ?? '')) this.style.setProperty('--zulauf-colour', colour);
      const button = make('button', { type: 'button', textContent: this.dataset.button || this.words.open });
      button.addEventListener('click', () => {
        this.close();
        this.popup();
      });
      this.slide('bar', make('p', { textContent: this.dataset.text || this.dataset.title || this.textContent.trim() }), button);
    }
  }

  customElements.define('zulauf-form', ZulaufForm);

  // What a consent banner may call: document.dispatchEvent(new CustomEvent('zulauf-consent', { detail: true }))
  document.addEventListener('zulauf-consent', ({ detail }) => {
    for (const form of document.querySelectorAll('zulauf-form')) form.dataset.consent = detail === false ? 'no' : 'yes';
  });

  const frame = () => {
    for (const one of document.querySelectorAll('iframe[data-zulauf]')) if (!frames.some((known) => known.frame === one)) watch(one, { target: one });
  };
  frame();
  document.addEventListener('DOMContentLoaded', frame);
})();
