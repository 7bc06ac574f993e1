/* An installation copied: whole, also after a break, and never over another. */
#include "store_test.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "copy/copy.h"
#include "demo/demo.h"
#include "keys/keys.h"
#include "sql.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEADS = 9000 }; /* lead_word has more rows than a chunk */

struct place {
    struct store from, to;
    struct key_ring ring;
    struct bulk_schema schema;
    struct bulk *source, *target;
    struct copy_result result;
    int chunks_left; /* until the copy is broken off; -1: never */
};

static void side_open(struct store *s, enum bulk_use use, struct bulk **out)
{
    str url = str_of(s->url);
    struct bulk_options o = {.where = url.len > 0 ? url : store_path(s), .use = use};
    if (!bulk_open(&s->cx, &o, out)) fail_msg("%.*s", STR_ARG(s->cx.err.detail));
}

static void ends_close(struct place *p)
{
    bulk_close(p->source);
    bulk_close(p->target);
    p->source = p->target = NULL;
}

static void db_gone(struct store *s)
{
    db_close(s->cx.db);
    s->cx.db = NULL;
}

/* On the server that ZULAUF_TEST_DB names, if there is one and it is wanted. */
static void store_open_at(struct store *s, bool postgres)
{
    char *server = getenv("ZULAUF_TEST_DB");
    char kept[300];
    snprintf(kept, sizeof kept, "%s", server == NULL ? "" : server);
    if (!postgres) unsetenv("ZULAUF_TEST_DB");
    store_open(s);
    if (server != NULL) setenv("ZULAUF_TEST_DB", kept, 1);
}

static int open_between(void **state, bool from_postgres, bool to_postgres)
{
    static struct place place;
    struct place *p = &place;
    struct bulk *b;
    struct demo_result made;
    struct demo_options o = {
        .leads = LEADS, .events = LEADS * 5, .seed = 3, .now_ms = STORE_NOW_MS};
    *p = (struct place){.chunks_left = -1};
    assert_true(crypto_init());
    store_open_at(&p->from, from_postgres);
    store_open_at(&p->to, to_postgres);
    key_ring_new(&p->ring, STORE_NOW_MS);
    p->from.cx.keys = &p->ring;
    assert_true(store_script(
        &p->from, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"
                  "INSERT INTO installation (name, value) VALUES ('key_ring', 'this one');"
                  "INSERT INTO receipt (workspace_id, id, batch_no) VALUES (1, 2, 3);"
                  "INSERT INTO node (node_no, lease_token, lease_until_ms, high_id, name, "
                  "started_ms, first_id) VALUES (5, 1, 0, 7000, 'elbe', 0, 0);"));
    db_gone(&p->from);
    db_gone(&p->to);
    assert_true(bulk_schema_read(&p->from.cx, &p->schema));
    side_open(&p->from, BULK_FRESH, &b);
    assert_true(demo_fill(&p->from.cx, b, &p->schema, &o, &made));
    assert_true(bulk_finish(&p->from.cx, b));
    bulk_close(b);
    *state = p;
    return 0;
}

static int open_same(void **state)
{
    return open_between(state, true, true);
}

static int open_to_sqlite(void **state)
{
    return open_between(state, true, false);
}

static int open_to_postgres(void **state)
{
    return open_between(state, false, true);
}

static int close_place(void **state)
{
    struct place *p = *state;
    ends_close(p);
    store_close(&p->from);
    store_close(&p->to);
    return 0;
}

static bool chunk_done(void *arg, int64_t count)
{
    struct place *p = arg;
    (void)count;
    return p->chunks_left < 0 || p->chunks_left-- > 0;
}

static bool copied(struct place *p)
{
    struct copy_watch watch = {.done = chunk_done, .arg = p};
    side_open(&p->from, BULK_READ, &p->source);
    side_open(&p->to, BULK_WRITE, &p->target);
    err_clear(&p->from.cx);
    bool good = copy_run(&p->from.cx, p->source, p->target, &p->schema, &watch, &p->result);
    ends_close(p);
    return good;
}

static struct bulk_sum sum_of(struct store *s, const struct bulk_table *t)
{
    struct bulk *b;
    struct bulk_sum sum;
    side_open(s, BULK_READ, &b);
    assert_true(bulk_sum_read(&s->cx, b, t, &sum, NULL, NULL));
    bulk_close(b);
    return sum;
}

