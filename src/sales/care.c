/* Owner, handling and due time of a lead. */
#include "base/tz.h"
#include "sales/sales.h"

#include "access/access.h"
#include "audit/audit.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "bell/bell.h"
#include "sales/sales_rules.h"
#include "sales_sql.h"

bool care_member(struct ctx *cx, struct tx *tx, int64_t user_id, str *name, str *email,
                 enum lang *lang, bool *found)
{
    (void)cx;
    struct sales_member_in in = {user_id};
    struct sales_member_row row = {0};
    if (!q_sales_member(tx, &in, &row, found)) return false;
    if (name != NULL) *name = row.user_name;
    if (email != NULL) *email = row.email;
    if (lang != NULL) *lang = str_eq(row.lang, S("en")) ? LANG_EN : LANG_DE;
    return true;
}

bool care_allowed(struct ctx *cx, struct tx *tx, int64_t owner_id)
{
    struct sales_member_in in = {cx->actor.user_id};
    struct sales_member_row row = {0};
    bool found, person = cx->actor.kind == ACTOR_USER || cx->actor.kind == ACTOR_TOKEN;
    if (!person || owner_id == 0 || owner_id == cx->actor.user_id) return true;
    if (!q_sales_member(tx, &in, &row, &found)) return false;
    if (found && row.role_kind == ROLE_SALES) return fail(cx, ERR_FORBIDDEN, "sales.not_yours");
    return true;
}

bool care_sees(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t owner_id, bool *sees)
{
    *sees = true;
    if (owner_id == user_id) return true;
    if (!access_may(cx, tx, cx->workspace_id, user_id, MAY_READ_ALL_LEADS, sees) || *sees)
        return cx->err.code == ERR_NONE;
    return owner_id != 0 ||
           access_may(cx, tx, cx->workspace_id, user_id, MAY_READ_FREE_LEADS, sees);
}

/* What rules do stands in the handovers. The log has one chain a workspace: it is no place for what
 * happens with each submission. */
static bool by_itself(const struct ctx *cx)
{
    return cx->actor.kind == ACTOR_SYSTEM;
}

static bool owner_write(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t from, int64_t to,
                        enum handover_cause cause)
{
    int64_t id = ctx_new_id(cx);
    struct handover_add_in in = {lead_id, id, cx->now_ms, cx->actor.user_id, from, to, cause};
    struct value props = value_map(cx->a), detail = value_map(cx->a);
    str name;
    bool found;
    value_set_text(props, "cause", str_of(handover_cause_name(cause)));
    value_set_text(detail, "from", id_text(cx->a, ID_USER, from));
    value_set_text(detail, "to", id_text(cx->a, ID_USER, to));
    value_set_text(detail, "cause", str_of(handover_cause_name(cause)));
    if (!care_member(cx, tx, to, &name, NULL, NULL, &found)) return false;
    if (found) value_set_text(props, "owner", id_text(cx->a, ID_USER, to));
    return q_handover_add(tx, &in, NULL) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_OWNER_CHANGED, id, json_text(cx->a, props)) &&
           (cause == HANDOVER_RULE || /* the submission itself tells of it */
            bell_ring(cx, tx, to, BELL_ASSIGNED, lead_id, id)) &&
           (by_itself(cx) || audit_write(cx, tx, "lead.owner", "lead", lead_id, lead_id, detail));
}

static bool handling_write(struct ctx *cx, struct tx *tx, int64_t lead_id, enum lead_handling from,
                           enum lead_handling to)
{
    struct value props = value_map(cx->a);
    value_set_text(props, "handling", str_of(lead_handling_name(to)));
    value_set_text(props, "handling_before", str_of(lead_handling_name(from)));
    return touchpoint_record(cx, tx, lead_id, TOUCH_HANDLING_CHANGED, 0, json_text(cx->a, props)) &&
           (by_itself(cx) || audit_write(cx, tx, "lead.handling", "lead", lead_id, lead_id, props));
}

/* What rules set stands in what they did; a person's own deadline is told of. */
static bool due_write(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t due_ms)
{
    struct value props = value_map(cx->a);
    if (by_itself(cx)) return true;
    value_set(props, "due_at", instant_value(cx->a, due_ms));
    return touchpoint_record(cx, tx, lead_id, TOUCH_DUE_CHANGED, 0, json_text(cx->a, props)) &&
           audit_write(cx, tx, "lead.due", "lead", lead_id, lead_id, props);
}

