/* relay/relay_http.h -- the page where mail is set up and tried. */
#pragma once

#include "post/post_delivery.h"
#include "web/web.h"

extern const struct route relay_routes[];
extern const ptrdiff_t relay_route_count;

/* What delivery asks for every second (post/post_delivery.h). */
MUST_USE bool relay_now(struct ctx *cx, struct post_relay *out);
/* Has a test mail of this workspace left over the relay there is now? */
MUST_USE bool relay_is_tried(struct ctx *cx, struct tx *tx, bool *tried);
