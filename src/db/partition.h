/* db/partition.h -- a table in monthly partitions on PostgreSQL, made ahead and dropped when over.
 *
 * The one place where the running program changes the schema (docs/adr/0016). A table that its
 * migration made PARTITION BY RANGE (a column of milliseconds), with a DEFAULT partition
 * NAME_other, gets one partition a month of UTC, NAME_2026_11 and so on. What lies in no month's
 * partition lies in NAME_other, so that no write ever depends on a partition being there.
 *
 * Two nodes never do it at the same time: each step locks the table against the other first.
 * On SQLite there are no partitions: these functions do nothing, and partition_list finds none.
 *
 * Terms:   partition, default partition (docs/GLOSSARY.md).
 * Sources: PostgreSQL 15, 5.11 "Table Partitioning", "ALTER TABLE" (locks of ATTACH PARTITION),
 *          "LOCK" (a LOCK takes no snapshot, so that what is read after it is what others left).
 */
#pragma once

#include "db/db.h"

struct partitioned {
    const char *table, *column; /* "touchpoint", "at_ms": literals of the program */
};

enum {
    PARTITION_AHEAD = 3,            /* months after this one */
    PARTITION_MOVE_ROWS = 200000,   /* more rows of one month than that stay where they are */
    PARTITION_BACK_MONTHS = 12 * 20 /* rows older than that stay in the default partition */
};

/* One month's partition; until_ms is the next month's first moment. */
struct partition {
    int64_t from_ms, until_ms;
};
struct partitions {
    struct partition *row; /* oldest first */
    ptrdiff_t count;
};

/* The first moment (UTC) of the month of `ms`, `months` later (or, below 0, earlier). */
int64_t partition_month(int64_t ms, int months);
/* See to it that this month (of cx->now_ms) and the PARTITION_AHEAD next ones have partitions. */
MUST_USE bool partition_ahead(struct ctx *cx, const struct partitioned *table);
/* Make the partitions of all months from `from_ms` to `until_ms`: before rows come in in bulk. */
MUST_USE bool partition_cover(struct ctx *cx, const struct partitioned *table, int64_t from_ms,
                              int64_t until_ms);
/* Give partitions to the months that have rows in the default partition, and move them, a month
 * a transaction, while others read and write the rest. */
MUST_USE bool partition_tidy(struct ctx *cx, const struct partitioned *table);
/* The partitions there are, without the default one. */
MUST_USE bool partition_list(struct ctx *cx, const struct partitioned *table,
                             struct partitions *out);
/* Drop the partitions that end at `until_ms` or before, with all their rows; *dropped. */
MUST_USE bool partition_drop(struct ctx *cx, const struct partitioned *table, int64_t until_ms,
                             int *dropped);
