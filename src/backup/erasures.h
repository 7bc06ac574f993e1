/* backup/erasures.h -- the journal of erasures: what a restored backup must not bring back.
 *
 * A backup holds leads that were erased after it was made. So that restoring it does not undo
 * that, each erasure for good is noted in a file outside the database, on the disk before the
 * transaction begins, and applied again by `zulauf restore`. It names ids alone, nothing personal:
 *
 *     {"at":"2026-03-12T10:41:08.123Z","workspace":"ws_…","lead":"ld_…"}
 *     {"at":…,"workspace":…,"lead":…,"kept":true}      an erasure noted before was not done
 *     {"at":…,"workspace":…}                           a whole workspace (lead_id 0 below)
 *
 * It only grows. Several nodes on one database have one each; each counts. The one in the backup
 * folder is all of theirs together: it is added to under a lock and never replaced.
 *
 * Terms:   journal of erasures, erase (docs/GLOSSARY.md).
 * Sources: Art. 17 DSGVO; DSK, Kurzpapier Nr. 11 (erasing and backups).
 */
#pragma once

#include "base/ctx.h"

enum {
    ERASURES_MAX = 300000, /* 10 MB */
    ERASURE_LINE_BYTES = 200,
};

struct erasure {
    int64_t at_ms, workspace_id, lead_id;
    bool kept;
};

struct erasures {
    struct erasure *row;
    ptrdiff_t count, cap;
};

/* DATA/erasures.jsonl of the running program. */
str erasure_journal_path(struct ctx *cx);
/* BACKUPDIR/erasures.jsonl, of all nodes that have that folder; "" where there is no folder. */
str erasure_shared_path(struct ctx *cx);

/* Note that the lead of cx->workspace_id (0: the workspace itself) is about to be erased or, with `kept`, that this was not
 * done after all. On the disk when it returns; never inside a transaction function. False:
 * erasure.not_noted, and nothing may be erased. */
MUST_USE bool erasure_note(struct ctx *cx, int64_t lead_id, bool kept);
/* How the erasure ended that erasure_note has noted under this cx->now_ms: `written` is what
 * db_write said, `erased` whether the lead was still to be erased. What was surely not done is
 * noted as kept; where the answer to a COMMIT was lost or the disk failed the note stays. Returns
 * `written`, with the write's error, or false if the note fails. */
MUST_USE bool erasure_end(struct ctx *cx, int64_t lead_id, bool written, bool erased);

/* Add all that a journal says to a list that is {0} at first. A last line without its end was never
 * confirmed to anybody and is passed over. False: erasure.unreadable. */
MUST_USE bool erasures_read(struct ctx *cx, str path, struct erasures *into);
/* Sort by lead and leave one row for each with an erasure that was not taken back, with the latest
 * time. A "kept" takes back the erasure noted at the same time, and no other: where that line is
 * missing, a later erasure stands. */
void erasures_settle(struct erasures *e);

/* Make the file if there is none: an empty journal says that nobody was erased. */
MUST_USE bool erasure_journal_make(struct ctx *cx, str path);
/* Append to the journal `to` every line of `from` that it lacks, durably; makes it if there is
 * none. A link in its place is followed only if told to: in the operator's data folder it is his,
 * in a backup folder it may be anybody's. Lines are never taken away. */
MUST_USE bool erasures_carry(struct ctx *cx, str from, str to, bool follow);
/* Make this node's journal if there is none, and add what it says to the one that all nodes share
 * in the backup folder, if that is there. What fails is logged; the next time makes up for it. */
void erasures_share(struct ctx *cx);
