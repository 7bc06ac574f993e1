/* The durable queue against a real database; the workers as threads. */
#include "store/job_case.h"

static void a_job_runs_once_in_its_workspace_with_its_payload(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    open_jobs(&s, &app);
    add(&s, "test.good", S("{\"lead\":7}"), 0);
    assert_true(ran_one(&s));
    assert_int_equal(app.good, 1);
    assert_int_equal(app.workspace_id, STORE_WORKSPACE);
    assert_int_equal(app.attempt, 1);
    assert_string_equal(app.payload, "{\"lead\":7}");
    assert_false(ran_one(&s));
    store_close(&s);
}

static void a_job_waits_for_its_time(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    open_jobs(&s, &app);
    add(&s, "test.good", S("later"), STORE_NOW_MS + 5000);
    add(&s, "test.good", S("sooner"), STORE_NOW_MS + 1000);
    bool ran;
    int64_t next;
    assert_true(job_run_one(&s.cx, KINDS, ONE_OFF, &ran, &next));
    assert_false(ran);
    assert_int_equal(next, STORE_NOW_MS + 1000);
    s.cx.now_ms = STORE_NOW_MS + 5000;
    assert_true(ran_one(&s));
    assert_string_equal(app.payload, "sooner");
    assert_true(ran_one(&s));
    assert_string_equal(app.payload, "later");
    store_close(&s);
}

static bool read_dead(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_dead_list(cx, tx, arg);
}

static bool replay(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_replay(cx, tx, *(int64_t *)arg);
}

static void what_fails_comes_back_later_and_dies_after_its_attempts(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.bad", S(""), 0);
    for (int i = 1; i <= 3; i++) {
        assert_true(ran_one(&s));
        assert_int_equal(app.attempt, i);
        assert_false(ran_one(&s)); /* not at once */
        s.cx.now_ms += 24 * 3600000;
    }
    assert_false(ran_one(&s));
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 1);
    assert_int_equal(dead.row[0].attempts, 3);
    assert_str("kind", dead.row[0].kind, S("test.bad"));
    assert_str("error", dead.row[0].last_error, S("error.internal: attempt 3"));
    assert_int_equal(dead.row[0].gave_up_ms, STORE_NOW_MS + 2 * INT64_C(24) * 3600000);

    /* Another workspace neither sees nor replays it. */
    int64_t id = dead.row[0].id;
    s.cx.workspace_id = 2;
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 0);
    assert_false(db_write(&s.cx, DB_INTERACTIVE, replay, &id));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&s.cx);
    s.cx.workspace_id = STORE_WORKSPACE;

    assert_true(db_write(&s.cx, DB_INTERACTIVE, replay, &id));
    assert_true(ran_one(&s));
    assert_int_equal(app.attempt, 1);
    store_close(&s);
}

static bool discard(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_discard(cx, tx, *(int64_t *)arg);
}

static bool load_one(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job_dead *job = arg;
    return job_dead_load(cx, tx, job->id, job);
}

static bool count_dead(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_dead_count(cx, tx, arg);
}

static bool forget(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return job_dead_forget(cx, tx);
}

static bool forget_kind(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_dead_forget_kind(cx, tx, arg);
}

static int64_t dead_now(struct store *s)
{
    int64_t count = -1;
    assert_true(db_read(&s->cx, count_dead, &count));
    return count;
}

static void a_dead_letter_is_discarded_by_its_own_workspace(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.greedy", S(""), 0);
    add(&s, "test.good", S("waits"), STORE_NOW_MS + 5000);
    assert_true(ran_one(&s));
    assert_int_equal(dead_now(&s), 1);
    assert_true(db_read(&s.cx, read_dead, &dead));
    struct job_dead one = {.id = dead.row[0].id};
    s.cx.workspace_id = 2;
    assert_int_equal(dead_now(&s), 0);
    assert_false(db_read(&s.cx, load_one, &one));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&s.cx);
    assert_false(db_write(&s.cx, DB_INTERACTIVE, discard, &one.id));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&s.cx);
    s.cx.workspace_id = STORE_WORKSPACE;
    assert_true(db_read(&s.cx, load_one, &one));
    assert_str("kind", one.kind, S("test.greedy"));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, discard, &one.id));
    assert_int_equal(dead_now(&s), 0);
    assert_false(db_write(&s.cx, DB_INTERACTIVE, discard, &one.id));
    err_clear(&s.cx);
    s.cx.now_ms = STORE_NOW_MS + 5000;
    assert_true(ran_one(&s)); /* what waits is no dead letter */
    store_close(&s);
}

