#include "db/sqlite_db.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECK_LINES = 100 };

/* --- open --- */

/* Create the file if it is missing, readable by us alone, and learn why if that fails: the
 * system's own reasons are better than SQLite's "unable to open". */
static bool make_file(struct ctx *cx, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) return close(fd), true;
    const char *sentence;
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        sentence = "The folder does not exist. Create it, or name another file.";
        break;
    case EACCES:
    case EPERM:
        sentence = "The file or its folder cannot be written. Give both to the user that Zulauf "
                   "runs as.";
        break;
    case EROFS:
        sentence = "The disk is mounted read-only. Mount it for writing.";
        break;
    case EISDIR:
        sentence = "This is a folder. Name a file in it.";
        break;
    case ENOSPC:
    case EDQUOT:
        sentence = "The disk is full. Free some space.";
        break;
    default:
        sentence = strerror(errno);
    }
    return fail_open(cx, "error.db_open", path, sentence);
}

static bool fail_code(struct ctx *cx, const char *path, int code)
{
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return fail_open(cx, "error.db_corrupt", path,
                         "This is no database, or it is damaged. Keep a copy of it, and put the "
                         "latest backup in its place.");
    case SQLITE_FULL:
        return fail_open(cx, "error.db_open", path, "The disk is full. Free some space.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fail_open(cx, "error.db_open", path,
                         "The file or its folder cannot be written. Give both to the user that "
                         "Zulauf runs as.");
    case SQLITE_BUSY:
        return fail_open(cx, "error.db_open", path,
                         "Another program holds the database. End it, then start again.");
    default:
        return fail_open(cx, "error.db_open", path, sqlite3_errstr(code));
    }
}

/* Leave our mark in a new file; refuse one that belongs to another program. */
static bool claim(struct ctx *cx, struct sqlite_db *db)
{
    struct conn *c = &db->writer.conn;
    if (conn_i64(c, "PRAGMA application_id", 0) == DB_APPLICATION_ID) return true;
    if (conn_i64(c, "SELECT count(*) FROM sqlite_schema", 1) > 0)
        return fail_open(cx, "error.db_open", db->path,
                         "This is the database of another program. Name another file.");
    char text[64];
    sqlite3_snprintf(sizeof text, text, "PRAGMA application_id = %d", DB_APPLICATION_ID);
    int code = conn_exec(c, text);
    return code == SQLITE_OK || fail_code(cx, db->path, code);
}

static bool open_all(struct ctx *cx, struct sqlite_db *db)
{
    struct read_pool *pool = &db->pool;
    /* The writer touches the most pages: it gets two shares, the checkpointer none. */
    int64_t memory = db->db.options.memory_bytes > 0 ? db->db.options.memory_bytes : 64 << 20;
    int64_t share = memory / (pool->count + 2);
    int code = conn_open(&db->writer.conn, db->path, CONN_WRITER, &db->db.options, share * 2);
    if (code != SQLITE_OK) return fail_code(cx, db->path, code);
    if (!claim(cx, db)) return false;
    code = conn_open(&db->checkpointer.conn, db->path, CONN_UPKEEP, &db->db.options, 64 << 10);
    for (int i = 0; code == SQLITE_OK && i < pool->count; i++) {
        struct conn *c = &pool->conn[i];
        code = conn_open(c, db->path, CONN_READER, &db->db.options, share);
        c->next = pool->free;
        pool->free = c;
    }
    if (code != SQLITE_OK) return fail_code(cx, db->path, code);
    if (!checkpointer_start(db) || !writer_start(db))
        return fail_open(cx, "error.db_open", db->path, "No thread could be started.");
    return true;
}

static void close_all(struct db *face)
{
    struct sqlite_db *db = (struct sqlite_db *)face;
    writer_stop(db);
    checkpointer_stop(db);
    for (int i = 0; i < db->pool.count; i++) conn_close(&db->pool.conn[i]);
    pthread_cond_destroy(&db->pool.some);
    pthread_mutex_destroy(&db->pool.mutex);
    free(db->path);
    free(db);
}

