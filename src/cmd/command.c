#include "cmd/command.h"

#include "base/limits.h"
#include "cmd/control.h"
#include "cmd/start.h"
#include "workspace/workspace.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    command_run *run;
} commands[] = {
    {"user.add", run_user_add},
    {"user.reset_totp", run_user_reset_totp},
    {"token.create", run_token_create},
    {"export.leads", run_export_leads},
    {"export.workspace", run_export_workspace},
    {"import.leads", run_import_leads},
    {"check", run_check},
    {"backup.create", run_backup},
    {"restore.release", run_release},
};

static command_run *command_find(str name)
{
    for (ptrdiff_t i = 0; i < COUNTOF(commands); i++)
        if (str_eq(name, str_of(commands[i].name))) return commands[i].run;
    return NULL;
}

bool command_write(struct ctx *cx, struct command_out *out, str bytes)
{
    if (out->write(out->to, bytes)) return true;
    return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "The output could not be written to its end; what has come is not all.");
}

/* --- one run --- */

struct chosen {
    str host;
    int64_t id;
};

static bool workspace_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct chosen *chosen = arg;
    struct workspace w;
    if (!workspace_by_host(cx, tx, chosen->host, &w)) return false;
    /* Where a visitor's unknown host falls back to the default workspace, a typing error of the
     * operator must not. */
    if (!str_eq(w.host, str_lower_ascii(cx->a, chosen->host)))
        return fail_detail(cx, ERR_NOT_FOUND, "error.not_found",
                           "There is no workspace %.*s; --workspace takes the host name of one.",
                           STR_ARG(chosen->host));
    chosen->id = w.id;
    return true;
}

static bool run_in_workspace(struct ctx *cx, str name, struct value args, struct command_out *out)
{
    command_run *run = command_find(name);
    str host = value_str(value_get(args, S("workspace")));
    struct chosen chosen = {.host = host.ptr == NULL ? S("") : host};
    if (run == NULL)
        return fail_detail(cx, ERR_NOT_FOUND, "error.not_found",
                           "The running server does not know this command; restart it with the "
                           "program's present version.");
    if (!db_read(cx, workspace_read, &chosen)) return false;
    cx->workspace_id = chosen.id;
    return run(cx, args, out);
}

int command_do(struct app *app, arena *a, str name, struct value args, struct command_out *out,
               str *error)
{
    jmp_buf full, *before = a->full;
    struct ctx *cx = NEW(a, struct ctx, 1);
    *cx = app_ctx(app, a, ACTOR_OPERATOR);
    cx->lang = LANG_EN;
    cx->actor.permissions = UINT64_MAX; /* whoever may read the folder may do anything with it */
    *error = (str){0};
    if (setjmp(full) != 0) {
        a->full = before;
        ctx_end(cx);
        *error = S("There is not enough memory for this; nothing more was done.");
        return EXIT_FAILED;
    }
    a->full = &full;
    bool ok = run_in_workspace(cx, name, args, out);
    if (!ok) *error = operator_sentence(cx);
    a->full = before;
    ctx_end(cx);
    return ok && !out->found_faults ? EXIT_DONE : EXIT_FAILED;
}

/* --- the command's own process --- */

bool command_arena(arena *out)
{
    struct arena_block block;
    if (!arena_block_open(&block, LIMIT_WORKER_ARENA_BYTES)) {
        command_refuse(EXIT_FAILED, S("The system gives no memory."));
        return false;
    }
    *out = arena_over(&block);
    return true;
}

int command_refuse(int code, str sentence)
{
    fprintf(stderr, "zulauf: %.*s\n", STR_ARG(sentence));
    return code;
}

bool command_word(const struct options *options, const char *word, const char *usage)
{
    bool ok = options->positional_count == (word == NULL ? 0 : 1) &&
              (word == NULL || str_eq(options->positional[0], str_of(word)));
    if (!ok) fprintf(stderr, "zulauf: The command reads: %s\n", usage);
    return ok;
}

static bool to_stdout(void *to, str bytes)
{
    (void)to;
    while (bytes.len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.ptr, (size_t)bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = str_slice(bytes, n, bytes.len);
    }
    return true;
}

static bool folder_used(arena *a, str dir)
{
    struct stat st;
    return stat(str_cstr(a, str_printf(a, "%.*s/zulauf.db", STR_ARG(dir))), &st) == 0;
}

int command_anywhere(const struct options *options, arena *a, str name, struct value args,
                     bool makes_folder)
{
    struct app *app = NEW(a, struct app, 1);
    struct command_out out = {.write = to_stdout};
    str dir = options->config.data_dir, error = {0};
    int code = EXIT_FAILED;
    switch (control_ask(a, dir, name, args, &out, &code, &error)) {
    case CONTROL_DONE:
    case CONTROL_BROKEN:
        return error.ptr == NULL ? code : command_refuse(code, error);
    case CONTROL_NOBODY:
        break;
    }
    if (!makes_folder && options->config.db_url.len == 0 && !folder_used(a, dir))
        return command_refuse(EXIT_FAILED,
                              str_printf(a,
                                         "There is no Zulauf in %.*s; name its data folder with "
                                         "--data.",
                                         STR_ARG(dir)));
    if (!app_open(app, a, options, &error)) return command_refuse(EXIT_FAILED, error);
    code = command_do(app, a, name, args, &out, &error);
    app_close(app);
    return error.ptr == NULL ? code : command_refuse(code, error);
}
