/* dossier/lead_file_http.h -- files that people sent in: seen by those who may read their lead. */
#pragma once

#include "web/web.h"

extern const struct route lead_file_routes[];
extern const ptrdiff_t lead_file_route_count;
