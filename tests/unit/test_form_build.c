/* What a form may be built of: own fields, conditions, presets, an end, words, warnings. */
#include "assert_str.h"
#include "base/json.h"
#include "capture/capture.h"
#include "form/form_rules.h"
#include "form/form_template.h"

#include <string.h>

static struct value tree(arena *a, const char *text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, str_of(text), &v, &err)) fail_msg("%s: %s", text, err.what);
    return v;
}

#define EMAIL "{\"key\":\"email\",\"required\":true}"

static void what_does_not_fit_is_told_beside_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *what, *json, *field, *key; /* key NULL: no fault */
    } cases[] = {
        {"an own field", "{\"fields\":[{\"key\":\"free_a\",\"type\":\"text\",\"label\":\"A\"}]}",
         NULL, NULL},
        {"an own field without label", "{\"fields\":[{\"key\":\"free_a\",\"type\":\"text\"}]}",
         "fields.0.label", "form.free_label"},
        {"an own field without type", "{\"fields\":[{\"key\":\"free_a\",\"label\":\"A\"}]}",
         "fields.0.key", "form.field_unknown"},
        {"an own field of a type that only we have",
         "{\"fields\":[{\"key\":\"free_a\",\"type\":\"email\",\"label\":\"A\"}]}", "fields.0.key",
         "form.field_unknown"},
        {"an own field whose key is no key",
         "{\"fields\":[{\"key\":\"free_A b\",\"type\":\"text\",\"label\":\"A\"}]}", "fields.0.key",
         "form.field_unknown"},
        {"a choice without choices",
         "{\"fields\":[{\"key\":\"free_a\",\"type\":\"select\",\"label\":\"A\"}]}",
         "fields.0.options", "form.options_missing"},
        {"several choices with a semicolon",
         "{\"fields\":[{\"key\":\"free_a\",\"type\":\"choices\",\"label\":\"A\","
         "\"options\":[\"a;b\"]}]}",
         "fields.0.options", "form.option_semicolon"},
        {"a condition that looks back",
         "{\"fields\":[{\"key\":\"city\"},{\"key\":\"company\",\"when\":\"city\"}]}", NULL, NULL},
        {"a condition that looks forward",
         "{\"fields\":[{\"key\":\"company\",\"when\":\"city\"},{\"key\":\"city\"}]}",
         "fields.0.when", "form.condition_unknown"},
        {"a condition on itself", "{\"fields\":[{\"key\":\"city\",\"when\":\"city\"}]}",
         "fields.0.when", "form.condition_unknown"},
        {"a prefilled address", "{\"fields\":[{\"key\":\"email\",\"prefill\":true}]}",
         "fields.0.prefill", "form.email_prefill"},
        {"a hidden address", "{\"fields\":[{\"key\":\"email\",\"hidden\":true}]}",
         "fields.0.prefill", "form.email_prefill"},
        {"an address on a condition",
         "{\"fields\":[{\"key\":\"city\"},{\"key\":\"email\",\"when\":\"city\"}]}", "fields.1.when",
         "form.email_condition"},
        {"a last day", "{\"close_on\":\"2028-02-29\",\"fields\":[" EMAIL "]}", NULL, NULL},
        {"a day that there is not", "{\"close_on\":\"2027-02-29\",\"fields\":[" EMAIL "]}",
         "close_on", "error.date_invalid"},
        {"places", "{\"close_after\":\"20\",\"fields\":[" EMAIL "]}", NULL, NULL},
        {"places as a number", "{\"close_after\":20,\"fields\":[" EMAIL "]}", NULL, NULL},
        {"less than no place", "{\"close_after\":-1,\"fields\":[" EMAIL "]}", "close_after",
         "form.close_after_invalid"},
        {"places in words", "{\"close_after\":\"viele\",\"fields\":[" EMAIL "]}", "close_after",
         "form.close_after_invalid"},
        {"a redirect without TLS",
         "{\"pages\":{\"confirmed\":{\"redirect\":\"http://a.example/\"}},\"fields\":[" EMAIL "]}",
         "pages.confirmed.redirect", "form.redirect_invalid"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        bool ok = form_def_read(&cx, tree(&a, cases[i].json), &def);
        if (ok != (cases[i].key == NULL)) fail_msg("%s: %d", cases[i].what, ok);
        if (ok) continue;
        if (!str_eq(cx.err.field[0].field, str_of(cases[i].field)) ||
            strcmp(cx.err.field[0].key, cases[i].key) != 0)
            fail_msg("%s: %.*s %s", cases[i].what, STR_ARG(cx.err.field[0].field),
                     cx.err.field[0].key);
    }
}

