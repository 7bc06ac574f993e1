/* Properties: whatever bytes a file has, what is read from it is text, and a row that is taken over
 * fits its fields. */
#include "base/csv_read.h"
#include "base/utf8.h"
#include "importer/import_rules.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CELLS = 40 };

static struct free_field own_rows[] = {
    {S_INIT("free_a"), S_INIT("A"), S_INIT(""), FIELD_DATE, SLOT__STANDARD},
    {S_INIT("free_b"), S_INIT("B"), S_INIT(""), FIELD_NUMBER, SLOT__STANDARD + 1},
    {S_INIT("free_c"), S_INIT("C"), S_INIT(""), FIELD_CHECKBOX, SLOT__STANDARD + 2},
};
static const struct free_fields own = {own_rows, COUNTOF(own_rows)};

static str decoded(arena *a, str bytes)
{
    ptrdiff_t at, len = 0, cap = bytes.len * 3 + 16;
    enum import_charset charset = import_charset_of(bytes, &at);
    char *to = NEW(a, char, cap);
    while (at < bytes.len) {
        ptrdiff_t n = import_decode(charset, bytes, &at, to + len, cap - len);
        if (n == 0) abort();
        len += n;
    }
    return (str){to, len};
}

static void check_row(const struct import_row *row, const struct import_plan *plan)
{
    if (!utf8_valid(row->email) || row->email.len > 254) abort();
    for (ptrdiff_t i = 0; row->refused == NULL && i < plan->count; i++) {
        const struct import_column *c = &plan->column[i];
        if (c->use != COLUMN_SLOT) continue;
        if (!utf8_valid(row->text[c->slot]) || row->text[c->slot].len > c->max_bytes) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[32 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str bytes = {(const char *)data, (ptrdiff_t)size}, cell[CELLS], key[CELLS];
    struct import_column column[CELLS];
    struct import_plan plan = {.column = column};
    struct csv_row row = {cell, 0, CELLS, 0};
    char said;
    if (size > 20000 || import_bytes_fault(bytes) != NULL) return 0;
    str text = decoded(&a, bytes);
    if (!utf8_valid(text)) abort();
    struct csv_reader r = {text, import_sep_line(text, &said), 1, 0, true};
    r.separator = import_separator_of(&a, text, true);
    if (csv_read(&a, &r, &row) != CSV_ROW) return 0;
    import_suggest(&a, cell, row.count, &own, key);
    for (ptrdiff_t i = 0; i < row.count; i++)
        if (!import_column_of(key[i], &own, &column[plan.count++])) abort();
    while (csv_read(&a, &r, &row) == CSV_ROW) {
        for (plan.wrong = 0; plan.wrong < WRONG__COUNT; plan.wrong++) {
            arena scratch = a;
            struct import_row out = {.line = row.line};
            import_row_read(&scratch, &plan, cell, row.count, &out);
            check_row(&out, &plan);
        }
    }
    return 0;
}
