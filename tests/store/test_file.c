/* Files that forms give away. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "base/limits.h"
#include "file/file.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 256 << 10 };

static void open_store(struct store *s)
{
    assert_true(crypto_init());
    store_open(s);
}

/* `len` bytes that no chunk repeats. */
static str bytes_of(arena *a, ptrdiff_t len, unsigned seed)
{
    char *p = NEW(a, char, len + 1);
    unsigned x = seed * 2654435761u + 1;
    for (ptrdiff_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (char)(x >> 24);
    }
    return (str){p, len};
}

static int64_t add(struct store *s, const char *name, str bytes)
{
    int64_t id = 0;
    err_clear(&s->cx);
    if (!file_add(&s->cx, str_of(name), S("text/html"), bytes, &id)) fail_msg("%s", name);
    return id;
}

static void assert_file(struct store *s, int64_t id, const char *name, str bytes)
{
    struct file f;
    str got;
    err_clear(&s->cx);
    assert_true(file_open(&s->cx, id, &f) && file_read(&s->cx, &f, 0, f.size_bytes, &got));
    assert_int_equal(f.id, id);
    assert_str("name", f.name, str_of(name));
    assert_int_equal(f.size_bytes, bytes.len);
    assert_int_equal(f.created_ms, STORE_NOW_MS);
    assert_true(str_eq(got, bytes));
}

/* How many chunks lie in the database: the delete refuses unless it is `want`. */
static void assert_chunks(struct store *s, int want)
{
    char script[300];
    snprintf(script, sizeof script,
             "CREATE TABLE probe (n INTEGER CHECK (n = %d));"
             "INSERT INTO probe SELECT COUNT(*) FROM blob; DROP TABLE probe;",
             want);
    if (!store_script(s, script)) fail_msg("there are not %d chunks", want);
}

static void a_file_comes_back_as_it_was_whatever_its_size(void **state)
{
    (void)state;
    static const struct {
        ptrdiff_t bytes;
        int chunks;
    } cases[] = {
        {1, 1}, {CHUNK - 1, 1}, {CHUNK, 1}, {CHUNK + 1, 2}, {3 * CHUNK + 7, 4},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct store s;
        open_store(&s);
        str bytes = bytes_of(&s.schema_arena, cases[i].bytes, (unsigned)i);
        int64_t id = add(&s, "Paper.pdf", bytes);
        assert_chunks(&s, cases[i].chunks);
        assert_file(&s, id, "Paper.pdf", bytes);
        store_close(&s);
    }
}

static void the_same_bytes_are_stored_once(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    str bytes = bytes_of(&s.schema_arena, CHUNK + 1, 1), more = bytes_of(&s.schema_arena, 9, 2);
    int64_t one = add(&s, "eins.pdf", bytes), two = add(&s, "zwei.pdf", bytes);
    assert_int_not_equal(one, two);
    assert_chunks(&s, 2);
    assert_int_not_equal(add(&s, "drei.pdf", more), two);
    assert_chunks(&s, 3);
    assert_file(&s, one, "eins.pdf", bytes);
    assert_file(&s, two, "zwei.pdf", bytes);
    store_close(&s);
}

static void what_is_no_file_or_too_large_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ptrdiff_t bytes;
        const char *key; /* NULL: taken */
    } cases[] = {
        {"", 10, "error.file_missing"},
        {" \t ", 10, "error.file_missing"},
        {"a.pdf", 0, "error.file_missing"},
        {"a.pdf", LIMIT_UPLOAD_BYTES + 1, "error.file_too_large"},
        {"a.pdf", LIMIT_UPLOAD_BYTES, NULL},
    };
    struct store s;
    open_store(&s);
    char *bytes = malloc(LIMIT_UPLOAD_BYTES + 1);
    memset(bytes, 'x', LIMIT_UPLOAD_BYTES + 1);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        int64_t id;
        err_clear(&s.cx);
        bool ok = file_add(&s.cx, str_of(cases[i].name), S(""), (str){bytes, cases[i].bytes}, &id);
        if (ok != (cases[i].key == NULL)) fail_msg("row %td", i);
        if (ok) continue;
        assert_int_equal(s.cx.err.code, ERR_INVALID);
        assert_str("field", s.cx.err.field[0].field, S("file"));
        assert_string_equal(s.cx.err.field[0].key, cases[i].key);
    }
    free(bytes);
    store_close(&s);
}

