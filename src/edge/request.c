#include "edge/request.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/multipart.h"
#include "base/url.h"
#include "base/utf8.h"

enum { HEADER_KEPT_BYTES = 500 };

str client_address(const struct app *app, const struct http_request *rq)
{
    const struct config *c = &app->config;
    str address = rq->peer;
    /* From the right: each hop is believed only while the one after it is a trusted proxy. Several
     * lines are one list (RFC 9110 5.3): some proxies add theirs below the client's. */
    for (int i = rq->header_count - 1; i >= 0; i--) {
        str chain = rq->header[i].value;
        if (!str_eq(rq->header[i].name, S("x-forwarded-for"))) continue;
        while (chain.len > 0) {
            ptrdiff_t comma = chain.len;
            while (comma > 0 && chain.ptr[comma - 1] != ',') comma--;
            str hop = str_trim(str_slice(chain, comma, chain.len));
            struct cidr parsed;
            int count;
            if (!cidr_contains(c->trusted_proxy, c->trusted_proxy_count, address) || hop.len == 0 ||
                !cidr_parse(hop, &parsed, 1, &count) || count != 1)
                return address;
            address = hop;
            chain = str_slice(chain, 0, comma > 0 ? comma - 1 : 0);
        }
    }
    return address;
}

str request_host(arena *a, const struct http_request *rq)
{
    str host = http_header_get(rq, "host");
    if (host.len > 0 && host.ptr[0] == '[') {
        ptrdiff_t end = str_find_char(host, ']');
        return str_lower_ascii(a, str_slice(host, 0, end + 1));
    }
    str port;
    return str_lower_ascii(a, str_cut(host, ':', &port));
}

bool wants_json(const struct http_request *rq)
{
    str accept = http_header_get(rq, "accept");
    ptrdiff_t json = str_find(accept, S("application/json")),
              html = str_find(accept, S("text/html"));
    if (json >= 0 && (html < 0 || json < html)) return true;
    str type = http_header_get(rq, "content-type");
    return html < 0 && str_starts(type, S("application/json")); /* who sends it can read it */
}

static str kept_header(struct ctx *cx, const struct http_request *rq, const char *name)
{
    str s = http_header_get(rq, name);
    if (s.ptr == NULL) return s;
    return utf8_cut(utf8_clean_line(cx->a, s), HEADER_KEPT_BYTES);
}

static bool body_json(struct ctx *cx, str body, struct value *out)
{
    struct json_err err;
    if (!json_parse(cx->a, body, out, &err)) {
        fail_detail(cx, ERR_UNREADABLE, "error.json", "%s", err.what);
        fail_arg(cx, "line", str_printf(cx->a, "%d", err.line));
        return false;
    }
    if (out->type != VALUE_MAP) return fail(cx, ERR_UNREADABLE, "error.json_object");
    return true;
}

static bool body_parse(struct ctx *cx, const struct http_request *rq, enum route_body kind,
                       struct value *out)
{
    str whole = http_header_get(rq, "content-type"), rest;
    str type = str_lower_ascii(cx->a, str_trim(str_cut(whole, ';', &rest)));
    bool ok = true;
    *out = value_map(cx->a);
    if (rq->body.len == 0) return true;
    /* What a PATCH names is changed, and null clears it: that is a merge patch (RFC 7396). */
    bool patch = rq->method == HTTP_PATCH && str_eq(type, S("application/merge-patch+json"));
    if (patch || str_eq(type, S("application/json"))) return body_json(cx, rq->body, out);
    if (str_eq(type, S("multipart/form-data"))) {
        int fields = kind == BODY_UPLOAD ? LIMIT_EDITOR_FIELDS : LIMIT_FORM_FIELDS;
        if (!multipart_parse(cx->a, whole, rq->body, fields, out))
            return fail(cx, ERR_UNREADABLE, "error.unreadable");
        return true;
    }
    bool form = str_eq(type, S("application/x-www-form-urlencoded")) || type.len == 0;
    if (!form || kind == BODY_NONE) return fail(cx, ERR_MEDIA_TYPE, "error.content_type");
    *out = urlencoded_parse(cx->a, rq->body, &ok);
    return ok ? true : fail(cx, ERR_UNREADABLE, "error.unreadable");
}

bool request_build(struct ctx *cx, const struct http_request *rq, const struct route_match *match,
                   struct web_request *out)
{
    bool ok;
    *out = (struct web_request){
        .http = rq,
        .face = match->face,
        .json = match->face == FACE_API || wants_json(rq),
        .ip = client_address(cx->app, rq),
        .user_agent = kept_header(cx, rq, "user-agent"),
        .referrer = kept_header(cx, rq, "referer"),
        .accept_language = kept_header(cx, rq, "accept-language"),
        .host = request_host(cx->a, rq),
        .base_url = cx->app->config.public_url,
    };
    for (int i = 0; i < ROUTE_PARAMS_MAX; i++)
        if (match->param[i].ptr != NULL &&
            !percent_decode(cx->a, match->param[i], false, &out->param[i]))
            return fail(cx, ERR_NOT_FOUND, "error.not_found");
    /* A broken query never keeps anybody from a page: campaign links are mangled on the way. */
    out->query = urlencoded_parse(cx->a, rq->query.ptr == NULL ? S("") : rq->query, &ok);
    if (!ok) out->query = value_map(cx->a);
    return body_parse(cx, rq, match->route->body, &out->body);
}
