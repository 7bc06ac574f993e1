/* When a planned backup is due, and which names are a plan's. */
#include "assert_str.h"

#include "backup/backup_rules.h"

#include <string.h>

static int64_t at(const char *text)
{
    int64_t ms;
    if (!rfc3339_parse(str_of(text), &ms)) fail_msg("%s", text);
    return ms;
}

static void the_last_moment_of_the_plan(void **state)
{
    (void)state;
    arena a = fresh();
    struct tz *berlin;
    assert_true(tz_load(&a, S("Europe/Berlin"), &berlin));
    static const struct {
        const char *what;
        enum backup_every every;
        int hour;
        const char *now, *slot;
    } rows[] = {
        {"later today", BACKUP_DAILY, 3, "2026-03-12T10:00:00Z", "2026-03-12T02:00:00Z"},
        {"before today's", BACKUP_DAILY, 3, "2026-03-12T01:59:59Z", "2026-03-11T02:00:00Z"},
        {"at the very moment", BACKUP_DAILY, 3, "2026-03-12T02:00:00Z", "2026-03-12T02:00:00Z"},
        {"midnight", BACKUP_DAILY, 0, "2026-03-12T10:00:00Z", "2026-03-11T23:00:00Z"},
        {"a new month", BACKUP_DAILY, 23, "2026-03-01T05:00:00Z", "2026-02-28T22:00:00Z"},
        {"the hour that is skipped in spring", BACKUP_DAILY, 2, "2026-03-29T12:00:00Z",
         "2026-03-29T01:00:00Z"},
        {"the hour that comes twice in autumn", BACKUP_DAILY, 2, "2026-10-25T12:00:00Z",
         "2026-10-25T00:00:00Z"},
        {"last Sunday, on a Thursday", BACKUP_WEEKLY, 3, "2026-03-12T10:00:00Z",
         "2026-03-08T02:00:00Z"},
        {"on a Sunday, before", BACKUP_WEEKLY, 3, "2026-03-15T01:00:00Z", "2026-03-08T02:00:00Z"},
        {"on a Sunday, after", BACKUP_WEEKLY, 3, "2026-03-15T02:30:00Z", "2026-03-15T02:00:00Z"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int64_t slot = backup_slot_ms(rows[i].every, rows[i].hour, berlin, at(rows[i].now));
        assert_str(rows[i].what, rfc3339(&a, slot), rfc3339(&a, at(rows[i].slot)));
    }
    assert_true(backup_slot_ms(BACKUP_OFF, 3, berlin, at("2026-03-12T10:00:00Z")) == INT64_MIN);
}

static void one_is_made_a_slot_and_a_failed_one_again_after_an_hour(void **state)
{
    (void)state;
    enum { HOUR = 3600000 };
    int64_t slot = 1000 * (int64_t)HOUR, now = slot + 2 * HOUR;
    static const struct {
        const char *what;
        int64_t ok, failed; /* before now, in hours; 0: never */
        bool due;
    } rows[] = {
        {"never made", 0, 0, true},           {"made after the slot", 1, 0, false},
        {"made before the slot", 3, 0, true}, {"failed a moment ago", 30, -1, false},
        {"failed an hour ago", 30, 1, true},  {"failed before the slot", 30, 9, true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int64_t ok = rows[i].ok == 0 ? 0 : now - rows[i].ok * HOUR;
        int64_t failed = rows[i].failed == 0  ? 0
                         : rows[i].failed < 0 ? now - 1000
                                              : now - rows[i].failed * HOUR;
        if (backup_is_due(slot, now, ok, failed) != rows[i].due) fail_msg("%s", rows[i].what);
    }
    assert_true(backup_is_due(slot, now, now + 5 * HOUR, 0)); /* the clock was set back */
    assert_false(backup_is_due(INT64_MIN, now, 0, 0));
}

static void names_tell_their_moment_and_others_are_none(void **state)
{
    (void)state;
    arena a = fresh();
    int64_t ms, made = at("2026-03-12T03:04:05Z");
    str name = backup_name(&a, made + 678);
    assert_str("name", name, S("zulauf-20260312T030405Z.zbak"));
    assert_int_equal(name.len, BACKUP_NAME_LEN);
    assert_true(backup_name_read(name, &ms));
    assert_true(ms == made);
    static const char *const strange[] = {
        "",
        "zulauf-.zbak",
        "zulauf-20260312T030405Z.zbak.part",
        "zulauf-20260312T030405Z.zbak.erasures.jsonl",
        "zulauf-20260312T030405.zbak",
        "zulauf-20261399T990000Z.zbak",
        "zulauf-2026031xT030405Z.zbak",
        "Zulauf-20260312T030405Z.zbak",
        "mine.zbak",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(strange); i++)
        if (backup_name_read(str_of(strange[i]), &ms)) fail_msg("%s", strange[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_moment_of_the_plan),
        cmocka_unit_test(one_is_made_a_slot_and_a_failed_one_again_after_an_hour),
        cmocka_unit_test(names_tell_their_moment_and_others_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
