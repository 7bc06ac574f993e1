/* edge/live_http.h -- the route of the event stream; the edge hands its exchange to edge/live. */
#pragma once

#include "web/web.h"

extern const struct route live_routes[];
extern const ptrdiff_t live_route_count;
