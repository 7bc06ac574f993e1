/* importer/import_http.h -- the routes of imports: list, upload, mapping, start, stop, refused. */
#pragma once

#include "web/web.h"

extern const struct route import_routes[];
extern const ptrdiff_t import_route_count;
