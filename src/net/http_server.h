/* net/http_server.h -- HTTP/1.1 over libuv and llhttp, strict about framing.
 *
 * The server reads one request at a time per connection (pipelined ones wait), checks the raw
 * head and chunk framing beside llhttp (RFC 9112; what is refused stands in http_framing.h), holds
 * the deadlines, and hands each whole request to `on_request` on the loop thread. The reply may
 * be given there at once, or later from any thread.
 *
 * Sources: RFC 9110, RFC 9112; docs/adr for the parts measured.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct loop;
struct http_server;
struct http_exchange; /* one request and its reply; lives until it is answered */

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHOD__COUNT
};

struct http_header {
    str name, value; /* name in lower case */
};

enum { HTTP_HEADERS_MAX = 64 };

struct http_request {
    enum http_method method;
    str target; /* as sent */
    str path;   /* before "?", still percent-encoded */
    str query;  /* after "?"; absent if none */
    struct http_header header[HTTP_HEADERS_MAX];
    int header_count;
    str body;
    str peer; /* numeric address of the socket's other end, "127.0.0.1" */
    bool keep_alive;
};

/* What on_head says about a request whose head has arrived. */
struct http_admit {
    int64_t body_max_bytes; /* 0: none is taken; more is 413 */
    int refuse_status;      /* 0: go on; else reply with this status and close */
};

struct http_reply {
    int status;
    const struct http_header *header; /* besides Date, Content-Length, Connection */
    int header_count;
    str body;
};

struct http_server_options {
    str host; /* numeric address */
    int port; /* 0: any free one */
    /* Deadlines, never put off by what arrives: of the head from the request's first byte, of
     * the body from the end of the head; and how long a connection may wait without a request. */
    int64_t head_ms, body_ms, idle_ms;
    int64_t stall_ms; /* how long the reader of a download may take nothing */
    int connections_max;
    /* Loop thread. The head of `rq` is complete. */
    struct http_admit (*on_head)(void *user, const struct http_request *rq);
    /* Loop thread. The request is whole; answer now or later with http_reply_send. `rq` lives
     * until the reply has been sent, or the stream ended. */
    void (*on_request)(void *user, struct http_exchange *ex, const struct http_request *rq);
    /* Loop thread. The body (and type) of a refusal made by the server itself; NULL or absent: a
     * plain sentence. Of `rq` there may be no more than what had been read (path absent: nothing);
     * the body is taken before the next one is asked for. */
    str (*error_body)(void *user, const struct http_request *rq, int status, str *content_type);
    void *user;
};

/* Bind and listen, on the thread that will run the loop or before it runs. False: *why gets a
 * sentence ("Port 8080 is in use …") that lives as long as the loop. Raises the soft limit of
 * open files to the hard one. `host` is "127.0.0.1", "0.0.0.0", "::1", "[::]" …; "::" takes IPv4
 * too. */
MUST_USE bool http_server_open(struct loop *loop, const struct http_server_options *options,
                               struct http_server **out, str *why);
/* The port that was bound. */
int http_server_port(const struct http_server *server);
/* Loop thread: accept no more; idle connections close, busy ones after their reply, and streams
 * are told by a false http_stream_write. */
void http_server_drain(struct http_server *server);
/* Loop thread: connections that are open or whose request is still being worked on; after
 * http_server_drain, 0 says that all is answered. */
int http_server_connections(const struct http_server *server);
/* After loop_run has returned, and before loop_free: close what is open and free the server. No
 * other thread may hold an exchange any more. */
void http_server_close(struct http_server *server);

/* Any thread, once per exchange, which is gone then. Header and body bytes are copied before it
 * returns. To HEAD the same reply is given; the body is left off here. */
void http_reply_send(struct http_exchange *ex, const struct http_reply *reply);
/* Any thread, one at a time: begin a reply of unknown length (server-sent events); then write;
 * then end, always, after which the exchange is gone. http_stream_write is false once the client
 * has gone, the server drains, the request was HEAD, or more than LIMIT_STREAM_BYTES wait. */
void http_stream_begin(struct http_exchange *ex, const struct http_reply *head);
MUST_USE bool http_stream_write(struct http_exchange *ex, str bytes);
void http_stream_end(struct http_exchange *ex);
/* The same for a body of unknown length that goes to one reader, however slow. http_download_write
 * (any thread but the loop's) waits while more than LIMIT_DOWNLOAD_WAITING_BYTES are not with the
 * kernel; false once the client has gone or taken nothing for stall_ms, the server drains, or the
 * request was HEAD. A client that has ended its own side alone still reads. At the end of the body
 * http_stream_end; where it broke off http_stream_cut, which resets the connection: without chunks
 * (HTTP/1.0) an orderly end would say that all has come. */
void http_download_begin(struct http_exchange *ex, const struct http_reply *head);
MUST_USE bool http_download_write(struct http_exchange *ex, str bytes);
void http_stream_cut(struct http_exchange *ex);

/* The value of header `name` (lower case), or the absent str. */
str http_header_get(const struct http_request *rq, const char *name);
