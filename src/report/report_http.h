/* report/report_http.h -- the dashboard. */
#pragma once

#include "web/web.h"

extern const struct route report_routes[];
extern const ptrdiff_t report_route_count;
