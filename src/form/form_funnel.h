/* form/form_funnel.h -- how a form is walked through: views, starts, submissions, confirmed; where
 * those who began and did not send were last.
 *
 * Sums only. Nothing is stored on a device, nothing is known of a visitor, not even as a hash
 * (§ 25 TDDDG): the same person twice is two views. Counted in memory and written once a second in
 * one transaction, so that a view costs none; a crash loses that second.
 */
#pragma once

#include "form/form.h"
#include "jobs/jobs.h"

struct form_counts;

/* Empty; never taken down. */
struct form_counts *form_counts_new(arena *a);
/* Count one. `counts` NULL: nobody counts. Any thread. */
void form_count_view(struct form_counts *counts, int64_t workspace_id, int64_t form_id);
void form_count_start(struct form_counts *counts, int64_t workspace_id, int64_t form_id);
/* Somebody has left; `key` is a field of the form or "consent". */
void form_count_left(struct form_counts *counts, int64_t workspace_id, int64_t form_id,
                     int64_t version_no, str key);
/* Write what has been counted, by the workspace's day. */
MUST_USE bool form_counts_write(struct ctx *cx, struct form_counts *counts);

extern const struct job_kind form_count_jobs[];
extern const int form_count_job_count;

enum { FUNNEL_DAYS = 30, FUNNEL_DAYS_MAX = 365 };

struct funnel_day {
    int64_t day; /* since 1970 */
    int64_t views, starts, submissions, confirmed;
};
struct funnel_left {
    str key, label; /* label empty: the field's own */
    int64_t times;
};
struct form_funnel {
    bool told; /* submissions and confirmed: to those who see all leads (base/reach.h) */
    struct funnel_day sum;
    struct funnel_day *day; /* the newest first; days without anything are left out */
    ptrdiff_t day_count;
    struct funnel_left *left; /* the fields in the form's order, and "consent" */
    ptrdiff_t left_count;
    int64_t left_sum;
};
/* The last `days` days of a form, today included; `left` of its published version. */
MUST_USE bool form_funnel_load(struct ctx *cx, struct tx *tx, int64_t form_id, int days,
                               struct form_funnel *out);
/* As the API and the form's page show it. */
struct value form_funnel_value(struct ctx *cx, const struct form_funnel *funnel, int days);
