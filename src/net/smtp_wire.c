#include "net/smtp_wire.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wire_write {
    uv_write_t request;
    struct smtp_wire *wire;
    ptrdiff_t len;
    char bytes[];
};

static void lose(struct smtp_wire *w, const char *words)
{
    if (!w->closing) w->on->lost(w->user, words);
}

static void lose_uv(struct smtp_wire *w, const char *what, int rc)
{
    char words[160];
    snprintf(words, sizeof words, "%s: %s", what, uv_strerror(rc));
    lose(w, words);
}

static void closed_if_all(struct smtp_wire *w)
{
    if (!w->closing || w->tcp_open || w->timer_open || w->looking_up) return;
    if (w->found != NULL) uv_freeaddrinfo(w->found);
    w->found = NULL;
    tls_free(w->tls);
    w->tls = NULL;
    w->on->closed(w->user);
}

static void connect_next(struct smtp_wire *w);

static void on_timer(uv_timer_t *timer)
{
    struct smtp_wire *w = timer->data;
    if (w->broken) {
        lose(w, w->last_error);
    } else if (w->connected) {
        char words[64];
        snprintf(words, sizeof words, "no answer within %lld s",
                 (long long)((w->deadline_ms + 999) / 1000));
        w->expired = true;
        lose(w, words);
        w->expired = false;
    } else if (w->looking_up) {
        lose(w, "the host name was not resolved in time");
    } else {
        snprintf(w->last_error, sizeof w->last_error, "no connection within %lld s",
                 (long long)((w->connect_ms + 999) / 1000));
        connect_next(w);
    }
}

void wire_deadline(struct smtp_wire *w, int64_t ms)
{
    if (w->closing || w->broken) return;
    w->deadline_ms = ms;
    (void)uv_timer_start(&w->timer, on_timer, (uint64_t)ms, 0);
}

/* Tell it from the loop: whoever sends is in the middle of something. */
static void break_soon(struct smtp_wire *w, const char *words)
{
    if (w->closing || w->broken) return;
    snprintf(w->last_error, sizeof w->last_error, "%s", words);
    w->broken = true;
    (void)uv_timer_start(&w->timer, on_timer, 0, 0);
}

static void on_written(uv_write_t *request, int rc)
{
    struct wire_write *write = (struct wire_write *)request;
    struct smtp_wire *w = write->wire;
    w->unsent_bytes -= write->len;
    /* a password may have been in it */
    explicit_bzero(write->bytes, (size_t)write->len);
    free(write);
    if (w->closing || w->broken) return;
    if (rc != 0)
        lose_uv(w, "the connection broke", rc);
    else if (w->unsent_bytes == 0)
        w->on->drained(w->user);
}

static void write_raw(struct smtp_wire *w, str bytes, str more)
{
    ptrdiff_t len = bytes.len + more.len;
    struct wire_write *write = malloc(sizeof *write + (size_t)len);
    if (write == NULL) {
        break_soon(w, "memory is short");
        return;
    }
    write->wire = w;
    write->len = len;
    memcpy(write->bytes, bytes.ptr, (size_t)bytes.len);
    if (more.len > 0) memcpy(write->bytes + bytes.len, more.ptr, (size_t)more.len);
    uv_buf_t piece = uv_buf_init(write->bytes, (unsigned)len);
    int rc = uv_write(&write->request, (uv_stream_t *)&w->tcp, &piece, 1, on_written);
    if (rc != 0) {
        free(write);
        break_soon(w, uv_strerror(rc));
        return;
    }
    w->unsent_bytes += len;
}

static void flush_tls(struct smtp_wire *w)
{
    char piece[32 << 10];
    ptrdiff_t n;
    while (!w->broken && (n = tls_take(w->tls, piece, sizeof piece)) > 0)
        write_raw(w, (str){piece, n}, (str){NULL, 0});
}

void wire_send(struct smtp_wire *w, str bytes, str more)
{
    if (w->closing || w->broken || bytes.len == 0) return;
    if (w->tls == NULL) {
        write_raw(w, bytes, more);
    } else if (tls_write(w->tls, bytes.ptr, bytes.len) && tls_write(w->tls, more.ptr, more.len)) {
        flush_tls(w);
    } else {
        break_soon(w, "TLS broke");
    }
}

static void lose_tls(struct smtp_wire *w)
{
    char words[256];
    flush_tls(w); /* the alert that tells the other side why */
    tls_words(w->tls, words, sizeof words);
    lose(w, words);
}

/* Handshake, then plain bytes, as far as what has arrived goes. */
static void run_tls(struct smtp_wire *w)
{
    if (!w->secured) {
        enum tls_state state = tls_handshake(w->tls);
        if (state == TLS_WANT_MORE) {
            flush_tls(w);
            return;
        }
        if (state != TLS_OK) {
            lose_tls(w);
            return;
        }
        flush_tls(w);
        w->secured = true;
        w->on->secured(w->user);
    }
    char plain[16 << 10];
    while (!w->closing) {
        ptrdiff_t got = 0;
        enum tls_state state = tls_read(w->tls, plain, sizeof plain, &got);
        if (state == TLS_OK) {
            w->on->bytes(w->user, (str){plain, got});
            continue;
        }
        if (state == TLS_ENDED) lose(w, "the relay closed the connection");
        if (state == TLS_FAILED) lose_tls(w);
        if (!w->closing) flush_tls(w);
        return;
    }
}

