/* capture/cross_http.h -- forms on other websites: whose pages may show them and send to them.
 *
 * A form has a list of origins (share/share_rules.h). Their pages may hold it in a frame
 * (frame-ancestors) and send JSON to it (CORS, without credentials). A plain form may be posted
 * from anywhere, as everywhere on the web.
 *
 * Sources: Fetch (CORS), CSP Level 3, RFC 6454.
 */
#pragma once

#include "form/form.h"
#include "web/web.h"

extern const struct route cross_routes[];
extern const ptrdiff_t cross_route_count;

/* Note in *rp who may show what is answered, and read it. False: ERR_FORBIDDEN, JSON of a page that
 * is neither ours nor on the form's list. */
MUST_USE bool cross_allow(struct ctx *cx, const struct web_request *rq, const struct form *form,
                          struct web_reply *rp);
/* The form's page was asked for by a frame that may not show it: remember whose. */
void cross_refused(struct ctx *cx, const struct web_request *rq, const struct form *form);
/* Does a browser say that the request comes from a page on the form's list? */
bool cross_listed(const struct web_request *rq, const struct form *form);
/* The page where the form stood, as its script or the browser tells: ours, or on the list; else
 * what the Referer header says. Empty: nobody told. */
str cross_page(struct ctx *cx, const struct web_request *rq, const struct form *form);
/* "?embed=…" for the address that follows where the page is shown in a frame, else empty. */
str cross_query(const struct web_request *rq);
