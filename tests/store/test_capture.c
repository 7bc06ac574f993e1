/* From a visitor's form to a confirmed lead, with a real database. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "base/json.h"
#include "capture/capture_inner.h"
#include "form/form_rules.h"
#include "consent/consent.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sql.h"
#include "web/embedded.h"
#include "web/render.h"

#include <stdio.h>

enum { MINUTE_MS = 60000, DAY_MS = 86400000 };

static const char NEWSLETTER[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
    "{\"key\":\"first_name\"},{\"key\":\"company\"},{\"key\":\"city\"}],\"consents\":["
    "{\"purpose\":\"newsletter\",\"text\":\"Ja, ich will den Newsletter.\"}]}";
static const char CONTACT[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}]}";

struct scene {
    struct store s;
    struct key_ring ring;
    struct texts texts;
    struct contact_sender sender;
    struct form_live newsletter, contact;
};

static void load_texts(struct scene *sc)
{
    const struct embedded_file *de = embedded_find(S("ui/i18n/de.json"));
    const struct embedded_file *en = embedded_find(S("ui/i18n/en.json"));
    str why = {0};
    assert_true(de != NULL && en != NULL);
    if (!i18n_load(&sc->s.schema_arena, (str){(const char *)de->bytes, de->len},
                   (str){(const char *)en->bytes, en->len}, &sc->texts.i18n, &why) ||
        !render_compile(&sc->s.schema_arena, sc->texts.i18n, &sc->texts.templates, &why))
        fail_msg("%.*s", STR_ARG(why));
    sc->s.cx.texts = &sc->texts;
}

static struct value tree(arena *a, str text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, text, &v, &err)) fail_msg("%.*s: %s", STR_ARG(text), err.what);
    return v;
}

struct publish {
    const char *slug, *json;
    struct form_live *out;
};

static bool publish_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct publish *p = arg;
    static struct form_def def;
    int64_t id;
    return form_def_read(cx, tree(cx->a, str_of(p->json)), &def) &&
           form_create(cx, tx, str_of(p->slug), str_of(p->slug), &def, &id) &&
           form_publish(cx, tx, id) && form_live_by_id(cx, tx, id, p->out);
}

static void scene_open(struct scene *sc)
{
    *sc = (struct scene){0};
    assert_true(crypto_init());
    store_open(&sc->s);
    key_ring_new(&sc->ring, STORE_NOW_MS);
    sc->s.cx.keys = &sc->ring;
    load_texts(sc);
    assert_true(store_script(&sc->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                                     "(1, 'Falkenried', '', 0)"));
    struct publish newsletter = {"newsletter", NEWSLETTER, &sc->newsletter};
    struct publish contact = {"kontakt", CONTACT, &sc->contact};
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, publish_write, &newsletter));
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, publish_write, &contact));
    assert_true(contact_sender_load(&sc->s.cx, S("https://zulauf.example"), &sc->sender));
}

static struct submission_done submit(struct scene *sc, struct form_live *form, const char *json)
{
    struct ctx *cx = &sc->s.cx;
    struct submission_new in = {.form = form,
                                .body = tree(cx->a, str_of(json)),
                                .context = {.source = S("direct"),
                                            .ip = S("192.0.2.7"),
                                            .utm = value_map(cx->a),
                                            .fill_ms = -1},
                                .sender = &sc->sender};
    struct submission_done done = {0};
    err_clear(cx);
    cx->now_ms += MINUTE_MS;
    if (!capture_submit(cx, &in, &done))
        fail_msg("%s: %s %.*s", json, cx->err.key, STR_ARG(cx->err.detail));
    return done;
}

/* What there is about a lead. */
struct look {
    int64_t lead_id;
    struct lead lead;
    struct touchpoints touches;
    struct submission_rows submissions;
    struct mail_rows mails;
    struct consent_rows consents;
};

static bool look_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    return lead_load(cx, tx, l->lead_id, &l->lead) &&
           touchpoint_list(cx, tx, l->lead_id, 0, 0, 50, &l->touches) &&
           submission_of_lead(cx, tx, l->lead_id, 50, &l->submissions) &&
           post_list(cx, tx, 0, 50, &l->mails) && consent_list(cx, tx, l->lead_id, &l->consents);
}

static struct look look(struct scene *sc, int64_t lead_id)
{
    struct look l = {.lead_id = lead_id};
    err_clear(&sc->s.cx);
    assert_true(db_read(&sc->s.cx, look_read, &l));
    return l;
}

static int touches(const struct look *l, enum touchpoint_kind kind)
{
    int n = 0;
    for (ptrdiff_t i = 0; i < l->touches.count; i++) n += l->touches.row[i].kind == kind;
    return n;
}

/* The confirmation that a lead was last sent. */
static int64_t newest_confirmation(const struct look *l)
{
    for (ptrdiff_t i = 0; i < l->touches.count; i++)
        if (l->touches.row[i].kind == TOUCH_DOI_REQUESTED) return l->touches.row[i].object_id;
    fail_msg("no confirmation");
    return 0;
}

static enum link_kind click_on(struct scene *sc, int64_t confirmation_id)
{
    struct ctx *cx = &sc->s.cx;
    struct confirmation c = {.id = confirmation_id,
                             .expires_ms = STORE_NOW_MS + 7 * (int64_t)DAY_MS};
    struct contact_context context = {.ip = S("192.0.2.8"), .user_agent = S("Firefox")};
    static struct confirmation_view view;
    cx->now_ms += MINUTE_MS;
    if (!capture_confirm(cx, confirm_token(cx, &c), &context, &view))
        fail_msg("%s %.*s", cx->err.key, STR_ARG(cx->err.detail));
    return view.kind;
}

static enum link_kind click(struct scene *sc, int64_t lead_id)
{
    struct look l = look(sc, lead_id);
    return click_on(sc, newest_confirmation(&l));
}

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
    submit(&sc, &sc.newsletter, K ",\"company\":\"Neu GmbH\",\"city\":\"Kiel\"}");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_address_becomes_a_lead_that_waits_for_its_click),
        cmocka_unit_test(an_empty_box_asks_for_nothing_but_the_address),
        cmocka_unit_test(an_unproved_lead_gets_only_its_gaps_filled),
        cmocka_unit_test(a_proved_lead_is_left_alone_until_the_click),
        cmocka_unit_test(five_mails_a_day_are_enough),
        cmocka_unit_test(who_writes_again_comes_back_from_the_trash),
        cmocka_unit_test(a_consent_does_not_follow_to_another_address),
        cmocka_unit_test(a_link_to_an_address_the_lead_no_longer_has_is_past),
        cmocka_unit_test(an_older_link_of_the_same_form_gives_way_to_the_newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
