/* Numbers that are kept as they change are at every step what a count of the rows would say,
 * whatever happens to leads, and whether or not the changes are folded in yet. */
#include "capture_case.h"

#include "campaign/campaign.h"
#include "dossier/dossier.h"
#include "form/form_funnel.h"
#include "lead/lead_trial.h"
#include "tally/tally_inner.h"

#include <pthread.h>

enum { ONE = 600, TWO = 601, STEPS = 160, PEOPLE = 12, THREADS = 4, NOTES = 25 };

struct act {
    int64_t lead_id, campaign_id;
    enum lead_state state;
    enum email_state email_state;
    str email;
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
    bool done = db_write(cx, DB_INTERACTIVE, what < 4 ? state_write : writes[what], &a);
    bool stays = !done && what < 4 && cx->err.code == ERR_CONFLICT; /* a try */
    assert_true(done || stays);
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
        happen(&sc, &dice, lead);
        struct seen before = seen(&sc);
        assert_right(&sc, &before, step);
        if (before.won[0].all > most) most = before.won[0].all;
        confirmed += before.won[0].confirmed;
        if (step % 5 == 0) {
            assert_true(tally_fold(&sc.s.cx));
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
    assert_true(tally_recount(&sc.s.cx));
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
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    assert_false(seen(&sc).counted);
    assert_int_equal(seen(&sc).wrong, 0);
    assert_true(tally_fold(&sc.s.cx));
    assert_true(seen(&sc).counted);
    for (ptrdiff_t i = 0; i < COUNTOF(harms); i++) {
        assert_int_equal(seen(&sc).wrong, 0);
        assert_true(store_script(&sc.s, harms[i]));
        if (seen(&sc).wrong == 0) fail_msg("not found: %s", harms[i]);
        assert_true(tally_recount(&sc.s.cx));
    }
    assert_int_equal(seen(&sc).wrong, 0);
    store_close(&sc.s);
}

static void days_are_those_of_the_clock_and_follow_it(void **state)
{
    static struct scene sc;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    /* 2025-06-15, 23:30 in Berlin (21:30 UTC); half past midnight on the 16th two hours east. */
    sc.s.cx.now_ms = INT64_C(1750023000000) - MINUTE_MS;
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    struct seen berlin = seen(&sc);
    assert_int_equal(berlin.days[0].row[0].day, 20254);
    assert_true(tally_fold(&sc.s.cx));
    assert_int_equal(seen(&sc).days[0].row[0].day, 20254);
    assert_true(store_script(&sc.s, "INSERT INTO setting (workspace_id, name, value, changed_ms, "
                                    "user_id) VALUES (1, 'time_zone', 'Asia/Dubai', 0, 0)"));
    assert_true(tally_fold(&sc.s.cx));
    struct seen dubai = seen(&sc);
    assert_int_equal(dubai.days[0].row[0].day, 20255);
    assert_int_equal(dubai.form_days.row[0].day, 20255);
    assert_int_equal(dubai.wrong, 0);
    /* Winter's days and summer's: each by the offset of its own. */
    assert_true(store_script(&sc.s, "UPDATE setting SET value = 'Europe/Berlin';"
                                    "UPDATE lead SET created_ms = 1736982000000")); /* 00:00 */
    assert_true(tally_fold(&sc.s.cx));
    assert_int_equal(seen(&sc).days[0].row[0].day, 20104); /* 2025-01-16 */
    assert_true(store_script(&sc.s, "UPDATE lead SET created_ms = 1736981999999"));
    assert_true(tally_recount(&sc.s.cx));
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

/* --- a count in steps --- */

struct counting {
    struct arena_block block;
    struct tally_count c;
};

static void count_read(struct scene *sc, struct counting *k)
{
    *k = (struct counting){0};
    assert_true(arena_block_open(&k->block, 64 << 20));
    k->c.empty = arena_over(&k->block);
    assert_true(db_write(&sc->s.cx, DB_EVENTS, tally_count_begin, &k->c));
    assert_true(db_read(&sc->s.cx, tally_count_read, &k->c));
    assert_false(k->c.stale);
}

/* Whether it was written. */
static bool count_write(struct scene *sc, struct counting *k)
{
    assert_true(db_write(&sc->s.cx, DB_BULK, tally_count_write, &k->c));
    arena_block_close(&k->block);
    return !k->c.stale;
}

static void zone_set(struct scene *sc, const char *zone, int changed_ms)
{
    str sql = str_printf(sc->s.cx.a,
                         "INSERT INTO setting (workspace_id, name, value, changed_ms, user_id) "
                         "VALUES (1, 'time_zone', '%s', %d, 0) ON CONFLICT (workspace_id, name) "
                         "DO UPDATE SET value = excluded.value, changed_ms = excluded.changed_ms",
                         zone, changed_ms);
    assert_true(store_script(&sc->s, str_cstr(sc->s.cx.a, sql)));
}

static void assert_seen(const struct seen *a, const struct seen *b)
{
    assert_days(&a->form_days, &b->form_days);
    for (int i = 0; i < 2; i++) {
        assert_days(&a->days[i], &b->days[i]);
        assert_int_equal(a->won[i].all, b->won[i].all);
        assert_int_equal(a->won[i].confirmed, b->won[i].confirmed);
    }
}

static void what_happens_while_it_is_counted_counts_once(void **state)
{
    static const char *const harms[] = {
        "DELETE FROM tally_clock", /* as if it had never been counted */
        "UPDATE tally SET all_n = all_n + 3 WHERE tally_kind < 5",
        "DELETE FROM tally WHERE tally_kind < 5",
        "DELETE FROM tally_change",
        "INSERT INTO setting SELECT 1, 'time_zone', 'Asia/Dubai', 1, 0",
    };
    static struct scene sc;
    int64_t lead[PEOPLE] = {0};
    uint32_t dice = 3;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    for (int i = 0; i < 30; i++) happen(&sc, &dice, lead);
    assert_true(tally_fold(&sc.s.cx));
    for (int round = 0; round < 2 * COUNTOF(harms) - 1; round++) {
        struct counting k;
        arena start = *sc.s.cx.a;
        for (int i = 0; i < 6; i++) happen(&sc, &dice, lead); /* not folded in yet */
        assert_true(store_script(&sc.s, harms[round / 2]));
        count_read(&sc, &k);
        for (int i = 0; i < 12; i++) happen(&sc, &dice, lead);
        /* In half of them these are folded in before the end; by one who would have to count first,
         * they never are. */
        bool folds = round % 2 == 1 && round / 2 > 0;
        if (folds) assert_true(tally_fold(&sc.s.cx));
        assert_true(count_write(&sc, &k));
        struct seen s = seen(&sc);
        assert_right(&sc, &s, round);
        assert_true(s.counted);
        assert_true(tally_fold(&sc.s.cx));
        struct seen folded = seen(&sc);
        assert_seen(&s, &folded);
        /* From nothing, all days are the same. */
        assert_true(store_script(&sc.s, "DELETE FROM tally"));
        assert_true(tally_recount(&sc.s.cx));
        struct seen again = seen(&sc);
        assert_seen(&s, &again);
        assert_int_equal(number(&sc, "SELECT COUNT(*) FROM tally WHERE all_n = 0"), 0);
        *sc.s.cx.a = start;
    }
    store_close(&sc.s);
}

static void of_two_counts_at_once_one_counts(void **state)
{
    static struct scene sc;
    struct counting first, second;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    assert_true(tally_fold(&sc.s.cx));
    assert_true(store_script(&sc.s, "UPDATE tally SET all_n = all_n + 3 WHERE tally_kind < 5"));
    count_read(&sc, &first);
    count_read(&sc, &second);
    assert_true(count_write(&sc, &second));
    assert_false(count_write(&sc, &first));
    assert_int_equal(seen(&sc).wrong, 0);
    assert_int_equal(seen(&sc).won[0].all, 1);
    /* Nor of a workspace that has begun to go meanwhile. */
    assert_true(store_script(&sc.s, "DELETE FROM tally"));
    count_read(&sc, &first);
    assert_true(store_script(
        &sc.s, "INSERT INTO workspace (id, name, host, created_ms, archived_ms) VALUES (1, 'Z', "
               "'', 0, 5) ON CONFLICT (id) DO UPDATE SET archived_ms = 5"));
    assert_false(count_write(&sc, &first));
    assert_int_equal(number(&sc, "SELECT COUNT(*) FROM tally"), 0);
    store_close(&sc.s);
}

static void until_they_are_counted_the_days_are_those_of_the_clock_that_was(void **state)
{
    static struct scene sc;
    struct counting k;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    sc.s.cx.now_ms = INT64_C(1750023000000) - MINUTE_MS; /* as above */
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"a@firma.example\"}");
    assert_true(tally_fold(&sc.s.cx));
    zone_set(&sc, "Asia/Dubai", 1);
    count_read(&sc, &k);
    (void)submit(&sc, &sc.newsletter, "{\"email\":\"b@firma.example\"}");
    struct seen before = seen(&sc);
    assert_int_equal(before.days[0].count, 1);
    assert_int_equal(before.days[0].row[0].day, 20254);
    assert_int_equal(before.days[0].row[0].all, 2);
    /* Back, where changes are folded in again, and there once more: that count is of no use. */
    zone_set(&sc, "Europe/Berlin", 2);
    assert_true(tally_fold(&sc.s.cx));
    zone_set(&sc, "Asia/Dubai", 3);
    assert_false(count_write(&sc, &k));
    struct seen refused = seen(&sc);
    assert_seen(&before, &refused);
    /* A process that ends between the steps leaves all as it was. */
    count_read(&sc, &k);
    arena_block_close(&k.block);
    store_reopen(&sc.s);
    struct seen after = seen(&sc);
    assert_seen(&before, &after);
    assert_true(tally_fold(&sc.s.cx));
    struct seen dubai = seen(&sc);
    assert_int_equal(dubai.wrong, 0);
    assert_int_equal(dubai.days[0].count, 1);
    assert_int_equal(dubai.days[0].row[0].day, 20255);
    assert_int_equal(dubai.days[0].row[0].all, 2);
    store_close(&sc.s);
}

/* --- many at once --- */

struct crowd {
    struct ctx cx;
    bool folds;
    int64_t first_id; /* of leads that come; 0: this one counts */
};

static bool note_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return tally_note(cx, tx, TALLY_CAMPAIGN, ONE, cx->now_ms, S("direct"), 1, 0);
}

