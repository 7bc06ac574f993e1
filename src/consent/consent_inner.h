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
/* The keyed hash under which an address stands in the suppression list. */
str suppression_hash(struct ctx *cx, str address);
