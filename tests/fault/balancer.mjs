// A balancer as people have: TCP, round robin, back ends that do not say they are ready are left
// out, and what hangs on one that has gone is cut. Who comes while none is ready waits a little.
import http from 'node:http';
import net from 'node:net';

const LOOK_MS = 300;
const READY_MS = 2_000;
const STRIKES = 2; // this machine may be busy
const QUEUE_MS = 5_000;

function isReady(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/readyz', agent: false, timeout: READY_MS }, (reply) => {
      reply.resume();
      resolve(reply.statusCode === 200);
    });
    request.on('timeout', () => { request.destroy(); resolve(false); });
    request.on('error', () => resolve(false));
  });
}

class Balancer {
  constructor() {
    this.ends = []; // { port, good, sockets, served }
    this.turn = 0;
  }

  add(port) {
    this.ends.push({ port, good: true, missed: 0, sockets: new Set(), served: 0 });
  }

  next(tried) {
    for (let i = 0; i < this.ends.length; i += 1) {
      this.turn += 1;
      const end = this.ends[this.turn % this.ends.length];
      if (end.good && !tried.has(end)) return end;
    }
    return null;
  }

  pass(client, tried = new Set(), until = Date.now() + QUEUE_MS) {
    if (client.destroyed) return;
    const end = this.next(tried);
    if (!end) {
      if (this.ended || Date.now() >= until) client.destroy();
      else setTimeout(() => this.pass(client, new Set(), until), LOOK_MS);
      return;
    }
    tried.add(end);
    const server = net.connect(end.port, '127.0.0.1');
    server.once('connect', () => {
      end.served += 1;
      end.sockets.add(client);
      client.pipe(server).pipe(client);
    });
    let joined = false;
    server.once('connect', () => { joined = true; });
    server.on('error', () => {
      if (joined) client.destroy();
      else {
        end.good = false;
        this.pass(client, tried, until);
      }
    });
    server.on('close', () => { if (joined) client.destroy(); });
    client.on('close', () => { end.sockets.delete(client); server.destroy(); });
  }

  async look() {
    await Promise.all(this.ends.map(async (end) => {
      end.missed = await isReady(end.port) ? 0 : end.missed + 1;
      end.good = end.missed === 0 || (end.good && end.missed < STRIKES);
      if (!end.good) for (const client of end.sockets) client.destroy();
    }));
    if (!this.ended) this.timer = setTimeout(() => this.look(), LOOK_MS);
  }

  open() {
    this.server = net.createServer((client) => {
      client.on('error', () => {});
      this.pass(client);
    });
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = this.server.address().port;
        this.url = `http://127.0.0.1:${this.port}`;
        this.look();
        resolve(this);
      });
    });
  }

  stop() {
    this.ended = true;
    clearTimeout(this.timer);
    for (const end of this.ends) for (const client of end.sockets) client.destroy();
    this.server.close();
  }
}

export const startBalancer = () => new Balancer().open();
