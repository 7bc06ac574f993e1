/* What is held back: whole, the same answer, released or gone. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/tz.h"
#include "capture/capture_inner.h"
#include "consent/consent.h"
#include "dossier/dossier.h"
#include "form/form_rules.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "spam/suspect.h"
#include "spam/suspect_jobs.h"
#include "sql.h"
#include "web/embedded.h"
#include "web/render.h"

#include <string.h>

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

/* Sent with the hidden field filled in, or as it should be. */
static struct submission_done submit(struct scene *sc, struct form_live *form, const char *json,
                                     bool honeypot)
{
    struct ctx *cx = &sc->s.cx;
    struct origin origin = {
        .signals = {.stamp = STAMP_GOOD, .fill_ms = 9000, .honeypot = honeypot}};
    struct submission_new in = {.form = form,
                                .body = tree(cx->a, str_of(json)),
                                .context = {.source = S("direct"),
                                            .page_url = S("https://zulauf.example/f/x"),
                                            .ip = S("192.0.2.7"),
                                            .user_agent = S("Firefox"),
                                            .utm = value_map(cx->a),
                                            .fill_ms = 9000},
                                .sender = &sc->sender,
                                .origin = &origin};
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
        submit(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}", true);
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
    submit(&sc, &sc.newsletter, K "}", false);
    assert_int_equal(held(&sc).leads, 1);
    store_close(&sc.s);
}

static void what_is_released_comes_in_as_if_it_had_come(void **state)
{
    (void)state;
    struct scene sc;
    struct ctx *cx = &sc.s.cx;
    scene_open(&sc);
    struct submission_done bad = submit(
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
    submit(&sc, &sc.newsletter,
           str_cstr(cx->a, str_printf(cx->a,
                                      K ",\"city\":\"Kiel\",\"consent.newsletter.email\":\"yes\","
                                        "\"more\":\"%s\",\"fields.x\":{\"a\":\"%s\"}}",
                                      much, much)),
           true);
    struct value kept = value_get(tree(cx->a, held(&sc).rows.row[0].body), S("body"));
    assert_str("city", value_str(value_get(kept, S("city"))), S("Kiel"));
    assert_str("consent", value_str(value_get(kept, S("consent.newsletter.email"))), S("yes"));
    assert_int_equal(value_count(kept), 3);
    submit(&sc, &sc.newsletter, "{\"fields\":{\"email\":\"k@firma.example\",\"more\":1}}", true);
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
        submit(&sc, &sc.newsletter, K ",\"consent.newsletter.email\":\"yes\"}", true);
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

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, *(const int64_t *)arg);
}

static void who_is_erased_is_erased_in_quarantine_too(void **state)
{
    (void)state;
    struct scene sc;
    scene_open(&sc);
    submit(&sc, &sc.contact, "{\"email\":\"other@firma.example\"}", true);
    submit(&sc, &sc.contact, K "}", true);
    submit(&sc, &sc.newsletter, K "}", true);
    int64_t lead = submit(&sc, &sc.contact, K "}", false).lead_id;
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
    submit(&sc, &sc.contact, K "}", true);
    cx->now_ms += 29 * (int64_t)DAY_MS;
    submit(&sc, &sc.contact, K "}", true);
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
        cmocka_unit_test(the_proof_tells_when_it_came_and_over_which_network),
        cmocka_unit_test(who_is_erased_is_erased_in_quarantine_too),
        cmocka_unit_test(what_nobody_releases_goes_after_thirty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
