#include "guide/guide_http.h"

#include "access/access_rules.h"
#include "base/id.h"
#include "base/permission.h"
#include "campaign/campaign.h"
#include "fair/fair.h"
#include "form/form.h"
#include "guide/guide.h"
#include "lead/lead.h"

enum { GO_FORMS = 100, GO_CAMPAIGNS = 100, GO_FAIRS = 50 };

/* --- go to: every page, form, campaign and deed that somebody may see, in one list --- */

struct places {
    struct form_rows forms;
    struct campaigns campaigns;
    struct kiosks fairs;
};

static bool places_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct places *p = arg;
    return form_names(cx, tx, GO_FORMS, &p->forms) && campaign_choices(cx, tx, &p->campaigns) &&
           kiosk_going(cx, tx, GO_FAIRS, &p->fairs);
}

static void place_add(struct ctx *cx, struct value list, enum id_type type, int64_t id, str name)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, type, id));
    value_set_text(map, "name", name);
    value_push(list, map);
}

static bool go_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct places p = {0};
    struct value forms = value_list(cx->a), campaigns = value_list(cx->a),
                 fairs = value_list(cx->a);
    (void)rq;
    if ((cx->actor.permissions & MAY_READ_FORMS) != 0 && !db_read(cx, places_read, &p))
        return false;
    for (ptrdiff_t i = 0; i < p.forms.count; i++)
        place_add(cx, forms, ID_FORM, p.forms.row[i].id, p.forms.row[i].name);
    for (ptrdiff_t i = 0; i < p.campaigns.count && i < GO_CAMPAIGNS; i++)
        place_add(cx, campaigns, ID_CAMPAIGN, p.campaigns.row[i].id, p.campaigns.row[i].name);
    for (ptrdiff_t i = 0; i < p.fairs.count; i++) /* it stands on its form's page */
        place_add(cx, fairs, ID_FORM, p.fairs.row[i].form_id, p.fairs.row[i].stand);
    rp->data = value_map(cx->a);
    value_set(rp->data, "forms", forms);
    value_set(rp->data, "campaigns", campaigns);
    value_set(rp->data, "fairs", fairs);
    rp->template = "guide/go";
    return true;
}

/* --- help and news --- */

static bool help_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    rp->data = value_map(cx->a);
    rp->template = "guide/help";
    return true;
}

static bool news_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return news_known(cx, tx, cx->actor.user_id, arg);
}

static bool news_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return news_looked(cx, tx, cx->actor.user_id);
}

/* That somebody has looked is remembered by the looking; a second look writes nothing. */
static bool news_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    bool known = false;
    if (!db_read(cx, news_read, &known)) return false;
    if (!known && !db_write(cx, DB_EVENTS, news_write, NULL)) return false;
    (void)rq;
    rp->data = value_map(cx->a);
    rp->template = "guide/news";
    return true;
}

/* --- the tour --- */

static bool tour_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return tour_set(cx, tx, cx->actor.user_id, *(const int64_t *)arg);
}

static bool newest_lead(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_filter filter = {.state = LEAD_ACTIVE,
                                 .source = S(""),
                                 .phase = -1,
                                 .permit = -1,
                                 .query = S(""),
                                 .after_key = S(""),
                                 .limit = 1};
    struct lead_rows rows;
    if (!lead_list(cx, tx, &filter, &rows)) return false;
    *(int64_t *)arg = rows.count > 0 ? rows.row[0].id : 0;
    return true;
}

static bool step_place(struct ctx *cx, int64_t step, str *out)
{
    int64_t lead_id = 0;
    *out = str_printf(cx->a, "%.*s#rundgang", STR_ARG(tour_path(step)));
    if (step != TOUR_PERMIT) return true;
    if (!db_read(cx, newest_lead, &lead_id)) return false;
    if (lead_id != 0)
        *out = str_printf(cx->a, "/leads/%.*s#rundgang", STR_ARG(id_text(cx->a, ID_LEAD, lead_id)));
    return true;
}

static bool tour_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t step;
    str said = web_field(rq->body, "step"), from = web_field(rq->body, "from");
    bool over = str_eq(said, S("over"));
    if (over)
        step = TOUR_OVER;
    else if (!str_to_i64(said, &step) || tour_name(step)[0] == 0)
        return fail_field(cx, S("step"), "error.choice_invalid");
    else if (tour_beside(cx->actor.permissions, step - 1, 1) != step)
        return fail(cx, ERR_FORBIDDEN, "error.forbidden");
    if (!db_write(cx, DB_INTERACTIVE, tour_write, &step)) return false;
    rp->data = value_map(cx->a);
    if (!over) return step_place(cx, step, &rp->location);
    rp->location = path_is_local(from) ? from : S("/help");
    return true;
}

/* --- the keyboard --- */

static bool keys_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return keys_set(cx, tx, cx->actor.user_id, *(const bool *)arg);
}

static bool keys_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    bool on = str_eq(web_field(rq->body, "keys"), S("on"));
    if (!db_write(cx, DB_INTERACTIVE, keys_write, &on)) return false;
    rp->data = value_map(cx->a);
    rp->location = S("/account");
    rp->flash = S("flash.saved");
    return true;
}

const struct route guide_routes[] = {
    {"GET", "/go", FACE_PAGE, BODY_NONE, MAY_OWN_ACCOUNT, go_get, false},
    {"GET", "/help", FACE_PAGE, BODY_NONE, MAY_OWN_ACCOUNT, help_get, false},
    {"GET", "/news", FACE_PAGE, BODY_NONE, MAY_OWN_ACCOUNT, news_get, false},
    {"POST", "/tour", FACE_PAGE, BODY_FORM, MAY_OWN_ACCOUNT, tour_post, false},
    {"POST", "/account/keys", FACE_PAGE, BODY_FORM, MAY_OWN_ACCOUNT, keys_post, false},
};
const ptrdiff_t guide_route_count = COUNTOF(guide_routes);
