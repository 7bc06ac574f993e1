#include "consent/consent_inner.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/reach.h"
#include "consent/consent_rules.h"
#include "consent_sql.h"
#include "keys/keys.h"
#include "keys/seal.h"
#include "lead/lead.h"

void consent_prove(struct ctx *cx, const struct evidence *evidence, struct consent_proof *out)
{
    int64_t id = ctx_new_id(cx);
    struct seal_key facts_key, network_key;
    seal_key_new(&facts_key);
    seal_key_new(&network_key);
    str facts_ad = seal_ad(cx->a, "consent_event.evidence", cx->workspace_id, id);
    str network_ad = seal_ad(cx->a, "consent_event.network", cx->workspace_id, id);
    *out = (struct consent_proof){
        .id = id,
        .evidence = seal(cx->a, &facts_key, evidence->facts, facts_ad),
        .evidence_key = seal_key_wrap(cx->a, cx->keys, &facts_key, facts_ad),
        .network = seal(cx->a, &network_key, evidence->network, network_ad),
        .network_key = seal_key_wrap(cx->a, cx->keys, &network_key, network_ad),
    };
}

static bool event_add(struct ctx *cx, struct tx *tx, int64_t consent_id, int64_t lead_id,
                      int64_t wording_id, int64_t confirmation_id, enum consent_event_kind kind,
                      const struct consent_proof *proof)
{
    struct consent_event_add_in in = {
        .id = proof->id,
        .consent_id = consent_id,
        .lead_id = lead_id,
        .wording_id = wording_id,
        .confirmation_id = confirmation_id,
        .kind = kind,
        .at_ms = cx->now_ms,
        .evidence = proof->evidence,
        .evidence_key = proof->evidence_key,
        .network = proof->network,
        .network_key = proof->network_key,
    };
    return q_consent_event_add(tx, &in, NULL);
}

bool consent_event_append(struct ctx *cx, struct tx *tx, int64_t consent_id, int64_t lead_id,
                          int64_t wording_id, int64_t confirmation_id, enum consent_event_kind kind,
                          const struct evidence *evidence)
{
    struct consent_proof proof;
    consent_prove(cx, evidence, &proof);
    return event_add(cx, tx, consent_id, lead_id, wording_id, confirmation_id, kind, &proof);
}

/* Whoever confirmed spoke for one address: on another one the consent permits nothing. */
static bool of_this_address(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t consent_id,
                            bool *same)
{
    struct lead lead;
    struct consent_address_in in = {lead_id, consent_id};
    struct consent_address_row row;
    if (!lead_load(cx, tx, lead_id, &lead) || !q_consent_address(tx, &in, &row, same)) return false;
    *same = *same && str_eq(row.email, lead.email);
    return true;
}

bool consent_summarise(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct consent_rows rows;
    if (!consent_list(cx, tx, lead_id, &rows)) return false;
    enum permit_summary best = MAY_NO;
    str label = S("");
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        if (rows.row[i].channel != CHANNEL_EMAIL) continue;
        enum permit_summary s = consent_summary_of(rows.row[i].state);
        bool same = true;
        if (s == MAY_YES && !of_this_address(cx, tx, lead_id, rows.row[i].id, &same)) return false;
        if (!same) continue;
        if (s != MAY_NO && consent_summary_best(s, best) == s && s != best) {
            best = s;
            label = rows.row[i].purpose_label;
        }
    }
    return lead_set_permit(cx, tx, lead_id, best, label);
}

str consent_props(struct ctx *cx, const struct wording *w)
{
    struct value props = value_map(cx->a);
    value_set_text(props, "purpose", w->purpose_label);
    value_set_text(props, "channel", str_of(channel_name(w->channel)));
    value_set_int(props, "wording_version", w->version_no);
    return json_text(cx->a, props);
}

/* The lead's one row for the wording's purpose and channel, made as requested if there is none;
 * *id is that of what is stored. */
static bool consent_take(struct ctx *cx, struct tx *tx, int64_t lead_id, const struct wording *w,
                         int64_t *id)
{
    *id = ctx_new_id(cx);
    struct consent_add_in add = {*id,   lead_id,           w->purpose_id, w->channel,
                                 w->id, CONSENT_REQUESTED, cx->now_ms,    0};
    struct consent_find_in find = {lead_id, w->purpose_id, w->channel};
    struct consent_find_row row;
    int64_t changed = 0;
    if (!q_consent_add(tx, &add, &changed)) return false;
    if (changed == 1) return true;
    if (!q_consent_find(tx, &find, &row, NULL)) return false;
    *id = row.id;
    struct consent_set_in set = {row.id, w->id, CONSENT_REQUESTED, cx->now_ms, 0, 0};
    return row.state == CONSENT_CONFIRMED || q_consent_set(tx, &set, NULL);
}

