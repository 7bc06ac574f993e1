/* sales/sales_http.h -- the routes of the work on leads, and those of its rules.
 *
 * They stand before those of lead/ and dossier/: /leads/mine is nobody's id.
 */
#pragma once

#include "web/web.h"

extern const struct route sales_routes[];
extern const ptrdiff_t sales_route_count;
extern const struct route sales_rule_routes[];
extern const ptrdiff_t sales_rule_route_count;
