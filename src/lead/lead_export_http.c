#include "lead/lead_http.h"

#include "audit/audit.h"
#include "backup/quarantine.h"
#include "lead/lead_export.h"

enum { HEAD_BYTES = 64 << 10 };

static bool begin_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_export_begin(cx, tx, arg);
}

static bool audit_run(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct lead_export *e = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "format", e->format == EXPORT_CSV ? S("csv") : S("jsonl"));
    value_set_int(detail, "rows", e->rows);
    return audit_write(cx, tx, "lead.export", "lead", 0, 0, detail);
}

static bool options_read(struct ctx *cx, const struct web_request *rq, struct lead_export *out)
{
    str format = web_field(rq->query, "format"), separator = web_field(rq->query, "separator");
    *out = (struct lead_export){.separator = ','};
    if (!lead_filter_read(cx, rq, &out->filter)) return false;
    if (format.len > 0 && !export_format_of(format, &out->format))
        return fail_field(cx, S("format"), "error.choice_invalid");
    if (str_eq(separator, S(";")))
        out->separator = ';';
    else if (separator.len > 0 && !str_eq(separator, S(",")))
        return fail_field(cx, S("separator"), "error.choice_invalid");
    struct lead_filter *f = &out->filter;
    out->filtered = f->state != LEAD_ACTIVE || f->phase != -1 || f->permit != -1 || f->owner != 0 ||
                    f->campaign != 0 || f->source.len > 0 || f->query.len > 0 || f->own_count > 0;
    f->sort = LEAD_SORT_CREATED;
    f->ascending = true;
    f->after_id = 0;
    f->after_key = (str){0};
    return true;
}

static bool body(struct ctx *cx, void *arg, bytes_out *write, void *to)
{
    struct lead_export *e = arg;
    struct buf head = buf_new(cx->a, HEAD_BYTES);
    lead_export_head(e, &head);
    bool ok = export_pages(cx, buf_str(&head), lead_export_page, e, write, to);
    return export_end(cx, ok, e->rows, audit_run, e);
}

bool lead_export_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct lead_export *e = NEW(cx->a, struct lead_export, 1);
    if (!quarantine_allows_export(cx) || !options_read(cx, rq, e) || !db_read(cx, begin_read, e))
        return false;
    bool csv = e->format == EXPORT_CSV;
    rp->body = body;
    rp->body_arg = e;
    rp->content_type =
        csv ? S("text/csv; charset=utf-8") : S("application/x-ndjson; charset=utf-8");
    rp->filename = csv ? S("leads.csv") : S("leads.jsonl");
    return true;
}
