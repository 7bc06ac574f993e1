/* base/id.h -- 63-bit ids made by the program, and their text.
 *
 *     41 bits  milliseconds since 2020-01-01T00:00:00Z
 *      6 bits  node
 *     16 bits  sequence within the millisecond
 *
 * Ids of one source only grow, whatever the clock does. As text: a type prefix and 13 digits of
 * Crockford base32, "ld_0D8QZ6K3T0R40" (case does not matter, I/L read as 1, O as 0).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#include <stdatomic.h>

struct id_source {
    _Atomic int64_t last; /* the last id given out, or the persisted high-water mark */
    int             node; /* 0..63 */
};

/* Which thing an id names: its text prefix stands in id.c's table. */
enum id_type {
    ID_WORKSPACE, ID_USER, ID_LEAD, ID_FORM, ID_FORM_VERSION, ID_SUBMISSION, ID_TOUCHPOINT, ID_CONSENT,
    ID_WORDING, ID_PURPOSE, ID_MAIL, ID_JOB, ID_SESSION, ID_TOKEN, ID_AUDIT, ID_BLOB, ID_NOTE,
    ID_INVITATION, ID_DOWNLOAD, ID_EVENT, ID__COUNT
};

enum { ID_TEXT_LEN = 16 }; /* "xx_" and 13 digits */

/* The next id; thread-safe. */
int64_t id_next(struct id_source *source, int64_t now_ms);
/* When the id was made, ms UTC. */
int64_t id_time_ms(int64_t id);
/* No id made at that time or later is smaller; 0 before 2020. */
int64_t id_first(int64_t ms);
/* "ld_…"; the absent str for id 0. */
str id_text(arena *a, enum id_type type, int64_t id);
/* False unless `text` is an id of that type. */
MUST_USE bool id_parse(str text, enum id_type type, int64_t *out);
