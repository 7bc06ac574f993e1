/* Which part of a file a Range header means. */
#include "assert_str.h"

#include "web/range.h"

static const struct row {
    const char *header; /* NULL: none */
    int64_t size;
    enum range_kind kind;
    int64_t from, bytes;
} ROWS[] = {
    {NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-0", 1000, RANGE_PART, 0, 1},
    {"bytes=0-1", 1000, RANGE_PART, 0, 2},
    {"bytes=0-", 1000, RANGE_PART, 0, 1000},
    {"bytes=500-", 1000, RANGE_PART, 500, 500},
    {"bytes=999-", 1000, RANGE_PART, 999, 1},
    {"bytes=10-19", 1000, RANGE_PART, 10, 10},
    {"bytes=10-5000", 1000, RANGE_PART, 10, 990},
    {"bytes=-1", 1000, RANGE_PART, 999, 1},
    {"bytes=-1000", 1000, RANGE_PART, 0, 1000},
    {"bytes=-5000", 1000, RANGE_PART, 0, 1000},
    {"BYTES=10-19", 1000, RANGE_PART, 10, 10},
    {"bytes= 10-19\t", 1000, RANGE_PART, 10, 10},
    {"bytes=00010-0019", 1000, RANGE_PART, 10, 10},
    /* nothing of it is there */
    {"bytes=1000-", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=1000-2000", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=-0", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=0-", 0, RANGE_BEYOND, 0, 0},
    {"bytes=0-0", 0, RANGE_BEYOND, 0, 0},
    {"bytes=-0", 0, RANGE_BEYOND, 0, 0},
    {"bytes=-5", 0, RANGE_WHOLE, 0, 0},
    /* numbers beyond every file, and beyond 64 bits */
    {"bytes=0-9223372036854775807", 1000, RANGE_PART, 0, 1000},
    {"bytes=0-99999999999999999999999999", 1000, RANGE_PART, 0, 1000},
    {"bytes=1-18446744073709551616", 1000, RANGE_PART, 1, 999},
    {"bytes=18446744073709551616-", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=18446744073709551616-18446744073709551617", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=9223372036854775807-9223372036854775807", 1000, RANGE_BEYOND, 0, 1000},
    {"bytes=-99999999999999999999999999", 1000, RANGE_PART, 0, 1000},
    {"bytes=0-9223372036854775807", INT64_MAX, RANGE_PART, 0, INT64_MAX},
    /* several at once: the whole is a right answer */
    {"bytes=0-1,5-6", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-1,", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=,0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-,0-,0-,0-,0-,0-", 1000, RANGE_WHOLE, 0, 1000},
    /* not to be read: as if it were not there */
    {"bytes", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=-", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=--5", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=5", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=5-4", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=5-4-3", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=+5-9", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=5 -9", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0x5-9", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=1.5-9", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes==0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes 0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes =0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"=0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"lines=0-1", 1000, RANGE_WHOLE, 0, 1000},
    {"none", 1000, RANGE_WHOLE, 0, 1000},
};

static void a_header_means_one_part_or_the_whole(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        const struct row *r = &ROWS[i];
        struct range got = {-1, -1};
        str header = r->header == NULL ? (str){0} : str_of(r->header);
        enum range_kind kind = range_read(header, r->size, &got);
        if (kind != r->kind || got.from != r->from || got.bytes != r->bytes)
            fail_msg("%s of %lld: %d, %lld+%lld", r->header == NULL ? "(none)" : r->header,
                     (long long)r->size, (int)kind, (long long)got.from, (long long)got.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_means_one_part_or_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
