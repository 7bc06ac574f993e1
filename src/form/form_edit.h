/* form/form_edit.h -- the editor's form post as the tree the API takes; no I/O.
 *
 * Names are flat: pages.sent.title, field.0.key, field.0.label, field.0.required, field.0.options
 * (one a line), consent.0.purpose, consent.0.text …, and `do` says which button was pressed: save,
 * publish, add_field (with new_field), add_reserve (with new_reserve), add_consent, add_free (with new_label and new_type),
 * add_sample (with new_sample), preview, upload (a chosen file, which the caller stores whatever
 * the button), or up.2, down.2, remove.2, reserve.2, ask.2, remove_consent.1.
 */
#pragma once

#include "base/value.h"
#include "field/free_field.h"

enum edit_step { EDIT_SAVE, EDIT_PUBLISH, EDIT_STAY };

/* The definition as entered, with the pressed button's change applied. EDIT_STAY: show it again,
 * nothing is stored yet. */
struct value form_edit_apply(arena *a, struct value body, enum edit_step *step);

/* The questions of the reserve behind the others, each in their order. */
void form_edit_sort(arena *a, struct value def);
/* A free field of a new key, made of its label: one that neither the form nor the workspace has. */
void form_edit_add_free(arena *a, struct value def, enum field_type type, str label,
                        const struct free_fields *taken);
/* Give the free fields that were added by their key the type and label that the workspace knows. */
void form_edit_know_free(struct value def, const struct free_fields *known);
/* A consent with that text, marked as a sample. */
void form_edit_add_sample(arena *a, struct value def, str purpose, str channel, str text);
