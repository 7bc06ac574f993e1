#include "edge/live_http.h"

#include "base/permission.h"

/* Only asked if there is no place left for a stream: the page goes on without. */
static bool events_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)cx;
    (void)rq;
    rp->status = 204;
    rp->raw = S("");
    rp->content_type = S("text/event-stream");
    return true;
}

const struct route live_routes[] = {
    {"GET", "/events", FACE_PAGE, BODY_NONE, MAY_OWN_ACCOUNT, events_get, false},
};
const ptrdiff_t live_route_count = COUNTOF(live_routes);
