/* lead/lead_edit.h -- what people and programs want changed about a lead.
 *
 * Read from a tree (an API's JSON or a form's flat fields), checked, then applied in a transaction.
 * What is not named stays as it is; null or empty text clears.
 */
#pragma once

#include "base/value.h"
#include "lead/lead.h"

struct lead_edit {
    bool has_email, has_phase, has_campaign, has_text[SLOT__COUNT];
    str email; /* normalised */
    str text[SLOT__COUNT];
    enum lead_phase phase;
    str lost_reason; /* of PHASE_LOST (lead/lead_phase.h): whoever sets it by hand says why */
    int64_t campaign_id; /* 0: none */
    int64_t version; /* the one that was seen; -1: whatever it is now */
};

/* Read {"email","phase","lost_reason","campaign","version","fields":{…}}, or the fields flat. Faults
 * are noted by field. */
MUST_USE bool lead_edit_read(struct ctx *cx, struct value body, struct lead_edit *out);
/* Then the workspace's own fields, of any type but files, which come with forms alone. What a choice
 * offers is each form's to say: here it is text. */
struct free_fields;
MUST_USE bool lead_edit_read_own(struct ctx *cx, struct value body, const struct free_fields *own,
                                 struct lead_edit *out);
/* Apply it and read the lead again. ERR_CONFLICT "lead.changed" if another version was seen,
 * or field "email" where another lead has that address. A lead must keep a name, an address or
 * a number. */
MUST_USE bool lead_edit_apply(struct ctx *cx, struct tx *tx, int64_t id,
                              const struct lead_edit *edit, struct lead *out);
/* A lead that somebody enters by hand: without any consent, and nothing is sent to it. `id` is
 * made beforehand. ERR_CONFLICT field "email" if the address is known. */
MUST_USE bool lead_create_by_hand(struct ctx *cx, struct tx *tx, int64_t id,
                                  const struct lead_edit *edit, struct lead *out);
