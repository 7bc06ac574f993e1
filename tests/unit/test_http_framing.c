/* What is taken for a request, and what is refused because two programs could read it two ways. */
#include "net/http_parse.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TAKEN = 0, UNFINISHED = -1, BODY_MAX = 100 };

static struct http_parse parse;
static struct http_budget budget;

static void begin(void)
{
    budget = (struct http_budget){0, 1 << 20};
    http_parse_begin(&parse, &budget);
}

/* Push `bytes` in pieces of `step`; TAKEN, UNFINISHED or the status. *used: what was taken. */
static int push(str bytes, ptrdiff_t step, ptrdiff_t *used)
{
    ptrdiff_t at = 0, taken;
    bool again = false;
    *used = 0;
    while (at < bytes.len || again) {
        ptrdiff_t n = bytes.len - at < step ? bytes.len - at : step;
        /* An exact copy, so that the address sanitizer sees a byte read too many. */
        char *piece = malloc(n > 0 ? (size_t)n : 1);
        if (n > 0) memcpy(piece, bytes.ptr + at, (size_t)n);
        enum http_parse_result result = http_parse_push(&parse, piece, n, &taken);
        free(piece);
        at += taken;
        *used = at;
        again = result == HTTP_PARSE_HEAD;
        if (again) http_parse_admit(&parse, BODY_MAX);
        if (result == HTTP_PARSE_DONE) return TAKEN;
        if (result == HTTP_PARSE_REFUSED) return parse.status;
    }
    return UNFINISHED;
}

struct row {
    const char *name;
    str bytes;
    int want;
};

#define G       "GET / HTTP/1.1\r\n"
#define H       "Host: a.example\r\n"
#define P       "POST / HTTP/1.1\r\n" H
#define TEN     "0123456789"
#define CHUNKED P "Transfer-Encoding: chunked\r\n\r\n"

