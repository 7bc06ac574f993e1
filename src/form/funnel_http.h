/* form/funnel_http.h -- who counts: the page's own beacon, and who asks for the sums. */
#pragma once

#include "form/form.h"
#include "web/web.h"

extern const struct route funnel_routes[];
extern const ptrdiff_t funnel_route_count;

/* Is this request one that counts? Not a program's, not a prefetch, not one of a browser that says
 * it does not want to be measured, and only where the form has it switched on. */
bool funnel_counts(const struct web_request *rq, const struct form *form);
/* A visitor looks at the form. */
void funnel_view(struct ctx *cx, const struct web_request *rq, const struct form *form);
