/* From a visitor's form to a confirmed lead, with a real database. */
#include "store/capture_case.h"

#include "jobs/jobs.h"
#include "keys/token.h"

#include <string.h>

/* The field history holds `want` values of the field; the check refuses otherwise. */
static void assert_history(struct scene *sc, const char *field, int want)
{
    char script[300];
    snprintf(script, sizeof script,
             "CREATE TABLE probe (n INTEGER CHECK (n = %d)); INSERT INTO probe "
             "SELECT COUNT(*) FROM field_history WHERE field = '%s'; DROP TABLE probe;",
             want, field);
    if (!store_script(&sc->s, script)) fail_msg("%s has not changed %d times", field, want);
}

#define K "{\"email\":\"k@firma.example\""

static void a_new_address_becomes_a_lead_that_waits_for_its_click(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done done = submit(
        &sc, &sc.newsletter,
        K ",\"first_name\":\"Karla\",\"company\":\"Brandt\",\"consent.newsletter.email\":\"yes\"}");
    assert_true(done.confirm);
    assert_str("email", done.email, S("k@firma.example"));
    struct look l = look(&sc, done.lead_id);
    assert_str("address", l.lead.email, S("k@firma.example"));
    assert_str("company", l.lead.text[SLOT_COMPANY], S("Brandt"));
    assert_int_equal(l.lead.email_state, EMAIL_UNVERIFIED);
    assert_int_equal(l.lead.permit, MAY_WAITING);
    assert_int_equal(l.submissions.count, 1);
    assert_int_equal(l.submissions.row[0].state, SUBMISSION_WAITING);
    assert_int_equal(l.mails.count, 1);
    assert_int_equal(touches(&l, TOUCH_FORM_SUBMITTED), 1);
    assert_int_equal(touches(&l, TOUCH_DOI_REQUESTED), 1);

    assert_int_equal(click(&sc, done.lead_id), LINK_DONE);
    l = look(&sc, done.lead_id);
    assert_int_equal(l.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(l.lead.permit, MAY_YES);
    assert_int_equal(l.submissions.row[0].state, SUBMISSION_CONFIRMED);
    assert_int_equal(click(&sc, done.lead_id), LINK_USED);
    l = look(&sc, done.lead_id);
    assert_int_equal(touches(&l, TOUCH_EMAIL_VERIFIED), 1);
    store_close(&sc.s);
}

static void an_empty_box_asks_for_nothing_but_the_address(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K "}").lead_id;
    assert_int_equal(click(&sc, lead), LINK_DONE);
    struct look l = look(&sc, lead);
    assert_int_equal(l.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(l.consents.count, 0);
    assert_int_equal(l.lead.permit, MAY_NO);
    store_close(&sc.s);
}

static void an_unproved_lead_gets_only_its_gaps_filled(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K ",\"company\":\"Brandt\"}").lead_id;
    int64_t again =
        submit(&sc, &sc.newsletter, K ",\"company\":\"Fremd\",\"city\":\"Kiel\"}").lead_id;
    assert_int_equal(again, lead);
    struct look l = look(&sc, lead);
    assert_str("stays", l.lead.text[SLOT_COMPANY], S("Brandt"));
    assert_str("gap", l.lead.text[SLOT_CITY], S("Kiel"));
    assert_int_equal(l.submissions.count, 2);
    store_close(&sc.s);
}

static void a_proved_lead_is_left_alone_until_the_click(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K ",\"company\":\"Brandt\"}").lead_id;
    assert_int_equal(click(&sc, lead), LINK_DONE);
    submit(&sc, &sc.newsletter,
           K ",\"company\":\"Neu GmbH\",\"city\":\"Kiel\",\"consent.newsletter.email\":\"yes\"}");
    struct look l = look(&sc, lead);
    assert_str("untouched", l.lead.text[SLOT_COMPANY], S("Brandt"));
    assert_int_equal(l.lead.text[SLOT_CITY].len, 0);
    assert_history(&sc, "company", 0);
    assert_int_equal(click(&sc, lead), LINK_DONE);
    l = look(&sc, lead);
    assert_str("taken over", l.lead.text[SLOT_COMPANY], S("Neu GmbH"));
    assert_str("taken over", l.lead.text[SLOT_CITY], S("Kiel"));
    assert_history(&sc, "company", 1);
    store_close(&sc.s);
}

