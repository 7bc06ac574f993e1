#include "base/csv.h"

#include <string.h>

static bool has_any(str s, const char *bytes)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '\0' && strchr(bytes, s.ptr[i]) != NULL) return true;
    return false;
}

/* "-5", "-1.234,50": a number below zero, and no formula. */
static bool is_negative(str s)
{
    if (s.len < 2 || s.ptr[0] != '-') return false;
    for (ptrdiff_t i = 1; i < s.len; i++)
        if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '.' && s.ptr[i] != ',')
            return false;
    return s.ptr[1] >= '0' && s.ptr[1] <= '9';
}

static void write_cell(struct buf *b, str s, char separator)
{
    bool formula = has_any(str_slice(s, 0, 1), "=+-@\t\r\n") && !is_negative(s);
    bool quoted = has_any(s, "\"\r\n") || str_find_char(s, separator) >= 0;
    if (quoted) buf_char(b, '"');
    if (formula) buf_char(b, '\'');
    for (str rest = s; rest.ptr != NULL;) {
        buf_put(b, str_cut(rest, '"', &rest));
        if (rest.ptr != NULL) buf_put(b, S("\"\""));
    }
    if (quoted) buf_char(b, '"');
}

void csv_row_with(struct buf *b, const str *cell, ptrdiff_t count, char separator)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        if (i > 0) buf_char(b, separator);
        write_cell(b, cell[i], separator);
    }
    buf_put(b, S("\r\n"));
}

void csv_row(struct buf *b, const str *cell, ptrdiff_t count)
{
    csv_row_with(b, cell, count, ',');
}
