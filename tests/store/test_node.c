/* Numbers and leases against a real database: taken, renewed, lost, released; nodes are contexts
 * with id sources of their own, and the clocks are the test's. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "node/node.h"
#include "node/node_rules.h"
#include "sql.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3, IDS = 40000, CHANGES = 20 };

/* One process: its clocks, its ids. */
struct process {
    struct store *s;
    struct id_source ids;
    struct ctx cx;
    struct node *node;
    int64_t boot_ms;
};

static void process_begin(struct process *p, struct store *s)
{
    *p = (struct process){.s = s, .cx = s->cx, .boot_ms = 1000000};
}

static bool process_open(struct process *p, const char *name, bool shared)
{
    p->cx.ids = &p->ids;
    struct node_options o = {.name = str_of(name), .shared = shared};
    return node_open(&p->cx, &o, p->boot_ms, &p->node);
}

/* Time passes for both of a process's clocks. */
static void pass(struct process *p, int64_t ms)
{
    p->boot_ms += ms;
    p->cx.now_ms += ms;
}

static void round_of(struct process *p)
{
    node_round(p->node, &p->cx, p->boot_ms);
}

static void process_end(struct process *p)
{
    node_close(p->node, &p->cx);
    id_source_close(&p->ids);
}

static int64_t next(struct process *p)
{
    return id_next(&p->ids, p->cx.now_ms);
}

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return node_list(cx, tx, arg);
}

static struct node_infos listed(struct process *p)
{
    struct node_infos infos;
    assert_true(db_read(&p->cx, list_read, &infos));
    return infos;
}

static void nodes_of_one_database_have_numbers_of_their_own(void **state)
{
    (void)state;
    struct store s;
    struct process a, b, c;
    store_open(&s);
    process_begin(&a, &s);
    process_begin(&b, &s);
    process_begin(&c, &s);
    assert_true(process_open(&a, "elbe", true));
    assert_true(process_open(&b, "weser", true));
    assert_int_equal(node_number(a.node), 0);
    assert_int_equal(node_number(b.node), 1);
    struct node_infos infos = listed(&a);
    assert_int_equal(infos.count, 2);
    assert_str("name", infos.row[1].name, S("weser"));
    process_end(&a); /* an orderly stop: the number is free at once */
    assert_int_equal(listed(&b).count, 1);
    assert_true(process_open(&c, "ems", true));
    assert_int_equal(node_number(c.node), 0);
    process_end(&b);
    process_end(&c);
    store_close(&s);
}

static void a_lease_that_is_renewed_lasts_and_one_that_is_not_is_given_up(void **state)
{
    (void)state;
    struct store s;
    struct process a;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", true));
    for (int i = 0; i < 20; i++) {
        pass(&a, NODE_RENEW_MS);
        assert_true(node_holds_at(a.node, a.boot_ms));
        round_of(&a);
    }
    assert_int_equal(node_number(a.node), 0);
    pass(&a, NODE_GIVE_UP_MS - 1);
    assert_true(node_holds_at(a.node, a.boot_ms));
    pass(&a, 1);
    assert_false(node_holds_at(a.node, a.boot_ms));
    round_of(&a); /* nobody took it: it goes on */
    assert_true(node_holds_at(a.node, a.boot_ms));
    assert_int_equal(node_number(a.node), 0);
    process_end(&a);
    store_close(&s);
}

static void a_renewal_counts_from_when_it_was_sent(void **state)
{
    (void)state;
    struct store s;
    struct process a;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", true));
    pass(&a, NODE_RENEW_MS);
    int64_t sent = a.boot_ms;
    round_of(&a); /* however long the answer took */
    assert_true(node_holds_at(a.node, sent + NODE_GIVE_UP_MS - 1));
    assert_false(node_holds_at(a.node, sent + NODE_GIVE_UP_MS));
    process_end(&a);
    store_close(&s);
}

