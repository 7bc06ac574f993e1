/* What a receipt says of a commit, on both engines: what was not kept is not acknowledged, and
 * a connection whose commit failed is good for the next. */
#include "store_test.h"

#include "base/buf.h"
#include "db/sqlite_db.h"
#include "sql.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_that_never_began_is_not_acknowledged),
    };
    return cmocka_run_group_tests_name("db_receipt", tests, NULL, NULL);
}
