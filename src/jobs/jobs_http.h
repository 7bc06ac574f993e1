/* jobs/jobs_http.h -- the page of what was left undone, below the settings.
 *
 * Terms: dead letter (docs/GLOSSARY.md).
 */
#pragma once

#include "web/web.h"

extern const struct route jobs_routes[];
extern const ptrdiff_t jobs_route_count;
