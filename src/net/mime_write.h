/* net/mime_write.h -- a mail as bytes: headers, text and HTML.
 *
 * Terms:   encoded word: "=?utf-8?q?…?=", how a header says what is not ASCII.
 * Sources: RFC 5322 (format), 2045/2046 (MIME), 2047 (encoded words), 2369 and 8058
 *          (List-Unsubscribe), 3834 (Auto-Submitted), 2387 and 2392 (related, cid:).
 * Pure: no clock, no randomness; the same message gives the same bytes.
 *
 * The result is 7-bit, with CR LF and lines of at most 78 bytes (longer only where an address, id
 * or URL cannot be folded, never over 998).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { MIME_LINE_BYTES = 998 };

struct mime_header {
    str name, value; /* the value is folded and encoded like a subject */
};

/* An image that the HTML shows as src="cid:ID"; bytes.len 0: none. */
struct mime_image {
    str id, media_type, bytes;
};

/* Absent parts are left out. Names, subject and values may hold anything: controls and line ends
 * become spaces, invalid UTF-8 becomes U+FFFD. */
struct mime_message {
    str from_name, from_address;
    str reply_to; /* an address */
    str to_name, to_address;
    str subject;
    str text, html;              /* at least one is not absent; both: multipart/alternative */
    struct mime_image image;     /* only with both; multipart/related around the HTML */
    str message_id;              /* "<left@right>", the angle brackets may be missing */
    str list_unsubscribe_url;    /* https: one-click, RFC 8058 */
    str list_unsubscribe_mailto; /* "mailto:…" */
    int64_t date_ms;             /* UTC */
    bool auto_generated;         /* say so in Auto-Submitted: no out-of-office replies */
    const struct mime_header *extra;
    int extra_count;
};

/* True if `address` is "local@domain" in plain ASCII: no quoting, no white space, no more than
 * LIMIT_EMAIL_BYTES. */
MUST_USE bool mime_address_ok(str address);

/* The whole message. False if an address, the message id, a URL or the name of an extra header
 * is not valid (or that header is one of ours), if there is no body, or if it would be larger than
 * four times LIMIT_MAIL_BYTES. */
MUST_USE bool mime_write(arena *a, const struct mime_message *m, str *out);
