/* form/preview_http.h -- a form looked at in the admin: its draft, or what one of its versions was. */
#pragma once

#include "web/web.h"

extern const struct route preview_routes[];
extern const ptrdiff_t preview_route_count;
