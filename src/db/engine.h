/* db/engine.h -- what an engine does behind db.h, and what both share. For db/ alone.
 *
 * An engine's database and transaction begin with these structs, so that db.c can tell it apart
 * and hand over.
 */
#pragma once

#include "base/buf.h"
#include "db/db.h"

#include <stdatomic.h>

struct engine {
    bool shared; /* other processes may have the same database open */
    void (*close)(struct db *db);
    bool (*read)(struct ctx *cx, tx_fn *fn, void *arg);
    bool (*write)(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg);
    bool (*append)(struct ctx *cx, int query, const void *rows, ptrdiff_t count);
    bool (*prepare_all)(struct ctx *cx);
    bool (*check)(struct ctx *cx, str *what);
    bool (*backup)(struct ctx *cx, str path);
    void (*stats)(struct db *db, struct db_stats *out);

    /* Inside a transaction. */
    bool (*exec)(struct tx *tx, int query, const void *in, int64_t *changed);
    bool (*put)(struct tx *tx, int query, const void *rows, ptrdiff_t count, int64_t *changed);
    bool (*one)(struct tx *tx, int query, const void *in, void *out, bool *found);
    bool (*many)(struct tx *tx, int query, const void *in, struct sql_rows *out);
    bool (*script)(struct tx *tx, const char *text);
    bool (*lines)(struct tx *tx, const char *text, struct buf *out);
};

struct db {
    const struct engine *engine;
    struct db_options options; /* texts that were borrowed from the caller are not to be used */
    _Atomic int64_t writes, failed_batches;
    _Atomic int long_reads; /* under way; SQLite: backups, too */
};

struct tx {
    struct ctx *cx;
    const struct engine *engine;
    int64_t workspace_id;
    bool writing;
};

/* Open `options->path` as a file of SQLite, or `options->url` at PostgreSQL. */
MUST_USE bool sqlite_open(struct ctx *cx, const struct db_options *options, struct db **out);
MUST_USE bool postgres_open(struct ctx *cx, const struct db_options *options, struct db **out);

/* Run the caller's function with its memory. A full arena comes back here (TX_TOO_LARGE) and does
 * not leave with the connection. Inside it no other transaction may be opened: it would wait for
 * a connection that waits for it. */
enum tx_end { TX_GOOD, TX_REFUSED, TX_TOO_LARGE };
enum tx_end tx_run(struct tx *tx, tx_fn *fn, void *arg);

/* Where the disk is full or fails, somebody has to come first: when to try again. */
enum { DB_STORAGE_WAIT_S = 30 };

/* Set the answer of a database that has too much to do: 503, come back in a second. False. */
bool fail_busy(struct ctx *cx);
/* An error of opening `where` with an English sentence for the operator. False. */
bool fail_open(struct ctx *cx, const char *key, const char *where, const char *sentence);
/* Room for twice as many rows of `row_bytes` (16 at first); the old array is left to the arena. */
void *rows_grow(arena *a, int row_bytes, const void *rows, ptrdiff_t count, ptrdiff_t *cap);
