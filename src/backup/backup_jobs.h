/* backup/backup_jobs.h -- planned backups, their rotation, and "back up now". */
#pragma once

#include "jobs/jobs.h"

extern const struct job_kind backup_jobs[];
extern const int backup_job_count;

/* Put a backup into the queue, whatever the plan says; wake the workers after the commit. */
MUST_USE bool backup_ask(struct ctx *cx, struct tx *tx);
