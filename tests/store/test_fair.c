/* Kiosks and what comes over them, with a real database. */
#include "store/capture_case.h"

#include "fair/fair.h"
#include "fair/fair_rules.h"
#include "keys/token.h"

struct making {
    struct kiosk kiosk, back;
    struct kiosks list;
};

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct making *m = arg;
    return kiosk_create(cx, tx, &m->kiosk);
}

static bool load_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct making *m = arg;
    return kiosk_load(cx, tx, m->kiosk.id, &m->back) &&
           kiosk_list(cx, tx, m->kiosk.form_id, &m->list);
}

static bool revoke_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct making *m = arg;
    return kiosk_revoke(cx, tx, m->kiosk.id) && kiosk_seen(cx, tx, m->kiosk.id);
}

static void make(struct scene *sc, struct making *m)
{
    *m = (struct making){.kiosk = {.form_id = sc->newsletter.form.id,
                                   .stand = S("LogiMAT"),
                                   .campaign = S(""),
                                   .staff = {S("Anna")},
                                   .staff_count = 1,
                                   .from_day = 1,
                                   .to_day = 40000,
                                   .idle_s = 30,
                                   .signature = true}};
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, create_write, m));
}

static void a_kiosk_comes_back_as_it_was_made_and_its_key_opens_what_was_sealed_for_it(void **state)
{
    (void)state;
    struct scene sc;
    struct making m;
    scene_open(&sc);
    make(&sc, &m);
    assert_true(db_read(&sc.s.cx, load_read, &m));
    assert_str("stand", m.back.stand, S("LogiMAT"));
    assert_int_equal(m.back.staff_count, 1);
    assert_true(m.back.signature);
    assert_int_equal(m.back.idle_s, 30);
    assert_int_equal(m.list.count, 1);
    assert_int_equal(m.list.row[0].entries, 0);
    assert_memory_equal(m.back.secret.bytes, m.kiosk.secret.bytes, PAIR_KEY_BYTES);
    /* The browser's box and ours are one format: 32 bytes sealed by the library open here. */
    struct pair_public open;
    struct seal_key key;
    uint8_t sealed[SEAL_KEY_BYTES + PAIR_OVERHEAD_BYTES];
    str plain;
    seal_key_new(&key);
    crypto_pair_public(&m.back.secret, &open);
    assert_true(crypto_key_seal(&open, &key, sealed));
    str box = {(const char *)sealed, sizeof sealed};
    assert_true(crypto_sealed_open(sc.s.cx.a, &m.back.secret, box, &plain));
    assert_memory_equal(plain.ptr, key.bytes, SEAL_KEY_BYTES);
    sealed[40] ^= 1;
    assert_false(crypto_sealed_open(sc.s.cx.a, &m.back.secret, box, &plain));
    assert_false(crypto_sealed_open(sc.s.cx.a, &m.back.secret, S("short"), &plain));

    str token = kiosk_token(&sc.s.cx, &m.back);
    assert_int_equal(kiosk_of_token(&sc.s.cx, token), m.kiosk.id);
    sc.s.cx.workspace_id = 2;
    assert_int_equal(kiosk_of_token(&sc.s.cx, token), 0);
    sc.s.cx.workspace_id = 1;
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, revoke_write, &m));
    assert_true(db_read(&sc.s.cx, load_read, &m));
    assert_int_equal(m.back.revoked_ms, sc.s.cx.now_ms);
    assert_int_equal(m.back.seen_ms, sc.s.cx.now_ms);
    store_close(&sc.s);
}

/* A link that is not on the list could not be revoked. */
static void every_kiosk_that_runs_is_on_the_list(void **state)
{
    (void)state;
    struct scene sc;
    struct making first, m = {0};
    scene_open(&sc);
    make(&sc, &first);
    for (int i = 1; i < KIOSK_LIST_MAX; i++) make(&sc, &m);
    m.kiosk.id = 0;
    assert_false(db_write(&sc.s.cx, DB_INTERACTIVE, create_write, &m));
    assert_int_equal(sc.s.cx.err.code, ERR_CONFLICT);
    err_clear(&sc.s.cx);
    assert_true(store_script(&sc.s, "UPDATE kiosk SET to_day = 1 WHERE id IN "
                                    "(SELECT id FROM kiosk ORDER BY id DESC LIMIT 10)"));
    for (int i = 0; i < 10; i++) make(&sc, &m);
    assert_true(db_read(&sc.s.cx, load_read, &m));
    assert_int_equal(m.list.count, KIOSK_LIST_MAX);
    assert_int_equal(m.list.row[KIOSK_LIST_MAX - 1].id, first.kiosk.id);
    store_close(&sc.s);
}

