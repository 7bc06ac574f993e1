/* The chain over consent events: what is sealed, what shows, what erasing leaves. */
#include "consent_case.h"
#include "setting/setting.h"

/* Three blocks: two events, one, two. */
static void chain_make(struct scene *scene)
{
    struct step step = {0};
    scene_open(scene);
    struct confirmation c = asked(scene, scene->wording_id, FORM);
    assert_true(confirmed(scene, c));
    must(scene, seal_all, &step);
    assert_int_equal(step.n, 2);
    pass(scene, 1000);
    step.id = scene->purpose_id;
    must(scene, withdraw, &step);
    must(scene, seal_all, &step);
    assert_int_equal(step.n, 1);
    pass(scene, 1000);
    assert_true(confirmed(scene, asked(scene, scene->wording_id, FORM)));
    must(scene, seal_all, &step);
    assert_int_equal(step.n, 2);
    must(scene, seal_all, &step);
    assert_int_equal(step.n, 0);
}

static int64_t chain_bad(struct scene *scene, int64_t *blocks, int64_t *events)
{
    int64_t bad;
    assert_true(consent_chain_check(&scene->s.cx, blocks, events, &bad));
    return bad;
}

static void the_chain_holds_over_what_was_sealed(void **state)
{
    (void)state;
    struct scene scene;
    int64_t blocks, events;
    chain_make(&scene);
    assert_int_equal(chain_bad(&scene, &blocks, &events), 0);
    assert_int_equal(blocks, 3);
    assert_int_equal(events, 5);
    struct standing st = standing(&scene);
    assert_int_equal(st.rows.row[0].block_no, 1);
    assert_int_equal(st.rows.row[4].block_no, 3);
    assert_int_equal(st.rows.row[4].block_hash.len, 64);
    assert_str("facts", st.rows.row[0].facts, EVIDENCE.facts);
    assert_str("network", st.rows.row[0].network, EVIDENCE.network);

    /* What is not sealed yet says so, and disturbs nothing. */
    asked(&scene, scene.wording_id, OTHER_FORM);
    assert_int_equal(standing(&scene).rows.row[5].block_no, 0);
    assert_int_equal(chain_bad(&scene, &blocks, &events), 0);
    assert_int_equal(events, 5);
    scene_close(&scene);
}

/* The nth event by id. */
#define NTH(n) "(SELECT id FROM consent_event ORDER BY id LIMIT 1 OFFSET " #n ")"
/* The bytes of column c with its last byte turned around. */
#define FLIPPED(c)                                                                                 \
    "CAST(substr(" c ", 1, length(" c ") - 1) || "                                                 \
    "CASE WHEN substr(" c ", length(" c ")) = x'00' THEN x'01' ELSE x'00' END AS BLOB)"

