/* takeout/takeout_inner.h -- what the files of the archive share. Not for other rooms.
 *
 *     takeout.c        the archive: quarantine, files
 *     takeout_leads.c  each lead, opened
 *     takeout_tables.c each table, row by row
 *     takeout_open.c   mails and the audit log, opened
 *     takeout_part.c   reading part by part
 */
#pragma once

#include "base/value.h"
#include "db/db.h"
#include "takeout/zip.h"

struct takeout {
    struct ctx *cx;
    struct zip *zip;
    int64_t leads, rows;
};

/* Lines that were read in one snapshot, to be written when it is closed. */
struct takeout_part {
    str *line;
    ptrdiff_t count, max;
    const char *begin; /* of the memory that it takes */
};

/* An empty one for at most `max` lines; all of it is taken from cx->a. */
struct takeout_part takeout_part_new(struct ctx *cx, ptrdiff_t max);
/* Is it to be written before another line is read? */
bool takeout_part_is_full(const struct ctx *cx, const struct takeout_part *part);
/* One more line. */
void takeout_part_add(struct ctx *cx, struct takeout_part *part, struct value line);
/* Write them into the entry that is open; false with cx->err if nobody takes any more. */
MUST_USE bool takeout_part_write(struct takeout *t, const struct takeout_part *part);
/* Part after part, each in memory of its own: `run` reads and writes one, and says in *more whether
 * another may come. */
MUST_USE bool takeout_parts_run(struct takeout *t,
                                bool (*run)(struct takeout *t, void *arg, bool *more), void *arg);
/* The error where the archive is not taken to its end; false. */
bool takeout_nobody_takes(struct ctx *cx);

/* Write dossiers.jsonl. A lead of any size takes the memory of a page of its submissions. */
MUST_USE bool takeout_dossiers(struct takeout *t);
/* Write mails.jsonl and log.jsonl. What opens an account or still confirms something is left out:
 * mails to colleagues, and mails that ask for a confirmation while their link holds. */
MUST_USE bool takeout_mails(struct takeout *t);
MUST_USE bool takeout_log(struct takeout *t);
/* Write tables/NAME.jsonl of each table of the workspace, but for those that open something. */
MUST_USE bool takeout_tables(struct takeout *t);
