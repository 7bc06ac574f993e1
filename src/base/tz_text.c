/* base/tz_text.c -- dates as text: RFC 3339 and RFC 5322. */
#include "base/tz.h"

enum { DAY_S = 86400 };

static const int64_t YEAR_0_MS = INT64_C(-62167219200000);
static const int64_t YEAR_9999_MS = INT64_C(253402300799999);

static int64_t clamp(int64_t ms)
{
    if (ms < YEAR_0_MS) return YEAR_0_MS;
    return ms > YEAR_9999_MS ? YEAR_9999_MS : ms;
}

/* `width` digits and what stands behind them; by hand, for each submission has a dozen times. */
static char *put_digits(char *to, int number, int width, char after)
{
    for (int i = width - 1; i >= 0; i--, number /= 10) to[i] = (char)('0' + number % 10);
    to[width] = after;
    return to + width + 1;
}

str rfc3339(arena *a, int64_t ms)
{
    enum { LENGTH = 24 };
    ms = clamp(ms);
    struct civil c = tz_civil(NULL, ms);
    char *to = NEW(a, char, LENGTH), *at = to;
    at = put_digits(at, c.year, 4, '-');
    at = put_digits(at, c.month, 2, '-');
    at = put_digits(at, c.day, 2, 'T');
    at = put_digits(at, c.hour, 2, ':');
    at = put_digits(at, c.minute, 2, ':');
    at = put_digits(at, c.second, 2, '.');
    put_digits(at, (int)((ms % 1000 + 1000) % 1000), 3, 'Z');
    return (str){to, LENGTH};
}

struct value instant_value(arena *a, int64_t ms)
{
    return ms == 0 ? value_null() : value_text(rfc3339(a, ms));
}

str rfc5322_date(arena *a, int64_t ms)
{
    static const char day[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = tz_civil(NULL, clamp(ms));
    return str_printf(a, "%s, %d %s %04d %02d:%02d:%02d +0000", day[c.weekday - 1], c.day,
                      month[c.month - 1], c.year, c.hour, c.minute, c.second);
}

static bool digits(str s, ptrdiff_t at, int count, int *out)
{
    int v = 0;
    if (s.len < at + count) return false;
    for (int i = 0; i < count; i++) {
        char c = s.ptr[at + i];
        if (c < '0' || c > '9') return false;
        v = 10 * v + (c - '0');
    }
    *out = v;
    return true;
}

static bool is_byte(str s, ptrdiff_t at, char c)
{
    if (at >= s.len) return false;
    return s.ptr[at] == c || (c >= 'A' && c <= 'Z' && s.ptr[at] == c - 'A' + 'a');
}

/* "Z" or "+01:00" and nothing more, in seconds. */
static bool read_offset(str s, int *out)
{
    int hours, minutes;
    *out = 0;
    if (s.len == 1) return is_byte(s, 0, 'Z');
    if (s.len != 6 || !digits(s, 1, 2, &hours) || !is_byte(s, 3, ':') || !digits(s, 4, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59 || (s.ptr[0] != '+' && s.ptr[0] != '-')) return false;
    *out = (hours * 3600 + minutes * 60) * (s.ptr[0] == '-' ? -1 : 1);
    return true;
}

bool rfc3339_parse(str s, int64_t *ms)
{
    struct civil c = {0};
    if (!digits(s, 0, 4, &c.year) || !is_byte(s, 4, '-') || !digits(s, 5, 2, &c.month) ||
        !is_byte(s, 7, '-') || !digits(s, 8, 2, &c.day))
        return false;
    if (!(is_byte(s, 10, 'T') || is_byte(s, 10, ' ')) || !digits(s, 11, 2, &c.hour) ||
        !is_byte(s, 13, ':') || !digits(s, 14, 2, &c.minute) || !is_byte(s, 16, ':') ||
        !digits(s, 17, 2, &c.second))
        return false;
    if (c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 60)
        return false;
    int64_t day = civil_to_day(c);
    struct civil real = civil_of_day(day);
    if (real.month != c.month || real.day != c.day) return false; /* February 30 */
    if (c.second == 60) c.second = 59;

    ptrdiff_t at = 19;
    int fraction_ms = 0, offset_s;
    if (is_byte(s, at, '.')) {
        int weight = 100, count = 0, digit;
        for (at++; digits(s, at, 1, &digit); at++, count++, weight /= 10)
            fraction_ms += digit * weight;
        if (count == 0 || count > 9) return false;
    }
    if (!read_offset(str_slice(s, at, s.len), &offset_s)) return false;
    int64_t of_day = (int64_t)c.hour * 3600 + (int64_t)c.minute * 60 + c.second;
    *ms = (day * DAY_S + of_day - offset_s) * 1000 + fraction_ms;
    return true;
}
