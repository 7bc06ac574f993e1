/* base/email.h -- e-mail addresses: what may be one, and when two are the same. The door to
 * libidn2.
 *
 * Terms:   local part (before the @), domain (after it), A-label ("xn--…", an IDN in ASCII).
 * Sources: RFC 5321 4.5.3.1 (lengths), WHATWG HTML "valid e-mail address", RFC 5890 to 5892 and
 *          UTS #46 (non-transitional: ß stays ß).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum email_err {
    EMAIL_OK,
    EMAIL_EMPTY,
    EMAIL_TOO_LONG,   /* local part > 64, domain > 253 or all > 254 bytes */
    EMAIL_NO_AT,      /* none, or more than one */
    EMAIL_BAD_LOCAL,  /* a character or dot that may not stand before the @ */
    EMAIL_BAD_DOMAIN, /* not a host name, or an IP address */
    EMAIL_NO_TLD,     /* "name@firma": no dot in the domain, or a last label of digits */
    EMAIL__COUNT
};

/* Check and normalise: white space and invisible characters at both ends fall off, the domain
 * becomes A-labels in lower case, and the local part lower case too: RFC 5321 would tell Anna from
 * anna, people and mailboxes do not. Quoted local parts, non-ASCII local parts and IP literals are
 * refused. *address is set on EMAIL_OK only. */
MUST_USE enum email_err email_normalise(arena *a, str in, str *address);
/* The domain of a normalised address. */
str email_domain(str address);
/* For showing to somebody who may not know it: "k.b•••••@falkenried.example". At most three
 * characters and half of the local part are shown; its length is not. */
str email_mask(arena *a, str address);
