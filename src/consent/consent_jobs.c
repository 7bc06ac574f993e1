#include "consent/consent_jobs.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/tz.h"
#include "consent/consent_inner.h"
#include "consent_sql.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

enum { SEAL_MS = 500, EXPIRE_MS = 60000, EXPIRE_BATCH = 100, ROUNDS_MAX = 1000 };
enum { DAY_MS = 86400000, NETWORK_EVENTS = 500 };

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

static bool all_batches(struct ctx *cx, void *arg)
{
    struct batch b = {.fn = *(batch_fn **)arg, .done = 1};
    for (int k = 0; b.done > 0 && k < ROUNDS_MAX; k++) {
        arena start = *cx->a;
        if (!db_write(cx, DB_EVENTS, run_batch, &b)) return false;
        *cx->a = start; /* an error's words stay */
    }
    return true;
}

/* Batches in each workspace until there is nothing left, so that no transaction grows long. */
static bool each_workspace(struct ctx *cx, const struct workspace_ids *ids, batch_fn *fn)
{
    return workspace_each(cx, ids, all_batches, &fn);
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

/* --- network data whose time is over --- */

struct network {
    int64_t before_ms, gone_ms; /* what goes; up to where it has gone before */
    int64_t after_id, until_id;
    struct consent_network_oldest_row found;
    int64_t forgotten;
};

static bool network_begin(struct ctx *cx, struct tx *tx, void *arg)
{
    struct network *n = arg;
    struct settings s;
    if (!setting_load(cx, tx, &s)) return false;
    int64_t days = setting_number(&s, SETTING_NETWORK_KEEP_DAYS);
    *n = (struct network){.before_ms = days == 0 ? 0 : cx->now_ms - days * DAY_MS,
                          .gone_ms = setting_number(&s, SETTING_NETWORK_GONE_MS)};
    n->after_id = id_first(n->gone_ms - DAY_MS) - 1; /* ids begin with the time, about */
    n->until_id = id_first(n->before_ms);
    return true;
}

static bool network_find(struct ctx *cx, struct tx *tx, void *arg)
{
    struct network *n = arg;
    struct consent_network_oldest_in in = {n->after_id, n->until_id, n->before_ms, NETWORK_EVENTS};
    (void)cx;
    return q_consent_network_oldest(tx, &in, &n->found, NULL);
}

static bool network_forget(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct network *n = arg;
    struct consent_network_forget_in in = {n->after_id, n->found.id, n->before_ms};
    (void)cx;
    return q_consent_network_forget(tx, &in, NULL);
}

static bool network_note(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct network *n = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "before", rfc3339(cx->a, n->before_ms));
    return setting_save(cx, tx, SETTING_NETWORK_GONE_MS,
                        str_printf(cx->a, "%lld", (long long)n->before_ms)) &&
           (n->forgotten == 0 ||
            audit_write(cx, tx, "consent.network_purge", "workspace", cx->workspace_id, 0, detail));
}

/* In the workspace of cx. It is begun again where it was broken off: keys that are gone stay so. */
static bool network_run_one(struct ctx *cx, void *arg)
{
    struct network n;
    (void)arg;
    if (!db_read(cx, network_begin, &n)) return false;
    if (n.before_ms <= n.gone_ms) return true;
    do {
        arena start = *cx->a;
        if (!db_read(cx, network_find, &n)) return false;
        if (n.found.open_count > 0 && !db_write(cx, DB_BULK, network_forget, &n)) return false;
        n.forgotten += n.found.open_count;
        n.after_id = n.found.id;
        *cx->a = start;
    } while (n.found.n == NETWORK_EVENTS);
    return db_write(cx, DB_BULK, network_note, &n);
}

static bool network_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return workspace_each(cx, NULL, network_run_one, NULL);
}

const struct job_kind consent_jobs[] = {
    {"consent.seal", SEAL_MS, seal_run, 0},
    {"consent.expire", EXPIRE_MS, expire_run, 0},
    {"consent.network", DAY_MS, network_run, 0},
};
const int consent_job_count = COUNTOF(consent_jobs);
