#include "demo/season.h"

static const int64_t HOUR_MS = 3600000;

enum { WORK_FROM = 8, WORK_TO = 17, FRIDAY = 5, MINUTES_SPREAD = 150 };

static uint32_t hour_weight(struct civil c, int hour)
{
    static const uint32_t by_hour[24] = {3,  2,  1,  1,  1,  3,  9,  24, 52, 80, 88, 82,
                                         58, 66, 78, 72, 58, 42, 32, 30, 28, 22, 13, 7};
    static const uint32_t by_day[8] = {0, 92, 108, 106, 100, 74, 22, 26}; /* 1 is Monday */
    static const uint32_t by_month[13] = {0, 104, 106, 110, 98, 100, 96, 86, 70, 108, 112, 116, 72};
    uint32_t holidays = c.month == 12 && c.day >= 23 ? 3 : 1;
    uint32_t growth = 100 + (uint32_t)(140 * hour / SEASON_HOURS);
    uint32_t w = by_hour[c.hour] * by_day[c.weekday] * by_month[c.month] / 100 * growth / 100;
    return w / holidays + 1; /* below 2^15: all hours stay below 2^30 */
}

void season_make(const struct tz *zone, int64_t now_ms, struct season *out)
{
    out->zone = zone;
    out->now_ms = now_ms;
    out->from_ms = now_ms - SEASON_HOURS * HOUR_MS;
    out->upto[0] = 0;
    for (int h = 0; h < SEASON_HOURS; h++)
        out->upto[h + 1] =
            out->upto[h] + hour_weight(tz_civil(zone, out->from_ms + h * HOUR_MS), h);
}

int64_t season_at(const struct season *s, int64_t i, int64_t n, uint32_t jitter)
{
    uint64_t total = s->upto[SEASON_HOURS];
    /* The weight before thing i, in parts of 2^16, so that many things in an hour keep an order. */
    uint64_t before = total * (uint64_t)i, count = (uint64_t)n;
    uint64_t at =
        (before / count << 16) + ((before % count << 16) + total * (jitter >> 16)) / count;
    if (at >> 16 >= total) at = (total << 16) - 1;
    uint64_t whole = at >> 16;
    int low = 0, high = SEASON_HOURS - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (s->upto[middle] <= whole)
            low = middle;
        else
            high = middle - 1;
    }
    uint64_t width = (uint64_t)(s->upto[low + 1] - s->upto[low]) << 16;
    uint64_t inside = at - ((uint64_t)s->upto[low] << 16);
    return s->from_ms + low * HOUR_MS + (int64_t)(inside * (uint64_t)HOUR_MS / width);
}

int64_t season_worked(const struct season *s, int64_t ms)
{
    struct civil c = tz_civil(s->zone, ms);
    if (c.weekday <= FRIDAY && c.hour >= WORK_FROM && c.hour < WORK_TO) return ms;
    int back = c.weekday <= FRIDAY && c.hour >= WORK_TO ? 0 : 1;
    int weekday = (c.weekday - 1 - back + 7) % 7 + 1;
    if (weekday > FRIDAY) back += weekday - FRIDAY;
    int minute = (int)((uint64_t)ms / 60000 % MINUTES_SPREAD);
    return tz_instant_ms(s->zone, (struct civil){.year = c.year,
                                                 .month = c.month,
                                                 .day = c.day - back,
                                                 .hour = WORK_TO,
                                                 .minute = -1 - minute});
}

int64_t season_works(const struct season *s, int64_t ms)
{
    struct civil c = tz_civil(s->zone, ms);
    if (c.weekday <= FRIDAY && c.hour >= WORK_FROM && c.hour < WORK_TO) return ms;
    int on = c.hour < WORK_FROM ? 0 : 1;
    int weekday = (c.weekday - 1 + on) % 7 + 1;
    if (weekday > FRIDAY) on += 8 - weekday;
    int64_t rest = (int64_t)((uint64_t)ms % (MINUTES_SPREAD * 60000));
    return rest + tz_instant_ms(s->zone, (struct civil){.year = c.year,
                                                        .month = c.month,
                                                        .day = c.day + on,
                                                        .hour = WORK_FROM});
}

int64_t season_at_work(const struct season *s, int64_t ms, int64_t after_ms)
{
    int64_t before_ms = season_worked(s, ms);
    return before_ms > after_ms ? before_ms : season_works(s, ms);
}