static const struct engine sqlite_engine;

bool sqlite_open(struct ctx *cx, const struct db_options *options, struct db **out)
{
    char *path = str_cstr(cx->a, options->path);
    if (!make_file(cx, path)) return false;
    struct sqlite_db *db = calloc(1, sizeof *db);
    if (db == NULL || (db->path = strdup(path)) == NULL) {
        free(db);
        return fail_open(cx, "error.db_open", path, "There is no memory left.");
    }
    db->db.engine = &sqlite_engine;
    db->db.options = *options;
    db->pool.count = options->readers < 1                ? 1
                     : options->readers > DB_READERS_MAX ? DB_READERS_MAX
                                                         : options->readers;
    pthread_mutex_init(&db->pool.mutex, NULL);
    pthread_cond_init(&db->pool.some, NULL);
    if (!open_all(cx, db)) {
        close_all(&db->db);
        return false;
    }
    *out = &db->db;
    return true;
}

/* --- read --- */

static struct conn *borrow(struct read_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->free == NULL) pthread_cond_wait(&pool->some, &pool->mutex);
    struct conn *c = pool->free;
    pool->free = c->next;
    pthread_mutex_unlock(&pool->mutex);
    return c;
}

static void give_back(struct read_pool *pool, struct conn *c)
{
    pthread_mutex_lock(&pool->mutex);
    c->next = pool->free;
    pool->free = c;
    pthread_cond_signal(&pool->some);
    pthread_mutex_unlock(&pool->mutex);
}

static bool read_in(struct ctx *cx, tx_fn *fn, void *arg)
{
    struct sqlite_db *db = (struct sqlite_db *)cx->db;
    struct conn *c = borrow(&db->pool);
    struct sqlite_tx tx = {
        .tx = {.cx = cx, .engine = db->db.engine, .workspace_id = cx->workspace_id}, .conn = c};
    int code = conn_step(c, CONN_BEGIN);
    enum tx_end end = code == SQLITE_OK ? tx_run(&tx.tx, fn, arg) : TX_REFUSED;
    if (end == TX_TOO_LARGE) conn_settle(c);
    if (code == SQLITE_OK && !sqlite3_get_autocommit(c->handle)) conn_step(c, CONN_COMMIT);
    give_back(&db->pool, c);
    if (code != SQLITE_OK)
        return fail_detail(cx, ERR_STORAGE, fault_storage_key(code), "begin: %s",
                           sqlite3_errstr(code));
    if (end == TX_TOO_LARGE) return fail(cx, ERR_TOO_LARGE, "error.too_large");
    if (end == TX_REFUSED && cx->err.code == ERR_NONE)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a read failed unexplained");
    return end == TX_GOOD;
}

/* --- append --- */

struct append {
    int query;
    const char *rows;
    ptrdiff_t count;
};

static bool append_rows(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct append *a = arg;
    (void)cx;
    return sqlite_tx_put(tx, a->query, a->rows, a->count, NULL);
}

/* The writer's batches are what joins the rows of many callers. */
static bool append_in(struct ctx *cx, int query, const void *rows, ptrdiff_t count)
{
    struct append a = {query, rows, count};
    return sqlite_write(cx, DB_EVENTS, append_rows, &a);
}

/* --- upkeep --- */

/* On the writer's thread: from now on each batch leaves its receipt. */
static bool receipts_begin(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct writer *writer = arg;
    if (conn_i64(&writer->conn, "SELECT count(*) FROM sqlite_schema WHERE name = 'receipt'", 0) ==
        0)
        return true; /* a test's own schema */
    writer->has_receipts = sql_script(tx, "INSERT INTO receipt (workspace_id, id, batch_no) "
                                          "VALUES (0, 0, 0) ON CONFLICT DO NOTHING");
    return writer->has_receipts;
}

