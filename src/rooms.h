/* rooms.h -- the one table of rooms: which routes, jobs and hooks the product has. */
#pragma once

#include "web/web.h"

struct route_table {
    const struct route *route;
    const ptrdiff_t    *count;
};

extern const struct route_table room_routes[];
extern const int                room_route_tables;
