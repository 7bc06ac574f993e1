/* importer/import.h -- leads from a file of rows: taken in, checked, then written by a job.
 *
 * 1. A file is stored, sealed; its columns are proposed.
 * 2. Somebody says what they mean; a job reads it all and says what would happen.
 * 3. Somebody starts it: a job writes it in batches. How far it is stands in the import's row and
 *    moves with the batch, so that a row is written once, whatever ends the job.
 *
 * An import gives no consent: nobody may be mailed because of it, and no mail ever follows from one,
 * not even the question whether he wants any. Whoever is on the suppression list stays there. Who is
 * erased does not come back by a file that was there before; by a newer one he does, and stays
 * blocked.
 *
 * The file is deleted with the end of the run, or after IMPORT_WAITS_MS; rows that were refused stay
 * sealed for IMPORT_KEPT_DAYS, and go with a lead that is erased.
 *
 * Terms: import, refused row, origin (docs/GLOSSARY.md).
 * Sources: § 7 UWG (asking for consent by mail is advertising); Art. 5(1)(c), (e) DSGVO.
 */
#pragma once

#include "db/db.h"
#include "field/free_field.h"
#include "importer/import_types.h"

#define JOB_IMPORT_CHECK "import.check"
#define JOB_IMPORT_RUN   "import.run"

struct import_upload {
    str file_name, bytes, source;
    int64_t campaign_id, owner_id; /* 0: none */
};

/* Store a file, and propose what its columns mean: a whole use case. Faults by field "file",
 * "campaign", "owner", "source". */
MUST_USE bool import_take(struct ctx *cx, const struct import_upload *in, int64_t *id);
/* Read one; ERR_NOT_FOUND. */
MUST_USE bool import_load(struct ctx *cx, struct tx *tx, int64_t id, struct import *out);

struct imports {
    struct import *row;
    ptrdiff_t count;
    bool more; /* behind last_id */
    int64_t last_id;
};
/* Newest first, older than an id (0: from the newest). Who sees only his own leads sees only his own
 * imports, here and in import_load: a file may hold anybody. */
MUST_USE bool import_list(struct ctx *cx, struct tx *tx, int64_t before_id, int limit,
                          struct imports *out);

/* The first rows of the file, as they stand there; nothing once it is deleted. A use case. */
struct import_sample {
    struct {
        str *cell;
        ptrdiff_t count;
    } row[5];
    int count;
};
MUST_USE bool import_sample(struct ctx *cx, const struct import *im, struct import_sample *out);

struct import_wish {
    str *key; /* a field's key for each column, empty: ignored */
    ptrdiff_t count;
    enum import_known known;
    enum import_wrong wrong;
    str source;
    int64_t campaign_id, owner_id;
};
/* Say what the columns mean, and have the file checked. Faults by field "columns", "campaign",
 * "owner", "source"; ERR_CONFLICT where it runs or has run. Wake the jobs after the commit. */
MUST_USE bool import_order(struct ctx *cx, struct tx *tx, int64_t id,
                           const struct import_wish *wish);
/* Start it, for the actor of the context. ERR_CONFLICT: it was not checked, or another one runs. */
MUST_USE bool import_start(struct ctx *cx, struct tx *tx, int64_t id);
/* Stop one that runs; forget one that does not run yet, with its file. *gone: nothing is left. */
MUST_USE bool import_stop(struct ctx *cx, struct tx *tx, int64_t id, bool *gone);

/* --- refused rows --- */

struct import_refusal {
    int64_t line;
    const char *reason; /* i18n key; of a row that was written: of its first wrong value */
    ptrdiff_t column;   /* -1: the whole row */
    int max;
    bool written; /* it came in, without the values that were wrong */
    struct import_fault *wrong; /* of stored rows alone */
    ptrdiff_t wrong_count;
    str *cell; /* of refused rows alone */
    ptrdiff_t cell_count;
};
struct import_refusals {
    struct import_refusal *row;
    ptrdiff_t count;
    int64_t last_line; /* of a full page: more may follow; else 0 */
};
/* A page of the rows that the run refused, behind a line. */
MUST_USE bool import_refused_list(struct ctx *cx, struct tx *tx, const struct import *im,
                                  int64_t after_line, int limit, struct import_refusals *out);
/* What the check has found, from im->report. */
void import_report_read(struct ctx *cx, const struct import *im, struct import_refusals *out);
/* Forget what was refused with an address: its lead is erased. */
MUST_USE bool import_erase(struct ctx *cx, struct tx *tx, str email);
/* … and what was kept of rows that came in but for a value. */
MUST_USE bool import_erase_lead(struct ctx *cx, struct tx *tx, int64_t lead_id);
/* Files that wait or are being written do not bring an address back: its lead is erased. */
MUST_USE bool import_forbid(struct ctx *cx, struct tx *tx, str email);

/* What a mapping means with the fields there are; false: a column is none (field "columns"). */
MUST_USE bool import_plan_make(struct ctx *cx, const struct free_fields *own, const str *key,
                               ptrdiff_t count, struct import_plan *out);
/* The strings of a JSON list. */
void import_strings(struct ctx *cx, str json, str **out, ptrdiff_t *count);
