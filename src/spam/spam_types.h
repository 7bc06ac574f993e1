/* spam/spam_types.h -- why a submission is held back, and what that is judged by.
 *
 * Suspicion never discards: what is suspect is kept whole, the visitor gets the same answer, and a
 * person releases or deletes it. Quick fills and role addresses (info@) are nothing to go by:
 * browsers fill forms in at once, and companies read their mail together.
 *
 * Terms: suspect, stamp, proof of work (docs/GLOSSARY.md).
 * Numbers stand in the database as bits: never renumber.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"

enum suspicion {
    SUSPECT_HONEYPOT,      /* the field that people do not see was filled in */
    SUSPECT_STAMP_MISSING, /* a browser's post without the stamp of the page */
    SUSPECT_STAMP_FORGED,  /* a stamp that is none of ours, or of another form */
    SUSPECT_STAMP_OLD,     /* handed out more than a day ago; by itself only after a week */
    SUSPECT_STAMP_REUSED,  /* one page sent again and again */
    SUSPECT_TOO_FAST,      /* faster than a browser can fill and somebody press */
    SUSPECT_ADDRESS_OFTEN, /* one address again and again */
    SUSPECT_NETWORK_OFTEN, /* one network again and again */
    SUSPECT_DOMAIN_THROWN, /* an address to throw away */
    SUSPECT_DOMAIN_DENIED, /* a domain that the workspace does not want */
    SUSPECT_PROOF_MISSING, /* the form asks for proof of work, and there is none that holds */
    /* Found after it was taken: the lead is there, its mail is not sent (capture/mail_check.c). */
    SUSPECT_DOMAIN_NO_MAIL,
    SUSPICION__COUNT
};

enum stamp_kind { STAMP_NONE, STAMP_GOOD, STAMP_OLD, STAMP_FORGED, STAMP_STALE };
enum domain_kind { DOMAIN_PLAIN, DOMAIN_ALLOWED, DOMAIN_THROWN, DOMAIN_DENIED };

/* What a submission tells about itself. */
struct spam_signals {
    bool trusted; /* from where nothing is suspected: a colleague's try, a stand's own device */
    bool honeypot, browser; /* browser: a form that a browser says it sends */
    enum stamp_kind stamp;
    int64_t fill_ms; /* by the stamp; -1: unknown */
    bool stamp_often, address_often, network_often;
    enum domain_kind domain;
    bool proof_wanted, proof_given;
};
