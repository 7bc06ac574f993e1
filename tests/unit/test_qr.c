/* QR codes as pictures. */
#include "web/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena_block block;
static arena a;

static int open_arena(void **state)
{
    (void)state;
    if (!arena_block_open(&block, 8 << 20)) return -1;
    a = arena_over(&block);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_block_close(&block);
    return 0;
}

static void a_code_stands_in_its_quiet_zone_with_three_corners(void **state)
{
    (void)state;
    str svg;
    assert_true(qr_svg(&a, S("https://zulauf.example/f/kontakt"), &svg));
    assert_true(str_starts(svg, S("<svg xmlns=\"http://www.w3.org/2000/svg\"")));
    assert_true(str_find(svg, S("viewBox=\"0 0 37 37\"")) > 0); /* 29 modules and twice 4 */
    assert_true(str_find(svg, S("M4 4h7v1h-7z")) > 0);          /* top left */
    assert_true(str_find(svg, S("M26 4h7v1h-7z")) > 0);         /* top right */
    assert_true(str_find(svg, S("M4 26h7v1h-7z")) > 0);         /* bottom left */
    assert_true(str_find(svg, S("M0 4")) < 0 && str_find(svg, S("M3 ")) < 0);
    str url;
    assert_true(qr_data_url(&a, S("x"), &url));
    assert_true(str_starts(url, S("data:image/svg+xml;base64,PHN2Zy")));
}

static void what_is_no_text_for_a_code_is_refused(void **state)
{
    (void)state;
    static char much[QR_TEXT_MAX_BYTES + 1];
    str svg;
    memset(much, 'a', sizeof much);
    assert_false(qr_svg(&a, S(""), &svg));
    assert_false(qr_svg(&a, (str){"a\0b", 3}, &svg));
    assert_false(qr_svg(&a, (str){much, sizeof much}, &svg));
    assert_true(qr_svg(&a, (str){much, sizeof much - 1}, &svg));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_stands_in_its_quiet_zone_with_three_corners),
        cmocka_unit_test(what_is_no_text_for_a_code_is_refused),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
