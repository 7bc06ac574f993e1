/* backup/pair.h -- the keys of sealed backups, as people handle them.
 *
 *     zbp1_ and 43 characters of base64url   the public key: seals, opens nothing
 *     zbs1_ and 43 characters of base64url   the private key: opens
 *
 * Pure: no I/O, no clock.
 * Terms: sealed backup, public key, private key (docs/GLOSSARY.md).
 */
#pragma once

#include "base/crypto.h"

enum { PAIR_TEXT_LEN = 5 + 43 };

/* As text. */
str pair_public_text(arena *a, const struct pair_public *key);
str pair_secret_text(arena *a, const struct pair_secret *key);
/* A key out of a text that is it alone, or of a file's text: the first line that begins with its
 * prefix. False if there is none, or it is not whole. */
MUST_USE bool pair_public_read(str text, struct pair_public *out);
MUST_USE bool pair_secret_read(str text, struct pair_secret *out);
/* Does the text hold a private key? Then it is not to be handed on. */
bool pair_has_secret(str text);
