#include "report/report_http.h"

#include "app.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "lead/lead_value.h"
#include "post/post_delivery.h"
#include "report/report.h"

struct today {
    struct report_place place;
    struct report_today report;
};

static bool today_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct today *t = arg;
    return report_today_load(cx, tx, &t->place, &t->report);
}

static struct value new_leads_value(struct ctx *cx, const struct report_today *r)
{
    struct value map = value_map(cx->a);
    value_set_int(map, "count", r->new_leads);
    value_set(map, "delta",
              r->comparable ? value_int(r->new_leads - r->new_leads_before) : value_null());
    value_set(map, "compare_at", instant_value(cx->a, r->compare_ms));
    return map;
}

static struct value awaiting_value(struct ctx *cx, const struct confirmation_stats *c)
{
    struct value map = value_map(cx->a);
    value_set_int(map, "count", c->waiting);
    value_set(map, "oldest_at", instant_value(cx->a, c->oldest_ms));
    return map;
}

static struct value rate_value(struct ctx *cx, const struct report_today *r)
{
    struct value map = value_map(cx->a);
    const struct confirmation_stats *c = &r->confirmations;
    if (!r->whole) return value_null();
    int64_t n = c->requested;
    value_set_int(map, "confirmed", c->confirmed);
    value_set_int(map, "requested", n);
    value_set(map, "pct", n == 0 ? value_null() : value_int((c->confirmed * 100 + n / 2) / n));
    value_set_int(map, "days", REPORT_RATE_DAYS);
    return map;
}

static struct value last_value(struct ctx *cx, const struct submission_rows *rows)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < rows->count; i++) {
        const struct submission_row *r = &rows->row[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "lead_id", id_text(cx->a, ID_LEAD, r->lead_id));
        value_set_text(map, "name", r->name);
        value_set_text(map, "company", r->company);
        value_set_text(map, "email", r->email);
        value_set_text(map, "form_id", id_text(cx->a, ID_FORM, r->form_id));
        value_set_text(map, "form_name", r->form_name);
        value_set_text(map, "state", str_of(submission_state_name(r->state)));
        value_set(map, "at", instant_value(cx->a, r->at_ms));
        value_push(list, map);
    }
    return list;
}

static struct value forms_value(struct ctx *cx, const struct form_rows *rows)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < rows->count; i++) {
        const struct form *f = &rows->row[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_FORM, f->id));
        value_set_text(map, "name", f->name);
        value_set_text(map, "slug", f->slug);
        value_set_text(map, "state", str_of(form_state_name(f->state)));
        value_set_int(map, "submissions", f->submissions);
        value_set_int(map, "confirmed", f->confirmed);
        value_push(list, map);
    }
    return list;
}

static struct value today_value(struct ctx *cx, const struct report_today *r)
{
    struct value map = value_map(cx->a), submissions = value_map(cx->a);
    value_set(map, "new_leads", new_leads_value(cx, r));
    value_set(map, "awaiting", awaiting_value(cx, &r->confirmations));
    value_set(map, "rate", rate_value(cx, r));
    value_set_int(submissions, "count", r->submissions);
    value_set_int(submissions, "held", r->held);
    value_set(map, "submissions_today", submissions);
    value_set(map, "last", last_value(cx, &r->last));
    value_set(map, "forms", r->whole ? forms_value(cx, &r->forms) : value_list(cx->a));
    return map;
}

/* Where the next step is taken: the newest form's public page for a first submission. */
static str step_url(struct ctx *cx, enum report_step step, const struct report_today *r)
{
    switch (step) {
    case STEP_NAME:
        return S("/settings#f-workspace_name");
    case STEP_SENDER:
        return S("/settings#f-sender_name");
    case STEP_IMPRINT:
        return S("/settings#f-imprint_url");
    case STEP_ADDRESS:
        return S("/settings#h-a");
    case STEP_LOGO:
        return S("/settings/brand");
    case STEP_RELAY:
        return S("/settings/relay");
    case STEP_FIRST_FORM:
        return S("/forms");
    case STEP_SUBMISSION:
        for (ptrdiff_t i = 0; i < r->forms.count; i++)
            if (r->forms.row[i].state == FORM_PUBLISHED)
                return str_printf(cx->a, "/forms/%.*s/try",
                                  STR_ARG(id_text(cx->a, ID_FORM, r->forms.row[i].id)));
        return S("/forms");
    case STEP__COUNT:
        break;
    }
    return S("/");
}

/* What a step needs: it is shown to those who may take it. */
static uint64_t step_needs(enum report_step step)
{
    switch (step) {
    case STEP_FIRST_FORM:
    case STEP_SUBMISSION:
        return MAY_WRITE_FORMS;
    case STEP_NAME:
    case STEP_SENDER:
    case STEP_RELAY:
    case STEP_ADDRESS:
    case STEP_IMPRINT:
    case STEP_LOGO:
    case STEP__COUNT:
        break;
    }
    return MAY_WRITE_SETTINGS;
}

static struct value today_page(struct ctx *cx, const struct report_today *r)
{
    struct value page = value_map(cx->a), checklist = value_list(cx->a);
    int done = 0, count = 0;
    for (int i = 0; i < STEP__COUNT; i++) {
        if ((cx->actor.permissions & step_needs((enum report_step)i)) == 0) continue;
        struct value item = value_map(cx->a);
        value_set_text(item, "key", str_of(report_step_name((enum report_step)i)));
        value_set_bool(item, "done", r->done[i]);
        value_set_text(item, "url", step_url(cx, (enum report_step)i, r));
        value_push(checklist, item);
        if (r->done[i]) done++;
        count++;
    }
    value_set(page, "checklist", checklist);
    value_set_bool(page, "ever", r->done[STEP_SUBMISSION]);
    value_set_bool(page, "trashed", r->trashed);
    value_set_int(page, "checklist_done", done);
    value_set_int(page, "checklist_count", count);
    return page;
}

static bool today_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct today t = {
        .place = {.relay = post_delivers(cx->app->delivery), .base_url = rq->base_url}};
    if (!db_read(cx, today_read, &t)) return false;
    rp->data = today_value(cx, &t.report);
    rp->page = today_page(cx, &t.report);
    rp->template = "today";
    return true;
}

const struct route report_routes[] = {
    {.method = "GET",
     .pattern = "/",
     .faces = FACE_PAGE,
     .permission = MAY_READ_LEADS,
     .handler = today_get},
    {.method = "GET",
     .pattern = "/today",
     .faces = FACE_PAGE | FACE_API,
     .permission = MAY_READ_LEADS,
     .handler = today_get},
};
const ptrdiff_t report_route_count = COUNTOF(report_routes);
