#include "importer/import_http.h"

#include "app.h"
#include "audit/audit.h"
#include "backup/quarantine.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/tz.h"
#include "campaign/campaign.h"
#include "campaign/campaign_value.h"
#include "importer/import.h"
#include "importer/import_rules.h"
#include "importer/import_value.h"
#include "jobs/jobs.h"
#include "lead/export_pages.h"
#include "lead/lead.h"
#include "web/render.h"

enum { PAGE_ROWS = 50, REFUSED_PAGE = 50, HEAD_BYTES = 128 << 10, SAMPLES = 3, FRONT = 5, FAULTS_BYTES = 128 << 10 };

static bool import_param(struct ctx *cx, const struct web_request *rq, int64_t *id)
{
    if (id_parse(rq->param[0], ID_IMPORT, id)) return true;
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static str import_url(struct ctx *cx, int64_t id)
{
    return str_printf(cx->a, "/imports/%.*s", STR_ARG(id_text(cx->a, ID_IMPORT, id)));
}

/* What a page of one offers, and what it shows. */
struct desk {
    int64_t id;
    struct import im;
    struct imports all;
    struct import_sample sample;
    struct import_wish wish;
    struct campaigns campaigns;
    struct lead_owners owners;
    struct free_fields own;
    int64_t before_id;
    int limit;
    bool gone;
};

static bool choices_read(struct ctx *cx, struct tx *tx, struct desk *d)
{
    return campaign_choices(cx, tx, &d->campaigns) && lead_owner_list(cx, tx, &d->owners) &&
           free_field_list(cx, tx, &d->own);
}

static struct value owners_value(struct ctx *cx, const struct lead_owners *owners)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < owners->count; i++) {
        struct value map = value_map(cx->a);
        value_set_text(map, "value", id_text(cx->a, ID_USER, owners->row[i].user_id));
        value_set_text(map, "label", owners->row[i].name);
        value_push(list, map);
    }
    return list;
}

static void choices_page(struct ctx *cx, const struct desk *d, struct value page)
{
    value_set(page, "campaigns", campaign_choices_value(cx, &d->campaigns));
    value_set(page, "owners", owners_value(cx, &d->owners));
}

/* --- the list --- */

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return import_list(cx, tx, d->before_id, d->limit, &d->all);
}

static bool list_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len > 0 && !id_parse(cursor, ID_IMPORT, &d->before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    d->limit = PAGE_ROWS;
    if (!web_limit(cx, rq, &d->limit) || !db_read(cx, list_read, d)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < d->all.count; i++)
        value_push(rp->data, import_value(cx, &d->all.row[i], false));
    rp->page = value_map(cx->a);
    if (d->all.more) {
        rp->next = id_text(cx->a, ID_IMPORT, d->all.last_id);
        value_set_text(rp->page, "next_url",
                       str_printf(cx->a, "/imports?cursor=%.*s", STR_ARG(rp->next)));
    }
    if (d->before_id != 0) value_set_text(rp->page, "first_url", S("/imports"));
    rp->template = "import/list";
    return true;
}

/* --- a new one --- */

static bool new_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return choices_read(cx, tx, arg);
}

static bool new_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!db_read(cx, new_read, d)) return false;
    rp->page = value_map(cx->a);
    choices_page(cx, d, rp->page);
    value_set_text(rp->page, "campaign", web_field(rq->query, "campaign"));
    rp->template = "import/new";
    return true;
}

/* "cp_…" or nothing. */
static int64_t id_field(struct ctx *cx, struct value body, const char *name, enum id_type type)
{
    str text = web_field(body, name);
    int64_t id = 0;
    if (text.len > 0 && !id_parse(text, type, &id))
        fail_field(cx, str_of(name), "error.choice_invalid");
    return id;
}

static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return import_load(cx, tx, d->id, &d->im) && choices_read(cx, tx, d);
}

