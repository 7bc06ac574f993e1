/* keys/token.h -- signed links: what we mailed or printed into a page, and get back.
 *
 * A token names a workspace, a subject and an object, and a MAC proves that we wrote it: links
 * need no table, and counting ids up cannot unsubscribe somebody else.
 *
 *     https://news.example.org/c/AQEBAAAA...    confirm (double opt-in)
 *     https://news.example.org/u/AQECAAAA...    unsubscribe (one click)
 *
 * A token is not used up by being used. What may happen once only (sign-in, reset, invitation)
 * also needs a row that remembers it.
 *
 * Terms:   double opt-in, one-click unsubscribe, preference centre, stamp (docs/GLOSSARY.md).
 * Pure: no I/O, no clock.
 * Sources: RFC 2104 (HMAC and its section 5 on truncation), RFC 4648 section 5 (base64url),
 *          RFC 8058 (one-click).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "keys/keys.h"

enum { TOKEN_LEN = 64 }; /* characters, all of [A-Za-z0-9_-] */

/*                            subject_id   object_id                   */
enum token_use {
    TOKEN_CONFIRM = 1,     /* lead         purpose or submission: the lead proves the address */
    TOKEN_UNSUBSCRIBE = 2, /* lead         purpose, 0 = every one: no login, no question */
    TOKEN_PREFERENCES = 3, /* lead         0: open the preference centre */
    TOKEN_DOWNLOAD = 4,    /* lead         download */
    TOKEN_SIGN_IN = 5,     /* user         row that is used up */
    TOKEN_INVITE = 6,      /* invitation   0 */
    TOKEN_RESET = 7,       /* user         row that is used up */
    TOKEN_TRY = 9,         /* user         form: who opens it tries it, and is not counted */
    TOKEN_KIOSK = 10,      /* kiosk        form: its tablet may send */
    TOKEN_PERSONAL = 11,   /* lead         form: asks only what is not known of him */
    TOKEN_CHANGE = 12,     /* submission   form: what was just sent is opened again */
    TOKEN_LOGO = 13,       /* draft        user: a logo that was sent beside a fault */
    TOKEN_STAMP = 8,       /* random       form: when it was handed out (expires_at_s says it) */
};

struct token {
    enum token_use use;
    int64_t workspace_id; /* >= 0; 0 = none (users are global) */
    int64_t subject_id;   /* >= 0; see the table above */
    int64_t object_id;    /* >= 0 */
    int64_t expires_at_s; /* Unix time in seconds, below 2^40; 0 = never */
};

enum token_err {
    TOKEN_OK = 0,
    TOKEN_MALFORMED, /* wrong length, alphabet or version */
    TOKEN_FORGED,    /* altered, or signed with a key that is not (or no longer) listed */
    TOKEN_MISUSED,   /* authentic, but made for another use */
    TOKEN_EXPIRED,   /* authentic, but now_s >= expires_at_s */
};

/* Write `token` as TOKEN_LEN characters, signed with the newest key: KEY_STAMP for stamps,
 * KEY_TOKEN for links. The text lives as long as `a`. */
str token_sign(arena *a, const struct key_ring *ring, struct token token);

/* Read `text` back, for `use`, at `now_s` (Unix time in seconds).
 * `*out` is written on OK and on EXPIRED (so that the page can offer a new link), else left as it
 * was. The MAC is checked, in constant time, before any field but the key's id is looked at. The
 * caller compares out->workspace_id with the workspace it works for. */
MUST_USE enum token_err token_verify(str text, const struct key_ring *ring, enum token_use use,
                                     int64_t now_s, struct token *out);
