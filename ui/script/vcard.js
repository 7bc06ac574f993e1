// A business card out of a QR code: vCard 2.1, 3.0 and 4.0 (RFC 2426, 6350), and MECARD.
// What comes out are texts by our own keys of fields; what is not known is left out.

const known = ['first_name', 'last_name', 'title', 'salutation', 'company', 'department', 'job_title', 'email', 'phone', 'mobile', 'street', 'postcode', 'city', 'country', 'website'];

// "a\;b;c" at its bare separators.
function cut(text, at) {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) parts[parts.length - 1] += text[i] + text[++i];
    else if (text[i] === at) parts.push('');
    else parts[parts.length - 1] += text[i];
  }
  return parts;
}

const plain = (text) => text.replace(/\\([nN])/g, '\n').replace(/\\(.)/g, '$1').replace(/\s*\n\s*/g, ', ').trim();

function quotedPrintable(text, charset) {
  const bytes = [];
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === '=' && /^[0-9A-Fa-f]{2}$/.test(text.slice(i + 1, i + 3));
    if (hex) {
      bytes.push(Number.parseInt(text.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(...new TextEncoder().encode(text[i]));
  }
  try {
    return new TextDecoder(charset || 'utf-8').decode(Uint8Array.from(bytes));
  } catch {
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}

// Lines as they were before they were folded. A quoted-printable line goes on behind "=".
function unfold(text) {
  const lines = [];
  for (const raw of text.replace(/\r\n?/g, '\n').split('\n')) {
    const last = lines.length - 1;
    if (/^[ \t]/.test(raw) && last >= 0) lines[last] += raw.slice(1);
    else if (last >= 0 && lines[last].endsWith('=') && /ENCODING=QUOTED-PRINTABLE|;QUOTED-PRINTABLE/i.test(lines[last])) lines[last] = lines[last].slice(0, -1) + raw;
    else lines.push(raw);
  }
  return lines;
}

function property(line) {
  const colon = [...line].reduce((found, c, i) => {
    if (found.at >= 0) return found;
    if (c === '"') found.quoted = !found.quoted;
    else if (c === ':' && !found.quoted) found.at = i;
    return found;
  }, { at: -1, quoted: false }).at;
  if (colon < 0) return null;
  const [name, ...params] = line.slice(0, colon).split(';');
  const types = [];
  let value = line.slice(colon + 1);
  let charset = '';
  let quoted = false;
  for (const param of params) {
    const [key, given] = param.includes('=') ? [param.slice(0, param.indexOf('=')), param.slice(param.indexOf('=') + 1)] : ['TYPE', param];
    const upper = key.toUpperCase();
    if (upper === 'TYPE') types.push(...given.replace(/"/g, '').toUpperCase().split(','));
    if (upper === 'CHARSET') charset = given;
    if (upper === 'PREF') types.push('PREF');
    quoted ||= (upper === 'ENCODING' || upper === 'TYPE') && given.toUpperCase() === 'QUOTED-PRINTABLE';
  }
  if (quoted) value = quotedPrintable(value, charset);
  return { name: name.slice(name.lastIndexOf('.') + 1).trim().toUpperCase(), types, value: value.trim() };
}

// Of several the preferred one, else the one for work, else the first.
function best(list) {
  const rank = (p) => (p.types.includes('PREF') ? 2 : 0) + (p.types.includes('WORK') ? 1 : 0);
  return list.reduce((a, b) => (a && rank(a) >= rank(b) ? a : b), null);
}

function names(card, all) {
  const n = all.find((p) => p.name === 'N' && p.value.replace(/;/g, '').trim());
  if (n) {
    const [last, first, , prefix] = cut(n.value, ';').map(plain);
    Object.assign(card, { last_name: last, first_name: first, title: prefix });
    return;
  }
  const full = plain(all.find((p) => p.name === 'FN')?.value ?? '');
  const space = full.lastIndexOf(' ');
  if (space > 0) Object.assign(card, { first_name: full.slice(0, space), last_name: full.slice(space + 1) });
  else card.last_name = full;
}

function numbers(card, all) {
  const tel = all.filter((p) => p.name === 'TEL' && !p.types.includes('FAX') && !p.types.includes('PAGER'));
  const number = (p) => plain(p?.value ?? '').replace(/^tel:/i, '');
  const isMobile = (p) => p.types.includes('CELL') || p.types.includes('MOBILE');
  card.mobile = number(best(tel.filter(isMobile)));
  card.phone = number(best(tel.filter((p) => !isMobile(p))));
}

function vcard(text) {
  const all = unfold(text).map(property).filter((p) => p?.value);
  const card = {};
  const first = (name) => plain(all.find((p) => p.name === name)?.value ?? '');
  const chosen = (name) => best(all.filter((p) => p.name === name));
  names(card, all);
  numbers(card, all);
  const [company, department] = cut(all.find((p) => p.name === 'ORG')?.value ?? '', ';').map(plain);
  const [, extra, street, city, , postcode, country] = cut(chosen('ADR')?.value ?? '', ';').map(plain);
  const where = street || extra;
  Object.assign(card, {
    company, department, city, postcode, country, street: where, job_title: first('TITLE') || first('ROLE'),
    email: plain(chosen('EMAIL')?.value ?? '').replace(/^mailto:/i, ''), website: plain(chosen('URL')?.value ?? ''),
  });
  return card;
}

function mecard(text) {
  const card = {};
  const tels = [];
  for (const part of cut(text.replace(/^MECARD:/i, ''), ';')) {
    const colon = part.indexOf(':');
    const value = part.slice(colon + 1);
    switch (colon < 0 ? '' : part.slice(0, colon).trim().toUpperCase()) {
      case 'N': {
        const [last, first] = cut(value, ',').map(plain);
        Object.assign(card, { last_name: last, first_name: first });
        break;
      }
      case 'ORG': card.company = plain(value); break;
      case 'TITLE': card.job_title = plain(value); break;
      case 'EMAIL': card.email ||= plain(value); break;
      case 'URL': card.website ||= plain(value); break;
      case 'TEL': tels.push(plain(value)); break;
      case 'ADR': {
        const parts = cut(value, ',').map(plain);
        // As NTT wrote it down: box, room, street, city, prefecture, postcode, country. Others write one line.
        if (parts.length >= 6) Object.assign(card, { street: parts[2], city: parts[3], postcode: parts[5], country: parts[6] });
        else card.street = parts.filter(Boolean).join(', ');
        break;
      }
    }
  }
  [card.phone, card.mobile] = tels;
  return card;
}

// {first_name, email, …} of what the card says; null if the text is no card.
export function parseCard(text) {
  const clean = text.replace(/^\uFEFF/, '').trim();
  const card = /^BEGIN:VCARD/i.test(clean) ? vcard(clean) : /^MECARD:/i.test(clean) ? mecard(clean) : null;
  if (!card) return null;
  return Object.fromEntries(known.filter((key) => card[key]).map((key) => [key, card[key].slice(0, 200)]));
}
