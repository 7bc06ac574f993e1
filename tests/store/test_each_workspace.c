/* Housekeeping goes through all workspaces: what fails in one keeps the others from nothing. */
#include "store/capture_case.h"

#include "app.h"
#include "base/buf.h"
#include "dossier/dossier.h"
#include "jobs/jobs.h"
#include "lead/lead_applicant.h"
#include "spam/suspect_jobs.h"
#include "workspace/workspace.h"

#include <cmocka.h>
#include <string.h>

static const struct job JOB = {.attempt = 1, .payload = S_INIT("")};

struct round {
    int count;
    int64_t seen[8], bad;
    enum err_code code;
};

static bool visit(struct ctx *cx, void *arg)
{
    struct round *r = arg;
    r->seen[r->count++] = cx->workspace_id;
    (void)NEW(cx->a, char, 1 << 20);
    return cx->workspace_id < r->bad || fail(cx, r->code, "error.internal");
}

static void what_fails_in_one_workspace_keeps_the_others_from_nothing(void **state)
{
    (void)state;
    static struct store s;
    store_open(&s);
    int64_t ids[] = {1, 2, 3, 4, 5, 6};
    struct workspace_ids all = {ids, COUNTOF(ids)};
    static const struct {
        int64_t bad; /* and those behind it */
        enum err_code code;
        int visited;
    } cases[] = {{7, ERR_NONE, 6},
                 {6, ERR_INTERNAL, 6},
                 {1, ERR_STORAGE, 6},
                 {2, ERR_UNAVAILABLE, 4},
                 {5, ERR_UNAVAILABLE, 6}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct round r = {.bad = cases[i].bad, .code = cases[i].code};
        s.cx.workspace_id = 9;
        err_clear(&s.cx);
        char *before = s.cx.a->beg;
        assert_int_equal(workspace_each(&s.cx, &all, visit, &r), cases[i].bad == 7);
        assert_int_equal(s.cx.err.code, cases[i].code);
        assert_int_equal(r.count, cases[i].visited);
        for (int k = 0; k < r.count; k++) assert_int_equal(r.seen[k], k + 1);
        assert_int_equal(s.cx.workspace_id, 9);
        if (cases[i].bad == 7) assert_ptr_equal(s.cx.a->beg, before);
    }
    store_close(&s);
}

static bool run_kind(struct ctx *cx, const struct job_kind *kinds, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(kinds[i].name, name) == 0) return kinds[i].run(cx, &JOB);
    fail_msg("no kind %s", name);
    return false;
}

/* From now on such rows of a table cannot be deleted. */
static void lock_rows(struct store *s, const char *table, const char *column, int64_t value)
{
    static const char sqlite[] = "CREATE TRIGGER locked BEFORE DELETE ON %s WHEN OLD.%s = %lld "
                                 "BEGIN SELECT RAISE(ABORT, 'locked'); END",
                      postgres[] =
                          "CREATE FUNCTION locked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                          "RAISE EXCEPTION 'locked'; END $$; CREATE TRIGGER locked BEFORE DELETE "
                          "ON %s FOR EACH ROW WHEN (OLD.%s = %lld) EXECUTE FUNCTION locked()";
    char text[500];
    snprintf(text, sizeof text, db_is_shared(s->cx.db) ? postgres : sqlite, table, column,
             (long long)value);
    assert_true(store_script(s, text));
}

static bool rows_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx, "SELECT workspace_id FROM suspect ORDER BY 1", arg);
}

static void what_was_held_back_goes_from_the_others(void **state)
{
    (void)state;
    static struct store s;
    store_open(&s);
    assert_true(store_script(&s, "INSERT INTO workspace VALUES (1, 'one', '', 5, 0), "
                                 "(2, 'two', 'two.example', 5, 0), (3, 'three', 'three.example', "
                                 "5, 0)"));
    assert_true(store_script(&s, "INSERT INTO suspect VALUES (1, 5, 1, 1, 5, 1, 0, x'00', x'00', "
                                 "0, 0), (2, 5, 1, 1, 5, 1, 0, x'00', x'00', 0, 0), "
                                 "(3, 5, 1, 1, 5, 1, 0, x'00', x'00', 0, 0)"));
    lock_rows(&s, "suspect", "workspace_id", 2);
    struct buf b = buf_new(&s.a, 4096);
    s.cx.workspace_id = 0;
    assert_false(run_kind(&s.cx, suspect_jobs, suspect_job_count, "suspect.expire"));
    assert_int_equal(s.cx.workspace_id, 0);
    err_clear(&s.cx);
    assert_true(db_read(&s.cx, rows_read, &b));
    assert_str("left", str_trim(buf_str(&b)), S("2"));
    store_close(&s);
}

/* --- erasing --- */

static const char APPLICATION[] =
    "{\"kind\":\"application\",\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
    "\"required\":true}]}";

struct mark {
    int64_t lead_id;
    bool applicant;
};

static bool mark_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct mark *m = arg;
    return m->applicant ? applicant_reject(cx, tx, m->lead_id, true)
                        : lead_set_state(cx, tx, m->lead_id, LEAD_TRASHED);
}

static bool left_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx, "SELECT id FROM lead ORDER BY id", arg);
}

static void one_that_cannot_be_erased_keeps_the_others_from_nothing(void **state)
{
    (void)state;
    for (int applicant = 0; applicant < 2; applicant++) {
        static struct scene sc;
        static struct form_live jobs;
        static struct app app;
        scene_open(&sc);
        struct ctx *cx = &sc.s.cx;
        struct publish publish = {"jobs", APPLICATION, &jobs};
        assert_true(db_write(cx, DB_INTERACTIVE, publish_write, &publish));
        int64_t first = 0, erased;
        for (int i = 0; i < 3; i++) {
            char json[80];
            snprintf(json, sizeof json, "{\"email\":\"a%d@x.example\"}", i);
            struct mark m = {submit(&sc, applicant ? &jobs : &sc.contact, json).lead_id, applicant};
            assert_true(db_write(cx, DB_INTERACTIVE, mark_write, &m));
            if (i == 0) first = m.lead_id;
        }
        lock_rows(&sc.s, "lead", "id", first);
        app.config.data_dir = str_of(sc.s.folder);
        cx->app = &app;
        cx->now_ms += 400 * (int64_t)DAY_MS;
        assert_false(applicant ? dossier_purge_applicants(cx) : dossier_purge(cx, 50, &erased));
        if (!applicant) assert_int_equal(erased, 2);
        err_clear(cx);
        struct buf b = buf_new(&sc.s.a, 4096);
        assert_true(db_read(cx, left_read, &b));
        assert_str("left", str_trim(buf_str(&b)), str_printf(cx->a, "%lld", (long long)first));
        store_close(&sc.s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_in_one_workspace_keeps_the_others_from_nothing),
        cmocka_unit_test(what_was_held_back_goes_from_the_others),
        cmocka_unit_test(one_that_cannot_be_erased_keeps_the_others_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
