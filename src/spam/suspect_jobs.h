/* spam/suspect_jobs.h -- what nobody has released is deleted when its time is over. */
#pragma once

#include "jobs/jobs.h"

extern const struct job_kind suspect_jobs[];
extern const int suspect_job_count;
