#include "net/http_inner.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);
static void reply_is_out(struct http_connection *conn);

static uv_stream_t *stream_of(struct http_connection *conn)
{
    return (uv_stream_t *)&conn->tcp;
}

/* --- opening and closing --- */

static void read_start(struct http_connection *conn)
{
    if (conn->reading || conn->eof || conn->stage == HTTP_STAGE_CLOSED) return;
    conn->reading = true;
    if (uv_read_start(stream_of(conn), on_alloc, on_read) != 0) http_connection_close(conn);
}

static void read_stop(struct http_connection *conn)
{
    if (!conn->reading) return;
    conn->reading = false;
    (void)uv_read_stop(stream_of(conn));
}

/* The socket is closed and nobody works on its request any more. */
static void free_if_over(struct http_connection *conn)
{
    if (!conn->closed || conn->ex != NULL) return;
    http_stage_leave(conn);
    conn->server->connections--;
    free(conn);
}

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *conn = handle->data;
    conn->closed = true;
    free_if_over(conn);
}

static void release_exchange(struct http_connection *conn)
{
    if (conn->ex != NULL) http_exchange_free(conn->ex);
    conn->ex = NULL;
}

static void close_socket(struct http_connection *conn, bool reset)
{
    if (conn->stage == HTTP_STAGE_CLOSED) return;
    http_stage_set(conn, HTTP_STAGE_CLOSED);
    free(conn->stash);
    conn->stash = NULL;
    conn->reading = false;
    if (conn->ex != NULL && conn->ex->handed_out) {
        http_exchange_gone(conn->ex); /* released when its answer comes */
    } else {
        release_exchange(conn);
    }
    if (reset && uv_tcp_close_reset(&conn->tcp, on_closed) == 0) return;
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

void http_connection_close(struct http_connection *conn)
{
    close_socket(conn, false);
}

void http_connection_reset(struct http_connection *conn)
{
    close_socket(conn, true);
}

void http_connection_forget(struct http_connection *conn)
{
    release_exchange(conn);
    free_if_over(conn);
}

void http_connection_linger(struct http_connection *conn)
{
    /* Closing a socket with unread bytes sends RST, which destroys what the other end has not
     * read yet: say that no more comes, then drain until it closes too. */
    uv_os_fd_t fd;
    if (conn->eof || uv_fileno((uv_handle_t *)&conn->tcp, &fd) != 0 || shutdown(fd, SHUT_WR) != 0) {
        http_connection_close(conn);
        return;
    }
    free(conn->stash);
    conn->stash = NULL;
    http_stage_set(conn, HTTP_STAGE_LINGER);
    read_start(conn);
}

/* --- replies --- */

static bool fail_write(struct http_connection *conn, struct http_out *out)
{
    conn->server->budget.held_bytes -= out->held;
    http_out_free(out);
    http_connection_close(conn);
    return false;
}

/* The kernel has that much of the stream. */
static void stream_taken(struct http_exchange *ex, int64_t bytes)
{
    pthread_mutex_lock(&ex->server->lock);
    ex->waiting_bytes -= bytes;
    if (ex->download) pthread_cond_broadcast(&ex->server->taken);
    pthread_mutex_unlock(&ex->server->lock);
}

static void on_written(uv_write_t *req, int status)
{
    struct http_connection *conn = req->handle->data;
    struct http_out *out = req->data;
    conn->writes--;
    conn->server->budget.held_bytes -= out->held;
    if (out->kind == HTTP_OUT_STREAM_DATA && conn->ex != NULL) stream_taken(conn->ex, out->held);
    http_out_free(out);
    if (status != 0) {
        http_connection_close(conn);
    } else if (conn->stage == HTTP_STAGE_WRITE && conn->writes == 0) {
        reply_is_out(conn);
    }
}

/* Write out->bytes: at once what the kernel takes, the rest when it can. True if the connection
 * still stands. Frees `out` in its time. */
static bool write_out(struct http_connection *conn, struct http_out *out)
{
    uv_buf_t buf = {out->bytes + out->begin, (size_t)out->len};
    int n = out->len == 0 ? 0 : uv_try_write(stream_of(conn), &buf, 1);
    if (n < 0 && n != UV_EAGAIN) return fail_write(conn, out);
    if (n < 0) n = 0;
    if (n == out->len) {
        if (out->kind == HTTP_OUT_STREAM_DATA) stream_taken(out->ex, out->len);
        http_out_free(out);
        return true;
    }
    /* What waits is counted whole, as the memory is held whole. */
    struct http_budget *budget = &conn->server->budget;
    if (out->len > budget->max_bytes - budget->held_bytes) return fail_write(conn, out);
    out->held = out->len;
    budget->held_bytes += out->held;
    out->req.data = out;
    buf = (uv_buf_t){out->bytes + out->begin + n, (size_t)(out->len - n)};
    if (uv_write(&out->req, stream_of(conn), &buf, 1, on_written) != 0) {
        return fail_write(conn, out);
    }
    conn->writes++;
    return true;
}

static void wait_for_reader(struct http_connection *conn)
{
    conn->write_left = (uint32_t)uv_stream_get_write_queue_size(stream_of(conn));
    http_stage_set(conn, HTTP_STAGE_WRITE);
}

static bool may_keep(const struct http_connection *conn, const struct http_request *rq)
{
    return rq->keep_alive && !conn->server->draining && (!conn->eof || conn->stash != NULL);
}

/* The whole reply to conn->ex, which is released. */
static void send_reply(struct http_connection *conn, struct http_out *out, bool keep_alive)
{
    conn->close_after = !keep_alive;
    http_reply_begin(conn->server, out, keep_alive);
    release_exchange(conn);
    if (!write_out(conn, out)) return;
    if (conn->writes > 0) {
        wait_for_reader(conn);
    } else {
        reply_is_out(conn);
    }
}

static void refuse(struct http_connection *conn, int status)
{
    struct http_out *out = http_reply_refusal(conn->ex, status);
    if (out == NULL) {
        http_connection_close(conn);
        return;
    }
    send_reply(conn, out, false);
}

static void send_stream(struct http_connection *conn, struct http_out *out)
{
    struct http_exchange *ex = out->ex;
    enum http_out_kind kind = out->kind;
    if (kind == HTTP_OUT_STREAM_HEAD) {
        conn->close_after = !may_keep(conn, &ex->parse.rq) || ex->parse.scan.line.minor == 0;
        http_reply_begin(conn->server, out, !conn->close_after);
        http_stage_set(conn, HTTP_STAGE_STREAM);
        if ((conn->eof && !ex->download) || conn->server->draining) http_exchange_gone(ex);
    }
    if (kind == HTTP_OUT_STREAM_CUT) {
        http_out_free(out);
        release_exchange(conn);
        http_connection_reset(conn);
        return;
    }
    if (kind == HTTP_OUT_STREAM_END) {
        /* Not before: counting what waits needs the exchange. What is left is its reader's. */
        if (conn->server->draining) conn->close_after = true;
        release_exchange(conn);
    }
    if (!write_out(conn, out) || kind != HTTP_OUT_STREAM_END) return;
    if (conn->writes > 0) {
        wait_for_reader(conn);
    } else {
        reply_is_out(conn);
    }
}

void http_connection_send(struct http_out *out)
{
    struct http_connection *conn = out->ex->conn;
    enum http_out_kind kind = out->kind;
    if (conn->stage == HTTP_STAGE_CLOSED) { /* the client has gone meanwhile */
        http_out_free(out);
        if (kind == HTTP_OUT_STREAM_HEAD || kind == HTTP_OUT_STREAM_DATA) return;
        release_exchange(conn);
        free_if_over(conn);
    } else if (kind == HTTP_OUT_REPLY) {
        send_reply(conn, out, may_keep(conn, &out->ex->parse.rq));
    } else {
        send_stream(conn, out);
    }
}

/* --- requests --- */

static void on_head(struct http_connection *conn)
{
    const struct http_server_options *options = &conn->server->options;
    struct http_parse *parse = &conn->ex->parse;
    struct http_admit admit = {0};
    if (options->on_head != NULL) admit = options->on_head(options->user, &parse->rq);
    if (admit.refuse_status != 0) {
        refuse(conn, admit.refuse_status);
        return;
    }
    http_parse_admit(parse, admit.body_max_bytes);
    http_stage_set(conn, HTTP_STAGE_BODY);
    if (http_parse_awaits_continue(parse)) {
        static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
        const uv_buf_t buf = {text, sizeof text - 1};
        /* No reply of ours is before it, so that the kernel takes it, or the socket is broken. */
        if (uv_try_write(stream_of(conn), &buf, 1) != (int)sizeof text - 1) {
            http_connection_close(conn);
        }
    }
}

static void on_request(struct http_connection *conn)
{
    const struct http_server_options *options = &conn->server->options;
    struct http_exchange *ex = conn->ex;
    http_stage_set(conn, HTTP_STAGE_BUSY);
    ex->handed_out = true;
    options->on_request(options->user, ex, &ex->parse.rq);
}

static bool takes_bytes(const struct http_connection *conn)
{
    return conn->stage == HTTP_STAGE_IDLE || conn->stage == HTTP_STAGE_HEAD ||
           conn->stage == HTTP_STAGE_BODY;
}

/* Begin a request if none is in flight. */
static bool have_exchange(struct http_connection *conn)
{
    if (conn->ex != NULL) return true;
    conn->ex = http_exchange_new(conn);
    if (conn->ex == NULL) {
        http_connection_close(conn);
        return false;
    }
    http_stage_set(conn, HTTP_STAGE_HEAD);
    return true;
}

/* Take requests out of bytes[0..len), one after the other, until one is in flight that has no
 * answer yet. Returns how many bytes were taken. */
static ptrdiff_t pump(struct http_connection *conn, const char *bytes, ptrdiff_t len)
{
    ptrdiff_t at = 0;
    bool again = len > 0; /* a request without a body is done without more bytes */
    assert(!conn->in_pump);
    conn->in_pump = true;
    while (again && takes_bytes(conn) && have_exchange(conn)) {
        ptrdiff_t used;
        enum http_parse_result result =
            http_parse_push(&conn->ex->parse, bytes + at, len - at, &used);
        at += used;
        again = at < len;
        switch (result) {
        case HTTP_PARSE_MORE:
            break;
        case HTTP_PARSE_HEAD:
            on_head(conn);
            again = true;
            break;
        case HTTP_PARSE_DONE:
            on_request(conn);
            break;
        case HTTP_PARSE_REFUSED:
            refuse(conn, conn->ex->parse.status);
            break;
        }
    }
    conn->in_pump = false;
    return at;
}

static bool stash(struct http_connection *conn, const char *bytes, ptrdiff_t len)
{
    /* What comes while a request is in flight is the next one's: keep this, and leave the rest
     * in the kernel. */
    assert(conn->stash == NULL);
    read_stop(conn);
    conn->stash = malloc((size_t)len);
    if (conn->stash == NULL) return false;
    memcpy(conn->stash, bytes, (size_t)len);
    conn->stash_at = 0;
    conn->stash_len = (uint32_t)len;
    return true;
}

static void pump_stash(struct http_connection *conn)
{
    while (conn->stash != NULL && takes_bytes(conn)) {
        char *bytes = conn->stash;
        ptrdiff_t at = conn->stash_at, len = conn->stash_len;
        conn->stash_at += (uint32_t)pump(conn, bytes + at, len - at);
        /* The pump may have closed the connection and freed the stash. */
        if (conn->stash != NULL && conn->stash_at == conn->stash_len) {
            free(conn->stash);
            conn->stash = NULL;
        }
    }
}

/* The reply is with the kernel: what comes next? */
static void reply_is_out(struct http_connection *conn)
{
    if (conn->close_after) {
        http_connection_linger(conn);
        return;
    }
    http_stage_set(conn, HTTP_STAGE_IDLE);
    if (conn->in_pump) return; /* the loop there goes on */
    pump_stash(conn);
    if (!takes_bytes(conn) || conn->stash != NULL) return;
    if (conn->eof || (conn->server->draining && conn->stage == HTTP_STAGE_IDLE)) {
        http_connection_linger(conn);
    } else {
        read_start(conn);
    }
}

/* --- bytes in --- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct http_connection *conn = handle->data;
    *buf = uv_buf_init(conn->server->read_buffer, sizeof conn->server->read_buffer);
}

static void on_eof(struct http_connection *conn)
{
    conn->eof = true;
    read_stop(conn);
    switch (conn->stage) {
    case HTTP_STAGE_BUSY: /* half closed: the answer can still be read */
    case HTTP_STAGE_WRITE:
        return;
    case HTTP_STAGE_STREAM: /* so can a download; who listens to events is gone */
        if (conn->ex->download) return;
        break;
    default:
        break;
    }
    http_connection_close(conn);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct http_connection *conn = stream->data;
    if (count == 0 || conn->stage == HTTP_STAGE_LINGER) {
        if (count < 0) http_connection_close(conn);
        return;
    }
    if (count == UV_EOF) {
        on_eof(conn);
        return;
    }
    if (count < 0) {
        http_connection_close(conn);
        return;
    }
    ptrdiff_t used = takes_bytes(conn) ? pump(conn, buf->base, (ptrdiff_t)count) : 0;
    if (conn->stage == HTTP_STAGE_CLOSED || conn->stage == HTTP_STAGE_LINGER) return;
    if (used < count && !stash(conn, buf->base + used, count - used)) http_connection_close(conn);
}

