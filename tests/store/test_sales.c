/* Who looks after a lead, with a real database: rules, turns, due times, notices. */
#include "texts_case.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/permission.h"
#include "jobs/jobs.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "lead/lead_phase.h"
#include "sales/sales.h"
#include "sales/sales_jobs.h"
#include "sales_sql.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    ANNA = 101,
    BERT = 102,
    CORA = 103,
    OUT = 104,
    FORM_ID = 500,
    HOUR_MS = 3600000,
    TURNS = 24
};

static struct key_ring ring; /* read-only once made */

struct place {
    struct store s;
    struct texts texts;
    struct ctx *cx;
};

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    key_ring_new(&ring, STORE_NOW_MS);
    p->cx = &p->s.cx;
    p->cx->keys = &ring;
    p->cx->actor =
        (struct actor){.kind = ACTOR_USER, .user_id = ANNA, .permissions = MAY_READ_ALL_LEADS};
    texts_load(&p->s, &p->texts);
    *state = p;
    return store_script(
               &p->s,
               "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"
               "INSERT INTO app_user (id, email, name, password_hash, lang, theme, created_ms) "
               "VALUES (101, 'anna@w.example', 'Anna', '', 'de', '', 0), "
               "(102, 'bert@w.example', 'Bert', '', 'de', '', 0), "
               "(103, 'cora@w.example', 'Cora', '', 'en', '', 0), "
               "(104, 'out@w.example', 'Out', '', 'de', '', 0);"
               "INSERT INTO membership (workspace_id, user_id, role_kind, created_ms, disabled_ms) "
               "VALUES (1, 101, 2, 0, 0), (1, 102, 3, 0, 0), (1, 103, 3, 0, 0), (1, 104, 3, 0, 9);"
               "INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, "
               "created_ms, updated_ms) VALUES (1, 500, 'f', 'Kontakt', 1, 0, '{}', 0, 0);")
               ? 0
               : -1;
}

static int close_place(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    free(p);
    return 0;
}

/* --- one transaction around each call --- */

struct coming {
    const char *postcode, *message;
    bool waits, again;
    int64_t lead_id;
    struct lead lead;
};

static bool do_come(struct ctx *cx, struct tx *tx, void *arg)
{
    struct coming *c = arg;
    struct lead_new in = {
        .email = S(""), .lang = S("de"), .source = S("direct"), .first_contact = S("{}")};
    str text[SLOT__COUNT];
    bool taken;
    for (int i = 0; i < SLOT__COUNT; i++) text[i] = S("");
    text[SLOT_POSTCODE] = str_of(c->postcode);
    text[SLOT_MESSAGE] = str_of(c->message == NULL ? "" : c->message);
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = text[i];
    in.text[SLOT_LAST_NAME] = S("Kroll");
    if (c->lead_id == 0 && !lead_create(cx, tx, &in, &c->lead_id, &taken)) return false;
    struct sales_arrival arrival = {.lead_id = c->lead_id,
                                    .submission_id = ctx_new_id(cx),
                                    .form_id = FORM_ID,
                                    .text = text,
                                    .waits = c->waits};
    bool ok =
        c->again ? sales_on_confirmation(cx, tx, &arrival) : sales_on_submission(cx, tx, &arrival);
    return ok && lead_load(cx, tx, c->lead_id, &c->lead);
}

static struct lead come(struct place *p, struct coming *c)
{
    struct actor actor = p->cx->actor;
    p->cx->actor = (struct actor){0};
    bool ok = db_write(p->cx, DB_INTERACTIVE, do_come, c);
    p->cx->actor = actor;
    if (!ok) fail_msg("%s %.*s", p->cx->err.key, STR_ARG(p->cx->err.detail));
    return c->lead;
}

static bool do_rule(struct ctx *cx, struct tx *tx, void *arg)
{
    return rule_save(cx, tx, arg);
}

static int64_t rule(struct place *p, const char *areas, int64_t first, int64_t second)
{
    struct owner_rule r = {.id = ctx_new_id(p->cx),
                           .kind = areas == NULL ? RULE_ALWAYS : RULE_POSTCODE,
                           .value = areas == NULL ? S("") : str_of(areas),
                           .field = S(""),
                           .person = {first, second},
                           .person_count = second == 0 ? 1 : 2};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_rule, &r));
    return r.id;
}

