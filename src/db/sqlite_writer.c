/* The one writer: three lanes, a commit for all.
 *
 * A savepoint a write would keep a write that is refused from taking the others with it, but copies
 * every page that a write touches: half of the writer's work. Nearly no write is refused after it
 * has changed something. So the batch runs without; if one of its writes is, all is rolled back,
 * and the same writes run again, each in a savepoint. They may: db.h asks that of each.
 */
#include "db/sqlite_db.h"

#include "base/clock.h"
#include "base/log.h"

/* After a write that was refused late: who does that on purpose shall not make all run twice. */
enum { CAREFUL_BATCHES = 64 };

struct batch {
    struct write *first, **last;
    int taken[DB_LANE__COUNT];
    int count;
    int64_t began_ms;
    int code; /* SQLite's, once the whole batch has failed */
};

/* --- lanes --- */

static struct write *pop(struct lane *lane)
{
    struct write *w = lane->first;
    lane->first = w->next;
    if (lane->first == NULL) lane->last = &lane->first;
    lane->count--;
    w->next = NULL;
    return w;
}

/* After how many batches without a turn a waiting lane goes first, whoever else waits. */
static const int PATIENCE[DB_LANE__COUNT] = {[DB_INTERACTIVE] = 0, [DB_EVENTS] = 4, [DB_BULK] = 32};

/* Which lane has the next turn in this batch; DB_LANE__COUNT if it is time to commit. */
static enum db_lane next_lane(const struct writer *writer, const struct batch *b)
{
    const struct lane *lane = writer->lane;
    if (b->count > 0 &&
        (b->count >= DB_BATCH_WRITES || clock_mono_ms() - b->began_ms >= writer->batch_ms))
        return DB_LANE__COUNT;
    for (enum db_lane i = DB_EVENTS; b->count == 0 && i < DB_LANE__COUNT; i++)
        if (lane[i].count > 0 && writer->passed[i] >= PATIENCE[i]) return i;
    if (lane[DB_INTERACTIVE].count > 0 &&
        b->taken[DB_INTERACTIVE] < DB_BATCH_WRITES - DB_EVENT_SHARE)
        return DB_INTERACTIVE;
    if (lane[DB_EVENTS].count > 0) return DB_EVENTS;
    /* Somebody waits for what this batch holds, unless it holds bulk alone. */
    bool waited_for = b->taken[DB_INTERACTIVE] + b->taken[DB_EVENTS] > 0;
    return lane[DB_BULK].count > 0 && !waited_for ? DB_BULK : DB_LANE__COUNT;
}

/* Count, once a batch, who had to stand back. */
static void note_passed(struct writer *writer, const struct batch *b)
{
    pthread_mutex_lock(&writer->mutex);
    for (int i = 0; i < DB_LANE__COUNT; i++)
        writer->passed[i] =
            b->taken[i] > 0 || writer->lane[i].count == 0 ? 0 : writer->passed[i] + 1;
    pthread_mutex_unlock(&writer->mutex);
}

/* The next write of the batch, or NULL: commit. Waits only for the first. */
static struct write *take(struct writer *writer, struct batch *b)
{
    struct write *w = NULL;
    pthread_mutex_lock(&writer->mutex);
    enum db_lane lane = next_lane(writer, b);
    while (b->count == 0 && lane == DB_LANE__COUNT && !writer->stop) {
        pthread_cond_wait(&writer->some, &writer->mutex);
        b->began_ms = clock_mono_ms();
        lane = next_lane(writer, b);
    }
    if (lane != DB_LANE__COUNT) {
        w = pop(&writer->lane[lane]);
        b->taken[lane]++;
    }
    pthread_mutex_unlock(&writer->mutex);
    if (w == NULL) return NULL;
    *b->last = w;
    b->last = &w->next;
    b->count++;
    return w;
}

/* --- one write --- */

/* Run one write; SQLite's code if the batch cannot go on. *changed: it was refused, and has left
 * something behind. */
static int run_one(struct sqlite_db *db, struct write *w, bool *changed)
{
    struct conn *conn = &db->writer.conn;
    struct sqlite_tx tx = {.tx = {.cx = w->cx,
                                  .engine = db->db.engine,
                                  .workspace_id = w->cx->workspace_id,
                                  .writing = true},
                           .conn = conn};
    static const enum outcome became[] = {[TX_GOOD] = OUTCOME_KEPT,
                                          [TX_REFUSED] = OUTCOME_REFUSED,
                                          [TX_TOO_LARGE] = OUTCOME_TOO_LARGE};
    int64_t before = sqlite3_total_changes64(conn->handle);
    w->outcome = became[tx_run(&tx.tx, w->fn, w->arg)];
    if (w->outcome == OUTCOME_TOO_LARGE) conn_settle(conn);
    *changed = w->outcome != OUTCOME_KEPT &&
               (tx.scripted || sqlite3_total_changes64(conn->handle) != before);
    if (tx.storage_code != SQLITE_OK) return tx.storage_code;
    /* Some errors roll everything back by themselves. */
    return sqlite3_get_autocommit(conn->handle) ? SQLITE_IOERR : SQLITE_OK;
}

