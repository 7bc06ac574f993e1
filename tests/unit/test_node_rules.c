/* Which number a node takes, and how long it may go by it. */
#include "assert_str.h"
#include "base/id.h"
#include "node/node_rules.h"

#define NOW INT64_C(1750000000000)

static void the_lowest_free_number_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t until[4]; /* of numbers 0..3, after NOW; 1 << 40: no row */
        bool shared;
        int want;
        int64_t token;
    } cases[] = {
        {"nobody yet", {INT64_C(1) << 40, 0, 0, 0}, true, 0, 0},
        {"nobody yet, own file", {INT64_C(1) << 40, 0, 0, 0}, false, 0, 0},
        {"released this moment", {0, 9, 9, 9}, true, 0, 100},
        {"one still holds", {1, -1, 9, 9}, true, 1, 101},
        {"the first two hold", {30000, 1, INT64_C(1) << 40, 0}, true, 2, 0},
        {"a hole lies before a lapsed one", {1, INT64_C(1) << 40, -1, 9}, true, 1, 0},
        {"all four hold", {1, 1, 1, 1}, true, 4, 0},
        {"own file: a crash a moment ago", {29999, 9, 9, 9}, false, 0, 100},
        {"own file: the clock was set back", {INT64_C(86400000), 9, 9, 9}, false, 0, 100},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct node_row rows[4];
        ptrdiff_t count = 0;
        for (int n = 3; n >= 0; n--) /* in no order */
            if (cases[i].until[n] != INT64_C(1) << 40)
                rows[count++] = (struct node_row){n, 100 + n, NOW + cases[i].until[n], 7000 + n, 0};
        struct node_choice c = node_choose(rows, count, cases[i].shared, NOW);
        if (c.node_no != cases[i].want || c.old_token != cases[i].token)
            fail_msg("%s: %d after %lld", cases[i].what, c.node_no, (long long)c.old_token);
        assert_int_equal(c.is_new, cases[i].token == 0);
        assert_int_equal(c.high_id, cases[i].token == 0 ? 0 : 7000 + c.node_no);
    }
}

static void when_all_numbers_have_holders_there_is_none(void **state)
{
    (void)state;
    struct node_row rows[64];
    for (int n = 0; n < 64; n++) rows[n] = (struct node_row){n, 1, NOW + 1, 0, 0};
    assert_int_equal(node_choose(rows, 64, true, NOW).node_no, -1);
    assert_int_equal(node_choose(rows, 64, false, NOW).node_no, 0);
    rows[63].lease_until_ms = NOW;
    assert_int_equal(node_choose(rows, 64, true, NOW).node_no, 63);
}

static void a_lease_is_given_up_at_half_its_time_for_others(void **state)
{
    (void)state;
    static const struct {
        int64_t after_ms;
        bool good, due, due_own;
    } cases[] = {
        {0, true, false, false},
        {4999, true, false, false},
        {5000, true, true, false},
        {14999, true, true, false},
        {15000, false, true, false},
        {60000, false, true, true},
        {INT64_C(86400000), false, true, true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t sent = 123456, now = sent + cases[i].after_ms;
        assert_int_equal(node_lease_good(sent, now), cases[i].good);
        assert_int_equal(node_renewal_due(sent, now, true), cases[i].due);
        assert_int_equal(node_renewal_due(sent, now, false), cases[i].due_own);
    }
    assert_true(node_lease_until(NOW, true) - NOW >= 2 * NODE_GIVE_UP_MS);
    /* Never held at all, whatever the clock says. */
    assert_false(node_lease_good(INT64_MIN / 2, 0));
    assert_false(node_lease_good(INT64_MIN / 2, INT64_MAX / 2 - 1));
}

/* An id made under a number at a moment. */
static int64_t id_of(int node, int64_t ms)
{
    return id_first(ms) | (int64_t)node << 16 | 7;
}

static void who_made_a_token_is_gone_with_its_lease_or_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int node;
        int64_t made_ms; /* before NOW */
        bool gone;
    } CASES[] = {
        {"at work", 3, 100, false},
        {"at work, its lease just over: clocks differ", 4, 100, false},
        {"its lease over for long enough", 5, 100, true},
        {"a former holder of a number at work", 3, 5001, true},
        {"the first id of the present holder", 3, 4999, false},
        {"a number nobody ever had", 9, 100, false},
    };
    int64_t first = id_first(NOW - 5000);
    struct node_row rows[] = {{3, 1, NOW + 1000, 0, first},
                              {4, 1, NOW - NODE_GONE_MS + 1, 0, first},
                              {5, 1, NOW - NODE_GONE_MS, 0, first}};
    for (ptrdiff_t i = 0; i < COUNTOF(CASES); i++)
        if (node_is_gone(rows, 3, id_of(CASES[i].node, NOW - CASES[i].made_ms), NOW) !=
            CASES[i].gone)
            fail_msg("%s", CASES[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_made_a_token_is_gone_with_its_lease_or_its_number),
        cmocka_unit_test(the_lowest_free_number_is_taken),
        cmocka_unit_test(when_all_numbers_have_holders_there_is_none),
        cmocka_unit_test(a_lease_is_given_up_at_half_its_time_for_others),
    };
    return cmocka_run_group_tests_name("node_rules", tests, NULL, NULL);
}
