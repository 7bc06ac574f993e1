/* The one writer: group commit, lanes, and what fails alone or together. */
#include "db_thing.h"

#include "db/sqlite_db.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 8, EACH = 200, BULK_MAX = 64 };

/* A db_write of its own thread; what became of it is asserted by the test, after joining. */
struct caller {
    struct store *s;
    enum db_lane lane;
    tx_fn *fn;
    struct thing thing;
    int times; /* ids from thing.id on */
    struct order *order;
    int kept, refused;
    enum err_code code; /* the last refusal */
    const char *key;
    int retry_after_s;
    struct arena_block block;
    arena a;
    pthread_t thread;
};

/* In which order the writer ran what. */
struct order {
    int64_t id[BULK_MAX + 8];
    int count;
};

static void *call(void *arg)
{
    struct caller *c = arg;
    struct ctx cx = store_thread_ctx(c->s, &c->block, &c->a);
    for (int i = 0; i < c->times; i++) {
        if (db_write(&cx, c->lane, c->fn, c)) {
            c->kept++;
        } else {
            c->refused++;
            c->code = cx.err.code;
            c->key = cx.err.key;
            c->retry_after_s = cx.err.retry_after_s;
            err_clear(&cx);
        }
        c->thing.id++;
        c->a = arena_over(&c->block);
    }
    arena_block_close(&c->block);
    return NULL;
}

static void start(struct caller *c)
{
    assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
}

static void join(struct caller *c)
{
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

static bool add(struct ctx *cx, struct tx *tx, void *arg)
{
    struct caller *c = arg;
    if (c->order != NULL) c->order->id[c->order->count++] = c->thing.id;
    return thing_add(cx, tx, &c->thing);
}

/* --- a writer that stands still, so that a test decides what waits --- */

struct gate {
    struct store *s;
    sem_t entered, open;
    struct arena_block block;
    arena a;
    pthread_t thread;
    bool kept;
};

static bool stand_still(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    (void)tx;
    struct gate *g = arg;
    sem_post(&g->entered);
    while (sem_wait(&g->open) != 0) {
    }
    sem_post(&g->open); /* stays open: a batch may run again */
    return true;
}

static void *hold(void *arg)
{
    struct gate *g = arg;
    struct ctx cx = store_thread_ctx(g->s, &g->block, &g->a);
    g->kept = db_write(&cx, DB_INTERACTIVE, stand_still, g);
    arena_block_close(&g->block);
    return NULL;
}

/* A batch ends when nothing waits, and not when its time is up. */
static void let_batches_take_their_time(struct store *s)
{
    struct writer *writer = &((struct sqlite_db *)s->cx.db)->writer;
    pthread_mutex_lock(&writer->mutex);
    writer->batch_ms = INT64_MAX;
    pthread_mutex_unlock(&writer->mutex);
}

/* Returns once the writer is inside a write and stays there. */
static void gate_close(struct gate *g, struct store *s)
{
    let_batches_take_their_time(s);
    *g = (struct gate){.s = s};
    sem_init(&g->entered, 0, 0);
    sem_init(&g->open, 0, 0);
    assert_int_equal(pthread_create(&g->thread, NULL, hold, g), 0);
    while (sem_wait(&g->entered) != 0) {
    }
}

static void gate_open(struct gate *g)
{
    sem_post(&g->open);
    pthread_join(g->thread, NULL);
    sem_destroy(&g->entered);
    sem_destroy(&g->open);
}

static void wait_until_queued(struct store *s, enum db_lane lane, int count)
{
    struct db_stats stats;
    do {
        sched_yield();
        db_stats(s->cx.db, &stats);
    } while (stats.queued[lane] < count);
}

/* --- tests --- */

static void many_writers_share_commits_and_lose_nothing(void **state)
{
    (void)state;
    struct store s;
    struct caller callers[THREADS] = {0};
    struct gate gate;
    struct db_stats before, after;
    thing_open(&s);
    gate_close(&gate, &s);
    db_stats(s.cx.db, &before);
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.s = &s,
                                     .lane = i % 2 == 0 ? DB_INTERACTIVE : DB_EVENTS,
                                     .fn = add,
                                     .thing = {.id = i * EACH, .name = S("x")},
                                     .times = EACH};
        start(&callers[i]);
    }
    wait_until_queued(&s, DB_INTERACTIVE, THREADS / 2);
    wait_until_queued(&s, DB_EVENTS, THREADS / 2);
    gate_open(&gate);
    for (int i = 0; i < THREADS; i++) join(&callers[i]);
    for (int i = 0; i < THREADS; i++) assert_int_equal(callers[i].kept, EACH);
    db_stats(s.cx.db, &after);
    assert_int_equal(after.writes - before.writes, THREADS * EACH);
    assert_in_range(after.batches - before.batches, 1, THREADS * EACH - 1);
    assert_int_equal(thing_counted(&s), THREADS * EACH);
    store_reopen(&s);
    assert_int_equal(thing_counted(&s), THREADS * EACH);
    store_close(&s);
}

