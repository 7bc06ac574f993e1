/* backup/archive.h -- one file that holds a backup: written in one go, read in one go.
 *
 * Whatever the size of the body, both take a few hundred kilobytes of the arena and what zstd
 * needs. A file has its name only when it is whole and on the disk; until then it is NAME.part.
 *
 * Terms: backup, manifest, body, sealed backup (docs/GLOSSARY.md).
 */
#pragma once

#include "backup/archive_head.h"
#include "base/ctx.h"

/* --- writing --- */

struct archive_writer;

/* Begin `path` (absolute), sealed to `to` unless that is NULL. False with cx->err set:
 * backup.exists, backup.not_written. Ends with the context at the latest: what has not been
 * committed by then is removed. */
MUST_USE bool archive_create(struct ctx *cx, str path, const struct manifest *manifest,
                             const struct pair_public *to, struct archive_writer **out);
/* The next bytes of the body. */
MUST_USE bool archive_put(struct ctx *cx, struct archive_writer *w, const void *bytes,
                          ptrdiff_t len);
/* No more body: give the file its name, durably; *file_bytes its size. */
MUST_USE bool archive_commit(struct ctx *cx, struct archive_writer *w, int64_t *file_bytes);
/* Close; without archive_commit the file is removed. Doing so twice is nothing. */
void archive_drop(struct archive_writer *w);

/* --- reading --- */

struct archive_reader;

/* Where the body goes; false with cx->err set ends the reading. */
struct archive_sink {
    bool (*put)(struct ctx *cx, void *to, const void *bytes, ptrdiff_t len);
    void *to;
};

/* Called now and then with the bytes of the file that were read; false: stop (backup.stopped). */
struct archive_watch {
    bool (*go_on)(void *to, int64_t done, int64_t all);
    void *to;
};

/* Open and read the head. False: backup.unreadable, backup.not_backup, backup.newer_format,
 * backup.damaged. */
MUST_USE bool archive_open(struct ctx *cx, str path, struct archive_reader **out);
/* Borrowed. */
const struct manifest *archive_manifest(const struct archive_reader *r);
/* Size of the file. */
int64_t archive_bytes(const struct archive_reader *r);
/* Read it to its end and check all of it. `key` is for a sealed one; without it the body is not
 * opened, only held against the hash. `sink` NULL: nowhere. Once. False: backup.damaged,
 * backup.key_wrong, backup.unreadable, or what the sink says. What went into the sink counts only
 * if this is true. */
MUST_USE bool archive_read(struct ctx *cx, struct archive_reader *r, const struct pair_secret *key,
                           const struct archive_sink *sink, const struct archive_watch *watch);
/* Close. Twice is nothing. */
void archive_close(struct archive_reader *r);

/* Set cx->err to a sentence of ui/i18n with the gaps {path} and {reason}, and in English, for who
 * has no translations at hand; false. */
bool archive_refuse(struct ctx *cx, enum err_code code, const char *key, str path, str reason);
