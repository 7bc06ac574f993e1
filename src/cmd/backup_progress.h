/* cmd/backup_progress.h -- how far packing or unpacking is, told to wherever a command's output
 * goes: a bar on a terminal, plain lines elsewhere. (cmd/progress.h is for work of one's own
 * process.)
 */
#pragma once

#include "cmd/command.h"

struct backup_progress {
    struct ctx *cx;
    struct command_out *out;
    bool bar;
    const char *what; /* "packing" */
    int shown_pct;    /* -1: nothing yet */
};

/* For struct archive_watch: `to` is a struct backup_progress. False if nobody reads any more, or
 * the server is being stopped. */
bool backup_progress_step(void *to, int64_t done, int64_t all);
/* The bar's line ends. */
void backup_progress_end(struct backup_progress *p);
