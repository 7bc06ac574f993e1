/* What a receipt says of a commit, on both engines: what was not kept is not acknowledged, and
 * a connection whose commit failed is good for the next. */
#include "store_test.h"

#include "base/buf.h"
#include "db/sqlite_db.h"
#include "lead_sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool on_server(void)
{
    return getenv("ZULAUF_TEST_DB") != NULL;
}

static bool count_marks(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf out = buf_new(cx->a, 100);
    if (!sql_lines(tx, "SELECT count(*) FROM installation WHERE name LIKE 'mark%'", &out))
        return false;
    return str_to_i64(str_trim(buf_str(&out)), arg);
}

static int64_t marks(struct store *s)
{
    int64_t count = -1;
    assert_true(db_read(&s->cx, count_marks, &count));
    return count;
}

static void a_batch_that_never_began_is_not_acknowledged(void **state)
{
    (void)state;
    struct store s;
    sqlite3 *other = NULL;
    if (on_server()) skip();
    store_open(&s);
    assert_true(store_script(&s, "INSERT INTO installation (name, value) VALUES ('mark 1', '')"));
    assert_int_equal(sqlite3_open(str_cstr(&s.a, store_path(&s)), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(store_script(&s, "INSERT INTO installation (name, value) VALUES ('mark 2', '')"));
    assert_int_equal(s.cx.err.code, ERR_UNAVAILABLE);
    store_forget(&s);
    sqlite3_close(other);
    assert_int_equal(marks(&s), 1);
    assert_true(store_script(&s, "INSERT INTO installation (name, value) VALUES ('mark 2', '')"));
    assert_int_equal(marks(&s), 2);
    store_close(&s);
}

static bool spoil_receipts(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    (void)arg;
    return sql_script(tx, "INSERT INTO installation (name, value) VALUES ('mark 2', '')") &&
           sql_script(tx, "ALTER TABLE receipt RENAME TO receipt_away");
}

/* The receipt's INSERT fails, COMMIT is skipped, and the transaction must not stay open. */
static void a_connection_whose_commit_was_refused_is_good_for_the_next(void **state)
{
    (void)state;
    struct store s;
    if (!on_server()) skip();
    store_open(&s);
    assert_true(store_script(&s, "INSERT INTO installation (name, value) VALUES ('mark 1', '')"));
    for (int i = 0; i < 3; i++) {
        assert_false(db_write(&s.cx, DB_INTERACTIVE, spoil_receipts, NULL));
        assert_int_equal(s.cx.err.code, ERR_INTERNAL);
        store_forget(&s);
        assert_int_equal(marks(&s), 1);
        assert_false(db_write(&s.cx, DB_INTERACTIVE, spoil_receipts, NULL));
        store_forget(&s);
        assert_true(store_script(&s, "UPDATE installation SET value = 'x' WHERE name = 'mark 1'"));
    }
    store_close(&s);
}

static bool lose_the_connection(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf out = buf_new(cx->a, 100);
    bool swallowed = sql_lines(tx, "SELECT pg_terminate_backend(pg_backend_pid())", &out);
    return count_marks(cx, tx, arg) || !swallowed;
}

static bool count_then_lose(struct ctx *cx, struct tx *tx, void *arg)
{
    return count_marks(cx, tx, arg) && lose_the_connection(cx, tx, arg);
}

static void a_read_that_lost_its_connection_is_none(void **state)
{
    (void)state;
    struct store s;
    int64_t count;
    if (!on_server()) skip();
    store_open(&s);
    assert_false(db_read(&s.cx, count_then_lose, &count));
    assert_int_equal(s.cx.err.code, ERR_UNAVAILABLE);
    store_forget(&s);
    assert_int_equal(marks(&s), 0);
    store_close(&s);
}

/* --- a full arena --- */

struct tight {
    ptrdiff_t left_bytes;
    const char *sql;
    bool at_commit;
};

static bool fail_tight(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct tight *t = arg;
    int64_t count = 0;
    if (!count_marks(cx, tx, &count)) return false;
    cx->a->end = cx->a->beg + t->left_bytes;
    if (t->at_commit) return spoil_receipts(cx, tx, NULL);
    return sql_script(tx, t->sql);
}

/* With a few bytes left, an error finds no room for its sentence, wherever that is. */
static void run_tight(struct store *s, struct tight t)
{
    jmp_buf edge;
    s->a.full = &edge;
    if (setjmp(edge) == 0) assert_false(db_write(&s->cx, DB_INTERACTIVE, fail_tight, &t));
    s->a = arena_over(&s->block);
    s->cx.a = &s->a;
    err_clear(&s->cx);
}

static void a_full_arena_leaves_no_connection_behind_and_no_answer_half_read(void **state)
{
    (void)state;
    struct store s;
    struct db_stats stats;
    static const char *const faulty[] = {
        "INSERT INTO installation (name, value) VALUES ('mark 1', '')",
        "INSERT INTO nowhere (name, value) VALUES ('mark 1', '')",
    };
    store_open(&s);
    assert_true(store_script(&s, "INSERT INTO installation (name, value) VALUES ('mark 1', '')"));
    for (ptrdiff_t left = 0; left < 400; left += 8) {
        for (size_t i = 0; i < 2; i++) run_tight(&s, (struct tight){left, faulty[i], false});
        if (on_server()) run_tight(&s, (struct tight){left, NULL, true});
        assert_int_equal(marks(&s), 1);
        db_stats(s.cx.db, &stats);
        assert_int_equal(stats.in_use, 0);
    }
    store_close(&s);
}

static void rows_appended_with_a_full_arena_hold_up_nobody(void **state)
{
    (void)state;
    struct store s;
    struct touchpoint_add_in row = {
        .lead_id = 1, .at_ms = STORE_NOW_MS, .id = 1, .kind = 1, .props = S("{}")};
    store_open(&s);
    for (ptrdiff_t left = 0; left < 400; left += 8) {
        jmp_buf edge;
        s.a.full = &edge;
        s.a.end = s.a.beg + left;
        row.props = (str){0}; /* must not be NULL: the server complains */
        if (setjmp(edge) == 0) assert_false(q_touchpoint_add_append(&s.cx, &row, 1));
        s.a = arena_over(&s.block);
        err_clear(&s.cx);
    }
    row.props = S("{}");
    if (!q_touchpoint_add_append(&s.cx, &row, 1))
        fail_msg("%s: %.*s", s.cx.err.key, STR_ARG(s.cx.err.detail));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_that_never_began_is_not_acknowledged),
        cmocka_unit_test(a_connection_whose_commit_was_refused_is_good_for_the_next),
        cmocka_unit_test(a_read_that_lost_its_connection_is_none),
        cmocka_unit_test(a_full_arena_leaves_no_connection_behind_and_no_answer_half_read),
        cmocka_unit_test(rows_appended_with_a_full_arena_hold_up_nobody),
    };
    return cmocka_run_group_tests_name("db_receipt", tests, NULL, NULL);
}
