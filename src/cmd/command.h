/* cmd/command.h -- what the command line does with the data, wherever it runs.
 *
 * A command's core is one function over named arguments. It runs in the server (through the
 * control socket) or, where none is running, in the command's own process over the locked folder:
 * one behaviour, whoever runs it.
 *
 * Terms: operator, control socket (docs/GLOSSARY.md).
 */
#pragma once

#include "app.h"
#include "base/value.h"

struct options;

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Where a command's output goes: standard output, or a connection. */
struct command_out {
    bool (*write)(void *to, str bytes); /* false: nobody reads any more */
    void *to;
    bool found_faults; /* it ran, and what it looked at is not well: EXIT_FAILED */
};

/* Run over cx (the operator, in the workspace asked for) with a map of texts; false with cx->err.
 * Whatever it writes may already be out when it fails. */
typedef bool command_run(struct ctx *cx, struct value args, struct command_out *out);

/* The cores of user.add, user.reset_totp, token.create, export.leads, export.workspace and
 * check. */
command_run run_user_add, run_user_reset_totp, run_token_create, run_export_leads,
    run_export_workspace, run_check;
/* That of import.leads; what is over is told, else where to look. */
command_run run_import_leads;
/* Those of backup.create and restore.release. */
command_run run_backup, run_release;

/* Run the command of that name over an open app, in the workspace of args.workspace (a host;
 * absent: the default one), and give the exit code; *error is an English sentence for the
 * operator, absent if there is nothing to say. Everything lives in `a`. */
int command_do(struct app *app, arena *a, str name, struct value args, struct command_out *out,
               str *error);
/* Write to it; false with cx->err if nobody reads any more. */
MUST_USE bool command_write(struct ctx *cx, struct command_out *out, str bytes);

/* --- for the command's own process --- */

/* Memory for one command, until the process ends. False (and said on standard error) if the system
 * has none. */
MUST_USE bool command_arena(arena *out);
/* Ask the server for it, or do it over the locked folder; what comes goes to standard output.
 * `makes_folder`: a data folder that is not there is made, else it is an error. */
int command_anywhere(const struct options *options, arena *a, str name, struct value args,
                     bool makes_folder);
/* One sentence on standard error, after "zulauf: "; gives `code` back. */
int command_refuse(int code, str sentence);
/* True if the word after the command is `word` and nothing follows; else says what to type. */
MUST_USE bool command_word(const struct options *options, const char *word, const char *usage);
