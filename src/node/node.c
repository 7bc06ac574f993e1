#include "node/node.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "node/node_rules.h"
#include "node_sql.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { TRIES = 5, ROUND_BYTES = 1 << 20, KEEP_BYTES = 64 << 10, NO_NUMBER = -1 };

/* Long before any time of clock_boot_ms: no lease. */
#define NEVER (INT64_MIN / 2)

struct node {
    struct node_options options;
    struct id_source *ids;
    _Atomic int64_t number, token; /* written by one thread */
    _Atomic int64_t sent_boot_ms;  /* of the last renewal that succeeded */
    bool told;                     /* that the lease was given up */
    bool failing;                  /* the last round could not write */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t some;
    bool running, stop;
};

/* --- transactions --- */

struct taking {
    const struct node *node;
    int64_t least;         /* this process's ids go on above it */
    int64_t last, ceiling; /* what we got */
    int64_t token;
    int node_no;
};

static struct node_rows rows_of(arena *a, const struct node_all_rows *all)
{
    struct node_rows rows = {NEW(a, struct node_row, all->count), all->count};
    for (ptrdiff_t i = 0; i < all->count; i++)
        rows.row[i] = (struct node_row){all->row[i].node_no, all->row[i].lease_token,
                                        all->row[i].lease_until_ms, all->row[i].high_id,
                                        all->row[i].first_id};
    return rows;
}

static bool take_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct taking *t = arg;
    const struct node_options *o = &t->node->options;
    struct node_all_rows all;
    if (!q_node_all(tx, &all)) return false;
    struct node_rows rows = rows_of(cx->a, &all);
    struct node_choice c = node_choose(rows.row, rows.count, o->shared, cx->now_ms);
    if (c.node_no < 0)
        return fail_detail(cx, ERR_UNAVAILABLE, "error.unavailable",
                           "All %d node numbers of this database are in use; stop a server, or "
                           "wait half a minute if one has just crashed.",
                           (int)ID_NODES);
    int64_t until_ms = node_lease_until(cx->now_ms, o->shared), changed = 0;
    t->node_no = c.node_no;
    t->token = c.old_token + 1;
    t->last = c.high_id > t->least ? c.high_id : t->least;
    t->ceiling = id_ceiling(t->last, until_ms);
    struct node_add_in add = {c.node_no, t->token,   until_ms, t->ceiling,
                              o->name,   cx->now_ms, t->last};
    struct node_take_in take = {c.node_no,  c.old_token, t->token,   until_ms,
                                t->ceiling, o->name,     cx->now_ms, t->last};
    if (!(c.is_new ? q_node_add(tx, &add, &changed) : q_node_take(tx, &take, &changed)))
        return false;
    return changed == 1 || fail(cx, ERR_CONFLICT, "error.conflict");
}

struct renewal {
    int64_t number, token, until_ms, high_id;
    bool held;
};

static bool renew_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct renewal *r = arg;
    struct node_renew_in in = {r->number, r->token, r->until_ms, r->high_id};
    int64_t changed = 0;
    if (!q_node_renew(tx, &in, &changed)) return false;
    r->held = changed == 1;
    return true;
}

/* --- the lease --- */

static bool take(struct node *node, struct ctx *cx, int64_t boot_ms)
{
    struct taking t = {.node = node, .least = id_source_last(node->ids)};
    bool good = false;
    for (int i = 0; i < TRIES && !good; i++) {
        err_clear(cx);
        good = db_write(cx, DB_INTERACTIVE, take_write, &t);
        if (!good && cx->err.code != ERR_CONFLICT) return false;
    }
    if (!good) return false;
    if (!id_source_open(node->ids, t.node_no, t.last, t.ceiling))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no memory for a range of ids");
    atomic_store(&node->number, t.node_no);
    atomic_store(&node->token, t.token);
    atomic_store(&node->sent_boot_ms, boot_ms);
    node->failing = false;
    return true;
}

