#include "tally/tally_inner.h"

#include "base/limits.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

#include <stdlib.h>

enum { QUARTER_MS = 900000, FOLD_MS = 1000, FOLD_BATCH = 2000, ROUNDS_MAX = 1000 };

static enum tally_kind by_day(enum tally_kind kind)
{
    return kind == TALLY_FORM ? TALLY_FORM_DAY : TALLY_CAMPAIGN_DAY;
}

bool tally_zone(struct ctx *cx, struct tx *tx, str *name, struct tz **zone)
{
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    *name = settings.value[SETTING_TIME_ZONE];
    if (!tz_load(cx->a, *name, zone)) *zone = NULL;
    return true;
}

static int64_t day_of(const struct tz *zone, int64_t ms)
{
    return civil_to_day(tz_civil(zone, ms));
}

bool tally_note(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                int64_t at_ms, str label, int64_t all, int64_t confirmed)
{
    struct tally_note_in in = {ctx_new_id(cx), kind, about_id, at_ms, label, all, confirmed};
    if (about_id == 0 || (all == 0 && confirmed == 0)) return true;
    return q_tally_note(tx, &in, NULL);
}

/* --- reading --- */

bool tally_one(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
               struct tally *out)
{
    struct tally_one_in in = {kind, about_id};
    struct tally_one_row row;
    (void)cx;
    if (!q_tally_one(tx, &in, &row, NULL)) return false;
    *out = (struct tally){.about_id = about_id, .all = row.all_n, .confirmed = row.confirmed_n};
    return true;
}

