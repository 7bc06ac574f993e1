// A whitepaper whose download broke off goes on where it was: ranges of /a/{token}, over real sockets.
import net from 'node:net';
import { expect, test } from '@playwright/test';
import { asForm, asMultipart, ask, idOf, startDesk } from './desk.mjs';

let desk;
let files; // by name: { id, bytes }
const SIZE = 700_003; // three chunks, the last one short
const big = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.from(Array.from({ length: SIZE - 9 }, (_, i) => (i * 31 + (i >> 8)) & 255))]);
const text = Buffer.from('Lagerplanung für alle. '.repeat(200));

async function upload(name, type, bytes) {
  const file = await desk.data('POST', '/files', await asMultipart({ file: Object.assign(new Blob([bytes], { type }), { name }) }));
  return { id: file.id, bytes };
}

test.beforeAll(async () => {
  desk = await startDesk();
  files = {
    big: await upload('lager.pdf', 'application/pdf', big),
    text: await upload('lager.txt', 'text/plain', text),
    one: await upload('eins.pdf', 'application/pdf', Buffer.from('%')),
  };
});
test.afterAll(() => desk?.stop());

let counter = 0;
// A lead who has confirmed, and what his link is: as the page after confirming shows it.
async function promised(file = files.big) {
  const form = await desk.form({ name: `Blatt ${(counter += 1)}`, download: file.id });
  const email = `leser${counter}@example.org`;
  await desk.submit(form, { email });
  const done = await ask(await desk.confirmLink(email), { method: 'POST', ...asForm({}) });
  expect(done.status).toBe(200);
  const path = /href="(\/a\/[^"]+)"/.exec(done.text)[1];
  const lead = await desk.leadOf(email);
  const count = async () => (await desk.data('GET', `/leads/${lead.id}/timeline?limit=200`)).filter((t) => t.kind === 'downloaded').length;
  return { path, lead, count };
}

// What comes over a socket of its own: the head as it stands there, and the bytes behind it.
function wire(path, lines = [], { method = 'GET', upTo } = {}) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect(desk.server.port, '127.0.0.1');
    const whole = () => {
      const all = Buffer.concat(parts), end = all.indexOf('\r\n\r\n');
      const [status, ...head] = all.subarray(0, end).toString('latin1').split('\r\n');
      resolve({
        status: Number(status.split(' ')[1]),
        headers: Object.fromEntries(head.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])),
        bytes: all.subarray(end + 4),
      });
    };
    socket.on('error', reject);
    socket.on('data', (part) => {
      parts.push(part);
      if (upTo && Buffer.concat(parts).length > upTo) { socket.destroy(); whole(); } // the phone lost its network
    });
    socket.on('end', whole);
    socket.write(`${[`${method} ${path} HTTP/1.1`, `Host: ${new URL(desk.server.url).host}`, 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`);
  });
}
const range = (path, value, more = []) => wire(path, [`Range: ${value}`, ...more]);

test('what broke off goes on, byte by byte the same, and is one download', async () => {
  const { path, count } = await promised();
  const begun = await wire(path, [], { upTo: 300_000 });
  const { etag } = begun.headers;
  expect([begun.status, begun.headers['accept-ranges'], begun.headers['content-length']]).toEqual([200, 'bytes', String(SIZE)]);
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/); // a strong one
  const at = begun.bytes.length;
  expect(at).toBeLessThan(SIZE);
  const rest = await range(path, `bytes=${at}-`, [`If-Range: ${etag}`]);
  expect(rest.status).toBe(206);
  expect(rest.headers['content-range']).toBe(`bytes ${at}-${SIZE - 1}/${SIZE}`);
  expect(rest.headers['content-length']).toBe(String(SIZE - at));
  expect(rest.headers['content-type']).toBe('application/pdf');
  expect(rest.headers['content-disposition']).toContain('lager.pdf');
  expect(rest.headers['content-security-policy']).toMatch(/^sandbox/);
  expect(Buffer.concat([begun.bytes, rest.bytes]).equals(big)).toBe(true);
  expect(await count()).toBe(1);
});

const PARTS = [
  ['bytes=0-1', 0, 1], ['bytes=0-0', 0, 0], ['BYTES=10-19', 10, 19], ['bytes=262143-262144', 262143, 262144],
  ['bytes=262144-524287', 262144, 524287], [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE - 1], ['bytes=-1', SIZE - 1, SIZE - 1],
  ['bytes=-300000', SIZE - 300000, SIZE - 1], ['bytes=-99999999999999999999999', 0, SIZE - 1],
  ['bytes=5-99999999999999999999999', 5, SIZE - 1], ['bytes=0-', 0, SIZE - 1],
];
test('each part is what lies there', async () => {
  const { path } = await promised();
  for (const [value, from, to] of PARTS) {
    const part = await range(path, value);
    expect([part.status, part.headers['content-range'], part.headers['content-length']], value)
      .toEqual([206, `bytes ${from}-${to}/${SIZE}`, String(to - from + 1)]);
    expect(part.bytes.equals(big.subarray(from, to + 1)), value).toBe(true);
  }
});

const WHOLE = ['bytes=', 'bytes', 'bytes=-', 'bytes=5', 'bytes=9-5', 'bytes=--5', 'bytes=+1-5', 'bytes=0x1-5', 'bytes=1-5-9', 'lines=0-5', 'none',
  'bytes=0-1,5-6', 'bytes=0-,0-,0-,0-', 'bytes=0-1,', 'bytes=a-b', 'bytes=1-2;3'];
