/* importer/import_batch.h -- some rows of a file at a time; for importer/ alone. */
#pragma once

#include "importer/import_file.h"
#include "importer/import_store.h"
#include "lead/lead.h"

/* Who submits a form waits for the batch that is being written, and for its commit: so long it may
 * take, and so many rows are in the next. */
enum { BATCH_ROWS = 1000, BATCH_FIRST = 250, BATCH_LEAST = 250, BATCH_MS = 30 };

struct import_batch {
    const struct import *im; /* at_bytes: where the batch begins */
    const struct import_plan *plan;
    struct import_row row[BATCH_ROWS];
    str cell[IMPORT_COLUMNS_MAX]; /* of the row that is being read */
    struct lead_known known[BATCH_ROWS]; /* who has a row's address */
    bool erased[BATCH_ROWS];  /* it was erased since the file came */
    bool blocked[BATCH_ROWS]; /* … or ever; with `checking` alone */
    bool checking;
    int count, wanted; /* wanted: at most so many, BATCH_ROWS or less */
    int64_t end_bytes, end_line; /* where the next one begins */
};

enum batch_end {
    BATCH_FULL,  /* or the window is at its end: more may follow */
    BATCH_LAST,  /* the file is at its end, or is not to be read any further: *fault */
};

/* How many rows the next batch has, after one of `count` rows that took so long. */
int import_batch_next(int wanted, int count, int64_t took_ms);
/* Read up to b->wanted rows and whose addresses they have. Rows are borrowed from the window and
 * from cx->a. *fault: an i18n key, with *fault_line. */
MUST_USE bool import_batch_read(struct ctx *cx, struct import_scan *scan, struct import_batch *b,
                                enum batch_end *end, const char **fault, int64_t *fault_line);
/* Why a row is not to be written to the lead that has its address; NULL: it is. */
const char *import_known_refused(const struct import *im, const struct lead_known *known);
