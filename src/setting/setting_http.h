/* setting/setting_http.h -- the settings page. */
#pragma once

#include "web/web.h"

extern const struct route setting_routes[];
extern const ptrdiff_t setting_route_count;
