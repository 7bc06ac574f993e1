/* What the click in a mail confirms: the mailbox, and what goes there; never a telephone number. */
#include "store/capture_case.h"

#define BOX(channel)                                                                               \
    "{\"purpose\":\"news\",\"channel\":\"" channel "\",\"text\":\"Ja, so ist es mir recht.\"}"

static const char FORM[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},{\"key\":\"phone\"},"
    "{\"key\":\"mobile\"},{\"key\":\"city\"}],\"consents\":[" BOX("email") "," BOX("phone") "," BOX(
        "post") "," BOX("sms") "]}";

#define SENT                                                                                       \
    "{\"email\":\"k@firma.example\",\"phone\":\"0345 11111\",\"mobile\":\"0171 5550155\","         \
    "\"city\":\"Halle\","
#define TICK(channel) "\"consent.news." channel "\":\"yes\""

struct channels {
    struct scene sc;
    struct form_live form;
};

static void channels_open(struct channels *c)
{
    scene_open(&c->sc);
    struct publish p = {"kanaele", FORM, &c->form};
    assert_true(db_write(&c->sc.s.cx, DB_INTERACTIVE, publish_write, &p));
}

/* All steps of a lead's consents. */
struct steps {
    int64_t lead_id;
    struct consent_event_rows events;
};

static bool steps_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct steps *s = arg;
    return consent_events(cx, tx, s->lead_id, &s->events);
}

static const struct consent_row *consent_over(const struct look *l, enum channel channel)
{
    for (ptrdiff_t i = 0; i < l->consents.count; i++)
        if (l->consents.row[i].channel == channel) return &l->consents.row[i];
    fail_msg("no consent over %s", channel_name(channel));
    return NULL;
}

/* What the newest step of that kind says; a null value: there is none. */
static struct value facts_of(struct scene *sc, int64_t lead_id, enum channel channel,
                             enum consent_event_kind kind)
{
    struct look l = look(sc, lead_id);
    struct steps s = {.lead_id = lead_id};
    struct value facts = value_null();
    assert_true(db_read(&sc->s.cx, steps_read, &s));
    for (ptrdiff_t i = 0; i < s.events.count; i++)
        if (s.events.row[i].consent_id == consent_over(&l, channel)->id &&
            s.events.row[i].kind == kind)
            facts = tree(sc->s.cx.a, s.events.row[i].facts);
    return facts;
}

static void assert_numbers(struct value facts, const char *phone, const char *mobile)
{
    assert_int_equal(facts.type, VALUE_MAP);
    assert_str("phone", value_str(value_get(facts, S("phone"))), str_of(phone));
    assert_str("mobile", value_str(value_get(facts, S("mobile"))), str_of(mobile));
}

struct expiry {
    int count;
};

static bool expire_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return confirmation_expire(cx, tx, 10, &((struct expiry *)arg)->count);
}

static void a_click_opens_what_its_mailbox_can_speak_for(void **state)
{
    (void)state;
    static const struct {
        enum channel channel;
        enum consent_state state;
        enum consent_event_kind event, other;
    } rows[] = {
        {CHANNEL_EMAIL, CONSENT_CONFIRMED, EVENT_CONFIRMED, EVENT_AFFIRMED},
        {CHANNEL_POST, CONSENT_CONFIRMED, EVENT_CONFIRMED, EVENT_AFFIRMED},
        {CHANNEL_PHONE, CONSENT_REQUESTED, EVENT_AFFIRMED, EVENT_CONFIRMED},
        {CHANNEL_SMS, CONSENT_REQUESTED, EVENT_AFFIRMED, EVENT_CONFIRMED},
    };
    struct channels c;
    channels_open(&c);
    int64_t lead = submit(&c.sc, &c.form,
                          SENT TICK("email") "," TICK("phone") "," TICK("post") "," TICK("sms") "}")
                       .lead_id;
    assert_int_equal(click(&c.sc, lead), LINK_DONE);
    struct look l = look(&c.sc, lead);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        const struct consent_row *row = consent_over(&l, rows[i].channel);
        if (row->state != rows[i].state || (row->confirmed_ms > 0) != (row->state == 2))
            fail_msg("%s: %s", channel_name(rows[i].channel), consent_state_name(row->state));
        struct value said = facts_of(&c.sc, lead, rows[i].channel, rows[i].event);
        assert_str("method", value_str(value_get(said, S("method"))), S("double_opt_in"));
        assert_int_equal(facts_of(&c.sc, lead, rows[i].channel, rows[i].other).type, VALUE_NULL);
    }
    assert_int_equal(touches(&l, TOUCH_CONSENT_CONFIRMED), 2);
    assert_int_equal(l.lead.permit, MAY_YES);
    /* The link was used: the seven days of the request end nothing. */
    struct expiry e = {0};
    c.sc.s.cx.now_ms += 30 * (int64_t)DAY_MS;
    assert_true(db_write(&c.sc.s.cx, DB_INTERACTIVE, expire_write, &e));
    l = look(&c.sc, lead);
    assert_int_equal(consent_over(&l, CHANNEL_PHONE)->state, CONSENT_REQUESTED);
    store_close(&c.sc.s);
}

