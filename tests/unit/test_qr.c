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

static uint32_t big(const char *at)
{
    const unsigned char *u = (const unsigned char *)at;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void a_picture_for_print_says_its_size_and_ends(void **state)
{
    (void)state;
    str png;
    assert_true(qr_png(&a, S("https://zulauf.example/f/kontakt"), 1600, &png));
    assert_memory_equal(png.ptr, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big(png.ptr + 16), 37 * 44); /* whole pixels a module, 1600 at least */
    assert_int_equal(big(png.ptr + 20), 37 * 44);
    assert_int_equal(png.ptr[24], 1);
    assert_memory_equal(png.ptr + png.len - 8, "IEND\xae\x42\x60\x82", 8);
    assert_false(qr_png(&a, S(""), 1600, &png));
}

static void the_line_below_a_code_is_text_and_fits(void **state)
{
    (void)state;
    str svg;
    assert_true(qr_print_svg(&a, S("https://zulauf.example/f/kontakt"), S("a&b<c"), &svg));
    assert_true(str_find(svg, S("viewBox=\"0 0 37 41\"")) > 0);
    assert_true(str_find(svg, S("font-size=\"2.6\"")) > 0);
    assert_true(str_find(svg, S(">a&amp;b&lt;c</text></svg>")) > 0);
    assert_true(qr_print_svg(&a, S("https://zulauf.example/f/kontakt"),
                             S("formulare.lindhorst-lagertechnik.example/f/whitepaper"), &svg));
    assert_true(str_find(svg, S("font-size=\"0.9\"")) > 0); /* 53 letters over 29 modules */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_stands_in_its_quiet_zone_with_three_corners),
        cmocka_unit_test(a_picture_for_print_says_its_size_and_ends),
        cmocka_unit_test(the_line_below_a_code_is_text_and_fits),
        cmocka_unit_test(what_is_no_text_for_a_code_is_refused),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
