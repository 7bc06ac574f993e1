/* consent/consent_inner.h -- shared between the files of this room only. */
#pragma once

#include "consent/consent.h"

/* Append an event with its evidence, sealed under keys of its own. */
MUST_USE bool consent_event_append(struct ctx *cx, struct tx *tx, int64_t consent_id,
                                   int64_t lead_id, int64_t wording_id, int64_t confirmation_id,
                                   enum consent_event_kind kind, const struct evidence *evidence);
/* Work out what lists show under "may be e-mailed" and write it to the lead. */
MUST_USE bool consent_summarise(struct ctx *cx, struct tx *tx, int64_t lead_id);
/* {"purpose":…,"wording_version":…} for a touchpoint. */
str consent_props(struct ctx *cx, const struct wording *w);
/* The person's own confirmed request: entries of that purpose give way, whichever of the ring's
 * keys they were made with. */
MUST_USE bool suppression_lift(struct ctx *cx, struct tx *tx, str address, int64_t channel,
                               int64_t purpose_id);
