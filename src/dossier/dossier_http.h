/* dossier/dossier_http.h -- the routes of a lead's whole record. They stand behind lead_routes. */
#pragma once

#include "web/web.h"

extern const struct route dossier_routes[];
extern const ptrdiff_t dossier_route_count;
