/* What a form's texts say beside what it does. */
#include "assert_str.h"
#include "base/json.h"
#include "form/form_wording.h"

static void a_text_is_told_from_one_of_the_other_language(void **state)
{
    static const struct {
        const char *text;
        enum lang lang;
        bool other;
    } rows[] = {
        {"Nach dem Bestätigen Ihrer Adresse laden Sie die Datei.", LANG_EN, true},
        {"Nach dem Bestätigen Ihrer Adresse laden Sie die Datei.", LANG_DE, false},
        {"You confirm your address and then load the file.", LANG_DE, true},
        {"You confirm your address and then load the file.", LANG_EN, false},
        {"Ja, ich möchte den Newsletter von Lindhorst per E-Mail erhalten.", LANG_EN, true},
        {"Whitepaper", LANG_EN, false},
        {"Lindhorst und Söhne", LANG_EN, false},
        {"Yes, I would like to hear from der Lindhorst AG and die Partner.", LANG_EN, false},
        {"", LANG_DE, false},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (text_speaks_other(str_of(rows[i].text), rows[i].lang) != rows[i].other)
            fail_msg("row %d: %s", (int)i, rows[i].text);
}

static void texts_are_held_against_what_the_form_does(void **state)
{
    static const struct {
        const char *def, *codes;
    } rows[] = {
        {"{\"language\":\"de\",\"title\":\"Whitepaper anfordern\",\"download\":\"\"}", "no_file "},
        {"{\"language\":\"de\",\"title\":\"Whitepaper anfordern\",\"download\":\"bl_1\"}", ""},
        {"{\"language\":\"de\",\"intro\":\"Ihre Datei hier\",\"fields\":[{\"type\":\"file\"}]}", ""},
        {"{\"language\":\"en\",\"title\":\"Fragen Sie uns und wir antworten\"}", "language "},
        {"{\"language\":\"en\",\"consents\":[{\"text\":\"Yes, please.\"},"
         "{\"text\":\"Ja, ich will den Newsletter.\"}]}",
         "language_consent "},
        {"{}", ""},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct value def, list = value_list(&a);
        struct json_err err;
        assert_true(json_parse(&a, str_of(rows[i].def), &def, &err));
        form_words_warn(&a, def, list);
        str got = S("");
        for (ptrdiff_t k = 0; k < value_count(list); k++)
            got = str_printf(&a, "%.*s%.*s ", STR_ARG(got),
                             STR_ARG(value_str(value_get(list.as.list->item[k], S("code")))));
        assert_str(rows[i].def, got, str_of(rows[i].codes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_told_from_one_of_the_other_language),
        cmocka_unit_test(texts_are_held_against_what_the_form_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
