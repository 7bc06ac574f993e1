/* Old touchpoints go, by partition or by row, and nothing else does. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/tz.h"
#include "db/partition.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "lead/lead_jobs.h"
#include "setting/setting.h"
#include "sql.h"

#include <pthread.h>
#include <stdio.h>

/* STORE_NOW_MS is 2025-06-15. */
static const struct partitioned touchpoints = {"touchpoint", "at_ms"};

static int64_t month_ms(int year, int month)
{
    return tz_instant_ms(NULL, (struct civil){.year = year, .month = month, .day = 1});
}

static void open_store(struct store *s)
{
    store_open(s);
    str path = str_printf(&s->a, "%s/keys.json", s->folder);
    struct key_ring *keys;
    assert_true(key_ring_open(&s->cx, path, &keys));
    s->cx.keys = keys;
    assert_true(store_script(s, "INSERT INTO workspace VALUES (1, 'one', '', 5, 0)"));
}

static void add(struct store *s, int64_t workspace, int64_t lead, int64_t at_ms, int64_t id)
{
    char text[300];
    snprintf(text, sizeof text,
             "INSERT INTO touchpoint VALUES (%lld, %lld, %lld, %lld, 1, 0, '{}')",
             (long long)workspace, (long long)lead, (long long)at_ms, (long long)id);
    assert_true(store_script(s, text));
}

/* Only its id is of interest. */
static void add_lead(struct store *s, int64_t workspace, int64_t lead)
{
    char text[500];
    snprintf(text, sizeof text,
             "INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, "
             "display_name, name_sort, email, email_state, permit_state, permit_purpose, lang, "
             "source, first_contact, created_ms, updated_ms, last_ms, trashed_ms, version_no) "
             "VALUES (%lld, %lld, %lld, 0, 0, '', '', '', 0, 0, '', 'de', '', '{}', 5, 5, 5, 0, 1)",
             (long long)workspace, (long long)lead, (long long)lead);
    assert_true(store_script(s, text));
}

static bool lines_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf *b = arg;
    str text = str_dup(cx->a, buf_str(b));
    b->len = 0;
    return sql_lines(tx, str_cstr(cx->a, text), b);
}

/* Its lines, joined by "|". */
static str ask(struct store *s, const char *text)
{
    struct buf b = buf_new(&s->a, 64 << 10);
    buf_put(&b, str_of(text));
    assert_true(db_read(&s->cx, lines_read, &b));
    return str_replace(&s->a, str_trim(buf_str(&b)), S("\n"), S("|"));
}

static str left(struct store *s)
{
    return ask(s, "SELECT workspace_id, lead_id, id FROM touchpoint ORDER BY 1, 2, 3");
}

struct saving {
    enum setting setting;
    str value;
};

static bool save_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct saving *v = arg;
    return setting_save(cx, tx, v->setting, v->value);
}

static void keep(struct store *s, int64_t workspace, const char *months)
{
    struct saving v = {SETTING_TOUCHPOINT_KEEP_MONTHS, str_of(months)};
    s->cx.workspace_id = workspace;
    assert_true(db_write(&s->cx, DB_INTERACTIVE, save_write, &v));
    s->cx.workspace_id = STORE_WORKSPACE;
}

static void run(struct store *s)
{
    struct job job = {.attempt = 1, .payload = S("")};
    s->cx.workspace_id = 0;
    if (!lead_jobs[0].run(&s->cx, &job))
        fail_msg("%s %.*s", s->cx.err.key, STR_ARG(s->cx.err.detail));
    s->cx.workspace_id = STORE_WORKSPACE;
}

static void what_is_kept_is_whole_months(void **state)
{
    (void)state;
    static const struct row {
        int64_t months;
        int year, month; /* 0: everything is kept */
    } ROWS[] = {{0, 0, 0},     {1, 2025, 5},  {5, 2025, 1},
                {6, 2024, 12}, {24, 2023, 6}, {600, 1975, 6}};
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++)
        assert_int_equal(touchpoint_keep_from(STORE_NOW_MS, ROWS[i].months),
                         ROWS[i].year == 0 ? 0 : month_ms(ROWS[i].year, ROWS[i].month));
}

static void old_touchpoints_go_and_the_others_stay(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    assert_true(store_script(&s, "INSERT INTO workspace VALUES (2, 'two', 'two.example', 5, 0)"));
    assert_true(
        store_script(&s, "INSERT INTO workspace VALUES (3, 'three', 'three.example', 5, 0)"));
    keep(&s, 2, "0");
    keep(&s, 3, "3");
    for (int64_t w = 1; w <= 3; w++) {
        add_lead(&s, w, 10);
        add_lead(&s, w, 11);
        add(&s, w, 10, month_ms(2023, 5), 1);
        add(&s, w, 10, month_ms(2023, 6) - 1, 2); /* the last moment that 24 months do not keep */
        add(&s, w, 10, month_ms(2023, 6), 3);
        add(&s, w, 11, month_ms(2025, 3) - 1, 4);
        add(&s, w, 11, month_ms(2025, 3), 5);
        add(&s, w, 11, STORE_NOW_MS, 6);
    }
    run(&s);
    assert_str("left", left(&s),
               S("1 10 3|1 11 4|1 11 5|1 11 6|"
                 "2 10 1|2 10 2|2 10 3|2 11 4|2 11 5|2 11 6|3 11 5|3 11 6"));
    assert_str("noted",
               ask(&s, "SELECT workspace_id, value FROM setting WHERE name = "
                       "'touchpoints_gone_ms' ORDER BY 1"),
               str_printf(&s.a, "1 %lld|3 %lld", (long long)month_ms(2023, 6),
                          (long long)month_ms(2025, 3)));
    assert_str("told", ask(&s, "SELECT workspace_id, action FROM audit ORDER BY 1"),
               S("1 lead.touchpoints_purge|3 lead.touchpoints_purge"));
    run(&s); /* again is nothing */
    assert_str("told once", ask(&s, "SELECT COUNT(*) FROM audit"), S("2"));
    store_close(&s);
}

