/* The second step, proving oneself again, and rights beyond the role. */
#include "access_case.h"

#include "access_sql.h"
#include "base/utf8.h"
#include "post/post.h"

struct person {
    int64_t id;
    struct session_new session;
    struct totp_secret secret;
    str *codes;
};

/* The code that the phone shows at the test's time. */
static str phone(struct house *h, const struct person *p)
{
    int64_t step = h->s.cx.now_ms / TOTP_STEP_MS;
    return str_printf(h->s.cx.a, "%06u", (unsigned)totp_code(&p->secret, step));
}

static struct person with_second_step(struct house *h, const char *email)
{
    struct person p = {.id = house_add(h, email, ROLE_SALES)};
    struct second_state state;
    assert_true(house_sign_in(h, email, RIGHT, &p.session));
    house_act(h, p.id, ROLE_SALES, p.session.id);
    assert_true(account_second_begin(&h->s.cx));
    assert_true(account_second_load(&h->s.cx, &state));
    assert_true(state.begun && state.enabled_ms == 0);
    p.secret = state.secret;
    assert_true(account_second_enable(&h->s.cx, phone(h, &p), &h->client, &p.codes));
    h->s.cx.actor = (struct actor){0};
    h->s.cx.now_ms += MINUTE_MS; /* the code just used holds for no other step */
    return p;
}

static bool second(struct house *h, const struct session_new *first, str code,
                   struct session_new *out)
{
    err_clear(&h->s.cx);
    return access_second_step(&h->s.cx, first->second, code, false, &h->client, out);
}

static void the_password_alone_lets_nobody_in_who_has_a_second_step(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    struct session_new first, session;
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_non_null(first.second.ptr);
    assert_false(house_ask(&h, ask_session, first.secret).found);
    assert_false(house_ask(&h, ask_session, first.second).found);
    assert_refused(&h, second(&h, &first, S("000000"), &session), ERR_INVALID, "access.code_wrong");
    assert_refused(&h, second(&h, &first, S(""), &session), ERR_INVALID, "access.code_wrong");
    str code = phone(&h, &p);
    assert_true(second(&h, &first, code, &session));
    assert_true(house_ask(&h, ask_session, session.secret).found);
    assert_refused(&h, second(&h, &first, code, &session), ERR_GONE, "access.second_gone");

    /* The same code once more, and one of a step before. */
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_refused(&h, second(&h, &first, code, &session), ERR_INVALID, "access.code_wrong");
    h.s.cx.now_ms += TOTP_STEP_MS;
    assert_true(second(&h, &first, phone(&h, &p), &session));
    store_close(&h.s);
}

static void the_second_step_ends_with_its_time_the_password_and_the_workspace(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    struct session_new first, session;
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    assert_refused(&h, second(&h, &first, phone(&h, &p), &session), ERR_GONE, "access.second_gone");
    h.s.cx.workspace_id = STORE_WORKSPACE;
    h.s.cx.now_ms += SECOND_STEP_MS;
    assert_refused(&h, second(&h, &first, phone(&h, &p), &session), ERR_GONE, "access.second_gone");

    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    house_act(&h, p.id, ROLE_SALES, p.session.id);
    assert_true(account_set_password(&h.s.cx, str_of(RIGHT), S("gelbe Hafenkraene"), &h.client));
    assert_refused(&h, second(&h, &first, phone(&h, &p), &session), ERR_GONE, "access.second_gone");
    store_close(&h.s);
}

static void codes_that_are_guessed_are_counted(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    struct session_new first, session;
    for (int i = 0; i < 6; i++) {
        /* The right password gives no more guesses. */
        assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
        assert_refused(&h, second(&h, &first, S("000000"), &session), ERR_INVALID,
                       "access.code_wrong");
    }
    assert_refused(&h, second(&h, &first, phone(&h, &p), &session), ERR_TOO_MANY,
                   "access.too_many_attempts");
    h.s.cx.now_ms += HOUR_MS;
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_true(second(&h, &first, phone(&h, &p), &session));
    store_close(&h.s);
}