static int run_in_savepoint(struct sqlite_db *db, struct write *w)
{
    struct conn *conn = &db->writer.conn;
    bool changed;
    int code = conn_step(conn, CONN_SAVEPOINT);
    if (code == SQLITE_OK) code = run_one(db, w, &changed);
    if (code != SQLITE_OK) return code;
    if (w->outcome != OUTCOME_KEPT) {
        code = conn_step(conn, CONN_ROLLBACK_TO);
        if (code != SQLITE_OK) return code;
    }
    return conn_step(conn, CONN_RELEASE);
}

/* Take back what the batch has done, and do it again with a savepoint a write. */
static int run_again(struct sqlite_db *db, struct batch *b)
{
    struct conn *conn = &db->writer.conn;
    db->writer.careful = CAREFUL_BATCHES;
    int code = conn_exec(conn, "ROLLBACK");
    if (code == SQLITE_OK) code = conn_step(conn, CONN_BEGIN_WRITE);
    for (struct write *w = b->first; code == SQLITE_OK && w != NULL; w = w->next) {
        err_clear(w->cx);
        code = run_in_savepoint(db, w);
    }
    return code;
}

/* One more write of the batch. */
static int run_next(struct sqlite_db *db, struct batch *b, struct write *w)
{
    bool changed;
    if (db->writer.careful > 0) return run_in_savepoint(db, w);
    int code = run_one(db, w, &changed);
    return code == SQLITE_OK && changed ? run_again(db, b) : code;
}

/* --- a batch --- */

static const char RECEIPT[] = "SELECT batch_no FROM receipt WHERE workspace_id = 0 AND id = 0";

/* The batch's number beside what it wrote, unless it wrote nothing. Before the first migration
 * there is no table yet. */
static int receipt_write(struct writer *writer, const struct batch *b)
{
    char text[120];
    bool kept = false;
    for (const struct write *w = b->first; w != NULL; w = w->next)
        kept |= w->outcome == OUTCOME_KEPT;
    if (writer->batch_no == 0) writer->batch_no = conn_i64(&writer->conn, RECEIPT, 0);
    writer->receipt_open = kept && writer->has_receipts;
    if (!writer->receipt_open) return SQLITE_OK;
    writer->batch_no++;
    sqlite3_snprintf(sizeof text, text,
                     "UPDATE receipt SET batch_no = %lld WHERE workspace_id = 0 AND id = 0",
                     (long long)writer->batch_no);
    return conn_exec(&writer->conn, text);
}

/* Run writes until it is time to commit; SQLite's code of the commit or of what prevented it. */
static int run_batch(struct sqlite_db *db, struct batch *b, struct write *w)
{
    db->writer.receipt_open = false; /* the one of the batch before proves nothing for this one */
    int code = conn_step(&db->writer.conn, CONN_BEGIN_WRITE);
    if (code != SQLITE_OK) {
        /* Who else waits is told at once, instead of meeting the same trouble one by one. */
        b->began_ms = clock_mono_ms();
        while (take(&db->writer, b) != NULL) {
        }
    }
    while (code == SQLITE_OK && w != NULL) {
        code = run_next(db, b, w);
        if (code == SQLITE_OK) w = take(&db->writer, b);
    }
    if (db->writer.careful > 0) db->writer.careful--;
    if (code == SQLITE_OK) code = receipt_write(&db->writer, b);
    if (code != SQLITE_OK) return code;
    clock_sleep_ms(db->writer.commit_delay_ms);
    return conn_step(&db->writer.conn, CONN_COMMIT);
}

/* After a COMMIT that failed: take back what is open, and ask the receipt whether it took place
 * all the same (an error may come after the batch has reached the log). */
static int settle(struct writer *writer, int code)
{
    struct conn *c = &writer->conn;
    conn_settle(c);
    if (!sqlite3_get_autocommit(c->handle)) conn_exec(c, "ROLLBACK");
    /* Inside a transaction that would not end we would read what we wrote ourselves. */
    if (!writer->receipt_open || !sqlite3_get_autocommit(c->handle)) return code;
    int64_t kept = conn_i64(c, RECEIPT, -1);
    if (kept != writer->batch_no) return code;
    log_line(LOG_LEVEL_WARN, "db.commit_settled", "code=%d kept=yes", code);
    return SQLITE_OK;
}

/* Tell the operator once when the disk begins to fail, and once when it works again: not at once,
 * since a small write may find room where the next does not, and not because time went by: on a
 * machine that stood still nothing was tried in it. */
