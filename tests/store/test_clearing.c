/* The end of a workspace: its rows go, all of them, and nobody else's. */
#include "access_case.h"

#include "app.h"
#include "backup/erasures.h"
#include "clearing/clearing.h"
#include "clearing_sql.h"
#include "db/bulk.h"
#include "dossier/dossier.h"
#include "tally/tally.h"
#include "workspace/workspace.h"

static const struct job JOB;

static bool let_go(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_let_go(cx, tx, *(int64_t *)arg);
}

static bool take_back(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_take_back(cx, tx, *(int64_t *)arg);
}

static bool is_whose(const struct bulk_column *c)
{
    return str_eq(c->name, S("workspace_id")) || str_eq(c->name, S("of_workspace_id"));
}

/* A row of a workspace in each table: numbers tell rows apart, and which it is. */
static void fill(struct house *h, const struct bulk_schema *schema, int64_t workspace, int rows)
{
    for (int t = 0; t < schema->table_count; t++) {
        const struct bulk_table *table = &schema->table[t];
        bool of_workspace = false;
        for (int c = 0; c < table->column_count; c++)
            of_workspace = of_workspace || is_whose(&table->column[c]);
        /* Of some there is one for each workspace. */
        bool single = table->key_count == 1 && is_whose(&table->column[table->key[0]]);
        for (int row = 0; of_workspace && row < (single ? 1 : rows); row++) {
            struct buf sql = buf_new(h->s.cx.a, 16 << 10);
            buf_printf(&sql, "INSERT INTO %.*s VALUES (", STR_ARG(table->name));
            for (int c = 0; c < table->column_count; c++) {
                const struct bulk_column *column = &table->column[c];
                long long n =
                    is_whose(column) ? (long long)workspace : (long long)workspace * 100000 + row;
                if (str_eq(column->name, S("at_ms"))) n = STORE_NOW_MS;
                if (c > 0) buf_put(&sql, S(", "));
                if (column->type == BULK_I64) buf_printf(&sql, "%lld", n);
                if (column->type == BULK_TEXT) buf_printf(&sql, "'t%lld'", n);
                if (column->type == BULK_BLOB) buf_printf(&sql, "CAST('b%lld-%d' AS BLOB)", n, c);
            }
            buf_put(&sql, S(")"));
            const char *text = str_cstr(h->s.cx.a, buf_str(&sql));
            if (!store_script(&h->s, text)) fail_msg("%s", text);
        }
    }
}

struct counting {
    const struct bulk_schema *schema;
    int64_t workspace, rows;
    bool receipts; /* count those, too */
    str left;
};

static bool count_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct counting *q = arg;
    q->rows = 0;
    q->left = S("");
    for (int t = 0; t < q->schema->table_count; t++) {
        const struct bulk_table *table = &q->schema->table[t];
        for (int c = 0; c < table->column_count; c++) {
            struct buf out = buf_new(cx->a, 100);
            int64_t n = 0;
            if (!is_whose(&table->column[c])) continue;
            if (!q->receipts && str_eq(table->name, S("receipt"))) continue;
            const char *sql = str_cstr(
                cx->a,
                str_printf(cx->a, "SELECT CAST(COUNT(*) AS TEXT) FROM %.*s WHERE %.*s = %lld",
                           STR_ARG(table->name), STR_ARG(table->column[c].name),
                           (long long)q->workspace));
            if (!sql_lines(tx, sql, &out) || !str_to_i64(str_trim(buf_str(&out)), &n)) return false;
            q->rows += n;
            if (n > 0) q->left = table->name;
        }
    }
    return true;
}

static struct counting count(struct house *h, const struct bulk_schema *schema, int64_t workspace)
{
    struct counting q = {.schema = schema, .workspace = workspace};
    assert_true(db_read(&h->s.cx, count_read, &q));
    return q;
}

static void house_with_app(struct house *h, struct app *app)
{
    house_open(h);
    *app = (struct app){.db = h->s.cx.db, .config.data_dir = str_of(h->s.folder)};
    assert_int_equal(sem_init(&app->password_slots, 0, 2), 0);
    h->s.cx.app = app;
}

