/* What an import would do: the file read to its end, and nothing written. */
#include "importer/import_jobs.h"

#include "app.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "importer/import_batch.h"
#include "importer/import_rules.h"

enum { SEEN_SLOTS = 1 << 20, RENEW_MS = 60000 }; /* twice as many as rows may be */

_Static_assert(SEEN_SLOTS >= 2 * IMPORT_ROWS_MAX, "a place is found soon");

struct check {
    struct import im;
    struct free_fields own;
    struct import_plan plan;
    bool there;
    int64_t *seen; /* hashes of the addresses so far */
    struct value report;
};

static bool check_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct check *c = arg;
    str *key;
    ptrdiff_t count = 0;
    c->there = import_load(cx, tx, c->im.id, &c->im);
    if (!c->there) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (!free_field_list(cx, tx, &c->own)) return false;
    import_strings(cx, c->im.mapping, &key, &count);
    c->plan.wrong = c->im.wrong;
    return import_plan_make(cx, &c->own, key, count, &c->plan);
}

/* Has the file had this address before? It has now. */
static bool seen_before(struct check *c, int64_t hash)
{
    for (uint64_t at = (uint64_t)hash;; at++) {
        int64_t *slot = &c->seen[at % SEEN_SLOTS];
        if (*slot == hash) return true;
        if (*slot != 0) continue;
        *slot = hash;
        return false;
    }
}

static void row_count(struct check *c, struct import_batch *b, int i)
{
    struct import_row *row = &b->row[i];
    struct import_check *n = &c->im.check;
    bool known = row->refused == NULL && b->known[i].id != 0;
    n->rows++;
    if (row->refused == NULL && b->erased[i]) row->refused = IMPORT_REFUSED_ERASED;
    if (row->refused == NULL && known) row->refused = import_known_refused(&c->im, &b->known[i]);
    bool left = known && c->im.known == KNOWN_LEAVE;
    n->wrong += row->mendable || (row->refused == NULL && row->wrong_count > 0 && !left);
    if (row->refused != NULL) {
        n->refused++;
        return;
    }
    bool twice = row->email.len > 0 && seen_before(c, b->known[i].hash);
    if (twice) n->twice++;
    if (known || twice)
        n->known++;
    else
        n->new_rows++;
    n->blocked += !known && !twice && b->blocked[i];
}

static void batch_report(struct ctx *cx, struct check *c, const struct import_batch *b)
{
    for (int i = 0; i < b->count; i++)
        if (b->row[i].refused != NULL && value_count(c->report) < IMPORT_SHOWN)
            value_push(c->report, import_refusal_value(cx, &b->row[i]));
}

static bool stopping(const struct ctx *cx)
{
    return cx->app != NULL && atomic_load(&cx->app->draining);
}

static bool keep_lease(struct ctx *cx, const struct job *job, int64_t *renewed_ms)
{
    if (stopping(cx)) return fail(cx, ERR_UNAVAILABLE, "error.unavailable");
    if (job->id == 0 || clock_mono_ms() - *renewed_ms < RENEW_MS) return true;
    *renewed_ms = clock_mono_ms();
    cx->now_ms = clock_now_ms();
    return job_renew(cx, job);
}

static bool scan_all(struct ctx *cx, const struct job *job, struct check *c)
{
    struct import_scan *scan = NEW(cx->a, struct import_scan, 1);
    struct import_batch *b = NEW(cx->a, struct import_batch, 1);
    int64_t renewed_ms = clock_mono_ms();
    enum batch_end end = BATCH_FULL;
    arena *whole = cx->a;
    b->im = &c->im;
    b->plan = &c->plan;
    b->wanted = BATCH_ROWS;
    b->checking = true;
    c->seen = NEW(cx->a, int64_t, SEEN_SLOTS);
    c->report = value_list(cx->a);
    c->im.check = (struct import_check){0};
    c->im.at_bytes = 0;
    if (!import_scan_open(cx, &c->im, scan)) return false;
    while (end == BATCH_FULL && c->im.fault.len == 0) {
        const char *fault;
        int64_t line = 0;
        arena scratch = *whole;
        cx->a = &scratch;
        bool ok = keep_lease(cx, job, &renewed_ms) &&
                  import_batch_read(cx, scan, b, &end, &fault, &line);
        for (int i = 0; ok && i < b->count; i++) row_count(c, b, i);
        if (!ok) *whole = scratch; /* the error's words stand in it */
        cx->a = whole;
        if (!ok) return false;
        batch_report(cx, c, b); /* reasons are literals, and line numbers are numbers */
        if (c->im.check.rows > IMPORT_ROWS_MAX) fault = "imports.fault_rows";
        if (fault == NULL) continue;
        c->im.fault = str_of(fault);
        c->im.fault_line = line;
    }
    if (c->im.fault.len == 0 && c->im.check.rows == 0) c->im.fault = S("imports.fault_no_rows");
    c->im.report = json_text(cx->a, c->report);
    return true;
}

static bool check_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_store_checked(cx, tx, &((struct check *)arg)->im);
}

static bool check_all(struct ctx *cx, const struct job *job, struct check *c)
{
    if (!db_read(cx, check_read, c)) return false;
    if (!c->there || c->im.state != IMPORT_CHECKING) return true;
    c->im.fault = S("");
    return scan_all(cx, job, c) && db_write(cx, DB_EVENTS, check_write, c);
}

/* It never will be: whoever waits is told, and may say anew what the columns mean. */
static bool check_failed(struct ctx *cx, struct check *c)
{
    log_line(LOG_LEVEL_ERROR, "import.check_failed", "error=%s detail=%s",
             cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
    err_clear(cx);
    c->im.check = (struct import_check){0};
    c->im.report = S("[]");
    c->im.fault = S("imports.fault_internal");
    c->im.fault_line = 0;
    return db_write(cx, DB_EVENTS, check_write, c);
}

bool import_check_run(struct ctx *cx, const struct job *job)
{
    struct check *c = NEW(cx->a, struct check, 1);
    if (!id_parse(job->payload, ID_IMPORT, &c->im.id)) return true;
    bool ok = check_all(cx, job, c);
    if (!ok && job->attempt >= IMPORT_CHECK_ATTEMPTS && !stopping(cx)) ok = check_failed(cx, c);
    if (ok) app_changed(cx->app, cx->workspace_id);
    return ok;
}
