/* capture/capture_http.h -- the room's routes. */
#pragma once

#include "capture/capture_types.h"
#include "web/web.h"

extern const struct route public_routes[];
extern const ptrdiff_t public_route_count;
extern const struct route confirm_routes[];
extern const ptrdiff_t confirm_route_count;

/* How somebody came, out of a public request. */
struct contact_context contact_context_of(struct ctx *cx, const struct web_request *rq);
