/* Workspaces and the hosts that name them. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "sql.h"
#include "workspace/workspace.h"

struct step {
    str name, host;
    int64_t id;
    struct workspace found;
    struct workspaces all;
};

static bool create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *s = arg;
    return workspace_create(cx, tx, s->name, s->host, &s->id);
}

static bool change(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *s = arg;
    struct workspace w = {s->id, s->name, s->host};
    return workspace_change(cx, tx, &w);
}

static bool by_host(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *s = arg;
    return workspace_by_host(cx, tx, s->host, &s->found);
}

static bool by_id(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *s = arg;
    return workspace_load(cx, tx, s->id, &s->found);
}

static bool list(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_list(cx, tx, &((struct step *)arg)->all);
}

static bool wrote(struct store *s, tx_fn *fn, struct step *step)
{
    err_clear(&s->cx);
    return db_write(&s->cx, DB_INTERACTIVE, fn, step);
}

static bool looked(struct store *s, tx_fn *fn, struct step *step)
{
    err_clear(&s->cx);
    return db_read(&s->cx, fn, step);
}

static int64_t add(struct store *s, const char *name, const char *host)
{
    struct step step = {.name = str_of(name), .host = str_of(host)};
    assert_true(wrote(s, create, &step));
    return step.id;
}

static void assert_host_taken(struct store *s, bool done)
{
    assert_false(done);
    assert_int_equal(s->cx.err.code, ERR_CONFLICT);
    assert_int_equal(s->cx.err.field_count, 1);
    assert_str("field", s->cx.err.field[0].field, S("host"));
    assert_string_equal(s->cx.err.field[0].key, "error.host_taken");
}

static void a_host_names_its_workspace_and_any_other_the_default(void **state)
{
    (void)state;
    static const struct {
        const char *host, *name;
    } cases[] = {
        {"leads.example", "Andere"},
        {"LEADS.example", "Andere"},
        {"", "Erste"},
        {"unknown.example", "Erste"},
        {"eads.example", "Erste"},
        {NULL, "Erste"},
        {"%", "Erste"},
    };
    struct store s;
    store_open(&s);
    struct step step = {.host = S("leads.example")};
    assert_false(looked(&s, by_host, &step)); /* before the first one exists */
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    add(&s, "Erste", "");
    add(&s, "Andere", "Leads.Example");
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        step = (struct step){.host = str_of(cases[i].host)};
        assert_true(looked(&s, by_host, &step));
        assert_str(cases[i].host == NULL ? "absent" : cases[i].host, step.found.name,
                   str_of(cases[i].name));
    }
    store_close(&s);
}

static void two_workspaces_never_share_a_host(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    int64_t first = add(&s, "Erste", ""), other = add(&s, "Andere", "leads.example");
    struct step step = {.name = S("Dritte"), .host = S("LEADS.example")};
    assert_host_taken(&s, wrote(&s, create, &step));
    step = (struct step){.name = S("Dritte"), .host = S("")};
    assert_host_taken(&s, wrote(&s, create, &step));
    step = (struct step){.id = other, .name = S("Andere"), .host = S("")};
    assert_host_taken(&s, wrote(&s, change, &step));
    step = (struct step){.id = first, .name = S("Erste"), .host = S("leads.example")};
    assert_host_taken(&s, wrote(&s, change, &step));
    assert_true(looked(&s, list, &step));
    assert_int_equal(step.all.count, 2);
    store_close(&s);
}

static void renaming_keeps_the_host_and_the_other_way_round(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    add(&s, "Erste", "");
    int64_t id = add(&s, "Andere", "leads.example");
    struct step step = {.id = id, .name = S("Neue"), .host = S("leads.example")};
    assert_true(wrote(&s, change, &step));
    step = (struct step){.id = id, .name = S("Neue"), .host = S("Neu.Example")};
    assert_true(wrote(&s, change, &step));
    step = (struct step){.id = id};
    assert_true(looked(&s, by_id, &step));
    assert_str("name", step.found.name, S("Neue"));
    assert_str("host", step.found.host, S("neu.example"));
    step = (struct step){.host = S("leads.example")};
    assert_true(looked(&s, by_host, &step));
    assert_str("the old host is free", step.found.name, S("Erste"));
    store_close(&s);
}

static void the_list_is_oldest_first_and_without_archived_ones(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    int64_t id[3] = {add(&s, "Erste", ""), add(&s, "Zweite", "b.example"),
                     add(&s, "Dritte", "a.example")};
    struct step step = {0};
    assert_true(looked(&s, list, &step));
    assert_int_equal(step.all.count, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(step.all.row[i].id, id[i]);

    assert_true(store_script(&s, "UPDATE workspace SET archived_ms = 1 WHERE name = 'Zweite'"));
    assert_true(looked(&s, list, &step));
    assert_int_equal(step.all.count, 2);
    step = (struct step){.id = id[1]};
    assert_false(looked(&s, by_id, &step));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    step = (struct step){.host = S("b.example")};
    assert_false(looked(&s, by_host, &step)); /* nothing answers there, and nobody else */
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    store_close(&s);
}

/* What comes with a request may be any bytes; PostgreSQL would refuse them as a parameter. */
static void a_host_that_is_no_text_is_nobodys(void **state)
{
    (void)state;
    static const str hosts[] = {
        S_INIT("\xff"), S_INIT("other\xc3.example"), S_INIT("a\0b"), {NULL, 0}};
    struct store s;
    store_open(&s);
    add(&s, "Erste", "");
    for (ptrdiff_t i = 0; i < COUNTOF(hosts); i++) {
        struct step step = {.host = hosts[i]};
        assert_true(looked(&s, by_host, &step));
        assert_str("the default", step.found.name, S("Erste"));
    }
    store_close(&s);
}

static bool turn(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_turn(cx, tx, ((struct step *)arg)->id);
}

static void a_turn_changes_nothing_and_needs_the_workspace(void **state)
{
    (void)state;
    struct store s;
    store_open(&s);
    struct step step = {.id = add(&s, "Erste", "")}, missing = {.id = step.id + 1};
    assert_true(wrote(&s, turn, &step));
    assert_true(looked(&s, by_id, &step));
    assert_str("its name", step.found.name, S("Erste"));
    assert_false(wrote(&s, turn, &missing));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_names_its_workspace_and_any_other_the_default),
        cmocka_unit_test(two_workspaces_never_share_a_host),
        cmocka_unit_test(renaming_keeps_the_host_and_the_other_way_round),
        cmocka_unit_test(the_list_is_oldest_first_and_without_archived_ones),
        cmocka_unit_test(a_host_that_is_no_text_is_nobodys),
        cmocka_unit_test(a_turn_changes_nothing_and_needs_the_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
