/* Demo data: the same for the same seed, true to the program's own rules, and reaching nobody. */
#include "texts_case.h"

#include "access/access_types.h"
#include "audit/audit.h"
#include "base/crypto.h"
#include "bell/bell.h"
#include "consent/consent.h"
#include "demo/demo.h"
#include "form/form_funnel.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "post/post.h"
#include "spam/suspect.h"
#include "sql.h"
#include "tally/tally.h"

#include <string.h>

enum { LEADS = 700, EVENTS = 6000 };

struct place {
    struct store s;
    struct key_ring ring;
    struct bulk_schema schema;
    struct demo_result result;
    struct texts texts; /* mails are made of them */
};

static void place_open(struct place *p)
{
    assert_true(crypto_init());
    store_open(&p->s);
    key_ring_new(&p->ring, STORE_NOW_MS);
    p->s.cx.keys = &p->ring;
    texts_load(&p->s, &p->texts);
    assert_true(bulk_schema_read(&p->s.cx, &p->schema));
    assert_true(store_script(
        &p->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"));
    db_close(p->s.cx.db);
    p->s.cx.db = NULL;
}

static struct bulk *opened(struct place *p, enum bulk_use use)
{
    struct bulk *b = NULL;
    str url = str_of(p->s.url);
    struct bulk_options o = {.where = url.len > 0 ? url : store_path(&p->s), .use = use};
    if (!bulk_open(&p->s.cx, &o, &b)) fail_msg("%.*s", STR_ARG(p->s.cx.err.detail));
    return b;
}

static bool filled(struct place *p, int64_t seed)
{
    struct demo_options o = {
        .leads = LEADS, .events = EVENTS, .seed = seed, .now_ms = STORE_NOW_MS};
    struct bulk *b = opened(p, BULK_FRESH);
    bool good = demo_fill(&p->s.cx, b, &p->schema, &o, &p->result) && bulk_finish(&p->s.cx, b);
    bulk_close(b);
    return good;
}

static void place_fill(struct place *p, int64_t seed)
{
    place_open(p);
    if (!filled(p, seed)) fail_msg("%.*s", STR_ARG(p->s.cx.err.detail));
    /* A fresh context, but the keys are still these. */
    store_reopen(&p->s);
    p->s.cx.keys = &p->ring;
    assert_true(bulk_schema_read(&p->s.cx, &p->schema));
}

static struct bulk_sum sum_of(struct place *p, const char *name)
{
    struct bulk_sum sum;
    struct bulk *b = opened(p, BULK_READ);
    const struct bulk_table *t = bulk_table_find(&p->schema, str_of(name));
    assert_non_null(t);
    assert_true(bulk_sum_read(&p->s.cx, b, t, &sum, NULL, NULL));
    bulk_close(b);
    return sum;
}

/* What neither keys nor chance have a part in. */
static const char *const plain_tables[] = {
    "lead",           "touchpoint", "lead_word",     "form",          "purpose",
    "form_version",   "wording",    "consent",       "setting",       "confirmation",
    "installation",   "campaign",   "campaign_cost", "campaign_form", "campaign_link",
    "campaign_click", "form_day",   "form_left",     "phase_event",   "handover",
    "app_user",       "membership", "owner_rule",    "sales_policy",  "absence",
    "logo",           "bell",       "form_handling", "mail_attempt"};

static void the_same_seed_gives_the_same_history(void **state)
{
    static struct place a, b;
    (void)state;
    place_fill(&a, 7);
    place_fill(&b, 7);
    for (ptrdiff_t i = 0; i < COUNTOF(plain_tables); i++) {
        struct bulk_sum left = sum_of(&a, plain_tables[i]), right = sum_of(&b, plain_tables[i]);
        if (left.rows == 0 || !bulk_sum_eq(&left, &right))
            fail_msg("%s: %lld rows, %lld rows", plain_tables[i], (long long)left.rows,
                     (long long)right.rows);
    }
    /* Keys of their own: the same addresses, hashed differently. */
    struct bulk_sum left = sum_of(&a, "identity"), right = sum_of(&b, "identity");
    assert_int_equal(left.rows, right.rows);
    assert_false(bulk_sum_eq(&left, &right));
    store_close(&a.s);
    store_close(&b.s);
}

static void another_seed_gives_another(void **state)
{
    static struct place a, b;
    (void)state;
    place_fill(&a, 7);
    place_fill(&b, 8);
    struct bulk_sum left = sum_of(&a, "lead"), right = sum_of(&b, "lead");
    assert_int_equal(left.rows, right.rows);
    assert_false(bulk_sum_eq(&left, &right));
    store_close(&a.s);
    store_close(&b.s);
}

static void there_are_as_many_as_were_asked_for(void **state)
{
    static struct place p;
    (void)state;
    place_fill(&p, 7);
    assert_int_equal(sum_of(&p, "lead").rows, LEADS);
    assert_int_equal(sum_of(&p, "lead_key").rows, LEADS);
    assert_int_equal(sum_of(&p, "touchpoint").rows, EVENTS);
    assert_int_equal(p.result.touchpoints, EVENTS);
    store_close(&p.s);
}

static void the_chain_holds_from_its_first_block(void **state)
{
    static struct place p;
    (void)state;
    place_fill(&p, 7);
    int64_t blocks, events, bad;
    assert_true(consent_chain_check(&p.s.cx, &blocks, &events, &bad));
    assert_int_equal(bad, 0);
    assert_int_equal(events, sum_of(&p, "consent_event").rows);
    assert_int_equal(blocks, sum_of(&p, "consent_block").rows);
    assert_true(events > LEADS / 2);
    store_close(&p.s);
}

/* --- every lead, as the program's own rooms see it --- */

struct look {
    struct leads leads;
    int may, opened, notes;
};

static bool reserved(str email)
{
    static const char *const ends[] = {".example", "@example.com", "@example.org", "@example.net"};
    for (ptrdiff_t i = 0; i < COUNTOF(ends); i++)
        if (str_ends(email, str_of(ends[i]))) return true;
    return false;
}

/* Numbers of Mitteilung Nr. 148/2021 of the Bundesnetzagentur. */
static bool fictional(str phone)
{
    static const char *const begins[] = {"030 23125 ", "069 90009 ",  "040 66969 ",  "0221 4710 ",
                                         "089 99998 ", "0171 39200 ", "0176 040690 "};
    for (ptrdiff_t i = 0; i < COUNTOF(begins); i++)
        if (str_starts(phone, str_of(begins[i]))) return true;
    return phone.len == 0;
}

static void look_at_address(struct ctx *cx, struct tx *tx, const struct lead *lead)
{
    enum email_state state;
    int64_t id, verified_ms;
    bool found = false;
    if (lead->email.len == 0) return;
    assert_true(reserved(lead->email));
    assert_true(lead_by_email(cx, tx, lead->email, &id, &state, &verified_ms, &found));
    assert_true(found && id == lead->id && state == lead->email_state);
}

/* The gate says what the list shows. */
static void look_at_permit(struct ctx *cx, struct tx *tx, const struct lead *lead,
                           struct look *look)
{
    struct consent_rows consents;
    struct permit permit;
    assert_true(consent_list(cx, tx, lead->id, &consents));
    for (ptrdiff_t i = 0; i < consents.count; i++) {
        if (consents.row[i].channel != CHANNEL_EMAIL) continue;
        bool wanted = lead->permit == MAY_YES && lead->email_state == EMAIL_VERIFIED;
        bool may = permit_advertising(cx, tx, lead, consents.row[i].purpose_id, &permit);
        err_clear(cx);
        assert_int_equal(may, wanted);
        look->may += may;
    }
}

static void look_at_proof(struct ctx *cx, struct tx *tx, const struct lead *lead, struct look *look)
{
    struct consent_event_rows events;
    struct lead_notes notes;
    assert_true(consent_events(cx, tx, lead->id, &events));
    for (ptrdiff_t i = 0; i < events.count; i++) {
        assert_true(events.row[i].facts.len > 0 && events.row[i].network.len > 0);
        assert_true(events.row[i].block_no > 0 && events.row[i].at_ms <= STORE_NOW_MS);
        look->opened++;
    }
    assert_true(lead_note_list(cx, tx, lead->id, &notes));
    for (ptrdiff_t i = 0; i < notes.count; i++) assert_true(notes.note[i].text.len > 0);
    look->notes += (int)notes.count;
}

static bool look_at_all(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *look = arg;
    if (!lead_export_list(cx, tx, 0, LEADS, &look->leads)) return false;
    for (ptrdiff_t i = 0; i < look->leads.count; i++) {
        const struct lead *lead = &look->leads.row[i];
        assert_true(lead->created_ms <= lead->last_ms && lead->last_ms <= STORE_NOW_MS);
        assert_true(lead->updated_ms <= STORE_NOW_MS && lead->display_name.len > 0);
        assert_true(fictional(lead->text[SLOT_PHONE]) && fictional(lead->text[SLOT_MOBILE]));
        look_at_address(cx, tx, lead);
        look_at_permit(cx, tx, lead, look);
        look_at_proof(cx, tx, lead, look);
    }
    return true;
}

static void every_lead_is_as_the_program_would_have_made_it(void **state)
{
    static struct place p;
    struct look look = {0};
    (void)state;
    place_fill(&p, 7);
    assert_true(db_read(&p.s.cx, look_at_all, &look));
    assert_true(look.leads.count > LEADS * 9 / 10);
    assert_true(look.may > LEADS / 10 && look.opened > LEADS / 2 && look.notes > 0);
    store_close(&p.s);
}

/* --- what its pages say --- */

/* How many of this form's are held back whole: each may be let in, and counts then. */
static bool held_of(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t *held)
{
    struct suspects s;
    *held = 0;
    if (!suspect_page(cx, tx, form_id, 0, 50, &s)) return false;
    for (ptrdiff_t i = 0; i < s.count; i++) *held += s.row[i].mail_id == 0;
    return true;
}

/* What was counted is more than what came of it, day for day, and whatever is let in. */
static bool look_at_funnels(struct ctx *cx, struct tx *tx, void *arg)
{
    struct form_rows forms;
    int64_t *left = arg;
    if (!form_page(cx, tx, 0, 10, &forms)) return false;
    assert_int_equal(forms.count, 4);
    for (ptrdiff_t i = 0; i < forms.count; i++) {
        struct form_funnel f;
        int64_t held;
        if (!form_funnel_load(cx, tx, forms.row[i].id, FUNNEL_DAYS, &f) ||
            !held_of(cx, tx, forms.row[i].id, &held))
            return false;
        assert_true(f.sum.views > f.sum.starts && f.sum.starts >= f.sum.submissions);
        assert_true(f.sum.submissions >= f.sum.confirmed && f.sum.confirmed > 0);
        assert_true(f.left_sum + held <= f.sum.starts - f.sum.submissions);
        for (ptrdiff_t d = 0; d < f.day_count; d++)
            assert_true(f.day[d].views >= f.day[d].starts &&
                        f.day[d].starts >= f.day[d].submissions);
        *left += f.left_sum;
    }
    return true;
}

static void the_way_through_each_form_adds_up(void **state)
{
    static struct place p;
    int64_t left = 0;
    (void)state;
    place_fill(&p, 7);
    assert_true(tally_recount(&p.s.cx)); /* as the server does when it first runs */
    assert_true(db_read(&p.s.cx, look_at_funnels, &left));
    assert_true(left > 0);
    store_close(&p.s);
}

/* --- what there is to do --- */

/* Somebody by a number in another column. */
struct person {
    int user, role;
    int64_t wanted, user_id;
};

static bool person_is(void *arg, const struct bulk_cell *cells)
{
    struct person *p = arg;
    if (cells[p->role].i64 == p->wanted) p->user_id = cells[p->user].i64;
    return p->user_id == 0;
}

/* The first of a role. */
static int64_t person_of(struct place *p, enum role role)
{
    const struct bulk_table *t = bulk_table_find(&p->schema, S("membership"));
    struct person who = {bulk_column_find(t, "user_id"), bulk_column_find(t, "role_kind"), role, 0};
    struct bulk *b = opened(p, BULK_READ);
    assert_true(bulk_scan(&p->s.cx, b, t, NULL, 100, person_is, &who));
    bulk_close(b);
    assert_true(who.user_id != 0);
    return who.user_id;
}

static bool look_at_notices(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t who = *(int64_t *)arg;
    struct bell_rows unread, seen;
    if (!bell_unread(cx, tx, who, &unread) || !bell_seen(cx, tx, who, 0, 50, &seen)) return false;
    assert_true(seen.count > 0);
    for (ptrdiff_t i = 0; i < unread.count + seen.count; i++) {
        const struct bell_row *r = i < unread.count ? &unread.row[i] : &seen.row[i - unread.count];
        assert_true(r->lead_name.len > 0 && r->at_ms <= STORE_NOW_MS + 1);
        assert_true(r->seen_ms == 0 || (r->seen_ms >= r->at_ms && r->seen_ms <= STORE_NOW_MS));
        assert_true(r->kind != BELL_ASSIGNED || r->by_name.len > 0);
        assert_true(r->kind != BELL_SUBMISSION || r->form_name.len > 0);
    }
    *(int64_t *)arg = unread.count;
    return true;
}

static void people_are_told_of_what_concerns_them(void **state)
{
    static struct place p;
    static const enum role roles[] = {ROLE_ADMINISTRATOR, ROLE_MARKETING, ROLE_SALES};
    (void)state;
    place_fill(&p, 7);
    for (ptrdiff_t i = 0; i < COUNTOF(roles); i++) {
        int64_t who = person_of(&p, roles[i]);
        assert_true(db_read(&p.s.cx, look_at_notices, &who));
        assert_true(roles[i] != ROLE_ADMINISTRATOR || who > 0);
    }
    store_close(&p.s);
}

static bool look_at_held(struct ctx *cx, struct tx *tx, void *arg)
{
    struct suspects held;
    uint32_t *reasons = arg;
    if (!suspect_page(cx, tx, 0, 0, 50, &held)) return false;
    for (ptrdiff_t i = 0; i < held.count; i++) {
        const struct suspect *s = &held.row[i];
        struct form_live *form = NEW(cx->a, struct form_live, 1);
        struct mail mail;
        str mime;
        *reasons |= s->reasons;
        assert_true(s->body.len > 0 && s->reasons != 0 && s->at_ms <= STORE_NOW_MS);
        assert_true(form_live_by_version(cx, tx, s->form_version_id, form));
        assert_int_equal(form->form.id, s->form_id);
        if (s->mail_id == 0) continue;
        assert_true(post_load(cx, tx, s->mail_id, &mail, &mime));
        assert_int_equal(mail.state, MAIL_REFUSED);
    }
    return true;
}

static void something_is_held_back_for_each_usual_reason(void **state)
{
    static struct place p;
    static const enum suspicion usual[] = {SUSPECT_HONEYPOT, SUSPECT_DOMAIN_THROWN,
                                           SUSPECT_NETWORK_OFTEN, SUSPECT_DOMAIN_NO_MAIL,
                                           SUSPECT_TOO_FAST};
    uint32_t reasons = 0;
    (void)state;
    place_fill(&p, 7);
    assert_true(db_read(&p.s.cx, look_at_held, &reasons));
    for (ptrdiff_t i = 0; i < COUNTOF(usual); i++) assert_true(reasons & 1u << usual[i]);
    store_close(&p.s);
}

/* --- what was done --- */

static bool look_at_log(struct ctx *cx, struct tx *tx, void *arg)
{
    static const char *const done[] = {"session.begin",      "form.publish",      "lead.phase",
                                       "submission.release", "submission.delete", "campaign.create",
                                       "workspace.demo"};
    (void)arg;
    for (ptrdiff_t i = 0; i < COUNTOF(done); i++) {
        struct audit_filter filter = {.action = str_of(done[i]), .limit = 50};
        struct audit_rows rows;
        if (!audit_list(cx, tx, &filter, &rows)) return false;
        assert_true(rows.count > 0);
        bool told = !str_eq(filter.action, S("session.begin")) && i < COUNTOF(done) - 1;
        for (ptrdiff_t k = 0; k < rows.count; k++)
            assert_true(rows.row[k].at_ms <= STORE_NOW_MS &&
                        value_is_null(rows.row[k].detail) == !told);
    }
    return true;
}

static void the_log_tells_who_did_it_and_its_chain_holds(void **state)
{
    static struct place p;
    int64_t entries, bad;
    str last;
    (void)state;
    place_fill(&p, 7);
    assert_true(audit_check(&p.s.cx, &entries, &bad, &last));
    assert_int_equal(bad, 0);
    assert_int_equal(entries, sum_of(&p, "audit").rows);
    assert_true(db_read(&p.s.cx, look_at_log, NULL));
    store_close(&p.s);
}

static bool audit_one(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return audit_write(cx, tx, "user.add", "user", 5, 0, value_null());
}

static void a_log_that_has_entries_is_gone_on_with(void **state)
{
    static struct place p;
    int64_t entries, bad;
    str last;
    (void)state;
    place_open(&p);
    store_reopen(&p.s);
    p.s.cx.keys = &p.ring;
    assert_true(db_write(&p.s.cx, DB_INTERACTIVE, audit_one, NULL));
    db_close(p.s.cx.db);
    p.s.cx.db = NULL;
    assert_true(bulk_schema_read(&p.s.cx, &p.schema));
    assert_true(filled(&p, 7));
    store_reopen(&p.s);
    p.s.cx.keys = &p.ring;
    assert_true(audit_check(&p.s.cx, &entries, &bad, &last));
    assert_int_equal(entries, 2);
    assert_int_equal(bad, 0);
    store_close(&p.s);
}

/* --- nothing has left --- */

static bool look_at_outbox(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mail_rows mails;
    int *held = arg;
    if (!post_list(cx, tx, 0, 50, &mails)) return false;
    for (ptrdiff_t i = 0; i < mails.count; i++) {
        struct mail mail;
        str mime;
        assert_true(mails.row[i].state == MAIL_HELD || mails.row[i].state == MAIL_REFUSED);
        assert_true(post_load(cx, tx, mails.row[i].id, &mail, &mime));
        assert_true(str_find(mime, S("multipart/")) > 0 && reserved(mail.to));
        *held += mail.state == MAIL_HELD;
    }
    return true;
}

static void mails_lie_in_the_outbox_and_none_was_sent(void **state)
{
    static struct place p;
    int held = 0;
    (void)state;
    place_fill(&p, 7);
    assert_true(db_read(&p.s.cx, look_at_outbox, &held));
    assert_true(held > 30);
    const struct bulk_table *t = bulk_table_find(&p.schema, S("touchpoint"));
    struct person sent = {bulk_column_find(t, "lead_id"), bulk_column_find(t, "touchpoint_kind"),
                          TOUCH_MAIL_SENT, 0};
    struct bulk *b = opened(&p, BULK_READ);
    assert_true(bulk_scan(&p.s.cx, b, t, NULL, INT64_MAX, person_is, &sent));
    bulk_close(b);
    assert_int_equal(sent.user_id, 0);
    store_close(&p.s);
}

static void an_installation_with_leads_is_refused(void **state)
{
    static struct place p;
    (void)state;
    place_fill(&p, 7);
    db_close(p.s.cx.db);
    p.s.cx.db = NULL;
    struct bulk_sum before = sum_of(&p, "lead");
    assert_false(filled(&p, 8));
    assert_int_equal(p.s.cx.err.code, ERR_CONFLICT);
    struct bulk_sum after = sum_of(&p, "lead");
    assert_true(bulk_sum_eq(&before, &after));
    store_close(&p.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_history),
        cmocka_unit_test(another_seed_gives_another),
        cmocka_unit_test(there_are_as_many_as_were_asked_for),
        cmocka_unit_test(the_chain_holds_from_its_first_block),
        cmocka_unit_test(every_lead_is_as_the_program_would_have_made_it),
        cmocka_unit_test(the_way_through_each_form_adds_up),
        cmocka_unit_test(people_are_told_of_what_concerns_them),
        cmocka_unit_test(something_is_held_back_for_each_usual_reason),
        cmocka_unit_test(the_log_tells_who_did_it_and_its_chain_holds),
        cmocka_unit_test(a_log_that_has_entries_is_gone_on_with),
        cmocka_unit_test(mails_lie_in_the_outbox_and_none_was_sent),
        cmocka_unit_test(an_installation_with_leads_is_refused),
    };
    return cmocka_run_group_tests_name("demo", tests, NULL, NULL);
}
