#include "backup/backup_jobs.h"

#include "app.h"
#include "backup/backup.h"
#include "backup/disk.h"
#include "backup/erasures.h"
#include "backup/pair.h"
#include "base/clock.h"
#include "base/log.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MS = 60000, RENEW_MS = 60000, FILES_MAX = 4096 };

struct round {
    struct backup_plan plan;
    struct backup_state state;
    struct settings settings;
    struct backup_result result;
    str file;
    struct err err;
};

static str folder(struct ctx *cx)
{
    return cx->app->config.backup_dir;
}

static bool round_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct round *r = arg;
    struct workspace w;
    if (!backup_plan_load(cx, tx, &r->plan) || !backup_state_load(cx, tx, &r->state) ||
        !workspace_by_host(cx, tx, S(""), &w))
        return false;
    tx_workspace(tx, w.id);
    return setting_load(cx, tx, &r->settings);
}

/* --- one backup --- */

struct watched {
    struct ctx *cx;
    const struct job *job;
    int64_t renewed_ms; /* monotonic */
};

/* The server may stop between two pieces; a long run keeps its lease. */
static bool go_on(void *to, int64_t done, int64_t all)
{
    struct watched *w = to;
    (void)done;
    (void)all;
    if (atomic_load(&w->cx->app->draining)) return false;
    if (clock_mono_ms() - w->renewed_ms < RENEW_MS) return true;
    arena scratch = *w->cx->a;
    struct ctx now = *w->cx;
    now.a = &scratch;
    now.now_ms = clock_now_ms();
    w->renewed_ms = clock_mono_ms();
    return job_renew(&now, w->job);
}

static bool folder_make(struct ctx *cx)
{
    const char *name = str_cstr(cx->a, folder(cx));
    struct stat st;
    if (mkdir(name, 0700) != 0 && errno != EEXIST)
        return archive_refuse(cx, ERR_STORAGE, "backup.folder", folder(cx),
                              disk_reason(cx->a, errno));
    if (stat(name, &st) != 0 || !S_ISDIR(st.st_mode))
        return archive_refuse(cx, ERR_STORAGE, "backup.folder", folder(cx), S("no folder"));
    return true;
}

static bool make(struct ctx *cx, const struct job *job, struct round *r)
{
    struct watched watched = {cx, job, clock_mono_ms()};
    struct pair_public key;
    r->file = backup_name(cx->a, cx->now_ms);
    struct backup_request rq = {
        .path = str_printf(cx->a, "%.*s/%.*s", STR_ARG(folder(cx)), STR_ARG(r->file)),
        .scheduled = true,
        .watch = {go_on, &watched}};
    if (r->plan.seal_to.len > 0) {
        if (!pair_public_read(r->plan.seal_to, &key))
            return fail(cx, ERR_INVALID, "backup.seal_to_invalid");
        rq.seal_to = &key;
    }
    return backup_make(cx, &rq, &r->result);
}

static bool note_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct round *r = arg;
    return r->err.code == ERR_NONE ? backup_note_good(cx, tx, &r->result, r->file)
                                   : backup_note_failed(cx, tx, &r->err);
}

/* --- rotation --- */

struct found {
    int64_t made_ms;
    str name;
};

static int newest_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return (x->made_ms < y->made_ms) - (x->made_ms > y->made_ms);
}

/* Is this a backup that this installation's plan has made? The name alone does not prove it. */
static bool is_ours(struct ctx *cx, str path, int64_t named_ms)
{
    arena scratch = *cx->a;
    struct ctx own = *cx;
    struct archive_reader *r;
    struct stat st;
    own.a = &scratch;
    own.deferred = NULL;
    if (lstat(str_cstr(&scratch, path), &st) != 0 || !S_ISREG(st.st_mode)) return false;
    bool ours = archive_open(&own, path, &r);
    if (ours) {
        const struct manifest *m = archive_manifest(r);
        int64_t off = m->made_ms - named_ms; /* the name is cut to the second, taken just before */
        ours = m->scheduled && off > -60000 && off < 60000 &&
               str_eq(m->key_mark, key_ring_mark(&scratch, own.keys));
    }
    ctx_end(&own);
    return ours;
}

