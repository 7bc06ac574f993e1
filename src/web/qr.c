#include "web/qr.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/png.h"

#include <qrencode.h>

enum {
    QUIET = 4,
    SVG_MAX_BYTES = 1 << 20,
    MODULES_MAX = (177 + 2 * QUIET) * (177 + 2 * QUIET),
    CAPTION = 4,         /* units below the code */
    CAPTION_TENTHS = 26, /* of a unit, at most */
};

/* One path over all dark modules: runs of a row are one rectangle. */
static void modules_draw(struct buf *b, const uint8_t *module, int width)
{
    for (int y = 0; y < width; y++) {
        const uint8_t *row = module + (ptrdiff_t)y * width;
        for (int x = 0; x < width; x++) {
            int from = x;
            while (x < width && (row[x] & 1) != 0) x++;
            if (x > from) buf_printf(b, "M%d %dh%dv1h-%dz", from, y, x - from, x - from);
        }
    }
}

/* As wide as the code at most: letters are reckoned at 0.6 of their height. */
static void caption_draw(struct buf *b, str caption, int side)
{
    ptrdiff_t tenths = (side - 2 * QUIET) * 100 / (6 * (caption.len > 0 ? caption.len : 1));
    if (tenths > CAPTION_TENTHS) tenths = CAPTION_TENTHS;
    buf_printf(b,
               "<text x=\"%d.%d\" y=\"%d\" font-family=\"Arial,Helvetica,sans-serif\" "
               "font-size=\"%td.%td\" text-anchor=\"middle\" fill=\"#000\">",
               side / 2, side % 2 * 5, side + 2, tenths / 10, tenths % 10);
    for (ptrdiff_t i = 0; i < caption.len; i++) {
        char c = caption.ptr[i];
        if (c == '&' || c == '<')
            buf_put(b, c == '&' ? S("&amp;") : S("&lt;"));
        else
            buf_char(b, c);
    }
    buf_put(b, S("</text>"));
}

/* The modules of a text with the quiet zone around them, one byte each. */
static bool modules_make(arena *a, str text, uint8_t **out, int *side)
{
    bool fits = text.len > 0 && text.len <= QR_TEXT_MAX_BYTES && str_find_char(text, 0) < 0;
    if (!fits) return false;
    /* Nothing may jump out of a full arena while the library's memory is held. */
    uint8_t *module = NEW(a, uint8_t, MODULES_MAX);
    QRcode *code = QRcode_encodeString8bit(str_cstr(a, text), 0, QR_ECLEVEL_M);
    if (code == NULL) return false;
    *side = code->width + 2 * QUIET;
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            module[(y + QUIET) * *side + x + QUIET] = code->data[y * code->width + x] & 1;
    QRcode_free(code);
    *out = module;
    return true;
}

static bool svg_make(arena *a, str text, str caption, str *out)
{
    struct buf b = buf_new(a, SVG_MAX_BYTES);
    uint8_t *module;
    int side;
    if (!modules_make(a, text, &module, &side)) return false;
    int height = side + (caption.len > 0 ? CAPTION : 0);
    buf_printf(&b,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path fill=\"#000\" d=\"",
               side * 4, height * 4, side, height, side, height);
    modules_draw(&b, module, side);
    buf_put(&b, S("\"/>"));
    if (caption.len > 0) caption_draw(&b, caption, side);
    buf_put(&b, S("</svg>"));
    *out = buf_str(&b);
    return !b.full;
}

bool qr_svg(arena *a, str text, str *out)
{
    return svg_make(a, text, S(""), out);
}

bool qr_print_svg(arena *a, str text, str caption, str *out)
{
    return svg_make(a, text, caption, out);
}

bool qr_png(arena *a, str text, int least_px, str *out)
{
    uint8_t *module;
    int side;
    if (!modules_make(a, text, &module, &side)) return false;
    *out = png_modules(a, module, side, (least_px + side - 1) / side);
    return out->ptr != NULL;
}

bool qr_data_url(arena *a, str text, str *out)
{
    str svg;
    if (!qr_svg(a, text, &svg)) return false;
    *out = str_printf(a, "data:image/svg+xml;base64,%.*s", STR_ARG(base64_encode(a, svg)));
    return true;
}
