/* dossier/test_data_http.h -- what colleagues left when they tried forms, and its end. */
#pragma once

#include "web/web.h"

extern const struct route test_data_routes[];
extern const ptrdiff_t test_data_route_count;