static void five_mails_a_day_are_enough(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = 0;
    for (int i = 1; i <= DOI_MAILS_A_DAY + 2; i++) {
        struct submission_done done =
            submit(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}");
        lead = done.lead_id;
        assert_true(done.confirm); /* nobody learns that there was no mail */
        struct look l = look(&sc, lead);
        assert_int_equal(l.mails.count, i < DOI_MAILS_A_DAY ? i : DOI_MAILS_A_DAY);
        assert_int_equal(l.submissions.count, i);
    }
    sc.s.cx.now_ms += DAY_MS;
    submit(&sc, &sc.newsletter, K "}");
    assert_int_equal(look(&sc, lead).mails.count, DOI_MAILS_A_DAY + 1);
    store_close(&sc.s);
}

static bool trash_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_set_state(cx, tx, *(int64_t *)arg, LEAD_TRASHED);
}

static void who_writes_again_comes_back_from_the_trash(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K "}").lead_id;
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, trash_write, &lead));
    assert_int_equal(submit(&sc, &sc.newsletter, K ",\"city\":\"Kiel\"}").lead_id, lead);
    struct look l = look(&sc, lead);
    assert_int_equal(l.lead.state, LEAD_ACTIVE);
    assert_str("gap", l.lead.text[SLOT_CITY], S("Kiel"));
    store_close(&sc.s);
}

struct turn {
    int64_t lead_id;
    enum lead_state to;
};

static bool turn_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct turn *t = arg;
    return lead_set_state(cx, tx, t->lead_id, t->to);
}

/* Archived and brought back it would be a lead like any other. */
static void a_try_becomes_a_lead_only_by_a_submission_in_earnest(void **state)
{
    static const enum lead_state to[] = {LEAD_ARCHIVED, LEAD_TRASHED, LEAD_ACTIVE};
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    struct submission_new in = filled_in(&sc, &sc.newsletter, K "}");
    in.test = true;
    int64_t lead = hand_in(&sc, &in).lead_id;
    int64_t touched = look(&sc, lead).touches.count;
    for (ptrdiff_t i = 0; i < COUNTOF(to); i++) {
        struct turn t = {lead, to[i]};
        assert_false(db_write(cx, DB_INTERACTIVE, turn_write, &t));
        assert_int_equal(cx->err.code, ERR_CONFLICT);
        assert_string_equal(cx->err.key, "lead.test_stays");
        err_clear(cx);
    }
    assert_int_equal(look(&sc, lead).lead.state, LEAD_TEST);
    assert_int_equal(look(&sc, lead).touches.count, touched);
    assert_int_equal(submit(&sc, &sc.newsletter, K ",\"city\":\"Kiel\"}").lead_id, lead);
    struct look l = look(&sc, lead);
    assert_int_equal(l.lead.state, LEAD_ACTIVE);
    assert_str("gap", l.lead.text[SLOT_CITY], S("Kiel"));
    store_close(&sc.s);
}

struct move {
    int64_t lead_id;
    str email;
};

static bool move_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct move *m = arg;
    struct lead lead;
    return lead_load(cx, tx, m->lead_id, &lead) && lead_change_email(cx, tx, &lead, m->email);
}

static void a_consent_does_not_follow_to_another_address(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}").lead_id;
    assert_int_equal(click(&sc, lead), LINK_DONE);
    assert_int_equal(look(&sc, lead).lead.permit, MAY_YES);

    struct move move = {lead, S("neu@firma.example")};
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, move_write, &move));
    struct look l = look(&sc, lead);
    assert_int_equal(l.lead.permit, MAY_NO);
    assert_int_equal(l.lead.email_state, EMAIL_UNVERIFIED);

    /* The new address proves itself for something else: that is no word about the newsletter. */
    assert_int_equal(submit(&sc, &sc.contact, "{\"email\":\"neu@firma.example\"}").lead_id, lead);
    assert_int_equal(click(&sc, lead), LINK_DONE);
    l = look(&sc, lead);
    assert_int_equal(l.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(l.lead.permit, MAY_NO);

    submit(&sc, &sc.newsletter,
           "{\"email\":\"neu@firma.example\",\"consent.newsletter.email\":\"yes\"}");
    assert_int_equal(click(&sc, lead), LINK_DONE);
    assert_int_equal(look(&sc, lead).lead.permit, MAY_YES);
    store_close(&sc.s);
}

static void a_link_to_an_address_the_lead_no_longer_has_is_past(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K "}").lead_id;
    struct move move = {lead, S("neu@firma.example")};
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, move_write, &move));
    assert_int_equal(click(&sc, lead), LINK_EXPIRED);
    assert_int_equal(look(&sc, lead).lead.email_state, EMAIL_UNVERIFIED);
    store_close(&sc.s);
}

