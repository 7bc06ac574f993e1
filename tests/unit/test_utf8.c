#include "assert_str.h"
#include "base/utf8.h"

static void only_well_formed_text_is_valid(void **state)
{
    (void)state;
    const struct {
        str text;
        bool ok;
    } rows[] = {
        {{0}, true},
        {S("aü😀"), true},
        {S("\0"), false},
        {S("a\0ü😀"), false}, /* no engine but SQLite stores it */
        {S("\xf4\x8f\xbf\xbf"), true},
        {S("\xc0\x80"), false},         /* overlong */
        {S("\xe0\x80\xaf"), false},     /* overlong */
        {S("\xed\xa0\x80"), false},     /* surrogate */
        {S("\xf4\x90\x80\x80"), false}, /* beyond U+10FFFF */
        {S("\x80"), false},
        {S("a\xc3"), false},
        {S("\xe2\x82"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (utf8_valid(rows[i].text) != rows[i].ok) fail_msg("row %d", (int)i);
}

static void characters_are_counted_and_never_cut(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(S("aü€😀")), 4);
    assert_int_equal(utf8_length(S("a\xff\xc3")), 3);
    assert_str("whole", utf8_cut(S("aü€😀"), 99), S("aü€😀"));
    assert_str("before the ü", utf8_cut(S("aü"), 2), S("a"));
    assert_str("after the ü", utf8_cut(S("aü€"), 3), S("aü"));
    assert_str("before the emoji", utf8_cut(S("😀"), 3), S(""));
    assert_str("none", utf8_cut(S("abc"), 0), S(""));
    assert_str("bad bytes", utf8_cut(S("\x80\x80\x80\x80\x80\x80"), 4), S("\x80\x80\x80\x80"));
}

static void a_line_is_cleaned_of_what_nobody_sees(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S("  Anna \t\r\n  Lang  "), S("Anna Lang")},
        {S("Mu\xcc\x88ller"), S("Müller")},
        {S("a\x01"
           "b\x7f"
           "c\xc2\x85"
           "d"),
         S("abc d")},
        {S("a\0b"), S("ab")},
        {S("\xe2\x80\xae"
           "gpj.exe\xe2\x80\xac"),
         S("gpj.exe")}, /* right-to-left override */
        {S("pay\xe2\x80\x8bpal\xef\xbb\xbf"), S("paypal")},
        {S("a\xc2\xa0\xe3\x80\x80"
           "b"),
         S("a b")},
        {S("👩‍💻 ok"), S("👩‍💻 ok")}, /* joiners stay */
        {S(" \t "), S("")},
        {S(""), S("")},
        {S("\xe2\x80\0\xae"), S("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")}, /* halves stay apart */
        {S("a\xff"), S("a\xef\xbf\xbd")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("line", utf8_clean_line(&a, rows[i].in), rows[i].want);
    }
}

static void a_text_keeps_its_lines(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S("a\r\nb\rc\nd"), S("a\nb\nc\nd")},
        {S("a\r\n\r\nb"), S("a\n\nb")},
        {S("\n a  b\tc \n"), S("a  b c")},
        {S("a\xe2\x80\xa8"
           "b\x07"),
         S("a\nb")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("text", utf8_clean_text(&a, rows[i].in), rows[i].want);
    }
}

static void folding_makes_the_same_of_what_means_the_same(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S("STRASSE"), S("strasse")},
        {S("Straße"), S("strasse")},
        {S("ﬁrma"), S("firma")},
        {S("ＡＢＣ"), S("abc")},
        {S("MÜLLER"), S("müller")},
        {S("Mu\xcc\x88ller"), S("müller")},
        {S(""), S("")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("fold", utf8_fold(&a, rows[i].in), rows[i].want);
    }
}

static void names_sort_as_in_a_german_lexicon(void **state)
{
    (void)state;
    const str order[] = {
        S("Łapiński"), S("Mueller"), S("Muffe"),   S("Müller"),  S("Mulzer"),
        S("Ørsted"),   S("Özil"),    S("Strasse"), S("straßen"), S("Zoe"),
    };
    arena a = fresh();
    for (ptrdiff_t i = 1; i < COUNTOF(order); i++)
        if (str_cmp(sort_key(&a, order[i - 1]), sort_key(&a, order[i])) >= 0)
            fail_msg("%.*s before %.*s", STR_ARG(order[i]), STR_ARG(order[i - 1]));
    assert_str("ä", sort_key(&a, S("ÄRGER")), S("arger"));
    assert_str("ß", sort_key(&a, S("Weiß")), sort_key(&a, S("WEISS")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_well_formed_text_is_valid),
        cmocka_unit_test(characters_are_counted_and_never_cut),
        cmocka_unit_test(a_line_is_cleaned_of_what_nobody_sees),
        cmocka_unit_test(a_text_keeps_its_lines),
        cmocka_unit_test(folding_makes_the_same_of_what_means_the_same),
        cmocka_unit_test(names_sort_as_in_a_german_lexicon),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