static void dead_letters_go_after_their_days_and_by_their_kind(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    open_jobs(&s, &app);
    add(&s, "test.greedy", S(""), 0);
    add(&s, "test.babbles", S(""), 0);
    assert_true(ran_one(&s));
    assert_true(ran_one(&s));
    s.cx.workspace_id = 2;
    assert_true(db_write(&s.cx, DB_INTERACTIVE, forget_kind, (void *)"test.greedy"));
    s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(dead_now(&s), 2);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, forget_kind, (void *)"test.greedy"));
    assert_int_equal(dead_now(&s), 1);
    s.cx.now_ms = STORE_NOW_MS + JOB_DEAD_KEPT_DAYS * INT64_C(86400000) - 1;
    assert_true(db_write(&s.cx, DB_INTERACTIVE, forget, NULL));
    assert_int_equal(dead_now(&s), 1);
    s.cx.now_ms++;
    assert_true(db_write(&s.cx, DB_INTERACTIVE, forget, NULL));
    assert_int_equal(dead_now(&s), 0);
    store_close(&s);
}

static void a_run_that_takes_all_memory_fails_alone(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.greedy", S(""), 0);
    assert_true(ran_one(&s));
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 1);
    assert_str("error", dead.row[0].last_error, S("error.too_large"));
    store_close(&s);
}

static void what_is_noted_of_a_failure_is_text(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.babbles", S(""), 0);
    assert_true(ran_one(&s));
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 1);
    assert_true(str_starts(dead.row[0].last_error, S("error.internal: it said ")));
    assert_true(utf8_valid(dead.row[0].last_error));
    store_close(&s);
}

static void what_a_run_says_with_its_last_memory_is_noted(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.brimful", S(""), 0);
    assert_true(ran_one(&s));
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 1);
    assert_str("error", dead.row[0].last_error, S("error.internal: no room for a row of 7"));
    store_close(&s);
}

/* --- threads --- */

static struct ctx make_ctx(void *user, arena *a)
{
    struct app *app = user;
    struct ctx cx = app->base;
    cx.a = a;
    cx.app = app;
    cx.workspace_id = 0;
    cx.deferred = NULL;
    err_clear(&cx);
    return cx;
}

static struct jobs *start(struct store *s, struct app *app, const struct job_kind *kinds, int count,
                          int threads)
{
    struct jobs *jobs;
    struct jobs_options o = {
        .make_ctx = make_ctx, .user = app, .kinds = kinds, .count = count, .threads = threads};
    if (!jobs_start(&s->cx, &o, &jobs)) fail_msg("%.*s", STR_ARG(s->cx.err.detail));
    return jobs;
}

