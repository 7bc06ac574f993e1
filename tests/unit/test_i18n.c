#include "assert_str.h"
#include "web/i18n.h"

static struct i18n *load(arena *a, const char *de, const char *en)
{
    struct i18n *i18n = NULL;
    str why = {0};
    if (!i18n_load(a, str_of(de), str_of(en), &i18n, &why)) fail_msg("%.*s", STR_ARG(why));
    return i18n;
}

static void sentences_are_found_by_dotted_keys(void **state)
{
    (void)state;
    arena a = fresh();
    struct i18n *i18n = load(
        &a, "{\"b\": {\"x\": \"bx\", \"c\": {\"d\": \"tief\"}}, \"a\": \"eins\", \"b.y\": \"by\"}",
        "{\"a\": \"one\", \"b.y\": \"by\", \"b\": {\"c\": {\"d\": \"deep\"}, \"x\": \"bx\"}}");
    const struct {
        enum lang lang;
        str key, want;
    } rows[] = {
        {LANG_DE, S("a"), S("eins")},     {LANG_EN, S("a"), S("one")},
        {LANG_DE, S("b.c.d"), S("tief")}, {LANG_EN, S("b.c.d"), S("deep")},
        {LANG_EN, S("b.y"), S("by")},     {LANG_DE, S("b"), {0}},
        {LANG_DE, S("b.c"), {0}},         {LANG_DE, S(""), {0}},
        {LANG_DE, S("zzz"), {0}},         {LANG_DE, S("b.c.d.e"), {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        assert_str("get", i18n_get(i18n, rows[i].lang, rows[i].key), rows[i].want);
}

static void documents_that_differ_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *de, *en;
        str why;
    } rows[] = {
        {"{\"a\": \"x\", \"b\": \"y\"}", "{\"a\": \"x\"}", S("en.json lacks \"b\"")},
        {"{\"b\": \"y\"}", "{\"a\": \"x\", \"b\": \"y\"}", S("de.json lacks \"a\"")},
        {"{\"m\": {\"a\": \"x\"}}", "{\"m\": {\"c\": \"x\"}}", S("en.json lacks \"m.a\"")},
        {"{\"a\": \"x\"}", "{\"a\": {\"one\": \"x\"}}", S("en.json lacks \"a\"")},
        {"{}", "{\"a\": \"x\"}", S("de.json lacks \"a\"")},
        {"{\"a\": \"{n} x\"}", "{\"a\": \"x\"}", S("en.json: the gap {n} of \"a\" is missing")},
        {"{\"a\": \"x\"}", "{\"a\": \"{n}\"}", S("de.json: the gap {n} of \"a\" is missing")},
        {"{\"a\": 1}", "{\"a\": \"x\"}", S("de.json: \"a\" is neither a text nor a map")},
        {"{\"a\": [\"x\"]}", "{}", S("de.json: \"a\" is neither a text nor a map")},
        {"\"x\"", "{}", S("de.json: \"\" is neither a text nor a map")},
        {"{\"m.a\": \"x\", \"m\": {\"a\": \"y\"}}", "{}", S("de.json: \"m.a\" stands there twice")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct i18n *i18n = NULL;
        str why = {0};
        assert_false(i18n_load(&a, str_of(rows[i].de), str_of(rows[i].en), &i18n, &why));
        assert_str(rows[i].de, why, rows[i].why);
    }
    arena a = fresh();
    struct i18n *i18n = NULL;
    str why = {0};
    assert_false(i18n_load(&a, S("{\n\"a\": }"), S("{}"), &i18n, &why));
    assert_true(str_starts(why, S("de.json, line 2: ")));
}

static void a_singular_may_spell_its_number_out(void **state)
{
    (void)state;
    arena a = fresh();
    load(&a, "{\"n\": {\"one\": \"Ein Lead\", \"other\": \"{count} Leads\"}}",
         "{\"n\": {\"one\": \"{count} lead\", \"other\": \"{count} leads\"}}");
}

static void gaps_are_filled_and_numbers_counted(void **state)
{
    (void)state;
    arena a = fresh();
    const char *doc =
        "{\"a\": \"{x} und {y}{x}\", \"n\": \"{count} Leads\", \"n.one\": \"Ein Lead\","
        "\"f\": {\"one\": \"Eins\", \"other\": \"{count}\"}, \"open\": \"a {x\","
        "\"plain\": \"x\"}";
    struct i18n *i18n = load(&a, doc, doc);
    const struct {
        str key;
        struct err_arg args[3];
        str want;
    } rows[] = {
        {S("a"), {{"x", S("1")}, {"y", S("{x}")}}, S("1 und {x}1")},
        {S("a"), {{"y", S("2")}}, S("{x} und 2{x}")},
        {S("n"), {{"count", S("1")}}, S("Ein Lead")},
        {S("n"), {{"count", S("12")}}, S("12 Leads")},
        {S("f"), {{"count", S("1")}}, S("Eins")},
        {S("f"), {{"count", S("0")}}, S("0")},
        {S("open"), {{"x", S("1")}}, S("a {x")},
        {S("plain"), {{"x", S("1")}}, S("x")},
        {S("no.key"), {{"x", S("1")}}, S("no.key")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        str got = i18n_text(&a, i18n, LANG_DE, rows[i].key, rows[i].args, 3);
        assert_str("text", got, rows[i].want);
    }
    assert_str("no arguments", i18n_text(&a, i18n, LANG_DE, S("plain"), NULL, 0), S("x"));
}

static void the_language_is_what_was_asked_for_most(void **state)
{
    (void)state;
    const struct {
        str header;
        enum lang fallback, want;
    } rows[] = {
        {S("de"), LANG_EN, LANG_DE},
        {S("EN"), LANG_DE, LANG_EN},
        {S("en-GB,en;q=0.9,de;q=0.8"), LANG_DE, LANG_EN},
        {S("fr, de;q=0.5, en;q=0.7"), LANG_DE, LANG_EN},
        {S("fr, de ; q=0.8 , en;q=0.7"), LANG_EN, LANG_DE},
        {S("de;q=0, en;q=0.001"), LANG_DE, LANG_EN},
        {S("de;q=0"), LANG_EN, LANG_EN},
        {S("en, de"), LANG_DE, LANG_EN},
        {S("fr"), LANG_EN, LANG_EN},
        {S("*"), LANG_DE, LANG_DE},
        {S(""), LANG_EN, LANG_EN},
        {S(",;q=,;;en;q=x"), LANG_DE, LANG_DE},
        {S("den"), LANG_EN, LANG_EN},
        {{0}, LANG_EN, LANG_EN},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (lang_choose(rows[i].header, rows[i].fallback) != rows[i].want)
            fail_msg("%.*s", STR_ARG(rows[i].header));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_found_by_dotted_keys),
        cmocka_unit_test(documents_that_differ_are_refused),
        cmocka_unit_test(a_singular_may_spell_its_number_out),
        cmocka_unit_test(gaps_are_filled_and_numbers_counted),
        cmocka_unit_test(the_language_is_what_was_asked_for_most),
    };
    return cmocka_run_group_tests_name("i18n", tests, NULL, NULL);
}
