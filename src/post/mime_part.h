/* post/mime_part.h -- the text and the HTML inside a mail that net/mime_write wrote.
 *
 * For showing our own mails: multipart/alternative, the HTML alone or in a multipart/related with an
 * image; quoted-printable, base64 (the image) or plain 7-bit.
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
    str image_id, image_type, image; /* the image in base64, as it stands there */
};

/* Read the parts of `mime`. False if there is no head, or a multipart without its boundaries. Texts
 * are as long-lived as `a`, or as `mime`. */
MUST_USE bool mime_parts_read(arena *a, str mime, struct mime_parts *out);
