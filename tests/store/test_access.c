/* Signing in, sessions, tokens. */
#include "access_case.h"

#include "access_sql.h"
#include "base/utf8.h"
#include "workspace/workspace.h"

struct first {
    str secret;
    bool needed;
};

static bool first_link(struct ctx *cx, struct tx *tx, void *arg)
{
    struct first *f = arg;
    return access_first_link(cx, tx, &f->secret, &f->needed);
}

static bool read_workspace(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_load(cx, tx, cx->workspace_id, arg);
}

static void the_first_administrator_comes_in_by_the_newest_link_once(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct first old, new;
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, first_link, &old));
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, first_link, &new));
    assert_true(old.needed && new.needed);
    struct user_new in = {S("Miriam@Firma.Example"), S(" Miriam  Vogt "), ROLE_VIEWER,
                          str_of(RIGHT), S("")};
    struct session_new session;
    /* Of one process a start voids the link before; another node's stays good. */
    if (!db_is_shared(h.s.cx.db))
        assert_refused(&h, access_setup(&h.s.cx, old.secret, S(""), &in, &h.client, &session),
                       ERR_GONE, "access.link_gone");
    in.password = S("kurz");
    assert_refused(&h, access_setup(&h.s.cx, new.secret, S(""), &in, &h.client, &session),
                   ERR_INVALID, "access.password_short");
    in.password = str_of(RIGHT);
    h.s.cx.now_ms += DAYS_MS(1);
    assert_refused(&h, access_setup(&h.s.cx, new.secret, S(""), &in, &h.client, &session), ERR_GONE,
                   "access.link_gone");
    h.s.cx.now_ms -= 1;
    assert_true(access_setup(&h.s.cx, new.secret, S(" Lindhorst  Lagertechnik "), &in, &h.client,
                             &session));
    assert_refused(&h, access_setup(&h.s.cx, new.secret, S(""), &in, &h.client, &session), ERR_GONE,
                   "access.link_gone");

    struct asking q = house_ask(&h, ask_session, session.secret);
    assert_true(q.found);
    assert_int_equal(q.who.role, ROLE_ADMINISTRATOR);
    assert_true(str_eq(q.who.user_email, S("miriam@firma.example")));
    assert_true(str_eq(q.who.user_name, S("Miriam Vogt")));
    struct workspace own;
    assert_true(db_read(&h.s.cx, read_workspace, &own));
    assert_true(str_eq(own.name, S("Lindhorst Lagertechnik")));
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, first_link, &new));
    assert_false(new.needed);
    assert_null(new.secret.ptr);
    store_close(&h.s);
}

static void whoever_cannot_come_in_learns_nothing(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    int64_t shut = house_add(&h, "shut@firma.example", ROLE_SALES);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_set_disabled(&h.s.cx, shut, true));
    h.s.cx.actor = (struct actor){0};
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    house_add(&h, "elsewhere@firma.example", ROLE_SALES);
    h.s.cx.workspace_id = STORE_WORKSPACE;
    static const struct {
        const char *email, *password;
    } cases[] = {
        {"known@firma.example", WRONG},
        {"known@firma.example", ""},
        {"unknown@firma.example", RIGHT},
        {"shut@firma.example", RIGHT},
        {"elsewhere@firma.example", RIGHT},
        {"no address", RIGHT},
        {"", RIGHT},
        {"", ""},
    };
    struct session_new session;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        bool in = house_sign_in(&h, cases[i].email, cases[i].password, &session);
        assert_refused(&h, in, ERR_INVALID, "access.wrong_credentials");
    }
    assert_true(house_sign_in(&h, " Known@firma.example", RIGHT, &session));
    store_close(&h.s);
}

static void attempts_at_an_address_are_counted_exactly(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    static const char *const addresses[] = {"known@firma.example", "unknown@firma.example"};
    struct session_new session;
    for (int a = 0; a < 2; a++) {
        for (int i = 0; i < 10; i++)
            assert_refused(&h, house_sign_in(&h, addresses[a], WRONG, &session), ERR_INVALID,
                           "access.wrong_credentials");
        assert_false(house_sign_in(&h, addresses[a], RIGHT, &session));
        assert_int_equal(h.s.cx.err.code, ERR_TOO_MANY);
        assert_int_equal(h.s.cx.err.retry_after_s, 15 * 60);
    }
    h.s.cx.now_ms += 15 * MINUTE_MS;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    for (int i = 0; i < 9; i++) (void)house_sign_in(&h, "known@firma.example", WRONG, &session);
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    assert_false(house_sign_in(&h, "known@firma.example", WRONG, &session));
    assert_int_equal(h.s.cx.err.code, ERR_INVALID); /* the success began anew */
    store_close(&h.s);
}