static bool upload_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    struct value file = value_get(rq->body, S("file"));
    struct import_upload in = {.file_name = value_str(value_get(file, S("filename"))),
                               .bytes = value_str(value_get(file, S("bytes"))),
                               .source = web_field(rq->body, "source")};
    in.campaign_id = id_field(cx, rq->body, "campaign", ID_CAMPAIGN);
    in.owner_id = id_field(cx, rq->body, "owner", ID_USER);
    if (in.bytes.ptr == NULL) fail_field(cx, S("file"), "error.file_missing");
    if (cx->err.code != ERR_NONE || !import_take(cx, &in, &d->id))
        return page_again(cx, rq, rp, new_get);
    if (!db_read(cx, one_read, d)) return false;
    rp->status = 201;
    rp->data = import_value(cx, &d->im, true);
    rp->location = import_url(cx, d->id);
    return true;
}

/* --- one --- */

/* Each column with the first values that stand in it. */
static struct value sample_value(struct ctx *cx, const struct desk *d)
{
    struct value list = value_list(cx->a);
    str *head = NULL, *key = NULL;
    ptrdiff_t heads = 0, keys = 0;
    import_strings(cx, d->im.head, &head, &heads);
    import_strings(cx, d->im.mapping, &key, &keys);
    for (ptrdiff_t i = 0; i < heads; i++) {
        struct value map = value_map(cx->a), values = value_list(cx->a);
        str last = S("");
        for (int k = 0; k < d->sample.count && value_count(values) < SAMPLES; k++) {
            str cell = i < d->sample.row[k].count ? str_trim(d->sample.row[k].cell[i]) : S("");
            if (cell.len == 0 || str_eq(cell, last)) continue;
            value_push(values, value_text(cell));
            last = cell;
        }
        value_set_text(map, "name", head[i]);
        value_set_text(map, "field", i < keys ? key[i] : S(""));
        value_set(map, "values", values);
        value_push(list, map);
    }
    return list;
}

static void fields_page(struct ctx *cx, const struct desk *d, struct value page)
{
    struct value standard = value_list(cx->a), own = value_list(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++)
        value_push(standard, value_text(str_of(field_defs[i].key)));
    for (ptrdiff_t i = 0; i < d->own.count; i++) {
        const struct free_field *f = &d->own.row[i];
        struct value map = value_map(cx->a);
        if (f->type == FIELD_FILE || f->slot < 0) continue;
        value_set_text(map, "value", f->key);
        value_set_text(map, "label", f->label);
        value_push(own, map);
    }
    value_set(page, "fields", standard);
    value_set(page, "own", own);
    value_set(page, "columns", sample_value(cx, d));
}

static bool show_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!import_param(cx, rq, &d->id) || !db_read(cx, one_read, d)) return false;
    bool people = rq->face == FACE_PAGE;
    if (people && !import_sample(cx, &d->im, &d->sample)) return false;
    rp->data = import_value(cx, &d->im, true);
    if (!people) return true;
    rp->page = value_map(cx->a);
    value_set(rp->page, "waits_until", instant_value(cx->a, d->im.created_ms + IMPORT_WAITS_MS));
    choices_page(cx, d, rp->page);
    fields_page(cx, d, rp->page);
    value_set_bool(rp->page, "mapping",
                   d->im.state == IMPORT_NEW ||
                       (d->im.state == IMPORT_CHECKED &&
                        (d->im.fault.len > 0 || web_field(rq->query, "change").len > 0)));
    rp->template = "import/show";
    return true;
}

/* --- what the columns mean --- */

/* A list of keys; a form with one column sends one text. */
static void columns_read(struct ctx *cx, struct value body, struct import_wish *wish)
{
    struct value v = value_get(body, S("columns"));
    ptrdiff_t count = v.type == VALUE_LIST ? value_count(v) : 1;
    wish->key = NEW(cx->a, str, count);
    for (ptrdiff_t i = 0; i < count; i++) {
        struct value one = v.type == VALUE_LIST ? v.as.list->item[i] : v;
        str text = value_str(one);
        if (one.type != VALUE_NULL && text.ptr == NULL)
            fail_field(cx, S("columns"), "error.text_expected");
        wish->key[i] = text.ptr == NULL ? S("") : str_trim(text);
    }
    wish->count = v.type == VALUE_NULL ? 0 : count;
}

static bool order_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return import_order(cx, tx, d->id, &d->wish) && import_load(cx, tx, d->id, &d->im);
}

