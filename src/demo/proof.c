/* The proof of one lead: submission, double opt-in, consents, sealed evidence, the chain. */
#include "demo/maker.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "consent/consent_rules.h"
#include "consent/unsubscribe.h"
#include "keys/keys.h"

#include <stdlib.h>
#include <string.h>

static const int64_t DAY_MS = 86400000;

static int by_id(const void *left, const void *right)
{
    const struct consent_link *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

/* Sealed when it is made, and it says so: an older time would be a lie. */
void demo_block_close(struct maker *m, struct demo_batch *b)
{
    struct ctx *cx = m->cx;
    if (m->links == 0) return;
    qsort(m->link, (size_t)m->links, sizeof *m->link, by_id);
    char *prev = NEW(&b->a, char, HASH_BYTES), *hash = NEW(&b->a, char, HASH_BYTES);
    memcpy(prev, m->prev_hash, HASH_BYTES);
    consent_block_hash(cx, (str){prev, HASH_BYTES}, m->block_no, m->options->now_ms, m->link,
                       m->links, (uint8_t *)hash);
    SHEET_ADD(&b->a, &b->sheet[SHEET_CONSENT_BLOCK], CELL_I64(cx->workspace_id),
              CELL_I64(m->block_no), CELL_I64(m->options->now_ms), CELL_I64(m->links),
              CELL_TEXT(((str){prev, HASH_BYTES})), CELL_TEXT(((str){hash, HASH_BYTES})));
    memcpy(m->prev_hash, hash, HASH_BYTES);
    m->block_no++;
    m->links = 0;
}

static void event_add(struct making *k, int box, enum consent_event_kind kind, int64_t at_ms,
                      int64_t confirmation_id, str facts, str network)
{
    struct maker *m = k->m;
    struct ctx *cx = m->cx;
    int64_t id = demo_id(at_ms, k->no, k->parts++);
    struct seal_key facts_key, network_key;
    seal_key_new(&facts_key);
    seal_key_new(&network_key);
    str facts_ad = seal_ad(cx->a, "consent_event.evidence", cx->workspace_id, id);
    str network_ad = seal_ad(cx->a, "consent_event.network", cx->workspace_id, id);
    int64_t wording_id = m->form[k->life.form].box[box].wording_id;
    struct consent_link link = {.id = id,
                                .consent_id = k->consent_id[box],
                                .lead_id = k->id,
                                .wording_id = wording_id,
                                .confirmation_id = confirmation_id,
                                .kind = kind,
                                .at_ms = at_ms,
                                .evidence = seal(cx->a, &facts_key, facts, facts_ad),
                                .network = seal(cx->a, &network_key, network, network_ad)};
    SHEET_ADD(
        &k->b->a, &k->b->sheet[SHEET_CONSENT_EVENT], CELL_I64(cx->workspace_id), CELL_I64(id),
        CELL_I64(link.consent_id), CELL_I64(k->id), CELL_I64(wording_id), CELL_I64(confirmation_id),
        CELL_I64(kind), CELL_I64(at_ms), CELL_TEXT(link.evidence),
        CELL_TEXT(seal_key_wrap(cx->a, cx->keys, &facts_key, facts_ad)), CELL_TEXT(link.network),
        CELL_TEXT(seal_key_wrap(cx->a, cx->keys, &network_key, network_ad)), CELL_I64(m->block_no));
    m->link[m->links++] = link;
    if (m->links == CONSENT_BLOCK_EVENTS) demo_block_close(m, k->b);
}

static struct value boxes_value(struct making *k)
{
    struct ctx *cx = k->m->cx;
    const struct demo_form_made *f = &k->m->form[k->life.form];
    struct value list = value_list(cx->a);
    for (int i = 0; i < f->boxes; i++) {
        struct value box = value_map(cx->a);
        value_set_text(box, "purpose", f->box[i].purpose);
        value_set_text(box, "channel", str_of(channel_name(f->box[i].channel)));
        value_set_text(box, "wording", id_text(cx->a, ID_WORDING, f->box[i].wording_id));
        value_set_text(box, "text", f->box[i].text);
        value_set_bool(box, "ticked", k->life.ticked[i]);
        value_push(list, box);
    }
    return list;
}

/* What else is known of somebody was found out later. */
static bool asks_for(const struct demo_form_made *f, str key)
{
    for (int i = 0; i < f->fields; i++)
        if (str_eq(f->field[i], key)) return true;
    return false;
}

static void submission_add(struct making *k, struct value boxes)
{
    struct ctx *cx = k->m->cx;
    const struct demo_form_made *f = &k->m->form[k->life.form];
    struct value map = value_map(cx->a), fields = value_map(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        enum field_slot slot = field_defs[i].slot;
        str text = slot == SLOT_NONE ? k->email : k->text[slot];
        if (text.len > 0 && asks_for(f, str_of(field_defs[i].key)))
            value_set_text(fields, field_defs[i].key, text);
    }
    value_set(map, "fields", fields);
    value_set(map, "boxes", boxes);
    demo_context(k, map);
    k->submission_id = demo_id(k->life.created_ms, k->no, k->parts++);
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, k->submission_id);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_SUBMISSION], CELL_I64(cx->workspace_id),
              CELL_I64(k->submission_id), CELL_I64(f->id), CELL_I64(f->version[k->version - 1].id),
              CELL_I64(k->id), CELL_I64(k->life.created_ms),
              CELL_I64(k->life.answer == ANSWER_YES ? 2 : 1),
              CELL_TEXT(seal(cx->a, &k->key, json_text(cx->a, map), ad)));
}

