#include "assert_str.h"
#include "base/csv.h"

static void a_cell_is_quoted_only_where_needed_and_never_a_formula(void **state)
{
    (void)state;
    const struct {
        str cell, want;
    } rows[] = {
        {S("Brandt"), S("Brandt\r\n")},
        {{0}, S("\r\n")},
        {S(""), S("\r\n")},
        {S("a,b"), S("\"a,b\"\r\n")},
        {S("say \"hi\""), S("\"say \"\"hi\"\"\"\r\n")},
        {S("\""), S("\"\"\"\"\r\n")},
        {S("two\nlines"), S("\"two\nlines\"\r\n")},
        {S("=1+1"), S("'=1+1\r\n")},
        {S("+49 30 1234"), S("'+49 30 1234\r\n")},
        {S("-5"), S("-5\r\n")},
        {S("-1.234.50"), S("-1.234.50\r\n")},
        {S("-5+1"), S("'-5+1\r\n")},
        {S("-"), S("'-\r\n")},
        {S("-.5"), S("'-.5\r\n")},
        {S("@SUM(A1)"), S("'@SUM(A1)\r\n")},
        {S("\t=1"), S("'\t'=1\r\n")},
        {S("\r=1"), S("\"'\r'=1\"\r\n")},
        {S("=\"a\",b"), S("\"'=\"\"a\"\",b\"\r\n")},
        {S("a=1"), S("a=1\r\n")},
        {S("x;=1+1"), S("x;'=1+1\r\n")},
        {S("x\t@SUM(A1)"), S("x\t'@SUM(A1)\r\n")},
        {S("two\n=lines"), S("\"two\n'=lines\"\r\n")},
        {S("a,+cmd|x;b"), S("\"a,'+cmd|x;b\"\r\n")},
        {S("Tel.;+49 30 (0)"), S("Tel.;'+49 30 (0)\r\n")},
        {S("10;- EUR;(etwa)"), S("10;- EUR;(etwa)\r\n")},
        {S("a;+49 30;-5"), S("a;+49 30;-5\r\n")},
        {S("'=x"), S("''=x\r\n")},
        {S("'tis;'so"), S("'tis;'so\r\n")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct buf b = buf_new(&a, 1000);
        csv_row(&b, &rows[i].cell, 1);
        assert_str("row", buf_str(&b), rows[i].want);
    }
}

static void cells_are_separated_by_commas(void **state)
{
    (void)state;
    arena a = fresh();
    struct buf b = buf_new(&a, 1000);
    const str cell[] = {S("a"), {0}, S("c")};
    csv_row(&b, cell, 3);
    csv_row(&b, cell, 0);
    assert_str("two rows", buf_str(&b), S("a,,c\r\n\r\n"));
}

static void what_was_made_harmless_is_read_as_it_was(void **state)
{
    (void)state;
    static const char alphabet[] = "'=+-@;,\t\n(a1";
    uint32_t dice = 20261124;
    for (int round = 0; round < 20000; round++) {
        char text[8];
        arena a = fresh();
        struct buf b = buf_new(&a, 100);
        ptrdiff_t len = round % 8;
        for (ptrdiff_t i = 0; i < len; i++) {
            dice = dice * 1664525 + 1013904223;
            text[i] = alphabet[(dice >> 16) % (sizeof alphabet - 1)];
        }
        const str cell = {text, len};
        csv_row_with(&b, &cell, 1, '|');
        str row = str_slice(buf_str(&b), 0, buf_str(&b).len - 2);
        bool quoted = row.len > 0 && row.ptr[0] == '"';
        if (quoted) row = str_slice(row, 1, row.len - 1);
        assert_str("cell", csv_undefused(&a, row), cell);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_quoted_only_where_needed_and_never_a_formula),
        cmocka_unit_test(cells_are_separated_by_commas),
        cmocka_unit_test(what_was_made_harmless_is_read_as_it_was),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