static void a_redirect_leads_to_a_whole_https_address_only(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool ok;
    } cases[] = {
        {"https://www.lindhorst.example/danke?a=1#b", true},
        {"HTTPS://lindhorst.example", true},
        {"http://lindhorst.example/", false},
        {"//lindhorst.example/", false},
        {"/danke", false},
        {"https:/lindhorst.example", false},
        {"https://user:pass@lindhorst.example/", false},
        {"https://lindhorst.example/ab cd", false},
        {"https://lindhorst.example/\"><b", false},
        {"https://lindhorst.example\\@evil.example/", false},
        {"javascript:alert(1)", false},
        {"", false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        if (form_redirect_ok(str_of(cases[i].url)) != cases[i].ok) fail_msg("%s", cases[i].url);
}

static const char FORM[] =
    "{\"fields\":[{\"key\":\"company_size\",\"options\":[\"1-49\",\"50+\"]},"
    "{\"key\":\"free_sites\",\"type\":\"number\",\"label\":\"S\",\"slot\":20,\"required\":true,"
    "\"when\":\"company_size\",\"when_is\":\"50+\"},"
    "{\"key\":\"free_use\",\"type\":\"choices\",\"label\":\"U\",\"slot\":21,"
    "\"options\":[\"Regale\",\"Kr\xc3\xa4ne\",\"Wartung\"]},"
    "{\"key\":\"free_why\",\"type\":\"text\",\"label\":\"W\",\"slot\":22,\"required\":true,"
    "\"when\":\"free_use\",\"when_is\":\"Wartung\"},"
    "{\"key\":\"free_call\",\"type\":\"checkbox\",\"label\":\"C\",\"slot\":23},"
    "{\"key\":\"free_deep\",\"type\":\"text\",\"label\":\"D\",\"slot\":24,\"required\":true,"
    "\"when\":\"free_sites\"},"
    "{\"key\":\"free_fair\",\"type\":\"text\",\"label\":\"F\",\"slot\":25,\"hidden\":true,"
    "\"prefill\":true,\"preset\":\"none\",\"required\":true},"
    "{\"key\":\"free_kind\",\"type\":\"text\",\"label\":\"K\",\"slot\":26,\"hidden\":true,"
    "\"preset\":\"fixed\"}]}";

static void conditions_choices_and_hidden_fields_are_judged_by_the_server(void **state)
{
    (void)state;
    static const struct {
        const char *body, *slots; /* 20 to 26, with "|" between them; NULL: a fault of … */
        const char *fault;
    } cases[] = {
        {"{}", "||||||none|fixed", NULL},
        {"{\"company_size\":\"1-49\",\"free_sites\":\"3\",\"free_deep\":\"x\"}", "||||||none|fixed",
         NULL},
        {"{\"company_size\":\"50+\"}", NULL, "free_sites"},
        {"{\"company_size\":\"50+\",\"free_sites\":\"3\"}", NULL, "free_deep"},
        {"{\"company_size\":\"50+\",\"free_sites\":3,\"free_deep\":\"x\"}", "|3||||x|none|fixed",
         NULL},
        {"{\"company_size\":\"50+\",\"free_sites\":\"viele\",\"free_deep\":\"x\"}", NULL,
         "free_sites"},
        {"{\"free_use\":\"Regale\"}", "||Regale||||none|fixed", NULL},
        {"{\"free_use\":[\"Kr\xc3\xa4ne\",\"Regale\"]}", "||Regale; Kr\xc3\xa4ne||||none|fixed",
         NULL},
        {"{\"free_use\":[\"Wartung\"]}", NULL, "free_why"},
        {"{\"free_use\":\"Regale; Wartung\",\"free_why\":\"w\"}",
         "||Regale; Wartung|w|||none|fixed", NULL},
        {"{\"free_use\":[\"Regale\",\"Gabelstapler\"]}", NULL, "free_use"},
        {"{\"free_call\":true}", "||||yes||none|fixed", NULL},
        {"{\"free_call\":false}", "||||||none|fixed", NULL},
        {"{\"free_call\":\"on\"}", "||||yes||none|fixed", NULL},
        {"{\"free_fair\":\"LogiMAT\",\"free_kind\":\"mine\"}", "||||||LogiMAT|fixed", NULL},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        struct answers got;
        assert_true(form_def_read(&cx, tree(&a, FORM), &def));
        bool ok = answers_read(&cx, &def, tree(&a, cases[i].body), &got);
        if (ok != (cases[i].fault == NULL)) fail_msg("%s: %d", cases[i].body, ok);
        if (!ok) {
            assert_str(cases[i].body, cx.err.field[0].field, str_of(cases[i].fault));
            continue;
        }
        str s = S("");
        for (int slot = 20; slot <= 26; slot++)
            s = str_printf(&a, "%.*s|%.*s", STR_ARG(s), STR_ARG(got.text[slot]));
        assert_str(cases[i].body, s, str_of(cases[i].slots));
    }
}

static void a_form_closes_when_its_last_day_is_over_or_its_places_are_taken(void **state)
{
    (void)state;
    enum { DAY = 20543 }; /* 2026-03-31 */
    static const struct {
        const char *close_on;
        int64_t close_after, day, taken;
        enum form_closed closed;
    } cases[] = {
        {"", 0, DAY, 1000000, FORM_OPEN},
        {"2026-03-31", 0, DAY, 0, FORM_OPEN},
        {"2026-03-31", 0, DAY + 1, 0, FORM_CLOSED_DAY},
        {"", 3, DAY, 2, FORM_OPEN},
        {"", 3, DAY, 3, FORM_CLOSED_FULL},
        {"", 3, DAY, 4, FORM_CLOSED_FULL},
        {"2026-03-31", 3, DAY + 1, 0, FORM_CLOSED_DAY},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        static struct form_def def;
        def.close_on = str_of(cases[i].close_on);
        def.close_after = cases[i].close_after;
        if (form_is_closed(&def, cases[i].day, cases[i].taken) != cases[i].closed)
            fail_msg("case %td", i);
    }
}

static void what_deserves_a_second_look_is_told(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    static struct form_def def;
    assert_true(form_def_read(
        &cx,
        tree(&a, "{\"double_opt_in\":true,\"fields\":[" EMAIL
                 ",{\"key\":\"salutation\",\"required\":true}],\"consents\":["
                 "{\"purpose\":\"a\",\"text\":\"Ja, ich will.\"},"
                 "{\"purpose\":\"b\",\"text\":\"Ja, ich will.\",\"required\":true,\"sample\":true}"
                 "]}"),
        &def));
    assert_str("warnings", json_text(&a, form_warnings(&a, &def)),
               S("[{\"field\":\"fields.1\",\"code\":\"salutation\"},"
                 "{\"field\":\"consents.1\",\"code\":\"coupling\"},"
                 "{\"field\":\"consents.1\",\"code\":\"sample\"}]"));
    assert_int_equal(def.field[1].option_count, 3); /* Frau, Herr, keine Angabe */
}

static void a_sample_text_says_where_it_has_a_gap(void **state)
{
    (void)state;
    assert_str("gap", consent_gap(S("Ja, zu [Themen] gern.")), S("[Themen]"));
    assert_true(consent_gap(S("Ja, [auch] das.")).ptr == NULL);
    assert_true(consent_gap(S("")).ptr == NULL);
}

static void a_condition_names_an_answer_that_can_be_given(void **state)
{
    (void)state;
    static const struct {
        const char *is, *kept; /* NULL: refused */
    } cases[] = {{"Wartung", "Wartung"}, {"wartung", "Wartung"}, {"Wartungen", NULL}, {"", ""}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        str text = str_printf(&a,
                              "{\"fields\":[{\"key\":\"free_use\",\"type\":\"select\","
                              "\"label\":\"U\",\"slot\":21,\"options\":[\"Regale\",\"Wartung\"]},"
                              "{\"key\":\"city\",\"when\":\"free_use\",\"when_is\":\"%s\"}]}",
                              cases[i].is);
        bool ok = form_def_read(&cx, tree(&a, str_cstr(&a, text)), &def);
        assert_int_equal(ok, cases[i].kept != NULL);
        if (ok) assert_str("kept", def.field[1].when_is, str_of(cases[i].kept));
        if (!ok) assert_str("field", cx.err.field[0].field, S("fields.1.when_is"));
    }
}

static void the_build_is_written_and_read_back_and_copied_the_same(void **state)
{
    (void)state;
    static const char whole[] =
        "{\"close_on\":\"2026-03-31\",\"close_after\":7,\"pages\":{\"sent\":{\"title\":\"T\","
        "\"text\":\"a\\nb\",\"redirect\":\"https://a.example/\"},\"used\":{\"title\":\"U\"}},"
        "\"fields\":[{\"key\":\"city\",\"step\":\"One\",\"prefill\":true,\"preset\":\"Ulm\"},"
        "{\"key\":\"free_a\",\"type\":\"choices\",\"label\":\"A\",\"slot\":39,\"options\":[\"x\"],"
        "\"when\":\"city\",\"when_is\":\"Ulm\"},"
        "{\"key\":\"free_b\",\"type\":\"text\",\"label\":\"B\",\"slot\":3,\"hidden\":true}]}";
    arena a = fresh();
    struct ctx cx = {.a = &a};
    static struct form_def def, again, copy;
    assert_true(form_def_read(&cx, tree(&a, whole), &def));
    str stored = json_text(&a, form_def_value(&a, &def));
    assert_true(form_def_parse(&cx, stored, &again));
    assert_str("stored again", json_text(&a, form_def_value(&a, &again)), stored);
    form_def_copy(&a, &def, &copy);
    assert_str("copied", json_text(&a, form_def_value(&a, &copy)), stored);
    assert_int_equal(again.field[1].def->slot, 39);
    assert_int_equal(again.field[2].def->slot, SLOT_UNSET); /* 3 is a first name's place */
    assert_int_equal(again.field[1].when, 1);
    assert_str("used", again.words[FORM_PAGE_USED].title, S("U"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_told_beside_its_field),
        cmocka_unit_test(a_redirect_leads_to_a_whole_https_address_only),
        cmocka_unit_test(conditions_choices_and_hidden_fields_are_judged_by_the_server),
        cmocka_unit_test(a_form_closes_when_its_last_day_is_over_or_its_places_are_taken),
        cmocka_unit_test(what_deserves_a_second_look_is_told),
        cmocka_unit_test(a_sample_text_says_where_it_has_a_gap),
        cmocka_unit_test(a_condition_names_an_answer_that_can_be_given),
        cmocka_unit_test(the_build_is_written_and_read_back_and_copied_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
