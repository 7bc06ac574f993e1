/* brand/brand_rules.h -- what a logo may be, and the style sheet of a brand. No database.
 *
 * A logo is PNG, JPEG or WebP, told by its first bytes and not by its name. SVG is a program and
 * refused.
 *
 * Sources: PNG (RFC 2083, 12.12), JPEG (ITU T.81, SOI), WebP (RFC 9649, 2.4); WCAG 2.2, 1.4.3.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { LOGO_MAX_BYTES = 512 << 10, LOGO_INLINE_BYTES = 6 << 10 };

/* "image/png" …; the absent str for anything else. */
str logo_media_type(str bytes);

/* A brand as its style sheet shows it. */
struct brand_look {
    str colour;   /* "#0b6070"; "" for ours */
    str font;     /* of setting_font_names */
    str font_url; /* "" for the system's */
};

/* The custom properties of public pages, light and dark, and the font. */
str brand_css(arena *a, const struct brand_look *look);
/* Does such a brand need a style sheet at all? */
bool brand_has_css(const struct brand_look *look);