bool care_apply(struct ctx *cx, struct tx *tx, int64_t lead_id, const struct care_change *change,
                enum handover_cause cause)
{
    struct care_get_in get = {lead_id};
    struct care_get_row now;
    bool found;
    if (!q_care_get(tx, &get, &now, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (now.lead_state == LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.applicant_apart");
    if (!care_allowed(cx, tx, now.owner_user_id)) return false;
    struct care_set_in set = {lead_id, now.owner_user_id, now.handling_state, now.due_ms,
                              cx->now_ms};
    if (change->has_owner) set.owner_user_id = change->owner_id;
    if (change->has_handling) set.handling_state = change->handling;
    if (change->has_due) set.due_ms = change->due_ms;
    if (set.handling_state == HANDLING_DONE) set.due_ms = 0;
    bool owner = set.owner_user_id != now.owner_user_id;
    bool handling = set.handling_state != now.handling_state;
    if (owner && set.owner_user_id != 0) {
        if (!care_member(cx, tx, set.owner_user_id, NULL, NULL, NULL, &found)) return false;
        if (!found) return fail_field(cx, S("owner"), "sales.no_such_person");
    }
    if (!owner && !handling && set.due_ms == now.due_ms) return true;
    bool due = change->has_due && set.due_ms != now.due_ms;
    return q_care_set(tx, &set, NULL) && (!due || due_write(cx, tx, lead_id, set.due_ms)) &&
           (!owner || owner_write(cx, tx, lead_id, now.owner_user_id, set.owner_user_id, cause)) &&
           (!handling || handling_write(cx, tx, lead_id, (enum lead_handling)now.handling_state,
                                        (enum lead_handling)set.handling_state));
}

bool handover_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct handovers *out)
{
    struct handover_list_in in = {lead_id, LIMIT_LIST_PAGE};
    struct handover_list_rows rows;
    if (!q_handover_list(tx, &in, &rows)) return false;
    *out = (struct handovers){NEW(cx->a, struct handover, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct handover){.id = rows.row[i].id,
                                        .at_ms = rows.row[i].at_ms,
                                        .user_name = rows.row[i].user_name,
                                        .from_name = rows.row[i].from_name,
                                        .to_name = rows.row[i].to_name,
                                        .cause = (enum handover_cause)rows.row[i].cause_kind};
    return true;
}

bool care_mine(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t after_due, int64_t after_id,
               int limit, struct care_rows *out)
{
    struct care_mine_in in = {user_id, after_due, after_id, limit};
    struct care_mine_rows rows;
    if (!q_care_mine(tx, &in, &rows)) return false;
    *out = (struct care_rows){NEW(cx->a, struct care_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct care_row){.id = rows.row[i].id,
                                        .name = rows.row[i].display_name,
                                        .company = rows.row[i].company,
                                        .phase = (enum lead_phase)rows.row[i].phase_kind,
                                        .handling = (enum lead_handling)rows.row[i].handling_state,
                                        .due_ms = rows.row[i].due_ms,
                                        .last_ms = rows.row[i].last_ms,
                                        .created_ms = rows.row[i].created_ms};
    return true;
}

bool care_overdue(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t *count)
{
    struct care_overdue_count_in in = {user_id, cx->now_ms};
    struct care_overdue_count_row row;
    if (!q_care_overdue_count(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool sales_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    (void)cx;
    struct notice_mail_attempts_delete_in attempts = {lead_id};
    struct notice_mails_delete_in mails = {lead_id};
    struct notice_delete_of_lead_in notices = {lead_id};
    struct task_delete_of_lead_in tasks = {lead_id};
    struct handover_delete_of_lead_in handovers = {lead_id};
    return q_notice_mail_attempts_delete(tx, &attempts, NULL) &&
           q_notice_mails_delete(tx, &mails, NULL) && q_notice_delete_of_lead(tx, &notices, NULL) &&
           q_task_delete_of_lead(tx, &tasks, NULL) &&
           q_handover_delete_of_lead(tx, &handovers, NULL);
}
