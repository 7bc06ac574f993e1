/* The log: chained, sealed, listed. */
#include "store_test.h"

#include "base/permission.h"
#include "audit/audit.h"
#include "base/crypto.h"
#include "keys/keys.h"
#include "keys/lead_key.h"
#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* base/ctx.h has a function `fail`; cmocka's macro of that name must not meet it. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { LEAD = 77, ME = 5, YOU = 6 };

struct log {
    struct store s;
    struct key_ring ring;
};

static void log_open(struct log *l)
{
    assert_true(crypto_init());
    store_open(&l->s);
    key_ring_new(&l->ring, STORE_NOW_MS);
    l->s.cx.keys = &l->ring;
    assert_true(store_script(
        &l->s, "INSERT INTO app_user (id, email, name, password_hash, lang, theme, created_ms) "
               "VALUES (5, 'me@firma.example', 'Miriam', '', 'de', '', 0);"));
}

struct entry {
    const char *action;
    int64_t user_id, lead_id;
    const char *secret; /* NULL: no detail */
};

static bool entry_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct entry *e = arg;
    struct value detail = value_null();
    if (e->secret != NULL) {
        detail = value_map(cx->a);
        value_set_text(detail, "said", str_of(e->secret));
    }
    return audit_write(cx, tx, e->action, "lead", 9, e->lead_id, detail);
}

static void write_entry(struct log *l, struct entry e)
{
    l->s.cx.actor = (struct actor){ACTOR_USER, e.user_id, 0, MAY_READ_ALL_LEADS};
    l->s.cx.now_ms++;
    if (!db_write(&l->s.cx, DB_INTERACTIVE, entry_write, &e)) fail_msg("%s", l->s.cx.err.key);
}

static bool key_make(struct ctx *cx, struct tx *tx, void *arg)
{
    struct seal_key key;
    return lead_key_new(cx, tx, *(int64_t *)arg, &key);
}

static bool key_erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_key_erase(cx, tx, *(int64_t *)arg);
}

struct page {
    struct audit_filter filter;
    struct audit_rows rows;
};

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    return audit_list(cx, tx, &p->filter, &p->rows);
}

static struct audit_rows list(struct log *l, struct audit_filter filter)
{
    struct page p = {.filter = filter};
    assert_true(db_read(&l->s.cx, page_read, &p));
    return p.rows;
}

static void some_entries(struct log *l)
{
    static const struct entry entries[] = {
        {"lead.create", ME, 0, NULL},       {"lead.update", ME, 0, "eins"},
        {"user.invite", YOU, 0, "zwei"},    {"leader.update", YOU, 0, NULL},
        {"lead.update", YOU, LEAD, "drei"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(entries); i++) write_entry(l, entries[i]);
}

static int64_t check(struct log *l, int64_t entries_want)
{
    int64_t entries = 0, bad = 0;
    str last;
    assert_true(audit_check(&l->s.cx, &entries, &bad, &last));
    assert_int_equal(entries, entries_want);
    assert_int_equal(last.len, entries == 0 ? 0 : 64);
    return bad;
}

static void whatever_is_done_to_an_entry_breaks_the_chain(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        int64_t entries;
        int bad; /* which entry, from 1; 0: none */
    } cases[] = {
        {"SELECT 1", 5, 0},
        {"UPDATE audit SET action = 'lead.erase' WHERE action = 'lead.create'", 5, 1},
        {"UPDATE audit SET user_id = 5 WHERE action = 'user.invite'", 5, 3},
        {"UPDATE audit SET at_ms = at_ms + 1 WHERE action = 'leader.update'", 5, 4},
        {"UPDATE audit SET object_id = 10 WHERE action = 'user.invite'", 5, 3},
        {"UPDATE audit SET lead_id = 0 WHERE lead_id = 77", 5, 5},
        {"UPDATE audit SET object_type = 'form' WHERE action = 'user.invite'", 5, 3},
        {"UPDATE audit SET actor_kind = 4 WHERE action = 'user.invite'", 5, 3},
        {"UPDATE audit SET detail = NULL WHERE action = 'user.invite'", 5, 3},
        {"UPDATE audit SET hash = prev_hash WHERE action = 'user.invite'", 5, 3},
        {"DELETE FROM audit WHERE action = 'user.invite'", 4, 3},
        {"DELETE FROM audit WHERE action = 'lead.create'", 4, 1},
        {"INSERT INTO audit SELECT workspace_id, id + 1, at_ms, actor_kind, user_id, action, "
         "object_type, object_id, lead_id, detail, hash, prev_hash FROM audit "
         "WHERE id = (SELECT MAX(id) FROM audit)",
         6, 6},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct log l;
        log_open(&l);
        some_entries(&l);
        assert_int_equal(check(&l, 5), 0);
        assert_true(store_script(&l.s, cases[i].sql));
        int64_t bad = check(&l, cases[i].entries);
        struct audit_rows rows = list(&l, (struct audit_filter){.limit = 100});
        int64_t want = cases[i].bad == 0 ? 0 : rows.row[rows.count - cases[i].bad].id;
        if (bad != want) fail_msg("%s", cases[i].sql);
        store_close(&l.s);
    }
}

