/* record_postgres: a library for LD_PRELOAD that writes down what writers send to PostgreSQL.
 *
 * As record.c for SQLite: the bare loop shall run the very statements of the server, with their
 * values. Transactions that read or were rolled back are left out, and so is what the server adds
 * for itself (the receipt of each write). BENCH_TRACE names the file, which is written at exit.
 */
#include "trace.h"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 256, NAME_BYTES = 32 };

/* Bytes that grow. */
struct bytes {
    char *at;
    size_t used, room;
};

struct connection {
    PGconn *pg;
    bool writing;
    struct bytes unit; /* of the transaction that is open */
};

static struct {
    pthread_mutex_t mutex;
    struct bytes out;
    struct connection connection[CONNECTIONS_MAX];
    int statements;
    char name[TRACE_STATEMENTS_MAX][NAME_BYTES];
} trace = {.mutex = PTHREAD_MUTEX_INITIALIZER};

#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (next == NULL) {                                                                            \
        void *found = dlsym(RTLD_NEXT, #name);                                                     \
        memcpy(&next, &found, sizeof found);                                                       \
    }

static void add(struct bytes *b, const void *bytes, size_t n)
{
    if (b->used + n > b->room) {
        b->room = (b->used + n) * 2;
        b->at = realloc(b->at, b->room);
        if (b->at == NULL) abort();
    }
    memcpy(b->at + b->used, bytes, n);
    b->used += n;
}

static void put(struct bytes *b, enum trace_kind kind, int stmt, int at, int64_t number,
                const void *bytes)
{
    struct trace_record r = {
        .kind = (uint8_t)kind, .at = (uint8_t)at, .stmt = (uint16_t)stmt, .number = number};
    add(b, &r, sizeof r);
    if (bytes != NULL && number > 0) add(b, bytes, (size_t)number);
}

/* The connection's place, made when it is first seen; a closed one's address may serve another. */
static struct connection *connection_of(PGconn *pg)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *c = &trace.connection[i];
        if (c->pg == NULL) c->pg = pg;
        if (c->pg == pg) return c;
    }
    abort();
}

static int place_of(const char *name)
{
    for (int i = 0; i < trace.statements; i++)
        if (strcmp(trace.name[i], name) == 0) return i;
    return -1;
}

__attribute__((destructor)) static void save(void)
{
    const char *path = getenv("BENCH_TRACE");
    FILE *f = path == NULL ? NULL : fopen(path, "wb");
    if (f == NULL) return;
    (void)fwrite(trace.out.at, 1, trace.out.used, f);
    fclose(f);
}

/* All connections give the same name to the same text. */
int PQsendPrepare(PGconn *pg, const char *name, const char *text, int count, const Oid *type)
{
    NEXT(PQsendPrepare)
    pthread_mutex_lock(&trace.mutex);
    if (place_of(name) < 0 && trace.statements < TRACE_STATEMENTS_MAX) {
        int place = trace.statements++;
        snprintf(trace.name[place], NAME_BYTES, "%s", name);
        put(&trace.out, TRACE_TEXT, place, 0, (int64_t)strlen(text), text);
        for (int i = 0; i < count; i++)
            put(&trace.out, TRACE_TYPE, place, i, (int64_t)type[i], NULL);
    }
    pthread_mutex_unlock(&trace.mutex);
    return next(pg, name, text, count, type);
}

int PQsendQueryPrepared(PGconn *pg, const char *name, int count, const char *const *value,
                        const int *length, const int *format, int result)
{
    NEXT(PQsendQueryPrepared)
    pthread_mutex_lock(&trace.mutex);
    struct connection *c = connection_of(pg);
    int place = place_of(name);
    if (c->writing && place >= 0) {
        for (int i = 0; i < count; i++)
            put(&c->unit, value[i] == NULL ? TRACE_NULL : TRACE_BLOB, place, i,
                value[i] == NULL ? 0 : length[i], value[i]);
        put(&c->unit, TRACE_STEP, place, 0, 0, NULL);
    }
    pthread_mutex_unlock(&trace.mutex);
    return next(pg, name, count, value, length, format, result);
}

static void exec_note(struct connection *c, const char *text)
{
    bool begin = strncmp(text, "BEGIN", 5) == 0, commit = strcmp(text, "COMMIT") == 0;
    if (begin) {
        c->unit.used = 0;
        c->writing = strstr(text, "READ WRITE") != NULL;
    }
    if (c->writing && (begin || commit))
        put(&c->unit, TRACE_EXEC, 0, 0, (int64_t)strlen(text), text);
    if (c->writing && commit) add(&trace.out, c->unit.at, c->unit.used);
    if (commit || strncmp(text, "ROLLBACK", 8) == 0) c->writing = false;
}

int PQsendQueryParams(PGconn *pg, const char *text, int count, const Oid *type,
                      const char *const *value, const int *length, const int *format, int result)
{
    NEXT(PQsendQueryParams)
    pthread_mutex_lock(&trace.mutex);
    exec_note(connection_of(pg), text);
    pthread_mutex_unlock(&trace.mutex);
    return next(pg, text, count, type, value, length, format, result);
}

int PQpipelineSync(PGconn *pg)
{
    NEXT(PQpipelineSync)
    pthread_mutex_lock(&trace.mutex);
    struct connection *c = connection_of(pg);
    if (c->writing) put(&c->unit, TRACE_SYNC, 0, 0, 0, NULL);
    pthread_mutex_unlock(&trace.mutex);
    return next(pg);
}
