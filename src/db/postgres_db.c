/* PostgreSQL behind db.h: a transaction a write, run again where that is right, and settled by its
 * receipt where the answer to COMMIT was lost. */
#include "db/postgres.h"

#include "base/bytes.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct engine postgres_engine;

/* --- read --- */

static void back_off(int attempt, bool lost);

/* One go; *again if nothing of it had been seen when the connection went. */
static bool read_once(struct ctx *cx, struct pg_db *db, tx_fn *fn, void *arg, bool *again)
{
    struct pg_tx tx = {
        .tx = {.cx = cx, .engine = &postgres_engine, .workspace_id = cx->workspace_id}};
    enum pg_fault fault = pg_acquire(db, PG_READS, clock_mono_ms() + PG_ACQUIRE_MS, &tx.conn);
    *again = fault == PG_LOST && !pg_is_down(db);
    if (fault == PG_BUSY) return fail_busy(cx);
    if (fault != PG_FINE)
        return pg_refuse(cx, fault, "connect", S("the database cannot be reached"));
    enum tx_end end = tx_run(&tx.tx, fn, arg);
    PQclear(tx.held);
    bool lost = tx.fault == PG_LOST || (tx.begun && !pg_post(tx.conn, "COMMIT"));
    *again = tx.fault == PG_LOST && !tx.begun;
    pg_release(tx.conn, PG_READS, lost);
    /* Half of what it asked for is no answer, whatever it made of it. */
    if (end == TX_GOOD && tx.fault == PG_LOST) end = TX_REFUSED;
    if (end == TX_TOO_LARGE) return fail(cx, ERR_TOO_LARGE, "error.too_large");
    if (end == TX_REFUSED && cx->err.code == ERR_NONE)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a read failed unexplained");
    return end == TX_GOOD;
}

static bool read_in(struct ctx *cx, tx_fn *fn, void *arg)
{
    struct pg_db *db = (struct pg_db *)cx->db;
    int64_t until_ms = clock_mono_ms() + PG_READ_MS;
    bool again;
    for (int attempt = 0;; attempt++) {
        if (read_once(cx, db, fn, arg, &again)) return true;
        if (!again || clock_mono_ms() >= until_ms) return false;
        err_clear(cx);
        db->retried++;
        back_off(attempt, attempt > 0); /* idle connections may have died of old age: one go more */
    }
}

/* --- write --- */

enum went { WENT_KEPT, WENT_REFUSED, WENT_TOO_LARGE, WENT_AGAIN, WENT_CONFLICT, WENT_IN_DOUBT };

enum { RECEIPT_CLAIMED = -1 }; /* the mark of a receipt whose write must never come */

/* Time, process and a counter: unique enough that two meeting is a write run again. */
static int64_t receipt_id(struct pg_db *db)
{
    int64_t n = atomic_fetch_add(&db->receipts, 1);
    return id_first(clock_now_ms()) | (n & ((1 << 22) - 1));
}

static int send_receipt_text(const struct pg_tx *tx, int64_t id, int64_t mark, const char *text,
                             int format)
{
    static const Oid type[] = {20, 20, 20};
    char number[3][24];
    const char *value[] = {number[0], number[1], number[2]};
    snprintf(number[0], sizeof number[0], "%lld", (long long)tx->tx.workspace_id);
    snprintf(number[1], sizeof number[1], "%lld", (long long)id);
    snprintf(number[2], sizeof number[2], "%lld", (long long)mark);
    return PQsendQueryParams(tx->conn->pg, text, 3, type, value, NULL, NULL, format);
}

static int send_receipt(const struct pg_tx *tx, int64_t id)
{
    return send_receipt_text(tx, id, tx->conn->db->receipt_mark,
                             "INSERT INTO receipt (workspace_id, id, batch_no) VALUES ($1, $2, $3)",
                             1);
}

/* Receipt and COMMIT in one packet. What is refused (tx->said) is told by the caller, once the
 * connection is back in the pool: a full arena may jump away there. */
