/* A form that was just sent is opened again and sent once more: what of the first sending goes, and
 * what never does. */
#include "store/capture_case.h"

#include "app.h"
#include "brand/brand.h"
#include "capture/correction.h"
#include "dossier/dossier.h"
#include "jobs/jobs.h"
#include "keys/token.h"
#include "rooms.h"
#include "share/share_refused.h"
#include "spam/spam_rules.h"
#include "spam/suspect.h"

#include <string.h>
#include <unistd.h>

#define WRONG                                                                                      \
    "{\"email\":\"karla@frima.example\",\"first_name\":\"Karla\",\"company\":\"Brandt\","          \
    "\"consent.newsletter.email\":\"yes\"}"
#define RIGHT "{\"email\":\"karla@firma.example\",\"first_name\":\"Karla\"}"

static str token_for(struct scene *sc, int64_t submission_id)
{
    return correction_token(&sc->s.cx, submission_id, sc->newsletter.form.id);
}

static struct correction open_again(struct scene *sc, str token)
{
    struct correction was;
    err_clear(&sc->s.cx);
    assert_true(correction_read(&sc->s.cx, token, &sc->newsletter, &was));
    return was;
}

static struct submission_done correct(struct scene *sc, int64_t submission_id, const char *json,
                                      const struct origin *origin)
{
    struct submission_new in = filled_in(sc, &sc->newsletter, json);
    in.origin = origin;
    in.corrects = submission_id;
    return hand_in(sc, &in);
}

/* The job, as often as it likes to run. */
static void take_back(struct scene *sc, int64_t submission_id)
{
    static struct app app; /* only says where a journal of erasures would be */
    struct ctx *cx = &sc->s.cx;
    struct job job = {.workspace_id = 1,
                      .payload = str_printf(cx->a, "%lld", (long long)submission_id)};
    app = (struct app){.config = {.data_dir = str_of(sc->s.folder)}};
    err_clear(cx);
    cx->app = &app;
    for (int i = 0; i < 2; i++)
        if (!dossier_take_back_run(cx, &job)) fail_msg("%s", cx->err.key);
    cx->app = NULL;
}

/* What a restore would do again. */
static bool is_journalled(struct scene *sc)
{
    str path = str_printf(sc->s.cx.a, "%s/erasures.jsonl", sc->s.folder);
    return access(str_cstr(sc->s.cx.a, path), F_OK) == 0;
}

static bool is_there(struct scene *sc, int64_t lead_id)
{
    struct look l = {.lead_id = lead_id};
    err_clear(&sc->s.cx);
    return db_read(&sc->s.cx, look_read, &l);
}

static int suppressed(struct scene *sc)
{
    return store_script(&sc->s, "CREATE TABLE probe (n INTEGER CHECK (n = 0)); INSERT INTO probe "
                                "SELECT COUNT(*) FROM suppression; DROP TABLE probe;")
               ? 0
               : 1;
}

static void what_was_typed_comes_back_once(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done done = submit(&sc, &sc.newsletter, WRONG);
    str token = token_for(&sc, done.id);
    struct correction was = open_again(&sc, token);
    assert_true(was.submission_id == done.id);
    assert_str("address", value_str(value_get(was.typed, S("email"))), S("karla@frima.example"));
    assert_str("name", value_str(value_get(was.typed, S("first_name"))), S("Karla"));
    assert_str("source", was.source, S("direct"));
    /* Ticked by the visitor himself, each time. */
    assert_int_equal(value_get(was.typed, S("consent.newsletter.email")).type, VALUE_NULL);

    struct token other = {TOKEN_CHANGE, 1, done.id, sc.contact.form.id, 0};
    assert_int_equal(open_again(&sc, token_sign(sc.s.cx.a, &sc.ring, other)).submission_id, 0);
    other = (struct token){TOKEN_CHANGE, 2, done.id, sc.newsletter.form.id, 0};
    assert_int_equal(open_again(&sc, token_sign(sc.s.cx.a, &sc.ring, other)).submission_id, 0);
    other = (struct token){TOKEN_TRY, 1, done.id, sc.newsletter.form.id, 0};
    assert_int_equal(open_again(&sc, token_sign(sc.s.cx.a, &sc.ring, other)).submission_id, 0);
    assert_int_equal(open_again(&sc, S("x")).submission_id, 0);
    correct(&sc, done.id, RIGHT, NULL);
    assert_int_equal(open_again(&sc, token).submission_id, 0); /* before the job, too */
    done = submit(&sc, &sc.newsletter, "{\"email\":\"spaet@firma.example\"}");
    token = token_for(&sc, done.id);
    sc.s.cx.now_ms += (int64_t)CORRECTION_S * 1000;
    assert_int_equal(open_again(&sc, token).submission_id, 0);
    store_close(&sc.s);
}

