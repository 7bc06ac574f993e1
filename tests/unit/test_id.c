#include "assert_str.h"
#include "base/id.h"

static const int64_t EPOCH_MS = INT64_C(1577836800000);

enum { ALL = 60000 }; /* a ceiling that is not in the way, in ms past the epoch */

static struct id_source opened(int node, int64_t last, int64_t until_ms)
{
    struct id_source source = {0};
    assert_true(id_source_open(&source, node, last, id_ceiling(last, until_ms)));
    return source;
}

static int node_of(int64_t id)
{
    return (int)(id >> 16 & 63);
}

static void ids_only_grow_whatever_the_clock_does(void **state)
{
    (void)state;
    struct id_source source = opened(5, 0, EPOCH_MS + ALL);
    const int64_t clock[] = {0, 0, EPOCH_MS, EPOCH_MS + 10, EPOCH_MS + 10, EPOCH_MS + 9, -7};
    int64_t last = 0;
    for (ptrdiff_t i = 0; i < COUNTOF(clock); i++) {
        int64_t id = id_next(&source, clock[i]);
        assert_true(id > last);
        last = id;
    }
    assert_int_equal(id_time_ms(last), EPOCH_MS + 10);
    assert_int_equal(node_of(last), 5);
    id_source_close(&source);
}

static void a_full_millisecond_borrows_from_the_next(void **state)
{
    (void)state;
    struct id_source source = opened(0, 0, EPOCH_MS + ALL);
    int64_t id = 0;
    for (int i = 0; i <= 1 << 16; i++) id = id_next(&source, EPOCH_MS + 1000);
    assert_int_equal(id_time_ms(id), EPOCH_MS + 1001);
    id_source_close(&source);
}

static void a_high_water_mark_of_another_node_is_passed(void **state)
{
    (void)state;
    struct id_source other = opened(63, 0, EPOCH_MS + ALL);
    int64_t mark = id_next(&other, EPOCH_MS + 50);
    struct id_source mine = opened(1, mark, EPOCH_MS + ALL);
    int64_t id = id_next(&mine, EPOCH_MS + 50);
    assert_true(id > mark);
    assert_int_equal(node_of(id), 1);
    id_source_close(&other);
    id_source_close(&mine);
}

static void a_clock_that_runs_ahead_of_the_reserve_does_not_lead_out_of_it(void **state)
{
    (void)state;
    struct id_source source = opened(3, 0, EPOCH_MS + 5000);
    int64_t ceiling = id_source_ceiling(&source);
    int64_t last = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t id = id_next(&source, EPOCH_MS + 3600000 + i);
        assert_true(id > last && id <= ceiling);
        last = id;
    }
    assert_int_equal(id_time_ms(last), EPOCH_MS + 5000); /* counting, since the clock may not */
    id_source_raise(&source, id_ceiling(last, EPOCH_MS + 3630000));
    assert_int_equal(id_time_ms(id_next(&source, EPOCH_MS + 3600000)), EPOCH_MS + 3600000);
    id_source_close(&source);
}

static void what_is_reserved_covers_the_clock_and_a_clock_set_back(void **state)
{
    (void)state;
    static const struct {
        int64_t last_ms, until_ms; /* past the epoch */
    } cases[] = {{0, 30000}, {1000, 30000}, {29999, 30000}, {90000, 30000}, {90000, -5}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t last = id_first(EPOCH_MS + cases[i].last_ms);
        int64_t ceiling = id_ceiling(last, EPOCH_MS + cases[i].until_ms);
        assert_true(ceiling >= id_first(EPOCH_MS + cases[i].until_ms));
        assert_true(ceiling - last >= (int64_t)ID_SLACK_MS << 22);
    }
}

static void two_numbers_never_give_the_same_id(void **state)
{
    (void)state;
    enum { IDS = 200000 };
    /* The same clock, the same start, one in front of the other by turns. */
    struct id_source a = opened(0, 0, EPOCH_MS + ALL), b = opened(63, 0, EPOCH_MS + ALL);
    int64_t in_a = id_next(&a, EPOCH_MS), in_b = id_next(&b, EPOCH_MS);
    for (int i = 0; i < IDS; i++) {
        assert_int_not_equal(in_a, in_b);
        assert_int_equal(node_of(in_a), 0);
        assert_int_equal(node_of(in_b), 63);
        if (in_a < in_b)
            in_a = id_next(&a, EPOCH_MS + i / 1000);
        else
            in_b = id_next(&b, EPOCH_MS + i / 1000);
    }
    id_source_close(&a);
    id_source_close(&b);
}

