/* sales/sales_value.h -- the work on leads as the API and the pages tell it; for sales/ alone. */
#pragma once

#include "base/tz.h"
#include "base/value.h"
#include "sales/sales.h"

/* {"id":"ts_…","title","lead":{"id","name"},"assignee":{"id","name"},"due_at","overdue","done_at",
 * "created_at"} */
struct value task_value(struct ctx *cx, const struct task *task);
/* {"id","name","company","phase","handling","due_at","overdue","last_at"} */
struct value care_row_value(struct ctx *cx, const struct care_row *row);
/* {"at","from","to","lost_reason","note","by"} of each move, newest first. */
struct value phase_events_value(struct ctx *cx, struct tx *tx, int64_t lead_id, bool *ok);
/* {"at","from","to","cause","by"} of each handover, newest first. */
struct value handovers_value(struct ctx *cx, const struct handovers *list);
/* Who may look after leads: [{"id","name","you"}]. */
MUST_USE bool owners_value(struct ctx *cx, struct tx *tx, struct value *out);
/* Names of an enum as a list of texts. */
struct value phases_value(struct ctx *cx);
struct value handlings_value(struct ctx *cx);
struct value lost_reasons_value(struct ctx *cx);
/* The workspace's zone; NULL: UTC. */
MUST_USE bool sales_zone(struct ctx *cx, struct tx *tx, struct tz **out);
