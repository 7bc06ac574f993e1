/* demo/season.h -- when things happen: more by day than at night, more on weekdays, less in August
 * and at Christmas, and more from year to year. Pure.
 */
#pragma once

#include "base/tz.h"

enum { SEASON_DAYS = 730, SEASON_HOURS = SEASON_DAYS * 24 };

struct season {
    const struct tz *zone;
    int64_t from_ms, now_ms;
    uint32_t upto[SEASON_HOURS + 1]; /* the weight of all hours before */
};

/* The SEASON_DAYS days before now_ms, on the clock of `zone`. */
void season_make(const struct tz *zone, int64_t now_ms, struct season *out);
/* When number i of n things that come in order happens; `jitter` is any number. Grows with i. */
int64_t season_at(const struct season *s, int64_t i, int64_t n, uint32_t jitter);
/* The moment itself if people work then, else the end of the working day before it. */
int64_t season_worked(const struct season *s, int64_t ms);
/* The same, but no earlier than `after_ms`: rather later. */
int64_t season_at_work(const struct season *s, int64_t ms, int64_t after_ms);
/* The moment itself if people work then, else within the next working day's morning. */
int64_t season_works(const struct season *s, int64_t ms);