/* What is not named stays as it is. */
static bool wish_read(struct ctx *cx, struct value body, struct desk *d)
{
    struct import_wish *w = &d->wish;
    str known = web_field(body, "known"), source = web_field(body, "source");
    str wrong = web_field(body, "wrong");
    columns_read(cx, body, w);
    if (w->count == 0) import_strings(cx, d->im.mapping, &w->key, &w->count);
    w->known = d->im.known;
    if (known.len > 0 && !import_known_of(known, &w->known))
        fail_field(cx, S("known"), "error.choice_invalid");
    w->wrong = d->im.wrong;
    if (wrong.len > 0 && !import_wrong_of(wrong, &w->wrong))
        fail_field(cx, S("wrong"), "error.choice_invalid");
    w->source = source.ptr == NULL ? d->im.source : source;
    w->campaign_id = web_field(body, "campaign").ptr == NULL
                         ? d->im.campaign_id
                         : id_field(cx, body, "campaign", ID_CAMPAIGN);
    w->owner_id = web_field(body, "owner").ptr == NULL ? d->im.owner_id
                                                       : id_field(cx, body, "owner", ID_USER);
    return cx->err.code == ERR_NONE;
}

static bool mapping_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!import_param(cx, rq, &d->id) || !db_read(cx, one_read, d)) return false;
    if (!wish_read(cx, rq->body, d) || !db_write(cx, DB_INTERACTIVE, order_write, d)) {
        if (!page_again(cx, rq, rp, show_get) && !rq->json && rp->page.type == VALUE_MAP)
            value_set_bool(rp->page, "mapping", true);
        return false;
    }
    jobs_wake(cx->app->jobs);
    rp->status = 202;
    rp->data = import_value(cx, &d->im, true);
    rp->location = import_url(cx, d->id);
    return true;
}

/* --- start and stop --- */

static bool start_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return import_start(cx, tx, d->id) && import_load(cx, tx, d->id, &d->im);
}

static bool start_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!import_param(cx, rq, &d->id)) return false;
    if (!db_write(cx, DB_INTERACTIVE, start_write, d)) return page_again(cx, rq, rp, show_get);
    jobs_wake(cx->app->jobs);
    rp->status = 202;
    rp->data = import_value(cx, &d->im, true);
    rp->location = import_url(cx, d->id);
    return true;
}

static bool stop_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return import_stop(cx, tx, d->id, &d->gone) && (d->gone || import_load(cx, tx, d->id, &d->im));
}

static bool stop_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk *d = NEW(cx->a, struct desk, 1);
    if (!import_param(cx, rq, &d->id)) return false;
    if (!db_write(cx, DB_INTERACTIVE, stop_write, d)) return page_again(cx, rq, rp, show_get);
    rp->data = d->gone ? value_null() : import_value(cx, &d->im, true);
    rp->location = d->gone ? S("/imports") : import_url(cx, d->id);
    rp->flash = d->gone ? S("imports.discarded") : S("imports.stopped");
    return true;
}

/* --- refused rows --- */

struct refused {
    struct import im;
    int64_t id, after_line, rows; /* rows: written so far */
    str *head;
    ptrdiff_t heads;
};

static bool refused_open(struct ctx *cx, struct tx *tx, void *arg)
{
    struct refused *r = arg;
    return import_load(cx, tx, r->id, &r->im);
}

/* Behind a bar: a row may have several. */
static void joined(struct buf *b, str text)
{
    if (b->len > 0 && text.len > 0) buf_put(b, S(" | "));
    buf_put(b, text);
}

static str head_of(const struct refused *r, ptrdiff_t column)
{
    return column >= 0 && column < r->heads ? r->head[column] : S("");
}

/* Where it is at fault, what stands there, and why it is not taken. */
static void faults_put(struct ctx *cx, const struct refused *r, const struct import_refusal *row,
                       str to[3])
{
    struct buf column = buf_new(cx->a, FAULTS_BYTES), value = buf_new(cx->a, FAULTS_BYTES),
               reason = buf_new(cx->a, FAULTS_BYTES);
    struct import_fault one = {row->reason, row->column, row->max};
    /* Refused for its first wrong value, or for something else. */
    bool apart = row->wrong_count == 0 || row->wrong[0].column != row->column;
    for (ptrdiff_t i = apart ? -1 : 0; i < row->wrong_count; i++) {
        const struct import_fault *fault = i < 0 ? &one : &row->wrong[i];
        ptrdiff_t at = fault->column;
        joined(&column, head_of(r, at));
        joined(&value, at >= 0 && at < row->cell_count ? row->cell[at] : S(""));
        joined(&reason, import_fault_text(cx, fault->reason, fault->max));
    }
    to[0] = buf_str(&column);
    to[1] = buf_str(&value);
    to[2] = buf_str(&reason);
}

