/* backup/backup.h -- backups of the whole installation: made while it runs, planned, rotated.
 *
 * A backup is one file (backup/archive.h) with everything the database holds, of all workspaces. It
 * does not hold keys.json: whoever finds a backup opens nothing that is sealed in it, and whoever
 * has lost keys.json neither. Beside each backup lies the journal of erasures as it was.
 *
 * The plan, and what became of the last backup, belong to the installation, hence to whoever
 * administers its default workspace.
 *
 * Terms: backup, plan, rotation, backup folder, sealed backup (docs/GLOSSARY.md).
 */
#pragma once

#include "backup/archive.h"
#include "backup/backup_rules.h"
#include "db/db.h"

struct backup_request {
    str path;                          /* absolute */
    const struct pair_public *seal_to; /* NULL: not sealed */
    bool scheduled;
    struct archive_watch watch; /* of the packing; go_on NULL: nobody watches */
};

struct backup_result {
    int64_t file_bytes, body_bytes, leads, made_ms, took_ms;
    str journal; /* the copy beside it */
};

/* Number of the last migration of this program. */
int64_t backup_schema(void);

/* Make one. Some twenty seconds a gigabyte, in constant memory; nothing is left of one that fails.
 * False: backup.exists, backup.no_room, backup.not_written, backup.stopped, error.backup. */
MUST_USE bool backup_make(struct ctx *cx, const struct backup_request *request,
                          struct backup_result *out);

/* One backup at a time in the backup folder: two would clear away each other's unfinished files.
 * The fd to be closed at its end, or -1: ERR_CONFLICT backup.under_way, or backup.folder. */
int backup_begin(struct ctx *cx);
/* Is one being made there, by whichever node? */
bool backup_under_way(struct ctx *cx);

/* --- the plan --- */

struct backup_plan {
    enum backup_every every;
    int hour; /* of the default workspace's time zone */
    int keep;
    str seal_to; /* public key; "" for none */
};

/* What became of it. */
struct backup_state {
    int64_t ok_ms, bytes, took_ms; /* of the last good one; ok_ms 0: there was none */
    str file;
    int64_t failed_ms;                       /* 0: nothing failed since */
    str error_key, error_path, error_reason; /* of the sentence, and its gaps */
};

/* As it was saved, or the plan of a new installation: off. */
MUST_USE bool backup_plan_load(struct ctx *cx, struct tx *tx, struct backup_plan *out);
/* Check and write; faults of the fields "hour", "keep", "seal_to". */
MUST_USE bool backup_plan_save(struct ctx *cx, struct tx *tx, struct backup_plan *plan);
/* What became of the last ones. */
MUST_USE bool backup_state_load(struct ctx *cx, struct tx *tx, struct backup_state *out);
/* Note a good one, or what cx->err said of one that failed. */
MUST_USE bool backup_note_good(struct ctx *cx, struct tx *tx, const struct backup_result *r,
                               str file);
MUST_USE bool backup_note_failed(struct ctx *cx, struct tx *tx, const struct err *err);
/* The sentence about the trouble, in cx->lang; "" if there is none. */
str backup_trouble(struct ctx *cx, const struct backup_state *state);
/* May cx's workspace see and change this? ERR_FORBIDDEN backup.default_only. */
MUST_USE bool backup_is_ours(struct ctx *cx, struct tx *tx);
