#include "takeout/takeout_http.h"

#include "base/permission.h"
#include "takeout/takeout.h"

static bool body(struct ctx *cx, void *arg, bytes_out *write, void *to)
{
    (void)arg;
    return takeout_run(cx, write, to);
}

static bool takeout_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)cx;
    (void)rq;
    rp->body = body;
    rp->content_type = S("application/zip");
    rp->filename = S("zulauf.zip");
    return true;
}

const struct route takeout_routes[] = {
    {"GET", "/workspaces/export", FACE_PAGE | FACE_API, BODY_NONE,
     MAY_MANAGE_WORKSPACES | MAY_EXPORT | MUST_PROVE, takeout_get, false},
};
const ptrdiff_t takeout_route_count = COUNTOF(takeout_routes);
