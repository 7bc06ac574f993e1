/* Roles, passwords, throttling, networks and local paths. */
#include "assert_str.h"

#include "access/access_rules.h"

#include <string.h>

static void a_role_holds_what_its_work_needs(void **state)
{
    (void)state;
    static const struct {
        enum role role;
        uint64_t permission;
        bool may;
    } cases[] = {
        {ROLE_ADMINISTRATOR, MAY_MANAGE_WORKSPACES, true},
        {ROLE_ADMINISTRATOR, MAY_OWN_ACCOUNT, true},
        {ROLE_ADMINISTRATOR, MAY_READ_EVIDENCE, true},
        {ROLE_MARKETING, MAY_WRITE_FORMS, true},
        {ROLE_MARKETING, MAY_EXPORT, true},
        {ROLE_MARKETING, MAY_ERASE_LEADS, false},
        {ROLE_MARKETING, MAY_READ_EVIDENCE, false},
        {ROLE_MARKETING, MAY_MANAGE_PEOPLE, false},
        {ROLE_SALES, MAY_WRITE_LEADS, true},
        {ROLE_SALES, MAY_EXPORT, false},
        {ROLE_SALES, MAY_WRITE_FORMS, false},
        {ROLE_VIEWER, MAY_READ_LEADS, true},
        {ROLE_VIEWER, MAY_WRITE_LEADS, false},
        {ROLE_VIEWER, MAY_OWN_ACCOUNT, true},
        {ROLE_PRIVACY, MAY_ERASE_LEADS, true},
        {ROLE_PRIVACY, MAY_READ_AUDIT, true},
        {ROLE_PRIVACY, MAY_READ_EVIDENCE, true},
        {ROLE_PRIVACY, MAY_WRITE_LEADS, false},
        {ROLE_PRIVACY, MAY_MANAGE_PEOPLE, false},
        {(enum role)0, MAY_OWN_ACCOUNT, false},
        {ROLE__COUNT, MAY_OWN_ACCOUNT, false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        bool may = (role_permissions(cases[i].role) & cases[i].permission) != 0;
        if (may != cases[i].may) fail_msg("row %td: %s", i, role_name(cases[i].role));
    }
}

static void names_lead_back_to_what_they_name(void **state)
{
    (void)state;
    for (int i = ROLE_ADMINISTRATOR; i < ROLE__COUNT; i++) {
        enum role role;
        assert_true(role_of(str_of(role_name((enum role)i)), &role));
        assert_int_equal(role, i);
    }
    uint64_t every = role_permissions(ROLE_ADMINISTRATOR), named = 0, bit;
    for (uint64_t b = 1; b != 0; b <<= 1) {
        if (permission_name(b) == NULL) continue;
        assert_true(permission_of(str_of(permission_name(b)), &bit));
        assert_int_equal(bit, b);
        named |= b;
    }
    assert_int_equal(named, every);
    enum role role;
    assert_false(role_of(S(""), &role));
    assert_false(role_of(S("Administrator"), &role));
    assert_false(permission_of(S("everything"), &bit));
}

static void a_password_is_long_and_not_the_first_that_is_tried(void **state)
{
    (void)state;
    static const struct {
        str password;
        enum password_err want;
    } cases[] = {
        {S_INIT("gelbe Hafenkraene"), PASSWORD_OK},
        {S_INIT("drei Tassen Tee!"), PASSWORD_OK},
        {S_INIT("xK9#mQ2$vL7p"), PASSWORD_OK},
        {S_INIT("passwortloses Leben"), PASSWORD_OK},
        {S_INIT("kurz"), PASSWORD_SHORT},
        {S_INIT("elfZeichen!"), PASSWORD_SHORT},
        {S_INIT("äöüäöüä"), PASSWORD_SHORT}, /* 14 bytes, 7 characters */
        {S_INIT("aaaaaaaaaaaaaaaa"), PASSWORD_COMMON},
        {S_INIT("121212121212"), PASSWORD_COMMON},
        {S_INIT("123456789012"), PASSWORD_COMMON},
        {S_INIT("qwertzuiopasdf"), PASSWORD_COMMON},
        {S_INIT("1q2w3e4r5t6z"), PASSWORD_COMMON},
        {S_INIT("Passwort1234!"), PASSWORD_COMMON},
        {S_INIT("P@ssw0rt1234"), PASSWORD_COMMON},
        {S_INIT("passwordpassword"), PASSWORD_COMMON},
        {S_INIT("Sommer2026!!"), PASSWORD_COMMON},
        {S_INIT("123Willkommen123"), PASSWORD_COMMON},
        {S_INIT("administrator1"), PASSWORD_COMMON},
        {S_INIT("miriam.vogt@firma.example"), PASSWORD_PERSONAL},
        {S_INIT("MiriamVogt2026"), PASSWORD_PERSONAL},
        {S_INIT("miriam.vogt1"), PASSWORD_PERSONAL},
        {S_INIT("Lindhorst2026"), PASSWORD_PERSONAL},
        {S_INIT("LindhorstLagertechnikGmbH"), PASSWORD_PERSONAL},
        {S_INIT("2026 Lagertechnik!"), PASSWORD_PERSONAL},
        {S_INIT("Lindhorst Lagertechnik"), PASSWORD_PERSONAL},
        {S_INIT("LindhorstLagertechnik26"), PASSWORD_PERSONAL},
        {S_INIT("Lindhorst Lagertechnik GmbH"), PASSWORD_PERSONAL},
        {S_INIT("firma.example"), PASSWORD_PERSONAL},
        {S_INIT("FirmaFirmaFirma"), PASSWORD_OK},
        {S_INIT("!Schatzi!!!!"), PASSWORD_COMMON},
        {S_INIT("Chocolate1234"), PASSWORD_COMMON},
        {S_INIT("schokoladeschokolade"), PASSWORD_COMMON},
        {S_INIT("M\xc3\xa4rzm\xc3\xa4rz"), PASSWORD_SHORT},
        {S_INIT("m\xc3\xa4rz20262026"), PASSWORD_COMMON},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        enum password_err got =
            password_check(&a, cases[i].password,
                           &(struct password_of){S("miriam.vogt@firma.example"), S("Miriam Vogt"),
                                                 S("Lindhorst Lagertechnik GmbH")});
        if (got != cases[i].want)
            fail_msg("%.*s: got %d, want %d", STR_ARG(cases[i].password), got, cases[i].want);
        assert_int_equal(password_err_key(got) == NULL, got == PASSWORD_OK);
    }
    arena a = fresh();
    char *much = NEW(&a, char, PASSWORD_MAX_BYTES + 1);
    for (int i = 0; i <= PASSWORD_MAX_BYTES; i++) much[i] = (char)('a' + i % 23);
    assert_int_equal(
        password_check(&a, (str){much, PASSWORD_MAX_BYTES + 1}, &(struct password_of){0}),
        PASSWORD_LONG);
    assert_int_equal(password_check(&a, (str){much, PASSWORD_MAX_BYTES}, &(struct password_of){0}),
                     PASSWORD_OK);
}

static void common_words_can_be_searched_by_halves(void **state)
{
    (void)state;
    assert_true(common_word_count > 3000);
    for (ptrdiff_t i = 1; i < common_word_count; i++)
        if (strcmp(common_words[i - 1], common_words[i]) >= 0)
            fail_msg("%s does not follow %s", common_words[i], common_words[i - 1]);
}

static void rights_are_added_to_a_role_and_to_nothing_else(void **state)
{
    (void)state;
    uint64_t sales = role_permissions(ROLE_SALES);
    assert_int_equal(member_permissions(ROLE_SALES, 0, S("own")), sales);
    assert_int_equal(member_permissions(ROLE_SALES, MAY_EXPORT, S("own")), sales | MAY_EXPORT);
    assert_int_equal(member_permissions(ROLE_SALES, UINT64_MAX, S("own")), sales | RIGHTS_TO_GIVE);
    assert_int_equal(member_permissions((enum role)0, MAY_EXPORT, S("all")), 0);
    assert_int_equal(role_permissions(ROLE_ADMINISTRATOR) & RIGHTS_TO_GIVE, RIGHTS_TO_GIVE);
}

static void the_setting_says_which_leads_sales_see(void **state)
{
    static const struct {
        enum role role;
        const char *sees;
        uint64_t rights, reach;
    } cases[] = {
        {ROLE_SALES, "all", 0, MAY_READ_ALL_LEADS},
        {ROLE_SALES, "own", 0, 0},
        {ROLE_SALES, "own_and_free", 0, MAY_READ_FREE_LEADS},
        {ROLE_SALES, "nonsense", 0, 0},
        {ROLE_SALES, "own", MAY_READ_ALL_LEADS, MAY_READ_ALL_LEADS},
        {ROLE_SALES, "own", MAY_READ_FREE_LEADS, 0}, /* that is nobody's to give */
        {ROLE_MARKETING, "own", 0, MAY_READ_ALL_LEADS},
        {ROLE_VIEWER, "own", 0, MAY_READ_ALL_LEADS},
        {ROLE_PRIVACY, "own", 0, MAY_READ_ALL_LEADS},
        {ROLE_ADMINISTRATOR, "own", 0, MAY_READ_ALL_LEADS},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_int_equal(member_permissions(cases[i].role, cases[i].rights, str_of(cases[i].sees)) &
                             REACH_RIGHTS,
                         cases[i].reach);
}

enum { MINUTE = 60 * 1000 };

static void ten_attempts_go_and_then_a_quarter_of_an_hour_none(void **state)
{
    (void)state;
    struct throttle row = {0};
    bool begins;
    int64_t now = 1000000000;
    for (int i = 1; i <= 10; i++) {
        assert_true(throttle_take(THROTTLE_SIGN_IN_ADDRESS, &row, now + i, &begins));
        assert_int_equal(begins, i == 10);
    }
    struct throttle blocked = row;
    assert_false(throttle_take(THROTTLE_SIGN_IN_ADDRESS, &row, now + 11, &begins));
    assert_false(
        throttle_take(THROTTLE_SIGN_IN_ADDRESS, &row, now + 10 + 15 * MINUTE - 1, &begins));
    assert_memory_equal(&row, &blocked, sizeof row); /* knocking does not make it longer */
    assert_true(throttle_take(THROTTLE_SIGN_IN_ADDRESS, &row, now + 10 + 15 * MINUTE, &begins));
    assert_int_equal(row.failures, 1);
    assert_false(begins);
}

/* Three of a million hold at a time: at six in an hour one is right in six years. */
static void codes_of_a_phone_cannot_be_guessed_within_a_year(void **state)
{
    (void)state;
    struct throttle row = {0};
    bool begins;
    int64_t made = 0, year = (int64_t)365 * 24 * 60 * MINUTE;
    for (int64_t now = 0; now < year; now += MINUTE / 2)
        made += throttle_take(THROTTLE_CODE_PERSON, &row, now, &begins);
    assert_true(made * 3 < 1000000 / 6);
}

static void attempts_of_long_ago_do_not_count(void **state)
{
    (void)state;
    struct throttle row = {0};
    bool begins;
    for (int i = 0; i < 40; i++)
        assert_true(throttle_take(THROTTLE_SIGN_IN_ADDRESS, &row, 1000 + i * 2 * MINUTE, &begins));
}

static void a_success_is_given_back(void **state)
{
    (void)state;
    struct throttle row = {0};
    bool begins;
    for (int i = 0; i < 200; i++) {
        assert_true(throttle_take(THROTTLE_SIGN_IN_NETWORK, &row, 1000, &begins));
        throttle_give_back(&row);
    }
    assert_int_equal(row.failures, 0);
    throttle_give_back(&row);
    assert_int_equal(row.failures, 0);
}

static void a_network_is_an_ipv4_address_or_64_bits(void **state)
{
    (void)state;
    static const struct {
        str ip, want;
    } cases[] = {
        {S_INIT("203.0.113.7"), S_INIT("203.0.113.7")},
        {S_INIT("::ffff:203.0.113.7"), S_INIT("203.0.113.7")},
        {S_INIT("2001:db8:1:2:3:4:5:6"), S_INIT("2001:db8:1:2::")},
        {S_INIT("2001:db8:1:2::9"), S_INIT("2001:db8:1:2::")},
        {S_INIT("2001:db8::9"), S_INIT("2001:db8:0:0::")},
        {S_INIT("2001:db8::1:2:3:4:5"), S_INIT("2001:db8:0:1::")},
        {S_INIT("::1"), S_INIT("0:0:0:0::")},
        {S_INIT("::"), S_INIT("0:0:0:0::")},
        {S_INIT("1:2:3"), S_INIT("1:2:3")},
        {S_INIT("1:2:3:4:5:6:7:8:9"), S_INIT("1:2:3:4:5:6:7:8:9")},
        {S_INIT("nonsense"), S_INIT("nonsense")},
        {S_INIT(""), S_INIT("")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str got = network_of(&a, cases[i].ip);
        if (!str_eq(got, cases[i].want))
            fail_msg("%.*s: got %.*s", STR_ARG(cases[i].ip), STR_ARG(got));
    }
}

static void only_paths_of_this_server_are_local(void **state)
{
    (void)state;
    static const struct {
        str path;
        bool local;
    } cases[] = {
        {S_INIT("/"), true},
        {S_INIT("/leads?q=a%20b#x"), true},
        {S_INIT(""), false},
        {S_INIT("leads"), false},
        {S_INIT("//evil.example"), false},
        {S_INIT("/\\evil.example"), false},
        {S_INIT("https://evil.example"), false},
        {S_INIT("javascript:alert(1)"), false},
        {S_INIT("/a\r\nSet-Cookie: x"), false},
        {S_INIT("/\t/evil.example"), false},
        {S_INIT("/a b"), false},
        {S_INIT("/caf\xc3\xa9"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        if (path_is_local(cases[i].path) != cases[i].local)
            fail_msg("%.*s", STR_ARG(cases[i].path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_holds_what_its_work_needs),
        cmocka_unit_test(names_lead_back_to_what_they_name),
        cmocka_unit_test(a_password_is_long_and_not_the_first_that_is_tried),
        cmocka_unit_test(common_words_can_be_searched_by_halves),
        cmocka_unit_test(rights_are_added_to_a_role_and_to_nothing_else),
        cmocka_unit_test(the_setting_says_which_leads_sales_see),
        cmocka_unit_test(ten_attempts_go_and_then_a_quarter_of_an_hour_none),
        cmocka_unit_test(codes_of_a_phone_cannot_be_guessed_within_a_year),
        cmocka_unit_test(attempts_of_long_ago_do_not_count),
        cmocka_unit_test(a_success_is_given_back),
        cmocka_unit_test(a_network_is_an_ipv4_address_or_64_bits),
        cmocka_unit_test(only_paths_of_this_server_are_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
