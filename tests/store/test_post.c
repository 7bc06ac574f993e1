/* The post queue: claims, the gate, outcomes, and what a crash leaves. */
#include "post_case.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/id.h"
#include "keys/lead_key.h"
#include "node/node_rules.h"

static void a_claimed_mail_comes_with_its_bytes_and_is_claimed_once(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    struct post_items *two = post_due_now(&scene), *one = post_claimed(&scene);
    assert_int_equal(one->count, 1);
    assert_true(one->item[0].go);
    assert_str("to", one->item[0].mail.to, S("k.brandt@firma.example"));
    assert_str("from", one->item[0].mail.from, S("info@falkenried.example"));
    assert_true(str_find(one->item[0].mime, S("Message-ID: <")) > 0);
    assert_int_equal(post_look(&scene, id).mail.state, MAIL_IN_FLIGHT);

    /* The gate was asked about what the mail rests on, in its workspace. */
    assert_int_equal(scene.app.asked, 1);
    assert_int_equal(scene.app.workspace_id, STORE_WORKSPACE);
    assert_int_equal(scene.app.permit.permit_class, PERMIT_DOI);
    assert_int_equal(scene.app.permit.lead_id, scene.lead_id);
    assert_int_equal(scene.app.permit.confirmation_id, 6);
    assert_str("permit", scene.app.permit.to_address, S("k.brandt@firma.example"));

    /* Who has read it before comes too late. */
    assert_int_equal(two->count, 1);
    assert_true(post_claim(&scene.s.cx, test_gate, two));
    scene.s.cx.workspace_id = STORE_WORKSPACE;
    assert_false(two->item[0].go);
    assert_int_equal(post_due_now(&scene)->count, 0);
    post_close(&scene);
}

struct storing {
    int64_t id, lead_id;
    str plain;  /* is stored in its place, sealed as it is */
    str length; /* out: of what was stored before */
};

static bool store_as_is(struct ctx *cx, struct tx *tx, void *arg)
{
    struct storing *t = arg;
    struct seal_key key;
    struct buf length = buf_new(cx->a, 100), text = buf_new(cx->a, 64 << 10);
    bool found;
    if (!sql_lines(tx, "SELECT LENGTH(mime) FROM mail", &length) ||
        !lead_key_load(cx, tx, t->lead_id, &key, &found) || !found)
        return false;
    str sealed = seal(cx->a, &key, t->plain, seal_ad(cx->a, "mail.mime", cx->workspace_id, t->id));
    t->length = str_trim(buf_str(&length));
    buf_printf(&text, "UPDATE mail SET mime = x'%.*s'",
               STR_ARG(hex_encode(cx->a, (const uint8_t *)sealed.ptr, sealed.len)));
    return sql_script(tx, store_sql(cx, str_cstr(cx->a, buf_str(&text))));
}

static void a_mail_is_stored_small_and_read_either_way(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example")), length;
    struct post_step step = post_look(&scene, id);
    assert_true(str_find(step.mime, S("<p>Hallo</p>")) > 0);
    struct storing t = {.id = id, .lead_id = scene.lead_id, .plain = step.mime};
    post_write(&scene, store_as_is, &t);
    assert_true(str_to_i64(t.length, &length) && length < step.mime.len);
    assert_str("as it was stored before", post_look(&scene, id).mime, t.plain);
    /* A frame that is none: no bytes, and a mail that is given up. */
    t.plain = S("\x01\x28\xb5\x2f\xfd");
    post_write(&scene, store_as_is, &t);
    assert_null(post_look(&scene, id).mime.ptr);
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 1);
    assert_false(items->item[0].go);
    assert_int_equal(post_look(&scene, id).mail.state, MAIL_DEAD);
    post_close(&scene);
}

