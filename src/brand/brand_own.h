/* brand/brand_own.h -- the look of one form: each part differs from the workspace's or is
 * inherited. It stands in the form's definition, so that a version says what was shown.
 *
 * Pure: no I/O.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"
#include "brand/brand_types.h"

struct settings; /* setting/setting.h */

/* Read {"brand_colour","brand_font","address_form","footer_text","logo"}, by the rules that hold
 * for the workspace. Faults are noted with `prefix` ("look.") before the field's name. */
void brand_own_read(struct ctx *cx, struct value in, const char *prefix, struct brand_own *out);
/* The same back as a tree. */
struct value brand_own_value(arena *a, const struct brand_own *own);
/* A copy whose texts come from `a`. */
struct brand_own brand_own_copy(arena *a, const struct brand_own *own);
/* Is there anything that differs? */
bool brand_own_any(const struct brand_own *own);
/* What differs takes the place of the workspace's. `own` may be NULL. */
void brand_wear(arena *a, struct settings *settings, const struct brand_own *own);