static enum went commit(struct pg_tx *tx, int64_t receipt)
{
    struct pg_db *db = tx->conn->db;
    PGresult *result[2] = {0};
    str message;
    int sent = 0;
    if (!tx->begun) return WENT_KEPT; /* it has touched nothing */
    if (db->db.options.commit_delay_ms > 0) clock_sleep_ms(db->db.options.commit_delay_ms);
    if (db->has_receipts && send_receipt(tx, receipt) != 0) sent++;
    bool good = sent == (db->has_receipts ? 1 : 0) &&
                PQsendQueryParams(tx->conn->pg, "COMMIT", 0, NULL, NULL, NULL, NULL, 1) != 0;
    enum pg_fault fault = good ? pg_finish(tx->conn, sent + 1, result, &message) : PG_LOST;
    /* A COMMIT of a transaction that had failed answers ROLLBACK. */
    bool kept = fault == PG_FINE && result[sent] != NULL &&
                strcmp(PQcmdStatus(result[sent]), "COMMIT") == 0;
    if (good) pg_clear(result, sent + 1);
    if (fault == PG_LOST) {
        tx->fault = PG_LOST;
        return WENT_IN_DOUBT;
    }
    if (kept) return WENT_KEPT;
    if (fault == PG_FINE) return WENT_AGAIN; /* it was rolled back */
    snprintf(tx->said, sizeof tx->said, "%.*s", STR_ARG(message));
    /* The receipt failed, hence COMMIT was skipped: the transaction is still open. */
    tx->fault = pg_post(tx->conn, "ROLLBACK") ? fault : PG_LOST;
    /* PG_CONFLICT: the receipt's id was taken. */
    return fault == PG_AGAIN || fault == PG_CONFLICT ? WENT_AGAIN : WENT_REFUSED;
}

/* One go of the whole function. */
static enum went write_once(struct ctx *cx, struct pg_conn *conn, tx_fn *fn, void *arg,
                            struct pg_tx *tx, int64_t receipt)
{
    *tx = (struct pg_tx){.tx = {.cx = cx,
                                .engine = &postgres_engine,
                                .workspace_id = cx->workspace_id,
                                .writing = true},
                         .conn = conn};
    enum tx_end end = tx_run(&tx->tx, fn, arg);
    PQclear(tx->held);
    tx->held = NULL;
    if (end == TX_GOOD && tx->fault == PG_FINE) return commit(tx, receipt);
    if (tx->begun && tx->fault != PG_LOST && !pg_post(conn, "ROLLBACK")) tx->fault = PG_LOST;
    /* Whatever the function made of a statement that failed, the fault decides. */
    if (tx->fault == PG_AGAIN || tx->fault == PG_LOST) return WENT_AGAIN;
    if (tx->fault == PG_CONFLICT) return WENT_CONFLICT;
    return end == TX_TOO_LARGE ? WENT_TOO_LARGE : WENT_REFUSED;
}

/* Take the receipt for ourselves: if its transaction is still at work this waits for it; if its
 * row is there it was kept; and if the row is now ours, it never can be. A claim is marked (-1):
 * its own answer may be lost too, and the next one must not take it for the transaction's. */
static enum pg_fault claim_receipt(struct ctx *cx, struct pg_conn *conn, int64_t workspace_id,
                                   int64_t receipt, bool *kept)
{
    static const char CLAIM[] =
        "INSERT INTO receipt (workspace_id, id, batch_no) VALUES ($1, $2, $3) "
        "ON CONFLICT (workspace_id, id) DO UPDATE SET batch_no = receipt.batch_no "
        "RETURNING batch_no";
    struct pg_tx tx = {.tx = {.cx = cx, .workspace_id = workspace_id}, .conn = conn};
    PGresult *result[1] = {0};
    str message;
    if (send_receipt_text(&tx, receipt, RECEIPT_CLAIMED, CLAIM, 0) == 0) return PG_LOST;
    enum pg_fault fault = pg_finish(conn, 1, result, &message);
    if (fault == PG_FINE && PQntuples(result[0]) != 1) fault = PG_OURS;
    /* Another process's mark under our id: then ours has met it, and was not kept. */
    char own[24];
    snprintf(own, sizeof own, "%lld", (long long)conn->db->receipt_mark);
    if (fault == PG_FINE) *kept = strcmp(PQgetvalue(result[0], 0, 0), own) == 0;
    pg_clear(result, 1);
    return fault;
}

/* What became of a COMMIT whose answer was lost: KEPT, AGAIN (it was not, and never will be), or
 * IN_DOUBT if the database does not come back in time. */
static enum went settle(struct ctx *cx, struct pg_db *db, int64_t workspace_id, int64_t receipt)
{
    int64_t until_ms = clock_mono_ms() + PG_SETTLE_MS;
    enum went went = WENT_IN_DOUBT;
    while (went == WENT_IN_DOUBT && clock_mono_ms() < until_ms) {
        struct pg_conn *c;
        enum pg_fault fault = pg_acquire(db, DB_INTERACTIVE, until_ms, &c);
        if (fault == PG_FINE) {
            bool kept = false;
            fault = claim_receipt(cx, c, workspace_id, receipt, &kept);
            pg_release(c, DB_INTERACTIVE, fault == PG_LOST);
            if (fault == PG_FINE) went = kept ? WENT_KEPT : WENT_AGAIN;
        }
        if (went == WENT_IN_DOUBT) clock_sleep_ms(100);
    }
    if (went != WENT_IN_DOUBT) db->settled++;
    log_line(
        went == WENT_IN_DOUBT ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "db.commit_settled",
        "kept=%s hint=%s",
        went == WENT_KEPT    ? "yes"
        : went == WENT_AGAIN ? "no"
                             : "unknown",
        log_str(S("The answer to a COMMIT was lost; its receipt says what became of it.")).text);
    return went;
}

