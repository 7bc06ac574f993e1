// A name server on node:dgram that says what a test wants (RFC 1035).
//
//   const dns = await startDnsPeer({ 'gibts-nicht.de': 'nxdomain', 'gut.de': { mx: ['mail.gut.de'] } });
//   startDesk({ args: ['--dns', dns.address] });
//
// Of a name: 'nxdomain', 'servfail', 'refused', 'silent', or records: { mx: ['host' or ''], a: ['192.0.2.1'] }.
// What it does not know is NXDOMAIN, but for "com", which is there. `asked` keeps every question.
import dgram from 'node:dgram';

const TYPE = { 1: 'a', 2: 'ns', 15: 'mx', 28: 'aaaa' };
const CODE = { servfail: 2, nxdomain: 3, refused: 5 };

const nameBytes = (name) => Buffer.concat([
  ...name.split('.').filter(Boolean).map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
  Buffer.from([0]),
]);

function question(query) {
  const labels = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: TYPE[query.readUInt16BE(at + 1)], end: at + 5 };
}

function data(type, value) {
  if (type === 'mx') return Buffer.concat([Buffer.from([0, value === '' ? 0 : 10]), nameBytes(value)]);
  if (type === 'ns') return nameBytes(value);
  return Buffer.from(value.split('.').map(Number));
}

function reply(query, says, type, end) {
  const records = typeof says === 'object' ? says[type] ?? [] : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | (CODE[says] ?? 0), 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  const parts = records.map((record) => {
    const bytes = data(type, record);
    const front = Buffer.from([0xc0, 0x0c, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0]);
    front.writeUInt16BE(Number(Object.keys(TYPE).find((key) => TYPE[key] === type)), 2);
    front.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([front, bytes]);
  });
  return Buffer.concat([head, query.subarray(12, end), ...parts]);
}

export function startDnsPeer(names = {}) {
  const socket = dgram.createSocket('udp4');
  const peer = { names: { com: { ns: ['a.gtld-servers.net'] }, ...names }, asked: [],
    stop: () => new Promise((resolve) => { socket.close(resolve); }) };
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query);
    const says = peer.names[name] ?? 'nxdomain';
    peer.asked.push(`${name} ${type}`);
    if (says !== 'silent') socket.send(reply(query, says, type, end), from.port, from.address);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      peer.address = `127.0.0.1:${socket.address().port}`;
      resolve(peer);
    });
  });
}
