/* A filter that few leads pass is answered another way than one that many do: with the same pages.
 */
#include "store_test.h"
#include "unit/assert_str.h"

#include "lead/lead.h"
#include "sql.h"

enum { ALL_MAX = 6000, PAGE = 7 };

struct listing {
    struct lead_filter filter;
    struct lead_rows rows;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return lead_list(cx, tx, &l->filter, &l->rows);
}

/* `count` leads: names and moments meet, some are archived, some have a source. */
static void fill(struct store *s, int count, int every_nth_is_mql, int every_nth_may)
{
    struct ctx *cx = &s->cx;
    str sql = str_printf(
        cx->a,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO lead (workspace_id, id, canonical_id, lead_state, phase_kind, display_name, "
        "name_sort, email, email_state, permit_state, permit_purpose, lang, source, first_contact, "
        "created_ms, updated_ms, last_ms, trashed_ms, version_no) "
        "SELECT 1, i, i, CASE WHEN i %% 11 = 0 THEN 1 ELSE 0 END, "
        "CASE WHEN i %% %d = 0 THEN 1 WHEN i %% 3 = 0 THEN 3 ELSE 0 END, 'n' || (i * 7 %% 10), "
        "'n' || (i * 7 %% 10), '', 0, CASE WHEN i %% %d = 0 THEN 2 WHEN i %% 5 = 0 THEN 1 ELSE 0 "
        "END, '', 'de', CASE WHEN i %% 2 = 0 THEN 'Messe' ELSE 'Web' END, '{}', i * 13 %% 50, 0, "
        "i * 17 %% 40, 0, 1 FROM n",
        count, every_nth_is_mql, every_nth_may);
    assert_true(store_script(s, str_cstr(cx->a, sql)));
}

static struct lead_rows list(struct store *s, struct lead_filter filter)
{
    struct listing l = {.filter = filter};
    err_clear(&s->cx);
    assert_true(db_read(&s->cx, list_read, &l));
    return l.rows;
}

static bool passes(const struct lead_row *row, const struct lead_filter *f)
{
    return (f->phase < 0 || row->phase == f->phase) &&
           (f->permit < 0 || row->permit == f->permit) &&
           (f->source.len == 0 || str_eq(row->source, f->source));
}

static str key_of(struct ctx *cx, const struct lead_row *row, enum lead_sort sort)
{
    if (sort == LEAD_SORT_NAME) return row->name_sort;
    return str_printf(cx->a, "%lld",
                      (long long)(sort == LEAD_SORT_LAST ? row->last_ms : row->created_ms));
}

/* Page after page of a filter is the unfiltered list without the others. */
static void check_pages(struct store *s, struct lead_filter f)
{
    struct ctx *cx = &s->cx;
    struct lead_filter all = {.state = f.state,
                              .phase = -1,
                              .permit = -1,
                              .sort = f.sort,
                              .ascending = f.ascending,
                              .limit = ALL_MAX};
    struct lead_rows want = list(s, all), got = {0};
    ptrdiff_t seen = 0;
    f.limit = PAGE;
    for (ptrdiff_t i = 0; i < want.count; i++) {
        if (!passes(&want.row[i], &f)) continue;
        if (seen == got.count) {
            if (got.count > 0) {
                const struct lead_row *last = &got.row[got.count - 1];
                f.after_id = last->id;
                f.after_key = key_of(cx, last, f.sort);
            }
            got = list(s, f);
            seen = 0;
            if (got.count == 0) fail_msg("sort %d: a page ends too soon", (int)f.sort);
        }
        if (got.row[seen].id != want.row[i].id)
            fail_msg("sort %d %s: lead %lld, want %lld", (int)f.sort, f.ascending ? "up" : "down",
                     (long long)got.row[seen].id, (long long)want.row[i].id);
        seen++;
    }
    if (seen != got.count) fail_msg("sort %d: leads that do not pass", (int)f.sort);
}

static void check_all(struct store *s)
{
    static const struct {
        int phase, permit;
        const char *source;
        enum lead_state state;
    } filters[] = {
        {1, -1, "", LEAD_ACTIVE},         {3, -1, "", LEAD_ACTIVE},    {0, -1, "", LEAD_ACTIVE},
        {-1, 2, "", LEAD_ACTIVE},         {-1, 1, "", LEAD_ACTIVE},    {-1, 0, "", LEAD_ACTIVE},
        {1, 2, "", LEAD_ACTIVE},          {3, 2, "", LEAD_ACTIVE},     {1, 0, "", LEAD_ACTIVE},
        {1, -1, "Messe", LEAD_ACTIVE},    {-1, 2, "Web", LEAD_ACTIVE}, {3, 1, "Web", LEAD_ACTIVE},
        {1, -1, "Nirgends", LEAD_ACTIVE}, {4, -1, "", LEAD_ACTIVE},    {1, -1, "", LEAD_ARCHIVED},
        {-1, 2, "", LEAD_ARCHIVED},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(filters); i++)
        for (int sort = LEAD_SORT_CREATED; sort <= LEAD_SORT_NAME; sort++)
            for (int up = 0; up < 2; up++) {
                arena start = *s->cx.a;
                check_pages(s, (struct lead_filter){.state = filters[i].state,
                                                    .source = str_of(filters[i].source),
                                                    .phase = filters[i].phase,
                                                    .permit = filters[i].permit,
                                                    .sort = (enum lead_sort)sort,
                                                    .ascending = up == 1});
                *s->cx.a = start;
            }
}

static void a_filter_that_few_pass_gives_the_list_without_the_others(void **state)
{
    (void)state;
    static struct store s;
    store_open(&s);
    fill(&s, 400, 13, 17);
    check_all(&s);
    store_close(&s);
}

static void a_filter_that_many_pass_gives_the_same(void **state)
{
    (void)state;
    static struct store s;
    store_open(&s);
    fill(&s, 5000, 2, 2); /* more than are read and sorted */
    check_all(&s);
    store_close(&s);
}

static void nobody_passes(void **state)
{
    (void)state;
    static struct store s;
    store_open(&s);
    fill(&s, 50, 100, 100);
    struct lead_filter f = {.phase = 2, .permit = -1, .limit = PAGE};
    assert_int_equal(list(&s, f).count, 0);
    f = (struct lead_filter){.phase = -1, .permit = 3, .limit = PAGE};
    assert_int_equal(list(&s, f).count, 0);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_that_few_pass_gives_the_list_without_the_others),
        cmocka_unit_test(a_filter_that_many_pass_gives_the_same),
        cmocka_unit_test(nobody_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
