#include "demo/sheet.h"

#include <string.h>

bool sheet_open(struct ctx *cx, const struct bulk_schema *schema, const char *table,
                const char *names, struct sheet *out)
{
    *out = (struct sheet){.table = bulk_table_find(schema, str_of(table))};
    if (out->table == NULL)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "there is no table %s", table);
    str rest = str_of(names);
    while (rest.len > 0) {
        char *name = str_cstr(cx->a, str_cut(rest, ' ', &rest));
        assert(out->columns < SHEET_COLUMNS_MAX);
        int at = bulk_column_find(out->table, name);
        if (at < 0)
            return fail_detail(cx, ERR_INTERNAL, "error.internal", "%s has no column %s", table,
                               name);
        out->column[out->columns++] = at;
    }
    return true;
}

static struct bulk_cell blank_of(const struct bulk_column *column)
{
    if (column->nullable) return (struct bulk_cell){.null = true};
    return column->type == BULK_I64 ? CELL_I64(0) : CELL_TEXT(S(""));
}

void sheet_add(arena *a, struct sheet *s, const struct bulk_cell *cells)
{
    int width = s->table->column_count;
    if (s->rows == s->room) {
        ptrdiff_t room = s->room == 0 ? 256 : s->room * 2;
        struct bulk_cell *more = NEW(a, struct bulk_cell, room * width);
        if (s->rows > 0) memcpy(more, s->cells, (size_t)(s->rows * width) * sizeof *more);
        s->cells = more;
        s->room = room;
    }
    struct bulk_cell *row = s->cells + s->rows++ * width;
    if (s->columns < width)
        for (int i = 0; i < width; i++) row[i] = blank_of(&s->table->column[i]);
    for (int i = 0; i < s->columns; i++) row[s->column[i]] = cells[i];
}

void sheet_clear(struct sheet *s)
{
    s->cells = NULL;
    s->rows = s->room = 0;
}
