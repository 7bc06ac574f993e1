/* demo/sheet.h -- rows of several tables as they are made, a batch at a time. For demo/ alone.
 *
 * A maker fills sheets of cells; a writer takes them to the database on another thread. Columns
 * that a sheet does not name get NULL, 0 or "", so that a new column changes nothing here.
 */
#pragma once

#include "db/bulk.h"

enum { SHEET_COLUMNS_MAX = 60 };

struct sheet {
    const struct bulk_table *table;
    int column[SHEET_COLUMNS_MAX], columns; /* where the n-th named column stands */
    struct bulk_cell *cells;                /* of the rows made so far */
    ptrdiff_t rows, room;
};

#define CELL_I64(v)  ((struct bulk_cell){.i64 = (v)})
#define CELL_TEXT(v) ((struct bulk_cell){.bytes = (v)})
/* Absent text becomes NULL. */
#define CELL_MAYBE(v) sheet_maybe(v)

/* NULL, or the text. */
static inline struct bulk_cell sheet_maybe(str v)
{
    return v.len == 0 ? (struct bulk_cell){.null = true} : CELL_TEXT(v);
}

/* A sheet over the columns of `table` that `names` lists, with blanks between. False with
 * cx->err set if the schema has no such table or column. */
MUST_USE bool sheet_open(struct ctx *cx, const struct bulk_schema *schema, const char *table,
                         const char *names, struct sheet *out);
/* Add a row: cells in the order of the names. */
void sheet_add(arena *a, struct sheet *s, const struct bulk_cell *cells);
/* Forget the rows (their memory is the caller's). */
void sheet_clear(struct sheet *s);

/* sheet_add with cells written out. */
#define SHEET_ADD(a, s, ...) sheet_add((a), (s), (const struct bulk_cell[]){__VA_ARGS__})