static void the_first_sending_goes_and_leaves_nothing(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done first = submit(&sc, &sc.newsletter, WRONG);
    struct look l = look(&sc, first.lead_id);
    int64_t asked = newest_confirmation(&l);
    assert_int_equal(l.mails.count, 1);
    struct submission_done second = correct(&sc, first.id, RIGHT, NULL);
    assert_true(second.lead_id != first.lead_id);
    take_back(&sc, first.id);
    assert_false(is_there(&sc, first.lead_id));
    l = look(&sc, second.lead_id);
    assert_int_equal(l.submissions.count, 1);
    assert_int_equal(l.mails.count, 1); /* of all mails: the first one is gone from the queue */
    assert_int_equal(click_on(&sc, asked), LINK_UNKNOWN);
    assert_int_equal(suppressed(&sc), 0); /* whoever has that address has said nothing */
    assert_false(is_journalled(&sc));     /* a restored backup has nothing but the first sending */
    assert_int_equal(click(&sc, second.lead_id), LINK_DONE);
    store_close(&sc.s);
}

/* --- what stays --- */

enum deed { NOTHING, CONFIRMED, NOTED, SENT_AGAIN, OWNED, TRASHED, WON };

static bool deed_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *in = arg, note;
    struct lead lead;
    if (!lead_load(cx, tx, in[1], &lead)) return false;
    if (in[0] == NOTED) return lead_note_add(cx, tx, in[1], S("Hat angerufen."), &note);
    if (in[0] == WON) return lead_set_campaign(cx, tx, in[1], 600);
    if (in[0] == TRASHED) return lead_set_state(cx, tx, in[1], LEAD_TRASHED);
    return touchpoint_record(cx, tx, in[1], TOUCH_OWNER_CHANGED, 0, S("{}"));
}

static void what_anybody_else_has_touched_stays(void **state)
{
    (void)state;
    static const enum deed deeds[] = {CONFIRMED, NOTED, SENT_AGAIN, OWNED, TRASHED, WON};
    for (ptrdiff_t i = 0; i < COUNTOF(deeds); i++) {
        struct scene sc;
        scene_open(&sc);
        struct submission_done first = submit(&sc, &sc.newsletter, WRONG);
        int64_t deed[] = {deeds[i], first.lead_id};
        sc.s.cx.now_ms += MINUTE_MS;
        if (deeds[i] == CONFIRMED)
            assert_int_equal(click(&sc, first.lead_id), LINK_DONE);
        else if (deeds[i] == SENT_AGAIN)
            submit(&sc, &sc.contact, "{\"email\":\"karla@frima.example\"}");
        else
            assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, deed_write, deed));
        correct(&sc, first.id, RIGHT, NULL);
        take_back(&sc, first.id);
        if (!is_there(&sc, first.lead_id)) fail_msg("deed %d: the lead is gone", (int)deeds[i]);
        store_close(&sc.s);
    }
}

static void an_address_that_was_there_before_keeps_all(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int64_t lead = submit(&sc, &sc.contact, "{\"email\":\"karla@frima.example\"}").lead_id;
    struct submission_done second = submit(&sc, &sc.newsletter, WRONG);
    assert_true(second.lead_id == lead);
    struct look before = look(&sc, lead);
    correct(&sc, second.id, RIGHT, NULL);
    take_back(&sc, second.id);
    struct look l = look(&sc, lead);
    assert_int_equal(l.submissions.count, 2);
    assert_int_equal(l.touches.count, before.touches.count);
    assert_int_equal(click(&sc, lead), LINK_DONE); /* its mail still confirms */
    /* To whoever holds the token both are the same. */
    assert_int_equal(open_again(&sc, token_for(&sc, second.id)).submission_id, 0);
    store_close(&sc.s);
}

