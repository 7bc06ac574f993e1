/* db/bulk.h -- rows in bulk, untyped, table by table: what copies and demo data stand on.
 *
 * Which tables there are, and their columns and keys, is read from the embedded migrations
 * themselves (run once in memory): one source for every engine, and nothing to keep in step.
 * A bulk connection is its own, apart from struct db: nobody else writes meanwhile, the caller sees
 * to that (the folder's lock, the nodes' leases).
 *
 * Terms:   cell (one value of a row), key (the columns of a table's primary key, in order), sum
 *          (what tells whether two tables hold the same rows, whatever their order and engine).
 * Sources: sqlite.org/pragma.html; PostgreSQL 15, "COPY" and 55.2.6; Appleby, MurmurHash3 (x64,
 *          128 bits), for sums: they guard against mistakes and not against forgers.
 */
#pragma once

#include "base/ctx.h"

struct bulk; /* one connection for bulk work; of one thread at a time */

enum bulk_type { BULK_I64, BULK_TEXT, BULK_BLOB };

enum { BULK_TABLES_MAX = 128, BULK_INDEXES_MAX = 256, BULK_COLUMNS_MAX = 96, BULK_KEY_MAX = 8 };

struct bulk_column {
    str name;
    enum bulk_type type;
    bool nullable;
};

struct bulk_table {
    str name;
    struct bulk_column *column;
    int column_count;
    int key[BULK_KEY_MAX]; /* which columns, in the key's order */
    int key_count;
};

/* An index beside those of keys and unique constraints: may be left out while rows come in. */
struct bulk_index {
    str name, sql; /* sql: the whole CREATE INDEX */
};

struct bulk_schema {
    struct bulk_table *table; /* in the order of the migrations */
    int table_count;
    struct bulk_index *index;
    int index_count;
};

/* Read the schema that this program's migrations make; it lives as long as cx->a. */
MUST_USE bool bulk_schema_read(struct ctx *cx, struct bulk_schema *out);
/* The table of that name, or NULL. */
const struct bulk_table *bulk_table_find(const struct bulk_schema *schema, str name);
/* Where a column stands, or -1. */
int bulk_column_find(const struct bulk_table *table, const char *name);

/* One value; a row is table->column_count of them. `i64` of BULK_I64, else `bytes`. */
struct bulk_cell {
    bool null;
    union {
        int64_t i64;
        str bytes;
    };
};

enum bulk_use {
    BULK_READ,  /* one snapshot from open to close */
    BULK_WRITE, /* what is committed stays, whatever ends the program */
    BULK_FRESH, /* a SQLite file that is thrown away unless bulk_finish came through: no journal */
};

struct bulk_options {
    str where; /* a SQLite file that exists, or a postgresql:// URL */
    enum bulk_use use;
    int64_t memory_bytes; /* of the page cache, and of sorting for an index */
};

/* Open. False with cx->err set, a sentence for the operator. */
MUST_USE bool bulk_open(struct ctx *cx, const struct bulk_options *options, struct bulk **out);
/* Roll back what is open, close. NULL is fine. */
void bulk_close(struct bulk *b);
/* Is it PostgreSQL? There everything of BULK_FRESH is to be one transaction. */
bool bulk_is_postgres(const struct bulk *b);

/* Begin and commit a transaction that writes; BULK_READ has its own. */
MUST_USE bool bulk_begin(struct ctx *cx, struct bulk *b);
MUST_USE bool bulk_commit(struct ctx *cx, struct bulk *b);
/* Run statements without rows that both engines take. */
MUST_USE bool bulk_exec(struct ctx *cx, struct bulk *b, const char *sql);
/* Insert `count` rows that stand one behind the other. A key that is there already is
 * ERR_CONFLICT. Texts are borrowed for the call. */
MUST_USE bool bulk_put(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                       const struct bulk_cell *cells, ptrdiff_t count);
/* Take the indexes away, and make them (again); what is there, or gone, already is no fault. */
MUST_USE bool bulk_index_drop(struct ctx *cx, struct bulk *b, const struct bulk_index *index);
MUST_USE bool bulk_index_make(struct ctx *cx, struct bulk *b, const struct bulk_index *index);
/* All is written: whatever an engine keeps for planning and the way to the disk. On SQLite the file
 * is as the server wants it (write-ahead log), and durable when this returns. */
MUST_USE bool bulk_finish(struct ctx *cx, struct bulk *b);

/* Called with each row; cells are borrowed for the call. False: enough, which is no error. */
typedef bool bulk_row_fn(void *arg, const struct bulk_cell *cells);

/* Read rows in the order of the key (`fn` may use cx->a): at most `limit` of them, behind `after`
 * (one cell a column of the key; NULL: from the first). */
MUST_USE bool bulk_scan(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                        const struct bulk_cell *after, int64_t limit, bulk_row_fn *fn, void *arg);
/* The number of rows; of those for which `where` holds, if it is not NULL ("lease_until_ms > 7").
 */
MUST_USE bool bulk_count(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                         const char *where, int64_t *rows);
/* Is there a table of that name? */
MUST_USE bool bulk_has_table(struct ctx *cx, struct bulk *b, const char *name, bool *has);

/* --- sums --- */

struct bulk_sum {
    int64_t rows;
    uint64_t high, low; /* the sum of the rows' hashes, modulo 2^128 */
};

/* Add a row, or take it away again. */
void bulk_sum_add(struct bulk_sum *sum, const struct bulk_table *table,
                  const struct bulk_cell *cells);
void bulk_sum_remove(struct bulk_sum *sum, const struct bulk_table *table,
                     const struct bulk_cell *cells);
/* The same rows, as far as anybody can tell. */
bool bulk_sum_eq(const struct bulk_sum *a, const struct bulk_sum *b);
/* The sum of all rows of a table, in whatever order the engine reads fastest. `seen` (may be NULL)
 * is called now and then with the rows so far; false ends it with ERR_UNAVAILABLE. */
MUST_USE bool bulk_sum_read(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                            struct bulk_sum *out, bool (*seen)(void *arg, int64_t rows), void *arg);
