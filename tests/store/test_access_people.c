/* Invitations, reset links, roles, and the walls between workspaces. */
#include "access_case.h"

#include "base/buf.h"

struct posted {
    ptrdiff_t count;
    struct mail newest;
    str mime;
};

static bool posted_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct posted *p = arg;
    struct mail_rows rows;
    if (!post_list(cx, tx, 0, 100, &rows)) return false;
    p->count = rows.count;
    return rows.count == 0 || post_load(cx, tx, rows.row[0].id, &p->newest, &p->mime);
}

static struct posted outbox(struct house *h)
{
    struct posted p = {0};
    assert_true(db_read(&h->s.cx, posted_read, &p));
    return p;
}

/* The secret behind `path` ("/reset/") in a mail. */
static str secret_in(struct house *h, str mime, str path)
{
    str whole = str_replace(&h->s.a, mime, S("=\r\n"), S(""));
    ptrdiff_t at = str_find(whole, path);
    if (at < 0) fail_msg("no %.*s in %.*s", STR_ARG(path), STR_ARG(whole));
    return str_slice(whole, at + path.len, at + path.len + SECRET_TEXT_LEN);
}

static str link_secret(str link)
{
    return str_slice(link, link.len - SECRET_TEXT_LEN, link.len);
}

static void an_invitation_lets_one_person_in_once(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    str first, link;
    struct session_new session;
    assert_refused(&h, people_invite(&h.s.cx, S("new@"), S("sales"), &h.client, &id, &link),
                   ERR_INVALID, "error.email_invalid");
    assert_refused(&h,
                   people_invite(&h.s.cx, S("new@firma.example"), S("king"), &h.client, &id, &link),
                   ERR_INVALID, "error.choice_invalid");
    assert_refused(
        &h, people_invite(&h.s.cx, S("boss@firma.example"), S("sales"), &h.client, &id, &link),
        ERR_CONFLICT, "access.already_member");
    assert_true(
        people_invite(&h.s.cx, S("new@firma.example"), S("viewer"), &h.client, &id, &first));
    assert_true(people_invite(&h.s.cx, S("New@firma.example"), S("sales"), &h.client, &id, &link));
    assert_true(str_starts(link, S("https://zulauf.example/invitation/")));
    struct posted mails = outbox(&h);
    assert_int_equal(mails.count, 2);
    assert_true(str_eq(mails.newest.to, S("new@firma.example")));
    assert_int_equal(mails.newest.permit_class, PERMIT_SYSTEM);
    assert_true(str_eq(secret_in(&h, mails.mime, S("/invitation/")), link_secret(link)));
    struct people people;
    assert_true(people_list(&h.s.cx, &people));
    assert_int_equal(people.invitation_count, 1);

    h.s.cx.actor = (struct actor){0};
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(first), S("N"), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S(""), str_of(RIGHT), &h.client, &session),
        ERR_INVALID, "error.field_required");
    h.s.cx.now_ms += DAYS_MS(7) - 1;
    assert_true(
        access_accept(&h.s.cx, link_secret(link), S("Neu"), str_of(RIGHT), &h.client, &session));
    assert_int_equal(house_ask(&h, ask_session, session.secret).who.role, ROLE_SALES);
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S("Neu"), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    store_close(&h.s);
}

static void an_invitation_ends_after_a_week_and_by_hand(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    str link;
    struct session_new session;
    assert_true(people_invite(&h.s.cx, S("new@firma.example"), S("sales"), &h.client, &id, &link));
    h.s.cx.now_ms += DAYS_MS(7);
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S("N"), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    assert_true(people_invite(&h.s.cx, S("new@firma.example"), S("sales"), &h.client, &id, &link));
    assert_true(people_uninvite(&h.s.cx, id));
    assert_refused(&h, people_uninvite(&h.s.cx, id), ERR_NOT_FOUND, "error.not_found");
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S("N"), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    store_close(&h.s);
}