static void what_the_gate_refuses_now_does_not_leave(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_ADVERTISING, S("k.brandt@firma.example"));
    scene.app.closed = true;
    struct post_items *items = post_claimed(&scene);
    assert_false(items->item[0].go);
    struct post_step step = post_look(&scene, id);
    assert_int_equal(step.mail.state, MAIL_REFUSED);
    assert_int_equal(step.attempts.count, 1);
    assert_int_equal(step.attempts.row[0].outcome, OUTCOME_REFUSED);
    assert_int_equal(post_due_now(&scene)->count, 0);
    post_close(&scene);
}

static void a_mail_the_gate_fails_on_does_not_hold_up_the_others(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t bad = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    int64_t good = post_mail(&scene, PERMIT_SYSTEM, S("chef@falkenried.example"));
    scene.app.broken_for = scene.lead_id;
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 2);
    for (int i = 0; i < 2; i++) assert_int_equal(items->item[i].go, items->item[i].mail.id == good);
    struct post_step step = post_look(&scene, bad);
    assert_int_equal(step.mail.state, MAIL_QUEUED);
    assert_true(step.mail.next_ms > STORE_NOW_MS);
    assert_int_equal(post_look(&scene, good).mail.state, MAIL_IN_FLIGHT);
    post_close(&scene);
}

static void a_mail_that_does_not_open_does_not_hold_up_the_others(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t bad = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    int64_t good = post_mail(&scene, PERMIT_SYSTEM, S("chef@falkenried.example"));
    assert_true(store_script(&scene.s, "UPDATE lead_key SET wrapped = x'00'"));
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 2);
    for (int i = 0; i < 2; i++) assert_int_equal(items->item[i].go, items->item[i].mail.id == good);
    assert_int_equal(post_look(&scene, good).mail.state, MAIL_IN_FLIGHT);
    assert_int_equal(post_due_now(&scene)->count, 0);
    scene.s.cx.now_ms += 6 * 60000; /* and it is looked at again */
    struct post_items *again = post_due_now(&scene);
    assert_int_equal(again->count, 1);
    assert_int_equal(again->item[0].mail.id, bad);
    post_close(&scene);
}

struct bounce {
    int64_t lead_id;
    str email; /* the lead's by now */
    struct lead lead;
};

static bool move_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bounce *b = arg;
    return lead_load(cx, tx, b->lead_id, &b->lead) &&
           lead_change_email(cx, tx, &b->lead, b->email) &&
           lead_set_email_state(cx, tx, b->lead_id, b->email, EMAIL_VERIFIED);
}

static bool bounce_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bounce *b = arg;
    return lead_load(cx, tx, b->lead_id, &b->lead);
}

static void a_bounce_says_something_of_the_address_it_went_to_alone(void **state)
{
    (void)state;
    static const struct {
        str email;
        enum email_state want;
    } rows[] = {{S_INIT("k.brandt@firma.example"), EMAIL_BOUNCING},
                {S_INIT("karin@neu.example"), EMAIL_VERIFIED}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct post_scene scene;
        post_open(&scene);
        post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
        struct post_items *items = post_claimed(&scene);
        struct bounce b = {.lead_id = scene.lead_id, .email = rows[i].email};
        post_write(&scene, move_write, &b);
        post_came(&scene, &items->item[0], OUTCOME_PERMANENT, true, "550 5.1.1 no such user");
        post_read(&scene, bounce_read, &b);
        assert_int_equal(b.lead.email_state, rows[i].want);
        post_close(&scene);
    }
}

struct lead_touches {
    int64_t lead_id;
    int mails; /* sent or failed */
};

static bool read_touches(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_touches *t = arg;
    struct touchpoints all;
    if (!touchpoint_list(cx, tx, t->lead_id, 0, 0, 100, &all)) return false;
    for (ptrdiff_t i = 0; i < all.count; i++)
        if (all.row[i].kind == TOUCH_MAIL_SENT || all.row[i].kind == TOUCH_MAIL_FAILED) t->mails++;
    return true;
}

static bool again_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return post_send_again(cx, tx, *(int64_t *)arg);
}

