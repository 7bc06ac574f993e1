#include "assert_str.h"
#include "net/smtp_client.h"

#include <string.h>

static void an_address_of_a_relay_says_how_to_reach_it(void **state)
{
    (void)state;
    const struct {
        const char *in, *host;
        int port;
        enum smtp_tls tls;
        const char *user, *password; /* NULL: absent */
    } rows[] = {
        {"smtp://mail.example", "mail.example", 587, SMTP_TLS_STARTTLS, NULL, NULL},
        {"smtp://mail.example/", "mail.example", 587, SMTP_TLS_STARTTLS, NULL, NULL},
        {"smtp://mail.example:25", "mail.example", 25, SMTP_TLS_STARTTLS, NULL, NULL},
        {"smtps://mail.example", "mail.example", 465, SMTP_TLS_IMPLICIT, NULL, NULL},
        {"smtp://u:p@mail.example", "mail.example", 587, SMTP_TLS_STARTTLS, "u", "p"},
        {"smtp://u@mail.example:587", "mail.example", 587, SMTP_TLS_STARTTLS, "u", NULL},
        {"smtp://u:@mail.example", "mail.example", 587, SMTP_TLS_STARTTLS, "u", ""},
        {"smtps://a%40b.de:p%3a%2F%25@m.example", "m.example", 465, SMTP_TLS_IMPLICIT, "a@b.de",
         "p:/%"},
        {"smtps://a@b.de:p@m.example", "m.example", 465, SMTP_TLS_IMPLICIT, "a@b.de", "p"},
        {"smtp://localhost", "localhost", 25, SMTP_TLS_NONE, NULL, NULL},
        {"smtp://u:p@127.0.0.1:1025", "127.0.0.1", 1025, SMTP_TLS_NONE, "u", "p"},
        {"smtp://[::1]", "::1", 25, SMTP_TLS_NONE, NULL, NULL},
        {"smtp://[2001:db8::1]:2525", "2001:db8::1", 2525, SMTP_TLS_STARTTLS, NULL, NULL},
        {"smtp://localhost?tls=starttls", "localhost", 25, SMTP_TLS_STARTTLS, NULL, NULL},
        {"smtp://lan.example:25?tls=none", "lan.example", 25, SMTP_TLS_NONE, NULL, NULL},
        {"smtp://127.evil.example", "127.evil.example", 587, SMTP_TLS_STARTTLS, NULL, NULL},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct smtp_relay r;
        const char *why = NULL;
        if (!smtp_url_parse(&a, str_of(rows[i].in), &r, &why)) fail_msg("%s: %s", rows[i].in, why);
        assert_str(rows[i].in, r.host, str_of(rows[i].host));
        assert_str(rows[i].in, r.user, str_of(rows[i].user));
        assert_str(rows[i].in, r.password, str_of(rows[i].password));
        assert_int_equal(r.port, rows[i].port);
        assert_int_equal(r.tls, rows[i].tls);
    }
}

static void what_cannot_be_reached_safely_is_refused_with_a_sentence(void **state)
{
    (void)state;
    const struct {
        const char *in, *why;
    } rows[] = {
        {"", "begins with"},
        {"mail.example", "begins with"},
        {"http://mail.example", "begins with"},
        {"smtp://", "host name"},
        {"smtp://:587", "host name"},
        {"smtp://müller.example", "xn--"},
        {"smtp://mail example", "host name"},
        {"smtp://[::1", "host name"},
        {"smtp://[::1]x", "host name"},
        {"smtp://mail.example:0", "port"},
        {"smtp://mail.example:65536", "port"},
        {"smtp://mail.example:", "port"},
        {"smtp://mail.example/x", "%2F"},
        {"smtp://u:p/w@mail.example", "%2F"},
        {"smtp://u:%zz@mail.example", "escape"},
        {"smtp://u:%0d%0a@mail.example", "control"},
        {"smtp://u:%00@mail.example", "escape"},
        {"smtp://:p@mail.example", "empty"},
        {"smtp://mail.example?tls=maybe", "tls must"},
        {"smtps://mail.example?tls=none", "tls must"},
        {"smtp://mail.example?x=y", "known"},
        {"smtp://mail.example?ca", "missing"},
        {"smtp://u:p@mail.example?tls=none", "without encryption"},
        {"smtp://u@127.evil.example?tls=none", "without encryption"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct smtp_relay r;
        const char *why = NULL;
        if (smtp_url_parse(&a, str_of(rows[i].in), &r, &why)) fail_msg("%s is taken", rows[i].in);
        if (strstr(why, rows[i].why) == NULL) fail_msg("%s: %s", rows[i].in, why);
    }
}

static void the_query_names_a_ca_file_and_our_name(void **state)
{
    (void)state;
    arena a = fresh();
    struct smtp_relay r;
    const char *why = NULL;
    assert_true(
        smtp_url_parse(&a, S("smtps://m.example?ca=%2Fetc%2Fca.pem&name=we.example"), &r, &why));
    assert_str("ca", r.ca_file, S("/etc/ca.pem"));
    assert_str("name", r.ehlo_name, S("we.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_of_a_relay_says_how_to_reach_it),
        cmocka_unit_test(what_cannot_be_reached_safely_is_refused_with_a_sentence),
        cmocka_unit_test(the_query_names_a_ca_file_and_our_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
