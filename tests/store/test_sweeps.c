/* What is over by itself goes: receipts, kept answers, sessions, links, counted attempts. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "access/access.h"
#include "base/buf.h"
#include "base/id.h"
#include "edge/idempotency.h"
#include "jobs/jobs.h"
#include "node/node_jobs.h"
#include "sql.h"

#include <stdio.h>

enum { HOUR_MS = 3600000 };

static const struct job JOB = {.attempt = 1, .payload = S_INIT("")};

static bool lines_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf *b = arg;
    str text = str_dup(cx->a, buf_str(b));
    b->len = 0;
    return sql_lines(tx, str_cstr(cx->a, text), b);
}

static str ask(struct store *s, const char *text)
{
    struct buf b = buf_new(&s->a, 64 << 10);
    buf_put(&b, str_of(text));
    assert_true(db_read(&s->cx, lines_read, &b));
    return str_replace(&s->a, str_trim(buf_str(&b)), S("\n"), S("|"));
}

/* `count` rows of "INSERT INTO … SELECT … FROM n" with n from 1. */
static void fill(struct store *s, const char *insert, int count)
{
    char text[600];
    snprintf(
        text, sizeof text,
        "%s FROM (WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < %d) "
        "SELECT n FROM k) x",
        insert, count);
    assert_true(store_script(s, text));
}

static void old_receipts_go_workspace_by_workspace(void **state)
{
    (void)state;
    struct store s;
    char text[300];
    store_open(&s);
    assert_true(store_script(&s, "INSERT INTO workspace VALUES (1, 'one', '', 5, 0), "
                                 "(2, 'two', 'two.example', 5, 7)"));
    long long old = id_first(STORE_NOW_MS - HOUR_MS) - 20000, young = old + 20000;
    for (int w = 0; w <= 2; w++) {
        int many = w == 1 ? 12000 : 150;
        snprintf(text, sizeof text, "INSERT INTO receipt SELECT %d, %lld + n, 0", w, old);
        fill(&s, text, many);
        snprintf(text, sizeof text, "INSERT INTO receipt SELECT %d, %lld + n, 1", w, young);
        fill(&s, text, 3);
    }
    assert_true(receipt_purge_run(&s.cx, &JOB));
    snprintf(text, sizeof text,
             "SELECT workspace_id, COUNT(*) FROM receipt WHERE id > %lld AND id < %lld "
             "GROUP BY workspace_id ORDER BY 1",
             old, young + 10);
    bool shared = db_is_shared(s.cx.db);
    assert_str("left", ask(&s, text), shared ? S("0 3|1 3|2 3") : S("0 153|1 12003|2 153"));
    store_close(&s);
}

static void kept_answers_go_after_a_day(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    char text[300];
    long long day = STORE_NOW_MS - 24 * (long long)HOUR_MS;
    snprintf(
        text, sizeof text,
        "INSERT INTO idempotency SELECT 1 + n %% 3, CAST('' || n AS BLOB), x'00', %lld + n, 0, "
        "NULL",
        day - 5000);
    fill(&s, text, 5002);
    assert_true(idempotency_sweep_run(&s.cx, &JOB));
    assert_str("left", ask(&s, "SELECT COUNT(*) FROM idempotency"), S("3"));
    store_close(&s);
}

static void sessions_links_and_attempts_go_when_they_are_over(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    char text[400];
    long long now = STORE_NOW_MS;
    snprintf(text, sizeof text,
             "INSERT INTO session SELECT CAST('' || n AS BLOB), n, 1, 1, 5, 5, 5, "
             "CASE WHEN n <= 1200 THEN 6 ELSE %lld END, '', '', 5",
             now + 1);
    fill(&s, text, 1203);
    snprintf(text, sizeof text,
             "INSERT INTO one_time_link SELECT CAST('' || n AS BLOB), n, 1, 1, 1, '', 1, 5, "
             "CASE WHEN n <= 700 THEN 6 ELSE %lld END, 0",
             now);
    fill(&s, text, 702);
    snprintf(text, sizeof text,
             "INSERT INTO sign_in_throttle SELECT CAST('' || n AS BLOB), 1, "
             "CASE WHEN n <= 3000 THEN 6 ELSE %lld END, 0",
             now);
    fill(&s, text, 3001);
    assert_true(access_sweep_run(&s.cx, &JOB));
    assert_str("left",
               ask(&s,
                   "SELECT (SELECT COUNT(*) FROM session), (SELECT COUNT(*) FROM one_time_link), "
                   "(SELECT COUNT(*) FROM sign_in_throttle)"),
               S("3 2 1"));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_receipts_go_workspace_by_workspace),
        cmocka_unit_test(kept_answers_go_after_a_day),
        cmocka_unit_test(sessions_links_and_attempts_go_when_they_are_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