/* The database does not take it: told once, tried again every second. */
static void note_failure(struct node *node, struct ctx *cx)
{
    if (!node->failing)
        log_line(LOG_LEVEL_WARN, "node.not_renewed", "number=%lld error=%s detail=%s",
                 (long long)atomic_load(&node->number),
                 cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
    node->failing = true;
    err_clear(cx);
}

static void say(enum log_level level, const char *event, int64_t number, str sentence)
{
    log_line(level, event, "number=%lld said=%s", (long long)number, log_str(sentence).text);
}

static void renew(struct node *node, struct ctx *cx, int64_t boot_ms)
{
    struct renewal r = {.number = atomic_load(&node->number),
                        .token = atomic_load(&node->token),
                        .until_ms = node_lease_until(cx->now_ms, node->options.shared)};
    r.high_id = id_source_ceiling(node->ids);
    int64_t reserve = id_ceiling(id_source_last(node->ids), r.until_ms);
    if (reserve > r.high_id) r.high_id = reserve;
    if (!db_write(cx, DB_INTERACTIVE, renew_write, &r)) {
        note_failure(node, cx);
        return;
    }
    node->failing = false;
    if (!r.held) {
        atomic_store(&node->sent_boot_ms, NEVER);
        atomic_store(&node->number, NO_NUMBER);
        say(LOG_LEVEL_WARN, "node.lost", r.number,
            S("Another process has taken this node number, since the lease was not renewed in "
              "time (or the clocks of the machines differ); a new number is taken."));
        return;
    }
    id_source_raise(node->ids, r.high_id); /* not before the database has it */
    atomic_store(&node->sent_boot_ms, boot_ms);
}

/* Both ways, once each. */
static void tell_change(struct node *node, int64_t boot_ms)
{
    bool holds = node_holds_at(node, boot_ms);
    if (holds != node->told) return;
    node->told = !holds;
    if (!holds)
        say(LOG_LEVEL_ERROR, "node.stands_still", atomic_load(&node->number),
            S("The lease on the node number could not be renewed for 15 seconds: requests are "
              "answered with 503 until the database answers again."));
    else
        say(LOG_LEVEL_INFO, "node.goes_on", atomic_load(&node->number),
            S("There is a lease on a node number again."));
}

void node_round(struct node *node, struct ctx *cx, int64_t boot_ms)
{
    bool shared = node->options.shared;
    tell_change(node, boot_ms);
    if (atomic_load(&node->number) != NO_NUMBER &&
        node_renewal_due(atomic_load(&node->sent_boot_ms), boot_ms, shared))
        renew(node, cx, boot_ms);
    if (atomic_load(&node->number) == NO_NUMBER && !take(node, cx, boot_ms)) note_failure(node, cx);
    tell_change(node, boot_ms);
}

/* --- the thread --- */

/* A full arena fails the round and not the process. */
static void run_round(struct node *node, struct arena_block *block)
{
    int64_t boot_ms = clock_boot_ms(); /* first: what is sent later counts from before */
    arena a = arena_over(block);
    struct ctx cx = node->options.make_ctx(node->options.user, &a);
    jmp_buf here;
    if (setjmp(here) == 0) {
        a.full = &here;
        node_round(node, &cx, boot_ms);
    } else {
        log_line(LOG_LEVEL_ERROR, "node.arena_full", "reserved=%d", ROUND_BYTES);
    }
    ctx_end(&cx);
    arena_block_trim(block, &a, KEEP_BYTES);
}

static void *keep(void *arg)
{
    struct node *node = arg;
    struct arena_block block;
    if (!arena_block_open(&block, ROUND_BYTES)) return NULL;
    pthread_mutex_lock(&node->mutex);
    while (!node->stop) {
        int64_t until = clock_mono_ms() + NODE_RETRY_MS;
        struct timespec at = {.tv_sec = (time_t)(until / 1000),
                              .tv_nsec = (long)(until % 1000) * 1000000};
        pthread_cond_timedwait(&node->some, &node->mutex, &at);
        if (node->stop) break;
        pthread_mutex_unlock(&node->mutex);
        run_round(node, &block);
        pthread_mutex_lock(&node->mutex);
    }
    pthread_mutex_unlock(&node->mutex);
    arena_block_close(&block);
    return NULL;
}

/* --- the face --- */

bool node_open(struct ctx *cx, const struct node_options *options, int64_t boot_ms,
               struct node **out)
{
    struct node *node = NEW(cx->a, struct node, 1);
    *out = NULL;
    node->options = *options;
    node->ids = cx->ids;
    atomic_init(&node->number, NO_NUMBER);
    atomic_init(&node->sent_boot_ms, NEVER);
    if (!take(node, cx, boot_ms)) return false;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&node->mutex, NULL);
    pthread_cond_init(&node->some, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = node;
    return true;
}

bool node_start(struct node *node)
{
    node->running = pthread_create(&node->thread, NULL, keep, node) == 0;
    return node->running;
}

void node_close(struct node *node, struct ctx *cx)
{
    if (node == NULL) return;
    pthread_mutex_lock(&node->mutex);
    node->stop = true;
    pthread_cond_signal(&node->some);
    pthread_mutex_unlock(&node->mutex);
    if (node->running) pthread_join(node->thread, NULL);
    struct renewal r = {.number = atomic_load(&node->number),
                        .token = atomic_load(&node->token),
                        .until_ms = cx->now_ms,
                        .high_id = id_source_end(node->ids)};
    if (r.number != NO_NUMBER && !db_write(cx, DB_INTERACTIVE, renew_write, &r))
        log_line(LOG_LEVEL_WARN, "node.not_released", "number=%lld error=%s", (long long)r.number,
                 cx->err.key != NULL ? cx->err.key : "unexplained");
    pthread_cond_destroy(&node->some);
    pthread_mutex_destroy(&node->mutex);
}

bool node_holds_at(const struct node *node, int64_t boot_ms)
{
    if (node == NULL) return true;
    /* Nobody else can have the number of a database that is ours alone, and reading goes on when
     * its disk is full. */
    if (!node->options.shared) return true;
    return node_lease_good(atomic_load(&node->sent_boot_ms), boot_ms);
}

bool node_holds(const struct node *node)
{
    return node_holds_at(node, clock_boot_ms());
}

int node_number(const struct node *node)
{
    return (int)atomic_load(&node->number);
}

int64_t node_lease_age_ms(const struct node *node)
{
    return clock_boot_ms() - atomic_load(&node->sent_boot_ms);
}

bool node_own(struct ctx *cx, struct tx *tx, const struct node *node, int64_t *node_no)
{
    *node_no = atomic_load(&node->number);
    int64_t token = atomic_load(&node->token);
    struct node_holder_in in = {*node_no};
    struct node_holder_row row;
    bool found;
    if (!q_node_holder(tx, &in, &row, &found)) return false;
    return (found && row.lease_token == token) || fail(cx, ERR_UNAVAILABLE, "error.unavailable");
}

bool node_rows_read(struct ctx *cx, struct tx *tx, struct node_rows *out)
{
    struct node_all_rows all;
    if (!q_node_all(tx, &all)) return false;
    *out = rows_of(cx->a, &all);
    return true;
}

bool node_list(struct ctx *cx, struct tx *tx, struct node_infos *out)
{
    struct node_all_rows all;
    if (!q_node_all(tx, &all)) return false;
    *out = (struct node_infos){NEW(cx->a, struct node_info, all.count), 0};
    for (ptrdiff_t i = 0; i < all.count; i++)
        if (all.row[i].lease_until_ms > cx->now_ms)
            out->row[out->count++] = (struct node_info){all.row[i].node_no, all.row[i].started_ms,
                                                        all.row[i].lease_until_ms, all.row[i].name};
    return true;
}