static bool do_policy(struct ctx *cx, struct tx *tx, void *arg)
{
    return policy_save(cx, tx, arg);
}

static bool do_absence(struct ctx *cx, struct tx *tx, void *arg)
{
    struct absence *a = arg;
    return sales_day(cx, tx, cx->now_ms, &a->from_day) && (a->to_day = a->from_day, true) &&
           absence_add(cx, tx, a);
}

static bool do_handling(struct ctx *cx, struct tx *tx, void *arg)
{
    return handling_save(cx, tx, FORM_ID, arg);
}

struct change {
    int64_t lead_id;
    struct care_change change;
};

static bool do_care(struct ctx *cx, struct tx *tx, void *arg)
{
    struct change *c = arg;
    return care_apply(cx, tx, c->lead_id, &c->change, HANDOVER_HAND);
}

struct count {
    const char *sql;
    int64_t n;
};

static bool do_count(struct ctx *cx, struct tx *tx, void *arg)
{
    struct count *c = arg;
    struct buf b = buf_new(cx->a, 1000);
    return sql_lines(tx, c->sql, &b) && str_to_i64(str_trim(buf_str(&b)), &c->n);
}

static int64_t count(struct place *p, const char *sql)
{
    struct count c = {sql, -1};
    assert_true(db_read(p->cx, do_count, &c));
    return c.n;
}

static void run_jobs(struct place *p)
{
    bool ran = true;
    int64_t next_ms;
    while (ran) {
        assert_true(job_run_one(p->cx, sales_jobs, sales_job_count, &ran, &next_ms));
        err_clear(p->cx);
    }
}

/* --- tests --- */

static void the_first_rule_that_fits_names_the_owner_and_else_the_fallback(void **state)
{
    struct place *p = *state;
    struct coming before = {.postcode = "80331"};
    assert_int_equal(come(p, &before).owner_id, 0);
    assert_int_equal(before.lead.due_ms, 0);
    rule(p, "80, 85-87", BERT, 0);
    rule(p, "8", CORA, 0);
    struct sales_policy policy = {.fallback_id = ANNA, .due_hours = 24};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_policy, &policy));
    struct coming a = {.postcode = "80331"}, b = {.postcode = "88000"}, c = {.postcode = "10115"};
    assert_int_equal(come(p, &a).owner_id, BERT);
    assert_int_equal(come(p, &b).owner_id, CORA);
    assert_int_equal(come(p, &c).owner_id, ANNA);
    assert_int_equal(a.lead.due_ms, p->cx->now_ms + 24 * HOUR_MS);
    assert_int_equal(a.lead.handling, HANDLING_NEW);
}

static void turns_are_taken_one_by_one(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, CORA);
    int bert = 0;
    for (int i = 0; i < TURNS; i++) {
        struct coming c = {.postcode = ""};
        bert += come(p, &c).owner_id == BERT;
    }
    assert_int_equal(bert, TURNS / 2);
}

enum { CROWD = 40, CROWD_EACH = 5 };

struct crowd {
    struct place *p;
    pthread_t thread;
    int refused, bert;
};

/* Run again, it begins again. */
static bool do_come_again(struct ctx *cx, struct tx *tx, void *arg)
{
    struct coming *c = arg;
    c->lead_id = 0;
    return do_come(cx, tx, arg);
}

static void *crowd_come(void *arg)
{
    struct crowd *c = arg;
    struct arena_block block;
    arena a;
    struct ctx cx = store_thread_ctx(&c->p->s, &block, &a);
    for (int i = 0; i < CROWD_EACH; i++) {
        struct coming one = {.postcode = ""};
        if (!db_write(&cx, DB_INTERACTIVE, do_come_again, &one)) c->refused++;
        c->bert += one.lead.owner_id == BERT;
        err_clear(&cx);
        a = arena_over(&block);
    }
    arena_block_close(&block);
    return NULL;
}

/* The rule's row is the same for all of them: whoever meets another there waits, and is not sent
 * away. */
static void however_many_come_at_once_each_takes_a_turn(void **state)
{
    struct place *p = *state;
    struct crowd crowd[CROWD];
    int refused = 0, bert = 0;
    rule(p, NULL, BERT, CORA);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = (struct crowd){.p = p};
        assert_int_equal(pthread_create(&crowd[i].thread, NULL, crowd_come, &crowd[i]), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(pthread_join(crowd[i].thread, NULL), 0);
        refused += crowd[i].refused;
        bert += crowd[i].bert;
    }
    assert_int_equal(refused, 0);
    assert_int_equal(bert, CROWD * CROWD_EACH / 2);
}

