#include "edge/reply.h"

#include "access/kept_post.h"
#include "app.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/url.h"
#include "edge/inline.h"
#include "edge/request.h"
#include "edge/router.h"
#include "edge/shell.h"
#include "web/render.h"

enum { REPLY_HEADERS_MAX = 24, COMPRESS_FROM_BYTES = 1024 };

struct headers {
    struct http_header list[REPLY_HEADERS_MAX];
    int count;
};

static void header_add(struct headers *h, str name, str value)
{
    assert(h->count < REPLY_HEADERS_MAX);
    h->list[h->count++] = (struct http_header){name, value};
}

int error_status(enum err_code code)
{
    static const int status[ERR__COUNT] = {
        [ERR_NONE] = 200,         [ERR_INVALID] = 422,      [ERR_UNREADABLE] = 400,
        [ERR_UNAUTHORISED] = 401, [ERR_FORBIDDEN] = 403,    [ERR_NOT_FOUND] = 404,
        [ERR_GONE] = 410,         [ERR_CONFLICT] = 409,     [ERR_TOO_LARGE] = 413,
        [ERR_METHOD] = 405,       [ERR_PRECONDITION] = 412, [ERR_MEDIA_TYPE] = 415,
        [ERR_TOO_MANY] = 429,     [ERR_UNAVAILABLE] = 503,  [ERR_STORAGE] = 503,
        [ERR_INTERNAL] = 500};
    return status[code];
}

/* Pages run our own script and style and nothing else; a file or a mail's preview runs nothing. */
static str policy(struct ctx *cx, const struct web_reply *rp, const struct inlined_page *page)
{
    if (rp->raw.ptr != NULL || rp->body != NULL)
        return S("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
                 "style-src 'unsafe-inline'; img-src data:; "
                 "frame-ancestors 'self'");
    bool inlined = page != NULL && page->part != NULL;
    str script = inlined ? page->script : S("'self'"), style = inlined ? page->style : S("'self'");
    str parents = rp->framed ? S("'self'") : rp->framed_by.len > 0 ? rp->framed_by : S("'none'");
    return str_printf(cx->a,
                      "default-src 'none'; script-src %.*s; style-src %.*s; "
                      "img-src 'self' data:; font-src 'self'; %s; frame-ancestors %.*s; "
                      "worker-src 'self'; base-uri 'none'",
                      STR_ARG(script), STR_ARG(style),
                      rp->framed ? "form-action 'none'"
                                 : "connect-src 'self'; form-action 'self'; frame-src 'self'",
                      STR_ARG(parents));
}

static void common_headers(struct ctx *cx, struct headers *h, const struct web_reply *rp, str type,
                           const struct inlined_page *page)
{
    header_add(h, S("content-type"), type);
    header_add(h, S("cache-control"), rp->cache.len > 0 ? rp->cache : S("no-store"));
    header_add(h, S("x-content-type-options"), S("nosniff"));
    bool hushed = rp->device || rp->secret_url;
    header_add(h, S("referrer-policy"), hushed ? S("no-referrer") : S("same-origin"));
    if (rp->secret_url) header_add(h, S("x-robots-tag"), S("noindex, nofollow"));
    header_add(h, S("permissions-policy"),
               rp->device ? S("camera=(self), microphone=(), geolocation=()")
                          : S("camera=(), microphone=(), geolocation=()"));
    header_add(h, S("content-security-policy"), policy(cx, rp, page));
    header_add(h, S("x-request-id"), str_printf(cx->a, "%lld", (long long)cx->request_id));
    if (app_is_https(cx->app)) header_add(h, S("strict-transport-security"), S("max-age=31536000"));
    if (rp->allow.len > 0) header_add(h, S("allow"), rp->allow);
    if (rp->cors) {
        header_add(h, S("access-control-allow-origin"), S("*"));
        header_add(h, S("vary"), S("Accept"));
    }
    if (rp->by_origin) header_add(h, S("vary"), S("Origin"));
    if (rp->allow_origin.len > 0) header_add(h, S("access-control-allow-origin"), rp->allow_origin);
    if (!rp->preflight) return;
    header_add(h, S("access-control-allow-methods"), S("POST"));
    header_add(h, S("access-control-allow-headers"), S("content-type, idempotency-key"));
    header_add(h, S("access-control-max-age"), S("600"));
}

