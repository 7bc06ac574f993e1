/* importer/import_batch.h -- some rows of a file at a time; for importer/ alone. */
#pragma once

#include "importer/import_file.h"
#include "importer/import_store.h"
#include "lead/lead.h"

enum { BATCH_ROWS = 250 }; /* in one transaction: some 20 ms, so that submissions hardly wait */

struct import_batch {
    const struct import *im; /* at_bytes: where the batch begins */
    const struct import_plan *plan;
    struct import_row row[BATCH_ROWS];
    struct lead_known known[BATCH_ROWS]; /* who has a row's address */
    int count;
    int64_t end_bytes, end_line; /* where the next one begins */
};

enum batch_end {
    BATCH_FULL,  /* or the window is at its end: more may follow */
    BATCH_LAST,  /* the file is at its end, or is not to be read any further: *fault */
};

/* Read up to BATCH_ROWS rows and whose addresses they have. Rows are borrowed from the window and
 * from cx->a. *fault: an i18n key, with *fault_line. */
MUST_USE bool import_batch_read(struct ctx *cx, struct import_scan *scan, struct import_batch *b,
                                enum batch_end *end, const char **fault, int64_t *fault_line);
/* Why a row is not to be written to the lead that has its address; NULL: it is. */
const char *import_known_refused(const struct import *im, const struct lead_known *known);
