/* web/qr.h -- a text as a QR code, for a camera.
 *
 * Source: ISO/IEC 18004; libqrencode draws it. Level M: a phone held askew before a screen reads
 * it.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { QR_TEXT_MAX_BYTES = 1024 };

/* The code as an SVG document, black on white with its quiet zone, four units a module. False if
 * the text is empty, longer than QR_TEXT_MAX_BYTES, or holds a NUL. */
MUST_USE bool qr_svg(arena *a, str text, str *out);
/* The same for print, with a line below it that people can type: plain ASCII, such as an address. */
MUST_USE bool qr_print_svg(arena *a, str text, str caption, str *out);
/* The code as a PNG of at least so many pixels a side, whole pixels a module. */
MUST_USE bool qr_png(arena *a, str text, int least_px, str *out);
/* The same as the address of a picture: "data:image/svg+xml;base64,…". */
MUST_USE bool qr_data_url(arena *a, str text, str *out);
