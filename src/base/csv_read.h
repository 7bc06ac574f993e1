/* base/csv_read.h -- reading rows of separated values, piece by piece.
 *
 * Read as spreadsheets do, a little wider than RFC 4180: a line ends with CRLF, LF or CR; a cell
 * that begins with a quote goes to the quote that ends it, line ends and all ("" stands for one
 * quote), and whatever follows up to the separator belongs to it; a quote further inside is
 * a letter. Pure: the caller has the bytes, and gives more of them when a row is not whole yet.
 *
 * Sources: RFC 4180; W3C "Model for Tabular Data" 8 (what parsers in the wild accept).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum csv_result {
    CSV_ROW,
    CSV_END,        /* nothing is left */
    CSV_MORE,       /* the row goes on behind the text: nothing was taken */
    CSV_OPEN_QUOTE, /* the last text ended within a quoted cell */
    CSV_TOO_MANY    /* more cells than the caller has room for */
};

struct csv_reader {
    str text;
    ptrdiff_t at; /* where the next row begins */
    int64_t line; /* and its number as spreadsheets show it, from 1 */
    char separator;
    bool last; /* nothing follows the text */
};

struct csv_row {
    str *cell;
    ptrdiff_t count, max;
    int64_t line; /* as spreadsheets number rows: a cell of several lines is in one */
};

/* Read the next row into out->cell[0..max). A cell is borrowed from the text, but for one with
 * quotes inside, which is taken from `a`. An empty line is a row of one empty cell. */
enum csv_result csv_read(arena *a, struct csv_reader *r, struct csv_row *out);
