/* What somebody wants to do for a lead. */
#include "sales/sales.h"

#include "audit/audit.h"
#include "base/limits.h"
#include "bell/bell.h"
#include "keys/lead_key.h"
#include "sales_sql.h"

static const char title_column[] = "lead_task.title";

bool task_create(struct ctx *cx, struct tx *tx, const struct task_new *in)
{
    struct lead lead;
    struct seal_key key;
    bool found;
    if (!lead_load(cx, tx, in->lead_id, &lead) || !care_allowed(cx, tx, lead.owner_id) ||
        !care_member(cx, tx, in->assignee_id, NULL, NULL, NULL, &found))
        return false;
    if (lead.state == LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.applicant_apart");
    if (!found) return fail_field(cx, S("assignee"), "sales.no_such_person");
    if (!care_sees(cx, tx, in->assignee_id, lead.owner_id, &found)) return false;
    if (!found) return fail_field(cx, S("assignee"), "sales.does_not_see");
    if (!lead_key_load(cx, tx, in->lead_id, &key, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    str ad = seal_ad(cx->a, title_column, cx->workspace_id, in->id);
    struct task_add_in row = {
        .lead_id = in->lead_id,
        .id = in->id,
        .title = seal(cx->a, &key, in->title, ad),
        .due_ms = in->due_ms,
        .assignee_user_id = in->assignee_id,
        .now_ms = cx->now_ms,
        .user_id = cx->actor.user_id,
    };
    return q_task_add(tx, &row, NULL) &&
           bell_ring(cx, tx, in->assignee_id, BELL_TASK, in->lead_id, in->id) &&
           touchpoint_record(cx, tx, in->lead_id, TOUCH_TASK_ADDED, in->id, S("{}")) &&
           audit_write(cx, tx, "lead.task", "lead", in->lead_id, in->lead_id, value_null());
}

/* Whoever has a task may tick it off, whosever the lead is. */
bool task_set_done(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id, bool done)
{
    struct lead lead;
    struct task_get_in get = {lead_id, id};
    struct task_get_row row;
    struct task_set_done_in set = {lead_id, id, done ? cx->now_ms : 0,
                                   done ? cx->actor.user_id : 0};
    int64_t changed = 0;
    bool found;
    if (!lead_load(cx, tx, lead_id, &lead) || !q_task_get(tx, &get, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (row.assignee_user_id != cx->actor.user_id && !care_allowed(cx, tx, lead.owner_id))
        return false;
    if (!q_task_set_done(tx, &set, &changed)) return false;
    if (changed == 0) return true;
    return (!done || touchpoint_record(cx, tx, lead_id, TOUCH_TASK_DONE, id, S("{}"))) &&
           audit_write(cx, tx, done ? "lead.task_done" : "lead.task_open", "lead", lead_id, lead_id,
                       value_null());
}

static str title_open(struct ctx *cx, const struct seal_key *key, bool found, int64_t id,
                      str sealed)
{
    str ad = seal_ad(cx->a, title_column, cx->workspace_id, id), plain;
    return found && seal_open(cx->a, key, sealed, ad, &plain) ? plain : (str){0};
}

bool task_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct tasks *out)
{
    struct task_of_lead_in in = {lead_id, LIMIT_LIST_PAGE};
    struct task_of_lead_rows rows;
    struct seal_key key;
    bool found;
    if (!q_task_of_lead(tx, &in, &rows) || !lead_key_load(cx, tx, lead_id, &key, &found))
        return false;
    *out = (struct tasks){NEW(cx->a, struct task, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] =
            (struct task){.id = rows.row[i].id,
                          .lead_id = lead_id,
                          .title = title_open(cx, &key, found, rows.row[i].id, rows.row[i].title),
                          .due_ms = rows.row[i].due_ms,
                          .assignee_id = rows.row[i].assignee_user_id,
                          .assignee_name = rows.row[i].assignee_name,
                          .created_ms = rows.row[i].created_ms,
                          .done_ms = rows.row[i].done_ms};
    return true;
}

bool task_mine(struct ctx *cx, struct tx *tx, int64_t user_id, struct tasks *out)
{
    struct task_mine_in in = {user_id, LIMIT_LIST_PAGE};
    struct task_mine_rows rows;
    if (!q_task_mine(tx, &in, &rows)) return false;
    *out = (struct tasks){NEW(cx->a, struct task, rows.count), 0};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct seal_key key;
        bool found;
        enum lead_state state = (enum lead_state)rows.row[i].lead_state;
        /* Handed to somebody else meanwhile, and out of sight with that. */
        if (!lead_seen(&cx->actor, rows.row[i].owner_user_id, state)) continue;
        if (!lead_key_load(cx, tx, rows.row[i].lead_id, &key, &found)) return false;
        out->row[out->count++] =
            (struct task){.id = rows.row[i].id,
                          .lead_id = rows.row[i].lead_id,
                          .lead_name = rows.row[i].lead_name,
                          .title = title_open(cx, &key, found, rows.row[i].id, rows.row[i].title),
                          .due_ms = rows.row[i].due_ms,
                          .assignee_id = user_id,
                          .created_ms = rows.row[i].created_ms};
    }
    return true;
}
