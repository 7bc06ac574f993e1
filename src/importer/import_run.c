/* Writing leads from a file, batch by batch. */
#include "importer/import_jobs.h"

#include "app.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/tz.h"
#include "importer/import_batch.h"
#include "importer/import_rules.h"
#include "workspace/workspace.h"

enum { SLICE_MS = 20000, RUN_ATTEMPTS = 6 };

struct run {
    struct import im;
    struct free_fields own;
    struct import_plan plan;
    bool there, moved;
    str props, contact, source; /* of every lead */
    struct import_batch batch;
    /* What a new lead needs, made without a transaction; ready[i].id 0: it is known. */
    struct lead_new lead[BATCH_ROWS];
    struct lead_ready ready[BATCH_ROWS];
    str kept_body[BATCH_ROWS]; /* sealed, of a row that is not taken over, or not whole */
    int64_t hash[BATCH_ROWS]; /* of a refused row's address */
    struct import_kept kept[BATCH_ROWS]; /* what is to be kept of the batch */
    int kept_count;
    struct seal_key key;
    struct import_done done; /* of one batch */
    int64_t took_ms;         /* to write it */
};

static bool run_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *r = arg;
    str *key;
    ptrdiff_t count = 0;
    r->there = import_load(cx, tx, r->im.id, &r->im);
    if (!r->there) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (!free_field_list(cx, tx, &r->own)) return false;
    import_strings(cx, r->im.mapping, &key, &count);
    r->plan.wrong = r->im.wrong;
    return import_plan_make(cx, &r->own, key, count, &r->plan);
}

/* Where these leads come from: it says so on their first contact and their history. */
static void origin_make(struct ctx *cx, struct run *r)
{
    const struct import *im = &r->im;
    struct value props = value_map(cx->a), contact = value_map(cx->a);
    value_set_text(props, "import", id_text(cx->a, ID_IMPORT, im->id));
    value_set_text(props, "file", im->file_name);
    if (im->campaign_id != 0) value_set_text(props, "campaign", im->campaign_name);
    value_set_text(contact, "at", rfc3339(cx->a, im->started_ms));
    value_set_text(contact, "reason", S("import"));
    value_set_text(contact, "import", id_text(cx->a, ID_IMPORT, im->id));
    value_set_text(contact, "file", im->file_name);
    if (im->campaign_id != 0) value_set_text(contact, "campaign", im->campaign_name);
    r->props = json_text(cx->a, props);
    r->contact = json_text(cx->a, contact);
    r->source = im->source.len > 0 ? im->source : S("import");
}

/* --- one batch, before its transaction --- */

/* Whom it gets: who was named, or who would not see it otherwise. */
static int64_t owner_of(const struct import *im)
{
    if (im->owner_id != 0) return im->owner_id;
    return lead_seen(&im->actor, 0, LEAD_ACTIVE) ? 0 : im->actor.user_id;
}

static void row_prepare(struct ctx *cx, struct run *r, int i)
{
    struct import_row *row = &r->batch.row[i];
    const struct lead_known *known = &r->batch.known[i];
    r->ready[i].id = 0;
    r->kept_body[i] = (str){0};
    if (row->refused == NULL && known->id != 0) row->refused = import_known_refused(&r->im, known);
    if (row->refused != NULL) {
        r->kept_body[i] = import_refused_body(cx, r->im.id, &r->key, row);
        r->hash[i] = row->email.len > 0 ? lead_address_hash(cx, row->email) : 0;
        return;
    }
    struct lead_new *lead = &r->lead[i];
    *lead = (struct lead_new){.id = ctx_new_id(cx),
                              .email = row->email,
                              .email_hash = known->hash,
                              .lang = r->im.lang == LANG_EN ? S("en") : S("de"),
                              .source = r->source,
                              .first_contact = r->contact,
                              .campaign_id = r->im.campaign_id,
                              .owner_id = owner_of(&r->im)};
    for (int k = 0; k < SLOT__COUNT; k++) lead->text[k] = row->text[k];
    if (known->id == 0) lead_make_ready(cx, lead, &r->ready[i]);
    if (row->wrong_count == 0) return;
    r->kept_body[i] = import_emptied_body(cx, r->im.id, &r->key, row);
}

/* --- and in it --- */

static void keep(struct run *r, int i, str body, int64_t hash)
{
    r->kept[r->kept_count++] = (struct import_kept){r->batch.row[i].line, hash, body};
}

/* It came in, but for what was wrong in it: that goes with the lead, whatever its address is by
 * then. */
static void note_emptied(struct ctx *cx, struct run *r, int i, int64_t lead_id)
{
    if (r->batch.row[i].wrong_count == 0) return;
    r->done.emptied++;
    keep(r, i, r->kept_body[i], import_lead_hash(cx, lead_id));
}

