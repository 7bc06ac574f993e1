#include "capture/submission.h"

#include "base/id.h"
#include "base/json.h"
#include "base/reach.h"
#include "base/tz.h"
#include "capture/capture.h"
#include "keys/lead_key.h"
#include "lead/lead_value.h"
#include "spam/spam_rules.h"
#include "spam/suspect.h"
#include "submission_sql.h"
#include "web/render.h"

const char *submission_filter_name(enum submission_filter filter)
{
    static const char *const names[SUBMISSIONS__COUNT] = {"all",    "open", "confirmed",
                                                          "direct", "test", "held"};
    return names[filter];
}

bool submission_filter_of(str name, enum submission_filter *out)
{
    for (int i = 0; i < SUBMISSIONS__COUNT; i++) {
        *out = (enum submission_filter)i;
        if (str_eq(name, str_of(submission_filter_name(*out)))) return true;
    }
    *out = SUBMISSIONS_ALL;
    return false;
}

/* --- reading --- */

static bool item_from(struct ctx *cx, struct tx *tx, const struct submission_one_row *r,
                      struct submission_item *out)
{
    struct seal_key key;
    struct json_err err;
    bool found;
    *out = (struct submission_item){.id = r->id,
                                    .at_ms = r->at_ms,
                                    .lead_id = r->lead_id,
                                    .version_no = r->version_no,
                                    .state = (enum submission_state)r->state,
                                    .test = r->is_test != 0,
                                    .name = r->display_name,
                                    .email = r->email,
                                    .company = r->company,
                                    .answers = value_null()};
    if (!lead_key_load(cx, tx, r->lead_id, &key, &found)) return false;
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, r->id), plain;
    if (found && seal_open(cx->a, &key, r->answers, ad, &plain) &&
        !json_parse(cx->a, plain, &out->answers, &err))
        out->answers = value_null();
    return true;
}

static str answer_of(const struct submission_item *item, const char *key)
{
    str text = value_str(value_get(value_get(item->answers, S("fields")), str_of(key)));
    return text.ptr == NULL ? S("") : text;
}

static bool item_held(struct ctx *cx, struct tx *tx, const struct suspect *s,
                      struct submission_item *out)
{
    struct form_live *form = NEW(cx->a, struct form_live, 1);
    str text[SLOT__COUNT];
    *out = (struct submission_item){.id = s->id,
                                    .at_ms = s->at_ms,
                                    .held = true,
                                    .reasons = s->reasons,
                                    .answers = suspect_value(cx, s->body)};
    if (!form_live_by_version(cx, tx, s->form_version_id, form)) return false;
    out->version_no = form->version_no;
    for (int i = 0; i < SLOT__COUNT; i++) text[i] = S("");
    text[SLOT_FIRST_NAME] = answer_of(out, "first_name");
    text[SLOT_LAST_NAME] = answer_of(out, "last_name");
    text[SLOT_COMPANY] = answer_of(out, "company");
    out->email = answer_of(out, "email");
    out->company = text[SLOT_COMPANY];
    out->name = lead_display_name(cx->a, text, out->email);
    return true;
}

/* One that was taken, and whose mail was withdrawn; of a lead in the trash its id alone. */
static bool item_noted(struct ctx *cx, struct tx *tx, const struct suspect *s,
                       struct submission_item *out)
{
    struct submission_one_in in = {s->form_id, s->id, true, 0, 0, reach_of(&cx->actor).applicants};
    struct submission_one_row row;
    bool found;
    if (!q_submission_one(tx, &in, &row, &found)) return false;
    if (!(found ? item_from(cx, tx, &row, out) : item_held(cx, tx, s, out))) return false;
    out->held = true;
    out->reasons = s->reasons;
    return true;
}