/* Wait a moment before the next go, longer each time and never the same for two. */
static void back_off(int attempt, bool lost)
{
    int64_t most = lost ? 100 + 100 * attempt : INT64_C(1) << (attempt < 7 ? attempt : 7);
    uint8_t random;
    crypto_random(&random, 1);
    clock_sleep_ms(most / 2 + most * random / 512);
}

/* Tell the operator once when the server's disk begins to fail, and once when it works again:
 * where a page has room some writes go on. Time alone is no sign: nothing is tried while the
 * machine stands still. */
static void tell_storage(struct pg_db *db, const struct pg_tx *tx, enum went went)
{
    bool full = tx->fault == PG_DISK_FULL;
    int64_t now_ms = clock_mono_ms(), failed_ms = db->failed_ms;
    if (full || tx->fault == PG_STORAGE) {
        db->good = 0;
        if (atomic_exchange(&db->failed_ms, now_ms) != 0) return;
        log_line(LOG_LEVEL_ERROR, "db.write_failed", "hint=%s",
                 log_str(full ? S("The disk of PostgreSQL is full. Nothing can be saved until "
                                  "space is freed.")
                              : S("PostgreSQL cannot save anything. Look at its disk; its log "
                                  "names the cause."))
                     .text);
    } else if (went == WENT_KEPT && tx->begun && failed_ms != 0 && ++db->good >= PG_WORKS_WRITES &&
               now_ms - failed_ms > PG_WORKS_MS &&
               atomic_compare_exchange_strong(&db->failed_ms, &failed_ms, 0)) {
        log_line(LOG_LEVEL_INFO, "db.write_works", "state=ok");
    }
}

static bool give_up(struct ctx *cx, enum went went)
{
    switch (went) {
    case WENT_KEPT:
        return true;
    case WENT_TOO_LARGE:
        return fail(cx, ERR_TOO_LARGE, "error.too_large");
    case WENT_REFUSED:
    case WENT_CONFLICT:
        if (cx->err.code != ERR_NONE) return false;
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a transaction failed unexplained");
    case WENT_AGAIN:
    case WENT_IN_DOUBT:
        break;
    }
    return fail_busy(cx);
}

/* Where many change one row at the same moment (the places of a form, the end of a chain), each
 * commit sends all the others back, and whoever is sent back too often would be told 503. So they
 * queue here, without a connection; whoever is inside tries until its time is over. */
static bool turnstile_enter(struct pg_turnstile *t, int64_t until_ms)
{
    struct timespec until = {until_ms / 1000, (long)(until_ms % 1000) * 1000000};
    int error = 0;
    pthread_mutex_lock(&t->mutex);
    while (t->taken && error == 0) error = pthread_cond_timedwait(&t->free, &t->mutex, &until);
    bool entered = !t->taken;
    t->taken = true;
    pthread_mutex_unlock(&t->mutex);
    return entered;
}

static void turnstile_leave(struct pg_turnstile *t, bool *inside)
{
    if (!*inside) return;
    pthread_mutex_lock(&t->mutex);
    t->taken = *inside = false;
    pthread_cond_signal(&t->free);
    pthread_mutex_unlock(&t->mutex);
}

