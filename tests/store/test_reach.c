/* Whoever sees some leads only sees them alone: in lists of every order, in searches, counts,
 * exports, and one by one. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/permission.h"
#include "base/reach.h"
#include "lead/lead.h"
#include "sql.h"

#include <stdio.h>

enum { LEADS = 3200, KAI = 7, ANNA = 8, PAGE = 50 };

/* Owner by id: of seven leads one is Kai's, two are nobody's, the others are Anna's. */
static int64_t owner_of(int64_t id)
{
    return id % 7 == 0 ? KAI : id % 7 < 3 ? 0 : ANNA;
}

static void fill(struct store *s)
{
    str sql = str_printf(
        s->cx.a,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, display_name, "
        "name_sort, email, email_state, permit_state, permit_purpose, lang, source, first_contact, "
        "created_ms, updated_ms, last_ms, trashed_ms, version_no, owner_user_id) "
        "SELECT 1, i, i, CASE WHEN i %% 50 = 49 THEN 2 ELSE 0 END, i %% 4, 'n' || (i * 7 %% 10), "
        "'n' || (i * 7 %% 10), '', 0, i %% 3, '', 'de', "
        "CASE WHEN i %% 7 = 0 THEN 'Messe' WHEN i %% 7 < 3 THEN 'Frei' ELSE 'Web' END, '{}', "
        "i * 13 %% 50, 0, i * 17 %% 40, 0, 1, "
        "CASE WHEN i %% 7 = 0 THEN 7 WHEN i %% 7 < 3 THEN 0 ELSE 8 END FROM n",
        LEADS);
    assert_true(store_script(s, str_cstr(s->cx.a, sql)));
    assert_true(store_script(s, "INSERT INTO lead_word (workspace_id, word, lead_id) SELECT "
                                "workspace_id, 'gemeinsam', id FROM lead"));
}

static const struct {
    uint64_t bits;
    bool own, free, all;
} people[] = {
    {0, true, false, false},
    {MAY_READ_FREE_LEADS, true, true, false},
    {MAY_READ_ALL_LEADS, true, true, true},
};

static bool seen(int who, int64_t id)
{
    int64_t owner = owner_of(id);
    return owner == KAI ? people[who].own : owner == 0 ? people[who].free : people[who].all;
}

static void be(struct store *s, int who)
{
    s->cx.actor = (struct actor){ACTOR_USER, KAI, 1, people[who].bits};
}

struct listing {
    struct lead_filter filter;
    struct lead_rows rows;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return lead_list(cx, tx, &l->filter, &l->rows);
}

/* Every page of a list: how many leads it has in all; one that is beyond reach fails. */
static int walk(struct store *s, int who, struct lead_filter filter)
{
    int n = 0;
    filter.limit = PAGE;
    for (;;) {
        arena start = *s->cx.a;
        struct listing l = {.filter = filter};
        assert_true(db_read(&s->cx, list_read, &l));
        for (ptrdiff_t i = 0; i < l.rows.count; i++)
            if (!seen(who, l.rows.row[i].id))
                fail_msg("who %d sort %d sees lead %lld", who, (int)filter.sort,
                         (long long)l.rows.row[i].id);
        n += (int)l.rows.count;
        if (l.rows.count < PAGE) return n;
        const struct lead_row *last = &l.rows.row[PAGE - 1];
        static char key[40];
        if (filter.sort == LEAD_SORT_NAME)
            snprintf(key, sizeof key, "%.*s", STR_ARG(last->name_sort));
        else
            snprintf(key, sizeof key, "%lld",
                     (long long)(filter.sort == LEAD_SORT_LAST ? last->last_ms : last->created_ms));
        filter.after_key = str_of(key);
        filter.after_id = last->id;
        *s->cx.a = start;
    }
}

static int expected(int who, enum lead_state state, int phase)
{
    int n = 0;
    for (int64_t id = 1; id <= LEADS; id++) {
        bool trashed = id % 50 == 49;
        n += seen(who, id) && trashed == (state == LEAD_TRASHED) && (phase < 0 || id % 4 == phase);
    }
    return n;
}

static void lists_and_searches_hold_what_is_within_reach_and_all_of_it(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    for (int who = 0; who < COUNTOF(people); who++) {
        be(&s, who);
        for (int sort = LEAD_SORT_CREATED; sort <= LEAD_SORT_NAME; sort++)
            for (int up = 0; up < 2; up++) {
                struct lead_filter f = {.phase = -1,
                                        .permit = -1,
                                        .source = S(""),
                                        .query = S(""),
                                        .sort = (enum lead_sort)sort,
                                        .ascending = up == 1};
                assert_int_equal(walk(&s, who, f), expected(who, LEAD_ACTIVE, -1));
                f.phase = 1;
                assert_int_equal(walk(&s, who, f), expected(who, LEAD_ACTIVE, 1));
                f.phase = -1;
                f.state = LEAD_TRASHED;
                assert_int_equal(walk(&s, who, f), expected(who, LEAD_TRASHED, -1));
            }
        struct lead_filter search = {
            .phase = -1, .permit = -1, .source = S(""), .query = S("gemeinsam")};
        assert_int_equal(walk(&s, who, search), expected(who, LEAD_ACTIVE, -1));
        search.query = S("gemeinsam gemein");
        assert_int_equal(walk(&s, who, search), expected(who, LEAD_ACTIVE, -1));
    }
    store_close(&s);
}

