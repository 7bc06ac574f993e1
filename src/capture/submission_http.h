/* capture/submission_http.h -- the routes of a form's submissions, its quarantine, its protection.
 */
#pragma once

#include "web/web.h"

extern const struct route submission_routes[];
extern const ptrdiff_t submission_route_count;