static void *notes(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < NOTES; i++)
        if (c->folds ? !tally_fold(&c->cx) : !db_write(&c->cx, DB_EVENTS, note_write, NULL))
            return arg;
    return NULL;
}

static void a_crowd_at_one_campaign_loses_none(void **state)
{
    static struct scene sc;
    static struct arena_block block[THREADS];
    static arena a[THREADS];
    struct crowd crowd[THREADS];
    pthread_t thread[THREADS];
    void *failed;
    (void)state;
    scene_open(&sc);
    assert_true(tally_fold(&sc.s.cx));
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){store_thread_ctx(&sc.s, &block[i], &a[i]), i == 0, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, notes, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(seen(&sc).won[0].all, (THREADS - 1) * NOTES);
    assert_true(tally_fold(&sc.s.cx));
    assert_int_equal(seen(&sc).won[0].all, (THREADS - 1) * NOTES);
    assert_int_equal(seen(&sc).days[0].row[0].all, (THREADS - 1) * NOTES);
    for (int i = 0; i < THREADS; i++) arena_block_close(&block[i]);
    store_close(&sc.s);
}

static bool lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const int64_t *id = arg;
    str sql = str_printf(
        cx->a,
        "INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, display_name, "
        "name_sort, email, email_state, permit_state, permit_purpose, lang, source, first_contact, "
        "created_ms, updated_ms, last_ms, trashed_ms, version_no, owner_user_id, campaign_id) "
        "VALUES (1, %lld, %lld, 0, 0, 'n', 'n', '', 1, 0, '', 'de', 's%lld', '{}', %lld, 0, 0, 0, "
        "1, 0, 600)",
        (long long)*id, (long long)*id, (long long)(*id % 3), (long long)cx->now_ms);
    return sql_script(tx, str_cstr(cx->a, sql)) &&
           tally_note(cx, tx, TALLY_CAMPAIGN, ONE, cx->now_ms,
                      str_printf(cx->a, "s%lld", (long long)(*id % 3)), 1, 1);
}