static void an_older_link_of_the_same_form_gives_way_to_the_newer(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K "}").lead_id;
    struct look l = look(&sc, lead);
    int64_t older = newest_confirmation(&l);
    submit(&sc, &sc.newsletter, K "}");
    assert_int_not_equal(click_on(&sc, older), LINK_DONE);
    assert_int_equal(click(&sc, lead), LINK_DONE);
    store_close(&sc.s);
}

/* --- links clicked out of turn --- */

static bool company_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    str text[SLOT__COUNT];
    if (!lead_load(cx, tx, *(int64_t *)arg, &lead)) return false;
    for (int i = 0; i < SLOT__COUNT; i++) text[i] = lead.text[i];
    text[SLOT_COMPANY] = S("Von Hand GmbH");
    text[SLOT_FIRST_NAME] = S("");
    struct actor nobody = cx->actor;
    cx->actor = (struct actor){.kind = ACTOR_USER, .user_id = 7};
    bool good = lead_change(cx, tx, &lead, text, lead.phase, lead.version);
    cx->actor = nobody;
    return good;
}

/* Ours is what he said last, and what a colleague has corrected since; the older answers fill what
 * is still empty, and stay in their submission. */
static void an_older_link_takes_nothing_newer_back(void **state)
{
    (void)state;
    enum { NEWER, SAME, BY_HAND, NONE, CASES };
    static const char *const company[CASES] = {"Neu GmbH", "Brandt", "Von Hand GmbH", "Alt GmbH"};
    for (int i = 0; i < CASES; i++) {
        struct scene sc;
        static struct form_live other;
        struct publish p = {"anderes", NEWSLETTER, &other};
        scene_open(&sc);
        assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, publish_write, &p));
        int64_t lead =
            submit(&sc, &sc.newsletter, K ",\"company\":\"Brandt\",\"first_name\":\"K\"}").lead_id;
        assert_int_equal(click(&sc, lead), LINK_DONE);
        submit(&sc, &sc.newsletter,
               K ",\"company\":\"Alt GmbH\",\"city\":\"Kiel\",\"first_name\":\"Karl\","
                 "\"consent.newsletter.email\":\"yes\"}");
        struct look l = look(&sc, lead);
        int64_t older = newest_confirmation(&l);
        if (i == NEWER || i == SAME) {
            submit(&sc, &other,
                   i == NEWER ? K ",\"company\":\"Neu GmbH\",\"consent.newsletter.email\":\"yes\"}"
                              : K ",\"company\":\"Brandt\",\"consent.newsletter.email\":\"yes\"}");
            assert_int_equal(click(&sc, lead), LINK_DONE);
        } else if (i == BY_HAND) {
            sc.s.cx.now_ms += MINUTE_MS;
            assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, company_write, &lead));
        }
        assert_int_equal(click_on(&sc, older), LINK_DONE);
        l = look(&sc, lead);
        assert_str("company", l.lead.text[SLOT_COMPANY], str_of(company[i]));
        assert_str("gap", l.lead.text[SLOT_CITY], S("Kiel"));
        /* Emptied by hand is no gap. */
        if (i == BY_HAND) assert_int_equal(l.lead.text[SLOT_FIRST_NAME].len, 0);
        if (i == NONE) assert_str("name", l.lead.text[SLOT_FIRST_NAME], S("Karl"));
        store_close(&sc.s);
    }
}

/* In the order in which they were sent the later wins: the click on the older changes nothing. */
static void links_clicked_in_turn_leave_what_was_said_last(void **state)
{
    (void)state;
    struct scene sc;
    static struct form_live other;
    struct publish p = {"anderes", NEWSLETTER, &other};
    scene_open(&sc);
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, publish_write, &p));
    int64_t lead = submit(&sc, &sc.newsletter, K ",\"company\":\"Brandt\"}").lead_id;
    assert_int_equal(click(&sc, lead), LINK_DONE);
    submit(&sc, &sc.newsletter,
           K ",\"company\":\"Alt GmbH\",\"consent.newsletter.email\":\"yes\"}");
    struct look l = look(&sc, lead);
    int64_t older = newest_confirmation(&l);
    sc.s.cx.now_ms += MINUTE_MS;
    submit(&sc, &other, K ",\"company\":\"Neu GmbH\",\"consent.newsletter.email\":\"yes\"}");
    l = look(&sc, lead);
    int64_t newer = newest_confirmation(&l);
    assert_int_not_equal(newer, older);
    sc.s.cx.now_ms += MINUTE_MS;
    assert_int_equal(click_on(&sc, older), LINK_DONE);
    sc.s.cx.now_ms += MINUTE_MS;
    assert_int_equal(click_on(&sc, newer), LINK_DONE);
    l = look(&sc, lead);
    assert_str("company", l.lead.text[SLOT_COMPANY], S("Neu GmbH"));
    store_close(&sc.s);
}

