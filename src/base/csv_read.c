#include "base/csv_read.h"

#include <string.h>

static bool ends_cell(const struct csv_reader *r, char c)
{
    return c == r->separator || c == '\n' || c == '\r';
}

/* The end of a quoted cell that begins at `from`, behind the quote that closes it; -1: there is
 * none yet. A quote at the very end may be the first of two, unless nothing follows. */
static ptrdiff_t quoted_end(const struct csv_reader *r, ptrdiff_t from, bool *doubled)
{
    const char *p = r->text.ptr;
    ptrdiff_t len = r->text.len;
    *doubled = false;
    for (ptrdiff_t i = from + 1; i < len;) {
        const char *quote = memchr(p + i, '"', (size_t)(len - i));
        if (quote == NULL) return -1;
        i = quote - p + 1;
        if (i < len && p[i] == '"') {
            *doubled = true;
            i++;
        } else if (i < len || r->last) {
            return i;
        }
    }
    return -1;
}

/* What stands between the quotes, with "" as ", and what follows them. */
static str quoted_text(arena *a, str inner, str behind, bool doubled)
{
    if (!doubled && behind.len == 0) return inner;
    char *to = NEW(a, char, inner.len + behind.len + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < inner.len; i++) {
        to[n++] = inner.ptr[i];
        if (inner.ptr[i] == '"') i++;
    }
    if (behind.len > 0) memcpy(to + n, behind.ptr, (size_t)behind.len);
    return (str){to, n + behind.len};
}

/* One cell from *at on; *at is then where it ends. */
static enum csv_result read_cell(arena *a, const struct csv_reader *r, ptrdiff_t *at, str *cell)
{
    ptrdiff_t from = *at, behind = from;
    bool doubled = false, quoted = from < r->text.len && r->text.ptr[from] == '"';
    if (quoted) {
        behind = quoted_end(r, from, &doubled);
        if (behind < 0) return r->last ? CSV_OPEN_QUOTE : CSV_MORE;
    }
    ptrdiff_t end = behind;
    while (end < r->text.len && !ends_cell(r, r->text.ptr[end])) end++;
    *at = end;
    if (end == r->text.len && !r->last) return CSV_MORE;
    *cell = quoted ? quoted_text(a, str_slice(r->text, from + 1, behind - 1),
                                 str_slice(r->text, behind, end), doubled)
                   : str_slice(r->text, from, end);
    return CSV_ROW;
}

enum csv_result csv_read(arena *a, struct csv_reader *r, struct csv_row *out)
{
    ptrdiff_t at = r->at;
    out->count = 0;
    out->line = r->line;
    if (at >= r->text.len) return r->last ? CSV_END : CSV_MORE;
    for (;;) {
        str cell;
        enum csv_result result = read_cell(a, r, &at, &cell);
        if (result != CSV_ROW) return result;
        if (out->count == out->max) return CSV_TOO_MANY;
        out->cell[out->count++] = cell;
        if (at == r->text.len || r->text.ptr[at] != r->separator) break;
        at++;
        if (at == r->text.len && !r->last) return CSV_MORE;
    }
    if (at < r->text.len && r->text.ptr[at++] == '\r') {
        if (at == r->text.len && !r->last) return CSV_MORE; /* an LF may follow */
        if (at < r->text.len && r->text.ptr[at] == '\n') at++;
    }
    r->line++;
    r->at = at;
    return CSV_ROW;
}
