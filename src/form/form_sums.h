/* form/form_sums.h -- what is counted through many rows, as of a moment ago.
 *
 * To count a million takes a quarter of a second, and pages that live ask every other second. Such
 * a count is kept for a while: as many milliseconds as there are twenties in it, so that what it
 * may be off by stays far below what anybody sees of it. Small ones are counted each time. Of this
 * process, in memory of a fixed size. Any thread.
 */
#pragma once

#include "base/arena.h"

struct form_sums;

/* In the place of a form's id: what all forms together asked to be confirmed lately. */
enum { FORM_SUMS_ASKED = -1 };

struct form_sum {
    int64_t submissions, confirmed;
};

/* An empty one. */
struct form_sums *form_sums_new(arena *a);
/* What was counted a moment ago; false: nothing. `sums` may be NULL. */
MUST_USE bool form_sums_get(struct form_sums *sums, int64_t workspace_id, int64_t form_id,
                            int64_t now_ms, struct form_sum *out);
/* Keep what was counted now, if it is large. `sums` may be NULL. */
void form_sums_put(struct form_sums *sums, int64_t workspace_id, int64_t form_id, int64_t now_ms,
                   const struct form_sum *sum);