static bool row_known(struct ctx *cx, struct tx *tx, struct run *r, int i, int64_t lead_id)
{
    const struct import_row *row = &r->batch.row[i];
    struct lead lead;
    str text[SLOT__COUNT];
    if (r->im.known == KNOWN_LEAVE) {
        r->done.left++;
        return true;
    }
    if (!lead_load_any(cx, tx, lead_id, &lead)) return false;
    struct lead_known now = {.id = lead.id, .owner_id = lead.owner_id, .state = lead.state};
    if (import_known_refused(&r->im, &now) != NULL) {
        r->done.left++; /* it has become so between the batch's two looks: seldom */
        return true;
    }
    note_emptied(cx, r, i, lead_id);
    if (!import_merge(r->im.known, lead.text, row, text)) {
        r->done.same++;
        return true;
    }
    r->done.changed++;
    return lead_change(cx, tx, &lead, text, lead.phase, lead.version) &&
           touchpoint_record(cx, tx, lead_id, TOUCH_IMPORTED, r->im.id, r->props);
}

static bool row_new(struct ctx *cx, struct tx *tx, struct run *r, int i)
{
    int64_t id;
    bool taken;
    bool ok = r->ready[i].id != 0
                  ? lead_create_ready(cx, tx, &r->lead[i], &r->ready[i], &id, &taken)
                  : lead_create(cx, tx, &r->lead[i], &id, &taken);
    if (!ok) return false;
    if (taken) return row_known(cx, tx, r, i, id);
    r->done.created++;
    note_emptied(cx, r, i, id);
    return touchpoint_begin(cx, tx, id, TOUCH_IMPORTED, r->im.id, r->props);
}

/* The new ones all at once, but for who was erased; created[i] false: the row is still to be
 * written, or somebody was faster. */
static bool new_write(struct ctx *cx, struct tx *tx, struct run *r, const bool *erased,
                      bool *created)
{
    const struct lead_new **lead = NEW(cx->a, const struct lead_new *, r->batch.count);
    const struct lead_ready **ready = NEW(cx->a, const struct lead_ready *, r->batch.count);
    int64_t *id = NEW(cx->a, int64_t, r->batch.count);
    bool *taken = NEW(cx->a, bool, r->batch.count);
    int n = 0;
    for (int i = 0; i < r->batch.count; i++) {
        if (r->ready[i].id == 0 || erased[i]) continue;
        lead[n] = &r->lead[i];
        ready[n++] = &r->ready[i];
    }
    if (!lead_create_many(cx, tx, lead, ready, n, taken)) return false;
    for (int i = 0, k = 0; i < r->batch.count; i++) {
        created[i] = r->ready[i].id != 0 && !erased[i] && !taken[k++];
        id[i] = created[i] ? r->lead[i].id : 0;
        r->done.created += created[i];
        if (created[i]) note_emptied(cx, r, i, id[i]);
    }
    return touchpoint_begin_many(cx, tx, id, r->batch.count, TOUCH_IMPORTED, r->im.id, r->props);
}

static bool row_write(struct ctx *cx, struct tx *tx, struct run *r, int i)
{
    if (r->batch.row[i].refused == NULL) return row_new(cx, tx, r, i);
    r->done.refused++;
    keep(r, i, r->kept_body[i], r->hash[i]);
    return true;
}

/* Nothing is kept of the person but that a row was hers. */
static void row_erased(struct ctx *cx, struct run *r, int i)
{
    r->done.refused++;
    r->done.erased++;
    keep(r, i, import_erased_body(cx, r->im.id, &r->key, r->batch.row[i].line), 0);
}

static bool rows_write(struct ctx *cx, struct tx *tx, struct run *r)
{
    bool *created = NEW(cx->a, bool, r->batch.count), *erased = NEW(cx->a, bool, r->batch.count);
    int64_t *hash = NEW(cx->a, int64_t, r->batch.count);
    for (int i = 0; i < r->batch.count; i++)
        hash[i] = r->batch.row[i].refused == NULL ? r->batch.known[i].hash : r->hash[i];
    if (!import_store_erased(tx, r->im.id, hash, r->batch.count, erased) ||
        !new_write(cx, tx, r, erased, created))
        return false;
    for (int i = 0; i < r->batch.count; i++) {
        arena scratch = *cx->a;
        if (erased[i])
            row_erased(cx, r, i); /* its body is stored at the end */
        else if (!created[i] && !row_write(cx, tx, r, i))
            return false;
        else
            *cx->a = scratch;
    }
    return import_store_kept(cx, tx, r->im.id, r->kept, r->kept_count);
}

static bool batch_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *r = arg;
    int64_t began_ms = clock_mono_ms();
    r->done = (struct import_done){0};
    r->kept_count = 0;
    if (!import_store_advance(cx, tx, &r->im, r->batch.end_bytes, r->batch.end_line, &r->moved))
        return false;
    if (!r->moved) return true; /* another node has been here, or somebody stopped it */
    if (!rows_write(cx, tx, r) || !import_store_count(tx, r->im.id, &r->done)) return false;
    r->took_ms = clock_mono_ms() - began_ms;
    return true;
}

/* --- the run --- */

struct ending {
    int64_t id;
    enum import_state to;
    str fault;
};

