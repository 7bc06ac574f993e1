/* Workspaces: list, add, rename, delete, take back.
 *
 * The default workspace's administrators are the installation's: they add workspaces, say at which
 * host each answers, and let them go. Whoever administers another one sees and renames that.
 */
#include "access/access_http.h"

#include "app.h"
#include "audit/audit.h"
#include "base/email.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/url.h"
#include "base/utf8.h"
#include "workspace/workspace.h"

/* --- who may --- */

/* The installation's administrator: asked in the default workspace. */
static bool runs_installation(struct ctx *cx, struct tx *tx, bool *may)
{
    bool is_default;
    if (!workspace_is_default(cx, tx, &is_default)) return false;
    *may = is_default && (cx->actor.permissions & MAY_MANAGE_WORKSPACES) != 0;
    return true;
}

/* May he manage that workspace: all of them from the default one, else by his membership there; a
 * program with a token its own alone. */
static bool manages(struct ctx *cx, struct tx *tx, int64_t workspace_id, bool *may)
{
    *may = false;
    if (cx->actor.kind == ACTOR_TOKEN && workspace_id != cx->workspace_id) return true;
    if (!runs_installation(cx, tx, may)) return false;
    return *may || access_may(cx, tx, workspace_id, cx->actor.user_id, MAY_MANAGE_WORKSPACES, may);
}

/* In the default workspace alone, whoever asks. */
static bool installation_only(struct ctx *cx, struct tx *tx)
{
    bool may;
    if (!runs_installation(cx, tx, &may)) return false;
    return may || fail(cx, ERR_FORBIDDEN, "workspace.default_only");
}

/* One that he manages; any other is not there for him. */
static bool managed(struct ctx *cx, struct tx *tx, int64_t workspace_id)
{
    bool may;
    if (!manages(cx, tx, workspace_id, &may)) return false;
    return may || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* --- the list --- */

struct listed {
    struct workspaces all;
    struct workspaces_going going;
    bool installation;
};

/* Those he manages: who the others on this installation are is not his to know. */
static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listed *l = arg;
    ptrdiff_t mine = 0;
    l->going = (struct workspaces_going){0};
    if (!workspace_list(cx, tx, &l->all) || !runs_installation(cx, tx, &l->installation))
        return false;
    for (ptrdiff_t i = 0; i < l->all.count; i++) {
        bool may;
        if (!manages(cx, tx, l->all.row[i].id, &may)) return false;
        if (may) l->all.row[mine++] = l->all.row[i];
    }
    l->all.count = mine;
    bool program = cx->actor.kind == ACTOR_TOKEN;
    return !l->installation || program || workspace_going_list(cx, tx, &l->going);
}

static struct value workspace_value(struct ctx *cx, const struct workspace *w, int64_t going_ms)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_WORKSPACE, w->id));
    value_set_text(map, "name", w->name);
    value_set_text(map, "host", w->host);
    value_set_text(map, "url", url_with_host(cx->a, cx->app->config.public_url, w->host));
    value_set_bool(map, "current", w->id == cx->workspace_id);
    int64_t deleted_ms = going_ms == 0 ? 0 : going_ms + WORKSPACE_WAIT_MS;
    value_set(map, "deleted_at", instant_value(cx->a, deleted_ms));
    value_set_bool(map, "deleting", deleted_ms != 0 && deleted_ms <= cx->now_ms);
    return map;
}

bool workspaces_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct listed l;
    if (!db_read(cx, list_read, &l)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l.all.count; i++)
        value_push(rp->data, workspace_value(cx, &l.all.row[i], 0));
    for (ptrdiff_t i = 0; i < l.going.count; i++)
        value_push(rp->data,
                   workspace_value(cx, &l.going.row[i].workspace, l.going.row[i].since_ms));
    rp->page = value_map(cx->a);
    value_set_bool(rp->page, "installation", l.installation);
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

/* --- adding one --- */

struct adding {
    struct workspace workspace;
    str email; /* of its first administrator; empty: whoever adds it */
    bool member;
};

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct adding *n = arg;
    struct workspace *w = &n->workspace;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", w->name);
    value_set_text(detail, "host", w->host);
    return installation_only(cx, tx) && workspace_create(cx, tx, w->name, w->host, &w->id) &&
           (!n->member ||
            access_member_set(cx, tx, w->id, cx->actor.user_id, ROLE_ADMINISTRATOR)) &&
           audit_write(cx, tx, "workspace.create", "workspace", w->id, 0, detail);
}

static bool join_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct adding *n = arg;
    return access_member_set(cx, tx, n->workspace.id, cx->actor.user_id, ROLE_ADMINISTRATOR);
}

/* The first administrator's address: none, or one's own, and one is it oneself. */
static bool administrator_read(struct ctx *cx, struct value body, struct adding *n)
{
    struct account own;
    str typed = web_field(body, "email");
    n->member = true;
    if (typed.len == 0) return true;
    if (email_normalise(cx->a, typed, &n->email) != EMAIL_OK)
        return fail_field(cx, S("email"), "error.email_invalid");
    if (!account_load(cx, &own)) return false;
    n->member = str_eq(own.user.email, n->email);
    return true;
}

/* Invite him there, from there. Where that fails whoever added it is its administrator: a workspace
 * without anybody would be out of reach. */
