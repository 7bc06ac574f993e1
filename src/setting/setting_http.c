#include "setting/setting_http.h"

#include "audit/audit.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/utf8.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

struct page {
    struct settings settings;
    struct workspace workspace;
    struct value body;       /* what is to be changed */
    bool general, retention; /* which of them: what is kept how long, and the others */
};

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    return setting_load(cx, tx, &p->settings) &&
           workspace_load(cx, tx, cx->workspace_id, &p->workspace);
}

static void describe(struct ctx *cx, const struct page *p, struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "workspace_name", p->workspace.name);
    for (int i = 0; i < SETTING__COUNT; i++)
        if (setting_defs[i].type == SETTING_TYPE_NUMBER)
            value_set_int(rp->data, setting_defs[i].name,
                          setting_number(&p->settings, (enum setting)i));
        else if (setting_defs[i].type != SETTING_TYPE_MARK)
            value_set_text(rp->data, setting_defs[i].name, p->settings.value[i]);
    rp->template = "settings/show";
}

static bool settings_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p;
    (void)rq;
    if (!db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    return true;
}

/* A form's text, or a number of JSON as one. */
static str field_text(arena *a, struct value body, const char *name)
{
    struct value v = value_get(body, str_of(name));
    return v.type == VALUE_INT ? str_printf(a, "%lld", (long long)v.as.integer)
                               : web_field(body, name);
}

static bool name_save(struct ctx *cx, struct tx *tx, struct page *p)
{
    str name = web_field(p->body, "workspace_name");
    if (name.ptr == NULL) return true;
    p->workspace.name = utf8_cut(utf8_clean_line(cx->a, name), LIMIT_NAME_BYTES);
    if (p->workspace.name.len == 0)
        return fail_field(cx, S("workspace_name"), "error.field_required");
    return workspace_change(cx, tx, &p->workspace);
}

static bool page_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    struct value changed = value_list(cx->a), detail = value_map(cx->a);
    err_clear(cx);
    if (!page_read(cx, tx, p) || (p->general && !name_save(cx, tx, p))) return false;
    for (int i = 0; i < SETTING__COUNT; i++) {
        const struct setting_def *def = &setting_defs[i];
        bool ours = def->retention ? p->retention : p->general;
        if (def->type == SETTING_TYPE_MARK || !ours) continue;
        str value = field_text(cx->a, p->body, def->name);
        if (value.ptr == NULL || str_eq(value, p->settings.value[i])) continue;
        if (!setting_save(cx, tx, (enum setting)i, value) && cx->err.code != ERR_INVALID)
            return false;
        value_push(changed, value_text(str_of(def->name)));
    }
    if (cx->err.code != ERR_NONE) return false;
    value_set(detail, "settings", changed);
    return audit_write(cx, tx, "settings.change", "workspace", cx->workspace_id, 0, detail) &&
           page_read(cx, tx, p);
}

static bool save(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, struct page p)
{
    p.body = rq->body;
    if (!db_write(cx, DB_INTERACTIVE, page_write, &p))
        return page_again(cx, rq, rp, settings_get);
    describe(cx, &p, rp);
    rp->location = S("/settings");
    rp->flash = S("settings.saved");
    return true;
}

static bool settings_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return save(cx, rq, rp, (struct page){.general = true});
}

/* The page is one form: whoever may erase sends the limits along. */
static bool page_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    bool retention = (cx->actor.permissions & MAY_ERASE_LEADS) != 0;
    return save(cx, rq, rp, (struct page){.general = true, .retention = retention});
}

static bool retention_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return save(cx, rq, rp, (struct page){.retention = true});
}

const struct route setting_routes[] = {
    {"GET", "/settings", FACE_PAGE | FACE_API, BODY_NONE, MAY_READ_SETTINGS, settings_get, false},
    {"POST", "/settings", FACE_PAGE, BODY_FORM, MAY_WRITE_SETTINGS, page_post, false},
    {"PATCH", "/settings", FACE_API, BODY_API, MAY_WRITE_SETTINGS, settings_post, false},
    /* Whoever may erase decides for how long things are kept, with or without the rest. */
    {"POST", "/settings/retention", FACE_PAGE, BODY_FORM, MAY_READ_SETTINGS | MAY_ERASE_LEADS,
     retention_post, false},
    {"PATCH", "/settings/retention", FACE_API, BODY_API, MAY_READ_SETTINGS | MAY_ERASE_LEADS,
     retention_post, false},
};
const ptrdiff_t setting_route_count = COUNTOF(setting_routes);
