/* Who applies for a job: apart from every lead, seen by those who may, written to by no
 * advertising, and erased some time after the rejection. */
#include "store/capture_case.h"

#include "app.h"
#include "base/permission.h"
#include "capture/personal.h"
#include "capture/submission.h"
#include "dossier/dossier.h"
#include "jobs/jobs.h"
#include "lead/lead_applicant.h"
#include "sales/sales.h"
#include "sales/sales_jobs.h"
#include "sales/sales_rules.h"
#include "spam/suspect.h"

#include <cmocka.h>

static const char APPLICATION[] =
    "{\"kind\":\"application\",\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
    "\"required\":true},{\"key\":\"first_name\"},{\"key\":\"message\"}]}";
static const char FROM_ADA[] = "{\"email\":\"ada@x.example\",\"first_name\":\"Bewerberin\"}";

struct house {
    struct scene sc;
    struct app app; /* only says where the journal of erasures is */
    struct form_live jobs;
    int64_t customer, applicant;
};

static const struct actor nobody = {.kind = ACTOR_NOBODY};
static const struct actor sales = {ACTOR_USER, 7, 1,
                                   MAY_READ_LEADS | MAY_WRITE_LEADS | MAY_READ_ALL_LEADS};
static const struct actor staff = {ACTOR_USER, 8, 1, MAY_READ_LEADS | MAY_SEE_APPLICANTS};

/* A customer with a consent, and an application with the same address, both confirmed. */
static void house_open(struct house *h)
{
    scene_open(&h->sc);
    struct ctx *cx = &h->sc.s.cx;
    h->app.config.data_dir = str_of(h->sc.s.folder);
    struct publish jobs = {"jobs", APPLICATION, &h->jobs};
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &jobs));
    h->customer = submit(&h->sc, &h->sc.newsletter,
                         "{\"email\":\"ada@x.example\",\"first_name\":\"Ada\","
                         "\"consent.newsletter.email\":\"yes\"}")
                      .lead_id;
    assert_int_equal(click(&h->sc, h->customer), LINK_DONE);
}

static void apply(struct house *h)
{
    h->applicant = submit(&h->sc, &h->jobs, FROM_ADA).lead_id;
    assert_int_equal(click(&h->sc, h->applicant), LINK_DONE);
}

static bool permit_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct permit permit;
    struct lead lead;
    return lead_load(cx, tx, *(const int64_t *)arg, &lead) &&
           permit_advertising(cx, tx, &lead, 1, &permit);
}

static void an_application_leaves_the_customer_with_its_address_alone(void **state)
{
    (void)state;
    static struct house h;
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    struct look before = look(&h.sc, h.customer);
    apply(&h);
    struct look after = look(&h.sc, h.customer), one = look(&h.sc, h.applicant);
    assert_int_not_equal(h.applicant, h.customer);
    assert_int_equal(after.lead.version, before.lead.version);
    assert_int_equal(after.lead.last_ms, before.lead.last_ms);
    assert_int_equal(after.touches.count, before.touches.count);
    assert_int_equal(after.submissions.count, before.submissions.count);
    assert_str("text", after.lead.text[SLOT_FIRST_NAME], S("Ada"));
    assert_int_equal(after.lead.permit, MAY_YES);
    assert_int_equal(one.lead.state, LEAD_APPLICANT);
    assert_int_equal(one.lead.email_state, EMAIL_VERIFIED);
    assert_int_equal(one.lead.campaign_id, 0);
    assert_int_equal(one.lead.owner_id, 0);
    assert_str("text", one.lead.text[SLOT_FIRST_NAME], S("Bewerberin"));
    /* Known as a customer, and yet asked like a stranger. */
    assert_int_equal(touches(&one, TOUCH_DOI_REQUESTED), 1);
    assert_int_equal(touches(&one, TOUCH_TOLD_BY_MAIL), 0);
    /* The address leads to the customer, whatever is sent later; each application is one. */
    assert_int_equal(submit(&h.sc, &h.sc.contact, "{\"email\":\"ada@x.example\"}").lead_id,
                     h.customer);
    int64_t second = submit(&h.sc, &h.jobs, FROM_ADA).lead_id;
    assert_true(second != h.applicant && second != h.customer);
    assert_false(db_write(cx, DB_INTERACTIVE, permit_write, &h.applicant));
    assert_int_equal(cx->err.code, ERR_FORBIDDEN);
    store_close(&h.sc.s);
}

struct view {
    int64_t lead_id, form_id, count, held;
    struct lead lead;
    struct lead_rows rows, found;
    struct mail_rows mails;
    struct submission_rows last;
    struct submission_items items;
    bool there;
};

