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
/* All there is of it, opened: lists "tasks", "phases" and "handovers" in `into`. In a read. */
MUST_USE bool sales_record(struct ctx *cx, struct tx *tx, int64_t lead_id, struct value into);
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
/* Does a member see a lead with that owner (base/reach.h)? */
MUST_USE bool care_sees(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t owner_id,
                        bool *sees);
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

/* --- what comes in (for capture/) --- */

struct sales_arrival {
    int64_t lead_id, submission_id, form_id;
    const str *text; /* [SLOT__COUNT]: what was answered */
    bool created;    /* the lead, in this very transaction */
    bool waits;      /* for a confirmation of the address */
    bool has_email;
    bool applicant; /* no owner, no due time; told are those who see applicants */
};
/* Something was sent in: name the owner, set the due time, have people told; or leave that to the
 * confirmation where the form says so. In the submission's transaction. */
MUST_USE bool sales_on_submission(struct ctx *cx, struct tx *tx, const struct sales_arrival *in);
/* The address behind it was confirmed. */
MUST_USE bool sales_on_confirmation(struct ctx *cx, struct tx *tx, const struct sales_arrival *in);

/* --- rules, absences, policy (rule.c) --- */

struct owner_rules {
    struct owner_rule *row;
    ptrdiff_t count;
};
/* In their order. */
MUST_USE bool rule_list(struct ctx *cx, struct tx *tx, struct owner_rules *out);
/* Add one at the end, or change one that is there (ERR_NOT_FOUND). */
MUST_USE bool rule_save(struct ctx *cx, struct tx *tx, const struct owner_rule *rule);
/* ERR_NOT_FOUND if it is not there. */
MUST_USE bool rule_remove(struct ctx *cx, struct tx *tx, int64_t id);
/* One place up or down; at the end of the list it stays. */
MUST_USE bool rule_move(struct ctx *cx, struct tx *tx, int64_t id, bool up);
struct absences {
    struct absence *row;
    ptrdiff_t count;
};
/* Those that are not over on that day. */
MUST_USE bool absence_list(struct ctx *cx, struct tx *tx, int64_t day, struct absences *out);
/* Write one (in->id is made). */
MUST_USE bool absence_add(struct ctx *cx, struct tx *tx, const struct absence *in);
/* ERR_NOT_FOUND if it is not there. */
MUST_USE bool absence_remove(struct ctx *cx, struct tx *tx, int64_t id);
/* What is set, or the default: nobody, within a day, never handed over. */
MUST_USE bool policy_load(struct ctx *cx, struct tx *tx, struct sales_policy *out);
/* Write it. */
MUST_USE bool policy_save(struct ctx *cx, struct tx *tx, const struct sales_policy *in);
/* The workspace's date of an instant, as days since 1970. */
MUST_USE bool sales_day(struct ctx *cx, struct tx *tx, int64_t ms, int64_t *day);
/* Whom the rules name for a lead; 0: nobody. Counts the turn of the rule that did. */
MUST_USE bool rule_owner(struct ctx *cx, struct tx *tx, const struct sales_policy *policy,
                         const str text[SLOT__COUNT], int64_t form_id, int64_t *user_id);

/* --- what a form asks for (arrival.c) --- */

/* What is said of a form, or the default; *said: something is. */
MUST_USE bool handling_load(struct ctx *cx, struct tx *tx, int64_t form_id,
                            struct form_handling *out, bool *said);
/* Write it. */
MUST_USE bool handling_save(struct ctx *cx, struct tx *tx, int64_t form_id,
                            const struct form_handling *in);

/* The forms there are, by name: what rules speak of. */
struct sales_form {
    int64_t id;
    str name;
};
struct sales_forms {
    struct sales_form *row;
    ptrdiff_t count;
};
MUST_USE bool sales_form_list(struct ctx *cx, struct tx *tx, struct sales_forms *out);
/* A form's name; empty and *found false if there is none. */
MUST_USE bool sales_form_name(struct ctx *cx, struct tx *tx, int64_t form_id, str *name,
                              bool *found);
