/* clearing/clearing.h -- the end of a workspace: when its seven days are over, all its rows go.
 *
 * Table by table, the last of the migrations first, a few rows in a transaction, so that nobody
 * waits for it and an end of the program in between costs nothing. Which tables there are is read
 * from the migrations when the program is built: a new one cannot be forgotten. Before the first
 * row goes it is noted in the journal of erasures, so that a restored backup lets it go again.
 *
 * People who worked there and nowhere else go with it.
 *
 * Sources: Art. 28(3)(g) DSGVO (erased at the end of the service).
 */
#pragma once

#include "jobs/jobs.h"

/* Job, hourly: every workspace whose time is over. */
MUST_USE bool clearing_run(struct ctx *cx, const struct job *job);
