/* net/http_inner.h -- what the files of the HTTP server share. Not for other rooms.
 *
 *     http_server.c      listens, accepts, keeps the deadlines, opens, drains and closes
 *     http_connection.c  the life of one connection: bytes in, requests one by one, bytes out
 *     http_exchange.c    replies and streams, from any thread to the loop
 *     http_reply.c       a reply as bytes
 *
 * Everything here belongs to the loop thread, but for what stands under `lock`.
 */
#pragma once

#include "net/http_parse.h"
#include "net/http_server.h"
#include "net/loop_uv.h"

#include <pthread.h>

/* Where a connection is; each stage has its own list. All of one stage wait equally long, so the
 * list is in order of deadline and its head alone is looked at. */
enum http_stage {
    HTTP_STAGE_IDLE,   /* no byte of a request yet */
    HTTP_STAGE_HEAD,   /* a head is arriving */
    HTTP_STAGE_BODY,   /* a body is arriving */
    HTTP_STAGE_WRITE,  /* a reply waits for its reader */
    HTTP_STAGE_LINGER, /* all is said; what still arrives is thrown away */
    HTTP_STAGE_BUSY,   /* on_request has it; no deadline */
    HTTP_STAGE_STREAM, /* a stream is open; no deadline */
    HTTP_STAGE_CLOSED, /* the socket is closing or closed; no deadline */
    HTTP_STAGE__COUNT
};

/* Small: thousands of them idle. What a request needs is in the exchange. */
struct http_connection {
    uv_tcp_t tcp;
    struct http_server *server;
    struct http_exchange *ex; /* the request in flight */
    struct http_connection *prev, *next;
    int64_t due_ms;
    char *stash; /* bytes that came while a request was in flight */
    uint32_t stash_at, stash_len;
    uint32_t writes;     /* handed to libuv and not done */
    uint32_t write_left; /* bytes that waited at the last look */
    uint8_t stage;
    uint8_t peer_len;
    bool reading, in_pump, eof, closed;
    bool close_after; /* the reply being written is the last */
    char peer[46];
};

struct http_exchange {
    struct http_server *server;
    struct http_connection *conn;
    struct http_exchange *next_free;
    bool handed_out; /* the application has it */
    bool chunked;    /* the stream is */
    bool ended;      /* the stream is */
    bool download;   /* its reader may be slow, and may have ended its own side */
    /* Under lock: */
    bool gone;             /* writing is in vain */
    int64_t waiting_bytes; /* of the stream, not yet taken by the kernel */
    struct http_parse parse;
};

enum http_out_kind {
    HTTP_OUT_REPLY,
    HTTP_OUT_STREAM_HEAD,
    HTTP_OUT_STREAM_DATA,
    HTTP_OUT_STREAM_END,
    HTTP_OUT_STREAM_CUT
};

/* Bytes on their way out: a reply, or a piece of a stream. */
struct http_out {
    uv_write_t req;
    struct http_out *next;
    struct http_exchange *ex;
    enum http_out_kind kind;
    int status;
    ptrdiff_t begin, len; /* bytes[begin..begin+len) go out */
    ptrdiff_t held;       /* counted in the budget */
    char bytes[];
};

struct http_stage_list {
    struct http_connection *first, *last;
};

struct http_server {
    struct loop *loop;
    struct http_server_options options;
    uv_poll_t listener;
    uv_timer_t deadlines;
    uv_timer_t accept_pause;
    int fd, port;
    bool draining, listening;
    int handles; /* of the three above, not yet closed */
    int connections;
    int64_t armed_ms; /* when the timer fires; INT64_MAX: it does not */
    struct http_stage_list stage[HTTP_STAGE__COUNT];
    struct http_exchange *free_exchanges;
    int free_count;
    struct http_budget budget;
    int64_t date_s;
    char date[48]; /* "Sun, 06 Nov 1994 08:49:37 GMT" */
    pthread_mutex_t lock;
    pthread_cond_t taken;                   /* of a download, or its reader is gone */
    bool over;                              /* under lock: draining */
    struct http_out *out_first, **out_last; /* under lock */
    bool out_posted;                        /* under lock: http_out_run is on its way */
    char read_buffer[64 << 10];
};

/* http_server.c */
void http_stage_set(struct http_connection *conn, enum http_stage stage);
void http_stage_leave(struct http_connection *conn);

/* http_connection.c */
void http_connection_open(struct http_server *server, int fd, const char *peer, bool refuse);
void http_connection_close(struct http_connection *conn);
/* The same, so that the other end is told of a break (RST). */
void http_connection_reset(struct http_connection *conn);
/* Say the last word to the other end and wait a little for it to be heard. */
void http_connection_linger(struct http_connection *conn);
void http_connection_expire(struct http_connection *conn);
/* A closed connection: its request will never be answered. */
void http_connection_forget(struct http_connection *conn);
/* A reply or piece of a stream has come to the loop. */
void http_connection_send(struct http_out *out);

/* http_exchange.c */
struct http_exchange *http_exchange_new(struct http_connection *conn);
void http_exchange_free(struct http_exchange *ex);
void http_exchange_gone(struct http_exchange *ex);
void http_out_free(struct http_out *out);
void http_out_run(void *server);

/* http_reply.c */
/* Header lines (without the first ones) and body of a reply, with room in front for
 * http_reply_begin. Any thread. NULL when memory is short. */
struct http_out *http_reply_make(struct http_exchange *ex, enum http_out_kind kind,
                                 const struct http_reply *reply);
/* Put the status line, Date and Connection in front. */
void http_reply_begin(struct http_server *server, struct http_out *out, bool keep_alive);
/* A refusal by the server itself. */
struct http_out *http_reply_refusal(struct http_exchange *ex, int status);
