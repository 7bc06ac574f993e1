#include "edge/download.h"

#include "app.h"
#include "base/limits.h"
#include "edge/reply.h"
#include "net/http_server.h"

#include <pthread.h>
#include <string.h>

enum { RETRY_S = 30 };

struct download {
    struct http_exchange *ex; /* NULL: free */
    int64_t workspace_id;
    bool begun; /* the head is out */
};

struct downloads {
    pthread_mutex_t lock;
    struct download slot[LIMIT_DOWNLOADS];
    _Atomic int64_t bytes, broken;
};

struct downloads *downloads_new(arena *a)
{
    struct downloads *all = NEW(a, struct downloads, 1);
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

static struct download *slot_take(struct downloads *all, struct http_exchange *ex,
                                  int64_t workspace_id)
{
    struct download *free = NULL;
    int same = 0;
    pthread_mutex_lock(&all->lock);
    for (int i = 0; i < LIMIT_DOWNLOADS; i++) {
        struct download *d = &all->slot[i];
        if (d->ex == NULL)
            free = d;
        else if (d->workspace_id == workspace_id)
            same++;
    }
    if (same >= LIMIT_DOWNLOADS_OF_WORKSPACE) free = NULL;
    if (free != NULL) *free = (struct download){ex, workspace_id, false};
    pthread_mutex_unlock(&all->lock);
    return free;
}

static void slot_free(struct downloads *all, struct download *d)
{
    pthread_mutex_lock(&all->lock);
    d->ex = NULL;
    pthread_mutex_unlock(&all->lock);
}

/* Where the body writes to: a piece is gathered, and goes out when it is full. */
struct sink {
    struct ctx *cx;
    const struct web_request *rq;
    struct web_reply *rp;
    struct downloads *all;
    struct download *d;
    char *piece;
    ptrdiff_t len;
    int64_t bytes; /* that went out */
    bool left;     /* nobody takes any more */
};

static bool flush(struct sink *sink)
{
    if (!sink->d->begun) {
        reply_download_head(sink->cx, sink->d->ex, sink->rq, sink->rp);
        sink->d->begun = true;
    }
    if (!http_download_write(sink->d->ex, (str){sink->piece, sink->len})) {
        sink->left = true;
        return false;
    }
    sink->bytes += sink->len;
    atomic_fetch_add(&sink->all->bytes, sink->len);
    sink->len = 0;
    return true;
}

static bool take(void *to, str bytes)
{
    struct sink *sink = to;
    while (!sink->left && bytes.len > 0) {
        ptrdiff_t room = LIMIT_DOWNLOAD_PIECE_BYTES - sink->len;
        ptrdiff_t n = bytes.len < room ? bytes.len : room;
        /* Only when more comes: what fits into one piece is a short one. */
        if (n == 0 && !flush(sink)) return false;
        memcpy(sink->piece + sink->len, bytes.ptr, (size_t)n);
        sink->len += n;
        bytes = (str){bytes.ptr + n, bytes.len - n};
    }
    return !sink->left;
}

/* The exchange is gone with this, and another may stand in its place: the slot is free before. */
static enum download_end finish(struct sink *sink, bool ok)
{
    struct http_exchange *ex = sink->d->ex;
    bool begun = sink->d->begun;
    if (ok && begun) ok = flush(sink);
    slot_free(sink->all, sink->d);
    if (!begun) return ok ? DOWNLOAD_SHORT : DOWNLOAD_REFUSED;
    if (ok) {
        http_stream_end(ex);
        return DOWNLOAD_SENT;
    }
    atomic_fetch_add(&sink->all->broken, 1);
    http_stream_cut(ex);
    return sink->left ? DOWNLOAD_LEFT : DOWNLOAD_BROKEN;
}

enum download_end download_run(struct ctx *cx, struct http_exchange *ex,
                               const struct web_request *rq, struct web_reply *rp, int64_t *bytes)
{
    struct downloads *all = cx->app->downloads;
    *bytes = 0;
    if (rq->http->method == HTTP_HEAD) {
        reply_download_head(cx, ex, rq, rp);
        http_stream_end(ex);
        return DOWNLOAD_SENT;
    }
    assert(rq->http->method == HTTP_GET); /* a kept answer (edge/idempotency.h) would lack it */
    struct download *d = slot_take(all, ex, cx->workspace_id);
    if (d == NULL) {
        fail(cx, ERR_TOO_MANY, "error.downloads_busy");
        cx->err.retry_after_s = RETRY_S;
        return DOWNLOAD_REFUSED;
    }
    struct sink sink = {.cx = cx, .rq = rq, .rp = rp, .all = all, .d = d};
    sink.piece = NEW(cx->a, char, LIMIT_DOWNLOAD_PIECE_BYTES);
    bool ok = rp->body(cx, rp->body_arg, take, &sink);
    enum download_end end = finish(&sink, ok);
    if (end == DOWNLOAD_SHORT) rp->raw = (str){sink.piece, sink.len};
    *bytes = sink.bytes;
    return end;
}

bool download_drop(struct downloads *all, struct http_exchange *ex)
{
    bool cut = false;
    pthread_mutex_lock(&all->lock);
    for (int i = 0; i < LIMIT_DOWNLOADS; i++) {
        struct download *d = &all->slot[i];
        if (d->ex != ex) continue;
        cut = d->begun;
        d->ex = NULL;
    }
    pthread_mutex_unlock(&all->lock);
    if (!cut) return false;
    atomic_fetch_add(&all->broken, 1);
    http_stream_cut(ex);
    return true;
}

void downloads_stats(struct downloads *all, struct downloads_stats *out)
{
    *out = (struct downloads_stats){.bytes = atomic_load(&all->bytes),
                                    .broken = atomic_load(&all->broken)};
    pthread_mutex_lock(&all->lock);
    for (int i = 0; i < LIMIT_DOWNLOADS; i++) out->running += all->slot[i].ex != NULL;
    pthread_mutex_unlock(&all->lock);
}
