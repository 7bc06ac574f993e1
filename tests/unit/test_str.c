#include "assert_str.h"

static void an_integer_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    const struct {
        str text;
        bool ok;
        int64_t value;
    } rows[] = {
        {S("0"), true, 0},
        {S("-0"), true, 0},
        {S("007"), true, 7},
        {S("-42"), true, -42},
        {S("9223372036854775807"), true, INT64_MAX},
        {S("-9223372036854775808"), true, INT64_MIN},
        {S("9223372036854775808"), false, 0},
        {S("-9223372036854775809"), false, 0},
        {S("99999999999999999999"), false, 0},
        {S(""), false, 0},
        {{0}, false, 0},
        {S("-"), false, 0},
        {S("+1"), false, 0},
        {S("1 "), false, 0},
        {S("1x"), false, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int64_t got = 0;
        if (str_to_i64(rows[i].text, &got) != rows[i].ok || got != rows[i].value)
            fail_msg("%.*s", STR_ARG(rows[i].text));
    }
}

static void cutting_gives_every_part_once(void **state)
{
    (void)state;
    const struct {
        str text;
        int parts;
        str last;
    } rows[] = {
        {{0}, 0, {0}},         {S(""), 1, S("")},   {S("a"), 1, S("a")},
        {S("a,b"), 2, S("b")}, {S("a,"), 2, S("")}, {S(",,"), 3, S("")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int parts = 0;
        str part = {0};
        for (str rest = rows[i].text; rest.ptr != NULL; parts++) part = str_cut(rest, ',', &rest);
        assert_int_equal(parts, rows[i].parts);
        assert_str("last part", part, rows[i].last);
    }
}

static void slices_are_clamped_to_the_text(void **state)
{
    (void)state;
    assert_str("middle", str_slice(S("abcdef"), 1, 3), S("bc"));
    assert_str("beyond", str_slice(S("abc"), 2, 99), S("c"));
    assert_str("before", str_slice(S("abc"), -5, 1), S("a"));
    assert_str("crossed", str_slice(S("abc"), 2, 1), S(""));
    assert_str("absent", str_slice((str){0}, 0, 5), (str){0});
}

static void text_is_found_compared_and_ordered_by_bytes(void **state)
{
    (void)state;
    assert_int_equal(str_find(S("abcabc"), S("ca")), 2);
    assert_int_equal(str_find(S("abc"), S("")), 0);
    assert_int_equal(str_find(S("ab"), S("abc")), -1);
    assert_int_equal(str_find_char((str){0}, 'a'), -1);
    assert_true(str_eq((str){0}, S("")));
    assert_true(str_eq_nocase(S("Content-TYPE"), S("content-type")));
    assert_false(str_eq_nocase(S("@"), S("`"))); /* 0x40 and 0x60 differ by the bit of case */
    assert_true(str_cmp(S("a"), S("b")) < 0 && str_cmp(S("ab"), S("a")) > 0);
    assert_true(str_cmp(S("\xff"), S("a")) > 0);
    assert_true(str_starts(S("abc"), S("ab")) && !str_starts(S("a"), S("ab")));
    assert_true(str_ends(S("abc"), S("bc")) && !str_ends(S("c"), S("bc")));
    assert_str("trim", str_trim(S(" \t\r\n a b \v\f")), S("a b"));
    assert_str("trim to nothing", str_trim(S("  ")), S(""));
}

static void new_text_is_made_in_the_arena(void **state)
{
    (void)state;
    arena a = fresh();
    assert_str("absent stays absent", str_dup(&a, (str){0}), (str){0});
    assert_str("empty stays empty", str_dup(&a, S("")), S(""));
    assert_string_equal(str_cstr(&a, (str){0}), "");
    assert_string_equal(str_cstr(&a, str_slice(S("abc"), 0, 2)), "ab");
    assert_str("lower", str_lower_ascii(&a, S("AbZ@[Ä")), S("abz@[Ä"));
    assert_str("replace", str_replace(&a, S("a--b--"), S("--"), S("+++")), S("a+++b+++"));
    assert_str("remove", str_replace(&a, S("xax"), S("x"), S("")), S("a"));
    assert_str("nothing to find", str_replace(&a, S("abc"), S(""), S("x")), S("abc"));
    assert_str("printf", str_printf(&a, "%d-%s", 7, "x"), S("7-x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_integer_is_read_whole_or_not_at_all),
        cmocka_unit_test(cutting_gives_every_part_once),
        cmocka_unit_test(slices_are_clamped_to_the_text),
        cmocka_unit_test(text_is_found_compared_and_ordered_by_bytes),
        cmocka_unit_test(new_text_is_made_in_the_arena),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
