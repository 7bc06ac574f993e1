// Pages hear when the server says that something changed. The stream says only that, never what:
// the bell then asks for its count, and the part with data-live is fetched anew. A hidden page
// listens again when it is looked at.

const PAUSE_MS = 1500; // a burst of changes is one fetch

// The bell's count, beside it and in the tab's title.
async function ring(bell) {
  const reply = await fetch('/api/v1/notices/count', { headers: { accept: 'application/json' } });
  if (!reply.ok) return;
  const { unread } = (await reply.json()).data;
  bell.querySelector('[data-n]').textContent = unread;
  bell.querySelector('.count').hidden = unread === 0;
  document.title = (unread > 0 ? `(${unread}) ` : '') + document.title.replace(/^\(\d+\) /, '');
}

export function listen(htmx) {
  const part = document.querySelector('[data-live][id]');
  const bell = document.getElementById('glocke');
  if (!part && !bell) return;
  let source = null;
  let timer = 0;
  const fetchAnew = () => {
    timer = 0;
    if (bell) ring(bell).catch(() => {}); // the next change asks again
    if (!part) return;
    const focused = document.activeElement;
    if (part.contains(focused) && focused.matches('input, textarea, select')) return;
    htmx.ajax('GET', part.dataset.live, {
      target: `#${part.id}`,
      select: `#${part.id} > *`,
      swap: 'innerHTML',
    });
  };
  const changed = () => {
    if (!timer) timer = setTimeout(fetchAnew, PAUSE_MS);
  };
  const open = () => {
    if (source) return;
    source = new EventSource(`/events?seen=${part?.dataset.seen ?? bell?.dataset.seen ?? ''}`);
    source.addEventListener('change', changed);
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      close();
    } else {
      open();
      changed();
    }
  });
  window.addEventListener('pagehide', close);
  open();
}