/* What another transaction did at the same moment looks like this to the slower one. */
static void the_chain_cannot_fork(void **state)
{
    (void)state;
    struct log l;
    struct entry late = {"user.role", ME, 0, NULL};
    log_open(&l);
    some_entries(&l);
    assert_false(store_script(&l.s, "INSERT INTO audit SELECT workspace_id, id + 1, at_ms, "
                                    "actor_kind, user_id, action, object_type, object_id, lead_id, "
                                    "detail, prev_hash, hash FROM audit "
                                    "WHERE action = 'lead.create'"));
    store_forget(&l.s);
    assert_true(store_script(&l.s, "INSERT INTO audit SELECT workspace_id, 1, at_ms, actor_kind, "
                                   "user_id, action, object_type, object_id, lead_id, detail, "
                                   "hash, prev_hash FROM audit "
                                   "WHERE id = (SELECT MAX(id) FROM audit)"));
    assert_false(db_write(&l.s.cx, DB_INTERACTIVE, entry_write, &late));
    assert_int_equal(l.s.cx.err.code, ERR_CONFLICT);
    store_close(&l.s);
}

static void each_workspace_has_its_own_chain(void **state)
{
    (void)state;
    struct log l;
    log_open(&l);
    assert_int_equal(check(&l, 0), 0);
    some_entries(&l);
    l.s.cx.workspace_id = 2;
    assert_int_equal(check(&l, 0), 0);
    write_entry(&l, (struct entry){"lead.create", ME, 0, "x"});
    assert_int_equal(check(&l, 1), 0);
    l.s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(check(&l, 5), 0);
    store_close(&l.s);
}

static void a_chain_longer_than_a_batch_holds(void **state)
{
    (void)state;
    struct log l;
    log_open(&l);
    for (int i = 0; i < 1003; i++) {
        write_entry(&l, (struct entry){"lead.create", ME, 0, NULL});
        store_forget(&l.s);
    }
    assert_int_equal(check(&l, 1003), 0);
    assert_true(store_script(&l.s, "UPDATE audit SET user_id = 1 WHERE id = "
                                   "(SELECT MAX(id) FROM audit)"));
    assert_true(check(&l, 1003) != 0);
    store_close(&l.s);
}