static void confirmation_add(struct making *k)
{
    static const enum confirmation_state states[] = {
        [ANSWER_OPEN] = CONFIRMATION_OPEN,
        [ANSWER_YES] = CONFIRMATION_DONE,
        [ANSWER_NO] = CONFIRMATION_REJECTED,
        [ANSWER_EXPIRED] = CONFIRMATION_EXPIRED,
    };
    int64_t at_ms = k->life.created_ms;
    k->confirmation_id = demo_id(at_ms, k->no, k->parts++);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_CONFIRMATION], CELL_I64(k->m->cx->workspace_id),
              CELL_I64(k->confirmation_id), CELL_I64(k->id), CELL_I64(k->submission_id),
              CELL_I64(k->m->form[k->life.form].id), CELL_TEXT(k->email),
              CELL_I64(states[k->life.answer]), CELL_I64(at_ms),
              CELL_I64(at_ms + CONFIRMATION_DAYS * DAY_MS), CELL_I64(k->life.answered_ms),
              CELL_I64(1), CELL_I64(at_ms));
}

/* The number that calls would go to, if a box about them is ticked. */
static void put_number(const struct making *k, struct value facts)
{
    const struct demo_form_made *f = &k->m->form[k->life.form];
    for (int i = 0; i < f->boxes; i++)
        if (k->life.ticked[i] && f->box[i].channel == CHANNEL_PHONE && asks_for(f, S("phone")) &&
            k->text[SLOT_PHONE].len > 0)
            value_set_text(facts, "phone", k->text[SLOT_PHONE]);
}

/* What the request's evidence says. */
static str request_facts(struct making *k, struct value boxes)
{
    struct ctx *cx = k->m->cx;
    const struct demo_form_made *f = &k->m->form[k->life.form];
    struct value facts = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, k->life.created_ms));
    value_set_text(facts, "form", f->id_text);
    value_set_text(facts, "form_name", f->name);
    value_set_int(facts, "form_version", k->version);
    value_set_text(facts, "form_version_sha256", f->version[k->version - 1].sha256_hex);
    value_set_text(facts, "version_from", S("page"));
    value_set_text(facts, "address", k->email);
    put_number(k, facts);
    value_set(facts, "boxes", boxes);
    demo_context(k, facts);
    return json_text(cx->a, facts);
}

static str answer_facts(struct making *k, int64_t at_ms, bool link)
{
    struct ctx *cx = k->m->cx;
    struct value facts = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, at_ms));
    value_set_text(facts, "method", link ? S("double_opt_in") : S("link"));
    value_set_text(facts, "address", k->email);
    if (link) put_number(k, facts);
    return json_text(cx->a, facts);
}

