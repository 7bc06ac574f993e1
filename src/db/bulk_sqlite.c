#include "db/bulk_inner.h"
#include "db/sqlite.h"
#include "web/embedded.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bulk_sqlite {
    struct bulk bulk;
    sqlite3 *handle;
    char *path;
    const struct bulk_table *put_table; /* whose insert is prepared */
    sqlite3_stmt *put;
};

static struct bulk_sqlite *own(struct bulk *b)
{
    return (struct bulk_sqlite *)b;
}

static bool fail_sqlite(struct ctx *cx, sqlite3 *handle, const char *what)
{
    int code = sqlite3_extended_errcode(handle);
    if (fault_of(code) == FAULT_CONFLICT)
        return fail_detail(cx, ERR_CONFLICT, "error.conflict", "%s: %s", what,
                           sqlite3_errmsg(handle));
    return fail_detail(cx, ERR_STORAGE, fault_storage_key(code), "%s: %s", what,
                       sqlite3_errmsg(handle));
}

/* --- the schema: the migrations, run in memory --- */

/* A step's text without what is another engine's alone (db/migrate.h). */
static char *step_text(arena *a, const struct embedded_file *f)
{
    struct buf out = buf_new(a, f->len + 2);
    bool skip = false;
    for (str rest = {(const char *)f->bytes, f->len}; rest.len > 0;) {
        str line = str_cut(rest, '\n', &rest);
        if (str_starts(line, S("-- only: "))) skip = !str_starts(line, S("-- only: sqlite"));
        if (str_starts(line, S("-- all engines"))) skip = false;
        if (skip) continue;
        buf_put(&out, line);
        buf_char(&out, '\n');
    }
    return str_cstr(a, buf_str(&out));
}

static bool run_migrations(struct ctx *cx, sqlite3 *handle)
{
    arena scratch = *cx->a;
    for (ptrdiff_t i = 0; i < embedded_count; i++) { /* sorted by path, hence by number */
        const struct embedded_file *f = &embedded_files[i];
        if (!str_starts(str_of(f->path), S("sql/migrations/"))) continue;
        if (sqlite3_exec(handle, step_text(&scratch, f), NULL, NULL, NULL) != SQLITE_OK)
            return fail_sqlite(cx, handle, f->path);
    }
    return true;
}

static enum bulk_type type_of(str declared)
{
    return str_eq(declared, S("BIGINT")) ? BULK_I64
           : str_eq(declared, S("TEXT")) ? BULK_TEXT
                                         : BULK_BLOB;
}

static str column_text(arena *a, sqlite3_stmt *stmt, int i)
{
    return str_dup(a, str_of((const char *)sqlite3_column_text(stmt, i)));
}

static bool read_columns(struct ctx *cx, sqlite3 *handle, struct bulk_table *t)
{
    sqlite3_stmt *stmt = NULL;
    t->column = NEW(cx->a, struct bulk_column, BULK_COLUMNS_MAX);
    if (sqlite3_prepare_v2(handle,
                           "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) "
                           "ORDER BY cid",
                           -1, &stmt, NULL) != SQLITE_OK)
        return fail_sqlite(cx, handle, "table_info");
    sqlite3_bind_text(stmt, 1, t->name.ptr, (int)t->name.len, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        assert(t->column_count < BULK_COLUMNS_MAX);
        int key = sqlite3_column_int(stmt, 3);
        assert(key <= BULK_KEY_MAX);
        if (key > 0) t->key[key - 1] = t->column_count;
        if (key > t->key_count) t->key_count = key;
        t->column[t->column_count++] =
            (struct bulk_column){column_text(cx->a, stmt, 0), type_of(column_text(cx->a, stmt, 1)),
                                 sqlite3_column_int(stmt, 2) == 0};
    }
    return sqlite3_finalize(stmt) == SQLITE_OK || fail_sqlite(cx, handle, "table_info");
}

