#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_FIRST_BYTES = 256 };

struct buf buf_new(arena *a, ptrdiff_t max_bytes)
{
    assert(max_bytes >= 0 && max_bytes < PTRDIFF_MAX / 2);
    return (struct buf){.a = a, .max_bytes = max_bytes};
}

/* Room for `more` bytes; false, and full for good, where the ceiling forbids it: a later, shorter
 * piece must not slip in behind a missing one. */
static bool buf_room(struct buf *b, ptrdiff_t more)
{
    if (b->full || more > b->max_bytes - b->len) {
        b->full = true;
        return false;
    }
    ptrdiff_t need = b->len + more + 1; /* buf_printf needs a place for vsnprintf's NUL */
    if (need <= b->cap) return true;

    ptrdiff_t cap = b->cap == 0 ? BUF_FIRST_BYTES : b->cap;
    while (cap < need) cap *= 2;
    if (cap > b->max_bytes + 1) cap = b->max_bytes + 1;
    if (b->ptr != NULL && b->ptr + b->cap == b->a->beg) {
        arena_alloc(b->a, 1, 1, cap - b->cap); /* the last block taken just grows */
    } else {
        char *p = arena_alloc(b->a, 1, 1, cap);
        if (b->len > 0) memcpy(p, b->ptr, (size_t)b->len);
        b->ptr = p;
    }
    b->cap = cap;
    return true;
}

void buf_put(struct buf *b, str s)
{
    if (s.len == 0 || !buf_room(b, s.len)) return;
    memcpy(b->ptr + b->len, s.ptr, (size_t)s.len);
    b->len += s.len;
}

void buf_char(struct buf *b, char c)
{
    buf_put(b, (str){&c, 1});
}

void buf_i64(struct buf *b, int64_t v)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, v);
    buf_put(b, (str){text, len});
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    if (len > 0 && buf_room(b, len)) {
        vsnprintf(b->ptr + b->len, (size_t)len + 1, format, again);
        b->len += len;
    }
    va_end(again);
}

str buf_str(const struct buf *b)
{
    return b->ptr == NULL ? S("") : (str){b->ptr, b->len};
}