static void all_rows_of_a_workspace_go_and_no_others(void **state)
{
    (void)state;
    static struct app app;
    struct house h;
    struct bulk_schema schema;
    int64_t id = OTHER_WORKSPACE;
    house_with_app(&h, &app);
    assert_true(bulk_schema_read(&h.s.cx, &schema));
    fill(&h, &schema, STORE_WORKSPACE, 2);
    fill(&h, &schema, OTHER_WORKSPACE, 2);
    h.s.cx.actor = (struct actor){.kind = ACTOR_SYSTEM};
    /* One table of more rows than go at once: 11 times 11 times 11. */
    assert_true(store_script(
        &h.s, "INSERT INTO setting (workspace_id, name, value, changed_ms, user_id) "
              "WITH RECURSIVE k (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < 10) "
              "SELECT 2, 'n' || (a.n * 121 + b.n * 11 + c.n), '', 0, 0 FROM k a, k b, k c"));
    int64_t mine = count(&h, &schema, STORE_WORKSPACE).rows;
    assert_true(mine > 50);
    assert_true(count(&h, &schema, OTHER_WORKSPACE).rows >= mine);

    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    h.s.cx.now_ms += WORKSPACE_WAIT_MS - 1;
    assert_true(clearing_run(&h.s.cx, &JOB));
    assert_true(count(&h, &schema, OTHER_WORKSPACE).rows >= mine); /* not before its time */
    h.s.cx.now_ms += 1;
    h.s.cx.workspace_id = 0; /* as jobs of the system run */
    assert_true(clearing_run(&h.s.cx, &JOB));
    struct counting left = count(&h, &schema, OTHER_WORKSPACE);
    if (left.rows != 0)
        fail_msg("%lld rows are left, in %.*s", (long long)left.rows, STR_ARG(left.left));
    /* One more: the audit's. */
    assert_int_equal(count(&h, &schema, STORE_WORKSPACE).rows, mine + 1);
    h.s.cx.workspace_id = STORE_WORKSPACE;
    assert_false(db_write(&h.s.cx, DB_INTERACTIVE, take_back, &id));

    struct erasures noted = {0};
    err_clear(&h.s.cx);
    assert_true(erasures_read(&h.s.cx, erasure_journal_path(&h.s.cx), &noted));
    assert_int_equal(noted.count, 1);
    assert_int_equal(noted.row[0].workspace_id, OTHER_WORKSPACE);
    assert_int_equal(noted.row[0].lead_id, 0);
    store_close(&h.s);
}

/* A job that was at work writes once more into a table that was done. */
static void late_rows_and_receipts_go_with_the_workspace(void **state)
{
    (void)state;
    static struct app app;
    struct house h;
    struct bulk_schema schema;
    int64_t id = OTHER_WORKSPACE;
    house_with_app(&h, &app);
    assert_true(bulk_schema_read(&h.s.cx, &schema));
    fill(&h, &schema, OTHER_WORKSPACE, 2);
    /* Memberships are the last to go. */
    assert_true(store_script(
        &h.s, db_is_shared(h.s.cx.db)
                  ? "CREATE RULE late AS ON DELETE TO membership DO ALSO "
                    "INSERT INTO setting (workspace_id, name, value, changed_ms, user_id) "
                    "VALUES (OLD.workspace_id, 'late' || OLD.user_id, '', 0, 0)"
                  : "CREATE TRIGGER late AFTER DELETE ON membership BEGIN "
                    "INSERT INTO setting (workspace_id, name, value, changed_ms, user_id) "
                    "VALUES (OLD.workspace_id, 'late' || OLD.user_id, '', 0, 0); END"));
    h.s.cx.actor = (struct actor){.kind = ACTOR_SYSTEM};
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    h.s.cx.now_ms += WORKSPACE_WAIT_MS;
    h.s.cx.workspace_id = 0;
    assert_true(clearing_run(&h.s.cx, &JOB));
    struct counting left = {.schema = &schema, .workspace = OTHER_WORKSPACE, .receipts = true};
    assert_true(db_read(&h.s.cx, count_read, &left));
    if (left.rows != 0)
        fail_msg("%lld rows are left, in %.*s", (long long)left.rows, STR_ARG(left.left));
    store_close(&h.s);
}

