/* Statements, snapshots, opening, migrating. */
#include "db_thing.h"

#include "db/sqlite.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void add(struct store *s, int64_t id, str name)
{
    struct thing thing = {.id = id, .name = name};
    if (!db_write(&s->cx, DB_INTERACTIVE, thing_add, &thing))
        fail_msg("%.*s", STR_ARG(s->cx.err.detail));
}

struct lookup {
    int64_t id;
    struct thing thing;
    bool found;
    bool must; /* no `found` is passed */
};

static bool get(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct lookup *l = arg;
    struct thing in = {.id = l->id};
    return sql_one(tx, THING_GET, &in, &l->thing, l->must ? NULL : &l->found);
}

static void what_is_bound_is_what_is_read(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    const struct thing rows[] = {
        {1, S("Ärger"), {true, INT64_MIN}, S("\x00\xff'")},
        {2, S(""), {false, 0}, {0}},
        {3, S("a\0b"), {true, 0}, S("")},
        {INT64_MAX, S("'; DROP TABLE thing; --"), {true, INT64_MAX}, S("x")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct thing thing = rows[i];
        struct lookup l = {.id = thing.id};
        assert_true(db_write(&s.cx, DB_INTERACTIVE, thing_add, &thing));
        assert_true(db_read(&s.cx, get, &l));
        assert_true(l.found);
        assert_int_equal(l.thing.id, thing.id);
        assert_true(str_eq(l.thing.name, thing.name));
        assert_non_null(l.thing.name.ptr);
        assert_int_equal(l.thing.n.set, thing.n.set);
        assert_int_equal(l.thing.n.v, thing.n.v);
        assert_true(str_eq(l.thing.sealed, thing.sealed));
        assert_int_equal(l.thing.sealed.ptr == NULL, thing.sealed.ptr == NULL);
    }
    store_close(&s);
}

static bool rename_from_two(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct thing in = {.id = 2, .name = S("new")};
    return sql_many(tx, THING_RENAME, &in, arg);
}

static bool rename_counted(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct thing in = {.id = 2, .name = S("again")};
    struct thing out;
    bool found;
    (void)arg;
    return sql_one(tx, THING_RENAME, &in, &out, &found);
}

static void rows_come_as_a_list_and_one_is_one(void **state)
{
    (void)state;
    struct store s;
    struct sql_rows rows;
    thing_open(&s);
    assert_true(db_read(&s.cx, thing_all, &rows));
    assert_int_equal(rows.count, 0);
    for (int i = 1; i <= 50; i++) add(&s, i, S("x"));
    assert_true(db_read(&s.cx, thing_all, &rows));
    assert_int_equal(rows.count, 50);
    for (int i = 0; i < 50; i++) assert_int_equal(((struct thing *)rows.row)[i].id, i + 1);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, rename_from_two, &rows));
    assert_int_equal(rows.count, 49);
    assert_true(str_eq(((struct thing *)rows.row)[48].name, S("new")));
    /* "one" over many rows is a fault of ours, and nothing of it is kept */
    assert_false(db_write(&s.cx, DB_INTERACTIVE, rename_counted, NULL));
    assert_int_equal(s.cx.err.code, ERR_INTERNAL);
    err_clear(&s.cx);
    struct lookup l = {.id = 3};
    assert_true(db_read(&s.cx, get, &l));
    assert_true(str_eq(l.thing.name, S("new")));
    store_close(&s);
}

static bool get_max(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_one(tx, THING_MAX, NULL, arg, NULL);
}

