// A worker: finds the number whose SHA-256 behind the salt is the challenge. Without crypto.subtle,
// which pages over plain HTTP do not have, and which is slower for so many short texts.

const K = [];
const START = [];
for (let n = 2; K.length < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (START.length < 8) START.push((Math.sqrt(n) * 2 ** 32) | 0);
  K.push((Math.cbrt(n) * 2 ** 32) | 0);
}
const w = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function block(h, bytes, at) {
  for (let i = 0; i < 16; i += 1) {
    const b = at + i * 4;
    w[i] = (bytes[b] << 24) | (bytes[b + 1] << 16) | (bytes[b + 2] << 8) | bytes[b + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    w[i] = (w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, z] = h;
  for (let i = 0; i < 64; i += 1) {
    const t = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    z = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += z;
}

onmessage = ({ data: { salt, challenge, max } }) => {
  const wanted = Int32Array.from(challenge.match(/.{8}/g), (part) => Number.parseInt(part, 16));
  const head = new TextEncoder().encode(salt);
  const bytes = new Uint8Array(((head.length + 8 + 9 + 63) >> 6) << 6);
  for (let n = 0; n < max; n += 1) {
    const digits = String(n);
    const length = head.length + digits.length;
    const end = ((length + 9 + 63) >> 6) << 6;
    bytes.fill(0);
    bytes.set(head);
    for (let i = 0; i < digits.length; i += 1) bytes[head.length + i] = digits.charCodeAt(i);
    bytes[length] = 0x80;
    bytes[end - 2] = (length * 8) >> 8;
    bytes[end - 1] = length * 8;
    const h = Int32Array.from(START);
    for (let at = 0; at < end; at += 64) block(h, bytes, at);
    if (h.every((word, i) => word === wanted[i])) {
      postMessage(n);
      return;
    }
  }
  postMessage('');
};
