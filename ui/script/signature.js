// A field to sign in: strokes as an SVG path in whole numbers, which is what is kept as evidence.
const pathMax = 20000;

export function signaturePad(box) {
  const canvas = box.querySelector('canvas');
  const clear = box.querySelector('[data-clear]');
  const name = box.querySelector('input');
  const pen = canvas.getContext('2d');
  let path = '';
  let last = null;
  const style = () => {
    pen.lineWidth = 3;
    pen.lineCap = pen.lineJoin = 'round';
    pen.strokeStyle = getComputedStyle(canvas).color;
  };
  const place = (event) => {
    const r = canvas.getBoundingClientRect();
    const fit = (v, size, max) => Math.max(0, Math.min(max, Math.round((v / size) * max)));
    return [fit(event.clientX - r.left, r.width, canvas.width), fit(event.clientY - r.top, r.height, canvas.height)];
  };
  const move = (event) => {
    if (!last) return;
    for (const e of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = place(e);
      if (Math.abs(x - last[0]) + Math.abs(y - last[1]) < 3 || path.length > pathMax) continue;
      pen.beginPath();
      pen.moveTo(...last);
      pen.lineTo(x, y);
      pen.stroke();
      path += `L${x} ${y}`;
      last = [x, y];
    }
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    style();
    last = place(event);
    path += `M${last[0]} ${last[1]}`;
    event.preventDefault();
  });
  canvas.addEventListener('pointermove', move);
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { last = null; box.dispatchEvent(new Event('input', { bubbles: true })); });
  clear.addEventListener('click', () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    path = '';
    name.value = '';
  });
  // What was signed, or null.
  return () => {
    const drawn = (path.match(/L/g) ?? []).length >= 2;
    const typed = name.value.trim();
    if (box.hidden || (!drawn && !typed)) return null;
    return { ...(drawn ? { path, width: canvas.width, height: canvas.height } : {}), ...(typed ? { name: typed } : {}) };
  };
}