static void the_same_address_sent_twice_is_one_lead(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done first = submit(&sc, &sc.newsletter, WRONG);
    struct submission_done second = correct(&sc, first.id, WRONG, NULL);
    take_back(&sc, first.id);
    assert_true(second.lead_id == first.lead_id);
    assert_int_equal(click(&sc, first.lead_id), LINK_DONE);
    store_close(&sc.s);
}

/* A form with one place, and what it says to whoever corrects what has it. */
static bool takes(struct scene *sc, struct form_live *form, int64_t corrects, const char *json,
                  struct submission_done *done)
{
    struct submission_new in = filled_in(sc, form, json);
    in.corrects = corrects;
    err_clear(&sc->s.cx);
    sc->s.cx.now_ms += MINUTE_MS;
    if (capture_submit(&sc->s.cx, &in, done)) return true;
    assert_int_equal(sc->s.cx.err.code, ERR_GONE);
    return false;
}

static void one_place(struct scene *sc, struct form_live *form)
{
    struct publish p = {"ein-platz",
                        "{\"double_opt_in\":true,\"close_after\":1,\"fields\":[{\"key\":\"email\","
                        "\"required\":true},{\"key\":\"city\"}]}",
                        form};
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, publish_write, &p));
}

/* What the jobs are told to take back; the check refuses otherwise. */
static void assert_told(struct scene *sc, int64_t submission_id, int want)
{
    str script =
        str_printf(sc->s.cx.a,
                   "CREATE TABLE probe (n INTEGER CHECK (n = %d)); INSERT INTO probe SELECT "
                   "COUNT(*) FROM job WHERE queue = 'submission.take_back' AND payload = "
                   "'%lld'; DROP TABLE probe;",
                   want, (long long)submission_id);
    if (!store_script(&sc->s, str_cstr(sc->s.cx.a, script))) fail_msg("not told %d times", want);
}

static const struct origin bad = {
    .signals = {.honeypot = true, .stamp = STAMP_GOOD, .fill_ms = 60000}};

static void what_is_held_back_is_opened_and_replaced_alike(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done other = submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    struct submission_done held = correct(&sc, other.id, WRONG, &bad);
    assert_int_equal(held.lead_id, 0);
    assert_int_equal(open_again(&sc, token_for(&sc, other.id)).submission_id, 0); /* once */
    struct correction was = open_again(&sc, token_for(&sc, held.id));
    assert_str("address", value_str(value_get(was.typed, S("email"))), S("karla@frima.example"));
    correct(&sc, held.id, RIGHT, NULL);
    assert_int_equal(open_again(&sc, token_for(&sc, held.id)).submission_id, 0);
    assert_told(&sc, held.id, 1);
    take_back(&sc, held.id);
    assert_true(store_script(&sc.s, "CREATE TABLE probe (n INTEGER CHECK (n = 0)); INSERT INTO "
                                    "probe SELECT COUNT(*) FROM suspect; DROP TABLE probe;"));
    /* And with it what it was to replace. */
    assert_told(&sc, other.id, 1);
    take_back(&sc, other.id);
    assert_false(is_there(&sc, other.lead_id));
    store_close(&sc.s);
}

/* Nobody may ever let it in: until somebody does, what was accepted stands. */
static void what_was_accepted_stays_until_what_is_held_comes_in(void **state)
{
    (void)state;
    struct scene sc;
    struct submission_done in;
    scene_open(&sc);
    struct submission_done first = submit(&sc, &sc.newsletter, WRONG);
    struct submission_done held = correct(&sc, first.id, RIGHT, &bad);
    assert_int_equal(held.lead_id, 0);
    assert_told(&sc, first.id, 0);
    assert_true(is_there(&sc, first.lead_id));
    err_clear(&sc.s.cx);
    assert_true(capture_release(&sc.s.cx, held.id, S("https://zulauf.example"), &in));
    assert_int_equal(in.id, held.id);
    assert_told(&sc, first.id, 1);
    take_back(&sc, first.id);
    assert_false(is_there(&sc, first.lead_id));
    assert_int_equal(click(&sc, in.lead_id), LINK_DONE);

    /* Confirmed meanwhile it is somebody's. */
    first = submit(&sc, &sc.newsletter, WRONG);
    held = correct(&sc, first.id, "{\"email\":\"karl@firma.example\"}", &bad);
    assert_int_equal(click(&sc, first.lead_id), LINK_DONE);
    err_clear(&sc.s.cx);
    assert_true(capture_release(&sc.s.cx, held.id, S("https://zulauf.example"), &in));
    take_back(&sc, first.id);
    assert_true(is_there(&sc, first.lead_id));
    store_close(&sc.s);
}

