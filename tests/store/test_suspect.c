/* What is held back: whole, the same answer, released or gone. */
#include "capture_case.h"

#include "base/tz.h"
#include "dossier/dossier.h"
#include "spam/suspect.h"
#include "spam/suspect_jobs.h"

#include <string.h>

/* Sent with the hidden field filled in, or as it should be. */
static struct submission_done submit_as(struct scene *sc, struct form_live *form, const char *json,
                                        bool honeypot)
{
    struct origin origin = {
        .signals = {.stamp = STAMP_GOOD, .fill_ms = 9000, .honeypot = honeypot}};
    struct submission_new in = filled_in(sc, form, json);
    in.context.page_url = S("https://zulauf.example/f/x");
    in.context.user_agent = S("Firefox");
    in.context.fill_ms = 9000;
    in.origin = &origin;
    return hand_in(sc, &in);
}

#define K "{\"email\":\"k@firma.example\""

struct held {
    struct suspects rows;
    int64_t count, leads;
};

static bool held_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct held *h = arg;
    return suspect_page(cx, tx, 0, 0, 50, &h->rows) && suspect_count(cx, tx, 0, &h->count) &&
           lead_count(cx, tx, LEAD_ACTIVE, &h->leads);
}

static struct held held(struct scene *sc)
{
    struct held h = {0};
    err_clear(&sc->s.cx);
    assert_true(db_read(&sc->s.cx, held_read, &h));
    return h;
}

static void what_is_suspect_gets_the_same_answer_and_makes_no_lead(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct submission_done bad =
        submit_as(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}", true);
    struct held h = held(&sc);
    assert_true(bad.confirm);
    assert_str("address", bad.email, S("k@firma.example"));
    assert_int_equal(bad.lead_id, 0);
    assert_int_equal(h.leads, 0);
    assert_int_equal(h.count, 1);
    assert_int_equal(h.rows.row[0].reasons, 1u << SUSPECT_HONEYPOT);
    assert_int_equal(h.rows.row[0].form_id, sc.newsletter.form.id);
    struct value seen = suspect_value(&sc.s.cx, h.rows.row[0].body);
    assert_str("email", value_str(value_at(seen, S("fields.email"))), S("k@firma.example"));
    submit_as(&sc, &sc.newsletter, K "}", false);
    assert_int_equal(held(&sc).leads, 1);
    store_close(&sc.s);
}

static void what_is_released_comes_in_as_if_it_had_come(void **state)
{
    (void)state;
    struct scene sc;
    struct ctx *cx = &sc.s.cx;
    scene_open(&sc);
    struct submission_done bad = submit_as(
                               &sc, &sc.newsletter,
                               K ",\"first_name\":\"Karla\",\"consent.newsletter.email\":\"yes\"}",
                               true),
                           good;
    int64_t came = cx->now_ms;
    cx->now_ms += DAY_MS;
    assert_true(capture_release(cx, bad.id, S("https://zulauf.example"), &good));
    assert_int_equal(good.id, bad.id);
    struct look l = look(&sc, good.lead_id);
    assert_int_equal(l.submissions.count, 1);
    assert_int_equal(l.submissions.row[0].at_ms, came);
    assert_int_equal(l.submissions.row[0].state, SUBMISSION_WAITING);
    assert_str("name", l.lead.text[SLOT_FIRST_NAME], S("Karla"));
    assert_int_equal(l.mails.count, 1);
    assert_int_equal(l.consents.count, 1);
    assert_int_equal(touches(&l, TOUCH_DOI_REQUESTED), 1);
    assert_int_equal(held(&sc).count, 0);
    /* Once. */
    assert_false(capture_release(cx, bad.id, S("https://zulauf.example"), &good));
    assert_int_equal(cx->err.code, ERR_NOT_FOUND);
    store_close(&sc.s);
}

/* Nothing that the form does not ask for: who is suspect does not fill the disk. */
static void what_nobody_asked_for_is_not_kept(void **state)
{
    (void)state;
    struct scene sc;
    struct ctx *cx = &sc.s.cx;
    enum { MUCH = 100000 };
    scene_open(&sc);
    char *much = NEW(cx->a, char, MUCH + 1);
    memset(much, 'x', MUCH);
    submit_as(
        &sc, &sc.newsletter,
        str_cstr(cx->a, str_printf(cx->a,
                                   K ",\"city\":\"Kiel\",\"consent.newsletter.email\":\"yes\","
                                     "\"more\":\"%s\",\"fields.x\":{\"a\":\"%s\"}}",
                                   much, much)),
        true);
    struct value kept = value_get(tree(cx->a, held(&sc).rows.row[0].body), S("body"));
    assert_str("city", value_str(value_get(kept, S("city"))), S("Kiel"));
    assert_str("consent", value_str(value_get(kept, S("consent.newsletter.email"))), S("yes"));
    assert_int_equal(value_count(kept), 3);
    submit_as(&sc, &sc.newsletter, "{\"fields\":{\"email\":\"k@firma.example\",\"more\":1}}", true);
    kept = value_get(tree(cx->a, held(&sc).rows.row[0].body), S("body"));
    assert_int_equal(value_count(value_get(kept, S("fields"))), 1);
    store_close(&sc.s);
}