static bool add_and_refuse(struct ctx *cx, struct tx *tx, void *arg)
{
    return add(cx, tx, arg) && (fail)(cx, ERR_FORBIDDEN, "test.refused");
}

static bool add_and_refuse_silently(struct ctx *cx, struct tx *tx, void *arg)
{
    if (!add(cx, tx, arg)) return false;
    return false;
}

static bool add_and_exhaust(struct ctx *cx, struct tx *tx, void *arg)
{
    if (!add(cx, tx, arg)) return false;
    for (;;) NEW(cx->a, char, 1 << 16);
}

static bool exhaust_by_rows(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sql_rows rows;
    if (!add(cx, tx, arg)) return false;
    NEW(cx->a, char, cx->a->end - cx->a->beg - 64); /* the first row does not fit */
    return sql_many(tx, THING_ALL, NULL, &rows);
}

static void a_write_that_fails_is_rolled_back_alone(void **state)
{
    (void)state;
    struct store s;
    struct gate gate;
    thing_open(&s);
    const struct {
        const char *name;
        tx_fn *fn;
        int64_t id;
        enum err_code want;
    } rows[] = {
        {"kept", add, 1, ERR_NONE},
        {"refused", add_and_refuse, 2, ERR_FORBIDDEN},
        {"refused without a reason", add_and_refuse_silently, 3, ERR_INTERNAL},
        {"out of memory", add_and_exhaust, 4, ERR_TOO_LARGE},
        {"out of memory among rows", exhaust_by_rows, 5, ERR_TOO_LARGE},
        {"conflict", add, 1, ERR_CONFLICT},
        {"kept, too", add, 6, ERR_NONE},
    };
    struct caller callers[COUNTOF(rows)] = {0};
    gate_close(&gate, &s);
    for (int i = 0; i < COUNTOF(rows); i++) {
        callers[i] = (struct caller){
            .s = &s, .fn = rows[i].fn, .thing = {.id = rows[i].id, .name = S("x")}, .times = 1};
        start(&callers[i]);
        wait_until_queued(&s, DB_INTERACTIVE, i + 1); /* all in one batch, in this order */
    }
    gate_open(&gate);
    for (int i = 0; i < COUNTOF(rows); i++) join(&callers[i]);
    for (int i = 0; i < COUNTOF(rows); i++)
        if (callers[i].code != rows[i].want || callers[i].kept != (rows[i].want == ERR_NONE))
            fail_msg("%s: %d", rows[i].name, (int)callers[i].code);
    assert_int_equal(thing_counted(&s), 2);
    store_close(&s);
}

static bool add_megabytes(struct ctx *cx, struct tx *tx, void *arg)
{
    struct caller *c = arg;
    c->thing.sealed = (str){NEW(cx->a, char, 900 << 10), 900 << 10};
    return add(cx, tx, arg);
}

static void a_full_disk_fails_the_whole_batch_and_heals(void **state)
{
    (void)state;
    struct store s;
    struct gate gate;
    struct caller callers[5] = {0};
    struct db_stats stats;
    tx_fn *fns[5] = {add, add_and_refuse, add, add_megabytes, add};
    thing_open(&s);
    assert_true(store_script(&s, "PRAGMA max_page_count = 30"));
    gate_close(&gate, &s);
    for (int i = 0; i < 5; i++) {
        callers[i] =
            (struct caller){.s = &s, .fn = fns[i], .thing = {.id = i, .name = S("x")}, .times = 1};
        start(&callers[i]);
        wait_until_queued(&s, DB_INTERACTIVE, i + 1);
    }
    gate_open(&gate);
    for (int i = 0; i < 5; i++) join(&callers[i]);
    assert_false(gate.kept); /* its write was in the same batch */
    for (int i = 0; i < 5; i++) {
        if (i == 4) continue; /* came after the fault: in the next batch */
        assert_int_equal(callers[i].kept, 0);
        assert_int_equal(callers[i].code, ERR_STORAGE);
        assert_string_equal(callers[i].key, "error.disk_full");
    }
    db_stats(s.cx.db, &stats);
    assert_int_equal(stats.failed_batches, 1);
    assert_int_equal(thing_counted(&s), callers[4].kept);
    assert_true(store_script(&s, "PRAGMA max_page_count = 1000000"));
    callers[3].thing.id = 3;
    start(&callers[3]);
    join(&callers[3]);
    assert_int_equal(callers[3].kept, 1);
    store_close(&s);
}