static bool read_schema(struct ctx *cx, sqlite3 *handle, struct bulk_schema *out)
{
    sqlite3_stmt *stmt = NULL;
    bool good = true;
    if (sqlite3_prepare_v2(handle,
                           "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
                           "type IN ('table', 'index') ORDER BY rowid",
                           -1, &stmt, NULL) != SQLITE_OK)
        return fail_sqlite(cx, handle, "schema");
    while (good && sqlite3_step(stmt) == SQLITE_ROW) {
        str name = column_text(cx->a, stmt, 1);
        if (str_eq(column_text(cx->a, stmt, 0), S("index"))) {
            assert(out->index_count < BULK_INDEXES_MAX);
            out->index[out->index_count++] = (struct bulk_index){name, column_text(cx->a, stmt, 2)};
            continue;
        }
        assert(out->table_count < BULK_TABLES_MAX);
        struct bulk_table *t = &out->table[out->table_count++];
        *t = (struct bulk_table){.name = name};
        good = read_columns(cx, handle, t);
        assert(t->key_count > 0 && "every table has a primary key");
    }
    int code = sqlite3_finalize(stmt);
    return good && (code == SQLITE_OK || fail_sqlite(cx, handle, "schema"));
}

bool bulk_schema_read(struct ctx *cx, struct bulk_schema *out)
{
    sqlite3 *handle = NULL;
    *out = (struct bulk_schema){.table = NEW(cx->a, struct bulk_table, BULK_TABLES_MAX),
                                .index = NEW(cx->a, struct bulk_index, BULK_INDEXES_MAX)};
    bool good = sqlite3_open(":memory:", &handle) == SQLITE_OK
                    ? run_migrations(cx, handle) && read_schema(cx, handle, out)
                    : fail(cx, ERR_STORAGE, "error.storage");
    sqlite3_close(handle);
    return good;
}

/* --- open, close --- */

static bool sqlite_exec(struct ctx *cx, struct bulk *b, const char *sql)
{
    sqlite3 *handle = own(b)->handle;
    return sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail_sqlite(cx, handle, "bulk");
}

/* Pragmas, which may run twice: SQLite does not wait by itself for who looks at the file just when
 * its journal changes its kind. */
static bool sqlite_set(struct ctx *cx, struct bulk *b, const char *pragmas)
{
    /* Often: who looks again and again leaves but short gaps. */
    enum { EVERY_MS = 2, LONGEST_MS = 30000 };
    int64_t until_ms = clock_mono_ms() + LONGEST_MS;
    int code;
    while ((code = sqlite3_exec(own(b)->handle, pragmas, NULL, NULL, NULL)) != SQLITE_OK &&
           (code & 0xff) == SQLITE_BUSY && clock_mono_ms() < until_ms)
        sqlite3_sleep(EVERY_MS);
    return code == SQLITE_OK || fail_sqlite(cx, own(b)->handle, "bulk");
}

static void put_forget(struct bulk_sqlite *s)
{
    sqlite3_finalize(s->put);
    s->put = NULL;
    s->put_table = NULL;
}

static void sqlite_close(struct bulk *b)
{
    struct bulk_sqlite *s = own(b);
    put_forget(s);
    sqlite3_close(s->handle);
    free(s->path);
    free(s);
}

/* Large sorts go beside the database: it has room for them, and what they hold stays on its disk.
 */
static void sort_beside(const char *path)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (len == 0 || len >= sizeof dir) return;
    memcpy(dir, path, len);
    dir[len] = 0;
    (void)setenv("SQLITE_TMPDIR", dir, 0);
}

static bool configure(struct ctx *cx, struct bulk *b, const struct bulk_options *o)
{
    static const char *const by_use[] = {
        /* The reader's snapshot lasts until it is closed. */
        [BULK_READ] = "PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_schema",
        /* New pages at the end need no copy in a rollback journal, but would stand twice in a
         * write-ahead log. */
        [BULK_WRITE] = "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL",
        [BULK_FRESH] = ("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                        "PRAGMA locking_mode = EXCLUSIVE"),
    };
    char cache[64];
    int64_t bytes = o->memory_bytes > 0 ? o->memory_bytes : 64 << 20;
    sqlite3_snprintf(sizeof cache, cache, "PRAGMA cache_size = -%lld", (long long)(bytes >> 10));
    return sqlite_exec(cx, b, cache) &&
           sqlite_exec(cx, b,
                       "PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE; PRAGMA threads = 1; "
                       "PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF") &&
           (o->use == BULK_READ ? sqlite_exec : sqlite_set)(cx, b, by_use[o->use]);
}

static bool sqlite_begin(struct ctx *cx, struct bulk *b)
{
    return sqlite_exec(cx, b, "BEGIN IMMEDIATE");
}

static bool sqlite_commit(struct ctx *cx, struct bulk *b)
{
    return sqlite_exec(cx, b, "COMMIT");
}

static bool sync_path(struct ctx *cx, const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0) good = false;
    return good || fail_detail(cx, ERR_STORAGE, "error.storage", "%s: %s", path, strerror(why));
}

