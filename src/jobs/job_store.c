/* The queue: rows, leases, what becomes of a run. */
#include "jobs/jobs_inner.h"

#include "base/crypto.h"
#include "base/log.h"
#include "base/utf8.h"
#include "jobs_sql.h"
#include "node/node.h"

#include <stdio.h>
#include <string.h>

enum { SWEEP_MAX = 200 };
#define DAY_MS INT64_C(86400000)
enum { STATE_READY = 0, STATE_DEAD = 2, BACKOFF_FIRST_MS = 10000, BACKOFF_MAX_MS = 6 * 3600000 };

/* Which slot a job lies in: nodes divide the slots among them, hence it must not change. */
static int64_t slot_of(int64_t id)
{
    uint64_t x = (uint64_t)id * 0x9E3779B97F4A7C15u; /* neighbours are spread */
    return (int64_t)(x >> 58);
}

/* The one row of a periodic kind: a number below 0, which no id_source gives out. */
static int64_t periodic_id(const char *name)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (const char *p = name; *p != 0; p++) h = (h ^ (unsigned char)*p) * 0x100000001B3u;
    return -(int64_t)(h >> 1) - 1;
}

static bool has_row(const struct job_kind *kind)
{
    return kind->period_ms >= JOB_TICK_MS;
}

bool job_add(struct ctx *cx, struct tx *tx, const char *kind, str payload, int64_t run_at_ms)
{
    int64_t id = ctx_new_id(cx);
    assert(payload.len <= JOB_PAYLOAD_BYTES);
    struct job_insert_in in = {.slot = slot_of(id),
                               .id = id,
                               .of_workspace_id = cx->workspace_id,
                               .queue = str_of(kind),
                               .run_at_ms = run_at_ms == 0 ? cx->now_ms : run_at_ms,
                               .payload = payload.ptr == NULL ? S("") : payload};
    return q_job_insert(tx, &in, NULL);
}

bool job_holds(struct ctx *cx, struct tx *tx, const struct job *job, bool *holds)
{
    (void)cx;
    struct job_lease_holds_in in = {slot_of(job->id), job->id, job->lease_token};
    struct job_lease_holds_row row;
    return q_job_lease_holds(tx, &in, &row, holds);
}

