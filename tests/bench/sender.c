/* sender: the bare loop of sending: mails over N connections, the body of one and the envelope of
 * the next in one piece, nothing written down anywhere.
 *
 *   sender --port P [--connections N] [--count N] [--bytes N]
 *
 * What it reaches against sink is what the round trips and the machine allow at that moment.
 * Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, BODY_MAX = 1 << 20 };

static const char envelope[] = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";

struct sender {
    int epoll, connections, body_len;
    long long count, begun, done;
    char body[BODY_MAX];
    struct {
        int fd;
        char code[4]; /* of the present line: three digits, and what follows them */
        int code_len;
    } connection[CONNECTIONS_MAX];
};

static void die(const char *what)
{
    fprintf(stderr, "sender: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put(int fd, const char *bytes, size_t n)
{
    if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n) die("send");
}

/* The last line of a reply has come. */
static void on_reply(struct sender *s, int fd, const char *code)
{
    if (code[0] == '3') put(fd, s->body, (size_t)s->body_len);
    if (code[0] == '2' && code[1] == '2') put(fd, "EHLO bench\r\n", 12);
    /* One mail goes ahead of its envelope: the first after EHLO, the others behind a body. */
    if (code[0] == '3' && s->begun < s->count) {
        s->begun++;
        put(fd, envelope, sizeof envelope - 1);
    }
    if (code[0] > '3') die("refused");
}

static void on_line(struct sender *s, int i, int *replies)
{
    char *code = s->connection[i].code;
    if (s->connection[i].code_len < 4 || code[3] == '-') return;
    int fd = s->connection[i].fd;
    on_reply(s, fd, code);
    /* 250: to EHLO, then MAIL, RCPT, and the end of the body for each mail. */
    if (code[0] != '2' || code[1] != '5') return;
    if ((*replies)++ == 0 && s->begun < s->count) {
        s->begun++;
        put(fd, envelope, sizeof envelope - 1);
    }
    if (*replies > 1 && (*replies - 1) % 3 == 0) s->done++;
}

static void on_readable(struct sender *s, int i, int *replies)
{
    char bytes[4096];
    ssize_t n = recv(s->connection[i].fd, bytes, sizeof bytes, 0);
    if (n <= 0) die("closed");
    for (ssize_t k = 0; k < n; k++) {
        if (bytes[k] == '\n') {
            on_line(s, i, replies);
            s->connection[i].code_len = 0;
        } else if (s->connection[i].code_len < 4) {
            s->connection[i].code[s->connection[i].code_len++] = bytes[k];
        }
    }
}

int main(int argc, char **argv)
{
    static struct sender s = {.connections = 16, .count = 1000, .body_len = 12000};
    static int replies[CONNECTIONS_MAX];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 1; i + 1 < argc; i += 2) {
        long n = strtol(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--port") == 0) to.sin_port = htons((uint16_t)n);
        if (strcmp(argv[i], "--connections") == 0) s.connections = (int)n;
        if (strcmp(argv[i], "--count") == 0) s.count = n;
        if (strcmp(argv[i], "--bytes") == 0) s.body_len = (int)n;
    }
    if (s.connections < 1 || s.connections > CONNECTIONS_MAX || s.body_len < 8 ||
        s.body_len > BODY_MAX)
        return 2;
    for (int i = 0; i < s.body_len; i++)
        s.body[i] = i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'x';
    memcpy(s.body + s.body_len - 6, "x\r\n.\r\n", 6);
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct timespec from, end;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0, one = 1; i < s.connections; i++) {
        int fd = s.connection[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        if (epoll_ctl(s.epoll, EPOLL_CTL_ADD, fd, &e) != 0) die("epoll");
    }
    while (s.done < s.count) {
        struct epoll_event event[CONNECTIONS_MAX];
        int n = epoll_wait(s.epoll, event, CONNECTIONS_MAX, 10000);
        if (n <= 0) die("nothing comes");
        for (int i = 0; i < n; i++)
            on_readable(&s, (int)event[i].data.u32, &replies[event[i].data.u32]);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - from.tv_sec) + (double)(end.tv_nsec - from.tv_nsec) / 1e9;
    printf("{\"mails\":%lld,\"seconds\":%.4f,\"per_s\":%.1f}\n", s.done, seconds,
           (double)s.done / seconds);
    return 0;
}
