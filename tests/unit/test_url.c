#include "assert_str.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/url.h"

#include <string.h>

static void an_escape_is_decoded_or_all_is_refused(void **state)
{
    (void)state;
    const struct {
        str in;
        bool plus;
        str want; /* absent: refused */
    } rows[] = {
        {S("abc"), true, S("abc")},
        {S(""), true, S("")},
        {S("a+b"), true, S("a b")},
        {S("a+b"), false, S("a+b")},
        {S("%41%62%2B%2b"), true, S("Ab++")},
        {S("M%C3%BCller"), false, S("Müller")},
        {S("%"), false, {0}},
        {S("a%4"), false, {0}},
        {S("%4g"), false, {0}},
        {S("%00"), false, {0}},
        {S("a\0b"), false, {0}},
        {S("%FC"), false, {0}},
        {S("\xfc"), false, {0}},
        {S("%ED%A0%80"), false, {0}}, /* a surrogate */
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        str got = {0};
        bool ok = percent_decode(&a, rows[i].in, rows[i].plus, &got);
        assert_int_equal(ok, rows[i].want.ptr != NULL);
        assert_str("decoded", got, rows[i].want);
    }
}

static void what_was_encoded_is_decoded_to_the_same(void **state)
{
    (void)state;
    arena a = fresh();
    str back = {0};
    assert_str("encoded", percent_encode(&a, S("a b/ü~-._&=+%")),
               S("a%20b%2F%C3%BC~-._%26%3D%2B%25"));
    assert_true(percent_decode(&a, percent_encode(&a, S("ä +%/&")), true, &back));
    assert_str("back", back, S("ä +%/&"));
}

