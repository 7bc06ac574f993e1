/* Which rule fits a lead, and who is there. */
#include "assert_str.h"
#include "sales/sales_rules.h"
#include "sales/sales_time.h"

#include "base/id.h"

static void a_postcode_lies_in_an_area_by_its_beginning_or_between_two(void **state)
{
    static const struct {
        const char *postcode, *areas;
        bool in;
    } cases[] = {
        {"80331", "80", true},
        {"81000", "80", false},
        {"86150", "80, 85-87", true},
        {"88000", "80, 85-87", false},
        {"1010", "1010-1090", true},
        {"1100", "1010-1090", false},
        {"01067", "01", true},
        {"10115", "01", false},
        {"D-80331", "80", false},
        {" 80 331 ", "80", true},
        {"SW1A 2AA", "sw1", true},
        {"80331",
         "85\xe2\x80\x93"
         "87, 80\xe2\x80\x93"
         "81",
         true},
        {"", "80", false},
        {"8", "80", false},
        {"80331", "", false},
        {"80331", "quatsch", false},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        if (postcode_in(&a, str_of(cases[i].postcode), str_of(cases[i].areas)) != cases[i].in)
            fail_msg("%s in %s", cases[i].postcode, cases[i].areas);
    }
}

static void areas_that_cannot_be_read_are_refused(void **state)
{
    static const struct {
        const char *areas;
        bool valid;
    } cases[] = {
        {"80", true},   {"80, 85-87", true}, {"80,,81", true}, {"", false},
        {" , ", false}, {"85-8", false},     {"87-85", false}, {"80-81-82", false},
        {"-80", false}, {"80-", false},      {"!", false},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        if (postcode_areas_valid(&a, str_of(cases[i].areas)) != cases[i].valid)
            fail_msg("%s", cases[i].areas);
    }
}

static void an_answer_is_found_among_values_without_case_and_in_its_parts(void **state)
{
    static const struct {
        const char *answer, *values;
        bool among;
    } cases[] = {
        {"Stapler", "Kran, stapler", true}, {"Kran; Regal", "regal", true},
        {"Kranbau", "Kran", false},         {"", "Kran", false},
        {"Straße", "STRASSE", true},        {"Kran", "", false},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        if (answer_among(&a, str_of(cases[i].answer), str_of(cases[i].values)) != cases[i].among)
            fail_msg("%s among %s", cases[i].answer, cases[i].values);
    }
}

/* 11 is away without a substitute, 12 is away and 14 stands in, 15 is away and 11 would stand in.
 */
static void turns_pass_over_who_is_away_and_find_the_substitute(void **state)
{
    static const int64_t active[] = {10, 11, 12, 13, 14, 15};
    static const struct absence away[] = {
        {.user_id = 11, .from_day = 100, .to_day = 110},
        {.user_id = 12, .from_day = 105, .to_day = 105, .substitute_id = 14},
        {.user_id = 15, .from_day = 100, .to_day = 110, .substitute_id = 11}};
    static const struct {
        int64_t person[3];
        int count;
        int64_t turn, day, who;
    } cases[] = {
        {{10, 13}, 2, 0, 105, 10},     {{10, 13}, 2, 1, 105, 13}, {{10, 13}, 2, 7, 105, 13},
        {{11, 13}, 2, 0, 105, 13},     {{11, 13}, 2, 0, 111, 11}, {{11, 13}, 2, 0, 99, 11},
        {{12, 13}, 2, 0, 105, 14},     {{12, 13}, 2, 0, 106, 12}, {{15, 11}, 2, 0, 105, 0},
        {{99, 10}, 2, 0, 105, 10},     {{99}, 1, 0, 105, 0},      {{0}, 0, 3, 105, 0},
        {{11, 12, 13}, 3, 3, 105, 14},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct owner_rule rule = {.person_count = cases[i].count};
        for (int k = 0; k < cases[i].count; k++) rule.person[k] = cases[i].person[k];
        int64_t who = rule_person(&rule, cases[i].turn, active, COUNTOF(active), away,
                                  COUNTOF(away), cases[i].day);
        if (who != cases[i].who) fail_msg("case %td: %lld", i, (long long)who);
    }
}

static void an_enquiry_is_told_at_once_and_the_others_when_they_are_confirmed(void **state)
{
    static const struct {
        enum handling_timing timing;
        bool waits, message, at_once;
    } cases[] = {
        {TIMING_AUTO, true, true, true},       {TIMING_AUTO, true, false, false},
        {TIMING_AUTO, false, false, true},     {TIMING_AT_ONCE, true, false, true},
        {TIMING_CONFIRMED, true, true, false}, {TIMING_CONFIRMED, false, true, true},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct form_handling h = {.timing = cases[i].timing};
        if (handling_at_once(&h, cases[i].waits, cases[i].message) != cases[i].at_once)
            fail_msg("case %td", i);
    }
}

static void a_due_time_is_read_as_browsers_and_programs_write_it(void **state)
{
    static const struct {
        const char *text;
        bool read;
        int64_t ms;
    } cases[] = {
        {"2026-03-12T10:00", true, 1773309600000},
        {"2026-03-12", true, 1773359940000},
        {"2026-03-12T10:00:00Z", true, 1773309600000},
        {"2026-03-12T11:00:00+01:00", true, 1773309600000},
        {"2026-02-31", false, 0},
        {"2026-03-12T25:00", false, 0},
        {"12.03.2026", false, 0},
        {"morgen", false, 0},
        {"", false, 0},
        {"0001-01-01", false, 0},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t ms = 0;
        if (due_parse(NULL, str_of(cases[i].text), &ms) != cases[i].read || ms != cases[i].ms)
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
    }
}

static void what_is_stored_comes_back(void **state)
{
    (void)state;
    arena a = fresh();
    struct owner_rule rule = {.kind = RULE_FIELD,
                              .field = S("industry"),
                              .value = S("Handel"),
                              .person = {5, 6},
                              .person_count = 2},
                      rule_back = {0};
    rule_from(rule_value(&a, &rule), &rule_back);
    assert_int_equal(rule_back.kind, RULE_FIELD);
    assert_str("Handel", rule_back.value, S("Handel"));
    assert_int_equal(rule_back.person_count, 2);
    assert_int_equal(rule_back.person[1], 6);
    struct form_handling h = {.timing = TIMING_CONFIRMED,
                              .person = {7},
                              .person_count = 1,
                              .mailbox = {S("a@b.example")},
                              .mailbox_count = 1,
                              .content = true,
                              .due_hours = 8},
                         back;
    handling_from(handling_value(&a, &h), &back);
    assert_int_equal(back.timing, TIMING_CONFIRMED);
    assert_false(back.tell_owner);
    assert_true(back.content);
    assert_int_equal(back.person[0], 7);
    assert_str("a@b.example", back.mailbox[0], S("a@b.example"));
    assert_int_equal(back.due_hours, 8);
    h.due_hours = -1;
    handling_from(handling_value(&a, &h), &back);
    assert_int_equal(back.due_hours, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_postcode_lies_in_an_area_by_its_beginning_or_between_two),
        cmocka_unit_test(areas_that_cannot_be_read_are_refused),
        cmocka_unit_test(an_answer_is_found_among_values_without_case_and_in_its_parts),
        cmocka_unit_test(turns_pass_over_who_is_away_and_find_the_substitute),
        cmocka_unit_test(an_enquiry_is_told_at_once_and_the_others_when_they_are_confirmed),
        cmocka_unit_test(a_due_time_is_read_as_browsers_and_programs_write_it),
        cmocka_unit_test(what_is_stored_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