static void the_ending_says_the_type_and_the_client_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type;
    } cases[] = {
        {"a.pdf", "application/pdf"},           {"A.PDF", "application/pdf"},
        {"a.txt", "text/plain; charset=utf-8"}, {"a.html", "application/octet-stream"},
        {"a.svg", "application/octet-stream"},  {"a.pdf.html", "application/octet-stream"},
        {"pdf", "application/octet-stream"},    {".pdf", "application/octet-stream"},
    };
    struct store s;
    open_store(&s);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct file f;
        int64_t id = add(&s, cases[i].name, S("<script>"));
        assert_true(file_open(&s.cx, id, &f));
        assert_str(cases[i].name, f.media_type, str_of(cases[i].type));
    }
    store_close(&s);
}

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return file_list(cx, tx, arg);
}

static void another_workspace_sees_none_of_it(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    str bytes = bytes_of(&s.schema_arena, 100, 1);
    int64_t id = add(&s, "eins.pdf", bytes);
    struct files files;
    struct file f;
    s.cx.workspace_id = 2;
    assert_false(file_open(&s.cx, id, &f));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&s.cx);
    assert_true(db_read(&s.cx, list_read, &files));
    assert_int_equal(files.count, 0);
    /* the same bytes are stored apart: what one deletes the other keeps */
    int64_t own = add(&s, "zwei.pdf", bytes);
    assert_chunks(&s, 2);
    assert_file(&s, own, "zwei.pdf", bytes);
    s.cx.workspace_id = STORE_WORKSPACE;
    add(&s, "drei.pdf", bytes);
    assert_true(db_read(&s.cx, list_read, &files));
    assert_int_equal(files.count, 2);
    assert_str("newest first", files.row[0].name, S("drei.pdf"));
    assert_str("oldest last", files.row[1].name, S("eins.pdf"));
    store_close(&s);
}

static void a_file_with_a_missing_chunk_is_not_given_away(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    int64_t id = add(&s, "a.pdf", bytes_of(&s.schema_arena, 2 * CHUNK, 1));
    assert_true(store_script(&s, "DELETE FROM blob WHERE chunk_no = 1"));
    struct file f;
    str got;
    assert_true(file_open(&s.cx, id, &f));
    assert_false(file_read(&s.cx, &f, 0, f.size_bytes, &got));
    assert_int_equal(s.cx.err.code, ERR_INTERNAL);
    /* a part reads its own chunks alone */
    err_clear(&s.cx);
    assert_true(file_read(&s.cx, &f, 0, CHUNK, &got));
    assert_false(file_read(&s.cx, &f, CHUNK - 1, 2, &got));
    assert_int_equal(s.cx.err.code, ERR_INTERNAL);
    store_close(&s);
}

static void every_part_is_what_lies_there(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    str all = bytes_of(&s.schema_arena, 2 * CHUNK + 77, 5);
    struct file f;
    assert_true(file_open(&s.cx, add(&s, "a.pdf", all), &f));
    assert_int_equal(f.sha256.len, 64);
    const int64_t at[] = {0,         1,           CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1,
                          2 * CHUNK, all.len - 1, all.len};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        for (size_t k = i; k < sizeof at / sizeof *at; k++) {
            str got;
            assert_true(file_read(&s.cx, &f, at[i], at[k] - at[i], &got));
            if (!str_eq(got, str_slice(all, at[i], at[k]))) fail_msg("%zu to %zu", i, k);
        }
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_comes_back_as_it_was_whatever_its_size),
        cmocka_unit_test(the_same_bytes_are_stored_once),
        cmocka_unit_test(what_is_no_file_or_too_large_is_refused),
        cmocka_unit_test(the_ending_says_the_type_and_the_client_does_not),
        cmocka_unit_test(another_workspace_sees_none_of_it),
        cmocka_unit_test(a_file_with_a_missing_chunk_is_not_given_away),
        cmocka_unit_test(every_part_is_what_lies_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
