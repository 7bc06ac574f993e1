/* What follows from a campaign's dates, costs and words. */
#include "campaign/campaign_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static char room[1 << 18];

static arena fresh(void)
{
    return (arena){room, room + sizeof room, NULL};
}

static void money_is_read_as_people_write_it(void **state)
{
    static const struct {
        enum lang lang;
        const char *text;
        int64_t cents; /* -1: no amount */
    } cases[] = {
        {LANG_DE, "1.234,50", 123450},
        {LANG_EN, "1,234.50", 123450},
        {LANG_DE, "1,234.50", 123450},
        {LANG_EN, "1.234,50", 123450},
        {LANG_DE, "1'234.50", 123450},
        {LANG_DE, "1 234,5 €", 123450},
        {LANG_DE, "CHF 80", 8000},
        {LANG_DE, "1.234", 123400},
        {LANG_EN, "1,234", 123400},
        {LANG_DE, "1,234", -1},
        {LANG_EN, "1.234", -1},
        {LANG_DE, "12,5", 1250},
        {LANG_EN, "12,5", 1250},
        {LANG_DE, "1.234.567", 123456700},
        {LANG_DE, "12.34.567", -1},
        {LANG_DE, "1234.567,00", -1},
        {LANG_DE, "viel", -1},
        {LANG_DE, ",", -1},
        {LANG_DE, "", -1},
        {LANG_DE, "1.2.3,4", -1},
        {LANG_DE, "10.000.000", 1000000000},
        {LANG_DE, "10.000.000,01", -1},
        {LANG_DE, "99999999999999999999", -1},
        {LANG_DE, "0", 0},
        {LANG_DE, "1e5", -1},
        {LANG_DE, "1,2,3", -1},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        int64_t cents = 0;
        bool ok = money_parse(&a, cases[i].lang, str_of(cases[i].text), &cents);
        if (ok != (cases[i].cents >= 0) || (ok && cents != cases[i].cents))
            fail_msg("\"%s\" is %d, %lld", cases[i].text, ok, (long long)cents);
    }
    arena a = fresh();
    int64_t cents;
    assert_true(money_parse(&a, LANG_DE, S("-12,50"), &cents) && cents == -1250);
}

static void money_is_written_in_both_languages(void **state)
{
    static const struct {
        enum lang lang;
        int64_t cents;
        const char *currency, *text;
    } cases[] = {
        {LANG_DE, 123450, "EUR", "1.234,50\u00a0€"},       {LANG_EN, 123450, "EUR", "€1,234.50"},
        {LANG_DE, 800000, "EUR", "8.000\u00a0€"},          {LANG_DE, 5, "EUR", "0,05\u00a0€"},
        {LANG_DE, 100000000, "CHF", "1.000.000\u00a0CHF"}, {LANG_EN, 8000, "CHF", "CHF\u00a080"},
        {LANG_DE, -1250, "EUR", "−12,50\u00a0€"},          {LANG_DE, 0, "EUR", "0\u00a0€"},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str got = money_text(&a, cases[i].lang, cases[i].cents, str_of(cases[i].currency));
        if (!str_eq(got, str_of(cases[i].text))) fail_msg("%.*s", STR_ARG(got));
    }
    arena a = fresh(); /* below one another, all with their decimals */
    assert_true(str_eq(money_exact_text(&a, LANG_DE, 61600, S("EUR")), S("616,00\u00a0€")));
    assert_true(str_eq(money_exact_text(&a, LANG_EN, 10488, S("EUR")), S("€104.88")));
}

static void a_code_is_made_of_a_name(void **state)
{
    static const char *const cases[][2] = {
        {"Messe Köln 2026", "messe-koeln-2026"},
        {"  Größe & Gewicht! ", "groesse-gewicht"},
        {"Ärzte", "aerzte"},
        {"---", ""},
        {"Café Zürich", "cafe-zuerich"},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str code = campaign_code_from(&a, str_of(cases[i][0]));
        if (!str_eq(code, str_of(cases[i][1]))) fail_msg("%.*s", STR_ARG(code));
    }
    assert_true(campaign_code_ok(S("messe_2026-a")));
    assert_false(campaign_code_ok(S("a")));
    assert_false(campaign_code_ok(S("-ab")));
    assert_false(campaign_code_ok(S("Messe")));
    assert_false(campaign_code_ok(S("a b")));
}

