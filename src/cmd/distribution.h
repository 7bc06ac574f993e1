/* cmd/distribution.h -- where each table stands on a Citus cluster, and why.
 *
 * One table of tables: `zulauf db plan-distribution` prints the statements from it, and
 * tests/unit/test_schema.py holds migrations and queries against it.
 *
 * Distributed: rows are spread over the shards of all workers by a hash of one column; tables
 * distributed alike are co-located, so that a workspace's rows of all tables stand on one worker.
 * Reference: a copy on every node; joins with anything, each write goes to all of them at once.
 * Local: an ordinary table on the coordinator.
 * Source: docs.citusdata.com/en/v13.0/develop (table types, create_distributed_table).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum place { PLACE_REFERENCE, PLACE_DISTRIBUTED, PLACE_LOCAL, PLACE__COUNT };

struct distribution {
    const char *table;
    enum place place;
    const char *column;    /* distributed by it; of a local table: its keys begin with it, so that
                            * it could be; "": none */
    const char *partition; /* partitioned by ranges of it on PostgreSQL; "": not */
    const char *why;
};

/* The table of a number from 0; NULL beyond the last. The first distributed one is what the others
 * are co-located with. */
const struct distribution *distribution_at(int number);
/* The SQL to run on the coordinator once the schema stands, in an order that works; running it
 * again does no harm. Lives in `a`. */
str distribution_plan(arena *a);
