#include "brand/brand_rules.h"

#include "base/buf.h"
#include "base/colour.h"

enum { CSS_BYTES = 4096, SOFT_PERCENT = 14, SOFT_DARK_PERCENT = 22, HOVER_PERCENT = 84 };

static const struct colour WHITE = {255, 255, 255}, BLACK = {0, 0, 0}, INK = {5, 37, 43};
static const struct colour PANEL_DARK = {0x12, 0x20, 0x24};

str logo_media_type(str bytes)
{
    if (str_starts(bytes, S("\x89PNG\r\n\x1a\n"))) return S("image/png");
    if (str_starts(bytes, S("\xff\xd8\xff"))) return S("image/jpeg");
    bool riff = bytes.len > 12 && str_starts(bytes, S("RIFF"));
    if (riff && str_eq(str_slice(bytes, 8, 12), S("WEBP"))) return S("image/webp");
    return (str){0};
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
    property(b, "accent-text", colour_readable(c, soft, CONTRAST_TEXT));
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
    property(b, "accent-text", colour_readable(fill, soft, CONTRAST_TEXT));
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
