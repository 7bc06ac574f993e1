#include "assert_str.h"
#include "base/tz.h"
#include "base/tz_rule.h"

static int64_t at(const char *text)
{
    int64_t ms = 0;
    if (!rfc3339_parse(str_of(text), &ms)) fail_msg("%s", text);
    return ms;
}

static struct tz *zone(arena *a, const char *name)
{
    struct tz *tz = NULL;
    if (!tz_load(a, str_of(name), &tz)) fail_msg("no zone %s", name);
    return tz;
}

static void an_instant_is_text_and_back(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        str text;
    } rows[] = {
        {0, S("1970-01-01T00:00:00.000Z")},
        {-1, S("1969-12-31T23:59:59.999Z")},
        {INT64_C(1773312068123), S("2026-03-12T10:41:08.123Z")},
        {INT64_C(951782400000), S("2000-02-29T00:00:00.000Z")},
        {INT64_C(-62167219200000), S("0000-01-01T00:00:00.000Z")},
        {INT64_C(253402300799999), S("9999-12-31T23:59:59.999Z")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        int64_t back = 0;
        assert_str("rfc3339", rfc3339(&a, rows[i].ms), rows[i].text);
        assert_true(rfc3339_parse(rows[i].text, &back));
        assert_int_equal(back, rows[i].ms);
    }
    arena a = fresh();
    assert_str("beyond", rfc3339(&a, INT64_MAX), S("9999-12-31T23:59:59.999Z"));
    assert_str("mail", rfc5322_date(&a, INT64_C(1773312068123)),
               S("Thu, 12 Mar 2026 10:41:08 +0000"));
    assert_str("mail", rfc5322_date(&a, 0), S("Thu, 1 Jan 1970 00:00:00 +0000"));
}

