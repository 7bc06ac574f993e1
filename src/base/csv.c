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

/* Where a program that takes another separator than ours begins a cell, too. */
static const char separators[] = ",;\t\r\n";

static bool begins_cell(str s, ptrdiff_t at)
{
    return at == 0 || has_any(str_slice(s, at - 1, at), separators);
}

/* Whether a ' belongs before what begins there. Those that stand there already count for nothing,
 * so that exactly one goes when it is read again. Within a cell "10,- EUR" and "Tel.,+49 30" stay:
 * to do harm, + and - need a call, another program or another sheet. */
static bool is_formula(str s, ptrdiff_t at)
{
    bool whole = at == 0;
    while (at < s.len && s.ptr[at] == '\'') at++;
    str rest = str_slice(s, at, s.len), first = str_slice(rest, 0, 1);
    if (whole) return has_any(first, "=+-@\t\r\n") && !is_negative(rest);
    if (!has_any(first, "+-")) return has_any(first, "=@");
    ptrdiff_t end = 1;
    while (end < rest.len && !begins_cell(rest, end)) end++;
    return has_any(str_slice(rest, 0, end), "(|!");
}

static void write_cell(struct buf *b, str s, char separator)
{
    bool quoted = has_any(s, "\"\r\n") || str_find_char(s, separator) >= 0;
    if (quoted) buf_char(b, '"');
    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (begins_cell(s, i) && is_formula(s, i)) buf_char(b, '\'');
        if (s.ptr[i] == '"') buf_char(b, '"');
        buf_char(b, s.ptr[i]);
    }
    if (quoted) buf_char(b, '"');
}

str csv_undefused(arena *a, str cell)
{
    if (str_find_char(cell, '\'') < 0) return cell;
    struct buf b = buf_new(a, cell.len);
    for (ptrdiff_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] != '\'' || !begins_cell(cell, i) || !is_formula(cell, i))
            buf_char(&b, cell.ptr[i]);
    return buf_str(&b);
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
