#include "assert_str.h"
#include "base/csv_read.h"

#include <stdio.h>

enum { CELLS = 6 };

/* Every row as "a|b|c", joined by '/'. */
static str rows_of(arena *a, str text, char separator, enum csv_result *end)
{
    struct csv_reader r = {text, 0, 1, separator, true};
    str cell[CELLS], out = S("");
    struct csv_row row = {cell, 0, CELLS, 0};
    while ((*end = csv_read(a, &r, &row)) == CSV_ROW) {
        if (out.len > 0) out = str_printf(a, "%.*s/", STR_ARG(out));
        for (ptrdiff_t i = 0; i < row.count; i++)
            out = str_printf(a, "%.*s%s%.*s", STR_ARG(out), i > 0 ? "|" : "", STR_ARG(cell[i]));
    }
    return out;
}

static void rows_are_read_as_spreadsheets_write_them(void **state)
{
    (void)state;
    static const struct {
        str text, want;
        enum csv_result end;
    } cases[] = {
        {S_INIT(""), S_INIT(""), CSV_END},
        {S_INIT("a,b"), S_INIT("a|b"), CSV_END},
        {S_INIT("a,b\n"), S_INIT("a|b"), CSV_END},
        {S_INIT("a,b\r\nc,d\re"), S_INIT("a|b/c|d/e"), CSV_END},
        {S_INIT("a,\n,b"), S_INIT("a|/|b"), CSV_END},
        {S_INIT("a,"), S_INIT("a|"), CSV_END},
        {S_INIT("\"a,b\",c"), S_INIT("a,b|c"), CSV_END},
        {S_INIT("\"say \"\"hi\"\"\",c"), S_INIT("say \"hi\"|c"), CSV_END},
        {S_INIT("\"\",c"), S_INIT("|c"), CSV_END},
        {S_INIT("\"\"\"\""), S_INIT("\""), CSV_END},
        {S_INIT("\"two\nlines\",c\nd"), S_INIT("two\nlines|c/d"), CSV_END},
        {S_INIT("\"a\" b,c"), S_INIT("a b|c"), CSV_END},
        {S_INIT("5\" pipe,c"), S_INIT("5\" pipe|c"), CSV_END},
        {S_INIT("a\n\nb"), S_INIT("a//b"), CSV_END},
        {S_INIT("a,\"b"), S_INIT(""), CSV_OPEN_QUOTE},
        {S_INIT("1,2,3,4,5,6,7"), S_INIT(""), CSV_TOO_MANY},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        enum csv_result end;
        assert_str("rows", rows_of(&a, cases[i].text, ',', &end), cases[i].want);
        assert_int_equal(end, cases[i].end);
    }
}

/* However the text is cut, the rows are the same, and so are their numbers. */
static void a_row_that_is_not_whole_waits_for_more(void **state)
{
    (void)state;
    const str text = S("a;b\r\n\"x\r\ny\"\"\";2\r\n\r\n;\n\"\";\"z\"");
    arena a = fresh();
    enum csv_result end;
    str want = rows_of(&a, text, ';', &end);
    assert_str("whole", want, S("a|b/x\r\ny\"|2//|/|z"));
    static const int64_t lines[] = {1, 2, 3, 4, 5};
    for (ptrdiff_t cut = 0; cut <= text.len; cut++) {
        struct csv_reader r = {str_slice(text, 0, cut), 0, 1, ';', false};
        str cell[CELLS], out = S("");
        struct csv_row row = {cell, 0, CELLS, 0};
        int n = 0;
        for (;;) {
            enum csv_result got = csv_read(&a, &r, &row);
            if (got == CSV_END) break;
            if (got == CSV_MORE) {
                assert_false(r.last);
                r.text = text;
                r.last = true;
                continue;
            }
            assert_int_equal(got, CSV_ROW);
            assert_int_equal(row.line, lines[n++]);
            if (out.len > 0) out = str_printf(&a, "%.*s/", STR_ARG(out));
            for (ptrdiff_t i = 0; i < row.count; i++)
                out = str_printf(&a, "%.*s%s%.*s", STR_ARG(out), i > 0 ? "|" : "",
                                 STR_ARG(cell[i]));
        }
        assert_str("cut", out, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_as_spreadsheets_write_them),
        cmocka_unit_test(a_row_that_is_not_whole_waits_for_more),
    };
    return cmocka_run_group_tests_name("csv_read", tests, NULL, NULL);
}
