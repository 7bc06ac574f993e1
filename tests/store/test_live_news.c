/* What changes at one node is heard at another, through the database. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "edge/live.h"
#include "edge/live_news.h"
#include "live_news_sql.h"
#include "net/loop.h"
#include "node/node.h"
#include "node/node_rules.h"
#include "sql.h"

enum { OTHER_WORKSPACE = 2, WORKSPACES = 150 };

/* One node: its open pages are a number of streams, which hang on no socket here. */
struct place {
    struct ctx cx;
    struct id_source ids;
    struct node *node;
    struct live *live;
    struct live_news *news;
};

struct house {
    struct store s;
    struct loop *loop;
    struct place a, b;
};

static void place_open(struct house *h, struct place *p)
{
    *p = (struct place){.cx = h->s.cx};
    p->cx.ids = &p->ids;
    struct node_options o = {.name = S("n"), .shared = true};
    assert_true(node_open(&p->cx, &o, 0, &p->node));
    p->live = live_new(p->cx.a, h->loop);
    p->news = live_news_new(p->cx.a, p->live, p->node);
}

static void house_open(struct house *h)
{
    assert_true(crypto_init());
    store_open(&h->s);
    assert_true(loop_new(&h->loop));
    place_open(h, &h->a);
    place_open(h, &h->b);
}

static void house_close(struct house *h)
{
    node_close(h->a.node, &h->a.cx);
    node_close(h->b.node, &h->b.cx);
    id_source_close(&h->a.ids);
    id_source_close(&h->b.ids);
    loop_free(h->loop);
    store_close(&h->s);
}

static void exchange(struct place *from, struct place *to)
{
    assert_true(live_news_tell(&from->cx, from->news));
    assert_true(live_news_hear(&to->cx, to->news));
}

/* Did the version of a workspace at this node change since `*seen`? It is seen then. */
static bool changed(struct place *p, int64_t workspace_id, uint32_t *seen)
{
    uint32_t now = live_version(p->live, workspace_id);
    bool differs = now != *seen;
    *seen = now;
    return differs;
}

static void what_changes_at_one_node_is_heard_at_the_other_and_nothing_else(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    exchange(&h.a, &h.b); /* the first time a node hears, it takes anything for changed */
    exchange(&h.b, &h.a);
    uint32_t own = live_version(h.a.live, STORE_WORKSPACE);
    uint32_t seen = live_version(h.b.live, STORE_WORKSPACE);
    uint32_t other = live_version(h.b.live, OTHER_WORKSPACE);
    for (int i = 0; i < 3; i++) {
        live_changed(h.a.live, STORE_WORKSPACE);
        live_changed(h.a.live, STORE_WORKSPACE);           /* two in one second are one */
        assert_true(changed(&h.a, STORE_WORKSPACE, &own)); /* its own pages need no database */
        assert_false(changed(&h.b, STORE_WORKSPACE, &seen));
        exchange(&h.a, &h.b);
        assert_true(changed(&h.b, STORE_WORKSPACE, &seen));
        assert_false(changed(&h.b, OTHER_WORKSPACE, &other));
        exchange(&h.a, &h.b);
        exchange(&h.b, &h.a); /* what was heard is not told on */
        assert_false(changed(&h.b, STORE_WORKSPACE, &seen));
        assert_false(changed(&h.a, STORE_WORKSPACE, &own));
    }
    house_close(&h);
}

static void clocks_that_differ_lose_no_news(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    exchange(&h.a, &h.b);
    exchange(&h.b, &h.a);
    h.a.cx.now_ms -= 7200000;
    uint32_t in_a = live_version(h.a.live, STORE_WORKSPACE);
    uint32_t in_b = live_version(h.b.live, STORE_WORKSPACE);
    for (int i = 0; i < 3; i++) {
        live_changed(h.a.live, STORE_WORKSPACE);
        exchange(&h.a, &h.b);
        assert_true(changed(&h.b, STORE_WORKSPACE, &in_b));
        assert_true(changed(&h.a, STORE_WORKSPACE, &in_a));
        live_changed(h.b.live, STORE_WORKSPACE);
        exchange(&h.b, &h.a);
        assert_true(changed(&h.a, STORE_WORKSPACE, &in_a));
        assert_true(changed(&h.b, STORE_WORKSPACE, &in_b));
        h.a.cx.now_ms += 3600000 * (2 * i - 1); /* and leap */
    }
    house_close(&h);
}

