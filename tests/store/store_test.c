#include "store_test.h"

#include "base/buf.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MIGRATIONS_MAX = 200, SCHEMA_BYTES = 16 << 20 };

static const char MIGRATIONS[] = "sql/migrations";

str store_path(struct store *s)
{
    return str_printf(&s->a, "%s/test.db", s->folder);
}

static str read_file(arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) fail_msg("%s cannot be read", path);
    char *to = NEW(a, char, 1 << 20);
    size_t len = fread(to, 1, 1 << 20, f);
    fclose(f);
    return (str){to, (ptrdiff_t)len};
}

static int is_sql(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".sql") == 0;
}

static void load_migrations(struct store *s)
{
    struct dirent **entry = NULL;
    int count = scandir(MIGRATIONS, &entry, is_sql, alphasort);
    struct migration *list = NEW(&s->schema_arena, struct migration, MIGRATIONS_MAX);
    if (count < 1 || count > MIGRATIONS_MAX)
        fail_msg("no %s here: run from the project's root", MIGRATIONS);
    for (int i = 0; i < count; i++) {
        arena *a = &s->schema_arena;
        str name = str_dup(a, str_of(entry[i]->d_name));
        str text = read_file(a, str_cstr(a, str_printf(a, "%s/%.*s", MIGRATIONS, STR_ARG(name))));
        list[i] = (struct migration){i + 1, str_cstr(a, name), text.ptr, text.len};
        free(entry[i]);
    }
    free(entry);
    s->migrations = list;
    s->migration_count = count;
}

/* Say something to the server that ZULAUF_TEST_DB names. */
static void tell_server(const char *format, const char *name)
{
    char text[200];
    snprintf(text, sizeof text, format, name);
    PGconn *pg = PQconnectdb(getenv("ZULAUF_TEST_DB"));
    PGresult *r = PQexec(pg, text);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) fail_msg("%s: %s", text, PQerrorMessage(pg));
    PQclear(r);
    PQfinish(pg);
}

static const char *database_of(const struct store *s)
{
    return strrchr(s->folder, '/') + 1;
}

/* What databases are made from, if the migrations are in it already. They are left there then: to
 * drop one costs as much as to make it, and such a server is thrown away as a whole. */
static const char *template_name(void)
{
    return getenv("ZULAUF_TEST_DB_TEMPLATE");
}

/* A database named like the folder, on the server that ZULAUF_TEST_DB names. */
static void make_database(struct store *s)
{
    const char *server = getenv("ZULAUF_TEST_DB"), *query = strchr(server, '?');
    const char *slash = strstr(server, "://") + 3;
    while (*slash != 0 && *slash != '/' && *slash != '?') slash++;
    char text[160];
    snprintf(text, sizeof text, "CREATE DATABASE \"%%s\" TEMPLATE %s ENCODING 'UTF8' LOCALE 'C'",
             template_name() != NULL ? template_name() : "template0");
    tell_server(text, database_of(s));
    snprintf(s->url, sizeof s->url, "%.*s/%s%s", (int)(slash - server), server, database_of(s),
             query == NULL ? "" : query);
}

static void open_db(struct store *s)
{
    s->a = arena_over(&s->block);
    s->cx = (struct ctx){.a = &s->a,
                         .ids = &s->ids,
                         .now_ms = STORE_NOW_MS,
                         .workspace_id = STORE_WORKSPACE,
                         .lang = LANG_DE};
    struct db_options options = {.texts = s->texts,
                                 .text_count = s->text_count,
                                 .path = store_path(s),
                                 .memory_bytes = 8 << 20,
                                 .readers = STORE_READERS,
                                 .url = str_of(s->url),
                                 .pool = STORE_READERS + 2};
    if (!db_open(&s->cx, &options, &s->cx.db) ||
        !db_migrate(&s->cx, s->migrations, s->migration_count) || !db_prepare_all(&s->cx))
        fail_msg("%s: %.*s", s->cx.err.key, STR_ARG(s->cx.err.detail));
}

void store_open_with(struct store *s, const struct sql_text *texts, int text_count,
                     const struct migration *migrations, int migration_count)
{
    *s = (struct store){.texts = texts,
                        .text_count = text_count,
                        .migrations = migrations,
                        .migration_count = migration_count};
    const char *tmp = getenv("TMPDIR");
    snprintf(s->folder, sizeof s->folder, "%s/zulauf-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    assert_true(arena_block_open(&s->block, STORE_ARENA_BYTES));
    assert_true(arena_block_open(&s->schema_block, SCHEMA_BYTES * 4));
    s->schema_arena = arena_over(&s->schema_block);
    assert_true(id_source_open(&s->ids, 0, 0, INT64_MAX));
    if (migrations == NULL) load_migrations(s);
    if (migrations == NULL && getenv("ZULAUF_TEST_DB") != NULL) make_database(s);
    open_db(s);
}

void store_reopen(struct store *s)
{
    db_close(s->cx.db);
    open_db(s);
}

void store_close(struct store *s)
{
    ctx_end(&s->cx);
    db_close(s->cx.db);
    id_source_close(&s->ids);
    if (s->url[0] != 0 && template_name() == NULL)
        tell_server("DROP DATABASE \"%s\" WITH (FORCE)", database_of(s));
    DIR *folder = opendir(s->folder);
    for (struct dirent *e; folder != NULL && (e = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), e->d_name, 0); /* "." and ".." refuse */
    if (folder != NULL) closedir(folder);
    rmdir(s->folder);
    arena_block_close(&s->schema_block);
    arena_block_close(&s->block);
}

void store_forget(struct store *s)
{
    ctx_end(&s->cx);
    err_clear(&s->cx);
    s->a = arena_over(&s->block);
}

struct ctx store_thread_ctx(struct store *s, struct arena_block *block, arena *a)
{
    if (!arena_block_open(block, 1 << 20)) abort();
    *a = arena_over(block);
    struct ctx cx = s->cx;
    cx.a = a;
    cx.deferred = NULL;
    err_clear(&cx);
    return cx;
}

const char *store_sql(struct ctx *cx, const char *text)
{
    struct buf out = buf_new(cx->a, 1 << 20);
    if (!db_is_shared(cx->db)) return text;
    for (const char *p = text; *p != 0; p++) {
        size_t hex = strncmp(p, "x'", 2) == 0 ? strspn(p + 2, "0123456789abcdef") : 0;
        if (strncmp(p, "x'", 2) == 0 && p[2 + hex] == '\'') {
            buf_printf(&out, "'\\x%.*s'::bytea", (int)hex, p + 2);
            p += 2 + hex;
        } else if (strncmp(p, "AS BLOB", 7) == 0) {
            buf_put(&out, S("AS BYTEA"));
            p += 6;
        } else {
            buf_char(&out, *p);
        }
    }
    return str_cstr(cx->a, buf_str(&out));
}

static bool run_script(struct ctx *cx, struct tx *tx, void *arg)
{
    return sql_script(tx, store_sql(cx, arg));
}

bool store_script(struct store *s, const char *text)
{
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", text);
    return db_write(&s->cx, DB_INTERACTIVE, run_script, copy);
}
