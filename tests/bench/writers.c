/* writers: threads that write through db.h, and how long each had to wait.
 *
 *   writers --data DIR [--db URL] [--db-pool N] WHAT THREADS MS [SCANNERS]
 *
 * WHAT: "plain" and "doi" are submissions of the forms of that slug, from the checked answers to
 * the commit (capture_submit: what a request does without HTTP). "event" is a touchpoint with
 * db_write, "append" one with db_append, "batch" ROWS of them in one call. SCANNERS threads read
 * all leads in the meantime, again and again. Nobody serves the folder. Prints one line of JSON;
 * "writes" are rows, times are of calls.
 */
#include "base/clock.h"
#include "base/json.h"
#include "capture/capture.h"
#include "cmd/start.h"
#include "lead/lead.h"
#include "lead_sql.h"
#include "workspace/workspace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    APP_BYTES = 64 << 20,
    THREAD_BYTES = 16 << 20, /* reserved; what is not used takes no memory */
    THREADS_MAX = 512,
    WRITES_MAX = 1 << 18, /* of one thread */
    LEADS = 1000,         /* that events are for; nobody asks whether they exist */
    ROWS = 50,
    SCAN_ROWS = 500
};

enum what { PLAIN, DOI, EVENT, APPEND, BATCH, WHAT__COUNT };

static const char *const what_names[WHAT__COUNT] = {"plain", "doi", "event", "append", "batch"};

struct bench {
    struct app app;
    arena a;
    enum what what;
    int64_t workspace_id, run_id; /* run_id: no address is ever sent twice */
    int threads, scanners;
    int64_t run_ms, until_us;
    struct form_live form;
    struct contact_sender sender;
    int64_t lead[LEADS];
    _Atomic int64_t read_rows;
};

struct worker {
    struct bench *bench;
    pthread_t thread;
    int no, writes, failed;
    int *took_us;
    char fault[200];
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static _Noreturn void die(const char *what, str why)
{
    fprintf(stderr, "writers: %s: %.*s\n", what, STR_ARG(why));
    exit(1);
}

static char *memory_new(size_t bytes)
{
    char *memory = malloc(bytes);
    if (memory == NULL) die("memory", S("there is none left"));
    return memory;
}

static struct ctx ctx_of(struct bench *b, arena *a)
{
    struct ctx cx = app_ctx(&b->app, a, ACTOR_NOBODY);
    cx.workspace_id = b->workspace_id;
    return cx;
}

/* --- one write --- */

static bool submit(struct ctx *cx, struct bench *b, int no, int n)
{
    struct value body = value_map(cx->a);
    struct submission_done done;
    value_set_text(body, "email",
                   str_printf(cx->a, "w%d.%d.%lld@example.de", no, n, (long long)b->run_id));
    value_set_text(body, "first_name", S("Anna"));
    value_set_text(body, "last_name", S("Müller"));
    value_set_text(body, "company", S("Maschinenbau GmbH"));
    value_set_text(body, "consent.newsletter.email", S("yes"));
    struct submission_new in = {.form = &b->form,
                                .body = body,
                                .context = {.source = S("google / cpc"),
                                            .ip = S("192.0.2.7"),
                                            .user_agent = S("Mozilla/5.0 (X11; Linux x86_64)"),
                                            .page_url = S("https://www.example.de/anfrage"),
                                            .lang = LANG_DE,
                                            .utm = value_map(cx->a),
                                            .fill_ms = 12000},
                                .sender = &b->sender};
    return capture_submit(cx, &in, &done);
}

static struct touchpoint_add_in event_of(struct ctx *cx, const struct bench *b, int no, int n)
{
    return (struct touchpoint_add_in){
        .lead_id = b->lead[(no * 7919 + n) % LEADS],
        .at_ms = cx->now_ms,
        .id = ctx_new_id(cx),
        .kind = TOUCH_FORM_SUBMITTED,
        .props = S("{\"page\":\"https://www.example.de/produkte/regalsysteme\",\"device\":"
                   "\"desktop\",\"source\":\"google / cpc\"}"),
    };
}

static bool event_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return q_touchpoint_add(tx, arg, NULL);
}

static bool write_one(struct ctx *cx, struct bench *b, int no, int n)
{
    struct touchpoint_add_in row[ROWS];
    int rows = b->what == BATCH ? ROWS : 1;
    if (b->what < EVENT) return submit(cx, b, no, n);
    for (int i = 0; i < rows; i++) row[i] = event_of(cx, b, no, n * rows + i);
    return b->what == EVENT ? db_write(cx, DB_EVENTS, event_write, row)
                            : q_touchpoint_add_append(cx, row, rows);
}

/* --- threads --- */

static void *write_all(void *arg)
{
    struct worker *w = arg;
    char *memory = memory_new(THREAD_BYTES);
    for (int64_t began = now_us(); began < w->bench->until_us && w->writes < WRITES_MAX;) {
        arena a = {memory, memory + THREAD_BYTES, NULL};
        struct ctx cx = ctx_of(w->bench, &a);
        bool good = write_one(&cx, w->bench, w->no, w->writes + w->failed);
        int64_t ended = now_us();
        if (good) {
            w->took_us[w->writes++] = (int)(ended - began);
        } else if (w->failed++ == 0) {
            snprintf(w->fault, sizeof w->fault, "%.*s", STR_ARG(operator_sentence(&cx)));
        }
        ctx_end(&cx);
        began = ended;
    }
    free(memory);
    return NULL;
}

struct scan {
    int64_t after_id;
    ptrdiff_t rows;
};

