/* zulauf backup FILE, and the keys of sealed ones. */
#include "backup/backup.h"
#include "audit/audit.h"
#include "backup/disk.h"
#include "backup/pair.h"
#include "cmd/backup_progress.h"
#include "cmd/command.h"
#include "cmd/command_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char key_usage[] = "zulauf backup-key new FILE";

enum { KEY_FILE_BYTES = 4096 };

static bool audit_backup(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct backup_result *r = arg;
    struct value detail = value_map(cx->a);
    value_set_int(detail, "bytes", r->file_bytes);
    value_set_int(detail, "leads", r->leads);
    return audit_write(cx, tx, "backup.create", "workspace", cx->workspace_id, 0, detail);
}

static bool tell(struct ctx *cx, struct command_out *out, const struct backup_request *rq,
                 const struct backup_result *r)
{
    str dir = cx->app->config.data_dir;
    str text = str_printf(
        cx->a,
        "%.*s: %.*s, %lld leads, %s, made in %lld.%lld s.\n"
        "Journal of erasures beside it: %.*s\n"
        "keys.json is not in it, and without it most of a backup stays shut: keep a copy of "
        "%.*s/keys.json (mode 0600) where this backup is not, such as a password safe.\n",
        STR_ARG(rq->path), STR_ARG(disk_size_text(cx->a, r->file_bytes)), (long long)r->leads,
        rq->seal_to != NULL ? "sealed" : "not sealed", (long long)(r->took_ms / 1000),
        (long long)(r->took_ms % 1000 / 100), STR_ARG(r->journal), STR_ARG(dir));
    return command_write(cx, out, text);
}

bool run_backup(struct ctx *cx, struct value args, struct command_out *out)
{
    struct backup_progress progress = {
        .cx = cx,
        .out = out,
        .bar = value_str(value_get(args, S("bar"))).ptr != NULL,
        .what = "packing",
        .shown_pct = -1,
    };
    struct backup_request rq = {.path = value_str(value_get(args, S("file"))),
                                .watch = {backup_progress_step, &progress}};
    struct pair_public key;
    struct backup_result r;
    str seal_to = value_str(value_get(args, S("seal_to")));
    if (!str_starts(rq.path, S("/")))
        return fail_detail(cx, ERR_INVALID, "error.invalid", "A backup needs the name of a file.");
    if (seal_to.len > 0) {
        if (!pair_public_read(seal_to, &key))
            return fail_detail(cx, ERR_INVALID, "backup.seal_to_invalid",
                               "--seal-to takes a public key, zbp1_ and 43 characters, or a file "
                               "that holds one.");
        rq.seal_to = &key;
    }
    int lock = -1;
    str folder = str_printf(cx->a, "%.*s/", STR_ARG(cx->app->config.backup_dir));
    if (str_starts(rq.path, folder) && (lock = backup_begin(cx)) < 0) return false;
    bool ok = command_write(cx, out, S("copying the database …\n")) && backup_make(cx, &rq, &r);
    struct err kept = cx->err;
    if (lock >= 0) close(lock);
    backup_progress_end(&progress);
    if (!ok) {
        cx->err = kept;
        return false;
    }
    return db_write(cx, DB_INTERACTIVE, audit_backup, &r) && tell(cx, out, &rq, &r);
}

/* --- the command's own process --- */

/* A small text file; false if it cannot be read. */
static bool read_small(arena *a, str path, str *out)
{
    char *text = NEW(a, char, KEY_FILE_BYTES);
    int fd = open(str_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    ssize_t n = read(fd, text, KEY_FILE_BYTES);
    close(fd);
    *out = (str){text, n > 0 ? n : 0};
    return n >= 0;
}

/* What --seal-to means: the key itself, or the file that holds it. */
static bool seal_to_read(arena *a, str given, str *key)
{
    struct pair_public parsed;
    *key = given;
    if (given.len == 0 || pair_public_read(given, &parsed)) return true;
    if (!read_small(a, given, key)) {
        command_refuse(EXIT_USAGE, str_printf(a,
                                              "--seal-to: %.*s is no public key (zbp1_…) and no "
                                              "file that can be read.",
                                              STR_ARG(given)));
        return false;
    }
    if (pair_has_secret(*key)) {
        command_refuse(EXIT_USAGE, S("--seal-to: this file holds the private key, which belongs "
                                     "elsewhere; give the public one, zbp1_…."));
        return false;
    }
    if (!pair_public_read(*key, &parsed)) {
        command_refuse(EXIT_USAGE, S("--seal-to: this file holds no public key (zbp1_…)."));
        return false;
    }
    *key = pair_public_text(a, &parsed);
    return true;
}

int cmd_backup(const struct options *o)
{
    arena a;
    str key;
    if (o->positional_count != 1)
        return command_refuse(EXIT_USAGE, str_of("The command reads: zulauf backup FILE --data DIR "
                                                 "[--seal-to PUBLIC_KEY|FILE]"));
    if (!command_arena(&a)) return EXIT_FAILED;
    if (!seal_to_read(&a, o->seal_to, &key)) return EXIT_USAGE;
    struct value args = value_map(&a);
    value_set_text(args, "file", options_absolute(&a, o->positional[0]));
    value_set_text(args, "seal_to", key);
    if (isatty(STDOUT_FILENO)) value_set_text(args, "bar", S("yes"));
    return command_anywhere(o, &a, S("backup.create"), args, false);
}

int cmd_backup_key(const struct options *o)
{
    arena a;
    struct pair_public open;
    struct pair_secret secret;
    if (o->positional_count != 2 || !str_eq(o->positional[0], S("new"))) {
        fprintf(stderr, "zulauf: The command reads: %s\n", key_usage);
        return EXIT_USAGE;
    }
    if (!command_arena(&a)) return EXIT_FAILED;
    if (!crypto_init()) return command_refuse(EXIT_FAILED, S("The system gives no randomness."));
    str path = options_absolute(&a, o->positional[1]);
    int fd = disk_create(a, path);
    if (fd < 0)
        return command_refuse(EXIT_FAILED,
                              str_printf(&a, "%.*s cannot be made (%.*s); name a new file.",
                                         STR_ARG(path), STR_ARG(disk_reason(&a, errno))));
    crypto_pair_new(&open, &secret);
    str text = str_printf(&a,
                          "# Private key of Zulauf's sealed backups. Whoever has it opens them; "
                          "whoever has lost it has lost them.\n%.*s\n",
                          STR_ARG(pair_secret_text(&a, &secret)));
    int error = disk_write(fd, text.ptr, text.len);
    if (error == 0 && fsync(fd) != 0) error = errno;
    if (close(fd) != 0 && error == 0) error = errno;
    if (error == 0) error = disk_sync_folder(a, path);
    if (error != 0) {
        (void)unlink(str_cstr(&a, path));
        return command_refuse(EXIT_FAILED,
                              str_printf(&a, "%.*s could not be written (%.*s).", STR_ARG(path),
                                         STR_ARG(disk_reason(&a, error))));
    }
    printf("%.*s\n", STR_ARG(pair_public_text(&a, &open)));
    fprintf(stderr, "The private key is in %.*s: keep it where the backups are not.\n",
            STR_ARG(path));
    return EXIT_DONE;
}
