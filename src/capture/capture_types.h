/* capture/capture_types.h -- how somebody came who sends a form. */
#pragma once

#include "base/value.h"
#include "form/form_types.h"
#include "spam/spam_types.h"

/* Somebody at a stand, on a tablet of ours (fair/fair.h). */
struct stand_visit {
    str kiosk, stand, staff; /* id of the kiosk; staff empty: nobody was chosen */
    str entered_by;          /* "visitor", "staff", "card": who put the answers in */
    int64_t claimed_ms;      /* when, as the tablet's clock says; 0: it did not */
    str note;                /* of the talk, as staff wrote it down: permits nothing */
    struct value signature;  /* {"path","width","height"} drawn by hand, {"name"} typed, or null */
    bool late;               /* the visitor is gone: what is faulty is kept aside, not refused */
};

/* How somebody came, as far as the request tells. Cleaned texts; absent where unknown. */
struct contact_context {
    str page_url, referrer, source, device, browser, os, ip, user_agent;
    enum lang lang;
    struct value utm; /* tracking/utm.h */
    int64_t fill_ms;  /* from the signed stamp to the post; -1: no stamp */
    int64_t asked_ms; /* when he asked, where that is looked at later; 0: now */
};

/* What a visitor's request tells suspicion; his answers come to it. */
struct origin {
    struct spam_signals signals;
    str stamp, network; /* what is counted; absent: not counted */
    bool unlimited;     /* from where as much comes as likes to (--unlimited-from) */
    str domains_allowed, domains_denied;
};