static void a_recovery_code_works_once(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    struct person other = with_second_step(&h, "o@firma.example");
    struct session_new first, session;
    str typed = str_lower_ascii(h.s.cx.a, p.codes[3]);
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_refused(&h, second(&h, &first, other.codes[3], &session), ERR_INVALID,
                   "access.code_wrong");
    assert_true(second(&h, &first, typed, &session));
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_refused(&h, second(&h, &first, p.codes[3], &session), ERR_INVALID, "access.code_wrong");
    assert_true(key_ring_add(&h.ring, KEY_SESSION, h.s.cx.now_ms)); /* a rotation in between */
    assert_true(second(&h, &first, p.codes[4], &session));

    house_act(&h, p.id, ROLE_SALES, session.id);
    struct second_state now;
    assert_true(account_second_load(&h.s.cx, &now));
    assert_int_equal(now.codes_left, RECOVERY_CODES - 2);
    str *codes;
    assert_true(account_second_codes(&h.s.cx, &codes));
    assert_true(account_second_load(&h.s.cx, &now));
    assert_int_equal(now.codes_left, RECOVERY_CODES);
    h.s.cx.actor = (struct actor){0};
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_refused(&h, second(&h, &first, p.codes[5], &session), ERR_INVALID, "access.code_wrong");
    assert_true(second(&h, &first, codes[5], &session));
    store_close(&h.s);
}

static bool mails_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mail_rows rows;
    if (!post_list(cx, tx, 0, 50, &rows)) return false;
    *(ptrdiff_t *)arg = rows.count;
    return true;
}

static void a_recovery_code_is_told_of_and_a_phone_s_is_not(void **state)
{
    (void)state;
    struct house h;
    ptrdiff_t mails = 0;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    struct session_new first, session;
    str code = phone(&h, &p), spaced = S("");
    for (ptrdiff_t i = 0; i < code.len; i++)
        spaced = str_printf(h.s.cx.a, "%.*s%c ", STR_ARG(spaced), code.ptr[i]);
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_true(second(&h, &first, spaced, &session));
    assert_true(db_read(&h.s.cx, mails_read, &mails));
    assert_int_equal(mails, 0);
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &first));
    assert_true(second(&h, &first, p.codes[0], &session));
    assert_true(db_read(&h.s.cx, mails_read, &mails));
    assert_int_equal(mails, 1);
    store_close(&h.s);
}

static void a_secret_counts_when_a_code_has_come(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t id = house_add(&h, "m@firma.example", ROLE_SALES);
    struct session_new session;
    struct second_state s;
    str *codes;
    house_act(&h, id, ROLE_SALES, 0);
    assert_refused(&h, account_second_enable(&h.s.cx, S("123456"), &h.client, &codes), ERR_CONFLICT,
                   "access.second_not_begun");
    assert_refused(&h, account_second_codes(&h.s.cx, &codes), ERR_CONFLICT, "access.second_is_off");
    assert_true(account_second_begin(&h.s.cx));
    assert_true(account_second_load(&h.s.cx, &s));
    struct totp_secret before = s.secret;
    assert_true(account_second_begin(&h.s.cx)); /* another one */
    assert_true(account_second_load(&h.s.cx, &s));
    assert_memory_not_equal(&before, &s.secret, sizeof before);
    assert_refused(&h, account_second_enable(&h.s.cx, S("x"), &h.client, &codes), ERR_INVALID,
                   "access.code_wrong");
    h.s.cx.actor = (struct actor){0};
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &session));
    assert_null(session.second.ptr);

    house_act(&h, id, ROLE_SALES, session.id);
    struct person p = {.secret = s.secret};
    assert_true(account_second_enable(&h.s.cx, phone(&h, &p), &h.client, &codes));
    assert_refused(&h, account_second_begin(&h.s.cx), ERR_CONFLICT, "access.second_is_on");
    assert_true(account_second_off(&h.s.cx));
    assert_refused(&h, account_second_off(&h.s.cx), ERR_CONFLICT, "access.second_is_off");
    h.s.cx.actor = (struct actor){0};
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &session));
    assert_null(session.second.ptr);
    store_close(&h.s);
}