static void faults_have_their_code(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    add(&s, 1, S("x"));
    struct thing again = {.id = 1, .name = S("y")}, nameless = {.id = 2};
    struct lookup missing = {.id = 9, .must = true};
    struct thing_count max;
    const struct {
        const char *name;
        bool write;
        tx_fn *fn;
        void *arg;
        enum err_code want;
        const char *key;
    } rows[] = {
        {"same key", true, thing_add, &again, ERR_CONFLICT, "error.conflict"},
        {"no name", true, thing_add, &nameless, ERR_INTERNAL, "error.internal"},
        {"no row", false, get, &missing, ERR_NOT_FOUND, "error.not_found"},
        {"a write in a read", false, thing_add, &again, ERR_INTERNAL, "error.internal"},
        {"a number that is NULL", false, get_max, &max, ERR_INTERNAL, "error.internal"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        store_forget(&s);
        bool good = rows[i].write ? db_write(&s.cx, DB_INTERACTIVE, rows[i].fn, rows[i].arg)
                                  : db_read(&s.cx, rows[i].fn, rows[i].arg);
        if (good || s.cx.err.code != rows[i].want || strcmp(s.cx.err.key, rows[i].key) != 0)
            fail_msg("%s: %d %s", rows[i].name, (int)s.cx.err.code, s.cx.err.key);
        assert_true(str_find(s.cx.err.detail, S("thing_")) >= 0);
    }
    assert_int_equal(thing_counted(&s), 1);
    store_close(&s);
}

static bool count_elsewhere(struct ctx *cx, struct tx *tx, void *arg)
{
    tx_workspace(tx, STORE_WORKSPACE + 1);
    return thing_count(cx, tx, arg);
}

static void a_workspace_sees_its_own_rows(void **state)
{
    (void)state;
    struct store s;
    struct thing_count count;
    thing_open(&s);
    add(&s, 1, S("x"));
    assert_true(db_read(&s.cx, count_elsewhere, &count));
    assert_int_equal(count.count, 0);
    assert_int_equal(thing_counted(&s), 1);
    store_close(&s);
}

struct twice {
    struct store *s;
    int64_t before, after;
};

static void *write_between(void *arg)
{
    struct arena_block block;
    arena a;
    struct ctx cx = store_thread_ctx(arg, &block, &a);
    struct thing thing = {.id = 7, .name = S("between")};
    if (!db_write(&cx, DB_INTERACTIVE, thing_add, &thing)) abort();
    arena_block_close(&block);
    return NULL;
}

static bool count_write_count(struct ctx *cx, struct tx *tx, void *arg)
{
    struct twice *t = arg;
    struct thing_count count;
    if (!thing_count(cx, tx, &count)) return false;
    t->before = count.count;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, write_between, t->s), 0);
    pthread_join(other, NULL);
    if (!thing_count(cx, tx, &count)) return false;
    t->after = count.count;
    return true;
}

static void a_read_sees_one_moment(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    struct twice t = {&s, -1, -1};
    assert_true(db_read(&s.cx, count_write_count, &t));
    assert_int_equal(t.before, 0);
    assert_int_equal(t.after, 0);
    assert_int_equal(thing_counted(&s), 1);
    store_close(&s);
}

static bool exhaust(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sql_rows rows;
    if (!thing_all(cx, tx, &rows)) return false;
    (void)arg;
    for (;;) NEW(cx->a, char, 1 << 20);
}

/* As an export does it: what a page takes is given back before the next. */
static bool exhaust_own(struct ctx *cx, struct tx *tx, void *arg)
{
    arena page = *cx->a;
    cx->a = &page;
    return exhaust(cx, tx, arg);
}

static void a_read_that_runs_out_of_memory_gives_its_connection_back(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    add(&s, 1, S("x"));
    for (int i = 0; i < STORE_READERS * 3; i++) {
        assert_false(db_read(&s.cx, exhaust, NULL));
        assert_int_equal(s.cx.err.code, ERR_TOO_LARGE);
        assert_null(s.cx.a->full);
        store_forget(&s);
    }
    arena *own = s.cx.a;
    assert_false(db_read(&s.cx, exhaust_own, NULL));
    assert_ptr_equal(s.cx.a, own);
    assert_null(own->full);
    store_forget(&s);
    assert_false(db_write(&s.cx, DB_BULK, exhaust_own, NULL));
    assert_int_equal(s.cx.err.code, ERR_TOO_LARGE);
    assert_ptr_equal(s.cx.a, own);
    assert_null(own->full);
    store_forget(&s);
    assert_int_equal(thing_counted(&s), 1);
    store_close(&s);
}