static void interactive_goes_before_events_and_bulk_waits(void **state)
{
    (void)state;
    struct store s;
    struct gate gate;
    struct order order = {0};
    struct caller callers[6] = {0};
    const enum db_lane lanes[6] = {DB_BULK,        DB_BULK,   DB_EVENTS,
                                   DB_INTERACTIVE, DB_EVENTS, DB_INTERACTIVE};
    const int64_t want[6] = {3, 5, 2, 4, 0, 1};
    int queued[DB_LANE__COUNT] = {0};
    thing_open(&s);
    gate_close(&gate, &s);
    for (int i = 0; i < 6; i++) {
        callers[i] = (struct caller){.s = &s,
                                     .lane = lanes[i],
                                     .fn = add,
                                     .thing = {.id = i, .name = S("x")},
                                     .times = 1,
                                     .order = &order};
        start(&callers[i]);
        wait_until_queued(&s, lanes[i], ++queued[lanes[i]]);
    }
    gate_open(&gate);
    for (int i = 0; i < 6; i++) join(&callers[i]);
    assert_int_equal(order.count, 6);
    assert_memory_equal(order.id, want, sizeof want);
    store_close(&s);
}

static void a_full_lane_refuses_and_the_others_go_on(void **state)
{
    (void)state;
    struct store s;
    struct gate gate;
    struct caller callers[BULK_MAX + 2] = {0};
    thing_open(&s);
    gate_close(&gate, &s);
    for (int i = 0; i < BULK_MAX + 2; i++)
        callers[i] = (struct caller){.s = &s,
                                     .lane = i <= BULK_MAX ? DB_BULK : DB_INTERACTIVE,
                                     .fn = add,
                                     .thing = {.id = i, .name = S("x")},
                                     .times = 1};
    for (int i = 0; i < BULK_MAX; i++) start(&callers[i]);
    wait_until_queued(&s, DB_BULK, BULK_MAX);
    start(&callers[BULK_MAX]);
    join(&callers[BULK_MAX]); /* returns although the writer stands still */
    assert_int_equal(callers[BULK_MAX].code, ERR_UNAVAILABLE);
    assert_string_equal(callers[BULK_MAX].key, "error.busy");
    assert_int_equal(callers[BULK_MAX].retry_after_s, 1);
    start(&callers[BULK_MAX + 1]);
    wait_until_queued(&s, DB_INTERACTIVE, 1);
    gate_open(&gate);
    for (int i = 0; i < BULK_MAX; i++) join(&callers[i]);
    join(&callers[BULK_MAX + 1]);
    assert_int_equal(thing_counted(&s), BULK_MAX + 1);
    store_close(&s);
}

static void bulk_is_done_although_interactive_never_ends(void **state)
{
    (void)state;
    struct store s;
    struct caller bulk, callers[4] = {0};
    thing_open(&s);
    for (int i = 0; i < 4; i++) {
        callers[i] = (struct caller){
            .s = &s, .fn = add, .thing = {.id = i * 1000, .name = S("x")}, .times = 300};
        start(&callers[i]);
    }
    bulk = (struct caller){
        .s = &s, .lane = DB_BULK, .fn = add, .thing = {.id = 9000, .name = S("x")}, .times = 5};
    start(&bulk);
    join(&bulk);
    for (int i = 0; i < 4; i++) join(&callers[i]);
    assert_int_equal(bulk.kept, 5);
    assert_int_equal(thing_counted(&s), 4 * 300 + 5);
    store_close(&s);
}

static void closing_does_what_is_queued(void **state)
{
    (void)state;
    struct store s;
    struct gate gate;
    struct caller callers[3] = {0};
    thing_open(&s);
    gate_close(&gate, &s);
    for (int i = 0; i < 3; i++) {
        callers[i] = (struct caller){.s = &s,
                                     .lane = (enum db_lane)i,
                                     .fn = add,
                                     .thing = {.id = i, .name = S("x")},
                                     .times = 1};
        start(&callers[i]);
        wait_until_queued(&s, (enum db_lane)i, 1);
    }
    sem_post(&gate.open);
    store_reopen(&s);
    for (int i = 0; i < 3; i++) join(&callers[i]);
    pthread_join(gate.thread, NULL);
    assert_int_equal(thing_counted(&s), 3);
    store_close(&s);
}

static void the_log_stays_bounded(void **state)
{
    (void)state;
    struct store s;
    struct db_stats stats;
    struct caller c = {0};
    thing_open(&s);
    c = (struct caller){
        .s = &s, .fn = add_megabytes, .thing = {.id = 1, .name = S("x")}, .times = 60};
    start(&c);
    join(&c);
    assert_int_equal(c.kept, 60);
    /* the thread is told once 8 MB are reached; that it comes is what is tested, not when */
    do {
        sched_yield();
        db_stats(s.cx.db, &stats);
    } while (stats.checkpoints == 0);
    assert_true(stats.wal_bytes <= 60 << 20);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_writers_share_commits_and_lose_nothing),
        cmocka_unit_test(a_write_that_fails_is_rolled_back_alone),
        cmocka_unit_test(a_full_disk_fails_the_whole_batch_and_heals),
        cmocka_unit_test(interactive_goes_before_events_and_bulk_waits),
        cmocka_unit_test(a_full_lane_refuses_and_the_others_go_on),
        cmocka_unit_test(bulk_is_done_although_interactive_never_ends),
        cmocka_unit_test(closing_does_what_is_queued),
        cmocka_unit_test(the_log_stays_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
