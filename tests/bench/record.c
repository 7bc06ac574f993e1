/* record: a library for LD_PRELOAD that writes down what the server's writer does in SQLite.
 *
 * The bare loop shall run the very statements of the server, with their values, in their batches;
 * so they are taken from where they pass, and not written a second time here. BENCH_TRACE names
 * the file, which is written at exit. The writer is the connection that says BEGIN IMMEDIATE; it
 * belongs to one thread, hence no locks.
 */
#include "trace.h"

#include <dlfcn.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TRACE_BYTES ((size_t)2 << 30) /* reserved; only what is used takes memory */

static struct {
    sqlite3 *writer;
    char *bytes;
    size_t used;
    bool full;
    int statements;
    sqlite3_stmt *stmt[TRACE_STATEMENTS_MAX];
} trace;

/* sqlite3_exec prepares and steps by itself; that is not to be written down twice. */
static _Thread_local bool inside;

/* A function's next definition; ISO C knows no way from void * to a function but this. */
#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (next == NULL) {                                                                            \
        void *found = dlsym(RTLD_NEXT, #name);                                                     \
        memcpy(&next, &found, sizeof found);                                                       \
    }

static void put(enum trace_kind kind, int stmt, int at, int64_t number, const void *bytes)
{
    struct trace_record r = {
        .kind = (uint8_t)kind, .at = (uint8_t)at, .stmt = (uint16_t)stmt, .number = number};
    size_t more = bytes == NULL ? 0 : (size_t)number;
    if (trace.bytes == NULL) {
        trace.bytes = mmap(NULL, TRACE_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (trace.bytes == MAP_FAILED) abort();
    }
    trace.full = trace.full || trace.used + sizeof r + more > TRACE_BYTES;
    if (trace.full) return;
    memcpy(trace.bytes + trace.used, &r, sizeof r);
    if (more > 0) memcpy(trace.bytes + trace.used + sizeof r, bytes, more);
    trace.used += sizeof r + more;
}

static int place_known(const sqlite3_stmt *stmt)
{
    for (int i = 0; stmt != NULL && i < trace.statements; i++)
        if (trace.stmt[i] == stmt) return i;
    return -1;
}

/* The words around writes are prepared, too; the bare loop takes them as texts. */
static bool is_word(sqlite3_stmt *stmt)
{
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"};
    const char *text = stmt == NULL ? NULL : sqlite3_sql(stmt);
    for (size_t i = 0; text != NULL && i < sizeof words / sizeof *words; i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0) return true;
    return false;
}

static void word_step(sqlite3_stmt *stmt)
{
    sqlite3 *db = sqlite3_db_handle(stmt);
    const char *text = sqlite3_sql(stmt);
    if (trace.writer == NULL && strncmp(text, "BEGIN IMMEDIATE", 15) == 0) trace.writer = db;
    if (db == trace.writer) put(TRACE_EXEC, 0, 0, (int64_t)strlen(text), text);
}

/* The place of a statement of the writer; -1 for everybody else's. */
static int place_of(sqlite3_stmt *stmt)
{
    if (inside || trace.writer == NULL || stmt == NULL || sqlite3_db_handle(stmt) != trace.writer)
        return -1;
    int place = place_known(stmt);
    if (place >= 0) return place;
    if (is_word(stmt)) return -1;
    if (trace.statements == TRACE_STATEMENTS_MAX) return -1;
    const char *text = sqlite3_sql(stmt);
    trace.stmt[trace.statements] = stmt;
    put(TRACE_TEXT, trace.statements, 0, (int64_t)strlen(text), text);
    return trace.statements++;
}

__attribute__((destructor)) static void save(void)
{
    const char *path = getenv("BENCH_TRACE");
    FILE *f = path == NULL || trace.bytes == NULL || trace.full ? NULL : fopen(path, "wb");
    if (f == NULL) return;
    (void)fwrite(trace.bytes, 1, trace.used, f);
    fclose(f);
}

int sqlite3_exec(sqlite3 *db, const char *text, int (*row)(void *, int, char **, char **),
                 void *arg, char **why)
{
    NEXT(sqlite3_exec)
    if (trace.writer == NULL && strncmp(text, "BEGIN IMMEDIATE", 15) == 0) trace.writer = db;
    if (db == trace.writer) put(TRACE_EXEC, 0, 0, (int64_t)strlen(text), text);
    inside = true;
    int code = next(db, text, row, arg, why);
    inside = false;
    return code;
}

int sqlite3_bind_int64(sqlite3_stmt *stmt, int at, sqlite3_int64 number)
{
    NEXT(sqlite3_bind_int64)
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_I64, place, at, number, NULL);
    return next(stmt, at, number);
}

int sqlite3_bind_null(sqlite3_stmt *stmt, int at)
{
    NEXT(sqlite3_bind_null)
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_NULL, place, at, 0, NULL);
    return next(stmt, at);
}

int sqlite3_bind_text64(sqlite3_stmt *stmt, int at, const char *text, sqlite3_uint64 n,
                        void (*end)(void *), unsigned char encoding)
{
    NEXT(sqlite3_bind_text64)
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_STRING, place, at, (int64_t)n, text);
    return next(stmt, at, text, n, end, encoding);
}

int sqlite3_bind_blob64(sqlite3_stmt *stmt, int at, const void *bytes, sqlite3_uint64 n,
                        void (*end)(void *))
{
    NEXT(sqlite3_bind_blob64)
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_BLOB, place, at, (int64_t)n, bytes);
    return next(stmt, at, bytes, n, end);
}

int sqlite3_step(sqlite3_stmt *stmt)
{
    NEXT(sqlite3_step)
    if (!inside && is_word(stmt)) word_step(stmt);
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_STEP, place, 0, 0, NULL);
    return next(stmt);
}

int sqlite3_reset(sqlite3_stmt *stmt)
{
    NEXT(sqlite3_reset)
    int place = place_of(stmt);
    if (place >= 0) put(TRACE_RESET, place, 0, 0, NULL);
    return next(stmt);
}

/* The writer asks for it before each write, and inside one only after it has failed. */
sqlite3_int64 sqlite3_total_changes64(sqlite3 *db)
{
    NEXT(sqlite3_total_changes64)
    if (db == trace.writer) put(TRACE_WRITE, 0, 0, 0, NULL);
    return next(db);
}

/* Memory of a statement that is gone may serve another. */
int sqlite3_finalize(sqlite3_stmt *stmt)
{
    NEXT(sqlite3_finalize)
    int place = place_known(stmt);
    if (place >= 0) trace.stmt[place] = NULL;
    return next(stmt);
}