static void attempts_from_a_network_are_counted_whatever_the_address(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    struct session_new session;
    h.client.ip = S("2001:db8:1:2::1");
    for (int i = 0; i < 50; i++) {
        char email[40];
        snprintf(email, sizeof email, "guess%d@firma.example", i);
        assert_refused(&h, house_sign_in(&h, email, WRONG, &session), ERR_INVALID,
                       "access.wrong_credentials");
    }
    h.client.ip = S("2001:db8:1:2:ffff::9");
    assert_false(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    assert_int_equal(h.s.cx.err.code, ERR_TOO_MANY);
    h.client.ip = S("2001:db8:1:3::1");
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    store_close(&h.s);
}

static void a_session_ends_when_nobody_uses_it(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_MARKETING);
    struct session_new session;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    int64_t begin = h.s.cx.now_ms;
    struct asking q = house_ask(&h, ask_session, session.secret);
    assert_true(q.found);
    assert_false(q.who.seen_due);
    assert_int_equal(q.who.actor.permissions, role_permissions(ROLE_MARKETING));
    assert_true(str_eq(q.who.csrf, session.csrf));

    h.s.cx.now_ms = begin + 12 * HOUR_MS - 1;
    q = house_ask(&h, ask_session, session.secret);
    assert_true(q.found && q.who.seen_due);
    assert_true(access_seen(&h.s.cx, &q.who));
    h.s.cx.now_ms = begin + 24 * HOUR_MS - 2;
    assert_true(house_ask(&h, ask_session, session.secret).found);
    h.s.cx.now_ms = begin + 24 * HOUR_MS - 1;
    assert_false(house_ask(&h, ask_session, session.secret).found);
    store_close(&h.s);
}

static void whoever_stays_signed_in_stays_thirty_days(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_MARKETING);
    struct sign_in in = {S("known@firma.example"), str_of(RIGHT), true};
    struct session_new session;
    assert_true(access_sign_in(&h.s.cx, &in, &h.client, &session));
    h.s.cx.now_ms = STORE_NOW_MS + DAYS_MS(30) - 1;
    struct asking q = house_ask(&h, ask_session, session.secret);
    assert_true(q.found);
    assert_true(access_seen(&h.s.cx, &q.who));
    h.s.cx.now_ms = STORE_NOW_MS + DAYS_MS(30);
    assert_false(house_ask(&h, ask_session, session.secret).found);
    store_close(&h.s);
}

static void signing_in_makes_a_new_secret_and_ends_the_old_session(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_MARKETING);
    struct session_new first, second;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &first));
    struct asking q = house_ask(&h, ask_session, first.secret);
    h.s.cx.actor = q.who.actor;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &second));
    assert_false(str_eq(first.secret, second.secret));
    assert_false(house_ask(&h, ask_session, first.secret).found);
    q = house_ask(&h, ask_session, second.secret);
    assert_true(q.found);
    h.s.cx.actor = q.who.actor;
    assert_true(access_sign_out(&h.s.cx));
    assert_false(house_ask(&h, ask_session, second.secret).found);
    assert_false(house_ask(&h, ask_session, S("")).found);
    assert_false(house_ask(&h, ask_session, S("guess")).found);
    store_close(&h.s);
}

static void a_new_password_ends_the_other_sessions(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_MARKETING);
    struct session_new mine, other;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &other));
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &mine));
    h.s.cx.actor = house_ask(&h, ask_session, mine.secret).who.actor;
    str new = S("gelbe Hafenkraene");
    assert_refused(&h, account_set_password(&h.s.cx, str_of(WRONG), new, &h.client), ERR_INVALID,
                   "access.wrong_password");
    assert_refused(&h, account_set_password(&h.s.cx, str_of(RIGHT), S("kurz"), &h.client),
                   ERR_INVALID, "access.password_short");
    assert_true(house_ask(&h, ask_session, other.secret).found);
    assert_true(account_set_password(&h.s.cx, str_of(RIGHT), new, &h.client));
    assert_false(house_ask(&h, ask_session, other.secret).found);
    assert_true(house_ask(&h, ask_session, mine.secret).found);
    h.s.cx.actor = (struct actor){0};
    assert_false(house_sign_in(&h, "known@firma.example", RIGHT, &other));
    assert_true(house_sign_in(&h, "known@firma.example", new.ptr, &other));
    store_close(&h.s);
}