static void a_frozen_holder_finds_its_number_gone_and_its_late_ids_collide_with_none(void **state)
{
    (void)state;
    struct store s;
    struct process a, b;
    store_open(&s);
    process_begin(&a, &s);
    process_begin(&b, &s);
    assert_true(process_open(&a, "elbe", true));
    int64_t before = next(&a);
    pass(&b, NODE_LEASE_MS); /* meanwhile a is frozen */
    assert_true(process_open(&b, "weser", true));
    assert_int_equal(node_number(b.node), 0);
    int64_t first = next(&b);
    assert_true(first > before);
    for (int i = 0; i < 1000; i++) assert_true(next(&a) < first); /* began before it froze */
    pass(&a, NODE_LEASE_MS);
    assert_false(node_holds_at(a.node, a.boot_ms));
    for (int i = 0; i < 1000; i++) assert_true(next(&a) < first); /* and with the new time */
    round_of(&a);
    assert_int_equal(node_number(a.node), 1);
    assert_true(node_holds_at(a.node, a.boot_ms));
    assert_int_equal(node_number(b.node), 0);
    int64_t after = next(&a);
    assert_true(after > before);
    assert_int_equal(after >> 16 & 63, 1);
    /* What it releases at its end is its own number. */
    process_end(&a);
    assert_int_equal(listed(&b).count, 1);
    process_end(&b);
    store_close(&s);
}

static void a_database_that_does_not_answer_makes_a_node_stand_still_until_it_does(void **state)
{
    (void)state;
    struct store s;
    struct process a;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", true));
    int64_t before = next(&a), ceiling = id_source_ceiling(&a.ids);
    assert_true(store_script(&s, "ALTER TABLE node RENAME TO gone"));
    for (int i = 1; i <= 20; i++) {
        pass(&a, NODE_RETRY_MS);
        round_of(&a);
        assert_int_equal(node_holds_at(a.node, a.boot_ms), i * NODE_RETRY_MS < NODE_GIVE_UP_MS);
        assert_int_equal(id_source_ceiling(&a.ids), ceiling); /* not before the database has it */
    }
    assert_true(store_script(&s, "ALTER TABLE gone RENAME TO node"));
    round_of(&a);
    assert_true(node_holds_at(a.node, a.boot_ms));
    assert_int_equal(node_number(a.node), 0);
    assert_true(id_source_ceiling(&a.ids) > ceiling);
    assert_true(next(&a) > before);
    process_end(&a);
    store_close(&s);
}

struct maker {
    pthread_t thread;
    struct process *p;
    int64_t id[IDS];
};