static void foreign_dates_are_read_strictly(void **state)
{
    (void)state;
    const struct {
        str text;
        bool ok;
        str want;
    } rows[] = {
        {S("2026-03-12T11:41:08+01:00"), true, S("2026-03-12T10:41:08.000Z")},
        {S("2026-03-12t10:41:08.1z"), true, S("2026-03-12T10:41:08.100Z")},
        {S("2026-03-12 10:41:08.123999-00:30"), true, S("2026-03-12T11:11:08.123Z")},
        {S("2016-12-31T23:59:60Z"), true, S("2016-12-31T23:59:59.000Z")},
        {S("2026-02-29T00:00:00Z"), false, {0}},
        {S("2026-13-01T00:00:00Z"), false, {0}},
        {S("2026-00-01T00:00:00Z"), false, {0}},
        {S("2026-01-00T00:00:00Z"), false, {0}},
        {S("2026-01-01T24:00:00Z"), false, {0}},
        {S("2026-01-01T00:60:00Z"), false, {0}},
        {S("2026-01-01T00:00:00"), false, {0}},
        {S("2026-01-01T00:00:00.Z"), false, {0}},
        {S("2026-01-01T00:00:00.1234567890Z"), false, {0}},
        {S("2026-01-01T00:00:00+0100"), false, {0}},
        {S("2026-01-01T00:00:00+24:00"), false, {0}},
        {S("2026-01-01T00:00:00ZZ"), false, {0}},
        {S("2026-01-01"), false, {0}},
        {S(" 2026-01-01T00:00:00Z"), false, {0}},
        {S(""), false, {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        int64_t ms = 0;
        if (rfc3339_parse(rows[i].text, &ms) != rows[i].ok) fail_msg("%.*s", STR_ARG(rows[i].text));
        if (rows[i].ok) assert_str("read", rfc3339(&a, ms), rows[i].want);
    }
}

static void the_wall_clock_follows_the_zone(void **state)
{
    (void)state;
    const struct {
        const char *zone, *instant;
        int32_t offset_s;
    } rows[] = {
        {"Europe/Berlin", "2026-01-15T12:00:00Z", 3600},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
        {"Europe/Berlin", "1980-07-01T00:00:00Z", 7200},
        {"Europe/Berlin", "1880-01-01T00:00:00Z", 3208}, /* local mean time */
        {"Europe/Berlin", "2500-07-01T00:00:00Z", 7200}, /* by the footer's rule */
        {"Europe/Berlin", "2500-12-01T00:00:00Z", 3600},
        {"Australia/Sydney", "2500-01-01T00:00:00Z", 39600}, /* summer over the new year */
        {"Australia/Sydney", "2500-07-01T00:00:00Z", 36000},
        {"America/New_York", "2026-07-01T00:00:00Z", -14400},
        {"Asia/Kolkata", "2026-07-01T00:00:00Z", 19800},
        {"Asia/Kathmandu", "2500-07-01T00:00:00Z", 20700},
        {"America/St_Johns", "2400-07-01T00:00:00Z", -9000},
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"Etc/GMT-3", "2026-07-01T00:00:00Z", 10800},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        if (tz_offset_s(zone(&a, rows[i].zone), at(rows[i].instant)) != rows[i].offset_s)
            fail_msg("%s at %s", rows[i].zone, rows[i].instant);
    }
    arena a = fresh();
    struct civil c = tz_civil(zone(&a, "Europe/Berlin"), at("2026-12-31T23:30:05Z"));
    assert_true(c.year == 2027 && c.month == 1 && c.day == 1 && c.hour == 0 && c.minute == 30 &&
                c.second == 5 && c.weekday == 5);
}

static void a_wall_time_has_one_instant(void **state)
{
    (void)state;
    const struct {
        const char *zone;
        struct civil wall;
        const char *want;
    } rows[] = {
        {"UTC", {2026, 3, 29, 2, 30, 0, 0}, "2026-03-29T02:30:00Z"},
        {"Europe/Berlin", {2026, 7, 1, 9, 0, 0, 0}, "2026-07-01T07:00:00Z"},
        {"Europe/Berlin", {2026, 3, 29, 1, 59, 59, 0}, "2026-03-29T00:59:59Z"},
        {"Europe/Berlin", {2026, 3, 29, 2, 0, 0, 0}, "2026-03-29T01:00:00Z"},  /* skipped */
        {"Europe/Berlin", {2026, 3, 29, 2, 59, 0, 0}, "2026-03-29T01:00:00Z"}, /* skipped */
        {"Europe/Berlin", {2026, 3, 29, 3, 0, 0, 0}, "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", {2026, 10, 25, 2, 30, 0, 0}, "2026-10-25T00:30:00Z"}, /* the first */
        {"Europe/Berlin", {2026, 10, 25, 3, 0, 0, 0}, "2026-10-25T02:00:00Z"},
        {"Europe/Berlin", {2600, 3, 30, 2, 30, 0, 0}, "2600-03-30T01:00:00Z"},
        {"Europe/Berlin", {2026, 3, 28 + 1, 25, 61, 0, 0}, "2026-03-30T00:01:00Z"},
        {"Europe/Berlin", {2026, 14, 1, 0, 0, 0, 0}, "2027-01-31T23:00:00Z"},
        {"Europe/Berlin", {2026, 0, 1, 0, 0, 0, 0}, "2025-11-30T23:00:00Z"},
        {"America/New_York", {2026, 3, 8, 2, 30, 0, 0}, "2026-03-08T07:00:00Z"},
        {"America/New_York", {2026, 11, 1, 1, 30, 0, 0}, "2026-11-01T05:30:00Z"},
        {"Pacific/Apia", {2011, 12, 30, 12, 0, 0, 0}, "2011-12-30T10:00:00Z"}, /* a day skipped */
        {"Australia/Lord_Howe", {2026, 10, 4, 2, 15, 0, 0}, "2026-10-03T15:30:00Z"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        int64_t got = tz_instant_ms(zone(&a, rows[i].zone), rows[i].wall);
        if (got != at(rows[i].want)) {
            str text = rfc3339(&a, got);
            fail_msg("%s: %.*s instead of %s", rows[i].zone, STR_ARG(text), rows[i].want);
        }
    }
}

static void every_day_has_its_date_and_weekday(void **state)
{
    (void)state;
    struct civil before = civil_of_day(-800000);
    for (int64_t day = -800000; day <= 800000; day++) {
        struct civil c = civil_of_day(day);
        if (civil_to_day(c) != day) fail_msg("day %lld", (long long)day);
        if (day > -800000 && c.weekday != before.weekday % 7 + 1) fail_msg("weekday of %d", c.year);
        before = c;
    }
    assert_int_equal(civil_of_day(0).weekday, 4);
}

static void only_zones_of_the_system_are_opened(void **state)
{
    (void)state;
    const str rows[] = {
        S(""),
        S("Europe"),
        S("Europe/Bielefeld"),
        S("/etc/passwd"),
        S("../passwd"),
        S("../../../etc/passwd"),
        S("zone.tab"),
        S("Europe/Berlin\0"),
        S("tzdata.zi"),
        S("Europe/Berlin "),
        S("leapseconds"),
        {0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct tz *tz = NULL;
        if (tz_load(&a, rows[i], &tz)) fail_msg("%.*s", STR_ARG(rows[i]));
    }
}

static void a_footer_is_a_rule_or_refused(void **state)
{
    (void)state;
    const struct {
        str text;
        bool ok;
    } rows[] = {
        {S(""), true},
        {S("CET-1CEST,M3.5.0,M10.5.0/3"), true},
        {S("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1"), true},
        {S("EST5EDT4:30:15,J60/1,300/167"), true},
        {S("CET"), false},
        {S("CE-1"), false},
        {S("<+03-3"), false},
        {S("CET-1CEST"), false},
        {S("CET-1CEST,M3.5.0"), false},
        {S("CET-1CEST,M13.5.0,M10.5.0"), false},
        {S("CET-1CEST,M3.6.0,M10.5.0"), false},
        {S("CET-1CEST,M3.5.7,M10.5.0"), false},
        {S("CET-1CEST,J0,J300"), false},
        {S("CET-1CEST,M3.5.0,M10.5.0x"), false},
        {S("CET-168"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct tz_rule rule;
        if (tz_rule_parse(rows[i].text, &rule) != rows[i].ok)
            fail_msg("%.*s", STR_ARG(rows[i].text));
    }
    struct tz_rule rule;
    assert_true(tz_rule_parse(S("EST5EDT,J60,365"), &rule)); /* J60 is March 1 in leap years too */
    assert_int_equal(tz_rule_offset_s(&rule, at("2028-03-01T06:59:59Z") / 1000), -18000);
    assert_int_equal(tz_rule_offset_s(&rule, at("2028-03-01T07:00:00Z") / 1000), -14400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instant_is_text_and_back),
        cmocka_unit_test(foreign_dates_are_read_strictly),
        cmocka_unit_test(the_wall_clock_follows_the_zone),
        cmocka_unit_test(a_wall_time_has_one_instant),
        cmocka_unit_test(every_day_has_its_date_and_weekday),
        cmocka_unit_test(only_zones_of_the_system_are_opened),
        cmocka_unit_test(a_footer_is_a_rule_or_refused),
    };
    return cmocka_run_group_tests_name("tz", tests, NULL, NULL);
}
