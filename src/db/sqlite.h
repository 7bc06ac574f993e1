/* db/sqlite.h -- one connection to SQLite and the life of statements on it. For db/ alone.
 *
 * A connection is used by one thread at a time (SQLITE_OPEN_NOMUTEX). Statements are prepared
 * when first used and kept.
 * Sources: sqlite.org/pragma.html, /rescode.html, /wal.html, /security.html.
 */
#pragma once

#include "db/engine.h"

#include <sqlite3.h>

enum { DB_PAGE_BYTES = 8192, DB_BUSY_MS = 5000, DB_APPLICATION_ID = 0x5a554c41 /* "ZULA" */ };

enum conn_kind { CONN_WRITER, CONN_READER, CONN_UPKEEP };

/* What begins and ends transactions, prepared once as well: parsing was 4 % of a submission. */
enum conn_step {
    CONN_BEGIN,
    CONN_BEGIN_WRITE,
    CONN_COMMIT,
    CONN_SAVEPOINT,
    CONN_ROLLBACK_TO,
    CONN_RELEASE,
    CONN_STEP__COUNT
};

struct conn {
    sqlite3 *handle;
    const struct sql_text *texts;
    int text_count;
    sqlite3_stmt **stmt; /* [2 * text_count]: queries, then their texts of many rows */
    sqlite3_stmt *step[CONN_STEP__COUNT];
    struct conn *next;   /* among the free ones */
};

struct sqlite_tx {
    struct tx tx;
    struct conn *conn;
    int storage_code; /* SQLite's, if the disk failed: the whole batch is lost */
    bool scripted;    /* a script ran: what it changed is not counted in rows */
};

/* What a code of SQLite means to us. */
enum fault { FAULT_NONE, FAULT_CONFLICT, FAULT_STORAGE, FAULT_BUSY, FAULT_TOO_LARGE, FAULT_OURS };
enum fault fault_of(int sqlite_code);
/* "error.disk_full", "error.db_corrupt" or "error.storage". */
const char *fault_storage_key(int sqlite_code);

/* Open the existing file `path` with a page cache of `cache_bytes`. SQLITE_OK, or the extended
 * code; the connection must be closed either way. */
MUST_USE int conn_open(struct conn *c, const char *path, enum conn_kind kind,
                       const struct db_options *options, int64_t cache_bytes);
void conn_close(struct conn *c);
/* Run statements without rows; SQLite's extended code. */
int conn_exec(struct conn *c, const char *text);
/* Begin or end a transaction; SQLite's extended code. */
int conn_step(struct conn *c, enum conn_step step);
/* The first column of the first row, else `otherwise`. */
int64_t conn_i64(struct conn *c, const char *text, int64_t otherwise);
/* Put in order what an interrupted transaction function has left half read. */
void conn_settle(struct conn *c);
/* Prepare one statement and hold it against its table row; false with cx->err set. */
MUST_USE bool conn_prepare(struct ctx *cx, struct conn *c, int query, sqlite3_stmt **out);
/* The same for its text of many rows. */
MUST_USE bool conn_prepare_many(struct ctx *cx, struct conn *c, int query, sqlite3_stmt **out);

/* Every row of `text`, its columns joined by a blank, one a line, into `out`: for checks. */
MUST_USE bool conn_lines(struct ctx *cx, struct conn *c, const char *text, struct buf *out);

/* The engine's functions inside a transaction, as in db.h. */
MUST_USE bool sqlite_tx_exec(struct tx *tx, int query, const void *in, int64_t *changed);
MUST_USE bool sqlite_tx_put(struct tx *tx, int query, const void *rows, ptrdiff_t count,
                            int64_t *changed);
MUST_USE bool sqlite_tx_one(struct tx *tx, int query, const void *in, void *out, bool *found);
MUST_USE bool sqlite_tx_many(struct tx *tx, int query, const void *in, struct sql_rows *out);
MUST_USE bool sqlite_tx_script(struct tx *tx, const char *text);
MUST_USE bool sqlite_tx_lines(struct tx *tx, const char *text, struct buf *out);
