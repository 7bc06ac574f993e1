/* What somebody known is asked: the next question in place of one whose answer is known. */
#include "assert_str.h"
#include "base/json.h"
#include "form/form_rules.h"

#include <string.h>

#define EMAIL      "{\"key\":\"email\",\"required\":true}"
#define LATER(key) "{\"key\":\"" key "\",\"reserve\":true}"

static struct value tree(arena *a, const char *text)
{
    struct value v;
    struct json_err err;
    if (!json_parse(a, str_of(text), &v, &err)) fail_msg("%s: %s", text, err.what);
    return v;
}

static void def_of(struct ctx *cx, const char *fields, struct form_def *def)
{
    str json = str_printf(cx->a, "{\"double_opt_in\":true,\"fields\":[%s]}", fields);
    if (!form_def_read(cx, tree(cx->a, str_cstr(cx->a, json)), def))
        fail_msg("%s: %s", fields, cx->err.field_count > 0 ? cx->err.field[0].key : cx->err.key);
}

/* "first_name company": keys as they are asked; steps in brackets before the first of each. */
static str asked(arena *a, const struct form_def *def)
{
    struct buf b = buf_new(a, 1000);
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        if (f->reserve) continue;
        if (b.len > 0) buf_char(&b, ' ');
        if (f->step.len > 0) buf_printf(&b, "[%.*s]", STR_ARG(f->step));
        buf_printf(&b, "%s%s", f->def->key, f->hidden ? "(hidden)" : "");
    }
    return buf_str(&b);
}

static void what_is_known_gives_way_to_the_next_question(void **state)
{
    (void)state;
    static const struct {
        const char *what, *fields, *known, *asked;
    } rows[] = {
        {"the address is known always", EMAIL ",{\"key\":\"company\"}", "", "company"},
        {"the next takes its place", EMAIL ",{\"key\":\"company\"}," LATER("city"), "",
         "city company"},
        {"in their order", EMAIL ",{\"key\":\"company\"}," LATER("city") "," LATER("department"),
         "company", "city department"},
        {"what is known of the reserve is passed over",
         EMAIL ",{\"key\":\"company\"}," LATER("city") "," LATER("department"), "company city",
         "department"},
        {"a message is never known", EMAIL ",{\"key\":\"message\"}", "message", "message"},
        {"nothing is left", EMAIL ",{\"key\":\"company\"}", "company", ""},
        {"what depends on it would tell its value",
         EMAIL ",{\"key\":\"company\"},{\"key\":\"city\",\"when\":\"company\",\"when_is\":\"X\"}",
         "company", ""},
        {"of the reserve, too",
         EMAIL ",{\"key\":\"company\"},{\"key\":\"city\",\"reserve\":true,\"when\":\"company\"}",
         "company", ""},
        {"what depends on a question that stays is asked",
         EMAIL ",{\"key\":\"company\"},{\"key\":\"city\",\"when\":\"company\"}", "",
         "company city"},
        {"one of the reserve stands behind the question it depends on",
         EMAIL ",{\"key\":\"first_name\"},{\"key\":\"company\"},{\"key\":\"last_name\"},"
               "{\"key\":\"city\",\"reserve\":true,\"when\":\"company\"}",
         "first_name last_name", "company city"},
        {"hidden ones stay", EMAIL ",{\"key\":\"company\",\"hidden\":true,\"preset\":\"x\"}",
         "company", "company(hidden)"},
        {"files go another way",
         EMAIL ",{\"key\":\"company\"},{\"key\":\"free_a\",\"type\":\"file\",\"label\":\"A\"}", "",
         "company"},
        {"a step begins with the next question",
         EMAIL ",{\"key\":\"company\",\"step\":\"Firma\"},{\"key\":\"city\"}", "company",
         "[Firma]city"},
        {"a step goes with its last question",
         "{\"key\":\"email\",\"required\":true,\"step\":\"Sie\"},"
         "{\"key\":\"company\",\"step\":\"Firma\"}",
         "", "[Firma]company"},
        {"the question in its place begins the step",
         "{\"key\":\"email\",\"required\":true,\"step\":\"Sie\"}," LATER("city"), "", "[Sie]city"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        struct form_def *def = NEW(&a, struct form_def, 1);
        bool known[SLOT__COUNT] = {0};
        def_of(&cx, rows[i].fields, def);
        for (ptrdiff_t k = 0; k < field_count; k++)
            if (strstr(rows[i].known, field_defs[k].key) != NULL && field_defs[k].slot > SLOT_NONE)
                known[field_defs[k].slot] = true;
        form_def_know(def, known);
        assert_str(rows[i].what, asked(&a, def), str_of(rows[i].asked));
        for (int k = 0; k < def->field_count; k++)
            assert_true(def->field[k].reserve || def->field[k].when <= k);
    }
}

static void strangers_are_never_asked_the_reserve(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    struct form_def *def = NEW(&a, struct form_def, 1);
    def_of(&cx,
           EMAIL ",{\"key\":\"company\"},{\"key\":\"city\",\"reserve\":true,\"required\":true}",
           def);
    assert_str("asked", asked(&a, def), S("email company"));
    struct value back = form_def_value(&a, def);
    assert_true(form_truth(value_get(back, S("fields")).as.list->item[2], "reserve"));
}

static void who_answers_a_page_of_before_is_not_asked_anew(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    struct form_def *def = NEW(&a, struct form_def, 1);
    def_of(&cx,
           EMAIL ",{\"key\":\"company\",\"required\":true},{\"key\":\"city\",\"required\":true}",
           def);
    form_def_ask_only(def, tree(&a, "{\"company\":\"\",\"stamp\":\"x\"}"));
    assert_str("asked", asked(&a, def), S("company"));
}

static void the_address_and_what_nobody_sees_are_no_question_of_the_reserve(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{\"key\":\"email\",\"required\":true,\"reserve\":true},{\"key\":\"city\"}",
        EMAIL ",{\"key\":\"city\",\"reserve\":true,\"hidden\":true}"};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct ctx cx = {.a = &a};
        struct form_def *def = NEW(&a, struct form_def, 1);
        str json = str_printf(&a, "{\"fields\":[%s]}", rows[i]);
        assert_false(form_def_read(&cx, tree(&a, str_cstr(&a, json)), def));
        assert_string_equal(cx.err.field[0].key, "form.reserve_invalid");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_gives_way_to_the_next_question),
        cmocka_unit_test(strangers_are_never_asked_the_reserve),
        cmocka_unit_test(who_answers_a_page_of_before_is_not_asked_anew),
        cmocka_unit_test(the_address_and_what_nobody_sees_are_no_question_of_the_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
