#include "assert_str.h"
#include "base/email.h"

#include <string.h>

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void every_address_is_normalised_or_refused(void **state)
{
    (void)state;
    const struct {
        str in;
        enum email_err err;
        str want;
    } rows[] = {
        {S("anna@firma.example"), EMAIL_OK, S("anna@firma.example")},
        {S("  Anna.Lang@Firma.EXAMPLE\r\n"), EMAIL_OK, S("anna.lang@firma.example")},
        {S("\xc2\xa0"
           "a@b.de\xe2\x80\x8b "),
         EMAIL_OK, S("a@b.de")},
        {S("o'neil+web_1/2=x@b.de"), EMAIL_OK, S("o'neil+web_1/2=x@b.de")},
        {S("a@müller.de"), EMAIL_OK, S("a@xn--mller-kva.de")},
        {S("a@MÜLLER.de"), EMAIL_OK, S("a@xn--mller-kva.de")},
        {S("a@mu\xcc\x88ller.de"), EMAIL_OK, S("a@xn--mller-kva.de")},
        {S("a@XN--mller-kva.de"), EMAIL_OK, S("a@xn--mller-kva.de")},
        {S("a@straße.de"), EMAIL_OK, S("a@xn--strae-oqa.de")},
        {S("a@b。de"), EMAIL_OK, S("a@b.de")},
        {S("a@3.b-c.de"), EMAIL_OK, S("a@3.b-c.de")},
        {S("a" A63 "@b.de"), EMAIL_OK, S("a" A63 "@b.de")},
        {S(""), EMAIL_EMPTY, {0}},
        {{0}, EMAIL_EMPTY, {0}},
        {S(" \t "), EMAIL_EMPTY, {0}},
        {S("anna"), EMAIL_NO_AT, {0}},
        {S("a@b@c.de"), EMAIL_NO_AT, {0}},
        {S("@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S(".a@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a.@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a..b@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a b@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("\"a b\"@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("<a@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a,b@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("ä@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a\0@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a\nb@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("\xff@b.de"), EMAIL_BAD_LOCAL, {0}},
        {S("a@"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b..de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b.de."), EMAIL_BAD_DOMAIN, {0}},
        {S("a@-b.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b-.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b_c.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b.de>"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b c.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@b\0.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@ü\0.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@[192.0.2.1]"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@xn--\xc3\xbc.de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@a" A63 ".de"), EMAIL_BAD_DOMAIN, {0}},
        {S("a@firma"), EMAIL_NO_TLD, {0}},
        {S("a@192.0.2.1"), EMAIL_NO_TLD, {0}},
        {S("ab" A63 "@b.de"), EMAIL_TOO_LONG, {0}},
        {S("a@" A63 "." A63 "." A63 "." A63), EMAIL_TOO_LONG, {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        str got = {0};
        enum email_err err = email_normalise(&a, rows[i].in, &got);
        if (err != rows[i].err)
            fail_msg("%.*s: %d instead of %d", STR_ARG(rows[i].in), err, rows[i].err);
        assert_str("address", got, rows[i].want);
    }
}

static void normalising_twice_changes_nothing(void **state)
{
    (void)state;
    const str rows[] = {S("A@Straße.DE"), S("x@日本.jp"), S("a@b.de")};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        str once = {0}, twice = {0};
        assert_int_equal(email_normalise(&a, rows[i], &once), EMAIL_OK);
        assert_int_equal(email_normalise(&a, once, &twice), EMAIL_OK);
        assert_str("twice", twice, once);
    }
}

static void a_masked_address_shows_at_most_half(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S("k.brandt@falkenried.example"), S("k.b•••••@falkenried.example")},
        {S("kim@b.de"), S("k•••••@b.de")},
        {S("a@b.de"), S("•••••@b.de")},
        {S("averylongname@b.de"), S("ave•••••@b.de")},
        {S("nothing"), S("not•••••")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("mask", email_mask(&a, rows[i].in), rows[i].want);
    }
    assert_str("domain", email_domain(S("a@b.de")), S("b.de"));
    assert_str("no domain", email_domain(S("a")), (str){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_normalised_or_refused),
        cmocka_unit_test(normalising_twice_changes_nothing),
        cmocka_unit_test(a_masked_address_shows_at_most_half),
    };
    return cmocka_run_group_tests_name("email", tests, NULL, NULL);
}