static bool page_held(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                      struct submission_items *out)
{
    struct suspects rows;
    if (!suspect_page(cx, tx, q->form_id, q->before_id, q->limit, &rows)) return false;
    *out = (struct submission_items){NEW(cx->a, struct submission_item, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!(rows.row[i].mail_id != 0 ? item_noted : item_held)(cx, tx, &rows.row[i],
                                                                 &out->row[i]))
            return false;
    return true;
}

#define ROW_OF(r)                                                                                  \
    &(struct submission_one_row)                                                                   \
    {                                                                                              \
        (r).id, (r).at_ms, (r).state, (r).lead_id, (r).display_name, (r).email, (r).company,       \
            (r).version_no, (r).is_test, (r).answers                                               \
    }

struct raw {
    struct submission_one_row *row;
    ptrdiff_t count;
};

static bool rows_of_state(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                          enum submission_state state, struct raw *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct submission_page_of_state_in in = {.form_id = q->form_id,
                                             .state = state,
                                             .before_id =
                                                 q->before_id > 0 ? q->before_id : INT64_MAX,
                                             .any = reach.any,
                                             .mine = reach.mine,
                                             .mine_too = reach.mine_too,
                                             .applicants = reach.applicants,
                                             .limit = q->limit};
    struct submission_page_of_state_rows rows;
    if (!q_submission_page_of_state(tx, &in, &rows)) return false;
    *out = (struct raw){NEW(cx->a, struct submission_one_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) out->row[i] = *ROW_OF(rows.row[i]);
    return true;
}

static bool rows_of_tries(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                          struct raw *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct submission_page_of_tries_in in = {.form_id = q->form_id,
                                             .before_id =
                                                 q->before_id > 0 ? q->before_id : INT64_MAX,
                                             .any = reach.any,
                                             .mine = reach.mine,
                                             .mine_too = reach.mine_too,
                                             .applicants = reach.applicants,
                                             .limit = q->limit};
    struct submission_page_of_tries_rows rows;
    if (!q_submission_page_of_tries(tx, &in, &rows)) return false;
    *out = (struct raw){NEW(cx->a, struct submission_one_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) out->row[i] = *ROW_OF(rows.row[i]);
    return true;
}

/* Newest first out of a page of each state: one index serves all, and a page costs three. */
static bool rows_of_all(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                        struct raw *out)
{
    static const enum submission_state states[] = {SUBMISSION_NEW, SUBMISSION_WAITING,
                                                   SUBMISSION_CONFIRMED};
    struct raw each[COUNTOF(states)];
    ptrdiff_t at[COUNTOF(states)] = {0};
    for (ptrdiff_t i = 0; i < COUNTOF(states); i++)
        if (!rows_of_state(cx, tx, q, states[i], &each[i])) return false;
    *out = (struct raw){NEW(cx->a, struct submission_one_row, q->limit), 0};
    while (out->count < q->limit) {
        ptrdiff_t best = -1;
        for (ptrdiff_t i = 0; i < COUNTOF(states); i++)
            if (at[i] < each[i].count &&
                (best < 0 || each[i].row[at[i]].id > each[best].row[at[best]].id))
                best = i;
        if (best < 0) break;
        out->row[out->count++] = each[best].row[at[best]++];
    }
    return true;
}

static bool rows_by_filter(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                           struct raw *out)
{
    switch (q->filter) {
    case SUBMISSIONS_OPEN:
        return rows_of_state(cx, tx, q, SUBMISSION_WAITING, out);
    case SUBMISSIONS_DIRECT:
        return rows_of_state(cx, tx, q, SUBMISSION_NEW, out);
    case SUBMISSIONS_CONFIRMED:
        return rows_of_state(cx, tx, q, SUBMISSION_CONFIRMED, out);
    case SUBMISSIONS_TEST:
        return rows_of_tries(cx, tx, q, out);
    case SUBMISSIONS_ALL:
    case SUBMISSIONS_HELD:
    case SUBMISSIONS__COUNT:
        break;
    }
    return rows_of_all(cx, tx, q, out);
}

bool submission_page(struct ctx *cx, struct tx *tx, const struct submission_query *q,
                     struct submission_items *out)
{
    struct raw rows;
    if (q->filter == SUBMISSIONS_HELD) return page_held(cx, tx, q, out);
    if (!rows_by_filter(cx, tx, q, &rows)) return false;
    *out = (struct submission_items){NEW(cx->a, struct submission_item, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!item_from(cx, tx, &rows.row[i], &out->row[i])) return false;
    return true;
}

bool submission_find(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t id,
                     struct submission_item *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct submission_one_in in = {form_id,         id, reach.any, reach.mine, reach.mine_too,
                                   reach.applicants};
    struct submission_one_row row;
    struct suspect s;
    bool found;
    if (!q_submission_one(tx, &in, &row, &found)) return false;
    if (found && !item_from(cx, tx, &row, out)) return false;
    if (reach.any == 0) return found || fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (found) {
        if (!suspect_find(cx, tx, id, &s, &found)) return false;
        out->held = found;
        out->reasons = found ? s.reasons : 0;
        return true;
    }
    if (!suspect_load(cx, tx, id, &s)) return false;
    if (s.form_id != form_id) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return item_held(cx, tx, &s, out);
}

/* --- showing --- */

static str label_of(struct ctx *cx, const struct submission_item *item, str key)
{
    str own = value_str(value_get(value_get(item->answers, S("labels")), key));
    if (own.len > 0) return own;
    if (field_find(key) == NULL) return key;
    str name = str_printf(cx->a, "field.%.*s", STR_ARG(key));
    return render_text(cx, cx->lang, str_cstr(cx->a, name), NULL, 0);
}

static struct value answers_value(struct ctx *cx, const struct submission_item *item)
{
    struct value list = value_list(cx->a), fields = value_get(item->answers, S("fields"));
    for (ptrdiff_t i = 0; fields.type == VALUE_MAP && i < fields.as.map->count; i++) {
        const struct value_entry *e = &fields.as.map->entry[i];
        struct value one = value_map(cx->a);
        value_set_text(one, "key", e->key);
        value_set_text(one, "label", label_of(cx, item, e->key));
        value_set(one, "value", e->value);
        value_push(list, one);
    }
    return list;
}

static struct value consents_value(struct ctx *cx, const struct submission_item *item)
{
    struct value list = value_list(cx->a), boxes = value_get(item->answers, S("boxes"));
    for (ptrdiff_t i = 0; i < value_count(boxes); i++) {
        struct value box = boxes.as.list->item[i], one = value_map(cx->a);
        static const char *const names[] = {"purpose", "channel", "text", "ticked"};
        for (ptrdiff_t k = 0; k < COUNTOF(names); k++)
            value_set(one, names[k], value_get(box, str_of(names[k])));
        value_push(list, one);
    }
    return list;
}

static struct value reasons_value(struct ctx *cx, uint32_t reasons)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < SUSPICION__COUNT; i++) {
        if ((reasons >> i & 1) == 0) continue;
        struct value one = value_map(cx->a);
        const char *name = suspicion_name((enum suspicion)i);
        str key = str_printf(cx->a, "suspicion.%s", name);
        value_set_text(one, "code", str_of(name));
        value_set_text(one, "text", render_text(cx, cx->lang, str_cstr(cx->a, key), NULL, 0));
        value_push(list, one);
    }
    return list;
}

struct value submission_item_value(struct ctx *cx, const struct submission_item *item)
{
    static const char *const told[] = {"source",  "page", "referrer", "utm",    "device",
                                       "browser", "os",   "language", "fill_ms"};
    struct value map = value_map(cx->a), lead = value_null();
    value_set_text(map, "id", id_text(cx->a, ID_SUBMISSION, item->id));
    value_set(map, "at", instant_value(cx->a, item->at_ms));
    value_set_text(map, "state",
                   item->held ? S("held") : str_of(submission_state_name(item->state)));
    value_set_bool(map, "test", item->test);
    value_set_int(map, "form_version", item->version_no);
    if (item->lead_id != 0) {
        lead = value_map(cx->a);
        value_set_text(lead, "id", id_text(cx->a, ID_LEAD, item->lead_id));
    }
    value_set(map, "lead", lead);
    value_set_text(map, "name", item->name);
    value_set_text(map, "email", item->email);
    value_set_text(map, "company", item->company);
    value_set(map, "answers", answers_value(cx, item));
    value_set(map, "consents", consents_value(cx, item));
    for (ptrdiff_t i = 0; i < COUNTOF(told); i++)
        value_set(map, told[i], value_get(item->answers, str_of(told[i])));
    value_set(map, "reasons", reasons_value(cx, item->reasons));
    return map;
}