struct once {
    int64_t kiosk_id;
    str key;
};

static bool once(struct ctx *cx, struct tx *tx, void *arg, int64_t submission_id, bool *again)
{
    const struct once *o = arg;
    return kiosk_entry_take(cx, tx, o->kiosk_id, o->key, submission_id, 0, again);
}

struct sending {
    const char *json;
    struct stand_visit visit;
    struct once *once;
};

static struct submission_done send_at(struct scene *sc, const struct sending *s)
{
    struct ctx *cx = &sc->s.cx;
    struct submission_new in = filled_in(sc, &sc->newsletter, s->json);
    in.context.source = S("Messe / LogiMAT");
    in.visit = &s->visit;
    in.once = s->once == NULL ? NULL : once;
    in.once_arg = s->once;
    struct submission_done done = {0};
    err_clear(cx);
    cx->now_ms += MINUTE_MS;
    if (!capture_submit(cx, &in, &done)) done.id = -1;
    return done;
}

static struct stand_visit at_stand(void)
{
    return (struct stand_visit){.kiosk = S("ki_0000000000001"),
                                .stand = S("LogiMAT"),
                                .staff = S("Anna"),
                                .entered_by = S("visitor"),
                                .note = S("")};
}

#define F(more) "{\"fields\":{\"email\":\"info@firma.example\"," more "}}"

