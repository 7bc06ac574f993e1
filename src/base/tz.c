#include "base/tz.h"

#include "base/tz_rule.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DAY_S = 86400,
    TZIF_HEAD_BYTES = 44,
    TZIF_MAX_BYTES = 64 << 10, /* the longest of tzdata 2024 has 3.5 KB */
    NAME_MAX_BYTES = 64,
};

struct transition {
    int64_t at_s;
    int32_t offset_s; /* from then on */
};

struct tz {
    int32_t first_offset_s; /* before all transitions */
    struct transition *transition;
    ptrdiff_t count;
    struct tz_rule rule; /* after the last transition */
};

static int64_t floor_div(int64_t n, int64_t d)
{
    return n / d - (n % d < 0);
}

static bool is_zone_name(str name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.ptr[0] == '/') return false;
    for (ptrdiff_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '+' && c != '/')
            return false; /* no dot: no way out of the folder */
    }
    return true;
}

static bool read_file(arena *a, const char *path, str *out)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    if (st.st_size < TZIF_HEAD_BYTES || st.st_size > TZIF_MAX_BYTES) return false;
    /* The memory comes before the file: running out of it must not leave a file open. */
    char *to = NEW(a, char, (ptrdiff_t)st.st_size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t got = read(fd, to, (size_t)st.st_size);
    close(fd);
    *out = (str){to, st.st_size};
    return got == st.st_size;
}

static uint64_t get_be(str s, ptrdiff_t at, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | (unsigned char)s.ptr[at + i];
    return v;
}

/* The counts of a TZif head, and where its parts begin. */
struct tzif {
    ptrdiff_t times, types, chars, leaps, standard, universal;
    ptrdiff_t body, end; /* first byte after the head; first after the block */
};

static bool read_head(str file, ptrdiff_t at, int time_bytes, struct tzif *h)
{
    if (file.len - at < TZIF_HEAD_BYTES || !str_eq(str_slice(file, at, at + 4), S("TZif")))
        return false;
    ptrdiff_t count[6];
    for (int i = 0; i < 6; i++) {
        count[i] = (ptrdiff_t)get_be(file, at + 20 + 4 * i, 4);
        if (count[i] > TZIF_MAX_BYTES) return false;
    }
    *h = (struct tzif){.universal = count[0],
                       .standard = count[1],
                       .leaps = count[2],
                       .times = count[3],
                       .types = count[4],
                       .chars = count[5],
                       .body = at + TZIF_HEAD_BYTES};
    h->end = h->body + h->times * (time_bytes + 1) + h->types * 6 + h->chars +
             h->leaps * (time_bytes + 4) + h->standard + h->universal;
    return h->end <= file.len;
}

static bool read_transitions(arena *a, str file, const struct tzif *h, struct tz *zone)
{
    ptrdiff_t kinds = h->body + 8 * h->times, types = kinds + h->times;
    if (h->types == 0) return false;
    zone->transition = NEW(a, struct transition, h->times);
    zone->count = h->times;
    zone->first_offset_s = (int32_t)(uint32_t)get_be(file, types, 4);
    for (ptrdiff_t i = 0; i < h->times; i++) {
        ptrdiff_t kind = (unsigned char)file.ptr[kinds + i];
        if (kind >= h->types) return false;
        int32_t offset = (int32_t)(uint32_t)get_be(file, types + 6 * kind, 4);
        if (offset <= -2 * DAY_S || offset >= 2 * DAY_S) return false;
        zone->transition[i] =
            (struct transition){(int64_t)get_be(file, h->body + 8 * i, 8), offset};
        if (i > 0 && zone->transition[i].at_s <= zone->transition[i - 1].at_s) return false;
    }
    return zone->first_offset_s > -2 * DAY_S && zone->first_offset_s < 2 * DAY_S;
}

