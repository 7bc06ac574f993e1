/* keys/seal.h -- values that only a key opens, so that deleting the key erases them.
 *
 * Each lead has a key, and evidence parts have keys of their own. Histories, audit and backups
 * hold values sealed with it; the key itself is one row, wrapped by the ring's KEY_WRAP. Erasing
 * deletes that row: whatever is still written in a history stays shut. A backup made before still
 * has the row; restoring it is followed by the journal of erasures, which deletes it again.
 *
 * Every sealed value is bound to its place (workspace, row, column) by associated data (`ad`):
 * moved to another row, it does not open.
 *
 * Sealed values and wrapped keys are bytes (SQL blob), not text:
 *
 *     sealed    version = 1 | nonce 24 | ciphertext | tag 16
 *     wrapped,  version = 1 | key id | nonce 24 | ciphertext | tag 16
 *     secret
 *
 * Terms:   seal, wrap, evidence, erase (docs/GLOSSARY.md).
 * Sources: draft-irtf-cfrg-xchacha-03 (XChaCha20-Poly1305: random nonces are safe),
 *          RFC 8439 (Poly1305, associated data), NIST SP 800-88 section 2.6 (cryptographic erase).
 */
#pragma once

#include "base/arena.h"
#include "base/crypto.h" /* struct seal_key */
#include "base/str.h"
#include "keys/keys.h"

enum {
    SEAL_AD_MAX = 120,               /* bytes of associated data: a name and two numbers */
    VALUE_SEAL_OVERHEAD_BYTES = 41,  /* what seal adds to the value's length */
    SECRET_SEAL_OVERHEAD_BYTES = 42, /* what seal_key_wrap and secret_seal add */
};

/* Where a value belongs, as associated data: seal_ad(a, "audit.before", workspace_id, id).
 * `what` is table and column, a literal without ':' of at most 70 characters. */
str seal_ad(arena *a, const char *what, int64_t workspace_id, int64_t id);

/* A random key. */
void seal_key_new(struct seal_key *key);

/* `key` as it may be stored, wrapped with the newest KEY_WRAP. */
str seal_key_wrap(arena *a, const struct key_ring *ring, const struct seal_key *key, str ad);
/* And back; false (and *out untouched) if altered, of another place, or if its wrapping key is
 * not listed. */
MUST_USE bool seal_key_unwrap(const struct key_ring *ring, str wrapped, str ad,
                              struct seal_key *out);

/* `plain` sealed with `key`. Absent text is sealed as empty text: NULL stays the caller's. */
str seal(arena *a, const struct seal_key *key, str plain, str ad);
/* And back; false (and *plain untouched) if altered, of another place or of another key. */
MUST_USE bool seal_open(arena *a, const struct seal_key *key, str sealed, str ad, str *plain);

/* The same for secrets among the settings (mail password, API key), with the ring's newest
 * KEY_SECRET. */
str secret_seal(arena *a, const struct key_ring *ring, str plain, str ad);
MUST_USE bool secret_open(arena *a, const struct key_ring *ring, str sealed, str ad, str *plain);
