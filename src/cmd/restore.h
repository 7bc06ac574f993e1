/* cmd/restore.h -- a backup opened beside the place it is for, looked through, and only then put
 * there.
 *
 * What is unpacked stands in a folder of its own, the stage, with a link to the key ring; a whole
 * Zulauf is opened over it (migrations, checks, erasures), and closed again. Until the finished
 * file gets its name nothing of the data folder has changed.
 *
 * Terms: restore, journal of erasures, quarantine (docs/GLOSSARY.md).
 */
#pragma once

#include "backup/archive.h"
#include "backup/erasures.h"
#include "cmd/command.h"
#include "cmd/options.h"

#include <signal.h>

/* Erasures from that long before a backup count for it, too: noted before their transaction, and
 * clocks differ. */
#define ERASURE_MARGIN_MS (INT64_C(86400) * 1000)

enum { RESTORE_KEY_FILE_BYTES = 4096 };

/* One command over one backup. */
struct restore {
    const struct options *options;
    struct ctx cx; /* before there is an app; its errors always have an English detail */
    struct command_out out;
    str file, keys_path;
    struct archive_reader *reader;
    struct pair_secret key;
    bool has_key;
    str stage; /* the folder, once it is there */
    sigset_t held;
};

/* Open the backup that the command line names and the private key, if it names one. False: said
 * on standard error, *code the exit code. */
MUST_USE bool restore_begin(struct restore *r, arena *a, const struct options *o, int *code);
/* What cx->err says, on standard error; EXIT_FAILED. */
int restore_refuse(struct restore *r);
/* What the manifest says, and whether the data folder's keys are the right ones. False: that
 * folder was named and is there, and they are not. */
bool restore_describe(struct restore *r);
/* Do the keys of the data folder belong to it? *why says what to do if not. */
MUST_USE bool restore_keys_fit(struct restore *r, str *why);
/* Print to standard output. */
void restore_say(struct restore *r, str text);
/* Read all of it and look whether it is whole; nothing is written. */
MUST_USE bool restore_verify(struct restore *r);

/* --- the stage --- */

/* Make the folder (a name that is there is emptied of what a stage leaves) and unpack into it.
 * Signals that would end us are held back from now on, so that nobody's data stays lying there. */
MUST_USE bool stage_fill(struct restore *r, str folder);
/* Open a Zulauf over it, with the data folder's keys. False with cx->err. */
MUST_USE bool stage_open(struct restore *r, struct app *app);
/* Run `zulauf check` over the open stage and print its lines; *well if all is. */
MUST_USE bool stage_check(struct restore *r, struct app *app, bool *well);
/* Give the database the name `to` that nothing has. */
MUST_USE bool stage_publish(struct restore *r, str to);
/* Remove what is left, and let signals through. Twice is nothing. */
void stage_remove(struct restore *r);

/* --- erasures --- */

/* Erase every lead that the journals name since `since_ms`; *erased counts those that were there.
 * Once more is nothing. */
MUST_USE bool restore_erase(struct ctx *cx, const struct erasures *list, int64_t since_ms,
                            int64_t *erased);
/* Read all journals of a text with one path a line, settled. */
MUST_USE bool restore_journals(struct ctx *cx, str paths, struct erasures *out);
/* Add them to the journal of the data folder, which then knows what they know. */
MUST_USE bool restore_carry(struct ctx *cx, str paths, str journal);

/* What the operator is told of the open database's quarantine, and the command that ends it; "" if
 * it is in none. Reads in a transaction of its own. */
MUST_USE bool restore_quarantine_text(struct ctx *cx, str *text);
/* The command that ends it. */
str restore_release_command(arena *a, const struct config *c);

/* zulauf check BACKUP. */
int check_backup(const struct options *options);