static void who_is_away_or_gone_gets_nothing(void **state)
{
    struct place *p = *state;
    rule(p, NULL, OUT, BERT);
    struct coming a = {.postcode = ""}, b = {.postcode = ""}, c = {.postcode = ""};
    assert_int_equal(come(p, &a).owner_id, BERT);
    assert_int_equal(come(p, &b).owner_id, BERT);
    struct absence away = {.id = ctx_new_id(p->cx), .user_id = BERT, .substitute_id = CORA};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_absence, &away));
    assert_int_equal(come(p, &c).owner_id, CORA);
}

/* The rules read so many: one more would look as if it were heeded. */
static void there_is_an_end_to_absences(void **state)
{
    struct place *p = *state;
    struct absence a = {.id = 1, .user_id = BERT};
    for (int i = 0; i < ABSENCES_MAX; i++, a.id++)
        assert_true(db_write(p->cx, DB_INTERACTIVE, do_absence, &a));
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_absence, &a));
    assert_int_equal(p->cx->err.code, ERR_CONFLICT);
}

static void a_newsletter_waits_for_its_confirmation_and_an_enquiry_does_not(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, 0);
    struct coming quiet = {.postcode = "", .waits = true},
                  asks = {.postcode = "", .waits = true, .message = "Bitte ein Angebot"};
    assert_int_equal(come(p, &quiet).owner_id, 0);
    assert_int_equal(come(p, &asks).owner_id, BERT);
    quiet.again = asks.again = true;
    assert_int_equal(come(p, &quiet).owner_id, BERT);
    int64_t told = count(p, "SELECT COUNT(*) FROM job WHERE queue = 'sales.notice'");
    come(p, &asks);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM job WHERE queue = 'sales.notice'"), told);
}

static void what_was_done_is_new_again_and_keeps_its_owner(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, 0);
    struct coming c = {.postcode = ""};
    come(p, &c);
    struct change change = {
        c.lead_id,
        {.has_owner = true, .owner_id = CORA, .has_handling = true, .handling = HANDLING_DONE}};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_care, &change));
    struct lead lead = come(p, &c);
    assert_int_equal(lead.owner_id, CORA);
    assert_int_equal(lead.handling, HANDLING_NEW);
    assert_true(lead.due_ms > 0);
}

static void sales_may_not_change_another_ones_lead(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, 0);
    struct coming c = {.postcode = ""};
    come(p, &c);
    struct change change = {c.lead_id, {.has_handling = true, .handling = HANDLING_WORK}};
    p->cx->actor.user_id = CORA;
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_care, &change));
    assert_int_equal(p->cx->err.code, ERR_FORBIDDEN);
    err_clear(p->cx);
    p->cx->actor.user_id = BERT;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_care, &change));
    p->cx->actor.user_id = ANNA;
    change.change = (struct care_change){.has_owner = true, .owner_id = OUT};
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_care, &change));
    assert_int_equal(p->cx->err.code, ERR_INVALID);
    err_clear(p->cx);
}

static bool do_phase(struct ctx *cx, struct tx *tx, void *arg)
{
    struct coming *c = arg;
    struct phase_change change = {PHASE_LOST, S("price"), S("zu teuer")};
    struct phase_events events;
    if (!lead_load(cx, tx, c->lead_id, &c->lead) || !lead_set_phase(cx, tx, &c->lead, &change) ||
        !phase_event_list(cx, tx, c->lead_id, &events))
        return false;
    assert_int_equal(events.count, 1);
    assert_true(str_eq(events.row[0].note, S("zu teuer")));
    assert_true(str_eq(events.row[0].reason, S("price")));
    return sales_erase(cx, tx, c->lead_id) && lead_erase(cx, tx, c->lead_id);
}

static void what_there_is_about_a_lead_goes_with_it(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, 0);
    struct coming c = {.postcode = ""};
    come(p, &c);
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_phase, &c));
    assert_int_equal(count(p, "SELECT (SELECT COUNT(*) FROM handover) + (SELECT COUNT(*) FROM "
                              "phase_event) + (SELECT COUNT(*) FROM lead_notice)"),
                     0);
}