static void asking_for_somebody_elses_leads_finds_none(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    struct lead_filter f = {.phase = -1, .permit = -1, .source = S(""), .query = S("")};
    static const struct {
        int64_t owner;
        int who;
        bool some;
    } cases[] = {
        {KAI, 0, true},  {ANNA, 0, false}, {LEAD_OWNER_NOBODY, 0, false},
        {KAI, 1, true},  {ANNA, 1, false}, {LEAD_OWNER_NOBODY, 1, true},
        {ANNA, 2, true}, {KAI, 2, true},   {LEAD_OWNER_NOBODY, 2, true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        be(&s, cases[i].who);
        f.owner = cases[i].owner;
        assert_int_equal(walk(&s, cases[i].who, f) > 0, cases[i].some);
    }
    store_close(&s);
}

struct sums {
    int64_t active, trashed, fresh;
    struct lead_sources sources;
    int exported;
};

static bool sums_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct sums *n = arg;
    struct leads page;
    if (!lead_count(cx, tx, LEAD_ACTIVE, &n->active) ||
        !lead_count(cx, tx, LEAD_TRASHED, &n->trashed) ||
        !lead_count_new(cx, tx, 0, INT64_MAX, &n->fresh) || !lead_source_list(cx, tx, &n->sources))
        return false;
    for (int64_t after = 0;; after = page.row[page.count - 1].id) {
        if (!lead_export_list(cx, tx, after, PAGE, &page)) return false;
        n->exported += (int)page.count;
        if (page.count < PAGE) return true;
    }
}

static void counts_sources_and_exports_hold_the_same(void **state)
{
    static const char *const sources[] = {"Messe", "Frei Messe", "Frei Messe Web"};
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    for (int who = 0; who < COUNTOF(people); who++) {
        struct sums n = {0};
        be(&s, who);
        assert_true(db_read(&s.cx, sums_read, &n));
        assert_int_equal(n.active, expected(who, LEAD_ACTIVE, -1));
        assert_int_equal(n.trashed, expected(who, LEAD_TRASHED, -1));
        assert_int_equal(n.fresh, n.active);
        assert_int_equal(n.exported, n.active);
        str names = S("");
        for (ptrdiff_t i = 0; i < n.sources.count; i++)
            names = str_printf(s.cx.a, "%.*s%s%.*s", STR_ARG(names), i > 0 ? " " : "",
                               STR_ARG(n.sources.name[i]));
        assert_str("sources", names, str_of(sources[who]));
    }
    store_close(&s);
}

static bool load_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    return lead_load(cx, tx, *(const int64_t *)arg, &lead);
}

static void one_lead_beyond_reach_is_not_found(void **state)
{
    static struct store s;
    (void)state;
    store_open(&s);
    fill(&s);
    for (int who = 0; who < COUNTOF(people); who++)
        for (int64_t id = 1; id <= 21; id++) {
            be(&s, who);
            err_clear(&s.cx);
            assert_int_equal(db_read(&s.cx, load_read, &id), seen(who, id));
            if (!seen(who, id)) assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
        }
    /* A job acts for nobody, and is not held back. */
    s.cx.actor = (struct actor){.kind = ACTOR_SYSTEM};
    for (int64_t id = 1; id <= 21; id++) assert_true(db_read(&s.cx, load_read, &id));
    store_close(&s);
}

static void who_has_no_user_owns_nothing(void **state)
{
    struct actor token = {.kind = ACTOR_TOKEN};
    struct reach reach = reach_of(&token);
    (void)state;
    assert_false(reach_holds(&reach, 0));
    assert_false(reach_holds(&reach, KAI));
    assert_false(lead_seen(&token, 0, LEAD_ACTIVE));
    assert_true(lead_seen(&token, 0, LEAD_TEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_and_searches_hold_what_is_within_reach_and_all_of_it),
        cmocka_unit_test(asking_for_somebody_elses_leads_finds_none),
        cmocka_unit_test(counts_sources_and_exports_hold_the_same),
        cmocka_unit_test(one_lead_beyond_reach_is_not_found),
        cmocka_unit_test(who_has_no_user_owns_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
