/* Workspaces: list, add, rename. Whoever adds one becomes its administrator. */
#include "access/access_http.h"

#include "app.h"
#include "audit/audit.h"
#include "base/limits.h"
#include "base/url.h"
#include "base/utf8.h"
#include "workspace/workspace.h"

/* May he manage that workspace: by his membership there, and with a token only in its own. */
static bool manages(struct ctx *cx, struct tx *tx, int64_t workspace_id, bool *may)
{
    *may = false;
    if (cx->actor.kind == ACTOR_TOKEN && workspace_id != cx->workspace_id) return true;
    return access_may(cx, tx, workspace_id, cx->actor.user_id, MAY_MANAGE_WORKSPACES, may);
}

/* Those he manages: who the others on this installation are is not his to know. */
static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspaces *all = arg;
    ptrdiff_t mine = 0;
    if (!workspace_list(cx, tx, all)) return false;
    for (ptrdiff_t i = 0; i < all->count; i++) {
        bool may;
        if (!manages(cx, tx, all->row[i].id, &may)) return false;
        if (may) all->row[mine++] = all->row[i];
    }
    all->count = mine;
    return true;
}

bool workspaces_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct workspaces all;
    if (!db_read(cx, list_read, &all)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < all.count; i++) {
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_WORKSPACE, all.row[i].id));
        value_set_text(map, "name", all.row[i].name);
        value_set_text(map, "host", all.row[i].host);
        value_set_bool(map, "current", all.row[i].id == cx->workspace_id);
        value_push(rp->data, map);
    }
    rp->page = value_map(cx->a);
    rp->template = "workspace/list";
    return true;
}

/* A host name as it stands in a URL, without scheme and port; "" is the default workspace's. */
static bool host_ok(arena *a, str host)
{
    struct url u;
    str text = str_printf(a, "http://%.*s/", STR_ARG(host));
    return host.len <= 253 && url_parse(text, &u) && str_eq(u.host, host);
}

static bool workspace_read(struct ctx *cx, struct value body, bool needs_host,
                           struct workspace *out)
{
    bool ok = true;
    out->name = utf8_clean_line(cx->a, web_field(body, "name"));
    out->host = str_lower_ascii(cx->a, web_field(body, "host"));
    if (out->host.ptr == NULL) out->host = S("");
    if (out->name.len == 0) ok = fail_field(cx, S("name"), "error.field_required");
    if (out->name.len > LIMIT_NAME_BYTES) {
        ok = fail_field(cx, S("name"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_NAME_BYTES));
    }
    if (needs_host && out->host.len == 0) ok = fail_field(cx, S("host"), "error.field_required");
    if (out->host.len > 0 && !host_ok(cx->a, out->host))
        ok = fail_field(cx, S("host"), "error.host_invalid");
    /* The installation's own host is the default workspace's, though no row says so. */
    struct url own;
    if (out->host.len > 0 && url_parse(cx->app->config.public_url, &own) &&
        str_eq_nocase(own.host, out->host))
        ok = fail_field(cx, S("host"), "error.host_taken");
    return ok;
}

/* The list again, with what was wrong. */
static bool list_again(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct err err = cx->err;
    err_clear(cx);
    if (!rq->json && !workspaces_get(cx, rq, rp)) return false;
    cx->err = err;
    return false;
}

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace *w = arg;
    return workspace_create(cx, tx, w->name, w->host, &w->id) &&
           access_member_set(cx, tx, w->id, cx->actor.user_id, ROLE_ADMINISTRATOR) &&
           audit_write(cx, tx, "workspace.create", "workspace", w->id, 0, value_null());
}

bool workspaces_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct workspace w = {0};
    if (!workspace_read(cx, rq->body, true, &w) || !db_write(cx, DB_INTERACTIVE, create_write, &w))
        return list_again(cx, rq, rp);
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "id", id_text(cx->a, ID_WORKSPACE, w.id));
    rp->status = 201;
    rp->location = S("/workspaces");
    rp->flash = S("flash.workspace_created");
    return true;
}

/* The default workspace keeps its empty host: the one host nobody has to set up. */
static bool change_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace *w = arg, old;
    if (!workspace_load(cx, tx, w->id, &old)) return false;
    if (old.host.len == 0) {
        w->host = S("");
    } else if (w->host.len == 0) {
        return fail_field(cx, S("host"), "error.field_required");
    }
    struct value detail = value_map(cx->a);
    value_set_text(detail, "from", old.name);
    value_set_text(detail, "to", w->name);
    return workspace_change(cx, tx, w) &&
           audit_write(cx, tx, "workspace.update", "workspace", w->id, 0, detail);
}

struct membership {
    int64_t workspace_id;
    bool may;
};

static bool membership_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct membership *m = arg;
    return manages(cx, tx, m->workspace_id, &m->may);
}

bool workspace_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct workspace w = {0};
    if (!id_parse(rq->param[0], ID_WORKSPACE, &w.id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct membership m = {w.id, false};
    if (!db_read(cx, membership_read, &m)) return false;
    if (!m.may) return fail(cx, ERR_FORBIDDEN, "error.forbidden");
    if (!workspace_read(cx, rq->body, false, &w) || !db_write(cx, DB_INTERACTIVE, change_write, &w))
        return list_again(cx, rq, rp);
    rp->data = value_map(cx->a);
    rp->location = S("/workspaces");
    rp->flash = S("flash.saved");
    return true;
}
