/* lead/lead_applicant.h -- people who applied for a job: LEAD_APPLICANT.
 *
 * A state of its own, so that every list, count and permit that asks for active leads leaves them
 * out; MAY_SEE_APPLICANTS lets somebody see them (base/reach.h). An applicant holds no identity:
 * nobody is found by his address, and a customer's lead with the same one is another. He stays an
 * applicant until he is erased: some time after he was turned down, or by hand.
 */
#pragma once

#include "lead/lead.h"

/* A lead that was just created is an applicant. */
MUST_USE bool lead_make_applicant(struct ctx *cx, struct tx *tx, int64_t id);
/* Turned down, or not any more; with its touchpoint. Again is no change. ERR_CONFLICT
 * "lead.not_applicant" for any other lead. */
MUST_USE bool applicant_reject(struct ctx *cx, struct tx *tx, int64_t id, bool rejected);
/* Some of those who were turned down at or before a moment, after an id. */
MUST_USE bool applicant_overdue(struct ctx *cx, struct tx *tx, int64_t before_ms, int64_t after_id,
                                int limit, struct lead_refs *out);