static void proving_oneself_takes_all_that_signing_in_takes(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    assert_int_equal(house_ask(&h, ask_session, p.session.secret).who.proved_ms,
                     h.s.cx.now_ms - MINUTE_MS);
    house_act(&h, p.id, ROLE_SALES, p.session.id);
    h.s.cx.now_ms += HOUR_MS;
    assert_refused(&h, account_prove(&h.s.cx, str_of(WRONG), phone(&h, &p), &h.client), ERR_INVALID,
                   "access.wrong_password");
    assert_refused(&h, account_prove(&h.s.cx, str_of(RIGHT), S("000000"), &h.client), ERR_INVALID,
                   "access.code_wrong");
    struct asking q = house_ask(&h, ask_session, p.session.secret);
    assert_int_equal(q.who.proved_ms, h.s.cx.now_ms - HOUR_MS - MINUTE_MS);
    assert_true(account_prove(&h.s.cx, str_of(RIGHT), phone(&h, &p), &h.client));
    assert_int_equal(house_ask(&h, ask_session, p.session.secret).who.proved_ms, h.s.cx.now_ms);
    store_close(&h.s);
}

static void an_administrator_switches_it_off_for_his_own_people_alone(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    int64_t plain = house_add(&h, "plain@firma.example", ROLE_SALES);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    house_add(&h, "m@firma.example", ROLE_VIEWER);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_refused(&h, people_second_reset(&h.s.cx, plain, &h.client), ERR_NOT_FOUND,
                   "error.not_found");
    h.s.cx.workspace_id = STORE_WORKSPACE;
    assert_refused(&h, people_second_reset(&h.s.cx, plain, &h.client), ERR_CONFLICT,
                   "access.second_is_off");
    assert_refused(&h, people_second_reset(&h.s.cx, p.id, &h.client), ERR_FORBIDDEN,
                   "access.second_elsewhere");
    assert_true(store_script(&h.s, "DELETE FROM membership WHERE workspace_id = 2"));
    assert_true(people_second_reset(&h.s.cx, p.id, &h.client));
    struct session_new session;
    h.s.cx.actor = (struct actor){0};
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &session));
    assert_null(session.second.ptr);
    store_close(&h.s);
}

static void nobody_switches_it_off_for_who_may_more_than_himself(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    struct person p = with_second_step(&h, "m@firma.example");
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_set_role(&h.s.cx, p.id, S("administrator")));
    /* a token for people alone */
    h.s.cx.actor = (struct actor){ACTOR_TOKEN, boss, 1, MAY_MANAGE_PEOPLE | MAY_READ_LEADS};
    assert_refused(&h, people_second_reset(&h.s.cx, p.id, &h.client), ERR_FORBIDDEN,
                   "access.role_above_own");
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_second_reset(&h.s.cx, p.id, &h.client));
    store_close(&h.s);
}

static void an_invitation_does_not_go_round_the_second_step(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    with_second_step(&h, "m@firma.example");
    h.s.cx.workspace_id = OTHER_WORKSPACE;
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    int64_t id;
    str link;
    assert_true(people_invite(&h.s.cx, S("m@firma.example"), S("sales"), &h.client, &id, &link));
    h.s.cx.actor = (struct actor){0};
    str secret = str_slice(link, link.len - SECRET_TEXT_LEN, link.len);
    struct session_new session;
    assert_true(access_accept(&h.s.cx, secret, S(""), str_of(RIGHT), &h.client, &session));
    assert_null(session.secret.ptr);
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &session));
    assert_non_null(session.second.ptr);
    store_close(&h.s);
}