static void more_workspaces_than_can_be_named_are_all_heard(void **state)
{
    (void)state;
    struct house h;
    uint32_t seen[WORKSPACES];
    house_open(&h);
    exchange(&h.a, &h.b);
    for (int i = 0; i < WORKSPACES; i++) {
        seen[i] = live_version(h.b.live, 1000 + i);
        live_changed(h.a.live, 1000 + i);
    }
    exchange(&h.a, &h.b);
    for (int i = 0; i < WORKSPACES; i++) assert_true(changed(&h.b, 1000 + i, &seen[i]));
    house_close(&h);
}

static void news_under_a_number_that_was_lost_are_told_under_the_next(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    exchange(&h.a, &h.b);
    uint32_t seen = live_version(h.b.live, STORE_WORKSPACE);
    /* Another process takes a's number, with a higher token. */
    assert_true(store_script(&h.s, "UPDATE node SET lease_token = lease_token + 1, "
                                   "lease_until_ms = lease_until_ms + 900000 WHERE node_no = 0"));
    live_changed(h.a.live, STORE_WORKSPACE);
    assert_false(live_news_tell(&h.a.cx, h.a.news));
    err_clear(&h.a.cx);
    h.a.cx.now_ms += NODE_RENEW_MS;
    node_round(h.a.node, &h.a.cx, NODE_RENEW_MS);
    assert_int_equal(node_number(h.a.node), 2);
    exchange(&h.a, &h.b);
    assert_true(changed(&h.b, STORE_WORKSPACE, &seen));
    house_close(&h);
}

static void a_page_of_another_node_or_life_is_told_to_look_again(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int same = 0;
    for (int64_t w = 1; w <= 32; w++)
        same += live_version(h.a.live, w) == live_version(h.b.live, w);
    assert_true(same <= 1);
    house_close(&h);
}

static bool news_count(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct news_newest_rows rows;
    if (!q_news_newest(tx, &rows)) return false;
    *(ptrdiff_t *)arg = rows.count;
    return true;
}

static void old_news_are_forgotten_and_later_ones_still_heard(void **state)
{
    (void)state;
    struct house h;
    ptrdiff_t count = 0;
    house_open(&h);
    exchange(&h.a, &h.b);
    live_changed(h.a.live, STORE_WORKSPACE);
    exchange(&h.a, &h.b);
    assert_true(db_read(&h.a.cx, news_count, &count));
    assert_int_equal(count, 1);
    h.a.cx.now_ms += LIVE_NEWS_KEPT_MS + 1;
    assert_true(live_news_forget(&h.a.cx));
    assert_true(db_read(&h.a.cx, news_count, &count));
    assert_int_equal(count, 0);
    uint32_t seen = live_version(h.b.live, STORE_WORKSPACE);
    live_changed(h.a.live, STORE_WORKSPACE);
    exchange(&h.a, &h.b);
    assert_true(changed(&h.b, STORE_WORKSPACE, &seen));
    house_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_at_one_node_is_heard_at_the_other_and_nothing_else),
        cmocka_unit_test(clocks_that_differ_lose_no_news),
        cmocka_unit_test(more_workspaces_than_can_be_named_are_all_heard),
        cmocka_unit_test(news_under_a_number_that_was_lost_are_told_under_the_next),
        cmocka_unit_test(a_page_of_another_node_or_life_is_told_to_look_again),
        cmocka_unit_test(old_news_are_forgotten_and_later_ones_still_heard),
    };
    return cmocka_run_group_tests_name("live_news", tests, NULL, NULL);
}
