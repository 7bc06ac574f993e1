/* lead/lead_history.h -- what stood in a lead's fields before. */
#pragma once

#include "lead/lead.h"

struct field_change {
    int64_t id, at_ms, user_id; /* user 0: nobody of ours */
    str field;
    str before; /* absent: the key was erased */
};
struct field_changes {
    struct field_change *row;
    ptrdiff_t count;
};

/* The newest changes first, older than before_id (0: from the newest), at most `limit`. */
MUST_USE bool field_change_list(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id,
                                int limit, struct field_changes *out);

struct addresses {
    str *email;
    ptrdiff_t count;
    int64_t before_id; /* of the page behind this one; 0: there is none */
};
/* The addresses that a lead had before its present one, by pages from before_id (0: the newest);
 * none if its key does not open. */
MUST_USE bool lead_former_addresses(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                    int64_t before_id, struct addresses *out);

/* Which of a lead's fields have changed since then, by anybody but visitors; those of no slot are
 * left out. */
MUST_USE bool field_changed_since(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t since_ms,
                                  bool changed[SLOT__COUNT]);
