#include "edge/edge.h"

#include "access/access_rules.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/url.h"
#include "edge/assets.h"
#include "edge/download.h"
#include "edge/idempotency.h"
#include "edge/inline.h"
#include "edge/live.h"
#include "edge/metrics.h"
#include "edge/rate.h"
#include "edge/reply.h"
#include "edge/request.h"
#include "keys/token.h"
#include "node/node.h"
#include "post/post_delivery.h"
#include "web/i18n.h"

#include <pthread.h>
#include <stdlib.h>

enum { REFUSAL_BYTES = 1024 };
enum { QUEUE_MAX = 1024, WORKERS_MAX = 64, KEEP_BYTES = 256 << 10, NODE_WAIT_S = 5 };
/* Whoever is at a download counts as no worker, so that slow readers take none away. */
enum { THREADS_MAX = WORKERS_MAX + LIMIT_DOWNLOADS };

struct task {
    struct http_exchange *ex;
    const struct http_request *rq;
};

struct edge {
    struct app *app;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct task queue[QUEUE_MAX];
    int head, count, threads;
    int workers, working; /* at once, at most; threads at a request, but for those at a download */
    bool stopping;
    char refusal[REFUSAL_BYTES]; /* the last one; loop thread */
    pthread_t thread[THREADS_MAX];
};

/* A thread of the edge's. */
struct worker {
    struct edge *edge;
    struct arena_block block;
    bool aside; /* at a download: another thread stands in */
};

/* One request on its worker. */
struct serving {
    struct ctx cx;
    struct worker *worker;
    struct http_exchange *ex;
    struct web_request rq;
    struct route_match match;
    struct identity who;
    struct web_reply rp;
    int64_t began_ms;
};