static void an_outcome_is_written_down_with_the_relays_words(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum permit_class permit_class;
        enum mail_outcome outcome;
        bool counts;
        enum mail_state want;
        int attempts; /* rows */
        int touches;
    } rows[] = {
        {"sent", PERMIT_DOI, OUTCOME_SENT, true, MAIL_SENT, 1, 1},
        {"sent to a colleague", PERMIT_SYSTEM, OUTCOME_SENT, true, MAIL_SENT, 1, 0},
        {"refused", PERMIT_DOI, OUTCOME_PERMANENT, true, MAIL_DEAD, 1, 1},
        {"later", PERMIT_DOI, OUTCOME_TEMPORARY, true, MAIL_QUEUED, 1, 0},
        {"the relay's fault", PERMIT_DOI, OUTCOME_TEMPORARY, false, MAIL_QUEUED, 0, 0},
        {"DOI in doubt", PERMIT_DOI, OUTCOME_IN_DOUBT, true, MAIL_QUEUED, 1, 0},
        {"advertising in doubt", PERMIT_ADVERTISING, OUTCOME_IN_DOUBT, true, MAIL_IN_DOUBT, 1, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct post_scene scene;
        post_open(&scene);
        int64_t id = post_mail(&scene, rows[i].permit_class, S("k.brandt@firma.example"));
        struct post_items *items = post_claimed(&scene);
        post_came(&scene, &items->item[0], rows[i].outcome, rows[i].counts,
                  "550 <k.brandt@firma.example> said so");
        struct post_step step = post_look(&scene, id);
        if (step.mail.state != rows[i].want || step.attempts.count != rows[i].attempts)
            fail_msg("%s: %s after %d attempts", rows[i].name, mail_state_name(step.mail.state),
                     (int)step.attempts.count);
        assert_int_equal(step.mail.attempts, rows[i].attempts);
        assert_int_equal(step.mail.next_ms > STORE_NOW_MS, rows[i].want == MAIL_QUEUED);
        if (step.attempts.count > 0)
            assert_str(rows[i].name, step.attempts.row[0].reply,
                       S("550 <k\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@firma.example> said so"));
        struct lead_touches touches = {.lead_id = scene.lead_id};
        post_read(&scene, read_touches, &touches);
        assert_int_equal(touches.mails, rows[i].touches);
        post_close(&scene);
    }
}

static void a_mail_that_is_always_put_off_is_given_up_and_may_be_sent_again(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_TRANSACTIONAL, S("k.brandt@firma.example"));
    int tries = 0;
    while (post_look(&scene, id).mail.state == MAIL_QUEUED && tries < 100) {
        struct post_items *items = post_claimed(&scene);
        assert_int_equal(items->count, 1);
        post_came(&scene, &items->item[0], OUTCOME_TEMPORARY, true, "451 later");
        assert_int_equal(post_due_now(&scene)->count, 0);
        scene.s.cx.now_ms += INT64_C(6) * 3600000;
        tries++;
    }
    assert_int_equal(tries, 16);
    assert_int_equal(post_look(&scene, id).mail.state, MAIL_DEAD);

    post_write(&scene, again_write, &id);
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 1);
    post_came(&scene, &items->item[0], OUTCOME_SENT, true, "250 ok");
    struct post_step step = post_look(&scene, id);
    assert_int_equal(step.mail.state, MAIL_SENT);
    assert_int_equal(step.attempts.count, 17); /* the history goes on */
    assert_int_equal(step.attempts.row[16].no, 17);
    assert_false(db_write(&scene.s.cx, DB_INTERACTIVE, again_write, &id));
    assert_int_equal(scene.s.cx.err.code, ERR_CONFLICT);
    post_close(&scene);
}

