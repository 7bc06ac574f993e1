// "Go to" (Ctrl K): every page, form and command somebody may see, from the page /go, and leads from
// the search of the API. The server decides what is there; this only finds it. Without script the
// button leads to the page itself.

const WAIT_MS = 180; // what is typed in one go is one search
const RECENT = 5;

// "Müller", "Mueller" and "muller" are the same; so are "Straße" and "Strasse".
export function fold(text) {
  return text.toLowerCase().replaceAll('ß', 'ss').normalize('NFD').replace(/\p{M}/gu, '')
    .replaceAll('ae', 'a').replaceAll('oe', 'o').replaceAll('ue', 'u');
}

// How well an item fits what was typed: 0 not at all; the beginning of a word counts most.
export function fits(haystack, query) {
  let score = 1;
  for (const word of fold(query).split(/\s+/).filter(Boolean)) {
    const at = haystack.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 4 : haystack[at - 1] === ' ' ? 3 : 1;
  }
  return score;
}

const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
};

// What was opened lately is known to this tab alone, while the session lasts.
function recentOf(mine) {
  try {
    const kept = JSON.parse(sessionStorage.getItem('go'));
    return kept?.mine === mine ? kept.items : [];
  } catch {
    return [];
  }
}

export function palette() {
  const button = document.querySelector('[data-go]');
  if (!button) return { open() {} };
  const words = button.dataset;
  let dialog = null;
  let input;
  let list;
  let told;
  let items = null; // of /go
  let leads = [];
  let shown = [];
  let at = 0;
  let timer = 0;
  let asking = null;

  const remember = (item) => {
    if (!item.href) return;
    const items = [{ label: item.label, href: item.href }, ...recentOf(words.mine).filter((one) => one.href !== item.href)];
    sessionStorage.setItem('go', JSON.stringify({ mine: words.mine, items: items.slice(0, RECENT) }));
  };

  const choose = (item) => {
    if (!item) return;
    remember(item);
    if (item.form) {
      const form = document.importNode(item.form, true);
      form.hidden = true;
      document.body.append(form);
      if (item.again) { // language and display: back to the page one was on
        fetch(form.getAttribute('action'), { method: 'POST', body: new URLSearchParams(new FormData(form)), redirect: 'manual' }).then(() => location.reload());
      } else {
        if (form.getAttribute('action') === '/sign-out') sessionStorage.removeItem('go');
        form.requestSubmit();
      }
      return;
    }
    dialog.close();
    location.href = item.href;
  };

  const mark = () => {
    const options = list.querySelectorAll('[role=option]');
    at = Math.max(0, Math.min(at, options.length - 1));
    options.forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    if (options[at]) {
      input.setAttribute('aria-activedescendant', options[at].id);
      options[at].scrollIntoView({ block: 'nearest' });
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  };

  const draw = () => {
    const query = input.value.trim();
    const found = [];
    if (query === '') {
      for (const item of recentOf(words.mine)) found.push({ ...item, group: words.recent });
      found.push(...(items ?? []).filter((item) => !item.form || item.again === false).slice(0, 30));
    } else {
      const scored = (items ?? []).map((item) => ({ item, score: fits(item.haystack, query) })).filter((one) => one.score > 0);
      scored.sort((a, b) => b.score - a.score);
      // In groups as they stand, the group of the best first.
      const groups = [...new Set(scored.map((one) => one.item.group))];
      for (const group of groups) found.push(...scored.filter((one) => one.item.group === group).map((one) => one.item).slice(0, 8));
      found.push(...leads);
      if (words.search === 'yes') found.push({ group: words.leads, label: words.all.replace('%', query), href: `/leads?query=${encodeURIComponent(query)}` });
    }
    shown = found;
    list.replaceChildren();
    let group = null;
    let box = null;
    found.forEach((item, i) => {
      if (item.group !== group) {
        group = item.group;
        const head = make('p', { id: `go-g${i}`, role: 'presentation' }, group);
        box = make('div', { role: 'group', 'aria-labelledby': head.id }, head);
        list.append(box);
      }
      const option = make('div', { role: 'option', id: `go-o${i}` }, make('span', {}, item.label));
      if (item.detail) option.append(make('small', {}, item.detail));
      option.addEventListener('click', () => choose(item));
      box.append(option);
    });
    const nothing = query !== '' && found.length === (words.search === 'yes' ? 1 : 0);
    told.textContent = asking ? words.searching : nothing ? words.nothing : query === '' ? words.hint : words.count.replace('%', found.length - (words.search === 'yes' ? 1 : 0));
    mark();
  };

  const searchLeads = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
    leads = [];
    const query = input.value.trim();
    if (words.search !== 'yes' || query.length < 2) return;
    timer = setTimeout(async () => {
      const mine = new AbortController();
      asking = mine;
      draw();
      try {
        const reply = await fetch(`/api/v1/leads?limit=6&query=${encodeURIComponent(query)}`, { signal: mine.signal, headers: { accept: 'application/json' } });
        const { data } = reply.ok ? await reply.json() : { data: [] };
        if (asking !== mine) return;
        leads = data.map((lead) => ({ group: words.leads, label: lead.name || lead.email || lead.id, detail: [lead.company, lead.email].filter((one) => one && one !== lead.name).join(' · '), href: `/leads/${lead.id}` }));
      } catch {
        if (asking !== mine) return;
      }
      asking = null;
      draw();
    }, WAIT_MS);
  };

  const build = () => {
    input = make('input', { class: 'input', type: 'text', inputmode: 'search', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'go-results', 'aria-autocomplete': 'list', 'aria-label': words.input, placeholder: words.input, autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'go' });
    list = make('div', { id: 'go-results', role: 'listbox', 'aria-label': words.results });
    told = make('p', { class: 'told', role: 'status' });
    const close = make('button', { class: 'btn quiet', type: 'button' }, words.close);
    close.addEventListener('click', () => dialog.close());
    dialog = make('dialog', { class: 'palette', 'aria-label': words.input }, make('div', { class: 'palette-top' }, input, close), list, told);
    document.body.append(dialog);
    input.addEventListener('input', () => {
      at = 0;
      searchLeads();
      draw();
    });
    input.addEventListener('keydown', (event) => {
      const way = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
      if (way) {
        const count = list.querySelectorAll('[role=option]').length;
        at = Math.abs(way) === 1 ? (at + way + count) % Math.max(count, 1) : at + way;
        mark();
        event.preventDefault();
      } else if (event.key === 'Enter' && !event.isComposing) {
        event.preventDefault();
        choose(shown[at]);
      }
    });
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
  };

  const load = async () => {
    const reply = await fetch('/go', { headers: { accept: 'text/html' } });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
    const root = page.getElementById('go-list');
    if (!root) return;
    words.search = root.hasAttribute('data-leads') ? 'yes' : 'no';
    items = [...root.querySelectorAll('section')].flatMap((section) => {
      const group = section.querySelector('h2').textContent;
      return [...section.querySelectorAll('li')].map((li) => {
        const link = li.querySelector('a');
        const deed = li.querySelector('button');
        const label = (link ?? deed).textContent.trim();
        return { group, label, href: link?.getAttribute('href'), form: deed?.closest('form') ?? null, again: deed ? deed.hasAttribute('data-again') : false, haystack: fold(`${label} ${link?.dataset.words ?? ''}`) };
      });
    });
    draw();
  };

  const open = () => {
    if (!dialog) build();
    if (dialog.open) return;
    document.querySelector('dialog[open]')?.close();
    input.value = '';
    at = 0;
    leads = [];
    dialog.showModal();
    input.focus();
    draw();
    load();
  };

  button.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      open();
    }
  });
  // On the phone the search is a sheet: the same one.
  document.querySelector('.top form .find')?.addEventListener('click', (event) => {
    if (document.querySelector('.top form input').offsetParent !== null) return;
    event.preventDefault();
    open();
  });
  document.querySelectorAll('form[action="/sign-out"]').forEach((form) => form.addEventListener('submit', () => sessionStorage.removeItem('go')));
  return { open };
}