bool tz_load(arena *a, str iana_name, struct tz **out)
{
    *out = NULL;
    if (str_eq(iana_name, S("UTC"))) return true;
    if (!is_zone_name(iana_name)) return false;
    str file;
    char path[sizeof "/usr/share/zoneinfo/" + NAME_MAX_BYTES] = "/usr/share/zoneinfo/";
    memcpy(path + strlen(path), iana_name.ptr, (size_t)iana_name.len);
    if (!read_file(a, path, &file) || file.ptr[4] < '2') return false;

    struct tzif first, h;
    if (!read_head(file, 0, 4, &first) || !read_head(file, first.end, 8, &h)) return false;
    struct tz *zone = NEW(a, struct tz, 1);
    if (!read_transitions(a, file, &h, zone)) return false;
    str footer = str_slice(file, h.end, file.len);
    if (footer.len < 2 || footer.ptr[0] != '\n' || footer.ptr[footer.len - 1] != '\n') return false;
    if (!tz_rule_parse(str_slice(footer, 1, footer.len - 1), &zone->rule)) return false;
    *out = zone;
    return true;
}

static int32_t offset_at(const struct tz *zone, int64_t s)
{
    if (zone == NULL) return 0;
    ptrdiff_t low = 0,
              high = zone->count; /* transitions before `low` are past, from `high` on not */
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (zone->transition[middle].at_s <= s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == zone->count && zone->rule.present) return tz_rule_offset_s(&zone->rule, s);
    return low == 0 ? zone->first_offset_s : zone->transition[low - 1].offset_s;
}

int32_t tz_offset_s(const struct tz *zone, int64_t ms)
{
    return offset_at(zone, floor_div(ms, 1000));
}

int64_t civil_to_day(struct civil date)
{
    /* Years begin in March, so that a leap day ends one; an era has 400 years (H. Hinnant). */
    int64_t month0 = (int64_t)date.month - 1;
    int64_t year = date.year + floor_div(month0, 12);
    int64_t month = month0 - 12 * floor_div(month0, 12) + 1;
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - 400 * era;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + date.day - 1 -
           719468;
}

struct civil civil_of_day(int64_t day)
{
    int64_t z = day + 719468, era = floor_div(z, 146097), of_era = z - 146097 * era;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t part = (5 * of_year + 2) / 153;
    int64_t month = part + (part < 10 ? 3 : -9);
    int64_t since_monday = day + 3 - 7 * floor_div(day + 3, 7); /* 1970-01-01 was a Thursday */
    return (struct civil){.year = (int)(year + 400 * era + (month <= 2)),
                          .month = (int)month,
                          .day = (int)(of_year - (153 * part + 2) / 5 + 1),
                          .weekday = (int)since_monday + 1};
}

struct civil tz_civil(const struct tz *zone, int64_t ms)
{
    int64_t s = floor_div(ms, 1000);
    int64_t wall = s + offset_at(zone, s), day = floor_div(wall, DAY_S);
    int of_day = (int)(wall - day * DAY_S);
    struct civil c = civil_of_day(day);
    c.hour = of_day / 3600;
    c.minute = of_day / 60 % 60;
    c.second = of_day % 60;
    return c;
}

int64_t tz_instant_ms(const struct tz *zone, struct civil w)
{
    int64_t wall =
        civil_to_day(w) * DAY_S + (int64_t)w.hour * 3600 + (int64_t)w.minute * 60 + w.second;
    /* The offsets of the day before and the day after: a change between them is the only one. */
    int32_t before = offset_at(zone, wall - DAY_S), after = offset_at(zone, wall + DAY_S);
    int64_t first = wall - before, second = wall - after;
    if (second < first) {
        int64_t t = first;
        first = second;
        second = t;
    }
    if (first + offset_at(zone, first) == wall) return first * 1000;
    if (second + offset_at(zone, second) == wall) return second * 1000;
    /* A gap, somewhere in (first, second]: the moment of the change is the next valid time. */
    int32_t old = offset_at(zone, first);
    while (second - first > 1) {
        int64_t middle = first + (second - first) / 2;
        if (offset_at(zone, middle) == old) {
            first = middle;
        } else {
            second = middle;
        }
    }
    return second * 1000;
}