static bool administrator_invite(struct ctx *cx, const struct web_request *rq, struct adding *n,
                                 str *link)
{
    struct client client = client_of(cx, rq);
    int64_t here = cx->workspace_id, id;
    client.base_url = cx->app->config.public_url;
    *link = (str){0};
    if (n->member) return true;
    cx->workspace_id = n->workspace.id;
    bool ok = people_invite(cx, n->email, S("administrator"), &client, &id, link);
    cx->workspace_id = here;
    if (ok) return true;
    struct err err = cx->err;
    err_clear(cx);
    if (!db_write(cx, DB_INTERACTIVE, join_write, n)) return false;
    cx->err = err;
    return false;
}

bool workspaces_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct adding n = {0};
    str link;
    bool fits = workspace_read(cx, rq->body, true, &n.workspace);
    if (!administrator_read(cx, rq->body, &n) || !fits ||
        !db_write(cx, DB_INTERACTIVE, create_write, &n) || !administrator_invite(cx, rq, &n, &link))
        return page_again(cx, rq, rp, workspaces_get);
    rp->status = 201;
    if (rq->json || link.len == 0) {
        rp->data = value_map(cx->a);
        value_set_text(rp->data, "id", id_text(cx->a, ID_WORKSPACE, n.workspace.id));
        if (link.len > 0) value_set_text(rp->data, "link", link);
        rp->location = S("/workspaces");
        rp->flash = S("flash.workspace_created");
        return true;
    }
    if (!workspaces_get(cx, rq, rp)) return false;
    value_set_text(rp->page, "link", link);
    value_set_text(rp->page, "link_email", n.email);
    return true;
}

/* --- changing one --- */

/* The default workspace keeps its empty host: the one host nobody has to set up. As every host that
 * is nobody's is the default workspace's, only who runs the installation takes one from it. */
static bool host_settle(struct ctx *cx, struct tx *tx, const struct workspace *old,
                        struct workspace *w)
{
    bool may;
    if (!runs_installation(cx, tx, &may)) return false;
    if (old->host.len == 0 || (!may && w->host.len == 0)) w->host = old->host;
    if (str_eq(w->host, old->host)) return true;
    if (!may) return fail_field(cx, S("host"), "workspace.host_installation");
    return w->host.len > 0 || fail_field(cx, S("host"), "error.field_required");
}

static bool change_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace *w = arg, old;
    if (!managed(cx, tx, w->id) || !workspace_load(cx, tx, w->id, &old) ||
        !host_settle(cx, tx, &old, w))
        return false;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "from", old.name);
    value_set_text(detail, "to", w->name);
    if (!str_eq(old.host, w->host)) {
        value_set_text(detail, "host_from", old.host);
        value_set_text(detail, "host_to", w->host);
    }
    return workspace_change(cx, tx, w) &&
           audit_write(cx, tx, "workspace.update", "workspace", w->id, 0, detail);
}

static bool managed_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return managed(cx, tx, *(const int64_t *)arg);
}

bool workspace_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct workspace w = {0};
    if (!param_id(cx, rq, ID_WORKSPACE, &w.id)) return false;
    int64_t id = w.id;
    if (!db_read(cx, managed_read, &id)) return false;
    if (!workspace_read(cx, rq->body, false, &w) || !db_write(cx, DB_INTERACTIVE, change_write, &w))
        return cx->err.code == ERR_NOT_FOUND ? false : page_again(cx, rq, rp, workspaces_get);
    reply_done(cx, rp, "/workspaces", "flash.saved");
    return true;
}

/* --- letting one go --- */

struct going {
    int64_t id;
    str typed;
};

static bool delete_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct going *g = arg;
    struct workspace w;
    struct value detail = value_map(cx->a);
    if (!managed(cx, tx, g->id) || !installation_only(cx, tx) || !workspace_load(cx, tx, g->id, &w))
        return false;
    if (!str_eq(str_trim(g->typed), w.name))
        return fail_field(cx, S("typed_name"), "workspace.name_differs");
    value_set_text(detail, "name", w.name);
    value_set_text(detail, "host", w.host);
    return workspace_let_go(cx, tx, g->id) &&
           audit_write(cx, tx, "workspace.delete", "workspace", g->id, 0, detail);
}

bool workspace_delete_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct going g = {.typed = web_field(rq->body, "typed_name")};
    if (!param_id(cx, rq, ID_WORKSPACE, &g.id)) return false;
    if (!db_write(cx, DB_INTERACTIVE, delete_write, &g))
        return cx->err.code == ERR_INVALID ? page_again(cx, rq, rp, workspaces_get) : false;
    reply_done(cx, rp, "/workspaces", "flash.workspace_going");
    return true;
}

static bool take_back_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t id = *(const int64_t *)arg;
    return managed(cx, tx, id) && installation_only(cx, tx) && workspace_take_back(cx, tx, id) &&
           audit_write(cx, tx, "workspace.take_back", "workspace", id, 0, value_null());
}

bool workspace_take_back_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_WORKSPACE, &id) || !db_write(cx, DB_INTERACTIVE, take_back_write, &id))
        return false;
    reply_done(cx, rp, "/workspaces", "flash.workspace_kept");
    return true;
}