static void tell(struct sqlite_db *db, int code)
{
    int64_t now_ms = clock_mono_ms();
    bool faulty = fault_of(code) == FAULT_STORAGE || fault_of(code) == FAULT_OURS;
    if (faulty && !db->writer.faulty)
        log_line(LOG_LEVEL_ERROR, "db.write_failed", "code=%d cause=%s hint=%s", code,
                 log_str(str_of(sqlite3_errstr(code))).text,
                 log_str((code & 0xff) == SQLITE_FULL
                             ? S("The disk is full. Nothing can be saved until space is freed.")
                             : S("Nothing can be saved. Look at the disk and its mount; the "
                                 "system log names the cause."))
                     .text);
    if (faulty) db->writer.failed_ms = now_ms;
    if (faulty) db->writer.good = 0;
    bool kept = code == SQLITE_OK && db->writer.receipt_open;
    if (kept && db->writer.good < DB_WORKS_BATCHES) db->writer.good++;
    bool works =
        kept && db->writer.good == DB_WORKS_BATCHES && now_ms - db->writer.failed_ms > DB_WORKS_MS;
    if (works && db->writer.faulty) log_line(LOG_LEVEL_INFO, "db.write_works", "state=ok");
    db->writer.faulty = faulty || (db->writer.faulty && !works);
}

/* Everybody's answer. A write that failed alone is told so only if the batch was kept: what it
 * conflicted with may have gone with it. */
static void answer(struct batch *b)
{
    struct write *next;
    for (struct write *w = b->first; w != NULL; w = next) {
        next = w->next; /* after sem_post the caller's stack may be gone */
        if (b->code != SQLITE_OK) {
            w->outcome = fault_of(b->code) == FAULT_BUSY ? OUTCOME_BUSY : OUTCOME_STORAGE;
            w->code = b->code;
        }
        sem_post(&w->done);
    }
}

static void *writer_main(void *arg)
{
    struct sqlite_db *db = arg;
    struct writer *writer = &db->writer;
    for (;;) {
        struct batch b = {.began_ms = clock_mono_ms()};
        b.last = &b.first;
        struct write *w = take(writer, &b);
        if (w == NULL) return NULL; /* stopped, and nothing is left */
        b.code = run_batch(db, &b, w);
        if (b.code != SQLITE_OK) b.code = settle(writer, b.code);
        if (b.code != SQLITE_OK)
            db->db.failed_batches++;
        else
            db->batches++;
        note_passed(writer, &b);
        tell(db, b.code);
        answer(&b);
    }
}

/* --- the face --- */

static int after_commit(void *arg, sqlite3 *handle, const char *schema, int wal_pages)
{
    (void)handle;
    (void)schema;
    checkpointer_note(arg, wal_pages);
    return SQLITE_OK;
}

bool writer_start(struct sqlite_db *db)
{
    static const int max[DB_LANE__COUNT] = {4096, 4096, 64};
    struct writer *writer = &db->writer;
    for (int i = 0; i < DB_LANE__COUNT; i++) {
        writer->lane[i].last = &writer->lane[i].first;
        writer->lane[i].max = max[i];
    }
    writer->batch_ms = DB_BATCH_MS;
    writer->commit_delay_ms = db->db.options.commit_delay_ms;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->some, NULL);
    sqlite3_wal_hook(writer->conn.handle, after_commit, db);
    writer->started = pthread_create(&writer->thread, NULL, writer_main, db) == 0;
    return writer->started;
}

void writer_stop(struct sqlite_db *db)
{
    struct writer *writer = &db->writer;
    if (writer->started) {
        pthread_mutex_lock(&writer->mutex);
        writer->stop = true;
        pthread_cond_signal(&writer->some);
        pthread_mutex_unlock(&writer->mutex);
        pthread_join(writer->thread, NULL);
        pthread_cond_destroy(&writer->some);
        pthread_mutex_destroy(&writer->mutex);
    }
    conn_close(&writer->conn);
}

/* False if the lane is full or the writer is going. */
static bool enqueue(struct writer *writer, enum db_lane in, struct write *w)
{
    pthread_mutex_lock(&writer->mutex);
    struct lane *lane = &writer->lane[in];
    bool room = lane->count < lane->max && !writer->stop;
    if (room) {
        *lane->last = w;
        lane->last = &w->next;
        lane->count++;
        pthread_cond_signal(&writer->some);
    }
    pthread_mutex_unlock(&writer->mutex);
    return room;
}

bool sqlite_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg)
{
    struct sqlite_db *db = (struct sqlite_db *)cx->db;
    struct write w = {.cx = cx, .fn = fn, .arg = arg, .outcome = OUTCOME_BUSY};
    sem_init(&w.done, 0, 0);
    bool taken = enqueue(&db->writer, lane, &w);
    while (taken && sem_wait(&w.done) != 0) {
    } /* interrupted by a signal */
    sem_destroy(&w.done);
    if (!taken) return fail_busy(cx);
    switch (w.outcome) {
    case OUTCOME_KEPT:
        return true;
    case OUTCOME_REFUSED:
        if (cx->err.code != ERR_NONE) return false;
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a transaction failed unexplained");
    case OUTCOME_TOO_LARGE:
        return fail(cx, ERR_TOO_LARGE, "error.too_large");
    case OUTCOME_STORAGE:
        fail_detail(cx, ERR_STORAGE, fault_storage_key(w.code), "commit: %s",
                    sqlite3_errstr(w.code));
        cx->err.retry_after_s = DB_STORAGE_WAIT_S;
        return false;
    case OUTCOME_BUSY:
        break;
    }
    return fail_busy(cx);
}
