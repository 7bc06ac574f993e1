#include "assert_str.h"
#include "base/json.h"
#include "base/limits.h"

#include <string.h>

static void what_is_read_is_written_the_same(void **state)
{
    (void)state;
    const struct {
        str in, out;
    } rows[] = {
        {S(" { \"b\" : [ 1 , -2 ] , \"a\" : null } "), S("{\"b\":[1,-2],\"a\":null}")},
        {S("[true,false,\"\",{},[]]"), S("[true,false,\"\",{},[]]")},
        {S("12.50"), S("12.50")},
        {S("-0.05"), S("-0.05")},
        {S("[0.1,7,0.3,\"1.5\",2.25]"), S("[0.1,7,0.3,\"1.5\",2.25]")},
        {S("{\"1.5\":0.000000000000000001,\"x\\\"3.5\":4.5}"),
         S("{\"1.5\":0.000000000000000001,\"x\\\"3.5\":4.5}")},
        {S("1e3"), S("1000")},
        {S("1.5E+2"), S("150")},
        {S("25e-1"), S("2.5")},
        {S("0.0"), S("0.0")},
        {S("0e-100"), S("0.000000000000000000")},
        {S("0.000000000000000000"), S("0.000000000000000000")},
        {S("12.000000000000000000"), S("12.00000000000000000")},
        {S("1.00000000000000000000000"), S("1.000000000000000000")},
        {S("9223372036854775807"), S("9223372036854775807")},
        {S("-9223372036854775808"), S("-9223372036854775808")},
        {S("-922337203685477580.8"), S("-922337203685477580.8")},
        {S("\"\\u00fc\\ud83d\\ude00/\\/\""), S("\"ü😀//\"")},
        {S("\"<script>&\\u2028\\u0001\\n\""),
         S("\"\\u003cscript\\u003e\\u0026\\u2028\\u0001\\n\"")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct value v;
        struct json_err err;
        if (!json_parse(&a, rows[i].in, &v, &err))
            fail_msg("%.*s: %s", STR_ARG(rows[i].in), err.what);
        assert_str("json", json_text(&a, v), rows[i].out);
    }
}

static void every_refusal_says_what_was_wrong(void **state)
{
    (void)state;
    const struct {
        str text;
        const char *what;
        int line;
    } rows[] = {
        {S(""), "unexpected end", 1},
        {{0}, "unexpected end", 1},
        {S("{\"a\":1,\n\"a\":2}"), "duplicate key", 2},
        {S("[1,2"), "unexpected end", 1},
        {S("[1,]"), "invalid syntax", 1},
        {S("{'a':1}"), "invalid syntax", 1},
        {S("1 2"), "more after the end", 1},
        {S("\"\\u0000\""), "U+0000 is not allowed", 1},
        {S("{\"a\\u0000b\":1}"), "U+0000 is not allowed", 1},
        {S("\"\xff\""), "invalid UTF-8", 1},
        {S("\"\\ud800\""), "invalid syntax", 1},
        {S("9223372036854775808"), "number out of range", 1},
        {S("1e19"), "number out of range", 0},
        {S("[1,1e400]"), "number out of range", 1},
        {S("0.1234567890123456789"), "number out of range", 0},
        {S("NaN"), "invalid syntax", 1},
        {S("\xef\xbb\xbf{}"), "invalid syntax", 1},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct value v;
        struct json_err err;
        if (json_parse(&a, rows[i].text, &v, &err)) fail_msg("row %d was read", (int)i);
        if (strcmp(err.what, rows[i].what) != 0 || err.line != rows[i].line)
            fail_msg("row %d: %s in line %d", (int)i, err.what, err.line);
    }
}

static void nesting_and_items_are_bounded(void **state)
{
    (void)state;
    arena a = fresh();
    struct value v;
    struct json_err err;
    char deep[2 * (LIMIT_JSON_DEPTH + 1)];
    for (int depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        memset(deep, '[', (size_t)depth);
        memset(deep + depth, ']', (size_t)depth);
        assert_int_equal(json_parse(&a, (str){deep, 2 * depth}, &v, &err),
                         depth == LIMIT_JSON_DEPTH);
    }
    static char wide[2 * LIMIT_JSON_ITEMS + 4];
    for (int i = 0; i < LIMIT_JSON_ITEMS + 1; i++) memcpy(wide + 1 + 2 * i, "1,", 2);
    wide[0] = '[';
    wide[2 * LIMIT_JSON_ITEMS + 2] = ']';
    assert_false(json_parse(&a, (str){wide, 2 * LIMIT_JSON_ITEMS + 3}, &v, &err));
    assert_string_equal(err.what, "too many values");
    wide[2 * LIMIT_JSON_ITEMS] = ']';
    assert_true(json_parse(&a, (str){wide, 2 * LIMIT_JSON_ITEMS + 1}, &v, &err));
    assert_int_equal(value_count(v), LIMIT_JSON_ITEMS);
}

/* Under the leak checker this fails if the parser's own memory stays behind. */
static void an_arena_that_is_full_takes_the_parser_along(void **state)
{
    (void)state;
    static char memory[512];
    jmp_buf full;
    volatile int jumps = 0;
    struct value v;
    struct json_err err;
    arena a = {memory, memory + sizeof memory, &full};
    if (setjmp(full) != 0) {
        jumps++;
    } else {
        bool ok = json_parse(&a, S("[\"0123456789\",[],[],[],[],[],[],{},{},{}]"), &v, &err);
        assert_false(ok); /* not reached */
    }
    assert_int_equal(jumps, 1);
    assert_ptr_equal(a.full, &full);
}

static void foreign_bytes_do_not_make_the_reply_unreadable(void **state)
{
    (void)state;
    arena a = fresh();
    assert_str("bad byte", json_text(&a, value_text(S("a\xff\xc3z"))), S("\"a\\ufffd\\ufffdz\""));
    assert_str("NUL", json_text(&a, value_text(S("a\0z"))), S("\"a\\u0000z\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_the_same),
        cmocka_unit_test(every_refusal_says_what_was_wrong),
        cmocka_unit_test(nesting_and_items_are_bounded),
        cmocka_unit_test(an_arena_that_is_full_takes_the_parser_along),
        cmocka_unit_test(foreign_bytes_do_not_make_the_reply_unreadable),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