static void any_change_of_the_chain_shows(void **state)
{
    (void)state;
    static const struct {
        const char *name, *sql;
        int64_t bad;
    } rows[] = {
        {"a byte of evidence",
         "UPDATE consent_event SET evidence = " FLIPPED("evidence") " WHERE id = " NTH(0), 1},
        {"a byte of the network part",
         "UPDATE consent_event SET network = " FLIPPED("network") " WHERE id = " NTH(2), 2},
        {"evidence cut short", "UPDATE consent_event SET evidence = x'' WHERE id = " NTH(4), 3},
        {"the time", "UPDATE consent_event SET at_ms = at_ms + 1 WHERE id = " NTH(1), 1},
        {"the kind", "UPDATE consent_event SET event_kind = 2 WHERE id = " NTH(2), 2},
        {"the lead", "UPDATE consent_event SET lead_id = 7 WHERE id = " NTH(3), 3},
        {"the consent", "UPDATE consent_event SET consent_id = 7 WHERE id = " NTH(3), 3},
        {"the wording", "UPDATE consent_event SET wording_id = 7 WHERE id = " NTH(3), 3},
        {"the confirmation", "UPDATE consent_event SET confirmation_id = 7 WHERE id = " NTH(3), 3},
        {"the id", "UPDATE consent_event SET id = id + 1 WHERE id = " NTH(4), 3},
        {"an event dropped", "DELETE FROM consent_event WHERE id = " NTH(1), 1},
        {"the last event dropped", "DELETE FROM consent_event WHERE id = " NTH(4), 3},
        {"an event dropped, and the count with it",
         "DELETE FROM consent_event WHERE id = " NTH(
             1) ";"
                "UPDATE consent_block SET event_count = 1 WHERE block_no = 1",
         1},
        {"an event moved to another block",
         "UPDATE consent_event SET block_no = 2 WHERE id = " NTH(1), 1},
        {"an event unsealed", "UPDATE consent_event SET block_no = 0 WHERE id = " NTH(2), 2},
        {"two events swapped",
         "CREATE TABLE swap AS SELECT id, evidence FROM consent_event;"
         "UPDATE consent_event SET evidence = (SELECT evidence FROM swap WHERE id = " NTH(
             1) ")"
                " WHERE id = " NTH(0) ";"
                                      "UPDATE consent_event SET evidence = (SELECT evidence FROM "
                                      "swap WHERE id = " NTH(0) ")"
                                                                " WHERE id = " NTH(1) ";",
         1},
        {"two events' ids swapped",
         "CREATE TABLE swap AS SELECT MIN(id) AS a, MIN(id) + 1 AS b FROM consent_event;"
         "UPDATE consent_event SET id = 5 WHERE id = " NTH(
             0) ";"
                "UPDATE consent_event SET id = (SELECT a FROM swap) WHERE id = " NTH(
                    1) ";"
                       "UPDATE consent_event SET id = (SELECT b FROM swap) WHERE id = 5",
         1},
        {"an event added",
         "INSERT INTO consent_event (workspace_id, id, consent_id, lead_id, wording_id,"
         " confirmation_id, event_kind, at_ms, evidence, network, block_no)"
         " VALUES (1, 5, 1, 1, 1, 1, 2, 1, x'00', x'00', 2)",
         2},
        {"an event of a block that is not there",
         "UPDATE consent_event SET block_no = 4 WHERE id = " NTH(4), 3},
        {"a block's hash", "UPDATE consent_block SET hash = " FLIPPED("hash") " WHERE block_no = 2",
         2},
        {"a block's time", "UPDATE consent_block SET sealed_ms = 1 WHERE block_no = 2", 2},
        {"a link",
         "UPDATE consent_block SET prev_hash = " FLIPPED("prev_hash") " WHERE block_no = 3", 3},
        {"the first block gone", "DELETE FROM consent_block WHERE block_no = 1", 1},
        {"a block gone", "DELETE FROM consent_block WHERE block_no = 2", 2},
        {"the last block gone, not its events", "DELETE FROM consent_block WHERE block_no = 3", 3},
        {"a block and its events gone",
         "DELETE FROM consent_block WHERE block_no = 2;"
         "DELETE FROM consent_event WHERE block_no = 2",
         2},
        {"a block gone, the later ones moved up",
         "DELETE FROM consent_block WHERE block_no = 2;"
         "DELETE FROM consent_event WHERE block_no = 2;"
         "UPDATE consent_block SET block_no = 2 WHERE block_no = 3;"
         "UPDATE consent_event SET block_no = 2 WHERE block_no = 3",
         2},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct scene scene;
        int64_t blocks, events;
        chain_make(&scene);
        if (!store_script(&scene.s, rows[i].sql))
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(scene.s.cx.err.detail));
        int64_t bad = chain_bad(&scene, &blocks, &events);
        if (bad != rows[i].bad)
            fail_msg("%s: bad block %lld, want %lld", rows[i].name, (long long)bad,
                     (long long)rows[i].bad);
        scene_close(&scene);
    }
}

static bool erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return consent_erase(cx, tx, ((struct step *)arg)->scene->lead_id);
}

static void erased_evidence_stays_shut_and_the_chain_holds(void **state)
{
    (void)state;
    struct scene scene;
    struct step step = {0};
    int64_t blocks, events;
    chain_make(&scene);
    must(&scene, erase, &step);
    struct standing st = standing(&scene);
    assert_int_equal(st.events, 5);
    for (ptrdiff_t i = 0; i < st.events; i++) {
        assert_null(st.rows.row[i].facts.ptr);
        assert_null(st.rows.row[i].network.ptr);
    }
    assert_int_equal(chain_bad(&scene, &blocks, &events), 0);
    assert_int_equal(events, 5);
    scene_close(&scene);
}

static const struct job_kind *job_named(const char *name)
{
    for (int i = 0; i < consent_job_count; i++)
        if (strcmp(consent_jobs[i].name, name) == 0) return &consent_jobs[i];
    return NULL;
}

