/* Limits per address, on a clock of the test's own. */
#include "assert_str.h"
#include "base/crypto.h"
#include "edge/rate.h"

#define NOW INT64_C(1750000000000)

static const struct class
{
    enum rate_class class_;
    int burst, pace_ms; /* so many at once, then one every pace_ms */
} CLASSES[] = {
    {RATE_PUBLIC_GET, 240, 250},
    {RATE_PUBLIC_POST, 30, 3000},
    {RATE_ADMIN, 600, 50},
};

static struct rate_limiter *limiter(void)
{
    static arena a;
    a = fresh();
    assert_true(crypto_init());
    return rate_new(&a);
}

/* How many of `tries` may go on. */
static int taken(struct rate_limiter *r, enum rate_class class_, str address, int64_t now,
                 int tries)
{
    int n = 0;
    for (int i = 0; i < tries; i++) n += rate_take(r, class_, address, now) == 0;
    return n;
}

static void so_many_may_come_at_once_and_then_one_after_another(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(CLASSES); i++) {
        const struct class *c = &CLASSES[i];
        struct rate_limiter *r = limiter();
        str who = S("192.0.2.1");
        assert_int_equal(taken(r, c->class_, who, NOW, 1000), c->burst);
        assert_int_equal(taken(r, c->class_, who, NOW + c->pace_ms - 1, 5), 0);
        assert_int_equal(taken(r, c->class_, who, NOW + c->pace_ms, 5), 1);
        assert_int_equal(taken(r, c->class_, who, NOW + 4 * (int64_t)c->pace_ms, 9), 3);
        /* however long nobody came */
        assert_int_equal(taken(r, c->class_, who, NOW + 86400000, 1000), c->burst);
    }
}

static void who_waits_as_long_as_told_may_go_on(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(CLASSES); i++) {
        const struct class *c = &CLASSES[i];
        struct rate_limiter *r = limiter();
        str who = S("192.0.2.1");
        taken(r, c->class_, who, NOW, c->burst);
        int wait_s = rate_take(r, c->class_, who, NOW);
        assert_in_range(wait_s, 1, c->pace_ms / 1000 + 1);
        assert_int_equal(rate_take(r, c->class_, who, NOW + wait_s * 1000), 0);
    }
}

static void asking_in_vain_does_not_make_the_wait_longer(void **state)
{
    (void)state;
    struct rate_limiter *r = limiter();
    str who = S("192.0.2.1");
    taken(r, RATE_PUBLIC_POST, who, NOW, 30);
    for (int ms = 0; ms < 3000; ms++)
        assert_true(rate_take(r, RATE_PUBLIC_POST, who, NOW + ms) > 0);
    assert_int_equal(rate_take(r, RATE_PUBLIC_POST, who, NOW + 3000), 0);
}

static void classes_do_not_take_from_each_other(void **state)
{
    (void)state;
    struct rate_limiter *r = limiter();
    for (ptrdiff_t i = 0; i < COUNTOF(CLASSES); i++)
        assert_int_equal(taken(r, CLASSES[i].class_, S("192.0.2.1"), NOW, 1000), CLASSES[i].burst);
}

/* Two of 16384 places may be the same one; that four meet is past chance. */
static void addresses_have_buckets_of_their_own(void **state)
{
    (void)state;
    struct rate_limiter *r = limiter();
    static const str others[] = {S_INIT("192.0.2.2"), S_INIT("2001:db8::1"), S_INIT("192.0.2.10"),
                                 S_INIT("192.0.2.")};
    int full = 0;
    taken(r, RATE_PUBLIC_POST, S("192.0.2.1"), NOW, 30);
    for (ptrdiff_t i = 0; i < COUNTOF(others); i++)
        full += taken(r, RATE_PUBLIC_POST, others[i], NOW, 40) == 30;
    assert_in_range(full, 1, COUNTOF(others));
}

static void a_clock_set_back_gives_nothing_away(void **state)
{
    (void)state;
    struct rate_limiter *r = limiter();
    str who = S("192.0.2.1");
    taken(r, RATE_PUBLIC_POST, who, NOW, 30);
    assert_int_equal(taken(r, RATE_PUBLIC_POST, who, NOW - 3600000, 5), 0);
    /* and locks nobody out for the hour */
    assert_int_equal(taken(r, RATE_PUBLIC_POST, who, NOW - 3600000 + 3000, 5), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_may_come_at_once_and_then_one_after_another),
        cmocka_unit_test(who_waits_as_long_as_told_may_go_on),
        cmocka_unit_test(asking_in_vain_does_not_make_the_wait_longer),
        cmocka_unit_test(classes_do_not_take_from_each_other),
        cmocka_unit_test(addresses_have_buckets_of_their_own),
        cmocka_unit_test(a_clock_set_back_gives_nothing_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
