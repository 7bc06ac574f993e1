#include "edge/auth.h"

#include "access/access_rules.h"
#include "app.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/permission.h"
#include "base/url.h"
#include "edge/request.h"

str session_cookie_name(const struct app *app)
{
    return app_is_https(app) ? S("__Host-zulauf") : S("zulauf");
}

struct lookup {
    str host, cookie, bearer;
    struct identity *out;
};

static bool identify_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lookup *l = arg;
    if (!workspace_by_host(cx, tx, l->host, &l->out->workspace)) return false;
    cx->workspace_id = l->out->workspace.id;
    tx_workspace(tx, cx->workspace_id);
    if (l->bearer.len > 0)
        return access_by_token(cx, tx, l->bearer, &l->out->person, &l->out->signed_in);
    if (l->cookie.len == 0) return true;
    l->out->by_cookie = true;
    return access_by_session(cx, tx, l->cookie, &l->out->person, &l->out->signed_in);
}

bool auth_identify(struct ctx *cx, const struct http_request *rq, str host, bool public_route,
                   struct identity *out)
{
    struct lookup l = {.host = host, .out = out};
    str authorization = http_header_get(rq, "authorization");
    *out = (struct identity){0};
    if (str_starts(authorization, S("Bearer ")))
        l.bearer = str_trim(str_slice(authorization, 7, authorization.len));
    else
        l.cookie = web_cookie(rq, session_cookie_name(cx->app));
    if (!db_read(cx, identify_read, &l)) return false;
    cx->lang = lang_choose(http_header_get(rq, "accept-language"), LANG_DE);
    if (!out->signed_in) return true;
    cx->actor = out->person.actor;
    /* What comes in through a public page is a visitor's, whoever is signed in beside it. */
    if (public_route) cx->actor.permissions |= MAY_READ_ALL_LEADS | MAY_SEE_APPLICANTS;
    /* A program that names a language means it; browsers name one with every request. */
    str wanted = http_header_get(rq, "accept-language");
    if (l.bearer.len > 0 && lang_choose(wanted, LANG_DE) == lang_choose(wanted, LANG_EN))
        return true;
    if (str_eq(out->person.lang, S("en")))
        cx->lang = LANG_EN;
    else if (str_eq(out->person.lang, S("de")))
        cx->lang = LANG_DE;
    return true;
}

static bool changes(const struct http_request *rq)
{
    return rq->method != HTTP_GET && rq->method != HTTP_HEAD && rq->method != HTTP_OPTIONS;
}

/* Sent by browsers with every POST: our own pages say our host. */
static bool own_origin(const struct http_request *rq)
{
    str origin = http_header_get(rq, "origin"), site = http_header_get(rq, "sec-fetch-site");
    struct url u;
    if (origin.ptr == NULL || origin.len == 0)
        return site.ptr == NULL || str_eq(site, S("same-origin")) || str_eq(site, S("none"));
    if (!url_parse(origin, &u)) return false;
    str host = http_header_get(rq, "host"),
        rest = str_slice(origin, str_find(origin, S("://")) + 3, origin.len);
    return str_eq_nocase(rest, host);
}

/* Who runs a program cannot see its role: the answer names what the token would need. */
static bool token_lacks(struct ctx *cx, uint64_t missing)
{
    struct buf b = buf_new(cx->a, 1024);
    for (uint64_t bit = 1; bit != 0 && bit <= missing; bit <<= 1) {
        const char *name = (missing & bit) != 0 ? permission_name(bit) : NULL;
        if (name != NULL) buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", name);
    }
    fail(cx, ERR_FORBIDDEN, "error.token_right");
    fail_arg(cx, "rights", buf_str(&b));
    return false;
}

bool auth_allow(struct ctx *cx, const struct http_request *rq, const struct route_match *match,
                const struct identity *who, str csrf_field)
{
    const struct route *route = match->route;
    bool bearer = who->signed_in && !who->by_cookie;
    if (changes(rq) && !route->any_origin && !bearer && !own_origin(rq))
        return fail(cx, ERR_FORBIDDEN, "error.csrf");
    if (match->face == FACE_PUBLIC) return true;
    if (!who->signed_in) return fail(cx, ERR_UNAUTHORISED, "error.unauthorised");
    if (changes(rq) && who->by_cookie) {
        str token = http_header_get(rq, "x-csrf-token");
        if (token.len == 0) token = csrf_field;
        if (who->person.csrf.len == 0 || token.len != who->person.csrf.len ||
            !crypto_equal(token, who->person.csrf))
            return fail(cx, ERR_FORBIDDEN, "error.csrf");
    }
    uint64_t needed = route->permission & ~MUST_PROVE;
    uint64_t missing = needed & ~cx->actor.permissions;
    if (missing != 0)
        return cx->actor.kind == ACTOR_TOKEN ? token_lacks(cx, missing)
                                             : fail(cx, ERR_FORBIDDEN, "error.forbidden");
    bool prove = (route->permission & MUST_PROVE) != 0 && who->by_cookie;
    if (prove && cx->now_ms - who->person.proved_ms >= PROOF_MS)
        return fail(cx, ERR_UNAUTHORISED, "access.prove_first");
    return true;
}
