#include "web/range.h"

/* Digits alone; a number that is too large for us is larger than any file. */
static bool number(str text, int64_t *out)
{
    bool large = false;
    int64_t n = 0;
    if (text.len <= 0) return false;
    for (ptrdiff_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c < '0' || c > '9') return false;
        large =
            large || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, c - '0', &n);
    }
    *out = large ? INT64_MAX : n;
    return true;
}

/* "-500": the last 500 bytes, or all there are. */
static enum range_kind last_bytes(str text, int64_t size, struct range *out)
{
    int64_t bytes;
    if (!number(text, &bytes)) return RANGE_WHOLE;
    if (bytes == 0) return RANGE_BEYOND;
    if (size == 0) return RANGE_WHOLE; /* there is no range that could be named */
    if (bytes > size) bytes = size;
    *out = (struct range){size - bytes, bytes};
    return RANGE_PART;
}

enum range_kind range_read(str header, int64_t size, struct range *out)
{
    str set, last;
    int64_t from, to = INT64_MAX;
    *out = (struct range){0, size};
    if (header.ptr == NULL || !str_eq_nocase(str_cut(header, '=', &set), S("bytes")))
        return RANGE_WHOLE;
    if (set.ptr == NULL) return RANGE_WHOLE;
    str first = str_cut(str_trim(set), '-', &last);
    if (last.ptr == NULL) return RANGE_WHOLE;
    if (first.len == 0) return last_bytes(last, size, out);
    if (!number(first, &from) || (last.len > 0 && !number(last, &to)) || to < from)
        return RANGE_WHOLE;
    if (from >= size) return RANGE_BEYOND;
    if (to >= size) to = size - 1;
    *out = (struct range){from, to - from + 1};
    return RANGE_PART;
}
