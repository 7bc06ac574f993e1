/* Form definitions: slugs, what is refused and where, and what comes back from the database. */
#include "assert_str.h"
#include "base/id.h"
#include "base/json.h"
#include "form/form_rules.h"

#include <string.h>

#define CONSENT "\"purpose\":\"newsletter\",\"text\":\"Ja, schicken Sie mir Post.\""

static struct value tree(arena *a, str text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, text, &v, &err)) fail_msg("%.*s: %s", STR_ARG(text), err.what);
    return v;
}

static void a_slug_is_letters_digits_and_single_hyphens_inside(void **state)
{
    (void)state;
    static const struct {
        const char *slug;
        bool ok;
    } cases[] = {
        {"a", true},
        {"whitepaper-2026", true},
        {"0", true},
        {"", false},
        {"-a", false},
        {"a-", false},
        {"a--b", false},
        {"A", false},
        {"a_b", false},
        {"a b", false},
        {"\xc3\xa4", false},
        {"a/b", false},
        {"123456789012345678901234567890123456789012345678901234567890", true},
        {"1234567890123456789012345678901234567890123456789012345678901", false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        if (form_slug_ok(str_of(cases[i].slug)) != cases[i].ok) fail_msg("\"%s\"", cases[i].slug);
}

static void a_slug_made_of_a_name_can_be_read_and_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *slug;
    } cases[] = {
        {"Whitepaper Lagerplanung", "whitepaper-lagerplanung"},
        {"  Messe 2026 (Halle 4)! ", "messe-2026-halle-4"},
        {"\xc3\x9c"
         "bersicht f\xc3\xbcr Gr\xc3\xb6\xc3\x9f"
         "en",
         "uebersicht-fuer-groessen"},
        {"---", ""},
        {"", ""},
        {"12345678901234567890123456789012345678901234567890123456789 mehr",
         "12345678901234567890123456789012345678901234567890123456789"},
        {"123456789012345678901234567890123456789012345678901234567890mehr",
         "123456789012345678901234567890123456789012345678901234567890"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        str slug = form_slug_from(&a, str_of(cases[i].name));
        if (!str_eq(slug, str_of(cases[i].slug)))
            fail_msg("%s: got \"%.*s\"", cases[i].name, STR_ARG(slug));
        assert_true(slug.len == 0 || form_slug_ok(slug));
    }
}

/* `list` of `count` items, each `item`. */
static str many(arena *a, const char *list, int count, const char *item)
{
    str items = S("");
    for (int i = 0; i < count; i++)
        items = str_printf(a, "%.*s%s%s", STR_ARG(items), i > 0 ? "," : "", item);
    return str_printf(a, "{\"%s\":[%.*s],\"double_opt_in\":true}", list, STR_ARG(items));
}

static const struct fault {
    const char *what, *json; /* FILE stands for a file's id */
    const char *field, *key; /* of the first fault; NULL: none */
} FAULTS[] = {
    {"the least", "{\"fields\":[{\"key\":\"company\"}]}", NULL, NULL},
    {"all of it",
     "{\"language\":\"en\",\"double_opt_in\":true,\"download\":\"FILE\","
     "\"fields\":[{\"key\":\"email\",\"required\":true}],\"consents\":[{" CONSENT "}]}",
     NULL, NULL},
    {"nothing", "{}", "fields", "form.fields_missing"},
    {"fields that are no list", "{\"fields\":{\"key\":\"email\"}}", "fields",
     "form.fields_missing"},
    {"an unknown field", "{\"fields\":[{\"key\":\"email\"},{\"key\":\"iban\"}]}", "fields.1.key",
     "form.field_unknown"},
    {"a field without key", "{\"fields\":[{\"label\":\"x\"}]}", "fields.0.key",
     "form.field_unknown"},
    {"a field that is a number", "{\"fields\":[7]}", "fields.0.key", "form.field_unknown"},
    {"a doubled field",
     "{\"fields\":[{\"key\":\"email\"},{\"key\":\"company\"},{\"key\":\"email\"}]}", "fields.2.key",
     "form.field_twice"},
    {"another language", "{\"language\":\"fr\",\"fields\":[{\"key\":\"company\"}]}", "language",
     "error.choice_invalid"},
    {"a language by its long name", "{\"language\":\"entlisch\",\"fields\":[{\"key\":\"city\"}]}",
     "language", "error.choice_invalid"},
    {"a download that is no file's id",
     "{\"download\":\"fl_x\",\"fields\":[{\"key\":\"email\",\"required\":true}]}", "download",
     "error.choice_invalid"},
    {"a download without required e-mail",
     "{\"double_opt_in\":true,\"download\":\"FILE\",\"fields\":[{\"key\":\"email\"}]}", "fields",
     "form.email_needed"},
    {"a download without e-mail",
     "{\"double_opt_in\":true,\"download\":\"FILE\",\"fields\":[{\"key\":\"company\"}]}", "fields",
     "form.email_needed"},
    {"double opt-in without required e-mail",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\"}]}", "fields", "form.email_needed"},
    {"a download without double opt-in",
     "{\"download\":\"FILE\",\"fields\":[{\"key\":\"email\",\"required\":true}]}", "double_opt_in",
     "form.double_opt_in_for_file"},
    {"an e-mail consent without double opt-in",
     "{\"fields\":[{\"key\":\"email\",\"required\":true}],\"consents\":[{" CONSENT "}]}",
     "double_opt_in", "form.double_opt_in_needed"},
    {"two of them",
     "{\"fields\":[{\"key\":\"email\",\"required\":true}],\"consents\":[{" CONSENT
     "},{\"purpose\":\"events\",\"text\":\"Ja, laden Sie mich ein.\"}]}",
     "double_opt_in", "form.double_opt_in_needed"},
    {"a telephone consent without it",
     "{\"fields\":[{\"key\":\"phone\"}],\"consents\":[{\"channel\":\"phone\"," CONSENT "}]}", NULL,
     NULL},
    {"an unknown channel",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{\"channel\":\"fax\"," CONSENT "}]}",
     "consents.0.channel", "form.channel_invalid"},
    {"a purpose that is no slug",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{\"purpose\":\"News Letter\",\"text\":\"Ja, ich will das.\"}]}",
     "consents.0.purpose", "form.purpose_invalid"},
    {"no text",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{\"purpose\":\"newsletter\"}]}",
     "consents.0.text", "form.consent_text_missing"},
    {"blanks for a text",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{\"purpose\":\"newsletter\",\"text\":\"                \"}]}",
     "consents.0.text", "form.consent_text_missing"},
    {"the same consent twice",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{" CONSENT "},{" CONSENT "}]}",
     "consents.1.purpose", "form.consent_twice"},
    {"the same purpose over another channel",
     "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
     "\"consents\":[{" CONSENT "},{\"channel\":\"post\"," CONSENT "}]}",
     NULL, NULL},
};

static void assert_first(const char *what, const struct err *err, const char *field,
                         const char *key)
{
    if (err->code != ERR_INVALID || err->field_count == 0 ||
        !str_eq(err->field[0].field, str_of(field)) || strcmp(err->field[0].key, key) != 0)
        fail_msg("%s: error %d, %d faults, first %.*s %s", what, err->code, err->field_count,
                 err->field_count > 0 ? (int)err->field[0].field.len : 0,
                 err->field_count > 0 ? err->field[0].field.ptr : "",
                 err->field_count > 0 ? err->field[0].key : "");
}

static void every_fault_is_told_once_beside_its_field(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(FAULTS); i++) {
        const struct fault *f = &FAULTS[i];
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        str file = id_text(&a, ID_BLOB, INT64_C(1) << 40);
        bool ok =
            form_def_read(&cx, tree(&a, str_replace(&a, str_of(f->json), S("FILE"), file)), &def);
        if (ok != (f->key == NULL)) fail_msg("%s", f->what);
        if (ok) continue;
        assert_first(f->what, &cx.err, f->field, f->key);
        for (int k = 1; k < cx.err.field_count; k++)
            if (str_eq(cx.err.field[k].field, cx.err.field[0].field))
                fail_msg("%s: told twice", f->what);
    }
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *list, *item;
        int count;
        const char *key; /* NULL: the first fault is another one */
    } cases[] = {
        {"fields", "{\"key\":\"email\",\"required\":true}", FORM_FIELDS_MAX, NULL},
        {"fields", "{\"key\":\"email\",\"required\":true}", FORM_FIELDS_MAX + 1,
         "form.too_many_fields"},
        {"consents", "{" CONSENT "}", FORM_CONSENTS_MAX, NULL},
        {"consents", "{" CONSENT "}", FORM_CONSENTS_MAX + 1, "form.too_many_consents"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        str json = many(&a, cases[i].list, cases[i].count, cases[i].item);
        assert_false(form_def_read(&cx, tree(&a, json), &def));
        if (cases[i].key != NULL)
            assert_first("too many", &cx.err, cases[i].list, cases[i].key);
        else
            assert_false(str_eq(cx.err.field[0].field, str_of(cases[i].list)));
    }
}

/* What is left out without a word is missed when the form is public. */
static void a_field_has_so_many_options_and_says_so(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        struct buf b = buf_new(&a, 4000);
        buf_put(&b, S("{\"fields\":[{\"key\":\"industry\",\"options\":["));
        for (int i = 0; i < FORM_OPTIONS_MAX + over; i++)
            buf_printf(&b, "%s\"Nr. %d\"", i > 0 ? "," : "", i);
        buf_put(&b, S("]}]}"));
        assert_int_equal(form_def_read(&cx, tree(&a, buf_str(&b)), &def), over == 0);
        if (over == 0) assert_int_equal(def.field[0].option_count, FORM_OPTIONS_MAX);
        if (over == 1)
            assert_first("options", &cx.err, "fields.0.options", "form.too_many_options");
    }
}

static void a_consent_text_has_an_upper_end(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        static struct form_def def;
        char *text = NEW(&a, char, 4001);
        memset(text, 'x', 4001);
        struct value in =
            tree(&a, str_printf(&a,
                                "{\"double_opt_in\":true,"
                                "\"fields\":[{\"key\":\"email\",\"required\":true}],"
                                "\"consents\":[{\"purpose\":\"news\",\"text\":\"%.*s\"}]}",
                                4000 + over, text));
        assert_int_equal(form_def_read(&cx, in, &def), over == 0);
        if (over == 0) continue;
        assert_first("4001", &cx.err, "consents.0.text", "error.field_too_long");
        assert_string_equal(cx.err.field[0].args[0].name, "max");
    }
}