static void many_of_one_lead_go_in_steps(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    add_lead(&s, 1, 10);
    add_lead(&s, 1, 11);
    for (int64_t lead = 10; lead <= 11; lead++) {
        char text[400];
        snprintf(text, sizeof text,
                 "INSERT INTO touchpoint SELECT 1, %lld, n * 1000, n, 1, 0, '{}' FROM "
                 "(WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 1300) "
                 "SELECT n FROM k) x",
                 (long long)lead);
        assert_true(store_script(&s, text));
        add(&s, 1, lead, STORE_NOW_MS, 5000 + lead);
    }
    struct db_stats before, after;
    db_stats(s.cx.db, &before);
    run(&s);
    db_stats(s.cx.db, &after);
    assert_str("left", left(&s), S("1 10 5010|1 11 5011"));
    assert_true(after.writes - before.writes >= 6); /* 2600 rows, at most 500 each */
    store_close(&s);
}

/* --- PostgreSQL alone --- */

static str partitions(struct store *s)
{
    struct partitions list;
    struct buf b = buf_new(&s->a, 64 << 10);
    assert_true(partition_list(&s->cx, &touchpoints, &list));
    for (ptrdiff_t i = 0; i < list.count; i++) {
        struct civil at = tz_civil(NULL, list.row[i].from_ms);
        buf_printf(&b, "%s%d-%d", i > 0 ? " " : "", at.year, at.month);
        assert_int_equal(list.row[i].until_ms, partition_month(list.row[i].from_ms, 1));
    }
    return buf_str(&b);
}

static void partitions_are_made_ahead_and_strays_move_in(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    if (!db_is_shared(s.cx.db)) {
        assert_int_equal(partitions(&s).len, 0);
        assert_true(partition_ahead(&s.cx, &touchpoints));
        store_close(&s);
        return;
    }
    add(&s, 1, 10, month_ms(2025, 3), 1);
    add(&s, 1, 10, STORE_NOW_MS, 2);
    add(&s, 1, 10, 7, 3); /* 1970 */
    touchpoint_partitions_ahead(&s.cx);
    assert_str("ahead", partitions(&s), S("2025-6 2025-7 2025-8 2025-9"));
    assert_str("moved", ask(&s, "SELECT id FROM touchpoint_2025_06"), S("2"));
    assert_true(partition_tidy(&s.cx, &touchpoints));
    assert_str("tidied", partitions(&s), S("2025-3 2025-6 2025-7 2025-8 2025-9"));
    assert_str("other", ask(&s, "SELECT id FROM touchpoint_other"), S("3"));
    assert_true(partition_cover(&s.cx, &touchpoints, month_ms(2024, 12) + 1, month_ms(2025, 2)));
    assert_str("covered", partitions(&s),
               S("2024-12 2025-1 2025-2 2025-3 2025-6 2025-7 2025-8 2025-9"));
    assert_str("all there", left(&s), S("1 10 1|1 10 2|1 10 3"));
    /* The same key twice is the same touchpoint there, too. */
    assert_false(store_script(&s, "INSERT INTO touchpoint SELECT * FROM touchpoint"));
    store_close(&s);
}

static void a_partition_is_dropped_when_nobody_keeps_it(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    if (!db_is_shared(s.cx.db)) {
        store_close(&s);
        return;
    }
    assert_true(partition_cover(&s.cx, &touchpoints, month_ms(2023, 3), month_ms(2023, 8)));
    assert_true(store_script(&s, "INSERT INTO workspace VALUES (2, 'two', 'two.example', 5, 7)"));
    add(&s, 1, 10, month_ms(2023, 5), 1);
    add(&s, 2, 10, month_ms(2023, 5), 1);
    add(&s, 2, 10, month_ms(2023, 4), 2);
    keep(&s, 2, "25");
    run(&s);
    assert_str("left", left(&s), S("2 10 1")); /* and an archived workspace's, too */
    assert_str("partitions", partitions(&s),
               S("2023-5 2023-6 2023-7 2023-8 2025-6 2025-7 2025-8 2025-9"));
    store_close(&s);
}

struct maker {
    struct ctx cx;
    bool good;
};

static void *make_ahead(void *arg)
{
    struct maker *m = arg;
    m->good = partition_ahead(&m->cx, &touchpoints);
    return NULL;
}

static void two_nodes_at_once_make_each_once(void **state)
{
    (void)state;
    struct store s;
    open_store(&s);
    struct maker m[2];
    struct arena_block block[2];
    arena a[2];
    pthread_t thread[2];
    for (int i = 0; i < 2; i++) m[i].cx = store_thread_ctx(&s, &block[i], &a[i]);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, make_ahead, &m[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
        assert_true(m[i].good);
        arena_block_close(&block[i]);
    }
    if (db_is_shared(s.cx.db))
        assert_str("ahead", partitions(&s), S("2025-6 2025-7 2025-8 2025-9"));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_whole_months),
        cmocka_unit_test(old_touchpoints_go_and_the_others_stay),
        cmocka_unit_test(many_of_one_lead_go_in_steps),
        cmocka_unit_test(partitions_are_made_ahead_and_strays_move_in),
        cmocka_unit_test(a_partition_is_dropped_when_nobody_keeps_it),
        cmocka_unit_test(two_nodes_at_once_make_each_once),
    };
    if (!crypto_init()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
