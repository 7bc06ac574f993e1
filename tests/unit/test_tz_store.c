/* Zones that are read once. */
#include "assert_str.h"

#include "base/tz_store.h"

enum { TRIES = 100 };
static const int64_t JULY_MS = 1783000000000; /* 2026-07-02 */

static void a_zone_is_read_once(void **state)
{
    (void)state;
    arena a = fresh(), none = {NULL, NULL, NULL};
    struct tz_store *store = tz_store_new(&a);
    struct tz *first, *second;
    assert_true(tz_store_get(store, &a, S("Europe/Berlin"), &first));
    /* without memory of its own: it must come from the store */
    assert_true(tz_store_get(store, &none, S("Europe/Berlin"), &second));
    assert_ptr_equal(first, second);
    assert_int_equal(tz_offset_s(second, JULY_MS), 7200);
}

static void zones_are_not_mixed_up(void **state)
{
    (void)state;
    arena a = fresh();
    struct tz_store *store = tz_store_new(&a);
    static const struct {
        const char *name;
        int32_t offset_s;
    } rows[] = {{"Europe/Berlin", 7200},
                {"Asia/Tokyo", 32400},
                {"UTC", 0},
                {"Europe/Berlin", 7200},
                {"UTC", 0},
                {"Asia/Tokyo", 32400}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct tz *zone;
        assert_true(tz_store_get(store, &a, str_of(rows[i].name), &zone));
        assert_int_equal(tz_offset_s(zone, JULY_MS), rows[i].offset_s);
    }
}

static void what_is_no_zone_is_refused_however_often(void **state)
{
    (void)state;
    arena a = fresh();
    struct tz_store *store = tz_store_new(&a);
    struct tz *zone;
    for (int i = 0; i < TRIES; i++) {
        assert_false(tz_store_get(store, &a, S("Europe/Nowhere"), &zone));
        assert_false(tz_store_get(store, &a, S("../../etc/passwd"), &zone));
    }
    assert_true(tz_store_get(store, &a, S("Europe/Berlin"), &zone));
}

static void a_full_store_still_reads(void **state)
{
    (void)state;
    arena a = fresh();
    struct tz_store *store = tz_store_new(&a);
    struct tz *zone;
    static const char *const areas[] = {
        "Africa/Cairo",      "Africa/Lagos",     "America/Bogota",   "America/Chicago",
        "America/Denver",    "America/Halifax",  "America/Lima",     "America/New_York",
        "America/Sao_Paulo", "Asia/Dhaka",       "Asia/Dubai",       "Asia/Karachi",
        "Asia/Kolkata",      "Asia/Seoul",       "Asia/Shanghai",    "Asia/Tokyo",
        "Australia/Sydney",  "Europe/Amsterdam", "Europe/Athens",    "Europe/Berlin",
        "Europe/Brussels",   "Europe/Dublin",    "Europe/Helsinki",  "Europe/Istanbul",
        "Europe/Lisbon",     "Europe/London",    "Europe/Madrid",    "Europe/Moscow",
        "Europe/Oslo",       "Europe/Paris",     "Europe/Prague",    "Europe/Rome",
        "Europe/Sofia",      "Europe/Stockholm", "Europe/Vienna",    "Europe/Warsaw",
        "Europe/Zurich",     "Pacific/Auckland", "Pacific/Honolulu", "Etc/GMT+1",
        "Etc/GMT+2",         "Etc/GMT+3",        "Etc/GMT+4",        "Etc/GMT+5",
        "Etc/GMT+6",         "Etc/GMT+7",        "Etc/GMT+8",        "Etc/GMT+9",
        "Etc/GMT+10",        "Etc/GMT+11",       "Etc/GMT+12",       "Etc/GMT-1",
        "Etc/GMT-2",         "Etc/GMT-3",        "Etc/GMT-4",        "Etc/GMT-5",
        "Etc/GMT-6",         "Etc/GMT-7",        "Etc/GMT-8",        "Etc/GMT-9",
        "Etc/GMT-10",        "Etc/GMT-11",       "Etc/GMT-12",       "Etc/GMT-13",
        "Etc/GMT-14",        "Asia/Manila",      "Asia/Singapore",   "Asia/Bangkok"};
    for (ptrdiff_t i = 0; i < COUNTOF(areas); i++) {
        arena scratch = a;
        assert_true(tz_store_get(store, &scratch, str_of(areas[i]), &zone));
    }
    arena scratch = a;
    assert_true(tz_store_get(store, &scratch, S("Asia/Bangkok"), &zone));
    assert_int_equal(tz_offset_s(zone, JULY_MS), 25200);
}

static void without_a_store_a_zone_is_read(void **state)
{
    (void)state;
    arena a = fresh();
    struct tz *zone;
    assert_true(tz_store_get(NULL, &a, S("Europe/Berlin"), &zone));
    assert_int_equal(tz_offset_s(zone, JULY_MS), 7200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_read_once),
        cmocka_unit_test(zones_are_not_mixed_up),
        cmocka_unit_test(what_is_no_zone_is_refused_however_often),
        cmocka_unit_test(a_full_store_still_reads),
        cmocka_unit_test(without_a_store_a_zone_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