/* --- deadlines, and the first moment --- */

void http_connection_expire(struct http_connection *conn)
{
    size_t left;
    switch (conn->stage) {
    case HTTP_STAGE_HEAD:
    case HTTP_STAGE_BODY:
        refuse(conn, 408);
        return;
    case HTTP_STAGE_WRITE:
        left = uv_stream_get_write_queue_size(stream_of(conn));
        if (left + LIMIT_HTTP_WRITE_STEP_BYTES > conn->write_left) break;
        wait_for_reader(conn); /* slow, but reading */
        return;
    default:
        break;
    }
    http_connection_close(conn);
}

void http_connection_open(struct http_server *server, int fd, const char *peer, bool refused)
{
    struct http_connection *conn = calloc(1, sizeof *conn);
    if (conn == NULL || uv_tcp_init(loop_uv(server->loop), &conn->tcp) != 0) {
        free(conn);
        (void)close(fd);
        return;
    }
    conn->tcp.data = conn;
    conn->server = server;
    conn->peer_len = (uint8_t)strlen(peer);
    memcpy(conn->peer, peer, conn->peer_len);
    conn->stage = HTTP_STAGE__COUNT; /* in no list yet */
    server->connections++;
    http_stage_set(conn, HTTP_STAGE_IDLE);
    if (uv_tcp_open(&conn->tcp, fd) != 0) {
        (void)close(fd);
        http_connection_close(conn);
    } else if (refused) {
        if (have_exchange(conn)) refuse(conn, 503);
    } else {
        read_start(conn);
    }
}
