/* One's own account and API tokens. */
#include "access/access_http.h"

#include "app.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/url.h"
#include "base/useragent.h"

/* --- describing --- */

static struct value scope_names(struct ctx *cx, uint64_t scopes)
{
    struct value list = value_list(cx->a);
    for (uint64_t bit = 1; bit <= MAY_SEE_APPLICANTS; bit <<= 1)
        if ((scopes & bit) != 0 && permission_name(bit) != NULL)
            value_push(list, value_text(str_of(permission_name(bit))));
    return list;
}

static struct value user_value(struct ctx *cx, const struct account *account)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_USER, account->user.id));
    value_set_text(map, "name", account->user.name);
    value_set_text(map, "email", account->user.email);
    value_set_text(map, "role", str_of(role_name(account->user.role)));
    value_set_text(map, "lang", account->lang);
    value_set_text(map, "theme", account->theme);
    value_set(map, "second_at", instant_value(cx->a, account->user.second_ms));
    return map;
}

static struct value session_list(struct ctx *cx, const struct account *account)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < account->session_count; i++) {
        const struct session_row *s = &account->session[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_SESSION, s->id));
        value_set_bool(map, "current", cx->actor.kind == ACTOR_USER && s->id == cx->actor.id);
        struct ua ua = ua_parse(s->user_agent);
        value_set_text(map, "user_agent", s->user_agent);
        value_set_text(map, "browser", ua.browser);
        value_set_text(map, "os", ua.os);
        value_set(map, "created_at", instant_value(cx->a, s->created_ms));
        value_set(map, "seen_at", instant_value(cx->a, s->seen_ms));
        value_set(map, "expires_at", instant_value(cx->a, s->expires_ms));
        value_push(list, map);
    }
    return list;
}

static struct value token_list(struct ctx *cx, const struct account *account)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < account->token_count; i++) {
        const struct token_row *t = &account->token[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_TOKEN, t->id));
        value_set_text(map, "name", t->name);
        value_set(map, "scopes", scope_names(cx, t->scopes));
        value_set(map, "created_at", instant_value(cx->a, t->created_ms));
        value_set(map, "expires_at", instant_value(cx->a, t->expires_ms));
        value_set(map, "used_at", instant_value(cx->a, t->used_ms));
        value_set_bool(map, "expired", t->expires_ms != 0 && t->expires_ms <= cx->now_ms);
        value_push(list, map);
    }
    return list;
}

/* Each answers at its own host: a link there is how one changes over. A program with a token knows
 * its own alone. */
static struct value workspace_list_of(struct ctx *cx, const struct account *account)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < account->workspaces.count; i++) {
        const struct workspace *w = &account->workspaces.row[i];
        struct value map = value_map(cx->a);
        if (cx->actor.kind == ACTOR_TOKEN && w->id != cx->workspace_id) continue;
        value_set_text(map, "id", id_text(cx->a, ID_WORKSPACE, w->id));
        value_set_text(map, "name", w->name);
        value_set_text(map, "url", url_with_host(cx->a, cx->app->config.public_url, w->host));
        value_set_bool(map, "current", w->id == cx->workspace_id);
        value_push(list, map);
    }
    return list;
}

/* --- the account --- */

bool account_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct account account;
    if (!account_load(cx, &account)) return false;
    rp->data = value_map(cx->a);
    value_set(rp->data, "user", user_value(cx, &account));
    value_set(rp->data, "sessions", session_list(cx, &account));
    value_set(rp->data, "tokens", token_list(cx, &account));
    value_set(rp->data, "workspaces", workspace_list_of(cx, &account));
    rp->template = "account";
    return true;
}

bool account_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    if (!account_change(cx, web_field(rq->body, "name"), web_field(rq->body, "lang"),
                        web_field(rq->body, "theme")))
        return page_again(cx, rq, rp, account_get);
    reply_done(cx, rp, "/account", "flash.saved");
    return true;
}

bool account_password_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    str old = value_str(value_get(rq->body, S("old_password")));
    str new = value_str(value_get(rq->body, S("password")));
    if (!account_set_password(cx, old, new, &client)) return page_again(cx, rq, rp, account_get);
    reply_done(cx, rp, "/account", "flash.password_changed");
    return true;
}

bool account_session_end(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_SESSION, &id) || !account_end_session(cx, id)) return false;
    reply_done(cx, rp, "/account", "flash.session_ended");
    return true;
}

bool account_sessions_end_others(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (!account_end_others(cx)) return false;
    reply_done(cx, rp, "/account", "flash.sessions_ended");
    return true;
}

/* --- tokens --- */

bool tokens_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct account account;
    if (!account_load(cx, &account)) return false;
    rp->data = value_map(cx->a);
    value_set(rp->data, "tokens", token_list(cx, &account));
    rp->page = value_map(cx->a);
    value_set(rp->page, "scopes", scope_names(cx, cx->actor.permissions & ~REACH_RIGHTS));
    rp->template = "token/new";
    return true;
}

bool body_permissions(struct ctx *cx, struct value body, const char *field, uint64_t *out)
{
    struct value v = value_get(body, str_of(field));
    if (value_is_null(v)) v = value_get(body, str_printf(cx->a, "%s[]", field));
    ptrdiff_t count = v.type == VALUE_TEXT ? 1 : v.type == VALUE_LIST ? v.as.list->count : 0;
    *out = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        uint64_t bit;
        struct value item = v.type == VALUE_TEXT ? v : v.as.list->item[i];
        if (value_str(item).len == 0) continue; /* a form's "none" */
        if (!permission_of(value_str(item), &bit))
            return fail_field(cx, str_of(field), "error.choice_invalid");
        *out |= bit;
    }
    return true;
}

/* Days, as text or number; nothing is 0, what is no number is -1. */
static int64_t days_of(struct value body)
{
    struct value v = value_get(body, S("expires_days"));
    int64_t days = 0;
    if (v.type == VALUE_INT) return v.as.integer;
    if (value_is_null(v) || (v.type == VALUE_TEXT && str_trim(v.as.text).len == 0)) return 0;
    return str_to_i64(str_trim(value_str(v)), &days) ? days : -1;
}

bool tokens_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    uint64_t scopes;
    int64_t id;
    str secret;
    if (!body_permissions(cx, rq->body, "scopes", &scopes) ||
        !account_token_create(cx, web_field(rq->body, "name"), scopes, days_of(rq->body), &id,
                              &secret))
        return page_again(cx, rq, rp, tokens_get);
    if (rq->json)
        rp->data = value_map(cx->a);
    else if (!tokens_get(cx, rq, rp))
        return false;
    value_set_text(rp->data, "id", id_text(cx->a, ID_TOKEN, id));
    value_set_text(rp->data, "token", secret);
    rp->status = 201;
    return true;
}

bool token_revoke_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_TOKEN, &id) || !account_token_revoke(cx, id)) return false;
    reply_done(cx, rp, "/tokens", "flash.token_revoked");
    return true;
}
