/* form/form_http.h -- the room's routes. */
#pragma once

#include "web/web.h"

extern const struct route form_routes[];
extern const ptrdiff_t form_route_count;
