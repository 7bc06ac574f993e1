/* What is held back, and what is not. */
#include "assert_str.h"
#include "base/crypto.h"
#include "spam/spam_memory.h"
#include "spam/spam_rules.h"

#include <string.h>

#define BIT(name) ((uint32_t)1 << SUSPECT_##name)

static void suspicion_is_weighed(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct spam_signals s;
        uint32_t held;
    } cases[] = {
        {"a plain post", {.stamp = STAMP_GOOD, .fill_ms = 20000, .browser = true}, 0},
        {"autofill is quick", {.stamp = STAMP_GOOD, .fill_ms = 900, .browser = true}, 0},
        {"too quick alone is no crime", {.stamp = STAMP_GOOD, .fill_ms = 20, .browser = true}, 0},
        {"a program has no page", {.stamp = STAMP_NONE, .fill_ms = -1}, 0},
        {"a browser has",
         {.stamp = STAMP_NONE, .fill_ms = -1, .browser = true},
         BIT(STAMP_MISSING)},
        {"somebody else's stamp", {.stamp = STAMP_FORGED, .fill_ms = -1}, BIT(STAMP_FORGED)},
        {"open over night", {.stamp = STAMP_OLD, .fill_ms = -1, .browser = true}, 0},
        {"kept for weeks",
         {.stamp = STAMP_STALE, .fill_ms = -1, .browser = true},
         BIT(STAMP_OLD)},
        {"over night, with the hidden field",
         {.stamp = STAMP_OLD, .fill_ms = -1, .honeypot = true},
         BIT(STAMP_OLD) | BIT(HONEYPOT)},
        {"the hidden field",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .honeypot = true},
         BIT(HONEYPOT)},
        {"one page all the time",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .stamp_often = true},
         BIT(STAMP_REUSED)},
        {"one address",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .address_often = true},
         BIT(ADDRESS_OFTEN)},
        {"one network, and quick",
         {.stamp = STAMP_GOOD, .fill_ms = 20, .network_often = true},
         BIT(NETWORK_OFTEN) | BIT(TOO_FAST)},
        {"thrown away",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .domain = DOMAIN_THROWN},
         BIT(DOMAIN_THROWN)},
        {"not wanted",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .domain = DOMAIN_DENIED},
         BIT(DOMAIN_DENIED)},
        {"allowed", {.stamp = STAMP_GOOD, .fill_ms = 9000, .domain = DOMAIN_ALLOWED}, 0},
        {"no proof of work",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .proof_wanted = true},
         BIT(PROOF_MISSING)},
        {"proof of work",
         {.stamp = STAMP_GOOD, .fill_ms = 9000, .proof_wanted = true, .proof_given = true},
         0},
        {"a device of ours",
         {.trusted = true, .honeypot = true, .network_often = true, .stamp = STAMP_FORGED},
         0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        if (spam_judge(&cases[i].s) != cases[i].held)
            fail_msg("%s: %x", cases[i].what, spam_judge(&cases[i].s));
    for (int i = 0; i < SUSPICION__COUNT; i++)
        assert_true(strlen(suspicion_name((enum suspicion)i)) > 0);
}

static void a_domain_is_known_or_not(void **state)
{
    (void)state;
    static const char thrown[] = "# remark\n# zz remark\n0-mail.com\nmailinator.com\nyopmail.com\n";
    static const struct {
        const char *email, *allowed, *denied;
        enum domain_kind want;
    } cases[] = {
        {"info@firma.example", "", "", DOMAIN_PLAIN},
        {"a@mailinator.com", "", "", DOMAIN_THROWN},
        {"a@0-mail.com", "", "", DOMAIN_THROWN},
        {"a@yopmail.com", "", "", DOMAIN_THROWN},
        {"a@x.y.mailinator.com", "", "", DOMAIN_THROWN},
        {"a@notmailinator.com", "", "", DOMAIN_PLAIN},
        {"a@com", "", "", DOMAIN_PLAIN},
        {"a@zzz.zzz", "", "", DOMAIN_PLAIN},
        {"a@0.a", "", "", DOMAIN_PLAIN},
        {"a@mailinator.com", "gmx.de mailinator.com", "", DOMAIN_ALLOWED},
        {"a@mail.wettbewerb.example", "", "x.example, wettbewerb.example", DOMAIN_DENIED},
        {"a@nettbewerb.example", "", "wettbewerb.example", DOMAIN_PLAIN},
        {"a@both.example", "both.example", "both.example", DOMAIN_ALLOWED},
        {"", "", "", DOMAIN_PLAIN},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        enum domain_kind is = domain_judge(str_of(cases[i].email), str_of(cases[i].allowed),
                                           str_of(cases[i].denied), str_of(thrown));
        if (is != cases[i].want) fail_msg("%s: %d", cases[i].email, is);
    }
}

