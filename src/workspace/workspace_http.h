/* workspace/workspace_http.h -- the room's routes. */
#pragma once

#include "web/web.h"

extern const struct route workspace_routes[];
extern const ptrdiff_t workspace_route_count;
