/* Routes, and the doors that need no session: set-up, sign-in, forgotten password, invitation. */
#include "access/access_http.h"

#include "app.h"
#include "base/id.h"
#include "post/post_delivery.h"

/* --- shared --- */

struct client client_of(const struct ctx *cx, const struct web_request *rq)
{
    return (struct client){.ip = rq->ip,
                           .user_agent = rq->user_agent,
                           .base_url = rq->base_url,
                           .delivers = post_delivers(cx->app->delivery)};
}

void value_set_ms(struct value map, const char *key, int64_t ms)
{
    value_set(map, key, ms == 0 ? value_null() : value_int(ms));
}

bool body_ticked(struct value body, const char *name)
{
    struct value v = value_get(body, str_of(name));
    if (v.type != VALUE_TEXT) return v.type == VALUE_BOOL && v.as.boolean;
    return v.as.text.len > 0 && !str_eq(v.as.text, S("no")) && !str_eq(v.as.text, S("false")) &&
           !str_eq(v.as.text, S("0"));
}

bool param_id(struct ctx *cx, const struct web_request *rq, enum id_type type, int64_t *out)
{
    return id_parse(rq->param[0], type, out) ? true : fail(cx, ERR_NOT_FOUND, "error.not_found");
}

void reply_done(struct ctx *cx, struct web_reply *rp, const char *location, const char *flash)
{
    rp->data = value_map(cx->a);
    rp->location = str_of(location);
    rp->flash = str_of(flash);
}

/* A password as typed: spaces at its ends belong to it. */
static str secret_field(struct value body, const char *name)
{
    return value_str(value_get(body, str_of(name)));
}

static void cookie_set(struct ctx *cx, struct web_reply *rp, str secret, int max_age_s)
{
    rp->cookie.name = app_is_https(cx->app) ? S("__Host-zulauf") : S("zulauf");
    rp->cookie.value = secret;
    rp->cookie.max_age_s = max_age_s;
    rp->cookie.set = true;
}

static void signed_in(struct ctx *cx, struct web_reply *rp, const struct session_new *session,
                      str next)
{
    cookie_set(cx, rp, session->secret,
               session->stay ? (int)(SESSION_STAY_MS / 1000) : -1 /* until the browser closes */);
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "csrf", session->csrf);
    rp->location = next;
}

/* A link that does not hold: its own page instead of the form. */
static bool link_failed(struct ctx *cx, struct web_reply *rp)
{
    if (cx->err.code == ERR_GONE) rp->template = "link_problem";
    return false;
}

/* --- sign-in and sign-out --- */

static str next_of(struct value map)
{
    str next = web_field(map, "next");
    return path_is_local(next) && !str_starts(next, S("/sign-in")) ? next : S("/");
}

static bool sign_in_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "next", next_of(rq->query));
    rp->template = "sign_in";
    return true;
}

/* The password was right; the page asks for the code. What it needs for that it sends itself. */
static bool second_wanted(struct ctx *cx, struct web_reply *rp, str second, bool stay, str next)
{
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "second", second);
    value_set_text(rp->data, "next", next);
    value_set_bool(rp->data, "stay", stay);
    rp->template = "sign_in_code";
    return true;
}

static bool sign_in_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    struct sign_in in = {web_field(rq->body, "email"), secret_field(rq->body, "password"),
                         body_ticked(rq->body, "stay")};
    struct session_new session;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "next", next_of(rq->body));
    rp->template = "sign_in";
    if (!access_sign_in(cx, &in, &client, &session)) return false;
    if (session.second.ptr != NULL)
        return second_wanted(cx, rp, session.second, in.stay, next_of(rq->body));
    signed_in(cx, rp, &session, next_of(rq->body));
    return true;
}

static bool sign_in_code_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    str second = web_field(rq->body, "second"), code = web_field(rq->body, "code");
    bool stay = body_ticked(rq->body, "stay");
    struct session_new session;
    if (!second_wanted(cx, rp, second, stay, next_of(rq->body))) return false;
    if (!access_second_step(cx, second, code, stay, &client, &session)) {
        if (cx->err.code == ERR_GONE) rp->template = "sign_in"; /* from the beginning */
        return false;
    }
    signed_in(cx, rp, &session, next_of(rq->body));
    return true;
}

