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
static bool purge_workspace(struct ctx *cx, void *arg)
{
    struct receipts r = {.until_id = id_first(cx->now_ms - RECEIPT_KEPT_MS)};
    (void)arg;
    for (;;) {
        if (!db_read(cx, find_oldest, &r)) return false;
        if (r.found.n < FEW) return true;
        if (!db_write(cx, DB_BULK, purge_write, &r)) return false;
        r.after_id = r.found.id;
    }
}

bool receipt_purge_run(struct ctx *cx, const struct job *job)
{
    int64_t nobody = 0;
    const struct workspace_ids none = {&nobody, 1};
    (void)job;
    if (!db_is_shared(cx->db)) return true;
    return workspace_each(cx, &none, purge_workspace, NULL) &&
           workspace_each(cx, NULL, purge_workspace, NULL);
}
