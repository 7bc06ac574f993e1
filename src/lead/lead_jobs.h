/* lead/lead_jobs.h -- the room's background work: touchpoints by months, and the end of old ones.
 *
 *     touchpoint.keep   each day: partitions are made ahead (PostgreSQL), and what is older than
 *                       its workspace keeps touchpoints goes. A partition whose month is over for
 *                       every workspace is dropped as a whole; else, and on SQLite, rows are
 *                       deleted a few at a time, so that nobody waits.
 *
 * Whole months go: what the setting touchpoint_keep_months says is the least that is kept.
 */
#pragma once

#include "jobs/jobs.h"

extern const struct job_kind lead_jobs[];
extern const int lead_job_count;

/* Before the server is ready: this month and the next ones have their partitions. What fails is
 * told and no reason not to start: rows find their place without. */
void touchpoint_partitions_ahead(struct ctx *cx);
/* Before years of touchpoints come in in bulk: the months of the last three have theirs. Those that
 * turn out to be over are dropped by the job. */
void touchpoint_partitions_past(struct ctx *cx);
/* The moment before which a workspace keeps no touchpoint; 0: it keeps all. Pure. */
int64_t touchpoint_keep_from(int64_t now_ms, int64_t months);