bool tally_list(struct ctx *cx, struct tx *tx, enum tally_kind kind, struct tallies *out)
{
    struct tally_list_in in = {kind, LIMIT_QUERY_ROWS};
    struct tally_list_rows rows;
    if (!q_tally_list(tx, &in, &rows)) return false;
    *out = (struct tallies){NEW(cx->a, struct tally, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct tally){.about_id = rows.row[i].about_id,
                                     .all = rows.row[i].all_n,
                                     .confirmed = rows.row[i].confirmed_n};
    return true;
}

static int by_about(const void *key, const void *row)
{
    int64_t left = *(const int64_t *)key, right = ((const struct tally *)row)->about_id;
    return (left > right) - (left < right);
}

struct tally tally_find(const struct tallies *list, int64_t about_id)
{
    const struct tally *found =
        list->count == 0
            ? NULL
            : bsearch(&about_id, list->row, (size_t)list->count, sizeof *list->row, by_about);
    return found == NULL ? (struct tally){.about_id = about_id} : *found;
}

static int day_order(const void *left, const void *right)
{
    const struct tally *a = left, *b = right;
    return (a->day > b->day) - (a->day < b->day);
}

/* Sorted by day: one row each, without those that make nothing. */
static void days_join(struct tallies *list)
{
    ptrdiff_t kept = 0;
    if (list->count > 0) qsort(list->row, (size_t)list->count, sizeof *list->row, day_order);
    for (ptrdiff_t i = 0; i < list->count;) {
        struct tally sum = list->row[i++];
        for (; i < list->count && list->row[i].day == sum.day; i++) {
            sum.all += list->row[i].all;
            sum.confirmed += list->row[i].confirmed;
        }
        if (sum.all != 0 || sum.confirmed != 0) list->row[kept++] = sum;
    }
    list->count = kept;
}

/* The one that the days stand on: after a change the one that was, until all is counted anew. */
static bool counted_zone(struct ctx *cx, struct tx *tx, struct tz **zone)
{
    struct tally_clock_get_row clock;
    str name;
    bool found;
    if (!q_tally_clock_get(tx, &clock, &found)) return false;
    if (!found) return tally_zone(cx, tx, &name, zone);
    if (!tz_load(cx->a, clock.zone, zone)) *zone = NULL;
    return true;
}

bool tally_days(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                int64_t from_day, struct tallies *out)
{
    struct tally_days_in in = {by_day(kind), about_id, from_day, LIMIT_QUERY_ROWS};
    struct tally_pending_days_in since = {kind, about_id, LIMIT_QUERY_ROWS};
    struct tally_days_rows rows;
    struct tally_pending_days_rows pending;
    struct tz *zone;
    if (!q_tally_days(tx, &in, &rows) || !q_tally_pending_days(tx, &since, &pending) ||
        !counted_zone(cx, tx, &zone))
        return false;
    *out = (struct tallies){NEW(cx->a, struct tally, rows.count + pending.count), 0};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[out->count++] = (struct tally){.about_id = about_id,
                                                .day = rows.row[i].day_n,
                                                .all = rows.row[i].all_n,
                                                .confirmed = rows.row[i].confirmed_n};
    for (ptrdiff_t i = 0; i < pending.count; i++) {
        struct tally t = {.about_id = about_id,
                          .day = day_of(zone, pending.row[i].quarter_n * QUARTER_MS),
                          .all = pending.row[i].all_n,
                          .confirmed = pending.row[i].confirmed_n};
        if (t.day >= from_day) out->row[out->count++] = t;
    }
    days_join(out);
    return true;
}

bool tally_labels(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id, int limit,
                  struct tallies *out)
{
    struct tally_labels_in in = {TALLY_CAMPAIGN_SOURCE, kind, about_id, limit};
    struct tally_labels_rows rows;
    if (!q_tally_labels(tx, &in, &rows)) return false;
    *out = (struct tallies){NEW(cx->a, struct tally, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct tally){.about_id = about_id,
                                     .label = rows.row[i].label,
                                     .all = rows.row[i].all_n,
                                     .confirmed = rows.row[i].confirmed_n};
    return true;
}

/* --- folding --- */

int tally_parts(const struct tz *zone, enum tally_kind kind, int64_t about_id, int64_t at_ms,
                str label, int64_t all, int64_t confirmed, struct tally_add_in row[TALLY_PARTS])
{
    row[0] = (struct tally_add_in){kind, about_id, 0, S(""), all, confirmed};
    row[1] = row[2] = row[0];
    row[1].kind = by_day(kind);
    row[1].day_n = day_of(zone, at_ms);
    row[2].kind = TALLY_CAMPAIGN_SOURCE;
    row[2].label = label;
    return kind == TALLY_CAMPAIGN ? 3 : 2;
}

struct sums {
    struct tally_add_in *row;
    ptrdiff_t count;
};

/* The newest stand last, and mostly the same is meant again. */
static void sums_add(struct sums *sums, const struct tally_add_in *in)
{
    for (ptrdiff_t i = sums->count; i-- > 0;) {
        struct tally_add_in *s = &sums->row[i];
        if (s->kind != in->kind || s->about_id != in->about_id || s->day_n != in->day_n ||
            !str_eq(s->label, in->label))
            continue;
        s->all_n += in->all_n;
        s->confirmed_n += in->confirmed_n;
        return;
    }
    sums->row[sums->count++] = *in;
}

static bool fold_batch(struct ctx *cx, struct tx *tx, const struct tz *zone, bool *more)
{
    struct tally_change_some_in in = {0, FOLD_BATCH};
    struct tally_change_some_rows rows;
    *more = false;
    if (!q_tally_change_some(tx, &in, &rows)) return false;
    if (rows.count == 0) return true;
    struct sums sums = {NEW(cx->a, struct tally_add_in, rows.count * TALLY_PARTS), 0};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct tally_change_some_row *r = &rows.row[i];
        struct tally_add_in part[TALLY_PARTS];
        int n = tally_parts(zone, (enum tally_kind)r->kind, r->about_id, r->at_ms, r->label,
                            r->all_n, r->confirmed_n, part);
        for (int k = 0; k < n; k++) sums_add(&sums, &part[k]);
    }
    for (ptrdiff_t i = 0; i < sums.count; i++) {
        const struct tally_add_in *s = &sums.row[i];
        struct tally_drop_empty_in none = {s->kind, s->about_id, s->day_n, s->label};
        /* Where nothing is left, not even the name of a source stays. */
        if (!q_tally_add(tx, s, NULL) || (s->all_n <= 0 && !q_tally_drop_empty(tx, &none, NULL)))
            return false;
    }
    struct tally_change_drop_in drop = {rows.row[rows.count - 1].id};
    *more = rows.count == FOLD_BATCH;
    return q_tally_change_drop(tx, &drop, NULL);
}

struct fold {
    bool more, counted; /* false: not on this clock */
};

/* Nothing while the days stand on another clock (recount.c). The row of the clock is what this and
 * a count that begins on another node meet in. */
static bool fold_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct fold *f = arg;
    struct tally_clock_hold_in hold;
    struct tz *zone;
    int64_t held;
    *f = (struct fold){0};
    if (!tally_zone(cx, tx, &hold.zone, &zone) || !q_tally_clock_hold(tx, &hold, &held))
        return false;
    f->counted = held > 0;
    return !f->counted || fold_batch(cx, tx, zone, &f->more);
}

