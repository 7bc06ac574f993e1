/* lead/lead_tally.h -- what a campaign has won stays right while leads change (tally/tally.h).
 *
 * Whoever changes what decides whether a lead counts (its campaign, its state, whether its address
 * is verified) reads how it stands before, changes it, and tells how it stands then, all in one
 * transaction: another who does the same meets it in the lead's row.
 */
#pragma once

#include "db/db.h"
#include "lead/lead_types.h"

struct lead_stand {
    int64_t campaign_id; /* 0: none, or there is no such lead */
    int64_t created_ms;
    enum lead_state state;
    enum email_state email_state;
    str email, source;
};

/* How it stands now; of nobody all is 0. */
MUST_USE bool lead_stand_read(struct ctx *cx, struct tx *tx, int64_t id, struct lead_stand *out);
/* From `before` to `after`; NULL: there was none, there is none any more. */
MUST_USE bool lead_stand_move(struct ctx *cx, struct tx *tx, const struct lead_stand *before,
                              const struct lead_stand *after);
