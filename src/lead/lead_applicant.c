#include "lead/lead_applicant.h"

#include "lead/lead_tally.h"
#include "lead_applicant_sql.h"

bool lead_make_applicant(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct lead_make_applicant_in in = {id};
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, id, &before)) return false;
    after = before;
    after.state = LEAD_APPLICANT;
    return q_lead_make_applicant(tx, &in, NULL) && lead_stand_move(cx, tx, &before, &after);
}

bool applicant_reject(struct ctx *cx, struct tx *tx, int64_t id, bool rejected)
{
    struct lead lead;
    struct applicant_set_rejected_in in = {id, rejected ? cx->now_ms : 0, cx->now_ms};
    if (!lead_load(cx, tx, id, &lead)) return false;
    if (lead.state != LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.not_applicant");
    if ((lead.rejected_ms != 0) == rejected) return true;
    return q_applicant_set_rejected(tx, &in, NULL) &&
           touchpoint_record(cx, tx, id,
                             rejected ? TOUCH_APPLICATION_REJECTED : TOUCH_APPLICATION_REOPENED, 0,
                             S("{}"));
}

bool applicant_overdue(struct ctx *cx, struct tx *tx, int64_t before_ms, int64_t after_id,
                       int limit, struct lead_refs *out)
{
    struct applicant_overdue_in in = {before_ms, after_id, limit};
    struct applicant_overdue_rows rows;
    if (!q_applicant_overdue(tx, &in, &rows)) return false;
    *out = (struct lead_refs){NEW(cx->a, struct lead_ref, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct lead_ref){.workspace_id = cx->workspace_id, .id = rows.row[i].id};
    return true;
}
