#include "lead/lead.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/reach.h"
#include "base/utf8.h"
#include "field/free_field.h"
#include "keys/lead_key.h"
#include "lead/lead_phase.h"
#include "lead/lead_store.h"
#include "lead/lead_tally.h"
#include "lead_sql.h"
#include "workspace/workspace.h"

bool lead_by_email(struct ctx *cx, struct tx *tx, str email, int64_t *lead_id,
                   enum email_state *state, int64_t *verified_ms, bool *found)
{
    struct identity_find_in in = {IDENTITY_EMAIL, identity_hash(cx, email), email};
    struct identity_find_row row = {0};
    if (!q_identity_find(tx, &in, &row, found)) return false;
    *lead_id = row.lead_id;
    *state = (enum email_state)row.state;
    *verified_ms = row.verified_ms;
    return true;
}

static bool email_take(struct ctx *cx, struct tx *tx, str email, int64_t lead_id, bool *taken)
{
    struct identity_add_in in = {
        IDENTITY_EMAIL, identity_hash(cx, email), email, lead_id, EMAIL_UNVERIFIED, 0, cx->now_ms};
    int64_t changed = 0;
    if (!q_identity_add(tx, &in, &changed)) return false;
    *taken = changed == 0;
    return true;
}

void lead_make_ready(struct ctx *cx, const struct lead_new *in, struct lead_ready *out)
{
    str name = lead_display_name(cx->a, in->text, in->email);
    *out =
        (struct lead_ready){.id = in->id, .display_name = name, .name_sort = sort_key(cx->a, name)};
    out->word_count = lead_words(cx->a, in->text, in->email, out->word, LEAD_WORDS_MAX);
    lead_key_make(cx, in->id, &out->key, &out->key_wrapped);
}

bool lead_create_ready(struct ctx *cx, struct tx *tx, const struct lead_new *in,
                       const struct lead_ready *ready, int64_t *id, bool *taken)
{
    assert(in->id == ready->id);
    *id = in->id;
    *taken = false;
    if (in->email.len > 0 && !in->twin) {
        if (!email_take(cx, tx, in->email, *id, taken)) return false;
        if (*taken) {
            enum email_state state;
            int64_t verified_ms;
            bool found;
            return lead_by_email(cx, tx, in->email, id, &state, &verified_ms, &found);
        }
    }
    struct lead_insert_in row;
    lead_store_row(cx, in, ready, &row);
    struct lead_stand stand = {.campaign_id = in->campaign_id,
                               .created_ms = cx->now_ms,
                               .email_state = EMAIL_UNVERIFIED,
                               .source = in->source};
    return q_lead_insert(tx, &row, NULL) && lead_stand_move(cx, tx, NULL, &stand) &&
           lead_key_add(cx, tx, *id, ready->key_wrapped) &&
           lead_store_words(tx, *id, ready->word, ready->word_count);
}

bool lead_create(struct ctx *cx, struct tx *tx, const struct lead_new *in, int64_t *id, bool *taken)
{
    struct lead_new lead = *in;
    struct lead_ready ready;
    if (lead.id == 0) lead.id = ctx_new_id(cx);
    lead_make_ready(cx, &lead, &ready);
    return lead_create_ready(cx, tx, &lead, &ready, id, taken);
}

/* The names of a lead's own fields are read only where it has an answer to one. */
static bool own_fields(struct ctx *cx, struct tx *tx, struct lead *lead)
{
    bool any = false;
    for (int i = SLOT__STANDARD; i < SLOT__COUNT; i++) any = any || lead->text[i].len > 0;
    if (!any) return true;
    struct free_fields *own = NEW(cx->a, struct free_fields, 1);
    lead->own = own;
    return free_field_list(cx, tx, own);
}

bool lead_seen(const struct actor *actor, int64_t owner_id, enum lead_state state)
{
    struct reach reach = reach_of(actor);
    /* Whoever may try a form has to see what came of it: nobody's person stands behind it. */
    if (state == LEAD_APPLICANT) return reach.applicants != 0;
    return state == LEAD_TEST || reach_holds(&reach, owner_id);
}

