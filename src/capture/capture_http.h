/* capture/capture_http.h -- the room's routes. */
#pragma once

#include "brand/contact_sender.h"
#include "capture/capture_types.h"
#include "form/form.h"
#include "web/web.h"

extern const struct route public_routes[];
extern const ptrdiff_t public_route_count;
extern const struct route confirm_routes[];
extern const ptrdiff_t confirm_route_count;

/* In place of an address in the cookie of the page after sending: nobody is told it. */
#define SENT_PERSONAL S("@")

/* The published form that the first parameter names, and who sends its mails (sender may be NULL).
 */
MUST_USE bool form_of(struct ctx *cx, const struct web_request *rq, struct form_live *out,
                      struct contact_sender *sender, struct web_reply *rp);
struct submission_new;
/* The version whose texts the visitor's page showed, as far as what he sent says so: into in->form
 * (which is the published one before), with the sender as that version looks. */
MUST_USE bool shown_of(struct ctx *cx, const struct web_request *rq, struct submission_new *in);
/* Its page, with what was typed and what is wrong with it. What is ticked stays so beside the texts
 * of `shown`; NULL: nothing is. */
void form_page_data(struct ctx *cx, const struct web_request *rq, const struct form_live *form,
                    const struct form_live *shown, struct web_reply *rp);
/* That it takes nothing any more. */
MUST_USE bool closed_page(struct ctx *cx, const struct form_live *form, struct web_reply *rp);
extern const struct route personal_routes[];
extern const ptrdiff_t personal_route_count;
/* The page that is answered looks as the form does. */
void wear(struct ctx *cx, const struct form_def *def, struct web_reply *rp);
/* How somebody came, out of a public request. */
struct contact_context contact_context_of(struct ctx *cx, const struct web_request *rq);
/* What the request tells suspicion; the fill time goes into *context. */
struct origin origin_of(struct ctx *cx, const struct web_request *rq, const struct form_live *form,
                        const struct contact_sender *sender, bool is_try,
                        struct contact_context *context);
/* A stamp that nobody else has, and the task that goes with it where the form asks for one. */
void stamp_put(struct ctx *cx, const struct form_live *form, struct value map);