static void an_invitation_ends_where_somebody_gets_a_role_otherwise(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    int64_t there = house_add(&h, "boss@andere.example", ROLE_ADMINISTRATOR);
    str link, other;
    struct session_new session;
    house_act(&h, there, ROLE_ADMINISTRATOR, 0);
    assert_true(
        people_invite(&h.s.cx, S("new@firma.example"), S("viewer"), &h.client, &id, &other));
    h.s.cx.workspace_id = STORE_WORKSPACE;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(
        people_invite(&h.s.cx, S("new@firma.example"), S("administrator"), &h.client, &id, &link));
    house_add(&h, "new@firma.example", ROLE_VIEWER);
    struct people people;
    assert_true(people_list(&h.s.cx, &people));
    assert_int_equal(people.invitation_count, 0);
    h.s.cx.actor = (struct actor){0};
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S(""), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    /* What another workspace has offered is its own. */
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    assert_true(
        access_accept(&h.s.cx, link_secret(other), S(""), str_of(RIGHT), &h.client, &session));
    store_close(&h.s);
}

static void where_mail_leaves_the_house_nobody_is_shown_the_link(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    h.client.delivers = true;
    str link;
    assert_true(people_invite(&h.s.cx, S("new@firma.example"), S("sales"), &h.client, &id, &link));
    assert_null(link.ptr);
    assert_int_equal(outbox(&h).count, 1);
    store_close(&h.s);
}

static void whoever_has_an_account_accepts_with_its_password(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t known = house_add(&h, "known@firma.example", ROLE_SALES);
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    int64_t boss = house_add(&h, "boss@andere.example", ROLE_ADMINISTRATOR), id;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    str link;
    struct session_new session;
    assert_true(
        people_invite(&h.s.cx, S("known@firma.example"), S("viewer"), &h.client, &id, &link));
    assert_true(str_starts(link, S("https://other.example/invitation/")));
    h.s.cx.actor = (struct actor){0};
    assert_refused(
        &h,
        access_accept(&h.s.cx, link_secret(link), S("Evil"), str_of(WRONG), &h.client, &session),
        ERR_INVALID, "access.wrong_password");
    h.s.cx.workspace_id = STORE_WORKSPACE;
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S(""), str_of(RIGHT), &h.client, &session),
        ERR_GONE, "access.link_gone");
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    assert_true(
        access_accept(&h.s.cx, link_secret(link), S("Evil"), str_of(RIGHT), &h.client, &session));
    struct asking q = house_ask(&h, ask_session, session.secret);
    assert_true(q.found);
    assert_int_equal(q.who.actor.user_id, known);
    assert_int_equal(q.who.role, ROLE_VIEWER);
    assert_true(str_eq(q.who.user_name, S("Miriam Vogt")));
    h.s.cx.workspace_id = STORE_WORKSPACE;
    assert_int_equal(house_ask(&h, ask_session, session.secret).who.role, ROLE_SALES);
    store_close(&h.s);
}

