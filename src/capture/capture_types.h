/* capture/capture_types.h -- how somebody came who sends a form. */
#pragma once

#include "form/form_types.h"
#include "spam/spam_types.h"

/* How somebody came, as far as the request tells. Cleaned texts; absent where unknown. */
struct contact_context {
    str page_url, referrer, source, device, browser, os, ip, user_agent;
    enum lang lang;
    struct value utm; /* tracking/utm.h */
    int64_t fill_ms;  /* from the signed stamp to the post; -1: no stamp */
};

/* What a visitor's request tells suspicion; his answers come to it. */
struct origin {
    struct spam_signals signals;
    str stamp, network; /* what is counted; absent: not counted */
    bool unlimited;     /* from where as much comes as likes to (--unlimited-from) */
    str domains_allowed, domains_denied;
};