static str network_facts(struct making *k)
{
    static const char *const nets[] = {"192.0.2.", "198.51.100.", "203.0.113."}; /* RFC 5737 */
    struct ctx *cx = k->m->cx;
    struct value map = value_map(cx->a);
    value_set_text(map, "ip",
                   str_printf(cx->a, "%s%d", nets[dice_below(&k->dice, COUNTOF(nets))],
                              1 + (int)dice_below(&k->dice, 254)));
    value_set_text(map, "user_agent", str_of(k->device->user_agent));
    return json_text(cx->a, map);
}

static enum consent_state consent_state_of(const struct life *l, int box, enum channel channel)
{
    static const enum consent_state states[] = {
        [ANSWER_OPEN] = CONSENT_REQUESTED,
        [ANSWER_YES] = CONSENT_CONFIRMED,
        [ANSWER_NO] = CONSENT_REFUSED,
        [ANSWER_EXPIRED] = CONSENT_EXPIRED,
    };
    if (l->answer == ANSWER_YES && !consent_click_opens(channel)) return CONSENT_REQUESTED;
    return box == 0 && l->withdrawn_ms != 0 ? CONSENT_WITHDRAWN : states[l->answer];
}

static void consent_add(struct making *k, int box, str facts, str network)
{
    const struct life *l = &k->life;
    struct ctx *cx = k->m->cx;
    const struct demo_box *x = &k->m->form[l->form].box[box];
    enum consent_state state = consent_state_of(l, box, x->channel);
    bool opens = consent_click_opens(x->channel), left = state == CONSENT_WITHDRAWN;
    bool stood = l->answer == ANSWER_YES && opens;
    int64_t ended_ms = left ? l->withdrawn_ms : l->answer == ANSWER_YES ? 0 : l->answered_ms;
    k->consent_id[box] = demo_id(l->created_ms, k->no, k->parts++);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_CONSENT], CELL_I64(cx->workspace_id),
              CELL_I64(k->consent_id[box]), CELL_I64(k->id), CELL_I64(x->purpose_id),
              CELL_I64(x->channel), CELL_I64(x->wording_id), CELL_I64(state),
              CELL_I64(l->created_ms), CELL_I64(stood ? l->answered_ms : 0), CELL_I64(ended_ms),
              CELL_I64(0));
    event_add(k, box, EVENT_REQUESTED, l->created_ms, k->confirmation_id, facts, network);
    static const enum consent_event_kind kinds[] = {[ANSWER_YES] = EVENT_CONFIRMED,
                                                    [ANSWER_NO] = EVENT_REFUSED,
                                                    [ANSWER_EXPIRED] = EVENT_EXPIRED};
    bool expired = l->answer == ANSWER_EXPIRED;
    enum consent_event_kind kind =
        l->answer == ANSWER_YES && !opens ? EVENT_AFFIRMED : kinds[l->answer];
    if (l->answer != ANSWER_OPEN)
        event_add(k, box, kind, l->answered_ms, k->confirmation_id,
                  expired ? S("{}") : answer_facts(k, l->answered_ms, true),
                  expired ? S("{}") : network);
    if (!left) return;
    event_add(k, box, EVENT_WITHDRAWN, l->withdrawn_ms, 0, answer_facts(k, l->withdrawn_ms, false),
              network);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_SUPPRESSION], CELL_I64(cx->workspace_id),
              CELL_TEXT(suppression_hash(cx, k->email)), CELL_I64(x->channel),
              CELL_I64(x->purpose_id), CELL_I64(CAUSE_WITHDRAWAL), CELL_I64(l->withdrawn_ms),
              CELL_I64(0));
}

void demo_proof(struct making *k)
{
    struct value boxes = boxes_value(k);
    submission_add(k, boxes);
    confirmation_add(k);
    if (!k->life.ticked[0] && !k->life.ticked[1]) return;
    str facts = request_facts(k, boxes), network = network_facts(k);
    for (int i = 0; i < DEMO_BOXES; i++)
        if (k->life.ticked[i]) consent_add(k, i, facts, network);
}
