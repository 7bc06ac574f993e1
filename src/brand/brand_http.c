#include "brand/brand_http.h"

#include "audit/audit.h"
#include "base/permission.h"
#include "brand/brand.h"
#include "keys/token.h"
#include "workspace/workspace.h"

#define FOREVER S("public, max-age=31536000, immutable")

static const enum setting ours[] = {SETTING_BRAND_COLOUR, SETTING_BRAND_FONT, SETTING_ADDRESS_FORM,
                                    SETTING_FOOTER_TEXT};

struct page {
    struct settings settings;
    struct workspace workspace;
    struct value body;
    int64_t kept_id;       /* a logo that was sent before; 0: none */
    struct logo mail_logo; /* as mails carry it */
};

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    return setting_load(cx, tx, &p->settings) &&
           workspace_load(cx, tx, cx->workspace_id, &p->workspace) &&
           brand_mail_logo(cx, tx, &p->settings, &p->mail_logo);
}

static struct value fonts_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < SETTING_FONTS; i++)
        value_push(list, value_text(str_of(setting_font_names[i])));
    return list;
}

static void describe(struct ctx *cx, const struct page *p, struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(ours); i++)
        value_set_text(rp->data, setting_defs[ours[i]].name, p->settings.value[ours[i]]);
    value_set_bool(rp->data, "logo_in_mails", p->mail_logo.id != 0);
    value_set_text(rp->data, "logo_url", brand_logo_url(cx->a, &p->settings));
    rp->page = value_map(cx->a);
    value_set_text(rp->page, "workspace_name", p->workspace.name);
    value_set(rp->page, "fonts", fonts_value(cx));
    rp->template = "settings/brand";
}

static bool brand_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p;
    (void)rq;
    if (!db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    return true;
}

/* An empty file field is sent with every form: nothing was chosen. */
static str uploaded(struct value body)
{
    str bytes = value_str(value_at(body, S("logo.bytes")));
    return bytes.len > 0 ? bytes : (str){0};
}

static bool logo_write(struct ctx *cx, struct tx *tx, struct page *p, struct value changed)
{
    str bytes = uploaded(p->body), remove = web_field(p->body, "logo_remove");
    struct logo kept;
    bool found = false;
    if (p->kept_id != 0 && bytes.ptr == NULL && remove.len == 0 &&
        !logo_draft_load(cx, tx, p->kept_id, &kept, &found))
        return false;
    if (found) bytes = kept.bytes;
    if (bytes.ptr == NULL && remove.len == 0) return true;
    value_push(changed, value_text(S("logo")));
    return bytes.ptr != NULL ? logo_save(cx, tx, bytes) : logo_remove(cx, tx);
}

static bool page_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    struct value changed = value_list(cx->a), detail = value_map(cx->a);
    err_clear(cx);
    if (!page_read(cx, tx, p)) return false;
    for (ptrdiff_t i = 0; i < COUNTOF(ours); i++) {
        const struct setting_def *def = &setting_defs[ours[i]];
        str value = web_field(p->body, def->name);
        if (value.ptr == NULL || str_eq(value, p->settings.value[ours[i]])) continue;
        if (!setting_save(cx, tx, ours[i], value) && cx->err.code != ERR_INVALID) return false;
        value_push(changed, value_text(str_of(def->name)));
    }
    if (!logo_write(cx, tx, p, changed) && cx->err.code != ERR_INVALID) return false;
    if (cx->err.code != ERR_NONE) return false;
    value_set(detail, "settings", changed);
    return logo_draft_drop(cx, tx) &&
           audit_write(cx, tx, "settings.change", "workspace", cx->workspace_id, 0, detail) &&
           page_read(cx, tx, p);
}

/* --- a logo beside something that was refused --- */

struct keeping {
    str bytes; /* absent: the one that was kept before */
    int64_t id;
    struct logo logo;
    bool found;
};

static bool keep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct keeping *k = arg;
    if (k->bytes.ptr != NULL && !logo_draft_keep(cx, tx, k->bytes, &k->id)) return false;
    return logo_draft_load(cx, tx, k->id, &k->logo, &k->found);
}