static bool events_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct consent_event_rows *rows = arg;
    int64_t lead_id = rows->count;
    return consent_events(cx, tx, lead_id, rows);
}

static void the_proof_tells_when_it_came_and_over_which_network(void **state)
{
    (void)state;
    struct scene sc;
    struct ctx *cx = &sc.s.cx;
    scene_open(&sc);
    struct submission_done done =
        submit_as(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}", true);
    str came = rfc3339(cx->a, cx->now_ms);
    cx->now_ms += DAY_MS;
    assert_true(capture_release(cx, done.id, S("https://zulauf.example"), &done));
    struct consent_event_rows rows = {.count = done.lead_id};
    assert_true(db_read(cx, events_read, &rows));
    assert_int_equal(rows.count, 1);
    struct value facts = tree(cx->a, rows.row[0].facts), network = tree(cx->a, rows.row[0].network);
    assert_str("at", value_str(value_get(facts, S("at"))), came);
    assert_str("released", value_str(value_get(facts, S("released_at"))),
               rfc3339(cx->a, cx->now_ms));
    assert_str("ip", value_str(value_get(network, S("ip"))), S("192.0.2.7"));
    assert_str("agent", value_str(value_get(network, S("user_agent"))), S("Firefox"));
    store_close(&sc.s);
}

struct renewal {
    int64_t form_id;
    const char *json;
    struct form_live *out;
};

static bool renew_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct renewal *r = arg;
    static struct form_def def;
    def = (struct form_def){0};
    return form_def_read(cx, tree(cx->a, str_of(r->json)), &def) &&
           form_change(cx, tx, r->form_id, S("newsletter"), S("newsletter"), &def) &&
           form_publish(cx, tx, r->form_id) && form_live_by_id(cx, tx, r->form_id, r->out);
}

static void renew(struct scene *sc, const char *json, struct form_live *out)
{
    struct renewal r = {sc->newsletter.form.id, json, out};
    sc->s.cx.now_ms += MINUTE_MS;
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, renew_write, &r));
}

struct shown {
    const struct form_live *live;
    int64_t version_id;
    struct form_live out;
};

static bool shown_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct shown *s = arg;
    bool found;
    return form_as_shown(cx, tx, s->live, s->version_id, &s->out, &found) && found;
}

/* A page of the first version, sent after the second, released after the third: the city is asked
 * for by the second alone. */
static void what_is_released_consents_to_the_text_that_was_shown(void **state)
{
    (void)state;
    static struct scene sc;
    static struct form_live second, third;
    static struct shown s;
    struct ctx *cx = &sc.s.cx;
    struct origin origin = {.signals = {.stamp = STAMP_GOOD, .fill_ms = 9000, .honeypot = true}};
    struct submission_done done;
    scene_open(&sc);
    renew(&sc,
          "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
          "{\"key\":\"city\",\"required\":true}],\"consents\":[{\"purpose\":\"newsletter\","
          "\"text\":\"Ein zweiter Text.\"}]}",
          &second);
    s = (struct shown){.live = &second, .version_id = sc.newsletter.version_id};
    assert_true(db_read(cx, shown_read, &s));
    struct submission_new in =
        filled_in(&sc, &s.out, K ",\"city\":\"Kiel\",\"consent.newsletter.email\":\"yes\"}");
    in.names_version = true;
    in.fields_version_id = second.version_id;
    in.origin = &origin;
    done = hand_in(&sc, &in);
    renew(&sc,
          "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
          "{\"key\":\"company\",\"required\":true}],\"consents\":[{\"purpose\":\"newsletter\","
          "\"text\":\"Ein dritter Text.\"}]}",
          &third);
    err_clear(cx);
    assert_true(capture_release(cx, done.id, S("https://zulauf.example"), &done));
    struct look l = look(&sc, done.lead_id);
    assert_str("city", l.lead.text[SLOT_CITY], S("Kiel"));
    assert_int_equal(l.consents.count, 1);
    assert_str("text", l.consents.row[0].wording_text, S("Ja, ich will den Newsletter."));
    struct consent_event_rows rows = {.count = done.lead_id};
    assert_true(db_read(cx, events_read, &rows));
    struct value facts = tree(cx->a, rows.row[0].facts);
    assert_int_equal(value_get(facts, S("form_version")).as.integer, 1);
    assert_str("from", value_str(value_get(facts, S("version_from"))), S("page"));
    assert_str("digest", value_str(value_get(facts, S("form_version_sha256"))),
               sc.newsletter.version_sha256);
    struct value box = value_get(facts, S("boxes")).as.list->item[0];
    assert_str("box", value_str(value_get(box, S("text"))), S("Ja, ich will den Newsletter."));
    store_close(&sc.s);
}