bool lead_load_any(struct ctx *cx, struct tx *tx, int64_t id, struct lead *out)
{
    bool found;
    if (!lead_store_get(tx, id, out, &found)) return false;
    return found ? own_fields(cx, tx, out) : fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool lead_load(struct ctx *cx, struct tx *tx, int64_t id, struct lead *out)
{
    if (!lead_load_any(cx, tx, id, out)) return false;
    return lead_seen(&cx->actor, out->owner_id, out->state)
               ? true
               : fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* The old value of a changed field, sealed with the lead's key. */
static bool history_add(struct ctx *cx, struct tx *tx, const struct seal_key *key, int64_t lead_id,
                        str field, str old_value)
{
    int64_t id = ctx_new_id(cx);
    str ad = seal_ad(cx->a, "field_history.old_value", cx->workspace_id, id);
    struct field_history_add_in in = {lead_id,
                                      id,
                                      cx->now_ms,
                                      cx->actor.kind,
                                      cx->actor.user_id,
                                      field,
                                      seal(cx->a, key, old_value, ad)};
    return q_field_history_add(tx, &in, NULL);
}

/* Whether any slot behind the standard ones differs. */
static bool own_differ(const struct lead *old, const str text[SLOT__COUNT])
{
    for (int i = SLOT__STANDARD; i < SLOT__COUNT; i++)
        if (!str_eq(old->text[i], text[i])) return true;
    return false;
}

/* The same for a workspace's own fields. */
static bool history_of_own(struct ctx *cx, struct tx *tx, const struct lead *old,
                           const str text[SLOT__COUNT], struct value changed)
{
    struct free_fields own;
    struct seal_key key;
    bool found;
    if (!own_differ(old, text)) return true;
    if (!free_field_list(cx, tx, &own) || !lead_key_load(cx, tx, old->id, &key, &found))
        return false;
    for (ptrdiff_t i = 0; i < own.count; i++) {
        const struct free_field *f = &own.row[i];
        if (str_eq(old->text[f->slot], text[f->slot])) continue;
        value_push(changed, value_text(f->key));
        if (found && !history_add(cx, tx, &key, old->id, f->key, old->text[f->slot])) return false;
    }
    return true;
}

/* Write the history of every slot that differs; the changed keys go into *changed (a list). */
static bool history_of_changes(struct ctx *cx, struct tx *tx, const struct lead *old,
                               const str text[SLOT__COUNT], struct value changed)
{
    struct seal_key key;
    bool found = false;
    for (ptrdiff_t i = 0; i < field_count; i++) {
        enum field_slot slot = field_defs[i].slot;
        if (slot == SLOT_NONE || str_eq(old->text[slot], text[slot])) continue;
        if (value_count(changed) == 0 && !lead_key_load(cx, tx, old->id, &key, &found))
            return false;
        value_push(changed, value_text(str_of(field_defs[i].key)));
        if (found &&
            !history_add(cx, tx, &key, old->id, str_of(field_defs[i].key), old->text[slot]))
            return false;
    }
    return true;
}

bool lead_change(struct ctx *cx, struct tx *tx, const struct lead *old, const str text[SLOT__COUNT],
                 enum lead_phase phase, int64_t version)
{
    struct value changed = value_list(cx->a);
    if (!history_of_changes(cx, tx, old, text, changed) ||
        !history_of_own(cx, tx, old, text, changed))
        return false;
    struct phase_change move = {.to = phase};
    bool fields = value_count(changed) > 0;
    if (!fields && phase == old->phase) return true;

    str name = lead_display_name(cx->a, text, old->email);
    struct lead_update_in in = {.id = old->id,
                                .display_name = name,
                                .name_sort = sort_key(cx->a, name),
                                .phase_kind = phase,
                                .now_ms = cx->now_ms,
                                .version_no = version};
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = text[i].len > 0 ? text[i] : (str){0};
    int64_t rows = 0;
    if (!q_lead_update(tx, &in, &rows)) return false;
    if (rows == 0) return fail(cx, ERR_CONFLICT, "lead.changed");
    if (phase != old->phase && !phase_event_write(cx, tx, old->id, old->phase, &move)) return false;
    if (!fields) return true;
    struct value props = value_map(cx->a);
    value_set(props, "fields", changed);
    return lead_store_words_again(cx, tx, old->id, text, old->email) &&
           touchpoint_record(cx, tx, old->id, TOUCH_FIELD_CHANGED, 0, json_text(cx->a, props));
}

bool lead_change_email(struct ctx *cx, struct tx *tx, const struct lead *old, str email)
{
    if (str_eq(old->email, email)) return true;
    bool taken = false;
    /* An applicant is recognised by no address: that is the customer's. */
    bool takes = email.len > 0 && old->state != LEAD_APPLICANT;
    if (takes && !email_take(cx, tx, email, old->id, &taken)) return false;
    if (taken) {
        int64_t owner, verified_ms;
        enum email_state state;
        bool found;
        if (!lead_by_email(cx, tx, email, &owner, &state, &verified_ms, &found)) return false;
        if (owner != old->id) {
            return fail_conflict(cx, S("email"), "error.email_taken");
        }
    }
    if (old->email.len > 0) {
        struct seal_key key;
        bool found;
        if (!lead_key_load(cx, tx, old->id, &key, &found)) return false;
        if (found && !history_add(cx, tx, &key, old->id, S("email"), old->email)) return false;
        struct identity_delete_in gone = {IDENTITY_EMAIL, identity_hash(cx, old->email), old->email,
                                          old->id};
        if (!q_identity_delete(tx, &gone, NULL)) return false;
    }
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, old->id, &before)) return false;
    after = before;
    after.email_state = EMAIL_UNVERIFIED;
    str name = lead_display_name(cx->a, old->text, email);
    struct lead_set_email_in in = {old->id,   email, EMAIL_UNVERIFIED, name, sort_key(cx->a, name),
                                   cx->now_ms};
    /* No consent was confirmed from the new address yet. */
    return q_lead_set_email(tx, &in, NULL) && lead_stand_move(cx, tx, &before, &after) &&
           lead_set_permit(cx, tx, old->id, MAY_NO, S("")) &&
           lead_store_words_again(cx, tx, old->id, old->text, email) &&
           touchpoint_record(cx, tx, old->id, TOUCH_FIELD_CHANGED, 0,
                             S("{\"fields\":[\"email\"]}"));
}

