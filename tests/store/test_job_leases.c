/* Whose a job is while it runs: leases, and what is left of them. */
#include "store/job_case.h"

#include "jobs_sql.h"
#include "node/node_rules.h"

static bool run_loses_its_lease(struct ctx *cx, const struct job *job)
{
    struct app *app = cx->app;
    assert_true(job_renew(cx, job));
    /* Somebody thinks this run is dead, and takes the job. */
    assert_true(store_script(app->s, "UPDATE job SET lease_token = lease_token + 1"));
    assert_false(job_renew(cx, job));
    assert_int_equal(cx->err.code, ERR_CONFLICT);
    err_clear(cx);
    return true;
}

static bool ask_holds(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct job job = *(struct job *)arg;
    bool holds;
    if (!job_holds(cx, tx, &job, &holds)) return false;
    ((struct job *)arg)->attempt = holds;
    return true;
}

static bool run_notes_itself(struct ctx *cx, const struct job *job)
{
    struct job copy = *job;
    assert_true(db_write(cx, DB_EVENTS, ask_holds, &copy));
    assert_int_equal(copy.attempt, 1);
    copy.lease_token--;
    assert_true(db_write(cx, DB_EVENTS, ask_holds, &copy));
    assert_int_equal(copy.attempt, 0);
    return true;
}

static void whoever_lost_the_lease_neither_renews_nor_ends_the_job(void **state)
{
    (void)state;
    static const struct job_kind kinds[] = {{"test.good", 0, run_loses_its_lease, 0}};
    static const struct job_kind again[] = {{"test.good", 0, run_notes_itself, 0}};
    struct store s;
    struct app app;
    bool ran;
    int64_t next;
    open_jobs(&s, &app);
    add(&s, "test.good", S(""), 0);
    assert_true(job_run_one(&s.cx, kinds, 1, &ran, &next));
    assert_true(ran);
    /* The row still stands, leased to the other: nobody runs it before that lease ends. */
    assert_true(job_run_one(&s.cx, again, 1, &ran, &next));
    assert_false(ran);
    assert_true(store_script(&s, "UPDATE job SET job_state = 0"));
    assert_true(job_run_one(&s.cx, again, 1, &ran, &next));
    assert_true(ran);
    store_close(&s);
}

static bool release_seen(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    const struct job_leased_row *seen = arg;
    struct job_release_in in = {seen->slot, seen->id, seen->lease_token, seen->lease_until_ms};
    return q_job_release(tx, &in, NULL);
}

static bool see_leased(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct job_leased_in in = {S("test.good")};
    struct job_leased_rows rows;
    if (!q_job_leased(tx, &in, &rows)) return false;
    assert_int_equal(rows.count, 1);
    *(struct job_leased_row *)arg = rows.row[0];
    return true;
}

/* Somebody looks just before it renews, and takes away what he saw just after. */
static bool run_renews_in_between(struct ctx *cx, const struct job *job)
{
    struct job_leased_row seen;
    struct job copy = *job;
    cx->now_ms += JOB_LEASE_MS;
    assert_true(db_read(cx, see_leased, &seen));
    assert_true(seen.lease_until_ms <= cx->now_ms);
    assert_true(job_renew(cx, job));
    assert_true(db_write(cx, DB_EVENTS, release_seen, &seen));
    assert_true(db_write(cx, DB_EVENTS, ask_holds, &copy));
    assert_int_equal(copy.attempt, 1);
    assert_true(db_read(cx, see_leased, &seen));
    assert_true(db_write(cx, DB_EVENTS, release_seen, &seen));
    assert_true(db_write(cx, DB_EVENTS, ask_holds, &copy));
    assert_int_equal(copy.attempt, 0);
    return true;
}

static void a_lease_that_was_renewed_is_not_taken_away(void **state)
{
    (void)state;
    static const struct job_kind kinds[] = {{"test.good", 0, run_renews_in_between, 0}};
    struct store s;
    struct app app;
    bool ran;
    int64_t next;
    open_jobs(&s, &app);
    add(&s, "test.good", S(""), 0);
    assert_true(job_run_one(&s.cx, kinds, 1, &ran, &next));
    assert_true(ran);
    store_close(&s);
}

/* A lease lasts ten minutes, a node's thirty seconds: its jobs are free with it. */
static void the_jobs_of_a_node_that_is_gone_go_to_another(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int node;
        bool former; /* made by who had the number before */
        bool free;   /* on a shared database */
    } CASES[] = {{"at work", 5, false, false},
                 {"gone", 6, false, true},
                 {"started again", 5, true, true},
                 {"unknown", 9, false, false}};
    static const struct job_kind kinds[] = {{"test.good", 0, run_good, 0}};
    for (ptrdiff_t i = 0; i < COUNTOF(CASES); i++) {
        struct store s;
        struct app app;
        char text[400];
        long long now = STORE_NOW_MS, first = id_first(STORE_NOW_MS - 60000);
        open_jobs(&s, &app);
        add(&s, "test.good", S(""), 0);
        long long token = first + (CASES[i].former ? -1 : 1) * (1LL << 22);
        token = (token & ~(63LL << 16)) | (long long)CASES[i].node << 16;
        snprintf(text, sizeof text,
                 "INSERT INTO node VALUES (5, 1, %lld, 0, 'elbe', 0, %lld), "
                 "(6, 1, %lld, 0, 'oder', 0, %lld); "
                 "UPDATE job SET job_state = 1, lease_until_ms = %lld, lease_token = %lld",
                 now + 20000, first, now - NODE_GONE_MS, first, now + 600000, token);
        assert_true(store_script(&s, text));
        assert_true(job_queue_sweep(&s.cx, kinds, 1));
        bool ran = ran_one(&s);
        if (ran != (CASES[i].free && db_is_shared(s.cx.db))) fail_msg("%s", CASES[i].what);
        store_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_lost_the_lease_neither_renews_nor_ends_the_job),
        cmocka_unit_test(a_lease_that_was_renewed_is_not_taken_away),
        cmocka_unit_test(the_jobs_of_a_node_that_is_gone_go_to_another),
    };
    return cmocka_run_group_tests_name("job_leases", tests, NULL, NULL);
}
