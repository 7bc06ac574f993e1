/* copy/copy.h -- an installation moved from one database to another, whole and proved.
 *
 * Table after table goes over in the order of its key, many rows a transaction. How far each is
 * stands in the target itself (table copy_progress), written with the rows: a copy that broke off
 * goes on where it was. At the end every table is read on both sides, and counts and sums must
 * agree. Until then the target says that it is unfinished, and no server starts on it.
 *
 * What is not copied belongs to the running of one database and not to the installation:
 *
 *     receipt   settles commits whose answer was lost; meaningless elsewhere
 *     node      who makes ids under which number, until when; nobody does in the new database yet
 *     news      which open pages of other nodes are out of date
 *
 * Terms: installation, source, target, sum (db/bulk.h).
 */
#pragma once

#include "db/bulk.h"

/* Who watches; each may be NULL. */
struct copy_watch {
    /* A step begins: `what` is a table's name or "indexes", "check"; total 0: not known. */
    void (*begins)(void *arg, const char *what, int64_t total);
    /* So much of it is done; false breaks the copy off. */
    bool (*done)(void *arg, int64_t count);
    /* It is over. */
    void (*ends)(void *arg, int64_t count);
    void *arg;
    int commit_delay_ms; /* crash tests only */
};

struct copy_result {
    int64_t rows, tables;
    bool resumed;
};

/* Copy everything from `from` (BULK_READ) to `to` (BULK_WRITE), whose schema stands and which is
 * empty, or holds a copy of the same source that broke off. False with a sentence in cx->err:
 * ERR_CONFLICT if the target is neither, if the schemas differ, or if a table is not the same on
 * both sides at the end. */
MUST_USE bool copy_run(struct ctx *cx, struct bulk *from, struct bulk *to,
                       const struct bulk_schema *schema, const struct copy_watch *watch,
                       struct copy_result *out);
/* Is a server running on that database, as its node leases tell? */
MUST_USE bool copy_in_use(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema,
                          bool *in_use);
/* The mark of a database that a copy has not finished: a row of `installation`. */
#define COPY_MARK_NAME  "unfinished"
#define COPY_MARK_VALUE "copy"