/* Wait until `*what` is at least `want`; a minute is a failure. */
static void await(_Atomic int *what, int want)
{
    for (int i = 0; i < 60000 && atomic_load(what) < want; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    assert_true(atomic_load(what) >= want);
}

static void workers_find_what_is_added_and_run_ticks_beside_it(void **state)
{
    (void)state;
    static const struct job_kind kinds[] = {{"test.good", 0, run_good, 0},
                                            {"test.tick", 5, run_tick, 0},
                                            {"test.hourly", 3600000, run_good, 0}};
    struct store s;
    struct app app;
    open_jobs(&s, &app);
    struct jobs *jobs = start(&s, &app, kinds, COUNTOF(kinds), 2);
    await(&app.good, 1); /* the hourly one, at once */
    for (int i = 0; i < 20; i++) {
        add(&s, "test.good", S(""), 0);
        jobs_wake(jobs);
    }
    await(&app.good, 21);
    await(&app.ticks, 3);
    jobs_stop(jobs);
    assert_int_equal(app.good, 21);

    /* A second start finds the periodic row rescheduled, and makes no other. */
    jobs = start(&s, &app, kinds, COUNTOF(kinds), 1);
    int ticks = app.ticks;
    await(&app.ticks, ticks + 3);
    jobs_stop(jobs);
    assert_int_equal(app.good, 21);
    store_close(&s);
}

static void ticks_cost_no_commit(void **state)
{
    (void)state;
    static const struct job_kind kinds[] = {{"test.tick", 5, run_tick, 0},
                                            {"test.good", 0, run_good, 0}};
    struct store s;
    struct app app;
    struct db_stats before, after;
    open_jobs(&s, &app);
    struct jobs *jobs = start(&s, &app, kinds, COUNTOF(kinds), 2);
    await(&app.ticks, 1);
    db_stats(s.cx.db, &before);
    await(&app.ticks, 20);
    db_stats(s.cx.db, &after);
    jobs_stop(jobs);
    assert_int_equal(after.writes, before.writes);
    store_close(&s);
}

static void stopping_finishes_what_runs_and_a_start_takes_up_what_was_cut_off(void **state)
{
    (void)state;
    static const struct job_kind kinds[] = {{"test.waits", 0, run_waits, 0}};
    struct store s;
    struct app app;
    bool ran;
    int64_t next;
    open_jobs(&s, &app);
    add(&s, "test.waits", S(""), 0);
    struct jobs *jobs = start(&s, &app, kinds, 1, 1);
    await(&app.waiting, 1);
    atomic_store(&app.go, true);
    jobs_stop(jobs);
    assert_true(job_run_one(&s.cx, kinds, 1, &ran, &next));
    assert_false(ran);
    assert_int_equal(next, INT64_MAX);

    /* As after a crash: leased, and nobody there. On a shared database another node may be at work
     * on it, and only the end of its lease says otherwise. */
    add(&s, "test.waits", S(""), 0);
    assert_true(store_script(&s, db_is_shared(s.cx.db)
                                     ? "UPDATE job SET job_state = 1, lease_until_ms = 1"
                                     : "UPDATE job SET job_state = 1, lease_until_ms = "
                                       "9000000000000"));
    jobs = start(&s, &app, kinds, 1, 1);
    await(&app.waiting, 2);
    jobs_stop(jobs);
    store_close(&s);
}

static void a_job_that_ends_the_process_each_time_is_set_aside(void **state)
{
    (void)state;
    struct store s;
    struct app app;
    struct job_dead_rows dead;
    open_jobs(&s, &app);
    add(&s, "test.bad", S(""), 0);
    assert_true(store_script(&s, "UPDATE job SET attempts_n = 3"));
    assert_true(ran_one(&s));
    assert_int_equal(app.bad, 0);
    assert_true(db_read(&s.cx, read_dead, &dead));
    assert_int_equal(dead.count, 1);
    assert_str("error", dead.row[0].last_error, S("never finished"));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_runs_once_in_its_workspace_with_its_payload),
        cmocka_unit_test(a_job_waits_for_its_time),
        cmocka_unit_test(what_fails_comes_back_later_and_dies_after_its_attempts),
        cmocka_unit_test(a_dead_letter_is_discarded_by_its_own_workspace),
        cmocka_unit_test(dead_letters_go_after_their_days_and_by_their_kind),
        cmocka_unit_test(a_run_that_takes_all_memory_fails_alone),
        cmocka_unit_test(what_is_noted_of_a_failure_is_text),
        cmocka_unit_test(what_a_run_says_with_its_last_memory_is_noted),
        cmocka_unit_test(workers_find_what_is_added_and_run_ticks_beside_it),
        cmocka_unit_test(ticks_cost_no_commit),
        cmocka_unit_test(stopping_finishes_what_runs_and_a_start_takes_up_what_was_cut_off),
        cmocka_unit_test(a_job_that_ends_the_process_each_time_is_set_aside),
    };
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