bool lead_set_email_state(struct ctx *cx, struct tx *tx, int64_t lead_id, str email,
                          enum email_state state)
{
    int64_t verified_ms = state == EMAIL_VERIFIED ? cx->now_ms : 0;
    struct identity_set_state_in in = {
        IDENTITY_EMAIL, identity_hash(cx, email), email, lead_id, state, verified_ms};
    struct lead_set_email_state_in copy = {lead_id, email, state, cx->now_ms};
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, lead_id, &before)) return false;
    after = before;
    if (str_eq(before.email, email)) after.email_state = state;
    return q_identity_set_state(tx, &in, NULL) && q_lead_set_email_state(tx, &copy, NULL) &&
           lead_stand_move(cx, tx, &before, &after);
}

bool lead_set_permit(struct ctx *cx, struct tx *tx, int64_t lead_id, enum permit_summary permit,
                     str purpose_label)
{
    (void)cx;
    struct lead_set_permit_in in = {lead_id, permit, purpose_label};
    return q_lead_set_permit(tx, &in, NULL);
}

bool lead_set_owner(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t user_id)
{
    struct lead_set_owner_in in = {lead_id, user_id};
    (void)cx;
    return q_lead_set_owner(tx, &in, NULL);
}

bool lead_turn(struct ctx *cx, struct tx *tx, int64_t lead_id, bool *there)
{
    (void)cx;
    struct lead_turn_in in = {lead_id};
    int64_t changed = 0;
    if (!q_lead_turn(tx, &in, &changed)) return false;
    *there = changed == 1;
    return true;
}

static bool state_move(struct ctx *cx, struct tx *tx, int64_t id, enum lead_state state)
{
    static const enum touchpoint_kind kinds[LEAD_STATE__COUNT] = {[LEAD_ACTIVE] = TOUCH_RESTORED,
                                                                  [LEAD_ARCHIVED] = TOUCH_ARCHIVED,
                                                                  [LEAD_TRASHED] = TOUCH_TRASHED};
    struct lead_set_state_in in = {id, state, state == LEAD_TRASHED ? cx->now_ms : 0, cx->now_ms};
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, id, &before)) return false;
    after = before;
    after.state = state;
    return q_lead_set_state(tx, &in, NULL) && lead_stand_move(cx, tx, &before, &after) &&
           touchpoint_record(cx, tx, id, kinds[state], 0, S("{}"));
}

