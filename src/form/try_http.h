/* form/try_http.h -- "Try it out": a published form, opened as a colleague's try.
 *
 * A signed link says so, for this form and a day; the submission and a lead that it makes are
 * marked, mails really go, nothing is counted.
 */
#pragma once

#include "form/form.h"
#include "web/web.h"

enum { TRY_HOURS = 24 };

extern const struct route try_routes[];
extern const ptrdiff_t try_route_count;

/* Does the request come over such a link of this form? False for ERR_GONE: over one that is too
 * old, or of another form; that must not pass for a visitor. */
MUST_USE bool try_of(struct ctx *cx, const struct web_request *rq, int64_t form_id, bool *is_try);
