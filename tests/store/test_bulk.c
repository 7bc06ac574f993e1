/* Rows in bulk: what goes in comes out, and sums tell what differs. */
#include "store_test.h"

#include "db/bulk.h"
#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct place {
    struct store s;
    struct bulk_schema schema;
};

static int open_place(void **state)
{
    static struct place place;
    struct place *p = &place;
    store_open(&p->s);
    assert_true(bulk_schema_read(&p->s.cx, &p->schema));
    db_close(p->s.cx.db);
    p->s.cx.db = NULL;
    *state = p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    return 0;
}

static struct bulk *opened(struct place *p, enum bulk_use use)
{
    struct bulk *b = NULL;
    str url = str_of(p->s.url);
    struct bulk_options o = {.where = url.len > 0 ? url : store_path(&p->s), .use = use};
    if (!bulk_open(&p->s.cx, &o, &b)) fail_msg("%.*s", STR_ARG(p->s.cx.err.detail));
    return b;
}

static const struct bulk_table *table(struct place *p, const char *name)
{
    const struct bulk_table *t = bulk_table_find(&p->schema, str_of(name));
    assert_non_null(t);
    return t;
}

static void the_schema_is_that_of_the_migrations(void **state)
{
    struct place *p = *state;
    const struct bulk_table *t = table(p, "audit");
    int detail = bulk_column_find(t, "detail"), action = bulk_column_find(t, "action");
    assert_int_equal(t->key_count, 2);
    assert_true(str_eq(t->column[t->key[0]].name, S("workspace_id")));
    assert_true(str_eq(t->column[t->key[1]].name, S("id")));
    assert_int_equal(t->column[t->key[1]].type, BULK_I64);
    assert_int_equal(t->column[detail].type, BULK_BLOB);
    assert_true(t->column[detail].nullable);
    assert_int_equal(t->column[action].type, BULK_TEXT);
    assert_false(t->column[action].nullable);
    assert_int_equal(bulk_column_find(t, "nobody"), -1);
    assert_null(bulk_table_find(&p->schema, S("schema_migration")));
    assert_true(p->schema.index_count > 10);
}

/* setting(workspace_id, name, value, changed_ms, user_id): rows of different kinds. */
static void setting_row(struct bulk_cell *c, int64_t workspace, const char *name, const char *value)
{
    c[0] = (struct bulk_cell){.i64 = workspace};
    c[1] = (struct bulk_cell){.bytes = str_of(name)};
    c[2] = (struct bulk_cell){.bytes = str_of(value)};
    c[3] = (struct bulk_cell){.i64 = INT64_MIN};
    c[4] = (struct bulk_cell){.i64 = INT64_MAX};
}

static void three_settings(struct place *p, struct bulk *b)
{
    struct bulk_cell c[15];
    setting_row(c, 1, "b", "ä\xf0\x9f\x8c\xb1");
    setting_row(c + 5, 2, "a", "");
    setting_row(c + 10, 1, "a", "'");
    assert_true(bulk_begin(&p->s.cx, b));
    assert_true(bulk_put(&p->s.cx, b, table(p, "setting"), c, 3));
    assert_true(bulk_commit(&p->s.cx, b));
}

struct seen {
    struct place *p;
    int rows, most;
    char text[64];
    struct bulk_cell last[2];
};

static void str_append(struct seen *seen, str s)
{
    size_t at = strlen(seen->text);
    assert_true(at + (size_t)s.len < sizeof seen->text);
    memcpy(seen->text + at, s.ptr, (size_t)s.len);
}

static bool see(void *arg, const struct bulk_cell *c)
{
    struct seen *seen = arg;
    seen->rows++;
    str_append(seen, c[0].i64 == 1 ? S("1") : S("2"));
    str_append(seen, c[1].bytes);
    assert_true(c[3].i64 == INT64_MIN && c[4].i64 == INT64_MAX);
    seen->last[0] = c[0];
    seen->last[1] = (struct bulk_cell){.bytes = str_dup(&seen->p->s.a, c[1].bytes)};
    return seen->rows < seen->most;
}

static void rows_come_in_the_order_of_their_key_from_any_of_them_on(void **state)
{
    struct place *p = *state;
    struct bulk *b = opened(p, BULK_WRITE);
    struct seen seen = {.p = p, .most = 2};
    three_settings(p, b);
    assert_true(bulk_scan(&p->s.cx, b, table(p, "setting"), NULL, 10, see, &seen));
    assert_string_equal(seen.text, "1a1b");
    seen.most = 10;
    struct bulk_cell after[2] = {seen.last[0], seen.last[1]};
    assert_true(bulk_scan(&p->s.cx, b, table(p, "setting"), after, 10, see, &seen));
    assert_string_equal(seen.text, "1a1b2a");
    struct seen one = {.p = p, .most = 10};
    assert_true(bulk_scan(&p->s.cx, b, table(p, "setting"), NULL, 1, see, &one));
    assert_string_equal(one.text, "1a");
    bulk_close(b);
}