static void what_was_written_is_there_after_reopening(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    for (int i = 0; i < 10; i++) add(&s, i, S("x"));
    store_reopen(&s);
    assert_int_equal(thing_counted(&s), 10);
    struct stat file;
    assert_int_equal(stat(str_cstr(&s.a, store_path(&s)), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    store_close(&s);
}

/* --- opening what cannot be opened --- */

static void put_file(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static bool try_open(struct store *s, str path)
{
    struct db_options options = {.texts = thing_texts, .text_count = THING__COUNT, .path = path};
    struct db *db;
    bool good = db_open(&s->cx, &options, &db);
    if (good) db_close(db);
    return good;
}

static void a_file_that_cannot_be_opened_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    char junk[16384];
    memset(junk, 'j', sizeof junk);
    const char *foreign = str_cstr(&s.a, str_printf(&s.a, "%s/foreign.db", s.folder));
    const char *damaged = str_cstr(&s.a, str_printf(&s.a, "%s/damaged.db", s.folder));
    const char *missing = str_cstr(&s.a, str_printf(&s.a, "%s/none/x.db", s.folder));
    put_file(damaged, junk, sizeof junk);
    assert_true(store_script(&s, "PRAGMA application_id = 5"));
    assert_true(db_backup(&s.cx, str_of(foreign)));
    const struct {
        const char *path, *key, *says;
    } rows[] = {
        {damaged, "error.db_corrupt", "backup"},
        {foreign, "error.db_open", "another program"},
        {missing, "error.db_open", "Create it"},
        {s.folder, "error.db_open", "folder"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        err_clear(&s.cx);
        assert_false(try_open(&s, str_of(rows[i].path)));
        if (strcmp(s.cx.err.key, rows[i].key) != 0 ||
            str_find(s.cx.err.detail, str_of(rows[i].says)) < 0)
            fail_msg("%s: %s %.*s", rows[i].path, s.cx.err.key, STR_ARG(s.cx.err.detail));
        assert_int_equal(s.cx.err.code, ERR_STORAGE);
    }
    store_close(&s);
}

/* --- migrations --- */

/* libpq's own words would quote it: as the host, as the port, or whole. */
static void a_url_that_cannot_be_read_is_refused_without_its_password(void **state)
{
    (void)state;
    static const char *const url[] = {
        "postgresql://zulauf:se@cret@127.0.0.1:1/zulauf",
        "postgresql://zulauf:se/cret@127.0.0.1:1/zulauf",
        "postgresql://zulauf:12/cret@127.0.0.1:1/zulauf",
        "postgresql://zulauf:se%cret@127.0.0.1:1/zulauf",
        "postgresql://zulauf:secret@127.0.0.1:1/zulauf?cret=1",
        "postgresql://zulauf:secret@127.0.0.1:cret/zulauf",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(url); i++) {
        char memory[8192];
        arena a = {memory, memory + sizeof memory, NULL};
        struct ctx cx = {.a = &a};
        struct db_options options = {.texts = thing_texts, .url = str_of(url[i])};
        struct db *db;
        assert_false(db_open(&cx, &options, &db));
        assert_string_equal(cx.err.key, "error.db_open");
        if (str_find(cx.err.detail, S("cret")) >= 0) fail_msg("%.*s", STR_ARG(cx.err.detail));
        assert_true(str_find(cx.err.detail, S("%40")) >= 0);
    }
}

static void a_migration_runs_once_and_a_strange_one_is_refused(void **state)
{
    (void)state;
    static const char OTHER[] = "CREATE TABLE other (id BIGINT)";
    static const char BROKEN[] = "CREATE TABLE third (id BIGINT); CREATE TABLE third (id BIGINT)";
    struct store s;
    thing_open(&s);
    add(&s, 1, S("x"));
    struct migration edited[2] = {thing_migrations[0], thing_migrations[1]};
    edited[1].sql_len--;
    struct migration broken[3] = {thing_migrations[0],
                                  thing_migrations[1],
                                  {3, "0003_broken.sql", BROKEN, sizeof BROKEN - 1}};
    struct migration longer[3] = {
        thing_migrations[0], thing_migrations[1], {3, "0003_other.sql", OTHER, sizeof OTHER - 1}};
    const struct {
        const struct migration *list;
        int count;
        const char *key; /* NULL: accepted */
    } rows[] = {
        {thing_migrations, 2, NULL},
        {thing_migrations, 1, "error.db_newer"},
        {edited, 2, "error.db_open"},
        {broken, 3, "error.internal"},
        {longer, 3, NULL}, /* nothing of the broken one was kept */
        {longer, 3, NULL},
        {thing_migrations, 2, "error.db_newer"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        err_clear(&s.cx);
        bool good = db_migrate(&s.cx, rows[i].list, rows[i].count);
        if (good != (rows[i].key == NULL) || (!good && strcmp(s.cx.err.key, rows[i].key) != 0))
            fail_msg("row %d: %s %.*s", (int)i, good ? "accepted" : s.cx.err.key,
                     STR_ARG(s.cx.err.detail));
    }
    assert_int_equal(thing_counted(&s), 1);
    store_close(&s);
}

static void a_statement_that_does_not_fit_the_schema_is_found_at_start(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    assert_true(store_script(&s, "ALTER TABLE thing RENAME COLUMN n TO m"));
    assert_true(db_read(&s.cx, thing_count, &(struct thing_count){0}));
    db_close(s.cx.db);
    struct db_options options = {
        .texts = thing_texts, .text_count = THING__COUNT, .path = store_path(&s)};
    assert_true(db_open(&s.cx, &options, &s.cx.db));
    assert_false(db_prepare_all(&s.cx));
    assert_true(str_find(s.cx.err.detail, S("thing_add")) >= 0);
    store_close(&s);
}

/* --- upkeep --- */

static void a_check_tells_what_is_wrong(void **state)
{
    (void)state;
    struct store s;
    str what;
    thing_open(&s);
    add(&s, 1, S("x"));
    assert_true(db_check(&s.cx, &what));
    assert_null(what.ptr);
    /* rows that another program put in without looking at foreign keys */
    assert_true(store_script(&s, "INSERT INTO part VALUES (1, 1)"));
    assert_false(store_script(&s, "INSERT INTO part VALUES (1, 2)"));
    store_forget(&s);
    struct conn other;
    struct db_options options = {.texts = thing_texts, .text_count = THING__COUNT};
    const char *path = str_cstr(&s.a, store_path(&s));
    assert_int_equal(conn_open(&other, path, CONN_UPKEEP, &options, 1 << 20), SQLITE_OK);
    assert_int_equal(conn_exec(&other, "PRAGMA foreign_keys = OFF; INSERT INTO part VALUES (1, 2)"),
                     SQLITE_OK);
    conn_close(&other);
    assert_true(db_check(&s.cx, &what));
    assert_true(str_find(what, S("foreign key: part row 2")) >= 0);
    store_close(&s);
}

static void a_backup_is_a_database(void **state)
{
    (void)state;
    struct store s;
    thing_open(&s);
    add(&s, 1, S("x"));
    str copy = str_printf(&s.a, "%s/copy.db", s.folder);
    assert_true(db_backup(&s.cx, copy));
    assert_false(db_backup(&s.cx, copy)); /* never over an existing file */
    assert_string_equal(s.cx.err.key, "error.backup");
    err_clear(&s.cx);
    add(&s, 2, S("later"));
    struct db *live = s.cx.db;
    struct db_options options = {.texts = thing_texts, .text_count = THING__COUNT, .path = copy};
    assert_true(db_open(&s.cx, &options, &s.cx.db));
    assert_true(db_migrate(&s.cx, thing_migrations, 2));
    assert_int_equal(thing_counted(&s), 1);
    db_close(s.cx.db);
    s.cx.db = live;
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_bound_is_what_is_read),
        cmocka_unit_test(rows_come_as_a_list_and_one_is_one),
        cmocka_unit_test(faults_have_their_code),
        cmocka_unit_test(a_workspace_sees_its_own_rows),
        cmocka_unit_test(a_read_sees_one_moment),
        cmocka_unit_test(a_read_that_runs_out_of_memory_gives_its_connection_back),
        cmocka_unit_test(what_was_written_is_there_after_reopening),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_refused_with_a_sentence),
        cmocka_unit_test(a_url_that_cannot_be_read_is_refused_without_its_password),
        cmocka_unit_test(a_migration_runs_once_and_a_strange_one_is_refused),
        cmocka_unit_test(a_statement_that_does_not_fit_the_schema_is_found_at_start),
        cmocka_unit_test(a_check_tells_what_is_wrong),
        cmocka_unit_test(a_backup_is_a_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
