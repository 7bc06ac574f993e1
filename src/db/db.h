/* db/db.h -- one face over the storage engines.
 *
 * Queries stand in .sql files beside their room, are named, and are reached through the typed
 * functions that tools/sqlgen.py makes: q_NAME(tx, &in, out…). src/lead/lead.sql becomes
 * #include "lead_sql.h"; without rows the last argument is int64_t *changed (or NULL), with "one"
 * struct NAME_row * and bool *found, with "many" struct NAME_rows *; a query without parameters
 * has no &in.
 *
 *   -- name: lead_get
 *   -- What it is for.
 *   -- in: id                      (types by name, below; or name:type)
 *   -- one: id, email, created_ms  (one: none or one row; many: a list; none of both: no rows)
 *   SELECT … WHERE workspace_id = :workspace_id AND id = :id;
 *
 * Types: i64 for id, n, limit, state, kind, count and names ending in _id _ms _day _n _count _no
 * _state _kind _bytes; `text` otherwise; name:i64 name:text name:blob override; a trailing "?"
 * (name:i64?) is nullable (struct opt_i64; text and blob are nullable as the absent str anyway).
 *   -- append:                     (also makes q_NAME_append and q_NAME_put: many rows at once, see
 *                                   db_append and sql_put)
 *   -- plan: values                (PostgreSQL plans each run for the values at hand; otherwise one
 *                                   plan serves all, from the sixth run on a connection. For lists
 *                                   whose filters may be off, where no one plan is good.)
 *
 * :workspace_id is bound from the context and cannot be passed; a statement over a table of
 * a workspace restricts it, or says `-- scope: system` (sqlgen.py sees to it) and takes the
 * workspace, if it needs one, under another name (:of_workspace_id).
 *
 * Reads see one snapshot. db_write returns when the commit is durable.
 *   SQLite: writes go through one writer, which commits many at once. Where one is refused after it
 *     has changed something, the batch is run again with a SAVEPOINT each. It runs on another
 *     thread: memory comes from tx_ctx(tx)->a, never from an arena copied before the call.
 *   PostgreSQL: each write is a transaction of its own at REPEATABLE READ on a pooled connection.
 *     Where another's change or a lost connection asks for it, the whole function is run again; a
 *     COMMIT whose answer was lost is settled by a receipt row (docs/adr/0014).
 * Hence: a transaction function is SQL and arithmetic only, and idempotent over its argument; what
 * two of them check and then write must collide in a row or a unique key. None opens another.
 * A deferred foreign key would fail at the common commit and take others with it: have none.
 */
#pragma once

#include "base/ctx.h"

struct db;
struct tx; /* an open transaction, reading or writing */

struct opt_i64 {
    bool set;
    int64_t v;
};

/* Who waits: the writer takes events and bulk only when nothing interactive waits for long. */
enum db_lane { DB_INTERACTIVE, DB_EVENTS, DB_BULK, DB_LANE__COUNT };

typedef bool tx_fn(struct ctx *cx, struct tx *tx, void *arg);

struct sql_text;

struct db_options {
    const struct sql_text *texts; /* sql_texts of the generated sql.h … */
    int text_count;               /* … and SQL__COUNT */
    str path;                     /* the SQLite file, e.g. data/zulauf.db; not used with a url */
    int64_t memory_bytes;         /* SQLite: budget for all connections' caches */
    int readers;                  /* SQLite: read connections */
    str url;                      /* "postgresql://…"; absent: SQLite */
    int pool;                     /* PostgreSQL: connections at most; 0: 16 */
    bool unprepared;     /* PostgreSQL: no named statements or session settings, for pgbouncer */
    int commit_delay_ms; /* sleep before COMMIT: crash tests only (ZULAUF_TEST_COMMIT_DELAY_MS) */
};

/* Open (and create) the database, start the writer. False with cx->err set (a sentence for the
 * operator: error.db_open, error.db_corrupt) if it cannot be opened or is no database.
 * The caller then sets cx->db, calls db_migrate (db/migrate.h) and db_prepare_all. */
MUST_USE bool db_open(struct ctx *cx, const struct db_options *options, struct db **out);
/* Prepare every statement once, so that a fault in one is found at start and not by a visitor.
 * False with the statement's name in cx->err.detail. */
MUST_USE bool db_prepare_all(struct ctx *cx);
/* Finish queued writes, stop the writer, close. Nobody may use it any more. NULL is fine. */
void db_close(struct db *db);
/* Read the whole database: pages, indexes, foreign keys. *what gets one line a fault, at most
 * 100, or the absent str if all is well. False if it could not be read. */
MUST_USE bool db_check(struct ctx *cx, str *what);
/* SQLite: a consistent copy into a new file at `path`, while others read and write. PostgreSQL:
 * ERR_INTERNAL (its backup is rows, backup/). */
MUST_USE bool db_backup(struct ctx *cx, str path);

