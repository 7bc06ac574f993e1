/* replay_postgres: the bare loop. What record_postgres wrote down, sent again over a few
 * connections, a thread each, with nothing around it.
 *
 *   replay_postgres URL TRACE --connections N --trips each|same|one [--only TEXT] [--limit N]
 *
 * URL is of a copy of what the server began with. A transaction's statements go out one by one,
 * each with an answer to wait for (each), together as the server had them (same), or all at once
 * with BEGIN and COMMIT (one), which a program that reads before it writes cannot do. --only
 * leaves out transactions without a statement that begins with TEXT. What another transaction
 * made fail is run again. Prints one line of JSON.
 */
#include "trace.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNITS_MAX = 1 << 20, CONNECTIONS_MAX = 256, PARAMETERS_MAX = 128, TRIES = 20 };

enum trips { TRIPS_EACH, TRIPS_SAME, TRIPS_ONE };

struct unit {
    size_t from, to;
};

struct statement {
    const char *text; /* ends with a zero */
    Oid type[PARAMETERS_MAX];
    int count;
    bool wanted, used;
};

struct replay {
    const char *url, *only;
    char *bytes;
    size_t len;
    enum trips trips;
    int connections, limit, units;
    struct statement statement[TRACE_STATEMENTS_MAX];
    struct unit *unit;
    int *took_us;
    _Atomic int next, retried, trips_made;
    pthread_barrier_t ready;
};