bool lead_set_state(struct ctx *cx, struct tx *tx, int64_t id, enum lead_state state)
{
    struct lead lead;
    if (!lead_load(cx, tx, id, &lead)) return false;
    if (lead.state == state) return true;
    if (lead.state == LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.applicant_stays");
    /* Brought back it would be a lead like any other. */
    if (lead.state == LEAD_TEST) return fail(cx, ERR_CONFLICT, "lead.test_stays");
    return state_move(cx, tx, id, state);
}

bool lead_take_up(struct ctx *cx, struct tx *tx, const struct lead *lead)
{
    if (lead->state == LEAD_ACTIVE) return true;
    if (lead->state == LEAD_APPLICANT) return fail(cx, ERR_CONFLICT, "lead.applicant_stays");
    return state_move(cx, tx, lead->id, LEAD_ACTIVE);
}

bool lead_set_campaign(struct ctx *cx, struct tx *tx, int64_t id, int64_t campaign_id)
{
    struct lead_set_campaign_in in = {id, campaign_id, cx->now_ms};
    struct lead_stand before, after;
    if (!lead_stand_read(cx, tx, id, &before)) return false;
    after = before;
    /* Of nobody there is nothing to move. */
    if (before.created_ms != 0) after.campaign_id = campaign_id;
    return q_lead_set_campaign(tx, &in, NULL) && lead_stand_move(cx, tx, &before, &after);
}

bool lead_erase(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct lead_word_clear_in words = {id};
    struct identity_delete_of_lead_in identities = {id};
    struct touchpoint_delete_of_lead_in touchpoints = {id};
    struct note_delete_of_lead_in notes = {id};
    struct field_history_delete_of_lead_in history = {id};
    struct phase_event_delete_of_lead_in phases = {id};
    struct lead_delete_in row = {id};
    struct lead_stand before;
    return lead_stand_read(cx, tx, id, &before) && lead_stand_move(cx, tx, &before, NULL) &&
           q_lead_word_clear(tx, &words, NULL) &&
           q_identity_delete_of_lead(tx, &identities, NULL) &&
           q_touchpoint_delete_of_lead(tx, &touchpoints, NULL) &&
           q_note_delete_of_lead(tx, &notes, NULL) &&
           q_field_history_delete_of_lead(tx, &history, NULL) &&
           q_phase_event_delete_of_lead(tx, &phases, NULL) && lead_key_erase(cx, tx, id) &&
           q_lead_delete(tx, &row, NULL);
}

bool lead_list(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
               struct lead_rows *out)
{
    return lead_filter_searches(filter) ? lead_store_search(cx, tx, filter, out)
                                        : lead_store_page(cx, tx, filter, out);
}

bool lead_export_list(struct ctx *cx, struct tx *tx, int64_t after_id, int limit, struct leads *out)
{
    return lead_store_export(cx, tx, after_id, limit, out);
}

bool touchpoint_record(struct ctx *cx, struct tx *tx, int64_t lead_id, enum touchpoint_kind kind,
                       int64_t object_id, str props)
{
    struct touchpoint_add_in in = {lead_id, cx->now_ms, ctx_new_id(cx), kind, object_id, props};
    struct lead_touch_in last = {lead_id, cx->now_ms};
    return q_touchpoint_add(tx, &in, NULL) && q_lead_touch(tx, &last, NULL);
}

bool touchpoint_begin(struct ctx *cx, struct tx *tx, int64_t lead_id, enum touchpoint_kind kind,
                      int64_t object_id, str props)
{
    struct touchpoint_add_in in = {lead_id, cx->now_ms, ctx_new_id(cx), kind, object_id, props};
    return q_touchpoint_add(tx, &in, NULL);
}

bool lead_note_add(struct ctx *cx, struct tx *tx, int64_t lead_id, str text, int64_t *id)
{
    struct seal_key key;
    bool found;
    if (!lead_key_load(cx, tx, lead_id, &key, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *id = ctx_new_id(cx);
    str ad = seal_ad(cx->a, "lead_note.body", cx->workspace_id, *id);
    struct note_add_in in = {lead_id, *id, cx->now_ms, cx->actor.user_id,
                             seal(cx->a, &key, text, ad)};
    return q_note_add(tx, &in, NULL) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_NOTE_ADDED, *id, S("{}"));
}

bool lead_note_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct lead_notes *out)
{
    return lead_note_page(cx, tx, lead_id, 0, LIMIT_LIST_PAGE, out);
}

bool lead_note_page(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id, int limit,
                    struct lead_notes *out)
{
    struct note_list_in in = {lead_id, before_id == 0 ? INT64_MAX : before_id, limit};
    struct note_list_rows rows;
    struct seal_key key;
    bool found;
    if (!q_note_list(tx, &in, &rows) || !lead_key_load(cx, tx, lead_id, &key, &found)) return false;
    *out = (struct lead_notes){NEW(cx->a, struct lead_note, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct lead_note *n = &out->note[i];
        *n = (struct lead_note){.id = rows.row[i].id,
                                .at_ms = rows.row[i].at_ms,
                                .user_id = rows.row[i].user_id,
                                .user_name = rows.row[i].user_name};
        str ad = seal_ad(cx->a, "lead_note.body", cx->workspace_id, n->id);
        if (found && !seal_open(cx->a, &key, rows.row[i].body, ad, &n->text)) n->text = (str){0};
    }
    return true;
}

bool touchpoint_list(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_ms,
                     int64_t before_id, int limit, struct touchpoints *out)
{
    if (before_id == 0) before_ms = before_id = INT64_MAX;
    struct touchpoint_page_in in = {lead_id, before_ms, before_id, limit};
    struct touchpoint_page_rows rows;
    if (!q_touchpoint_page(tx, &in, &rows)) return false;
    *out = (struct touchpoints){NEW(cx->a, struct touchpoint, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct touchpoint){.id = rows.row[i].id,
                                          .at_ms = rows.row[i].at_ms,
                                          .object_id = rows.row[i].object_id,
                                          .kind = (enum touchpoint_kind)rows.row[i].kind,
                                          .props = rows.row[i].props};
    return true;
}

bool lead_identities(struct ctx *cx, struct tx *tx, int64_t lead_id, struct identities *out)
{
    struct identity_of_lead_in in = {lead_id};
    struct identity_of_lead_rows rows;
    if (!q_identity_of_lead(tx, &in, &rows)) return false;
    *out = (struct identities){NEW(cx->a, struct identity_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct identity_row){.kind = (enum identity_kind)rows.row[i].kind,
                                            .value = rows.row[i].value,
                                            .state = (enum email_state)rows.row[i].state,
                                            .verified_ms = rows.row[i].verified_ms,
                                            .created_ms = rows.row[i].created_ms};
    return true;
}

bool lead_source_list(struct ctx *cx, struct tx *tx, struct lead_sources *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct lead_source_reach_in within = {reach.mine, reach.mine_too};
    struct lead_source_reach_rows seen;
    struct lead_source_names_rows rows;
    if (reach.any == 0) {
        if (!q_lead_source_reach(tx, &within, &seen)) return false;
        *out = (struct lead_sources){NEW(cx->a, str, seen.count), seen.count};
        for (ptrdiff_t i = 0; i < seen.count; i++) out->name[i] = seen.row[i].source;
        return true;
    }
    if (!q_lead_source_names(tx, &rows)) return false;
    *out = (struct lead_sources){NEW(cx->a, str, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) out->name[i] = rows.row[i].source;
    return true;
}

bool lead_owner_list(struct ctx *cx, struct tx *tx, struct lead_owners *out)
{
    struct lead_owner_names_rows rows;
    if (!q_lead_owner_names(tx, &rows)) return false;
    *out = (struct lead_owners){NEW(cx->a, struct lead_owner, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct lead_owner){rows.row[i].user_id, rows.row[i].user_name};
    return true;
}

bool lead_count(struct ctx *cx, struct tx *tx, enum lead_state state, int64_t *count)
{
    struct reach reach = lead_store_reach(cx, state);
    struct lead_count_reach_in within = {state, reach.mine, reach.mine_too};
    struct lead_count_reach_row seen;
    struct lead_count_state_in in = {state};
    struct lead_count_state_row row;
    if (reach.any == 0) {
        if (!q_lead_count_reach(tx, &within, &seen, NULL)) return false;
        *count = seen.n;
        return true;
    }
    if (!q_lead_count_state(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool lead_count_new(struct ctx *cx, struct tx *tx, int64_t from_ms, int64_t to_ms, int64_t *count)
{
    struct reach reach = reach_of(&cx->actor);
    struct lead_count_since_in in = {from_ms, to_ms, reach.any, reach.mine, reach.mine_too};
    struct lead_count_since_row row;
    if (!q_lead_count_since(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool lead_any_before(struct ctx *cx, struct tx *tx, int64_t ms, bool *any)
{
    struct reach reach = reach_of(&cx->actor);
    struct lead_any_before_in in = {ms};
    struct lead_any_before_row row;
    struct lead_own_before_in within = {ms, reach.mine};
    struct lead_own_before_row own;
    if (reach.any == 0) {
        if (!q_lead_own_before(tx, &within, &own, NULL)) return false;
        *any = own.n > 0;
        return true;
    }
    if (!q_lead_any_before(tx, &in, &row, NULL)) return false;
    *any = row.n > 0;
    return true;
}

bool lead_trash_overdue(struct ctx *cx, struct tx *tx, int64_t before_ms, int limit,
                        struct lead_refs *out)
{
    struct lead_trash_due_in in = {before_ms, cx->now_ms - WORKSPACE_WAIT_MS, limit};
    struct lead_trash_due_rows rows;
    if (!q_lead_trash_due(tx, &in, &rows)) return false;
    *out = (struct lead_refs){NEW(cx->a, struct lead_ref, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct lead_ref){rows.row[i].of_workspace_id, rows.row[i].id};
    return true;
}
