#include "lead/lead_phase.h"

#include "base/json.h"
#include "base/limits.h"
#include "keys/lead_key.h"
#include "lead_sql.h"

const char *const lost_reasons[] = {"no_need", "price",       "competitor", "timing",
                                    "unfit",   "unreachable", "other"};
const int lost_reason_count = COUNTOF(lost_reasons);

static const char note_column[] = "phase_event.note";

bool lost_reason_known(str name)
{
    for (int i = 0; i < lost_reason_count; i++)
        if (str_eq(name, str_of(lost_reasons[i]))) return true;
    return false;
}

static str props_of(struct ctx *cx, enum lead_phase from, const struct phase_change *change)
{
    struct value props = value_map(cx->a);
    value_set_text(props, "from", str_of(lead_phase_name(from)));
    value_set_text(props, "to", str_of(lead_phase_name(change->to)));
    if (change->to == PHASE_LOST && change->reason.len > 0)
        value_set_text(props, "lost_reason", change->reason);
    return json_text(cx->a, props);
}

/* Whoever is won or lost waits for nobody: that ends the handling, and going back begins it anew.
 */
static bool handling_follow(struct ctx *cx, struct tx *tx, int64_t lead_id, enum lead_phase from,
                            enum lead_phase to)
{
    bool was = lead_phase_closes(from), is = lead_phase_closes(to);
    enum lead_handling handling = is ? HANDLING_DONE : HANDLING_NEW;
    struct lead_follow_phase_in in = {lead_id, handling};
    int64_t rows = 0;
    if (was == is) return true;
    if (!q_lead_follow_phase(tx, &in, &rows)) return false;
    if (rows == 0) return true;
    struct value props = value_map(cx->a);
    value_set_text(props, "handling", str_of(lead_handling_name(handling)));
    return touchpoint_record(cx, tx, lead_id, TOUCH_HANDLING_CHANGED, 0, json_text(cx->a, props));
}

bool phase_event_write(struct ctx *cx, struct tx *tx, int64_t lead_id, enum lead_phase from,
                       const struct phase_change *change)
{
    bool lost = change->to == PHASE_LOST;
    struct phase_event_add_in in = {
        .lead_id = lead_id,
        .id = ctx_new_id(cx),
        .at_ms = cx->now_ms,
        .actor_kind = cx->actor.kind,
        .user_id = cx->actor.user_id,
        .from_kind = from,
        .to_kind = change->to,
        .reason = lost && change->reason.len > 0 ? change->reason : S(""),
    };
    if (lost && change->note.len > 0) {
        struct seal_key key;
        bool found;
        if (!lead_key_load(cx, tx, lead_id, &key, &found)) return false;
        str ad = seal_ad(cx->a, note_column, cx->workspace_id, in.id);
        if (found) in.note = seal(cx->a, &key, change->note, ad);
    }
    return q_phase_event_add(tx, &in, NULL) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_PHASE_CHANGED, in.id,
                             props_of(cx, from, change)) &&
           handling_follow(cx, tx, lead_id, from, change->to);
}

bool lead_set_phase(struct ctx *cx, struct tx *tx, const struct lead *old,
                    const struct phase_change *change)
{
    struct lead_set_phase_in in = {old->id, change->to, cx->now_ms, old->version};
    int64_t rows = 0;
    if (change->to == old->phase) return true;
    if (old->state == LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.applicant_apart");
    if (!q_lead_set_phase(tx, &in, &rows)) return false;
    if (rows == 0) return fail(cx, ERR_CONFLICT, "lead.changed");
    return phase_event_write(cx, tx, old->id, old->phase, change);
}

bool phase_event_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct phase_events *out)
{
    struct phase_event_list_in in = {lead_id, LIMIT_LIST_PAGE};
    struct phase_event_list_rows rows;
    struct seal_key key;
    bool found;
    if (!q_phase_event_list(tx, &in, &rows) || !lead_key_load(cx, tx, lead_id, &key, &found))
        return false;
    *out = (struct phase_events){NEW(cx->a, struct phase_event, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct phase_event *e = &out->row[i];
        *e = (struct phase_event){.id = rows.row[i].id,
                                  .at_ms = rows.row[i].at_ms,
                                  .user_id = rows.row[i].user_id,
                                  .user_name = rows.row[i].user_name,
                                  .from = (enum lead_phase)rows.row[i].from_kind,
                                  .to = (enum lead_phase)rows.row[i].to_kind,
                                  .reason = rows.row[i].reason};
        str ad = seal_ad(cx->a, note_column, cx->workspace_id, e->id), note;
        if (found && rows.row[i].note.ptr != NULL &&
            seal_open(cx->a, &key, rows.row[i].note, ad, &note))
            e->note = note;
    }
    return true;
}
