/* jobs/jobs.h -- work that nobody waits for: durable, repeated until it is done.
 *
 * A job is a row of the table `job`. A worker claims it (a lease with a fencing token), runs its
 * kind's function, and deletes the row; a run that fails comes back later, and after the kind's
 * max_attempts it is a dead letter, which is shown to administrators (jobs_http.h), who replay or
 * discard it; JOB_DEAD_KEPT_DAYS later it goes by itself. A run may happen twice (a crash after its
 * work and before its row is gone): what it does must bear that.
 *
 * A kind with a period is run again and again. With a period of JOB_TICK_MS or more it is one row
 * that is rescheduled after each run. Below that it has no row, because an idle run must not cost
 * a durable commit: the threads' own clock runs it, one at a time in this process (an in-process
 * lease). Such a kind has to ask by a read whether there is anything to do, and to bear that
 * another node does the same at that moment.
 *
 * Terms:   kind, lease, fencing token, dead letter (docs/GLOSSARY.md).
 * Sources: Kleppmann, "How to do distributed locking" (fencing tokens).
 */
#pragma once

#include "db/db.h"

struct jobs;

enum {
    JOB_SLOTS = 64,
    JOB_TICK_MS = 10000,       /* periods below this are run without a row */
    JOB_LEASE_MS = 10 * 60000, /* a longer run renews: job_renew; shorter where its node is gone */
    JOB_THREADS_MAX = 8,
    JOB_KINDS_MAX = 64,
    JOB_PAYLOAD_BYTES = 64 << 10,
    JOB_DEAD_KEPT_DAYS = 30, /* its payload may be of somebody: not for ever */
    JOB_DEAD_MANY = 200,     /* listed at once, and counted at most */
};

/* One run of a job. */
struct job {
    int64_t id;           /* 0: of a kind without a row */
    int64_t workspace_id; /* whose job it is, also in the run's context; 0: everybody's */
    int64_t lease_token;  /* grows with each claim */
    int attempt;          /* from 1 */
    str payload;          /* as given to job_add; "" for a periodic one */
};

struct job_kind {
    const char *name;  /* literal; stands in the rows: never rename */
    int64_t period_ms; /* 0: one-off jobs only */
    bool (*run)(struct ctx *cx, const struct job *job); /* false: cx->err says why */
    int max_attempts;                                   /* of a one-off job; 0: 8 */
};

/* Put a job of cx->workspace_id into the queue, in the caller's transaction; it runs at run_at_ms
 * (0: at once) or later. `kind` is the name of one. Wake the workers after the commit, or they
 * find it by themselves within two seconds. */
MUST_USE bool job_add(struct ctx *cx, struct tx *tx, const char *kind, str payload,
                      int64_t run_at_ms);
/* Inside a transaction of a run: does its lease still hold? False in *holds: another has it. */
MUST_USE bool job_holds(struct ctx *cx, struct tx *tx, const struct job *job, bool *holds);
/* A long run asks for JOB_LEASE_MS more (a write of its own); ERR_CONFLICT if the lease is lost. */
MUST_USE bool job_renew(struct ctx *cx, const struct job *job);

/* Without its payload: that is for its run alone. */
struct job_dead {
    int64_t id, attempts, gave_up_ms; /* when it was put into the queue: id_time_ms(id) */
    str kind, last_error;             /* "error.internal: what was said", "never finished" */
};
struct job_dead_rows {
    struct job_dead *row;
    ptrdiff_t count;
};
/* The dead letters of cx->workspace_id, at most JOB_DEAD_MANY, oldest first. */
MUST_USE bool job_dead_list(struct ctx *cx, struct tx *tx, struct job_dead_rows *out);
/* How many there are; at most JOB_DEAD_MANY. */
MUST_USE bool job_dead_count(struct ctx *cx, struct tx *tx, int64_t *count);
/* One of cx->workspace_id; ERR_NOT_FOUND if it is none. */
MUST_USE bool job_dead_load(struct ctx *cx, struct tx *tx, int64_t id, struct job_dead *out);
/* Put a dead letter of cx->workspace_id into the queue again; ERR_NOT_FOUND if it is none. */
MUST_USE bool job_replay(struct ctx *cx, struct tx *tx, int64_t id);
/* Delete a dead letter of cx->workspace_id; ERR_NOT_FOUND if it is none. */
MUST_USE bool job_discard(struct ctx *cx, struct tx *tx, int64_t id);
/* Delete those of cx->workspace_id that were given up JOB_DEAD_KEPT_DAYS ago. */
MUST_USE bool job_dead_forget(struct ctx *cx, struct tx *tx);
/* Delete all of one kind of cx->workspace_id: whose they are cannot be told, and somebody is to be
 * forgotten. */
MUST_USE bool job_dead_forget_kind(struct ctx *cx, struct tx *tx, const char *kind);

struct jobs_options {
    /* A fresh context for one run: its memory, clock, services; no workspace. `user` is the one
     * below. Any thread. */
    struct ctx (*make_ctx)(void *user, arena *a);
    void *user;
    const struct job_kind *kinds; /* must stay; at most JOB_KINDS_MAX */
    int count;
    int threads; /* 0: 2 */
    /* Asked before each run, on any thread; NULL: always. */
    bool (*may_work)(void *user);
};

/* Void the leases of a life before (unless other nodes share the database: then those of nodes that
 * are gone are, every few seconds), make
 * the rows of the periodic kinds, start the threads. False with cx->err set. */
MUST_USE bool jobs_start(struct ctx *cx, const struct jobs_options *options, struct jobs **out);
/* Any thread: something may be due. NULL is fine. */
void jobs_wake(struct jobs *jobs);
/* Finish what is running, end the threads, free. NULL is fine. */
void jobs_stop(struct jobs *jobs);

/* Claim one due job with a row (of any of the kinds) and run it in `cx`, in the caller's thread:
 * for commands and tests. *ran false: nothing is due; *next_ms is then when the next one will be
 * (INT64_MAX: none). False only if the queue itself failed: a job that failed is rescheduled. */
MUST_USE bool job_run_one(struct ctx *cx, const struct job_kind *kinds, int count, bool *ran,
                          int64_t *next_ms);
