/* post/mime_part.h -- the text and the HTML inside a mail that net/mime_write wrote.
 *
 * For showing our own mails: multipart/alternative of one level, quoted-printable or plain 7-bit.
 * Mails of others are gmime's business, not this file's.
 *
 * Sources: RFC 2045 6.7 (quoted-printable), RFC 2046 5.1 (multipart).
 * Pure: no I/O, no clock.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { MIME_PARTS_MAX = 8 };

/* Decoded; absent where the mail has no such part. */
struct mime_parts {
    str text, html;
};

/* Read the parts of `mime`. False if there is no head, or a multipart without its boundaries. Texts
 * are as long-lived as `a`, or as `mime`. */
MUST_USE bool mime_parts_read(arena *a, str mime, struct mime_parts *out);
