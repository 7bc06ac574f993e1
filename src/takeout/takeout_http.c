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

/* Whoever takes everything along may see everything: a program's token, too, names each. */
enum {
    EVERYTHING = MAY_MANAGE_WORKSPACES | MAY_EXPORT | MAY_READ_LEADS | MAY_READ_EVIDENCE |
                 MAY_READ_OUTBOX | MAY_READ_AUDIT | MAY_SEE_APPLICANTS | MAY_READ_ALL_LEADS
};

const struct route takeout_routes[] = {
    {"GET", "/workspaces/export", FACE_PAGE | FACE_API, BODY_NONE, EVERYTHING | MUST_PROVE,
     takeout_get, false},
};
const ptrdiff_t takeout_route_count = COUNTOF(takeout_routes);
