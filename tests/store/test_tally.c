/* Numbers that are kept as they change are at every step what a count of the rows would say,
 * whatever happens to leads, and whether or not the changes are folded in yet. */
#include "capture_case.h"

#include "campaign/campaign.h"
#include "dossier/dossier.h"
#include "form/form_funnel.h"
#include "lead/lead_trial.h"
#include "tally/tally.h"

#include <pthread.h>

enum { ONE = 600, TWO = 601, STEPS = 160, PEOPLE = 12, THREADS = 4, NOTES = 25 };

struct act {
    int64_t lead_id, campaign_id;
    enum lead_state state;
    enum email_state email_state;
    str email;
    bool more;
};

static bool state_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    return lead_set_state(cx, tx, a->lead_id, a->state);
}

static bool campaign_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    return lead_set_campaign(cx, tx, a->lead_id, a->campaign_id);
}

static bool email_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    struct lead lead;
    return lead_load(cx, tx, a->lead_id, &lead) && lead_change_email(cx, tx, &lead, a->email);
}

static bool bounce_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    struct lead lead;
    return lead_load(cx, tx, a->lead_id, &lead) &&
           lead_set_email_state(cx, tx, a->lead_id, lead.email, EMAIL_BOUNCING);
}

static bool try_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    return lead_make_test(cx, tx, a->lead_id);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct act *a = arg;
    return dossier_erase(cx, tx, a->lead_id);
}

static bool fold_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct act *a = arg;
    return tally_fold(cx, tx, &a->more);
}

static bool recount_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return tally_recount(cx, tx);
}

struct seen {
    int64_t wrong;
    bool counted;
    struct tally form, won[2];
    struct tallies form_days, days[2], sources;
};

static bool seen_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct seen *s = arg;
    struct tallies forms, campaigns;
    if (!tally_check(cx, tx, &s->wrong, &s->counted) || !tally_list(cx, tx, TALLY_FORM, &forms) ||
        !tally_list(cx, tx, TALLY_CAMPAIGN, &campaigns) ||
        !tally_labels(cx, tx, TALLY_CAMPAIGN, ONE, 9, &s->sources))
        return false;
    int64_t form_id = forms.count > 0 ? forms.row[0].about_id : 0;
    for (int i = 0; i < 2; i++)
        if (!tally_one(cx, tx, TALLY_CAMPAIGN, ONE + i, &s->won[i]) ||
            !tally_days(cx, tx, TALLY_CAMPAIGN, ONE + i, INT64_MIN, &s->days[i]))
            return false;
    for (int i = 0; i < 2; i++) {
        struct tally listed = tally_find(&campaigns, ONE + i);
        assert_int_equal(listed.all, s->won[i].all);
        assert_int_equal(listed.confirmed, s->won[i].confirmed);
    }
    return tally_one(cx, tx, TALLY_FORM, form_id, &s->form) &&
           tally_days(cx, tx, TALLY_FORM, form_id, INT64_MIN, &s->form_days);
}

static struct seen seen(struct scene *sc)
{
    struct seen s;
    assert_true(db_read(&sc->s.cx, seen_read, &s));
    return s;
}

struct asked {
    const char *sql;
    struct buf lines;
};

static bool ask_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct asked *a = arg;
    a->lines = buf_new(cx->a, 4096);
    return sql_lines(tx, a->sql, &a->lines);
}

/* By the rows themselves. */
static int64_t number(struct scene *sc, const char *sql)
{
    struct asked a = {.sql = sql};
    int64_t n;
    assert_true(db_read(&sc->s.cx, ask_read, &a));
    assert_true(str_to_i64(str_trim(buf_str(&a.lines)), &n));
    return n;
}

static void campaigns_add(struct scene *sc)
{
    assert_true(store_script(
        &sc->s,
        "INSERT INTO campaign (workspace_id, id, code, name, channel, from_day, to_day, currency, "
        "budget_cents, goal_leads_n, goal_cost_cents, owner_user_id, note, archived_ms, "
        "created_ms, updated_ms, version_no) VALUES (1, 600, 'eins', 'Eins', 'fair', 1, 0, 'EUR', "
        "0, 0, 0, 0, '', 0, 0, 0, 1), (1, 601, 'zwei', 'Zwei', 'fair', 1, 0, 'EUR', 0, 0, 0, 0, "
        "'', 0, 0, 0, 1);"
        "INSERT INTO campaign_form (workspace_id, form_id, campaign_id) SELECT 1, id, 600 FROM "
        "form WHERE slug = 'newsletter'"));
}

