/* importer/import_store.h -- rows of imports; for importer/ alone. */
#pragma once

#include "importer/import.h"
#include "keys/seal.h"

/* A new one, without its file. */
struct import_draft {
    const struct import *im;
    str head; /* JSON */
    const struct seal_key *key;
};
MUST_USE bool import_store_new(struct ctx *cx, struct tx *tx, const struct import_draft *in);
/* The file is there. */
MUST_USE bool import_store_taken(struct tx *tx, int64_t id, int64_t text_bytes);
/* What a check has found; nothing if something else was chosen meanwhile. */
MUST_USE bool import_store_checked(struct ctx *cx, struct tx *tx, const struct import *im);
/* From im->at_bytes on to a later place; *moved false: somebody else was there, or it was stopped. */
MUST_USE bool import_store_advance(struct ctx *cx, struct tx *tx, const struct import *im,
                                   int64_t at_bytes, int64_t at_line, bool *moved);
MUST_USE bool import_store_count(struct tx *tx, int64_t id, const struct import_done *more);
/* From one state to another, with its file's end; *moved. */
MUST_USE bool import_store_end(struct ctx *cx, struct tx *tx, int64_t id, enum import_state from,
                               enum import_state to, str fault, bool *moved);
/* A refused row as it is stored, made without a transaction. */
str import_refused_body(struct ctx *cx, int64_t id, const struct seal_key *key,
                        const struct import_row *row);
/* One that was written without its wrong values, of which there are some. */
str import_emptied_body(struct ctx *cx, int64_t id, const struct seal_key *key,
                        const struct import_row *row);
/* One that was erased: line and reason, and nothing of the person. */
#define IMPORT_REFUSED_ERASED "imports.refused_erased"
str import_erased_body(struct ctx *cx, int64_t id, const struct seal_key *key, int64_t line);
struct import_kept {
    int64_t line, value_hash;
    str body;
};
MUST_USE bool import_store_kept(struct ctx *cx, struct tx *tx, int64_t id,
                                const struct import_kept *row, ptrdiff_t count);
/* Which of these addresses (0: none) were erased since the file came. */
MUST_USE bool import_store_erased(struct tx *tx, int64_t id, const int64_t *hash, ptrdiff_t count,
                                  bool *erased);
/* Under which a row is kept that came in but for a value. */
int64_t import_lead_hash(struct ctx *cx, int64_t lead_id);
/* {line, reason, column, max} for a report. */
struct value import_refusal_value(struct ctx *cx, const struct import_row *row);
/* Everything of a workspace whose time is over, a few at a time; *more. */
MUST_USE bool import_store_sweep(struct ctx *cx, struct tx *tx, bool *more);