struct worker {
    struct replay *r;
    pthread_t thread;
    PGconn *pg;
    int sent; /* statements since the last sync */
    int trips;
    bool again;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static _Noreturn void die(const char *what, PGconn *pg)
{
    fprintf(stderr, "replay_postgres: %s: %s\n", what, pg == NULL ? "-" : PQerrorMessage(pg));
    exit(1);
}

static struct trace_record record_at(const struct replay *r, size_t at, size_t *next)
{
    struct trace_record t;
    memcpy(&t, r->bytes + at, sizeof t);
    bool bytes = t.kind == TRACE_TEXT || t.kind == TRACE_EXEC || t.kind == TRACE_BLOB;
    *next = at + sizeof t + (bytes ? (size_t)t.number : 0);
    return t;
}

static bool says(const char *text, int64_t len, const char *word)
{
    return len >= (int64_t)strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* --- reading the trace --- */

static void read_statement(struct replay *r, struct trace_record t, const char *text)
{
    struct statement *s = &r->statement[t.stmt];
    if (t.kind == TRACE_TYPE) {
        if (t.at >= PARAMETERS_MAX) die("too many parameters", NULL);
        s->type[t.at] = (Oid)t.number;
        s->count = t.at + 1;
        return;
    }
    s->text = strndup(text, (size_t)t.number);
    s->wanted = r->only == NULL || says(text, t.number, r->only);
}

static void read_units(struct replay *r)
{
    size_t next, from = 0;
    bool wanted = false;
    r->unit = calloc(UNITS_MAX, sizeof *r->unit);
    r->took_us = calloc(UNITS_MAX, sizeof *r->took_us);
    if (r->unit == NULL || r->took_us == NULL) die("memory", NULL);
    for (size_t at = 0; at < r->len; at = next) {
        struct trace_record t = record_at(r, at, &next);
        const char *text = r->bytes + at + sizeof t;
        if (t.kind == TRACE_TEXT || t.kind == TRACE_TYPE) read_statement(r, t, text);
        if (t.kind == TRACE_STEP) {
            wanted = wanted || r->statement[t.stmt].wanted;
            r->statement[t.stmt].used = true;
        }
        if (t.kind != TRACE_EXEC) continue;
        if (says(text, t.number, "BEGIN")) {
            from = at;
            wanted = false;
        } else if (wanted && r->units < r->limit) {
            r->unit[r->units++] = (struct unit){from, next};
        }
    }
}

/* --- a connection --- */

/* Send the sync, read every answer; a fault that another transaction caused sets w->again. */
static void finish(struct worker *w)
{
    if (w->sent == 0) return;
    if (PQpipelineSync(w->pg) == 0) die("sync", w->pg);
    w->trips++;
    for (int i = 0; i < w->sent; i++) {
        for (PGresult *result; (result = PQgetResult(w->pg)) != NULL; PQclear(result)) {
            const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
            if (PQresultStatus(result) != PGRES_FATAL_ERROR) continue;
            if (state == NULL || strncmp(state, "40", 2) != 0) die("statement", w->pg);
            w->again = true;
        }
    }
    PGresult *sync = PQgetResult(w->pg);
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) die("no sync", w->pg);
    PQclear(sync);
    w->sent = 0;
}

static void say(struct worker *w, const char *text)
{
    if (PQsendQueryParams(w->pg, text, 0, NULL, NULL, NULL, NULL, 1) == 0) die(text, w->pg);
    w->sent++;
}

static void run_once(struct worker *w, const struct unit *u)
{
    const char *value[PARAMETERS_MAX];
    int length[PARAMETERS_MAX], format[PARAMETERS_MAX];
    enum trips trips = w->r->trips;
    size_t next;
    w->again = false;
    for (size_t at = u->from; at < u->to && !w->again; at = next) {
        struct trace_record t = record_at(w->r, at, &next);
        const char *bytes = w->r->bytes + at + sizeof t;
        bool end = false;
        if (t.kind == TRACE_NULL || t.kind == TRACE_BLOB) {
            value[t.at] = t.kind == TRACE_NULL ? NULL : bytes;
            length[t.at] = (int)t.number;
            format[t.at] = 1;
        } else if (t.kind == TRACE_STEP) {
            char name[16];
            snprintf(name, sizeof name, "s%d", t.stmt);
            if (PQsendQueryPrepared(w->pg, name, w->r->statement[t.stmt].count, value, length,
                                    format, 1) == 0)
                die(name, w->pg);
            w->sent++;
            end = trips == TRIPS_EACH;
        } else if (t.kind == TRACE_EXEC) {
            bool begin = says(bytes, t.number, "BEGIN");
            char *text = strndup(bytes, (size_t)t.number);
            say(w, text);
            free(text);
            end = !begin || trips == TRIPS_EACH;
        } else if (t.kind == TRACE_SYNC) {
            end = trips == TRIPS_SAME;
        }
        if (end) finish(w);
    }
    if (!w->again) return;
    say(w, "ROLLBACK");
    finish(w);
    w->again = true;
}

static void prepare(struct worker *w)
{
    w->pg = PQconnectdb(w->r->url);
    if (PQstatus(w->pg) != CONNECTION_OK || PQenterPipelineMode(w->pg) == 0) die("connect", w->pg);
    for (int i = 0; i < TRACE_STATEMENTS_MAX; i++) {
        const struct statement *s = &w->r->statement[i];
        char name[16];
        if (!s->used) continue;
        snprintf(name, sizeof name, "s%d", i);
        if (PQsendPrepare(w->pg, name, s->text, s->count, s->type) == 0) die(s->text, w->pg);
        w->sent++;
        finish(w);
    }
}

static void *run_all(void *arg)
{
    struct worker *w = arg;
    prepare(w);
    w->trips = 0;
    pthread_barrier_wait(&w->r->ready);
    for (int i; (i = w->r->next++) < w->r->units;) {
        int64_t began = now_us();
        for (int tries = 0; tries == 0 || w->again; tries++) {
            if (tries == TRIES) die("it is refused again and again", w->pg);
            run_once(w, &w->r->unit[i]);
            w->r->retried += w->again;
        }
        w->r->took_us[i] = (int)(now_us() - began);
    }
    w->r->trips_made += w->trips;
    PQfinish(w->pg);
    return NULL;
}

/* --- all --- */

static int by_size(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static void run(struct replay *r)
{
    static struct worker worker[CONNECTIONS_MAX];
    pthread_barrier_init(&r->ready, NULL, (unsigned)r->connections + 1);
    for (int i = 0; i < r->connections; i++) {
        worker[i] = (struct worker){.r = r};
        if (pthread_create(&worker[i].thread, NULL, run_all, &worker[i]) != 0) die("thread", NULL);
    }
    pthread_barrier_wait(&r->ready);
    int64_t began = now_us();
    for (int i = 0; i < r->connections; i++) pthread_join(worker[i].thread, NULL);
    double seconds = (double)(now_us() - began) / 1e6;
    qsort(r->took_us, (size_t)r->units, sizeof *r->took_us, by_size);
    printf("{\"writes\":%d,\"seconds\":%.4f,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"retried\":%d,\"trips\":%.1f}\n",
           r->units, seconds, r->units / seconds, r->took_us[r->units / 2] / 1e3,
           r->took_us[(int)((int64_t)r->units * 99 / 100)] / 1e3, r->retried,
           (double)r->trips_made / r->units);
}

static void load(struct replay *r, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) die(path, NULL);
    r->len = (size_t)ftell(f);
    rewind(f);
    r->bytes = malloc(r->len);
    if (r->bytes == NULL || fread(r->bytes, 1, r->len, f) != r->len) die(path, NULL);
    fclose(f);
}

int main(int argc, char **argv)
{
    static struct replay r = {.limit = UNITS_MAX, .connections = 1};
    for (int i = 3; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--connections") == 0) r.connections = (int)strtol(value, NULL, 10);
        if (strcmp(argv[i], "--only") == 0) r.only = value;
        if (strcmp(argv[i], "--limit") == 0) r.limit = (int)strtol(value, NULL, 10);
        if (strcmp(argv[i], "--trips") == 0)
            r.trips = value[0] == 'e' ? TRIPS_EACH : value[0] == 's' ? TRIPS_SAME : TRIPS_ONE;
    }
    if (argc < 3 || r.connections < 1 || r.connections > CONNECTIONS_MAX || r.limit > UNITS_MAX) {
        fprintf(stderr, "usage: replay_postgres URL TRACE --connections N --trips each|same|one "
                        "[--only TEXT] [--limit N]\n");
        return 2;
    }
    r.url = argv[1];
    load(&r, argv[2]);
    read_units(&r);
    if (r.units == 0) die("nothing in the trace is wanted", NULL);
    run(&r);
    return 0;
}