static ptrdiff_t find_ours(struct ctx *cx, DIR *dir, struct found *list)
{
    ptrdiff_t count = 0;
    for (struct dirent *e; count < FILES_MAX && (e = readdir(dir)) != NULL;) {
        str name = str_of(e->d_name);
        int64_t made_ms;
        if (!backup_name_read(name, &made_ms)) continue;
        arena scratch = *cx->a;
        str path = str_printf(&scratch, "%.*s/%.*s", STR_ARG(folder(cx)), STR_ARG(name));
        struct ctx own = *cx;
        own.a = &scratch;
        if (!is_ours(&own, path, made_ms)) continue;
        list[count++] = (struct found){made_ms, str_dup(cx->a, name)};
    }
    return count;
}

static void rotate(struct ctx *cx, int keep)
{
    struct found *list = NEW(cx->a, struct found, FILES_MAX);
    DIR *dir = opendir(str_cstr(cx->a, folder(cx)));
    if (dir == NULL) return;
    ptrdiff_t count = find_ours(cx, dir, list);
    qsort(list, (size_t)count, sizeof *list, newest_first);
    for (ptrdiff_t i = keep; i < count; i++) {
        const char *name = str_cstr(cx->a, list[i].name);
        const char *journal = str_cstr(cx->a, str_printf(cx->a, "%s.erasures.jsonl", name));
        if (unlinkat(dirfd(dir), name, 0) != 0) continue;
        (void)unlinkat(dirfd(dir), journal, 0);
        log_line(LOG_LEVEL_INFO, "backup.rotated", "file=%s", log_str(list[i].name).text);
    }
    closedir(dir);
}

/* What a run that was killed left: only names that a run of ours gives, and never a whole one. */
static void sweep(struct ctx *cx)
{
    static const char *const endings[] = {".part", ".copy", ".copy-journal"};
    DIR *dir = opendir(str_cstr(cx->a, folder(cx)));
    if (dir == NULL) return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        str name = str_of(e->d_name);
        int64_t made_ms;
        if (!backup_name_read(str_slice(name, 0, BACKUP_NAME_LEN), &made_ms)) continue;
        str ending = str_slice(name, BACKUP_NAME_LEN, name.len);
        for (ptrdiff_t i = 0; i < COUNTOF(endings); i++)
            if (str_eq(ending, str_of(endings[i]))) (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    closedir(dir);
}

/* --- jobs --- */

/* One at a time; another one under way is no failure (*turn false). */
static bool make_alone(struct ctx *cx, const struct job *job, struct round *r, bool *turn)
{
    *turn = true;
    if (!folder_make(cx)) return false;
    int lock = backup_begin(cx);
    *turn = lock >= 0 || cx->err.code != ERR_CONFLICT;
    if (lock < 0) return false;
    sweep(cx);
    bool ok = make(cx, job, r);
    if (ok) rotate(cx, r->plan.keep);
    close(lock);
    return ok;
}

static bool run(struct ctx *cx, const struct job *job, struct round *r)
{
    bool turn, ok = make_alone(cx, job, r, &turn);
    if (!turn) {
        err_clear(cx);
        log_line(LOG_LEVEL_INFO, "backup.waits", "why=under_way");
        return true;
    }
    r->err = cx->err;
    if (!ok) {
        str words = cx->err.detail;
        log_line(LOG_LEVEL_ERROR, "backup.failed", "error=%s detail=%s",
                 cx->err.key != NULL ? cx->err.key : "unexplained", log_str(words).text);
    }
    err_clear(cx);
    return db_write(cx, DB_EVENTS, note_write, r);
}

static bool plan_run(struct ctx *cx, const struct job *job)
{
    struct round r = {0};
    struct tz *zone = NULL;
    erasures_share(cx); /* whatever the plan says: others may plan with this folder */
    if (!db_read(cx, round_read, &r)) return false;
    if (r.plan.every == BACKUP_OFF) return true;
    if (!tz_load(cx->a, r.settings.value[SETTING_TIME_ZONE], &zone)) zone = NULL;
    int64_t slot = backup_slot_ms(r.plan.every, r.plan.hour, zone, cx->now_ms);
    if (!backup_is_due(slot, cx->now_ms, r.state.ok_ms, r.state.failed_ms)) return true;
    return run(cx, job, &r);
}

static bool now_run(struct ctx *cx, const struct job *job)
{
    struct round r = {0};
    return db_read(cx, round_read, &r) && run(cx, job, &r);
}

bool backup_ask(struct ctx *cx, struct tx *tx)
{
    return job_add(cx, tx, "backup.now", S(""), 0);
}

const struct job_kind backup_jobs[] = {
    {"backup.plan", LOOK_MS, plan_run, 0},
    {"backup.now", 0, now_run, 1},
};
const int backup_job_count = COUNTOF(backup_jobs);
