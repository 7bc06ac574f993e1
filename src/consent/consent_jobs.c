#include "consent/consent_jobs.h"

#include "consent/consent_inner.h"
#include "consent_sql.h"

enum { SEAL_MS = 500, EXPIRE_MS = 60000, EXPIRE_BATCH = 100, ROUNDS_MAX = 1000 };

struct workspace_ids {
    int64_t *id;
    ptrdiff_t count;
};

/* One batch of work in one workspace; *done is how much it was. */
typedef bool batch_fn(struct ctx *cx, struct tx *tx, int64_t *done);

struct batch {
    batch_fn *fn;
    int64_t done;
};

static bool run_batch(struct ctx *cx, struct tx *tx, void *arg)
{
    struct batch *b = arg;
    b->done = 0;
    return b->fn(cx, tx, &b->done);
}

static bool all_batches(struct ctx *cx, batch_fn *fn)
{
    struct batch b = {.fn = fn, .done = 1};
    for (int k = 0; b.done > 0 && k < ROUNDS_MAX; k++) {
        arena start = *cx->a;
        if (!db_write(cx, DB_EVENTS, run_batch, &b)) return false;
        *cx->a = start; /* an error's words stay */
    }
    return true;
}

/* Batches in each workspace until there is nothing left, so that no transaction grows long. What
 * fails in one is told, and keeps the others from nothing. */
static bool each_workspace(struct ctx *cx, const struct workspace_ids *ids, batch_fn *fn)
{
    struct err first = {.code = ERR_NONE};
    for (ptrdiff_t i = 0; i < ids->count; i++) {
        cx->workspace_id = ids->id[i];
        if (all_batches(cx, fn)) continue;
        if (first.code == ERR_NONE) first = cx->err;
        err_clear(cx);
    }
    cx->workspace_id = 0;
    cx->err = first;
    return first.code == ERR_NONE;
}

static bool find_unsealed(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace_ids *ids = arg;
    struct consent_unsealed_workspaces_rows rows;
    if (!q_consent_unsealed_workspaces(tx, &rows)) return false;
    *ids = (struct workspace_ids){NEW(cx->a, int64_t, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) ids->id[i] = rows.row[i].of_workspace_id;
    return true;
}

static bool seal_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    struct workspace_ids ids;
    return db_read(cx, find_unsealed, &ids) && each_workspace(cx, &ids, consent_seal);
}

static bool find_overdue(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace_ids *ids = arg;
    struct confirmation_overdue_workspaces_in in = {cx->now_ms};
    struct confirmation_overdue_workspaces_rows rows;
    if (!q_confirmation_overdue_workspaces(tx, &in, &rows)) return false;
    *ids = (struct workspace_ids){NEW(cx->a, int64_t, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) ids->id[i] = rows.row[i].of_workspace_id;
    return true;
}

static bool expire_batch(struct ctx *cx, struct tx *tx, int64_t *done)
{
    int count = 0;
    bool good = confirmation_expire(cx, tx, EXPIRE_BATCH, &count);
    *done = count;
    return good;
}

static bool expire_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    struct workspace_ids ids;
    return db_read(cx, find_overdue, &ids) && each_workspace(cx, &ids, expire_batch);
}

const struct job_kind consent_jobs[] = {
    {"consent.seal", SEAL_MS, seal_run, 0},
    {"consent.expire", EXPIRE_MS, expire_run, 0},
};
const int consent_job_count = COUNTOF(consent_jobs);
