/* base/tz.h -- instants and wall clocks; dates as text.
 *
 * Instants are milliseconds since 1970 UTC. Time zones are read from the system's tzdata by this
 * program itself, since libc knows but one zone a process. A zone is immutable and may be shared
 * between threads. NULL stands for UTC everywhere.
 * Sources: RFC 8536 (TZif), POSIX TZ strings, RFC 3339, RFC 5322.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

struct tz; /* one zone's rules */

/* A wall-clock reading, proleptic Gregorian. */
struct civil {
    int year, month, day;     /* 2026, 1..12, 1..31 */
    int hour, minute, second; /* 0..23, 0..59, 0..59 */
    int weekday;              /* 1 = Monday .. 7 = Sunday (ISO 8601); not read */
};

/* Read a zone ("Europe/Berlin"). False if there is none of that name or its file is not sound.
 * "UTC" gives NULL. */
MUST_USE bool tz_load(arena *a, str iana_name, struct tz **out);
/* Seconds to add to UTC at that instant (3600 = +01:00). */
int32_t tz_offset_s(const struct tz *zone, int64_t ms);
/* What the clock on the wall shows. */
struct civil tz_civil(const struct tz *zone, int64_t ms);
/* When the clock shows it. A reading that is skipped (spring) is the first moment after the gap,
 * one that comes twice (autumn) is the first. Month, day, hour, minute and second may be out of
 * range and are carried over: day + 1 is tomorrow at the same time. */
int64_t tz_instant_ms(const struct tz *zone, struct civil wall);

/* Days since 1970-01-01 of a date (its time of day is not read), and back. */
int64_t civil_to_day(struct civil date);
struct civil civil_of_day(int64_t day);

/* "2026-03-12T10:41:08.123Z"; years 0 to 9999, else the nearest of them. */
str rfc3339(arena *a, int64_t ms);
/* An instant as every answer gives it: that text; null for 0, which is "never". */
struct value instant_value(arena *a, int64_t ms);
/* RFC 3339 with any offset and up to nine decimals (cut to ms). A leap second reads as the last
 * second of its minute. */
MUST_USE bool rfc3339_parse(str text, int64_t *ms);
/* "Thu, 12 Mar 2026 10:41:08 +0000", for mail heads. */
str rfc5322_date(arena *a, int64_t ms);
