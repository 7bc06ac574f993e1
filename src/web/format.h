/* web/format.h -- dates, numbers and sizes as people read them, in both languages.
 *
 * German: 12.03.2026, 1.284,5, "3,1 MB". English: 12 Mar 2026, 1,284.5. A no-break space stands
 * before "%" and units (DIN 5008).
 */
#pragma once

#include "base/buf.h"
#include "base/ctx.h"
#include "base/tz.h"
#include "base/value.h"

enum date_format {
    DATE_DAY,       /* "day":       12.03.2026        | 12 Mar 2026 */
    DATE_DAY_SHORT, /* "day_short": 12.03.            | 12 Mar */
    DATE_TIME,      /* "time":      10:41 */
    DATE_DATETIME,  /* "datetime":  12.03.2026, 10:41 Uhr | 12 Mar 2026, 10:41 */
    DATE_EXACT,     /* "exact":     12.03.2026, 10:41:08 Uhr | 12 Mar 2026, 10:41:08 */
    DATE_LONG,      /* "long":      12. März 2026     | 12 March 2026 */
    DATE_WEEKDAY,   /* "weekday":   Donnerstag, 12. März | Thursday, 12 March */
    DATE_AGO,       /* "ago":       gerade eben, vor 4 Min., vor 2 Std., gestern, 16:20, 12.03. */
    DATE_ISO,       /* "iso":       2026-03-12T09:41:08.000Z, for <time datetime> */
    DATE_FORMAT__COUNT
};

/* The format of that name. */
MUST_USE bool date_format_of(str name, enum date_format *out);
/* Write the instant `ms` as the wall clock of `zone` (NULL: UTC) shows it. `now_ms` is read by
 * DATE_AGO alone: today up to hours, then yesterday, then the day, with its year if not this. */
void format_date(struct buf *b, enum lang lang, enum date_format format, const struct tz *zone,
                 int64_t ms, int64_t now_ms);
/* An int or decimal with its thousands grouped; anything else writes nothing. */
void format_number(struct buf *b, enum lang lang, struct value number);
/* The same and " %". */
void format_percent(struct buf *b, enum lang lang, struct value number);
/* 3_100_000 is "3,1 MB"; steps of 1000. */
void format_bytes(struct buf *b, enum lang lang, int64_t bytes);
