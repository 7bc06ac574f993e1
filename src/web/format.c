#include "web/format.h"

#include <inttypes.h>
#include <stdio.h>

#define NBSP "\xc2\xa0"

static const char *const months[LANG__COUNT][12] = {
    [LANG_DE] = {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
                 "Oktober", "November", "Dezember"},
    [LANG_EN] = {"January", "February", "March", "April", "May", "June", "July", "August",
                 "September", "October", "November", "December"},
};

static const char *const days[LANG__COUNT][7] = {
    [LANG_DE] = {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"},
    [LANG_EN] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
};

bool date_format_of(str name, enum date_format *out)
{
    static const char *const names[DATE_FORMAT__COUNT] = {
        [DATE_DAY] = "day",         [DATE_DAY_SHORT] = "day_short",
        [DATE_TIME] = "time",       [DATE_DATETIME] = "datetime",
        [DATE_EXACT] = "exact",     [DATE_LONG] = "long",
        [DATE_WEEKDAY] = "weekday", [DATE_AGO] = "ago",
        [DATE_ISO] = "iso",
    };
    for (int i = 0; i < DATE_FORMAT__COUNT; i++)
        if (str_eq(name, str_of(names[i]))) {
            *out = (enum date_format)i;
            return true;
        }
    return false;
}

static void put_day(struct buf *b, enum lang lang, const struct civil *c, bool year)
{
    if (lang == LANG_DE) {
        buf_printf(b, "%02d.%02d.", c->day, c->month);
        if (year) buf_printf(b, "%04d", c->year);
        return;
    }
    buf_printf(b, "%d %.3s", c->day, months[LANG_EN][c->month - 1]);
    if (year) buf_printf(b, " %d", c->year);
}

static void put_time(struct buf *b, const struct civil *c)
{
    buf_printf(b, "%02d:%02d", c->hour, c->minute);
}

static void put_long(struct buf *b, enum lang lang, const struct civil *c)
{
    buf_printf(b, lang == LANG_DE ? "%d. %s" : "%d %s", c->day, months[lang][c->month - 1]);
}

static void put_ago(struct buf *b, enum lang lang, const struct tz *zone, int64_t ms,
                    int64_t now_ms)
{
    bool de = lang == LANG_DE;
    struct civil then = tz_civil(zone, ms), now = tz_civil(zone, now_ms);
    int64_t past_s = (now_ms - ms) / 1000, days_past = civil_to_day(now) - civil_to_day(then);
    if (past_s >= 0 && past_s < 60) {
        buf_put(b, de ? S("gerade eben") : S("just now"));
    } else if (past_s >= 0 && past_s < 3600) {
        buf_printf(b, de ? "vor %" PRId64 " Min." : "%" PRId64 " min ago", past_s / 60);
    } else if (past_s >= 0 && days_past == 0) {
        buf_printf(b, de ? "vor %" PRId64 " Std." : "%" PRId64 " h ago", past_s / 3600);
    } else if (days_past >= -1 && days_past <= 1) {
        static const char *const names[LANG__COUNT][3] = {
            [LANG_DE] = {"morgen", "heute", "gestern"},
            [LANG_EN] = {"tomorrow", "today", "yesterday"},
        };
        buf_printf(b, "%s, ", names[lang][days_past + 1]);
        put_time(b, &then);
    } else {
        put_day(b, lang, &then, then.year != now.year);
    }
}

void format_date(struct buf *b, enum lang lang, enum date_format format, const struct tz *zone,
                 int64_t ms, int64_t now_ms)
{
    /* Years 0 to 9999: beyond them dates mean nothing, and sums overflow. */
    const int64_t first = INT64_C(-62167219200000), last = INT64_C(253402214400000);
    ms = ms < first ? first : ms > last ? last : ms;
    now_ms = now_ms < first ? first : now_ms > last ? last : now_ms;
    struct civil c = tz_civil(zone, ms);
    switch (format) {
    case DATE_DAY:
        put_day(b, lang, &c, true);
        break;
    case DATE_DAY_SHORT:
        put_day(b, lang, &c, false);
        break;
    case DATE_TIME:
        put_time(b, &c);
        break;
    case DATE_DATETIME:
    case DATE_EXACT:
        put_day(b, lang, &c, true);
        buf_put(b, S(", "));
        put_time(b, &c);
        if (format == DATE_EXACT) buf_printf(b, ":%02d", c.second);
        if (lang == LANG_DE) buf_put(b, S(" Uhr"));
        break;
    case DATE_LONG:
        put_long(b, lang, &c);
        buf_printf(b, " %d", c.year);
        break;
    case DATE_WEEKDAY: {
        int64_t weekday = (civil_to_day(c) % 7 + 7 + 3) % 7; /* day 0 was a Thursday */
        buf_printf(b, "%s, ", days[lang][weekday]);
        put_long(b, lang, &c);
        break;
    }
    case DATE_AGO:
        put_ago(b, lang, zone, ms, now_ms);
        break;
    case DATE_ISO:
        buf_put(b, rfc3339(b->a, ms));
        break;
    case DATE_FORMAT__COUNT:
        break;
    }
}

/* digits[0..len) with a mark between the thousands. */
static void put_grouped(struct buf *b, const char *digits, int len, char mark)
{
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) buf_char(b, mark);
        buf_char(b, digits[i]);
    }
}

static void put_scaled(struct buf *b, enum lang lang, int64_t unscaled, int scale)
{
    char digits[48];
    uint64_t size = unscaled < 0 ? 0 - (uint64_t)unscaled : (uint64_t)unscaled;
    int len = snprintf(digits, sizeof digits, "%0*" PRIu64, scale + 1, size);
    if (unscaled < 0) buf_char(b, '-');
    put_grouped(b, digits, len - scale, lang == LANG_DE ? '.' : ',');
    if (scale == 0) return;
    buf_char(b, lang == LANG_DE ? ',' : '.');
    buf_put(b, (str){digits + len - scale, scale});
}

void format_number(struct buf *b, enum lang lang, struct value number)
{
    if (number.type == VALUE_INT) {
        put_scaled(b, lang, number.as.integer, 0);
    } else if (number.type == VALUE_DECIMAL) {
        put_scaled(b, lang, number.as.decimal.unscaled, number.as.decimal.scale);
    }
}

void format_percent(struct buf *b, enum lang lang, struct value number)
{
    if (number.type != VALUE_INT && number.type != VALUE_DECIMAL) return;
    format_number(b, lang, number);
    buf_put(b, lang == LANG_DE ? S(NBSP "%") : S("%"));
}

void format_bytes(struct buf *b, enum lang lang, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    uint64_t size = bytes < 0 ? 0 : (uint64_t)bytes, one = 1;
    int unit = 0;
    while (unit < COUNTOF(units) - 1 && (size + one / 2) / one >= 1000) {
        one *= 1000;
        unit++;
    }
    uint64_t tenths = unit == 0 ? size * 10 : (size + one / 20) / (one / 10);
    if (tenths % 10 == 0 || tenths >= 1000) {
        put_scaled(b, lang, (int64_t)((size + one / 2) / one), 0);
    } else {
        put_scaled(b, lang, (int64_t)tenths, 1);
    }
    buf_printf(b, NBSP "%s", units[unit]);
}
