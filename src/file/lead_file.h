/* file/lead_file.h -- files that people sent in with a form: theirs, and private.
 *
 * A file is taken in before its submission, in chunks, sealed with a key of its own; the
 * submission's transaction gives it to the lead by sealing that key with the lead's. So nothing
 * large is written while others wait, and what nobody gets is swept away after an hour. Erasing the
 * lead's key shuts the file in every copy; its rows go with the lead.
 *
 * Served to those who may read the lead, as an attachment, never under a public address.
 */
#pragma once

#include "db/db.h"
#include "file/file_kind.h"
#include "keys/seal.h"

enum {
    LEAD_FILE_NAME_MAX = 120,
    LEAD_FILES_SHOWN = 100,
    LEAD_FILE_STALE_MS = 3600 * 1000, /* nobody's for so long: nobody's for ever */
};

struct lead_file_new {
    str field, name, media_type, bytes; /* name cleaned; at most LEAD_FILE_NAME_MAX */
};

/* Taken in, and to be given to a lead. */
struct lead_file_taken {
    int64_t id;
    str name;
    struct seal_key key;
};

struct lead_file {
    int64_t id, submission_id, size_bytes, created_ms;
    str field, media_type;
    str name; /* absent: the lead's key was erased */
};

struct lead_files {
    struct lead_file *row;
    ptrdiff_t count;
};

/* Take a file in: a whole use case, in several small writes. */
MUST_USE bool lead_file_take(struct ctx *cx, const struct lead_file_new *in,
                             struct lead_file_taken *out);
/* Give it to a lead, whose key this is; ERR_UNAVAILABLE if it has been swept away. */
MUST_USE bool lead_file_give(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file,
                             int64_t lead_id, const struct seal_key *lead_key,
                             int64_t submission_id);
/* Keep it for a submission that is held back, until that goes; ERR_UNAVAILABLE as above. */
MUST_USE bool lead_file_hold(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file,
                             int64_t submission_id);
/* A lead's, newest first, at most LEAD_FILES_SHOWN. */
MUST_USE bool lead_file_list(struct ctx *cx, struct tx *tx, int64_t lead_id,
                             struct lead_files *out);
/* One of a lead's with its bytes; ERR_NOT_FOUND. */
MUST_USE bool lead_file_read(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id,
                             struct lead_file *out, str *bytes);
/* Delete one; ERR_NOT_FOUND. */
MUST_USE bool lead_file_remove(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id);
/* Delete all of a lead. */
MUST_USE bool lead_file_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);
/* How many bytes came in since a moment. */
MUST_USE bool lead_file_bytes_since(struct ctx *cx, struct tx *tx, int64_t since_ms,
                                    int64_t *bytes);
/* Delete some that nobody got; *swept. */
MUST_USE bool lead_file_sweep(struct ctx *cx, struct tx *tx, int limit, int64_t *swept);

/* How many all leads of the workspace have. */
MUST_USE bool lead_file_count(struct ctx *cx, struct tx *tx, int64_t *count);
/* The next files of the workspace behind (lead_id, id), for whoever takes everything along. */
struct lead_file_refs {
    struct lead_file_ref {
        int64_t lead_id, id;
    } * row;
    ptrdiff_t count;
};
MUST_USE bool lead_file_page(struct ctx *cx, struct tx *tx, int64_t after_lead_id, int64_t after_id,
                             int limit, struct lead_file_refs *out);
