#include "backup/backup_rules.h"

#define PREFIX S("zulauf-")
#define SUFFIX S(".zbak")

enum { SUNDAY = 7, DIGITS_LEN = 16 }; /* 20260312T030000Z */

static const char *const every_names[BACKUP_EVERY__COUNT] = {"off", "daily", "weekly"};

const char *backup_every_name(enum backup_every every)
{
    return every >= 0 && every < BACKUP_EVERY__COUNT ? every_names[every] : "";
}

bool backup_every_of(str name, enum backup_every *out)
{
    for (int i = 0; i < BACKUP_EVERY__COUNT; i++) {
        if (!str_eq(name, str_of(every_names[i]))) continue;
        *out = (enum backup_every)i;
        return true;
    }
    return false;
}

int64_t backup_slot_ms(enum backup_every every, int hour, const struct tz *zone, int64_t now_ms)
{
    if (every == BACKUP_OFF) return INT64_MIN;
    struct civil c = tz_civil(zone, now_ms);
    for (int back = 0; back <= 7; back++) {
        struct civil day = civil_of_day(civil_to_day(c) - back);
        if (every == BACKUP_WEEKLY && day.weekday != SUNDAY) continue;
        day.hour = hour;
        day.minute = day.second = 0;
        int64_t slot = tz_instant_ms(zone, day);
        if (slot <= now_ms) return slot;
    }
    return INT64_MIN;
}

bool backup_is_due(int64_t slot_ms, int64_t now_ms, int64_t ok_ms, int64_t failed_ms)
{
    /* A clock that was set back must not hold the next one up. */
    if (ok_ms >= slot_ms && ok_ms <= now_ms) return false;
    if (slot_ms == INT64_MIN) return false;
    bool just_failed = failed_ms > 0 && failed_ms <= now_ms;
    return !just_failed || now_ms - failed_ms >= BACKUP_AGAIN_MS;
}

str backup_name(arena *a, int64_t made_ms)
{
    struct civil c = tz_civil(NULL, made_ms);
    return str_printf(a, "%.*s%04d%02d%02dT%02d%02d%02dZ%.*s", STR_ARG(PREFIX), c.year, c.month,
                      c.day, c.hour, c.minute, c.second, STR_ARG(SUFFIX));
}

static bool number(str text, int from, int len, int *out)
{
    *out = 0;
    for (int i = from; i < from + len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        *out = *out * 10 + (text.ptr[i] - '0');
    }
    return true;
}

bool backup_name_read(str name, int64_t *made_ms)
{
    struct civil c = {0};
    if (!str_starts(name, PREFIX) || !str_ends(name, SUFFIX)) return false;
    str t = str_slice(name, PREFIX.len, name.len - SUFFIX.len);
    if (t.len != DIGITS_LEN || t.ptr[8] != 'T' || t.ptr[15] != 'Z') return false;
    if (!number(t, 0, 4, &c.year) || !number(t, 4, 2, &c.month) || !number(t, 6, 2, &c.day) ||
        !number(t, 9, 2, &c.hour) || !number(t, 11, 2, &c.minute) || !number(t, 13, 2, &c.second))
        return false;
    *made_ms = tz_instant_ms(NULL, c);
    /* "20261399T990000Z" would be carried over into another day. */
    struct civil same = tz_civil(NULL, *made_ms);
    return same.year == c.year && same.month == c.month && same.day == c.day &&
           same.hour == c.hour && same.minute == c.minute && same.second == c.second;
}
