/* Double opt-in, withdrawal and the gate, against a real database. */
#include "consent_case.h"

/* --- double opt-in --- */

static void a_request_is_confirmed_once_only(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct confirmation c = asked(&scene, scene.wording_id, FORM);
    assert_int_equal(standing(&scene).state, CONSENT_REQUESTED);
    assert_int_equal(standing(&scene).lead.permit, MAY_WAITING);
    assert_string_equal(gate_says(&scene, NULL), "permit.unverified");
    pass(&scene, 1000);
    assert_true(confirmed(&scene, c));
    struct standing st = standing(&scene);
    assert_int_equal(st.state, CONSENT_CONFIRMED);
    assert_int_equal(st.events, 2);
    assert_int_equal(st.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(st.lead.permit, MAY_YES);
    assert_null(gate_says(&scene, NULL));

    assert_false(confirmed(&scene, c));
    struct step step = {.confirmation = c};
    must(&scene, reject, &step);
    assert_false(step.flag);
    assert_int_equal(standing(&scene).events, 2);
    assert_int_equal(standing(&scene).state, CONSENT_CONFIRMED);
    scene_close(&scene);
}

static void a_request_that_is_refused_or_overdue_cannot_be_confirmed(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct confirmation c = asked(&scene, scene.wording_id, FORM);
    struct step step = {.confirmation = c};
    must(&scene, reject, &step);
    assert_true(step.flag);
    assert_int_equal(standing(&scene).state, CONSENT_REFUSED);
    assert_false(confirmed(&scene, c));
    assert_int_equal(standing(&scene).state, CONSENT_REFUSED);

    c = asked(&scene, scene.wording_id, FORM);
    pass(&scene, (int64_t)CONFIRMATION_DAYS * DAY_MS);
    assert_false(confirmed(&scene, c)); /* before the job that expires it */
    must(&scene, expire, &step);
    assert_int_equal(step.n, 1);
    assert_int_equal(standing(&scene).state, CONSENT_EXPIRED);
    assert_int_equal(standing(&scene).lead.permit, MAY_NO);
    assert_false(confirmed(&scene, c));
    must(&scene, expire, &step);
    assert_int_equal(step.n, 0);
    assert_int_equal(standing(&scene).lead.email_state, EMAIL_UNVERIFIED);
    scene_close(&scene);
}

static void a_newer_request_of_the_same_form_takes_the_olders_place(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct confirmation older = asked(&scene, scene.wording_id, FORM);
    struct confirmation other = asked(&scene, 0, OTHER_FORM);
    pass(&scene, 1000);
    struct confirmation newer = asked(&scene, scene.wording_id, FORM);
    assert_false(confirmed(&scene, older));
    assert_int_equal(standing(&scene).state, CONSENT_REQUESTED);
    assert_true(confirmed(&scene, other));
    assert_int_equal(standing(&scene).state, CONSENT_REQUESTED);
    assert_true(confirmed(&scene, newer));
    assert_int_equal(standing(&scene).state, CONSENT_CONFIRMED);
    scene_close(&scene);
}

static void what_only_the_replaced_request_asked_for_waits_no_more(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    asked(&scene, scene.wording_id, FORM);
    pass(&scene, 1000);
    struct confirmation newer = asked(&scene, 0, FORM); /* without the newsletter */
    assert_int_equal(standing(&scene).state, CONSENT_EXPIRED);
    assert_true(confirmed(&scene, newer));
    assert_int_equal(standing(&scene).state, CONSENT_EXPIRED);
    assert_string_equal(gate_says(&scene, NULL), "permit.no_consent");
    scene_close(&scene);
}

/* Two forms with the same sentence: the older one's end says nothing about the newer request. */
static void an_older_requests_end_leaves_a_newer_one_of_another_form_alone(void **state)
{
    (void)state;
    static const bool by_hand[] = {true, false};
    for (ptrdiff_t i = 0; i < COUNTOF(by_hand); i++) {
        struct scene scene;
        scene_open(&scene);
        struct step step = {.confirmation = asked(&scene, scene.wording_id, FORM)};
        pass(&scene, 1000);
        struct confirmation newer = asked(&scene, scene.wording_id, OTHER_FORM);
        if (by_hand[i]) {
            must(&scene, reject, &step);
        } else {
            pass(&scene, (int64_t)CONFIRMATION_DAYS * DAY_MS - 1000);
            must(&scene, expire, &step);
            assert_int_equal(step.n, 1);
        }
        assert_int_equal(standing(&scene).state, CONSENT_REQUESTED);
        assert_int_equal(standing(&scene).lead.permit, MAY_WAITING);
        assert_int_equal(standing(&scene).events, 3); /* the end stands in the proof */
        /* The newer one's own end still counts. */
        step.confirmation = newer;
        must(&scene, reject, &step);
        assert_int_equal(standing(&scene).state, CONSENT_REFUSED);
        scene_close(&scene);
    }
}

static void a_request_again_does_not_undo_what_stands(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    assert_true(confirmed(&scene, asked(&scene, scene.wording_id, FORM)));
    struct confirmation again = asked(&scene, scene.wording_id, OTHER_FORM);
    assert_int_equal(standing(&scene).state, CONSENT_CONFIRMED);
    struct step step = {.confirmation = again};
    must(&scene, reject, &step);
    assert_int_equal(standing(&scene).state, CONSENT_CONFIRMED);
    assert_null(gate_says(&scene, NULL));
    scene_close(&scene);
}

/* --- withdrawal and the gate --- */

static void a_withdrawal_blocks_until_a_new_request_is_confirmed(void **state)
{
    (void)state;
    static const bool every_purpose[] = {false, true};
    for (ptrdiff_t i = 0; i < COUNTOF(every_purpose); i++) {
        struct scene scene;
        struct permit permit = {0};
        scene_open(&scene);
        assert_true(confirmed(&scene, asked(&scene, scene.wording_id, FORM)));
        assert_null(gate_says(&scene, &permit));
        assert_true(still_holds(&scene, permit));

        pass(&scene, 1000);
        struct step step = {.id = every_purpose[i] ? 0 : scene.purpose_id};
        must(&scene, withdraw, &step);
        assert_int_equal(standing(&scene).state, CONSENT_WITHDRAWN);
        assert_int_equal(standing(&scene).lead.permit, MAY_WITHDRAWN);
        assert_string_equal(gate_says(&scene, NULL), "permit.no_consent");
        assert_false(still_holds(&scene, permit)); /* a mail that is already queued */

        /* Even with the consent put back: the address is on the list. */
        assert_true(store_script(&scene.s, "UPDATE consent SET consent_state = 2"));
        assert_string_equal(gate_says(&scene, NULL), "permit.suppressed");
        assert_false(still_holds(&scene, permit));
        assert_true(store_script(&scene.s, "UPDATE consent SET consent_state = 4"));

        pass(&scene, 1000);
        struct confirmation c = asked(&scene, scene.wording_id, FORM);
        assert_string_equal(gate_says(&scene, NULL), "permit.no_consent");
        pass(&scene, 1000);
        assert_true(confirmed(&scene, c));
        assert_null(gate_says(&scene, NULL));
        scene_close(&scene);
    }
}

static void a_suppression_is_found_after_its_key_was_rotated(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    assert_true(confirmed(&scene, asked(&scene, scene.wording_id, FORM)));
    pass(&scene, 1000);
    struct step step = {.id = scene.purpose_id};
    must(&scene, withdraw, &step);
    assert_true(key_ring_add(&scene.ring, KEY_SUPPRESSION, scene.s.cx.now_ms));
    assert_true(store_script(&scene.s, "UPDATE consent SET consent_state = 2"));
    assert_string_equal(gate_says(&scene, NULL), "permit.suppressed");
    pass(&scene, 1000);
    assert_true(store_script(&scene.s, "UPDATE consent SET consent_state = 4"));
    assert_true(confirmed(&scene, asked(&scene, scene.wording_id, FORM)));
    assert_null(gate_says(&scene, NULL));
    scene_close(&scene);
}

/* What has to make the gate say no, each alone, to a fresh permit and to one that was given. */
static void the_gate_asks_for_everything_again(void **state)
{
    (void)state;
    static const struct {
        const char *name, *sql, *key;
    } rows[] = {
        {"nothing", "UPDATE lead SET lead_state = 0", NULL},
        {"trashed", "UPDATE lead SET lead_state = 2", "permit.no_address"},
        {"bouncing", "UPDATE lead SET email_state = 2", "permit.unverified"},
        {"unverified", "UPDATE lead SET email_state = 0", "permit.unverified"},
        {"no address", "UPDATE lead SET email = ''", "permit.no_address"},
        {"another address, verified for something else",
         "UPDATE lead SET email = 'm.sommer@firma.example'", "permit.no_consent"},
        {"expired", "UPDATE consent SET consent_state = 3", "permit.no_consent"},
        {"only requested", "UPDATE consent SET consent_state = 1", "permit.no_consent"},
        {"complaint", "UPDATE suppression SET cause_kind = 4, lifted_ms = 0", "permit.suppressed"},
        {"bounce", "UPDATE suppression SET cause_kind = 3, lifted_ms = 0", "permit.suppressed"},
        {"Robinson", "UPDATE suppression SET cause_kind = 5, lifted_ms = 0", NULL},
        {"of another purpose",
         "UPDATE suppression SET cause_kind = 4, lifted_ms = 0, purpose_id = 77", NULL},
        {"of another channel",
         "UPDATE suppression SET cause_kind = 4, lifted_ms = 0, channel_kind = 2", NULL},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct scene scene;
        struct permit permit = {0};
        scene_open(&scene);
        struct step step = {.id = scene.purpose_id};
        must(&scene, withdraw, &step); /* leaves an entry on the list of suppressions */
        pass(&scene, 1000);
        assert_true(confirmed(&scene, asked(&scene, scene.wording_id, FORM)));
        assert_null(gate_says(&scene, &permit));
        assert_true(store_script(&scene.s, rows[i].sql));
        const char *key = gate_says(&scene, NULL);
        if ((key == NULL) != (rows[i].key == NULL) ||
            (key != NULL && strcmp(key, rows[i].key) != 0))
            fail_msg("%s: the gate says %s", rows[i].name, key == NULL ? "yes" : key);
        if (still_holds(&scene, permit) != (rows[i].key == NULL))
            fail_msg("%s: a queued mail %s", rows[i].name, rows[i].key == NULL ? "stays" : "goes");
        scene_close(&scene);
    }
}

static void a_doi_mail_goes_only_while_its_request_is_open(void **state)
{
    (void)state;
    struct scene scene;
    struct permit permit = {0};
    scene_open(&scene);
    struct confirmation c = asked(&scene, scene.wording_id, FORM);
    assert_true(permit_doi(&scene.s.cx, &c, &permit));
    assert_true(still_holds(&scene, permit));
    pass(&scene, (int64_t)CONFIRMATION_DAYS * DAY_MS);
    assert_false(still_holds(&scene, permit));
    assert_false(permit_doi(&scene.s.cx, &c, &permit));
    err_clear(&scene.s.cx);
    pass(&scene, -(int64_t)CONFIRMATION_DAYS * DAY_MS);
    assert_true(confirmed(&scene, c));
    assert_false(still_holds(&scene, permit));
    scene_close(&scene);
}

static void a_link_to_an_address_that_the_lead_no_longer_has_confirms_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct confirmation c = asked(&scene, scene.wording_id, FORM);
    assert_true(store_script(&scene.s, "UPDATE lead SET email = 'm.sommer@firma.example'"));
    assert_false(confirmed(&scene, c));
    assert_int_equal(standing(&scene).state, CONSENT_REQUESTED);
    assert_true(store_script(&scene.s, "UPDATE lead SET email = 'k.brandt@firma.example'"));
    assert_true(confirmed(&scene, c));
    assert_int_equal(standing(&scene).state, CONSENT_CONFIRMED);
    scene_close(&scene);
}

