/* sales/sales_jobs.h -- who is told of a lead, and what happens when nobody acts in time. */
#pragma once

#include "jobs/jobs.h"

/* Names of jobs: they stand in rows. */
#define JOB_SALES_NOTICE   "sales.notice"
#define JOB_SALES_RECEIVED "sales.received"

extern const struct job_kind sales_jobs[];
extern const int sales_job_count;

/* Tell colleagues of a submission, as its form asks for it. */
bool sales_notice_run(struct ctx *cx, const struct job *job);
/* Tell the sender that it has arrived; at most RECEIVED_A_DAY a day. */
bool sales_received_run(struct ctx *cx, const struct job *job);
/* Remind of what is overdue, and hand it over where the workspace says so. */
bool sales_due_run(struct ctx *cx, const struct job *job);

enum { RECEIVED_A_DAY = 3 };
