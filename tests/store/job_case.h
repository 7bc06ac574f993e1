/* store/job_case.h -- a queue with kinds that do well, fail, take all memory. For tests of jobs. */
#pragma once

#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "base/utf8.h"
#include "jobs/jobs_inner.h"
#include "sql.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What the kinds of these tests did; they find it through the context's app. */
struct app {
    struct store *s;
    struct ctx base; /* what the workers' contexts are made of */
    _Atomic int good, bad, ticks, waiting;
    pthread_mutex_t mutex; /* what follows is of the last run, and two may end at once */
    int64_t workspace_id;
    int attempt;
    char payload[64];
    _Atomic bool go;
};

static inline void note_run(struct ctx *cx, const struct job *job)
{
    struct app *app = cx->app;
    pthread_mutex_lock(&app->mutex);
    app->workspace_id = cx->workspace_id;
    app->attempt = job->attempt;
    snprintf(app->payload, sizeof app->payload, "%.*s", STR_ARG(job->payload));
    pthread_mutex_unlock(&app->mutex);
}

static inline bool run_good(struct ctx *cx, const struct job *job)
{
    note_run(cx, job);
    atomic_fetch_add(&cx->app->good, 1);
    return true;
}

static inline bool run_bad(struct ctx *cx, const struct job *job)
{
    note_run(cx, job);
    atomic_fetch_add(&cx->app->bad, 1);
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "attempt %d", job->attempt);
}

static inline bool run_greedy(struct ctx *cx, const struct job *job)
{
    (void)job;
    for (int i = 0; i < 1000; i++) NEW(cx->a, char, 1 << 20);
    return true;
}

/* What a peer has said, for example. */
static inline bool run_babbles(struct ctx *cx, const struct job *job)
{
    char words[901];
    (void)job;
    for (size_t i = 0; i < 450; i++) memcpy(words + 2 * i, "\xc3\xbc", 3);
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "it said \xff\xc3\n %s", words);
}

/* What it has to say is the last that finds room. */
static inline bool run_brimful(struct ctx *cx, const struct job *job)
{
    (void)job;
    bool said = fail_detail(cx, ERR_INTERNAL, "error.internal", "no room for a row of %d", 7);
    NEW(cx->a, char, cx->a->end - cx->a->beg);
    return said;
}

static inline bool run_tick(struct ctx *cx, const struct job *job)
{
    assert_int_equal(job->id, 0);
    atomic_fetch_add(&cx->app->ticks, 1);
    return true;
}

static inline bool run_waits(struct ctx *cx, const struct job *job)
{
    (void)job;
    atomic_fetch_add(&cx->app->waiting, 1);
    while (!atomic_load(&cx->app->go)) nanosleep(&(struct timespec){0, 1000000}, NULL);
    return true;
}

static const struct job_kind KINDS[] = {
    {"test.good", 0, run_good, 0},
    {"test.bad", 0, run_bad, 3},
    {"test.greedy", 0, run_greedy, 1},
    {"test.babbles", 0, run_babbles, 1},
    {"test.brimful", 0, run_brimful, 1},
};
enum { ONE_OFF = COUNTOF(KINDS) };

struct add {
    const char *kind;
    str payload;
    int64_t at_ms;
};

static inline bool add_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct add *a = arg;
    return job_add(cx, tx, a->kind, a->payload, a->at_ms);
}

static inline void add(struct store *s, const char *kind, str payload, int64_t at_ms)
{
    struct add a = {kind, payload, at_ms};
    assert_true(db_write(&s->cx, DB_INTERACTIVE, add_write, &a));
}

static inline void open_jobs(struct store *s, struct app *app)
{
    assert_true(crypto_init());
    store_open(s);
    *app = (struct app){.s = s, .base = s->cx, .mutex = PTHREAD_MUTEX_INITIALIZER};
    s->cx.app = app;
}

/* Run one job; true if one was due. */
static inline bool ran_one(struct store *s)
{
    bool ran;
    int64_t next;
    int64_t workspace_id = s->cx.workspace_id;
    s->cx.workspace_id = 0;
    assert_true(job_run_one(&s->cx, KINDS, ONE_OFF, &ran, &next));
    s->cx.workspace_id = workspace_id;
    return ran;
}
