/* form/form_second_look.h -- what deserves a second look before a form goes out, and after. */
#pragma once

#include "base/value.h"
#include "form/form.h"

/* The sentence of each {field, code} in the list. */
void form_warnings_say(struct ctx *cx, struct value list);
/* The warnings of a form's draft, each with field, code and its sentence; also of consent texts
 * that nobody has approved, of the draft and of what visitors see now. Reads the database. */
MUST_USE bool form_second_look(struct ctx *cx, const struct form *f, const struct form_def *draft,
                               struct value *out);