bool consent_request_ready(struct ctx *cx, struct tx *tx, int64_t lead_id,
                           const struct wording *wording, int64_t confirmation_id,
                           const struct consent_proof *proof)
{
    int64_t id;
    return consent_take(cx, tx, lead_id, wording, &id) &&
           event_add(cx, tx, id, lead_id, wording->id, confirmation_id, EVENT_REQUESTED, proof) &&
           consent_summarise(cx, tx, lead_id);
}

bool consent_request(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t wording_id,
                     int64_t confirmation_id, const struct evidence *evidence)
{
    struct wording w;
    struct consent_proof proof;
    consent_prove(cx, evidence, &proof);
    return wording_load(cx, tx, wording_id, &w) &&
           consent_request_ready(cx, tx, lead_id, &w, confirmation_id, &proof);
}

bool consent_sign(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t wording_id,
                  const struct evidence *evidence)
{
    struct wording w;
    if (!wording_load(cx, tx, wording_id, &w)) return false;
    if (!consent_signature_opens(w.channel)) return true;
    struct consent_find_in find = {lead_id, w.purpose_id, w.channel};
    struct consent_find_row row;
    if (!q_consent_find(tx, &find, &row, NULL)) return false;
    struct consent_set_in set = {row.id,           wording_id, CONSENT_CONFIRMED,
                                 row.requested_ms, cx->now_ms, 0};
    return q_consent_set(tx, &set, NULL) &&
           consent_event_append(cx, tx, row.id, lead_id, wording_id, 0, EVENT_CONFIRMED,
                                evidence) &&
           consent_summarise(cx, tx, lead_id) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_CONSENT_CONFIRMED, row.id,
                             consent_props(cx, &w));
}

static bool withdraw_one(struct ctx *cx, struct tx *tx, const struct consent_of_lead_row *row,
                         int64_t lead_id, const struct evidence *evidence)
{
    struct consent_set_in set = {row->id,           row->wording_id,   CONSENT_WITHDRAWN,
                                 row->requested_ms, row->confirmed_ms, cx->now_ms};
    struct wording w = {.purpose_label = row->label,
                        .channel = (enum channel)row->channel_kind,
                        .version_no = row->version_no};
    return q_consent_set(tx, &set, NULL) &&
           consent_event_append(cx, tx, row->id, lead_id, row->wording_id, 0, EVENT_WITHDRAWN,
                                evidence) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_CONSENT_WITHDRAWN, row->id,
                             consent_props(cx, &w));
}

