#include "assert_str.h"
#include "base/id.h"

static const int64_t EPOCH_MS = INT64_C(1577836800000);

static void ids_only_grow_whatever_the_clock_does(void **state)
{
    (void)state;
    struct id_source source = {.node = 5};
    const int64_t clock[] = {0, 0, EPOCH_MS, EPOCH_MS + 10, EPOCH_MS + 10, EPOCH_MS + 9, -7};
    int64_t last = 0;
    for (ptrdiff_t i = 0; i < COUNTOF(clock); i++) {
        int64_t id = id_next(&source, clock[i]);
        assert_true(id > last);
        last = id;
    }
    assert_int_equal(id_time_ms(last), EPOCH_MS + 10);
    assert_int_equal(last >> 16 & 63, 5);
}

static void a_full_millisecond_borrows_from_the_next(void **state)
{
    (void)state;
    struct id_source source = {0};
    int64_t id = 0;
    for (int i = 0; i <= 1 << 16; i++) id = id_next(&source, EPOCH_MS + 1000);
    assert_int_equal(id_time_ms(id), EPOCH_MS + 1001);
}

static void a_high_water_mark_of_another_node_is_passed(void **state)
{
    (void)state;
    struct id_source other = {.node = 63}, mine = {.node = 1};
    int64_t mark = id_next(&other, EPOCH_MS + 50);
    atomic_store(&mine.last, mark);
    int64_t id = id_next(&mine, EPOCH_MS + 50);
    assert_true(id > mark);
    assert_int_equal(id >> 16 & 63, 1);
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
        cmocka_unit_test(text_and_back_is_the_same_id),
        cmocka_unit_test(only_an_id_of_the_type_is_read),
    };
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
