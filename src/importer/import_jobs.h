/* importer/import_jobs.h -- a file is checked, and written batch by batch; what is over is swept. */
#pragma once

#include "jobs/jobs.h"

enum { IMPORT_CHECK_ATTEMPTS = 4 };

extern const struct job_kind import_jobs[];
extern const int import_job_count;

/* Read the whole file and say what would happen; nothing of a lead is written. */
bool import_check_run(struct ctx *cx, const struct job *job);
/* Write leads from where the import is, for a while; what is left is another job. */
bool import_write_run(struct ctx *cx, const struct job *job);
/* Delete files and refused rows whose time is over. */
bool import_sweep_run(struct ctx *cx, const struct job *job);