static void one_ends_ones_own_sessions_and_nobody_elses(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t me = house_add(&h, "me@firma.example", ROLE_MARKETING);
    house_add(&h, "you@firma.example", ROLE_MARKETING);
    struct session_new mine, yours;
    assert_true(house_sign_in(&h, "me@firma.example", RIGHT, &mine));
    assert_true(house_sign_in(&h, "you@firma.example", RIGHT, &yours));
    house_act(&h, me, ROLE_MARKETING, 0);
    struct account account;
    assert_true(account_load(&h.s.cx, &account));
    assert_int_equal(account.session_count, 1);
    assert_int_equal(account.session[0].id, mine.id);
    assert_refused(&h, account_end_session(&h.s.cx, yours.id), ERR_NOT_FOUND, "error.not_found");
    assert_true(house_ask(&h, ask_session, yours.secret).found);
    assert_true(account_end_session(&h.s.cx, mine.id));
    assert_false(house_ask(&h, ask_session, mine.secret).found);
    store_close(&h.s);
}

/* --- tokens --- */

static void a_token_may_what_its_scopes_and_its_role_have_in_common(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    int64_t me = house_add(&h, "me@firma.example", ROLE_MARKETING);
    house_act(&h, me, ROLE_MARKETING, 0);
    int64_t id;
    str secret;
    assert_refused(&h, account_token_create(&h.s.cx, S("x"), MAY_ERASE_LEADS, 0, &id, &secret),
                   ERR_INVALID, "access.scope_above_own");
    assert_refused(&h, account_token_create(&h.s.cx, S("x"), 0, 0, &id, &secret), ERR_INVALID,
                   "error.field_required");
    assert_true(
        account_token_create(&h.s.cx, S("x"), MAY_READ_LEADS | MAY_EXPORT, 0, &id, &secret));
    struct asking q = house_ask(&h, ask_token, secret);
    assert_true(q.found);
    assert_int_equal(q.who.actor.kind, ACTOR_TOKEN);
    assert_int_equal(q.who.actor.user_id, me);
    assert_int_equal(q.who.actor.permissions, MAY_READ_LEADS | MAY_EXPORT | MAY_READ_ALL_LEADS);

    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_set_role(&h.s.cx, me, S("viewer")));
    assert_int_equal(house_ask(&h, ask_token, secret).who.actor.permissions,
                     MAY_READ_LEADS | MAY_READ_ALL_LEADS);
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    assert_false(house_ask(&h, ask_token, secret).found);
    store_close(&h.s);
}

static void a_token_ends_by_time_and_by_hand(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t me = house_add(&h, "me@firma.example", ROLE_MARKETING);
    int64_t you = house_add(&h, "you@firma.example", ROLE_MARKETING);
    house_act(&h, me, ROLE_MARKETING, 0);
    int64_t week_id, id;
    str week, ever;
    assert_true(account_token_create(&h.s.cx, S("a week"), MAY_READ_LEADS, 7, &week_id, &week));
    assert_true(account_token_create(&h.s.cx, S("for ever"), MAY_READ_LEADS, 0, &id, &ever));
    /* A program cannot prolong what it was given. */
    str child;
    int64_t child_id;
    h.s.cx.actor.kind = ACTOR_TOKEN;
    h.s.cx.actor.id = week_id;
    assert_true(account_token_create(&h.s.cx, S("its own"), MAY_READ_LEADS, 0, &child_id, &child));
    h.s.cx.now_ms += DAYS_MS(7) - 1;
    assert_true(house_ask(&h, ask_token, week).found);
    assert_true(house_ask(&h, ask_token, child).found);
    h.s.cx.now_ms += 1;
    assert_false(house_ask(&h, ask_token, week).found);
    assert_false(house_ask(&h, ask_token, child).found);
    assert_true(house_ask(&h, ask_token, ever).found);
    house_act(&h, you, ROLE_MARKETING, 0);
    assert_refused(&h, account_token_revoke(&h.s.cx, id), ERR_NOT_FOUND, "error.not_found");
    house_act(&h, me, ROLE_MARKETING, 0);
    assert_true(account_token_revoke(&h.s.cx, id));
    assert_false(house_ask(&h, ask_token, ever).found);
    store_close(&h.s);
}

static void the_last_use_of_a_token_is_written_once_a_minute(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t me = house_add(&h, "me@firma.example", ROLE_MARKETING);
    house_act(&h, me, ROLE_MARKETING, 0);
    int64_t id;
    str secret;
    struct account account;
    assert_true(account_token_create(&h.s.cx, S("x"), MAY_READ_LEADS, 0, &id, &secret));
    static const struct {
        int64_t after_ms, used_ms;
    } cases[] = {{0, 0},
                 {MINUTE_MS - 1, 0},
                 {MINUTE_MS, MINUTE_MS},
                 {90000, MINUTE_MS},
                 {2 * MINUTE_MS, 2 * MINUTE_MS}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        h.s.cx.now_ms = STORE_NOW_MS + cases[i].after_ms;
        struct asking q = house_ask(&h, ask_token, secret);
        assert_true(access_seen(&h.s.cx, &q.who));
        assert_true(account_load(&h.s.cx, &account));
        assert_int_equal(account.token_count, 1);
        assert_int_equal(account.token[0].used_ms, STORE_NOW_MS + cases[i].used_ms);
    }
    store_close(&h.s);
}

