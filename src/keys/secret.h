/* keys/secret.h -- random secrets that somebody else keeps: sessions, API tokens, one-time links.
 *
 * The other side gets the text once; we keep SHA-256 of it. With 256 random bits there is nothing
 * to guess, hence no salt and no slow hash: those are for passwords.
 *
 * Sources: OWASP Session Management Cheat Sheet (at least 128 bits from a secure source).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { SECRET_BYTES = 32, SECRET_TEXT_LEN = 43, SECRET_HASH_BYTES = 32, SECRET_PREFIX_MAX = 16 };

/* `prefix` and SECRET_TEXT_LEN characters of base64url. The prefix (at most SECRET_PREFIX_MAX
 * characters, e.g. "zl_") lets scanners of source code find a leaked one; it may be "". */
str secret_new(arena *a, const char *prefix);

/* SHA-256 of the whole text, prefix included: what is stored and looked up. Looking up by hash
 * needs no constant-time comparison: nobody can choose the hash's bytes one by one. */
void secret_hash(str text, uint8_t out[SECRET_HASH_BYTES]);
