/* Colours of a brand: can text in them be read, and what a logo and its style sheet may be. */
#include "assert_str.h"

#include "base/colour.h"
#include "brand/brand_rules.h"

static char colour_memory[64 << 10];

static arena room(void)
{
    return (arena){colour_memory, colour_memory + sizeof colour_memory, NULL};
}

static struct colour colour_of(const char *text)
{
    struct colour c = {0, 0, 0};
    assert_true(colour_parse(str_of(text), &c));
    return c;
}

static void a_colour_is_read_in_three_ways_and_written_in_one(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {{"#0B6070", "#0b6070"},
                {"0b6070", "#0b6070"},
                {"#abc", "#aabbcc"},
                {"#ab", NULL},
                {"", NULL},
                {"#0b607g", NULL},
                {"red", NULL},
                {"#0b60701", NULL},
                {"##0b607", NULL}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = room();
        struct colour c;
        assert_int_equal(colour_parse(str_of(rows[i].text), &c), rows[i].want != NULL);
        if (rows[i].want != NULL)
            assert_str(rows[i].text, colour_text(&a, c), str_of(rows[i].want));
    }
}

static void contrast_is_that_of_wcag(void **state)
{
    (void)state;
    /* Figures of the W3C's and WebAIM's checkers, cut to hundredths. */
    static const struct {
        const char *one, *other;
        int want;
    } rows[] = {{"#000000", "#ffffff", 2100}, {"#ffffff", "#ffffff", 100},
                {"#777777", "#ffffff", 447},  {"#767676", "#ffffff", 454},
                {"#ff0000", "#ffffff", 399},  {"#0000ff", "#ffffff", 859}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct colour a = colour_of(rows[i].one), b = colour_of(rows[i].other);
        assert_in_range(colour_contrast(a, b), rows[i].want - 1, rows[i].want + 1);
        assert_int_equal(colour_contrast(a, b), colour_contrast(b, a));
    }
}

static void what_is_proposed_can_be_read_and_is_the_nearest(void **state)
{
    (void)state;
    static const char *const colours[] = {"#ffd400", "#ffffff", "#ff8800", "#00ff00", "#8ab4f8"};
    const struct colour white = {255, 255, 255}, dark = {0x12, 0x20, 0x24};
    for (ptrdiff_t i = 0; i < COUNTOF(colours); i++) {
        struct colour c = colour_of(colours[i]);
        struct colour got = colour_readable(c, white, CONTRAST_TEXT);
        assert_in_range(colour_contrast(got, white), CONTRAST_TEXT, CONTRAST_TEXT + 20);
        assert_true(colour_contrast(colour_readable(c, dark, CONTRAST_TEXT), dark) >=
                    CONTRAST_TEXT);
    }
    struct colour good = colour_of("#0b6070"), same = colour_readable(good, white, CONTRAST_TEXT);
    arena a = room();
    assert_str("a good one stays", colour_text(&a, same), S("#0b6070"));
    struct colour black = colour_readable(colour_of("#000000"), dark, CONTRAST_TEXT);
    assert_true(colour_contrast(black, dark) >= CONTRAST_TEXT);
}

static void a_logo_is_told_by_its_first_bytes(void **state)
{
    (void)state;
    const struct {
        str bytes;
        const char *want;
    } rows[] = {{S("\x89PNG\r\n\x1a\n...."), "image/png"},
                {S("\xff\xd8\xff\xe0...."), "image/jpeg"},
                {S("RIFF\x10\0\0\0WEBPVP8 "), "image/webp"},
                {S("RIFF\x10\0\0\0WAVEfmt "), NULL},
                {S("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), NULL},
                {S("GIF89a"), NULL},
                {S(""), NULL},
                {S("\x89PNG"), NULL}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        str got = logo_media_type(rows[i].bytes);
        if (rows[i].want == NULL)
            assert_null(got.ptr);
        else
            assert_str(rows[i].want, got, str_of(rows[i].want));
    }
}

static void a_style_sheet_holds_what_differs_and_can_be_read(void **state)
{
    (void)state;
    arena a = room();
    struct brand_look plain = {S(""), S("system"), S("")};
    assert_false(brand_has_css(&plain));
    struct brand_look look = {S("#7a1f5c"), S("source-serif"), S("/assets/source-serif.woff2?v=1")};
    str css = brand_css(&a, &look);
    assert_true(brand_has_css(&look));
    assert_true(str_find(css, S("--accent:#7a1f5c;")) > 0);
    assert_true(str_find(css, S("prefers-color-scheme:dark")) > 0);
    assert_true(str_find(css, S("url(\"/assets/source-serif.woff2?v=1\")")) > 0);
    struct brand_look odd = {S("red;}body{display:none"), S("x"), S("")};
    assert_int_equal(str_find(brand_css(&a, &odd), S("display")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_colour_is_read_in_three_ways_and_written_in_one),
        cmocka_unit_test(contrast_is_that_of_wcag),
        cmocka_unit_test(what_is_proposed_can_be_read_and_is_the_nearest),
        cmocka_unit_test(a_logo_is_told_by_its_first_bytes),
        cmocka_unit_test(a_style_sheet_holds_what_differs_and_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
