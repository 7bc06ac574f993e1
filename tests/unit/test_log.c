#include "assert_str.h"
#include "base/log.h"
#include "base/tz.h"

#include <string.h>
#include <unistd.h>

static void a_value_is_quoted_where_needed(void **state)
{
    (void)state;
    const struct {
        str in;
        const char *want;
    } rows[] = {
        {S("plain/{id}"), "plain/{id}"},
        {S("Müller"), "Müller"},
        {S(""), "\"\""},
        {{0}, "\"\""},
        {S("two words"), "\"two words\""},
        {S("a=b"), "\"a=b\""},
        {S("say \"hi\\\""), "\"say \\\"hi\\\\\\\"\""},
        {S("x\ny\0"), "\"x\\x0ay\\x00\""},
        {S("\xff"), "\"\\xff\""},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        assert_string_equal(log_str(rows[i].in).text, rows[i].want);
    static char big[5000];
    memset(big, '\n', sizeof big);
    assert_true(strlen(log_str((str){big, sizeof big}).text) < LOG_VALUE_BYTES);
    memset(big, 'x', sizeof big);
    assert_true(strlen(log_str((str){big, sizeof big}).text) < LOG_VALUE_BYTES);
}

/* What log_line writes to stderr. */
static str captured(char *to, ptrdiff_t cap, const char *text)
{
    int ends[2], saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_line(LOG_LEVEL_WARN, "test.event", "n=%d text=%s", 7, text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ptrdiff_t got = read(ends[0], to, (size_t)cap);
    close(ends[0]);
    return (str){to, got};
}

static void a_line_has_time_level_event_and_pairs(void **state)
{
    (void)state;
    char room[2 * LOG_LINE_BYTES];
    int64_t ms = 0;
    str line = captured(room, sizeof room, "a\nlevel=error");
    assert_true(str_starts(line, S("ts=")));
    assert_true(rfc3339_parse(str_slice(line, 3, 27), &ms));
    assert_str("rest", str_slice(line, 27, line.len),
               S(" level=warn event=test.event n=7 text=a level=error\n"));
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
    (void)state;
    static char big[3 * LOG_LINE_BYTES];
    char room[4 * LOG_LINE_BYTES];
    memset(big, 'x', sizeof big - 1);
    str line = captured(room, sizeof room, big);
    assert_true(line.len <= LOG_LINE_BYTES);
    assert_int_equal(str_find_char(line, '\n'), line.len - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_quoted_where_needed),
        cmocka_unit_test(a_line_has_time_level_event_and_pairs),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_still_ends),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