static void a_reset_link_works_once_for_an_hour_and_ends_every_session(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    struct session_new session;
    assert_true(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    str new = S("gelbe Hafenkraene");
    assert_true(access_forgot(&h.s.cx, S("known@firma.example"), &h.client));
    str late = secret_in(&h, outbox(&h).mime, S("/reset/"));
    h.s.cx.now_ms += HOUR_MS;
    assert_refused(&h, access_reset(&h.s.cx, late, new), ERR_GONE, "access.link_gone");

    assert_true(access_forgot(&h.s.cx, S("known@firma.example"), &h.client));
    str secret = secret_in(&h, outbox(&h).mime, S("/reset/"));
    h.s.cx.now_ms += HOUR_MS - 1;
    assert_refused(&h, access_reset(&h.s.cx, secret, S("Passwort1234")), ERR_INVALID,
                   "access.password_common");
    assert_true(house_ask(&h, ask_session, session.secret).found);
    assert_true(access_reset(&h.s.cx, secret, new));
    assert_false(house_ask(&h, ask_session, session.secret).found);
    assert_refused(&h, access_reset(&h.s.cx, secret, str_of(RIGHT)), ERR_GONE, "access.link_gone");
    assert_false(house_sign_in(&h, "known@firma.example", RIGHT, &session));
    assert_true(house_sign_in(&h, "known@firma.example", new.ptr, &session));
    store_close(&h.s);
}

/* Asked for twice at the same moment, neither request sees the other's link. */
static void using_a_reset_link_voids_the_others(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    assert_true(access_forgot(&h.s.cx, S("known@firma.example"), &h.client));
    str first = secret_in(&h, outbox(&h).mime, S("/reset/"));
    assert_true(store_script(&h.s, "UPDATE one_time_link SET user_id = -user_id"));
    h.s.cx.now_ms++;
    assert_true(access_forgot(&h.s.cx, S("known@firma.example"), &h.client));
    str second = secret_in(&h, outbox(&h).mime, S("/reset/"));
    assert_true(
        store_script(&h.s, "UPDATE one_time_link SET user_id = -user_id WHERE user_id < 0"));
    assert_true(access_reset(&h.s.cx, first, S("gelbe Hafenkraene")));
    assert_refused(&h, access_reset(&h.s.cx, second, S("rote Hafenkraene")), ERR_GONE,
                   "access.link_gone");
    store_close(&h.s);
}

static void asking_for_a_reset_tells_nothing_and_is_counted(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    house_add(&h, "known@firma.example", ROLE_SALES);
    static const char *const addresses[] = {"known@firma.example", "unknown@firma.example"};
    for (int a = 0; a < 2; a++) {
        for (int i = 0; i < 3; i++)
            assert_true(access_forgot(&h.s.cx, str_of(addresses[a]), &h.client));
        assert_refused(&h, access_forgot(&h.s.cx, str_of(addresses[a]), &h.client), ERR_TOO_MANY,
                       "access.too_many_attempts");
    }
    assert_int_equal(outbox(&h).count, 3); /* to the one who is known */
    store_close(&h.s);
}

static void whoever_is_disabled_is_out_at_once(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), token_id;
    int64_t me = house_add(&h, "me@firma.example", ROLE_SALES);
    struct session_new session;
    str token;
    assert_true(house_sign_in(&h, "me@firma.example", RIGHT, &session));
    house_act(&h, me, ROLE_SALES, 0);
    assert_true(account_token_create(&h.s.cx, S("x"), MAY_READ_LEADS, 0, &token_id, &token));
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_set_disabled(&h.s.cx, me, true));
    assert_false(house_ask(&h, ask_session, session.secret).found);
    assert_false(house_ask(&h, ask_token, token).found);
    assert_true(people_set_disabled(&h.s.cx, me, false));
    assert_false(house_ask(&h, ask_session, session.secret).found);
    assert_false(house_ask(&h, ask_token, token).found); /* a token is not made valid again */
    h.s.cx.actor = (struct actor){0};
    assert_true(house_sign_in(&h, "me@firma.example", RIGHT, &session));
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_remove(&h.s.cx, me));
    assert_false(house_ask(&h, ask_session, session.secret).found);
    assert_refused(&h, people_remove(&h.s.cx, me), ERR_NOT_FOUND, "error.not_found");
    store_close(&h.s);
}

static void what_a_workspace_does_to_somebody_stays_there(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t me = house_add(&h, "me@firma.example", ROLE_SALES);
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    int64_t boss = house_add(&h, "boss@andere.example", ROLE_ADMINISTRATOR);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_refused(&h, people_set_disabled(&h.s.cx, me, true), ERR_NOT_FOUND, "error.not_found");
    assert_refused(&h, people_set_role(&h.s.cx, me, S("viewer")), ERR_NOT_FOUND, "error.not_found");
    assert_int_equal(house_add(&h, "me@firma.example", ROLE_VIEWER), me);
    assert_true(people_set_disabled(&h.s.cx, me, true));
    h.s.cx.workspace_id = STORE_WORKSPACE;
    h.s.cx.actor = (struct actor){0};
    struct session_new session;
    assert_true(house_sign_in(&h, "me@firma.example", RIGHT, &session));
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    assert_false(house_ask(&h, ask_session, session.secret).found);
    store_close(&h.s);
}

enum { DEMOTE, DISABLE, REMOVE, DEEDS };

