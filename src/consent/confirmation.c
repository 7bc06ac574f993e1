/* Double opt-in: open, confirm, refuse, expire. */
#include "consent/consent_inner.h"

#include "base/utf8.h"
#include "consent/consent_rules.h"
#include "consent_sql.h"
#include "lead/lead.h"

bool confirmation_load(struct ctx *cx, struct tx *tx, int64_t id, struct confirmation *out,
                       bool *found)
{
    (void)cx;
    struct confirmation_get_in in = {id};
    struct confirmation_get_row row;
    if (!q_confirmation_get(tx, &in, &row, found)) return false;
    if (!*found) return true;
    *out = (struct confirmation){.id = row.id,
                                 .lead_id = row.lead_id,
                                 .submission_id = row.submission_id,
                                 .form_id = row.form_id,
                                 .email = row.email,
                                 .state = (enum confirmation_state)row.state,
                                 .requested_ms = row.requested_ms,
                                 .expires_ms = row.expires_ms,
                                 .answered_ms = row.answered_ms,
                                 .sends = row.sends_n,
                                 .sent_ms = row.sent_ms,
                                 .consents_only = row.is_consents != 0};
    return true;
}

bool confirmation_count_since(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t since_ms,
                              int64_t *count)
{
    (void)cx;
    struct confirmation_asked_since_in in = {lead_id, since_ms};
    struct confirmation_asked_since_row row;
    if (!q_confirmation_asked_since(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool confirmation_count_of_address(struct ctx *cx, struct tx *tx, str email, int64_t since_ms,
                                   int64_t *count)
{
    struct confirmation_asked_address_in in = {utf8_fold(cx->a, email), email, since_ms};
    struct confirmation_asked_address_row row;
    if (!q_confirmation_asked_address(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool confirmation_sent_again(struct ctx *cx, struct tx *tx, int64_t id, int64_t sends_max,
                             bool *allowed)
{
    struct confirmation_again_in in = {id, sends_max, cx->now_ms};
    int64_t changed = 0;
    if (!q_confirmation_again(tx, &in, &changed)) return false;
    *allowed = changed == 1;
    return true;
}

bool confirmation_wordings(struct ctx *cx, struct tx *tx, int64_t confirmation_id,
                           struct wording *out, int max, int *count)
{
    struct consent_event_of_confirmation_in in = {confirmation_id};
    struct consent_event_of_confirmation_rows rows;
    if (!q_consent_event_of_confirmation(tx, &in, &rows)) return false;
    *count = 0;
    for (ptrdiff_t i = 0; i < rows.count && *count < max; i++)
        if (!wording_load(cx, tx, rows.row[i].wording_id, &out[(*count)++])) return false;
    return true;
}

/* The person's own act: the consent stands, and the list of suppressions gives way to it. Where the
 * click does not open the channel it is kept as proof, and nothing changes. */
static bool confirm_one(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                        const struct consent_event_of_confirmation_row *asked,
                        const struct evidence *evidence)
{
    struct wording w;
    struct consent_get_in get = {asked->consent_id};
    struct consent_get_row row;
    if (!wording_load(cx, tx, asked->wording_id, &w) || !q_consent_get(tx, &get, &row, NULL))
        return false;
    if (!consent_click_opens(w.channel))
        return consent_event_append(cx, tx, row.id, c->lead_id, asked->wording_id, c->id,
                                    EVENT_AFFIRMED, evidence);
    struct consent_set_in set = {row.id,          asked->wording_id, CONSENT_CONFIRMED,
                                 c->requested_ms, cx->now_ms,        0};
    return q_consent_set(tx, &set, NULL) &&
           consent_event_append(cx, tx, row.id, c->lead_id, asked->wording_id, c->id,
                                EVENT_CONFIRMED, evidence) &&
           suppression_lift(cx, tx, c->email, row.channel_kind, row.purpose_id) &&
           touchpoint_record(cx, tx, c->lead_id, TOUCH_CONSENT_CONFIRMED, row.id,
                             consent_props(cx, &w));
}

bool confirmation_confirm(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                          const struct evidence *evidence, bool *done)
{
    struct confirmation_answer_in answer = {c->id, CONFIRMATION_DONE, cx->now_ms};
    int64_t changed = 0;
    *done = false;
    /* The job that expires it may be a minute late. */
    if (!confirmation_answerable(c->state, c->expires_ms, cx->now_ms)) return true;
    /* The lead has another address meanwhile: whoever clicks here does not speak for that. */
    struct lead lead;
    if (!lead_load(cx, tx, c->lead_id, &lead)) return false;
    if (!str_eq(lead.email, c->email)) return true;
    if (!q_confirmation_answer(tx, &answer, &changed)) return false;
    if (changed == 0) return true;
    if (!lead_set_email_state(cx, tx, c->lead_id, c->email, EMAIL_VERIFIED) ||
        !touchpoint_record(cx, tx, c->lead_id, TOUCH_EMAIL_VERIFIED, c->id, S("{}")))
        return false;
    struct consent_event_of_confirmation_in in = {c->id};
    struct consent_event_of_confirmation_rows rows;
    if (!q_consent_event_of_confirmation(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!confirm_one(cx, tx, c, &rows.row[i], evidence)) return false;
    *done = true;
    return consent_summarise(cx, tx, c->lead_id);
}

/* End what was requested with a confirmation without confirming it. */
static bool end_requested(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                          enum consent_event_kind kind, const struct evidence *evidence)
{
    struct consent_event_of_confirmation_in in = {c->id};
    struct consent_event_of_confirmation_rows rows;
    if (!q_consent_event_of_confirmation(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct consent_get_in get = {rows.row[i].consent_id};
        struct consent_get_row row;
        if (!q_consent_get(tx, &get, &row, NULL) ||
            !consent_event_append(cx, tx, row.id, c->lead_id, rows.row[i].wording_id, c->id, kind,
                                  evidence))
            return false;
        /* A newer request (of another form, be it in the same words), or a consent that already
         * stands, is not touched by an older one's end. */
        if (row.state != CONSENT_REQUESTED || row.wording_id != rows.row[i].wording_id ||
            row.requested_ms > c->requested_ms)
            continue;
        enum consent_state state = consent_state_after((enum consent_state)row.state, kind);
        struct consent_set_in set = {row.id, row.wording_id, state, c->requested_ms, 0, cx->now_ms};
        if (!q_consent_set(tx, &set, NULL)) return false;
    }
    return consent_summarise(cx, tx, c->lead_id);
}

/* What an older request of the same form asked for, and the newer one may not: it waits no more. */
static bool end_replaced(struct ctx *cx, struct tx *tx, const struct confirmation *in)
{
    struct confirmation_open_of_in find = {in->lead_id, in->form_id};
    struct confirmation_open_of_rows rows;
    static const struct evidence replaced = {S_INIT("{\"replaced\":true}"), S_INIT("{}")};
    if (!q_confirmation_open_of(tx, &find, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct confirmation c;
        bool found;
        struct confirmation_answer_in answer = {rows.row[i].id, CONFIRMATION_REPLACED, cx->now_ms};
        if (!confirmation_load(cx, tx, rows.row[i].id, &c, &found) ||
            !q_confirmation_answer(tx, &answer, NULL) ||
            !end_requested(cx, tx, &c, EVENT_EXPIRED, &replaced))
            return false;
    }
    return true;
}

bool confirmation_open_first(struct ctx *cx, struct tx *tx, const struct confirmation *in)
{
    struct confirmation_add_in add = {in->id,         in->lead_id, in->submission_id,
                                      in->form_id,    in->email,   cx->now_ms,
                                      in->expires_ms, in->test,    in->consents_only};
    return q_confirmation_add(tx, &add, NULL);
}

bool confirmation_open(struct ctx *cx, struct tx *tx, const struct confirmation *in)
{
    return end_replaced(cx, tx, in) && confirmation_open_first(cx, tx, in);
}

bool confirmation_reject(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                         const struct evidence *evidence, bool *done)
{
    struct confirmation_answer_in answer = {c->id, CONFIRMATION_REJECTED, cx->now_ms};
    int64_t changed = 0;
    *done = false;
    if (!q_confirmation_answer(tx, &answer, &changed)) return false;
    if (changed == 0) return true;
    *done = true;
    return end_requested(cx, tx, c, EVENT_REFUSED, evidence) &&
           touchpoint_record(cx, tx, c->lead_id, TOUCH_REJECTED, c->id, S("{}"));
}

bool confirmation_expire(struct ctx *cx, struct tx *tx, int limit, int *count)
{
    struct confirmation_overdue_in in = {cx->now_ms, limit};
    struct confirmation_overdue_rows rows;
    if (!q_confirmation_overdue(tx, &in, &rows)) return false;
    *count = 0;
    static const struct evidence nothing = {S_INIT("{}"), S_INIT("{}")};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct confirmation c;
        bool found;
        if (!confirmation_load(cx, tx, rows.row[i].id, &c, &found)) return false;
        struct confirmation_answer_in answer = {c.id, CONFIRMATION_EXPIRED, cx->now_ms};
        if (!q_confirmation_answer(tx, &answer, NULL) ||
            !end_requested(cx, tx, &c, EVENT_EXPIRED, &nothing) ||
            !touchpoint_record(cx, tx, c.lead_id, TOUCH_CONSENT_EXPIRED, c.id, S("{}")))
            return false;
        (*count)++;
    }
    return true;
}