static void a_key_comes_once(void **state)
{
    struct place *p = *state;
    struct bulk *b = opened(p, BULK_WRITE);
    struct bulk_cell c[5];
    three_settings(p, b);
    setting_row(c, 1, "a", "other");
    assert_true(bulk_begin(&p->s.cx, b));
    assert_false(bulk_put(&p->s.cx, b, table(p, "setting"), c, 1));
    assert_int_equal(p->s.cx.err.code, ERR_CONFLICT);
    bulk_close(b);
}

static void what_was_not_committed_is_gone(void **state)
{
    struct place *p = *state;
    struct bulk *b = opened(p, BULK_WRITE);
    struct bulk_cell c[5];
    struct bulk_sum sum;
    three_settings(p, b);
    setting_row(c, 9, "z", "");
    assert_true(bulk_begin(&p->s.cx, b));
    assert_true(bulk_put(&p->s.cx, b, table(p, "setting"), c, 1));
    bulk_close(b);
    b = opened(p, BULK_READ);
    assert_true(bulk_sum_read(&p->s.cx, b, table(p, "setting"), &sum, NULL, NULL));
    assert_int_equal(sum.rows, 3);
    bulk_close(b);
}

static void sums_do_not_depend_on_order_but_on_everything_else(void **state)
{
    struct place *p = *state;
    const struct bulk_table *t = table(p, "setting");
    struct bulk_cell a[5], b[5], c[5];
    struct bulk_sum ab = {0}, ba = {0}, ac = {0}, left = {0};
    setting_row(a, 1, "ab", "c");
    setting_row(b, 1, "a", "bc"); /* the same bytes, cut elsewhere */
    setting_row(c, 1, "a", "bc");
    c[2].null = true;
    bulk_sum_add(&ab, t, a);
    bulk_sum_add(&ab, t, b);
    bulk_sum_add(&ba, t, b);
    bulk_sum_add(&ba, t, a);
    assert_true(bulk_sum_eq(&ab, &ba));
    bulk_sum_add(&ac, t, a);
    bulk_sum_add(&ac, t, c);
    assert_false(bulk_sum_eq(&ab, &ac));
    left = ab;
    bulk_sum_remove(&left, t, b);
    struct bulk_sum only_a = {0};
    bulk_sum_add(&only_a, t, a);
    assert_true(bulk_sum_eq(&left, &only_a));
    assert_false(bulk_sum_eq(&only_a, &(struct bulk_sum){0}));
    struct bulk_sum only_b = {0};
    bulk_sum_add(&only_b, t, b);
    assert_false(bulk_sum_eq(&only_a, &only_b));
}

static void a_sum_read_is_the_sum_of_the_rows(void **state)
{
    struct place *p = *state;
    struct bulk *b = opened(p, BULK_WRITE);
    struct bulk_sum sum, mine = {0};
    struct bulk_cell c[5];
    three_settings(p, b);
    assert_true(bulk_sum_read(&p->s.cx, b, table(p, "setting"), &sum, NULL, NULL));
    setting_row(c, 2, "a", "");
    bulk_sum_add(&mine, table(p, "setting"), c);
    setting_row(c, 1, "b", "ä\xf0\x9f\x8c\xb1");
    bulk_sum_add(&mine, table(p, "setting"), c);
    setting_row(c, 1, "a", "'");
    bulk_sum_add(&mine, table(p, "setting"), c);
    assert_true(bulk_sum_eq(&sum, &mine));
    bulk_close(b);
}

static void indexes_go_and_come_back(void **state)
{
    struct place *p = *state;
    struct bulk *b = opened(p, BULK_WRITE);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < p->schema.index_count; i++)
            assert_true(bulk_index_drop(&p->s.cx, b, &p->schema.index[i]));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < p->schema.index_count; i++)
            assert_true(bulk_index_make(&p->s.cx, b, &p->schema.index[i]));
    assert_true(bulk_finish(&p->s.cx, b));
    bulk_close(b);
    store_reopen(&p->s);
    str what;
    assert_true(db_check(&p->s.cx, &what));
    assert_null(what.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
        T(the_schema_is_that_of_the_migrations),
        T(rows_come_in_the_order_of_their_key_from_any_of_them_on),
        T(a_key_comes_once),
        T(what_was_not_committed_is_gone),
        T(sums_do_not_depend_on_order_but_on_everything_else),
        T(a_sum_read_is_the_sum_of_the_rows),
        T(indexes_go_and_come_back),
    };
    return cmocka_run_group_tests_name("bulk", tests, NULL, NULL);
}
