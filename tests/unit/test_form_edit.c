/* The form editor's buttons. */
#include "assert_str.h"
#include "capture/capture_types.h"
#include "form/form_edit.h"

/* What the browser sends: three fields, two consents. */
static struct value posted(arena *a)
{
    static const struct {
        const char *name, *value;
    } inputs[] = {
        {"title", " Paper "},
        {"double_opt_in", "yes"},
        {"field.0.key", "email"},
        {"field.0.label", "Ihre Adresse"},
        {"field.0.required", "yes"},
        {"field.1.key", "city"},
        {"field.1.options", "Kiel\r\n\r\n  Ulm \nHof"},
        {"field.2.key", "company"},
        {"field.4.key", "behind a gap"},
        {"consent.0.purpose", "news"},
        {"consent.0.channel", "email"},
        {"consent.0.text", "Ja.\nGern."},
        {"consent.1.purpose", "calls"},
        {"consent.1.required", "yes"},
    };
    struct value body = value_map(a);
    for (ptrdiff_t i = 0; i < COUNTOF(inputs); i++)
        value_set_text(body, inputs[i].name, str_of(inputs[i].value));
    return body;
}

/* "email city company | news calls" */
static str shape(arena *a, struct value def)
{
    struct value fields = value_get(def, S("fields")), consents = value_get(def, S("consents"));
    str s = S("");
    for (ptrdiff_t i = 0; i < value_count(fields); i++)
        s = str_printf(a, "%.*s%.*s ", STR_ARG(s),
                       STR_ARG(value_str(value_get(fields.as.list->item[i], S("key")))));
    s = str_printf(a, "%.*s|", STR_ARG(s));
    for (ptrdiff_t i = 0; i < value_count(consents); i++)
        s = str_printf(a, "%.*s %.*s", STR_ARG(s),
                       STR_ARG(value_str(value_get(consents.as.list->item[i], S("purpose")))));
    return s;
}

#define SAME "email city company | news calls"

static const struct press {
    const char *pressed, *new_field; /* NULL: not sent */
    enum edit_step step;
    const char *shape;
} PRESSES[] = {
    {"save", NULL, EDIT_SAVE, SAME},
    {NULL, NULL, EDIT_SAVE, SAME}, /* Enter in a field */
    {"", NULL, EDIT_SAVE, SAME},
    {"explode.1", NULL, EDIT_SAVE, SAME},
    {"save", "message", EDIT_SAVE, SAME},
    {"publish", NULL, EDIT_PUBLISH, SAME},
    {"up.1", NULL, EDIT_STAY, "city email company | news calls"},
    {"up.2", NULL, EDIT_STAY, "email company city | news calls"},
    {"up.0", NULL, EDIT_STAY, SAME},
    {"down.0", NULL, EDIT_STAY, "city email company | news calls"},
    {"down.2", NULL, EDIT_STAY, SAME},
    {"remove.0", NULL, EDIT_STAY, "city company | news calls"},
    {"remove.2", NULL, EDIT_STAY, "email city | news calls"},
    {"remove_consent.0", NULL, EDIT_STAY, "email city company | calls"},
    {"remove_consent.1", NULL, EDIT_STAY, "email city company | news"},
    {"add_field", "message", EDIT_STAY, "email city company message | news calls"},
    {"add_field", "  ", EDIT_STAY, SAME},
    {"add_field", NULL, EDIT_STAY, SAME},
    {"add_consent", NULL, EDIT_STAY, "email city company | news calls newsletter"},
    {"upload", NULL, EDIT_STAY, SAME},
    /* numbers that are none, or nobody's */
    {"up", NULL, EDIT_STAY, SAME},
    {"down", NULL, EDIT_STAY, SAME},
    {"remove", NULL, EDIT_STAY, SAME},
    {"remove.", NULL, EDIT_STAY, SAME},
    {"remove.x", NULL, EDIT_STAY, SAME},
    {"remove.1x", NULL, EDIT_STAY, SAME},
    {"remove.0.5", NULL, EDIT_STAY, SAME},
    {"remove.3", NULL, EDIT_STAY, SAME},
    {"remove.30", NULL, EDIT_STAY, SAME},
    {"remove.-1", NULL, EDIT_STAY, SAME},
    {"remove.4294967296", NULL, EDIT_STAY, SAME},
    {"remove.99999999999999999999", NULL, EDIT_STAY, SAME},
    {"up.3", NULL, EDIT_STAY, SAME},
    {"down.-1", NULL, EDIT_STAY, SAME},
    {"remove_consent.2", NULL, EDIT_STAY, SAME},
    {"remove_consent", NULL, EDIT_STAY, SAME},
};

static void every_button_does_its_own_thing(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(PRESSES); i++) {
        const struct press *p = &PRESSES[i];
        arena a = fresh();
        struct value body = posted(&a);
        enum edit_step step;
        if (p->pressed != NULL) value_set_text(body, "do", str_of(p->pressed));
        if (p->new_field != NULL) value_set_text(body, "new_field", str_of(p->new_field));
        struct value def = form_edit_apply(&a, body, &step);
        assert_str(p->pressed == NULL ? "-" : p->pressed, shape(&a, def), str_of(p->shape));
        if (step != p->step) fail_msg("%s: step %d", p->pressed, step);
    }
}

static void what_was_entered_stands_in_the_tree(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } cases[] = {
        {"title", "Paper"},
        {"double_opt_in", "yes"},
        {"intro", NULL},
        {"fields.0.label", "Ihre Adresse"},
        {"fields.0.required", "yes"},
        {"fields.1.required", ""},
        {"fields.1.options.0.value", "Kiel"},
        {"fields.1.options.1.value", "Ulm"},
        {"fields.1.options.1.label", "Ulm"},
        {"fields.1.options.2.value", "Hof"},
        {"fields.1.options.3.value", NULL},
        {"consents.0.channel", "email"},
        {"consents.0.text", "Ja.\nGern."},
        {"consents.1.required", "yes"},
    };
    arena a = fresh();
    enum edit_step step;
    struct value def = form_edit_apply(&a, posted(&a), &step);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        assert_str(cases[i].path, value_str(value_at(def, str_of(cases[i].path))),
                   str_of(cases[i].text));
}

static void no_more_is_read_than_a_form_has(void **state)
{
    (void)state;
    arena a = fresh();
    struct value body = value_map(&a);
    for (int i = 0; i < FORM_FIELDS_MAX + 5; i++) {
        value_set_str(body, str_printf(&a, "field.%d.key", i), value_text(S("city")));
        value_set_str(body, str_printf(&a, "consent.%d.purpose", i), value_text(S("news")));
    }
    enum edit_step step;
    struct value def = form_edit_apply(&a, body, &step);
    assert_int_equal(value_count(value_get(def, S("fields"))), FORM_FIELDS_MAX);
    assert_int_equal(value_count(value_get(def, S("consents"))), FORM_CONSENTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_button_does_its_own_thing),
        cmocka_unit_test(what_was_entered_stands_in_the_tree),
        cmocka_unit_test(no_more_is_read_than_a_form_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
