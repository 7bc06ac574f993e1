#include "net/http_inner.h"

#include "base/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct http_exchange *http_exchange_new(struct http_connection *conn)
{
    struct http_server *server = conn->server;
    struct http_exchange *ex = server->free_exchanges;
    if (ex != NULL) {
        server->free_exchanges = ex->next_free;
        server->free_count--;
    } else {
        ex = malloc(sizeof *ex);
        if (ex == NULL) return NULL;
    }
    ex->server = server;
    ex->conn = conn;
    ex->next_free = NULL;
    ex->handed_out = ex->chunked = ex->ended = ex->download = ex->gone = false;
    ex->waiting_bytes = 0;
    http_parse_begin(&ex->parse, &server->budget);
    ex->parse.rq.peer = (str){conn->peer, conn->peer_len};
    return ex;
}

void http_exchange_free(struct http_exchange *ex)
{
    struct http_server *server = ex->server;
    http_parse_end(&ex->parse);
    if (server->free_count >= LIMIT_HTTP_EXCHANGES_KEPT) {
        free(ex);
        return;
    }
    ex->next_free = server->free_exchanges;
    server->free_exchanges = ex;
    server->free_count++;
}

void http_exchange_gone(struct http_exchange *ex)
{
    pthread_mutex_lock(&ex->server->lock);
    ex->gone = true;
    if (ex->download) pthread_cond_broadcast(&ex->server->taken);
    pthread_mutex_unlock(&ex->server->lock);
}

void http_out_free(struct http_out *out)
{
    free(out);
}

/* --- from any thread to the loop --- */

/* Loop thread: take all that waits; one call may stand for many replies. */
void http_out_run(void *arg)
{
    struct http_server *server = arg;
    pthread_mutex_lock(&server->lock);
    struct http_out *out = server->out_first;
    server->out_first = NULL;
    server->out_last = &server->out_first;
    server->out_posted = false;
    pthread_mutex_unlock(&server->lock);
    while (out != NULL) {
        struct http_out *next = out->next;
        http_connection_send(out);
        out = next;
    }
}

/* Under lock: append; true if the loop must be woken. */
static bool queue_append(struct http_server *server, struct http_out *out)
{
    bool wake = !server->out_posted;
    server->out_posted = true;
    *server->out_last = out;
    server->out_last = &out->next;
    return wake;
}

static void queue(struct http_server *server, struct http_out *out)
{
    pthread_mutex_lock(&server->lock);
    bool wake = queue_append(server, out);
    pthread_mutex_unlock(&server->lock);
    if (wake) loop_post(server->loop, http_out_run, server);
}

/* The reply, or where memory is short a bare 503 in its place: every exchange gets its end. */
static struct http_out *make_or_503(struct http_exchange *ex, enum http_out_kind kind,
                                    const struct http_reply *reply)
{
    struct http_out *out = http_reply_make(ex, kind, reply);
    if (out == NULL) out = http_reply_make(ex, kind, &(struct http_reply){.status = 503});
    if (out == NULL) abort(); /* not 500 bytes are left in the machine */
    return out;
}

void http_reply_send(struct http_exchange *ex, const struct http_reply *reply)
{
    assert(ex->handed_out);
    struct http_server *server = ex->server;
    struct http_out *out = make_or_503(ex, HTTP_OUT_REPLY, reply);
    /* Answered from within on_request: the shortest way. */
    if (loop_is_here(server->loop) && ex->conn->in_pump) {
        http_connection_send(out);
    } else {
        queue(server, out);
    }
}

void http_stream_begin(struct http_exchange *ex, const struct http_reply *head)
{
    assert(ex->handed_out);
    queue(ex->server, make_or_503(ex, HTTP_OUT_STREAM_HEAD, head));
}

/* As one chunk where the client knows chunks. */
static struct http_out *make_data(struct http_exchange *ex, str bytes)
{
    struct http_out *out = malloc(sizeof *out + (size_t)bytes.len + 24);
    if (out == NULL) return NULL;
    *out = (struct http_out){.ex = ex, .kind = HTTP_OUT_STREAM_DATA};
    bool chunked = ex->parse.scan.line.minor == 1;
    if (chunked) out->len = snprintf(out->bytes, 20, "%tx\r\n", bytes.len);
    memcpy(out->bytes + out->len, bytes.ptr, (size_t)bytes.len);
    out->len += bytes.len;
    if (chunked) {
        memcpy(out->bytes + out->len, "\r\n", 2);
        out->len += 2;
    }
    return out;
}

