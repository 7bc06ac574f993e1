/* zulauf restore FILE --data DIR: into an empty folder, whole or not at all. */
#include "cmd/restore.h"

#include "audit/audit.h"
#include "backup/backup.h"
#include "backup/disk.h"
#include "backup/pair.h"
#include "backup/quarantine.h"
#include "base/clock.h"
#include "cmd/command_line.h"
#include "cmd/start.h"
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "The command reads: zulauf restore FILE --data DIR --erasures JOURNAL [--key PRIVATE_KEY_FILE] "
    "[--dry-run], or zulauf restore --release --data DIR --erasures JOURNAL";

/* --- what restore and check share --- */

static bool to_stdout(void *to, str bytes)
{
    (void)to;
    return disk_write(STDOUT_FILENO, bytes.ptr, bytes.len) == 0;
}

void restore_say(struct restore *r, str text)
{
    (void)r->out.write(r->out.to, text);
}

int restore_refuse(struct restore *r)
{
    return command_refuse(EXIT_FAILED,
                          r->cx.err.detail.len > 0 ? r->cx.err.detail : S("Something went wrong."));
}

static bool key_read(struct restore *r)
{
    char text[RESTORE_KEY_FILE_BYTES];
    str path = r->options->key;
    if (path.len <= 0) return true;
    int fd = open(str_cstr(r->cx.a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    int error = errno;
    if (fd >= 0) close(fd);
    if (n < 0)
        return fail_detail(&r->cx, ERR_INVALID, "backup.unreadable",
                           "The private key %.*s cannot be read (%.*s).", STR_ARG(path),
                           STR_ARG(disk_reason(r->cx.a, error)));
    r->has_key = pair_secret_read((str){text, n}, &r->key);
    crypto_wipe(text, sizeof text);
    return r->has_key || fail_detail(&r->cx, ERR_INVALID, "backup.key_wrong",
                                     "%.*s holds no private key (zbs1_…).", STR_ARG(path));
}

bool restore_begin(struct restore *r, arena *a, const struct options *o, int *code)
{
    str dir = o->config.data_dir;
    *r = (struct restore){.options = o, .out = {.write = to_stdout}};
    r->cx = (struct ctx){.a = a, .now_ms = clock_now_ms(), .lang = LANG_EN};
    r->file = options_absolute(a, o->positional[0]);
    r->keys_path = str_printf(a, "%.*s/keys.json", STR_ARG(dir));
    *code = EXIT_FAILED;
    if (!crypto_init()) {
        *code = command_refuse(EXIT_FAILED, S("The system gives no randomness."));
        return false;
    }
    if (key_read(r) && archive_open(&r->cx, r->file, &r->reader)) return true;
    *code = restore_refuse(r);
    ctx_end(&r->cx);
    return false;
}

bool restore_keys_fit(struct restore *r, str *why)
{
    struct key_ring *ring;
    if (!key_ring_load(&r->cx, r->keys_path, &ring)) {
        bool missing = r->cx.err.code == ERR_NOT_FOUND;
        *why = missing ? str_printf(r->cx.a,
                                    "%.*s is missing: backups do not hold keys.json; put your copy "
                                    "of it there first (mode 0600).",
                                    STR_ARG(r->keys_path))
                       : r->cx.err.detail;
        err_clear(&r->cx);
        return false;
    }
    if (str_eq(key_ring_mark(r->cx.a, ring), archive_manifest(r->reader)->key_mark)) return true;
    *why = str_printf(r->cx.a,
                      "%.*s belongs to another installation than the backup; put the right copy "
                      "there first.",
                      STR_ARG(r->keys_path));
    return false;
}

/* What a line about the keys says. Without a data folder there is nothing to hold against them:
 * a backup may be checked anywhere. */
static str keys_line(struct restore *r, bool *well)
{
    struct stat st;
    str why;
    *well = true;
    if (restore_keys_fit(r, &why)) return S("ok    keys.json of the data folder fits");
    if (stat(str_cstr(r->cx.a, r->options->config.data_dir), &st) != 0)
        return S("      not compared: there is no data folder (--data DIR)");
    if (!r->options->data_given)
        return str_printf(r->cx.a, "      not asked for with --data: %.*s", STR_ARG(why));
    *well = false;
    return str_printf(r->cx.a, "FAULT %.*s", STR_ARG(why));
}

bool restore_describe(struct restore *r)
{
    const struct manifest *m = archive_manifest(r->reader);
    arena *a = r->cx.a;
    bool well;
    str keys = keys_line(r, &well);
    restore_say(
        r,
        str_printf(a,
                   "backup         %.*s, %.*s\n"
                   "made           %.*s by Zulauf %.*s, %s\n"
                   "holds          %lld leads, %lld workspaces; engine %.*s, body %s, schema %lld\n"
                   "sealed         %s%.*s\n"
                   "marked         %.*s\n"
                   "key ring       %.*s\n",
                   STR_ARG(r->file), STR_ARG(disk_size_text(a, archive_bytes(r->reader))),
                   STR_ARG(rfc3339(a, m->made_ms)), STR_ARG(m->program),
                   m->scheduled ? "planned" : "by command", (long long)m->leads,
                   (long long)m->workspaces, STR_ARG(m->engine), archive_body_name(m->body),
                   (long long)m->schema, m->sealed ? "to " : "no", STR_ARG(m->seal_to),
                   STR_ARG(m->key_mark), STR_ARG(keys)));
    return well;
}

bool restore_verify(struct restore *r)
{
    return archive_read(&r->cx, r->reader, r->has_key ? &r->key : NULL, NULL, NULL);
}

/* --- what must hold before anything is written --- */

static bool refuse(struct restore *r, const char *sentence)
{
    return fail_detail(&r->cx, ERR_INVALID, "error.invalid", "%s", sentence);
}

static bool place_is_free(struct restore *r)
{
    static const char *const files[] = {"zulauf.db", "zulauf.db-wal", "zulauf.db-shm"};
    str dir = r->options->config.data_dir;
    for (ptrdiff_t i = 0; i < COUNTOF(files); i++) {
        str path = str_printf(r->cx.a, "%.*s/%s", STR_ARG(dir), files[i]);
        if (disk_taken(*r->cx.a, path))
            return fail_detail(&r->cx, ERR_CONFLICT, "backup.exists",
                               "%.*s is there already; nothing is overwritten: move the old "
                               "database away, or name another folder with --data.",
                               STR_ARG(path));
    }
    return true;
}

/* A restore makes a file; from there zulauf copy moves it on, checked row by row. */
static bool target_is_folder(struct restore *r)
{
    return r->options->config.db_url.len == 0 ||
           refuse(r, "A restore makes the SQLite database of a folder: leave --db away, then move "
                     "it into an empty PostgreSQL database with zulauf copy.");
}

static bool version_fits(struct restore *r)
{
    const struct manifest *m = archive_manifest(r->reader);
    if (m->schema <= backup_schema()) return true;
    return fail_detail(&r->cx, ERR_INVALID, "error.db_newer",
                       "The backup was made by a newer Zulauf (%.*s, schema %lld; this one knows "
                       "%lld); install that version.",
                       STR_ARG(m->program), (long long)m->schema, (long long)backup_schema());
}

static bool keys_are_there(struct restore *r)
{
    str why;
    if (!restore_keys_fit(r, &why))
        return fail_detail(&r->cx, ERR_INVALID, "error.key_ring", "%.*s", STR_ARG(why));
    if (archive_manifest(r->reader)->sealed && !r->has_key)
        return refuse(r, "The backup is sealed; give the private key with --key FILE.");
    return true;
}

/* Whoever was erased since must not come back unnoticed. */
static bool erasures_are_known(struct restore *r)
{
    const struct options *o = r->options;
    str own = str_printf(r->cx.a, "%.*s/erasures.jsonl", STR_ARG(o->config.data_dir));
    if (o->erasures_count > 0 && o->erasures_unknown)
        return refuse(r, "--erasures and --erasures-unknown contradict each other; give one.");
    if (o->erasures_count > 0 || o->erasures_unknown) return true;
    return fail_detail(
        &r->cx, ERR_INVALID, "error.invalid",
        "Who was erased after the backup was made would come back: give the journal of erasures "
        "with --erasures FILE (%.*s). Without one, --erasures-unknown restores into a quarantine: "
        "no mail, no export.",
        STR_ARG(disk_taken(*r->cx.a, own)
                    ? own
                    : S("erasures.jsonl of the old data folder, or of the backup folder")));
}

/* The journals, one absolute path a line. */
static str journal_paths(arena *a, const struct options *o)
{
    str all = S("");
    for (int i = 0; i < o->erasures_count; i++)
        all =
            str_printf(a, "%.*s%.*s\n", STR_ARG(all), STR_ARG(options_absolute(a, o->erasures[i])));
    return all;
}

/* Nobody else may begin with the folder meanwhile; fd, or -1 with cx->err. */
static int folder_lock(struct restore *r)
{
    str path = str_printf(r->cx.a, "%.*s/lock", STR_ARG(r->options->config.data_dir));
    int fd = open(str_cstr(r->cx.a, path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    bool busy = fd >= 0;
    if (fd >= 0) close(fd);
    if (busy)
        refuse(r, "Zulauf is running on this folder; restore into another one.");
    else
        archive_refuse(&r->cx, ERR_STORAGE, "backup.not_written", path,
                       disk_reason(r->cx.a, errno));
    return -1;
}

/* --- doing it --- */

struct last_words {
    const struct manifest *manifest;
    bool quarantine;
    int64_t erased;
};

/* What is known for good once the database is opened in its place. */
static bool last_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct last_words *w = arg;
    struct workspace first;
    struct value detail = value_map(cx->a);
    if (!workspace_by_host(cx, tx, S(""), &first)) return false;
    tx_workspace(tx, first.id);
    cx->workspace_id = first.id;
    value_set_text(detail, "made_at", rfc3339(cx->a, w->manifest->made_ms));
    value_set_int(detail, "erased", w->erased);
    value_set_bool(detail, "quarantine", w->quarantine);
    return (!w->quarantine || quarantine_set(cx, tx, w->manifest->made_ms)) &&
           audit_write(cx, tx, "restore.done", "workspace", first.id, 0, detail);
}

/* Over the open stage: check, erase again, note. */
static bool work_over(struct restore *r, struct app *app, str journals, int64_t *erased)
{
    struct erasures list;
    struct ctx cx = app_ctx(app, r->cx.a, ACTOR_OPERATOR);
    struct last_words words = {archive_manifest(r->reader), r->options->erasures_unknown, 0};
    bool well;
    if (!stage_check(r, app, &well)) return false;
    if (!well)
        return refuse(r, "What is in the backup is not well, as said above; nothing was changed.");
    bool ok =
        restore_journals(&cx, journals, &list) &&
        restore_erase(&cx, &list, words.manifest->made_ms - ERASURE_MARGIN_MS, &words.erased) &&
        db_write(&cx, DB_INTERACTIVE, last_write, &words);
    *erased = words.erased;
    r->cx.err = cx.err;
    ctx_end(&cx);
    return ok;
}

static bool restore_staged(struct restore *r, int64_t *erased)
{
    str dir = r->options->config.data_dir, journals = journal_paths(r->cx.a, r->options);
    struct app *app = NEW(r->cx.a, struct app, 1);
    str stage = str_printf(r->cx.a, "%.*s/restore.part", STR_ARG(dir)),
        db = str_printf(r->cx.a, "%.*s/zulauf.db", STR_ARG(dir)),
        journal = str_printf(r->cx.a, "%.*s/erasures.jsonl", STR_ARG(dir));
    struct erasures list;
    /* Journals that cannot be read are found out before the long work. */
    arena before = *r->cx.a;
    if (!restore_journals(&r->cx, journals, &list)) return false;
    *r->cx.a = before;
    if (!stage_fill(r, stage) || !stage_open(r, app)) return false;
    bool ok = work_over(r, app, journals, erased);
    app_close(app);
    return ok && restore_carry(&r->cx, journals, journal) && stage_publish(r, db);
}

static bool restore_do(struct restore *r)
{
    int64_t erased = 0;
    const struct manifest *m = archive_manifest(r->reader);
    if (!target_is_folder(r) || !place_is_free(r) || !version_fits(r) || !keys_are_there(r) ||
        !erasures_are_known(r))
        return false;
    int lock = folder_lock(r);
    if (lock < 0) return false;
    bool ok = place_is_free(r) && restore_staged(r, &erased);
    stage_remove(r);
    close(lock);
    if (!ok) return false;
    restore_say(r, str_printf(r->cx.a,
                              "Restored the state of %.*s. Leads erased since then, and now "
                              "again: %lld.\nWhat was entered, confirmed, withdrawn or sent since "
                              "is not in it.\n",
                              STR_ARG(rfc3339(r->cx.a, m->made_ms)), (long long)erased));
    if (r->options->erasures_unknown)
        restore_say(r, str_printf(r->cx.a,
                                  "It is in quarantine: no mail, no export, until %.*s (or "
                                  "--confirm-no-erasures).\n",
                                  STR_ARG(restore_release_command(r->cx.a, &r->options->config))));
    return true;
}

static int dry_run(struct restore *r)
{
    const struct manifest *m = archive_manifest(r->reader);
    bool keys_well = restore_describe(r);
    if (!restore_verify(r)) {
        restore_say(r,
                    str_printf(r->cx.a, "whole          FAULT %.*s\n", STR_ARG(r->cx.err.detail)));
        return EXIT_FAILED;
    }
    restore_say(r, m->sealed && !r->has_key
                       ? S("whole          its checksum is right; with --key its contents are "
                           "read, too\n")
                       : S("whole          ok\n"));
    if (!version_fits(r)) return restore_refuse(r);
    return keys_well ? EXIT_DONE : EXIT_FAILED;
}

static int release(const struct options *o)
{
    arena a;
    if (o->positional_count > 0) return command_refuse(EXIT_USAGE, str_of(usage));
    if ((o->erasures_count == 0) == !o->confirm_no_erasures)
        return command_refuse(EXIT_USAGE, S("--release takes the journal of erasures with "
                                            "--erasures FILE or, if nobody was erased since the "
                                            "backup, --confirm-no-erasures."));
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    value_set_text(args, "erasures", journal_paths(&a, o));
    return command_anywhere(o, &a, S("restore.release"), args, false);
}

int cmd_restore(const struct options *o)
{
    arena a;
    struct restore *r;
    int code;
    if (o->release) return release(o);
    if (o->positional_count != 1) return command_refuse(EXIT_USAGE, str_of(usage));
    if (!command_arena(&a)) return EXIT_FAILED;
    r = NEW(&a, struct restore, 1);
    if (!restore_begin(r, &a, o, &code)) return code;
    if (o->dry_run)
        code = dry_run(r);
    else
        code = restore_do(r) ? EXIT_DONE : restore_refuse(r);
    crypto_wipe(&r->key, sizeof r->key);
    ctx_end(&r->cx);
    return code;
}
