/* A form's submissions in the admin and the API: list, one, export, what is held back. */
#include "capture/submission_http.h"

#include "audit/audit.h"
#include "backup/quarantine.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/reach.h"
#include "capture/capture_inner.h"
#include "capture/submission.h"
#include "spam/suspect.h"

enum { PAGE_ROWS = 50, HEAD_BYTES = 64 << 10 };

struct listing {
    struct submission_query query;
    struct form form;
    struct submission_items items;
    int64_t held;
    bool more;
};

static bool listing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    struct submission_query query = l->query;
    query.limit++;
    if (!form_load(cx, tx, l->query.form_id, &l->form) ||
        !submission_page(cx, tx, &query, &l->items) ||
        !suspect_count(cx, tx, l->query.form_id, &l->held))
        return false;
    l->more = l->items.count > l->query.limit;
    if (l->more) l->items.count = l->query.limit;
    return true;
}

static bool form_param(struct ctx *cx, const struct web_request *rq, int64_t *id)
{
    return id_parse(rq->param[0], ID_FORM, id) || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* What is held back belongs to no lead yet: it is for those who see all of them. */
static bool query_read(struct ctx *cx, const struct web_request *rq, struct submission_query *out)
{
    str state = web_field(rq->query, "state"), cursor = web_field(rq->query, "cursor");
    int rows = PAGE_ROWS;
    *out = (struct submission_query){0};
    if (!form_param(cx, rq, &out->form_id)) return false;
    if (state.len > 0 && !submission_filter_of(state, &out->filter))
        return fail_field(cx, S("state"), "error.choice_invalid");
    if (!web_limit(cx, rq, &rows)) return false;
    out->limit = rows;
    if (cursor.len > 0 && !id_parse(cursor, ID_SUBMISSION, &out->before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (out->filter == SUBMISSIONS_HELD && reach_of(&cx->actor).any == 0)
        return fail(cx, ERR_FORBIDDEN, "error.forbidden");
    return true;
}

static void form_page_put(struct ctx *cx, const struct form *form, struct value page)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_FORM, form->id));
    value_set_text(map, "name", form->name);
    value_set_text(map, "state", str_of(form_state_name(form->state)));
    value_set(page, "form", map);
}

static bool list_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct listing l = {0};
    if (!query_read(cx, rq, &l.query) || !db_read(cx, listing_read, &l)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l.items.count; i++)
        value_push(rp->data, submission_item_value(cx, &l.items.row[i]));
    str filter = str_of(submission_filter_name(l.query.filter));
    if (l.more) rp->next = id_text(cx->a, ID_SUBMISSION, l.items.row[l.items.count - 1].id);
    rp->page = value_map(cx->a);
    form_page_put(cx, &l.form, rp->page);
    value_set_text(rp->page, "filter", filter);
    value_set_bool(rp->page, "quarantine", l.query.filter == SUBMISSIONS_HELD);
    value_set_int(rp->page, "held", reach_of(&cx->actor).any != 0 ? l.held : 0);
    value_set_bool(rp->page, "sees_held", reach_of(&cx->actor).any != 0);
    str path = str_printf(cx->a, "/forms/%.*s/submissions?state=%.*s", STR_ARG(rq->param[0]),
                          STR_ARG(filter));
    if (l.query.before_id != 0) value_set_text(rp->page, "first_url", path);
    if (l.more)
        value_set_text(rp->page, "next_url",
                       str_printf(cx->a, "%.*s&cursor=%.*s", STR_ARG(path), STR_ARG(rp->next)));
    rp->template = "submission/list";
    return true;
}

struct one {
    int64_t form_id, id;
    struct form form;
    struct submission_item item;
};

static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct one *o = arg;
    return form_load(cx, tx, o->form_id, &o->form) &&
           submission_find(cx, tx, o->form_id, o->id, &o->item);
}

static bool one_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one o = {0};
    if (!form_param(cx, rq, &o.form_id)) return false;
    if (!id_parse(rq->param[1], ID_SUBMISSION, &o.id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, one_read, &o)) return false;
    rp->data = submission_item_value(cx, &o.item);
    rp->page = value_map(cx->a);
    form_page_put(cx, &o.form, rp->page);
    value_set_bool(rp->page, "quarantine", o.item.held);
    rp->template = "submission/show";
    return true;
}

/* --- export --- */

