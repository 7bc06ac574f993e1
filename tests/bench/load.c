/* load: ask one loopback server the same thing over many keep-alive connections.
 *
 *   load --port P --file REQUEST [--connections N] [--requests N] [--first N] [--seconds S]
 * [--hold]
 *
 * REQUEST is a whole HTTP/1.1 request; ten at-signs in it become a number that no other request
 * has. Each connection has one request under way. Ends after N requests or S seconds, whichever
 * comes first, and prints one line of JSON. With --hold each connection asks once, "held" is
 * printed, and all stay open and idle until standard input ends.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 20000,
    REQUESTS_MAX = 2000000,
    REQUEST_BYTES = 16 << 10,
    HEAD_BYTES = 8 << 10,
    EVENTS = 256,
    PLACES_MAX = 8,
    NUMBER_DIGITS = 10
};

static const char MARK[] = "@@@@@@@@@@";

struct connection {
    int fd;
    int64_t asked_us;
    int head;          /* bytes in `text`; -1: the head has been read */
    int64_t body_left; /* of the reply */
    int status;
    char *text; /* the reply's head as far as it came */
    char *request;
};

struct load {
    struct sockaddr_in to;
    char request[REQUEST_BYTES];
    int request_len, place[PLACES_MAX], places;
    int connections;
    int64_t requests, first, seconds;
    bool hold;
    /* what came of it */
    int epoll;
    int64_t asked, done, bytes, failed, status[6], *latency_us;
    struct connection *connection;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* --- one connection --- */

static void open_one(struct load *l, struct connection *c)
{
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&l->to, sizeof l->to) != 0) die("connect");
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &e) != 0) die("epoll");
}

/* A request fits into an empty socket's buffer: what does not go out at once is a failure. */
static void ask(struct load *l, struct connection *c)
{
    char number[32];
    snprintf(number, sizeof number, "%0*lld", NUMBER_DIGITS, (long long)(l->first + l->asked++));
    for (int i = 0; i < l->places; i++) memcpy(c->request + l->place[i], number, NUMBER_DIGITS);
    c->head = 0;
    c->body_left = 0;
    c->asked_us = now_us();
    if (send(c->fd, c->request, (size_t)l->request_len, MSG_NOSIGNAL) != l->request_len)
        die("send");
}

/* The reply's length, from a head that ends at `end`. */
static bool head_read(struct connection *c, const char *end)
{
    c->text[end - c->text - 1] = 0; /* the newline of the last header's end */
    if (strncmp(c->text, "HTTP/1.1 ", 9) != 0) return false;
    c->status = (int)strtol(c->text + 9, NULL, 10);
    char *at = strcasestr(c->text, "\ncontent-length:");
    c->body_left = at == NULL ? 0 : strtoll(at + strlen("\ncontent-length:"), NULL, 10);
    return at != NULL || c->status == 304 || c->status == 204;
}

static void settle(struct load *l, struct connection *c)
{
    l->latency_us[l->done++] = now_us() - c->asked_us;
    l->status[c->status >= 100 && c->status < 600 ? c->status / 100 : 0]++;
    if (l->asked < l->requests && !l->hold) ask(l, c);
}

/* True if a reply is whole. What comes behind it would be an answer to nothing. */
static bool take(struct load *l, struct connection *c, char *bytes, int64_t n)
{
    l->bytes += n;
    if (c->head < 0) {
        c->body_left -= n;
        return c->body_left <= 0;
    }
    if (c->head + n >= HEAD_BYTES) n = HEAD_BYTES - 1 - c->head; /* a long body, or nonsense */
    memcpy(c->text + c->head, bytes, (size_t)n);
    c->head += (int)n;
    c->text[c->head] = 0;
    char *end = strstr(c->text, "\r\n\r\n");
    if (end == NULL) return false;
    int64_t over = c->text + c->head - (end + 4);
    if (!head_read(c, end + 4)) {
        errno = EPROTO;
        die("a reply without a length");
    }
    c->body_left -= over;
    c->head = -1;
    return c->body_left <= 0;
}

static void on_readable(struct load *l, struct connection *c)
{
    char bytes[HEAD_BYTES / 2];
    for (;;) {
        ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) { /* closed: ask again on a new one */
            l->failed++;
            close(c->fd);
            open_one(l, c);
            if (l->asked < l->requests) ask(l, c);
            return;
        }
        if (take(l, c, bytes, n)) {
            settle(l, c);
            return;
        }
    }
}

