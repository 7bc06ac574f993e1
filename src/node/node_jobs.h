/* node/node_jobs.h -- upkeep of what the nodes of a shared database leave behind: receipts.
 *
 * A receipt settles a COMMIT whose answer was lost (docs/adr/0014), which takes seconds; it is kept
 * for an hour. SQLite has one receipt in all, and nothing to purge.
 */
#pragma once

#include "db/db.h"

struct job;

enum { RECEIPT_PURGE_MS = 10 * 60000, RECEIPT_KEPT_MS = 3600000 };

/* Job: delete receipts older than RECEIPT_KEPT_MS, workspace after workspace, some thousands a
 * write. A workspace's last few stay: deleting them would write as many. */
MUST_USE bool receipt_purge_run(struct ctx *cx, const struct job *job);