/* The one that a form of ours says was kept: of whoever sends it, and no other's. */
static int64_t kept_id(struct ctx *cx, str text)
{
    struct token t;
    if (text.len <= 0 ||
        token_verify(text, cx->keys, TOKEN_LOGO, cx->now_ms / 1000, &t) != TOKEN_OK ||
        t.workspace_id != cx->workspace_id || t.object_id != cx->actor.user_id)
        return 0;
    return t.subject_id;
}

static bool logo_at_fault(const struct ctx *cx)
{
    for (int i = 0; i < cx->err.field_count; i++)
        if (str_eq(cx->err.field[i].field, S("logo"))) return true;
    return false;
}

static struct value kept_value(struct ctx *cx, const struct keeping *k)
{
    struct token t = {.use = TOKEN_LOGO,
                      .workspace_id = cx->workspace_id,
                      .subject_id = k->id,
                      .object_id = cx->actor.user_id,
                      .expires_at_s = (cx->now_ms + LOGO_DRAFT_MS) / 1000};
    struct value map = value_map(cx->a);
    value_set_text(map, "token", token_sign(cx->a, cx->keys, t));
    return map;
}

/* The kept one, for whoever keeps it. */
static bool draft_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct keeping k = {.id = kept_id(cx, web_field(rq->query, "kept"))};
    if (k.id != 0 && !db_read(cx, keep_write, &k)) return false;
    if (!k.found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    rp->raw = k.logo.bytes;
    rp->content_type = k.logo.media_type;
    return true;
}

/* Something else is wrong: the logo need not be chosen again. */
static bool brand_again(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        const struct page *p)
{
    struct err fault = cx->err;
    struct keeping k = {.bytes = uploaded(rq->body), .id = p->kept_id};
    bool any = (k.bytes.ptr != NULL || k.id != 0) && web_field(rq->body, "logo_remove").len == 0;
    if (rq->json || fault.code != ERR_INVALID || !any || logo_at_fault(cx))
        return page_again(cx, rq, rp, brand_get);
    err_clear(cx);
    if (!db_write(cx, DB_INTERACTIVE, keep_write, &k) || !k.found) {
        cx->err = fault;
        return page_again(cx, rq, rp, brand_get);
    }
    if (!brand_get(cx, rq, rp)) return false;
    value_set(rp->page, "kept", kept_value(cx, &k));
    cx->err = fault;
    return false;
}

static bool brand_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p = {.body = rq->body, .kept_id = kept_id(cx, web_field(rq->body, "logo_kept"))};
    if (!db_write(cx, DB_INTERACTIVE, page_write, &p)) return brand_again(cx, rq, rp, &p);
    describe(cx, &p, rp);
    rp->location = S("/settings/brand");
    rp->flash = S("settings.saved");
    return true;
}

/* --- what public pages load --- */

struct showing {
    int64_t id;
    struct logo logo;
};

static bool logo_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct showing *s = arg;
    return logo_load(cx, tx, s->id, &s->logo);
}

static bool logo_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct showing s;
    if (!str_to_i64(rq->param[0], &s.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, logo_read, &s)) return false;
    rp->raw = s.logo.bytes;
    rp->content_type = s.logo.media_type;
    rp->cache = FOREVER;
    return true;
}

const struct route brand_routes[] = {
    {"GET", "/settings/brand", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_SETTINGS, brand_get,
     false},
    {"POST", "/settings/brand", FACE_PAGE | FACE_API, BODY_UPLOAD, MAY_WRITE_SETTINGS, brand_post,
     false},
    {"GET", "/settings/brand/draft", FACE_PAGE, BODY_NONE, MAY_WRITE_SETTINGS, draft_get, false},
    {"GET", "/brand/logo/{id}", FACE_PUBLIC, BODY_NONE, 0, logo_get, false},
};
const ptrdiff_t brand_route_count = COUNTOF(brand_routes);