static const struct row ROWS[] = {
    {"plain", S_INIT(G H "\r\n"), TAKEN},
    {"plain 1.0 without host", S_INIT("GET / HTTP/1.0\r\n\r\n"), TAKEN},
    {"empty line before", S_INIT("\r\n" G H "\r\n"), TAKEN},
    {"two empty lines before", S_INIT("\r\n\r\n" G H "\r\n"), 400},
    {"bare LF before", S_INIT("\n" G H "\r\n"), 400},
    {"bare CR before", S_INIT("\r" G H "\r\n"), 400},
    {"content-length", S_INIT(P "Content-Length: 3\r\n\r\nabc"), TAKEN},
    {"content-length without a blank", S_INIT(P "Content-Length:3\r\n\r\nabc"), TAKEN},
    {"content-length 0", S_INIT(P "Content-Length: 0\r\n\r\n"), TAKEN},
    {"blanks after the value", S_INIT(P "Content-Length: 3  \r\n\r\nabc"), TAKEN},
    {"empty header value", S_INIT(G H "X-A:\r\nX-B: \r\n\r\n"), TAKEN},
    {"no body told", S_INIT(P "\r\n"), TAKEN},
    {"body not whole", S_INIT(P "Content-Length: 4\r\n\r\nabc"), UNFINISHED},
    {"chunked", S_INIT(CHUNKED "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"), TAKEN},
    {"chunked, empty", S_INIT(CHUNKED "0\r\n\r\n"), TAKEN},
    {"chunked, leading zeros", S_INIT(CHUNKED "0003\r\nabc\r\n000\r\n\r\n"), TAKEN},
    {"raw utf-8 in the target", S_INIT("GET /\xc3\xbc?q=\xe2\x82\xac HTTP/1.1\r\n" H "\r\n"),
     TAKEN},
    {"latin-1 in a value", S_INIT(G H "X-A: \xfc\r\n\r\n"), TAKEN},
    {"absolute target", S_INIT("GET http://a.example/x?y HTTP/1.1\r\n" H "\r\n"), TAKEN},
    {"absolute target of another host", S_INIT("GET http://b.example/ HTTP/1.1\r\n" H "\r\n"), 400},
    {"options *", S_INIT("OPTIONS * HTTP/1.1\r\n" H "\r\n"), TAKEN},
    {"get *", S_INIT("GET * HTTP/1.1\r\n" H "\r\n"), 400},
    {"upgrade is passed over", S_INIT(G H "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"), TAKEN},
    {"upgrade with body",
     S_INIT(P "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc"), TAKEN},
    {"host with port", S_INIT(G "Host: a.example:8080\r\n\r\n"), TAKEN},
    {"host ipv6", S_INIT(G "Host: [::1]:8080\r\n\r\n"), TAKEN},
    {"expect", S_INIT(P "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc"), TAKEN},

    {"te and cl", S_INIT(P "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     400},
    {"cl and te", S_INIT(P "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
     400},
    {"gzip, chunked", S_INIT(P "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400},
    {"chunked, gzip", S_INIT(P "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400},
    {"te twice",
     S_INIT(P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {"te twice, other first",
     S_INIT(P "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {"te empty", S_INIT(P "Transfer-Encoding:\r\n\r\n0\r\n\r\n"), 400},
    {"te comma", S_INIT(P "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"), 400},
    {"te comma after", S_INIT(P "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), 400},
    {"te in capitals", S_INIT(P "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"), 400},
    {"te with vertical tab",
     S_INIT(P "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n0\r\n\r\n"),
     400},
    {"te identity", S_INIT(P "Transfer-Encoding: identity\r\n\r\n"), 400},
    {"te in 1.0", S_INIT("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     400},
    {"te with blank before colon", S_INIT(P "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400},
    {"te folded", S_INIT(P "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), 400},
    {"cl twice", S_INIT(P "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400},
    {"cl list", S_INIT(P "Content-Length: 3, 3\r\n\r\nabc"), 400},
    {"cl plus", S_INIT(P "Content-Length: +3\r\n\r\nabc"), 400},
    {"cl minus", S_INIT(P "Content-Length: -3\r\n\r\nabc"), 400},
    {"cl hex", S_INIT(P "Content-Length: 0x3\r\n\r\nabc"), 400},
    {"cl empty", S_INIT(P "Content-Length:\r\n\r\nabc"), 400},
    {"cl huge", S_INIT(P "Content-Length: 18446744073709551619\r\n\r\nabc"), 400},
    {"cl folded", S_INIT(P "Content-Length:\r\n 3\r\n\r\nabc"), 400},
    {"cl with blank inside", S_INIT(P "Content-Length: 1 1\r\n\r\nabc"), 400},
    {"fold", S_INIT(G H "X-A: b\r\n c\r\n\r\n"), 400},
    {"fold with tab", S_INIT(G H "X-A: b\r\n\tc\r\n\r\n"), 400},
    {"fold in the first line", S_INIT("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400},
    {"empty name", S_INIT(G H ": b\r\n\r\n"), 400},
    {"blank before colon", S_INIT(G "Host : a.example\r\n\r\n"), 400},
    {"no colon", S_INIT(G H "X-A\r\n\r\n"), 400},
    {"bad name", S_INIT(G H "X(A): b\r\n\r\n"), 400},
    {"NUL in a value", S_INIT(G H "X-A: b\0c\r\n\r\n"), 400},
    {"NUL in a name", S_INIT(G H "X\0A: b\r\n\r\n"), 400},
    {"bare CR in a value", S_INIT(G H "X-A: b\rX-B: c\r\n\r\n"), 400},
    {"bare LF after the request line", S_INIT("GET / HTTP/1.1\n" H "\r\n"), 400},
    {"bare LF after a header", S_INIT(G "Host: a.example\n\r\n"), 400},
    {"bare LF at the end of the head", S_INIT(G H "\n"), 400},
    {"bare CR at the end of the head", S_INIT(G H "\rX"), 400},
    {"no host", S_INIT(G "\r\n"), 400},
    {"two hosts", S_INIT(G H H "\r\n"), 400},
    {"host list", S_INIT(G "Host: a, b\r\n\r\n"), 400},
    {"host with user", S_INIT(G "Host: a@b\r\n\r\n"), 400},
    {"host with path", S_INIT(G "Host: a/b\r\n\r\n"), 400},
    {"host empty", S_INIT(G "Host:\r\n\r\n"), 400},
    {"host with bad port", S_INIT(G "Host: a:8x\r\n\r\n"), 400},
    {"two blanks after the method", S_INIT("GET  / HTTP/1.1\r\n" H "\r\n"), 400},
    {"two blanks before the version", S_INIT("GET /  HTTP/1.1\r\n" H "\r\n"), 400},
    {"blank after the version", S_INIT("GET / HTTP/1.1 \r\n" H "\r\n"), 400},
    {"tab in the request line", S_INIT("GET\t/ HTTP/1.1\r\n" H "\r\n"), 400},
    {"blank in the target", S_INIT("GET /a b HTTP/1.1\r\n" H "\r\n"), 400},
    {"fragment", S_INIT("GET /#a HTTP/1.1\r\n" H "\r\n"), 400},
    {"NUL in the target", S_INIT("GET /\0 HTTP/1.1\r\n" H "\r\n"), 400},
    {"no slash", S_INIT("GET a HTTP/1.1\r\n" H "\r\n"), 400},
    {"HTTP/0.9", S_INIT("GET /\r\n\r\n"), 400},
    {"HTTP/2.0", S_INIT("GET / HTTP/2.0\r\n" H "\r\n"), 505},
    {"HTTP/1.2", S_INIT("GET / HTTP/1.2\r\n" H "\r\n"), 505},
    {"HTTP/2 preface", S_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
    {"http/1.1 in small letters", S_INIT("GET / http/1.1\r\n" H "\r\n"), 400},
    {"RTSP", S_INIT("SETUP / RTSP/1.0\r\n" H "\r\n"), 400},
    {"TLS", S_INIT("\x16\x03\x01"), 400},
    {"connect", S_INIT("CONNECT a:1 HTTP/1.1\r\n" H "\r\n"), 405},
    {"trace", S_INIT("TRACE / HTTP/1.1\r\n" H "\r\n"), 405},
    {"unknown method", S_INIT("BREW / HTTP/1.1\r\n" H "\r\n"), 501},
    {"method in small letters", S_INIT("get / HTTP/1.1\r\n" H "\r\n"), 501},
    {"rtsp method", S_INIT("SETUP / HTTP/1.1\r\n" H "\r\n"), 501},
    {"unknown expectation", S_INIT(P "Expect: cake\r\n\r\n"), 417},
    {"body too long", S_INIT(P "Content-Length: 101\r\n\r\n"), 413},
    {"chunks too long",
     S_INIT(CHUNKED "65\r\n" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "a\r\n0\r\n\r\n"), 413},
    {"chunk extension", S_INIT(CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n"), 400},
    {"blank after the chunk size", S_INIT(CHUNKED "3 \r\nabc\r\n0\r\n\r\n"), 400},
    {"chunk size with 0x", S_INIT(CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"), 400},
    {"chunk size missing", S_INIT(CHUNKED "\r\nabc\r\n0\r\n\r\n"), 400},
    {"chunk size of 17 digits", S_INIT(CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n"), 400},
    {"bare LF after the chunk size", S_INIT(CHUNKED "3\nabc\r\n0\r\n\r\n"), 400},
    {"bare LF after the chunk", S_INIT(CHUNKED "3\r\nabc\n0\r\n\r\n"), 400},
    {"bare LF at the end of the body", S_INIT(CHUNKED "0\r\n\n"), 400},
    {"chunk longer than told", S_INIT(CHUNKED "3\r\nabcd\r\n0\r\n\r\n"), 400},
    {"trailer", S_INIT(CHUNKED "0\r\nX-A: b\r\n\r\n"), 400},
    {"content-length in the trailer", S_INIT(CHUNKED "0\r\nContent-Length: 3\r\n\r\n"), 400},
};

static void every_request_gets_its_verdict_however_it_is_cut(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        for (ptrdiff_t step = 1; step <= ROWS[i].bytes.len; step++) {
            ptrdiff_t used;
            begin();
            int got = push(ROWS[i].bytes, step, &used);
            if (got == TAKEN && used != ROWS[i].bytes.len) fail_msg("%s: bytes left", ROWS[i].name);
            http_parse_end(&parse);
            assert_int_equal(budget.held_bytes, 0);
            if (got != ROWS[i].want) {
                fail_msg("%s in steps of %td: %d, not %d", ROWS[i].name, step, got, ROWS[i].want);
            }
        }
    }
}

static void the_next_request_is_left_alone(void **state)
{
    (void)state;
    static const str rows[] = {
        S_INIT(G H "\r\n"),
        S_INIT(P "Content-Length: 3\r\n\r\nabc"),
        S_INIT(CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
        S_INIT(G H "Connection: close\r\n\r\n"),
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        char bytes[512];
        ptrdiff_t used;
        memcpy(bytes, rows[i].ptr, (size_t)rows[i].len);
        memcpy(bytes + rows[i].len, "GET /next", 9);
        begin();
        assert_int_equal(push((str){bytes, rows[i].len + 9}, 512, &used), TAKEN);
        assert_int_equal(used, rows[i].len);
        http_parse_end(&parse);
    }
}

#define assert_str(got, want)                                                                      \
    do {                                                                                           \
        str got_ = (got), want_ = S(want);                                                         \
        assert_int_equal(got_.len, want_.len);                                                     \
        assert_memory_equal(got_.ptr, want_.ptr, (size_t)want_.len);                               \
    } while (0)

static void a_request_is_told_in_its_parts(void **state)
{
    (void)state;
    ptrdiff_t used;
    begin();
    str bytes = S("POST /a%20b/\xc3\xa4?x=1&y HTTP/1.1\r\nHOST: a.example\r\nX-Empty:\r\n"
                  "X-Long:  two words \t\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_int_equal(push(bytes, 7, &used), TAKEN);
    assert_int_equal(parse.rq.method, HTTP_POST);
    assert_str(parse.rq.target, "/a%20b/\xc3\xa4?x=1&y");
    assert_str(parse.rq.path, "/a%20b/\xc3\xa4");
    assert_str(parse.rq.query, "x=1&y");
    assert_int_equal(parse.rq.header_count, 4);
    assert_str(parse.rq.header[0].name, "host");
    assert_str(http_header_get(&parse.rq, "host"), "a.example");
    assert_str(http_header_get(&parse.rq, "x-empty"), "");
    assert_non_null(http_header_get(&parse.rq, "x-empty").ptr);
    assert_str(http_header_get(&parse.rq, "x-long"), "two words");
    assert_null(http_header_get(&parse.rq, "x-none").ptr);
    assert_str(parse.rq.body, "abcde");
    assert_true(parse.rq.keep_alive);
    http_parse_end(&parse);

    begin();
    assert_int_equal(push(S("GET https://A.example?q HTTP/1.1\r\n" H "\r\n"), 99, &used), TAKEN);
    assert_str(parse.rq.path, "/");
    assert_str(parse.rq.query, "q");
    http_parse_end(&parse);
}

static void keep_alive_is_as_asked(void **state)
{
    (void)state;
    static const struct {
        str bytes;
        bool want;
    } rows[] = {
        {S_INIT(G H "\r\n"), true},
        {S_INIT(G H "Connection: close\r\n\r\n"), false},
        {S_INIT(G H "Connection: x, Close\r\n\r\n"), false},
        {S_INIT("GET / HTTP/1.0\r\n\r\n"), false},
        {S_INIT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        ptrdiff_t used;
        begin();
        assert_int_equal(push(rows[i].bytes, 512, &used), TAKEN);
        assert_int_equal(parse.rq.keep_alive, rows[i].want);
        http_parse_end(&parse);
    }
}

static char *add(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

/* A request whose target, one header or number of headers has the size given. */
static int push_sized(ptrdiff_t target, ptrdiff_t value, int headers, ptrdiff_t step)
{
    static char bytes[256 << 10];
    char *at = bytes;
    at = add(at, "GET /");
    memset(at, 'a', (size_t)target - 1);
    at += target - 1;
    at = add(at, " HTTP/1.1\r\n" H);
    for (int i = 1; i < headers; i++) at = add(at, "x: y\r\n");
    if (value > 0) {
        at = add(at, "v: ");
        memset(at, 'v', (size_t)value);
        at += value;
        at = add(at, "\r\n");
    }
    at = add(at, "\r\n");
    ptrdiff_t used;
    begin();
    int got = push((str){bytes, at - bytes}, step, &used);
    http_parse_end(&parse);
    return got;
}

static void a_head_has_its_limits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ptrdiff_t target, value;
        int headers, want;
    } rows[] = {
        {"small", 1, 0, 1, TAKEN},
        {"longest target", LIMIT_HTTP_TARGET_BYTES, 0, 1, TAKEN},
        {"target one longer", LIMIT_HTTP_TARGET_BYTES + 1, 0, 1, 414},
        {"target without end", 100 << 10, 0, 1, 414},
        {"most headers", 1, 0, HTTP_HEADERS_MAX, TAKEN},
        {"one header more", 1, 0, HTTP_HEADERS_MAX + 1, 431},
        {"long value", 1, 30 << 10, 1, TAKEN},
        {"too long a value", 1, LIMIT_HTTP_HEAD_BYTES, 1, 431},
        {"value without end", 1, 100 << 10, 1, 431},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        static const ptrdiff_t steps[] = {1000, 4096, 1 << 20};
        for (ptrdiff_t s = 0; s < COUNTOF(steps); s++) {
            int got = push_sized(rows[i].target, rows[i].value, rows[i].headers, steps[s]);
            if (got != rows[i].want) fail_msg("%s: %d, not %d", rows[i].name, got, rows[i].want);
        }
    }
}

static void bodies_beyond_what_all_may_hold_are_put_off(void **state)
{
    (void)state;
    ptrdiff_t used;
    begin();
    budget.max_bytes = 50;
    assert_int_equal(push(S(P "Content-Length: 60\r\n\r\n"), 512, &used), 503);
    http_parse_end(&parse);
    begin();
    budget.max_bytes = 500;
    assert_int_equal(push(S(CHUNKED "3\r\nabc\r\n0\r\n\r\n"), 512, &used), 503);
    http_parse_end(&parse);
    assert_int_equal(budget.held_bytes, 0);
}

/* The head of a POST with a body of that length, taken as far as the body's first byte. */
static int post_of(int64_t body_bytes)
{
    char head[128];
    int len = snprintf(head, sizeof head, P "Content-Length: %lld\r\n\r\n", (long long)body_bytes);
    ptrdiff_t used;
    if (http_parse_push(&parse, head, len, &used) != HTTP_PARSE_HEAD) return -2;
    http_parse_admit(&parse, 1 << 30);
    enum http_parse_result result = http_parse_push(&parse, "x", 1, &used);
    return result == HTTP_PARSE_REFUSED ? parse.status : UNFINISHED;
}

static void large_bodies_share_half_of_what_all_may_hold(void **state)
{
    (void)state;
    enum { MB = 1 << 20, LARGE = LIMIT_HTTP_LARGE_BODY_BYTES + 1 };
    static const struct {
        int64_t held, body;
        int want;
    } cases[] = {
        {0, LARGE, UNFINISHED},
        {8 * MB - LARGE, LARGE, UNFINISHED},
        {8 * MB - LARGE + 1, LARGE, 503},
        {8 * MB, LARGE, 503},
        {0, 8 * MB + 1, 503}, /* more than the half alone */
        {8 * MB, LARGE - 1, UNFINISHED},
        {15 * MB, 1000, UNFINISHED},
        {16 * MB - 1000, 1000, UNFINISHED},
        {16 * MB - 999, 1000, 503},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        budget = (struct http_budget){cases[i].held, 16 * MB};
        int got = post_of(cases[i].body);
        if (got != cases[i].want) fail_msg("row %zu: %d", i, got);
        http_parse_end(&parse);
        assert_int_equal(budget.held_bytes, cases[i].held);
    }
}

static void the_parser_is_the_strict_one(void **state)
{
    (void)state;
    assert_true(http_llhttp_is_strict());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_gets_its_verdict_however_it_is_cut),
        cmocka_unit_test(the_next_request_is_left_alone),
        cmocka_unit_test(a_request_is_told_in_its_parts),
        cmocka_unit_test(keep_alive_is_as_asked),
        cmocka_unit_test(a_head_has_its_limits),
        cmocka_unit_test(bodies_beyond_what_all_may_hold_are_put_off),
        cmocka_unit_test(large_bodies_share_half_of_what_all_may_hold),
        cmocka_unit_test(the_parser_is_the_strict_one),
    };
    return cmocka_run_group_tests_name("http_framing", tests, NULL, NULL);
}
