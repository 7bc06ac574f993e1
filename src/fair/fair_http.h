/* fair/fair_http.h -- the room's routes. */
#pragma once

#include "web/web.h"

extern const struct route fair_routes[];
extern const ptrdiff_t fair_route_count;
extern const struct route kiosk_routes[];
extern const ptrdiff_t kiosk_route_count;
