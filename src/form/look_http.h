/* form/look_http.h -- the page where a form gets a look of its own. */
#pragma once

#include "web/web.h"

extern const struct route look_routes[];
extern const ptrdiff_t look_route_count;
