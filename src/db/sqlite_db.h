/* db/sqlite_db.h -- the threads and connections behind a database of SQLite. For db/ alone.
 *
 * Terms: write (one db_write), lane (its queue), batch (writes that share a commit), checkpoint
 * (copying the write-ahead log into the database file).
 */
#pragma once

#include "db/sqlite.h"

#include <pthread.h>
#include <semaphore.h>

enum {
    DB_BATCH_WRITES = 512, /* writes of one commit: what a disk's fsync hides */
    DB_BATCH_MS = 20,      /* a batch takes no further write after that */
    DB_EVENT_SHARE = 64,   /* of a full batch, kept for events */
    DB_READERS_MAX = 64,
    DB_WAL_SOFT_BYTES = 8 << 20,  /* growth of the log after which it is copied back … */
    DB_WAL_HARD_BYTES = 64 << 20, /* … and from here on writers wait for it */
    DB_WORKS_MS = 3000,           /* a disk that has not failed for that long works again … */
    DB_WORKS_BATCHES = 10,        /* … and for so many commits: time passes on a halted machine */
    DB_IDLE_MS = 30000,           /* an idle log is emptied after that: erased rows leave it */
};

enum outcome { OUTCOME_KEPT, OUTCOME_REFUSED, OUTCOME_TOO_LARGE, OUTCOME_STORAGE, OUTCOME_BUSY };

/* One waiting db_write, on its caller's stack. */
struct write {
    struct ctx *cx;
    tx_fn *fn;
    void *arg;
    struct write *next;
    enum outcome outcome;
    int code; /* SQLite's, of OUTCOME_STORAGE */
    sem_t done;
};

/* db_write of this engine. */
MUST_USE bool sqlite_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg);

struct lane {
    struct write *first, **last;
    int count, max;
};

struct writer {
    struct conn conn;
    int64_t batch_no;  /* of the newest receipt */
    bool has_receipts; /* the table is there: after the migrations */
    bool receipt_open; /* the batch at hand has written one */
    int careful;       /* batches to come in which each write has a savepoint from the start */
    pthread_t thread;
    pthread_mutex_t mutex; /* lanes, stop */
    pthread_cond_t some;
    struct lane lane[DB_LANE__COUNT];
    bool stop, started;
    int passed[DB_LANE__COUNT]; /* batches since a waiting lane had its turn */
    int64_t batch_ms;           /* DB_BATCH_MS; tests that must not depend on time set more */
    int commit_delay_ms;
    bool faulty;       /* batches fail for storage: told once … */
    int64_t failed_ms; /* … and when the last one did, monotonic */
    int good;          /* batches with something in them that were kept since */
};

struct checkpointer {
    struct conn conn;
    pthread_t thread;
    pthread_mutex_t mutex; /* due, stop */
    pthread_cond_t wake;
    bool due, stop, started, faulty;
    bool stuck; /* a reader keeps more than DB_WAL_HARD_BYTES from being copied back: told once */
    int64_t noted_bytes; /* size of the log when last woken; the writer's own */
};

struct read_pool {
    struct conn conn[DB_READERS_MAX];
    int count;
    pthread_mutex_t mutex; /* free */
    pthread_cond_t some;
    struct conn *free;
};

struct sqlite_db {
    struct db db;
    char *path;
    struct writer writer;
    struct checkpointer checkpointer;
    struct read_pool pool;
    _Atomic int64_t batches, checkpoints, wal_bytes;
};

/* Start and stop the writer thread; stopping first does what is queued. */
MUST_USE bool writer_start(struct sqlite_db *db);
void writer_stop(struct sqlite_db *db);
/* Start and stop the thread that keeps the log short. */
MUST_USE bool checkpointer_start(struct sqlite_db *db);
void checkpointer_stop(struct sqlite_db *db);
/* Called after each commit with the log's size in pages. */
void checkpointer_note(struct sqlite_db *db, int wal_pages);
