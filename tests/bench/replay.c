/* replay: the bare loop. What record wrote down, run again by one thread with nothing around it.
 *
 *   replay DATABASE TRACE [--batch N] [--only TEXT] [--limit N]
 *
 * DATABASE is a copy of what the server began with. Savepoints and what was rolled back are left
 * out: they are the server's way to let one write fail alone. --batch N commits after N writes,
 * without it where the server committed. --only leaves out writes without a statement that begins
 * with TEXT. Prints one line of JSON.
 */
#include "trace.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNITS_MAX = 1 << 20, CACHE_KIB = 25 << 10, CHECKPOINT_PAGES = (8 << 20) / 8192 };

/* One write of the server: records from..to; `ends` where it was the last of a batch. */
struct unit {
    size_t from, to;
    bool ends;
};

struct replay {
    sqlite3 *db;
    char *bytes;
    size_t len;
    const char *only;
    int batch, limit;
    sqlite3_stmt *stmt[TRACE_STATEMENTS_MAX];
    bool wanted[TRACE_STATEMENTS_MAX];
    struct unit *unit;
    int units;
    int64_t steps, batches;
};

static void die(struct replay *r, const char *what)
{
    fprintf(stderr, "replay: %s: %s\n", what, r->db == NULL ? "-" : sqlite3_errmsg(r->db));
    exit(1);
}

static void say(struct replay *r, const char *text)
{
    if (sqlite3_exec(r->db, text, NULL, NULL, NULL) != SQLITE_OK) die(r, text);
}

static struct trace_record record_at(const struct replay *r, size_t at, size_t *next)
{
    struct trace_record t;
    memcpy(&t, r->bytes + at, sizeof t);
    bool bytes = t.kind == TRACE_TEXT || t.kind == TRACE_EXEC || t.kind == TRACE_STRING ||
                 t.kind == TRACE_BLOB;
    *next = at + sizeof t + (bytes ? (size_t)t.number : 0);
    return t;
}

static bool says(const struct replay *r, size_t at, int64_t len, const char *text)
{
    return len >= (int64_t)strlen(text) &&
           memcmp(r->bytes + at + sizeof(struct trace_record), text, strlen(text)) == 0;
}

static void prepare(struct replay *r, size_t at, struct trace_record t)
{
    const char *text = r->bytes + at + sizeof t;
    if (sqlite3_prepare_v3(r->db, text, (int)t.number, SQLITE_PREPARE_PERSISTENT, &r->stmt[t.stmt],
                           NULL) != SQLITE_OK)
        die(r, "prepare");
    r->wanted[t.stmt] = r->only == NULL || says(r, at, t.number, r->only);
}

/* A write that is being read. */
struct reading {
    size_t from;
    bool open, wanted;
    int batch; /* its batch's first unit */
};

static void close_unit(struct replay *r, struct reading *w, size_t at)
{
    if (w->open && w->wanted && r->units < r->limit)
        r->unit[r->units++] = (struct unit){w->from, at, false};
    w->open = false;
}

static void read_exec(struct replay *r, struct reading *w, size_t at, struct trace_record t)
{
    bool undone = says(r, at, t.number, "ROLLBACK");
    if (undone) w->open = false;
    close_unit(r, w, at);
    if (undone && !says(r, at, t.number, "ROLLBACK TO")) r->units = w->batch;
    if (says(r, at, t.number, "BEGIN")) w->batch = r->units;
    if (says(r, at, t.number, "COMMIT") && r->units > w->batch) r->unit[r->units - 1].ends = true;
}

/* Find the writes and prepare the statements. */
static void read_units(struct replay *r)
{
    struct reading w = {0};
    size_t next;
    if (r->limit > UNITS_MAX) r->limit = UNITS_MAX;
    r->unit = calloc(UNITS_MAX, sizeof *r->unit);
    if (r->unit == NULL) die(r, "memory");
    for (size_t at = 0; at < r->len; at = next) {
        struct trace_record t = record_at(r, at, &next);
        if (t.kind == TRACE_TEXT) prepare(r, at, t);
        if (t.kind == TRACE_STEP && r->wanted[t.stmt]) w.wanted = true;
        if (t.kind == TRACE_EXEC) read_exec(r, &w, at, t);
        if (t.kind != TRACE_WRITE) continue;
        close_unit(r, &w, at);
        w = (struct reading){next, true, false, w.batch};
    }
}