static void rights_beyond_the_role_reach_sessions_and_tokens(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t sales = house_add(&h, "s@firma.example", ROLE_SALES);
    int64_t boss = house_add(&h, "boss@firma.example", ROLE_ADMINISTRATOR);
    struct session_new session;
    assert_true(house_sign_in(&h, "s@firma.example", RIGHT, &session));
    /* Until the workspace says otherwise, sales sees all leads. */
    uint64_t own = role_permissions(ROLE_SALES) | MAY_READ_ALL_LEADS;
    assert_int_equal(house_ask(&h, ask_session, session.secret).who.actor.permissions, own);

    house_act(&h, sales, ROLE_SALES, session.id);
    assert_refused(&h, people_set_rights(&h.s.cx, sales, MAY_EXPORT), ERR_FORBIDDEN,
                   "access.role_above_own");
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_refused(&h, people_set_rights(&h.s.cx, sales, MAY_ERASE_LEADS), ERR_INVALID,
                   "error.choice_invalid");
    assert_refused(&h, people_set_rights(&h.s.cx, 12345, MAY_EXPORT), ERR_NOT_FOUND,
                   "error.not_found");
    assert_true(people_set_rights(&h.s.cx, sales, MAY_EXPORT | MAY_SEE_APPLICANTS));
    uint64_t more = own | MAY_EXPORT | MAY_SEE_APPLICANTS;
    assert_int_equal(house_ask(&h, ask_session, session.secret).who.actor.permissions, more);

    house_act(&h, sales, ROLE_SALES, session.id);
    h.s.cx.actor.permissions = more;
    int64_t token;
    str secret;
    assert_true(account_token_create(&h.s.cx, S("Programm"), MAY_EXPORT | MAY_READ_LEADS, 0, &token,
                                     &secret));
    assert_int_equal(house_ask(&h, ask_token, secret).who.actor.permissions,
                     MAY_EXPORT | MAY_READ_LEADS | MAY_READ_ALL_LEADS);
    house_act(&h, boss, ROLE_ADMINISTRATOR, 0);
    assert_true(people_set_rights(&h.s.cx, sales, 0));
    assert_int_equal(house_ask(&h, ask_token, secret).who.actor.permissions,
                     MAY_READ_LEADS | MAY_READ_ALL_LEADS);
    assert_int_equal(house_ask(&h, ask_session, session.secret).who.actor.permissions, own);
    store_close(&h.s);
}

static void all_other_sessions_end_at_once(void **state)
{
    (void)state;
    struct house h;
    house_open(&h);
    int64_t id = house_add(&h, "m@firma.example", ROLE_SALES);
    struct session_new here, there;
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &there));
    assert_true(house_sign_in(&h, "m@firma.example", RIGHT, &here));
    house_act(&h, id, ROLE_SALES, here.id);
    assert_true(account_end_others(&h.s.cx));
    assert_true(house_ask(&h, ask_session, here.secret).found);
    assert_false(house_ask(&h, ask_session, there.secret).found);
    store_close(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_password_alone_lets_nobody_in_who_has_a_second_step),
        cmocka_unit_test(the_second_step_ends_with_its_time_the_password_and_the_workspace),
        cmocka_unit_test(codes_that_are_guessed_are_counted),
        cmocka_unit_test(a_recovery_code_works_once),
        cmocka_unit_test(a_recovery_code_is_told_of_and_a_phone_s_is_not),
        cmocka_unit_test(a_secret_counts_when_a_code_has_come),
        cmocka_unit_test(proving_oneself_takes_all_that_signing_in_takes),
        cmocka_unit_test(an_administrator_switches_it_off_for_his_own_people_alone),
        cmocka_unit_test(nobody_switches_it_off_for_who_may_more_than_himself),
        cmocka_unit_test(an_invitation_does_not_go_round_the_second_step),
        cmocka_unit_test(rights_beyond_the_role_reach_sessions_and_tokens),
        cmocka_unit_test(all_other_sessions_end_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
