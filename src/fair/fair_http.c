/* Kiosks in the admin and the API. */
#include "fair/fair_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "campaign/campaign.h"
#include "fair/fair.h"
#include "fair/fair_rules.h"
#include "form/form.h"
#include "form/form_rules.h"
#include "sales/sales_time.h"
#include "web/qr.h"

struct desk {
    int64_t form_id, today;
    struct form form;
    struct kiosks kiosks;
    struct campaigns campaigns; /* that a stand may belong to */
    bool files;                 /* the form asks for some: not on a tablet */
};

/* What a tablet shows is the published version; before there is one, what it would be. */
static bool files_asked(struct ctx *cx, struct tx *tx, struct desk *d)
{
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    bool published = d->form.state == FORM_PUBLISHED;
    if (published ? !form_live_by_id(cx, tx, d->form_id, live)
                  : !form_def_parse(cx, d->form.draft, &live->def))
        return false;
    for (int i = 0; i < live->def.field_count; i++)
        d->files = d->files || live->def.field[i].type == FIELD_FILE;
    return true;
}

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return form_load(cx, tx, d->form_id, &d->form) && kiosk_today(cx, tx, &d->today) &&
           kiosk_list(cx, tx, d->form_id, &d->kiosks) && campaign_choices(cx, tx, &d->campaigns) &&
           files_asked(cx, tx, d);
}

static struct value staff_value(struct ctx *cx, const struct kiosk *k)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < k->staff_count; i++) value_push(list, value_text(k->staff[i]));
    return list;
}

/* The link is a key: whoever may not make one does not see it. */
static struct value kiosk_value(struct ctx *cx, const struct web_request *rq, const struct kiosk *k,
                                int64_t today)
{
    struct value map = value_map(cx->a);
    bool may = (cx->actor.permissions & MAY_WRITE_FORMS) != 0 && k->revoked_ms == 0;
    value_set_text(map, "id", id_text(cx->a, ID_KIOSK, k->id));
    value_set_text(map, "form_id", id_text(cx->a, ID_FORM, k->form_id));
    value_set_text(map, "stand", k->stand);
    value_set(map, "staff", staff_value(cx, k));
    value_set_text(map, "campaign", k->campaign);
    value_set_text(map, "from", day_text(cx->a, k->from_day));
    value_set_text(map, "to", day_text(cx->a, k->to_day));
    value_set_int(map, "idle_s", k->idle_s);
    value_set_bool(map, "signature", k->signature);
    value_set_text(map, "state", str_of(kiosk_state_name(kiosk_state_on(k, today))));
    value_set_int(map, "entries", k->entries);
    value_set(map, "last_entry_at", instant_value(cx->a, k->entry_ms));
    value_set(map, "last_seen_at", instant_value(cx->a, k->seen_ms));
    value_set(map, "created_at", instant_value(cx->a, k->created_ms));
    value_set(map, "revoked_at", instant_value(cx->a, k->revoked_ms));
    str url = str_printf(cx->a, "%.*s/k/%.*s", STR_ARG(rq->base_url), STR_ARG(kiosk_token(cx, k)));
    value_set(map, "url", may ? value_text(url) : value_null());
    return map;
}

/* By their code: what a kiosk's leads bring along is utm_campaign. */
static struct value campaigns_value(struct ctx *cx, const struct campaigns *campaigns)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < campaigns->count; i++) {
        struct value item = value_map(cx->a);
        value_set_text(item, "value", campaigns->row[i].code);
        value_set_text(item, "label", campaigns->row[i].name);
        value_push(list, item);
    }
    return list;
}

static void desk_page(struct ctx *cx, const struct web_request *rq, const struct desk *d,
                      struct web_reply *rp)
{
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < d->kiosks.count; i++)
        value_push(rp->data, kiosk_value(cx, rq, &d->kiosks.row[i], d->today));
    struct value form = value_map(cx->a);
    value_set_text(form, "id", id_text(cx->a, ID_FORM, d->form.id));
    value_set_text(form, "name", d->form.name);
    value_set_text(form, "state", str_of(form_state_name(d->form.state)));
    rp->page = value_map(cx->a);
    value_set(rp->page, "form", form);
    value_set_bool(rp->page, "files", d->files);
    value_set(rp->page, "campaigns", campaigns_value(cx, &d->campaigns));
    value_set_text(rp->page, "today", day_text(cx->a, d->today));
    rp->template = "form/kiosks";
}

