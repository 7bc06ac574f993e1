/* backup/archive_head.h -- what stands at the beginning of a backup, in the open.
 *
 *      0   8  "ZULAUFBK"
 *      8   4  version of the format, 1
 *     12   4  length of the manifest in bytes, at most ARCHIVE_MANIFEST_BYTES
 *     16      the manifest: JSON
 *             sealed only: the key, sealed to the public key (80), and the head of the pieces (24)
 *             pieces: 4 bytes of length, 1 to ARCHIVE_PIECE_BYTES (and 17 more where it is sealed),
 *             then as many bytes; the pieces' contents together are one zstd frame, the body
 *          4  0: no more pieces
 *          8  length of the body, unpacked
 *         32  SHA-256 of everything before
 *
 * Integers are big-endian. The hash shows accidents and cuts; only a sealed backup shows who could
 * not have made it, and even that one anybody who has the public key.
 *
 * Pure: no I/O, no clock.
 * Terms: backup, manifest, body, key ring mark (docs/GLOSSARY.md). Sources: RFC 8878 (zstd).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "keys/keys.h"

enum {
    ARCHIVE_VERSION = 1,
    ARCHIVE_START_BYTES = 16,
    ARCHIVE_MANIFEST_BYTES = 16 << 10, /* a dozen short texts */
    ARCHIVE_PIECE_BYTES = 128 << 10,
};

/* What the body is. */
enum archive_body {
    BODY_SQLITE, /* the database's file */
    BODY_ROWS,   /* a stream of the tables' rows */
    BODY__COUNT
};

struct manifest {
    str program;    /* version that made it, "0.1.0" */
    int64_t schema; /* number of the last migration */
    str engine;     /* "sqlite", "postgresql" */
    enum archive_body body;
    bool sealed;
    str seal_to;        /* the public key it is sealed to; "" if it is not */
    str key_mark;       /* of the key ring it belongs to (keys/keys.h) */
    int64_t made_ms;    /* taken before the copy began: what is older is in it */
    bool scheduled;     /* made by the plan: rotation may delete it */
    int64_t body_bytes; /* unpacked; -1 where that was not known beforehand */
    int64_t leads, workspaces;
};

/* "sqlite", "rows". */
const char *archive_body_name(enum archive_body body);

/* The first bytes of the file and the manifest. */
str archive_head_text(arena *a, const struct manifest *m);

enum archive_fault {
    ARCHIVE_OK,
    ARCHIVE_SHORT,   /* more bytes are needed; *need says how many in all */
    ARCHIVE_STRANGE, /* no backup of ours */
    ARCHIVE_NEWER,   /* of a format that this program does not know */
    ARCHIVE_DAMAGED, /* ours, and not whole */
};

/* Read the head at the beginning of `bytes` (as many as there are). */
enum archive_fault archive_head_read(arena *a, str bytes, struct manifest *out, ptrdiff_t *need);
