/* lead/lead_trial.h -- leads that colleagues make when they try a form: LEAD_TEST.
 *
 * A state of its own, so that every list, count and permit that asks for active leads leaves them
 * out. Whoever submits a form in earnest with such an address becomes an active lead.
 */
#pragma once

#include "lead/lead.h"

/* A lead that was just created is a colleague's try. */
MUST_USE bool lead_make_test(struct ctx *cx, struct tx *tx, int64_t id);
/* Some of them, newest first. */
MUST_USE bool lead_test_some(struct ctx *cx, struct tx *tx, int limit, struct lead_refs *out);
