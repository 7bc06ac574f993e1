/* capture/form_edit.h -- the editor's form post as the tree the API takes; no I/O.
 *
 * Names are flat: field.0.key, field.0.label, field.0.required, field.0.options (one a line),
 * consent.0.purpose, consent.0.text …, and `do` says which button was pressed: save, publish,
 * add_field (with new_field), add_consent, upload (a chosen file, which the caller stores whatever
 * the button), or up.2, down.2, remove.2, remove_consent.1.
 */
#pragma once

#include "base/value.h"

enum edit_step { EDIT_SAVE, EDIT_PUBLISH, EDIT_STAY };

/* The definition as entered, with the pressed button's change applied. EDIT_STAY: show it again,
 * nothing is stored yet. */
struct value form_edit_apply(arena *a, struct value body, enum edit_step *step);