static bool end_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct ending *e = arg;
    struct import im;
    bool moved;
    if (!import_store_end(cx, tx, e->id, IMPORT_RUNNING, e->to, e->fault, &moved)) return false;
    if (!moved) return true;
    if (!import_load(cx, tx, e->id, &im)) return false;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", im.file_name);
    value_set_int(detail, "created", im.done.created);
    value_set_int(detail, "changed", im.done.changed);
    value_set_int(detail, "refused", im.done.refused);
    return audit_write(cx, tx, e->to == IMPORT_DONE ? "import.done" : "import.failed", "import",
                       e->id, 0, detail);
}

static bool end_run(struct ctx *cx, int64_t id, enum import_state to, const char *fault)
{
    struct ending e = {id, to, fault == NULL ? S("") : str_of(fault)};
    bool ok = db_write(cx, DB_EVENTS, end_write, &e);
    app_changed(cx->app, cx->workspace_id);
    return ok;
}

static bool again_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct run *r = arg;
    return job_add(cx, tx, JOB_IMPORT_RUN, id_text(cx->a, ID_IMPORT, r->im.id), 0);
}

/* One batch in memory of its own; *end. */
static bool batch_run(struct ctx *cx, struct run *r, struct import_scan *scan, enum batch_end *end,
                      const char **fault)
{
    int64_t line = 0;
    cx->now_ms = clock_now_ms();
    if (!import_batch_read(cx, scan, &r->batch, end, fault, &line)) return false;
    for (int i = 0; i < r->batch.count; i++) row_prepare(cx, r, i);
    if (!db_write(cx, DB_BULK, batch_write, r)) return false;
    r->im.at_bytes = r->batch.end_bytes;
    r->im.at_line = r->batch.end_line;
    r->batch.wanted = import_batch_next(r->batch.wanted, r->batch.count, r->took_ms);
    return true;
}

static bool batches_run(struct ctx *cx, struct run *r)
{
    struct import_scan *scan = NEW(cx->a, struct import_scan, 1);
    int64_t until_ms = clock_mono_ms() + SLICE_MS;
    enum batch_end end = BATCH_FULL;
    const char *fault = NULL;
    arena *whole = cx->a;
    if (!import_scan_open(cx, &r->im, scan)) return false;
    r->batch.im = &r->im;
    r->batch.plan = &r->plan;
    r->batch.wanted = BATCH_FIRST;
    while (end == BATCH_FULL) {
        bool stopping = cx->app != NULL && atomic_load(&cx->app->draining);
        if (stopping || clock_mono_ms() > until_ms) return db_write(cx, DB_EVENTS, again_write, r);
        arena scratch = *whole;
        cx->a = &scratch;
        bool ok = batch_run(cx, r, scan, &end, &fault);
        if (!ok) *whole = scratch; /* the error's words stand in it */
        cx->a = whole;
        if (!ok) return false;
        if (!r->moved) return true;
        app_changed(cx->app, cx->workspace_id);
    }
    return end_run(cx, r->im.id, fault == NULL ? IMPORT_DONE : IMPORT_FAILED, fault);
}

/* The job does no more than who started it might. */
bool import_write_run(struct ctx *cx, const struct job *job)
{
    struct run *r = NEW(cx->a, struct run, 1);
    struct actor actor = cx->actor;
    if (!id_parse(job->payload, ID_IMPORT, &r->im.id)) return true;
    if (!db_read(cx, run_read, r)) return false;
    if (!r->there || r->im.state != IMPORT_RUNNING) return true;
    if (!import_key(cx, &r->im, &r->key)) return false;
    origin_make(cx, r);
    cx->actor = r->im.actor;
    bool ok = batches_run(cx, r);
    if (!ok && job->attempt >= RUN_ATTEMPTS) {
        log_line(LOG_LEVEL_ERROR, "import.failed", "error=%s detail=%s",
                 cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
        err_clear(cx);
        ok = end_run(cx, r->im.id, IMPORT_FAILED, "imports.fault_internal");
    }
    cx->actor = actor;
    return ok;
}

/* --- what is over --- */

struct sweep {
    struct workspace_ids ids;
    bool more;
};

static bool workspaces_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_all_ids(cx, tx, &((struct sweep *)arg)->ids);
}

static bool sweep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_store_sweep(cx, tx, &((struct sweep *)arg)->more);
}

bool import_sweep_run(struct ctx *cx, const struct job *job)
{
    struct sweep s = {0};
    int64_t before = cx->workspace_id;
    bool ok = db_read(cx, workspaces_read, &s);
    (void)job;
    for (ptrdiff_t i = 0; ok && i < s.ids.count; i++) {
        arena *whole = cx->a;
        cx->workspace_id = s.ids.id[i];
        do {
            arena scratch = *whole;
            cx->a = &scratch;
            ok = db_write(cx, DB_BULK, sweep_write, &s);
            if (!ok) *whole = scratch; /* the error's words stand in it */
            cx->a = whole;
        } while (ok && s.more);
    }
    cx->workspace_id = before;
    return ok;
}

const struct job_kind import_jobs[] = {
    {"import.check", 0, import_check_run, IMPORT_CHECK_ATTEMPTS},
    {"import.run", 0, import_write_run, RUN_ATTEMPTS},
    {"import.sweep", 3600000, import_sweep_run, 0},
};
const int import_job_count = COUNTOF(import_jobs);
