#include "share/share_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "brand/brand.h"
#include "form/form.h"
#include "form/form_view.h"
#include "net/http_server.h"
#include "setting/setting.h"
#include "share/share_refused.h"
#include "share/share_rules.h"
#include "web/qr.h"
#include "web/render.h"

enum {
    PNG_PX = 1600, /* 13 cm at 300 dots an inch */
    AFTER_MAX_S = 3600,
    TEXT_MAX_BYTES = 200,
};

struct desk {
    int64_t id;
    str origins; /* to be stored */
    struct form form;
    struct form_live *live; /* NULL: not public */
    struct settings settings;
    struct share_refused_list refused;
    str url; /* bare */
};

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    if (!form_load(cx, tx, d->id, &d->form) ||
        !share_refused_list(cx, tx, d->id, d->form.origins, &d->refused))
        return false;
    d->live = NULL;
    if (d->form.state != FORM_PUBLISHED) return true;
    d->live = NEW(cx->a, struct form_live, 1);
    if (!form_live_by_id(cx, tx, d->id, d->live) || !setting_load(cx, tx, &d->settings))
        return false;
    brand_wear(cx->a, &d->settings, &d->live->def.look);
    return true;
}

static bool desk_open(struct ctx *cx, const struct web_request *rq, struct desk *d)
{
    *d = (struct desk){0};
    if (!id_parse(rq->param[0], ID_FORM, &d->id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, desk_read, d)) return false;
    d->url = str_printf(cx->a, "%.*s/f/%.*s", STR_ARG(rq->base_url), STR_ARG(d->form.slug));
    return true;
}

/* The campaign of the link, as the page's query says it. */
static struct value campaign_of(struct ctx *cx, const struct web_request *rq)
{
    static const char *const names[] = {"source", "medium", "campaign", "term", "content"};
    struct value map = value_map(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++) {
        str text = web_field(rq->query, str_cstr(cx->a, str_printf(cx->a, "utm_%s", names[i])));
        if (text.len > 0 && text.len <= CAMPAIGN_MAX_BYTES) value_set_text(map, names[i], text);
    }
    return map;
}

static int number_of(const struct web_request *rq, const char *name, int most)
{
    int64_t n;
    bool good = str_to_i64(web_field(rq->query, name), &n) && n >= 0 && n <= most;
    return good ? (int)n : -1;
}

/* What was chosen for a pop-up; before anything was, what suits most. */
static struct share_look look_of(const struct web_request *rq)
{
    struct share_look look = {.kind = share_kind_of(web_field(rq->query, "kind")),
                              .after_s = number_of(rq, "after", AFTER_MAX_S),
                              .scroll_pct = number_of(rq, "scroll", 100),
                              .exit = web_field(rq->query, "exit").len > 0,
                              .once = web_field(rq->query, "once").len > 0,
                              .text = web_field(rq->query, "text"),
                              .button = web_field(rq->query, "button")};
    if (look.text.len > TEXT_MAX_BYTES) look.text = S("");
    if (look.button.len > TEXT_MAX_BYTES) look.button = S("");
    if (web_field(rq->query, "kind").len == 0)
        look = (struct share_look){.kind = SHARE_POPUP, .after_s = 10, .scroll_pct = -1};
    return look;
}

static struct value look_value(struct ctx *cx, const struct share_look *look)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "kind", str_of(share_kind_name(look->kind)));
    value_set_text(map, "after",
                   look->after_s < 0 ? S("") : str_printf(cx->a, "%d", look->after_s));
    value_set_text(map, "scroll",
                   look->scroll_pct < 0 ? S("") : str_printf(cx->a, "%d", look->scroll_pct));
    value_set_bool(map, "exit", look->exit);
    value_set_bool(map, "once", look->once);
    value_set_text(map, "text", look->text);
    value_set_text(map, "button", look->button);
    return map;
}

static struct value codes_value(struct ctx *cx, const struct web_request *rq, const struct desk *d,
                                const struct share_look *look)
{
    struct value map = value_map(cx->a);
    enum lang kept = cx->lang;
    cx->lang = d->live->def.lang; /* labels in the form's language */
    struct value form = form_view(cx, d->live, NULL, value_null(), value_null());
    if (value_str(value_get(form, S("submit_label"))).len == 0)
        value_set_text(form, "submit_label",
                       render_text(cx, cx->lang, "public.form.submit", NULL, 0));
    cx->lang = kept;
    struct share_look place = {.kind = SHARE_INLINE};
    value_set_text(map, "script", share_code_script(cx->a, form, d->url, rq->base_url, &place));
    value_set_text(map, "frame", share_code_frame(cx->a, form, d->url, rq->base_url));
    value_set_text(map, "html", share_code_html(cx->a, form, d->url));
    if (look->kind != SHARE_INLINE)
        value_set_text(map, "overlay", share_code_script(cx->a, form, d->url, rq->base_url, look));
    return map;
}

static struct value refused_value(struct ctx *cx, const struct desk *d)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < d->refused.count; i++) {
        const struct share_refused *r = &d->refused.row[i];
        struct value one = value_map(cx->a);
        value_set_text(one, "origin", r->origin);
        value_set_text(one, "host", share_readable(r->origin));
        value_set(one, "at", instant_value(cx->a, r->at_ms));
        value_push(list, one);
    }
    return list;
}

