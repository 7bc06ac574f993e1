// Pages with data-live fetch that part anew when the server says that something changed. The
// stream says only that, never what; a hidden page listens again when it is looked at.

const PAUSE_MS = 1500; // a burst of changes is one fetch

export function listen(htmx) {
  const part = document.querySelector('[data-live]');
  if (!part?.id) return;
  let source = null;
  let timer = 0;
  const fetchAnew = () => {
    timer = 0;
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
    source = new EventSource(`/events?seen=${part.dataset.seen ?? ''}`);
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
