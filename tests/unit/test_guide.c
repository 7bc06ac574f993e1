/* The tour's way and when news are new. */
#include "base/permission.h"
#include "guide/guide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ALL = MAY_READ_LEADS | MAY_READ_FORMS };

static void the_tour_leaves_out_what_somebody_may_not_see(void **state)
{
    static const struct {
        uint64_t may;
        int64_t step;
        int way;
        int64_t to;
    } rows[] = {
        {ALL, TOUR_TODAY, 1, TOUR_FORMS},
        {MAY_READ_LEADS, TOUR_TODAY, 1, TOUR_LEADS},
        {MAY_READ_LEADS, TOUR_LEADS, -1, TOUR_TODAY},
        {ALL, TOUR_HELP, 1, TOUR_OVER},
        {ALL, TOUR_TODAY, -1, TOUR_OVER},
        {0, TOUR_TODAY, 1, TOUR_HELP},
        {0, TOUR_TODAY - 1, 1, TOUR_HELP},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tour_beside(rows[i].may, rows[i].step, rows[i].way), rows[i].to);
}

static void steps_are_counted_as_somebody_sees_them(void **state)
{
    int number, count;
    (void)state;
    tour_place(ALL, TOUR_MINE, &number, &count);
    assert_int_equal(number, 5);
    assert_int_equal(count, 6);
    tour_place(MAY_READ_LEADS, TOUR_MINE, &number, &count);
    assert_int_equal(number, 4);
    assert_int_equal(count, 5);
}

static void a_step_stands_on_its_own_page_only(void **state)
{
    static const struct {
        int64_t step;
        const char *path;
        bool at;
    } rows[] = {
        {TOUR_TODAY, "/", true},
        {TOUR_TODAY, "/leads", false},
        {TOUR_LEADS, "/leads", true},
        {TOUR_LEADS, "/leads/mine", false},
        {TOUR_PERMIT, "/leads", true}, /* while there is no lead */
        {TOUR_PERMIT, "/leads/ld_0D8QZ6K3T0R40", true},
        {TOUR_PERMIT, "/leads/ld_0D8QZ6K3T0R40/edit", false},
        {TOUR_OVER, "/", false},
        {TOUR__COUNT, "/", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(tour_is_at(rows[i].step, str_of(rows[i].path)), rows[i].at);
}

static void news_call_whoever_has_seen_those_of_another_version(void **state)
{
    (void)state;
    assert_false(news_are_new(S("")));
    assert_false(news_are_new(S(ZULAUF_VERSION)));
    assert_true(news_are_new(S("0.0.9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tour_leaves_out_what_somebody_may_not_see),
        cmocka_unit_test(steps_are_counted_as_somebody_sees_them),
        cmocka_unit_test(a_step_stands_on_its_own_page_only),
        cmocka_unit_test(news_call_whoever_has_seen_those_of_another_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
