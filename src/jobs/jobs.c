/* The workers: who runs what, and when to look again. */
#include "jobs/jobs_inner.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#include <pthread.h>
#include <time.h>

enum {
    THREADS_DEFAULT = 2,
    IDLE_MIN_MS = 100,  /* the first pause after there was nothing to do … */
    IDLE_MAX_MS = 2000, /* … and the longest */
    SWEEP_MS = 10000,   /* with a node's lease, how long a dead one's jobs wait */
    TICK_FAILED_MAX_MS = 60000,
    OWN_BYTES = 64 << 10,
    KEEP_BYTES = 1 << 20, /* of a worker's memory between two runs */
};

/* A kind without a row. */
struct tick {
    bool running;
    int failures; /* in a row */
    int64_t next_mono_ms;
};

struct jobs {
    struct arena_block block; /* where this struct lies */
    struct jobs_options options;
    pthread_mutex_t mutex; /* everything below */
    pthread_cond_t some;
    bool stop, polling;
    bool woken; /* since the poll that is going on began */
    int64_t idle_ms, next_poll_mono_ms, next_sweep_mono_ms;
    struct tick tick[JOB_KINDS_MAX];
    int started;
    pthread_t thread[JOB_THREADS_MAX];
    struct arena_block memory[JOB_THREADS_MAX];
};

struct worker {
    struct jobs *jobs;
    struct arena_block *memory;
};

static bool is_tick(const struct job_kind *kind)
{
    return kind->period_ms > 0 && kind->period_ms < JOB_TICK_MS;
}

static void wait_until(struct jobs *jobs, int64_t mono_ms)
{
    struct timespec at = {.tv_sec = (time_t)(mono_ms / 1000),
                          .tv_nsec = (long)(mono_ms % 1000) * 1000000};
    pthread_cond_timedwait(&jobs->some, &jobs->mutex, &at);
}

static struct ctx new_ctx(struct jobs *jobs, struct worker *w, arena *a)
{
    *a = arena_over(w->memory);
    return jobs->options.make_ctx(jobs->options.user, a);
}

/* A queued run gives its memory back before its outcome is written, hence the whole block: what
 * lies beyond the first pages must not stay with an idle worker. */
static void run_ended(struct worker *w, struct ctx *cx, bool queued)
{
    arena all = arena_over(w->memory);
    all.beg = all.end;
    ctx_end(cx);
    arena_block_trim(w->memory, queued ? &all : cx->a, KEEP_BYTES);
}

/* Unlocked: run a kind that has no row. */
static bool run_tick(struct jobs *jobs, struct worker *w, int kind, int attempt)
{
    arena a;
    struct ctx cx = new_ctx(jobs, w, &a);
    struct job job = {.attempt = attempt, .payload = S("")};
    bool good = job_call(&cx, &jobs->options.kinds[kind], &job);
    if (!good)
        log_line(LOG_LEVEL_WARN, "job.failed", "kind=%s attempt=%d error=%s detail=%s",
                 jobs->options.kinds[kind].name, attempt,
                 cx.err.key != NULL ? cx.err.key : "unexplained", log_str(cx.err.detail).text);
    run_ended(w, &cx, false);
    return good;
}

/* Locked: run the kind without a row that is due, if one is; else *next is when one will be. */
static bool tick_once(struct jobs *jobs, struct worker *w, int64_t now, int64_t *next)
{
    for (int i = 0; i < jobs->options.count; i++) {
        const struct job_kind *kind = &jobs->options.kinds[i];
        struct tick *t = &jobs->tick[i];
        if (!is_tick(kind) || t->running) continue;
        if (t->next_mono_ms > now) {
            if (t->next_mono_ms < *next) *next = t->next_mono_ms;
            continue;
        }
        t->running = true;
        int attempt = t->failures + 1;
        pthread_mutex_unlock(&jobs->mutex);
        bool good = run_tick(jobs, w, i, attempt);
        pthread_mutex_lock(&jobs->mutex);
        t->running = false;
        t->failures = good ? 0 : attempt;
        int64_t wait = kind->period_ms;
        for (int k = 0; k < t->failures && wait < TICK_FAILED_MAX_MS; k++) wait *= 2;
        t->next_mono_ms = clock_mono_ms() + wait;
        return true;
    }
    return false;
}

/* Locked: the poll found something or nothing; when to look again. */
static void poll_ended(struct jobs *jobs, bool busy, int64_t due_in_ms)
{
    int64_t now = clock_mono_ms();
    jobs->polling = false;
    if (busy || jobs->woken) {
        jobs->idle_ms = IDLE_MIN_MS;
        jobs->next_poll_mono_ms = now;
    } else {
        int64_t wait = due_in_ms < jobs->idle_ms ? due_in_ms : jobs->idle_ms;
        jobs->next_poll_mono_ms = now + (wait > 0 ? wait : 1);
        jobs->idle_ms = jobs->idle_ms * 2 < IDLE_MAX_MS ? jobs->idle_ms * 2 : IDLE_MAX_MS;
    }
    pthread_cond_signal(&jobs->some);
}

