/* sink: an SMTP relay that takes every mail and forgets it, each reply a round trip late.
 *
 *   sink [--port P] [--delay-ms N] [--count N] [--seconds S]
 *
 * Prints {"listening":PORT}, and after `count` mails or S seconds what came, as a line of JSON. It
 * offers PIPELINING (RFC 2920); replies leave in the order of the commands. The end-to-end tests
 * have a relay that misbehaves (tests/e2e/smtp_peer.mjs); this one is only fast.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SESSIONS_MAX = 256, LINE_BYTES = 2048, REPLIES = 1 << 16, EVENTS = 64 };

struct session {
    int fd; /* -1: free */
    unsigned generation;
    bool in_data, quit;
    int line, end; /* bytes of the present line; how much of CR LF . CR LF was seen */
    char text[LINE_BYTES];
};

/* What is said later; all wait equally long, hence a queue. */
struct reply {
    int64_t due_us;
    struct session *to;
    unsigned generation;
    const char *text;
};

struct sink {
    int listening, epoll, open, most;
    int64_t delay_us, count, seconds, mails, bytes, first_us, last_us;
    struct session session[SESSIONS_MAX];
    struct reply reply[REPLIES];
    unsigned head, tail;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void say(struct sink *k, struct session *s, const char *text)
{
    if (k->tail - k->head == REPLIES) die("too many replies wait");
    k->reply[k->tail++ % REPLIES] = (struct reply){now_us() + k->delay_us, s, s->generation, text};
}

static void finish(struct sink *k, struct session *s)
{
    close(s->fd);
    s->fd = -1;
    s->generation++;
    k->open--;
}

static void command(struct sink *k, struct session *s)
{
    static const struct {
        const char *verb, *reply;
    } known[] = {
        {"EHLO", "250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
                 "250 SIZE 33554432\r\n"},
        {"HELO", "250 localhost\r\n"},
        {"MAIL", "250 2.1.0 sender ok\r\n"},
        {"RCPT", "250 2.1.5 recipient ok\r\n"},
        {"DATA", "354 end with a dot alone\r\n"},
        {"RSET", "250 2.0.0 forgotten\r\n"},
        {"NOOP", "250 2.0.0 fine\r\n"},
        {"QUIT", "221 2.0.0 bye\r\n"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncasecmp(s->text, known[i].verb, 4) != 0) continue;
        say(k, s, known[i].reply);
        s->in_data = strcmp(known[i].verb, "DATA") == 0;
        s->end = s->in_data ? 2 : 0; /* the DATA line's own end counts as the first CR LF */
        return;
    }
    say(k, s, "500 5.5.2 unknown command\r\n");
}

static void mail_came(struct sink *k, struct session *s)
{
    s->in_data = false;
    s->line = 0;
    k->last_us = now_us();
    if (k->mails++ == 0) k->first_us = k->last_us;
    say(k, s, "250 2.0.0 kept\r\n");
}

static void on_byte(struct sink *k, struct session *s, char c)
{
    static const char dot[] = "\r\n.\r\n";
    if (s->in_data) {
        s->end = c == dot[s->end] ? s->end + 1 : c == '\r' ? 1 : 0;
        if (s->end == (int)sizeof dot - 1) mail_came(k, s);
        return;
    }
    if (s->line < LINE_BYTES - 1) s->text[s->line++] = c;
    if (c != '\n') return;
    s->text[s->line] = 0;
    s->line = 0;
    command(k, s);
}

static void on_readable(struct sink *k, struct session *s)
{
    char bytes[16 << 10];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        finish(k, s);
        return;
    }
    k->bytes += n;
    for (ssize_t i = 0; i < n; i++) on_byte(k, s, bytes[i]);
}

static void on_connect(struct sink *k)
{
    int fd = accept4(k->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    struct session *s = k->session;
    if (fd < 0) return;
    while (s < k->session + SESSIONS_MAX && s->fd >= 0) s++;
    if (s == k->session + SESSIONS_MAX) {
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *s = (struct session){.fd = fd, .generation = s->generation + 1};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
    if (epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &e) != 0) die("epoll");
    if (++k->open > k->most) k->most = k->open;
    say(k, s, "220 localhost ESMTP sink\r\n");
}

/* What is due now; how long to wait for the next. */
static int speak(struct sink *k)
{
    int64_t now = now_us();
    for (; k->head != k->tail && k->reply[k->head % REPLIES].due_us <= now; k->head++) {
        struct reply *r = &k->reply[k->head % REPLIES];
        if (r->generation != r->to->generation) continue;
        (void)send(r->to->fd, r->text, strlen(r->text), MSG_NOSIGNAL);
    }
    if (k->head == k->tail) return 200;
    return (int)((k->reply[k->head % REPLIES].due_us - now + 999) / 1000);
}

static void listen_on(struct sink *k, uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int one = 1;
    k->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(k->listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(k->listening, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(k->listening, 128) != 0 ||
        getsockname(k->listening, (struct sockaddr *)&at, &len) != 0)
        die("listen");
    k->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(k->epoll, EPOLL_CTL_ADD, k->listening, &e) != 0) die("epoll");
    printf("{\"listening\":%d}\n", ntohs(at.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct sink k = {.delay_us = 20000, .count = 1000, .seconds = 60};
    long long port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        long long n = strtoll(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--port") == 0) port = n;
        if (strcmp(argv[i], "--delay-ms") == 0) k.delay_us = n * 1000;
        if (strcmp(argv[i], "--count") == 0) k.count = n;
        if (strcmp(argv[i], "--seconds") == 0) k.seconds = n;
    }
    for (int i = 0; i < SESSIONS_MAX; i++) k.session[i].fd = -1;
    listen_on(&k, (uint16_t)port);
    struct epoll_event event[EVENTS];
    int64_t until = now_us() + k.seconds * 1000000;
    /* Replies to the last mails are still to go out. */
    while ((k.mails < k.count || k.head != k.tail) && now_us() < until) {
        int n = epoll_wait(k.epoll, event, EVENTS, speak(&k));
        for (int i = 0; i < n; i++) {
            if (event[i].data.ptr == NULL)
                on_connect(&k);
            else
                on_readable(&k, event[i].data.ptr);
        }
    }
    double seconds = (double)(k.last_us - k.first_us) / 1e6;
    printf("{\"mails\":%lld,\"bytes\":%lld,\"connections\":%d,\"seconds\":%.4f,\"per_s\":%.1f}\n",
           (long long)k.mails, (long long)k.bytes, k.most, seconds,
           seconds > 0 ? (double)(k.mails - 1) / seconds : 0);
    return 0;
}
