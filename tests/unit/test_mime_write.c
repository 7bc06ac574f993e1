#include "assert_str.h"
#include "base/limits.h"
#include "net/mime_write.h"

#include <stdio.h>
#include <string.h>

static struct mime_message plain(void)
{
    return (struct mime_message){.from_address = S("a@here.example"),
                                 .to_address = S("b@there.example"),
                                 .subject = S("Hi"),
                                 .text = S("hello\n"),
                                 .message_id = S("ml_1@here.example"),
                                 .date_ms = 1700000000123};
}

/* The lines of header `name`, without the name; absent if there is none. */
static str header_of(str message, str name)
{
    str head = str_slice(message, 0, str_find(message, S("\r\n\r\n")) + 2);
    ptrdiff_t at = 0;
    while (at < head.len) {
        str rest = str_slice(head, at, head.len);
        ptrdiff_t end = 0;
        do end += str_find(str_slice(rest, end, rest.len), S("\r\n")) + 2;
        while (end < rest.len && rest.ptr[end] == ' ');
        if (str_starts(rest, name) && rest.ptr[name.len] == ':')
            return str_slice(rest, name.len + 2, end - 2);
        at += end;
    }
    return (str){NULL, 0};
}

static str body_of(str message)
{
    return str_slice(message, str_find(message, S("\r\n\r\n")) + 4, message.len);
}

/* What must hold for every message: 7 bits, CR LF only, short lines. */
static void assert_sound(str m, ptrdiff_t line_max)
{
    ptrdiff_t line = 0;
    for (ptrdiff_t i = 0; i < m.len; i++) {
        unsigned char c = (unsigned char)m.ptr[i];
        bool lf = c == '\n';
        if (c >= 0x7F || (c < ' ' && c != '\r' && !lf)) fail_msg("byte %02x at %td", c, i);
        if (lf != (i > 0 && m.ptr[i - 1] == '\r')) fail_msg("a lone CR or LF at %td", i);
        line = lf ? 0 : line + 1;
        if (line > line_max + 1) fail_msg("a long line at %td", i);
    }
    assert_int_equal(line, 0);
}

static void a_plain_message_looks_like_this(void **state)
{
    (void)state;
    arena a = fresh();
    struct mime_message m = plain();
    str out;
    m.reply_to = S("r@here.example");
    m.auto_generated = true;
    assert_true(mime_write(&a, &m, &out));
    assert_str("plain", out,
               S("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                 "From: a@here.example\r\n"
                 "To: b@there.example\r\n"
                 "Reply-To: r@here.example\r\n"
                 "Subject: Hi\r\n"
                 "Message-ID: <ml_1@here.example>\r\n"
                 "Auto-Submitted: auto-generated\r\n"
                 "MIME-Version: 1.0\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n"
                 "\r\n"
                 "hello\r\n"));
}

static void text_and_html_stand_side_by_side(void **state)
{
    (void)state;
    arena a = fresh();
    struct mime_message m = plain();
    str out, again;
    m.html = S("<p class=\"x\">hello</p>");
    assert_true(mime_write(&a, &m, &out));
    assert_sound(out, 78);
    str type = header_of(out, S("Content-Type"));
    assert_true(str_starts(type, S("multipart/alternative;\r\n boundary=\"")));
    str mark = str_slice(type, str_find(type, S("\"")) + 1, type.len - 1);
    assert_int_equal(mark.len, 18);
    assert_str("parts", body_of(out),
               str_printf(&a,
                          "--%.*s\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                          "hello\r\n"
                          "\r\n--%.*s\r\n"
                          "Content-Type: text/html; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                          "<p class=3D\"x\">hello</p>\r\n"
                          "\r\n--%.*s--\r\n",
                          STR_ARG(mark), STR_ARG(mark), STR_ARG(mark)));
    assert_true(mime_write(&a, &m, &again));
    assert_str("again", again, out);
    m.message_id = S("<ml_2@here.example>");
    assert_true(mime_write(&a, &m, &again));
    assert_int_equal(str_find(again, mark), -1);
}

static void a_subject_is_folded_and_encoded(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S(""), S("")},
        {S("Hello there"), S("Hello there")},
        {S("  a \t b\r\nBcc: x@y "), S("a b Bcc: x@y")},
        {S("a\0b"), S("a b")},
        {S("Grüße"), S("=?utf-8?q?Gr=C3=BC=C3=9Fe?=")},
        {S("Grüße aus Köln"), S("=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=")},
        {S("=?utf-8?q?x?="), S("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=")},
        {S("a\xFF"), S("=?utf-8?q?a=EF=BF=BD?=")},
        {S("Привет"), S("=?utf-8?b?0J/RgNC40LLQtdGC?=")},
        {S("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"),
         S("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n 0123456789")},
        {S("Ünd 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"),
         S("=?utf-8?q?=C3=9Cnd_0123456789_0123456789_0123456789_0123456789_01?=\r\n"
           " =?utf-8?q?23456789_0123456789?=")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        str out;
        m.subject = rows[i].in;
        assert_true(mime_write(&a, &m, &out));
        assert_sound(out, 76);
        str got = header_of(out, S("Subject"));
        assert_str("subject", got.len == 0 ? S("") : got, rows[i].want);
    }
}