static void turnstile_open(struct pg_turnstile *t)
{
    pthread_condattr_t monotonic; /* the clock may be set while somebody waits */
    pthread_mutex_init(&t->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&t->free, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct write_state {
    int attempt;
    bool conflict; /* it has met a unique key once */
    bool alone;    /* in the turnstile */
    int64_t until_ms;
    struct pg_tx tx;
};

/* One go. What comes behind it may need memory, and jump if there is none: nothing is held then. */
static enum went write_go(struct ctx *cx, struct pg_conn *c, int lane, tx_fn *fn, void *arg,
                          struct write_state *w)
{
    struct pg_db *db = c->db;
    int64_t receipt = receipt_id(db);
    enum went went = write_once(cx, c, fn, arg, &w->tx, receipt);
    int64_t workspace_id = w->tx.tx.workspace_id;
    pg_release(c, lane, w->tx.fault == PG_LOST);
    if (went != WENT_AGAIN || w->tx.fault == PG_LOST) turnstile_leave(&db->turnstile, &w->alone);
    if (went == WENT_REFUSED && w->tx.said[0] != 0)
        pg_refuse(cx, w->tx.fault, "commit", str_of(w->tx.said));
    if (went == WENT_IN_DOUBT && db->has_receipts) went = settle(cx, db, workspace_id, receipt);
    if (went == WENT_KEPT) db->commits++;
    tell_storage(db, &w->tx, went);
    return went;
}

/* Is there another go? Waits for it. */
static bool again(struct pg_db *db, struct write_state *w, enum went went)
{
    /* A unique key may be met because the snapshot was older than the other's row: the second run
     * sees that row and says what it means. */
    if (went != WENT_AGAIN && (went != WENT_CONFLICT || w->conflict)) return false;
    w->conflict |= went == WENT_CONFLICT;
    db->retried++;
    if (went == WENT_CONFLICT || w->alone) return true;
    if (w->tx.fault != PG_LOST && w->attempt + 1 >= PG_FREE_TRIES)
        w->alone = turnstile_enter(&db->turnstile, w->until_ms);
    else
        back_off(w->attempt, w->tx.fault == PG_LOST);
    return true;
}

bool postgres_write(struct ctx *cx, enum db_lane lane, tx_fn *fn, void *arg)
{
    struct pg_db *db = (struct pg_db *)cx->db;
    struct write_state w = {.until_ms = clock_mono_ms() + PG_WRITE_MS};
    enum went went = WENT_AGAIN;
    for (; (w.alone || w.attempt < PG_TRIES) && clock_mono_ms() < w.until_ms; w.attempt++) {
        struct pg_conn *c;
        enum pg_fault fault = pg_acquire(db, (int)lane, clock_mono_ms() + PG_ACQUIRE_MS, &c);
        if (fault != PG_FINE) turnstile_leave(&db->turnstile, &w.alone);
        if (fault == PG_BUSY) return fail_busy(cx);
        if (fault != PG_FINE && pg_is_down(db)) break;
        if (fault != PG_FINE) {
            back_off(w.attempt, true);
            continue;
        }
        went = write_go(cx, c, (int)lane, fn, arg, &w);
        if (!again(db, &w, went)) return give_up(cx, went);
        err_clear(cx);
    }
    turnstile_leave(&db->turnstile, &w.alone);
    db->db.failed_batches++;
    return give_up(cx, went);
}

/* --- open, upkeep --- */

/* Facts of the server that would break a promise, as a sentence; NULL if there is none. */
static const char *unfit(str facts)
{
    str rest, encoding = str_cut(facts, ' ', &rest), collation = str_cut(rest, ' ', &rest);
    if (!str_eq(encoding, S("UTF8")))
        return "The database is not in UTF-8. Make one with: createdb --encoding UTF8 --locale C "
               "--template template0 NAME";
    if (!str_eq(collation, S("C")) && !str_eq(collation, S("POSIX")) &&
        !str_eq_nocase(collation, S("C.UTF-8")) && !str_eq_nocase(collation, S("C.utf8")))
        return "The database sorts by a language's rules; lists would differ from what was "
               "promised. Make one with: createdb --encoding UTF8 --locale C --template template0 "
               "NAME";
    if (str_starts(rest, S("off")))
        return "synchronous_commit is off: what was acknowledged could be lost. Set it to on for "
               "this database.";
    return NULL;
}

static bool look(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(
        tx,
        "SELECT pg_encoding_to_char(encoding), CASE WHEN "
        "to_jsonb(pg_database)->>'datlocprovider' = 'i' THEN 'icu' ELSE datcollate END, "
        "current_setting('synchronous_commit'), "
        "current_setting('fsync') FROM pg_database "
        "WHERE datname = current_database()",
        arg);
}

static void close_all(struct db *face)
{
    struct pg_db *db = (struct pg_db *)face;
    pg_pool_close(&db->pool);
    pg_appender_close(&db->appender);
    free(db->url);
    free(db);
}

bool postgres_open(struct ctx *cx, const struct db_options *options, struct db **out)
{
    struct pg_db *db = calloc(1, sizeof *db);
    char *url = db == NULL ? NULL : strndup(options->url.ptr, (size_t)options->url.len);
    uint8_t random[10];
    char why[PG_SAID_BYTES];
    if (url == NULL) {
        free(db);
        return fail_open(cx, "error.db_open", "PostgreSQL", "There is no memory left.");
    }
    if (pg_url_fault(url) != NULL) {
        fail_open(cx, "error.db_open", "PostgreSQL", pg_url_fault(url));
        free(url);
        free(db);
        return false;
    }
    crypto_random(random, sizeof random);
    *db = (struct pg_db){.db = {.engine = &postgres_engine, .options = *options},
                         .url = url,
                         .receipts = (int64_t)(random[0] << 8 | random[1]) << 12,
                         .receipt_mark = 1 + (get_be64(random + 2) & INT32_MAX)};
    pg_pool_open(&db->pool, options->pool < 1             ? PG_POOL
                            : options->pool > PG_POOL_MAX ? PG_POOL_MAX
                                                          : options->pool);
    pg_appender_open(&db->appender);
    turnstile_open(&db->turnstile);
    struct pg_conn *c = pg_connect(db, why);
    if (c == NULL) {
        close_all(&db->db);
        return fail_open(cx, "error.db_open", "PostgreSQL", why);
    }
    bool old = PQserverVersion(c->pg) < PG_OLDEST;
    pg_disconnect(c);
    if (old) {
        close_all(&db->db);
        return fail_open(cx, "error.db_open", "PostgreSQL",
                         "The server is older than PostgreSQL 12. Update it, or use another.");
    }
    struct buf facts = buf_new(cx->a, 1000);
    cx->db = &db->db;
    bool good = db_read(cx, look, &facts);
    const char *fault = good ? unfit(buf_str(&facts)) : NULL;
    if (good && str_ends(str_trim(buf_str(&facts)), S(" off")))
        log_line(
            LOG_LEVEL_WARN, "db.fsync_off", "hint=%s",
            log_str(S("fsync is off at the server: a power cut would damage the database.")).text);
    if (fault != NULL) good = fail_open(cx, "error.db_open", "PostgreSQL", fault);
    cx->db = NULL;
    if (!good) close_all(&db->db);
    if (good) *out = &db->db;
    return good;
}

static bool table_there(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx, "SELECT 1 WHERE to_regclass('receipt') IS NOT NULL", arg);
}

static bool prepare_all(struct ctx *cx)
{
    struct pg_db *db = (struct pg_db *)cx->db;
    struct buf there = buf_new(cx->a, 16);
    struct pg_conn *c;
    if (!db_read(cx, table_there, &there)) return false;
    db->has_receipts = buf_str(&there).len > 0; /* a test may have a schema of its own */
    enum pg_fault fault = pg_acquire(db, DB_INTERACTIVE, clock_mono_ms() + PG_ACQUIRE_MS, &c);
    if (fault != PG_FINE) return pg_refuse(cx, fault, "connect", S("the server cannot be reached"));
    bool good = pg_prepare_all(cx, c);
    pg_release(c, DB_INTERACTIVE, !good);
    return good;
}

static bool find_faults(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx,
                     "SELECT 'index ' || indexrelid::regclass || ' is not valid: REINDEX it' "
                     "FROM pg_index WHERE NOT indisvalid "
                     "UNION ALL SELECT 'data checksum failures: ' || checksum_failures "
                     "FROM pg_stat_database "
                     "WHERE datname = current_database() AND checksum_failures > 0",
                     arg);
}

