/* Properties: cells lie within the text or hold no more than it did, and rows are the same however
 * the text comes in pieces. The first byte says where it is cut. */
#include "base/csv_read.h"

#include <stdlib.h>

enum { CELLS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum csv_result next(arena *a, struct csv_reader *r, str whole, str *cell, ptrdiff_t *count)
{
    struct csv_row row = {cell, 0, CELLS, 0};
    enum csv_result got = csv_read(a, r, &row);
    if (got == CSV_MORE) {
        if (r->last) abort();
        r->text = whole;
        r->last = true;
        got = csv_read(a, r, &row);
        if (got == CSV_MORE) abort();
    }
    *count = row.count;
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[32 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    if (size < 1 || size > 100000) return 0;
    str text = {(const char *)data + 1, (ptrdiff_t)size - 1};
    ptrdiff_t cut = text.len * data[0] / 255;
    struct csv_reader whole = {text, 0, 1, ',', true},
                      parts = {str_slice(text, 0, cut), 0, 1, ',', false};
    for (;;) {
        str x[CELLS], y[CELLS];
        ptrdiff_t m, n, before = whole.at;
        arena scratch = a;
        enum csv_result one = next(&scratch, &whole, text, x, &m);
        if (next(&scratch, &parts, text, y, &n) != one) abort();
        if (one != CSV_ROW) break;
        if (m != n || whole.at != parts.at || whole.line != parts.line) abort();
        if (whole.at <= before || whole.at > text.len) abort();
        ptrdiff_t bytes = 0;
        for (ptrdiff_t i = 0; i < m; i++) {
            if (!str_eq(x[i], y[i])) abort();
            bytes += x[i].len;
        }
        if (bytes > whole.at - before) abort();
    }
    return 0;
}