static void a_state_follows_from_the_day(void **state)
{
    struct campaign c = {.from_day = 100, .to_day = 110};
    (void)state;
    assert_int_equal(campaign_state_of(&c, 99), CAMPAIGN_PLANNED);
    assert_int_equal(campaign_state_of(&c, 100), CAMPAIGN_RUNNING);
    assert_int_equal(campaign_state_of(&c, 110), CAMPAIGN_RUNNING);
    assert_int_equal(campaign_state_of(&c, 111), CAMPAIGN_ENDED);
    c.to_day = 0;
    assert_int_equal(campaign_state_of(&c, 9999), CAMPAIGN_RUNNING);
    c.archived_ms = 1;
    assert_int_equal(campaign_state_of(&c, 99), CAMPAIGN_ARCHIVED);
}

static void the_parts_of_a_cost_are_the_whole(void **state)
{
    struct campaign_cost cost = {.amount_cents = 10001, .from_day = 20000, .to_day = 20012};
    int64_t sum = 0;
    (void)state;
    for (int64_t day = 19990; day < 20030; day++) sum += cost_share(&cost, day, day);
    assert_int_equal(sum, 10001);
    assert_int_equal(cost_share(&cost, 19000, 19999), 0);
    assert_int_equal(cost_share(&cost, 20013, 20100), 0);
    assert_int_equal(cost_share(&cost, 0, 99999), 10001);
    cost.to_day = cost.from_day;
    assert_int_equal(cost_share(&cost, 20000, 20000), 10001);
    assert_int_equal(cost_per(10001, 3), 3334);
    assert_int_equal(cost_per(100, 0), -1);
    assert_int_equal(cost_per(0, 5), -1);
}

static int64_t day_of(int year, int month, int day)
{
    return civil_to_day((struct civil){.year = year, .month = month, .day = day});
}

static void a_cost_without_days_is_for_the_campaign(void **state)
{
    const struct campaign ends = {.from_day = 100, .to_day = 130}, open = {.from_day = 100};
    static const struct {
        bool ends;
        int64_t from, to, want_from, want_to;
    } cases[] = {
        {true, 0, 0, 100, 130},    {true, 110, 0, 110, 110},  {true, 0, 120, 100, 120},
        {true, 90, 140, 90, 140},  {false, 0, 0, 115, 115},   {false, 110, 0, 110, 110},
        {false, 0, 120, 100, 120}, {false, 101, 102, 101, 102},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t from = cases[i].from, to = cases[i].to;
        cost_days(cases[i].ends ? &ends : &open, 115, &from, &to);
        assert_int_equal(from, cases[i].want_from);
        assert_int_equal(to, cases[i].want_to);
    }
}

static void weeks_begin_on_monday_and_are_numbered_by_iso(void **state)
{
    struct campaign_step step[CAMPAIGN_STEPS_MAX];
    bool months;
    (void)state;
    assert_int_equal(campaign_week(day_of(2026, 1, 1)), 1);
    assert_int_equal(campaign_week(day_of(2027, 1, 1)), 53);
    assert_int_equal(campaign_week(day_of(2024, 12, 30)), 1);
    /* Wednesday to the Tuesday after next. */
    int n = campaign_steps(day_of(2026, 3, 11), day_of(2026, 3, 24), step, &months);
    assert_int_equal(n, 3);
    assert_false(months);
    assert_int_equal(step[0].from_day, day_of(2026, 3, 11));
    assert_int_equal(step[0].to_day, day_of(2026, 3, 15));
    assert_int_equal(step[1].from_day, day_of(2026, 3, 16));
    assert_int_equal(step[2].to_day, day_of(2026, 3, 24));
    n = campaign_steps(day_of(2025, 1, 15), day_of(2026, 3, 2), step, &months);
    assert_true(months);
    assert_int_equal(n, 15);
    assert_int_equal(step[0].from_day, day_of(2025, 1, 15));
    assert_int_equal(step[0].to_day, day_of(2025, 1, 31));
    assert_int_equal(step[14].from_day, day_of(2026, 3, 1));
    n = campaign_steps(day_of(2000, 1, 1), day_of(2026, 3, 2), step, &months);
    assert_int_equal(n, CAMPAIGN_STEPS_MAX);
    assert_int_equal(step[n - 1].to_day, day_of(2026, 3, 2));
    for (int i = 1; i < n; i++) assert_int_equal(step[i].from_day, step[i - 1].to_day + 1);
}