static void a_form_body_becomes_a_map(void **state)
{
    (void)state;
    const struct {
        str in, want; /* want absent: refused */
    } rows[] = {
        {S("a=1&b=x+y"), S("{\"a\":\"1\",\"b\":\"x y\"}")},
        {S("a=1&a=2&a=&b=3"), S("{\"a\":[\"1\",\"2\",\"\"],\"b\":\"3\"}")},
        {S("a"), S("{\"a\":\"\"}")},
        {S("=v"), S("{\"\":\"v\"}")},
        {S("a=b=c"), S("{\"a\":\"b=c\"}")},
        {S("&&a=1&"), S("{\"a\":\"1\"}")},
        {S(""), S("{}")},
        {{0}, S("{}")},
        {S("f%5B%5D=%C3%BC"), S("{\"f[]\":\"ü\"}")},
        {S("a=%"), {0}},
        {S("a=1&%zz=2"), {0}},
        {S("a=%ff"), {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        bool ok = false;
        struct value map = urlencoded_parse(&a, rows[i].in, &ok);
        assert_int_equal(ok, rows[i].want.ptr != NULL);
        assert_str("map", json_text(&a, map), ok ? rows[i].want : S("{}"));
    }
}

static void fields_are_counted(void **state)
{
    (void)state;
    static char body[2 * (LIMIT_FORM_FIELDS + 1)];
    arena a = fresh();
    bool ok = false;
    for (int i = 0; i <= LIMIT_FORM_FIELDS; i++) memcpy(body + 2 * i, "a&", 2);
    struct value map = urlencoded_parse(&a, (str){body, 2 * LIMIT_FORM_FIELDS}, &ok);
    assert_true(ok);
    assert_int_equal(value_count(value_get(map, S("a"))), LIMIT_FORM_FIELDS);
    urlencoded_parse(&a, (str){body, 2 * (LIMIT_FORM_FIELDS + 1)}, &ok);
    assert_false(ok);
}

static void a_url_is_taken_apart(void **state)
{
    (void)state;
    const struct {
        str text;
        struct url want;
    } rows[] = {
        {S("https://a.example"), {S("https"), S("a.example"), 443, S(""), {0}, {0}}},
        {S("HTTP://A.Example:8080/x/y?q=1?2#f#g"),
         {S("HTTP"), S("A.Example"), 8080, S("/x/y"), S("q=1?2"), S("f#g")}},
        {S("http://localhost/?#"), {S("http"), S("localhost"), 80, S("/"), S(""), S("")}},
        {S("https://[::1]:443/a"), {S("https"), S("[::1]"), 443, S("/a"), {0}, {0}}},
        {S("http://192.0.2.7?x"), {S("http"), S("192.0.2.7"), 80, S(""), S("x"), {0}}},
        {S("https://xn--mller-kva.example./ü"),
         {S("https"), S("xn--mller-kva.example."), 443, S("/ü"), {0}, {0}}},
        {S("https://a.example/x@y:z"), {S("https"), S("a.example"), 443, S("/x@y:z"), {0}, {0}}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct url got;
        if (!url_parse(rows[i].text, &got)) fail_msg("%.*s", STR_ARG(rows[i].text));
        assert_str("scheme", got.scheme, rows[i].want.scheme);
        assert_str("host", got.host, rows[i].want.host);
        assert_int_equal(got.port, rows[i].want.port);
        assert_str("path", got.path, rows[i].want.path);
        assert_str("query", got.query, rows[i].want.query);
        assert_str("fragment", got.fragment, rows[i].want.fragment);
    }
}

static void anything_else_is_no_url(void **state)
{
    (void)state;
    const str rows[] = {
        S(""),
        {0},
        S("a.example"),
        S("/path"),
        S("//a.example"),
        S("ftp://a.example"),
        S("javascript://a.example/%0aalert(1)"),
        S("mailto:a@b.example"),
        S("https:/a.example"),
        S("https://"),
        S("https:///x"),
        S("https://user@a.example"),
        S("https://user:pass@a.example"),
        S("https://a.example:0"),
        S("https://a.example:65536"),
        S("https://a.example:"),
        S("https://a.example:8o"),
        S("https://a..example"),
        S("https://.example"),
        S("https://-a.example"),
        S("https://a-.example"),
        S("https://ü.example"),
        S("https://a%2eexample"),
        S("https://1.2.3"),
        S("https://1.2.3.256"),
        S("https://0x7f000001"),
        S("https://2130706433"),
        S("https://[::1"),
        S("https://::1"),
        S("https://[127.0.0.1]"),
        S("https://[::1]x"),
        S("https://a.example\\@b.example"),
        S("https://a.example/ x"),
        S("https://a.example/\n"),
        S("https://a.example/\"x"),
        S("https://a.example/<x>"),
        S("https://a.example/\0"),
        S("https://a.example/\xff"),
        S(" https://a.example"),
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct url got;
        if (url_parse(rows[i], &got)) fail_msg("%.*s", STR_ARG(rows[i]));
    }
}

static void what_is_typed_without_a_scheme_gets_one(void **state)
{
    arena a = fresh();
    static const struct {
        str in, want;
    } cases[] = {
        {S_INIT("www.firma.example"), S_INIT("https://www.firma.example")},
        {S_INIT("firma.example/impressum?a=b#c"), S_INIT("https://firma.example/impressum?a=b#c")},
        {S_INIT("firma.example:8443/x"), S_INIT("https://firma.example:8443/x")},
        {S_INIT("http://firma.example"), S_INIT("http://firma.example")},
        {S_INIT("https://firma.example"), S_INIT("https://firma.example")},
        {S_INIT("ftp://firma.example"), S_INIT("ftp://firma.example")},
        {S_INIT("firma"), S_INIT("firma")},
        {S_INIT("firma/impressum.html"), S_INIT("firma/impressum.html")},
        {S_INIT("javascript:alert(1)"), S_INIT("javascript:alert(1)")},
        {S_INIT("mailto:a@firma.example"), S_INIT("mailto:a@firma.example")},
        {S_INIT("a@firma.example"), S_INIT("a@firma.example")},
        {S_INIT("//firma.example/x"), S_INIT("//firma.example/x")},
        {S_INIT("unser impressum.de"), S_INIT("unser impressum.de")},
        {S_INIT(""), S_INIT("")},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_str("typed", url_typed(&a, cases[i].in), cases[i].want);
}

static void a_workspaces_host_takes_the_place_of_the_installations(void **state)
{
    (void)state;
    const struct {
        str base, host, want;
    } rows[] = {
        {S("https://a.example"), S("b.example"), S("https://b.example")},
        {S("http://127.0.0.1:8080"), S("b.example"), S("http://b.example:8080")},
        {S("http://[::1]:8080"), S("b.example"), S("http://b.example:8080")},
        {S("https://a.example"), S(""), S("https://a.example")},
        {S("https://a.example"), {0}, S("https://a.example")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("base", url_with_host(&a, rows[i].base, rows[i].host), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_escape_is_decoded_or_all_is_refused),
        cmocka_unit_test(what_was_encoded_is_decoded_to_the_same),
        cmocka_unit_test(a_form_body_becomes_a_map),
        cmocka_unit_test(fields_are_counted),
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(anything_else_is_no_url),
        cmocka_unit_test(what_is_typed_without_a_scheme_gets_one),
        cmocka_unit_test(a_workspaces_host_takes_the_place_of_the_installations),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
