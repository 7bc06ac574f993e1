/* The plan for a Citus cluster: every table once, in an order that works. */
#include "assert_str.h"
#include "cmd/distribution.h"

#include <stdio.h>
#include <string.h>

static ptrdiff_t at(str text, const char *word)
{
    const char *found = memmem(text.ptr, (size_t)text.len, word, strlen(word));
    return found == NULL ? -1 : found - text.ptr;
}

static int times(str text, const char *word)
{
    int n = 0;
    for (ptrdiff_t i; (i = at(text, word)) >= 0; n++) text = str_slice(text, i + 1, text.len);
    return n;
}

static void every_table_is_in_the_plan_once_with_its_reason(void **state)
{
    (void)state;
    arena a = fresh();
    str plan = distribution_plan(&a);
    const struct distribution *t;
    for (int i = 0; (t = distribution_at(i)) != NULL; i++) {
        const char *before = t->place == PLACE_REFERENCE     ? "create_reference_table('%s')"
                             : t->place == PLACE_DISTRIBUTED ? "create_distributed_table('%s', '%s'"
                                                             : "--   %s: ";
        char call[128];
        snprintf(call, sizeof call, before, t->table, t->column);
        if (times(plan, call) != 1 || at(plan, t->why) < 0) fail_msg("%s: %s", t->table, call);
        int of_its_name = 0;
        const struct distribution *other;
        for (int j = 0; (other = distribution_at(j)) != NULL; j++)
            of_its_name += strcmp(other->table, t->table) == 0;
        if (of_its_name != 1) fail_msg("%s stands %d times", t->table, of_its_name);
    }
    assert_null(distribution_at(-1));
}

static void references_come_first_and_all_stand_beside_lead(void **state)
{
    (void)state;
    arena a = fresh();
    str plan = distribution_plan(&a);
    ptrdiff_t lead = at(plan, "create_distributed_table('lead', 'workspace_id', "
                              "colocate_with => 'none', shard_count => 32)");
    int distributed = 0;
    const struct distribution *t;
    assert_true(lead > 0);
    for (int i = 0; (t = distribution_at(i)) != NULL; i++) {
        char call[128];
        if (t->place == PLACE_LOCAL) continue;
        distributed += t->place == PLACE_DISTRIBUTED;
        snprintf(call, sizeof call, "_table('%s'", t->table);
        bool behind = at(plan, call) > at(plan, "_table('lead'");
        bool is_lead = strcmp(t->table, "lead") == 0;
        if (behind != (t->place == PLACE_DISTRIBUTED && !is_lead)) fail_msg("%s", t->table);
    }
    assert_int_equal(times(plan, "colocate_with => 'lead')"), distributed - 1);
    assert_int_equal(times(plan, "colocate_with => 'none'"), 1);
}

static void every_statement_ends_and_leaves_what_stands_alone(void **state)
{
    (void)state;
    arena a = fresh();
    str line, rest = distribution_plan(&a);
    int calls = 0, guards = 0, queries = 0;
    while (rest.len > 0) {
        line = str_cut(rest, '\n', &rest);
        if (line.len == 0 || str_starts(line, S("--"))) continue;
        calls += str_starts(line, S("SELECT create_"));
        queries += str_starts(line, S("SELECT table_name"));
        if (str_starts(line, S("  WHERE NOT EXISTS")) && str_ends(line, S("::regclass);")))
            guards++;
    }
    assert_true(calls > 20);
    assert_int_equal(guards, calls);
    assert_int_equal(queries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_is_in_the_plan_once_with_its_reason),
        cmocka_unit_test(references_come_first_and_all_stand_beside_lead),
        cmocka_unit_test(every_statement_ends_and_leaves_what_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
