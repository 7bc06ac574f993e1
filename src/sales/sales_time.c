#include "sales/sales_time.h"

enum { DATE_CHARS = 10, MINUTE_CHARS = 16, YEAR_MIN = 2020, YEAR_MAX = 2100 };

static bool digits(str text, ptrdiff_t at, ptrdiff_t count, int *out)
{
    int64_t n = 0;
    for (ptrdiff_t i = at; i < at + count; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        n = n * 10 + (text.ptr[i] - '0');
    }
    *out = (int)n;
    return true;
}

static bool date_read(str text, struct civil *out)
{
    struct civil back;
    if (text.len < DATE_CHARS || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !digits(text, 0, 4, &out->year) || !digits(text, 5, 2, &out->month) ||
        !digits(text, 8, 2, &out->day) || out->year < YEAR_MIN || out->year > YEAR_MAX)
        return false;
    /* 31 February would be carried over: that is not what somebody meant. */
    back = civil_of_day(civil_to_day(*out));
    return back.month == out->month && back.day == out->day;
}

bool due_parse(const struct tz *zone, str text, int64_t *ms)
{
    struct civil wall = {0};
    if (rfc3339_parse(text, ms)) return true;
    if (!date_read(text, &wall)) return false;
    if (text.len == DATE_CHARS) {
        wall.hour = 23;
        wall.minute = 59;
    } else if (text.len < MINUTE_CHARS || text.ptr[DATE_CHARS] != 'T' || text.ptr[13] != ':' ||
               !digits(text, 11, 2, &wall.hour) || !digits(text, 14, 2, &wall.minute) ||
               wall.hour > 23 || wall.minute > 59) {
        return false;
    }
    *ms = tz_instant_ms(zone, wall);
    return true;
}

str due_text(arena *a, const struct tz *zone, int64_t ms)
{
    if (ms == 0) return S("");
    struct civil c = tz_civil(zone, ms);
    return str_printf(a, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

bool day_parse(str text, int64_t *day)
{
    struct civil date = {0};
    if (text.len != DATE_CHARS || !date_read(text, &date)) return false;
    *day = civil_to_day(date);
    return true;
}

str day_text(arena *a, int64_t day)
{
    struct civil c = civil_of_day(day);
    return str_printf(a, "%04d-%02d-%02d", c.year, c.month, c.day);
}