static void assert_right(struct scene *sc, const struct seen *s, int step)
{
    if (s->wrong != 0) fail_msg("step %d: %lld are wrong", step, (long long)s->wrong);
    assert_int_equal(s->won[0].all, number(sc, "SELECT COUNT(*) FROM lead WHERE campaign_id = 600 "
                                               "AND lead_state IN (0, 1)"));
    assert_int_equal(s->won[0].confirmed,
                     number(sc, "SELECT COUNT(*) FROM lead WHERE campaign_id = 600 AND lead_state "
                                "IN (0, 1) AND email_state = 1"));
    assert_int_equal(s->won[1].all, number(sc, "SELECT COUNT(*) FROM lead WHERE campaign_id = 601 "
                                               "AND lead_state IN (0, 1)"));
    int64_t by_day = 0, by_source = 0;
    for (ptrdiff_t i = 0; i < s->days[0].count; i++) by_day += s->days[0].row[i].all;
    for (ptrdiff_t i = 0; i < s->sources.count; i++) by_source += s->sources.row[i].all;
    assert_int_equal(by_day, s->won[0].all);
    assert_int_equal(by_source, s->won[0].all);
}

static void assert_days(const struct tallies *a, const struct tallies *b)
{
    assert_int_equal(a->count, b->count);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        assert_int_equal(a->row[i].day, b->row[i].day);
        assert_int_equal(a->row[i].all, b->row[i].all);
        assert_int_equal(a->row[i].confirmed, b->row[i].confirmed);
    }
}

/* What happens in a workspace, by dice that fall the same each time. */
static void happen(struct scene *sc, uint32_t *dice, int64_t lead[PEOPLE])
{
    struct ctx *cx = &sc->s.cx;
    *dice = *dice * 1664525 + 1013904223;
    int who = (int)(*dice >> 8) % PEOPLE, what = (int)(*dice >> 16) % 12;
    struct act a = {.lead_id = lead[who],
                    .campaign_id = (int)(*dice >> 24) % 3 == 0 ? 0 : ONE + (int)(*dice >> 24) % 2,
                    .email = str_printf(cx->a, "n%u@firma.example", *dice >> 8)};
    cx->now_ms += 5 * (int64_t)MINUTE_MS * 60;
    err_clear(cx);
    if (lead[who] == 0 || what == 0) {
        str json = str_printf(cx->a, "{\"email\":\"p%d@firma.example\"}", who);
        struct form_live *form = what % 2 == 0 ? &sc->newsletter : &sc->contact;
        lead[who] = submit(sc, form, str_cstr(cx->a, json)).lead_id;
        return;
    }
    static tx_fn *const writes[] = {[4] = email_write,    [5] = bounce_write, [6] = campaign_write,
                                    [7] = campaign_write, [8] = try_write,    [9] = erase_write};
    if (what == 1 || what == 10 || what == 11) {
        struct look l = look(sc, lead[who]);
        if (touches(&l, TOUCH_DOI_REQUESTED) > 0) (void)click(sc, lead[who]);
        return;
    }
    a.state = what == 2 ? LEAD_TRASHED : LEAD_ARCHIVED;
    assert_true(db_write(cx, DB_INTERACTIVE, what < 4 ? state_write : writes[what], &a));
    if (what == 9) lead[who] = 0;
}

static void whatever_happens_the_numbers_are_what_a_count_says(void **state)
{
    static struct scene sc;
    int64_t lead[PEOPLE] = {0};
    uint32_t dice = 7;
    int64_t most = 0, confirmed = 0;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    for (int step = 0; step < STEPS; step++) {
        arena start = *sc.s.cx.a;
        struct act a = {.more = true};
        happen(&sc, &dice, lead);
        struct seen before = seen(&sc);
        assert_right(&sc, &before, step);
        if (before.won[0].all > most) most = before.won[0].all;
        confirmed += before.won[0].confirmed;
        if (step % 5 == 0) {
            assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &a));
            assert_false(a.more);
            struct seen after = seen(&sc);
            assert_right(&sc, &after, step);
            assert_int_equal(number(&sc, "SELECT COUNT(*) FROM tally_change"), 0);
            assert_int_equal(number(&sc, "SELECT COUNT(*) FROM tally WHERE all_n = 0"), 0);
            assert_days(&before.form_days, &after.form_days);
            for (int i = 0; i < 2; i++) assert_days(&before.days[i], &after.days[i]);
        }
        *sc.s.cx.a = start;
    }
    assert_true(most > 3 && confirmed > 10); /* there was something to count */
    /* Counted anew from the rows alone, all days are the same. */
    struct seen before = seen(&sc);
    assert_true(before.days[0].count > 1 && before.form_days.count > 5);
    assert_true(db_write(&sc.s.cx, DB_BULK, recount_write, NULL));
    struct seen after = seen(&sc);
    assert_right(&sc, &after, STEPS);
    assert_days(&before.form_days, &after.form_days);
    for (int i = 0; i < 2; i++) assert_days(&before.days[i], &after.days[i]);
    store_close(&sc.s);
}