/* Run a kind as a worker does: without a workspace of its own. */
static void run_job(struct scene *scene, const char *name)
{
    struct job job = {.attempt = 1, .payload = S("")};
    int64_t workspace_id = scene->s.cx.workspace_id;
    scene->s.cx.workspace_id = 0;
    if (!job_named(name)->run(&scene->s.cx, &job))
        fail_msg("%s: %.*s", name, STR_ARG(scene->s.cx.err.detail));
    scene->s.cx.workspace_id = workspace_id;
}

static void the_rooms_jobs_seal_and_expire_in_every_workspace(void **state)
{
    (void)state;
    struct scene scene;
    struct db_stats before, after;
    int64_t blocks, events;
    scene_open(&scene);
    asked(&scene, scene.wording_id, FORM);
    scene.s.cx.workspace_id = 2;
    struct step lead = {.text = S("k.brandt@firma.example")}, wording = {.text = S("newsletter")};
    must(&scene, lead_write, &lead);
    must(&scene, wording_write, &wording);
    int64_t first = scene.lead_id;
    scene.lead_id = lead.id;
    asked(&scene, wording.id, FORM);

    run_job(&scene, "consent.seal");
    for (int64_t id = 1; id <= 2; id++) {
        scene.s.cx.workspace_id = id;
        assert_int_equal(chain_bad(&scene, &blocks, &events), 0);
        assert_int_equal(blocks, 1);
        assert_int_equal(events, 1);
    }
    db_stats(scene.s.cx.db, &before);
    run_job(&scene, "consent.seal");
    run_job(&scene, "consent.expire");
    db_stats(scene.s.cx.db, &after);
    assert_int_equal(after.writes, before.writes); /* nothing to do costs no write */

    pass(&scene, (int64_t)CONFIRMATION_DAYS * DAY_MS);
    run_job(&scene, "consent.expire");
    assert_int_equal(standing(&scene).state, CONSENT_EXPIRED);
    scene.s.cx.workspace_id = 1;
    scene.lead_id = first;
    assert_int_equal(standing(&scene).state, CONSENT_EXPIRED);
    scene_close(&scene);
}

static bool keep_network(struct ctx *cx, struct tx *tx, void *arg)
{
    return setting_save(cx, tx, SETTING_NETWORK_KEEP_DAYS, ((struct step *)arg)->text);
}

/* How many of the lead's events still tell who asked from where. */
static int open_networks(struct scene *scene)
{
    struct standing st = standing(scene);
    int open = 0;
    for (ptrdiff_t i = 0; i < st.rows.count; i++) {
        open += st.rows.row[i].network.ptr != NULL;
        assert_str("facts", st.rows.row[i].facts, EVIDENCE.facts);
    }
    return open;
}

static void network_data_goes_when_its_time_is_over_and_the_chain_holds(void **state)
{
    (void)state;
    struct scene scene;
    int64_t blocks, events;
    struct step never = {.text = S("0")}, week = {.text = S("7")};
    chain_make(&scene);
    must(&scene, keep_network, &never);
    pass(&scene, 40 * (int64_t)DAY_MS);
    run_job(&scene, "consent.network");
    assert_int_equal(open_networks(&scene), 5);
    confirmed(&scene, asked(&scene, scene.wording_id, FORM));
    must(&scene, keep_network, &week);
    pass(&scene, 7 * (int64_t)DAY_MS);
    run_job(&scene, "consent.network"); /* the last two are seven days old to the millisecond */
    assert_int_equal(open_networks(&scene), 2);
    pass(&scene, 1);
    run_job(&scene, "consent.network");
    assert_int_equal(open_networks(&scene), 0);
    struct step seal = {0};
    must(&scene, seal_all, &seal);
    assert_int_equal(chain_bad(&scene, &blocks, &events), 0);
    assert_int_equal(events, 7);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_holds_over_what_was_sealed),
        cmocka_unit_test(any_change_of_the_chain_shows),
        cmocka_unit_test(erased_evidence_stays_shut_and_the_chain_holds),
        cmocka_unit_test(network_data_goes_when_its_time_is_over_and_the_chain_holds),
        cmocka_unit_test(the_rooms_jobs_seal_and_expire_in_every_workspace),
    };
    return cmocka_run_group_tests_name("consent_chain", tests, NULL, NULL);
}
