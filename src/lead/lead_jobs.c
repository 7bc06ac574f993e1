#include "lead/lead_jobs.h"

#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/tz.h"
#include "db/partition.h"
#include "lead_sql.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

enum {
    DAY_MS = 86400000,
    LEADS = 1000,      /* looked at in one read */
    DELETE_ROWS = 500, /* in one write */
    RENEW_SLICES = 50,
    PAST_MONTHS = 36,
};

static const struct partitioned touchpoints = {"touchpoint", "at_ms"};

static void told(struct ctx *cx, bool good)
{
    if (!good)
        log_line(LOG_LEVEL_WARN, "touchpoint.partitions", "error=%s detail=%s",
                 cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
    err_clear(cx);
}

void touchpoint_partitions_ahead(struct ctx *cx)
{
    told(cx, partition_ahead(cx, &touchpoints));
}

void touchpoint_partitions_past(struct ctx *cx)
{
    int64_t from_ms = partition_month(cx->now_ms, -PAST_MONTHS);
    told(cx,
         partition_cover(cx, &touchpoints, from_ms, partition_month(cx->now_ms, PARTITION_AHEAD)));
}

int64_t touchpoint_keep_from(int64_t now_ms, int64_t months)
{
    return months <= 0 ? 0 : partition_month(now_ms, -(int)months);
}

/* --- who keeps what --- */

struct keeping {
    int64_t workspace_id;
    int64_t from_ms; /* what is older goes; 0: nothing */
    int64_t gone_ms; /* and has gone up to here */
};
struct keepings {
    struct keeping *row;
    ptrdiff_t count;
};

static bool read_keepings(struct ctx *cx, struct tx *tx, void *arg)
{
    struct keepings *out = arg;
    struct workspace_ids ids;
    if (!workspace_all_ids(cx, tx, &ids)) return false;
    *out = (struct keepings){NEW(cx->a, struct keeping, ids.count), ids.count};
    for (ptrdiff_t i = 0; i < ids.count; i++) {
        arena start = *cx->a;
        struct settings s;
        tx_workspace(tx, ids.id[i]);
        if (!setting_load(cx, tx, &s)) return false;
        int64_t months = setting_number(&s, SETTING_TOUCHPOINT_KEEP_MONTHS);
        out->row[i] = (struct keeping){ids.id[i], touchpoint_keep_from(cx->now_ms, months),
                                       setting_number(&s, SETTING_TOUCHPOINTS_GONE_MS)};
        *cx->a = start;
    }
    return true;
}

/* Up to when every workspace's time is over. */
static int64_t over_for_all(const struct keepings *all)
{
    int64_t until_ms = all->count == 0 ? 0 : INT64_MAX;
    for (ptrdiff_t i = 0; i < all->count; i++)
        if (all->row[i].from_ms < until_ms) until_ms = all->row[i].from_ms;
    return until_ms;
}

/* --- rows of one workspace --- */

struct purge {
    int64_t before_ms, after_id;
    struct touchpoint_old_leads_rows leads;
    ptrdiff_t at, next; /* in leads: this write begins there, the next one here */
    int64_t deleted;    /* of this write */
};

static bool find_leads(struct ctx *cx, struct tx *tx, void *arg)
{
    struct purge *p = arg;
    struct touchpoint_old_leads_in in = {p->after_id, p->before_ms, LEADS};
    (void)cx;
    return q_touchpoint_old_leads(tx, &in, &p->leads);
}

static bool delete_some(struct ctx *cx, struct tx *tx, void *arg)
{
    struct purge *p = arg;
    (void)cx;
    p->deleted = 0;
    for (p->next = p->at; p->next < p->leads.count && p->deleted < DELETE_ROWS; p->next++) {
        int64_t changed = 0, limit = DELETE_ROWS - p->deleted;
        struct touchpoint_delete_old_in in = {p->leads.row[p->next].id, p->before_ms, limit};
        if (p->leads.row[p->next].is_old == 0) continue;
        if (!q_touchpoint_delete_old(tx, &in, &changed)) return false;
        p->deleted += changed;
        if (changed >= limit) return true; /* there may be more of this one */
    }
    return true;
}

/* One slice of leads; *total counts what was deleted. */
static bool purge_slice(struct ctx *cx, struct purge *p, int64_t *total)
{
    if (!db_read(cx, find_leads, p)) return false;
    for (p->at = 0; p->at < p->leads.count; p->at = p->next) {
        while (p->at < p->leads.count && p->leads.row[p->at].is_old == 0) p->at++;
        if (p->at == p->leads.count) break;
        if (!db_write(cx, DB_BULK, delete_some, p)) return false;
        *total += p->deleted;
    }
    if (p->leads.count > 0) p->after_id = p->leads.row[p->leads.count - 1].id;
    return true;
}

static bool renew(struct ctx *cx, const struct job *job)
{
    if (job->id == 0) return true;
    cx->now_ms = clock_now_ms();
    return job_renew(cx, job);
}

static bool purge_rows(struct ctx *cx, const struct job *job, int64_t before_ms, int64_t *total)
{
    struct purge p = {.before_ms = before_ms};
    *total = 0;
    for (int slices = 1;; slices++) {
        arena start = *cx->a;
        if (!purge_slice(cx, &p, total)) return false;
        *cx->a = start;
        if (p.leads.count < LEADS) return true;
        if (slices % RENEW_SLICES == 0 && !renew(cx, job)) return false;
    }
}

struct gone {
    int64_t before_ms, rows;
    bool tell;
};

/* For the lead's page, and for whoever asks later what went when. */
static bool note_gone(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct gone *g = arg;
    struct value detail = value_map(cx->a);
    str mark = str_printf(cx->a, "%lld", (long long)g->before_ms);
    value_set_text(detail, "before", rfc3339(cx->a, g->before_ms));
    return setting_save(cx, tx, SETTING_TOUCHPOINTS_GONE_MS, mark) &&
           (!g->tell || audit_write(cx, tx, "lead.touchpoints_purge", "workspace", cx->workspace_id,
                                    0, detail));
}

static bool purge_workspace(struct ctx *cx, const struct job *job, const struct keeping *k,
                            bool dropped)
{
    struct gone g = {.before_ms = k->from_ms};
    if (k->from_ms <= k->gone_ms) return true;
    cx->workspace_id = k->workspace_id;
    bool good = purge_rows(cx, job, k->from_ms, &g.rows);
    g.tell = dropped || g.rows > 0;
    good = good && db_write(cx, DB_BULK, note_gone, &g);
    if (good && g.rows > 0)
        log_line(LOG_LEVEL_INFO, "touchpoint.purged", "workspace=%lld rows=%lld",
                 (long long)k->workspace_id, (long long)g.rows);
    cx->workspace_id = 0;
    return good;
}

/* --- the job --- */

static void keep_first(struct ctx *cx, struct err *first)
{
    if (first->code == ERR_NONE) *first = cx->err;
    err_clear(cx);
}

/* What fails keeps the rest from nothing. */
static bool keep_run(struct ctx *cx, const struct job *job)
{
    struct keepings all;
    struct err first = {.code = ERR_NONE};
    int dropped = 0;
    if (!partition_ahead(cx, &touchpoints)) keep_first(cx, &first);
    if (!db_read(cx, read_keepings, &all)) return false;
    if (!partition_drop(cx, &touchpoints, over_for_all(&all), &dropped)) keep_first(cx, &first);
    for (ptrdiff_t i = 0; i < all.count; i++)
        if (!purge_workspace(cx, job, &all.row[i], dropped > 0)) keep_first(cx, &first);
    cx->workspace_id = 0;
    if (!partition_tidy(cx, &touchpoints)) keep_first(cx, &first);
    cx->err = first;
    return first.code == ERR_NONE;
}

const struct job_kind lead_jobs[] = {
    {"touchpoint.keep", DAY_MS, keep_run, 0},
};
const int lead_job_count = COUNTOF(lead_jobs);
