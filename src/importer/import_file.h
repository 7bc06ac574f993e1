/* importer/import_file.h -- the file of an import: sealed in chunks, read piece by piece.
 *
 * It is stored as UTF-8, whatever it came as, so that a place in it is a number of bytes: a run
 * that breaks off goes on there. For importer/ alone.
 */
#pragma once

#include "base/csv_read.h"
#include "db/db.h"
#include "importer/import_types.h"
#include "keys/seal.h"

/* Where a file begins, before it is stored. */
struct import_begin {
    enum import_charset charset;
    ptrdiff_t skip; /* of its bytes */
    char separator;
    str *head; /* names of the columns */
    ptrdiff_t head_count;
};

/* Look at a file's first rows. Faults by field "file". */
MUST_USE bool import_look(struct ctx *cx, str bytes, struct import_begin *out);
/* Store it, chunk by chunk, in several small writes; *text_bytes as UTF-8. */
MUST_USE bool import_store_file(struct ctx *cx, int64_t id, const struct seal_key *key,
                                const struct import_begin *begin, str bytes, int64_t *text_bytes);

/* A file that is being read: a window over it. */
struct import_scan {
    int64_t id, text_bytes, window_at;
    struct seal_key key;
    char *window;
    ptrdiff_t len;
    struct csv_reader reader;
};

/* Open it at a place (0: behind the head). The window is taken from cx->a. */
MUST_USE bool import_scan_open(struct ctx *cx, const struct import *im, struct import_scan *out);
/* The next chunk: rows that were read before are no longer there. *fits false: the row is longer
 * than IMPORT_ROW_BYTES. */
MUST_USE bool import_scan_more(struct ctx *cx, struct import_scan *scan, bool *fits);
/* Where the next row begins. */
int64_t import_scan_place(const struct import_scan *scan);
/* The key of an import's values; false (ERR_INTERNAL) if it does not open. */
MUST_USE bool import_key(struct ctx *cx, const struct import *im, struct seal_key *out);