/* Who counts may be told to come again, by another who does so; who brings a lead is not. */
static void *leads_or_counts(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < NOTES; i++) {
        int64_t id = c->first_id + i;
        arena start = *c->cx.a;
        if (c->first_id != 0 && !db_write(&c->cx, DB_EVENTS, lead_write, &id)) return arg;
        if (c->first_id == 0 && (!tally_recount(&c->cx) || !tally_fold(&c->cx))) err_clear(&c->cx);
        *c->cx.a = start;
    }
    return NULL;
}

static void leads_that_come_while_two_count_are_all_counted(void **state)
{
    static struct scene sc;
    static struct arena_block block[THREADS];
    static arena a[THREADS];
    struct crowd crowd[THREADS];
    pthread_t thread[THREADS];
    void *failed;
    (void)state;
    scene_open(&sc);
    campaigns_add(&sc);
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){.cx = store_thread_ctx(&sc.s, &block[i], &a[i]),
                                  .first_id = i < 2 ? 0 : i * 1000};
        assert_int_equal(pthread_create(&thread[i], NULL, leads_or_counts, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    struct seen s = seen(&sc);
    assert_right(&sc, &s, 0);
    assert_int_equal(s.won[0].all, 2 * NOTES);
    assert_true(tally_fold(&sc.s.cx));
    struct seen folded = seen(&sc);
    assert_right(&sc, &folded, 1);
    assert_int_equal(folded.days[0].row[0].all, 2 * NOTES);
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
        cmocka_unit_test(what_happens_while_it_is_counted_counts_once),
        cmocka_unit_test(of_two_counts_at_once_one_counts),
        cmocka_unit_test(until_they_are_counted_the_days_are_those_of_the_clock_that_was),
        cmocka_unit_test(a_crowd_at_one_campaign_loses_none),
        cmocka_unit_test(leads_that_come_while_two_count_are_all_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
