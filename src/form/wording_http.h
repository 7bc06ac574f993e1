/* form/wording_http.h -- consent texts: their versions, where they stand, who approved them. */
#pragma once

#include "web/web.h"

extern const struct route wording_routes[];
extern const ptrdiff_t wording_route_count;