static bool begin_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct submission_export *e = arg;
    struct form form;
    return form_load(cx, tx, e->query.form_id, &form) && submission_export_begin(cx, tx, e);
}

static bool audit_run(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct submission_export *e = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "format", e->format == EXPORT_CSV ? S("csv") : S("jsonl"));
    value_set_text(detail, "state", str_of(submission_filter_name(e->query.filter)));
    value_set_int(detail, "rows", e->rows);
    return audit_write(cx, tx, "submission.export", "form", e->query.form_id, 0, detail);
}

static bool export_body(struct ctx *cx, void *arg, bytes_out *write, void *to)
{
    struct submission_export *e = arg;
    struct buf head = buf_new(cx->a, HEAD_BYTES);
    submission_export_head(e, &head);
    bool ok = export_pages(cx, buf_str(&head), submission_export_page, e, write, to);
    return export_end(cx, ok, e->rows, audit_run, e);
}

static bool export_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct submission_export *e = NEW(cx->a, struct submission_export, 1);
    str format = web_field(rq->query, "format"), separator = web_field(rq->query, "separator");
    e->separator = ',';
    if (!quarantine_allows_export(cx) || !query_read(cx, rq, &e->query)) return false;
    if (format.len > 0 && !export_format_of(format, &e->format))
        return fail_field(cx, S("format"), "error.choice_invalid");
    if (str_eq(separator, S(";")))
        e->separator = ';';
    else if (separator.len > 0 && !str_eq(separator, S(",")))
        return fail_field(cx, S("separator"), "error.choice_invalid");
    e->query.before_id = 0;
    if (!db_read(cx, begin_read, e)) return false;
    bool csv = e->format == EXPORT_CSV;
    rp->body = export_body;
    rp->body_arg = e;
    rp->content_type =
        csv ? S("text/csv; charset=utf-8") : S("application/x-ndjson; charset=utf-8");
    rp->filename = csv ? S("submissions.csv") : S("submissions.jsonl");
    return true;
}

/* --- what is held back --- */

struct drop {
    int64_t form_id, id, mail_id;
    bool there;
};

static bool is_of_form(struct ctx *cx, struct tx *tx, void *arg)
{
    struct drop *d = arg;
    struct suspect s;
    d->there = suspect_load(cx, tx, d->id, &s) && s.form_id == d->form_id;
    if (d->there) d->mail_id = s.mail_id;
    if (!d->there && cx->err.code == ERR_NOT_FOUND) err_clear(cx);
    return cx->err.code == ERR_NONE;
}

static bool drop_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct drop *d = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "form", id_text(cx->a, ID_FORM, d->form_id));
    return suspect_drop(cx, tx, d->id) &&
           audit_write(cx, tx, "submission.delete", "submission", d->id, 0, detail);
}

/* One of them; *done false: somebody else was faster, or it is another form's. */
static bool settle(struct ctx *cx, const struct web_request *rq, struct drop *d, bool release,
                   bool *done)
{
    struct submission_done out;
    *done = false;
    if (!db_read(cx, is_of_form, d)) return false;
    if (!d->there) return true;
    if (d->mail_id != 0)
        *done = release ? mail_check_release(cx, d->id, rq->base_url) : mail_check_drop(cx, d->id);
    else
        *done = release ? capture_release(cx, d->id, rq->base_url, &out)
                        : db_write(cx, DB_INTERACTIVE, drop_write, d);
    if (!*done && cx->err.code == ERR_NOT_FOUND) err_clear(cx);
    return cx->err.code == ERR_NONE;
}

static struct value ids_of(struct ctx *cx, struct value body)
{
    struct value ids = value_get(body, S("ids"));
    if (ids.type == VALUE_LIST) return ids;
    struct value list = value_list(cx->a);
    if (value_str(ids).len > 0) value_push(list, ids);
    return list;
}

struct form_there {
    int64_t id;
    struct form form;
};

static bool form_there_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct form_there *f = arg;
    return form_load(cx, tx, f->id, &f->form);
}

