// Between Zulauf and PostgreSQL: a proxy that understands enough of the protocol to break at the
// worst moment, and one that lets bytes disappear.
//
//   const proxy = await startProxy({ port: pg.port });
//   proxy.cutNext = 'after';   // the next COMMIT of a write takes place, its answer is lost
//   proxy.cutNext = 'before';  // … does not reach the server
//   proxy.cutClaims = 2;       // so are the answers to the next two questions what became of it
//   proxy.hole(true);          // nothing passes and nothing is closed; false: all passes again
//   proxy.closeAll();
//   proxy.shut();              // the next who comes is kept waiting, all after him are turned away
//   proxy.letIn();             // who was kept waiting gets through; the others still do not
//   proxy.unshut();            // everybody does again
//
// Source: postgresql.org/docs/15/protocol-message-formats.html
import net from 'node:net';

const COMMIT_DONE = Buffer.from('COMMIT\0');
const INSERT_DONE = Buffer.from('INSERT 0 1\0');

// Whole messages of a client's stream: { type, bytes }; the first has no type.
class Frames {
  constructor() {
    this.rest = Buffer.alloc(0);
    this.begun = false;
  }

  take(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    const whole = [];
    for (;;) {
      const head = this.begun ? 1 : 0;
      if (this.rest.length < head + 4) return whole;
      const length = head + this.rest.readUInt32BE(head);
      if (this.rest.length < length) return whole;
      whole.push({ type: this.begun ? String.fromCharCode(this.rest[0]) : '', bytes: this.rest.subarray(0, length) });
      this.rest = this.rest.subarray(length);
      this.begun = true; // without SSL and GSS in the URL, the first message is the only one of its kind
    }
  }
}

function queryOf({ type, bytes }) {
  if (type !== 'P') return '';
  const name = bytes.indexOf(0, 5);
  return bytes.toString('latin1', name + 1, bytes.indexOf(0, name + 1));
}

class Link {
  constructor(proxy, client) {
    this.proxy = proxy;
    this.client = client;
    this.frames = new Frames();
    this.receipt = false; // this transaction has sent its receipt: a COMMIT is a write's
    this.waitFor = null;  // cut once the server has said this
    this.answered = false; // the server's words have reached the client
    this.server = net.connect(proxy.to.port, proxy.to.host);
    for (const socket of [client, this.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.end());
    }
    client.on('data', (bytes) => this.fromClient(bytes));
    this.server.on('data', (bytes) => this.fromServer(bytes));
    if (proxy.isHole) this.pause(true);
  }

  fromClient(bytes) {
    for (const frame of this.frames.take(bytes)) {
      const query = queryOf(frame);
      if (query.startsWith('INSERT INTO receipt')) {
        if (!query.includes('ON CONFLICT')) this.receipt = true;
        else if (this.proxy.cutClaims > 0) {
          this.proxy.cutClaims -= 1;
          this.proxy.cuts.claim += 1;
          this.waitFor = INSERT_DONE;
        }
      }
      if (query === 'BEGIN' || query === 'ROLLBACK') this.receipt = false;
      if (query === 'COMMIT' && this.receipt) {
        this.receipt = false;
        this.proxy.commits += 1;
        const how = this.proxy.cutNext;
        if (how) {
          this.proxy.cutNext = null;
          this.proxy.cuts[how] += 1;
          if (how === 'before') return this.end();
          this.waitFor = COMMIT_DONE;
        }
      }
      if (this.server.writable) this.server.write(frame.bytes);
    }
    return undefined;
  }

  fromServer(bytes) {
    if (this.waitFor) {
      if (bytes.includes(this.waitFor)) this.end();
      return;
    }
    if (!this.client.writable) return;
    this.answered = true;
    this.client.write(bytes);
  }

  pause(hole) {
    for (const socket of [this.client, this.server]) {
      if (hole) socket.pause();
      else socket.resume();
    }
  }

  end() {
    this.client.destroy();
    this.server.destroy();
    this.proxy.links.delete(this);
  }
}

class Proxy {
  constructor(to) {
    this.to = { host: '127.0.0.1', ...to };
    this.links = new Set();
    this.cuts = { before: 0, after: 0, claim: 0 };
    this.commits = 0;
    this.cutNext = null;
    this.cutClaims = 0;
    this.isHole = false;
    this.isShut = false;
    this.kept = null;
    this.turnedAway = 0;
    this.metLast = 0; // when, by Date.now()
  }

  open() {
    this.server = net.createServer((client) => this.meet(client));
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = this.server.address().port;
        resolve(this);
      });
    });
  }

  meet(client) {
    this.metLast = Date.now();
    if (this.isShut && this.kept) {
      this.turnedAway += 1;
      client.destroy();
      return;
    }
    const link = new Link(this, client);
    this.links.add(link);
    if (this.isShut) {
      this.kept = link;
      link.pause(true);
    }
  }

  shut() {
    this.isShut = true;
    this.kept = null;
  }

  letIn() {
    this.kept.pause(false);
  }

  unshut() {
    this.isShut = false;
  }

  hole(isHole) {
    this.isHole = isHole;
    for (const link of this.links) link.pause(isHole);
  }

  closeAll() {
    for (const link of [...this.links]) link.end();
  }

  stop() {
    this.closeAll();
    this.server.close();
  }
}

export const startProxy = (to) => new Proxy(to).open();

// What a URL needs so that the stream can be read.
export const PLAIN = '?sslmode=disable&gssencmode=disable';