static void a_link_carries_where_it_comes_from(void **state)
{
    static const char *const cases[][2] = {
        {"/f/a", "/f/a?utm_source=g%20h&utm_medium=cpc&utm_campaign=m"},
        {"https://x.example/p?a=1#z",
         "https://x.example/p?a=1&utm_source=g%20h&utm_medium=cpc&utm_campaign=m#z"},
        {"https://x.example?utm_medium=own",
         "https://x.example?utm_medium=own&utm_source=g%20h&utm_campaign=m"},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str got = campaign_link_target(&a, str_of(cases[i][0]), S("g h"), S("cpc"), S("m"));
        if (!str_eq(got, str_of(cases[i][1]))) fail_msg("%.*s", STR_ARG(got));
    }
}

static void what_has_no_cost_per_lead_comes_last(void **state)
{
    struct campaign row[] = {{.id = 1, .name = S_INIT("b"), .cost_cents = 100, .leads = 0},
                             {.id = 2, .name = S_INIT("Ä"), .cost_cents = 100, .leads = 1},
                             {.id = 3, .name = S_INIT("c"), .cost_cents = 100, .leads = 2}};
    struct campaigns list = {row, 3};
    arena a = fresh();
    (void)state;
    campaign_order(&a, &list, CAMPAIGN_SORT_PER_LEAD, true);
    assert_int_equal(row[0].id, 3);
    assert_int_equal(row[2].id, 1);
    campaign_order(&a, &list, CAMPAIGN_SORT_PER_LEAD, false);
    assert_int_equal(row[0].id, 2);
    assert_int_equal(row[2].id, 1);
    campaign_order(&a, &list, CAMPAIGN_SORT_NAME, true);
    assert_int_equal(row[0].id, 2);
}

static void what_costs_nothing_has_no_cost_per_lead(void **state)
{
    static const int64_t cases[][3] = {{0, 3, -1},    {0, 0, -1}, {100, 0, -1},
                                       {-100, 2, -1}, {1, 3, 0},  {10001, 3, 3334}};
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_int_equal(cost_per(cases[i][0], cases[i][1]), cases[i][2]);
}

static void days_are_days(void **state)
{
    arena a = fresh();
    int64_t day;
    (void)state;
    assert_true(campaign_day_parse(&a, S("2026-03-12"), &day) && day == day_of(2026, 3, 12));
    assert_true(str_eq(campaign_day_text(&a, day), S("2026-03-12")));
    assert_false(campaign_day_parse(&a, S("2026-02-31"), &day));
    assert_false(campaign_day_parse(&a, S("12.03.2026"), &day));
    assert_false(campaign_day_parse(&a, S("2026-03-12T00:00"), &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_read_as_people_write_it),
        cmocka_unit_test(money_is_written_in_both_languages),
        cmocka_unit_test(a_code_is_made_of_a_name),
        cmocka_unit_test(a_state_follows_from_the_day),
        cmocka_unit_test(the_parts_of_a_cost_are_the_whole),
        cmocka_unit_test(a_cost_without_days_is_for_the_campaign),
        cmocka_unit_test(weeks_begin_on_monday_and_are_numbered_by_iso),
        cmocka_unit_test(a_link_carries_where_it_comes_from),
        cmocka_unit_test(what_has_no_cost_per_lead_comes_last),
        cmocka_unit_test(what_costs_nothing_has_no_cost_per_lead),
        cmocka_unit_test(days_are_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