static bool scan_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scan *s = arg;
    struct lead_export_page_in in = {s->after_id, SCAN_ROWS};
    struct lead_export_page_rows rows;
    (void)cx;
    if (!q_lead_export_page(tx, &in, &rows)) return false;
    s->rows = rows.count;
    s->after_id = rows.count < SCAN_ROWS ? 0 : rows.row[rows.count - 1].id;
    return true;
}

static void *scan_all(void *arg)
{
    struct worker *w = arg;
    char *memory = memory_new(THREAD_BYTES);
    struct scan scan = {0};
    while (now_us() < w->bench->until_us) {
        arena a = {memory, memory + THREAD_BYTES, NULL};
        struct ctx cx = ctx_of(w->bench, &a);
        if (db_read(&cx, scan_read, &scan)) w->bench->read_rows += scan.rows;
        ctx_end(&cx);
    }
    free(memory);
    return NULL;
}

/* --- before and after --- */

static bool open_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bench *b = arg;
    struct workspace w;
    if (!workspace_by_host(cx, tx, S(""), &w)) return false;
    cx->workspace_id = b->workspace_id = w.id;
    tx_workspace(tx, w.id);
    return b->what >= EVENT || form_live_by_slug(cx, tx, str_of(what_names[b->what]), &b->form);
}

/* What all threads share lies in b->a, below what they are given themselves. */
static void prepare(struct bench *b)
{
    struct ctx cx = ctx_of(b, &b->a);
    b->run_id = clock_now_ms();
    if (!db_read(&cx, open_read, b)) die("open", operator_sentence(&cx));
    cx.workspace_id = b->workspace_id;
    if (!contact_sender_load(&cx, S("https://zulauf.example"), &b->sender))
        die("open", operator_sentence(&cx));
    for (int i = 0; i < LEADS; i++) b->lead[i] = ctx_new_id(&cx);
}

static int by_size(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static void report(struct bench *b, struct worker *worker, const struct db_stats *before,
                   int64_t took)
{
    struct db_stats s = {0};
    int writes = 0, failed = 0, n = 0;
    db_stats(b->app.db, &s);
    for (int i = 0; i < b->threads; i++) writes += worker[i].writes;
    int *all = (int *)memory_new((size_t)(writes + 1) * sizeof *all);
    for (int i = 0; i < b->threads; i++) {
        memcpy(all + n, worker[i].took_us, (size_t)worker[i].writes * sizeof *all);
        n += worker[i].writes;
        failed += worker[i].failed;
        if (worker[i].fault[0] != 0 && failed == worker[i].failed)
            fprintf(stderr, "writers: %s\n", worker[i].fault);
    }
    qsort(all, (size_t)writes, sizeof *all, by_size);
    all[writes] = 0;
    double seconds = (double)took / 1e6;
    int rows = b->what == BATCH ? ROWS : 1;
    printf("{\"writes\":%d,\"seconds\":%.3f,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"failed\":%d,\"batches\":%lld,\"retried\":%lld,\"connections\":%d,"
           "\"read_rows_per_s\":%.0f}\n",
           writes * rows, seconds, writes * rows / seconds, all[writes / 2] / 1e3,
           all[(int)((int64_t)writes * 99 / 100)] / 1e3, failed,
           (long long)(s.batches - before->batches), (long long)(s.retried - before->retried),
           s.connections, (double)b->read_rows / seconds);
    free(all);
}

static void run(struct bench *b)
{
    static struct worker worker[THREADS_MAX];
    int count = b->threads + b->scanners;
    struct db_stats before = {0};
    db_stats(b->app.db, &before);
    int64_t began = now_us();
    b->until_us = began + b->run_ms * 1000;
    for (int i = 0; i < count; i++) {
        struct worker *w = &worker[i];
        bool writes = i < b->threads;
        *w = (struct worker){.bench = b, .no = i};
        if (writes) w->took_us = (int *)memory_new(WRITES_MAX * sizeof(int));
        if (pthread_create(&w->thread, NULL, writes ? write_all : scan_all, w) != 0)
            die("thread", S("the system gives none"));
    }
    for (int i = 0; i < count; i++) pthread_join(worker[i].thread, NULL);
    report(b, worker, &before, now_us() - began);
    for (int i = 0; i < b->threads; i++) free(worker[i].took_us);
}

static bool arguments(struct bench *b, const struct options *o)
{
    int64_t threads = 0, scanners = 0;
    if (o->positional_count < 3 || o->positional_count > 4) return false;
    for (b->what = 0; b->what < WHAT__COUNT; b->what++)
        if (str_eq(o->positional[0], str_of(what_names[b->what]))) break;
    bool good = b->what < WHAT__COUNT && str_to_i64(o->positional[1], &threads) &&
                str_to_i64(o->positional[2], &b->run_ms) &&
                (o->positional_count < 4 || str_to_i64(o->positional[3], &scanners));
    b->threads = (int)threads;
    b->scanners = (int)scanners;
    return good && threads > 0 && scanners >= 0 && threads + scanners <= THREADS_MAX;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct options options;
    char *memory = memory_new(APP_BYTES);
    str why;
    b.a = (arena){memory, memory + APP_BYTES, NULL};
    if (!options_read(&b.a, argc, argv, 1, &options, &why) || !arguments(&b, &options)) {
        fprintf(stderr,
                "usage: writers --data DIR [--db URL] [--db-pool N] plain|doi|event|append|batch "
                "THREADS MS [SCANNERS]\n");
        return 2;
    }
    if (!app_open(&b.app, &b.a, &options, &why)) die("open", why);
    prepare(&b);
    run(&b);
    app_close(&b.app);
    free(memory);
    return 0;
}
