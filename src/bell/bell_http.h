/* bell/bell_http.h -- the routes of notices. */
#pragma once

#include "web/web.h"

extern const struct route bell_routes[];
extern const ptrdiff_t bell_route_count;
