// A public page in a frame of another website: it tells that page its height, and what the visitor
// has done. Only pages whose origin is on the form's list are heard and told (share/embed.js is the
// other side).
const parents = (document.body.dataset.parents ?? '').split(' ').filter(Boolean);

if (parents.length > 0 && window.parent !== window) {
  let listener = '';
  const tell = (what) => {
    if (listener) window.parent.postMessage({ zulauf: 1, ...what }, listener);
  };
  const fill = (name, value) => {
    for (const field of document.querySelectorAll(`form [name="${name}"]`)) if (typeof value === 'string' && value) field.value = value.slice(0, 2000);
  };
  const height = () => tell({ height: Math.ceil(document.body.getBoundingClientRect().height) });
  window.addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.parent || !parents.includes(origin) || data?.zulauf !== 1 || !data.hello) return;
    listener = origin;
    // Where the form stands, and how the visitor came there.
    fill('_page', data.page);
    fill('_referrer', data.referrer);
    height();
    if (/\/(sent|thanks)$/.test(location.pathname)) tell({ sent: true, go: document.querySelector('a[data-onward]')?.href });
  });
  new ResizeObserver(height).observe(document.body);
  window.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tell({ close: true });
  });
}
