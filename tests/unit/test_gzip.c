/* What a browser gets is read back by zlib itself, as gzip and as zlib. */
#include "assert_str.h"

#include "base/gzip.h"

#include <string.h>
#include <zlib.h>

static char memory[8 << 20];

static arena whole(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

/* 31: gzip only; 15: zlib only. */
static str inflated(arena *a, str packed, int window)
{
    ptrdiff_t room = 1 << 20;
    char *to = NEW(a, char, room), *from = NEW(a, char, packed.len);
    z_stream z = {0};
    memcpy(from, packed.ptr, (size_t)packed.len);
    assert_int_equal(inflateInit2(&z, window), Z_OK);
    z.next_in = (Bytef *)from;
    z.avail_in = (uInt)packed.len;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    str plain = {to, (ptrdiff_t)z.total_out};
    inflateEnd(&z);
    return plain;
}

static str repeated(arena *a, str text, int times)
{
    char *to = NEW(a, char, text.len *times + 1);
    for (int i = 0; i < times; i++) memcpy(to + text.len * i, text.ptr, (size_t)text.len);
    return (str){to, text.len * times};
}

static str noise(arena *a, ptrdiff_t len)
{
    char *to = NEW(a, char, len);
    uint32_t n = 7;
    for (ptrdiff_t i = 0; i < len; i++) to[i] = (char)((n = n * 1664525 + 1013904223) >> 24);
    return (str){to, len};
}

static void what_was_compressed_comes_back(void **state)
{
    (void)state;
    arena a = whole();
    str style = repeated(&a, S(".field{display:flex;gap:var(--s1)}"), 300);
    const struct gzip_part part = gzip_part_make(&a, style), none = gzip_part_make(&a, S(""));
    assert_true(part.deflated.len < style.len / 10);
    const struct {
        str before;
        const struct gzip_part *part;
        str after;
    } ROWS[] = {
        {S(""), NULL, S("")},
        {S(""), NULL, S("a")},
        {S("<p>"), NULL, S("</p>")},
        {S(""), &part, S("")},
        {S("<head>"), &part, S("<body>")},
        {S("<head>"), &none, S("<body>")},
        /* the same text before, in and behind the part: no block may look into the others */
        {style, &part, style},
        {noise(&a, 100), &part, noise(&a, 40000)},
        {noise(&a, 40000), &part, S("x")},
        {repeated(&a, S("ab"), 100000), NULL, repeated(&a, S("ba"), 100000)},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena b = a;
        str packed = gzip_encode(&b, ROWS[i].before, ROWS[i].part, ROWS[i].after);
        assert_non_null(packed.ptr);
        str plain = inflated(&b, packed, 31);
        str middle = ROWS[i].part == NULL ? S("") : ROWS[i].part->plain;
        str wanted = str_printf(&b, "%.*s%.*s%.*s", STR_ARG(ROWS[i].before), STR_ARG(middle),
                                STR_ARG(S("")));
        bool binary = i == 7 || i == 8; /* printf would end at a zero */
        if (!binary) {
            assert_true(str_starts(plain, wanted));
            assert_true(str_ends(plain, ROWS[i].after));
        }
        assert_int_equal(plain.len, ROWS[i].before.len + middle.len + ROWS[i].after.len);
    }
}

static void a_zlib_stream_comes_back(void **state)
{
    (void)state;
    arena a = whole();
    const str rows[] = {S(""), S("a"), repeated(&a, S("01"), 5000), noise(&a, 5000)};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena b = a;
        str plain = inflated(&b, gzip_zlib(&b, rows[i]), 15);
        assert_int_equal(plain.len, rows[i].len);
        assert_memory_equal(plain.ptr, rows[i].ptr, (size_t)plain.len);
    }
}

static void the_crc_is_the_one_of_the_standard(void **state)
{
    (void)state;
    assert_int_equal(gzip_crc(S("123456789")), 0xcbf43926);
    assert_int_equal(gzip_crc(S("IEND")), 0xae426082); /* ends every PNG */
}

static void who_takes_gzip(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool wanted;
    } ROWS[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"GZip", true},
        {"x-gzip", true},
        {"gzip, deflate, br, zstd", true},
        {"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
        {"identity", false},
        {"br", false},
        {"gzipped", false},
        {"gzip;q=0", false},
        {"gzip; q=0.000", false},
        {"gzip;Q=0, *", false},
        {"gzip ; q = 0.001", true},
        {"*", true},
        {"*;q=0", false},
        {"identity;q=1, *;q=0", false},
        {"*;q=0, gzip", true},
        {";,,gzip", true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        str header = ROWS[i].header == NULL ? (str){0} : str_of(ROWS[i].header);
        if (gzip_accepted(header) != ROWS[i].wanted) fail_msg("%s", ROWS[i].header);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_compressed_comes_back),
        cmocka_unit_test(a_zlib_stream_comes_back),
        cmocka_unit_test(the_crc_is_the_one_of_the_standard),
        cmocka_unit_test(who_takes_gzip),
    };
    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
