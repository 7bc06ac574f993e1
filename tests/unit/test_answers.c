/* What a visitor sent, against the form. */
#include "assert_str.h"
#include "base/json.h"
#include "capture/capture.h"
#include "form/form_rules.h"

static const char FORM[] =
    "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true},"
    "{\"key\":\"company\",\"required\":true},{\"key\":\"company_size\",\"options\":[\"1-9\",\"10\"]"
    "},"
    "{\"key\":\"website\"},{\"key\":\"message\"}],\"consents\":["
    "{\"purpose\":\"newsletter\",\"text\":\"Ja, ich will den Newsletter.\"},"
    "{\"purpose\":\"calls\",\"channel\":\"phone\",\"required\":true,\"text\":\"Ja, per "
    "Telefon.\"}]}";

static struct value tree(arena *a, const char *text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, str_of(text), &v, &err)) fail_msg("%s: %s", text, err.what);
    return v;
}

static const struct form_def *form(arena *a)
{
    static struct form_def def;
    struct ctx cx = {.a = a};
    assert_true(form_def_read(&cx, tree(a, FORM), &def));
    return &def;
}

/* "email error.email_invalid, " of every fault. */
static str faults(arena *a, const struct err *err)
{
    str s = S("");
    for (int i = 0; i < err->field_count; i++)
        s = str_printf(a, "%.*s%.*s %s, ", STR_ARG(s), STR_ARG(err->field[i].field),
                       err->field[i].key);
    return s;
}

#define WHO   "\"email\":\"k@firma.example\",\"company\":\"Brandt\""
#define CALLS "\"consents\":[\"calls:phone\"]"

static const struct row {
    const char *what, *body, *faults;
} ROWS[] = {
    {"flat", "{" WHO ",\"consent.calls.phone\":\"yes\"}", ""},
    {"nested", "{\"fields\":{" WHO "}," CALLS "}", ""},
    {"flat with a list", "{" WHO "," CALLS "}", ""},
    {"flat, nothing", "{}",
     "email error.email_required, company error.field_required, "
     "consent.calls.phone error.consent_required, "},
    {"nested, nothing", "{\"fields\":{}," CALLS "}",
     "fields.email error.email_required, fields.company error.field_required, "},
    {"blanks are nothing", "{\"email\":\"k@firma.example\",\"company\":\"  \"," CALLS "}",
     "company error.field_required, "},
    {"flat beside fields does not count", "{\"fields\":{}," WHO "," CALLS "}",
     "fields.email error.email_required, fields.company error.field_required, "},
    {"no address", "{\"email\":\"k at firma\",\"company\":\"B\"," CALLS "}",
     "email error.email_invalid, "},
    {"no address, nested", "{\"fields\":{\"email\":\"k@\",\"company\":\"B\"}," CALLS "}",
     "fields.email error.email_invalid, "},
    {"a number for a text", "{\"email\":\"k@firma.example\",\"company\":7," CALLS "}",
     "company error.field_required, "},
    {"a choice", "{" WHO ",\"company_size\":\"10\"," CALLS "}", ""},
    {"no choice made", "{" WHO ",\"company_size\":\"\"," CALLS "}", ""},
    {"none of the choices", "{" WHO ",\"company_size\":\"11\"," CALLS "}",
     "company_size error.choice_invalid, "},
    {"another spelling of a choice", "{\"fields\":{" WHO ",\"company_size\":\"1 - 9\"}," CALLS "}",
     "fields.company_size error.choice_invalid, "},
    {"an address of nowhere", "{" WHO ",\"website\":\"http://\"," CALLS "}",
     "website error.url_invalid, "},
    {"a field the form does not have", "{" WHO ",\"iban\":\"DE\"," CALLS "}", ""},
    {"the required consent over another channel", "{" WHO ",\"consents\":[\"calls:email\"]}",
     "consent.calls.phone error.consent_required, "},
    {"the required consent without channel", "{" WHO ",\"consents\":[\"calls\"]}",
     "consent.calls.phone error.consent_required, "},
    {"a list counts, flat names beside it do not",
     "{" WHO ",\"consents\":[],\"consent.calls.phone\":\"yes\"}",
     "consent.calls.phone error.consent_required, "},
};