/* What is worth compressing; files and exports are sent as they are. */
static bool type_is_text(str type)
{
    static const char *const types[] = {"text/html",        "text/css",
                                        "text/javascript",  "text/plain",
                                        "application/json", "application/problem+json",
                                        "image/svg+xml"};
    for (ptrdiff_t i = 0; i < COUNTOF(types); i++)
        if (str_starts(type, str_of(types[i]))) return true;
    return false;
}

/* How long a compressed page is tells something of what it holds. Who comes with a cookie of ours
 * can be made to ask by a foreign page, with words of its choice; his pages are not compressed
 * (docs/adr/0017). */
static bool brings_our_cookie(const struct http_request *http)
{
    for (str rest = http_header_get(http, "cookie"); rest.ptr != NULL;) {
        str name = str_trim(str_cut(rest, ';', &rest));
        if (str_starts(name, S("zulauf")) || str_starts(name, S("__Host-zulauf"))) return true;
    }
    return false;
}

static void cookie_header(struct ctx *cx, struct headers *h, str name, str value, int max_age_s)
{
    struct buf b = buf_new(cx->a, 1024);
    buf_printf(&b, "%.*s=%.*s; Path=/; HttpOnly; SameSite=Lax", STR_ARG(name), STR_ARG(value));
    if (max_age_s >= 0) buf_printf(&b, "; Max-Age=%d", max_age_s);
    if (app_is_https(cx->app)) buf_put(&b, S("; Secure"));
    header_add(h, S("set-cookie"), buf_str(&b));
}

static void cookies(struct ctx *cx, struct headers *h, const struct web_request *rq,
                    const struct web_reply *rp)
{
    if (rp->cookie.set)
        cookie_header(cx, h, rp->cookie.name, rp->cookie.value, rp->cookie.max_age_s);
    if (rp->flash.len > 0)
        cookie_header(cx, h, S("zulauf_flash"), rp->flash, 60);
    else if (rq != NULL && rp->location.len == 0 && !rq->json &&
             web_cookie(rq->http, S("zulauf_flash")).ptr != NULL)
        cookie_header(cx, h, S("zulauf_flash"), S(""), 0);
}

static str whole(arena *a, const struct inlined_page *page)
{
    struct buf b = buf_new(a, LIMIT_PAGE_BYTES + page->part->plain.len);
    buf_put(&b, page->before);
    buf_put(&b, page->part->plain);
    buf_put(&b, page->after);
    return buf_str(&b);
}

/* Worker thread: compressing is work. */
static void send_page_body(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                           struct headers *h, int status, const struct inlined_page *page)
{
    str part = page->part == NULL ? S("") : page->part->plain, packed = {0};
    ptrdiff_t bytes = page->before.len + part.len + page->after.len;
    bool text = bytes >= COMPRESS_FROM_BYTES && type_is_text(h->list[0].value);
    if (text) header_add(h, S("vary"), S("Accept-Encoding"));
    if (text && gzip_accepted(http_header_get(rq->http, "accept-encoding")) &&
        !brings_our_cookie(rq->http))
        packed = gzip_encode(cx->a, page->before, page->part, page->after);
    if (packed.ptr != NULL)
        header_add(h, S("content-encoding"), S("gzip"));
    else
        packed = page->part == NULL ? page->after : whole(cx->a, page);
    http_reply_send(ex, &(struct http_reply){status, h->list, h->count, packed});
}

static void send(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                 struct headers *h, int status, str body)
{
    send_page_body(cx, ex, rq, h, status, &(struct inlined_page){.after = body});
}

/* Render a template of ui/pages or ui/public over `root`; false is logged and answered with 500. */
static bool page_render(struct ctx *cx, const char *name, struct value root, str time_zone,
                        str *out)
{
    const struct liquid_template *t = liquid_find(cx->texts->templates, str_of(name));
    struct buf b = buf_new(cx->a, LIMIT_PAGE_BYTES);
    struct liquid_env env = render_env(cx, cx->lang, time_zone);
    struct liquid_err err = {0};
    if (t == NULL) {
        log_line(LOG_LEVEL_ERROR, "template.missing", "name=%s", log_str(str_of(name)).text);
        return false;
    }
    if (!liquid_render(&b, t, root, &env, &err)) {
        log_line(LOG_LEVEL_ERROR, "template.failed", "name=%s line=%d what=%s",
                 log_str(str_of(name)).text, err.line, log_str(err.what).text);
        return false;
    }
    *out = buf_str(&b);
    return true;
}