static bool view_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    struct lead_filter filter = {.state = LEAD_APPLICANT, .phase = -1, .permit = -1, .limit = 50};
    struct submission_query query = {.form_id = v->form_id, .limit = 50};
    if (!lead_list(cx, tx, &filter, &v->rows)) return false;
    filter.query = S("bewerberin");
    if (!lead_list(cx, tx, &filter, &v->found) || !lead_count(cx, tx, LEAD_APPLICANT, &v->count) ||
        !post_list(cx, tx, 0, 50, &v->mails) || !submission_list(cx, tx, 50, &v->last) ||
        !submission_page(cx, tx, &query, &v->items) || !suspect_count(cx, tx, 0, &v->held))
        return false;
    v->there = lead_load(cx, tx, v->lead_id, &v->lead);
    if (v->there) return true;
    bool gone = cx->err.code == ERR_NOT_FOUND;
    err_clear(cx);
    return gone;
}

static bool hold_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return suspect_add(cx, tx, arg);
}

static void who_may_not_see_applicants_finds_none_anywhere(void **state)
{
    (void)state;
    static struct house h;
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    apply(&h);
    struct suspect held = {.id = ctx_new_id(cx),
                           .form_id = h.jobs.form.id,
                           .form_version_id = h.jobs.version_id,
                           .applicant = true,
                           .email = S("b@x.example"),
                           .body = S("{}")};
    struct suspect_sealed sealed;
    suspect_seal(cx, &held, &sealed);
    assert_true(db_write(cx, DB_INTERACTIVE, hold_write, &sealed));
    const struct {
        struct actor actor;
        int sees, mails;
    } people[] = {{sales, 0, 1}, {staff, 1, 1}, {nobody, 1, 2}};
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++) {
        struct view v = {.lead_id = h.applicant, .form_id = h.jobs.form.id};
        cx->actor = people[i].actor;
        assert_true(db_read(cx, view_read, &v));
        assert_int_equal(v.there, people[i].sees);
        assert_int_equal(v.rows.count, people[i].sees);
        assert_int_equal(v.found.count, people[i].sees);
        assert_int_equal(v.count, people[i].sees);
        assert_int_equal(v.items.count, people[i].sees);
        assert_int_equal(v.held, people[i].sees);
        assert_int_equal(v.mails.count, people[i].mails);
        for (ptrdiff_t k = 0; k < v.last.count; k++)
            assert_int_not_equal(v.last.row[k].lead_id, h.applicant);
    }
    cx->actor = nobody;
    store_close(&h.sc.s);
}

struct deed {
    int64_t lead_id;
    int what; /* 0 trash, 1 archive, 2 phase, 3 owner, 4 task, 5 address */
};

static bool deed_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deed *d = arg;
    struct lead lead;
    struct care_change care = {.has_handling = true, .handling = HANDLING_WORK};
    struct task_new task = {.id = ctx_new_id(cx), .lead_id = d->lead_id, .title = S("Anrufen")};
    if (!lead_load(cx, tx, d->lead_id, &lead)) return false;
    switch (d->what) {
    case 0:
        return lead_set_state(cx, tx, d->lead_id, LEAD_TRASHED);
    case 1:
        return lead_set_state(cx, tx, d->lead_id, LEAD_ARCHIVED);
    case 2:
        return lead_set_state(cx, tx, d->lead_id, LEAD_ACTIVE);
    case 3:
        return care_apply(cx, tx, d->lead_id, &care, HANDOVER_HAND);
    case 4:
        return task_create(cx, tx, &task);
    default:
        return lead_change_email(cx, tx, &lead, S("neu@x.example"));
    }
}

static void an_applicant_stays_one_until_erased(void **state)
{
    (void)state;
    static struct house h;
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    apply(&h);
    for (int what = 0; what < 5; what++) {
        struct deed d = {h.applicant, what};
        err_clear(cx);
        assert_false(db_write(cx, DB_INTERACTIVE, deed_write, &d));
        assert_int_equal(cx->err.code, ERR_CONFLICT);
    }
    err_clear(cx);
    struct deed moved = {h.applicant, 5};
    assert_true(db_write(cx, DB_INTERACTIVE, deed_write, &moved));
    struct look l = look(&h.sc, h.applicant);
    assert_int_equal(l.lead.state, LEAD_APPLICANT);
    assert_str("text", l.lead.email, S("neu@x.example"));
    /* The new address is nobody's yet. */
    assert_int_not_equal(submit(&h.sc, &h.sc.contact, "{\"email\":\"neu@x.example\"}").lead_id,
                         h.applicant);
    store_close(&h.sc.s);
}

