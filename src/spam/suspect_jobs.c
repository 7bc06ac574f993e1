#include "spam/suspect_jobs.h"

#include "base/id.h"
#include "setting/setting.h"
#include "suspect_sql.h"
#include "workspace/workspace.h"

enum { DAY_MS = 86400000, ROWS = 200 };

struct ids {
    struct workspace_ids workspace;
};

static bool ids_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_all_ids(cx, tx, &((struct ids *)arg)->workspace);
}

/* Some of one workspace; *deleted of this write. */
static bool old_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *deleted = arg;
    struct settings s;
    struct suspect_old_rows rows;
    *deleted = 0;
    if (!q_suspect_over(tx, NULL) || !setting_load(cx, tx, &s)) return false;
    int64_t days = setting_number(&s, SETTING_SUSPECT_KEEP_DAYS);
    if (days == 0) return true;
    struct suspect_old_in in = {id_first(cx->now_ms - days * DAY_MS), ROWS};
    if (!q_suspect_old(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct suspect_delete_in gone = {rows.row[i].id};
        if (!q_suspect_delete(tx, &gone, NULL)) return false;
    }
    *deleted = rows.count;
    return true;
}

static bool expire_run(struct ctx *cx, const struct job *job)
{
    struct ids ids;
    (void)job;
    if (!db_read(cx, ids_read, &ids)) return false;
    bool ok = true;
    for (ptrdiff_t i = 0; ok && i < ids.workspace.count; i++) {
        int64_t deleted = ROWS;
        cx->workspace_id = ids.workspace.id[i];
        while (ok && deleted == ROWS) ok = db_write(cx, DB_BULK, old_write, &deleted);
    }
    cx->workspace_id = 0;
    return ok;
}

const struct job_kind suspect_jobs[] = {{"suspect.expire", 3600000, expire_run, 0}};
const int suspect_job_count = COUNTOF(suspect_jobs);
