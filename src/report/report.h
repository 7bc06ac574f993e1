/* report/report.h -- what happened lately, in numbers: today's page.
 *
 * Days are those of the workspace's time zone. Every number is counted over an index.
 */
#pragma once

#include "capture/capture.h"
#include "consent/consent.h"
#include "lead/lead.h"

enum { REPORT_RATE_DAYS = 7, REPORT_LAST = 8, REPORT_FORMS = 5 };

/* What must be set up before anybody can be won. */
enum report_step {
    STEP_NAME, /* of the workspace: no longer what a new installation calls itself */
    STEP_SENDER,
    STEP_RELAY,   /* and a test mail has left over it */
    STEP_ADDRESS, /* that others can reach */
    STEP_IMPRINT,
    STEP_LOGO,
    STEP_FIRST_FORM,
    STEP_SUBMISSION, /* a first one, tried or real */
    STEP__COUNT
};

struct report_today {
    int64_t new_leads, new_leads_before;     /* today; a week ago up to this time */
    int64_t compare_ms;                      /* a moment of that day */
    bool comparable;                         /* there were leads by then */
    struct confirmation_stats confirmations; /* of the last REPORT_RATE_DAYS */
    bool whole; /* sees all leads: else the rate and the forms are left out, nothing is `held` */
    int64_t submissions; /* today */
    struct submission_rows last;
    struct form_rows forms;
    bool trashed; /* `last` is empty, and leads that have sent something lie in the trash */
    bool done[STEP__COUNT];
    int64_t held;   /* submissions in quarantine */
    bool relay_set; /* mail leaves, tried or not */
};

/* What the program knows without its database. */
struct report_place {
    bool relay;   /* mail really leaves this machine */
    str base_url; /* where forms are reached */
};

/* Count it all, of leads within reach (base/reach.h). */
MUST_USE bool report_today_load(struct ctx *cx, struct tx *tx, const struct report_place *place,
                                struct report_today *out);
/* "sender", "relay" … */
const char *report_step_name(enum report_step step);
