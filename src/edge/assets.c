#include "edge/assets.h"

#include "base/gzip.h"
#include "node/node.h"
#include "web/embedded.h"

#include <stdio.h>

static const struct {
    const char *name, *path;
} assets[] = {
    {"zulauf.css", "ui/dist/zulauf.css"},
    {"admin.js", "ui/dist/admin.js"},
    {"public.js", "ui/dist/public.js"},
    {"proof.js", "ui/dist/proof.js"},
    {"kiosk.js", "ui/dist/kiosk.js"},
    {"scan.js", "ui/dist/scan.js"},
    {"kiosk.css", "ui/dist/kiosk.css"},
    {"icon.svg", "ui/style/icon.svg"},
    {"embed.js", "ui/dist/embed.js"},
    {"source-sans.woff2", "ui/dist/fonts/source-sans.woff2"},
    {"source-serif.woff2", "ui/dist/fonts/source-serif.woff2"},
    {"atkinson.woff2", "ui/dist/fonts/atkinson.woff2"},
};

static const struct embedded_file *asset_find(str name)
{
    for (ptrdiff_t i = 0; i < COUNTOF(assets); i++)
        if (str_eq(name, str_of(assets[i].name))) return embedded_find(str_of(assets[i].path));
    return NULL;
}

str asset_url(arena *a, str name)
{
    const struct embedded_file *f = asset_find(name);
    return str_printf(a, "/assets/%.*s?v=%.12s", STR_ARG(name), f == NULL ? "" : f->sha256);
}

static void answer_text(struct http_exchange *ex, int status, str body)
{
    const struct http_header header[] = {
        {S("content-type"), S("text/plain; charset=utf-8")},
        {S("cache-control"), S("no-store")},
        {S("x-content-type-options"), S("nosniff")},
    };
    http_reply_send(ex, &(struct http_reply){status, header, COUNTOF(header), body});
}

/* `foreign`: pages of other websites load it. */
static void answer_file(struct http_exchange *ex, const struct http_request *rq,
                        const struct embedded_file *f, bool foreign)
{
    char etag[80];
    int n = snprintf(etag, sizeof etag, "\"%.32s\"", f->sha256);
    str tag = {etag, n};
    /* The compressed form is another representation, with a tag of its own (RFC 9110 8.8.3). */
    bool packed = f->gzip != NULL && gzip_accepted(http_header_get(rq, "accept-encoding"));
    if (packed) tag = (str){etag, snprintf(etag, sizeof etag, "\"%.32s-gz\"", f->sha256)};
    bool same = str_eq(http_header_get(rq, "if-none-match"), tag);
    bool versioned = rq->query.ptr != NULL && str_find(rq->query, S("v=")) >= 0;
    struct http_header header[] = {
        {S("content-type"), str_of(f->type)},
        {S("cache-control"),
         versioned ? S("public, max-age=31536000, immutable") : S("public, max-age=300")},
        {S("etag"), tag},
        {S("x-content-type-options"), S("nosniff")},
        {S("cross-origin-resource-policy"), foreign ? S("cross-origin") : S("same-origin")},
        {S("vary"), S("Accept-Encoding")},
        {S("content-encoding"), S("gzip")},
    };
    str body = {(const char *)(packed ? f->gzip : f->bytes), packed ? f->gzip_len : f->len};
    int count = COUNTOF(header) - (packed ? 0 : 1);
    http_reply_send(ex, &(struct http_reply){same ? 304 : 200, header, count, same ? S("") : body});
}

bool asset_answer(struct app *app, struct http_exchange *ex, const struct http_request *rq)
{
    if (rq->method != HTTP_GET && rq->method != HTTP_HEAD) return false;
    if (str_eq(rq->path, S("/healthz"))) {
        answer_text(ex, 200, S("ok\n"));
        return true;
    }
    if (str_eq(rq->path, S("/readyz"))) {
        bool draining = atomic_load(&app->draining), holds = node_holds(app->node);
        answer_text(ex, draining || !holds ? 503 : 200,
                    draining ? S("stopping\n")
                    : holds  ? S("ready\n")
                             : S("no lease on a node number; does the database answer?\n"));
        return true;
    }
    if (str_eq(rq->path, S("/robots.txt"))) {
        answer_text(ex, 200, S("User-agent: *\nDisallow: /\nAllow: /f/\nAllow: /embed.js\n"));
        return true;
    }
    /* Browsers ask for it unasked; all that we serve take an SVG. */
    bool icon = str_eq(rq->path, S("/favicon.ico"));
    bool embed = str_eq(rq->path, S("/embed.js"));
    if (!icon && !embed && !str_starts(rq->path, S("/assets/"))) return false;
    const struct embedded_file *f =
        asset_find(icon    ? S("icon.svg")
                   : embed ? S("embed.js")
                           : str_slice(rq->path, 8, rq->path.len));
    if (f == NULL)
        answer_text(ex, 404, S("not found\n"));
    else
        answer_file(ex, rq, f, embed);
    return true;
}
