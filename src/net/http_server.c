#include "net/http_inner.h"

#include "base/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* --- stages and their deadlines --- */

static int64_t stage_wait_ms(const struct http_server *server, enum http_stage stage)
{
    switch (stage) {
    case HTTP_STAGE_IDLE:
        return server->options.idle_ms;
    case HTTP_STAGE_HEAD:
        return server->options.head_ms;
    case HTTP_STAGE_BODY:
        return server->options.body_ms;
    case HTTP_STAGE_WRITE:
        return LIMIT_HTTP_WRITE_MS;
    case HTTP_STAGE_LINGER:
        return LIMIT_HTTP_LINGER_MS;
    case HTTP_STAGE_BUSY:
    case HTTP_STAGE_STREAM:
    case HTTP_STAGE_CLOSED:
    case HTTP_STAGE__COUNT:
        break;
    }
    return INT64_MAX;
}

static int64_t now_ms(const struct http_server *server)
{
    return (int64_t)uv_now(loop_uv(server->loop));
}

static void on_deadline(uv_timer_t *timer);

static void arm(struct http_server *server, int64_t due_ms)
{
    if (due_ms >= server->armed_ms || uv_is_closing((uv_handle_t *)&server->deadlines)) return;
    int64_t wait_ms = due_ms - now_ms(server);
    server->armed_ms = due_ms;
    (void)uv_timer_start(&server->deadlines, on_deadline, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void on_deadline(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    int64_t now = now_ms(server);
    server->armed_ms = INT64_MAX;
    for (int i = 0; i < HTTP_STAGE__COUNT; i++) {
        struct http_connection *conn;
        /* Whatever expires leaves the list's head: closed, or to the tail of another stage. */
        while ((conn = server->stage[i].first) != NULL && conn->due_ms <= now)
            http_connection_expire(conn);
    }
    for (int i = 0; i < HTTP_STAGE__COUNT; i++)
        if (server->stage[i].first != NULL) arm(server, server->stage[i].first->due_ms);
}

void http_stage_leave(struct http_connection *conn)
{
    if (conn->stage == HTTP_STAGE__COUNT) return;
    struct http_stage_list *list = &conn->server->stage[conn->stage];
    *(conn->prev != NULL ? &conn->prev->next : &list->first) = conn->next;
    *(conn->next != NULL ? &conn->next->prev : &list->last) = conn->prev;
    conn->prev = conn->next = NULL;
    conn->stage = HTTP_STAGE__COUNT;
}

void http_stage_set(struct http_connection *conn, enum http_stage stage)
{
    struct http_server *server = conn->server;
    struct http_stage_list *list = &server->stage[stage];
    int64_t wait_ms = stage_wait_ms(server, stage);
    http_stage_leave(conn);
    conn->stage = (uint8_t)stage;
    conn->due_ms = wait_ms == INT64_MAX ? INT64_MAX : now_ms(server) + wait_ms;
    conn->prev = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = conn;
    list->last = conn;
    arm(server, conn->due_ms);
}

/* --- accepting --- */

static void on_acceptable(uv_poll_t *poll, int status, int events);

static void accept_start(struct http_server *server)
{
    if (server->listening) (void)uv_poll_start(&server->listener, UV_READABLE, on_acceptable);
}

static void on_accept_pause(uv_timer_t *timer)
{
    accept_start(timer->data);
}

/* "::ffff:192.0.2.1" is an IPv4 client on a socket for both. */
static void peer_text(const struct sockaddr_storage *from, char *to, size_t size)
{
    static const char mapped[] = "::ffff:";
    const void *at =
        from->ss_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr;
    if (inet_ntop(from->ss_family, at, to, (socklen_t)size) == NULL) to[0] = '\0';
    if (strncmp(to, mapped, sizeof mapped - 1) == 0 && strchr(to, '.') != NULL) {
        memmove(to, to + sizeof mapped - 1, strlen(to) - sizeof mapped + 2);
    }
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct http_server *server = poll->data;
    for (int i = 0; i < LIMIT_HTTP_ACCEPTS && server->listening; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof from;
        int fd = accept4(server->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            /* The queue stays readable: look again in a moment instead of spinning. */
            (void)uv_poll_stop(poll);
            (void)uv_timer_start(&server->accept_pause, on_accept_pause, LIMIT_HTTP_ACCEPT_PAUSE_MS,
                                 0);
            return;
        }
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0) return;
        int open = server->connections, max = server->options.connections_max;
        if (open >= max + LIMIT_HTTP_OVERFLOW) {
            (void)close(fd);
            continue;
        }
        char peer[46];
        peer_text(&from, peer, sizeof peer);
        http_connection_open(server, fd, peer, open >= max);
    }
}

/* --- opening --- */

static bool read_address(str host, int port, struct sockaddr_storage *out)
{
    char text[64];
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = (str){host.ptr + 1, host.len - 2};
    }
    if (host.len < 1 || host.len >= (ptrdiff_t)sizeof text || port < 0 || port > 65535)
        return false;
    memcpy(text, host.ptr, (size_t)host.len);
    text[host.len] = '\0';
    *out = (struct sockaddr_storage){0};
    if (uv_ip4_addr(text, port, (struct sockaddr_in *)(void *)out) == 0) return true;
    return uv_ip6_addr(text, port, (struct sockaddr_in6 *)(void *)out) == 0;
}