struct rejection {
    int64_t lead_id;
    bool on;
};

static bool reject_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct rejection *r = arg;
    return applicant_reject(cx, tx, r->lead_id, r->on);
}

static bool there_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    return lead_load(cx, tx, *(const int64_t *)arg, &lead);
}

static bool is_there(struct ctx *cx, int64_t id)
{
    err_clear(cx);
    bool there = db_read(cx, there_read, &id);
    err_clear(cx);
    return there;
}

struct standing {
    int64_t lead_id;
    bool stands;
};

/* The one consent of a lead, suppressions included. */
static bool standing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct standing *s = arg;
    struct lead lead;
    struct consent_rows rows;
    struct wording w;
    return lead_load(cx, tx, s->lead_id, &lead) && consent_list(cx, tx, s->lead_id, &rows) &&
           wording_load(cx, tx, rows.row[0].wording_id, &w) &&
           consent_stands(cx, tx, &lead, w.purpose_id, CHANNEL_EMAIL, &s->stands);
}

static void six_months_after_the_rejection_it_is_erased(void **state)
{
    (void)state;
    static struct house h;
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    const int64_t half_a_year = 6 * INT64_C(2629746000);
    apply(&h);
    cx->app = &h.app;
    int64_t open = submit(&h.sc, &h.jobs, FROM_ADA).lead_id;
    struct rejection r = {h.applicant, true};
    assert_true(db_write(cx, DB_INTERACTIVE, reject_write, &r));
    int64_t rejected_ms = cx->now_ms;
    cx->now_ms += 5;
    assert_true(db_write(cx, DB_INTERACTIVE, reject_write, &r)); /* again is no change */
    struct look l = look(&h.sc, h.applicant);
    assert_int_equal(l.lead.rejected_ms, rejected_ms);
    assert_int_equal(touches(&l, TOUCH_APPLICATION_REJECTED), 1);
    r.lead_id = h.customer;
    assert_false(db_write(cx, DB_INTERACTIVE, reject_write, &r));
    assert_int_equal(cx->err.code, ERR_CONFLICT);
    err_clear(cx);

    cx->now_ms = rejected_ms + half_a_year - 1;
    assert_true(dossier_purge_applicants(cx));
    assert_true(is_there(cx, h.applicant));
    r = (struct rejection){h.applicant, false};
    assert_true(db_write(cx, DB_INTERACTIVE, reject_write, &r));
    cx->now_ms++;
    assert_true(dossier_purge_applicants(cx));
    assert_true(is_there(cx, h.applicant));
    r.on = true;
    assert_true(db_write(cx, DB_INTERACTIVE, reject_write, &r));
    cx->now_ms += half_a_year;
    assert_true(dossier_purge_applicants(cx));
    assert_false(is_there(cx, h.applicant));
    assert_true(is_there(cx, open));
    /* The customer may be written to as before. */
    assert_true(is_there(cx, h.customer));
    assert_int_equal(look(&h.sc, h.customer).lead.permit, MAY_YES);
    struct standing s = {h.customer, false};
    assert_true(db_read(cx, standing_read, &s));
    assert_true(s.stands);
    store_close(&h.sc.s);
}

static bool acknowledge_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct form_handling h = handling_default();
    h.acknowledge = true;
    return handling_save(cx, tx, *(const int64_t *)arg, &h);
}

static bool mails_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return post_list(cx, tx, 0, 50, arg);
}

static bool last_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return submission_list(cx, tx, 1, arg);
}

/* Each application is a lead of its own: what is counted is the address. */
static void whoever_applies_often_is_asked_five_times_a_day(void **state)
{
    (void)state;
    static struct house h;
    struct mail_rows mails;
    int asked = 0;
    house_open(&h); /* the customer was asked once */
    for (int i = 0; i < DOI_MAILS_A_DAY + 2; i++) submit(&h.sc, &h.jobs, FROM_ADA);
    submit(&h.sc, &h.jobs, "{\"email\":\"bert@x.example\"}");
    assert_true(db_read(&h.sc.s.cx, mails_read, &mails));
    for (ptrdiff_t i = 0; i < mails.count; i++)
        asked += str_eq(mails.row[i].template_name, S("mail/doi"));
    assert_int_equal(asked, DOI_MAILS_A_DAY + 1);
    /* However many applications are newer: the last submission is the customer's. */
    struct submission_rows last;
    assert_true(db_read(&h.sc.s.cx, last_read, &last));
    assert_int_equal(last.count, 1);
    assert_int_equal(last.row[0].lead_id, h.customer);
    store_close(&h.sc.s);
}