static const struct bulk_table *table(struct place *p, const char *name)
{
    const struct bulk_table *t = bulk_table_find(&p->schema, str_of(name));
    assert_non_null(t);
    return t;
}

static int64_t count_of(struct store *s, const struct bulk_table *t, const char *where)
{
    struct bulk *b;
    int64_t rows;
    side_open(s, BULK_READ, &b);
    assert_true(bulk_count(&s->cx, b, t, where, &rows));
    bulk_close(b);
    return rows;
}

static void assert_same(struct place *p)
{
    for (int i = 0; i < p->schema.table_count; i++) {
        const struct bulk_table *t = &p->schema.table[i];
        struct bulk_sum left = sum_of(&p->from, t), right = sum_of(&p->to, t);
        if (str_eq(t->name, S("receipt"))) continue; /* each database has its own */
        if (!bulk_sum_eq(&left, &right))
            fail_msg("%.*s: %lld and %lld rows", STR_ARG(t->name), (long long)left.rows,
                     (long long)right.rows);
    }
    assert_int_equal(count_of(&p->from, table(p, "receipt"), "id = 2"), 1);
    assert_int_equal(count_of(&p->to, table(p, "receipt"), "id = 2"), 0);
}

static void assert_refused(struct place *p, const char *word)
{
    assert_false(copied(p));
    if (str_find(p->from.cx.err.detail, str_of(word)) < 0)
        fail_msg("%.*s", STR_ARG(p->from.cx.err.detail));
}

static void all_of_it_is_on_the_other_side(void **state)
{
    struct place *p = *state;
    if (!copied(p)) fail_msg("%.*s", STR_ARG(p->from.cx.err.detail));
    assert_false(p->result.resumed);
    assert_true(p->result.rows > LEADS * 15);
    assert_same(p);
    /* And it is a database that the program opens, with every index. */
    store_reopen(&p->to);
    str what;
    assert_true(db_check(&p->to.cx, &what));
    assert_null(what.ptr);
    db_gone(&p->to);
}

static void a_copy_that_broke_off_goes_on_where_it_was(void **state)
{
    struct place *p = *state;
    int runs = 0;
    for (; runs < 100; runs++) {
        p->chunks_left = 7 + runs * 4; /* the first tables, the middle of one, the indexes … */
        if (copied(p)) break;
        assert_int_equal(p->from.cx.err.code, ERR_UNAVAILABLE);
    }
    assert_true(runs > 3 && runs < 100);
    assert_true(p->result.resumed);
    assert_same(p);
}

static void *end_later(void *arg)
{
    clock_sleep_ms(300);
    bulk_close(arg);
    return NULL;
}

static void who_has_just_been_cut_off_is_waited_for(void **state)
{
    struct place *p = *state;
    struct bulk *first, *second;
    pthread_t ending;
    side_open(&p->to, BULK_WRITE, &first);
    assert_int_equal(pthread_create(&ending, NULL, end_later, first), 0);
    side_open(&p->to, BULK_WRITE, &second);
    bulk_close(second);
    pthread_join(ending, NULL);
}

static void no_server_takes_a_half_copy_for_a_whole_one(void **state)
{
    struct place *p = *state;
    struct bulk *b;
    int64_t rows;
    bool has;
    p->chunks_left = 9;
    assert_false(copied(p));
    side_open(&p->to, BULK_READ, &b);
    assert_true(
        bulk_count(&p->to.cx, b, table(p, "installation"), "name = '" COPY_MARK_NAME "'", &rows));
    assert_int_equal(rows, 1);
    bulk_close(b);
    p->chunks_left = -1;
    assert_true(copied(p));
    side_open(&p->to, BULK_READ, &b);
    assert_true(
        bulk_count(&p->to.cx, b, table(p, "installation"), "name = '" COPY_MARK_NAME "'", &rows));
    assert_int_equal(rows, 0);
    assert_true(bulk_has_table(&p->to.cx, b, "copy_progress", &has));
    assert_false(has);
    bulk_close(b);
}

