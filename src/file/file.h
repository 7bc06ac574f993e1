/* file/file.h -- files that forms give away: blobs of the database, in chunks. */
#pragma once

#include "db/db.h"

struct file {
    int64_t id, size_bytes, created_ms;
    str name, media_type;
};

struct files {
    struct file *row;
    ptrdiff_t count;
};

/* Store a file of at most LIMIT_UPLOAD_BYTES; the same bytes are stored once. Faults by field
 * "file". */
MUST_USE bool file_add(struct ctx *cx, str name, str media_type, str bytes, int64_t *id);
/* Read a file with its bytes; ERR_NOT_FOUND. */
MUST_USE bool file_read(struct ctx *cx, int64_t id, struct file *out, str *bytes);
/* The newest files. */
MUST_USE bool file_list(struct ctx *cx, struct tx *tx, struct files *out);
/* Look for one, without its bytes. */
MUST_USE bool file_find(struct tx *tx, int64_t id, struct file *out, bool *found);
