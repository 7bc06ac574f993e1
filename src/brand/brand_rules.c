#include "brand/brand_rules.h"

#include "base/buf.h"
#include "base/colour.h"

enum { CSS_BYTES = 4096, SOFT_PERCENT = 14, SOFT_DARK_PERCENT = 22, HOVER_PERCENT = 84 };

static const struct colour WHITE = {255, 255, 255}, BLACK = {0, 0, 0}, INK = {5, 37, 43};
static const struct colour PANEL_DARK = {0x12, 0x20, 0x24};
/* As ui/style/zulauf.css has them: --paper, --bad-soft, --wait-soft, and in the dark --panel. */
static const struct colour LIGHT_GROUND[] = {
    {0xf2, 0xf5, 0xf5}, {0xfb, 0xe4, 0xe1}, {0xfb, 0xed, 0xcf}};
static const struct colour DARK_GROUND[] = {
    {0x12, 0x20, 0x24}, {0x43, 0x20, 0x1d}, {0x3a, 0x2c, 0x0e}};

str logo_media_type(str bytes)
{
    if (str_starts(bytes, S("\x89PNG\r\n\x1a\n"))) return S("image/png");
    if (str_starts(bytes, S("\xff\xd8\xff"))) return S("image/jpeg");
    bool riff = bytes.len > 12 && str_starts(bytes, S("RIFF"));
    if (riff && str_eq(str_slice(bytes, 8, 12), S("WEBP"))) return S("image/webp");
    return (str){0};
}

static int be16_at(str s, ptrdiff_t at)
{
    return (unsigned char)s.ptr[at] << 8 | (unsigned char)s.ptr[at + 1];
}

/* The frame's header stands behind segments that each tell their length. */
static bool jpeg_size(str s, int *width, int *height)
{
    for (ptrdiff_t at = 2; at + 9 <= s.len && (unsigned char)s.ptr[at] == 0xFF;) {
        unsigned char marker = (unsigned char)s.ptr[at + 1];
        bool frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (marker == 0xFF) {
            at++; /* fill */
            continue;
        }
        if (frame) {
            *height = be16_at(s, at + 5);
            *width = be16_at(s, at + 7);
            return true;
        }
        if (marker == 0xDA || be16_at(s, at + 2) < 2) return false;
        at += 2 + be16_at(s, at + 2);
    }
    return false;
}

bool logo_size(str bytes, int *width, int *height)
{
    enum { IHDR_AT = 16, SIDE_MAX = 20000 };
    str type = logo_media_type(bytes);
    bool told = false;
    *width = *height = 0;
    if (str_eq(type, S("image/png")) && bytes.len >= IHDR_AT + 8) {
        told = be16_at(bytes, IHDR_AT) == 0 && be16_at(bytes, IHDR_AT + 4) == 0;
        *width = be16_at(bytes, IHDR_AT + 2);
        *height = be16_at(bytes, IHDR_AT + 6);
    } else if (str_eq(type, S("image/jpeg"))) {
        told = jpeg_size(bytes, width, height);
    }
    return told && *width > 0 && *height > 0 && *width <= SIDE_MAX && *height <= SIDE_MAX;
}

bool logo_fits_mail(str bytes)
{
    int width, height;
    return bytes.len <= LOGO_MAIL_BYTES && logo_size(bytes, &width, &height);
}

void logo_shrink(int *width, int *height)
{
    enum { WIDE = 240, HIGH = 40 };
    if (*height > HIGH) {
        *width = *width * HIGH / *height;
        *height = HIGH;
    }
    if (*width > WIDE) {
        *height = *height * WIDE / *width;
        *width = WIDE;
    }
    if (*width < 1) *width = 1;
    if (*height < 1) *height = 1;
}

static const struct {
    const char *name, *family;
} families[] = {
    {"source-sans", "Source Sans 3"},
    {"source-serif", "Source Serif 4"},
    {"atkinson", "Atkinson Hyperlegible Next"},
};

static const char *family_of(str font)
{
    for (ptrdiff_t i = 0; i < COUNTOF(families); i++)
        if (str_eq(font, str_of(families[i].name))) return families[i].family;
    return NULL;
}

bool brand_has_css(const struct brand_look *look)
{
    return look->colour.len > 0 || family_of(look->font) != NULL;
}

static void property(struct buf *b, const char *name, struct colour c)
{
    buf_printf(b, "--%s:#%02x%02x%02x;", name, c.r, c.g, c.b);
}

/* In text on each of those grounds: links stand on the page, on panels, in notes and in what is
 * said of faults. Grounds are all light or all dark, so that what serves one does not spoil it for
 * another. */
static struct colour text_on(struct colour c, struct colour soft, const struct colour *ground,
                             int n)
{
    c = colour_readable(c, soft, CONTRAST_TEXT);
    for (int i = 0; i < n; i++) c = colour_readable(c, ground[i], CONTRAST_TEXT);
    return c;
}

/* Whichever can be read better on it. */
static struct colour on(struct colour c)
{
    return colour_contrast(c, WHITE) >= colour_contrast(c, INK) ? WHITE : INK;
}

static void light(struct buf *b, struct colour c)
{
    struct colour soft = colour_mix(c, WHITE, SOFT_PERCENT);
    property(b, "accent", c);
    property(b, "accent-hover", colour_mix(c, BLACK, HOVER_PERCENT));
    property(b, "on-accent", on(c));
    property(b, "accent-soft", soft);
    property(b, "accent-text", text_on(c, soft, LIGHT_GROUND, COUNTOF(LIGHT_GROUND)));
}

/* The same hue, lighter: it stands on dark panels. */
static void dark(struct buf *b, struct colour c)
{
    struct colour soft = colour_mix(c, PANEL_DARK, SOFT_DARK_PERCENT);
    struct colour fill = colour_readable(c, PANEL_DARK, CONTRAST_TEXT + 100);
    property(b, "accent", fill);
    property(b, "accent-hover", colour_mix(fill, WHITE, HOVER_PERCENT));
    property(b, "on-accent", on(fill));
    property(b, "accent-soft", soft);
    property(b, "accent-text", text_on(fill, soft, DARK_GROUND, COUNTOF(DARK_GROUND)));
}

str brand_css(arena *a, const struct brand_look *look)
{
    struct buf b = buf_new(a, CSS_BYTES);
    struct colour c;
    const char *family = family_of(look->font);
    if (family != NULL && look->font_url.len > 0) {
        buf_printf(&b,
                   "@font-face{font-family:\"%s\";font-style:normal;font-display:swap;"
                   "font-weight:200 800;src:url(\"%.*s\") format(\"woff2\")}\n",
                   family, STR_ARG(look->font_url));
        buf_printf(&b, ":root{--font:\"%s\",-apple-system,\"Segoe UI\",Roboto,Arial,sans-serif}\n",
                   family);
    }
    if (look->colour.len > 0 && colour_parse(look->colour, &c)) {
        buf_put(&b, S(":root{"));
        light(&b, c);
        buf_put(&b, S("}\n@media (prefers-color-scheme:dark){:root:not(.light){"));
        dark(&b, c);
        buf_put(&b, S("}}\n"));
    }
    return buf_str(&b);
}