static void run_unit(struct replay *r, const struct unit *u)
{
    size_t next;
    for (size_t at = u->from; at < u->to; at = next) {
        struct trace_record t = record_at(r, at, &next);
        sqlite3_stmt *stmt = r->stmt[t.stmt];
        const char *bytes = r->bytes + at + sizeof t;
        int code = SQLITE_OK;
        switch ((enum trace_kind)t.kind) {
        case TRACE_TEXT:
        case TRACE_EXEC:
        case TRACE_WRITE:
        case TRACE_TYPE: /* PostgreSQL's */
        case TRACE_SYNC:
            break;
        case TRACE_I64:
            code = sqlite3_bind_int64(stmt, t.at, t.number);
            break;
        case TRACE_NULL:
            code = sqlite3_bind_null(stmt, t.at);
            break;
        case TRACE_STRING:
            code = sqlite3_bind_text64(stmt, t.at, bytes, (uint64_t)t.number, SQLITE_STATIC,
                                       SQLITE_UTF8);
            break;
        case TRACE_BLOB:
            code = sqlite3_bind_blob64(stmt, t.at, bytes, (uint64_t)t.number, SQLITE_STATIC);
            break;
        case TRACE_STEP:
            r->steps++;
            code = sqlite3_step(stmt);
            if (code == SQLITE_ROW || code == SQLITE_DONE) code = SQLITE_OK;
            break;
        case TRACE_RESET:
            sqlite3_reset(stmt);
            break;
        }
        if (code != SQLITE_OK) die(r, sqlite3_sql(stmt));
    }
}

static void run(struct replay *r)
{
    int in_batch = 0;
    for (int i = 0; i < r->units; i++) {
        if (in_batch++ == 0) say(r, "BEGIN IMMEDIATE");
        run_unit(r, &r->unit[i]);
        bool end = r->batch > 0 ? in_batch >= r->batch : r->unit[i].ends;
        if (!end && i + 1 < r->units) continue;
        say(r, "COMMIT");
        r->batches++;
        in_batch = 0;
    }
}

/* As the server has it (src/db/sqlite.c); the log is copied back by the loop itself. */
static void open_database(struct replay *r, const char *path)
{
    char text[64];
    if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        die(r, path);
    say(r, "PRAGMA journal_mode = WAL");
    say(r, "PRAGMA synchronous = FULL");
    say(r, "PRAGMA foreign_keys = ON");
    say(r, "PRAGMA secure_delete = ON");
    say(r, "PRAGMA temp_store = MEMORY");
    snprintf(text, sizeof text, "PRAGMA cache_size = -%d", CACHE_KIB);
    say(r, text);
    snprintf(text, sizeof text, "PRAGMA wal_autocheckpoint = %d", CHECKPOINT_PAGES);
    say(r, text);
}

static void load(struct replay *r, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) die(r, path);
    r->len = (size_t)ftell(f);
    rewind(f);
    r->bytes = malloc(r->len);
    if (r->bytes == NULL || fread(r->bytes, 1, r->len, f) != r->len) die(r, path);
    fclose(f);
}

int main(int argc, char **argv)
{
    static struct replay r = {.limit = UNITS_MAX};
    if (argc < 3) {
        fprintf(stderr, "usage: replay DATABASE TRACE [--batch N] [--only TEXT] [--limit N]\n");
        return 2;
    }
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--batch") == 0) r.batch = (int)strtol(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--only") == 0) r.only = argv[i + 1];
        if (strcmp(argv[i], "--limit") == 0) r.limit = (int)strtol(argv[i + 1], NULL, 10);
    }
    open_database(&r, argv[1]);
    load(&r, argv[2]);
    read_units(&r);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    run(&r);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("{\"writes\":%d,\"batches\":%lld,\"steps\":%lld,\"seconds\":%.4f,\"per_s\":%.1f}\n",
           r.units, (long long)r.batches, (long long)r.steps, seconds, r.units / seconds);
    return r.units > 0 ? 0 : 1;
}