static bool fold_all(struct ctx *cx, bool *counted)
{
    struct fold f = {.more = true};
    for (int i = 0; f.more && i < ROUNDS_MAX; i++) {
        arena start = *cx->a;
        if (!db_write(cx, DB_EVENTS, fold_write, &f)) return false;
        *cx->a = start; /* an error's words stay */
    }
    *counted = f.counted;
    return true;
}

bool tally_fold(struct ctx *cx)
{
    bool counted;
    if (!fold_all(cx, &counted)) return false;
    return counted || (tally_recount(cx) && fold_all(cx, &counted));
}

/* --- checking --- */

bool tally_check(struct ctx *cx, struct tx *tx, int64_t *wrong, bool *counted)
{
    struct tally_clock_get_row clock;
    struct tally_wrong_forms_row forms;
    struct tally_wrong_campaigns_row campaigns;
    struct tally_wrong_parts_row parts;
    (void)cx;
    if (!q_tally_clock_get(tx, &clock, counted) || !q_tally_wrong_forms(tx, &forms, NULL) ||
        !q_tally_wrong_campaigns(tx, &campaigns, NULL) || !q_tally_wrong_parts(tx, &parts, NULL))
        return false;
    *wrong = forms.n + campaigns.n + parts.n;
    return true;
}

/* --- in the background --- */

/* The days of this workspace stand as its clock would have them. */
static bool clock_is_right(const struct tally_clocks_rows *clocks, int64_t workspace_id)
{
    for (ptrdiff_t i = 0; i < clocks->count; i++) {
        const struct tally_clocks_row *r = &clocks->row[i];
        str wanted =
            r->wanted.len > 0 ? r->wanted : str_of(setting_defs[SETTING_TIME_ZONE].fallback);
        if (r->of_workspace_id == workspace_id) return str_eq(r->zone, wanted);
    }
    return false;
}

static bool is_changed(const struct tally_changed_workspaces_rows *changed, int64_t workspace_id)
{
    for (ptrdiff_t i = 0; i < changed->count; i++)
        if (changed->row[i].of_workspace_id == workspace_id) return true;
    return false;
}

/* Workspaces with changes, and those whose days were counted on no clock or on another. None that
 * is going: its rows go table by table, and what is counted of them would come back in between. */
static bool find_due(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace_ids *due = arg;
    struct workspaces all;
    struct tally_changed_workspaces_in in = {LIMIT_QUERY_ROWS};
    struct tally_changed_workspaces_rows changed;
    struct tally_clocks_in every = {LIMIT_QUERY_ROWS};
    struct tally_clocks_rows clocks;
    if (!workspace_list(cx, tx, &all) || !q_tally_changed_workspaces(tx, &in, &changed) ||
        !q_tally_clocks(tx, &every, &clocks))
        return false;
    *due = (struct workspace_ids){NEW(cx->a, int64_t, all.count), 0};
    for (ptrdiff_t i = 0; i < all.count; i++)
        if (is_changed(&changed, all.row[i].id) || !clock_is_right(&clocks, all.row[i].id))
            due->id[due->count++] = all.row[i].id;
    return true;
}

static bool fold_one(struct ctx *cx, void *arg)
{
    (void)arg;
    return tally_fold(cx);
}

static bool fold_run(struct ctx *cx, const struct job *job)
{
    struct workspace_ids ids;
    (void)job;
    return db_read(cx, find_due, &ids) && workspace_each(cx, &ids, fold_one, NULL);
}

const struct job_kind tally_jobs[] = {{"tally.fold", FOLD_MS, fold_run, 0}};
const int tally_job_count = COUNTOF(tally_jobs);