/* One place, and what waits beside it. */
static void the_place_goes_with_what_comes_in(void **state)
{
    (void)state;
    struct scene sc;
    static struct form_live form;
    struct submission_done first, held, done;
    scene_open(&sc);
    one_place(&sc, &form);
    assert_true(takes(&sc, &form, 0, "{\"email\":\"a@firma.example\"}", &first));
    struct submission_new in = filled_in(&sc, &form, "{\"email\":\"b@firma.example\"}");
    in.origin = &bad;
    in.corrects = first.id;
    held = hand_in(&sc, &in);
    assert_true(takes(&sc, &form, held.id, "{\"email\":\"c@firma.example\"}", &done));
    assert_false(takes(&sc, &form, first.id, "{\"email\":\"d@firma.example\"}", &done));
    store_close(&sc.s);
}

static void nobody_is_mailed_more_often_for_it(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    int mails = 0;
    for (int i = 0; i < DOI_MAILS_A_DAY + 3; i++) {
        struct submission_done victim = submit(&sc, &sc.newsletter, WRONG);
        assert_true(victim.confirm); /* nobody learns that there was no mail */
        struct look l = look(&sc, victim.lead_id);
        mails += touches(&l, TOUCH_DOI_REQUESTED);
        correct(&sc, victim.id, RIGHT, NULL);
        take_back(&sc, victim.id);
    }
    assert_int_equal(mails, DOI_MAILS_A_DAY);
    store_close(&sc.s);
}

static void it_takes_one_place_and_takes_it_once(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    static struct form_live form;
    struct publish p = {"plaetze",
                        "{\"double_opt_in\":true,\"close_after\":1,\"fields\":[{\"key\":\"email\","
                        "\"required\":true}]}",
                        &form};
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &p));
    int64_t first = submit(&sc, &form, "{\"email\":\"a@firma.example\"}").id;
    struct submission_new in = filled_in(&sc, &form, "{\"email\":\"b@firma.example\"}");
    struct submission_done done;
    in.corrects = first;
    hand_in(&sc, &in);
    take_back(&sc, first);
    err_clear(cx);
    in.body = tree(cx->a, S("{\"email\":\"c@firma.example\"}"));
    assert_false(capture_submit(cx, &in, &done)); /* sent a second time it is one of its own */
    assert_int_equal(cx->err.code, ERR_GONE);
    store_close(&sc.s);
}

static void a_place_that_somebody_has_confirmed_is_his(void **state)
{
    (void)state;
    struct scene sc;
    static struct form_live form;
    struct submission_done first, done;
    scene_open(&sc);
    one_place(&sc, &form);
    assert_true(takes(&sc, &form, 0, "{\"email\":\"a@firma.example\"}", &first));
    assert_int_equal(click(&sc, first.lead_id), LINK_DONE);
    assert_false(takes(&sc, &form, first.id, "{\"email\":\"b@firma.example\"}", &done));
    /* What is refused has not used it up; and himself he may correct. */
    assert_true(
        takes(&sc, &form, first.id, "{\"email\":\"a@firma.example\",\"city\":\"Kiel\"}", &done));
    assert_int_equal(done.lead_id, first.lead_id);
    store_close(&sc.s);
}

/* A full form must not tell whose address is known: until the click both hand their place on. */
static void no_place_tells_whether_an_address_was_known(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        struct scene sc;
        static struct form_live form;
        struct submission_done first, done;
        scene_open(&sc);
        one_place(&sc, &form);
        if (known) {
            int64_t lead = submit(&sc, &sc.contact, "{\"email\":\"a@firma.example\"}").lead_id;
            assert_int_equal(click(&sc, lead), LINK_DONE);
        }
        assert_true(takes(&sc, &form, 0, "{\"email\":\"a@firma.example\"}", &first));
        if (!takes(&sc, &form, first.id, "{\"email\":\"b@firma.example\"}", &done))
            fail_msg("%s is told apart", known ? "known" : "unknown");
        store_close(&sc.s);
    }
}