test('what cannot be read, and several at once, are the whole file', async () => {
  const { path } = await promised(files.one);
  for (const value of WHOLE) {
    const whole = await range(path, value);
    expect([whole.status, whole.headers['content-range'], whole.bytes.toString()], value).toEqual([200, undefined, '%']);
  }
  const twice = await wire(path, ['Range: bytes=0-0', 'Range: bytes=0-0']);
  expect(twice.status).not.toBe(206);
});

test('behind the end there is nothing: 416 with the length, and no download is counted', async () => {
  const { path, count } = await promised();
  for (const value of [`bytes=${SIZE}-`, `bytes=${SIZE}-${SIZE + 5}`, 'bytes=-0', 'bytes=18446744073709551616-', 'bytes=99999999999999999999999-99999999999999999999999999']) {
    const none = await range(path, value);
    expect([none.status, none.headers['content-range'], none.headers['content-length'], none.bytes.length], value).toEqual([416, `bytes */${SIZE}`, '0', 0]);
  }
  expect(await count()).toBe(0);
});

test('If-Range: another file, a weak tag or a date begin anew', async () => {
  const { path } = await promised(files.text);
  const { etag } = (await wire(path, [], { method: 'HEAD' })).headers;
  expect((await range(path, 'bytes=5-', [`If-Range: ${etag}`])).status).toBe(206);
  for (const begun of ['"anders"', `W/${etag}`, etag.slice(1, -1), 'Sun, 06 Nov 1994 08:49:37 GMT', `"x", ${etag}`, '*', '']) {
    const whole = await range(path, 'bytes=5-', [`If-Range: ${begun}`]);
    expect([whole.status, whole.bytes.equals(text)], begun).toEqual([200, true]);
  }
  const beyond = await range(path, 'bytes=999999-', ['If-Range: "anders"']);
  expect(beyond.status).toBe(200); // not of this file: no 416 either
  expect((await wire(path, ['If-Match: "anders"'])).status).toBe(412);
  expect((await wire(path, [`If-Match: ${etag}`])).status).toBe(200);
  const known = await wire(path, [`If-None-Match: W/${etag}`]);
  expect([known.status, known.headers.etag, known.bytes.length]).toEqual([304, etag, 0]);
});

test('HEAD says how long it is and that parts are given, and takes no part itself', async () => {
  const { path, count } = await promised();
  for (const lines of [[], ['Range: bytes=5-9'], [`Range: bytes=${SIZE}-`]]) {
    const head = await wire(path, lines, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.headers['accept-ranges'], head.headers['content-range'], head.bytes.length])
      .toEqual([200, String(SIZE), 'bytes', undefined, 0]);
  }
  expect(await count()).toBe(0);
});

test('a text is never compressed: its parts are parts of the same bytes', async () => {
  const { path } = await promised(files.text);
  const packed = ['Accept-Encoding: gzip'];
  const whole = await wire(path, packed);
  expect([whole.headers['content-encoding'], whole.bytes.equals(text)]).toEqual([undefined, true]);
  const part = await range(path, 'bytes=100-2099', packed);
  expect([part.headers['content-encoding'], part.bytes.equals(text.subarray(100, 2100)), part.headers.etag]).toEqual([undefined, true, whole.headers.etag]);
});

test('a download counts where it begins: no first look, no part of it, no second one for going on', async () => {
  const { path, count } = await promised();
  await range(path, 'bytes=0-1'); // as Safari asks first
  await range(path, 'bytes=0-1023');
  expect(await count()).toBe(0);
  await range(path, 'bytes=0-');
  expect(await count()).toBe(1);
  // A manager that takes four parts at once.
  const parts = await Promise.all([0, 1, 2, 3].map((i) => range(path, `bytes=${i * 200_000}-${i * 200_000 + 199_999}`)));
  expect(Buffer.concat(parts.map((part) => part.bytes)).equals(big)).toBe(true);
  expect(await count()).toBe(2);
  await range(path, 'bytes=-500');
  await range(path, 'bytes=1-');
  expect(await count()).toBe(2);
  await wire(path);
  expect(await count()).toBe(3);
  const small = await promised(files.one); // all of it, however little that is
  await range(small.path, 'bytes=0-0');
  expect(await small.count()).toBe(1);
});

test('a part outlives its link no more than the whole, and is nobody else\'s', async () => {
  const { path, lead, count } = await promised();
  const workspace = idOf((await desk.data('GET', '/workspaces'))[0].id);
  const of = { use: 4, workspace, subject: idOf(lead.id), object: idOf(files.big.id) };
  const now = Math.floor(Date.now() / 1000);
  const again = `/a/${desk.sign({ ...of, expires: now + 3600 })}`;
  expect((await range(again, 'bytes=0-1')).status).toBe(206);
  const { etag } = (await wire(path, [], { method: 'HEAD' })).headers;
  const wrong = [[{ ...of, expires: now - 3600 }, 410], [{ ...of, workspace: workspace + 1n, expires: now + 3600 }, 404], [{ ...of, use: 1, expires: now + 3600 }, 404],
    [{ ...of, object: of.object + 1n, expires: now + 3600 }, 404]];
  for (const [token, status] of wrong) {
    const refused = await range(`/a/${desk.sign(token)}`, 'bytes=1-', [`If-Range: ${etag}`]);
    expect([refused.status, refused.headers['content-range'], refused.headers.etag]).toEqual([status, undefined, undefined]);
  }
  expect((await range(`${path}x`, 'bytes=1-')).status).toBe(404);
  expect(await count()).toBe(0);
});