static void describe(struct ctx *cx, const struct web_request *rq, const struct desk *d,
                     struct web_reply *rp)
{
    struct value campaign = campaign_of(cx, rq);
    struct share_look look = look_of(rq);
    if (d->live != NULL) look.colour = d->settings.value[SETTING_BRAND_COLOUR];
    str link = share_link(cx->a, d->url, campaign), query;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "id", id_text(cx->a, ID_FORM, d->id));
    value_set_text(rp->data, "state", str_of(form_state_name(d->form.state)));
    value_set_text(rp->data, "url", link);
    value_set_text(rp->data, "readable", share_readable(d->url));
    value_set(rp->data, "origins", origins_value(cx->a, d->form.origins));
    value_set(rp->data, "codes", d->live == NULL ? value_null() : codes_value(cx, rq, d, &look));
    rp->page = value_map(cx->a);
    value_set_text(rp->page, "name", d->form.name);
    value_set_text(rp->page, "base", rq->base_url);
    value_set(rp->page, "campaign", campaign);
    value_set(rp->page, "refused", refused_value(cx, d));
    value_set(rp->page, "look", look_value(cx, &look));
    (void)str_cut(link, '?', &query);
    value_set_text(rp->page, "query", query.ptr == NULL ? S("") : query);
    value_set_text(rp->page, "origins", str_replace(cx->a, d->form.origins, S(" "), S("\n")));
    rp->template = "form/share";
}

static bool share_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    if (!desk_open(cx, rq, &d)) return false;
    describe(cx, rq, &d, rp);
    return true;
}

static bool origins_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    struct value detail = value_map(cx->a);
    value_set(detail, "origins", origins_value(cx->a, d->origins));
    return form_set_origins(cx, tx, d->id, d->origins) &&
           audit_write(cx, tx, "form.origins", "form", d->id, 0, detail) &&
           form_load(cx, tx, d->id, &d->form);
}

static bool origins_save(struct ctx *cx, const struct web_request *rq, struct desk *d,
                         struct value wanted, struct web_reply *rp)
{
    static const char *const faults[ORIGIN__COUNT] = {"share.origins_many", "share.origin_bad",
                                                      "share.origin_wildcard", "share.origin_http"};
    enum origin_err err;
    str wrong = S("");
    describe(cx, rq, d, rp);
    if (!origins_read(cx->a, wanted, &d->origins, &err, &wrong)) {
        fail_field(cx, S("origins"), faults[err]);
        fail_arg(cx, "origin", wrong);
        fail_arg(cx, "max", str_printf(cx->a, "%d", ORIGINS_MAX));
        return false;
    }
    if (!db_write(cx, DB_INTERACTIVE, origins_write, d)) return false;
    describe(cx, rq, d, rp);
    rp->location =
        str_printf(cx->a, "/forms/%.*s/share#h-origins", STR_ARG(id_text(cx->a, ID_FORM, d->id)));
    rp->flash = S("settings.saved");
    return true;
}

static bool share_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    return desk_open(cx, rq, &d) && origins_save(cx, rq, &d, value_get(rq->body, S("origins")), rp);
}

/* One more, as the page offers it: only what really asked, and not whatever a body says. */
static bool allow_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    str origin = web_field(rq->body, "origin");
    if (!desk_open(cx, rq, &d)) return false;
    struct value wanted = origins_value(cx->a, d.form.origins);
    for (ptrdiff_t i = 0; i < d.refused.count; i++)
        if (str_eq(d.refused.row[i].origin, origin)) value_push(wanted, value_text(origin));
    return origins_save(cx, rq, &d, wanted, rp);
}

/* Of a form that nobody can open a code would be printed in vain. */
static bool qr_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                    struct desk *d, str *link)
{
    if (!desk_open(cx, rq, d)) return false;
    if (d->live == NULL) return fail(cx, ERR_CONFLICT, "share.not_public");
    *link = share_link(cx->a, d->url, campaign_of(cx, rq));
    if (web_field(rq->query, "show").len == 0)
        rp->filename = str_printf(cx->a, "qr-%.*s.%s", STR_ARG(d->form.slug),
                                  str_ends(rq->http->path, S(".svg")) ? "svg" : "png");
    return true;
}

static bool qr_svg_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    str link;
    if (!qr_open(cx, rq, rp, &d, &link)) return false;
    str caption = rp->filename.len > 0 ? share_readable(d.url) : S("");
    if (!qr_print_svg(cx->a, link, caption, &rp->raw))
        return fail(cx, ERR_TOO_LARGE, "share.qr_long");
    rp->content_type = S("image/svg+xml");
    return true;
}

static bool qr_png_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    str link;
    if (!qr_open(cx, rq, rp, &d, &link)) return false;
    if (!qr_png(cx->a, link, PNG_PX, &rp->raw)) return fail(cx, ERR_TOO_LARGE, "share.qr_long");
    rp->content_type = S("image/png");
    return true;
}

const struct route share_routes[] = {
    {"GET", "/forms/{id}/share", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, share_get, false},
    {"POST", "/forms/{id}/share", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS, share_post,
     false},
    {"POST", "/forms/{id}/share/allow", FACE_PAGE, BODY_FORM, MAY_WRITE_FORMS, allow_post, false},
    {"GET", "/forms/{id}/qr.svg", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, qr_svg_get,
     false},
    {"GET", "/forms/{id}/qr.png", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, qr_png_get,
     false},
};
const ptrdiff_t share_route_count = COUNTOF(share_routes);
