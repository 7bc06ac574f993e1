#include "assert_str.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/multipart.h"

#include <string.h>

#define TYPE       "multipart/form-data; boundary=XX"
#define TEXT(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_HEAD(name, file)                                                                      \
    "Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n"

static void a_body_becomes_the_map_of_its_parts(void **state)
{
    (void)state;
    const struct {
        str type, body, want;
    } rows[] = {
        {S(TYPE), S("--XX--"), S("{}")},
        {S(TYPE), S("--XX\r\n" TEXT("a") "1\r\n--XX--\r\n"), S("{\"a\":\"1\"}")},
        {S("Multipart/Form-Data;boundary=\"X X\" ; charset=utf-8"),
         S("--X X\r\n" TEXT("a") "\r\n--X X--\r\n"), S("{\"a\":\"\"}")},
        {S(TYPE), S("--XX\r\n" TEXT("a") "1\r\n--XX\r\n" TEXT("a") "--X\r\n\r\n--XX--"),
         S("{\"a\":[\"1\",\"--X\\r\\n\"]}")},
        {S(TYPE),
         S("--XX\r\n" FILE_HEAD("f", "C:\\\\x\\b.pdf") "Content-Type: application/pdf\r\n\r\n"
                                                       "%PDF\r\n--XX--\r\n"),
         S("{\"f\":{\"filename\":\"b.pdf\",\"type\":\"application/pdf\",\"bytes\":\"%PDF\"}}")},
        {S(TYPE), S("--XX\r\n" FILE_HEAD("f", "a%22b\\\"ü.txt") "\r\n\r\n--XX--\r\n"),
         S("{\"f\":{\"filename\":\"a\\\"b\\\"ü.txt\",\"type\":\"application/octet-stream\","
           "\"bytes\":\"\"}}")},
        {S(TYPE), S("--XX\r\n" FILE_HEAD("f", "") "\r\n\r\n--XX--\r\n"), S("{}")},
        {S(TYPE),
         S("--XX\r\ncontent-type: text/plain\r\ncontent-disposition:form-data;name=a\r\n"
           "Content-Transfer-Encoding: 8bit\r\n\r\nü\r\n--XX--\r\n"),
         S("{\"a\":\"ü\"}")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct value map;
        if (!multipart_parse(&a, rows[i].type, rows[i].body, LIMIT_FORM_FIELDS, &map)) fail_msg("row %d", (int)i);
        assert_str("map", json_text(&a, map), rows[i].want);
    }
}

static void bytes_of_a_file_are_untouched(void **state)
{
    (void)state;
    arena a = fresh();
    struct value map;
    str body = S("--XX\r\n" FILE_HEAD("f", "x") "\r\n\0\xff\r\n-\r\n--XX--\r\n");
    assert_true(multipart_parse(&a, S(TYPE), body, LIMIT_FORM_FIELDS, &map));
    assert_str("bytes", value_str(value_at(map, S("f.bytes"))), S("\0\xff\r\n-"));
}

static void what_is_not_well_formed_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *name;
        str type, body;
    } rows[] = {
        {"no boundary", S("multipart/form-data"), S("--XX--")},
        {"empty boundary", S("multipart/form-data; boundary="), S("----")},
        {"two boundaries", S("multipart/form-data; boundary=XX; boundary=YY"), S("--XX--")},
        {"boundary with a quote", S("multipart/form-data; boundary=\"X\\\"\""), S("--X\\\"--")},
        {"another type", S("multipart/mixed; boundary=XX"), S("--XX--")},
        {"empty", S(TYPE), S("")},
        {"preamble", S(TYPE), S("hello\r\n--XX--")},
        {"epilogue", S(TYPE), S("--XX--\r\nhello")},
        {"unfinished", S(TYPE), S("--XX\r\n" TEXT("a") "1")},
        {"unfinished delimiter", S(TYPE), S("--XX\r\n" TEXT("a") "1\r\n--XX")},
        {"bare line feeds", S(TYPE),
         S("--XX\nContent-Disposition: form-data; name=\"a\"\n\n1\n--XX--")},
        {"padding", S(TYPE), S("--XX \r\n" TEXT("a") "1\r\n--XX--")},
        {"no disposition", S(TYPE), S("--XX\r\nContent-Type: text/plain\r\n\r\n1\r\n--XX--")},
        {"no head", S(TYPE), S("--XX\r\n\r\n1\r\n--XX--")},
        {"no name", S(TYPE),
         S("--XX\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n1\r\n--XX--")},
        {"two names", S(TYPE),
         S("--XX\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--XX--")},
        {"two dispositions", S(TYPE),
         S("--XX\r\nContent-Disposition: form-data; name=a\r\n" TEXT("b") "1\r\n--XX--")},
        {"open quote", S(TYPE),
         S("--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--XX--")},
        {"base64", S(TYPE),
         S("--XX\r\nContent-Transfer-Encoding: base64\r\n" TEXT("a") "MQ==\r\n--XX--")},
        {"text not UTF-8", S(TYPE), S("--XX\r\n" TEXT("a") "\xff\r\n--XX--")},
        {"NUL in text", S(TYPE), S("--XX\r\n" TEXT("a") "\0\r\n--XX--")},
        {"name not UTF-8", S(TYPE), S("--XX\r\n" TEXT("\xff") "1\r\n--XX--")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct value map;
        if (multipart_parse(&a, rows[i].type, rows[i].body, LIMIT_FORM_FIELDS, &map)) fail_msg("%s", rows[i].name);
        assert_int_equal(value_count(map), 0);
    }
}

static void heads_and_parts_are_bounded(void **state)
{
    (void)state;
    static char memory[LIMIT_PART_HEAD_BYTES + 200];
    arena a = fresh();
    struct buf b = buf_new(&a, 1 << 20);
    struct value map;
    memset(memory, 'x', sizeof memory);
    buf_printf(&b, "--XX\r\nX-Long: %.*s\r\n" TEXT("a") "1\r\n--XX--", LIMIT_PART_HEAD_BYTES,
               memory);
    assert_false(multipart_parse(&a, S(TYPE), buf_str(&b), LIMIT_FORM_FIELDS, &map));

    b = buf_new(&a, 1 << 20);
    for (int i = 0; i < LIMIT_FORM_FIELDS; i++) buf_put(&b, S("--XX\r\n" TEXT("a") "1\r\n"));
    str parts = str_dup(&a, buf_str(&b));
    assert_true(multipart_parse(&a, S(TYPE), str_printf(&a, "%.*s--XX--", STR_ARG(parts)), LIMIT_FORM_FIELDS, &map));
    parts = str_printf(&a, "%.*s--XX\r\n" TEXT("a") "1\r\n--XX--", STR_ARG(parts));
    assert_false(multipart_parse(&a, S(TYPE), parts, LIMIT_FORM_FIELDS, &map));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_becomes_the_map_of_its_parts),
        cmocka_unit_test(bytes_of_a_file_are_untouched),
        cmocka_unit_test(what_is_not_well_formed_is_refused),
        cmocka_unit_test(heads_and_parts_are_bounded),
    };
    return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
