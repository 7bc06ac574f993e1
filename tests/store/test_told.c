/* Whoever sees some leads only is told numbers of these alone; what cannot be told so is left out:
 * figure by figure of today's page, of forms and of campaigns. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/permission.h"
#include "campaign/campaign.h"
#include "campaign/campaign_value.h"
#include "form/form_funnel.h"
#include "report/report.h"
#include "sql.h"
#include "tally/tally.h"

enum { KAI = 7, ANNA = 8, FORM = 500, CAMPAIGN = 600, MINUTE = 60000 };

#define WEEK INT64_C(604800000)

static const struct {
    int64_t id, owner, state, created_ms;
} leads[] = {
    {1001, KAI, 0, STORE_NOW_MS - MINUTE},       {1002, KAI, 0, STORE_NOW_MS - 2 * MINUTE},
    {1003, ANNA, 0, STORE_NOW_MS - MINUTE},      {1004, ANNA, 0, STORE_NOW_MS - MINUTE},
    {1005, ANNA, 0, STORE_NOW_MS - MINUTE},      {1006, 0, 0, STORE_NOW_MS - MINUTE},
    {1007, ANNA, 0, STORE_NOW_MS - WEEK - 9999}, {1008, 0, 0, STORE_NOW_MS - WEEK - 9999},
    {1009, KAI, 4, STORE_NOW_MS - MINUTE}, /* applied for a job */
};

static void fill(struct store *s)
{
    struct ctx *cx = &s->cx;
    assert_true(store_script(
        s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'Zulauf', '', 0);"
           "INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, "
           "created_ms, updated_ms) VALUES (1, 500, 'f', 'Formular', 0, 0, '{}', 0, 0);"
           "INSERT INTO campaign (workspace_id, id, code, name, channel, from_day, to_day, "
           "currency, budget_cents, goal_leads_n, goal_cost_cents, owner_user_id, note, "
           "archived_ms, created_ms, updated_ms, version_no) VALUES (1, 600, 'c', 'Messe', "
           "'fair', 1, 0, 'EUR', 0, 0, 0, 0, '', 0, 0, 0, 1);"
           "INSERT INTO campaign_form (workspace_id, form_id, campaign_id) VALUES (1, 500, 600);"
           "INSERT INTO suspect (workspace_id, id, form_id, form_version_id, at_ms, reasons_n, "
           "email_n, body, body_key) VALUES (1, 1, 500, 0, 0, 1, 0, x'00', x'00')"));
    for (ptrdiff_t i = 0; i < COUNTOF(leads); i++) {
        /* Each sent the form just now, asked for a confirmation and has not answered. */
        str sql = str_printf(
            cx->a,
            "INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, "
            "display_name, name_sort, email, email_state, permit_state, permit_purpose, lang, "
            "source, first_contact, created_ms, updated_ms, last_ms, trashed_ms, version_no, "
            "owner_user_id, campaign_id) VALUES (1, %lld, %lld, %lld, 0, 'n', 'n', '', %d, 0, '', "
            "'de', 'Messe', '{}', %lld, 0, 0, 0, 1, %lld, 600);"
            "INSERT INTO submission (workspace_id, id, form_id, form_version_id, lead_id, at_ms, "
            "submission_state, answers) VALUES (1, %lld, 500, 0, %lld, %lld, %d, x'00');"
            "INSERT INTO confirmation (workspace_id, id, lead_id, submission_id, form_id, email, "
            "confirmation_state, requested_ms, expires_ms, answered_ms, sends_n, sent_ms) VALUES "
            "(1, %lld, %lld, 0, 500, '', 0, %lld, %lld, 0, 1, 0)",
            (long long)leads[i].id, (long long)leads[i].id, (long long)leads[i].state,
            leads[i].id % 2 == 0, (long long)leads[i].created_ms, (long long)leads[i].owner,
            (long long)(id_first(STORE_NOW_MS - MINUTE) + i), (long long)leads[i].id,
            (long long)(STORE_NOW_MS - MINUTE), leads[i].id % 2 == 0 ? 2 : 0,
            (long long)leads[i].id, (long long)leads[i].id, (long long)leads[i].created_ms,
            (long long)(STORE_NOW_MS + WEEK));
        assert_true(store_script(s, str_cstr(cx->a, sql)));
    }
    assert_true(tally_recount(cx));
}

static const struct person {
    const char *name;
    int64_t user_id;
    uint64_t bits;
    bool whole;
    int new_leads, waiting, sent, last;
    int64_t oldest_ms;
    bool comparable;
} people[] = {
    {"Kai, his own", KAI, 0, false, 2, 2, 2, 2, STORE_NOW_MS - 2 * MINUTE, false},
    {"Anna, her own", ANNA, 0, false, 3, 4, 4, 4, STORE_NOW_MS - WEEK - 9999, true},
    {"Kai, and those that are nobody's", KAI, MAY_READ_FREE_LEADS, false, 3, 4, 4, 4,
     STORE_NOW_MS - WEEK - 9999, false},
    {"somebody without any", 9, 0, false, 0, 0, 0, 0, 0, false},
    {"Kai, all", KAI, MAY_READ_ALL_LEADS, true, 6, 9, 8, 8, STORE_NOW_MS - WEEK - 9999, true},
};