void wire_tls_begin(struct smtp_wire *w, struct tls_trust *trust, const char *host)
{
    if (w->closing || w->broken) return;
    w->tls = tls_new(trust, host);
    if (w->tls == NULL)
        break_soon(w, "memory is short");
    else
        run_tls(w);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct smtp_wire *w = handle->data;
    *out = uv_buf_init(w->in, sizeof w->in);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *piece)
{
    (void)piece;
    struct smtp_wire *w = stream->data;
    if (n == 0 || w->closing || w->broken) return;
    if (n == UV_EOF) {
        lose(w, "the relay closed the connection");
    } else if (n < 0) {
        lose_uv(w, "the connection broke", (int)n);
    } else if (w->tls == NULL) {
        w->on->bytes(w->user, (str){w->in, n});
    } else if (tls_feed(w->tls, w->in, n)) {
        run_tls(w);
    } else {
        lose(w, "memory is short");
    }
}

static bool is_local(const struct sockaddr_storage *s)
{
    if (s->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)s)->sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)s)->sin6_addr;
    return s->ss_family == AF_INET6 &&
           (IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127));
}

bool wire_own_address(const struct smtp_wire *w, char *to)
{
    struct sockaddr_storage own;
    int len = sizeof own;
    snprintf(to, 64, "127.0.0.1");
    if (uv_tcp_getsockname(&w->tcp, (struct sockaddr *)&own, &len) != 0) return false;
    if (own.ss_family == AF_INET6) {
        (void)uv_ip6_name((struct sockaddr_in6 *)&own, to, 64);
        return true;
    }
    (void)uv_ip4_name((struct sockaddr_in *)&own, to, 64);
    return false;
}

static void on_connect(uv_connect_t *request, int rc)
{
    struct smtp_wire *w = request->data;
    if (w->closing || uv_is_closing((uv_handle_t *)&w->tcp)) return;
    if (rc != 0) {
        snprintf(w->last_error, sizeof w->last_error, "no connection: %s", uv_strerror(rc));
        connect_next(w);
        return;
    }
    struct sockaddr_storage peer;
    int len = sizeof peer;
    memset(&peer, 0, sizeof peer);
    rc = uv_tcp_getpeername(&w->tcp, (struct sockaddr *)&peer, &len);
    w->peer_is_local = rc == 0 && is_local(&peer);
    (void)uv_tcp_nodelay(&w->tcp, 1); /* the final dot must not wait for an acknowledgement */
    rc = uv_read_start((uv_stream_t *)&w->tcp, give_room, on_read);
    if (rc != 0) {
        lose_uv(w, "no connection", rc);
        return;
    }
    w->connected = true;
    w->on->opened(w->user);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct smtp_wire *w = handle->data;
    w->tcp_open = false;
    if (w->closing)
        closed_if_all(w);
    else
        connect_next(w);
}

/* Try the next address; a socket that has failed is closed first and comes back here. */
static void connect_next(struct smtp_wire *w)
{
    if (w->closing) return;
    if (w->tcp_open) {
        if (!uv_is_closing((uv_handle_t *)&w->tcp)) uv_close((uv_handle_t *)&w->tcp, on_tcp_closed);
        return;
    }
    if (w->next == NULL || w->tried == WIRE_ADDRESSES) {
        lose(w, w->last_error[0] != '\0' ? w->last_error : "the host has no address");
        return;
    }
    struct addrinfo *to = w->next;
    w->next = to->ai_next;
    w->tried++;
    (void)uv_tcp_init(w->loop, &w->tcp);
    w->tcp.data = w;
    w->tcp_open = true;
    w->connect.data = w;
    wire_deadline(w, w->connect_ms);
    int rc = uv_tcp_connect(&w->connect, &w->tcp, to->ai_addr, on_connect);
    if (rc != 0) {
        snprintf(w->last_error, sizeof w->last_error, "no connection: %s", uv_strerror(rc));
        connect_next(w);
    }
}

static void on_found(uv_getaddrinfo_t *request, int rc, struct addrinfo *found)
{
    struct smtp_wire *w = request->data;
    w->looking_up = false;
    w->found = w->next = rc == 0 ? found : NULL;
    if (w->closing)
        closed_if_all(w);
    else if (rc != 0)
        lose_uv(w, "the host name is not known", rc);
    else
        connect_next(w);
}

void wire_open(struct smtp_wire *w, uv_loop_t *loop, const struct wire_events *on, void *user,
               const char *host, int port, int64_t connect_ms)
{
    memset(w, 0, offsetof(struct smtp_wire, in));
    w->loop = loop;
    w->on = on;
    w->user = user;
    w->connect_ms = connect_ms;
    (void)uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->timer_open = true;
    wire_deadline(w, connect_ms);

    char service[16];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    snprintf(service, sizeof service, "%d", port);
    w->lookup.data = w;
    w->looking_up = true;
    int rc = uv_getaddrinfo(loop, &w->lookup, on_found, host, service, &hints);
    if (rc != 0) {
        w->looking_up = false;
        break_soon(w, uv_strerror(rc));
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct smtp_wire *w = handle->data;
    w->timer_open = false;
    closed_if_all(w);
}

void wire_close(struct smtp_wire *w)
{
    if (w->closing) return;
    if (w->secured && !w->broken) {
        tls_end(w->tls);
        flush_tls(w);
    }
    w->closing = true;
    if (w->looking_up) (void)uv_cancel((uv_req_t *)&w->lookup);
    if (w->tcp_open && !uv_is_closing((uv_handle_t *)&w->tcp))
        uv_close((uv_handle_t *)&w->tcp, on_tcp_closed);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}