/* Locked: claim what is due and run it. One worker looks at a time; others may while it runs. */
static void poll_once(struct jobs *jobs, struct worker *w, int64_t now)
{
    const struct jobs_options *o = &jobs->options;
    bool sweep = now >= jobs->next_sweep_mono_ms;
    if (sweep) jobs->next_sweep_mono_ms = now + SWEEP_MS;
    jobs->polling = true;
    jobs->woken = false;
    pthread_mutex_unlock(&jobs->mutex);

    arena a;
    struct ctx cx = new_ctx(jobs, w, &a);
    struct job_claimed claimed = {0};
    int64_t next_ms = INT64_MAX;
    bool good = (!sweep || job_queue_sweep(&cx, o->kinds, o->count)) &&
                job_queue_claim(&cx, o->kinds, o->count, &claimed, &next_ms);
    int64_t due_in_ms = !good ? IDLE_MAX_MS : next_ms == INT64_MAX ? next_ms : next_ms - cx.now_ms;

    pthread_mutex_lock(&jobs->mutex);
    poll_ended(jobs, claimed.kind != NULL, due_in_ms);
    pthread_mutex_unlock(&jobs->mutex);
    if (claimed.kind != NULL) good = job_queue_run(&cx, &claimed);
    if (!good)
        log_line(LOG_LEVEL_ERROR, "jobs.queue", "error=%s detail=%s",
                 cx.err.key != NULL ? cx.err.key : "unexplained", log_str(cx.err.detail).text);
    run_ended(w, &cx, claimed.kind != NULL);
    pthread_mutex_lock(&jobs->mutex);
}

static void *work(void *arg)
{
    struct worker w = *(struct worker *)arg;
    struct jobs *jobs = w.jobs;
    pthread_mutex_lock(&jobs->mutex);
    while (!jobs->stop) {
        int64_t now = clock_mono_ms(), next = now + IDLE_MAX_MS;
        if (jobs->options.may_work != NULL && !jobs->options.may_work(jobs->options.user)) {
            wait_until(jobs, next);
            continue;
        }
        if (tick_once(jobs, &w, now, &next)) continue;
        if (!jobs->polling && jobs->next_poll_mono_ms <= now) {
            poll_once(jobs, &w, now);
            continue;
        }
        if (!jobs->polling && jobs->next_poll_mono_ms < next) next = jobs->next_poll_mono_ms;
        wait_until(jobs, next);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}

static bool start_threads(struct jobs *jobs)
{
    int wanted = jobs->options.threads > 0 ? jobs->options.threads : THREADS_DEFAULT;
    if (wanted > JOB_THREADS_MAX) wanted = JOB_THREADS_MAX;
    arena own = arena_over(&jobs->block);
    own.beg += sizeof *jobs;
    for (int i = 0; i < wanted; i++) {
        struct worker *w = NEW(&own, struct worker, 1);
        *w = (struct worker){jobs, &jobs->memory[i]};
        if (!arena_block_open(w->memory, LIMIT_WORKER_ARENA_BYTES)) return false;
        if (pthread_create(&jobs->thread[i], NULL, work, w) != 0) {
            arena_block_close(w->memory);
            return false;
        }
        jobs->started++;
    }
    return true;
}

bool jobs_start(struct ctx *cx, const struct jobs_options *options, struct jobs **out)
{
    struct arena_block block;
    *out = NULL;
    assert(options->count <= JOB_KINDS_MAX);
    if (!job_queue_prepare(cx, options->kinds, options->count)) return false;
    if (!arena_block_open(&block, OWN_BYTES))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no memory for the workers");
    arena a = arena_over(&block);
    struct jobs *jobs = NEW(&a, struct jobs, 1);
    *jobs = (struct jobs){.block = block, .options = *options, .idle_ms = IDLE_MIN_MS};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->some, &monotonic);
    pthread_condattr_destroy(&monotonic);
    jobs->next_sweep_mono_ms = clock_mono_ms();
    if (!start_threads(jobs)) {
        jobs_stop(jobs);
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no thread for the workers");
    }
    *out = jobs;
    return true;
}

void jobs_wake(struct jobs *jobs)
{
    if (jobs == NULL) return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->woken = true;
    jobs->idle_ms = IDLE_MIN_MS;
    jobs->next_poll_mono_ms = 0;
    pthread_cond_signal(&jobs->some);
    pthread_mutex_unlock(&jobs->mutex);
}

void jobs_stop(struct jobs *jobs)
{
    if (jobs == NULL) return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->stop = true;
    pthread_cond_broadcast(&jobs->some);
    pthread_mutex_unlock(&jobs->mutex);
    for (int i = 0; i < jobs->started; i++) {
        pthread_join(jobs->thread[i], NULL);
        arena_block_close(&jobs->memory[i]);
    }
    pthread_cond_destroy(&jobs->some);
    pthread_mutex_destroy(&jobs->mutex);
    struct arena_block block = jobs->block;
    arena_block_close(&block);
}
