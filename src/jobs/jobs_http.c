/* Dead letters: shown to administrators in words, tried again, or discarded. What a job carries is
 * for its run alone and is not shown. */
#include "jobs/jobs_http.h"

#include "app.h"
#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "jobs/jobs.h"
#include "web/i18n.h"
#include "web/render.h"

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_dead_list(cx, tx, arg);
}

static struct value dead_value(struct ctx *cx, const struct job_dead *job)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_JOB, job->id));
    value_set_text(map, "kind", job->kind);
    value_set(map, "created_at", instant_value(cx->a, id_time_ms(job->id)));
    value_set(map, "gave_up_at", instant_value(cx->a, job->gave_up_ms));
    value_set_int(map, "attempts", job->attempts);
    value_set_text(map, "error", job->last_error);
    return map;
}

/* What it was to do, and what is missing now: "left.kind_sales_notice", "left.miss_sales_notice". A
 * kind that is no more has no words of its own. */
static str words(struct ctx *cx, const char *prefix, str kind)
{
    str name = str_replace(cx->a, kind, S("."), S("_"));
    str key = str_printf(cx->a, "%s%.*s", prefix, STR_ARG(name));
    str found = i18n_get(cx->texts->i18n, cx->lang, key);
    if (found.ptr != NULL) return found;
    return i18n_get(cx->texts->i18n, cx->lang, str_printf(cx->a, "%sother", prefix));
}

/* "error.internal: what was said": the sentence of the key, and what was said in detail. A key that
 * has none, or one with gaps that nobody fills any more, is a detail itself. */
static void error_set(struct ctx *cx, struct value row, str error)
{
    str key = error, detail = S("");
    for (ptrdiff_t i = 0; i + 1 < error.len; i++) {
        if (error.ptr[i] != ':' || error.ptr[i + 1] != ' ') continue;
        key = str_slice(error, 0, i);
        detail = str_slice(error, i + 2, error.len);
        break;
    }
    str sentence = i18n_get(cx->texts->i18n, cx->lang, key);
    bool gaps = false;
    for (ptrdiff_t i = 0; i < sentence.len; i++) gaps = gaps || sentence.ptr[i] == '{';
    if (str_eq(error, S("never finished"))) {
        sentence = i18n_get(cx->texts->i18n, cx->lang, S("left.never_finished"));
        detail = S("");
    } else if (sentence.ptr == NULL || gaps) {
        sentence = i18n_get(cx->texts->i18n, cx->lang, S("error.internal"));
        detail = error;
    }
    value_set_text(row, "said", sentence);
    value_set_text(row, "detail", detail);
}

static bool jobs_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct job_dead_rows rows;
    (void)rq;
    if (!db_read(cx, list_read, &rows)) return false;
    struct value shown = value_list(cx->a);
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value row = dead_value(cx, &rows.row[i]);
        value_push(rp->data, dead_value(cx, &rows.row[i]));
        value_set_text(row, "what", words(cx, "left.kind_", rows.row[i].kind));
        error_set(cx, row, rows.row[i].last_error);
        value_set_text(row, "missing", words(cx, "left.miss_", rows.row[i].kind));
        value_push(shown, row);
    }
    rp->page = value_map(cx->a);
    value_set(rp->page, "jobs", shown);
    value_set_int(rp->page, "days", JOB_DEAD_KEPT_DAYS);
    value_set_bool(rp->page, "many", rows.count >= JOB_DEAD_MANY);
    rp->template = "settings/jobs";
    return true;
}

struct decision {
    int64_t id;
    bool again;
};

static bool decide_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct decision *d = arg;
    struct job_dead job;
    struct value detail = value_map(cx->a);
    if (!job_dead_load(cx, tx, d->id, &job)) return false;
    value_set_text(detail, "kind", job.kind);
    return (d->again ? job_replay(cx, tx, d->id) : job_discard(cx, tx, d->id)) &&
           audit_write(cx, tx, d->again ? "job.replay" : "job.discard", "job", d->id, 0, detail);
}

static bool decide(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, bool again)
{
    struct decision d = {.again = again};
    if (!id_parse(rq->param[0], ID_JOB, &d.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, decide_write, &d)) return false;
    if (again) jobs_wake(cx->app->jobs);
    app_changed(cx->app, cx->workspace_id);
    rp->data = value_map(cx->a);
    rp->location = S("/settings/jobs");
    rp->flash = again ? S("left.again_done") : S("left.discard_done");
    return true;
}

static bool again_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return decide(cx, rq, rp, true);
}

static bool discard_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return decide(cx, rq, rp, false);
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route jobs_routes[] = {
    {"GET", "/settings/jobs", BOTH, BODY_NONE, MAY_WRITE_SETTINGS, jobs_get, false},
    {"POST", "/settings/jobs/{id}/again", BOTH, BODY_FORM, MAY_WRITE_SETTINGS, again_post, false},
    {"POST", "/settings/jobs/{id}/discard", BOTH, BODY_FORM, MAY_WRITE_SETTINGS, discard_post,
     false},
};
const ptrdiff_t jobs_route_count = COUNTOF(jobs_routes);