static void every_fault_is_named_as_the_client_named_the_field(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        struct answers out;
        bool ok = answers_read(&cx, form(&a), tree(&a, ROWS[i].body), &out);
        assert_str(ROWS[i].what, faults(&a, &cx.err), str_of(ROWS[i].faults));
        if (ok != (ROWS[i].faults[0] == 0)) fail_msg("%s", ROWS[i].what);
    }
}

static void both_notations_give_the_same_answers(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"email\":\" k@FIRMA.example\",\"company\":\" Brandt  \",\"website\":\"firma.example\","
        "\"message\":\"Eins\\r\\nZwei\",\"consent.calls.phone\":\"on\"}",
        "{\"fields\":{\"email\":\"k@firma.example\",\"company\":\"Brandt\","
        "\"website\":\"https://firma.example\",\"message\":\"Eins\\nZwei\"},"
        "\"consents\":[\"calls:phone\"]}",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(bodies); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        struct answers out;
        assert_true(answers_read(&cx, form(&a), tree(&a, bodies[i]), &out));
        assert_str("email", out.email, S("k@firma.example"));
        assert_str("company", out.text[SLOT_COMPANY], S("Brandt"));
        assert_str("website", out.text[SLOT_WEBSITE], S("https://firma.example"));
        assert_str("message", out.text[SLOT_MESSAGE], S("Eins\nZwei"));
        assert_str("not asked", out.text[SLOT_CITY], S(""));
        assert_true(!out.ticked[0] && out.ticked[1]);
    }
}

static void a_box_is_ticked_by_nothing_but_a_clear_yes(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        bool ticked;
    } cases[] = {
        {"\"consent.newsletter.email\":\"yes\"", true},
        {"\"consent.newsletter.email\":\"on\"", true},
        {"\"consent.newsletter.email\":\"1\"", true},
        {"\"consent.newsletter.email\":\"true\"", true},
        {"\"consent.newsletter.email\":\"no\"", false},
        {"\"consent.newsletter.email\":\"\"", false},
        {"\"consent.newsletter.email\":\"0\"", false},
        {"\"consent.newsletter.phone\":\"yes\"", false},
        {"\"consent.newsletter\":\"yes\"", false},
        {"\"newsletter\":\"yes\"", false},
        {"\"consents\":[\"newsletter:email\"]", true},
        {"\"consents\":[\"other:email\",\"newsletter:email\"]", true},
        {"\"consents\":[\"newsletter:phone\"]", false},
        {"\"consents\":[\"newsletter:emails\"]", false},
        {"\"consents\":[7,null]", false},
        {"\"consents\":\"newsletter:email\"", false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        struct answers out;
        str body = str_printf(&a, "{" WHO ",%s}", cases[i].sent);
        assert_false(answers_read(&cx, form(&a), tree(&a, str_cstr(&a, body)), &out)); /* calls */
        if (out.ticked[0] != cases[i].ticked) fail_msg("%s", cases[i].sent);
    }
}

static void too_long_says_how_long_it_may_be(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    struct answers out;
    struct value body = tree(&a, "{" WHO "," CALLS "}");
    value_set_text(body, "company", str_printf(&a, "%0201d", 1));
    assert_false(answers_read(&cx, form(&a), body, &out));
    assert_str("fault", faults(&a, &cx.err), S("company error.field_too_long, "));
    assert_str("max", cx.err.field[0].args[0].value, S("200"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_named_as_the_client_named_the_field),
        cmocka_unit_test(both_notations_give_the_same_answers),
        cmocka_unit_test(a_box_is_ticked_by_nothing_but_a_clear_yes),
        cmocka_unit_test(too_long_says_how_long_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
