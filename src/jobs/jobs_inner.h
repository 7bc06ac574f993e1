/* jobs/jobs_inner.h -- the queue (job_store.c) as its workers (jobs.c) see it. */
#pragma once

#include "jobs/jobs.h"

enum { JOB_MAX_ATTEMPTS = 8, JOB_ERROR_BYTES = 500 };

/* A claimed job and its kind. */
struct job_claimed {
    struct job job;
    const struct job_kind *kind; /* NULL: nothing was due */
};

/* Void all leases, unless other nodes share the database, and make the rows of the periodic
 * kinds. */
MUST_USE bool job_queue_prepare(struct ctx *cx, const struct job_kind *kinds, int count);
/* Claim the job that is due first; else *next_ms is when the next one will be. */
MUST_USE bool job_queue_claim(struct ctx *cx, const struct job_kind *kinds, int count,
                              struct job_claimed *out, int64_t *next_ms);
/* Run it and write down what became of it. False only if the latter failed. */
MUST_USE bool job_queue_run(struct ctx *cx, const struct job_claimed *claimed);
/* Give back what somebody claimed and did not finish: the lease ran out, or its node is gone. */
MUST_USE bool job_queue_sweep(struct ctx *cx, const struct job_kind *kinds, int count);
/* Run a kind's function in cx; a full arena is its failure. */
MUST_USE bool job_call(struct ctx *cx, const struct job_kind *kind, const struct job *job);
