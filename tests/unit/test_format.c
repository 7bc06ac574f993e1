#include "assert_str.h"
#include "web/format.h"

/* 2026-03-12T09:41:08Z: 10:41:08 in Berlin, a Thursday. */
static const int64_t NOW = INT64_C(1773308468000);
static const int64_t MINUTE = 60000, HOUR = 3600000, DAY = 86400000;

static void dates_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *de, *en;
    } rows[] = {
        {"day", "12.03.2026", "12 Mar 2026"},
        {"day_short", "12.03.", "12 Mar"},
        {"time", "10:41", "10:41"},
        {"datetime", "12.03.2026, 10:41 Uhr", "12 Mar 2026, 10:41"},
        {"exact", "12.03.2026, 10:41:08 Uhr", "12 Mar 2026, 10:41:08"},
        {"long", "12. März 2026", "12 March 2026"},
        {"weekday", "Donnerstag, 12. März", "Thursday, 12 March"},
        {"ago", "gerade eben", "just now"},
        {"iso", "2026-03-12T09:41:08.000Z", "2026-03-12T09:41:08.000Z"},
    };
    arena a = fresh();
    struct tz *berlin = NULL;
    assert_true(tz_load(&a, S("Europe/Berlin"), &berlin));
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        enum date_format format;
        assert_true(date_format_of(str_of(rows[i].name), &format));
        for (int lang = 0; lang < LANG__COUNT; lang++) {
            struct buf b = buf_new(&a, 100);
            format_date(&b, (enum lang)lang, format, berlin, NOW, NOW);
            const char *want = lang == LANG_DE ? rows[i].de : rows[i].en;
            assert_str(rows[i].name, buf_str(&b), str_of(want));
        }
    }
    enum date_format format;
    assert_false(date_format_of(S("days"), &format));
    assert_false(date_format_of((str){0}, &format));
}

static void what_was_a_while_ago_says_so(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        const char *de, *en;
    } rows[] = {
        {NOW - 59000, "gerade eben", "just now"},
        {NOW - MINUTE, "vor 1 Min.", "1 min ago"},
        {NOW - 59 * MINUTE, "vor 59 Min.", "59 min ago"},
        {NOW - HOUR, "vor 1 Std.", "1 h ago"},
        {NOW - 9 * HOUR, "vor 9 Std.", "9 h ago"},
        {NOW - 10 * HOUR, "gestern, 23:41", "yesterday, 23:41"}, /* UTC: the same day's minute */
        {NOW - DAY, "gestern, 09:41", "yesterday, 09:41"},
        {NOW - 2 * DAY, "10.03.", "10 Mar"},
        {NOW - 365 * DAY, "12.03.2025", "12 Mar 2025"},
        {NOW + HOUR, "heute, 10:41", "today, 10:41"},
        {NOW + DAY, "morgen, 09:41", "tomorrow, 09:41"},
        {NOW + 2 * DAY, "14.03.", "14 Mar"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (int lang = 0; lang < LANG__COUNT; lang++) {
            arena a = fresh();
            struct buf b = buf_new(&a, 100);
            format_date(&b, (enum lang)lang, DATE_AGO, NULL, rows[i].ms, NOW);
            assert_str("ago", buf_str(&b), str_of(lang == LANG_DE ? rows[i].de : rows[i].en));
        }
    }
}

static void no_instant_is_too_far_away(void **state)
{
    (void)state;
    const int64_t rows[] = {INT64_MIN, -1, 0, INT64_MAX};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (int format = 0; format < DATE_FORMAT__COUNT; format++) {
            arena a = fresh();
            struct buf b = buf_new(&a, 100);
            format_date(&b, LANG_DE, (enum date_format)format, NULL, rows[i], INT64_MAX);
            assert_false(b.full);
            assert_true(b.len > 0);
        }
    }
}

static void numbers_are_grouped(void **state)
{
    (void)state;
    const struct {
        struct value value;
        const char *de, *en;
    } rows[] = {
        {value_int(0), "0", "0"},
        {value_int(999), "999", "999"},
        {value_int(1284), "1.284", "1,284"},
        {value_int(-1234567), "-1.234.567", "-1,234,567"},
        {value_int(INT64_MIN), "-9.223.372.036.854.775.808", "-9,223,372,036,854,775,808"},
        {value_decimal(128450, 2), "1.284,50", "1,284.50"},
        {value_decimal(-5, 3), "-0,005", "-0.005"},
        {value_decimal(1, 18), "0,000000000000000001", "0.000000000000000001"},
        {value_null(), "", ""},
        {value_text(S("5")), "", ""},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (int lang = 0; lang < LANG__COUNT; lang++) {
            arena a = fresh();
            struct buf b = buf_new(&a, 100);
            format_number(&b, (enum lang)lang, rows[i].value);
            assert_str("number", buf_str(&b), str_of(lang == LANG_DE ? rows[i].de : rows[i].en));
        }
    }
    arena a = fresh();
    struct buf b = buf_new(&a, 100);
    format_percent(&b, LANG_DE, value_decimal(125, 1));
    format_percent(&b, LANG_EN, value_decimal(125, 1));
    format_percent(&b, LANG_EN, value_null());
    assert_str("percent", buf_str(&b), S("12,5\xc2\xa0%12.5%"));
}

static void sizes_have_one_decimal_at_most(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes;
        const char *want;
    } rows[] = {
        {0, "0\xc2\xa0"
            "B"},
        {999, "999\xc2\xa0"
              "B"},
        {1000, "1\xc2\xa0kB"},
        {1049, "1\xc2\xa0kB"},
        {1050, "1,1\xc2\xa0kB"},
        {99949, "99,9\xc2\xa0kB"},
        {123456, "123\xc2\xa0kB"},
        {999499, "999\xc2\xa0kB"},
        {999500, "1\xc2\xa0MB"},
        {3100000, "3,1\xc2\xa0MB"},
        {26214400, "26,2\xc2\xa0MB"},
        {INT64_C(1) << 40, "1,1\xc2\xa0TB"},
        {INT64_MAX, "9,2\xc2\xa0"
                    "EB"},
        {-5, "0\xc2\xa0"
             "B"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct buf b = buf_new(&a, 100);
        format_bytes(&b, LANG_DE, rows[i].bytes);
        assert_str("bytes", buf_str(&b), str_of(rows[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_read_as_people_write_them),
        cmocka_unit_test(what_was_a_while_ago_says_so),
        cmocka_unit_test(no_instant_is_too_far_away),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(sizes_have_one_decimal_at_most),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
