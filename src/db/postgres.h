/* db/postgres.h -- one connection to PostgreSQL, and the pool of them. For db/ alone.
 *
 * A connection stays in libpq's pipeline mode: what belongs together (BEGIN, a statement's first
 * preparation, its run) goes out in one packet and costs one round trip.
 *
 * Terms:   exchange (statements sent together up to a sync, and their results), epoch (grows when
 *          a connection was lost: older idle ones are not trusted any more).
 * Sources: postgresql.org/docs/15/libpq-pipeline-mode.html, /errcodes-appendix.html,
 *          /transaction-iso.html, /runtime-config-client.html.
 */
#pragma once

#include "db/engine.h"

#include <libpq-fe.h>
#include <pthread.h>

enum {
    PG_POOL = 16, /* connections of one server process */
    PG_POOL_MAX = 200,
    PG_WAITERS = 256,     /* more who wait for a connection are told 503 */
    PG_ACQUIRE_MS = 5000, /* waiting longer for one: 503 */
    PG_CONNECT_S = 3,
    PG_REFUSAL_MS = 1500,    /* whoever says no says so sooner; libpq waits 2 seconds at least */
    PG_UNACKED_MS = 6000,    /* bytes that nobody has confirmed for that long: the way is cut */
    PG_STATEMENT_MS = 15000, /* the server ends a statement after that */
    PG_LOCK_MS = 5000,       /* … and one that waits for a lock */
    PG_IDLE_TX_MS = 10000,   /* … and a transaction of a process that has stopped */
    PG_ANSWER_MS = 20000,    /* no word on an exchange for that long: the connection is lost */
    PG_SILENCE_MS = 3000,    /* after that without a word, ask whether the server is there at all */
    PG_PING_S = 3,
    PG_READ_MS = 5000,   /* a read that has seen nothing yet is not begun again later than that */
    PG_WRITE_MS = 10000, /* … nor a write */
    PG_KNOCK_MS = 250,   /* between two attempts to connect while the server cannot be reached */
    PG_DOWN_MS = 5000,   /* after that long of it nobody is kept waiting: 503 at once */
    /* Finding out what became of a COMMIT: longer than the server keeps an idle transaction. */
    PG_SETTLE_MS = 15000,
    PG_WORKS_MS = 3000,   /* a disk that has not failed for that long works again … */
    PG_WORKS_WRITES = 10, /* … and for so many writes: time passes on a halted machine */
    PG_TRIES = 12,
    PG_FREE_TRIES = 3, /* after so many, one at a time of those whom others were faster than */
    PG_PARAMETERS = 128,
    PG_EXCHANGE = 6, /* statements of one exchange */
    PG_SAID_BYTES = 240,
    PG_OLDEST = 120000, /* server_version_num */
};

/* What became of an exchange. */
enum pg_fault {
    PG_FINE,
    PG_CONFLICT, /* a unique key: 23505 */
    PG_AGAIN,    /* another transaction was faster: 40001, 40P01 */
    PG_BUSY,     /* time-outs, too many connections */
    PG_DISK_FULL,
    PG_STORAGE,
    PG_TOO_LARGE,
    PG_LOST,   /* the connection, or the server is going or not writable */
    PG_DENIED, /* the role lacks a right */
    PG_OURS,
};

struct pg_conn {
    PGconn *pg;
    struct pg_db *db;
    bool *prepared; /* [2 * text_count]: queries, then their texts over arrays */
    struct pg_conn *next;
    int64_t epoch;
    int owed; /* syncs sent whose results nobody has read yet */
    /* The server's last complaint: not in the arena, since a full one must not jump out of an
     * exchange whose results are only half read. */
    char said[PG_SAID_BYTES];
};

struct pg_waiter; /* postgres_pool.c */

struct pg_pool {
    pthread_mutex_t mutex;
    struct pg_waiter *first, **last; /* who waits for a connection, in the order they came */
    struct pg_conn *free;
    int64_t epoch;
    int open, max, waiting;
    int held[DB_LANE__COUNT + 1]; /* by lane; the last are reads */
    bool faulty;                  /* the server cannot be reached: told once … */
    bool knocking;                /* … and one looks whether it can again */
    bool pinging;
    int64_t changes;             /* of `faulty`, so far */
    int64_t faulty_ms, knock_ms; /* monotonic: since when, and when to knock again */
    int64_t gone_ms, there_ms;   /* of the last ping: nobody was there, somebody was */
    _Atomic int64_t heard_ms;    /* of the last exchange that ended */
};

enum { PG_READS = DB_LANE__COUNT };

/* Who waits for rows to be appended; see postgres_append.c. */
struct pg_appender {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    struct pg_append *first, **last;
    ptrdiff_t rows; /* waiting */
    int leaders;
};

/* One at a time of the writes that others were too often faster than; see postgres_write. */
struct pg_turnstile {
    pthread_mutex_t mutex;
    pthread_cond_t free;
    bool taken;
};

