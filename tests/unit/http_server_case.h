/* A server with a small application, its loop on a thread of its own, and a client of plain
 * sockets: for test_http_server.c and test_http_download.c. */
#pragma once

#include "net/http_server.h"
#include "net/loop.h"

#include "base/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Not every test needs all. */
#define MAYBE_UNUSED __attribute__((unused))

enum { REPLY_MAX = 1 << 20, WAIT_MS = 60000 };

/* One server and what its application does: decided by the path. */
struct bench {
    struct loop *loop;
    struct http_server *server;
    pthread_t thread;
    int port;
    _Atomic bool drained;
    bool drain_asked;        /* loop thread */
    atomic_int stream_state; /* 1 begun, 2 refused to write on */
    _Atomic int64_t written; /* bytes that http_download_write took */
    atomic_int jobs;         /* threads that still hold an exchange */
    pthread_mutex_t lock;
    pthread_cond_t released_changed;
    bool released; /* "/held" may answer */
};

struct job {
    struct bench *bench;
    struct http_exchange *ex;
    const struct http_request *rq;
};

static void reply_text(struct http_exchange *ex, int status, str body)
{
    struct http_header header[] = {{S("Content-Type"), S("text/plain")}};
    http_reply_send(ex, &(struct http_reply){status, header, 1, body});
}

static void end_job(struct job *job)
{
    atomic_fetch_sub(&job->bench->jobs, 1);
    free(job);
}

static void *held_thread(void *arg)
{
    struct job *job = arg;
    pthread_mutex_lock(&job->bench->lock);
    while (!job->bench->released) {
        pthread_cond_wait(&job->bench->released_changed, &job->bench->lock);
    }
    pthread_mutex_unlock(&job->bench->lock);
    char body[64];
    int len = snprintf(body, sizeof body, "held %.*s", STR_ARG(job->rq->query));
    reply_text(job->ex, 200, (str){body, len});
    end_job(job);
    return NULL;
}

static void *thread_reply(void *arg)
{
    struct job *job = arg;
    reply_text(job->ex, 200, S("from a thread"));
    end_job(job);
    return NULL;
}

static void *thread_stream(void *arg)
{
    struct job *job = arg;
    struct http_header header[] = {{S("Content-Type"), S("text/event-stream")}};
    http_stream_begin(job->ex, &(struct http_reply){200, header, 1, {NULL, 0}});
    atomic_store(&job->bench->stream_state, 1);
    bool ok = http_stream_write(job->ex, S("one\n")) && http_stream_write(job->ex, S("")) &&
              http_stream_write(job->ex, S("two\n"));
    static char block[1024];
    /* "?endless" is written to until that fails: the reader is gone, too slow, or told to go. */
    while (ok && job->rq->query.len > 0) {
        ok = http_stream_write(job->ex, (str){block, sizeof block});
        if (job->rq->query.ptr[0] == 'w') (void)usleep(1000);
    }
    if (!ok) atomic_store(&job->bench->stream_state, 2);
    http_stream_end(job->ex);
    end_job(job);
    return NULL;
}

/* "?123": so many pieces, then the end; "?c5": 5, then cut. */
static void *thread_download(void *arg)
{
    static char piece[64 << 10];
    struct job *job = arg;
    str query = job->rq->query;
    bool cut = query.len > 0 && query.ptr[0] == 'c', ok = true;
    int64_t pieces = 0;
    if (!str_to_i64(str_slice(query, cut ? 1 : 0, query.len), &pieces)) pieces = 0;
    struct http_header header[] = {{S("Content-Type"), S("application/zip")}};
    http_download_begin(job->ex, &(struct http_reply){200, header, 1, {NULL, 0}});
    for (int64_t i = 0; ok && i < pieces; i++) {
        ok = http_download_write(job->ex, (str){piece, sizeof piece});
        if (ok) atomic_fetch_add(&job->bench->written, (int64_t)sizeof piece);
    }
    if ((ok && !cut) || job->rq->method == HTTP_HEAD)
        http_stream_end(job->ex);
    else
        http_stream_cut(job->ex);
    atomic_store(&job->bench->stream_state, ok ? 1 : 2);
    end_job(job);
    return NULL;
}

static void on_thread(struct bench *bench, struct http_exchange *ex, const struct http_request *rq,
                      void *(*fn)(void *))
{
    struct job *job = malloc(sizeof *job);
    *job = (struct job){bench, ex, rq};
    pthread_t thread;
    atomic_fetch_add(&bench->jobs, 1);
    assert_int_equal(pthread_create(&thread, NULL, fn, job), 0);
    pthread_detach(thread);
}

static bool path_is(const struct http_request *rq, const char *path)
{
    return (size_t)rq->path.len == strlen(path) &&
           memcmp(rq->path.ptr, path, (size_t)rq->path.len) == 0;
}

static struct http_admit on_head(void *user, const struct http_request *rq)
{
    (void)user;
    if (path_is(rq, "/forbidden")) return (struct http_admit){.refuse_status = 403};
    return (struct http_admit){.body_max_bytes = rq->method == HTTP_POST ? 1 << 20 : 0};
}

