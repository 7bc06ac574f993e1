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

/* Where a command's output goes: standard output, or a connection. */
struct command_out {
    bool (*write)(void *to, str bytes); /* false: nobody reads any more */
    void *to;
    bool found_faults; /* it ran, and what it looked at is not well: exit code 1 */
};

/* Run over cx (the operator, in the workspace asked for) with a map of texts; false with cx->err.
 * Whatever it writes may already be out when it fails. */
typedef bool command_run(struct ctx *cx, struct value args, struct command_out *out);

struct command {
    const char *name; /* "user.add" */
    command_run *run;
};

/* The command of that name, or NULL. */
const struct command *command_find(str name);
/* Run it as the operator in the workspace of args.workspace (a host; absent: the default one) and
 * give the exit code; *error is the sentence for the operator, absent if all went well. */
int command_do(struct app *app, arena *a, str name, enum lang lang, struct value args,
               struct command_out *out, str *error);
/* Write to it; false with cx->err if nobody reads any more. */
MUST_USE bool command_write(struct ctx *cx, struct command_out *out, str bytes);

/* The cores, by name: user.add, token.create, export.leads, check. */
command_run run_user_add, run_token_create, run_export_leads, run_check;
