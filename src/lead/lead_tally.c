#include "lead/lead_tally.h"

#include "lead_tally_sql.h"
#include "tally/tally.h"

bool lead_stand_read(struct ctx *cx, struct tx *tx, int64_t id, struct lead_stand *out)
{
    struct lead_stand_get_in in = {id};
    struct lead_stand_get_row row;
    bool found;
    (void)cx;
    *out = (struct lead_stand){0};
    if (!q_lead_stand_get(tx, &in, &row, &found)) return false;
    if (found)
        *out = (struct lead_stand){.campaign_id = row.campaign_id,
                                   .created_ms = row.created_ms,
                                   .state = (enum lead_state)row.lead_state,
                                   .email_state = (enum email_state)row.email_state,
                                   .email = row.email,
                                   .source = row.source};
    return true;
}

static bool counts(const struct lead_stand *s)
{
    return s != NULL && s->campaign_id != 0 &&
           (s->state == LEAD_ACTIVE || s->state == LEAD_ARCHIVED);
}

static int64_t confirmed(const struct lead_stand *s)
{
    return s->email_state == EMAIL_VERIFIED;
}

bool lead_stand_move(struct ctx *cx, struct tx *tx, const struct lead_stand *before,
                     const struct lead_stand *after)
{
    bool was = counts(before), is = counts(after);
    if (was && is && before->campaign_id == after->campaign_id)
        return tally_note(cx, tx, TALLY_CAMPAIGN, after->campaign_id, after->created_ms,
                          after->source, 0, confirmed(after) - confirmed(before));
    return (!was || tally_note(cx, tx, TALLY_CAMPAIGN, before->campaign_id, before->created_ms,
                               before->source, -1, -confirmed(before))) &&
           (!is || tally_note(cx, tx, TALLY_CAMPAIGN, after->campaign_id, after->created_ms,
                              after->source, 1, confirmed(after)));
}
