/* base/buf.h -- text that grows, up to a ceiling.
 *
 * A buf that would pass its ceiling keeps what it has, drops the rest and says so in `full`;
 * the writer checks once, at the end. Memory comes from the arena and is not given back before it.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct buf {
    arena    *a;
    char     *ptr;
    ptrdiff_t len, cap, max_bytes;
    bool      full; /* something did not fit */
};

/* An empty buf of at most `max_bytes`. */
struct buf buf_new(arena *a, ptrdiff_t max_bytes);
void buf_put(struct buf *b, str s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What has been written; borrowed until the next write. */
str buf_str(const struct buf *b);
