#include "form/preview_http.h"

#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "form/form.h"
#include "form/form_rules.h"
#include "form/form_view.h"

struct preview {
    int64_t id, version_no; /* 0: the draft */
    int64_t published_ms;
    struct form form;
    struct form_def def;
};

static bool preview_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct preview *p = arg;
    if (!form_load(cx, tx, p->id, &p->form)) return false;
    if (p->version_no == 0) return form_def_parse(cx, p->form.draft, &p->def);
    return form_version_load(cx, tx, p->id, p->version_no, &p->def, &p->published_ms);
}

static bool preview_load(struct ctx *cx, const struct web_request *rq, struct preview **out)
{
    struct preview *p = *out = NEW(cx->a, struct preview, 1);
    str version = web_field(rq->query, "version");
    if (!id_parse(rq->param[0], ID_FORM, &p->id) ||
        (version.len > 0 && (!str_to_i64(version, &p->version_no) || p->version_no < 1)))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return db_read(cx, preview_read, p);
}

/* As the public sees it, in a frame of the preview's page; nothing can be sent. */
static bool draft_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct preview *p;
    if (!preview_load(cx, rq, &p)) return false;
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    live->form = p->form;
    live->def = p->def;
    cx->lang = live->def.lang;
    struct value map = form_view(cx, live, NULL, value_null(), value_null());
    value_set_bool(map, "preview", true);
    rp->data = value_map(cx->a);
    value_set(rp->data, "form", map);
    rp->template = "public/form";
    struct brand_own *look = NEW(cx->a, struct brand_own, 1);
    *look = live->def.look;
    rp->look = look;
    rp->framed = true;
    return true;
}

static bool preview_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct preview *p;
    if (!preview_load(cx, rq, &p)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "id", id_text(cx->a, ID_FORM, p->id));
    value_set_text(rp->data, "name", p->form.name);
    value_set_text(rp->data, "state", str_of(form_state_name(p->form.state)));
    rp->page = value_map(cx->a);
    bool phone = str_eq(web_field(rq->query, "screen"), S("phone"));
    value_set_text(rp->page, "screen", phone ? S("phone") : S("desktop"));
    value_set_int(rp->page, "version", p->version_no);
    value_set(rp->page, "published_at", instant_value(cx->a, p->published_ms));
    rp->template = "form/preview";
    return true;
}

const struct route preview_routes[] = {
    {"GET", "/forms/{id}/preview", FACE_PAGE, BODY_NONE, MAY_READ_FORMS, preview_get, false},
    {"GET", "/forms/{id}/draft", FACE_PAGE, BODY_NONE, MAY_READ_FORMS, draft_get, false},
};
const ptrdiff_t preview_route_count = COUNTOF(preview_routes);