static void each_at_a_stand_is_a_lead_of_its_own_and_only_its_own_click_proves_it(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct sending one = {F("\"first_name\":\"Bernd\""), at_stand(), NULL};
    struct sending two = {F("\"first_name\":\"Gerda\""), at_stand(), NULL};
    int64_t a = send_at(&sc, &one).lead_id, b = send_at(&sc, &two).lead_id;
    assert_true(a > 0 && b > 0 && a != b);
    struct look first = look(&sc, a), second = look(&sc, b);
    assert_str("first", first.lead.text[SLOT_FIRST_NAME], S("Bernd"));
    assert_str("second", second.lead.text[SLOT_FIRST_NAME], S("Gerda"));
    assert_int_equal(touches(&first, TOUCH_TWIN_ADDED), 1);
    assert_int_equal(touches(&second, TOUCH_TWIN_ADDED), 0);
    assert_int_equal(click(&sc, b), LINK_DONE);
    first = look(&sc, a);
    second = look(&sc, b);
    assert_int_equal(second.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(first.lead.email_state, EMAIL_UNVERIFIED);
    /* Over the web the address still means the first. */
    int64_t web = submit(&sc, &sc.newsletter, "{\"email\":\"info@firma.example\"}").lead_id;
    assert_int_equal(web, a);
    store_close(&sc.s);
}

static void one_address_gets_no_more_mails_a_day_at_a_stand_than_elsewhere(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct sending s = {F("\"city\":\"Kiel\""), at_stand(), NULL};
    int mails = 0;
    for (int i = 0; i < DOI_MAILS_A_DAY + 3; i++) {
        struct submission_done done = send_at(&sc, &s);
        assert_true(done.lead_id > 0);
        struct look l = look(&sc, done.lead_id);
        mails += touches(&l, TOUCH_DOI_REQUESTED);
    }
    assert_int_equal(mails, DOI_MAILS_A_DAY);
    store_close(&sc.s);
}

static void an_entry_sent_twice_is_one_lead(void **state)
{
    (void)state;
    struct scene sc;
    struct making m;
    scene_open(&sc);
    make(&sc, &m);
    struct once first = {m.kiosk.id, S("AAAAAAAAAAAAAAAAAAAAAA")},
                other = {m.kiosk.id, S("BBBBBBBBBBBBBBBBBBBBBA")};
    struct sending s = {F("\"city\":\"Kiel\""), at_stand(), &first};
    struct submission_done done = send_at(&sc, &s);
    assert_true(done.lead_id > 0 && !done.again);
    done = send_at(&sc, &s);
    assert_true(done.again && done.lead_id == 0);
    s.once = &other;
    assert_false(send_at(&sc, &s).again);
    assert_true(db_read(&sc.s.cx, load_read, &m));
    assert_int_equal(m.list.row[0].entries, 2);
    store_close(&sc.s);
}

static void what_is_faulty_is_refused_now_and_kept_aside_later(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct sending s = {"{\"fields\":{\"email\":\"keine Adresse\",\"city\":\"Kiel\"}}", at_stand(),
                        NULL};
    assert_int_equal(send_at(&sc, &s).id, -1);
    assert_int_equal(sc.s.cx.err.code, ERR_INVALID);
    s.visit.late = true;
    struct submission_done done = send_at(&sc, &s);
    assert_true(done.lead_id > 0);
    struct look l = look(&sc, done.lead_id);
    assert_str("address", l.lead.email, S(""));
    assert_str("city", l.lead.text[SLOT_CITY], S("Kiel"));
    assert_int_equal(touches(&l, TOUCH_NOTE_ADDED), 1);
    store_close(&sc.s);
}

/* What was ticked stands in the submission; a request for mails that could reach nobody would wait
 * for ever. */
static void a_tick_for_e_mail_without_an_address_asks_for_nothing(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct sending s = {"{\"fields\":{\"email\":\"keine Adresse\",\"city\":\"Kiel\"},"
                        "\"consents\":[\"newsletter:email\"]}",
                        at_stand(), NULL};
    s.visit.late = true;
    s.visit.signature = value_map(sc.s.cx.a);
    value_set_text(s.visit.signature, "path", S("M1 1L2 2L3 3"));
    struct submission_done done = send_at(&sc, &s);
    assert_true(done.lead_id > 0);
    struct look l = look(&sc, done.lead_id);
    assert_int_equal(l.consents.count, 0);
    assert_int_equal(l.lead.permit, MAY_NO);
    struct value boxes = value_get(tree(sc.s.cx.a, l.submissions.row[0].answers), S("boxes"));
    assert_int_equal(value_count(boxes), 1);
    assert_true(value_get(boxes.as.list->item[0], S("ticked")).as.boolean);
    store_close(&sc.s);
}

struct advertising {
    int64_t lead_id;
    bool allowed;
};

static bool advertise(struct ctx *cx, struct tx *tx, void *arg)
{
    struct advertising *a = arg;
    struct lead lead;
    struct consent_rows rows;
    struct permit permit;
    if (!lead_load(cx, tx, a->lead_id, &lead) || !consent_list(cx, tx, a->lead_id, &rows))
        return false;
    assert_true(rows.count > 0);
    a->allowed = permit_advertising(cx, tx, &lead, rows.row[0].purpose_id, &permit);
    err_clear(cx);
    return true;
}

static bool may_mail(struct scene *sc, int64_t lead_id)
{
    struct advertising a = {.lead_id = lead_id};
    assert_true(db_read(&sc->s.cx, advertise, &a));
    return a.allowed;
}

static void neither_a_word_nor_a_signature_opens_e_mail_and_the_own_click_does(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct sending s = {"{\"fields\":{\"email\":\"s@firma.example\"},"
                        "\"consents\":[\"newsletter:email\"]}",
                        at_stand(), NULL};
    s.visit.signature = value_map(sc.s.cx.a);
    value_set_text(s.visit.signature, "path", S("M1 1L2 2L3 3"));
    int64_t signed_by = send_at(&sc, &s).lead_id;
    struct look l = look(&sc, signed_by);
    assert_int_equal(l.consents.row[0].state, CONSENT_REQUESTED);
    assert_int_equal(l.lead.permit, MAY_WAITING);
    assert_false(may_mail(&sc, signed_by));
    assert_int_equal(click(&sc, signed_by), LINK_DONE);
    assert_true(may_mail(&sc, signed_by));

    struct sending spoken = {"{\"fields\":{\"email\":\"w@firma.example\"},"
                             "\"consents\":[\"newsletter:email\"]}",
                             at_stand(), NULL};
    spoken.visit.entered_by = S("staff");
    spoken.visit.note = S("Will den Newsletter, sagt er.");
    int64_t told = send_at(&sc, &spoken).lead_id;
    assert_false(may_mail(&sc, told));
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_kiosk_comes_back_as_it_was_made_and_its_key_opens_what_was_sealed_for_it),
        cmocka_unit_test(every_kiosk_that_runs_is_on_the_list),
        cmocka_unit_test(each_at_a_stand_is_a_lead_of_its_own_and_only_its_own_click_proves_it),
        cmocka_unit_test(one_address_gets_no_more_mails_a_day_at_a_stand_than_elsewhere),
        cmocka_unit_test(an_entry_sent_twice_is_one_lead),
        cmocka_unit_test(what_is_faulty_is_refused_now_and_kept_aside_later),
        cmocka_unit_test(a_tick_for_e_mail_without_an_address_asks_for_nothing),
        cmocka_unit_test(neither_a_word_nor_a_signature_opens_e_mail_and_the_own_click_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