static void refused_put(struct ctx *cx, const struct refused *r, const struct import_refusal *row,
                        struct buf *b)
{
    str *cell = NEW(cx->a, str, row->cell_count + FRONT);
    cell[0] = str_printf(cx->a, "%lld", (long long)row->line);
    cell[1] = render_text(cx, cx->lang, row->written ? "imports.row_written" : "imports.row_refused",
                          NULL, 0);
    faults_put(cx, r, row, cell + 2);
    for (ptrdiff_t i = 0; i < row->cell_count; i++) cell[FRONT + i] = row->cell[i];
    csv_row_with(b, cell, FRONT + row->cell_count, r->im.separator);
}

static bool refused_page(struct ctx *cx, struct tx *tx, void *arg, struct buf *b, bool *done)
{
    struct refused *r = arg;
    struct import_refusals page;
    if (!import_refused_list(cx, tx, &r->im, r->after_line, REFUSED_PAGE, &page)) return false;
    for (ptrdiff_t i = 0; i < page.count; i++) refused_put(cx, r, &page.row[i], b);
    r->rows += page.count;
    *done = page.last_line == 0;
    r->after_line = page.last_line;
    return true;
}

static bool refused_audit(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct refused *r = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", r->im.file_name);
    value_set_int(detail, "rows", r->rows);
    return audit_write(cx, tx, "import.refused", "import", r->id, 0, detail);
}

static bool refused_body(struct ctx *cx, void *arg, bytes_out *write, void *to)
{
    struct refused *r = arg;
    struct buf b = buf_new(cx->a, HEAD_BYTES);
    static const char *const front[FRONT] = {"imports.line", "imports.row_outcome",
                                             "imports.row_column", "imports.row_value",
                                             "imports.reason"};
    str *head = NEW(cx->a, str, r->heads + FRONT);
    for (int i = 0; i < FRONT; i++) head[i] = render_text(cx, cx->lang, front[i], NULL, 0);
    for (ptrdiff_t i = 0; i < r->heads; i++) head[i + FRONT] = r->head[i];
    buf_put(&b, S("\xef\xbb\xbf"));
    csv_row_with(&b, head, r->heads + FRONT, r->im.separator);
    bool ok = export_pages(cx, buf_str(&b), refused_page, r, write, to);
    return export_end(cx, ok, r->rows, refused_audit, r);
}

/* As they stood in the file, behind line, outcome, column, value and reason: mended, they can be
 * imported again. */
static bool refused_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct refused *r = NEW(cx->a, struct refused, 1);
    if (!quarantine_allows_export(cx) || !import_param(cx, rq, &r->id) ||
        !db_read(cx, refused_open, r))
        return false;
    if (!r->im.kept) return fail(cx, ERR_GONE, "imports.refused_gone");
    import_strings(cx, r->im.head, &r->head, &r->heads);
    rp->body = refused_body;
    rp->body_arg = r;
    rp->content_type = S("text/csv; charset=utf-8");
    rp->filename = S("refused.csv");
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };
enum { MAY = MAY_IMPORT | MAY_READ_LEADS };

const struct route import_routes[] = {
    {"GET", "/imports", BOTH, BODY_NONE, MAY, list_get, false},
    {"POST", "/imports", BOTH, BODY_UPLOAD, MAY, upload_post, false},
    {"GET", "/imports/new", FACE_PAGE, BODY_NONE, MAY, new_get, false},
    {"GET", "/imports/{id}", BOTH, BODY_NONE, MAY, show_get, false},
    {"POST", "/imports/{id}/mapping", BOTH, BODY_API, MAY, mapping_post, false},
    {"POST", "/imports/{id}/start", BOTH, BODY_API, MAY, start_post, false},
    {"POST", "/imports/{id}/stop", BOTH, BODY_API, MAY, stop_post, false},
    {"GET", "/imports/{id}/refused", BOTH, BODY_NONE, MAY | MUST_PROVE, refused_get, false},
};
const ptrdiff_t import_route_count = COUNTOF(import_routes);
