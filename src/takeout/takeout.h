/* takeout/takeout.h -- everything of one workspace in one archive, for whom it belongs to.
 *
 * A ZIP: README.txt; dossiers.jsonl, a line for each lead with its consents and their evidence,
 * submissions and history, opened with the keys; likewise quarantine.jsonl, mails.jsonl and
 * log.jsonl, and the files that leads sent in; and tables/NAME.jsonl, every table's rows as they
 * stand, bytes in base64. Nothing of another workspace, and nothing that opens something (keys of
 * leads, hashes of tokens, mails with links to accounts or to confirm with). What the tables hold
 * sealed stays sealed there.
 *
 * Rows are read in the order of their keys, a part at a time, each in a snapshot of its own, which
 * is closed before anything of it is handed out: how slowly the archive is taken concerns nobody
 * else. What is there from beginning to end is in it; what is written meanwhile may be in one table
 * and not yet in another.
 *
 * Sources: Art. 28(3)(g) DSGVO (handed back at the end of the service), Art. 20 (a common format).
 */
#pragma once

#include "base/ctx.h"

/* Write the archive of cx->workspace_id, and an audit entry for it. A whole use case. False with
 * cx->err: ERR_UNAVAILABLE if nobody takes any more, and the archive is not whole. */
MUST_USE bool takeout_run(struct ctx *cx, bytes_out *write, void *to);