static bool sqlite_finish(struct ctx *cx, struct bulk *b)
{
    put_forget(own(b));
    if (!sqlite_set(cx, b,
                    "PRAGMA locking_mode = NORMAL; "
                    "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL; "
                    "PRAGMA wal_checkpoint(TRUNCATE)"))
        return false;
    return sync_path(cx, own(b)->path);
}

/* --- rows in --- */

static bool put_prepare(struct ctx *cx, struct bulk_sqlite *s, const struct bulk_table *table)
{
    if (s->put_table == table) return true;
    put_forget(s);
    arena scratch = *cx->a;
    char marks[BULK_COLUMNS_MAX * 2 + 1] = "";
    for (int i = 0; i < table->column_count; i++) {
        marks[2 * i] = i == 0 ? ' ' : ',';
        marks[2 * i + 1] = '?';
    }
    str sql = str_printf(&scratch, "INSERT INTO %.*s (%.*s) VALUES (%s)", STR_ARG(table->name),
                         STR_ARG(bulk_column_list(&scratch, table, false)), marks);
    if (sqlite3_prepare_v2(s->handle, str_cstr(&scratch, sql), -1, &s->put, NULL) != SQLITE_OK)
        return fail_sqlite(cx, s->handle, "insert");
    s->put_table = table;
    return true;
}

static int bind_cell(sqlite3_stmt *stmt, int at, enum bulk_type type, const struct bulk_cell *c)
{
    if (c->null) return sqlite3_bind_null(stmt, at);
    if (type == BULK_I64) return sqlite3_bind_int64(stmt, at, c->i64);
    const char *p = c->bytes.ptr == NULL ? "" : c->bytes.ptr;
    int len = (int)c->bytes.len;
    return type == BULK_TEXT ? sqlite3_bind_text(stmt, at, p, len, SQLITE_STATIC)
                             : sqlite3_bind_blob(stmt, at, p, len, SQLITE_STATIC);
}

static bool sqlite_put(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                       const struct bulk_cell *cells, ptrdiff_t count)
{
    struct bulk_sqlite *s = own(b);
    if (!put_prepare(cx, s, table)) return false;
    for (ptrdiff_t r = 0; r < count; r++, cells += table->column_count) {
        int code = SQLITE_OK;
        for (int i = 0; code == SQLITE_OK && i < table->column_count; i++)
            code = bind_cell(s->put, i + 1, table->column[i].type, &cells[i]);
        if (code != SQLITE_OK || sqlite3_step(s->put) != SQLITE_DONE) {
            bool told = fail_sqlite(cx, s->handle, "insert");
            sqlite3_reset(s->put);
            return told;
        }
        sqlite3_reset(s->put);
    }
    return true;
}

/* --- rows out --- */

static str scan_text(arena *a, const struct bulk_table *table, bool after, int how)
{
    str key = bulk_column_list(a, table, true), where = S(""), order = S("");
    if (after) {
        char marks[BULK_KEY_MAX * 2 + 1] = "";
        for (int i = 0; i < table->key_count; i++) {
            marks[2 * i] = i == 0 ? ' ' : ',';
            marks[2 * i + 1] = '?';
        }
        where = str_printf(a, " WHERE (%.*s) > (%s)", STR_ARG(key), marks);
    }
    if (how != BULK_ANY_ORDER) order = str_printf(a, " ORDER BY %.*s LIMIT ?", STR_ARG(key));
    return str_printf(a, "SELECT %.*s FROM %.*s%.*s%.*s",
                      STR_ARG(bulk_column_list(a, table, false)), STR_ARG(table->name),
                      STR_ARG(where), STR_ARG(order));
}