static bool sign_out_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (!access_sign_out(cx)) return false;
    cookie_set(cx, rp, S(""), 0);
    reply_done(cx, rp, "/sign-in", "flash.signed_out");
    return true;
}

/* --- the first administrator --- */

static bool setup_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one_time link;
    rp->data = value_map(cx->a);
    if (!one_time_load(cx, ONE_TIME_SETUP, rq->param[0], &link)) return link_failed(cx, rp);
    rp->template = "setup";
    return true;
}

static bool setup_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    struct user_new in = {.email = web_field(rq->body, "email"),
                          .name = web_field(rq->body, "name"),
                          .role = ROLE_ADMINISTRATOR,
                          .password = secret_field(rq->body, "password")};
    struct session_new session;
    rp->data = value_map(cx->a);
    rp->template = "setup";
    if (!access_setup(cx, rq->param[0], web_field(rq->body, "workspace"), &in, &client, &session))
        return link_failed(cx, rp);
    signed_in(cx, rp, &session, S("/"));
    return true;
}

/* --- invitation --- */

static bool invitation_load(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one_time link;
    rp->data = value_map(cx->a);
    if (!one_time_load(cx, ONE_TIME_INVITATION, rq->param[0], &link)) return link_failed(cx, rp);
    value_set_text(rp->data, "email", link.email);
    value_set_text(rp->data, "role", str_of(role_name(link.role)));
    value_set_text(rp->data, "workspace", link.workspace_name);
    value_set_bool(rp->data, "known", link.user_known);
    rp->template = "invitation";
    return true;
}

static bool invitation_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    struct session_new session;
    if (!invitation_load(cx, rq, rp)) return false;
    if (!access_accept(cx, rq->param[0], web_field(rq->body, "name"),
                       secret_field(rq->body, "password"), &client, &session))
        return link_failed(cx, rp);
    if (session.secret.ptr == NULL) {
        reply_done(cx, rp, "/sign-in", "flash.invitation_accepted");
        return true;
    }
    signed_in(cx, rp, &session, S("/"));
    return true;
}

/* --- forgotten password --- */

static bool forgot_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    rp->data = value_map(cx->a);
    value_set_bool(rp->data, "sent", false);
    rp->template = "forgot";
    return true;
}

static bool forgot_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    rp->data = value_map(cx->a);
    rp->template = "forgot";
    if (!access_forgot(cx, web_field(rq->body, "email"), &client)) return false;
    value_set_bool(rp->data, "sent", true);
    return true;
}

static bool reset_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct one_time link;
    rp->data = value_map(cx->a);
    if (!one_time_load(cx, ONE_TIME_RESET, rq->param[0], &link)) return link_failed(cx, rp);
    value_set_text(rp->data, "email", link.email);
    rp->template = "reset";
    return true;
}

static bool reset_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    if (!reset_get(cx, rq, rp)) return false;
    if (!access_reset(cx, rq->param[0], secret_field(rq->body, "password")))
        return link_failed(cx, rp);
    reply_done(cx, rp, "/sign-in", "flash.password_changed");
    return true;
}

/* --- the table --- */

#define DOOR(method, pattern, body, handler)                                                       \
    {                                                                                              \
        method, pattern, FACE_PUBLIC, body, 0, handler, false                                      \
    }
#define BOTH (FACE_PAGE | FACE_API)
#define READ(pattern, permission, handler)                                                         \
    {                                                                                              \
        "GET", pattern, BOTH, BODY_NONE, permission, handler, false                                \
    }
#define WRITE(pattern, permission, handler)                                                        \
    {                                                                                              \
        "POST", pattern, BOTH, BODY_FORM, permission, handler, false                               \
    }

