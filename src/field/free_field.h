/* field/free_field.h -- a workspace's own fields, made by publishing a form that asks them.
 *
 * Their answers stand in the text slots of the lead's row behind the standard fields. A key keeps
 * its slot for ever, so that the same question on two forms fills the same place.
 */
#pragma once

#include "db/db.h"
#include "field/field.h"

struct free_field {
    str key, label;
    str options; /* of a choice, one a line */
    enum field_type type;
    enum field_slot slot;
};

struct free_fields {
    struct free_field *row;
    ptrdiff_t count;
};

enum { FREE_FIELDS_MAX = SLOT__COUNT - SLOT__STANDARD, FREE_OPTIONS_BYTES = 8000 };

/* The workspace's own fields, by slot. */
MUST_USE bool free_field_list(struct ctx *cx, struct tx *tx, struct free_fields *out);
/* The slot of that key: its own, or the first that is free. Its label becomes `label`;
 * `options` (one a line) come before those that earlier forms gave it. Faults by field
 * `at`: another type ("form.free_type"), no slot left ("form.free_full"). */
MUST_USE bool free_field_ensure(struct ctx *cx, struct tx *tx, str at, str key,
                                enum field_type type, str label, str options,
                                enum field_slot *slot);
/* The field of that slot; NULL if it is none. */
const struct free_field *free_field_at(const struct free_fields *fields, enum field_slot slot);
/* The field of that key; NULL if there is none. */
const struct free_field *free_field_find(const struct free_fields *fields, str key);
/* One line of `*rest` after the other; false when there is no more. */
bool free_option_next(str *rest, str *option);