/* {"field":…,"text":…} for each fault, in the reader's language. */
static struct value error_fields(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < cx->err.field_count; i++) {
        struct value item = value_map(cx->a);
        value_set_text(item, "field", cx->err.field[i].field);
        value_set_text(
            item, "text",
            render_text(cx, cx->lang, cx->err.field[i].key, cx->err.field[i].args, ERR_ARGS));
        value_push(list, item);
    }
    return list;
}

static struct value page_root(struct ctx *cx, const struct web_request *rq,
                              const struct identity *who, const struct web_reply *rp)
{
    struct value root = value_map(cx->a);
    struct value shell = shell_value(cx, rq, who, rp->look);
    value_set_text(shell, "parents", rp->framed_by); /* whom its script may tell its height */
    value_set(root, "shell", shell);
    value_set(root, "data", rp->data);
    value_set(root, "page", rp->page);
    value_set(root, "errors", error_fields(cx));
    value_set(root, "input", rq->body);
    return root;
}

static str zone_of(struct value root)
{
    return value_str(value_at(root, S("shell.time_zone")));
}

static void send_page(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                      const struct identity *who, struct web_reply *rp)
{
    struct headers h = {0};
    struct value root = page_root(cx, rq, who, rp);
    str html;
    if (cx->err.code != ERR_NONE && cx->err.key != NULL)
        value_set_text(root, "error_summary",
                       render_text(cx, cx->lang, cx->err.key, cx->err.args, ERR_ARGS));
    value_set_bool(root, "conflict", cx->err.code == ERR_CONFLICT);
    if (!page_render(cx, rp->template, root, zone_of(root), &html)) {
        rp->status = 500;
        html = S("<!doctype html><title>500</title><p>Interner Fehler. / Internal error.</p>");
    }
    struct inlined_page page;
    inlined_put(cx->a, cx->app->inlined, html, value_get(root, S("shell")), &page);
    common_headers(cx, &h, rp, S("text/html; charset=utf-8"), &page);
    cookies(cx, &h, rq, rp);
    if ((rp->status == 429 || rp->status == 503) && cx->err.retry_after_s > 0)
        header_add(&h, S("retry-after"), str_printf(cx->a, "%d", cx->err.retry_after_s));
    send_page_body(cx, ex, rq, &h, rp->status, &page);
}

static bool is_readable(arena *a, str path)
{
    return route_find(a, S("GET"), path).route != NULL;
}

/* Where what was made can be read by a program: the page's address without what is the page's, or
 * one step below the list it was posted to. Absent where it has no address of its own. */
static str made_at(struct ctx *cx, const struct web_request *rq, const struct web_reply *rp)
{
    str id = value_str(value_get(rp->data, S("id"))), rest;
    if (rp->status != 201 || rq->face != FACE_API || id.len <= 0) return (str){0};
    str page = str_cut(str_cut(rp->location, '#', &rest), '?', &rest);
    if (str_ends(page, id)) {
        str path = str_printf(cx->a, "/api/v1%.*s", STR_ARG(page));
        if (is_readable(cx->a, path)) return path;
    }
    str path = str_printf(cx->a, "%.*s/%.*s", STR_ARG(rq->http->path), STR_ARG(id));
    return is_readable(cx->a, path) ? path : (str){0};
}

