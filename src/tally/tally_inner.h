/* tally/tally_inner.h -- between the files of tally/, and for its tests: the steps of a count. */
#pragma once

#include "tally/tally.h"

#include "base/tz.h"
#include "tally_sql.h"

/* What a change means: a whole, a day, a source. At most TALLY_PARTS rows; how many. */
enum { TALLY_PARTS = 3 };
int tally_parts(const struct tz *zone, enum tally_kind kind, int64_t about_id, int64_t at_ms,
                str label, int64_t all, int64_t confirmed, struct tally_add_in row[TALLY_PARTS]);

/* The workspace's time zone as it is set; NULL: UTC. */
MUST_USE bool tally_zone(struct ctx *cx, struct tx *tx, str *name, struct tz **zone);

/* A count of a workspace: what the numbers lack of what they count. */
struct tally_count {
    arena empty, own;          /* outlives the pages that are read */
    struct tally_add_in *slot; /* a table by key; `used` says which are taken */
    bool *used;
    ptrdiff_t size, count;
    str zone_name;
    struct tz *zone;
    int64_t zone_ms; /* when it was set */
    int64_t counts;  /* as many were finished when this one read */
    bool stale;      /* something came between: nothing was written */
};

/* The three steps of tally_recount, each a transaction of its own over a struct tally_count, of
 * which `empty` is set. */
tx_fn tally_count_begin, tally_count_read, tally_count_write;