static void script(struct store *s, const char *sql)
{
    struct bulk *b;
    side_open(s, BULK_WRITE, &b);
    assert_true(bulk_exec(&s->cx, b, sql));
    bulk_close(b);
}

static void a_target_with_something_in_it_is_refused(void **state)
{
    struct place *p = *state;
    script(&p->to, "INSERT INTO workspace (id, name, host, created_ms) VALUES (9, 'X', '', 0)");
    assert_refused(p, "not empty");
    struct bulk_sum sum = sum_of(&p->to, table(p, "lead"));
    assert_int_equal(sum.rows, 0);
}

static void a_copy_of_another_installation_is_not_gone_on_with(void **state)
{
    struct place *p = *state;
    p->chunks_left = 9;
    assert_false(copied(p));
    p->chunks_left = -1;
    script(&p->from, "UPDATE installation SET value = 'another' WHERE name = 'key_ring'");
    assert_refused(p, "another installation");
}

static void what_changed_in_the_source_meanwhile_is_found(void **state)
{
    struct place *p = *state;
    p->chunks_left = 30; /* leads are over */
    assert_false(copied(p));
    p->chunks_left = -1;
    script(&p->from, "UPDATE workspace SET name = 'V' WHERE id = 1");
    assert_refused(p, "Table workspace is not the same");
}

static void an_empty_source_and_another_schema_are_refused(void **state)
{
    struct place *p = *state;
    script(&p->from, "UPDATE schema_migration SET sha256 = 'x' WHERE version = 1");
    assert_refused(p, "schema");
    script(&p->to, "UPDATE schema_migration SET sha256 = 'x' WHERE version = 1");
    script(&p->from, "DELETE FROM installation WHERE name = 'key_ring'");
    assert_refused(p, "nothing to copy");
}

static void who_is_running_on_a_database_is_seen_by_its_lease(void **state)
{
    struct place *p = *state;
    bool in_use;
    side_open(&p->from, BULK_READ, &p->source);
    assert_true(copy_in_use(&p->from.cx, p->source, &p->schema, &in_use));
    assert_false(in_use);
    ends_close(p);
    char sql[300];
    for (int late = 0; late < 2; late++) {
        snprintf(sql, sizeof sql,
                 "DELETE FROM node; INSERT INTO node (node_no, lease_token, lease_until_ms, "
                 "high_id, name, started_ms, first_id) VALUES (0, 1, %lld, 0, 'n', 0, 0)",
                 (long long)(STORE_NOW_MS + (late ? -1 : 1)));
        script(&p->from, sql);
        side_open(&p->from, BULK_READ, &p->source);
        assert_true(copy_in_use(&p->from.cx, p->source, &p->schema, &in_use));
        assert_int_equal(in_use, !late);
        ends_close(p);
    }
}

int main(void)
{
#define T(name, open) cmocka_unit_test_setup_teardown(name, open, close_place)
    const struct CMUnitTest tests[] = {
        T(all_of_it_is_on_the_other_side, open_same),
        T(a_copy_that_broke_off_goes_on_where_it_was, open_same),
        T(who_has_just_been_cut_off_is_waited_for, open_same),
        T(no_server_takes_a_half_copy_for_a_whole_one, open_same),
        T(a_target_with_something_in_it_is_refused, open_same),
        T(a_copy_of_another_installation_is_not_gone_on_with, open_same),
        T(what_changed_in_the_source_meanwhile_is_found, open_same),
        T(an_empty_source_and_another_schema_are_refused, open_same),
        T(who_is_running_on_a_database_is_seen_by_its_lease, open_same),
    };
    const struct CMUnitTest between_engines[] = {
        T(all_of_it_is_on_the_other_side, open_to_postgres),
        T(a_copy_that_broke_off_goes_on_where_it_was, open_to_postgres),
        T(all_of_it_is_on_the_other_side, open_to_sqlite),
        T(a_copy_that_broke_off_goes_on_where_it_was, open_to_sqlite),
        T(what_changed_in_the_source_meanwhile_is_found, open_to_sqlite),
    };
    int failed = cmocka_run_group_tests_name("copy", tests, NULL, NULL);
    if (getenv("ZULAUF_TEST_DB") != NULL)
        failed += cmocka_run_group_tests_name("copy between engines", between_engines, NULL, NULL);
    return failed;
}