/* Counters since db_open, for /metrics. */
struct db_stats {
    int64_t writes;  /* asked for, whatever became of them */
    int64_t batches; /* commits, each of one or more writes */
    int64_t failed_batches;
    int64_t checkpoints;
    int64_t wal_bytes; /* size of the log after the last commit */
    int queued[DB_LANE__COUNT];
    /* PostgreSQL: */
    int64_t retried; /* transactions run again for another's change or a lost connection */
    int64_t settled; /* COMMITs whose answer was lost and found out by the receipt */
    int connections, in_use;
};
void db_stats(struct db *db, struct db_stats *out);

/* Whether other nodes may work on this database at the same time (PostgreSQL). If not, whatever
 * is leased at a start was left behind by a life before. */
bool db_is_shared(const struct db *db);

/* Run `fn` in a read snapshot on a free read connection. */
MUST_USE bool db_read(struct ctx *cx, tx_fn *fn, void *arg);
/* The same for a read that takes more than a moment: until it ends the log of writes grows, instead
 * of all writers waiting for it. */
MUST_USE bool db_read_long(struct ctx *cx, tx_fn *fn, void *arg);
/* Run `fn` in a write transaction; true once it is durable. `fn` false rolls back, cx->err says
 * why. A full queue: ERR_UNAVAILABLE with retry_after_s. Disk trouble: ERR_STORAGE, and nothing
 * of it is kept. `arg` and cx belong to the write until it returns. */
MUST_USE bool db_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg);

/* After a db_write that was false: whether nothing of it is kept, and never will be. Not where the
 * answer to a COMMIT may have been lost, nor after trouble with the disk, even if most of those
 * have kept nothing either. */
bool db_surely_undone(const struct ctx *cx);

/* Insert `count` rows (at most DB_APPEND_ROWS; an array of the query's in-struct) of a query that
 * says "-- append:", each with cx's workspace; true once they are durable. Rows of many callers
 * share one statement or commit, so that events cost little; a row that cannot stand fails its own
 * caller alone. Errors as of db_write. */
enum { DB_APPEND_ROWS = 1000 };
MUST_USE bool db_append(struct ctx *cx, int query, const void *rows, ptrdiff_t count);

/* The context a transaction runs in (memory for rows, workspace). */
struct ctx *tx_ctx(struct tx *tx);
/* The same transaction for another workspace: jobs and the edge that finds out the workspace. */
void tx_workspace(struct tx *tx, int64_t workspace_id);

/* --- what the generated functions stand on --- */

enum sql_type { SQL_I64, SQL_I64_OPT, SQL_TEXT, SQL_BLOB };

struct sql_column {
    enum sql_type type;
    unsigned short offset; /* in the in- or out-struct */
};

struct sql_rows {
    void *row; /* array of the query's out-struct */
    ptrdiff_t count;
};

/* One prepared statement: engine texts, parameters and columns. Made by tools/sqlgen.py. */
struct sql_text {
    const char *name, *sqlite, *postgres;
    const struct sql_column
        *in; /* in the order of the text's parameters; offset 0xffff: workspace */
    const struct sql_column *out;
    int in_count, out_count, row_bytes;
    bool writes;
    const char *append; /* PostgreSQL's text over arrays; NULL: not for db_append */
    int in_bytes;       /* size of the in-struct, if for db_append */
    const char *many;   /* SQLite's text over many_rows rows; NULL: not for db_append */
    int many_rows;
    bool by_values; /* PostgreSQL: not prepared, so that each run has a plan of its own */
};

enum { SQL_WORKSPACE_OFFSET = 0xffff };

/* Run without rows; *changed (may be NULL) gets the number of rows changed. A unique violation is
 * ERR_CONFLICT "error.conflict". */
MUST_USE bool sql_exec(struct tx *tx, int query, const void *in, int64_t *changed);
/* Run a query that says "-- append:" for `count` rows (an array of its in-struct), in that order:
 * PostgreSQL is asked once for many of them. *changed (may be NULL) is the sum. */
MUST_USE bool sql_put(struct tx *tx, int query, const void *rows, ptrdiff_t count,
                      int64_t *changed);
/* Zero or one row (more is ERR_INTERNAL: say LIMIT 1) into *out (row_bytes), *found (may be NULL:
 * none is then ERR_NOT_FOUND). */
MUST_USE bool sql_one(struct tx *tx, int query, const void *in, void *out, bool *found);
/* All rows, in the context's arena, at most LIMIT_QUERY_ROWS (more is ERR_INTERNAL). */
MUST_USE bool sql_many(struct tx *tx, int query, const void *in, struct sql_rows *out);

/* Run the statements of a migration or a test. False with cx->err set. */
MUST_USE bool sql_script(struct tx *tx, const char *text);
struct buf;
/* Every row of the query `text`, its columns joined by a blank, one a line, into `out`: for checks
 * and tests. */
MUST_USE bool sql_lines(struct tx *tx, const char *text, struct buf *out);
