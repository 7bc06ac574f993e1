/* The server as a client sees it: real sockets on loopback. */
#include "http_server_case.h"

#define H    "Host: a\r\n"
#define LAST H "Connection: close\r\n\r\n"

static void one_connection_answers_request_after_request(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    for (int i = 0; i < 3; i++) {
        put(fd, S("GET /x?y HTTP/1.1\r\n" H "\r\n"));
        const char *text = get(fd, "/x?y");
        assert_has(text, "HTTP/1.1 200 OK\r\nDate: ");
        assert_has(text, " GMT\r\nConnection: keep-alive\r\n");
        assert_has(text, "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n/x?y");
    }
    put(fd, S("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"));
    assert_has(get(fd, "hello"), "Content-Length: 5\r\n");
    put(fd, S("GET / HTTP/1.1\r\n" LAST));
    assert_has(get(fd, NULL), "Connection: close\r\n");
    close(fd);
    bench_close(bench);
}

static void each_refusal_says_why_and_closes(void **state)
{
    (void)state;
    static char long_target[12 << 10], long_head[40 << 10], long_body[3 << 20];
    memset(long_target, 'a', sizeof long_target);
    memcpy(long_target, "GET /", 5);
    memset(long_head, 'a', sizeof long_head);
    memcpy(long_head, "GET / HTTP/1.1\r\nX: ", 19);
    memset(long_body, 'a', sizeof long_body);
    static const char upload[] = "POST / HTTP/1.1\r\n" H "Content-Length: 3145000\r\n\r\n";
    memcpy(long_body, upload, sizeof upload - 1);
    const struct {
        str bytes;
        const char *line, *part;
    } rows[] = {
        {S("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n", "not plain HTTP/1.1"},
        {S("GET / HTTP/1.1\r\n" H "\n"), "HTTP/1.1 400 ", "text/plain"},
        {S("POST / HTTP/1.1\r\n" H
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
           "GET /smuggled HTTP/1.1\r\n" H "\r\n"),
         "HTTP/1.1 400 ", ""},
        {S("TRACE / HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 405 ", "Allow: GET, HEAD"},
        {S("BREW / HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 501 ", ""},
        {S("GET / HTTP/3.0\r\n" H "\r\n"), "HTTP/1.1 505 ", ""},
        {S("GET / HTTP/1.1\r\n" H "Expect: cake\r\n\r\n"), "HTTP/1.1 417 ", ""},
        {{long_target, sizeof long_target}, "HTTP/1.1 414 ", "8 KB"},
        {{long_head, sizeof long_head}, "HTTP/1.1 431 ", "32 KB"},
        {{long_body, sizeof long_body}, "HTTP/1.1 413 ", "longer"},
        {S("GET / HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\na"), "HTTP/1.1 413 ", ""},
        {S("GET /forbidden HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 403 ", "{\"status\":403}"},
        {S("GET /forbidden HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 403 ", "application/problem+json"},
    };
    struct bench *bench = open_default();
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        const char *text = talk(bench, rows[i].bytes);
        assert_has(text, rows[i].line);
        assert_has(text, "\r\nConnection: close\r\n");
        assert_has(text, rows[i].part);
        assert_has_not(text, "smuggled");
    }
    bench_close(bench);
}

static void a_refusal_knows_nothing_of_the_request_before(void **state)
{
    (void)state;
    /* A head that does not fit where heads usually do: its memory is given back. */
    static char large[7 << 10];
    static const char line[] = "GET /forbidden HTTP/1.1\r\n" H "X: ",
                      last[] = "\r\nConnection: close\r\n\r\n";
    memset(large, 'a', sizeof large);
    memcpy(large, line, sizeof line - 1);
    memcpy(large + sizeof large - (sizeof last - 1), last, sizeof last - 1);
    struct bench *bench = open_default();
    assert_has(talk(bench, (str){large, sizeof large}), "HTTP/1.1 403 ");
    assert_has_not(talk(bench, S("GET / HTTP/3.0\r\n" H "\r\n")), "path");
    assert_has_not(talk(bench, S("nonsense\r\n\r\n")), "path");
    bench_close(bench);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    static char bytes[200 << 10];
    int len = 0;
    /* More than one read takes; some are answered here and some by other threads. */
    for (int i = 0; i < 3000; i++) {
        len +=
            snprintf(bytes + len, sizeof bytes - (size_t)len, "GET %s?%d HTTP/1.1\r\n%s\r\n",
                     i % 100 == 7 ? "/held" : "/n", i, i == 2999 ? H "Connection: close\r\n" : H);
    }
    release(bench);
    put(fd, (str){bytes, len});
    const char *at = get(fd, NULL);
    for (int i = 0; i < 3000; i++) {
        char want[64];
        (void)snprintf(want, sizeof want, i % 100 == 7 ? "\r\n\r\nheld %d" : "\r\n\r\n/n?%d", i);
        at = strstr(at, want);
        if (at == NULL) fail_msg("no reply %d", i);
    }
    close(fd);
    bench_close(bench);
}

static void a_pipelined_request_waits_for_the_one_before(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    put(fd, S("GET /held?a HTTP/1.1\r\n" H "\r\nGET /second HTTP/1.1\r\n" H));
    put(fd, S("\r\n"));
    shutdown(fd, SHUT_WR); /* half closed: both are still owed */
    release(bench);
    const char *text = get(fd, NULL);
    assert_has(text, "held a");
    assert_has(strstr(text, "held a"), "/second");
    close(fd);
    bench_close(bench);
}

static void an_answer_may_come_from_any_thread(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fds[50];
    for (int i = 0; i < 50; i++) fds[i] = dial(bench);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 50; i++) put(fds[i], S("GET /thread HTTP/1.1\r\n" H "\r\n"));
        for (int i = 0; i < 50; i++) assert_has(get(fds[i], "from a thread"), "200 OK");
    }
    for (int i = 0; i < 50; i++) close(fds[i]);
    bench_close(bench);
}

static void head_is_answered_without_the_body(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    const char *text = talk(bench, S("HEAD /abc HTTP/1.1\r\n" LAST));
    assert_has(text, "Content-Length: 4\r\n\r\n");
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    text = talk(bench, S("GET /empty HTTP/1.1\r\n" LAST));
    assert_has(text, "204 No Content");
    assert_has_not(text, "Content-Length");
    bench_close(bench);
}

static void a_header_value_never_becomes_two_headers(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    const char *text = talk(bench, S("GET /split HTTP/1.1\r\n" LAST));
    assert_has(text, "Location: /a  Set-Cookie: x=y\r\n");
    assert_has_not(text, "\nSet-Cookie");
    bench_close(bench);
}

static void a_client_of_1_0_gets_its_connection_closed(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    assert_has(talk(bench, S("GET /old HTTP/1.0\r\n\r\n")), "Connection: close\r\n");
    int fd = dial(bench);
    for (int i = 0; i < 2; i++) {
        put(fd, S("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assert_has(get(fd, "/old"), "Connection: keep-alive\r\n");
    }
    close(fd);
    const char *text = talk(bench, S("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert_has(text, "Connection: close\r\n");
    assert_has(text, "\r\n\r\none\ntwo\n");
    assert_has_not(text, "chunked");
    bench_close(bench);
}

static void continue_is_said_only_where_the_body_is_wanted(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    put(fd, S("POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    assert_has(get(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    put(fd, S("hello"));
    assert_has(get(fd, "hello"), "HTTP/1.1 200 OK\r\n");
    put(fd, S("POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"));
    const char *text = get(fd, NULL);
    assert_has(text, "HTTP/1.1 413 ");
    assert_has_not(text, "100 Continue");
    close(fd);
    bench_close(bench);
}

static void a_stream_is_sent_in_chunks(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    for (int i = 0; i < 2; i++) {
        put(fd, S("GET /stream HTTP/1.1\r\n" H "\r\n"));
        const char *text = get(fd, "\r\n0\r\n\r\n");
        assert_has(text, "Transfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n");
    }
    put(fd, S("HEAD /stream HTTP/1.1\r\n" LAST));
    assert_string_equal(strstr(get(fd, NULL), "\r\n\r\n"), "\r\n\r\n");
    close(fd);
    bench_close(bench);
}

static void wait_for_state(struct bench *bench, int want)
{
    for (int i = 0; i < WAIT_MS && atomic_load(&bench->stream_state) != want; i++) usleep(1000);
    assert_int_equal(atomic_load(&bench->stream_state), want);
}

static void a_stream_ends_when_its_reader_is_slow_or_gone(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int slow = dial(bench); /* reads nothing */
    put(slow, S("GET /stream?endless HTTP/1.1\r\n" H "\r\n"));
    wait_for_state(bench, 2);
    atomic_store(&bench->stream_state, 0);
    int gone = dial(bench);
    put(gone, S("GET /stream?wait HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(gone, "two"), "200 OK");
    close(gone);
    wait_for_state(bench, 2);
    close(slow);
    bench_close(bench);
}

static void a_dripper_is_closed_at_the_deadline(void **state)
{
    (void)state;
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    options.head_ms = options.body_ms = 150;
    bench_open(&bench, &options);
    static const str begins[] = {S_INIT("GET / HTTP/1.1\r\nX: "),
                                 S_INIT("POST / HTTP/1.1\r\n" H "Content-Length: 999999\r\n\r\n")};
    for (ptrdiff_t i = 0; i < COUNTOF(begins); i++) {
        int fd = dial(&bench);
        put(fd, begins[i]);
        struct pollfd p = {fd, POLLIN, 0};
        int drips = 0;
        /* Every byte arrives well before the deadline; none puts it off. */
        while (poll(&p, 1, 5) == 0 && drips < WAIT_MS / 5) {
            put(fd, S("a"));
            drips++;
        }
        assert_has(get(fd, NULL), "HTTP/1.1 408 ");
        close(fd);
    }
    bench_close(&bench);
}

static void an_idle_connection_is_closed_at_its_deadline(void **state)
{
    (void)state;
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    options.idle_ms = 1000; /* enough for a busy machine to ask within */
    bench_open(&bench, &options);
    int used = dial(&bench);
    put(used, S("GET /x HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(used, "/x"), "keep-alive");
    int silent = dial(&bench);
    assert_string_equal(get(used, NULL), "");
    assert_string_equal(get(silent, NULL), "");
    close(silent);
    close(used);
    bench_close(&bench);
}

static void many_idle_connections_do_not_hinder_one_more(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    enum { MANY = 2000 };
    static int fds[MANY];
    for (int i = 0; i < MANY; i++) fds[i] = dial(bench);
    for (int i = 0; i < MANY; i += 97) {
        put(fds[i], S("GET /idle HTTP/1.1\r\n" H "\r\n"));
        assert_has(get(fds[i], "/idle"), "200 OK");
    }
    for (int i = 0; i < MANY; i++) close(fds[i]);
    assert_has(talk(bench, S("GET /one HTTP/1.1\r\n" LAST)), "/one");
    bench_close(bench);
}

static void one_connection_too_many_is_told_so(void **state)
{
    (void)state;
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    options.connections_max = 2;
    bench_open(&bench, &options);
    int one = dial(&bench), two = dial(&bench);
    put(one, S("GET /1 HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(one, "/1"), "200 OK");
    put(two, S("GET /2 HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(two, "/2"), "200 OK");
    const char *text = talk(&bench, S("GET /3 HTTP/1.1\r\n" H "\r\n"));
    assert_has(text, "HTTP/1.1 503 ");
    assert_has(text, "Retry-After: ");
    close(one);
    close(two);
    bench_close(&bench);
}

static void running_out_of_files_only_delays(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    struct rlimit limit, none;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)bench->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), next = dup(fd);
    close(next);
    none = limit;
    none.rlim_cur = (rlim_t)next; /* the next file that is opened would be this */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    put(fd, S("GET /late HTTP/1.1\r\n" LAST));
    struct pollfd p = {fd, POLLIN, 0};
    int early = poll(&p, 1, 50);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(early, 0);
    assert_has(get(fd, NULL), "/late");
    close(fd);
    bench_close(bench);
}

static void drain_answers_what_is_asked_and_closes_the_rest(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int idle = dial(bench), busy = dial(bench), half = dial(bench), stream = dial(bench);
    put(idle, S("GET /x HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(idle, "/x"), "keep-alive");
    put(stream, S("GET /stream?wait HTTP/1.1\r\n" H "\r\n"));
    assert_has(get(stream, "two"), "200 OK");
    put(busy, S("GET /held HTTP/1.1\r\n" H "\r\n"));
    put(half, S("GET /half HTTP/1.1\r\n"));
    int last = dial(bench);
    put(last, S("GET /last HTTP/1.1\r\n" LAST)); /* answered: the four are with the server */
    assert_has(get(last, NULL), "/last");
    close(last);
    loop_post(bench->loop, drain, bench);
    assert_string_equal(get(idle, NULL), "");
    (void)get(stream, NULL);
    put(half, S(H "\r\n"));
    assert_has(get(half, NULL), "Connection: close\r\n");
    assert_false(atomic_load(&bench->drained));
    release(bench);
    assert_has(get(busy, NULL), "Connection: close\r\n");
    close(idle);
    close(busy);
    close(half);
    close(stream);
    for (int i = 0; i < WAIT_MS && !atomic_load(&bench->drained); i++) usleep(1000);
    assert_true(atomic_load(&bench->drained));
    bench_close(bench);
}

static void a_client_that_left_does_no_harm(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    for (int i = 0; i < 20; i++) {
        int fd = dial(bench);
        struct linger reset = {1, 0};
        put(fd, i % 2 == 0 ? S("GET /held HTTP/1.1\r\n" H "\r\n")
                           : S("GET /big HTTP/1.1\r\n" H "\r\n"));
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (i % 4 > 1) assert_has(talk(bench, S("GET / HTTP/1.1\r\n" LAST)), "200 OK");
        close(fd);
    }
    release(bench);
    assert_has(talk(bench, S("GET /alive HTTP/1.1\r\n" LAST)), "/alive");
    loop_post(bench->loop, drain, bench);
    for (int i = 0; i < WAIT_MS && !atomic_load(&bench->drained); i++) usleep(1000);
    assert_true(atomic_load(&bench->drained));
    bench_close(bench);
}

static void a_long_reply_arrives_whole_at_a_slow_reader(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    int fd = dial(bench);
    put(fd, S("GET /big HTTP/1.1\r\n" H "\r\nGET /after HTTP/1.1\r\n" LAST));
    assert_has(talk(bench, S("GET / HTTP/1.1\r\n" LAST)), "200 OK"); /* others go on */
    static char buffer[64 << 10];
    size_t total = 0;
    ssize_t n;
    bool after = false;
    while ((n = recv(fd, buffer, sizeof buffer - 1, 0)) > 0) {
        total += (size_t)n;
        buffer[n] = '\0';
        after = n >= 6 && memcmp(buffer + n - 6, "/after", 6) == 0;
    }
    assert_int_equal(n, 0);
    assert_true(total > 8u << 20);
    assert_true(after);
    close(fd);
    bench_close(bench);
}

static void a_server_that_cannot_listen_says_what_to_do(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    struct http_server_options options = options_of(bench);
    struct http_server *server;
    struct loop *loop;
    assert_true(loop_new(&loop));
    const struct {
        str host;
        int port;
        const char *part;
    } rows[] = {
        {S("127.0.0.1"), bench->port, "is in use by another program"},
        {S("203.0.113.7"), 0, "This machine has no address 203.0.113.7"},
        {S("localhost"), 80, "Write a numeric one"},
        {S(""), 80, "Write a numeric one"},
        {S("127.0.0.1"), 65536, "Write a numeric one"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        str why = {NULL, 0};
        char text[300];
        options.host = rows[i].host;
        options.port = rows[i].port;
        assert_false(http_server_open(loop, &options, &server, &why));
        (void)snprintf(text, sizeof text, "%.*s", STR_ARG(why));
        assert_has(text, rows[i].part);
    }
    loop_free(loop);
    bench_close(bench);
}

static void the_peer_is_told_by_number(void **state)
{
    (void)state;
    struct bench *bench = open_default();
    assert_has(talk(bench, S("GET /peer HTTP/1.1\r\n" LAST)), "\r\n\r\n127.0.0.1");
    bench_close(bench);
    static struct bench both;
    struct http_server_options options = options_of(&both);
    struct loop *loop;
    struct http_server *server;
    str why;
    options.host = S("[::]");
    assert_true(loop_new(&loop));
    bool has_ipv6 = http_server_open(loop, &options, &server, &why);
    if (has_ipv6) http_server_close(server);
    loop_free(loop);
    if (!has_ipv6) skip(); /* a machine without IPv6 */
    bench_open(&both, &options);
    assert_has(talk(&both, S("GET /peer HTTP/1.1\r\n" LAST)), "\r\n\r\n127.0.0.1");
    bench_close(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_connection_answers_request_after_request),
        cmocka_unit_test(each_refusal_says_why_and_closes),
        cmocka_unit_test(a_refusal_knows_nothing_of_the_request_before),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_pipelined_request_waits_for_the_one_before),
        cmocka_unit_test(an_answer_may_come_from_any_thread),
        cmocka_unit_test(head_is_answered_without_the_body),
        cmocka_unit_test(a_header_value_never_becomes_two_headers),
        cmocka_unit_test(a_client_of_1_0_gets_its_connection_closed),
        cmocka_unit_test(continue_is_said_only_where_the_body_is_wanted),
        cmocka_unit_test(a_stream_is_sent_in_chunks),
        cmocka_unit_test(a_stream_ends_when_its_reader_is_slow_or_gone),
        cmocka_unit_test(a_dripper_is_closed_at_the_deadline),
        cmocka_unit_test(an_idle_connection_is_closed_at_its_deadline),
        cmocka_unit_test(many_idle_connections_do_not_hinder_one_more),
        cmocka_unit_test(one_connection_too_many_is_told_so),
        cmocka_unit_test(running_out_of_files_only_delays),
        cmocka_unit_test(drain_answers_what_is_asked_and_closes_the_rest),
        cmocka_unit_test(a_client_that_left_does_no_harm),
        cmocka_unit_test(a_long_reply_arrives_whole_at_a_slow_reader),
        cmocka_unit_test(a_server_that_cannot_listen_says_what_to_do),
        cmocka_unit_test(the_peer_is_told_by_number),
    };
    return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
