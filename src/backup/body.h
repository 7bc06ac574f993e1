/* backup/body.h -- what of a database goes into an archive: one table row a kind of body.
 *
 * BODY_SQLITE is the database's file, copied while others write. BODY_ROWS, one snapshot's rows of
 * every table, is for engines that are not a file (backup/body_rows.h). Either is put back as a
 * SQLite database.
 *
 * Terms: body (docs/GLOSSARY.md).
 */
#pragma once

#include "backup/archive.h"
#include "db/db.h"

struct bulk;

/* A body being made. */
struct body_dump {
    int64_t body_bytes; /* -1: not known before it is read */
    str path;           /* of the archive */
    struct bulk *bulk;  /* rows: the snapshot */
    str copy;           /* SQLite: a temporary file beside the archive */
    int fd; /* -1: none */
};

struct body_kind {
    const char *engine;
    /* Bytes that are needed beside the archive's path, before anything is begun. */
    bool (*need)(struct ctx *cx, int64_t *bytes);
    /* Hold the database still, or copy it; what is committed before is in it. */
    bool (*open)(struct ctx *cx, str archive_path, struct body_dump *dump);
    /* All of it into the archive. */
    bool (*pour)(struct ctx *cx, struct body_dump *dump, struct archive_writer *to,
                 const struct archive_watch *watch);
    /* Let go; after a failed open, too. Twice is nothing. */
    void (*close)(struct body_dump *dump);
    /* Make the database of `folder` (new, empty) out of the archive, durably. */
    bool (*restore)(struct ctx *cx, struct archive_reader *from, const struct pair_secret *key,
                    str folder, const struct archive_watch *watch);
};

/* The kind, or NULL where this version cannot make or read it. */
const struct body_kind *body_kind_of(enum archive_body body);
/* Which one the open database of cx is backed up as. */
enum archive_body body_of_database(struct ctx *cx);