static void send_json(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                      struct web_reply *rp)
{
    struct headers h = {0};
    str made = made_at(cx, rq, rp);
    struct value root = value_map(cx->a);
    value_set(root, "data", rp->data);
    if (rp->data.type == VALUE_LIST || rp->next.ptr != NULL)
        value_set(root, "next", value_text(rp->next));
    common_headers(cx, &h, rp, S("application/json; charset=utf-8"), NULL);
    cookies(cx, &h, rq, rp);
    if (made.len > 0) header_add(&h, S("location"), made);
    if (rp->etag.len > 0)
        header_add(&h, S("etag"), str_printf(cx->a, "\"%.*s\"", STR_ARG(rp->etag)));
    /* Public JSON (a form's reply) is the bare object; the API wraps it in "data". */
    struct value body = rq->face == FACE_PUBLIC ? rp->data : root;
    send(cx, ex, rq, &h, rp->status, json_text(cx->a, body));
}

static void raw_headers(struct ctx *cx, struct headers *h, const struct web_request *rq,
                        const struct web_reply *rp)
{
    common_headers(cx, h, rp, rp->content_type, NULL);
    cookies(cx, h, rq, rp);
    if (rp->filename.len > 0)
        header_add(h, S("content-disposition"),
                   str_printf(cx->a, "attachment; filename*=UTF-8''%.*s",
                              STR_ARG(percent_encode(cx->a, rp->filename))));
}

static void send_raw(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                     const struct web_reply *rp)
{
    struct headers h = {0};
    raw_headers(cx, &h, rq, rp);
    if (!rp->in_parts) {
        send(cx, ex, rq, &h, rp->status, rp->raw);
        return;
    }
    /* Its parts are parts of these bytes: never compressed. */
    header_add(&h, S("accept-ranges"), S("bytes"));
    header_add(&h, S("etag"), str_printf(cx->a, "\"%.*s\"", STR_ARG(rp->etag)));
    if (rp->content_range.len > 0) header_add(&h, S("content-range"), rp->content_range);
    http_reply_send(ex, &(struct http_reply){rp->status, h.list, h.count, rp->raw});
}

void reply_download_head(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                         const struct web_reply *rp)
{
    struct headers h = {0};
    raw_headers(cx, &h, rq, rp);
    int status = rp->status == 0 ? 200 : rp->status;
    http_download_begin(ex, &(struct http_reply){status, h.list, h.count, {NULL, 0}});
}

void reply_send(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                const struct identity *who, struct web_reply *rp)
{
    if (rp->status == 0) rp->status = 200;
    if (rp->raw.ptr != NULL) {
        send_raw(cx, ex, rq, rp);
    } else if (rq->json) {
        send_json(cx, ex, rq, rp);
    } else if (rp->location.len > 0) {
        struct headers h = {0};
        common_headers(cx, &h, rp, S("text/html; charset=utf-8"), NULL);
        header_add(&h, S("location"), rp->location);
        cookies(cx, &h, rq, rp);
        /* 303 after a post; a link that was asked for is found elsewhere. */
        send(cx, ex, rq, &h, rp->status == 302 ? 302 : 303, S(""));
    } else if (rp->template != NULL) {
        send_page(cx, ex, rq, who, rp);
    } else {
        send_json(cx, ex, rq, rp);
    }
}

static const char *const problem_types[ERR__COUNT] = {[ERR_NONE] = "none",
                                                      [ERR_INVALID] = "invalid",
                                                      [ERR_UNREADABLE] = "unreadable",
                                                      [ERR_UNAUTHORISED] = "unauthorised",
                                                      [ERR_FORBIDDEN] = "forbidden",
                                                      [ERR_NOT_FOUND] = "not-found",
                                                      [ERR_GONE] = "gone",
                                                      [ERR_CONFLICT] = "conflict",
                                                      [ERR_PRECONDITION] = "precondition-failed",
                                                      [ERR_TOO_LARGE] = "too-large",
                                                      [ERR_METHOD] = "method-not-allowed",
                                                      [ERR_MEDIA_TYPE] = "unsupported-media-type",
                                                      [ERR_TOO_MANY] = "too-many-requests",
                                                      [ERR_UNAVAILABLE] = "unavailable",
                                                      [ERR_STORAGE] = "storage",
                                                      [ERR_INTERNAL] = "internal"};

