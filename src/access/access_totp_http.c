/* The second step of signing in, and proving oneself again. */
#include "access/access_http.h"
#include "access/kept_post.h"

#include "base/tz.h"
#include "base/url.h"
#include "web/qr.h"

/* --- the second step --- */

static bool state_describe(struct ctx *cx, struct web_reply *rp)
{
    struct second_state s;
    if (!account_second_load(cx, &s)) return false;
    rp->data = value_map(cx->a);
    rp->page = value_map(cx->a);
    value_set_bool(rp->data, "enabled", s.enabled_ms != 0);
    value_set(rp->data, "enabled_at", instant_value(cx->a, s.enabled_ms));
    value_set_int(rp->data, "codes_left", s.codes_left);
    if (s.begun) {
        str uri = totp_uri(cx->a, &s.secret, s.issuer, s.email);
        value_set_text(rp->data, "secret", totp_secret_text(cx->a, &s.secret));
        value_set_text(rp->data, "uri", uri);
    }
    rp->template = "account/second";
    return true;
}

bool second_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    return account_in_session(cx) && state_describe(cx, rp);
}

/* While a first code is waited for, what the phone's camera reads. */
bool second_qr_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct second_state s;
    (void)rq;
    if (!account_in_session(cx) || !account_second_load(cx, &s)) return false;
    if (!s.begun || !qr_svg(cx->a, totp_uri(cx->a, &s.secret, s.issuer, s.email), &rp->raw))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    rp->content_type = S("image/svg+xml");
    return true;
}

bool second_begin_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (!account_second_begin(cx) || !state_describe(cx, rp)) return false;
    rp->location = S("/account/second");
    return true;
}

/* The page that shows recovery codes, this once. */
static bool codes_describe(struct ctx *cx, const str *codes, struct web_reply *rp)
{
    struct value list = value_list(cx->a);
    if (!state_describe(cx, rp)) return false;
    for (int i = 0; i < RECOVERY_CODES; i++) value_push(list, value_text(codes[i]));
    value_set(rp->data, "codes", list);
    return true;
}

bool second_enable_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    str *codes;
    if (!account_second_enable(cx, web_field(rq->body, "code"), &client, &codes))
        return page_again(cx, rq, rp, second_get);
    return codes_describe(cx, codes, rp);
}

bool second_codes_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    str *codes;
    (void)rq;
    return account_second_codes(cx, &codes) && codes_describe(cx, codes, rp);
}

bool second_off_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (!account_second_off(cx)) return false;
    reply_done(cx, rp, "/account", "flash.second_off");
    return true;
}

/* --- proving oneself again --- */

static str next_of(struct value map)
{
    str next = web_field(map, "next");
    return path_is_local(next) && !str_starts(next, S("/account/prove")) ? next : S("/account");
}

/* A file comes down beside the page, which must not stay as if nothing had happened. */
static bool is_download(str next)
{
    str rest, path = str_cut(next, '?', &rest), last = path;
    while (str_find_char(last, '/') >= 0) (void)str_cut(last, '/', &last);
    return str_eq(last, S("export")) || str_eq(last, S("refused"));
}

/* What waits behind the password, as `prove.why_…` says it, and where somebody goes who would
 * rather not: a page that asks for nothing. */
static const struct waiting {
    const char *path, *why, *back;
} waiting[] = {
    {"/account", "account", "/account"},
    {"/tokens", "tokens", "/account"},
    {"/settings/backup", "backup", "/settings"},
    {"/settings/relay", "relay", "/settings"},
    {"/leads", "export", "/leads"},
    {"/forms", "export", "/forms"},
    {"/imports", "export", "/imports"},
    {"/workspaces/export", "export", "/workspaces"},
    {"/workspaces", "workspaces", "/workspaces"},
    {"/users", "users", "/users"},
};

static const struct waiting *waiting_for(str next)
{
    for (ptrdiff_t i = 0; i < COUNTOF(waiting); i++)
        if (str_starts(next, str_of(waiting[i].path))) return &waiting[i];
    return NULL;
}

/* What was sent when the password had to be given first: as fields of a form. */
static bool kept_put(struct ctx *cx, str kept, struct value page)
{
    struct value body, map = value_map(cx->a), fields = value_list(cx->a);
    str target;
    if (!kept_post_open(cx, kept, &target, &body)) return false;
    for (ptrdiff_t i = 0; i < body.as.map->count; i++) {
        const struct value_entry *e = &body.as.map->entry[i];
        bool many = e->value.type == VALUE_LIST;
        for (ptrdiff_t k = 0; k < (many ? value_count(e->value) : 1); k++) {
            struct value one = value_map(cx->a);
            value_set_text(one, "name", e->key);
            value_set(one, "value", many ? e->value.as.list->item[k] : e->value);
            value_push(fields, one);
        }
    }
    value_set_text(map, "target", target);
    value_set(map, "fields", fields);
    value_set(page, "kept", map);
    return true;
}

bool account_prove_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct second_state s;
    if (!account_second_load(cx, &s)) return false;
    str next = next_of(rq->query);
    rp->data = value_map(cx->a);
    value_set_bool(rp->data, "second", s.enabled_ms != 0);
    rp->page = value_map(cx->a);
    value_set_text(rp->page, "next", next);
    const struct waiting *w = waiting_for(next);
    value_set_text(rp->page, "why", str_of(w == NULL ? "other" : w->why));
    value_set_text(rp->page, "back", str_of(w == NULL ? "/" : w->back));
    str kept = web_field(rq->query, "kept");
    if (kept_put(cx, kept, rp->page)) value_set_text(rp->page, "kept_text", kept);
    value_set_bool(rp->page, "lost", str_eq(web_field(rq->query, "lost"), S("yes")));
    value_set_bool(rp->page, "download",
                   is_download(next) && str_eq(web_field(rq->query, "proved"), S("yes")));
    rp->template = "account/prove";
    return true;
}

bool account_prove_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    str password = value_str(value_get(rq->body, S("password"))), next = next_of(rq->body),
        kept = web_field(rq->body, "kept");
    if (!account_prove(cx, password, web_field(rq->body, "code"), &client)) {
        bool again = page_again(cx, rq, rp, account_prove_get);
        if (rp->page.type != VALUE_MAP) return again;
        value_set_text(rp->page, "next", next);
        if (kept_put(cx, kept, rp->page)) value_set_text(rp->page, "kept_text", kept);
        return again;
    }
    rp->data = value_map(cx->a);
    rp->page = value_map(cx->a);
    if (kept_put(cx, kept, rp->page)) {
        value_set_text(rp->page, "next", next);
        value_set_bool(rp->page, "onward", true);
        rp->template = "account/prove";
        return true;
    }
    rp->location = next;
    if (is_download(next))
        rp->location = str_printf(cx->a, "/account/prove?proved=yes&next=%.*s",
                                  STR_ARG(percent_encode(cx->a, next)));
    return true;
}