static void a_network_is_a_neighbourhood_of_the_internet(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *network; /* NULL: none */
    } cases[] = {
        {"198.51.100.7", "198.51.100.0/24"},
        {"::ffff:198.51.100.7", "198.51.100.0/24"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::6", "2001:db8:1:2::/64"},
        {"2001:db8::6", "2001:db8::/64"},
        {"127.0.0.1", NULL},
        {"10.1.2.3", NULL},
        {"172.31.0.1", NULL},
        {"172.32.0.1", "172.32.0.0/24"},
        {"192.168.1.1", NULL},
        {"100.64.0.1", NULL},
        {"169.254.1.1", NULL},
        {"::1", NULL},
        {"fe80::1", NULL},
        {"fd12:3456::1", NULL},
        {"", NULL},
        {"256.1.1.1", NULL},
        {"unix", NULL},
    };
    struct arena_block block;
    assert_true(arena_block_open(&block, 1 << 20));
    arena a = arena_over(&block);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        str is = spam_network(&a, str_of(cases[i].ip));
        if (cases[i].network == NULL)
            assert_true(is.ptr == NULL);
        else
            assert_str(cases[i].ip, is, str_of(cases[i].network));
    }
    arena_block_close(&block);
}

static void a_proof_is_found_by_trying(void **state)
{
    (void)state;
    struct arena_block block;
    assert_true(arena_block_open(&block, 64 << 20));
    arena a = arena_over(&block);
    static const uint8_t secret[32] = {1, 2, 3}, other[32] = {4};
    str salt = S("stamp-of-a-page"), found = {0};
    str challenge = proof_challenge(&a, salt, secret);
    for (int n = 0; n < SPAM_PROOF_NUMBERS && found.ptr == NULL; n++) {
        arena scratch = a;
        str hash = crypto_sha256_hex(&scratch, str_printf(&scratch, "%.*s%d", STR_ARG(salt), n));
        if (str_eq(hash, challenge)) found = str_printf(&a, "%d", n);
    }
    assert_true(found.ptr != NULL);
    assert_true(proof_holds(salt, secret, found));
    assert_false(proof_holds(salt, other, found));
    assert_false(proof_holds(S("another page"), secret, found));
    assert_false(proof_holds(salt, secret, S("")));
    assert_false(proof_holds(salt, secret, S("12x")));
    arena_block_close(&block);
}

static void what_comes_often_is_counted_for_a_while(void **state)
{
    (void)state;
    struct arena_block block;
    assert_true(arena_block_open(&block, 16 << 20));
    arena a = arena_over(&block);
    struct spam_memory *m = spam_memory_new(&a);
    int64_t now = 1750000000000;
    int seen = 0;
    for (int i = 0; i < 11; i++) seen = spam_seen(m, COUNT_ADDRESS, 1, S("a@x.example"), now + i);
    assert_int_equal(seen, 11);
    assert_true(spam_is_often(COUNT_ADDRESS, seen, false));
    assert_false(spam_is_often(COUNT_ADDRESS, 10, false));
    assert_int_equal(spam_seen(m, COUNT_ADDRESS, 1, S("b@x.example"), now), 1);
    assert_int_equal(spam_seen(m, COUNT_ADDRESS, 2, S("a@x.example"), now), 1);
    assert_int_equal(spam_seen(m, COUNT_NETWORK, 1, S("a@x.example"), now), 1);
    assert_int_equal(spam_seen(m, COUNT_ADDRESS, 1, S("a@x.example"), now + 3600000), 1);
    assert_int_equal(spam_seen(NULL, COUNT_ADDRESS, 1, S("a@x.example"), now), 1);
    const str net = S_INIT("203.0.113.0/24");
    assert_true(spam_take(m, COUNT_FILES, 1, net, now, 30, 10)); /* the first, however much */
    assert_false(spam_take(m, COUNT_FILES, 1, net, now, 1, 30));
    assert_true(spam_take(m, COUNT_FILES, 1, net, now, 1, 31));
    assert_false(spam_take(m, COUNT_FILES, 1, net, now, 1, 31));
    assert_true(spam_take(m, COUNT_FILES, 2, net, now, 31, 31));
    assert_true(spam_take(m, COUNT_FILES, 1, S("203.0.114.0/24"), now, 31, 31));
    assert_true(spam_take(m, COUNT_FILES, 1, net, now + 24 * 3600000, 31, 31));
    assert_true(spam_take(m, COUNT_FILES, 1, (str){0}, now, 32, 31));
    assert_true(spam_take(NULL, COUNT_FILES, 1, net, now, 32, 31));
    assert_true(spam_is_often(COUNT_STAMP, 3, true));
    assert_false(spam_is_often(COUNT_STAMP, 3, false));
    arena_block_close(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suspicion_is_weighed),
        cmocka_unit_test(a_domain_is_known_or_not),
        cmocka_unit_test(a_network_is_a_neighbourhood_of_the_internet),
        cmocka_unit_test(a_proof_is_found_by_trying),
        cmocka_unit_test(what_comes_often_is_counted_for_a_while),
    };
    assert(crypto_init());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
