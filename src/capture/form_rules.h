/* capture/form_rules.h -- form definitions: read, checked and written; no I/O. */
#pragma once

#include "base/value.h"
#include "capture/capture_types.h"

/* Read a definition from the API's or the editor's tree: faults are noted with fail_field
 * ("fields.0.key" …). The result borrows from `in`. */
MUST_USE bool form_def_read(struct ctx *cx, struct value in, struct form_def *out);
/* The definition as JSON text, and the tree of it. */
struct value form_def_value(arena *a, const struct form_def *def);
/* Read back what form_def_value wrote. */
MUST_USE bool form_def_parse(struct ctx *cx, str json, struct form_def *out);
/* A copy whose texts come from `a`. *to is zero before. */
void form_def_copy(arena *a, const struct form_def *from, struct form_def *to);
/* a-z, 0-9 and single hyphens inside, at most FORM_SLUG_MAX. */
bool form_slug_ok(str slug);
/* A slug from a name: "Whitepaper Lagerplanung" gives "whitepaper-lagerplanung". */
str form_slug_from(arena *a, str name);