static bool extend(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct job *job = arg;
    struct job_lease_extend_in in = {slot_of(job->id), job->id, job->lease_token,
                                     cx->now_ms + JOB_LEASE_MS};
    int64_t changed = 0;
    if (!q_job_lease_extend(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_CONFLICT, "error.conflict");
}

bool job_renew(struct ctx *cx, const struct job *job)
{
    struct job copy = *job;
    return db_write(cx, DB_EVENTS, extend, &copy);
}

bool job_dead_list(struct ctx *cx, struct tx *tx, struct job_dead_rows *out)
{
    struct job_dead_letters_in in = {cx->workspace_id};
    struct job_dead_letters_rows rows;
    if (!q_job_dead_letters(tx, &in, &rows)) return false;
    *out = (struct job_dead_rows){NEW(cx->a, struct job_dead, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] =
            (struct job_dead){rows.row[i].id, rows.row[i].attempts_n, rows.row[i].run_at_ms,
                              rows.row[i].queue, rows.row[i].last_error};
    return true;
}

bool job_dead_count(struct ctx *cx, struct tx *tx, int64_t *count)
{
    struct job_dead_letter_count_in in = {cx->workspace_id};
    struct job_dead_letter_count_row row = {0};
    if (!q_job_dead_letter_count(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool job_dead_load(struct ctx *cx, struct tx *tx, int64_t id, struct job_dead *out)
{
    struct job_dead_letter_in in = {slot_of(id), id, cx->workspace_id};
    struct job_dead_letter_row row;
    bool found;
    if (!q_job_dead_letter(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct job_dead){id, row.attempts_n, row.run_at_ms, row.queue, row.last_error};
    return true;
}

bool job_replay(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct job_revive_in in = {slot_of(id), id, cx->workspace_id, cx->now_ms};
    int64_t changed = 0;
    if (!q_job_revive(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool job_discard(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct job_discard_in in = {slot_of(id), id, cx->workspace_id};
    int64_t changed = 0;
    if (!q_job_discard(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool job_dead_forget(struct ctx *cx, struct tx *tx)
{
    struct job_dead_letters_forget_in in = {cx->workspace_id,
                                            cx->now_ms - JOB_DEAD_KEPT_DAYS * DAY_MS};
    return q_job_dead_letters_forget(tx, &in, NULL);
}

bool job_dead_forget_kind(struct ctx *cx, struct tx *tx, const char *kind)
{
    struct job_dead_letters_of_kind_delete_in in = {cx->workspace_id, str_of(kind)};
    return q_job_dead_letters_of_kind_delete(tx, &in, NULL);
}

/* --- for the workers --- */

struct kinds {
    const struct job_kind *kind;
    int count;
};

static bool prepare(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct kinds *kinds = arg;
    /* Where other nodes work on the same rows, theirs hold; ours of a life before run out. */
    if (!db_is_shared(cx->db) && !q_job_void_leases(tx, NULL)) return false;
    for (int i = 0; i < kinds->count; i++) {
        const struct job_kind *kind = &kinds->kind[i];
        if (!has_row(kind)) continue;
        int64_t id = periodic_id(kind->name);
        struct job_insert_in in = {.slot = slot_of(id),
                                   .id = id,
                                   .queue = str_of(kind->name),
                                   .run_at_ms = cx->now_ms,
                                   .payload = S("")};
        struct job_bring_forward_in sooner = {slot_of(id), id, cx->now_ms + kind->period_ms};
        if (!q_job_insert(tx, &in, NULL) || !q_job_bring_forward(tx, &sooner, NULL)) return false;
    }
    return true;
}

bool job_queue_prepare(struct ctx *cx, const struct job_kind *kinds, int count)
{
    struct kinds arg = {kinds, count};
    return db_write(cx, DB_INTERACTIVE, prepare, &arg);
}

struct claim {
    struct kinds kinds;
    const struct job_kind *kind; /* the one with the earliest job */
    int64_t slot, run_at_ms, token;
    struct job_claimed *out;
};

static bool find_next(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct claim *c = arg;
    c->kind = NULL;
    c->run_at_ms = INT64_MAX;
    for (int i = 0; i < c->kinds.count; i++) {
        struct job_next_in in = {str_of(c->kinds.kind[i].name)};
        struct job_next_row row;
        bool found;
        if (!q_job_next(tx, &in, &row, &found)) return false;
        if (!found || row.run_at_ms >= c->run_at_ms) continue;
        c->kind = &c->kinds.kind[i];
        c->slot = row.slot;
        c->run_at_ms = row.run_at_ms;
    }
    return true;
}

static bool claim_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct claim *c = arg;
    struct job_claim_in in = {.slot = c->slot,
                              .queue = str_of(c->kind->name),
                              .now_ms = cx->now_ms,
                              .lease_until_ms = cx->now_ms + JOB_LEASE_MS,
                              .lease_token = c->token};
    struct job_claim_row row;
    bool found;
    *c->out = (struct job_claimed){0};
    if (!q_job_claim(tx, &in, &row, &found)) return false;
    if (!found) return true; /* another worker was faster */
    c->out->kind = c->kind;
    c->out->job = (struct job){.id = row.id,
                               .workspace_id = row.of_workspace_id,
                               .lease_token = c->token,
                               .attempt = (int)row.attempts_n,
                               .payload = row.payload};
    return true;
}

bool job_queue_claim(struct ctx *cx, const struct job_kind *kinds, int count,
                     struct job_claimed *out, int64_t *next_ms)
{
    struct claim c = {.kinds = {kinds, count}, .token = ctx_new_id(cx), .out = out};
    *out = (struct job_claimed){0};
    if (!db_read(cx, find_next, &c)) return false;
    *next_ms = c.run_at_ms;
    return c.run_at_ms > cx->now_ms || db_write(cx, DB_EVENTS, claim_one, &c);
}

struct settle {
    const struct job_claimed *claimed;
    bool good;
    str error;
    int64_t delay_ms; /* of the next attempt */
};

/* Twice as long after each attempt, and a quarter of it up or down by chance, so that what failed
 * together does not come back together. */
static int64_t backoff_ms(int attempt)
{
    int64_t ms = BACKOFF_FIRST_MS;
    for (int i = 1; i < attempt && ms < BACKOFF_MAX_MS; i++) ms *= 2;
    if (ms > BACKOFF_MAX_MS) ms = BACKOFF_MAX_MS;
    uint16_t chance;
    crypto_random((uint8_t *)&chance, sizeof chance);
    return ms * 3 / 4 + ms / 2 * chance / 65536;
}

static int max_attempts(const struct job_kind *kind)
{
    return kind->max_attempts > 0 ? kind->max_attempts : JOB_MAX_ATTEMPTS;
}

static bool settle(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct settle *s = arg;
    const struct job *job = &s->claimed->job;
    const struct job_kind *kind = s->claimed->kind;
    bool periodic = job->id < 0;
    int64_t changed = 0, slot = slot_of(job->id);
    if (s->good && !periodic) {
        struct job_delete_in done = {slot, job->id, job->lease_token};
        if (!q_job_delete(tx, &done, &changed)) return false;
    } else {
        bool dead = !s->good && !periodic && job->attempt >= max_attempts(kind);
        /* A periodic kind that fails is tried again sooner, but never dies. */
        int64_t wait =
            s->good || (periodic && s->delay_ms > kind->period_ms) ? kind->period_ms : s->delay_ms;
        struct job_settle_in again = {.slot = slot,
                                      .id = job->id,
                                      .lease_token = job->lease_token,
                                      .state = dead ? STATE_DEAD : STATE_READY,
                                      .run_at_ms = dead ? cx->now_ms : cx->now_ms + wait,
                                      .attempts_n = s->good ? 0 : job->attempt,
                                      .last_error = s->error};
        if (!q_job_settle(tx, &again, &changed)) return false;
    }
    if (changed == 0)
        log_line(LOG_LEVEL_WARN, "job.lease_lost", "kind=%s id=%lld", kind->name,
                 (long long)job->id);
    return true;
}

bool job_call(struct ctx *cx, const struct job_kind *kind, const struct job *job)
{
    jmp_buf here;
    arena *memory = cx->a; /* the run may have put one of its own frame in its place */
    jmp_buf *edge = memory->full;
    bool good;
    if (setjmp(here) == 0) {
        memory->full = &here;
        good = kind->run(cx, job);
    } else {
        cx->a = memory;
        good = fail(cx, ERR_TOO_LARGE, "error.too_large");
    }
    memory->full = edge;
    ctx_end(cx);
    return good;
}

/* What an error says, as a column takes it: another's words may be any bytes. They lie in what the
 * run took, which ends here: it may have left no room for anything. */
static void error_words(struct ctx *cx, arena start, char *out)
{
    char said[JOB_ERROR_BYTES / 2];
    const char *key = cx->err.key != NULL ? cx->err.key : "unexplained";
    str detail = utf8_cut(cx->err.detail, sizeof said);
    if (detail.len > 0) memcpy(said, detail.ptr, (size_t)detail.len);
    *cx->a = start;
    detail = utf8_clean_line(cx->a, (str){said, detail.len});
    detail = utf8_cut(detail, sizeof said);
    snprintf(out, JOB_ERROR_BYTES, "%s%s%.*s", key, detail.len > 0 ? ": " : "", STR_ARG(detail));
}

bool job_queue_run(struct ctx *cx, const struct job_claimed *claimed)
{
    const struct job *job = &claimed->job;
    const struct job_kind *kind = claimed->kind;
    char error[JOB_ERROR_BYTES] = "";
    arena start = *cx->a;
    int64_t workspace_id = cx->workspace_id;
    struct settle s = {.claimed = claimed, .delay_ms = backoff_ms(job->attempt)};
    cx->workspace_id = job->workspace_id;
    if (job->id > 0 && job->attempt > max_attempts(kind)) {
        /* Nobody ever came back from it to say so: it ends the process. */
        snprintf(error, sizeof error, "never finished");
    } else {
        s.good = job_call(cx, kind, job);
        if (!s.good) error_words(cx, start, error);
    }
    if (!s.good)
        log_line(LOG_LEVEL_WARN, "job.failed", "kind=%s id=%lld attempt=%d error=%s", kind->name,
                 (long long)job->id, job->attempt, log_str(str_of(error)).text);
    *cx->a = start; /* what the run took is gone; the claim's payload lies before it */
    err_clear(cx);
    cx->workspace_id = workspace_id;
    s.error = str_of(error);
    return db_write(cx, DB_EVENTS, settle, &s);
}

bool job_run_one(struct ctx *cx, const struct job_kind *kinds, int count, bool *ran,
                 int64_t *next_ms)
{
    struct job_claimed claimed;
    *ran = false;
    if (!job_queue_claim(cx, kinds, count, &claimed, next_ms)) return false;
    *ran = claimed.kind != NULL;
    return !*ran || job_queue_run(cx, &claimed);
}

struct sweep {
    struct kinds kinds;
    struct job_release_in *lapsed; /* at most SWEEP_MAX */
    int count;
};

/* Leases that ran out, and those of nodes that are gone. */
static bool find_lapsed(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sweep *s = arg;
    struct node_rows nodes = {0};
    s->count = 0;
    if (db_is_shared(cx->db) && !node_rows_read(cx, tx, &nodes)) return false;
    for (int i = 0; i < s->kinds.count; i++) {
        struct job_leased_in in = {str_of(s->kinds.kind[i].name)};
        struct job_leased_rows rows;
        if (!q_job_leased(tx, &in, &rows)) return false;
        for (ptrdiff_t k = 0; k < rows.count && s->count < SWEEP_MAX; k++) {
            const struct job_leased_row *row = &rows.row[k];
            if (row->lease_until_ms <= cx->now_ms ||
                node_is_gone(nodes.row, nodes.count, row->lease_token, cx->now_ms))
                s->lapsed[s->count++] = (struct job_release_in){
                    row->slot, row->id, row->lease_token, row->lease_until_ms};
        }
    }
    return true;
}

static bool release(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    const struct sweep *s = arg;
    for (int i = 0; i < s->count; i++)
        if (!q_job_release(tx, &s->lapsed[i], NULL)) return false;
    return true;
}

bool job_queue_sweep(struct ctx *cx, const struct job_kind *kinds, int count)
{
    struct sweep s = {.kinds = {kinds, count},
                      .lapsed = NEW(cx->a, struct job_release_in, SWEEP_MAX)};
    if (!db_read(cx, find_lapsed, &s)) return false;
    return s.count == 0 || db_write(cx, DB_EVENTS, release, &s);
}
