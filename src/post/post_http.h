/* post/post_http.h -- the outbox's routes: /outbox, one mail, its preview and source, once more. */
#pragma once

#include "web/web.h"

extern const struct route post_routes[];
extern const ptrdiff_t post_route_count;
