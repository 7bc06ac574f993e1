/* Counting in memory, and writing it down. */
#include "form/form_funnel.h"

#include "app.h"
#include "base/tz.h"
#include "form_funnel_sql.h"
#include "setting/setting.h"

#include <pthread.h>
#include <string.h>

enum { ENTRIES = 1024, KEY_BYTES = 64, WRITE_MS = 1000 };

struct entry {
    int64_t workspace_id, form_id;
    int64_t version_no; /* 0: views and starts */
    char key[KEY_BYTES];
    int key_len;
    int64_t views, starts, left;
};

struct form_counts {
    pthread_mutex_t lock;
    int count;
    struct entry entry[ENTRIES];
};

struct form_counts *form_counts_new(arena *a)
{
    struct form_counts *c = NEW(a, struct form_counts, 1);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

/* The entry of that form (and field); NULL if a thousand others came within this second. */
static struct entry *entry_of(struct form_counts *c, const struct entry *wanted)
{
    for (int i = 0; i < c->count; i++) {
        struct entry *e = &c->entry[i];
        if (e->workspace_id == wanted->workspace_id && e->form_id == wanted->form_id &&
            e->version_no == wanted->version_no && e->key_len == wanted->key_len &&
            memcmp(e->key, wanted->key, (size_t)e->key_len) == 0)
            return e;
    }
    if (c->count == ENTRIES) return NULL;
    struct entry *e = &c->entry[c->count++];
    *e = *wanted;
    e->views = e->starts = e->left = 0;
    return e;
}

static void add(struct form_counts *c, const struct entry *what)
{
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    struct entry *e = entry_of(c, what);
    if (e != NULL) {
        e->views += what->views;
        e->starts += what->starts;
        e->left += what->left;
    }
    pthread_mutex_unlock(&c->lock);
}

void form_count_view(struct form_counts *counts, int64_t workspace_id, int64_t form_id)
{
    add(counts, &(struct entry){.workspace_id = workspace_id, .form_id = form_id, .views = 1});
}

void form_count_start(struct form_counts *counts, int64_t workspace_id, int64_t form_id)
{
    add(counts, &(struct entry){.workspace_id = workspace_id, .form_id = form_id, .starts = 1});
}

void form_count_left(struct form_counts *counts, int64_t workspace_id, int64_t form_id,
                     int64_t version_no, str key)
{
    struct entry e = {
        .workspace_id = workspace_id, .form_id = form_id, .version_no = version_no, .left = 1};
    if (key.len <= 0 || key.len > KEY_BYTES) return;
    memcpy(e.key, key.ptr, (size_t)key.len);
    e.key_len = (int)key.len;
    add(counts, &e);
}

/* --- writing --- */

struct batch {
    const struct entry *entry;
    int from, to; /* of one workspace */
};

static bool batch_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct batch *b = arg;
    struct settings s;
    struct tz *zone = NULL;
    if (!setting_load(cx, tx, &s)) return false;
    if (!tz_load(cx->a, s.value[SETTING_TIME_ZONE], &zone)) zone = NULL;
    int64_t day = civil_to_day(tz_civil(zone, cx->now_ms));
    for (int i = b->from; i < b->to; i++) {
        const struct entry *e = &b->entry[i];
        struct form_day_add_in walked = {e->form_id, day, e->views, e->starts};
        struct form_left_add_in left = {e->form_id, e->version_no, {e->key, e->key_len}, e->left};
        if (!(e->version_no == 0 ? q_form_day_add(tx, &walked, NULL)
                                 : q_form_left_add(tx, &left, NULL)))
            return false;
    }
    return true;
}

/* Those of one workspace side by side. */
static void sort_by_workspace(struct entry *entry, int count)
{
    for (int i = 1; i < count; i++) {
        struct entry e = entry[i];
        int k = i;
        for (; k > 0 && entry[k - 1].workspace_id > e.workspace_id; k--) entry[k] = entry[k - 1];
        entry[k] = e;
    }
}

bool form_counts_write(struct ctx *cx, struct form_counts *counts)
{
    if (counts == NULL) return true;
    pthread_mutex_lock(&counts->lock);
    int count = counts->count;
    struct entry *entry = count == 0 ? NULL : NEW(cx->a, struct entry, count);
    if (count > 0) memcpy(entry, counts->entry, (size_t)count * sizeof *entry);
    counts->count = 0;
    pthread_mutex_unlock(&counts->lock);
    int64_t workspace_id = cx->workspace_id;
    bool ok = true;
    sort_by_workspace(entry, count);
    struct batch b = {.entry = entry};
    for (; b.from < count; b.from = b.to) {
        cx->workspace_id = entry[b.from].workspace_id;
        for (b.to = b.from; b.to < count && entry[b.to].workspace_id == cx->workspace_id;) b.to++;
        if (db_write(cx, DB_EVENTS, batch_write, &b)) continue;
        ok = false; /* counted again with the next */
        for (int i = b.from; i < b.to; i++) add(counts, &entry[i]);
    }
    cx->workspace_id = workspace_id;
    return ok;
}

static bool write_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return form_counts_write(cx, cx->app->counts);
}

const struct job_kind form_count_jobs[] = {{"form.counts", WRITE_MS, write_run, 0}};
const int form_count_job_count = COUNTOF(form_count_jobs);