bool consent_withdraw(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t purpose_id,
                      enum channel channel, const struct evidence *evidence)
{
    struct lead lead;
    if (!lead_load(cx, tx, lead_id, &lead)) return false;
    struct consent_of_lead_in in = {lead_id};
    struct consent_of_lead_rows rows;
    if (!q_consent_of_lead(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct consent_of_lead_row *row = &rows.row[i];
        bool ends = row->state == CONSENT_CONFIRMED || row->state == CONSENT_REQUESTED;
        bool meant = purpose_id == 0 || purpose_id == row->purpose_id;
        if (row->channel_kind != (int64_t)channel || !ends || !meant) continue;
        if (!withdraw_one(cx, tx, row, lead_id, evidence)) return false;
    }
    if (channel == CHANNEL_EMAIL && lead.email.len > 0) {
        struct suppression_add_in add = {suppression_hash(cx, lead.email), channel, purpose_id,
                                         CAUSE_WITHDRAWAL, cx->now_ms};
        if (!q_suppression_add(tx, &add, NULL)) return false;
    }
    return consent_summarise(cx, tx, lead_id);
}

bool consent_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct consent_rows *out)
{
    struct consent_of_lead_in in = {lead_id};
    struct consent_of_lead_rows rows;
    if (!q_consent_of_lead(tx, &in, &rows)) return false;
    *out = (struct consent_rows){NEW(cx->a, struct consent_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct consent_of_lead_row *r = &rows.row[i];
        out->row[i] = (struct consent_row){.id = r->id,
                                           .lead_id = lead_id,
                                           .purpose_id = r->purpose_id,
                                           .wording_id = r->wording_id,
                                           .wording_no = r->version_no,
                                           .channel = (enum channel)r->channel_kind,
                                           .state = (enum consent_state)r->state,
                                           .purpose = r->slug,
                                           .purpose_label = r->label,
                                           .wording_text = r->body,
                                           .approver = r->approver,
                                           .approved_ms = r->approved_ms,
                                           .wording_lang = r->lang,
                                           .requested_ms = r->requested_ms,
                                           .confirmed_ms = r->confirmed_ms,
                                           .ended_ms = r->ended_ms,
                                           .used_ms = r->used_ms};
    }
    return true;
}

/* The plain text of a sealed part; absent where its key is gone or does not open. */
static str part_open(struct ctx *cx, str sealed, str wrapped, const char *what, int64_t id)
{
    struct seal_key key;
    str plain = {0}, ad = seal_ad(cx->a, what, cx->workspace_id, id);
    if (wrapped.ptr == NULL || !seal_key_unwrap(cx->keys, wrapped, ad, &key)) return plain;
    return seal_open(cx->a, &key, sealed, ad, &plain) ? plain : (str){0};
}

bool consent_events(struct ctx *cx, struct tx *tx, int64_t lead_id, struct consent_event_rows *out)
{
    return consent_event_page(cx, tx, lead_id, 0, LIMIT_QUERY_ROWS, out);
}

bool consent_event_page(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t after_id, int limit,
                        struct consent_event_rows *out)
{
    struct consent_event_of_lead_in in = {lead_id, after_id, limit};
    struct consent_event_of_lead_rows rows;
    if (!q_consent_event_of_lead(tx, &in, &rows)) return false;
    *out =
        (struct consent_event_rows){NEW(cx->a, struct consent_event_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct consent_event_of_lead_row *r = &rows.row[i];
        out->row[i] = (struct consent_event_row){
            .id = r->id,
            .consent_id = r->consent_id,
            .wording_id = r->wording_id,
            .confirmation_id = r->confirmation_id,
            .at_ms = r->at_ms,
            .kind = (enum consent_event_kind)r->kind,
            .facts = part_open(cx, r->evidence, r->evidence_key, "consent_event.evidence", r->id),
            .network = part_open(cx, r->network, r->network_key, "consent_event.network", r->id),
            .block_no = r->block_no,
        };
        if (r->block_hash.ptr != NULL)
            out->row[i].block_hash =
                hex_encode(cx->a, (const uint8_t *)r->block_hash.ptr, r->block_hash.len);
    }
    return true;
}

bool consent_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    (void)cx;
    struct consent_event_forget_in forget = {lead_id};
    struct consent_delete_of_lead_in states = {lead_id};
    struct confirmation_delete_of_lead_in open = {lead_id};
    return q_consent_event_forget(tx, &forget, NULL) &&
           q_consent_delete_of_lead(tx, &states, NULL) &&
           q_confirmation_delete_of_lead(tx, &open, NULL);
}

/* Of those leads alone that are within reach. */
static bool waiting_within(struct ctx *cx, struct tx *tx, const struct reach *reach,
                           struct confirmation_stats *out)
{
    struct confirmation_waiting_own_in in = {cx->now_ms, reach->mine};
    struct confirmation_waiting_own_row own;
    struct confirmation_waiting_free_in free_in = {cx->now_ms};
    struct confirmation_waiting_free_row free_row = {0};
    if (!q_confirmation_waiting_own(tx, &in, &own, NULL)) return false;
    if (reach->mine_too == 0 && !q_confirmation_waiting_free(tx, &free_in, &free_row, NULL))
        return false;
    out->waiting = own.n + free_row.n;
    out->oldest_ms = own.oldest_ms;
    if (free_row.n > 0 && (own.n == 0 || free_row.oldest_ms < own.oldest_ms))
        out->oldest_ms = free_row.oldest_ms;
    return true;
}

bool confirmation_count_waiting(struct ctx *cx, struct tx *tx, struct confirmation_stats *out)
{
    struct reach reach = reach_of(&cx->actor);
    if (reach.any == 0) return waiting_within(cx, tx, &reach, out);
    struct confirmation_waiting_in now = {cx->now_ms};
    struct confirmation_waiting_row waiting;
    if (!q_confirmation_waiting(tx, &now, &waiting, NULL)) return false;
    out->waiting = waiting.n;
    out->oldest_ms = waiting.oldest_ms;
    return true;
}

bool confirmation_count(struct ctx *cx, struct tx *tx, int64_t since_ms,
                        struct confirmation_stats *out)
{
    (void)cx;
    struct consent_counts_in since = {since_ms};
    struct consent_counts_rows rows;
    if (!q_consent_counts(tx, &since, &rows)) return false;
    out->requested = out->confirmed = 0;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        if (rows.row[i].state != CONFIRMATION_REPLACED) out->requested += rows.row[i].n;
        if (rows.row[i].state == CONFIRMATION_DONE) out->confirmed += rows.row[i].n;
    }
    return true;
}
