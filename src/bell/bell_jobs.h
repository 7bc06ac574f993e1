/* bell/bell_jobs.h -- trouble of the house told to those who can do something, and old notices
 * forgotten. */
#pragma once

#include "jobs/jobs.h"

extern const struct job_kind bell_jobs[];
extern const int bell_job_count;