static void another_workspace_sees_and_changes_nothing(void **state)
{
    (void)state;
    struct scene scene;
    struct permit permit = {0};
    scene_open(&scene);
    struct confirmation c = asked(&scene, scene.wording_id, FORM);
    assert_true(confirmed(&scene, asked(&scene, scene.wording_id, OTHER_FORM)));
    assert_null(gate_says(&scene, &permit));

    scene.s.cx.workspace_id = 2;
    struct step step = {.confirmation = c};
    scene.s.cx.now_ms += INT64_C(30) * DAY_MS;
    must(&scene, expire, &step);
    assert_int_equal(step.n, 0);
    scene.s.cx.now_ms -= INT64_C(30) * DAY_MS;
    must(&scene, reject, &step);
    assert_false(step.flag);
    must(&scene, seal_all, &step);
    assert_int_equal(step.n, 0);
    assert_false(still_holds(&scene, permit));
    assert_false(done(&scene, withdraw, &step));
    assert_int_equal(scene.s.cx.err.code, ERR_NOT_FOUND);
    err_clear(&scene.s.cx);

    scene.s.cx.workspace_id = STORE_WORKSPACE;
    assert_true(still_holds(&scene, permit));
    assert_true(confirmed(&scene, c));
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_confirmed_once_only),
        cmocka_unit_test(a_request_that_is_refused_or_overdue_cannot_be_confirmed),
        cmocka_unit_test(a_newer_request_of_the_same_form_takes_the_olders_place),
        cmocka_unit_test(what_only_the_replaced_request_asked_for_waits_no_more),
        cmocka_unit_test(an_older_requests_end_leaves_a_newer_one_of_another_form_alone),
        cmocka_unit_test(a_request_again_does_not_undo_what_stands),
        cmocka_unit_test(a_withdrawal_blocks_until_a_new_request_is_confirmed),
        cmocka_unit_test(a_suppression_is_found_after_its_key_was_rotated),
        cmocka_unit_test(the_gate_asks_for_everything_again),
        cmocka_unit_test(a_doi_mail_goes_only_while_its_request_is_open),
        cmocka_unit_test(a_link_to_an_address_that_the_lead_no_longer_has_confirms_nothing),
        cmocka_unit_test(another_workspace_sees_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
