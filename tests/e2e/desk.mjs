// A running server with an administrator and an API token, and what every test asks of it.
//
//   const desk = await startDesk({ args: ['--mail', `smtp://127.0.0.1:${peer.port}`] });
//   const form = await desk.form();                     // posted over the API, published
//   await desk.submit(form, { email: 'a@example.org' });
//   const link = await desk.confirmLink('a@example.org');
//   await desk.stop();
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { startZulauf, until } from './zulauf.mjs';

export const ADMIN = {
  name: 'Miriam Vogt', email: 'miriam.vogt@lindhorst.example', password: 'Regenbogen-Kran-7-Ost',
};

export const WORDING = 'Ja, ich möchte den Newsletter der Lindhorst Lagertechnik GmbH per E-Mail erhalten. ' +
  'Ich kann das jederzeit widerrufen.';

// A plain HTTP exchange: nothing followed, nothing added but what HTTP needs, any Host.
export function ask(url, { method = 'GET', headers = {}, body, agent, ms = 60_000 } = {}) {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? null : Buffer.from(body);
    const length = bytes ? { 'content-length': bytes.length } : {};
    const request = http.request(url, { method, agent, headers: { ...length, ...headers } }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('error', reject);
      reply.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: reply.statusCode, headers: reply.headers, text, get json() { return JSON.parse(text); } });
      });
    });
    request.setTimeout(ms, () => request.destroy(new Error(`no reply in ${ms} ms: ${method} ${url}`)));
    request.on('error', reject);
    request.end(bytes ?? undefined);
  });
}

export const asForm = (fields) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

export const asJson = (value) => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

export async function asMultipart(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Blob) form.append(name, value, value.name ?? 'datei.bin');
    else form.append(name, value);
  }
  const made = new Response(form);
  return { body: Buffer.from(await made.arrayBuffer()), headers: { 'content-type': made.headers.get('content-type') } };
}

function decodePart(text) {
  const at = text.indexOf('\r\n\r\n');
  const head = text.slice(0, at).replace(/\r\n[ \t]+/g, ' ');
  const body = text.slice(at + 4);
  const boundary = /content-type:\s*multipart\/[^;]+;.*boundary="?([^";\r\n]+)"?/i.exec(head);
  if (boundary) {
    return body.split(`--${boundary[1]}`).slice(1, -1).flatMap((part) => decodePart(part.replace(/^\r\n/, '')));
  }
  const type = /content-type:\s*([^;\s]+)/i.exec(head)?.[1] ?? 'text/plain';
  const coding = /content-transfer-encoding:\s*(\S+)/i.exec(head)?.[1]?.toLowerCase() ?? '7bit';
  if (coding === 'base64') return [{ type, text: Buffer.from(body, 'base64').toString('utf8') }];
  if (coding !== 'quoted-printable') return [{ type, text: body }];
  const plain = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return [{ type, text: Buffer.from(plain, 'latin1').toString('utf8') }];
}

// The parts of a MIME message as a reader would see them: [{type, text}].
export const mailParts = (mime) => decodePart(mime);

// The text part of a mail.
export const mailText = (mime) => mailParts(mime).find((part) => part.type === 'text/plain').text;

// The confirmation link that a mail carries.
export function linkOf(mime, kind = 'c') {
  const found = new RegExp(`https?://[^\\s"'<>]+/${kind}/[A-Za-z0-9_-]+`).exec(mailText(mime));
  if (!found) throw new Error(`the mail carries no /${kind}/ link:\n${mailText(mime)}`);
  return found[0];
}