static bool desk_load(struct ctx *cx, const struct web_request *rq, struct desk *d)
{
    *d = (struct desk){0};
    if (!id_parse(rq->param[0], ID_FORM, &d->form_id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return db_read(cx, desk_read, d);
}

static bool kiosks_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    if (!desk_load(cx, rq, &d)) return false;
    desk_page(cx, rq, &d, rp);
    return true;
}

static struct value audit_detail(struct ctx *cx, const struct kiosk *k)
{
    struct value detail = value_map(cx->a);
    value_set_text(detail, "form", id_text(cx->a, ID_FORM, k->form_id));
    value_set_text(detail, "stand", k->stand);
    value_set_text(detail, "from", day_text(cx->a, k->from_day));
    value_set_text(detail, "to", day_text(cx->a, k->to_day));
    return detail;
}

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct kiosk *k = arg;
    return kiosk_create(cx, tx, k) &&
           audit_write(cx, tx, "kiosk.create", "kiosk", k->id, 0, audit_detail(cx, k));
}

static str list_url(struct ctx *cx, int64_t form_id)
{
    return str_printf(cx->a, "/forms/%.*s/kiosks", STR_ARG(id_text(cx->a, ID_FORM, form_id)));
}

static bool kiosks_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    struct kiosk k;
    if (!desk_load(cx, rq, &d)) return false;
    if (rq->face == FACE_PAGE) desk_page(cx, rq, &d, rp);
    if (!kiosk_read(cx, rq->body, d.today, &k)) return false;
    k.form_id = d.form_id;
    if (!db_write(cx, DB_INTERACTIVE, create_write, &k)) return false;
    rp->status = 201;
    rp->data = kiosk_value(cx, rq, &k, d.today);
    rp->location = str_printf(cx->a, "%.*s#%.*s", STR_ARG(list_url(cx, d.form_id)),
                              STR_ARG(id_text(cx->a, ID_KIOSK, k.id)));
    rp->flash = S("kiosk.created");
    return true;
}

struct ending {
    int64_t id, today;
    struct kiosk kiosk;
};

static bool revoke_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct ending *e = arg;
    if (!kiosk_load(cx, tx, e->id, &e->kiosk) || !kiosk_today(cx, tx, &e->today)) return false;
    if (e->kiosk.revoked_ms != 0) return true;
    return kiosk_revoke(cx, tx, e->id) &&
           audit_write(cx, tx, "kiosk.revoke", "kiosk", e->id, 0, audit_detail(cx, &e->kiosk)) &&
           kiosk_load(cx, tx, e->id, &e->kiosk);
}

static bool revoke_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct ending e = {0};
    if (!id_parse(rq->param[0], ID_KIOSK, &e.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, revoke_write, &e)) return false;
    rp->data = kiosk_value(cx, rq, &e.kiosk, e.today);
    rp->location = list_url(cx, e.kiosk.form_id);
    rp->flash = S("kiosk.revoked");
    return true;
}

static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct ending *e = arg;
    return kiosk_load(cx, tx, e->id, &e->kiosk);
}

/* The link as a picture, for the tablet's camera. */
static bool qr_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct ending e = {0};
    if (!id_parse(rq->param[0], ID_KIOSK, &e.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, one_read, &e)) return false;
    if (e.kiosk.revoked_ms != 0) return fail(cx, ERR_GONE, "kiosk.is_revoked");
    str url =
        str_printf(cx->a, "%.*s/k/%.*s", STR_ARG(rq->base_url), STR_ARG(kiosk_token(cx, &e.kiosk)));
    if (!qr_svg(cx->a, url, &rp->raw)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    rp->content_type = S("image/svg+xml");
    return true;
}

const struct route fair_routes[] = {
    {"GET", "/kiosks/{id}/qr.svg", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, qr_get, false},
    {"GET", "/forms/{id}/kiosks", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, kiosks_get,
     false},
    {"POST", "/forms/{id}/kiosks", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS, kiosks_post,
     false},
    {"POST", "/kiosks/{id}/revoke", FACE_PAGE | FACE_API, BODY_FORM, MAY_WRITE_FORMS, revoke_post,
     false},
};
const ptrdiff_t fair_route_count = COUNTOF(fair_routes);