static void read_cell(sqlite3_stmt *stmt, int at, enum bulk_type type, struct bulk_cell *out)
{
    *out = (struct bulk_cell){.null = sqlite3_column_type(stmt, at) == SQLITE_NULL};
    if (out->null) return;
    if (type == BULK_I64) {
        out->i64 = sqlite3_column_int64(stmt, at);
        return;
    }
    const void *p = type == BULK_TEXT ? (const void *)sqlite3_column_text(stmt, at)
                                      : sqlite3_column_blob(stmt, at);
    out->bytes = (str){p == NULL ? "" : p, sqlite3_column_bytes(stmt, at)};
}

static bool sqlite_scan(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                        const struct bulk_cell *after, int64_t limit, int how, bulk_row_fn *fn,
                        void *arg)
{
    sqlite3 *handle = own(b)->handle;
    arena *a = cx->a; /* and not a copy of it: fn may take memory of its own there */
    struct bulk_cell *cells = NEW(a, struct bulk_cell, table->column_count);
    sqlite3_stmt *stmt = NULL;
    str sql = scan_text(a, table, after != NULL, how);
    if (sqlite3_prepare_v2(handle, str_cstr(a, sql), -1, &stmt, NULL) != SQLITE_OK)
        return fail_sqlite(cx, handle, "scan");
    int at = 1;
    for (int i = 0; after != NULL && i < table->key_count; i++, at++)
        bind_cell(stmt, at, table->column[table->key[i]].type, &after[i]);
    if (how != BULK_ANY_ORDER) sqlite3_bind_int64(stmt, at, limit);
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < table->column_count; i++)
            read_cell(stmt, i, table->column[i].type, &cells[i]);
        if (!fn(arg, cells)) break;
    }
    bool good = code == SQLITE_ROW || code == SQLITE_DONE || fail_sqlite(cx, handle, "scan");
    sqlite3_finalize(stmt);
    return good;
}

static bool sqlite_has_table(struct ctx *cx, struct bulk *b, const char *name, bool *has)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *handle = own(b)->handle;
    if (sqlite3_prepare_v2(handle, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                           -1, &stmt, NULL) != SQLITE_OK)
        return fail_sqlite(cx, handle, "schema");
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    int code = sqlite3_step(stmt);
    *has = code == SQLITE_ROW;
    sqlite3_finalize(stmt);
    return code == SQLITE_ROW || code == SQLITE_DONE || fail_sqlite(cx, handle, "schema");
}

static bool sqlite_number(struct ctx *cx, struct bulk *b, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *handle = own(b)->handle;
    bool good = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_step(stmt) == SQLITE_ROW;
    if (good) *out = sqlite3_column_int64(stmt, 0);
    if (!good) fail_sqlite(cx, handle, sql);
    sqlite3_finalize(stmt);
    return good;
}

static const struct bulk_engine engine = {
    .close = sqlite_close,
    .exec = sqlite_exec,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .put = sqlite_put,
    .finish = sqlite_finish,
    .scan = sqlite_scan,
    .has_table = sqlite_has_table,
    .number = sqlite_number,
};

bool bulk_sqlite_open(struct ctx *cx, const struct bulk_options *options, struct bulk **out)
{
    struct bulk_sqlite *s = calloc(1, sizeof *s);
    char *path = str_cstr(cx->a, options->where);
    if (s == NULL || (s->path = strdup(path)) == NULL) {
        free(s);
        return fail_detail(cx, ERR_STORAGE, "error.storage", "There is no memory left.");
    }
    s->bulk = (struct bulk){.engine = &engine, .use = options->use};
    if (options->use != BULK_READ)
        sort_beside(path); /* a server reads so, and others read its environment */
    bool good = sqlite3_open_v2(path, &s->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                NULL) == SQLITE_OK;
    if (good) {
        sqlite3_extended_result_codes(s->handle, 1);
        sqlite3_busy_timeout(s->handle, DB_BUSY_MS);
        good = configure(cx, &s->bulk, options);
    } else {
        fail_detail(cx, ERR_STORAGE, "error.storage", "%s: %s", path,
                    s->handle == NULL ? "no memory" : sqlite3_errmsg(s->handle));
    }
    if (!good) {
        sqlite_close(&s->bulk);
        return false;
    }
    *out = &s->bulk;
    return true;
}
