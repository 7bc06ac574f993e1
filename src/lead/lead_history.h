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
