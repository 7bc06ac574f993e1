#include "form/funnel_http.h"

#include "app.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/useragent.h"
#include "form/form_funnel.h"
#include "net/http_server.h"

static bool says_no(const struct http_request *rq)
{
    return str_eq(http_header_get(rq, "sec-gpc"), S("1")) ||
           str_eq(http_header_get(rq, "dnt"), S("1"));
}

static bool is_prefetch(const struct http_request *rq)
{
    str purpose = http_header_get(rq, "sec-purpose"), old = http_header_get(rq, "purpose"),
        moz = http_header_get(rq, "x-moz");
    return str_find(purpose, S("prefetch")) >= 0 || str_find(old, S("prefetch")) >= 0 ||
           str_find(moz, S("prefetch")) >= 0;
}

bool funnel_counts(const struct web_request *rq, const struct form *form)
{
    return form->counts && ua_parse(rq->user_agent).device != DEVICE_BOT && !says_no(rq->http) &&
           !is_prefetch(rq->http);
}

void funnel_view(struct ctx *cx, const struct web_request *rq, const struct form *form)
{
    if (rq->http->method == HTTP_GET && funnel_counts(rq, form))
        form_count_view(cx->app->counts, cx->workspace_id, form->id);
}

struct look {
    str slug;
    struct form_live *form;
};

static bool look_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    return form_live_by_slug(cx, tx, l->slug, l->form);
}

/* The fields of the form, and "consent" for any of its boxes: nobody makes up others. */
static bool is_asked(const struct form_def *def, str key)
{
    if (str_eq(key, S("consent"))) return def->consent_count > 0;
    for (int i = 0; i < def->field_count; i++)
        if (!def->field[i].hidden && str_eq(key, str_of(def->field[i].def->key))) return true;
    return false;
}

/* {start: 1} at the first input; {left: key} when the page is left and nothing was sent. Answers
 * the same whatever becomes of it. */
static bool beacon_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live *form = NEW(cx->a, struct form_live, 1);
    struct look l = {rq->param[0], form};
    str left = web_field(rq->body, "left");
    rp->status = 204;
    rp->raw = S("");
    rp->content_type = S("text/plain");
    if (!db_read(cx, look_read, &l)) return false;
    if (!funnel_counts(rq, &form->form)) return true;
    if (left.len > 0 && is_asked(&form->def, left))
        form_count_left(cx->app->counts, cx->workspace_id, form->form.id, form->version_no, left);
    else if (web_field(rq->body, "start").len > 0)
        form_count_start(cx->app->counts, cx->workspace_id, form->form.id);
    return true;
}

struct sums {
    int64_t id;
    int days;
    struct form form;
    struct form_funnel funnel;
};

static bool sums_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sums *s = arg;
    return form_load(cx, tx, s->id, &s->form) &&
           form_funnel_load(cx, tx, s->id, s->days, &s->funnel);
}

static bool funnel_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct sums s = {.days = FUNNEL_DAYS};
    str text = web_field(rq->query, "days");
    int64_t days;
    if (!id_parse(rq->param[0], ID_FORM, &s.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (text.len > 0) {
        if (!str_to_i64(text, &days) || days < 1 || days > FUNNEL_DAYS_MAX)
            return fail_field(cx, S("days"), "error.number_invalid");
        s.days = (int)days;
    }
    if (!db_read(cx, sums_read, &s)) return false;
    rp->data = form_funnel_value(cx, &s.funnel, s.days);
    return true;
}

const struct route funnel_routes[] = {
    {"POST", "/f/{form}/count", FACE_PUBLIC, BODY_FORM, 0, beacon_post, false},
    {"GET", "/forms/{id}/funnel", FACE_API, BODY_NONE, MAY_READ_FORMS, funnel_get, false},
};
const ptrdiff_t funnel_route_count = COUNTOF(funnel_routes);