struct cli_token {
    str email, secret;
    uint64_t scopes;
};

static bool cli_token(struct ctx *cx, struct tx *tx, void *arg)
{
    struct cli_token *t = arg;
    return access_token_create(cx, tx, t->email, S("cli"), t->scopes, 0, &t->secret);
}

static void the_command_line_makes_tokens_for_members(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "me@firma.example", ROLE_SALES);
    struct cli_token t = {.email = S("nobody@firma.example")};
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, cli_token, &t), ERR_NOT_FOUND,
                   "access.no_such_member");
    t = (struct cli_token){.email = S("me@firma.example"), .scopes = MAY_MANAGE_PEOPLE};
    assert_refused(&h, db_write(&h.s.cx, DB_INTERACTIVE, cli_token, &t), ERR_INVALID,
                   "access.scope_above_own");
    t.scopes = 0;
    assert_true(db_write(&h.s.cx, DB_INTERACTIVE, cli_token, &t));
    assert_true(str_starts(t.secret, S("zl_")));
    assert_int_equal(house_ask(&h, ask_token, t.secret).who.actor.permissions,
                     role_permissions(ROLE_SALES) | MAY_READ_ALL_LEADS);
    store_close(&h.s);
}

/* What was typed is looked for, and no engine may refuse to look. */
static void an_address_that_is_none_is_still_text(void **state)
{
    (void)state;
    static const str typed[] = {S_INIT("a\xff@b"), S_INIT("a\0b"), S_INIT(" \xc3"), {NULL, 0}};
    struct house h;
    house_open(&h);
    for (ptrdiff_t i = 0; i < COUNTOF(typed); i++) {
        str address = address_typed(h.s.cx.a, typed[i]);
        assert_non_null(address.ptr);
        assert_true(utf8_valid(address));
    }
    store_close(&h.s);
}

struct turning {
    int64_t user_id, changed;
};

static bool take_turn(struct ctx *cx, struct tx *tx, void *arg)
{
    struct turning *t = arg;
    struct member_turn_in in = {t->user_id};
    (void)cx;
    return q_member_turn(tx, &in, &t->changed);
}

static int64_t turned(struct house *h, int64_t user_id)
{
    struct turning t = {user_id, 0};
    assert_true(db_write(&h->s.cx, DB_INTERACTIVE, take_turn, &t));
    return t.changed;
}

static void only_a_member_who_is_not_disabled_has_a_turn(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    int64_t me = house_add(&h, "me@firma.example", ROLE_SALES);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 1);
    assert_int_equal(turned(&h, me), 1);
    assert_int_equal(turned(&h, me + 1000), 0);
    assert_true(people_set_disabled(&h.s.cx, me, true));
    assert_int_equal(turned(&h, me), 0);
    assert_true(people_set_disabled(&h.s.cx, me, false));
    assert_int_equal(turned(&h, me), 1);
    assert_true(people_remove(&h.s.cx, me));
    assert_int_equal(turned(&h, me), 0);
    store_close(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_administrator_comes_in_by_the_newest_link_once),
        cmocka_unit_test(whoever_cannot_come_in_learns_nothing),
        cmocka_unit_test(attempts_at_an_address_are_counted_exactly),
        cmocka_unit_test(attempts_from_a_network_are_counted_whatever_the_address),
        cmocka_unit_test(a_session_ends_when_nobody_uses_it),
        cmocka_unit_test(whoever_stays_signed_in_stays_thirty_days),
        cmocka_unit_test(signing_in_makes_a_new_secret_and_ends_the_old_session),
        cmocka_unit_test(a_new_password_ends_the_other_sessions),
        cmocka_unit_test(one_ends_ones_own_sessions_and_nobody_elses),
        cmocka_unit_test(a_token_may_what_its_scopes_and_its_role_have_in_common),
        cmocka_unit_test(a_token_ends_by_time_and_by_hand),
        cmocka_unit_test(the_last_use_of_a_token_is_written_once_a_minute),
        cmocka_unit_test(the_command_line_makes_tokens_for_members),
        cmocka_unit_test(an_address_that_is_none_is_still_text),
        cmocka_unit_test(only_a_member_who_is_not_disabled_has_a_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
