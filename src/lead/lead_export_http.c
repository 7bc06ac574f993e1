#include "lead/lead_http.h"

#include "audit/audit.h"
#include "backup/quarantine.h"
#include "lead/lead_export.h"

/* A quarter of a worker's memory: what is larger goes through `zulauf export leads`. */
enum { EXPORT_BYTES = 24 << 20 };

struct run {
    struct lead_export export;
    struct buf out;
};

/* Each page is read into memory of its own, given back before the next; the text stands in front
 * of it, taken beforehand. */
static bool run_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *run = arg;
    arena *whole = cx->a;
    bool ok = true;
    while (ok && !run->export.done && run->export.rows < EXPORT_ROWS_MAX && !run->out.full) {
        arena page = *whole;
        cx->a = &page;
        ok = lead_export_page(cx, tx, &run->export, &run->out);
        if (!ok) *whole = page; /* the error's words stand in it */
        cx->a = whole;
    }
    return ok;
}

static bool begin_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *run = arg;
    return lead_export_begin(cx, tx, &run->export);
}

static bool audit_run(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct run *run = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "format", run->export.format == EXPORT_CSV ? S("csv") : S("jsonl"));
    value_set_int(detail, "rows", run->export.rows);
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
    out->filtered = f->state != LEAD_ACTIVE || f->phase != -1 || f->permit != -1 ||
                    f->owner != 0 || f->campaign != 0 || f->source.len > 0 || f->query.len > 0 ||
                    f->own_count > 0;
    f->sort = LEAD_SORT_CREATED;
    f->ascending = true;
    f->after_id = 0;
    f->after_key = (str){0};
    return true;
}

bool lead_export_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct run run = {0};
    if (!quarantine_allows_export(cx) || !options_read(cx, rq, &run.export)) return false;
    char *room = NEW(cx->a, char, EXPORT_BYTES + 1);
    run.out =
        (struct buf){.a = cx->a, .ptr = room, .cap = EXPORT_BYTES + 1, .max_bytes = EXPORT_BYTES};
    if (!db_read(cx, begin_read, &run)) return false;
    lead_export_head(&run.export, &run.out);
    if (!db_read(cx, run_read, &run)) return false;
    if (run.out.full || !run.export.done) return fail(cx, ERR_TOO_LARGE, "error.export_too_large");
    if (!db_write(cx, DB_INTERACTIVE, audit_run, &run)) return false;
    bool csv = run.export.format == EXPORT_CSV;
    rp->raw = buf_str(&run.out);
    rp->content_type =
        csv ? S("text/csv; charset=utf-8") : S("application/x-ndjson; charset=utf-8");
    rp->filename = csv ? S("leads.csv") : S("leads.jsonl");
    return true;
}
