#include "base/png.h"

#include "base/gzip.h"

#include <string.h>

static char *big(char *at, uint32_t n)
{
    for (int i = 3; i >= 0; i--) *at++ = (char)(n >> 8 * i);
    return at;
}

/* Length, type and data, and the CRC of type and data. */
static char *chunk(char *at, const char *type, str data)
{
    at = big(at, (uint32_t)data.len);
    char *from = at;
    memcpy(at, type, 4);
    if (data.len > 0) memcpy(at + 4, data.ptr, (size_t)data.len);
    return big(from + 4 + data.len, gzip_crc((str){from, 4 + data.len}));
}

/* A zero byte (no filter), then eight pixels a byte, the leftmost in the highest bit. */
static void row_draw(char *row, const uint8_t *module, int side, int scale)
{
    for (int x = 0; x < side * scale; x++)
        if (module[x / scale] == 0) row[1 + x / 8] |= (char)(0x80 >> x % 8);
}

str png_modules(arena *a, const uint8_t *module, int side, int scale)
{
    static const char sign[8] = {'\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n'};
    int width = side * scale;
    ptrdiff_t row_bytes = 1 + (width + 7) / 8;
    char *pixels = NEW(a, char, row_bytes *width);
    for (int y = 0; y < width; y++)
        row_draw(pixels + row_bytes * y, module + (ptrdiff_t)(y / scale) * side, side, scale);
    str packed = gzip_zlib(a, (str){pixels, row_bytes * width});
    if (packed.ptr == NULL) return packed;
    char *to = NEW(a, char, packed.len + 100), head[13] = {0}, size[9];
    *big(big(head, (uint32_t)width), (uint32_t)width) = 1; /* bit a pixel; the rest is 0: grey */
    *big(big(size, PNG_DOTS_PER_METRE), PNG_DOTS_PER_METRE) = 1;
    memcpy(to, sign, sizeof sign);
    char *end = chunk(to + sizeof sign, "IHDR", (str){head, sizeof head});
    end = chunk(end, "pHYs", (str){size, sizeof size});
    end = chunk(end, "IDAT", packed);
    end = chunk(end, "IEND", S(""));
    return (str){to, end - to};
}