/* A mail's lease lasts an hour, a node's thirty seconds: its mails are in doubt with it. */
static void the_mails_of_a_node_that_is_gone_are_in_doubt_at_once(void **state)
{
    (void)state;
    struct post_scene scene;
    char text[300];
    int count;
    post_open(&scene);
    bool shared = db_is_shared(scene.s.cx.db);
    long long now = STORE_NOW_MS, first = id_first(STORE_NOW_MS - 60000);
    snprintf(text, sizeof text, "INSERT INTO node VALUES (0, 1, %lld, 0, 'elbe', 0, %lld)",
             now + 30000, first);
    assert_true(store_script(&scene.s, text));
    int64_t doi = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    int64_t ad = post_mail(&scene, PERMIT_ADVERTISING, S("k.brandt@firma.example"));
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 2);
    scene.s.cx.workspace_id = 0;
    assert_true(post_settle_lapsed(&scene.s.cx, STORE_NOW_MS, NULL, 0, &count));
    assert_int_equal(count, 0); /* the node is at work */
    struct flight ours = items->item[0].flight;
    int64_t later = STORE_NOW_MS + 30000 + NODE_GONE_MS;
    assert_true(post_settle_lapsed(&scene.s.cx, later, &ours, 1, &count));
    assert_int_equal(count, shared ? 1 : 0);
    assert_true(post_settle_lapsed(&scene.s.cx, later, NULL, 0, &count));
    assert_int_equal(count, shared ? 1 : 0);
    scene.s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(post_look(&scene, doi).mail.state, shared ? MAIL_QUEUED : MAIL_IN_FLIGHT);
    assert_int_equal(post_look(&scene, ad).mail.state, shared ? MAIL_IN_DOUBT : MAIL_IN_FLIGHT);

    /* What the other one writes when it comes back is void. */
    post_came(&scene, &items->item[1], OUTCOME_PERMANENT, true, "550 no");
    assert_int_equal(post_look(&scene, ad).mail.state, shared ? MAIL_IN_DOUBT : MAIL_DEAD);
    post_close(&scene);
}

static void what_a_crash_leaves_in_flight_is_in_doubt(void **state)
{
    (void)state;
    struct post_scene scene;
    int count;
    post_open(&scene);
    int64_t doi = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    int64_t ad = post_mail(&scene, PERMIT_ADVERTISING, S("k.brandt@firma.example"));
    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 2);
    str before = str_dup(&scene.s.a, items->item[0].mime);

    /* While the leases stand, and while the mails are under way here, nothing happens. */
    scene.s.cx.workspace_id = 0;
    assert_true(post_settle_lapsed(&scene.s.cx, STORE_NOW_MS, NULL, 0, &count));
    assert_int_equal(count, 0);
    struct flight ours[] = {items->item[0].flight, items->item[1].flight};
    assert_true(post_settle_lapsed(&scene.s.cx, INT64_MAX, ours, 2, &count));
    assert_int_equal(count, 0);
    assert_true(post_settle_lapsed(&scene.s.cx, INT64_MAX, NULL, 0, &count));
    assert_int_equal(count, 2);
    scene.s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(post_look(&scene, doi).mail.state, MAIL_QUEUED);
    assert_int_equal(post_look(&scene, doi).attempts.row[0].outcome, OUTCOME_IN_DOUBT);
    assert_int_equal(post_look(&scene, ad).mail.state, MAIL_IN_DOUBT);

    /* A result that comes in after all changes nothing. */
    post_came(&scene, &items->item[1], OUTCOME_PERMANENT, true, "550 no");
    assert_int_equal(post_look(&scene, ad).mail.state, MAIL_IN_DOUBT);

    /* It goes out again as the same bytes, Message-ID and all. */
    scene.s.cx.now_ms += 3600000;
    items = post_claimed(&scene);
    assert_int_equal(items->count, 1);
    assert_int_equal(items->item[0].mail.id, doi);
    assert_str("bytes", items->item[0].mime, before);
    post_close(&scene);
}