static bool held_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_there form = {0};
    str what = web_field(rq->body, "do");
    struct value ids = ids_of(cx, rq->body);
    int64_t count = 0;
    bool release = str_eq(what, S("release"));
    if (!form_param(cx, rq, &form.id) || !db_read(cx, form_there_read, &form)) return false;
    if (!release && !str_eq(what, S("delete")))
        return fail_field(cx, S("do"), "error.choice_invalid");
    if (value_count(ids) > LIMIT_LIST_PAGE) return fail_field(cx, S("ids"), "error.field_too_long");
    for (ptrdiff_t i = 0; i < value_count(ids); i++) {
        struct drop d = {.form_id = form.id};
        bool done;
        arena start = *cx->a;
        if (!id_parse(value_str(ids.as.list->item[i]), ID_SUBMISSION, &d.id)) continue;
        if (!settle(cx, rq, &d, release, &done)) return false;
        count += done;
        *cx->a = start;
    }
    rp->data = value_map(cx->a);
    value_set_int(rp->data, release ? "released" : "deleted", count);
    rp->location = str_printf(cx->a, "/forms/%.*s/submissions?state=held", STR_ARG(rq->param[0]));
    rp->flash = value_count(ids) == 0 ? S("submission_list.none_chosen")
                : count == 0          ? S("submission_list.none_left")
                : release             ? S("submission_list.released")
                                      : S("submission_list.deleted");
    return true;
}

/* --- protection --- */

struct guard {
    int64_t id;
    bool proof, counts;
    struct form form;
};

static bool guard_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct guard *g = arg;
    struct value detail = value_map(cx->a);
    value_set_bool(detail, "proof_of_work", g->proof);
    value_set_bool(detail, "counts", g->counts);
    return form_load(cx, tx, g->id, &g->form) && form_guard(cx, tx, g->id, g->proof, g->counts) &&
           audit_write(cx, tx, "form.protection", "form", g->id, 0, detail);
}

static void guard_describe(struct ctx *cx, const struct form *form, bool proof, bool counts,
                           struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    value_set_bool(rp->data, "proof_of_work", proof);
    value_set_bool(rp->data, "counts", counts);
    rp->page = value_map(cx->a);
    form_page_put(cx, form, rp->page);
    rp->template = "submission/protection";
}

static bool guard_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_there f = {0};
    if (!form_param(cx, rq, &f.id) || !db_read(cx, form_there_read, &f)) return false;
    guard_describe(cx, &f.form, f.form.proof, f.form.counts, rp);
    return true;
}

static bool truth(struct value body, const char *name)
{
    struct value v = value_get(body, str_of(name));
    return v.type == VALUE_BOOL ? v.as.boolean : str_eq(value_str(v), S("yes"));
}

static bool guard_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct guard g = {0};
    if (!form_param(cx, rq, &g.id)) return false;
    g.proof = truth(rq->body, "proof_of_work");
    g.counts = truth(rq->body, "counts");
    if (!db_write(cx, DB_INTERACTIVE, guard_write, &g)) return false;
    guard_describe(cx, &g.form, g.proof, g.counts, rp);
    rp->location = str_printf(cx->a, "/forms/%.*s/protection", STR_ARG(rq->param[0]));
    rp->flash = S("settings.saved");
    return true;
}

enum { MAY_JUDGE = MAY_WRITE_LEADS | MAY_READ_ALL_LEADS };

const struct route submission_routes[] = {
    {"GET", "/forms/{id}/submissions", FACE_PAGE | FACE_API, BODY_NONE,
     MAY_READ_FORMS | MAY_READ_LEADS, list_get, false},
    {"GET", "/forms/{id}/submissions/export", FACE_PAGE | FACE_API, BODY_NONE,
     MAY_READ_FORMS | MAY_READ_LEADS | MAY_EXPORT | MUST_PROVE, export_get, false},
    {"POST", "/forms/{id}/submissions/held", FACE_PAGE, BODY_FORM, MAY_JUDGE, held_post, false},
    {"POST", "/forms/{id}/submissions/held", FACE_API, BODY_API, MAY_JUDGE, held_post, false},
    {"GET", "/forms/{id}/submissions/{submission_id}", FACE_PAGE | FACE_API, BODY_NONE,
     MAY_READ_FORMS | MAY_READ_LEADS, one_get, false},
    {"GET", "/forms/{id}/protection", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, guard_get,
     false},
    {"POST", "/forms/{id}/protection", FACE_PAGE, BODY_FORM, MAY_WRITE_FORMS, guard_post, false},
    {"PUT", "/forms/{id}/protection", FACE_API, BODY_API, MAY_WRITE_FORMS, guard_post, false},
};
const ptrdiff_t submission_route_count = COUNTOF(submission_routes);