static void whoever_applies_often_has_his_victim_told_three_times_a_day(void **state)
{
    (void)state;
    static struct house h;
    static const char json[] = "{\"kind\":\"application\",\"fields\":[{\"key\":\"email\","
                               "\"required\":true},{\"key\":\"first_name\"}]}";
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    struct form_live plain;
    struct publish publish = {"plain", json, &plain};
    struct mail_rows mails;
    int received = 0;
    assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &publish));
    assert_true(db_write(cx, DB_INTERACTIVE, acknowledge_write, &plain.form.id));
    for (int i = 0; i < 5; i++) submit(&h.sc, &plain, FROM_ADA);
    submit(&h.sc, &plain, "{\"email\":\"bert@x.example\"}");
    cx->app = &h.app;
    for (bool ran = true; ran;) {
        int64_t next_ms;
        assert_true(job_run_one(cx, sales_jobs, sales_job_count, &ran, &next_ms));
    }
    assert_true(db_read(cx, mails_read, &mails));
    for (ptrdiff_t i = 0; i < mails.count; i++)
        received += str_eq(mails.row[i].template_name, S("mail/received"));
    assert_int_equal(received, RECEIVED_A_DAY + 1);
    store_close(&h.sc.s);
}

struct double_lead {
    str email;
    int64_t id;
};

static bool double_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct double_lead *d = arg;
    struct lead_new in = {.id = ctx_new_id(cx),
                          .email = d->email,
                          .lang = S("de"),
                          .source = S("direct"),
                          .first_contact = S("{}"),
                          .twin = true};
    bool taken;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    return lead_create(cx, tx, &in, &d->id, &taken) && dossier_erase(cx, tx, d->id);
}

static void the_end_of_a_second_lead_with_his_address_takes_nothing_from_a_customer(void **state)
{
    (void)state;
    static struct house h;
    house_open(&h);
    struct ctx *cx = &h.sc.s.cx;
    struct double_lead d = {.email = S("ada@x.example")};
    struct standing s = {h.customer, false};
    cx->now_ms += MINUTE_MS;
    assert_true(db_write(cx, DB_INTERACTIVE, double_write, &d));
    assert_false(is_there(cx, d.id));
    assert_true(db_read(cx, standing_read, &s));
    assert_true(s.stands);
    store_close(&h.sc.s);
}

static void an_application_asks_for_no_consent_and_nothing_that_depends(void **state)
{
    (void)state;
    static const struct {
        const char *json, *key;
    } cases[] = {
        {"{\"kind\":\"application\",\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
         "\"required\":true}],\"consents\":[{\"purpose\":\"newsletter\",\"text\":\"Ja, ich will "
         "den Newsletter.\"}]}",
         "form.application_consents"},
        {"{\"kind\":\"application\",\"fields\":[{\"key\":\"email\"},{\"key\":\"city\","
         "\"reserve\":true}]}",
         "form.application_reserve"},
        {"{\"kind\":\"job\",\"fields\":[{\"key\":\"email\"}]}", "error.choice_invalid"},
        {"{\"kind\":\"application\",\"fields\":[{\"key\":\"email\"}]}", NULL},
        {"{\"kind\":\"lead\",\"fields\":[{\"key\":\"email\"},{\"key\":\"city\",\"reserve\":true}]}",
         NULL},
    };
    static struct scene sc;
    static struct form_def def;
    scene_open(&sc);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct ctx *cx = &sc.s.cx;
        err_clear(cx);
        assert_int_equal(form_def_read(cx, tree(cx->a, str_of(cases[i].json)), &def),
                         cases[i].key == NULL);
        if (cases[i].key == NULL) continue;
        assert_str("text", cx->err.field[0].field, S("kind"));
        assert_string_equal(cx->err.field[0].key, cases[i].key);
    }
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_application_leaves_the_customer_with_its_address_alone),
        cmocka_unit_test(who_may_not_see_applicants_finds_none_anywhere),
        cmocka_unit_test(an_applicant_stays_one_until_erased),
        cmocka_unit_test(six_months_after_the_rejection_it_is_erased),
        cmocka_unit_test(whoever_applies_often_is_asked_five_times_a_day),
        cmocka_unit_test(the_end_of_a_second_lead_with_his_address_takes_nothing_from_a_customer),
        cmocka_unit_test(whoever_applies_often_has_his_victim_told_three_times_a_day),
        cmocka_unit_test(an_application_asks_for_no_consent_and_nothing_that_depends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
