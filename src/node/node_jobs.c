#include "node/node_jobs.h"

#include "base/id.h"
#include "node_sql.h"
#include "workspace/workspace.h"

enum { ROWS = 5000, FEW = 100 };

struct receipts {
    int64_t after_id, until_id; /* ids are positive: SQLite's own receipt has 0 */
    struct receipt_oldest_row found;
};

static bool find_oldest(struct ctx *cx, struct tx *tx, void *arg)
{
    struct receipts *r = arg;
    struct receipt_oldest_in in = {r->after_id, r->until_id, ROWS};
    (void)cx;
    return q_receipt_oldest(tx, &in, &r->found, NULL);
}

static bool purge_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct receipts *r = arg;
    struct receipt_purge_in in = {r->after_id, r->found.id};
    (void)cx;
    return q_receipt_purge(tx, &in, NULL);
}

/* `after_id` goes on from step to step: what was just deleted still stands in the index. */
static bool purge_workspace(struct ctx *cx, int64_t workspace_id)
{
    struct receipts r = {.until_id = id_first(cx->now_ms - RECEIPT_KEPT_MS)};
    cx->workspace_id = workspace_id;
    for (;;) {
        if (!db_read(cx, find_oldest, &r)) return false;
        if (r.found.n < FEW) return true;
        if (!db_write(cx, DB_BULK, purge_write, &r)) return false;
        r.after_id = r.found.id;
    }
}

static bool read_ids(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_all_ids(cx, tx, arg);
}

bool receipt_purge_run(struct ctx *cx, const struct job *job)
{
    struct workspace_ids ids;
    (void)job;
    if (!db_is_shared(cx->db)) return true;
    bool good = db_read(cx, read_ids, &ids) && purge_workspace(cx, 0);
    for (ptrdiff_t i = 0; good && i < ids.count; i++) {
        arena start = *cx->a;
        good = purge_workspace(cx, ids.id[i]);
        if (good) *cx->a = start;
    }
    cx->workspace_id = 0;
    return good;
}