static const char WHOLE[] =
    "{\"language\":\"en\",\"title\":\"Paper\",\"intro\":\"One\\nTwo\",\"submit_label\":\"Send\","
    "\"double_opt_in\":\"yes\",\"download\":\"FILE\",\"fields\":["
    "{\"key\":\"email\",\"label\":\"Mail\",\"help\":\"h\",\"placeholder\":\"p\",\"required\":true},"
    "{\"key\":\"company_size\",\"half\":\"on\",\"options\":[\"1-9\",{\"value\":\"10\","
    "\"label\":\"ten or more\"},{\"label\":\"no value\"}]},"
    "{\"key\":\"message\"}],\"consents\":[{\"channel\":\"phone\",\"required\":true," CONSENT "},"
    "{\"wording_id\":\"WORDING\"," CONSENT "}]}";

static void what_is_written_is_read_back_the_same(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    static struct form_def def, again;
    int64_t file = INT64_C(5) << 40, wording = INT64_C(7) << 40;
    str json = str_replace(&a, str_of(WHOLE), S("FILE"), id_text(&a, ID_BLOB, file));
    json = str_replace(&a, json, S("WORDING"), id_text(&a, ID_WORDING, wording));
    assert_true(form_def_read(&cx, tree(&a, json), &def));
    str stored = json_text(&a, form_def_value(&a, &def));
    assert_true(form_def_parse(&cx, stored, &again));
    assert_str("stored again", json_text(&a, form_def_value(&a, &again)), stored);

    assert_int_equal(again.lang, LANG_EN);
    assert_str("title", again.title, S("Paper"));
    assert_str("intro", again.intro, S("One\nTwo"));
    assert_str("submit", again.submit_label, S("Send"));
    assert_true(again.double_opt_in && again.download_id == file);
    assert_int_equal(again.field_count, 3);
    assert_true(again.field[0].required && !again.field[0].half && again.field[1].half);
    assert_str("label", again.field[0].label, S("Mail"));
    assert_str("help", again.field[0].help, S("h"));
    assert_str("placeholder", again.field[0].placeholder, S("p"));
    assert_int_equal(again.field[1].type, FIELD_SELECT); /* because it has options */
    assert_int_equal(again.field[1].option_count, 2);
    assert_str("option", again.field[1].option[0].label, S("1-9"));
    assert_str("option", again.field[1].option[1].label, S("ten or more"));
    assert_int_equal(again.field[2].type, FIELD_TEXTAREA);
    assert_int_equal(again.consent_count, 2);
    assert_true(again.consent[0].required && again.consent[0].channel == CHANNEL_PHONE);
    assert_true(again.consent[1].channel == CHANNEL_EMAIL &&
                again.consent[1].wording_id == wording);
}

static void a_stored_form_that_is_no_json_is_our_fault(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    static struct form_def def;
    assert_false(form_def_parse(&cx, S("{\"fields\":"), &def));
    assert_int_equal(cx.err.code, ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slug_is_letters_digits_and_single_hyphens_inside),
        cmocka_unit_test(a_slug_made_of_a_name_can_be_read_and_is_allowed),
        cmocka_unit_test(every_fault_is_told_once_beside_its_field),
        cmocka_unit_test(there_is_room_for_so_many_and_no_more),
        cmocka_unit_test(a_field_has_so_many_options_and_says_so),
        cmocka_unit_test(a_consent_text_has_an_upper_end),
        cmocka_unit_test(what_is_written_is_read_back_the_same),
        cmocka_unit_test(a_stored_form_that_is_no_json_is_our_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
