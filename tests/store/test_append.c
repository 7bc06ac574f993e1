/* Rows that many callers append at once. */
#include "store_test.h"

#include "base/buf.h"
#include "lead_sql.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 12, ROUNDS = 25, ROWS = 7 };

static struct touchpoint_add_in touchpoint(int64_t id)
{
    return (struct touchpoint_add_in){
        .lead_id = id % 10, .at_ms = STORE_NOW_MS, .id = id, .kind = 1, .props = S("{\"ü\":1}")};
}

static bool read_lines(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf out = buf_new(cx->a, 1 << 16);
    if (!sql_lines(tx, arg, &out)) return false;
    *(str *)arg = buf_str(&out);
    return true;
}

static str lines(struct store *s, const char *sql)
{
    char text[400];
    snprintf(text, sizeof text, "%s", sql);
    assert_true(db_read(&s->cx, read_lines, text));
    str out;
    memcpy(&out, text, sizeof out);
    return str_trim(out);
}

struct caller {
    struct store *s;
    int number;
    int failed;
};

static void *append_many(void *arg)
{
    struct caller *c = arg;
    struct arena_block block;
    arena a;
    struct ctx cx = store_thread_ctx(c->s, &block, &a);
    cx.workspace_id = 1 + c->number % 2;
    for (int i = 0; i < ROUNDS; i++) {
        struct touchpoint_add_in row[ROWS];
        for (int k = 0; k < ROWS; k++) row[k] = touchpoint((c->number * ROUNDS + i) * ROWS + k + 1);
        if (!q_touchpoint_add_append(&cx, row, ROWS)) c->failed++;
    }
    arena_block_close(&block);
    return NULL;
}

static void every_row_of_every_caller_is_kept_in_its_workspace(void **state)
{
    (void)state;
    struct store s;
    pthread_t thread[THREADS];
    struct caller caller[THREADS];
    store_open(&s);
    for (int i = 0; i < THREADS; i++) {
        caller[i] = (struct caller){&s, i, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, append_many, &caller[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(caller[i].failed, 0);
    }
    str seen = lines(&s, "SELECT workspace_id, count(*), count(DISTINCT id), min(props) "
                         "FROM touchpoint GROUP BY workspace_id ORDER BY workspace_id");
    char want[200];
    int each = THREADS / 2 * ROUNDS * ROWS;
    snprintf(want, sizeof want, "1 %d %d {\"ü\":1}\n2 %d %d {\"ü\":1}", each, each, each, each);
    if (!str_eq(seen, str_of(want))) fail_msg("%.*s", STR_ARG(seen));
    store_close(&s);
}

static void the_same_row_again_is_the_same_row(void **state)
{
    (void)state;
    struct store s;
    struct touchpoint_add_in row[3] = {touchpoint(1), touchpoint(1), touchpoint(2)};
    store_open(&s);
    assert_true(q_touchpoint_add_append(&s.cx, row, 3));
    assert_true(q_touchpoint_add_append(&s.cx, row, 1));
    assert_true(str_eq(lines(&s, "SELECT count(*) FROM touchpoint"), S("2")));
    store_close(&s);
}

enum { PUT_ROWS = 75 }; /* two statements of many, and some by themselves */

struct put {
    struct touchpoint_add_in row[PUT_ROWS];
    int64_t changed;
};

static bool put_all(struct ctx *cx, struct tx *tx, void *arg)
{
    struct put *p = arg;
    (void)cx;
    return q_touchpoint_add_put(tx, p->row, PUT_ROWS, &p->changed);
}

static void many_rows_of_one_transaction_are_kept_together(void **state)
{
    (void)state;
    struct store s;
    struct put p;
    for (int i = 0; i < PUT_ROWS; i++) p.row[i] = touchpoint(i + 1);
    p.row[40] = touchpoint(1); /* there already */
    store_open(&s);
    assert_true(db_write(&s.cx, DB_BULK, put_all, &p));
    assert_int_equal(p.changed, PUT_ROWS - 1);
    assert_true(db_write(&s.cx, DB_BULK, put_all, &p));
    assert_int_equal(p.changed, 0);
    const char *sum = "SELECT workspace_id, count(*), CAST(sum(id) AS BIGINT) FROM touchpoint "
                      "GROUP BY workspace_id";
    char want[60];
    snprintf(want, sizeof want, "%d %d %d", STORE_WORKSPACE, PUT_ROWS - 1,
             PUT_ROWS * (PUT_ROWS + 1) / 2 - 41);
    assert_true(str_eq(lines(&s, sum), str_of(want)));
    for (int i = 0; i < PUT_ROWS; i++) p.row[i].id += 1000;
    p.row[45].props = (str){0}; /* must not be NULL */
    assert_false(db_write(&s.cx, DB_BULK, put_all, &p));
    err_clear(&s.cx);
    assert_true(str_eq(lines(&s, sum), str_of(want)));
    store_close(&s);
}

static void *append_bad(void *arg)
{
    struct caller *c = arg;
    struct arena_block block;
    arena a;
    struct ctx cx = store_thread_ctx(c->s, &block, &a);
    for (int i = 0; i < ROUNDS; i++) {
        struct touchpoint_add_in row = touchpoint(1000000 + c->number * ROUNDS + i);
        row.props = (str){0}; /* must not be NULL */
        if (!q_touchpoint_add_append(&cx, &row, 1)) c->failed++;
        err_clear(&cx);
    }
    arena_block_close(&block);
    return NULL;
}

static void a_row_that_cannot_stand_fails_its_caller_alone(void **state)
{
    (void)state;
    struct store s;
    pthread_t thread[THREADS];
    struct caller caller[THREADS];
    store_open(&s);
    for (int i = 0; i < THREADS; i++) {
        caller[i] = (struct caller){&s, i, 0};
        assert_int_equal(
            pthread_create(&thread[i], NULL, i < 3 ? append_bad : append_many, &caller[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(caller[i].failed, i < 3 ? ROUNDS : 0);
    }
    char want[20];
    snprintf(want, sizeof want, "%d", (THREADS - 3) * ROUNDS * ROWS);
    assert_true(str_eq(lines(&s, "SELECT count(*) FROM touchpoint"), str_of(want)));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_every_caller_is_kept_in_its_workspace),
        cmocka_unit_test(the_same_row_again_is_the_same_row),
        cmocka_unit_test(many_rows_of_one_transaction_are_kept_together),
        cmocka_unit_test(a_row_that_cannot_stand_fails_its_caller_alone),
    };
    return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