static bool prepare_all(struct ctx *cx)
{
    struct sqlite_db *db = (struct sqlite_db *)cx->db;
    if (!sqlite_write(cx, DB_INTERACTIVE, receipts_begin, &db->writer)) return false;
    struct conn *c = borrow(&db->pool);
    bool good = true;
    for (int i = 0; good && i < db->db.options.text_count; i++) {
        sqlite3_stmt *stmt;
        good = conn_prepare(cx, c, i, &stmt);
    }
    give_back(&db->pool, c);
    return good;
}

static bool check(struct ctx *cx, str *what)
{
    struct sqlite_db *db = (struct sqlite_db *)cx->db;
    struct conn *c = borrow(&db->pool);
    struct buf lines = buf_new(cx->a, LIMIT_PAGE_BYTES);
    bool good = conn_lines(cx, c, "PRAGMA integrity_check(100)", &lines);
    str integrity = buf_str(&lines);
    struct buf keys = buf_new(cx->a, LIMIT_PAGE_BYTES);
    good = good && conn_lines(cx, c,
                              "SELECT 'foreign key: ' || \"table\" || ' row ' || COALESCE(rowid, '?') FROM "
                              "pragma_foreign_key_check LIMIT 100",
                              &keys);
    give_back(&db->pool, c);
    if (!good) return false;
    if (str_eq(integrity, S("ok\n"))) integrity = S("");
    *what = str_printf(cx->a, "%.*s%.*s", STR_ARG(integrity), STR_ARG(buf_str(&keys)));
    if (what->len == 0) *what = (str){0};
    return true;
}

/* VACUUM INTO does not wait for the disk; a backup that is called done must have reached it. */
static bool sync_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool good = fd >= 0 && fchmod(fd, 0600) == 0 && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0) good = false;
    return good;
}

static bool backup(struct ctx *cx, str path)
{
    struct sqlite_db *db = (struct sqlite_db *)cx->db;
    char *to = str_cstr(cx->a, path);
    struct conn c;
    sqlite3_stmt *stmt = NULL;
    if (access(to, F_OK) == 0)
        return fail_open(cx, "error.backup", to, "The file exists already. Name a new one.");
    int code = conn_open(&c, db->path, CONN_UPKEEP, &db->db.options, 1 << 20);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(c.handle, "VACUUM INTO ?1", -1, &stmt, NULL);
    if (code == SQLITE_OK) code = sqlite3_bind_text(stmt, 1, to, -1, SQLITE_STATIC);
    db->db.long_reads++;
    if (code == SQLITE_OK) code = sqlite3_step(stmt);
    db->db.long_reads--;
    sqlite3_finalize(stmt);
    conn_close(&c);
    if (code == SQLITE_DONE && sync_file(to)) return true;
    unlink(to); /* half a backup is none */
    return fail_open(cx, "error.backup", to,
                     code == SQLITE_DONE ? strerror(errno) : sqlite3_errstr(code));
}

static void stats(struct db *face, struct db_stats *out)
{
    struct sqlite_db *db = (struct sqlite_db *)face;
    out->batches = db->batches;
    out->checkpoints = db->checkpoints;
    out->wal_bytes = db->wal_bytes;
    out->connections = db->pool.count + 2;
    pthread_mutex_lock(&db->writer.mutex);
    for (int i = 0; i < DB_LANE__COUNT; i++) out->queued[i] = db->writer.lane[i].count;
    pthread_mutex_unlock(&db->writer.mutex);
}

static const struct engine sqlite_engine = {
    .close = close_all,
    .read = read_in,
    .write = sqlite_write,
    .append = append_in,
    .prepare_all = prepare_all,
    .check = check,
    .backup = backup,
    .stats = stats,
    .exec = sqlite_tx_exec,
    .put = sqlite_tx_put,
    .one = sqlite_tx_one,
    .many = sqlite_tx_many,
    .script = sqlite_tx_script,
    .lines = sqlite_tx_lines,
};