#define IN_COLOUR(colour)                                                                          \
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"                  \
    "\"look\":{\"brand_colour\":\"" colour "\"},\"consents\":[{\"purpose\":\"newsletter\","        \
    "\"text\":\"Ja, ich will den Newsletter.\"}]}"

struct mail_reading {
    int64_t id;
    struct mail mail;
    str mime;
};

static bool mail_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mail_reading *m = arg;
    return post_load(cx, tx, m->id, &m->mail, &m->mime);
}

/* The look that came with the version, and neither the workspace's nor a later one. */
static void what_is_released_wears_the_look_that_was_shown(void **state)
{
    (void)state;
    static struct scene sc;
    static struct form_live coloured, later;
    struct ctx *cx = &sc.s.cx;
    scene_open(&sc);
    renew(&sc, IN_COLOUR("#7a1f5c"), &coloured);
    struct submission_done done =
        submit_as(&sc, &coloured, K ",\"consent.newsletter.email\":\"yes\"}", true);
    renew(&sc, IN_COLOUR("#114488"), &later);
    err_clear(cx);
    assert_true(capture_release(cx, done.id, S("https://zulauf.example"), &done));
    struct consent_event_rows rows = {.count = done.lead_id};
    assert_true(db_read(cx, events_read, &rows));
    struct value worn = value_get(tree(cx->a, rows.row[0].facts), S("look"));
    assert_str("proof", value_str(value_get(worn, S("brand_colour"))), S("#7a1f5c"));
    struct look l = look(&sc, done.lead_id);
    struct mail_reading mail = {.id = l.mails.row[0].id};
    assert_true(db_read(cx, mail_read, &mail));
    str whole = str_replace(cx->a, mail.mime, S("=\r\n"), S(""));
    assert_true(str_find(whole, S("#7a1f5c")) > 0);
    assert_true(str_find(whole, S("#114488")) < 0);
    store_close(&sc.s);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, *(const int64_t *)arg);
}

static void who_is_erased_is_erased_in_quarantine_too(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    submit_as(&sc, &sc.contact, "{\"email\":\"other@firma.example\"}", true);
    submit_as(&sc, &sc.contact, K "}", true);
    submit_as(&sc, &sc.newsletter, K "}", true);
    int64_t lead = submit_as(&sc, &sc.contact, K "}", false).lead_id;
    assert_int_equal(held(&sc).count, 3);
    assert_true(db_write(&sc.s.cx, DB_INTERACTIVE, erase_write, &lead));
    struct held h = held(&sc);
    assert_int_equal(h.count, 1);
    struct value seen = suspect_value(&sc.s.cx, h.rows.row[0].body);
    assert_str("left", value_str(value_at(seen, S("fields.email"))), S("other@firma.example"));
    store_close(&sc.s);
}

static void what_nobody_releases_goes_after_thirty_days(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    struct job job = {0};
    struct ctx *cx = &sc.s.cx;
    submit_as(&sc, &sc.contact, K "}", true);
    cx->now_ms += 29 * (int64_t)DAY_MS;
    submit_as(&sc, &sc.contact, K "}", true);
    assert_true(suspect_jobs[0].run(cx, &job));
    cx->workspace_id = STORE_WORKSPACE;
    assert_int_equal(held(&sc).count, 2);
    cx->now_ms += 2 * (int64_t)DAY_MS;
    assert_true(suspect_jobs[0].run(cx, &job));
    cx->workspace_id = STORE_WORKSPACE;
    assert_int_equal(held(&sc).count, 1);
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_asked_for_is_not_kept),
        cmocka_unit_test(what_is_suspect_gets_the_same_answer_and_makes_no_lead),
        cmocka_unit_test(what_is_released_comes_in_as_if_it_had_come),
        cmocka_unit_test(what_is_released_consents_to_the_text_that_was_shown),
        cmocka_unit_test(what_is_released_wears_the_look_that_was_shown),
        cmocka_unit_test(the_proof_tells_when_it_came_and_over_which_network),
        cmocka_unit_test(who_is_erased_is_erased_in_quarantine_too),
        cmocka_unit_test(what_nobody_releases_goes_after_thirty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
