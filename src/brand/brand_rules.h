/* brand/brand_rules.h -- what a logo may be, and the style sheet of a brand. No database.
 *
 * A logo is PNG, JPEG or WebP, told by its first bytes and not by its name. SVG is a program and
 * refused.
 *
 * Sources: PNG (RFC 2083, 4.1.1, 12.12), JPEG (ITU T.81, B.1.1, B.2.2), WebP (RFC 9649, 2.4);
 * WCAG 2.2, 1.4.3.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum {
    LOGO_MAX_BYTES = 512 << 10,
    LOGO_INLINE_BYTES = 6 << 10,
    LOGO_MAIL_BYTES =
        32 << 10, /* each mail carries it, and is kept as the proof of what was sent */
};

/* "image/png" …; the absent str for anything else. */
str logo_media_type(str bytes);

/* Pixels of a PNG or JPEG; false if they are not told, or out of any reason. */
MUST_USE bool logo_size(str bytes, int *width, int *height);
/* Small enough for a mail, and of a kind that mail programs show: not WebP. */
bool logo_fits_mail(str bytes);
/* The size in which a mail shows it: never enlarged. */
void logo_shrink(int *width, int *height);

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
