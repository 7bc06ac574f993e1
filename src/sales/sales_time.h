/* sales/sales_time.h -- due times and days as people type them; pure.
 *
 * What a browser's date and time fields send, and what programs do.
 */
#pragma once

#include "base/tz.h"

/* "2026-03-12T10:00" and "2026-03-12" (the end of that day) on the wall clock of `zone` (NULL:
 * UTC), or RFC 3339. False if it is none of them. */
MUST_USE bool due_parse(const struct tz *zone, str text, int64_t *ms);
/* As a browser's field wants it: "2026-03-12T10:00"; empty for 0. */
str due_text(arena *a, const struct tz *zone, int64_t ms);
/* "2026-03-12" as days since 1970, and back. */
MUST_USE bool day_parse(str text, int64_t *day);
str day_text(arena *a, int64_t day);
