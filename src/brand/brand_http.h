/* brand/brand_http.h -- the page where a workspace's look is chosen; its logo and style sheet. */
#pragma once

#include "web/web.h"

extern const struct route brand_routes[];
extern const ptrdiff_t brand_route_count;
