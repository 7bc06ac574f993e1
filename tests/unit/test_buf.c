#include "assert_str.h"
#include "base/buf.h"
#include "base/html.h"

#include <stdio.h>
#include <string.h>

static void what_was_written_is_there(void **state)
{
    (void)state;
    arena a = fresh();
    struct buf b = buf_new(&a, 100);
    assert_str("empty", buf_str(&b), S(""));
    buf_put(&b, S("ab"));
    buf_put(&b, (str){0});
    buf_char(&b, 'c');
    buf_i64(&b, INT64_MIN);
    buf_printf(&b, "[%s]", "x");
    buf_printf(&b, "%s", "");
    assert_str("all", buf_str(&b), S("abc-9223372036854775808[x]"));
    assert_false(b.full);
}

static void a_piece_that_does_not_fit_is_dropped_with_all_that_follow(void **state)
{
    (void)state;
    arena a = fresh();
    struct buf b = buf_new(&a, 4);
    buf_put(&b, S("abc"));
    buf_put(&b, S("de"));
    assert_true(b.full);
    buf_char(&b, 'f');
    buf_printf(&b, "g");
    assert_str("kept", buf_str(&b), S("abc"));

    b = buf_new(&a, 4);
    buf_printf(&b, "%s", "abcd");
    assert_str("exactly full", buf_str(&b), S("abcd"));
    assert_false(b.full);
    buf_printf(&b, "e");
    assert_true(b.full);
}

static void growing_keeps_the_text_whoever_else_takes_memory(void **state)
{
    (void)state;
    arena a = fresh();
    struct buf b = buf_new(&a, 1 << 20);
    for (int i = 0; i < 20000; i++) {
        buf_printf(&b, "%05d,", i);
        if (i % 1000 == 0) memset(NEW(&a, char, 10), '!', 10);
    }
    str s = buf_str(&b);
    assert_int_equal(s.len, 120000);
    for (int i = 0; i < 20000; i++) {
        char want[8];
        snprintf(want, sizeof want, "%05d,", i);
        assert_memory_equal(s.ptr + 6 * i, want, 6);
    }
}

static void html_signs_become_references(void **state)
{
    (void)state;
    arena a = fresh();
    struct buf b = buf_new(&a, 1000);
    html_escape(&b, S("<a href=\"x\">O'Neil & Söhne</a>"));
    html_escape(&b, S(""));
    html_escape(&b, (str){0});
    assert_str("escaped", buf_str(&b),
               S("&lt;a href=&quot;x&quot;&gt;O&#39;Neil &amp; Söhne&lt;/a&gt;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_there),
        cmocka_unit_test(a_piece_that_does_not_fit_is_dropped_with_all_that_follow),
        cmocka_unit_test(growing_keeps_the_text_whoever_else_takes_memory),
        cmocka_unit_test(html_signs_become_references),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