static void erasing_a_lead_shuts_its_details_and_leaves_the_chain_whole(void **state)
{
    (void)state;
    struct log l;
    log_open(&l);
    int64_t lead_id = LEAD;
    assert_true(db_write(&l.s.cx, DB_INTERACTIVE, key_make, &lead_id));
    write_entry(&l, (struct entry){"lead.update", ME, LEAD, "geheim"});
    write_entry(&l, (struct entry){"user.invite", ME, 0, "offen"});
    struct audit_rows rows = list(&l, (struct audit_filter){.limit = 10});
    assert_int_equal(rows.count, 2);
    assert_true(str_eq(value_str(value_get(rows.row[1].detail, S("said"))), S("geheim")));

    assert_true(db_write(&l.s.cx, DB_INTERACTIVE, key_erase, &lead_id));
    write_entry(&l, (struct entry){"lead.erase", ME, LEAD, "danach"});
    rows = list(&l, (struct audit_filter){.limit = 10});
    assert_true(value_is_null(rows.row[0].detail)); /* nothing left to seal it with */
    assert_true(str_eq(value_str(value_get(rows.row[1].detail, S("said"))), S("offen")));
    assert_true(value_is_null(rows.row[2].detail));
    assert_int_equal(rows.row[2].lead_id, LEAD);
    assert_int_equal(check(&l, 3), 0);
    store_close(&l.s);
}

static void a_detail_does_not_open_in_another_row(void **state)
{
    (void)state;
    struct log l;
    log_open(&l);
    write_entry(&l, (struct entry){"user.invite", ME, 0, "eins"});
    write_entry(&l, (struct entry){"user.role", ME, 0, "zwei"});
    assert_true(store_script(&l.s, "UPDATE audit SET detail = (SELECT detail FROM audit "
                                   "WHERE action = 'user.invite')"));
    struct audit_rows rows = list(&l, (struct audit_filter){.limit = 10});
    assert_true(value_is_null(rows.row[0].detail));
    assert_true(str_eq(value_str(value_get(rows.row[1].detail, S("said"))), S("eins")));
    store_close(&l.s);
}

static void the_list_is_newest_first_in_pages_and_by_action_and_user(void **state)
{
    (void)state;
    struct log l;
    log_open(&l);
    some_entries(&l);
    static const struct {
        struct audit_filter filter;
        const char *actions; /* of the rows, first letters of each word */
    } cases[] = {
        {{.limit = 10}, "lead.update leader.update user.invite lead.update lead.create "},
        {{.limit = 2}, "lead.update leader.update "},
        {{.limit = 10, .action = S_INIT("lead.")}, "lead.update lead.update lead.create "},
        {{.limit = 10, .action = S_INIT("lead.update")}, "lead.update lead.update "},
        {{.limit = 10, .action = S_INIT("%")}, ""},
        {{.limit = 10, .user_id = ME}, "lead.update lead.create "},
        {{.limit = 10, .user_id = YOU, .action = S_INIT("user.")}, "user.invite "},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct audit_rows rows = list(&l, cases[i].filter);
        str got = S("");
        for (ptrdiff_t r = 0; r < rows.count; r++)
            got = str_printf(&l.s.a, "%.*s%.*s ", STR_ARG(got), STR_ARG(rows.row[r].action));
        if (!str_eq(got, str_of(cases[i].actions))) fail_msg("row %td: %.*s", i, STR_ARG(got));
    }
    struct audit_rows first = list(&l, (struct audit_filter){.limit = 2});
    struct audit_rows next =
        list(&l, (struct audit_filter){.limit = 2, .before_id = first.row[1].id});
    assert_int_equal(next.count, 2);
    assert_true(str_eq(next.row[0].action, S("user.invite")));
    assert_true(str_eq(next.row[0].user_name, S(""))); /* nobody we know */
    assert_true(str_eq(next.row[1].user_name, S("Miriam")));
    store_close(&l.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_to_an_entry_breaks_the_chain),
        cmocka_unit_test(the_chain_cannot_fork),
        cmocka_unit_test(each_workspace_has_its_own_chain),
        cmocka_unit_test(a_chain_longer_than_a_batch_holds),
        cmocka_unit_test(erasing_a_lead_shuts_its_details_and_leaves_the_chain_whole),
        cmocka_unit_test(a_detail_does_not_open_in_another_row),
        cmocka_unit_test(the_list_is_newest_first_in_pages_and_by_action_and_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