static void whoever_worked_nowhere_else_goes_too(void **state)
{
    (void)state;
    static struct app app;
    struct house h;
    int64_t id = OTHER_WORKSPACE;
    struct session_new session;
    house_with_app(&h, &app);
    house_add(&h, "both@firma.example", ROLE_SALES);
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    house_add(&h, "both@firma.example", ROLE_SALES);
    house_add(&h, "there@firma.example", ROLE_SALES);
    h.s.cx.workspace_id = STORE_WORKSPACE;
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    h.s.cx.now_ms += WORKSPACE_WAIT_MS;
    assert_true(clearing_run(&h.s.cx, &JOB));
    assert_true(house_sign_in(&h, "both@firma.example", RIGHT, &session));
    int64_t user = 0;
    struct user_new again = {S("there@firma.example"), S("Neu"), ROLE_SALES, S("kurz"), S("")};
    /* A new account, which needs a good password: the old one is gone. */
    assert_refused(&h, access_user_add(&h.s.cx, &again, &user), ERR_INVALID,
                   "access.password_short");
    store_close(&h.s);
}

/* Its rows go table by table: what is made from them must not come back in between. */
static void nothing_is_counted_anew_of_one_that_goes(void **state)
{
    (void)state;
    static struct app app;
    struct house h;
    struct bulk_schema schema;
    int64_t id = OTHER_WORKSPACE;
    house_with_app(&h, &app);
    assert_true(bulk_schema_read(&h.s.cx, &schema));
    h.s.cx.workspace_id = 0;
    int64_t there = count(&h, &schema, OTHER_WORKSPACE).rows;
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    assert_true(tally_jobs[0].run(&h.s.cx, &JOB));
    assert_int_equal(count(&h, &schema, OTHER_WORKSPACE).rows, there);
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, take_back, &id));
    assert_true(tally_jobs[0].run(&h.s.cx, &JOB));
    assert_int_equal(count(&h, &schema, OTHER_WORKSPACE).rows, there + 1); /* its clock */
    store_close(&h.s);
}

/* Nor is its trash emptied any more, which writes an audit and a suppression. */
static void no_lead_is_erased_one_by_one_of_one_that_goes(void **state)
{
    (void)state;
    static struct app app;
    struct house h;
    struct bulk_schema schema;
    int64_t id = OTHER_WORKSPACE, erased = 0;
    house_with_app(&h, &app);
    struct ctx *cx = &h.s.cx;
    assert_true(bulk_schema_read(cx, &schema));
    assert_true(db_write(cx, DB_INTERACTIVE, let_go, &id));
    fill(&h, &schema, OTHER_WORKSPACE, 1);
    assert_true(store_script(&h.s, "UPDATE lead SET lead_state = 2, trashed_ms = 1, email = ''"));
    /* And none of its keys opens: that keeps nobody from being erased. */
    assert_true(store_script(&h.s, "UPDATE field_history SET field = 'email', lead_id = 200000"));
    int64_t there = count(&h, &schema, OTHER_WORKSPACE).rows;
    cx->actor = (struct actor){.kind = ACTOR_SYSTEM};
    cx->now_ms += WORKSPACE_WAIT_MS;
    cx->workspace_id = 0;
    assert_true(dossier_purge(cx, 10, &erased));
    assert_int_equal(erased, 0);
    assert_int_equal(count(&h, &schema, OTHER_WORKSPACE).rows, there);
    cx->now_ms -= 1; /* it can still be taken back: its trash ends as any other's */
    assert_true(dossier_purge(cx, 10, &erased));
    assert_int_equal(erased, 1);
    store_close(&h.s);
}

static void within_its_days_it_can_be_taken_back(void **state)
{
    (void)state;
    struct house h;
    int64_t id = OTHER_WORKSPACE, first = STORE_WORKSPACE, nobody = 12345;
    house_open(&h);
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, let_go, &first), ERR_CONFLICT,
                   "workspace.default_stays");
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, let_go, &nobody), ERR_NOT_FOUND,
                   "error.not_found");
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, take_back, &id), ERR_NOT_FOUND,
                   "error.not_found");
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id), ERR_NOT_FOUND,
                   "error.not_found");
    h.s.cx.now_ms += WORKSPACE_WAIT_MS - 1;
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, take_back, &id));
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, let_go, &id));
    h.s.cx.now_ms += WORKSPACE_WAIT_MS;
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, take_back, &id), ERR_NOT_FOUND,
                   "error.not_found");
    store_close(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_rows_of_a_workspace_go_and_no_others),
        cmocka_unit_test(late_rows_and_receipts_go_with_the_workspace),
        cmocka_unit_test(whoever_worked_nowhere_else_goes_too),
        cmocka_unit_test(nothing_is_counted_anew_of_one_that_goes),
        cmocka_unit_test(no_lead_is_erased_one_by_one_of_one_that_goes),
        cmocka_unit_test(within_its_days_it_can_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
