/* base/tz_rule.h -- the rule of a time zone's footer: "CET-1CEST,M3.5.0,M10.5.0/3".
 *
 * Source: POSIX.1-2017, 8.3 "TZ", with the hours -167..167 of RFC 8536.
 * For base/tz.c alone.
 */
#pragma once

#include "base/str.h"

enum tz_day_kind {
    TZ_DAY_NONE,
    TZ_DAY_JULIAN, /* Jn: 1..365, February 29 is never counted */
    TZ_DAY_ZERO,   /* n: 0..365 */
    TZ_DAY_WEEK,   /* Mm.w.d: the w-th (5 = last) weekday d (0 = Sunday) of month m */
};

struct tz_change {
    enum tz_day_kind kind;
    int day, month, week;
    int32_t time_s; /* wall time of that day, before the change */
};

struct tz_rule {
    bool present;
    bool has_summer;
    int32_t offset_s, summer_offset_s;
    struct tz_change start, end; /* of summer time */
};

/* Read a footer; an empty one leaves the rule absent. False if it is not well-formed. */
MUST_USE bool tz_rule_parse(str footer, struct tz_rule *out);
/* The offset at `s` seconds since 1970 UTC. */
int32_t tz_rule_offset_s(const struct tz_rule *rule, int64_t s);
