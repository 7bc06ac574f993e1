#include "spam/suspect_jobs.h"

#include "base/id.h"
#include "setting/setting.h"
#include "suspect_sql.h"
#include "workspace/workspace.h"

enum { DAY_MS = 86400000, ROWS = 200 };

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

static bool expire_all(struct ctx *cx, void *arg)
{
    int64_t deleted = ROWS;
    (void)arg;
    while (deleted == ROWS) {
        arena start = *cx->a;
        if (!db_write(cx, DB_BULK, old_write, &deleted)) return false;
        *cx->a = start; /* an error's words stay */
    }
    return true;
}

static bool expire_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return workspace_each(cx, NULL, expire_all, NULL);
}

const struct job_kind suspect_jobs[] = {{"suspect.expire", 3600000, expire_run, 0}};
const int suspect_job_count = COUNTOF(suspect_jobs);