static bool deed(struct house *h, int what, int64_t user_id)
{
    if (what == DEMOTE) return people_set_role(&h->s.cx, user_id, S("viewer"));
    if (what == DISABLE) return people_set_disabled(&h->s.cx, user_id, true);
    return people_remove(&h->s.cx, user_id);
}

static void a_workspace_keeps_its_last_administrator(void **state)
{
    (void)state;
    for (int what = DEMOTE; what < DEEDS; what++) {
        struct house h;
        house_open(&h);
        int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
        int64_t second = house_add(&h, "second@firma.example", ROLE_ADMINISTRATOR);
        house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
        assert_true(people_set_disabled(&h.s.cx, second, true)); /* a disabled one is none */
        assert_refused(&h, deed(&h, what, boss), ERR_CONFLICT, "access.last_administrator");
        assert_true(people_set_role(&h.s.cx, boss, S("administrator")));
        assert_true(people_set_disabled(&h.s.cx, second, false));
        assert_true(deed(&h, what, boss));
        assert_refused(&h, deed(&h, what, second), ERR_CONFLICT, "access.last_administrator");
        store_close(&h.s);
    }
}

static void no_invitation_takes_the_last_administrator(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    house_add(&h, "new@firma.example", ROLE_ADMINISTRATOR);
    h.s.cx.workspace_id = STORE_WORKSPACE;
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    str link;
    struct session_new session;
    assert_true(people_invite(&h.s.cx, S("new@firma.example"), S("viewer"), &h.client, &id, &link));
    /* The link of an older version, which was left standing. */
    assert_true(store_script(&h.s,
                             "UPDATE membership SET disabled_ms = 1 WHERE workspace_id = 1;"
                             "UPDATE membership SET workspace_id = 1 WHERE workspace_id = 2"));
    h.s.cx.actor = (struct actor){0};
    assert_refused(
        &h, access_accept(&h.s.cx, link_secret(link), S(""), str_of(RIGHT), &h.client, &session),
        ERR_CONFLICT, "access.last_administrator");
    assert_true(store_script(&h.s, "UPDATE membership SET disabled_ms = 0"));
    assert_true(
        access_accept(&h.s.cx, link_secret(link), S(""), str_of(RIGHT), &h.client, &session));
    store_close(&h.s);
}

static void nobody_gives_more_than_he_has(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR), id;
    int64_t me = house_add(&h, "me@firma.example", ROLE_VIEWER);
    /* a token for people alone */
    h.s.cx.actor = (struct actor){ACTOR_TOKEN, boss, 1, MAY_MANAGE_PEOPLE | MAY_READ_LEADS};
    str link;
    assert_refused(&h, people_set_role(&h.s.cx, me, S("administrator")), ERR_FORBIDDEN,
                   "access.role_above_own");
    assert_refused(
        &h,
        people_invite(&h.s.cx, S("new@firma.example"), S("administrator"), &h.client, &id, &link),
        ERR_FORBIDDEN, "access.role_above_own");
    assert_refused(&h, people_remove(&h.s.cx, boss), ERR_FORBIDDEN, "access.role_above_own");
    store_close(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_lets_one_person_in_once),
        cmocka_unit_test(an_invitation_ends_after_a_week_and_by_hand),
        cmocka_unit_test(an_invitation_ends_where_somebody_gets_a_role_otherwise),
        cmocka_unit_test(where_mail_leaves_the_house_nobody_is_shown_the_link),
        cmocka_unit_test(whoever_has_an_account_accepts_with_its_password),
        cmocka_unit_test(a_reset_link_works_once_for_an_hour_and_ends_every_session),
        cmocka_unit_test(using_a_reset_link_voids_the_others),
        cmocka_unit_test(asking_for_a_reset_tells_nothing_and_is_counted),
        cmocka_unit_test(whoever_is_disabled_is_out_at_once),
        cmocka_unit_test(what_a_workspace_does_to_somebody_stays_there),
        cmocka_unit_test(a_workspace_keeps_its_last_administrator),
        cmocka_unit_test(no_invitation_takes_the_last_administrator),
        cmocka_unit_test(nobody_gives_more_than_he_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
