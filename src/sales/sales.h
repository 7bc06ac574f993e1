/* sales/sales.h -- nobody is overlooked: who looks after a lead, until when, and what is to be
 * done.
 *
 * A lead has one owner at a time, a handling (new, in work, done) and, where somebody waits for an
 * answer, a due time. Rules name the owner in the transaction in which a lead comes in; whoever is
 * to know of it is told by mail, in a job of its own. What happened is kept: handovers, phases.
 *
 * Sales people change their own leads and take those that nobody has; marketing and administrators
 * change all.
 *
 * Terms: owner, handling, due time, handover, rule (docs/GLOSSARY.md).
 */
#pragma once

#include "base/value.h"
#include "db/db.h"
#include "lead/lead.h"
#include "sales/sales_types.h"

/* --- a lead's page --- */

/* What the lead's page shows of it: {owners, may_edit, tasks, phases, handovers, …}. In a read. */
MUST_USE bool sales_panel(struct ctx *cx, struct tx *tx, const struct lead *lead,
                          struct value *out);
/* Erase a lead's tasks, handovers, and the mails to colleagues that tell of it. */
MUST_USE bool sales_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);

/* --- owner, handling, due time --- */

struct care_change {
    bool has_owner, has_handling, has_due;
    int64_t owner_id; /* user; 0: nobody */
    enum lead_handling handling;
    int64_t due_ms; /* 0: none */
};
/* Change what is named, with history and touchpoints. A lead that is done has no due time any more.
 * ERR_FORBIDDEN "sales.not_yours" for who may not; field "owner" if that is no member. */
MUST_USE bool care_apply(struct ctx *cx, struct tx *tx, int64_t lead_id,
                         const struct care_change *change, enum handover_cause cause);
/* May the actor change this lead's handling? ERR_FORBIDDEN "sales.not_yours" if not. */
MUST_USE bool care_allowed(struct ctx *cx, struct tx *tx, int64_t owner_id);
/* Who is a member here and not disabled; *found. `name` and `email` may be NULL. */
MUST_USE bool care_member(struct ctx *cx, struct tx *tx, int64_t user_id, str *name, str *email,
                          enum lang *lang, bool *found);
/* The newest handovers of a lead. */
struct handovers {
    struct handover *row;
    ptrdiff_t count;
};
MUST_USE bool handover_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct handovers *out);

/* A page of one person's open leads, by due time. */
struct care_row {
    int64_t id, due_ms, last_ms, created_ms;
    str name, company;
    enum lead_phase phase;
    enum lead_handling handling;
};
struct care_rows {
    struct care_row *row;
    ptrdiff_t count;
};
MUST_USE bool care_mine(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t after_due,
                        int64_t after_id, int limit, struct care_rows *out);
/* How many of them are overdue; at most 100. */
MUST_USE bool care_overdue(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t *count);

/* --- tasks --- */

struct task_new {
    int64_t id, lead_id, due_ms, assignee_id;
    str title;
};
/* Add one. The assignee is a member (field "assignee"), and the actor may change the lead. */
MUST_USE bool task_create(struct ctx *cx, struct tx *tx, const struct task_new *in);
/* Done, or open again; ERR_NOT_FOUND. */
MUST_USE bool task_set_done(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id, bool done);
/* A lead's tasks: open ones by due time, then those that are done. */
MUST_USE bool task_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct tasks *out);
/* One person's open tasks, by due time; at most LIMIT_LIST_PAGE. */
MUST_USE bool task_mine(struct ctx *cx, struct tx *tx, int64_t user_id, struct tasks *out);