static void without_delivery_mails_are_held_in_the_outbox(void **state)
{
    (void)state;
    struct post_scene scene;
    int count;
    post_open(&scene);
    int64_t id = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    scene.s.cx.workspace_id = 0;
    assert_true(post_hold(&scene.s.cx, &count));
    assert_int_equal(count, 1);
    assert_true(post_hold(&scene.s.cx, &count));
    assert_int_equal(count, 0);
    scene.s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(post_look(&scene, id).mail.state, MAIL_HELD);
    assert_int_equal(scene.app.asked, 0);
    post_write(&scene, again_write, &id);
    assert_int_equal(post_look(&scene, id).mail.state, MAIL_QUEUED);
    post_close(&scene);
}

static bool read_list(struct ctx *cx, struct tx *tx, void *arg)
{
    return post_list(cx, tx, 0, 10, arg);
}

static void workspaces_share_the_delivery_and_nothing_else(void **state)
{
    (void)state;
    struct post_scene scene;
    struct mail_rows rows;
    post_open(&scene);
    int64_t first = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    scene.s.cx.workspace_id = 2;
    struct post_step lead = {.to = S("k.brandt@firma.example")};
    post_write(&scene, post_lead_write, &lead);
    scene.lead_id = lead.lead_id;
    int64_t second = post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    post_read(&scene, read_list, &rows);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.row[0].id, second);
    struct post_step foreign = {.id = first};
    assert_false(db_read(&scene.s.cx, post_step_read, &foreign));
    assert_int_equal(scene.s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&scene.s.cx);

    struct post_items *items = post_claimed(&scene);
    assert_int_equal(items->count, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(items->item[i].go && items->item[i].mime.ptr != NULL);
        post_came(&scene, &items->item[i], OUTCOME_SENT, true, "250 ok");
    }
    assert_int_equal(post_look(&scene, first).mail.state, MAIL_SENT);
    scene.s.cx.workspace_id = 2;
    assert_int_equal(post_look(&scene, second).mail.state, MAIL_SENT);
    post_close(&scene);
}

static bool erase(struct ctx *cx, struct tx *tx, void *arg)
{
    struct post_scene *scene = arg;
    return post_erase(cx, tx, scene->lead_id) && lead_erase(cx, tx, scene->lead_id);
}

static void the_outcome_of_an_erased_leads_mail_leaves_no_trace(void **state)
{
    (void)state;
    struct post_scene scene;
    post_open(&scene);
    post_mail(&scene, PERMIT_DOI, S("k.brandt@firma.example"));
    struct post_items *items = post_claimed(&scene);
    post_write(&scene, erase, &scene);
    post_came(&scene, &items->item[0], OUTCOME_SENT, true, "250 ok");
    struct lead_touches touches = {.lead_id = scene.lead_id};
    post_read(&scene, read_touches, &touches);
    assert_int_equal(touches.mails, 0);
    struct mail_rows rows;
    post_read(&scene, read_list, &rows);
    assert_int_equal(rows.count, 0);
    post_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claimed_mail_comes_with_its_bytes_and_is_claimed_once),
        cmocka_unit_test(a_mail_is_stored_small_and_read_either_way),
        cmocka_unit_test(what_the_gate_refuses_now_does_not_leave),
        cmocka_unit_test(a_mail_the_gate_fails_on_does_not_hold_up_the_others),
        cmocka_unit_test(a_mail_that_does_not_open_does_not_hold_up_the_others),
        cmocka_unit_test(a_bounce_says_something_of_the_address_it_went_to_alone),
        cmocka_unit_test(an_outcome_is_written_down_with_the_relays_words),
        cmocka_unit_test(a_mail_that_is_always_put_off_is_given_up_and_may_be_sent_again),
        cmocka_unit_test(the_mails_of_a_node_that_is_gone_are_in_doubt_at_once),
        cmocka_unit_test(what_a_crash_leaves_in_flight_is_in_doubt),
        cmocka_unit_test(without_delivery_mails_are_held_in_the_outbox),
        cmocka_unit_test(workspaces_share_the_delivery_and_nothing_else),
        cmocka_unit_test(the_outcome_of_an_erased_leads_mail_leaves_no_trace),
    };
    return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