/* So many rows as the condition says; the check refuses otherwise. */
static void assert_rows(struct scene *sc, const char *what, int want)
{
    char script[400];
    snprintf(script, sizeof script,
             "CREATE TABLE probe (n INTEGER CHECK (n = %d)); INSERT INTO probe "
             "SELECT COUNT(*) FROM %s; DROP TABLE probe;",
             want, what);
    if (!store_script(&sc->s, script)) fail_msg("there are not %d of %s", want, what);
}

#define AGAIN "job WHERE queue = 'link.again'"

/* Whoever measures how long the answer takes measures the same work. */
static void asking_for_a_new_link_writes_the_same_for_known_and_unknown(void **state)
{
    (void)state;
    static struct scene sc;
    static const char *const asked[] = {"k@firma.example", "u@firma.example", "c@firma.example",
                                        "K@FIRMA.example"};
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    struct contact_context context = {.ip = S("192.0.2.9"), .user_agent = S("Firefox")};
    submit(&sc, &sc.newsletter, K "}");
    int64_t done = submit(&sc, &sc.newsletter, "{\"email\":\"c@firma.example\"}").lead_id;
    assert_int_equal(click(&sc, done), LINK_DONE);
    assert_rows(&sc, "mail", 2);
    for (int i = 0; i < COUNTOF(asked); i++) {
        assert_true(
            capture_ask_again(cx, S(""), str_of(asked[i]), S("https://zulauf.example"), &context));
        assert_rows(&sc, AGAIN, i + 1);
    }
    assert_rows(&sc, AGAIN " AND payload LIKE '%firma%'", 0); /* no word of who it is */
    assert_rows(&sc, "mail", 2);
    assert_rows(&sc, "confirmation", 2);
    /* What is nobody's by its writing alone is not even put off. */
    assert_true(capture_ask_again(cx, S("x"), S("@"), S("https://zulauf.example"), &context));
    assert_true(capture_ask_again(cx, S(""), S(""), S("https://zulauf.example"), &context));
    char made_up[TOKEN_LEN];
    memset(made_up, 'A', sizeof made_up);
    assert_true(capture_ask_again(cx, (str){made_up, TOKEN_LEN}, S(""), S("https://zulauf.example"),
                                  &context));
    assert_rows(&sc, AGAIN, COUNTOF(asked));
    /* The jobs then tell them apart: one has something to confirm. */
    for (int i = 0; i < 3; i++) {
        struct job job = {.payload = again_payload(cx, S(""), str_of(asked[i]),
                                                   S("https://zulauf.example"), &context)};
        if (!link_again_run(cx, &job)) fail_msg("%s: %s", asked[i], cx->err.key);
        assert_rows(&sc, "mail", 3);
    }
    struct job broken = {.payload = S("AAAA")};
    assert_true(link_again_run(cx, &broken)); /* and it does not come back for ever */
    assert_rows(&sc, "mail", 3);
    store_close(&sc.s);
}

/* A queue that stood still sends what somebody still waits for. */
static void a_new_link_is_sent_while_he_waits(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    struct contact_context context = {.ip = S("192.0.2.9"), .user_agent = S("Firefox")};
    submit(&sc, &sc.newsletter, K "}");
    cx->now_ms += 8 * DAY_MS; /* the first link is worth nothing any more */
    struct job job = {.attempt = 1,
                      .payload = again_payload(cx, S(""), S("k@firma.example"),
                                               S("https://zulauf.example"), &context)};
    cx->now_ms += 3600 * 1000;
    assert_true(link_again_run(cx, &job));
    assert_rows(&sc, "mail", 2);
    /* Who has waited for a day has asked anew, or given up. */
    cx->now_ms += DAY_MS;
    assert_true(link_again_run(cx, &job));
    assert_rows(&sc, "mail", 2);
    store_close(&sc.s);
}

static bool expire_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return confirmation_expire(cx, tx, 50, arg);
}

