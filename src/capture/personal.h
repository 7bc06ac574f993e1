/* capture/personal.h -- personal links: a form that asks somebody known only what is not known yet.
 *
 * The link is signed for one lead and one form, and expires. It is no proof of who holds it: people
 * pass links on. So its page shows nothing of the lead (what is known is absent, and not even the
 * address is told), its answers only fill gaps, and what follows goes to the lead's own address.
 */
#pragma once

#include "form/form.h"
#include "lead/lead.h"

/* Whose link it is, and what of the form he is asked (in place). *lead is NULL where the link is
 * none of ours, of this form, in time and of a lead with an address: then the form is as for
 * everybody. */
MUST_USE bool personal_open(struct ctx *cx, str token, struct form_live *form, struct lead **lead);
/* A link of a lead to a published form: {url, form: {id, name}, expires_at}. ERR_CONFLICT where the
 * form is not published, or the lead has no address; ERR_FORBIDDEN where there are no such links.
 */
MUST_USE bool personal_link(struct ctx *cx, str base_url, int64_t lead_id, int64_t form_id,
                            struct value *out);
