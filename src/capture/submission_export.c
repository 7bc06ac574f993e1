#include "capture/submission.h"

#include "base/csv.h"
#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "capture/capture.h"
#include "form/form_rules.h"
#include "submission_sql.h"

/* Few at a time: an answer may be as long as a form is taken, LIMIT_FORM_BODY_BYTES. */
enum { ROWS = 50 };

enum { VERSIONS_MAX = 200, KEYS_MAX = 200, COLUMNS_MAX = KEYS_MAX + 24 };

static const char *const before[] = {"id", "at", "state", "lead", "form_version"};
static const char *const after[] = {"consents",     "source",     "page",
                                    "referrer",     "utm_source", "utm_medium",
                                    "utm_campaign", "language",   "fill_ms"};

static bool has_key(const struct submission_export *e, str key)
{
    for (ptrdiff_t i = 0; i < e->key_count; i++)
        if (str_eq(e->key[i], key)) return true;
    return false;
}

bool submission_export_begin(struct ctx *cx, struct tx *tx, struct submission_export *e)
{
    struct submission_definitions_in in = {e->query.form_id, VERSIONS_MAX};
    struct submission_definitions_rows rows;
    e->key = NEW(cx->a, str, KEYS_MAX);
    if (!q_submission_definitions(tx, &in, &rows)) return false;
    for (ptrdiff_t r = 0; r < rows.count; r++) {
        struct value def;
        struct json_err err;
        if (!json_parse(cx->a, rows.row[r].definition, &def, &err)) continue;
        struct value fields = value_get(def, S("fields"));
        for (ptrdiff_t i = 0; i < value_count(fields) && e->key_count < KEYS_MAX; i++) {
            str key = value_str(value_get(fields.as.list->item[i], S("key")));
            if (key.len > 0 && !has_key(e, key)) e->key[e->key_count++] = key;
        }
    }
    return true;
}

void submission_export_head(const struct submission_export *e, struct buf *b)
{
    str cell[COLUMNS_MAX];
    ptrdiff_t n = 0;
    if (e->format != EXPORT_CSV) return;
    for (ptrdiff_t i = 0; i < COUNTOF(before); i++) cell[n++] = str_of(before[i]);
    for (ptrdiff_t i = 0; i < e->key_count; i++) cell[n++] = e->key[i];
    for (ptrdiff_t i = 0; i < COUNTOF(after); i++) cell[n++] = str_of(after[i]);
    buf_put(b, S("\xef\xbb\xbf"));
    csv_row_with(b, cell, n, e->separator);
}

/* "newsletter:email privacy:post": what was ticked. */
static str ticked_text(struct ctx *cx, struct value answers)
{
    struct value boxes = value_get(answers, S("boxes"));
    str out = S("");
    for (ptrdiff_t i = 0; i < value_count(boxes); i++) {
        struct value box = boxes.as.list->item[i];
        if (!value_truthy(value_get(box, S("ticked")))) continue;
        out = str_printf(cx->a, "%.*s%s%.*s:%.*s", STR_ARG(out), out.len > 0 ? " " : "",
                         STR_ARG(value_str(value_get(box, S("purpose")))),
                         STR_ARG(value_str(value_get(box, S("channel")))));
    }
    return out;
}

static void csv_item(struct ctx *cx, const struct submission_export *e,
                     const struct submission_item *item, struct buf *b)
{
    struct value fields = value_get(item->answers, S("fields")),
                 fill = value_get(item->answers, S("fill_ms"));
    str cell[COLUMNS_MAX];
    ptrdiff_t n = 0;
    cell[n++] = id_text(cx->a, ID_SUBMISSION, item->id);
    cell[n++] = rfc3339(cx->a, item->at_ms);
    cell[n++] = item->held ? S("held") : str_of(submission_state_name(item->state));
    cell[n++] = item->lead_id == 0 ? S("") : id_text(cx->a, ID_LEAD, item->lead_id);
    cell[n++] = str_printf(cx->a, "%lld", (long long)item->version_no);
    for (ptrdiff_t i = 0; i < e->key_count; i++)
        cell[n++] = value_str(value_get(fields, e->key[i]));
    cell[n++] = ticked_text(cx, item->answers);
    cell[n++] = value_str(value_get(item->answers, S("source")));
    cell[n++] = value_str(value_get(item->answers, S("page")));
    cell[n++] = value_str(value_get(item->answers, S("referrer")));
    cell[n++] = value_str(value_at(item->answers, S("utm.source")));
    cell[n++] = value_str(value_at(item->answers, S("utm.medium")));
    cell[n++] = value_str(value_at(item->answers, S("utm.campaign")));
    cell[n++] = value_str(value_get(item->answers, S("language")));
    cell[n++] =
        fill.type == VALUE_INT ? str_printf(cx->a, "%lld", (long long)fill.as.integer) : S("");
    csv_row_with(b, cell, n, e->separator);
}

bool submission_export_page(struct ctx *cx, struct tx *tx, void *arg, struct buf *b, bool *done)
{
    struct submission_export *e = arg;
    struct submission_items items;
    e->query.limit = ROWS;
    if (!submission_page(cx, tx, &e->query, &items)) return false;
    for (ptrdiff_t i = 0; i < items.count; i++) {
        if (e->format == EXPORT_CSV) {
            csv_item(cx, e, &items.row[i], b);
        } else {
            buf_put(b, json_text(cx->a, submission_item_value(cx, &items.row[i])));
            buf_char(b, '\n');
        }
        e->rows++;
    }
    *done = items.count < ROWS;
    if (items.count > 0) e->query.before_id = items.row[items.count - 1].id;
    return true;
}