// The number behind "ld_0D8QZ6K3T0R40" (src/base/id.h).
export const idOf = (text) => [...text.slice(3)].reduce((sum, c) => sum * 32n + BigInt('0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(c)), 0n);

export const USE = { confirm: 1, unsubscribe: 2, stamp: 8 };

// A link's token as the program writes it (src/keys/token.c), for links that no mail carries yet.
// `keys` is the `keys` of a keys.json.
export function signToken(keys, { use, workspace, subject, object = 0n, expires = 0 }) {
  const key = keys[use === USE.stamp ? 'stamp' : 'token'].at(-1);
  const wire = Buffer.alloc(32);
  wire.set([1, key.id, use]);
  wire.writeBigInt64BE(workspace, 3);
  wire.writeBigInt64BE(subject, 11);
  wire.writeBigInt64BE(object, 19);
  wire.writeUIntBE(expires, 27, 5);
  const mac = createHmac('sha256', Buffer.from(key.secret, 'base64url')).update(wire).digest();
  return Buffer.concat([wire, mac.subarray(0, 16)]).toString('base64url');
}

export const FORM = {
  name: 'Whitepaper Lagerplanung',
  language: 'de',
  double_opt_in: true,
  fields: [
    { key: 'email', required: true },
    { key: 'first_name', half: true },
    { key: 'last_name', half: true },
    { key: 'company' },
    { key: 'company_size', options: ['1-49', '50-249', '250+'] },
  ],
  consents: [{ purpose: 'newsletter', channel: 'email', text: WORDING }],
};

class Desk {
  constructor(server) {
    this.server = server;
  }

  async open() {
    const done = await ask(this.server.signInUrl, {
      method: 'POST', ...asJson(ADMIN), headers: { accept: 'application/json', 'content-type': 'application/json' },
    });
    if (done.status !== 200) throw new Error(`set-up: ${done.status} ${done.text}`);
    this.cookie = done.headers['set-cookie'][0].split(';', 1)[0];
    this.csrf = done.json.csrf;
    const scopes = ['leads_read', 'leads_write', 'leads_erase', 'export', 'forms_read', 'forms_write', 'outbox_read',
      'send_again', 'audit_read', 'settings_read', 'settings_write', 'people', 'workspaces', 'evidence', 'withdraw', 'account', 'import', 'wordings_approve', 'applicants'];
    this.token = await this.newToken('tests', scopes);
    return this;
  }

  // A token for these scopes, made in the signed-in session.
  async newToken(name, scopes) {
    const made = await ask(`${this.server.url}/api/v1/tokens`, {
      method: 'POST', body: JSON.stringify({ name, scopes }),
      headers: { 'content-type': 'application/json', cookie: this.cookie, 'x-csrf-token': this.csrf },
    });
    if (made.status !== 201) throw new Error(`a token: ${made.status} ${made.text}`);
    return made.json.data.token;
  }

  // One call of the API: path below /api/v1, body as JSON unless it is made by asForm and the like.
  api(method, path, body, { token = this.token, headers = {} } = {}) {
    const sent = body === undefined ? {} : body?.headers && body?.body !== undefined ? body : asJson(body);
    return ask(`${this.server.url}/api/v1${path}`, {
      method,
      body: sent.body,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...sent.headers, ...headers },
    });
  }

  // The same, and it must have gone well: its data.
  async data(method, path, body) {
    const reply = await this.api(method, path, body);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.json.data;
  }

  form(changes = {}) {
    return this.data('POST', '/forms', { ...FORM, ...changes });
  }

  // Submit as a program; the reply.
  submit(form, fields, { consents = ['newsletter:email'], query = '', ...rest } = {}) {
    const sent = asJson({ fields, consents });
    return ask(`${this.server.url}/f/${form.slug}${query}`, {
      method: 'POST', body: sent.body, ...rest,
      headers: { ...sent.headers, accept: 'application/json', ...rest.headers },
    });
  }

  async mailsTo(address) {
    const list = await this.data('GET', '/outbox?limit=200');
    return list.filter((mail) => mail.to.includes(address));
  }

  // The newest mail to an address, whole, once it is there.
  async mailTo(address) {
    const [newest] = await until(async () => {
      const mails = await this.mailsTo(address);
      return mails.length > 0 && mails;
    }, { what: `a mail to ${address}` });
    return this.data('GET', `/outbox/${newest.id}`);
  }

  async confirmLink(address) {
    return linkOf((await this.mailTo(address)).mime);
  }

  async leadOf(address) {
    const found = await this.data('GET', `/leads?query=${encodeURIComponent(address)}`);
    return found.find((lead) => lead.email === address) ?? null;
  }

  // Submit and confirm: a lead with a verified address.
  async confirmedLead(form, fields) {
    await this.submit(form, fields);
    const done = await ask(await this.confirmLink(fields.email), { method: 'POST', ...asForm({}) });
    if (done.status !== 200) throw new Error(`confirming: ${done.status} ${done.text}`);
    return this.leadOf(fields.email);
  }

  // A job that the server finds before its last attempt (or, beyond it, as one whose runs never came
  // back): it fails by itself, and is a dead letter. Its number.
  leaveUndone({ kind, payload, attempts = 4, of = 0 }) {
    const id = (BigInt(Date.now() - Date.UTC(2020, 0, 1)) << 22n) + (63n << 16n) + BigInt(this.undone = (this.undone ?? 0) + 1);
    const slot = BigInt.asUintN(64, id * 0x9E3779B97F4A7C15n) >> 58n; // src/jobs/job_store.c
    const workspace = of || '(SELECT MIN(id) FROM workspace)';
    this.server.sql('INSERT INTO job (slot, id, of_workspace_id, queue, job_state, run_at_ms, lease_until_ms, lease_token, attempts_n, payload, last_error) ' +
      `VALUES (${slot}, ${id}, ${workspace}, '${kind}', 0, 0, 0, 0, ${attempts}, '${payload}', '')`);
    return id;
  }

  // Sign with this server's own key ring.
  sign(token) {
    return signToken(JSON.parse(readFileSync(path.join(this.server.data, 'keys.json'), 'utf8')).keys, token);
  }

  stop() {
    return this.server.stopAndForget();
  }
}

// Options as startZulauf's; tests are no attack, so that the limit on requests stays out of the way.
export async function startDesk(options = {}) {
  const server = await startZulauf({
    ...options, args: ['--unlimited-from', '127.0.0.0/8', ...(options.args ?? [])],
  });
  try {
    return await new Desk(server).open();
  } catch (error) {
    await server.stop();
    throw new Error(`${error.message}\n${server.log()}`);
  }
}
