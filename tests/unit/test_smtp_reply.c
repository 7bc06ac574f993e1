#include "assert_str.h"
#include "net/smtp_reply.h"

#include <string.h>

static void a_reply_is_read_the_same_in_pieces_of_any_size(void **state)
{
    (void)state;
    const struct {
        str in;
        enum smtp_feed want;
        int code;
        const char *enhanced, *words;
        ptrdiff_t used;
    } rows[] = {
        {S("250 ok\r\n"), SMTP_FEED_DONE, 250, "", "ok", 8},
        {S("250\r\n"), SMTP_FEED_DONE, 250, "", "", 5},
        {S("250 ok\r\n250 more\r\n"), SMTP_FEED_DONE, 250, "", "ok", 8},
        {S("250-a\r\n250-b\r\n250 c\r\n"), SMTP_FEED_DONE, 250, "", "a b c", 21},
        {S("550 5.1.1 no such user\r\n"), SMTP_FEED_DONE, 550, "5.1.1", "no such user", 24},
        {S("550-5.7.26 one\r\n550 5.7.26 two\r\n"), SMTP_FEED_DONE, 550, "5.7.26", "one two", 32},
        {S("550 4.1.1 other class\r\n"), SMTP_FEED_DONE, 550, "", "4.1.1 other class", 23},
        {S("550 5.1.1234 too long\r\n"), SMTP_FEED_DONE, 550, "", "5.1.1234 too long", 23},
        {S("550 5.1.1x\r\n"), SMTP_FEED_DONE, 550, "", "5.1.1x", 12},
        {S("550 5.\r\n"), SMTP_FEED_DONE, 550, "", "5.", 8},
        {S("451 4.7.1\r\n"), SMTP_FEED_DONE, 451, "4.7.1", "", 11},
        {S("554 a\tb \x07 c\x7f\r\n"), SMTP_FEED_DONE, 554, "", "a b c", 14},
        {S("554 gr\xC3\xBC\xC3\x9F dich \xFF\r\n"), SMTP_FEED_DONE, 554, "", "grüß dich ?", 19},
        {S("554 \xE2\x80\xAEx\r\n"), SMTP_FEED_DONE, 554, "", "?x", 10},
        {S("250-a\r\n"), SMTP_FEED_MORE, 0, NULL, NULL, 7},
        {S("250 ok"), SMTP_FEED_MORE, 0, NULL, NULL, 6},
        {S("250-a\r\n251 b\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 14},
        {S("250 ok\n"), SMTP_FEED_BAD, 0, NULL, NULL, 7},
        {S("250 o\rk\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 7},
        {S("250 o\0k\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 6},
        {S("250_ok\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 8},
        {S("25\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 4},
        {S("\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 2},
        {S("199 no\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 8},
        {S("260 no\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 8},
        {S("600 no\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 8},
        {S("HTTP/1.1 400 Bad Request\r\n"), SMTP_FEED_BAD, 0, NULL, NULL, 26},
    };
    static struct smtp_reply r;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (ptrdiff_t piece = 1; piece <= rows[i].in.len; piece++) {
            ptrdiff_t at = 0, used = 0;
            enum smtp_feed got = SMTP_FEED_MORE;
            smtp_reply_reset(&r);
            while (at < rows[i].in.len && got == SMTP_FEED_MORE) {
                got = smtp_reply_feed(&r, str_slice(rows[i].in, at, at + piece), &used);
                at += used;
            }
            if (got != rows[i].want || at != rows[i].used)
                fail_msg("row %td, pieces of %td: state %d after %td", i, piece, (int)got, at);
            if (got != SMTP_FEED_DONE) continue;
            char enhanced[SMTP_ENHANCED_BYTES], words[100];
            smtp_reply_enhanced(&r, enhanced);
            smtp_reply_words(&r, words, sizeof words);
            assert_int_equal(r.code, rows[i].code);
            assert_string_equal(enhanced, rows[i].enhanced);
            assert_string_equal(words, rows[i].words);
        }
    }
}

/* Feed `line` `count` times. */
static enum smtp_feed feed_often(struct smtp_reply *r, str line, int count)
{
    enum smtp_feed got = SMTP_FEED_MORE;
    ptrdiff_t used = 0;
    smtp_reply_reset(r);
    for (int i = 0; i < count && got == SMTP_FEED_MORE; i++) got = smtp_reply_feed(r, line, &used);
    return got;
}

static void a_reply_without_end_is_bad(void **state)
{
    (void)state;
    static struct smtp_reply r;
    static char wide[1000];
    memset(wide, 'x', sizeof wide);
    memcpy(wide, "250-", 4);
    memcpy(wide + sizeof wide - 2, "\r\n", 2);
    assert_int_equal(feed_often(&r, S("250-x\r\n"), SMTP_REPLY_LINES), SMTP_FEED_MORE);
    assert_int_equal(feed_often(&r, S("250-x\r\n"), SMTP_REPLY_LINES + 1), SMTP_FEED_BAD);
    assert_int_equal(feed_often(&r, (str){wide, sizeof wide}, 8), SMTP_FEED_MORE);
    assert_int_equal(feed_often(&r, (str){wide, sizeof wide}, 9), SMTP_FEED_BAD);
    assert_int_equal(feed_often(&r, S("2"), SMTP_LINE_BYTES), SMTP_FEED_MORE);
    assert_int_equal(feed_often(&r, S("2"), SMTP_LINE_BYTES + 1), SMTP_FEED_BAD);
}

static void words_are_cut_at_a_character(void **state)
{
    (void)state;
    const struct {
        ptrdiff_t cap;
        const char *want;
    } rows[] = {{1, ""}, {2, "a"}, {3, "a"}, {4, "aü"}, {5, "aü"}, {6, "aü b"}, {9, "aü b"}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        char to[10];
        smtp_printable(S(" a\xC3\xBC \r\n b "), to, rows[i].cap);
        assert_string_equal(to, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_read_the_same_in_pieces_of_any_size),
        cmocka_unit_test(a_reply_without_end_is_bad),
        cmocka_unit_test(words_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
