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
        {S("\t=1"), S("'\t=1\r\n")},
        {S("\r=1"), S("\"'\r=1\"\r\n")},
        {S("=\"a\",b"), S("\"'=\"\"a\"\",b\"\r\n")},
        {S("a=1"), S("a=1\r\n")},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_quoted_only_where_needed_and_never_a_formula),
        cmocka_unit_test(cells_are_separated_by_commas),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