/* A click on a link that came later than the others of this scene. */
static enum link_kind click_now(struct scene *sc, int64_t confirmation_id)
{
    struct ctx *cx = &sc->s.cx;
    struct confirmation c = {.id = confirmation_id, .expires_ms = cx->now_ms + DAY_MS};
    struct contact_context context = {.ip = S("192.0.2.8"), .user_agent = S("Firefox")};
    static struct confirmation_view view;
    if (!capture_confirm(cx, confirm_token(cx, &c), &context, &view)) fail_msg("%s", cx->err.key);
    return view.kind;
}

static void ask_again(struct scene *sc, int64_t confirmation_id)
{
    struct ctx *cx = &sc->s.cx;
    struct contact_context context = {.ip = S("192.0.2.9"), .user_agent = S("Firefox")};
    struct confirmation c = {.id = confirmation_id, .expires_ms = cx->now_ms};
    struct job job = {.attempt = 1,
                      .payload = again_payload(cx, confirm_token(cx, &c), S(""),
                                               S("https://zulauf.example"), &context)};
    cx->now_ms += MINUTE_MS;
    if (!link_again_run(cx, &job)) fail_msg("%s", cx->err.key);
}

/* The page of an expired link is open for long, and its button is pressed more than once. */
static void an_expired_link_leads_to_one_new_one(void **state)
{
    (void)state;
    static struct scene sc;
    int expired;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}").lead_id;
    struct look l = look(&sc, lead);
    int64_t old = newest_confirmation(&l);
    sc.s.cx.now_ms += 8 * (int64_t)DAY_MS;
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, expire_write, &expired));
    assert_int_equal(expired, 1);
    ask_again(&sc, old);
    l = look(&sc, lead);
    int64_t renewed = newest_confirmation(&l);
    assert_int_not_equal(renewed, old);
    ask_again(&sc, old); /* the same link once more: what is in the first mail still holds */
    assert_rows(&sc, "confirmation", 2);
    assert_rows(&sc, "confirmation WHERE sends_n = 2", 1);
    assert_rows(&sc, "mail", 3);
    for (int i = 0; i < DOI_SENDS_MAX + 2; i++) ask_again(&sc, old); /* and not without end */
    assert_rows(&sc, "mail", 1 + DOI_MAILS_A_DAY);
    assert_int_equal(click_now(&sc, renewed), LINK_DONE);
    sc.s.cx.now_ms += 2 * (int64_t)DAY_MS;
    ask_again(&sc, old); /* there is nothing left to ask */
    assert_rows(&sc, "confirmation", 2);
    assert_rows(&sc, "mail", 1 + DOI_MAILS_A_DAY);
    store_close(&sc.s);
}

/* Given up, it is no dead letter: that would keep what he typed for ever. */
static void a_new_link_that_cannot_be_sent_is_given_up(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    struct contact_context context = {.ip = S("192.0.2.9"), .user_agent = S("Firefox")};
    struct job job = {.payload = again_payload(cx, S(""), S("k@firma.example"),
                                               S("https://zulauf.example"), &context)};
    assert_true(store_script(&sc.s, "ALTER TABLE identity RENAME TO gone"));
    for (job.attempt = 1; job.attempt <= LINK_AGAIN_TRIES; job.attempt++) {
        assert_int_equal(link_again_run(cx, &job), job.attempt == LINK_AGAIN_TRIES);
        err_clear(cx);
    }
    assert_true(store_script(&sc.s, "ALTER TABLE gone RENAME TO identity"));
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_address_becomes_a_lead_that_waits_for_its_click),
        cmocka_unit_test(an_empty_box_asks_for_nothing_but_the_address),
        cmocka_unit_test(an_unproved_lead_gets_only_its_gaps_filled),
        cmocka_unit_test(a_proved_lead_is_left_alone_until_the_click),
        cmocka_unit_test(five_mails_a_day_are_enough),
        cmocka_unit_test(who_writes_again_comes_back_from_the_trash),
        cmocka_unit_test(a_try_becomes_a_lead_only_by_a_submission_in_earnest),
        cmocka_unit_test(a_new_link_is_sent_while_he_waits),
        cmocka_unit_test(an_expired_link_leads_to_one_new_one),
        cmocka_unit_test(a_new_link_that_cannot_be_sent_is_given_up),
        cmocka_unit_test(a_consent_does_not_follow_to_another_address),
        cmocka_unit_test(a_link_to_an_address_the_lead_no_longer_has_is_past),
        cmocka_unit_test(an_older_link_of_the_same_form_gives_way_to_the_newer),
        cmocka_unit_test(an_older_link_takes_nothing_newer_back),
        cmocka_unit_test(links_clicked_in_turn_leave_what_was_said_last),
        cmocka_unit_test(asking_for_a_new_link_writes_the_same_for_known_and_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