/* RFC 9457. */
static void send_problem(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                         const struct web_reply *rp, int status)
{
    struct headers h = {0};
    struct value map = value_map(cx->a);
    value_set_text(map, "type",
                   str_printf(cx->a, "urn:zulauf:problem:%s", problem_types[cx->err.code]));
    value_set_int(map, "status", status);
    value_set_text(map, "title", render_text(cx, cx->lang, cx->err.key, cx->err.args, ERR_ARGS));
    if (cx->err.field_count > 0) {
        struct value list = error_fields(cx);
        for (ptrdiff_t i = 0; i < list.as.list->count; i++) {
            struct value item = list.as.list->item[i];
            value_set(item, "detail", value_get(item, S("text")));
        }
        value_set(map, "errors", list);
    }
    value_set_text(map, "request_id", str_printf(cx->a, "%lld", (long long)cx->request_id));
    common_headers(cx, &h, rp, S("application/problem+json; charset=utf-8"), NULL);
    header_add(&h, S("content-language"), cx->lang == LANG_EN ? S("en") : S("de"));
    if (cx->err.retry_after_s > 0)
        header_add(&h, S("retry-after"), str_printf(cx->a, "%d", cx->err.retry_after_s));
    if (status == 401) header_add(&h, S("www-authenticate"), S("Bearer"));
    send(cx, ex, rq, &h, status, json_text(cx->a, map));
}

/* What was wanted: the page itself, or the one whose button was pressed. */
static str back_to(const struct web_request *rq)
{
    if (rq->http->method == HTTP_GET) return rq->http->target;
    ptrdiff_t scheme = str_find(rq->referrer, S("://"));
    if (scheme < 0) return (str){0};
    str rest = str_slice(rq->referrer, scheme + 3, rq->referrer.len);
    ptrdiff_t path = str_find_char(rest, '/');
    return path < 0 ? (str){0} : str_slice(rest, path, rest.len);
}

void reply_error(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                 const struct identity *who, struct web_reply *rp)
{
    int status = error_status(cx->err.code);
    if (cx->err.key == NULL)
        cx->err.key = cx->err.code == ERR_INVALID ? "error.invalid" : "error.internal";
    rp->raw = rp->location = (str){0};
    rp->body = NULL;
    if (rq->json) {
        send_problem(cx, ex, rq, rp, status);
        return;
    }
    bool nowhere = cx->workspace_id == 0 && status == 404 && rq->face == FACE_PAGE;
    bool again = rp->template != NULL && status < 500 && status != 403 && status != 404;
    bool sign_in = cx->err.code == ERR_UNAUTHORISED && rq->face == FACE_PAGE;
    if (sign_in) {
        err_clear(cx);
        str door = who->signed_in ? S("/account/prove") : S("/sign-in"), back = back_to(rq);
        /* What was typed goes along, or the page that asks says that it is not kept. */
        bool typed = who->signed_in && rq->http->method != HTTP_GET;
        str kept = typed ? kept_post_seal(cx, rq->http->target, rq->body) : S("");
        if (kept.len > 0) kept = str_printf(cx->a, "&kept=%.*s", STR_ARG(kept));
        if (typed && kept.len == 0) kept = S("&lost=yes");
        rp->location = back.len > 1
                           ? str_printf(cx->a, "%.*s?next=%.*s%.*s", STR_ARG(door),
                                        STR_ARG(percent_encode(cx->a, back)), STR_ARG(kept))
                           : door;
        reply_send(cx, ex, rq, who, rp);
        return;
    }
    rp->status = status;
    if (!again) {
        /* In the form of address that the shell knows. */
        if (rq->face == FACE_PUBLIC) (void)shell_value(cx, rq, who, rp->look);
        struct value data = value_map(cx->a);
        value_set_int(data, "status", status);
        value_set_text(data, "text",
                       render_text(cx, cx->lang, cx->err.key, cx->err.args, ERR_ARGS));
        /* Whom to ask for a right: only where a right is what is missing. */
        value_set_bool(data, "right", str_eq(str_of(cx->err.key), S("error.forbidden")));
        value_set_text(data, "request_id", str_printf(cx->a, "%lld", (long long)cx->request_id));
        rp->data = data;
        rp->template = rq->face == FACE_PAGE ? "error" : "public/error";
        if (nowhere) rp->template = "gone";
        if (nowhere) value_set_text(data, "url", cx->app->config.public_url);
    }
    send_page(cx, ex, rq, who, rp);
}