static void two_settings_of_a_form_stand_one_after_the_other(void **state)
{
    struct place *p = *state;
    struct form_handling h = {.timing = TIMING_AT_ONCE, .due_hours = 3};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_handling, &h));
    h.due_hours = 5;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_handling, &h));
    struct coming c = {.postcode = "", .waits = true};
    assert_int_equal(come(p, &c).due_ms, p->cx->now_ms + 5 * HOUR_MS);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM form_handling"), 1);
    run_jobs(p);
}

static bool do_due(struct ctx *cx, struct tx *tx, void *arg)
{
    struct care_due_rows *rows = arg;
    struct care_due_in in = {0, cx->now_ms, 10};
    return q_care_due(tx, &in, rows);
}

/* Without a workspace: as the job is run. */
static void due_job(struct place *p)
{
    int64_t workspace_id = p->cx->workspace_id;
    struct actor actor = p->cx->actor;
    struct job job = {0};
    p->cx->workspace_id = 0;
    p->cx->actor = (struct actor){.kind = ACTOR_SYSTEM};
    if (!sales_due_run(p->cx, &job))
        fail_msg("%s %.*s", p->cx->err.key, STR_ARG(p->cx->err.detail));
    p->cx->workspace_id = workspace_id;
    p->cx->actor = actor;
}

static void what_is_overdue_is_reminded_of_once_and_then_passed_on(void **state)
{
    struct place *p = *state;
    struct sales_policy policy = {.due_hours = 2, .reassign_hours = 3, .reassign_id = CORA};
    struct care_due_rows due;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_policy, &policy));
    rule(p, NULL, BERT, 0);
    struct coming c = {.postcode = ""};
    come(p, &c);
    due_job(p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail"), 0);
    p->cx->now_ms += 2 * HOUR_MS;
    due_job(p);
    due_job(p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail WHERE template = 'mail/due'"), 1);
    assert_true(db_read(p->cx, do_due, &due));
    assert_int_equal(due.count, 0);
    p->cx->now_ms += 3 * HOUR_MS;
    due_job(p);
    assert_int_equal(count(p, "SELECT owner_user_id FROM lead"), CORA);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM handover WHERE cause_kind = 2"), 1);
    assert_int_equal(count(p, "SELECT due_stage_n FROM lead"), 0);
    p->cx->now_ms += 2 * HOUR_MS;
    due_job(p);
    p->cx->now_ms += 3 * HOUR_MS;
    due_job(p);
    due_job(p);
    assert_int_equal(count(p, "SELECT owner_user_id FROM lead"), CORA);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail WHERE template = 'mail/due'"), 3);
}

struct staging {
    struct care_set_stage_in in;
    int64_t changed;
};

static bool do_stage(struct ctx *cx, struct tx *tx, void *arg)
{
    struct staging *s = arg;
    (void)cx;
    return q_care_set_stage(tx, &s->in, &s->changed);
}

static bool do_trash(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_set_state(cx, tx, *(const int64_t *)arg, LEAD_TRASHED);
}

/* Between looking and telling somebody may have put it away. */
static void nobody_is_told_of_what_lies_in_the_trash_meanwhile(void **state)
{
    struct place *p = *state;
    struct sales_policy policy = {.due_hours = 2};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_policy, &policy));
    struct coming c = {.postcode = ""};
    struct lead lead = come(p, &c);
    struct staging s = {.in = {lead.id, lead.due_ms, 0, 1}};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_trash, &lead.id));
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_stage, &s));
    assert_int_equal(s.changed, 0);
    assert_int_equal(count(p, "SELECT due_stage_n FROM lead"), 0);
}

/* One that is to be deleted is silent, and those behind it are not. */
static void a_workspace_that_goes_keeps_no_other_from_its_reminders(void **state)
{
    struct place *p = *state;
    struct sales_policy policy = {.due_hours = 2};
    assert_true(store_script(
        &p->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (2, 'V', 'v.example', 0);"
               "INSERT INTO membership (workspace_id, user_id, role_kind, created_ms, disabled_ms) "
               "VALUES (2, 103, 3, 0, 0);"));
    for (int64_t w = 1; w <= 2; w++) {
        struct coming c = {.postcode = ""};
        p->cx->workspace_id = w;
        assert_true(db_write(p->cx, DB_INTERACTIVE, do_policy, &policy));
        rule(p, NULL, CORA, 0);
        come(p, &c);
    }
    p->cx->workspace_id = 1;
    assert_true(store_script(&p->s, "UPDATE workspace SET archived_ms = 1 WHERE id = 1"));
    p->cx->now_ms += 3 * HOUR_MS;
    due_job(p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail WHERE workspace_id = 2"), 1);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail WHERE workspace_id = 1"), 0);
}