static void be(struct store *s, const struct person *who)
{
    s->cx.actor = (struct actor){ACTOR_USER, who->user_id, 1, who->bits};
}

static bool today_read(struct ctx *cx, struct tx *tx, void *arg)
{
    static const struct report_place place = {.base_url = S_INIT("http://127.0.0.1:8080")};
    return report_today_load(cx, tx, &place, arg);
}

static void todays_page_counts_what_is_within_reach(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++) {
        const struct person *p = &people[i];
        struct report_today r;
        be(&s, p);
        print_message("%s\n", p->name);
        assert_true(db_read(&s.cx, today_read, &r));
        assert_int_equal(r.whole, p->whole);
        assert_int_equal(r.new_leads, p->new_leads);
        assert_int_equal(r.comparable, p->comparable);
        assert_int_equal(r.confirmations.waiting, p->waiting);
        assert_int_equal(r.confirmations.oldest_ms, p->oldest_ms);
        assert_int_equal(r.confirmations.requested, p->whole ? 7 : 0);
        assert_int_equal(r.submissions, p->sent);
        assert_int_equal(r.last.count, p->last);
        assert_int_equal(r.held, p->whole ? 1 : 0);
        assert_int_equal(r.forms.row[0].told, p->whole);
        assert_int_equal(r.forms.row[0].submissions, p->whole ? 9 : 0);
    }
    store_close(&s);
}

static bool funnel_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_funnel_load(cx, tx, FORM, FUNNEL_DAYS, arg);
}

static void a_forms_way_tells_of_submissions_only_who_sees_all(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    assert_true(store_script(&s, "INSERT INTO form_day (workspace_id, form_id, day_n, views_n, "
                                 "starts_n) VALUES (1, 500, 20254, 40, 20)"));
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++) {
        struct form_funnel f;
        be(&s, &people[i]);
        assert_true(db_read(&s.cx, funnel_read, &f));
        assert_int_equal(f.sum.views, 40);
        assert_int_equal(f.told, people[i].whole);
        assert_int_equal(f.sum.submissions, people[i].whole ? 9 : 0);
        assert_int_equal(f.sum.confirmed, people[i].whole ? 4 : 0);
        struct value map = form_funnel_value(&s.cx, &f, FUNNEL_DAYS);
        assert_int_equal(value_count(value_get(map, S("steps"))), people[i].whole ? 4 : 2);
        assert_int_equal(value_get(map, S("confirmed")).type,
                         people[i].whole ? VALUE_INT : VALUE_NULL);
    }
    store_close(&s);
}

struct sight {
    struct campaigns list;
    struct campaign one;
    struct campaign_forms forms;
    struct campaign_sources sources;
    struct campaign_step step[CAMPAIGN_STEPS_MAX];
    int steps;
};

static bool campaign_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sight *c = arg;
    struct campaign_costs none = {0};
    bool months, cut;
    return campaign_list(cx, tx, false, &c->list) && campaign_load(cx, tx, CAMPAIGN, &c->one) &&
           campaign_form_list(cx, tx, CAMPAIGN, &c->forms) &&
           campaign_source_list(cx, tx, CAMPAIGN, &c->sources) &&
           campaign_course(cx, tx, &c->one, &none, c->step, &c->steps, &months, &cut);
}

static void what_a_campaign_won_is_told_to_those_who_see_all(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++) {
        struct sight c = {0};
        bool whole = people[i].whole;
        be(&s, &people[i]);
        assert_true(db_read(&s.cx, campaign_read, &c));
        assert_int_equal(c.list.count, 1);
        assert_int_equal(c.list.row[0].told, whole);
        assert_int_equal(c.list.row[0].leads, whole ? 8 : 0);
        assert_int_equal(c.one.leads, whole ? 8 : 0);
        assert_int_equal(c.one.confirmed, whole ? 4 : 0);
        assert_int_equal(c.forms.row[0].submissions, whole ? 9 : 0);
        assert_int_equal(c.sources.count, whole ? 1 : 0);
        assert_int_equal(c.steps > 0, whole);
        struct campaign_channels none = {0};
        struct value map = campaign_value(&s.cx, &c.one, &none, 0, false);
        assert_int_equal(value_get(map, S("leads")).type, whole ? VALUE_INT : VALUE_NULL);
    }
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(todays_page_counts_what_is_within_reach),
        cmocka_unit_test(a_forms_way_tells_of_submissions_only_who_sees_all),
        cmocka_unit_test(what_a_campaign_won_is_told_to_those_who_see_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
