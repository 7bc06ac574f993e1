/* cmd/progress.h -- how far a long command is: a bar on a terminal, plain lines elsewhere; on
 * standard error, so that results may be piped.
 */
#pragma once

#include "base/base.h"

struct progress {
    const char *what; /* "leads", "lead_word" */
    int64_t total, told_ms, began_ms;
    int told_pct;
    bool terminal, shown;
};

/* Begin; total 0: not known. */
void progress_begin(struct progress *p, const char *what, int64_t total);
/* So much is done: told at most ten times a second, elsewhere at each tenth of the way. */
void progress_at(struct progress *p, int64_t done);
/* It is over: the bar goes, a line stays. */
void progress_end(struct progress *p, int64_t done);
/* 1234567 as "1,234,567"; `to` has room for 32 characters. */
const char *progress_number(int64_t n, char to[32]);
