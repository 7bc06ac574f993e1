#include "web/qr.h"

#include "base/buf.h"
#include "base/crypto.h"

#include <qrencode.h>
#include <string.h>

enum { QUIET = 4, SVG_MAX_BYTES = 1 << 20, MODULES_MAX = 177 * 177 };

/* One path over all dark modules: runs of a row are one rectangle. */
static void modules_draw(struct buf *b, const uint8_t *module, int width)
{
    for (int y = 0; y < width; y++) {
        const uint8_t *row = module + (ptrdiff_t)y * width;
        for (int x = 0; x < width; x++) {
            int from = x;
            while (x < width && (row[x] & 1) != 0) x++;
            if (x > from)
                buf_printf(b, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
        }
    }
}

bool qr_svg(arena *a, str text, str *out)
{
    bool fits = text.len > 0 && text.len <= QR_TEXT_MAX_BYTES && str_find_char(text, 0) < 0;
    if (!fits) return false;
    struct buf b = buf_new(a, SVG_MAX_BYTES);
    /* Nothing may jump out of a full arena while the library's memory is held. */
    uint8_t *module = NEW(a, uint8_t, MODULES_MAX);
    QRcode *code = QRcode_encodeString8bit(str_cstr(a, text), 0, QR_ECLEVEL_M);
    if (code == NULL) return false;
    int width = code->width, side = width + 2 * QUIET;
    memcpy(module, code->data, (size_t)width * (size_t)width);
    QRcode_free(code);
    buf_printf(&b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
               side * 4, side * 4, side, side, side, side);
    modules_draw(&b, module, width);
    buf_put(&b, S("\"/></svg>"));
    *out = buf_str(&b);
    return !b.full;
}

bool qr_data_url(arena *a, str text, str *out)
{
    str svg;
    if (!qr_svg(a, text, &svg)) return false;
    *out = str_printf(a, "data:image/svg+xml;base64,%.*s", STR_ARG(base64_encode(a, svg)));
    return true;
}