static void the_number_that_was_typed_stands_in_request_and_click(void **state)
{
    (void)state;
    struct channels c;
    channels_open(&c);
    int64_t lead = submit(&c.sc, &c.form, SENT TICK("phone") "}").lead_id;
    assert_numbers(facts_of(&c.sc, lead, CHANNEL_PHONE, EVENT_REQUESTED), "0345 11111",
                   "0171 5550155");
    assert_int_equal(click(&c.sc, lead), LINK_DONE);
    assert_numbers(facts_of(&c.sc, lead, CHANNEL_PHONE, EVENT_AFFIRMED), "0345 11111",
                   "0171 5550155");
    store_close(&c.sc.s);
}

/* The old link is over: the new one asks for the same numbers. */
static void the_number_stands_in_a_renewed_request(void **state)
{
    (void)state;
    struct channels c;
    channels_open(&c);
    struct ctx *cx = &c.sc.s.cx;
    int64_t lead = submit(&c.sc, &c.form, SENT TICK("sms") "}").lead_id;
    struct contact_context context = {.ip = S("192.0.2.9"), .user_agent = S("Firefox")};
    cx->now_ms += 8 * (int64_t)DAY_MS;
    assert_true(capture_send_again(cx, S(""), S("k@firma.example"), &context, &c.sc.sender));
    struct value facts = facts_of(&c.sc, lead, CHANNEL_SMS, EVENT_REQUESTED);
    assert_true(value_get(facts, S("renewed")).as.boolean);
    assert_numbers(facts, "0345 11111", "0171 5550155");
    store_close(&c.sc.s);
}

static void no_number_is_kept_where_no_box_is_about_it(void **state)
{
    (void)state;
    struct channels c;
    channels_open(&c);
    int64_t lead = submit(&c.sc, &c.form, SENT TICK("email") "," TICK("post") "}").lead_id;
    assert_int_equal(click(&c.sc, lead), LINK_DONE);
    static const enum consent_event_kind kinds[] = {EVENT_REQUESTED, EVENT_CONFIRMED};
    for (ptrdiff_t i = 0; i < COUNTOF(kinds); i++) {
        struct value facts = facts_of(&c.sc, lead, CHANNEL_EMAIL, kinds[i]);
        assert_int_equal(facts.type, VALUE_MAP);
        assert_int_equal(value_get(facts, S("phone")).type, VALUE_NULL);
        assert_int_equal(value_get(facts, S("mobile")).type, VALUE_NULL);
    }
    store_close(&c.sc.s);
}

/* A signature under the sentence confirms calls; the click that follows takes nothing back. */
static void what_a_signature_confirmed_stays_so_after_the_click(void **state)
{
    (void)state;
    struct channels c;
    channels_open(&c);
    struct stand_visit visit = {.kiosk = S("ki_0000000000001"),
                                .stand = S("LogiMAT"),
                                .staff = S("Anna"),
                                .entered_by = S("visitor"),
                                .note = S(""),
                                .signature = value_map(c.sc.s.cx.a)};
    value_set_text(visit.signature, "path", S("M1 1L2 2L3 3"));
    struct submission_new in =
        filled_in(&c.sc, &c.form,
                  "{\"fields\":{\"email\":\"s@firma.example\",\"phone\":\"0345 22222\"},"
                  "\"consents\":[\"news:phone\",\"news:sms\"]}");
    in.visit = &visit;
    int64_t lead = hand_in(&c.sc, &in).lead_id;
    struct value facts = facts_of(&c.sc, lead, CHANNEL_PHONE, EVENT_CONFIRMED);
    assert_str("number", value_str(value_get(facts, S("phone"))), S("0345 22222"));
    assert_int_equal(click(&c.sc, lead), LINK_DONE);
    struct look l = look(&c.sc, lead);
    assert_int_equal(consent_over(&l, CHANNEL_PHONE)->state, CONSENT_CONFIRMED);
    assert_int_equal(consent_over(&l, CHANNEL_SMS)->state, CONSENT_REQUESTED);
    store_close(&c.sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_click_opens_what_its_mailbox_can_speak_for),
        cmocka_unit_test(the_number_that_was_typed_stands_in_request_and_click),
        cmocka_unit_test(the_number_stands_in_a_renewed_request),
        cmocka_unit_test(no_number_is_kept_where_no_box_is_about_it),
        cmocka_unit_test(what_a_signature_confirmed_stays_so_after_the_click),
    };
    return cmocka_run_group_tests_name("channels", tests, NULL, NULL);
}
