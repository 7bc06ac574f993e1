#include "bell/bell_jobs.h"

#include "access/access.h"
#include "app.h"
#include "backup/backup.h"
#include "base/id.h"
#include "base/permission.h"
#include "bell/bell.h"
#include "bell_sql.h"
#include "post/post_delivery.h"
#include "workspace/workspace.h"

enum { WATCH_MS = 60000, PURGE_MS = 3600000 };
#define DAY_MS INT64_C(86400000)
/* What mends itself within minutes is no news. */
#define TROUBLE_MS (INT64_C(5) * 60 * 1000)

struct watch {
    struct post_relay_status relay;
    struct backup_state backup;
    bool ours; /* backups are the default workspace's business */
    enum bell_kind kind;
    int64_t day;
};

/* Without those that are going: nobody works there any more. */
static bool workspaces_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_list(cx, tx, arg);
}

static bool trouble_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct watch *w = arg;
    w->ours = backup_is_ours(cx, tx);
    if (!w->ours && cx->err.code != ERR_FORBIDDEN) return false;
    if (!w->ours) err_clear(cx);
    return post_relay_status(cx, tx, cx->app == NULL ? NULL : cx->app->delivery, &w->relay) &&
           (!w->ours || backup_state_load(cx, tx, &w->backup));
}

/* Once a day, whoever may do something about it. */
static bool tell_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct watch *w = arg;
    struct access_people who;
    if (!access_who_may(cx, tx, bell_kinds[w->kind].permission, &who)) return false;
    for (ptrdiff_t i = 0; i < who.count; i++)
        if (!bell_ring(cx, tx, who.user_id[i], w->kind, 0, w->day)) return false;
    return true;
}

static bool stuck(const struct ctx *cx, const struct post_relay_status *relay)
{
    return !relay->outbox && relay->waiting > 0 && relay->last_error.len > 0 &&
           relay->last_ok_ms < cx->now_ms - TROUBLE_MS && relay->last_error_ms > relay->last_ok_ms;
}

static bool workspace_watch(struct ctx *cx)
{
    struct watch w = {.day = cx->now_ms / DAY_MS};
    if (!db_read(cx, trouble_read, &w)) return false;
    if (stuck(cx, &w.relay)) {
        w.kind = BELL_DELIVERY;
        if (!db_write(cx, DB_BULK, tell_write, &w)) return false;
    }
    if (!w.ours || w.backup.failed_ms == 0) return true;
    w.kind = BELL_BACKUP;
    w.day = w.backup.failed_ms / DAY_MS;
    return db_write(cx, DB_BULK, tell_write, &w);
}

/* What fails in one workspace is told, and keeps the others from nothing. */
static bool watch_run(struct ctx *cx, const struct job *job)
{
    struct workspaces all = {0};
    struct err first = {.code = ERR_NONE};
    int64_t workspace_id = cx->workspace_id;
    (void)job;
    if (!db_read(cx, workspaces_read, &all)) return false;
    for (ptrdiff_t i = 0; i < all.count; i++) {
        arena start = *cx->a;
        cx->workspace_id = all.row[i].id;
        if (workspace_watch(cx)) {
            *cx->a = start;
            continue;
        }
        if (first.code == ERR_NONE) first = cx->err;
        err_clear(cx);
    }
    cx->workspace_id = workspace_id;
    cx->err = first;
    return first.code == ERR_NONE;
}

static bool forget_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    struct bell_forget_in in = {id_first(cx->now_ms - BELL_KEPT_DAYS * DAY_MS)};
    return q_bell_forget(tx, &in, NULL);
}

static bool forget_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return db_write(cx, DB_BULK, forget_write, NULL);
}

const struct job_kind bell_jobs[] = {
    {"bell.watch", WATCH_MS, watch_run, 0},
    {"bell.forget", PURGE_MS, forget_run, 0},
};
const int bell_job_count = COUNTOF(bell_jobs);