static void *make_ids(void *arg)
{
    struct maker *m = arg;
    for (int i = 0; i < IDS; i++) m->id[i] = id_next(&m->p->ids, STORE_NOW_MS);
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void ids_stay_unique_while_the_number_changes_under_the_threads(void **state)
{
    (void)state;
    struct store s;
    struct process a;
    struct maker *m = calloc(THREADS, sizeof *m);
    int64_t *all = calloc(THREADS * IDS, sizeof *all);
    assert_non_null(m);
    assert_non_null(all);
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", true));
    for (int t = 0; t < THREADS; t++) {
        m[t].p = &a;
        assert_int_equal(pthread_create(&m[t].thread, NULL, make_ids, &m[t]), 0);
    }
    for (int i = 0; i < CHANGES; i++) {
        assert_true(store_script(&s, "UPDATE node SET lease_token = lease_token + 1"));
        pass(&a, NODE_RENEW_MS);
        round_of(&a); /* its number is gone: the next */
    }
    assert_true(node_number(a.node) > 0);
    for (int t = 0; t < THREADS; t++) {
        pthread_join(m[t].thread, NULL);
        for (int i = 0; i < IDS; i++) all[t * IDS + i] = m[t].id[i];
    }
    qsort(all, THREADS * IDS, sizeof *all, by_number);
    for (int i = 1; i < THREADS * IDS; i++) assert_true(all[i] != all[i - 1]);
    process_end(&a);
    store_close(&s);
    free(all);
    free(m);
}

static void no_id_is_above_the_mark_that_the_database_has(void **state)
{
    (void)state;
    struct store s;
    struct process a, probe;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", true));
    for (int i = 0; i < 8; i++) {
        int64_t jump = i % 3 == 0 ? 7200000 : i % 3 == 1 ? -9000000 : 1;
        a.cx.now_ms += jump; /* a clock that leaps between two renewals */
        int64_t made = 0;
        for (int k = 0; k < 1000; k++) made = next(&a);
        /* A crash now: whoever comes next begins above. */
        process_begin(&probe, &s);
        assert_true(process_open(&probe, "probe", false));
        assert_int_equal(node_number(probe.node), 0);
        assert_true(next(&probe) > made);
        process_end(&probe);
        pass(&a, NODE_RENEW_MS);
        round_of(&a); /* the probe took it: a new number, or the same again */
        assert_true(next(&a) > made);
    }
    process_end(&a);
    store_close(&s);
}

static void a_file_of_ones_own_starts_at_once_and_never_waits(void **state)
{
    (void)state;
    struct store s;
    struct process a, again;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", false));
    int64_t made = next(&a);
    /* Killed; the clock was set back by a day before it starts again. */
    process_begin(&again, &s);
    again.cx.now_ms -= 86400000;
    assert_true(process_open(&again, "elbe", false));
    assert_int_equal(node_number(again.node), 0);
    assert_true(next(&again) > made);
    pass(&again, 10 * NODE_LEASE_MS); /* its disk is full, say */
    assert_true(node_holds_at(again.node, again.boot_ms));
    process_end(&again);
    id_source_close(&a.ids);
    store_close(&s);
}

static void an_orderly_stop_leaves_no_gap_in_time(void **state)
{
    (void)state;
    struct store s;
    struct process a, again;
    store_open(&s);
    process_begin(&a, &s);
    assert_true(process_open(&a, "elbe", false));
    int64_t made = next(&a);
    process_end(&a);
    process_begin(&again, &s);
    pass(&again, 10);
    assert_true(process_open(&again, "elbe", false));
    int64_t id = next(&again);
    assert_true(id > made);
    assert_int_equal(id_time_ms(id), STORE_NOW_MS + 10);
    process_end(&again);
    store_close(&s);
}

static void a_full_database_of_nodes_says_what_to_do(void **state)
{
    (void)state;
    struct store s;
    struct process p;
    char text[200];
    store_open(&s);
    for (int n = 0; n < ID_NODES; n++) {
        snprintf(text, sizeof text, "INSERT INTO node VALUES (%d, 1, %lld, 0, 'x', 0, 0)", n,
                 (long long)STORE_NOW_MS + 1);
        assert_true(store_script(&s, text));
    }
    process_begin(&p, &s);
    assert_false(process_open(&p, "elbe", true));
    assert_int_equal(p.cx.err.code, ERR_UNAVAILABLE);
    assert_true(str_find(p.cx.err.detail, S("stop a server")) >= 0);
    assert_false(id_source_ready(&p.ids));
    pass(&p, 1);
    err_clear(&p.cx);
    assert_true(process_open(&p, "elbe", true));
    process_end(&p);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_of_one_database_have_numbers_of_their_own),
        cmocka_unit_test(a_lease_that_is_renewed_lasts_and_one_that_is_not_is_given_up),
        cmocka_unit_test(a_renewal_counts_from_when_it_was_sent),
        cmocka_unit_test(a_frozen_holder_finds_its_number_gone_and_its_late_ids_collide_with_none),
        cmocka_unit_test(a_database_that_does_not_answer_makes_a_node_stand_still_until_it_does),
        cmocka_unit_test(ids_stay_unique_while_the_number_changes_under_the_threads),
        cmocka_unit_test(no_id_is_above_the_mark_that_the_database_has),
        cmocka_unit_test(a_file_of_ones_own_starts_at_once_and_never_waits),
        cmocka_unit_test(an_orderly_stop_leaves_no_gap_in_time),
        cmocka_unit_test(a_full_database_of_nodes_says_what_to_do),
    };
    return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
