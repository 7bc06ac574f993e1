/* backup/backup_http.h -- the page of backups, below the settings. */
#pragma once

#include "web/web.h"

extern const struct route backup_routes[];
extern const ptrdiff_t backup_route_count;
