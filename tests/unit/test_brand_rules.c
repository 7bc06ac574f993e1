#include "assert_str.h"
#include "base/colour.h"
#include "brand/brand_rules.h"

#define PNG_HEAD "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
/* SOI, an APP0 of 4 bytes, SOF0: 8 bits, 30 high, 120 wide */
#define JPEG "\xff\xd8\xff\xe0\0\4\1\1\xff\xc0\0\x0b\x08\0\x1e\0\x78\1\1\x11\0"

static void a_logos_size_is_told_by_its_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        str bytes;
        bool told;
        int width, height;
    } rows[] = {
        {"png", S_INIT(PNG_HEAD "\0\0\1\x2c\0\0\0\x50"), true, 300, 80},
        {"png, cut", S_INIT(PNG_HEAD "\0\0\1"), false, 0, 0},
        {"png, nothing wide", S_INIT(PNG_HEAD "\0\0\0\0\0\0\0\x50"), false, 0, 80},
        {"png, out of reason", S_INIT(PNG_HEAD "\0\1\0\1\0\0\0\x50"), false, 1, 80},
        {"jpeg", S_INIT(JPEG), true, 120, 30},
        {"jpeg, filled", S_INIT("\xff\xd8\xff\xff\xff\xc2\0\x0b\x08\0\x1e\0\x78\1\1\x11\0"), true,
         120, 30},
        {"jpeg, no frame", S_INIT("\xff\xd8\xff\xda\0\4\1\1\xff\xc0\0\x0b\x08\0\x1e\0\x78"), false,
         0, 0},
        {"jpeg, a segment of nothing", S_INIT("\xff\xd8\xff\xe0\0\0\1\1\1\1\1\1\1\1\1"), false, 0,
         0},
        {"webp", S_INIT("RIFF\0\0\0\0WEBPVP8 \0\0\0\0"), false, 0, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int width, height;
        bool told = logo_size(rows[i].bytes, &width, &height);
        if (told != rows[i].told || width != rows[i].width || height != rows[i].height)
            fail_msg("%s: %d, %d x %d", rows[i].name, told, width, height);
        assert_int_equal(logo_fits_mail(rows[i].bytes), told);
    }
}

static void a_mail_shows_it_small_and_never_enlarged(void **state)
{
    (void)state;
    static const int rows[][4] = {{300, 80, 150, 40},
                                  {120, 30, 120, 30},
                                  {2000, 100, 240, 12},
                                  {1000, 2, 240, 1},
                                  {1, 5000, 1, 40}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        int width = rows[i][0], height = rows[i][1];
        logo_shrink(&width, &height);
        if (width != rows[i][2] || height != rows[i][3])
            fail_msg("%d x %d: %d x %d", rows[i][0], rows[i][1], width, height);
    }
}

static struct colour property_of(str css, str name)
{
    struct colour c = {0};
    ptrdiff_t at = str_find(css, name);
    if (at < 0 || !colour_parse(str_slice(css, at + name.len, at + name.len + 7), &c))
        fail_msg("no %.*s", STR_ARG(name));
    return c;
}

static void links_can_be_read_wherever_they_stand(void **state)
{
    static const char *const colours[] = {"#0b6070", "#c8102e", "#767676", "#6b4fbb", "#008000"};
    static const char *const grounds[2][5] = {
        {"#ffffff", "#f2f5f5", "#fbe4e1", "#fbedcf", NULL},
        {"#0b1518", "#122024", "#43201d", "#3a2c0e", NULL}};
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(colours); i++) {
        arena a = fresh();
        str rest, css = brand_css(&a, &(struct brand_look){.colour = str_of(colours[i])});
        str light = str_slice(css, 0, str_find(css, S("@media")));
        rest = str_slice(css, light.len, css.len);
        for (int dark = 0; dark < 2; dark++) {
            str part = dark ? rest : light;
            struct colour text = property_of(part, S("--accent-text:")), ground;
            assert_true(colour_contrast(text, property_of(part, S("--accent-soft:"))) >=
                        CONTRAST_TEXT);
            for (const char *const *g = grounds[dark]; *g != NULL; g++)
                if (!colour_parse(str_of(*g), &ground) ||
                    colour_contrast(text, ground) < CONTRAST_TEXT)
                    fail_msg("%s on %s", colours[i], *g);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_can_be_read_wherever_they_stand),
        cmocka_unit_test(a_logos_size_is_told_by_its_bytes),
        cmocka_unit_test(a_mail_shows_it_small_and_never_enlarged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