static void whoever_takes_a_number_begins_above_what_a_frozen_holder_may_still_give(void **state)
{
    (void)state;
    struct id_source frozen = opened(7, 0, EPOCH_MS + 30000);
    (void)id_next(&frozen, EPOCH_MS + 100);
    int64_t high = id_source_ceiling(&frozen); /* as its row says */
    /* The next holder's clock may even be behind. */
    struct id_source next = opened(7, high, EPOCH_MS + 20000 + 30000);
    int64_t first = id_next(&next, EPOCH_MS + 20000);
    for (int i = 0; i < 100000; i++) {
        int64_t late = id_next(&frozen, i % 2 == 0 ? EPOCH_MS + 100 : EPOCH_MS + 7200000);
        assert_true(late < first);
    }
    id_source_close(&frozen);
    id_source_close(&next);
}

static void a_new_number_goes_on_above_the_old_one(void **state)
{
    (void)state;
    struct id_source source = {0};
    assert_false(id_source_ready(&source));
    assert_true(id_source_open(&source, 9, 0, id_ceiling(0, EPOCH_MS + ALL)));
    int64_t before = id_next(&source, EPOCH_MS + 70);
    int64_t last = id_source_last(&source);
    assert_true(id_source_open(&source, 2, last, id_ceiling(last, EPOCH_MS + ALL)));
    int64_t after = id_next(&source, EPOCH_MS + 70);
    assert_true(after > before);
    assert_int_equal(node_of(after), 2);
    id_source_close(&source);
    assert_false(id_source_ready(&source));
}

static void the_end_leaves_no_reserve_behind_but_room_for_its_own_write(void **state)
{
    (void)state;
    struct id_source source = opened(4, 0, EPOCH_MS + ALL);
    int64_t last = id_next(&source, EPOCH_MS + 500);
    int64_t high = id_source_end(&source);
    assert_int_equal(id_time_ms(high), EPOCH_MS + 501);
    for (int i = 0; i < 1000; i++) last = id_next(&source, EPOCH_MS + 40000);
    assert_true(last <= high);
    id_source_close(&source);
}

static void text_and_back_is_the_same_id(void **state)
{
    (void)state;
    const int64_t ids[] = {1, 31, 32, INT64_C(0x123456789abcdef), INT64_MAX};
    for (int type = 0; type < ID__COUNT; type++)
        for (ptrdiff_t i = 0; i < COUNTOF(ids); i++) {
            arena a = fresh();
            int64_t back = 0;
            str text = id_text(&a, (enum id_type)type, ids[i]);
            assert_int_equal(text.len, ID_TEXT_LEN);
            assert_true(id_parse(text, (enum id_type)type, &back));
            assert_int_equal(back, ids[i]);
            /* No other type takes it: prefixes differ. */
            for (int other = 0; other < ID__COUNT; other++)
                if (other != type) assert_false(id_parse(text, (enum id_type)other, &back));
        }
    arena a = fresh();
    assert_str("no id", id_text(&a, ID_LEAD, 0), (str){0});
    assert_str("largest", id_text(&a, ID_LEAD, INT64_MAX), S("ld_7ZZZZZZZZZZZZ"));
}

static void only_an_id_of_the_type_is_read(void **state)
{
    (void)state;
    const struct {
        str text;
        int64_t want; /* 0: refused */
    } rows[] = {
        {S("ld_0000000000001"), 1},
        {S("LD_000000000000l"), 1},
        {S("ld_oO0000000000I"), 1},
        {S("ld_0000000000000"), 0},
        {S("ld_8000000000000"), 0}, /* beyond 63 bits */
        {S("ld_ZZZZZZZZZZZZZ"), 0},
        {S("ld_000000000000U"), 0},
        {S("ld_000000000000\0"), 0},
        {S("ld_00000000000 1"), 0},
        {S("us_0000000000001"), 0},
        {S("ld-0000000000001"), 0},
        {S("ld_000000000001"), 0},
        {S("ld_00000000000011"), 0},
        {S(""), 0},
        {{0}, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int64_t got = 0;
        bool ok = id_parse(rows[i].text, ID_LEAD, &got);
        if (ok != (rows[i].want != 0) || got != rows[i].want)
            fail_msg("%.*s", STR_ARG(rows[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_only_grow_whatever_the_clock_does),
        cmocka_unit_test(a_full_millisecond_borrows_from_the_next),
        cmocka_unit_test(a_high_water_mark_of_another_node_is_passed),
        cmocka_unit_test(a_clock_that_runs_ahead_of_the_reserve_does_not_lead_out_of_it),
        cmocka_unit_test(what_is_reserved_covers_the_clock_and_a_clock_set_back),
        cmocka_unit_test(two_numbers_never_give_the_same_id),
        cmocka_unit_test(whoever_takes_a_number_begins_above_what_a_frozen_holder_may_still_give),
        cmocka_unit_test(a_new_number_goes_on_above_the_old_one),
        cmocka_unit_test(the_end_leaves_no_reserve_behind_but_room_for_its_own_write),
        cmocka_unit_test(text_and_back_is_the_same_id),
        cmocka_unit_test(only_an_id_of_the_type_is_read),
    };
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
