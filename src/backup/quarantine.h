/* backup/quarantine.h -- a restored database of which it is not known who was erased since.
 *
 * It is opened all the same, but no mail leaves it (what is queued waits) and nothing is exported,
 * until the journal of erasures has been applied or the operator says that there were none. A note
 * in the database, so that every node keeps to it from its next look on.
 *
 * Terms: quarantine, journal of erasures (docs/GLOSSARY.md).
 */
#pragma once

#include "db/db.h"

/* Is it in quarantine? *made_ms: when the restored backup was made (may be NULL). */
MUST_USE bool quarantine_get(struct ctx *cx, struct tx *tx, bool *on, int64_t *made_ms);
/* Put it there; made_ms 0 lifts it. */
MUST_USE bool quarantine_set(struct ctx *cx, struct tx *tx, int64_t made_ms);
/* True if leads may leave as a file; else ERR_FORBIDDEN backup.quarantined. In a transaction of its
 * own. */
MUST_USE bool quarantine_allows_export(struct ctx *cx);