static void a_subject_of_any_length_stays_within_the_line(void **state)
{
    (void)state;
    const struct {
        const char *piece;
    } rows[] = {{"x"}, {"ü"}, {"€"}, {"😀"}, {"x "}, {"ü a"}, {"\xF0\x9F"}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        char text[1200] = "";
        for (int n = 0; n < 250; n++) {
            arena a = fresh();
            struct mime_message m = plain();
            str out;
            memcpy(text + strlen(text), rows[i].piece, strlen(rows[i].piece) + 1);
            m.subject = str_of(text);
            m.from_name = str_of(text);
            assert_true(mime_write(&a, &m, &out));
            assert_sound(out, 76);
        }
    }
}

static void a_name_is_written_so_that_it_stays_a_name(void **state)
{
    (void)state;
    const struct {
        str in, want;
    } rows[] = {
        {S(""), S("b@there.example")},
        {S("Karin Brandt"), S("Karin Brandt <b@there.example>")},
        {S("Brandt, Karin"), S("\"Brandt, Karin\" <b@there.example>")},
        {S("K. \"KB\" Brandt\\"), S("\"K. \\\"KB\\\" Brandt\\\\\" <b@there.example>")},
        {S("x@y.example"), S("\"x@y.example\" <b@there.example>")},
        {S("Jörg <x@y.example>, Groß"),
         S("=?utf-8?q?J=C3=B6rg_=3Cx=40y=2Eexample=3E=2C_Gro=C3=9F?=\r\n <b@there.example>")},
        {S("Jörg"), S("=?utf-8?q?J=C3=B6rg?= <b@there.example>")},
        {S("a\r\nBcc: c@d.example"), S("\"a Bcc: c@d.example\" <b@there.example>")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        str out;
        m.to_name = rows[i].in;
        assert_true(mime_write(&a, &m, &out));
        assert_sound(out, 76);
        assert_str("to", header_of(out, S("To")), rows[i].want);
    }
}

static void a_body_is_quoted_printable(void **state)
{
    (void)state;
#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
    const struct {
        str in, want;
    } rows[] = {
        {S(""), S("")},
        {S("a"), S("a\r\n")},
        {S("a\n"), S("a\r\n")},
        {S("a\r\nb\rc\nd"), S("a\r\nb\r\nc\r\nd\r\n")},
        {S("a \nb\t\r\n c"), S("a=20\r\nb=09\r\n c\r\n")},
        {S("x=y"), S("x=3Dy\r\n")},
        {S("für"), S("f=C3=BCr\r\n")},
        {S("a\xFF\0\x07"), S("a=EF=BF=BD=00=07\r\n")},
        {S("From me\nFrom"), S("=46rom me\r\nFrom\r\n")},
        {S(".\n.a\na."), S("=2E\r\n=2Ea\r\na.\r\n")},
        {S(SEVENTY "12345"), S(SEVENTY "12345\r\n")},
        {S(SEVENTY "123456"), S(SEVENTY "12345=\r\n6\r\n")},
        {S(SEVENTY "12345."), S(SEVENTY "12345=\r\n=2E\r\n")},
        {S(SEVENTY "12345From "), S(SEVENTY "12345=\r\n=46rom=20\r\n")},
        {S(SEVENTY "12345 \n"), S(SEVENTY "12345=\r\n=20\r\n")},
        {S(SEVENTY "€"), S(SEVENTY "=\r\n=E2=82=AC\r\n")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        str out;
        m.text = rows[i].in;
        assert_true(mime_write(&a, &m, &out));
        assert_sound(out, 76);
        assert_str("body", body_of(out), rows[i].want);
    }
}

static void a_list_can_be_left_with_one_click(void **state)
{
    (void)state;
    const struct {
        str url, mailto, want, post; /* absent: no such header */
    } rows[] = {
        {{0}, {0}, {0}, {0}},
        {S("https://m.example/u/t"),
         {0},
         S("<https://m.example/u/t>"),
         S("List-Unsubscribe=One-Click")},
        {S("https://m.example/u/t"), S("mailto:u@m.example?subject=t"),
         S("<https://m.example/u/t>,\r\n <mailto:u@m.example?subject=t>"),
         S("List-Unsubscribe=One-Click")},
        {{0}, S("mailto:u@m.example"), S("<mailto:u@m.example>"), {0}},
        {S("http://localhost:8080/u/t"), {0}, S("<http://localhost:8080/u/t>"), {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        str out;
        m.list_unsubscribe_url = rows[i].url;
        m.list_unsubscribe_mailto = rows[i].mailto;
        assert_true(mime_write(&a, &m, &out));
        assert_str("list", header_of(out, S("List-Unsubscribe")), rows[i].want);
        assert_str("post", header_of(out, S("List-Unsubscribe-Post")), rows[i].post);
    }
}

static void other_headers_go_along_unless_they_are_ours(void **state)
{
    (void)state;
    const struct {
        str name, value, want; /* absent: refused */
    } rows[] = {
        {S("X-Campaign"), S("may"), S("may")},
        {S("Feedback-ID"), S("a:b\r\nBcc: x@y.example"), S("a:b Bcc: x@y.example")},
        {S("X-Umlaut"), S("für"), S("=?utf-8?q?f=C3=BCr?=")},
        {S(""), S("x"), {0}},
        {S("X Y"), S("x"), {0}},
        {S("X:Y"), S("x"), {0}},
        {S("X\r\nBcc"), S("x"), {0}},
        {S("bCC"), S("x"), {0}},
        {S("From"), S("x"), {0}},
        {S("Message-Id"), S("x"), {0}},
        {S("Content-Disposition"), S("x"), {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        struct mime_header extra = {rows[i].name, rows[i].value};
        str out;
        m.extra = &extra;
        m.extra_count = 1;
        assert_int_equal(mime_write(&a, &m, &out), rows[i].want.ptr != NULL);
        if (rows[i].want.ptr == NULL) continue;
        assert_sound(out, 76);
        assert_str("extra", header_of(out, rows[i].name), rows[i].want);
    }
}

static void what_cannot_stand_in_a_header_is_refused(void **state)
{
    (void)state;
    char wide[1200];
    memset(wide, 'x', sizeof wide);
    memcpy(wide, "https://", 8);
    struct mime_message rows[] = {plain(), plain(), plain(), plain(), plain(), plain(),
                                  plain(), plain(), plain(), plain(), plain(), plain()};
    rows[0].from_address = S("a@here.example\r\nBcc: x@y.example");
    rows[1].to_address = S("");
    rows[2].to_address = S("b@there.example, c@there.example");
    rows[3].reply_to = S("<r@here.example>");
    rows[4].message_id = S("no at");
    rows[5].message_id = S("a@b>\r\nX: <c@d");
    rows[6].message_id = (str){NULL, 0};
    rows[7].list_unsubscribe_url = S("https://m.example/\r\nX: y");
    rows[8].list_unsubscribe_url = S("javascript:alert(1)");
    rows[9].list_unsubscribe_mailto = S("u@m.example");
    rows[10].text = (str){NULL, 0};
    rows[11].list_unsubscribe_url = (str){wide, sizeof wide};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        str out;
        if (mime_write(&a, &rows[i], &out)) fail_msg("row %td is taken", i);
    }
}

static void an_address_is_ascii_without_quoting(void **state)
{
    (void)state;
    const struct {
        str in;
        bool want;
    } rows[] = {
        {S("a@b.example"), true},
        {S("a.b+c@d-e.example"), true},
        {S("o'neil@x"), true},
        {S("a"), false},
        {S("@b"), false},
        {S("a@"), false},
        {S("a@b@c"), false},
        {S("a b@c"), false},
        {S("\"a\"@c"), false},
        {S("a@b c"), false},
        {S("a@[127.0.0.1]"), false},
        {S("a@.b"), false},
        {S("a@b."), false},
        {S("a@b..c"), false},
        {S("ä@b"), false},
        {S("a@müller.example"), false},
        {S("a\0@b"), false},
        {S("<a@b>"), false},
        {{0}, false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (mime_address_ok(rows[i].in) != rows[i].want) fail_msg("%.*s", STR_ARG(rows[i].in));
    char wide[LIMIT_EMAIL_BYTES + 1];
    memset(wide, 'x', sizeof wide);
    wide[10] = '@';
    assert_true(mime_address_ok((str){wide, LIMIT_EMAIL_BYTES}));
    assert_false(mime_address_ok((str){wide, LIMIT_EMAIL_BYTES + 1}));
}

static void the_date_is_that_of_the_calendar(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        str want;
    } rows[] = {
        {0, S("Thu, 01 Jan 1970 00:00:00 +0000")},
        {-1, S("Wed, 31 Dec 1969 23:59:59 +0000")},
        {1709251199999, S("Thu, 29 Feb 2024 23:59:59 +0000")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = plain();
        str out;
        m.date_ms = rows[i].ms;
        assert_true(mime_write(&a, &m, &out));
        assert_str("date", header_of(out, S("Date")), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_message_looks_like_this),
        cmocka_unit_test(text_and_html_stand_side_by_side),
        cmocka_unit_test(a_subject_is_folded_and_encoded),
        cmocka_unit_test(a_subject_of_any_length_stays_within_the_line),
        cmocka_unit_test(a_name_is_written_so_that_it_stays_a_name),
        cmocka_unit_test(a_body_is_quoted_printable),
        cmocka_unit_test(a_list_can_be_left_with_one_click),
        cmocka_unit_test(other_headers_go_along_unless_they_are_ours),
        cmocka_unit_test(what_cannot_stand_in_a_header_is_refused),
        cmocka_unit_test(an_address_is_ascii_without_quoting),
        cmocka_unit_test(the_date_is_that_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