static bool check(struct ctx *cx, str *what)
{
    struct buf lines = buf_new(cx->a, 64 << 10);
    if (!db_read(cx, find_faults, &lines)) return false;
    *what = buf_str(&lines);
    if (what->len == 0) *what = (str){0};
    return true;
}

static bool backup(struct ctx *cx, str path)
{
    (void)path;
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "PostgreSQL is backed up by rows");
}

static void stats(struct db *face, struct db_stats *out)
{
    struct pg_db *db = (struct pg_db *)face;
    out->batches = db->commits;
    out->retried = db->retried;
    out->settled = db->settled;
    pthread_mutex_lock(&db->pool.mutex);
    out->connections = db->pool.open;
    for (int i = 0; i <= DB_LANE__COUNT; i++) out->in_use += db->pool.held[i];
    out->queued[DB_INTERACTIVE] = db->pool.waiting;
    pthread_mutex_unlock(&db->pool.mutex);
}

static const struct engine postgres_engine = {
    .shared = true,
    .close = close_all,
    .read = read_in,
    .write = postgres_write,
    .append = postgres_append,
    .prepare_all = prepare_all,
    .check = check,
    .backup = backup,
    .stats = stats,
    .exec = postgres_tx_exec,
    .put = postgres_tx_put,
    .one = postgres_tx_one,
    .many = postgres_tx_many,
    .script = postgres_tx_script,
    .lines = postgres_tx_lines,
};