/* Nobody is overlooked because somebody has left. */
static void whose_owner_is_gone_gets_a_new_one_and_the_reminder_goes_to_the_fallback(void **state)
{
    struct place *p = *state;
    struct sales_policy policy = {
        .fallback_id = ANNA, .due_hours = 2, .reassign_hours = 3, .reassign_id = BERT};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_policy, &policy));
    rule(p, NULL, BERT, CORA);
    struct coming late = {.postcode = ""}, back = {.postcode = ""};
    assert_int_equal(come(p, &late).owner_id, BERT);
    struct change to_bert = {0, {.has_owner = true, .owner_id = BERT}};
    come(p, &back);
    to_bert.lead_id = back.lead_id;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_care, &to_bert));
    run_jobs(p);
    assert_true(store_script(&p->s, "UPDATE membership SET disabled_ms = 5 WHERE user_id = 102;"
                                    "DELETE FROM mail; DELETE FROM bell;"));
    assert_int_equal(come(p, &back).owner_id, CORA);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM handover WHERE from_user_id = 102 AND "
                              "to_user_id = 103 AND cause_kind = 1"),
                     1);
    run_jobs(p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM bell WHERE user_id = 103"), 1);
    p->cx->now_ms += 2 * HOUR_MS;
    due_job(p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM bell WHERE user_id = 101 AND bell_kind = 3"),
                     1);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM mail WHERE template = 'mail/due'"), 2);
    p->cx->now_ms += 3 * HOUR_MS;
    due_job(p); /* whoever stands in is gone, too */
    assert_int_equal(count(p, "SELECT COUNT(*) FROM lead WHERE owner_user_id = 101"), 2);
}

/* Without a rule that names somebody it is free, and stands with those that nobody has. */
static void whose_owner_is_gone_is_free_where_no_rule_names_another(void **state)
{
    struct place *p = *state;
    rule(p, NULL, BERT, 0);
    struct coming c = {.postcode = ""};
    assert_int_equal(come(p, &c).owner_id, BERT);
    assert_true(store_script(&p->s, "DELETE FROM membership WHERE user_id = 102"));
    assert_int_equal(come(p, &c).owner_id, 0);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM handover WHERE to_user_id = 0"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            whose_owner_is_gone_gets_a_new_one_and_the_reminder_goes_to_the_fallback, open_place,
            close_place),
        cmocka_unit_test_setup_teardown(whose_owner_is_gone_is_free_where_no_rule_names_another,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(a_workspace_that_goes_keeps_no_other_from_its_reminders,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(
            the_first_rule_that_fits_names_the_owner_and_else_the_fallback, open_place,
            close_place),
        cmocka_unit_test_setup_teardown(turns_are_taken_one_by_one, open_place, close_place),
        cmocka_unit_test_setup_teardown(however_many_come_at_once_each_takes_a_turn, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(there_is_an_end_to_absences, open_place, close_place),
        cmocka_unit_test_setup_teardown(who_is_away_or_gone_gets_nothing, open_place, close_place),
        cmocka_unit_test_setup_teardown(
            a_newsletter_waits_for_its_confirmation_and_an_enquiry_does_not, open_place,
            close_place),
        cmocka_unit_test_setup_teardown(what_was_done_is_new_again_and_keeps_its_owner, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(sales_may_not_change_another_ones_lead, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(what_there_is_about_a_lead_goes_with_it, open_place,
                                        close_place),
        cmocka_unit_test_setup_teardown(what_is_overdue_is_reminded_of_once_and_then_passed_on,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(nobody_is_told_of_what_lies_in_the_trash_meanwhile,
                                        open_place, close_place),
        cmocka_unit_test_setup_teardown(two_settings_of_a_form_stand_one_after_the_other,
                                        open_place, close_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
