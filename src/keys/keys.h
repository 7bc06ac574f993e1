/* keys/keys.h -- the key ring: every secret the program makes for itself.
 *
 * For each use the ring lists keys, oldest first. The newest signs, hashes and seals; every listed
 * key is accepted. Whatever a key made carries that key's id (one byte), so that a link, a hash
 * or a ciphertext made before a rotation still finds its key. Each use has keys of its own:
 * what was made for one can never pass for another.
 *
 * The ring stands in one file (keys.json in the data folder, mode 0600) and not in the database:
 * whoever takes the database or its backup has no keys. Losing the file loses what it opens:
 * sealed values, sent links, and the suppression list, which holds nothing but hashes.
 *
 *     {"version": 1, "keys": {"token": [{"id": 1, "created_ms": 1767225600000,
 *                                        "secret": "43 characters of base64url"}], …}}
 *
 * Terms:   key use, key id, rotate, suppression list (docs/GLOSSARY.md).
 * Sources: RFC 2104 (HMAC), NIST SP 800-57 part 1 (one key, one use; key periods).
 */
#pragma once

#include "base/arena.h"
#include "base/crypto.h"
#include "base/ctx.h"
#include "base/str.h"

enum key_use {
    KEY_TOKEN,       /* MAC of links (keys/token.h) */
    KEY_SESSION,     /* what is derived from a session: CSRF tokens */
    KEY_STAMP,       /* fill-time stamp of forms */
    KEY_SUPPRESSION, /* hashes of addresses not to be contacted; never retired */
    KEY_EVENT_ID,    /* ids of touchpoints from the client's event ids */
    KEY_IDENTITY,    /* identity.value_hash */
    KEY_WRAP,        /* wraps the keys of leads and of evidence (keys/seal.h) */
    KEY_SECRET,      /* sealed settings (keys/seal.h) */
    KEY_USE__COUNT
};

enum {
    KEYS_PER_USE = 32,              /* a rotation a year for a working life */
    KEY_FILE_MAX_BYTES = 64 << 10,  /* 8 uses of 32 keys are 30 KB */
    KEY_HASH_BYTES = 1 + MAC_BYTES, /* key id, HMAC-SHA-256 */
    KEY_HASH_TEXT_LEN = 44,         /* the same in base64url */
    KEY_MARK_LEN = 22,              /* key_ring_mark: 16 bytes in base64url */
};

struct key {
    uint8_t id; /* 1..255, growing within a use */
    int64_t created_ms;
    struct mac_key secret; /* 32 random bytes; also the key of a cipher */
};

struct key_list {
    int count; /* >= 1 in a complete ring */
    struct key key[KEYS_PER_USE];
};

/* Read-only once opened, hence shared by all threads. */
struct key_ring {
    struct key_list use[KEY_USE__COUNT];
};

/* --- the file --- */

/* Read the ring from `path`; where no such file is, make one with random keys (at first start:
 * two processes starting together end up with the same ring). *out lives as long as cx->a.
 *
 * False with cx->err set (ERR_STORAGE; gaps {path}, and {reason} for the last two):
 *   keys.open_to_others  the file's mode lets group or others in
 *   keys.unreadable      it cannot be read, or is no regular file of at most KEY_FILE_MAX_BYTES
 *   keys.damaged         it is not a complete ring
 *   keys.not_written     it could not be made durable
 * A damaged file is left as it is: a new ring in its place would orphan everything sealed. */
MUST_USE bool key_ring_open(struct ctx *cx, str path, struct key_ring **out);

/* The same, but a missing file is ERR_NOT_FOUND keys.missing: for a start over a database that
 * has been used before, where new keys would silently empty the suppression list. */
MUST_USE bool key_ring_load(struct ctx *cx, str path, struct key_ring **out);

/* Replace the file at `path` by `ring`: written beside it, synced, renamed, folder synced; mode
 * 0600. False: keys.not_written, and the old file still stands. */
MUST_USE bool key_ring_save(struct ctx *cx, str path, const struct key_ring *ring);

/* --- the ring as such: no I/O --- */

/* One random key for every use. */
void key_ring_new(struct key_ring *ring, int64_t now_ms);

/* A further random key for `use`, which signs from now on. False if the list is full. */
MUST_USE bool key_ring_add(struct key_ring *ring, enum key_use use, int64_t now_ms);

/* The ring as the file's text (secret!), and back. Parsing is strict: every use, no other, ids
 * growing. False: *why is an English phrase that names no secret. */
str key_ring_text(arena *a, const struct key_ring *ring);
MUST_USE bool key_ring_parse(arena *a, str text, struct key_ring *out, str *why);

/* KEY_MARK_LEN characters that name this ring without telling a key. They stay the same when
 * keys are added. Kept in the database, they tell at start that the file is another's. */
str key_ring_mark(arena *a, const struct key_ring *ring);

/* The key that signs; the key with that id, or NULL. Both borrowed from the ring. */
const struct key *key_newest(const struct key_ring *ring, enum key_use use);
const struct key *key_find(const struct key_ring *ring, enum key_use use, uint8_t id);

/* --- keyed hashes --- */

/* Key id and HMAC-SHA-256 of `data` with the newest key: for values that must be found again but
 * not read. The data says all that the hash is to depend on (channel, workspace), in a form that
 * no other data can spell. */
void key_hash(const struct key_ring *ring, enum key_use use, str data, uint8_t out[KEY_HASH_BYTES]);

/* The same as KEY_HASH_TEXT_LEN characters of base64url. */
str key_hash_text(arena *a, const struct key_ring *ring, enum key_use use, str data);

/* One text for every listed key, newest first; the number of them. A lookup asks for all:
 * a row written before a rotation has an older key's hash. */
int key_hash_all(arena *a, const struct key_ring *ring, enum key_use use, str data,
                 str out[KEYS_PER_USE]);

/* 63 bits (> 0) of the HMAC with the *oldest* key, without key id: an id made from foreign data,
 * so that a retry is the same row, also across a rotation. Retiring that key means to write such
 * ids anew. */
int64_t key_hash_id(const struct key_ring *ring, enum key_use use, str data);
