/* base/colour.h -- colours of a brand, and whether text in them can be read.
 *
 * Terms:   contrast: ratio of two relative luminances, here in hundredths, 100 (the same) to 2100
 *          (black on white).
 * Sources: WCAG 2.2, "relative luminance", "contrast ratio", success criterion 1.4.3 (4.5 : 1).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { CONTRAST_TEXT = 450, CONTRAST_MAX = 2100 };

struct colour {
    uint8_t r, g, b;
};

/* "#0b6070", "0b6070", "#abc"; nothing else. */
MUST_USE bool colour_parse(str text, struct colour *out);
/* "#0b6070". */
str colour_text(arena *a, struct colour c);
/* In hundredths, rounded down: what is told as enough is enough. */
int colour_contrast(struct colour a, struct colour b);
/* The nearest of the same hue that has at least `contrast` against `ground`: the colour itself, or
 * darker, or (where `ground` is dark) lighter. */
struct colour colour_readable(struct colour c, struct colour ground, int contrast);
/* `percent` of a, the rest of b. */
struct colour colour_mix(struct colour a, struct colour b, int percent);
