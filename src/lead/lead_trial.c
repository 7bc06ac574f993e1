#include "lead/lead_trial.h"

#include "lead/lead_tally.h"
#include "lead_trial_sql.h"

bool lead_make_test(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct lead_make_test_in in = {id};
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, id, &before)) return false;
    after = before;
    after.state = LEAD_TEST;
    return q_lead_make_test(tx, &in, NULL) && lead_stand_move(cx, tx, &before, &after);
}

bool lead_test_some(struct ctx *cx, struct tx *tx, int limit, struct lead_refs *out)
{
    struct lead_test_list_in in = {limit};
    struct lead_test_list_rows rows;
    if (!q_lead_test_list(tx, &in, &rows)) return false;
    *out = (struct lead_refs){NEW(cx->a, struct lead_ref, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct lead_ref){.workspace_id = cx->workspace_id, .id = rows.row[i].id};
    return true;
}