struct pg_db {
    struct db db;
    struct pg_appender appender;
    char *url;
    struct pg_pool pool;
    bool has_receipts;    /* the table is there: after the migrations */
    int64_t receipt_mark; /* this process's, on its receipts */
    struct pg_turnstile turnstile;
    _Atomic int64_t failed_ms; /* monotonic: when the server's disk failed last; 0: it works */
    atomic_int good;           /* writes that were kept since */
    _Atomic int64_t receipts, commits, retried, settled;
};

struct pg_tx {
    struct tx tx;
    struct pg_conn *conn;
    bool begun;
    bool one_sent;       /* something of it has reached the server: a read is not begun again */
    enum pg_fault fault; /* of the first statement that failed: what follows is void */
    PGresult *held;      /* of the statement whose rows are being copied */
    char said[PG_SAID_BYTES]; /* why COMMIT was refused; told when the connection is back */
};

/* --- postgres.c: a connection --- */

/* Why `url` is none, as a sentence; NULL if it is one. libpq's own would quote a password that was
 * not encoded: as the host, the port, or whole. */
const char *pg_url_fault(const char *url);
/* Connect; NULL with a sentence without secrets in why[PG_SAID_BYTES] if that fails. */
struct pg_conn *pg_connect(struct pg_db *db, char *why);
/* Does anything answer that speaks as PostgreSQL does? */
bool pg_ping(const struct pg_db *db);
void pg_disconnect(struct pg_conn *c);
/* End the exchange that was sent and read its results: `count` statements, result[i] the last of
 * each (the caller clears them, NULL where there is none). *message is the server's sentence on
 * the first fault, until the next exchange. Takes nothing from an arena, so never jumps. */
enum pg_fault pg_finish(struct pg_conn *c, int count, PGresult *result[], str *message);
/* Send a statement without parameters whose answer is not waited for (ROLLBACK, COMMIT of a read);
 * false: the connection is lost. */
bool pg_post(struct pg_conn *c, const char *text);
/* Leave pipeline mode, run the statements, come back. */
enum pg_fault pg_script(struct pg_conn *c, const char *text, str *message);
void pg_clear(PGresult *result[], int count);
/* The error that a fault is told as, over the statement's name and the server's sentence. False. */
bool pg_refuse(struct ctx *cx, enum pg_fault fault, const char *name, str message);

/* --- postgres_pool.c --- */

/* A connection for `share` (a lane, or PG_READS), waiting until `until_ms` (monotonic) at most.
 * PG_BUSY: too many wait already, or too long; PG_LOST: the server cannot be reached. */
enum pg_fault pg_acquire(struct pg_db *db, int share, int64_t until_ms, struct pg_conn **out);
/* Give it back; `lost` closes it, and those that lie idle with it. */
void pg_release(struct pg_conn *c, int share, bool lost);
/* The server is known to be away for so long that waiting is of no use. */
bool pg_is_down(struct pg_db *db);
/* For one who waits since `since_ms` for an answer: is the server there? Asks it, by a connection
 * of its own, if nobody else has just heard from it. If not, all connections are given up. */
bool pg_is_there(struct pg_db *db, int64_t since_ms);
void pg_pool_open(struct pg_pool *pool, int max);
void pg_pool_close(struct pg_pool *pool);

/* --- postgres_db.c, postgres_append.c --- */

/* db_write and db_append of this engine. */
MUST_USE bool postgres_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg);
MUST_USE bool postgres_append(struct ctx *cx, int query, const void *rows, ptrdiff_t count);
void pg_appender_open(struct pg_appender *appender);
void pg_appender_close(struct pg_appender *appender);

/* --- postgres_statement.c --- */

/* Run `query`'s text over arrays: one binary array a parameter, as made by the caller. *changed may
 * be NULL. */
MUST_USE bool pg_tx_arrays(struct tx *tx, int query, const str *arrays, int64_t *changed);

/* The engine's functions inside a transaction, as in db.h. */
MUST_USE bool postgres_tx_exec(struct tx *tx, int query, const void *in, int64_t *changed);
MUST_USE bool postgres_tx_put(struct tx *tx, int query, const void *rows, ptrdiff_t count,
                              int64_t *changed);
MUST_USE bool postgres_tx_one(struct tx *tx, int query, const void *in, void *out, bool *found);
MUST_USE bool postgres_tx_many(struct tx *tx, int query, const void *in, struct sql_rows *out);
MUST_USE bool postgres_tx_script(struct tx *tx, const char *text);
MUST_USE bool postgres_tx_lines(struct tx *tx, const char *text, struct buf *out);
/* The statements before the first of a transaction, sent; how many, or -1: lost. */
int pg_send_begin(struct pg_tx *tx);
/* Hold every query against the server: parameters, columns and their types. */
MUST_USE bool pg_prepare_all(struct ctx *cx, struct pg_conn *c);
