/* base/csv.h -- rows of comma-separated values for people's spreadsheets.
 *
 * Sources: RFC 4180 (quotes, CRLF); OWASP "CSV Injection".
 */
#pragma once

#include "base/buf.h"

/* Write one row and its CRLF. A cell that a spreadsheet would take for a formula (it starts with
 * = + - @ tab, CR or LF) gets a ' before it, which the program shows as text; so does what would be
 * one within a cell if the program took another separator than ours. Absent = empty. */
void csv_row(struct buf *b, const str *cell, ptrdiff_t count);
/* The same with another separator: Excel wants ';' where the comma is the decimal sign. */
void csv_row_with(struct buf *b, const str *cell, ptrdiff_t count, char separator);
/* A cell as it was before it got such a ': for reading what was written here. */
str csv_undefused(arena *a, str cell);
