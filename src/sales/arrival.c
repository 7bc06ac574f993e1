/* What follows from a submission: an owner, a due time, and people who are told. */
#include "sales/sales.h"

#include "base/id.h"
#include "base/json.h"
#include "jobs/jobs.h"
#include "sales/sales_jobs.h"
#include "sales/sales_rules.h"
#include "sales_sql.h"

enum { HOUR_MS = 3600000 };

bool handling_load(struct ctx *cx, struct tx *tx, int64_t form_id, struct form_handling *out,
                   bool *said)
{
    struct form_handling_get_in in = {form_id};
    struct form_handling_get_row row;
    struct value tree;
    struct json_err err;
    *out = handling_default();
    if (!q_form_handling_get(tx, &in, &row, said)) return false;
    if (*said && json_parse(cx->a, row.definition, &tree, &err)) handling_from(tree, out);
    return true;
}

bool handling_save(struct ctx *cx, struct tx *tx, int64_t form_id, const struct form_handling *in)
{
    struct form_handling_put_in row = {form_id, json_text(cx->a, handling_value(cx->a, in)),
                                       cx->now_ms};
    return q_form_handling_put(tx, &row, NULL);
}

/* A rule names somebody for a lead that nobody has, or whose owner has left; what was done is new
 * again. */
static bool care_for(struct ctx *cx, struct tx *tx, const struct sales_arrival *in,
                     const struct form_handling *h, bool said, int64_t *owner_id)
{
    struct sales_policy policy;
    struct care_get_in get = {in->lead_id};
    struct care_get_row now = {0};
    if (!policy_load(cx, tx, &policy)) return false;
    if (!in->created && !q_care_get(tx, &get, &now, NULL)) return false;
    struct care_change change = {.owner_id = now.owner_user_id};
    bool found = false;
    if (!care_member(cx, tx, change.owner_id, NULL, NULL, NULL, &found)) return false;
    if (!found) {
        if (!rule_owner(cx, tx, &policy, in->text, in->form_id, &change.owner_id)) return false;
        change.has_owner = change.owner_id != now.owner_user_id;
    }
    *owner_id = change.owner_id;
    int64_t hours = h->due_hours >= 0 ? h->due_hours : policy.due_hours;
    change.has_handling = now.handling_state == HANDLING_DONE;
    change.has_due =
        hours > 0 && now.due_ms == 0 && (change.owner_id != 0 || (said && h->due_hours > 0));
    change.due_ms = cx->now_ms + hours * HOUR_MS;
    if (!change.has_owner && !change.has_handling && !change.has_due) return true;
    return care_apply(cx, tx, in->lead_id, &change, HANDOVER_RULE);
}

static bool tell(struct ctx *cx, struct tx *tx, const struct sales_arrival *in, int64_t owner_id,
                 bool colleagues, bool sender)
{
    struct value payload = value_map(cx->a);
    value_set_text(payload, "lead", id_text(cx->a, ID_LEAD, in->lead_id));
    value_set_text(payload, "submission", id_text(cx->a, ID_SUBMISSION, in->submission_id));
    value_set_text(payload, "form", id_text(cx->a, ID_FORM, in->form_id));
    value_set_text(payload, "owner", id_text(cx->a, ID_USER, owner_id));
    if (colleagues && !job_add(cx, tx, JOB_SALES_NOTICE, json_text(cx->a, payload), 0))
        return false;
    return !sender || job_add(cx, tx, JOB_SALES_RECEIVED, json_text(cx->a, payload), 0);
}

/* `now`: this is the moment at which the form wants somebody to act. */
static bool arrived(struct ctx *cx, struct tx *tx, const struct sales_arrival *in,
                    const struct form_handling *h, bool said, bool now, bool proved)
{
    int64_t owner_id = 0;
    struct actor actor = cx->actor;
    cx->actor = (struct actor){.kind = ACTOR_SYSTEM}; /* the rule does it, not the visitor */
    bool ok = !now || in->applicant || care_for(cx, tx, in, h, said, &owner_id);
    cx->actor = actor;
    bool colleagues =
        now && ((h->tell_owner && owner_id != 0) || h->person_count > 0 || h->mailbox_count > 0);
    return ok && tell(cx, tx, in, owner_id, colleagues, h->acknowledge && in->has_email && proved);
}

bool sales_on_submission(struct ctx *cx, struct tx *tx, const struct sales_arrival *in)
{
    struct form_handling h;
    bool said;
    if (!handling_load(cx, tx, in->form_id, &h, &said)) return false;
    bool message = in->text[SLOT_MESSAGE].len > 0;
    /* Who waits for a confirmation has had its mail: an unproved address gets no second one. */
    return arrived(cx, tx, in, &h, said, handling_at_once(&h, in->waits, message), !in->waits);
}

bool sales_on_confirmation(struct ctx *cx, struct tx *tx, const struct sales_arrival *in)
{
    struct form_handling h;
    bool said;
    if (!handling_load(cx, tx, in->form_id, &h, &said)) return false;
    bool message = in->text[SLOT_MESSAGE].len > 0;
    return arrived(cx, tx, in, &h, said, !handling_at_once(&h, true, message), true);
}

bool sales_form_list(struct ctx *cx, struct tx *tx, struct sales_forms *out)
{
    struct sales_form_names_rows rows;
    if (!q_sales_form_names(tx, &rows)) return false;
    *out = (struct sales_forms){NEW(cx->a, struct sales_form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct sales_form){rows.row[i].id, rows.row[i].form_name};
    return true;
}

bool sales_form_name(struct ctx *cx, struct tx *tx, int64_t form_id, str *name, bool *found)
{
    (void)cx;
    struct sales_form_get_in in = {form_id};
    struct sales_form_get_row row = {.form_name = S("")};
    if (!q_sales_form_get(tx, &in, &row, found)) return false;
    *name = *found ? row.form_name : S("");
    return true;
}