static void a_wrong_number_is_found_and_counted_anew(void **state)
{
    static const char *const harms[] = {
        "UPDATE tally SET all_n = all_n + 1 WHERE tally_kind = 0",
        "UPDATE tally SET confirmed_n = 1 WHERE tally_kind = 2",
        "DELETE FROM tally WHERE tally_kind = 2",
        "UPDATE tally SET all_n = 5 WHERE tally_kind = 1",
        "DELETE FROM tally WHERE tally_kind = 3",
        "UPDATE tally SET all_n = 5 WHERE tally_kind = 4",
        "DELETE FROM submission WHERE workspace_id = 1",
        "INSERT INTO tally (workspace_id, tally_kind, about_id, day_n, label, all_n, confirmed_n) "
        "VALUES (1, 2, 4711, 0, '', 3, 0)",
    };
    static struct scene sc;
    struct act a = {0};
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    assert_false(seen(&sc).counted);
    assert_int_equal(seen(&sc).wrong, 0);
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &a));
    assert_true(seen(&sc).counted);
    for (ptrdiff_t i = 0; i < COUNTOF(harms); i++) {
        assert_int_equal(seen(&sc).wrong, 0);
        assert_true(store_script(&sc.s, harms[i]));
        if (seen(&sc).wrong == 0) fail_msg("not found: %s", harms[i]);
        assert_true(db_write(&sc.s.cx, DB_BULK, recount_write, NULL));
    }
    assert_int_equal(seen(&sc).wrong, 0);
    store_close(&sc.s);
}

static void days_are_those_of_the_clock_and_follow_it(void **state)
{
    static struct scene sc;
    struct act a = {0};
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    /* 2025-06-15, 23:30 in Berlin (21:30 UTC); half past midnight on the 16th two hours east. */
    sc.s.cx.now_ms = INT64_C(1750023000000) - MINUTE_MS;
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    struct seen berlin = seen(&sc);
    assert_int_equal(berlin.days[0].row[0].day, 20254);
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &a));
    assert_int_equal(seen(&sc).days[0].row[0].day, 20254);
    assert_true(store_script(&sc.s, "INSERT INTO setting (workspace_id, name, value, changed_ms, "
                                    "user_id) VALUES (1, 'time_zone', 'Asia/Dubai', 0, 0)"));
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &a));
    struct seen dubai = seen(&sc);
    assert_int_equal(dubai.days[0].row[0].day, 20255);
    assert_int_equal(dubai.form_days.row[0].day, 20255);
    assert_int_equal(dubai.wrong, 0);
    /* Winter's days and summer's: each by the offset of its own. */
    assert_true(store_script(&sc.s, "UPDATE setting SET value = 'Europe/Berlin';"
                                    "UPDATE lead SET created_ms = 1736982000000")); /* 00:00 */
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &a));
    assert_int_equal(seen(&sc).days[0].row[0].day, 20104); /* 2025-01-16 */
    assert_true(store_script(&sc.s, "UPDATE lead SET created_ms = 1736981999999"));
    assert_true(db_write(&sc.s.cx, DB_BULK, recount_write, NULL));
    assert_int_equal(seen(&sc).days[0].row[0].day, 20103);
    store_close(&sc.s);
}

static void a_try_counts_nowhere(void **state)
{
    static struct scene sc;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    struct submission_new in = filled_in(&sc, &sc.newsletter, "{\"email\":\"t@firma.example\"}");
    in.test = true;
    struct submission_done done = hand_in(&sc, &in);
    assert_int_equal(click(&sc, done.lead_id), LINK_DONE);
    struct seen s = seen(&sc);
    assert_int_equal(s.won[0].all + s.form.all + s.form.confirmed, 0);
    assert_int_equal(s.wrong, 0);
    store_close(&sc.s);
}

/* --- many at once --- */

struct crowd {
    struct ctx cx;
    bool folds;
};

static bool note_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return tally_note(cx, tx, TALLY_CAMPAIGN, ONE, cx->now_ms, S("direct"), 1, 0);
}

static void *notes(void *arg)
{
    struct crowd *c = arg;
    struct act a = {0};
    for (int i = 0; i < NOTES; i++)
        if (!db_write(&c->cx, DB_EVENTS, c->folds ? fold_write : note_write, &a)) return arg;
    return NULL;
}

static void a_crowd_at_one_campaign_loses_none(void **state)
{
    static struct scene sc;
    static struct arena_block block[THREADS];
    static arena a[THREADS];
    struct crowd crowd[THREADS];
    pthread_t thread[THREADS];
    struct act last = {0};
    void *failed;
    (void)state;
    scene_open(&sc);
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &last));
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){store_thread_ctx(&sc.s, &block[i], &a[i]), i == 0};
        assert_int_equal(pthread_create(&thread[i], NULL, notes, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(seen(&sc).won[0].all, (THREADS - 1) * NOTES);
    assert_true(db_write(&sc.s.cx, DB_EVENTS, fold_write, &last));
    assert_int_equal(seen(&sc).won[0].all, (THREADS - 1) * NOTES);
    assert_int_equal(seen(&sc).days[0].row[0].all, (THREADS - 1) * NOTES);
    for (int i = 0; i < THREADS; i++) arena_block_close(&block[i]);
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_the_numbers_are_what_a_count_says),
        cmocka_unit_test(a_wrong_number_is_found_and_counted_anew),
        cmocka_unit_test(days_are_those_of_the_clock_and_follow_it),
        cmocka_unit_test(a_try_counts_nowhere),
        cmocka_unit_test(a_crowd_at_one_campaign_loses_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
