/* The body as rows: what is not exactly such a stream makes no database. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "backup/body_rows.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "sql.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    struct store s;
    char folder[96];
    struct ctx *cx;
};

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    snprintf(p->folder, sizeof p->folder, "%s/stage", p->s.folder);
    p->cx = &p->s.cx;
    *state = p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    free(p);
    return 0;
}

static void empty(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL) closedir(dir);
    rmdir(folder);
}

struct record {
    char kind;
    const char *bytes;
    ptrdiff_t len;
};

#define TABLE_INSTALLATION "\x0cinstallation\x02\x01\x04name\x01\x05value"
#define TEXT(t)            t, sizeof t - 1

static bool restore_stream(struct place *p, const char *bytes, ptrdiff_t len)
{
    struct manifest m = {.program = S("0.1.0"),
                         .schema = p->s.migration_count,
                         .engine = S("postgresql"),
                         .body = BODY_ROWS,
                         .key_mark = S("m"),
                         .body_bytes = -1};
    struct archive_writer *w;
    struct archive_reader *r;
    int64_t size;
    str path = str_printf(p->cx->a, "%s/rows.zbak", p->s.folder);
    (void)unlink(str_cstr(p->cx->a, path));
    empty(p->folder);
    assert_int_equal(mkdir(p->folder, 0700), 0);
    assert_true(archive_create(p->cx, path, &m, NULL, &w) && archive_put(p->cx, w, bytes, len) &&
                archive_commit(p->cx, w, &size));
    assert_true(archive_open(p->cx, path, &r));
    bool ok = rows_restore(p->cx, r, NULL, str_of(p->folder), NULL);
    archive_close(r);
    return ok;
}

/* The records with their heads. */
static str stream(struct place *p, const struct record *list, int count)
{
    struct buf b = buf_new(p->cx->a, 1 << 20);
    for (int i = 0; i < count; i++) {
        uint8_t head[ROWS_HEAD_BYTES] = {(uint8_t)list[i].kind};
        put_be32(head + 1, (uint32_t)list[i].len);
        buf_put(&b, (str){(const char *)head, sizeof head});
        buf_put(&b, (str){list[i].bytes, list[i].len});
    }
    return buf_str(&b);
}

static const char zeros[24];

static void what_is_no_such_stream_makes_no_database(void **state)
{
    struct place *p = *state;
    static const struct {
        const char *what;
        int count;
        struct record record[4];
    } rows[] = {
        {"nothing", 0, {{0}}},
        {"no end", 1, {{'T', TEXT(TABLE_INSTALLATION)}}},
        {"a row of no table", 1, {{'R', TEXT("\0\0")}}},
        {"an unknown record", 1, {{'X', TEXT("")}}},
        {"a table in a table",
         2,
         {{'T', TEXT(TABLE_INSTALLATION)}, {'T', TEXT(TABLE_INSTALLATION)}}},
        {"a name that is SQL", 1, {{'T', TEXT("\x06x(y);z\x01\x01\x04name")}}},
        {"a name in quotes", 1, {{'T', TEXT("\x01x\x01\x01\x03\"a\"")}}},
        {"no columns", 1, {{'T', TEXT("\x0cinstallation\0")}}},
        {"an unknown type", 1, {{'T', TEXT("\x01x\x01\x09\x01y")}}},
        {"too few tables", 1, {{'Z', TEXT("\0\0\0\1")}}},
        {"something after the end", 2, {{'Z', TEXT("\0\0\0\0")}, {'Z', TEXT("\0\0\0\0")}}},
        {"a longer end", 1, {{'Z', TEXT("\0\0\0\0\0")}}},
        {"a cell that is too long",
         2,
         {{'T', TEXT(TABLE_INSTALLATION)},
          {'R', TEXT("\2\0\0\0\xff"
                     "a\2\0\0\0\1b")}}},
        {"a number for a text",
         2,
         {{'T', TEXT(TABLE_INSTALLATION)}, {'R', TEXT("\1\0\0\0\0\0\0\0\1\2\0\0\0\1b")}}},
        {"a row that was taken away",
         4,
         {{'T', TEXT(TABLE_INSTALLATION)},
          {'R', TEXT("\2\0\0\0\1a\2\0\0\0\1b")},
          {'E', zeros, sizeof zeros},
          {'Z', TEXT("\0\0\0\1")}}},
        {"a table that is none here",
         4,
         {{'T', TEXT("\x01x\x01\x01\x01y")},
          {'R', TEXT("\2\0\0\0\1a")},
          {'E', zeros, sizeof zeros},
          {'Z', TEXT("\0\0\0\1")}}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        str bytes = stream(p, rows[i].record, rows[i].count);
        if (restore_stream(p, bytes.ptr, bytes.len)) fail_msg("%s is taken", rows[i].what);
        assert_true(p->cx->err.code != ERR_NONE && p->cx->err.detail.len > 0);
        store_forget(&p->s);
    }
    assert_false(restore_stream(p, TEXT("T\xff\xff\xff\xff")));
    store_forget(&p->s);
    assert_false(restore_stream(p, TEXT("T\0\0")));
    empty(p->folder);
}

static void an_empty_table_is_one(void **state)
{
    struct place *p = *state;
    static const struct record empty_table[] = {
        {'T', TEXT(TABLE_INSTALLATION)}, {'E', zeros, sizeof zeros}, {'Z', TEXT("\0\0\0\1")}};
    str bytes = stream(p, empty_table, COUNTOF(empty_table));
    assert_true(restore_stream(p, bytes.ptr, bytes.len));
    empty(p->folder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_such_stream_makes_no_database),
        TEST(an_empty_table_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
