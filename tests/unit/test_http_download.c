/* Bodies of unknown length to readers of any speed: whole, or visibly broken. */
#include "http_server_case.h"

#include <errno.h>

#define H "Host: a.example\r\n"

enum { PIECE = 64 << 10, SLOW_RECEIVE_BYTES = 64 << 10 };

/* All that comes, to the end of the connection; bytes of it, and how it ended. */
struct came {
    int64_t bytes; /* behind the head */
    bool reset, last_chunk;
};

static struct came take_all(int fd)
{
    static char part[256 << 10];
    struct came came = {0};
    char tail[5] = "";
    bool head = true;
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, WAIT_MS) != 1) fail_msg("no more came after %lld", (long long)came.bytes);
        ssize_t n = recv(fd, part, sizeof part, 0);
        came.reset = n < 0 && errno == ECONNRESET;
        if (n <= 0) break;
        const char *at = part;
        if (head) {
            at = memmem(part, (size_t)n, "\r\n\r\n", 4);
            if (at == NULL) fail_msg("the head did not come in one part");
            at += 4;
            head = false;
        }
        ptrdiff_t left = part + n - at;
        came.bytes += left;
        if (left >= (ptrdiff_t)sizeof tail) memcpy(tail, part + n - sizeof tail, sizeof tail);
    }
    came.last_chunk = memcmp(tail, "0\r\n\r\n", sizeof tail) == 0;
    return came;
}

/* A connection whose kernel keeps little for who does not read. */
static int dial_slow(const struct bench *bench)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), bytes = SLOW_RECEIVE_BYTES;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)bench->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void wait_for_state(struct bench *bench, int want)
{
    for (int i = 0; i < WAIT_MS && atomic_load(&bench->stream_state) != want; i++) usleep(1000);
    assert_int_equal(atomic_load(&bench->stream_state), want);
}

static void a_download_comes_whole_however_long(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    enum { PIECES = 640, EACH = sizeof "10000\r\n" - 1 + PIECE + 2 };
    int fd = dial(bench);
    put(fd, S("GET /download?640 HTTP/1.1\r\n" H "Connection: close\r\n\r\n"));
    struct came came = take_all(fd);
    assert_int_equal(came.bytes, (int64_t)PIECES * EACH + 5);
    assert_true(came.last_chunk && !came.reset);
    close(fd);
    /* Without chunks the end of the connection is the end. */
    fd = dial(bench);
    put(fd, S("GET /download?640 HTTP/1.0\r\n\r\n"));
    came = take_all(fd);
    assert_int_equal(came.bytes, (int64_t)PIECES * PIECE);
    assert_false(came.reset);
    close(fd);
    bench_close(bench);
}

static void who_has_ended_its_own_side_still_gets_all(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial_slow(bench);
    put(fd, S("GET /download?640 HTTP/1.1\r\n" H "\r\n"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    struct came came = take_all(fd);
    assert_true(came.last_chunk && came.bytes > (int64_t)640 * PIECE);
    close(fd);
    bench_close(bench);
}

static void a_connection_serves_on_after_a_download(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    put(fd, S("GET /download?1 HTTP/1.1\r\n" H "\r\nHEAD /download?9 HTTP/1.1\r\n" H
              "\r\nGET /after HTTP/1.1\r\n" H "Connection: close\r\n\r\n"));
    static char all[256 << 10];
    size_t len = 0;
    for (ssize_t n; (n = recv(fd, all + len, sizeof all - len, 0)) > 0;) len += (size_t)n;
    char *second = memmem(all, len, "0\r\n\r\nHTTP/1.1 200 OK", 20);
    assert_non_null(second);
    /* To HEAD no body, and its writer is told at once. */
    assert_non_null(
        memmem(second, (size_t)(all + len - second), "chunked\r\n\r\nHTTP/1.1 200", 23));
    assert_non_null(memmem(second, (size_t)(all + len - second), "/after", 6));
    close(fd);
    bench_close(bench);
}

static void what_breaks_off_does_not_look_whole(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    const str requests[] = {S_INIT("GET /download?c640 HTTP/1.1\r\n" H "\r\n"),
                            S_INIT("GET /download?c640 HTTP/1.0\r\n\r\n"),
                            S_INIT("GET /download?c0 HTTP/1.0\r\n\r\n")};
    for (int i = 0; i < COUNTOF(requests); i++) {
        int fd = dial_slow(bench);
        put(fd, requests[i]);
        struct came came = take_all(fd);
        assert_true(came.reset);
        assert_false(came.last_chunk);
        close(fd);
    }
    bench_close(bench);
}

static void who_reads_nothing_holds_little_and_is_given_up(void **state)
{
    (void)state;
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    options.stall_ms = 300;
    bench_open(&bench, &options);
    int fd = dial_slow(&bench);
    put(fd, S("GET /download?16384 HTTP/1.1\r\n" H "\r\n")); /* 1 GB */
    wait_for_state(&bench, 2);
    /* What waits here, and what the kernel holds for both ends. */
    assert_true(atomic_load(&bench.written) < 32 << 20);
    assert_true(take_all(fd).reset);
    close(fd);
    bench_close(&bench);
}

static void a_writer_hears_that_its_reader_is_gone(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial_slow(bench);
    put(fd, S("GET /download?16384 HTTP/1.1\r\n" H "\r\n"));
    struct pollfd p = {fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    close(fd);
    wait_for_state(bench, 2);
    bench_close(bench);
}

static void a_server_that_stops_waits_for_no_reader(void **state)
{
    (void)state;
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    options.stall_ms = INT32_MAX;
    bench_open(&bench, &options);
    int fd = dial_slow(&bench);
    put(fd, S("GET /download?16384 HTTP/1.1\r\n" H "\r\n"));
    struct pollfd p = {fd, POLLIN, 0};
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    loop_post(bench.loop, drain, &bench);
    wait_for_state(&bench, 2);
    assert_true(take_all(fd).reset);
    close(fd);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_download_comes_whole_however_long),
        cmocka_unit_test(who_has_ended_its_own_side_still_gets_all),
        cmocka_unit_test(a_connection_serves_on_after_a_download),
        cmocka_unit_test(what_breaks_off_does_not_look_whole),
        cmocka_unit_test(who_reads_nothing_holds_little_and_is_given_up),
        cmocka_unit_test(a_writer_hears_that_its_reader_is_gone),
        cmocka_unit_test(a_server_that_stops_waits_for_no_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