static void on_request(void *user, struct http_exchange *ex, const struct http_request *rq)
{
    static char big[8 << 20];
    struct bench *bench = user;
    if (path_is(rq, "/held")) {
        on_thread(bench, ex, rq, held_thread);
    } else if (path_is(rq, "/thread")) {
        on_thread(bench, ex, rq, thread_reply);
    } else if (path_is(rq, "/stream")) {
        on_thread(bench, ex, rq, thread_stream);
    } else if (path_is(rq, "/download")) {
        on_thread(bench, ex, rq, thread_download);
    } else if (path_is(rq, "/big")) {
        reply_text(ex, 200, (str){big, sizeof big});
    } else if (path_is(rq, "/peer")) {
        reply_text(ex, 200, rq->peer);
    } else if (path_is(rq, "/empty")) {
        reply_text(ex, 204, (str){NULL, 0});
    } else if (path_is(rq, "/split")) {
        struct http_header header[] = {{S("Location"), S("/a\r\nSet-Cookie: x=y")}};
        http_reply_send(ex, &(struct http_reply){303, header, 1, {NULL, 0}});
    } else if (rq->body.len > 0) {
        reply_text(ex, 200, rq->body);
    } else {
        reply_text(ex, 200, rq->target);
    }
}

static str error_body(void *user, const struct http_request *rq, int status, str *content_type)
{
    (void)user;
    *content_type = S("application/problem+json");
    bool of_the_head = status == 400 || status == 505;
    if (of_the_head && rq->path.ptr != NULL) return S("{\"path\":true}");
    return status == 403 ? S("{\"status\":403}") : (str){NULL, 0};
}

static void *run_loop(void *arg)
{
    struct bench *bench = arg;
    loop_run(bench->loop);
    return NULL;
}

/* Loop thread, again and again: the server's numbers belong to it. */
static void look(void *arg)
{
    struct bench *bench = arg;
    if (bench->drain_asked && http_server_connections(bench->server) == 0) {
        atomic_store(&bench->drained, true);
    }
}

static void drain(void *arg)
{
    struct bench *bench = arg;
    http_server_drain(bench->server);
    bench->drain_asked = true;
}

static struct http_server_options options_of(struct bench *bench)
{
    return (struct http_server_options){
        .host = S("127.0.0.1"),
        .head_ms = 120000, /* tests of a deadline have one of their own */
        .body_ms = 120000,
        .idle_ms = 120000,
        .stall_ms = 120000,
        .connections_max = 3000,
        .on_head = on_head,
        .on_request = on_request,
        .error_body = error_body,
        .user = bench,
    };
}

static void bench_open(struct bench *bench, const struct http_server_options *options)
{
    str why = {NULL, 0};
    atomic_store(&bench->drained, false);
    atomic_store(&bench->stream_state, 0);
    atomic_store(&bench->jobs, 0);
    atomic_store(&bench->written, 0);
    bench->drain_asked = bench->released = false;
    pthread_mutex_init(&bench->lock, NULL);
    pthread_cond_init(&bench->released_changed, NULL);
    assert_true(loop_new(&bench->loop));
    if (!http_server_open(bench->loop, options, &bench->server, &why)) {
        fail_msg("%.*s", STR_ARG(why));
    }
    bench->port = http_server_port(bench->server);
    loop_every(bench->loop, 5, look, bench);
    assert_int_equal(pthread_create(&bench->thread, NULL, run_loop, bench), 0);
}

static void bench_close(struct bench *bench)
{
    while (atomic_load(&bench->jobs) > 0) usleep(1000);
    loop_stop(bench->loop);
    pthread_join(bench->thread, NULL);
    http_server_close(bench->server);
    loop_free(bench->loop);
    pthread_cond_destroy(&bench->released_changed);
    pthread_mutex_destroy(&bench->lock);
}

MAYBE_UNUSED static void release(struct bench *bench)
{
    pthread_mutex_lock(&bench->lock);
    bench->released = true;
    pthread_cond_broadcast(&bench->released_changed);
    pthread_mutex_unlock(&bench->lock);
}

/* --- a client --- */

static int dial(const struct bench *bench)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)bench->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void put(int fd, str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.ptr, (size_t)bytes.len, MSG_NOSIGNAL);
        if (n < 0) return; /* the reply tells why */
        bytes = (str){bytes.ptr + n, bytes.len - n};
    }
}

static char got[REPLY_MAX];

/* Read until `want` stands in it, or to the end if NULL. A NUL-terminated text; never hangs. */
static const char *get(int fd, const char *want)
{
    size_t len = 0;
    got[0] = '\0';
    while ((want == NULL || strstr(got, want) == NULL) && len < sizeof got - 1) {
        struct pollfd p = {fd, POLLIN, 0};
        if (poll(&p, 1, WAIT_MS) != 1) fail_msg("no more came after: %s", got);
        ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);
        if (n < 0) fail_msg("the connection was reset after: %s", got);
        if (n == 0) break;
        len += (size_t)n;
        got[len] = '\0';
    }
    if (want != NULL && strstr(got, want) == NULL) fail_msg("not \"%s\" but: %s", want, got);
    return got;
}

MAYBE_UNUSED static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) fail_msg("no \"%s\" in: %s", part, text);
}

MAYBE_UNUSED static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) fail_msg("\"%s\" in: %s", part, text);
}

/* Send `bytes`, read to the end of the connection. */
MAYBE_UNUSED static const char *talk(const struct bench *bench, str bytes)
{
    int fd = dial(bench);
    put(fd, bytes);
    const char *text = get(fd, NULL);
    close(fd);
    return text;
}

static struct bench *open_default(void)
{
    static struct bench bench;
    struct http_server_options options = options_of(&bench);
    bench_open(&bench, &options);
    return &bench;
}
