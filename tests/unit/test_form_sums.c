/* A count of many submissions stands for a moment; one of few never does. */
#include "form/form_sums.h"

#include <cmocka.h>

static const int64_t NOW = 1750000000000;

static void a_count_stands_the_longer_the_larger_it_is(void **state)
{
    (void)state;
    static const struct {
        int64_t submissions, after_ms;
        bool stands;
    } cases[] = {{19999, 0, false},       {20000, 0, true},         {20000, 999, true},
                 {20000, 1000, false},    {1000000, 49999, true},   {1000000, 50000, false},
                 {50000000, 59999, true}, {50000000, 60000, false}, {1000000, -1, false}};
    struct arena_block block;
    assert_true(arena_block_open(&block, 1 << 20));
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = arena_over(&block);
        struct form_sums *sums = form_sums_new(&a);
        struct form_sum sum = {cases[i].submissions, 7}, out = {0};
        form_sums_put(sums, 1, 5, NOW, &sum);
        bool stands = form_sums_get(sums, 1, 5, NOW + cases[i].after_ms, &out);
        if (stands != cases[i].stands) fail_msg("case %d", (int)i);
        if (!stands) continue;
        assert_int_equal(out.submissions, cases[i].submissions);
        assert_int_equal(out.confirmed, 7);
        assert_false(form_sums_get(sums, 2, 5, NOW, &out));
        assert_false(form_sums_get(sums, 1, 6, NOW, &out));
    }
    arena_block_close(&block);
}

static void there_is_room_for_so_many_and_the_first_to_be_over_gives_way(void **state)
{
    (void)state;
    struct arena_block block;
    assert_true(arena_block_open(&block, 1 << 20));
    arena a = arena_over(&block);
    struct form_sums *sums = form_sums_new(&a);
    struct form_sum sum = {1000000, 1}, out;
    for (int64_t i = 1; i <= 257; i++) form_sums_put(sums, 1, i, NOW + i, &sum);
    assert_false(form_sums_get(sums, 1, 1, NOW + 300, &out));
    for (int64_t i = 2; i <= 257; i++) assert_true(form_sums_get(sums, 1, i, NOW + 300, &out));
    /* Counted anew it takes its own place. */
    sum.submissions = 1000001;
    form_sums_put(sums, 1, 2, NOW + 300, &sum);
    assert_true(form_sums_get(sums, 1, 2, NOW + 300, &out));
    assert_int_equal(out.submissions, 1000001);
    assert_true(form_sums_get(sums, 1, 3, NOW + 300, &out));
    assert_false(form_sums_get(NULL, 1, 2, NOW, &out));
    form_sums_put(NULL, 1, 2, NOW, &sum);
    arena_block_close(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_stands_the_longer_the_larger_it_is),
        cmocka_unit_test(there_is_room_for_so_many_and_the_first_to_be_over_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
