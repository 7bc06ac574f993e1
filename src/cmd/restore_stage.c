#include "cmd/restore.h"

#include "backup/body.h"
#include "backup/disk.h"
#include "cmd/backup_progress.h"
#include "cmd/start.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* All that can be in a stage, whatever happened to it. */
static const char *const leavings[] = {"zulauf.db",         "zulauf.db-wal", "zulauf.db-shm",
                                       "zulauf.db-journal", "keys.json",     "lock"};

static const char *path_in(struct restore *r, const char *name)
{
    return str_cstr(r->cx.a, str_printf(r->cx.a, "%.*s/%s", STR_ARG(r->stage), name));
}

static void sweep(struct restore *r)
{
    for (ptrdiff_t i = 0; i < COUNTOF(leavings); i++) (void)unlink(path_in(r, leavings[i]));
}

static bool not_written(struct restore *r, str path, int error)
{
    return archive_refuse(&r->cx, ERR_STORAGE, "backup.not_written", path,
                          disk_reason(r->cx.a, error));
}

/* Personal data is about to lie in the clear: whoever ends us ends us after it is gone again. */
static void hold_signals(struct restore *r)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ending, &r->held);
}

static bool is_asked_to_end(void)
{
    sigset_t waiting;
    return sigpending(&waiting) == 0 &&
           (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
            sigismember(&waiting, SIGHUP) == 1);
}

static bool go_on(void *to, int64_t done, int64_t all)
{
    return !is_asked_to_end() && backup_progress_step(to, done, all);
}

static bool room_there(struct restore *r)
{
    const struct manifest *m = archive_manifest(r->reader);
    int64_t there = disk_free_bytes(*r->cx.a, r->stage);
    if (m->body_bytes < 0 || there < 0 || there >= m->body_bytes) return true;
    return fail_detail(&r->cx, ERR_STORAGE, "backup.no_room",
                       "There is not enough room below %.*s: %.*s are needed, %.*s are free.",
                       STR_ARG(r->stage), STR_ARG(disk_size_text(r->cx.a, m->body_bytes)),
                       STR_ARG(disk_size_text(r->cx.a, there)));
}

bool stage_fill(struct restore *r, str folder)
{
    const struct body_kind *kind = body_kind_of(archive_manifest(r->reader)->body);
    struct backup_progress progress = {.cx = &r->cx,
                                       .out = &r->out,
                                       .bar = isatty(STDOUT_FILENO) == 1,
                                       .what = "unpacking",
                                       .shown_pct = -1};
    struct archive_watch watch = {go_on, &progress};
    if (kind == NULL)
        return archive_refuse(&r->cx, ERR_INVALID, "backup.body_unknown", r->file,
                              str_of(archive_body_name(archive_manifest(r->reader)->body)));
    hold_signals(r);
    r->stage = folder;
    if (mkdir(str_cstr(r->cx.a, folder), 0700) != 0 && errno != EEXIST)
        return not_written(r, folder, errno);
    sweep(r);
    if (!room_there(r)) return false;
    bool ok = kind->restore(&r->cx, r->reader, r->has_key ? &r->key : NULL, folder, &watch);
    backup_progress_end(&progress);
    return ok;
}

bool stage_open(struct restore *r, struct app *app)
{
    struct options options = *r->options;
    str why;
    options.config.data_dir = r->stage;
    options.config.db_url = S(""); /* whatever it came from, it is a file here */
    if (symlink(str_cstr(r->cx.a, r->keys_path), path_in(r, "keys.json")) != 0)
        return not_written(r, r->stage, errno);
    if (app_open(app, r->cx.a, &options, &why)) return true;
    return fail_detail(&r->cx, ERR_STORAGE, "error.db_open", "%.*s", STR_ARG(why));
}

/* Lines about the place speak of the stage, which concerns nobody. */
static bool pass_on(void *to, str bytes)
{
    if (str_starts(bytes, S("configuration")) || str_starts(bytes, S("node"))) return true;
    restore_say(to, bytes);
    return true;
}

bool stage_check(struct restore *r, struct app *app, bool *well)
{
    struct command_out out = {.write = pass_on, .to = r};
    str error;
    struct value args = value_map(r->cx.a);
    value_set_bool(args, "staged", true);
    *well = command_do(app, r->cx.a, S("check"), args, &out, &error) == EXIT_DONE;
    if (error.ptr == NULL) return true;
    return fail_detail(&r->cx, ERR_STORAGE, "error.db_corrupt", "%.*s", STR_ARG(error));
}

bool stage_publish(struct restore *r, str to)
{
    struct stat st;
    if (stat(path_in(r, "zulauf.db-wal"), &st) == 0 && st.st_size > 0)
        return fail_detail(&r->cx, ERR_STORAGE, "error.storage",
                           "The restored database could not be closed; nothing was changed.");
    str from = str_printf(r->cx.a, "%.*s/zulauf.db", STR_ARG(r->stage));
    int error = disk_publish(*r->cx.a, from, to);
    if (error == EEXIST) return archive_refuse(&r->cx, ERR_CONFLICT, "backup.exists", to, S(""));
    return error == 0 || not_written(r, to, error);
}

void stage_remove(struct restore *r)
{
    if (r->stage.ptr == NULL) return;
    sweep(r);
    (void)rmdir(str_cstr(r->cx.a, r->stage));
    r->stage = (str){0};
    pthread_sigmask(SIG_SETMASK, &r->held, NULL);
}
