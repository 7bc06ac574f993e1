#include "lead/lead_export.h"

#include "base/csv.h"
#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "lead/lead_value.h"

enum { LEAD_COLUMNS = 13, COLUMNS_MAX = LEAD_COLUMNS + SLOT__COUNT + 1 };

bool export_format_of(str name, enum export_format *out)
{
    bool csv = str_eq(name, S("csv")), jsonl = str_eq(name, S("jsonl"));
    *out = jsonl ? EXPORT_JSONL : EXPORT_CSV;
    return csv || jsonl;
}

bool lead_export_begin(struct ctx *cx, struct tx *tx, struct lead_export *e)
{
    return free_field_list(cx, tx, &e->own);
}

void lead_export_head(const struct lead_export *e, struct buf *b)
{
    static const char *const before[] = {"id", "phase", "email_state"};
    static const char *const after[] = {
        "may_email",    "may_email_purpose", "source",   "utm_source", "utm_medium",
        "utm_campaign", "first_form",        "language", "created_at", "last_at"};
    _Static_assert(sizeof before / sizeof *before + sizeof after / sizeof *after == LEAD_COLUMNS,
                   "each column has a name");
    str cell[COLUMNS_MAX];
    ptrdiff_t n = 0;
    if (e->format != EXPORT_CSV) return;
    for (ptrdiff_t i = 0; i < COUNTOF(before); i++) cell[n++] = str_of(before[i]);
    for (ptrdiff_t i = 0; i < field_count; i++) cell[n++] = str_of(field_defs[i].key);
    for (ptrdiff_t i = 0; i < e->own.count; i++) cell[n++] = e->own.row[i].key;
    for (ptrdiff_t i = 0; i < COUNTOF(after); i++) cell[n++] = str_of(after[i]);
    buf_put(b, S("\xef\xbb\xbf"));
    csv_row_with(b, cell, n, e->separator);
}

static void csv_lead(struct ctx *cx, const struct lead_export *e, const struct lead *lead,
                     struct buf *b)
{
    struct value contact = stored_value(cx, lead->first_contact);
    str cell[COLUMNS_MAX];
    ptrdiff_t n = 0;
    cell[n++] = id_text(cx->a, ID_LEAD, lead->id);
    cell[n++] = str_of(lead_phase_name(lead->phase));
    cell[n++] = str_of(email_state_name(lead->email_state));
    for (ptrdiff_t i = 0; i < field_count; i++)
        cell[n++] = field_defs[i].slot == SLOT_NONE ? lead->email : lead->text[field_defs[i].slot];
    for (ptrdiff_t i = 0; i < e->own.count; i++) cell[n++] = lead->text[e->own.row[i].slot];
    cell[n++] = str_of(permit_summary_name(lead->permit));
    cell[n++] = lead->permit_purpose;
    cell[n++] = lead->source;
    cell[n++] = value_str(value_at(contact, S("utm.source")));
    cell[n++] = value_str(value_at(contact, S("utm.medium")));
    cell[n++] = value_str(value_at(contact, S("utm.campaign")));
    cell[n++] = value_str(value_get(contact, S("form_name")));
    cell[n++] = lead->lang;
    cell[n++] = rfc3339(cx->a, lead->created_ms);
    cell[n++] = rfc3339(cx->a, lead->last_ms);
    csv_row_with(b, cell, n, e->separator);
}

static void write_lead(struct ctx *cx, struct lead_export *e, const struct lead *lead,
                       struct buf *b)
{
    if (e->format == EXPORT_CSV) {
        csv_lead(cx, e, lead, b);
    } else {
        buf_put(b, json_text(cx->a, lead_value(cx, lead)));
        buf_char(b, '\n');
    }
    e->rows++;
}

static bool filtered_page(struct ctx *cx, struct tx *tx, struct lead_export *e, struct buf *b,
                          bool *done)
{
    struct lead_rows rows;
    e->filter.limit = EXPORT_PAGE;
    if (!lead_list(cx, tx, &e->filter, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct lead lead;
        if (!lead_load(cx, tx, rows.row[i].id, &lead)) return false;
        write_lead(cx, e, &lead, b);
    }
    *done = rows.count < EXPORT_PAGE;
    if (rows.count == 0) return true;
    e->after_id = rows.row[rows.count - 1].id;
    e->after_ms = rows.row[rows.count - 1].created_ms;
    return true;
}

bool lead_export_page(struct ctx *cx, struct tx *tx, void *arg, struct buf *b, bool *done)
{
    struct lead_export *e = arg;
    if (!e->filtered) {
        struct leads leads;
        if (!lead_export_list(cx, tx, e->after_id, EXPORT_PAGE, &leads)) return false;
        for (ptrdiff_t i = 0; i < leads.count; i++) {
            leads.row[i].own = &e->own;
            write_lead(cx, e, &leads.row[i], b);
        }
        *done = leads.count < EXPORT_PAGE;
        if (leads.count > 0) e->after_id = leads.row[leads.count - 1].id;
        return true;
    }
    /* The key is made anew: the text of the page before is gone with its arena. */
    e->filter.after_id = e->after_id;
    e->filter.after_key = str_printf(cx->a, "%lld", (long long)e->after_ms);
    return filtered_page(cx, tx, e, b, done);
}
