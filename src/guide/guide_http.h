/* guide/guide_http.h -- the routes of tour, help, news, keyboard and "go to". */
#pragma once

#include "web/web.h"

extern const struct route guide_routes[];
extern const ptrdiff_t guide_route_count;
