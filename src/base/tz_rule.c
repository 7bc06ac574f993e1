#include "base/tz_rule.h"

#include "base/tz.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static bool at_end(str s)
{
    return s.len == 0;
}
static char peek(str s)
{
    return s.len == 0 ? '\0' : s.ptr[0];
}
static str skip(str s, ptrdiff_t n)
{
    return str_slice(s, n, s.len);
}

static bool take(str *s, char c)
{
    if (peek(*s) != c) return false;
    *s = skip(*s, 1);
    return true;
}

static bool take_number(str *s, int max, int *out)
{
    int v = 0, digits = 0;
    for (; peek(*s) >= '0' && peek(*s) <= '9' && digits < 4; digits++, *s = skip(*s, 1))
        v = 10 * v + (peek(*s) - '0');
    *out = v;
    return digits > 0 && v <= max;
}

/* "CET" or "<+0330>"; the name itself is of no use here. */
static bool take_name(str *s)
{
    ptrdiff_t n = 0;
    if (take(s, '<')) {
        ptrdiff_t close = str_find_char(*s, '>');
        if (close < 3) return false;
        *s = skip(*s, close + 1);
        return true;
    }
    while (n < s->len &&
           ((s->ptr[n] >= 'a' && s->ptr[n] <= 'z') || (s->ptr[n] >= 'A' && s->ptr[n] <= 'Z')))
        n++;
    *s = skip(*s, n);
    return n >= 3;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static bool take_time(str *s, int32_t *out)
{
    int sign = peek(*s) == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
    if (peek(*s) == '-' || peek(*s) == '+') *s = skip(*s, 1);
    if (!take_number(s, 167, &hours)) return false;
    if (take(s, ':') && !take_number(s, 59, &minutes)) return false;
    if (take(s, ':') && !take_number(s, 59, &seconds)) return false;
    *out = sign * (hours * HOUR_S + minutes * 60 + seconds);
    return true;
}

static bool take_change(str *s, struct tz_change *c)
{
    if (!take(s, ',')) return false;
    *c = (struct tz_change){.time_s = 2 * HOUR_S};
    if (take(s, 'M')) {
        c->kind = TZ_DAY_WEEK;
        if (!take_number(s, 12, &c->month) || c->month == 0) return false;
        if (!take(s, '.') || !take_number(s, 5, &c->week) || c->week == 0) return false;
        if (!take(s, '.') || !take_number(s, 6, &c->day)) return false;
    } else if (take(s, 'J')) {
        c->kind = TZ_DAY_JULIAN;
        if (!take_number(s, 365, &c->day) || c->day == 0) return false;
    } else {
        c->kind = TZ_DAY_ZERO;
        if (!take_number(s, 365, &c->day)) return false;
    }
    return !take(s, '/') || take_time(s, &c->time_s);
}

bool tz_rule_parse(str footer, struct tz_rule *out)
{
    struct tz_rule r = {0};
    *out = r;
    if (at_end(footer)) return true;
    if (!take_name(&footer) || !take_time(&footer, &r.offset_s)) return false;
    r.offset_s = -r.offset_s; /* POSIX counts westwards */
    r.present = true;
    if (!at_end(footer)) {
        r.has_summer = true;
        if (!take_name(&footer)) return false;
        r.summer_offset_s = r.offset_s + HOUR_S;
        if (peek(footer) != ',') {
            if (!take_time(&footer, &r.summer_offset_s)) return false;
            r.summer_offset_s = -r.summer_offset_s;
        }
        if (!take_change(&footer, &r.start) || !take_change(&footer, &r.end)) return false;
        if (!at_end(footer)) return false;
    }
    *out = r;
    return true;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970 of the day on which a change falls. */
static int64_t change_day(const struct tz_change *c, int year)
{
    int64_t new_year = civil_to_day((struct civil){.year = year, .month = 1, .day = 1});
    switch (c->kind) {
    case TZ_DAY_JULIAN:
        return new_year + c->day - 1 + (is_leap(year) && c->day >= 60);
    case TZ_DAY_ZERO:
        return new_year + c->day;
    case TZ_DAY_NONE:
    case TZ_DAY_WEEK:
        break;
    }
    int64_t first = civil_to_day((struct civil){.year = year, .month = c->month, .day = 1});
    int64_t next = civil_to_day((struct civil){.year = year, .month = c->month + 1, .day = 1});
    int weekday = civil_of_day(first).weekday % 7; /* 0 = Sunday */
    int64_t day = first + (c->day - weekday + 7) % 7 + 7 * (int64_t)(c->week - 1);
    return day < next ? day : day - 7;
}

int32_t tz_rule_offset_s(const struct tz_rule *r, int64_t s)
{
    if (!r->has_summer) return r->offset_s;
    int year = tz_civil(NULL, (s + r->offset_s) * 1000).year;
    int64_t start = change_day(&r->start, year) * DAY_S + r->start.time_s - r->offset_s;
    int64_t end = change_day(&r->end, year) * DAY_S + r->end.time_s - r->summer_offset_s;
    /* In the south summer lasts over the new year. */
    bool summer = start < end ? s >= start && s < end : s >= start || s < end;
    return summer ? r->summer_offset_s : r->offset_s;
}
