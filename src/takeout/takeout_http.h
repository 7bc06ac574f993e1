/* takeout/takeout_http.h -- the room's routes. */
#pragma once

#include "web/web.h"

extern const struct route takeout_routes[];
extern const ptrdiff_t takeout_route_count;