/* --- all of them --- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double latency_ms(const struct load *l, int percent)
{
    if (l->done == 0) return 0;
    return (double)l->latency_us[(l->done - 1) * percent / 100] / 1000;
}

static void report(struct load *l, int64_t took_us)
{
    qsort(l->latency_us, (size_t)l->done, sizeof *l->latency_us, by_size);
    double seconds = (double)took_us / 1e6;
    printf("{\"requests\":%lld,\"seconds\":%.4f,\"per_s\":%.1f,\"p50_ms\":%.3f,\"p95_ms\":%.3f,"
           "\"p99_ms\":%.3f,\"max_ms\":%.3f,\"bytes\":%lld,\"failed\":%lld,\"status\":"
           "{\"2xx\":%lld,\"3xx\":%lld,\"4xx\":%lld,\"5xx\":%lld}}\n",
           (long long)l->done, seconds, (double)l->done / seconds, latency_ms(l, 50),
           latency_ms(l, 95), latency_ms(l, 99), latency_ms(l, 100), (long long)l->bytes,
           (long long)l->failed, (long long)l->status[2], (long long)l->status[3],
           (long long)l->status[4], (long long)l->status[5]);
    fflush(stdout);
}

static void run(struct load *l)
{
    struct epoll_event event[EVENTS];
    int64_t began = now_us(), until = began + l->seconds * 1000000;
    int opened = 0;
    /* Few at a time: the queue of a listening socket is short. */
    while (l->done < l->requests && now_us() < until) {
        for (int i = 0; i < 100 && opened < l->connections && l->asked < l->requests; i++) {
            struct connection *c = &l->connection[opened++];
            open_one(l, c);
            ask(l, c);
        }
        int n = epoll_wait(l->epoll, event, EVENTS, opened < l->connections ? 0 : 1000);
        for (int i = 0; i < n; i++) on_readable(l, event[i].data.ptr);
    }
    report(l, now_us() - began);
}

static void prepare(struct load *l)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (l->hold) l->requests = l->connections;
    if (l->requests > REQUESTS_MAX) l->requests = REQUESTS_MAX;
    if (l->connections > CONNECTIONS_MAX) l->connections = CONNECTIONS_MAX;
    size_t n = (size_t)l->connections;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->latency_us = calloc((size_t)l->requests, sizeof *l->latency_us);
    l->connection = calloc(n, sizeof *l->connection);
    char *text = malloc(n * HEAD_BYTES), *request = malloc(n * (size_t)l->request_len);
    if (l->epoll < 0 || l->latency_us == NULL || l->connection == NULL || text == NULL ||
        request == NULL)
        die("memory");
    for (size_t i = 0; i < n; i++) {
        l->connection[i].text = text + i * HEAD_BYTES;
        l->connection[i].request = request + i * (size_t)l->request_len;
        memcpy(l->connection[i].request, l->request, (size_t)l->request_len);
    }
}

static void request_load(struct load *l, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) die(path);
    l->request_len = (int)fread(l->request, 1, sizeof l->request - 1, f);
    fclose(f);
    for (char *at = l->request; (at = strstr(at, MARK)) != NULL; at += NUMBER_DIGITS)
        if (l->places < PLACES_MAX) l->place[l->places++] = (int)(at - l->request);
}

int main(int argc, char **argv)
{
    static struct load l = {.connections = 64, .requests = 10000, .seconds = 30};
    l.to = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(name, "--hold") == 0) {
            l.hold = true;
            continue;
        }
        i++;
        long long n = strtoll(value, NULL, 10);
        if (strcmp(name, "--file") == 0)
            request_load(&l, value);
        else if (strcmp(name, "--port") == 0)
            l.to.sin_port = htons((uint16_t)n);
        else if (strcmp(name, "--connections") == 0)
            l.connections = (int)n;
        else if (strcmp(name, "--requests") == 0)
            l.requests = n;
        else if (strcmp(name, "--first") == 0)
            l.first = n;
        else if (strcmp(name, "--seconds") == 0)
            l.seconds = n;
        else
            l.request_len = -1;
    }
    if (l.request_len <= 0 || l.to.sin_port == 0 || l.connections < 1 || l.requests < 1) {
        fprintf(stderr, "usage: load --port P --file REQUEST [--connections N] [--requests N] "
                        "[--first N] [--seconds S] [--hold]\n");
        return 2;
    }
    prepare(&l);
    run(&l);
    if (l.hold) {
        printf("held\n");
        fflush(stdout);
        while (getchar() != EOF) {
        }
    }
    return l.done > 0 ? 0 : 1;
}