static str why_not(struct loop *loop, int err, str host, int port)
{
    switch (err) {
    case EADDRINUSE:
        return loop_sentence(loop,
                             "Port %d is in use by another program. Stop that program, or choose "
                             "another port.",
                             port);
    case EADDRNOTAVAIL:
        return loop_sentence(loop,
                             "This machine has no address %.*s. Use one of its own, 127.0.0.1 for "
                             "this machine alone, or 0.0.0.0 for all.",
                             STR_ARG(host));
    case EACCES:
    case EPERM:
        return loop_sentence(loop,
                             "Permission to listen on port %d is denied. Choose a port from 1024 "
                             "up and put a reverse proxy in front, or allow the program to bind "
                             "low ports.",
                             port);
    default:
        return loop_sentence(loop, "Cannot listen on %.*s, port %d: %s.", STR_ARG(host), port,
                             strerror(err));
    }
}

/* A listening socket, or -1 and errno. */
static int listen_on(const struct sockaddr_storage *address)
{
    int yes = 1, no = 0;
    socklen_t len =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    /* Accepted sockets inherit it: a reply is one write and shall not wait for an ACK. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (address->ss_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    }
    if (bind(fd, (const struct sockaddr *)address, len) != 0 || listen(fd, SOMAXCONN) != 0) {
        int err = errno;
        (void)close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    (void)getsockname(fd, (struct sockaddr *)&bound, &len);
    return ntohs(bound.ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port
                     : ((const struct sockaddr_in *)(const void *)&bound)->sin_port);
}

/* A connection is a file; the soft limit is often 1,024. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static struct http_server *server_new(struct loop *loop, const struct http_server_options *options,
                                      int fd)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) return NULL;
    uv_loop_t *uv = loop_uv(loop);
    if (uv_poll_init(uv, &server->listener, fd) != 0) {
        free(server);
        return NULL;
    }
    (void)uv_timer_init(uv, &server->deadlines);
    (void)uv_timer_init(uv, &server->accept_pause);
    server->listener.data = server->deadlines.data = server->accept_pause.data = server;
    server->handles = 3;
    server->loop = loop;
    server->options = *options;
    server->options.host = (str){NULL, 0}; /* the caller's, and not needed any more */
    server->fd = fd;
    server->port = port_of(fd);
    server->listening = true;
    server->armed_ms = INT64_MAX;
    server->budget.max_bytes = LIMIT_HTTP_HELD_BYTES;
    server->out_last = &server->out_first;
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->taken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return server;
}

bool http_server_open(struct loop *loop, const struct http_server_options *options,
                      struct http_server **out, str *why)
{
    assert(options->on_request != NULL && options->connections_max > 0);
    assert(options->head_ms > 0 && options->body_ms > 0 && options->idle_ms > 0);
    assert(options->stall_ms > 0);
    struct sockaddr_storage address;
    if (!http_llhttp_is_strict()) {
        *why = S("llhttp was compiled without -DLLHTTP_STRICT_MODE=1, which lets requests be "
                 "smuggled in. Build it anew.");
        return false;
    }
    if (!read_address(options->host, options->port, &address)) {
        *why = loop_sentence(loop,
                             "\"%.*s\", port %d is no address to listen on. Write a numeric one, "
                             "as 127.0.0.1 or ::1, and a port from 0 to 65535.",
                             STR_ARG(options->host), options->port);
        return false;
    }
    raise_file_limit();
    int fd = listen_on(&address);
    if (fd < 0) {
        *why = why_not(loop, errno, options->host, options->port);
        return false;
    }
    *out = server_new(loop, options, fd);
    if (*out == NULL) {
        (void)close(fd);
        *why = S("Not enough memory to start the server.");
        return false;
    }
    accept_start(*out);
    return true;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

int http_server_connections(const struct http_server *server)
{
    return server->connections;
}

/* --- ending --- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    server->handles--;
}

static void stop_listening(struct http_server *server)
{
    if (!server->listening) return;
    server->listening = false;
    (void)uv_poll_stop(&server->listener);
    uv_close((uv_handle_t *)&server->listener, on_handle_closed);
    uv_close((uv_handle_t *)&server->accept_pause, on_handle_closed);
    (void)close(server->fd);
}

void http_server_drain(struct http_server *server)
{
    stop_listening(server);
    server->draining = true;
    struct http_connection *conn;
    while ((conn = server->stage[HTTP_STAGE_IDLE].first) != NULL) http_connection_linger(conn);
    for (conn = server->stage[HTTP_STAGE_STREAM].first; conn != NULL; conn = conn->next)
        if (conn->ex != NULL) http_exchange_gone(conn->ex);
    /* Also whose head the loop has not seen yet, and never may. */
    pthread_mutex_lock(&server->lock);
    server->over = true;
    pthread_cond_broadcast(&server->taken);
    pthread_mutex_unlock(&server->lock);
}

void http_server_close(struct http_server *server)
{
    if (server == NULL) return;
    stop_listening(server);
    server->draining = true;
    for (int i = 0; i < HTTP_STAGE__COUNT; i++) {
        while (i != HTTP_STAGE_CLOSED && server->stage[i].first != NULL)
            http_connection_close(server->stage[i].first);
    }
    uv_close((uv_handle_t *)&server->deadlines, on_handle_closed);
    http_out_run(server);
    bool posted = true;
    while (server->handles > 0 || server->connections > 0 || posted) {
        (void)uv_run(loop_uv(server->loop), UV_RUN_NOWAIT);
        pthread_mutex_lock(&server->lock);
        posted = server->out_posted;
        pthread_mutex_unlock(&server->lock);
        /* Exchanges that never got their answer go with the server. */
        struct http_connection *conn = server->stage[HTTP_STAGE_CLOSED].first, *next;
        for (; conn != NULL; conn = next) {
            next = conn->next;
            http_connection_forget(conn);
        }
    }
    while (server->free_exchanges != NULL) {
        struct http_exchange *next = server->free_exchanges->next_free;
        free(server->free_exchanges);
        server->free_exchanges = next;
    }
    pthread_cond_destroy(&server->taken);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