static const char *const method_names[HTTP_METHOD__COUNT] = {
    [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",      [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS"};

/* A fair's visitors share its network: a tablet with a good link has a limit of its own. */
static bool is_kiosk(const struct serving *s)
{
    struct token t;
    return str_eq(str_of(s->match.route->pattern), S("/k/{token}")) &&
           token_verify(s->match.param[0], s->cx.keys, TOKEN_KIOSK, s->cx.now_ms / 1000, &t) ==
               TOKEN_OK;
}

static bool rate_ok(struct serving *s)
{
    struct app *app = s->cx.app;
    if (cidr_contains(app->config.unlimited_from, app->config.unlimited_from_count, s->rq.ip))
        return true;
    bool public = s->match.face == FACE_PUBLIC;
    bool post = s->rq.http->method == HTTP_POST;
    bool beacon = post && str_eq(str_of(s->match.route->pattern), S("/f/{form}/count"));
    enum rate_class class_ = !public  ? RATE_ADMIN
                             : beacon ? RATE_BEACON
                             : post   ? RATE_PUBLIC_POST
                                      : RATE_PUBLIC_GET;
    /* A single subscriber has 2^64 addresses of IPv6: his network counts as one. */
    str whose = network_of(s->cx.a, s->rq.ip);
    if (is_kiosk(s)) {
        class_ = RATE_KIOSK;
        whose = s->match.param[0];
    }
    int wait_s = rate_take(app->rates, class_, whose, s->cx.now_ms);
    if (wait_s == 0) return true;
    fail(&s->cx, ERR_TOO_MANY, "error.too_many");
    fail_arg(&s->cx, "seconds", str_printf(s->cx.a, "%d", wait_s));
    s->cx.err.retry_after_s = wait_s;
    return false;
}

/* The public face of a failed look-up: as if the path did not exist. */
static bool route_known(struct serving *s)
{
    if (s->match.route != NULL) return true;
    s->match.face = str_starts(s->rq.http->path, S("/api/")) ? FACE_API : FACE_PUBLIC;
    s->rq.face = s->match.face;
    s->rq.json = s->match.face == FACE_API || wants_json(s->rq.http);
    if (!s->match.path_known) return fail(&s->cx, ERR_NOT_FOUND, "error.not_found");
    s->rp.allow = s->match.allow;
    return fail(&s->cx, ERR_METHOD, "error.method");
}

static bool serve(struct serving *s)
{
    struct ctx *cx = &s->cx;
    bool known = s->match.route != NULL;
    if (!node_holds(cx->app->node)) {
        fail(cx, ERR_UNAVAILABLE, "error.unavailable");
        cx->err.retry_after_s = NODE_WAIT_S;
        return false;
    }
    if (!auth_identify(cx, s->rq.http, s->rq.host, s->match.face == FACE_PUBLIC, &s->who))
        return false;
    if (s->who.signed_in && s->who.person.seen_due && !access_seen(cx, &s->who.person))
        err_clear(cx);
    if (!known) return route_known(s);
    if (!rate_ok(s)) return false;
    str host = s->rq.host;
    if (!request_build(cx, s->rq.http, &s->match, &s->rq)) return false;
    s->rq.host = host;
    s->rq.seen = live_version(cx->app->live, cx->workspace_id);
    /* Links of a workspace with a host of its own must lead back to it: elsewhere they are foreign.
     */
    s->rq.base_url = url_with_host(cx->a, s->rq.base_url, s->who.workspace.host);
    if (!auth_allow(cx, s->rq.http, &s->match, &s->who, web_field(s->rq.body, "csrf")))
        return false;
    struct idempotency key;
    bool replayed;
    if (!idempotency_begin(cx, &s->rq, &key, &s->rp, &replayed)) return false;
    if (replayed) return true;
    bool ok = s->match.route->handler(cx, &s->rq, &s->rp);
    idempotency_end(cx, &key, ok, &s->rp);
    return ok;
}

static void log_request(const struct serving *s, int status)
{
    const struct ctx *cx = &s->cx;
    bool ours = status >= 500;
    if (!ours && status < 400) return; /* what goes well is counted, not written */
    log_line(ours ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "http.request",
             "id=%lld method=%s route=%s status=%d ms=%lld key=%s detail=%s",
             (long long)cx->request_id, method_names[s->rq.http->method],
             s->match.route == NULL ? "-" : s->match.route->pattern, status,
             (long long)(clock_mono_ms() - s->began_ms), cx->err.key == NULL ? "-" : cx->err.key,
             log_str(cx->err.detail).text);
}

static bool is_event_stream(const struct serving *s)
{
    return s->match.route != NULL && str_eq(str_of(s->match.route->pattern), S("/events"));
}

/* What the page that listens has seen: changes since then are told at once. */
static uint32_t seen_before(const struct serving *s)
{
    int64_t seen;
    bool told =
        str_to_i64(web_field(s->rq.query, "seen"), &seen) && seen >= 0 && seen <= UINT32_MAX;
    return told ? (uint32_t)seen : s->rq.seen;
}

/* Step out of the number of workers for a download, and back. */
static void step_aside(struct worker *w, bool aside)
{
    struct edge *edge = w->edge;
    if (w->aside == aside) return;
    pthread_mutex_lock(&edge->lock);
    w->aside = aside;
    edge->working += aside ? -1 : 1;
    if (aside) pthread_cond_signal(&edge->more);
    pthread_mutex_unlock(&edge->lock);
}

/* A body that is written while it is read. True if the reply is still to be sent: what was short
 * (*ok) or came to nothing. */
static bool download(struct serving *s, bool *ok)
{
    struct ctx *cx = &s->cx;
    int64_t bytes;
    step_aside(s->worker, true);
    enum download_end end = download_run(cx, s->ex, &s->rq, &s->rp, &bytes);
    step_aside(s->worker, false);
    *ok = end == DOWNLOAD_SHORT || end == DOWNLOAD_SENT;
    if (end == DOWNLOAD_REFUSED || end == DOWNLOAD_SHORT) return true;
    atomic_fetch_add(&cx->app->requests, 1);
    if (end == DOWNLOAD_SENT) return false;
    bool ours = end == DOWNLOAD_BROKEN;
    if (ours) atomic_fetch_add(&cx->app->errors, 1);
    log_line(ours ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "http.download_broken",
             "id=%lld route=%s bytes=%lld ms=%lld key=%s detail=%s", (long long)cx->request_id,
             s->match.route->pattern, (long long)bytes, (long long)(clock_mono_ms() - s->began_ms),
             cx->err.key == NULL ? "-" : cx->err.key, log_str(cx->err.detail).text);
    return false;
}

static void finish(struct serving *s, bool ok)
{
    struct ctx *cx = &s->cx;
    bool changed = s->rq.http->method != HTTP_GET && s->rq.http->method != HTTP_HEAD;
    if (ok && is_event_stream(s) &&
        live_join(cx->app->live, cx->workspace_id, seen_before(s), s->ex))
        return;
    if (ok && changed) {
        live_changed(cx->app->live, cx->workspace_id);
        post_wake(cx->app->delivery);
    }
    if (ok && s->rp.body != NULL && !download(s, &ok)) return;
    int status = ok ? (s->rp.status == 0 ? 200 : s->rp.status) : error_status(cx->err.code);
    log_request(s, status);
    atomic_fetch_add(&cx->app->requests, 1);
    if (status >= 500) atomic_fetch_add(&cx->app->errors, 1);
    if (ok)
        reply_send(cx, s->ex, &s->rq, &s->who, &s->rp);
    else
        reply_error(cx, s->ex, &s->rq, &s->who, &s->rp);
}

/* What is left to say when memory for the reply itself has run out. */
static void answer_full(struct http_exchange *ex)
{
    static const struct http_header header[] = {
        {S_INIT("content-type"), S_INIT("text/plain; charset=utf-8")}};
    http_reply_send(ex, &(struct http_reply){413, header, 1,
                                             S("This request is too large to be worked on.\n")});
}

static void work(struct worker *w, const struct task *task)
{
    struct edge *edge = w->edge;
    struct arena_block *block = &w->block;
    arena a = arena_over(block);
    jmp_buf full;
    struct serving s = {.cx = app_ctx(edge->app, &a, ACTOR_NOBODY),
                        .worker = w,
                        .ex = task->ex,
                        .began_ms = clock_mono_ms()};
    /* What jumps here has used the arena up: nothing of `s` is read. */
    if (setjmp(full) != 0) {
        arena all = arena_over(block);
        all.beg = all.end;
        log_line(LOG_LEVEL_ERROR, "http.arena_full", "reserved=%d", LIMIT_WORKER_ARENA_BYTES);
        atomic_fetch_add(&edge->app->errors, 1);
        if (!download_drop(edge->app->downloads, task->ex)) answer_full(task->ex);
        step_aside(w, false);
        arena_block_trim(block, &all, KEEP_BYTES);
        return;
    }
    a.full = &full;
    s.match = route_find(&a, str_of(method_names[task->rq->method]), task->rq->path);
    s.rq.http = task->rq;
    s.rq.host = request_host(&a, task->rq);
    s.rq.ip = client_address(edge->app, task->rq);
    s.rq.face = s.match.face == 0 ? FACE_PUBLIC : s.match.face;
    s.rq.json = s.match.face == FACE_API || wants_json(task->rq);
    s.rq.base_url = edge->app->config.public_url;
    s.rq.query = s.rq.body = value_map(&a);
    finish(&s, serve(&s));
    ctx_end(&s.cx);
    arena_block_trim(block, &a, KEEP_BYTES);
}

/* Locked: may a thread take the next request? What waits when the edge stops is answered. */
static bool may_take(const struct edge *edge)
{
    return edge->count > 0 && (edge->working < edge->workers || edge->stopping);
}

static void *worker(void *arg)
{
    struct worker w = {.edge = arg};
    struct edge *edge = arg;
    if (!arena_block_open(&w.block, LIMIT_WORKER_ARENA_BYTES)) abort();
    pthread_mutex_lock(&edge->lock);
    for (;;) {
        while (!may_take(edge) && !edge->stopping) pthread_cond_wait(&edge->more, &edge->lock);
        if (edge->count == 0) break;
        struct task task = edge->queue[edge->head];
        edge->head = (edge->head + 1) % QUEUE_MAX;
        edge->count--;
        edge->working++;
        pthread_mutex_unlock(&edge->lock);
        work(&w, &task);
        pthread_mutex_lock(&edge->lock);
        edge->working--;
    }
    pthread_mutex_unlock(&edge->lock);
    arena_block_close(&w.block);
    return NULL;
}

bool edge_start(struct app *app, arena *a, struct edge **out)
{
    struct edge *edge = NEW(a, struct edge, 1);
    edge->app = app;
    edge->workers = app->config.workers < WORKERS_MAX ? app->config.workers : WORKERS_MAX;
    app->inlined = inlined_new(a);
    app->downloads = downloads_new(a);
    pthread_mutex_init(&edge->lock, NULL);
    pthread_cond_init(&edge->more, NULL);
    for (; edge->threads < edge->workers + LIMIT_DOWNLOADS; edge->threads++)
        if (pthread_create(&edge->thread[edge->threads], NULL, worker, edge) != 0) break;
    *out = edge;
    return edge->threads > 0;
}

void edge_stop(struct edge *edge)
{
    pthread_mutex_lock(&edge->lock);
    edge->stopping = true;
    pthread_cond_broadcast(&edge->more);
    pthread_mutex_unlock(&edge->lock);
    for (int i = 0; i < edge->threads; i++) pthread_join(edge->thread[i], NULL);
}

static int64_t body_limit(const struct route_match *m)
{
    static const int64_t limits[] = {[BODY_NONE] = 16 << 10,
                                     [BODY_FORM] = LIMIT_FORM_BODY_BYTES,
                                     [BODY_API] = LIMIT_API_BODY_BYTES,
                                     [BODY_UPLOAD] = LIMIT_UPLOAD_BYTES + (64 << 10),
                                     [BODY_SENT_FILES] = LIMIT_SENT_FORM_BYTES};
    return m->route == NULL ? 16 << 10 : limits[m->route->body];
}

struct http_admit edge_head(void *user, const struct http_request *rq)
{
    char memory[4096];
    arena a = {memory, memory + sizeof memory, NULL};
    (void)user;
    struct route_match m = route_find(&a, str_of(method_names[rq->method]), rq->path);
    return (struct http_admit){.body_max_bytes = body_limit(&m)};
}

/* Programs get a problem also where no handler was reached. */
str edge_refusal(void *user, const struct http_request *rq, int status, str *content_type)
{
    struct edge *edge = user;
    arena a = {edge->refusal, edge->refusal + sizeof edge->refusal, NULL};
    if (!str_starts(rq->path, S("/api/"))) return (str){0};
    const char *type = status == 413   ? "too-large"
                       : status == 503 ? "unavailable"
                       : status < 500  ? "unreadable"
                                       : "internal";
    const char *key = status == 413   ? "error.too_large"
                      : status == 503 ? "error.busy"
                      : status < 500  ? "error.unreadable"
                                      : "error.internal";
    enum lang lang = lang_choose(http_header_get(rq, "accept-language"), LANG_DE);
    str title = i18n_get(edge->app->texts.i18n, lang, str_of(key));
    *content_type = S("application/problem+json; charset=utf-8");
    return str_printf(&a, "{\"type\":\"urn:zulauf:problem:%s\",\"status\":%d,\"title\":\"%.*s\"}",
                      type, status, STR_ARG(title));
}

static void answer_busy(struct edge *edge, struct http_exchange *ex, const struct http_request *rq)
{
    str type = S("text/plain; charset=utf-8"), body = edge_refusal(edge, rq, 503, &type);
    const struct http_header header[] = {{S("content-type"), type}, {S("retry-after"), S("1")}};
    if (body.ptr == NULL) body = S("Busy. Please try again in a second.\n");
    http_reply_send(ex, &(struct http_reply){503, header, 2, body});
}

void edge_request(void *user, struct http_exchange *ex, const struct http_request *rq)
{
    struct edge *edge = user;
    if (asset_answer(edge->app, ex, rq)) return;
    bool metrics = rq->method == HTTP_GET && str_eq(rq->path, S("/metrics"));
    if (metrics && metrics_answer(edge->app, ex, rq)) return;
    pthread_mutex_lock(&edge->lock);
    bool room = edge->count < QUEUE_MAX && !edge->stopping;
    if (room) {
        edge->queue[(edge->head + edge->count++) % QUEUE_MAX] = (struct task){ex, rq};
        pthread_cond_signal(&edge->more);
    }
    pthread_mutex_unlock(&edge->lock);
    if (!room) answer_busy(edge, ex, rq);
}
