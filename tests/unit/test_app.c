/* Networks as they stand on the command line. */
#include "app.h"
#include "assert_str.h"

static void an_address_lies_in_a_network_by_its_first_bits(void **state)
{
    (void)state;
    static const struct {
        const char *networks, *address;
        bool inside;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0", true},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.0/8", "9.255.255.255", false},
        {"10.1.2.3/8", "10.9.9.9", true}, /* the rest is not looked at */
        {"10.0.0.0/9", "10.127.255.255", true},
        {"10.0.0.0/9", "10.128.0.0", false},
        {"192.0.2.6/31", "192.0.2.7", true},
        {"192.0.2.6/31", "192.0.2.8", false},
        {"192.0.2.6/32", "192.0.2.6", true},
        {"192.0.2.6", "192.0.2.6", true},
        {"192.0.2.6", "192.0.2.7", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "203.0.113.9", true},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"::1", "0:0:0:0:0:0:0:1", true},
        {"2001:db8::/32", "2001:DB8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"2001:db8::7/128", "2001:db8::7", true},
        {"2001:db8::7/128", "2001:db8::6", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true}, /* IPv4 over a socket of both kinds */
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "11.1.2.3", false},
        {"10.0.0.0/8", "::10.1.2.3", false},
        {"10.0.0.0/8, ::1", "::1", true},
        {"192.0.2.0/24,10.0.0.0/8", "10.1.1.1", true},
        {"192.0.2.0/24,10.0.0.0/8", "172.16.0.1", false},
        {"", "10.0.0.1", false},
        {"0.0.0.0/0,::/0", "", false},
        {"0.0.0.0/0,::/0", "localhost", false},
        {"0.0.0.0/0,::/0", "10.0.0", false},
        {"0.0.0.0/0,::/0", "10.0.0.1:80", false},
        {"0.0.0.0/0,::/0", "[::1]", false},
        {"0.0.0.0/0,::/0", " 10.0.0.1", false},
        {"0.0.0.0/0,::/0", "1234567890123456789012345678901234567890123456789012345678901234567",
         false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct cidr list[4];
        int count = -1;
        if (!cidr_parse(str_of(cases[i].networks), list, COUNTOF(list), &count))
            fail_msg("%s", cases[i].networks);
        if (cidr_contains(list, count, str_of(cases[i].address)) != cases[i].inside)
            fail_msg("%s: %s", cases[i].networks, cases[i].address);
    }
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int count; /* -1: refused */
    } cases[] = {
        {"", 0},
        {" , ,", 0},
        {"10.0.0.0/8", 1},
        {"10.0.0.0/8,,::1", 2},
        {" 10.0.0.0/8 , ::1 ", 2},
        {"1.1.1.1,2.2.2.2,3.3.3.3", 3},
        {"1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4", -1}, /* no room */
        {"10.0.0.0/33", -1},
        {"::1/129", -1},
        {"::ffff:10.0.0.0/129", -1},
        {"10.0.0.0/-1", -1},
        {"10.0.0.0/", -1},
        {"10.0.0.0/ 8", -1},
        {"10.0.0.0/8/8", -1},
        {"10.0.0.0/x", -1},
        {"10.0.0.0/255.0.0.0", -1},
        {"/8", -1},
        {"10.0.0/8", -1},
        {"10.0.0.256", -1},
        {"fe80::1%lo", -1},
        {"proxy.example", -1},
        {"10.0.0.0/8;::1", -1},
        {"10.0.0.0/8,nonsense", -1},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct cidr list[3];
        int count = -1;
        bool ok = cidr_parse(str_of(cases[i].text), list, COUNTOF(list), &count);
        if (ok != (cases[i].count >= 0) || (ok && count != cases[i].count))
            fail_msg("\"%s\": %d", cases[i].text, ok ? count : -1);
    }
}

static void cookies_are_secure_where_the_public_url_is(void **state)
{
    (void)state;
    struct app app = {.config.public_url = S("https://leads.example")};
    assert_true(app_is_https(&app));
    app.config.public_url = S("http://https.example");
    assert_false(app_is_https(&app));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_lies_in_a_network_by_its_first_bits),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(cookies_are_secure_where_the_public_url_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
