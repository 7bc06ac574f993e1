#include "backup/backup_http.h"

#include "app.h"
#include "audit/audit.h"
#include "backup/backup.h"
#include "backup/backup_jobs.h"
#include "backup/quarantine.h"
#include "base/permission.h"
#include "base/tz.h"

struct page {
    struct backup_plan plan;
    struct backup_state state;
    bool quarantined;
    int64_t restored_ms;
    struct value body;
};

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    return backup_is_ours(cx, tx) && backup_plan_load(cx, tx, &p->plan) &&
           backup_state_load(cx, tx, &p->state) &&
           quarantine_get(cx, tx, &p->quarantined, &p->restored_ms);
}

static struct value last_value(struct ctx *cx, const struct backup_state *s)
{
    if (s->ok_ms == 0) return value_null();
    struct value last = value_map(cx->a);
    value_set_text(last, "at", rfc3339(cx->a, s->ok_ms));
    value_set_text(last, "file", s->file);
    value_set_int(last, "bytes", s->bytes);
    value_set_int(last, "took_ms", s->took_ms);
    return last;
}

static struct value trouble_value(struct ctx *cx, const struct backup_state *s)
{
    if (s->failed_ms == 0) return value_null();
    struct value trouble = value_map(cx->a);
    value_set_text(trouble, "at", rfc3339(cx->a, s->failed_ms));
    value_set_text(trouble, "text", backup_trouble(cx, s));
    return trouble;
}

static void describe(struct ctx *cx, const struct page *p, struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "every", str_of(backup_every_name(p->plan.every)));
    value_set_int(rp->data, "hour", p->plan.hour);
    value_set_int(rp->data, "keep", p->plan.keep);
    value_set_text(rp->data, "seal_to", p->plan.seal_to);
    value_set_text(rp->data, "folder", cx->app->config.backup_dir);
    value_set(rp->data, "last", last_value(cx, &p->state));
    value_set(rp->data, "trouble", trouble_value(cx, &p->state));
    value_set_bool(rp->data, "quarantine", p->quarantined);
    rp->page = value_map(cx->a);
    value_set_int(rp->page, "last_s", (p->state.took_ms + 999) / 1000);
    value_set_bool(rp->page, "running", backup_under_way(cx));
    value_set(rp->page, "restored_at", instant_value(cx->a, p->restored_ms));
    rp->template = "settings/backup";
}

static bool backup_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p = {0};
    (void)rq;
    if (!db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    return true;
}

/* A number of a form is text, of JSON a number; absent: as it was. */
static void number_field(struct ctx *cx, struct value body, const char *name, int *out)
{
    struct value v = value_get(body, str_of(name));
    int64_t n = -1;
    if (value_is_null(v)) return;
    if (v.type == VALUE_INT)
        n = v.as.integer;
    else if (!str_to_i64(str_trim(value_str(v)), &n))
        fail_field(cx, str_of(name), "error.number_invalid");
    *out = n < 0 || n > 9999 ? -1 : (int)n;
}

static bool plan_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    struct value detail = value_map(cx->a);
    err_clear(cx);
    if (!page_read(cx, tx, p)) return false;
    str every = web_field(p->body, "every"), seal_to = web_field(p->body, "seal_to");
    if (every.ptr != NULL && !backup_every_of(every, &p->plan.every))
        fail_field(cx, S("every"), "error.choice_invalid");
    number_field(cx, p->body, "hour", &p->plan.hour);
    number_field(cx, p->body, "keep", &p->plan.keep);
    if (seal_to.ptr != NULL) p->plan.seal_to = seal_to;
    if (cx->err.code != ERR_NONE || !backup_plan_save(cx, tx, &p->plan)) return false;
    value_set_text(detail, "every", str_of(backup_every_name(p->plan.every)));
    value_set_int(detail, "hour", p->plan.hour);
    value_set_int(detail, "keep", p->plan.keep);
    value_set_text(detail, "seal_to", p->plan.seal_to);
    return audit_write(cx, tx, "backup.plan", "workspace", cx->workspace_id, 0, detail) &&
           page_read(cx, tx, p);
}

static bool backup_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p = {.body = rq->body};
    if (!db_write(cx, DB_INTERACTIVE, plan_write, &p)) return page_again(cx, rq, rp, backup_get);
    jobs_wake(cx->app->jobs);
    describe(cx, &p, rp);
    rp->location = S("/settings/backup");
    rp->flash = S("settings.saved");
    return true;
}

static bool ask_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return backup_is_ours(cx, tx) && backup_ask(cx, tx) &&
           audit_write(cx, tx, "backup.now", "workspace", cx->workspace_id, 0, value_null());
}

static bool backup_now(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (backup_under_way(cx)) return fail(cx, ERR_CONFLICT, "backup.under_way");
    if (!db_write(cx, DB_INTERACTIVE, ask_write, NULL)) return false;
    jobs_wake(cx->app->jobs);
    rp->status = 202;
    rp->data = value_map(cx->a);
    rp->location = S("/settings/backup");
    rp->flash = S("backup.asked");
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route backup_routes[] = {
    /* Asked before something is typed, not after. */
    {"GET", "/settings/backup", FACE_PAGE, BODY_NONE, MAY_MANAGE_WORKSPACES | MUST_PROVE,
     backup_get, false},
    {"GET", "/settings/backup", FACE_API, BODY_NONE, MAY_MANAGE_WORKSPACES, backup_get, false},
    {"POST", "/settings/backup", FACE_PAGE, BODY_FORM, MAY_MANAGE_WORKSPACES | MUST_PROVE,
     backup_post, false},
    {"PATCH", "/settings/backup", FACE_API, BODY_API, MAY_MANAGE_WORKSPACES | MUST_PROVE,
     backup_post, false},
    {"POST", "/settings/backup/run", BOTH, BODY_API, MAY_MANAGE_WORKSPACES, backup_now, false},
};
const ptrdiff_t backup_route_count = COUNTOF(backup_routes);
