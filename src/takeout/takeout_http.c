/* The archive as a download, as far as it fits into a worker's memory. */
#include "takeout/takeout_http.h"

#include "base/buf.h"
#include "base/permission.h"
#include "takeout/takeout.h"

/* Half of a worker's memory: what is larger goes through `zulauf export workspace`. */
enum { ARCHIVE_BYTES = 24 << 20 };

static bool keep(void *to, str bytes)
{
    struct buf *b = to;
    buf_put(b, bytes);
    return !b->full;
}

static bool takeout_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    char *room = NEW(cx->a, char, ARCHIVE_BYTES + 1);
    struct buf b = {.a = cx->a, .ptr = room, .cap = ARCHIVE_BYTES + 1, .max_bytes = ARCHIVE_BYTES};
    (void)rq;
    if (!takeout_run(cx, keep, &b)) {
        if (b.full) fail(cx, ERR_TOO_LARGE, "takeout.too_large");
        return false;
    }
    rp->raw = buf_str(&b);
    rp->content_type = S("application/zip");
    rp->filename = S("zulauf.zip");
    return true;
}

const struct route takeout_routes[] = {
    {"GET", "/workspaces/export", FACE_PAGE | FACE_API, BODY_NONE,
     MAY_MANAGE_WORKSPACES | MAY_EXPORT | MUST_PROVE, takeout_get, false},
};
const ptrdiff_t takeout_route_count = COUNTOF(takeout_routes);
