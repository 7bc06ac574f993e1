// Seal for whoever has the secret key (libsodium's sealed box): also on pages without TLS, where a
// browser has no crypto.subtle.
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';

// What Salsa20 calls "expand 32-byte k".
const sigma = Uint32Array.from([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
const words = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
};
const bytesOf = (list) => {
  const view = new DataView(new ArrayBuffer(list.length * 4));
  list.forEach((word, i) => view.setUint32(i * 4, word, true));
  return new Uint8Array(view.buffer);
};

export const fromBase64url = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

export function base64url(bytes) {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export const randomText = (count) => base64url(crypto.getRandomValues(new Uint8Array(count)));

// Ephemeral public key, then the box; the nonce follows from both public keys.
export function seal(publicKey, plain) {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const own = x25519.getPublicKey(secret);
  const shared = x25519.getSharedSecret(secret, publicKey);
  const key = new Uint32Array(8);
  hsalsa(sigma, words(shared), new Uint32Array(4), key);
  const nonce = blake2b(Uint8Array.from([...own, ...publicKey]), { dkLen: 24 });
  const box = xsalsa20poly1305(bytesOf([...key]), nonce).encrypt(new TextEncoder().encode(plain));
  secret.fill(0);
  shared.fill(0);
  key.fill(0);
  const out = new Uint8Array(own.length + box.length);
  out.set(own);
  out.set(box, own.length);
  return out;
}
