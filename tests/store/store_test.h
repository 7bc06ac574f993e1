/* store_test.h -- a real, fresh database for a store test.
 *
 *     struct store s;
 *     store_open(&s);                 (needs the generated "sql.h", as every ROOM_sql.h includes)
 *     assert_true(db_write(&s.cx, DB_INTERACTIVE, fn, &arg));
 *     store_close(&s);
 *
 * The clock stands at STORE_NOW_MS, the workspace is STORE_WORKSPACE; set s.cx as the test needs
 * it (keys, actor). Run from the project's root: sql/migrations is read from there.
 *
 * SQLite, unless ZULAUF_TEST_DB names a server ("postgresql://…" of one who may create databases):
 * then store_open makes a database there, and store_close drops it; where ZULAUF_TEST_DB_TEMPLATE
 * names a database with the migrations in, it is made from that and left there. store_open_with
 * with migrations of its own is SQLite always.
 */
#pragma once

#include "base/ctx.h"
#include "base/id.h"
#include "db/db.h"
#include "db/migrate.h"

#define STORE_NOW_MS INT64_C(1750000000000)

enum { STORE_WORKSPACE = 1, STORE_ARENA_BYTES = 64 << 20, STORE_READERS = 2 };

struct store {
    char folder[64]; /* a new one under TMPDIR or /tmp */
    char url[256];   /* of the database at ZULAUF_TEST_DB; "": SQLite */
    struct arena_block block, schema_block;
    arena a, schema_arena;
    struct id_source ids;
    struct ctx cx;

    const struct sql_text *texts;
    int text_count;
    const struct migration *migrations;
    int migration_count;
};

#define store_open(s) store_open_with((s), sql_texts, SQL__COUNT, NULL, 0)

/* Open a database in a new folder, migrate it, prepare every statement; the test fails if that
 * fails. `migrations` NULL: those of sql/migrations. */
void store_open_with(struct store *s, const struct sql_text *texts, int text_count,
                     const struct migration *migrations, int migration_count);
/* Close and open the same file again, with a fresh context. */
void store_reopen(struct store *s);
/* Close, and remove the folder. */
void store_close(struct store *s);
/* Forget the error and everything the arena held: between two cases of one test. */
void store_forget(struct store *s);
/* A context of its own for another thread, with memory from `block` (opened here). */
struct ctx store_thread_ctx(struct store *s, struct arena_block *block, arena *a);
/* The database's file. */
str store_path(struct store *s);
/* SQL of a test for the engine at hand: x'00' and AS BLOB are SQLite's words, and PostgreSQL gets
 * its own for them. */
const char *store_sql(struct ctx *cx, const char *text);
/* Run plain SQL as one write, through store_sql. */
MUST_USE bool store_script(struct store *s, const char *text);
