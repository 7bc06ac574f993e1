#include "assert_str.h"
#include "base/ctx.h"
#include "base/id.h"

static void an_argument_fills_the_sentence_that_was_set_last(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    assert_false(fail_field(&cx, S("email"), "email.bad"));
    fail_arg(&cx, "value", S("x"));
    assert_false(fail_field(&cx, S("name"), "text.long"));
    fail_arg(&cx, "max", S("200"));
    assert_int_equal(cx.err.code, ERR_INVALID);
    assert_int_equal(cx.err.field_count, 2);
    assert_str("first field", cx.err.field[0].args[0].value, S("x"));
    assert_str("second field", cx.err.field[1].args[0].value, S("200"));

    assert_false(fail(&cx, ERR_INVALID, "form.faults"));
    fail_arg(&cx, "count", S("2"));
    assert_int_equal(cx.err.field_count, 2);
    assert_str("sentence", cx.err.args[0].value, S("2"));

    assert_false(fail_detail(&cx, ERR_STORAGE, "storage", "disk %d", 7));
    assert_int_equal(cx.err.field_count, 0);
    assert_str("detail", cx.err.detail, S("disk 7"));
    assert_null(cx.err.args[0].name);
    err_clear(&cx);
    assert_int_equal(cx.err.code, ERR_NONE);
    assert_null(cx.err.key);
}

static void faults_beyond_the_last_place_are_dropped_with_their_arguments(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    for (int i = 0; i < ERR_FIELDS + 3; i++) {
        fail_field(&cx, S("f"), "k");
        fail_arg(&cx, "n", str_printf(&a, "%d", i));
    }
    assert_int_equal(cx.err.field_count, ERR_FIELDS);
    assert_null(cx.err.field[ERR_FIELDS - 1].args[1].name);
    assert_null(cx.err.args[0].name);
}

struct trace {
    char text[8];
    int len;
};
struct step {
    struct trace *trace;
    char name;
};

static void note_step(void *ptr)
{
    struct step *step = ptr;
    step->trace->text[step->trace->len++] = step->name;
}

static void what_was_deferred_runs_last_first_and_once(void **state)
{
    (void)state;
    arena a = fresh();
    struct ctx cx = {.a = &a};
    struct trace trace = {0};
    struct step one = {&trace, '1'}, two = {&trace, '2'};
    ctx_defer(&cx, note_step, &one);
    ctx_defer(&cx, note_step, &two);
    ctx_end(&cx);
    ctx_end(&cx);
    assert_string_equal(trace.text, "21");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_argument_fills_the_sentence_that_was_set_last),
        cmocka_unit_test(faults_beyond_the_last_place_are_dropped_with_their_arguments),
        cmocka_unit_test(what_was_deferred_runs_last_first_and_once),
    };
    return cmocka_run_group_tests_name("ctx", tests, NULL, NULL);
}
