/* A form's own look: kept in its draft, in force with its next version. */
#include "form/look_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/json.h"
#include "base/permission.h"
#include "brand/brand.h"
#include "form/form.h"
#include "form/form_rules.h"
#include "workspace/workspace.h"

struct look_page {
    int64_t id;
    struct value body;
    bool publish;
    struct form form;
    struct form_def *def;
    struct settings settings; /* of the workspace: what is inherited */
    struct workspace workspace;
    struct logo mail_logo; /* as mails carry it */
};

/* Its own logo, not the one it inherits. */
static struct settings own_of(struct ctx *cx, const struct look_page *p)
{
    struct settings own = p->settings;
    own.value[SETTING_LOGO] = S("0");
    brand_wear(cx->a, &own, &p->def->look);
    return own;
}

static bool mail_logo_read(struct ctx *cx, struct tx *tx, struct look_page *p)
{
    struct settings own = own_of(cx, p);
    return brand_mail_logo(cx, tx, &own, &p->mail_logo);
}

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look_page *p = arg;
    return form_load(cx, tx, p->id, &p->form) && form_def_parse(cx, p->form.draft, p->def) &&
           setting_load(cx, tx, &p->settings) &&
           workspace_load(cx, tx, cx->workspace_id, &p->workspace) && mail_logo_read(cx, tx, p);
}

static bool page_begin(struct ctx *cx, const struct web_request *rq, struct look_page *p)
{
    *p = (struct look_page){.body = rq->body, .def = NEW(cx->a, struct form_def, 1)};
    return id_parse(rq->param[0], ID_FORM, &p->id) || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static void describe(struct ctx *cx, const struct look_page *p, struct web_reply *rp)
{
    struct value fonts = value_list(cx->a), form = value_map(cx->a);
    struct settings own = own_of(cx, p);
    rp->data = brand_own_value(cx->a, &p->def->look);
    value_set_bool(rp->data, "logo_in_mails", p->mail_logo.id != 0);
    value_set_text(rp->data, "logo_url", brand_logo_url(cx->a, &own));
    value_set_text(rp->data, "state", str_of(form_state_name(p->form.state)));
    for (int i = 0; i < SETTING_FONTS; i++)
        value_push(fonts, value_text(str_of(setting_font_names[i])));
    value_set_text(form, "id", id_text(cx->a, ID_FORM, p->id));
    value_set_text(form, "name", p->form.name);
    rp->page = value_map(cx->a);
    value_set(rp->page, "form", form);
    value_set(rp->page, "fonts", fonts);
    value_set_text(rp->page, "workspace_name", p->workspace.name);
    rp->template = "form/look";
}

static bool look_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look_page p;
    if (!page_begin(cx, rq, &p) || !db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    return true;
}

/* What is named changes; the rest stays. An empty file field is sent with every form. */
static bool look_read(struct ctx *cx, struct tx *tx, const struct look_page *p)
{
    static const char *const names[] = {"brand_colour", "brand_font", "address_form",
                                        "footer_text"};
    struct value now = brand_own_value(cx->a, &p->def->look);
    str bytes = value_str(value_at(p->body, S("logo.bytes")));
    int64_t logo_id = p->def->look.logo_id;
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++) {
        str value = web_field(p->body, names[i]);
        if (value.ptr != NULL) value_set_text(now, names[i], value);
    }
    if (bytes.len > 0) {
        if (!logo_add(cx, tx, bytes, &logo_id) && cx->err.code != ERR_INVALID) return false;
    } else if (web_field(p->body, "logo_remove").len > 0) {
        logo_id = 0;
    }
    brand_own_read(cx, now, "", &p->def->look);
    p->def->look.logo_id = logo_id;
    return cx->err.code == ERR_NONE;
}

static bool page_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look_page *p = arg;
    struct value detail = value_map(cx->a);
    err_clear(cx);
    if (!page_read(cx, tx, p) || !look_read(cx, tx, p) ||
        !form_change(cx, tx, p->id, p->form.slug, p->form.name, p->def) ||
        (p->publish && !form_publish(cx, tx, p->id)))
        return false;
    value_set_text(detail, "name", p->form.name);
    value_set_text(detail, "slug", p->form.slug);
    value_set(detail, "look", brand_own_value(cx->a, &p->def->look));
    return audit_write(cx, tx, p->publish ? "form.publish" : "form.change", "form", p->id, 0,
                       detail) &&
           page_read(cx, tx, p);
}

static bool look_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct look_page p;
    if (!page_begin(cx, rq, &p)) return false;
    p.publish = str_eq(web_field(rq->body, "do"), S("publish"));
    if (!db_write(cx, DB_INTERACTIVE, page_write, &p)) return page_again(cx, rq, rp, look_get);
    describe(cx, &p, rp);
    rp->location = str_printf(cx->a, "/forms/%.*s/look", STR_ARG(id_text(cx->a, ID_FORM, p.id)));
    rp->flash = p.publish ? S("form.published") : S("form.saved");
    return true;
}

const struct route look_routes[] = {
    {"GET", "/forms/{id}/look", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_FORMS, look_get, false},
    {"POST", "/forms/{id}/look", FACE_PAGE | FACE_API, BODY_UPLOAD, MAY_WRITE_FORMS, look_post,
     false},
};
const ptrdiff_t look_route_count = COUNTOF(look_routes);
