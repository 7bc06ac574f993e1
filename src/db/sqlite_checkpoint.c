/* The thread that copies the write-ahead log back, so that it stays short and no write pays. */
#include "db/sqlite_db.h"

#include "base/log.h"

#include <time.h>

void checkpointer_note(struct sqlite_db *db, int wal_pages)
{
    struct checkpointer *c = &db->checkpointer;
    int64_t bytes = (int64_t)wal_pages * (DB_PAGE_BYTES + 24) + 32;
    db->wal_bytes = bytes;
    /* Every few megabytes and not after every commit: its fsyncs compete with the writer's. */
    if (bytes < c->noted_bytes) c->noted_bytes = 0; /* the log began anew */
    if (bytes - c->noted_bytes < DB_WAL_SOFT_BYTES) return;
    c->noted_bytes = bytes;
    pthread_mutex_lock(&c->mutex);
    c->due = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->mutex);
}

/* Tell the operator once when a reader keeps the log from being copied back, and once when it is
 * gone. Our own long reads and backups are no news. */
static void tell_stuck(struct sqlite_db *db, int64_t waiting_bytes)
{
    struct checkpointer *c = &db->checkpointer;
    if (!c->stuck && waiting_bytes > DB_WAL_HARD_BYTES && db->db.long_reads == 0) {
        c->stuck = true;
        log_line(LOG_LEVEL_WARN, "db.log_grows", "bytes=%lld hint=%s", (long long)waiting_bytes,
                 log_str(S("A reader that does not end (another program, a long export) keeps the "
                           "write-ahead log from being copied back: it grows with each change. "
                           "End that program; fuser -v on the -wal file names it."))
                     .text);
    } else if (c->stuck && waiting_bytes == 0) {
        c->stuck = false;
        log_line(LOG_LEVEL_INFO, "db.log_short", "state=ok");
    }
}

/* Beside the writer if possible; past the hard bound the writer waits until readers have left the
 * log and it begins anew, unless they are known not to leave; an idle log is cut to nothing. */
static void checkpoint(struct sqlite_db *db, bool idle)
{
    struct checkpointer *c = &db->checkpointer;
    bool patient = db->wal_bytes < DB_WAL_HARD_BYTES || c->stuck;
    int mode = idle      ? SQLITE_CHECKPOINT_TRUNCATE
               : patient ? SQLITE_CHECKPOINT_PASSIVE
                         : SQLITE_CHECKPOINT_RESTART;
    /* Its snapshot will not go away within the time that writers would wait for it. */
    if (db->db.long_reads > 0) mode = SQLITE_CHECKPOINT_PASSIVE;
    int pages = 0, copied = 0;
    int code = sqlite3_wal_checkpoint_v2(c->conn.handle, NULL, mode, &pages, &copied);
    if (c->stuck && mode == SQLITE_CHECKPOINT_PASSIVE && copied == pages)
        code = sqlite3_wal_checkpoint_v2(c->conn.handle, NULL, SQLITE_CHECKPOINT_RESTART, &pages,
                                         &copied);
    db->checkpoints++;
    if (code == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE) db->wal_bytes = 0;
    if (code == SQLITE_OK || code == SQLITE_BUSY)
        tell_stuck(db, (int64_t)(pages - copied) * DB_PAGE_BYTES);
    bool faulty = fault_of(code) == FAULT_STORAGE;
    if (faulty && !c->faulty)
        log_line(LOG_LEVEL_ERROR, "db.checkpoint_failed", "code=%d cause=%s", code,
                 log_str(str_of(sqlite3_errstr(code))).text);
    c->faulty = faulty;
}

static void *checkpointer_main(void *arg)
{
    struct sqlite_db *db = arg;
    struct checkpointer *c = &db->checkpointer;
    int64_t emptied_at = 0; /* batches when the log was last emptied */
    pthread_mutex_lock(&c->mutex);
    while (!c->stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += DB_IDLE_MS / 1000;
        int timed_out = 0;
        while (!c->due && !c->stop && timed_out == 0)
            timed_out = pthread_cond_timedwait(&c->wake, &c->mutex, &until);
        if (c->stop) break;
        bool idle = !c->due;
        c->due = false;
        pthread_mutex_unlock(&c->mutex);
        int64_t batches = db->batches;
        bool later = idle && db->db.long_reads > 0; /* it cannot be emptied yet */
        if (!later && (!idle || batches != emptied_at)) checkpoint(db, idle);
        if (idle && !later) emptied_at = batches;
        pthread_mutex_lock(&c->mutex);
    }
    pthread_mutex_unlock(&c->mutex);
    return NULL;
}

bool checkpointer_start(struct sqlite_db *db)
{
    struct checkpointer *c = &db->checkpointer;
    /* Writers stand still while a checkpoint waits for readers: not for long, then. */
    sqlite3_busy_timeout(c->conn.handle, 1000);
    pthread_mutex_init(&c->mutex, NULL);
    pthread_condattr_t monotonic; /* the clock may be set back while the log waits to be emptied */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    c->started = pthread_create(&c->thread, NULL, checkpointer_main, db) == 0;
    return c->started;
}

void checkpointer_stop(struct sqlite_db *db)
{
    struct checkpointer *c = &db->checkpointer;
    if (c->started) {
        pthread_mutex_lock(&c->mutex);
        c->stop = true;
        pthread_cond_signal(&c->wake);
        pthread_mutex_unlock(&c->mutex);
        pthread_join(c->thread, NULL);
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->mutex);
    }
    conn_close(&c->conn);
}