bool http_stream_write(struct http_exchange *ex, str bytes)
{
    struct http_server *server = ex->server;
    bool heard = ex->parse.rq.method != HTTP_HEAD;
    /* An empty chunk would be the end. */
    struct http_out *out = heard && bytes.len > 0 ? make_data(ex, bytes) : NULL;
    bool wake = false;
    pthread_mutex_lock(&server->lock);
    bool ok = heard && !ex->gone && (out != NULL || bytes.len == 0) &&
              ex->waiting_bytes + bytes.len <= LIMIT_STREAM_BYTES;
    if (ok && out != NULL) {
        ex->waiting_bytes += out->len;
        wake = queue_append(server, out);
    }
    pthread_mutex_unlock(&server->lock);
    if (!ok) free(out);
    if (wake) loop_post(server->loop, http_out_run, server);
    return ok;
}

void http_stream_end(struct http_exchange *ex)
{
    static const char last[] = "0\r\n\r\n";
    struct http_out *out = malloc(sizeof *out + sizeof last);
    if (out == NULL) abort(); /* see make_or_503 */
    *out = (struct http_out){.ex = ex, .kind = HTTP_OUT_STREAM_END};
    if (ex->parse.scan.line.minor == 1 && ex->parse.rq.method != HTTP_HEAD) {
        memcpy(out->bytes, last, sizeof last - 1);
        out->len = (ptrdiff_t)sizeof last - 1;
    }
    queue(ex->server, out);
}

/* --- downloads --- */

void http_download_begin(struct http_exchange *ex, const struct http_reply *head)
{
    pthread_mutex_lock(&ex->server->lock); /* the loop asks for it when the client goes */
    ex->download = true;
    pthread_mutex_unlock(&ex->server->lock);
    http_stream_begin(ex, head);
}

static struct timespec after_ms(int64_t ms)
{
    struct timespec due;
    (void)clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += (time_t)(ms / 1000);
    due.tv_nsec += (long)(ms % 1000) * 1000000;
    if (due.tv_nsec >= 1000000000) {
        due.tv_nsec -= 1000000000;
        due.tv_sec++;
    }
    return due;
}

/* Under lock: wait until the reader has taken enough of what waits; false if it never will. Nobody
 * else writes to this exchange, so that what waits only becomes less. */
static bool wait_for_room(struct http_exchange *ex)
{
    struct http_server *server = ex->server;
    int64_t left = ex->waiting_bytes;
    struct timespec due = after_ms(server->options.stall_ms);
    while (!ex->gone && !server->over && ex->waiting_bytes > LIMIT_DOWNLOAD_WAITING_BYTES) {
        int late = pthread_cond_timedwait(&server->taken, &server->lock, &due);
        if (ex->waiting_bytes < left) {
            left = ex->waiting_bytes;
            due = after_ms(server->options.stall_ms);
        } else if (late == ETIMEDOUT) {
            return false;
        }
    }
    return !ex->gone && !server->over;
}

bool http_download_write(struct http_exchange *ex, str bytes)
{
    struct http_server *server = ex->server;
    assert(ex->download && !loop_is_here(server->loop));
    if (ex->parse.rq.method == HTTP_HEAD) return false;
    if (bytes.len == 0) return true; /* an empty chunk would be the end */
    pthread_mutex_lock(&server->lock);
    bool ok = wait_for_room(ex), wake = false;
    pthread_mutex_unlock(&server->lock);
    struct http_out *out = ok ? make_data(ex, bytes) : NULL;
    if (out == NULL) return false;
    pthread_mutex_lock(&server->lock);
    ex->waiting_bytes += out->len;
    wake = queue_append(server, out);
    pthread_mutex_unlock(&server->lock);
    if (wake) loop_post(server->loop, http_out_run, server);
    return true;
}

void http_stream_cut(struct http_exchange *ex)
{
    struct http_out *out = malloc(sizeof *out);
    if (out == NULL) abort(); /* see make_or_503 */
    *out = (struct http_out){.ex = ex, .kind = HTTP_OUT_STREAM_CUT};
    queue(ex->server, out);
}