const struct route access_routes[] = {
    DOOR("GET", "/setup/{secret}", BODY_NONE, setup_get),
    DOOR("POST", "/setup/{secret}", BODY_FORM, setup_post),
    DOOR("GET", "/sign-in", BODY_NONE, sign_in_get),
    DOOR("POST", "/sign-in", BODY_FORM, sign_in_post),
    DOOR("POST", "/sign-in/code", BODY_FORM, sign_in_code_post),
    DOOR("GET", "/forgot", BODY_NONE, forgot_get),
    DOOR("POST", "/forgot", BODY_FORM, forgot_post),
    DOOR("GET", "/reset/{secret}", BODY_NONE, reset_get),
    DOOR("POST", "/reset/{secret}", BODY_FORM, reset_post),
    DOOR("GET", "/invitation/{secret}", BODY_NONE, invitation_load),
    DOOR("POST", "/invitation/{secret}", BODY_FORM, invitation_post),
    WRITE("/sign-out", 0, sign_out_post),
    READ("/users", MAY_MANAGE_PEOPLE, users_get),
    WRITE("/users/invite", MAY_MANAGE_PEOPLE, users_invite),
    WRITE("/users/invitations/{id}/revoke", MAY_MANAGE_PEOPLE, users_uninvite),
    WRITE("/users/{id}/role", MAY_MANAGE_PEOPLE, users_role),
    WRITE("/users/{id}/rights", MAY_MANAGE_PEOPLE, users_rights),
    WRITE("/users/{id}/second/reset", MAY_MANAGE_PEOPLE | MUST_PROVE, users_second_reset),
    WRITE("/users/{id}/disable", MAY_MANAGE_PEOPLE, users_disable),
    WRITE("/users/{id}/enable", MAY_MANAGE_PEOPLE, users_enable),
    WRITE("/users/{id}/remove", MAY_MANAGE_PEOPLE, users_remove),
    READ("/account", MAY_OWN_ACCOUNT, account_get),
    WRITE("/account", MAY_OWN_ACCOUNT, account_post),
    WRITE("/account/password", MAY_OWN_ACCOUNT, account_password_post),
    WRITE("/account/sessions/{id}/end", MAY_OWN_ACCOUNT, account_session_end),
    WRITE("/account/sessions/end-others", MAY_OWN_ACCOUNT, account_sessions_end_others),
    READ("/account/prove", MAY_OWN_ACCOUNT, account_prove_get),
    WRITE("/account/prove", MAY_OWN_ACCOUNT, account_prove_post),
    READ("/account/second", MAY_OWN_ACCOUNT | MUST_PROVE, second_get),
    {"GET", "/account/second/qr.svg", FACE_PAGE, BODY_NONE, MAY_OWN_ACCOUNT | MUST_PROVE,
     second_qr_get, false},
    WRITE("/account/second/begin", MAY_OWN_ACCOUNT | MUST_PROVE, second_begin_post),
    WRITE("/account/second/enable", MAY_OWN_ACCOUNT | MUST_PROVE, second_enable_post),
    WRITE("/account/second/codes", MAY_OWN_ACCOUNT | MUST_PROVE, second_codes_post),
    WRITE("/account/second/off", MAY_OWN_ACCOUNT | MUST_PROVE, second_off_post),
    READ("/tokens", MAY_OWN_ACCOUNT | MUST_PROVE, tokens_get),
    WRITE("/tokens", MAY_OWN_ACCOUNT | MUST_PROVE, tokens_post),
    WRITE("/tokens/{id}/revoke", MAY_OWN_ACCOUNT, token_revoke_post),
    READ("/audit", MAY_READ_AUDIT, audit_get),
    READ("/workspaces", MAY_MANAGE_WORKSPACES, workspaces_get),
    WRITE("/workspaces", MAY_MANAGE_WORKSPACES, workspaces_post),
    WRITE("/workspaces/{id}", MAY_MANAGE_WORKSPACES, workspace_post),
    WRITE("/workspaces/{id}/delete", MAY_MANAGE_WORKSPACES | MUST_PROVE, workspace_delete_post),
    WRITE("/workspaces/{id}/take-back", MAY_MANAGE_WORKSPACES | MUST_PROVE,
          workspace_take_back_post),
};

const ptrdiff_t access_route_count = COUNTOF(access_routes);
