/* file/file.h -- files that forms give away: blobs of the database, in chunks. */
#pragma once

#include "db/db.h"

struct file {
    int64_t id, size_bytes, created_ms;
    str name, media_type;
    str sha256; /* of its bytes, in hex; of one that was looked for */
};

struct files {
    struct file *row;
    ptrdiff_t count;
};

/* Store a file of at most LIMIT_UPLOAD_BYTES; the same bytes are stored once. Faults by field
 * "file". */
MUST_USE bool file_add(struct ctx *cx, str name, str media_type, str bytes, int64_t *id);
/* Read `len` bytes of a file from `from` on, which are there; so many of its chunks alone. */
MUST_USE bool file_read(struct ctx *cx, const struct file *file, int64_t from, int64_t len,
                        str *bytes);
/* One without its bytes, in a read of its own; ERR_NOT_FOUND. */
MUST_USE bool file_open(struct ctx *cx, int64_t id, struct file *out);
/* The newest files. */
MUST_USE bool file_list(struct ctx *cx, struct tx *tx, struct files *out);
/* Look for one, without its bytes. */
MUST_USE bool file_find(struct ctx *cx, struct tx *tx, int64_t id, struct file *out, bool *found);