static void what_is_held_back_has_no_place_to_hand_on(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct ctx *cx = &sc.s.cx;
    static struct form_live form;
    struct publish p = {"besetzt",
                        "{\"double_opt_in\":true,\"close_after\":1,\"fields\":[{\"key\":\"email\","
                        "\"required\":true}]}",
                        &form};
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &p));
    struct submission_new in = filled_in(&sc, &form, "{\"email\":\"a@firma.example\"}");
    in.origin = &bad;
    struct submission_done held = hand_in(&sc, &in), done;
    assert_int_equal(held.lead_id, 0);
    submit(&sc, &form, "{\"email\":\"b@firma.example\"}"); /* the one place there is */
    err_clear(cx);
    in.origin = NULL;
    in.corrects = held.id;
    assert_false(capture_submit(cx, &in, &done));
    assert_int_equal(cx->err.code, ERR_GONE);
    store_close(&sc.s);
}

static bool old_and_new(struct scene *sc, int64_t now_ms, int64_t kept_ms, const char *text)
{
    struct ctx *cx = &sc->s.cx;
    bool good = true;
    for (int i = 0; i < 2; i++) {
        str at = str_printf(cx->a, "%lld", (long long)(now_ms - kept_ms - 1 + i * 2)), rest;
        str from = str_cut(str_of(text), '@', &rest);
        good = good &&
               store_script(&sc->s,
                            str_cstr(cx->a, str_printf(cx->a, "%.*s%d, %.*s%.*s", STR_ARG(from),
                                                       i + 1, STR_ARG(at), STR_ARG(rest))));
    }
    return good;
}

static void what_is_brief_goes_though_nothing_follows(void **state)
{
    (void)state;
    struct scene sc;
    struct job_kind kinds[JOB_KINDS_MAX];
    struct job job = {.workspace_id = 0};
    bool ran = false;
    scene_open(&sc);
    int64_t now_ms = sc.s.cx.now_ms;
    assert_true(old_and_new(&sc, now_ms, INT64_C(86400000),
                            "INSERT INTO correction (workspace_id, submission_id, at_ms, email_n, "
                            "mails_n) VALUES (1, @, 7, 1)"));
    assert_true(old_and_new(&sc, now_ms, (int64_t)REFUSED_DAYS * 86400000,
                            "INSERT INTO form_refused (workspace_id, form_id, at_ms, origin) "
                            "VALUES (1, @, 'https://a.example')"));
    assert_true(old_and_new(&sc, now_ms, LOGO_DRAFT_MS,
                            "INSERT INTO logo_draft (workspace_id, user_id, created_ms, id, "
                            "media_type, bytes) VALUES (1, @, 5, 'image/png', '')"));
    for (int i = 0, n = room_jobs(kinds); i < n; i++)
        if (strcmp(kinds[i].name, "brief.sweep") == 0) ran = kinds[i].run(&sc.s.cx, &job);
    assert_true(ran);
    assert_true(store_script(&sc.s, "CREATE TABLE probe (n INTEGER CHECK (n = 1)); "
                                    "INSERT INTO probe SELECT COUNT(*) FROM correction; "
                                    "INSERT INTO probe SELECT COUNT(*) FROM form_refused; "
                                    "INSERT INTO probe SELECT COUNT(*) FROM logo_draft; "
                                    "DROP TABLE probe;"));
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_typed_comes_back_once),
        cmocka_unit_test(the_first_sending_goes_and_leaves_nothing),
        cmocka_unit_test(what_anybody_else_has_touched_stays),
        cmocka_unit_test(an_address_that_was_there_before_keeps_all),
        cmocka_unit_test(the_same_address_sent_twice_is_one_lead),
        cmocka_unit_test(what_is_held_back_is_opened_and_replaced_alike),
        cmocka_unit_test(what_was_accepted_stays_until_what_is_held_comes_in),
        cmocka_unit_test(the_place_goes_with_what_comes_in),
        cmocka_unit_test(nobody_is_mailed_more_often_for_it),
        cmocka_unit_test(it_takes_one_place_and_takes_it_once),
        cmocka_unit_test(a_place_that_somebody_has_confirmed_is_his),
        cmocka_unit_test(no_place_tells_whether_an_address_was_known),
        cmocka_unit_test(what_is_held_back_has_no_place_to_hand_on),
        cmocka_unit_test(what_is_brief_goes_though_nothing_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
