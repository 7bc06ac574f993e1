#include "edge/live.h"

#include "base/crypto.h"
#include "net/loop.h"

#include <pthread.h>
#include <stdio.h>

enum { STREAMS_MAX = 256, CHANGES = 256, PING_TICKS = 20 };

struct stream {
    struct http_exchange *ex; /* NULL: free */
    int64_t workspace_id;
    uint32_t version; /* that was sent last */
};

struct live {
    pthread_mutex_t lock;
    struct stream stream[STREAMS_MAX];
    uint32_t version[CHANGES];   /* by workspace, folded: one event too many does no harm */
    int64_t untold[LIVE_UNTOLD]; /* workspaces that other nodes have not heard of */
    int untold_count;            /* above LIVE_UNTOLD: too many to name */
    int ticks;
    bool ended;
};

static uint32_t *version_of(struct live *live, int64_t workspace_id)
{
    return &live->version[(uint64_t)workspace_id % CHANGES];
}

static bool stream_tell(struct live *live, struct stream *s, bool ping)
{
    uint32_t now = *version_of(live, s->workspace_id);
    char line[80];
    int n;
    if (now != s->version)
        n = snprintf(line, sizeof line, "event: change\ndata: workspace,%u\n\n", now);
    else if (ping)
        n = snprintf(line, sizeof line, ": still here\n\n");
    else
        return true;
    s->version = now;
    return http_stream_write(s->ex, (str){line, n});
}

static void tick(void *arg)
{
    struct live *live = arg;
    pthread_mutex_lock(&live->lock);
    bool ping = ++live->ticks % PING_TICKS == 0;
    for (int i = 0; i < STREAMS_MAX; i++) {
        struct stream *s = &live->stream[i];
        if (s->ex == NULL || (!live->ended && stream_tell(live, s, ping))) continue;
        http_stream_end(s->ex);
        s->ex = NULL;
    }
    pthread_mutex_unlock(&live->lock);
}

struct live *live_new(arena *a, struct loop *loop)
{
    struct live *live = NEW(a, struct live, 1);
    pthread_mutex_init(&live->lock, NULL);
    crypto_random((uint8_t *)live->version, sizeof live->version);
    loop_every(loop, 1000, tick, live);
    return live;
}

/* Locked. */
static void note_untold(struct live *live, int64_t workspace_id)
{
    for (int i = 0; i < live->untold_count && i < LIVE_UNTOLD; i++)
        if (live->untold[i] == workspace_id) return;
    if (live->untold_count < LIVE_UNTOLD) live->untold[live->untold_count] = workspace_id;
    if (live->untold_count <= LIVE_UNTOLD) live->untold_count++;
}

void live_changed(struct live *live, int64_t workspace_id)
{
    pthread_mutex_lock(&live->lock);
    (*version_of(live, workspace_id))++;
    note_untold(live, workspace_id);
    pthread_mutex_unlock(&live->lock);
}

void live_heard(struct live *live, int64_t workspace_id)
{
    pthread_mutex_lock(&live->lock);
    if (workspace_id != 0) (*version_of(live, workspace_id))++;
    for (int i = 0; i < CHANGES && workspace_id == 0; i++) live->version[i]++;
    pthread_mutex_unlock(&live->lock);
}

bool live_listened(struct live *live)
{
    bool listened = false;
    pthread_mutex_lock(&live->lock);
    for (int i = 0; i < STREAMS_MAX && !listened; i++) listened = live->stream[i].ex != NULL;
    pthread_mutex_unlock(&live->lock);
    return listened;
}

int live_untold(struct live *live, int64_t out[LIVE_UNTOLD])
{
    pthread_mutex_lock(&live->lock);
    int count = live->untold_count;
    for (int i = 0; i < count && i < LIVE_UNTOLD; i++) out[i] = live->untold[i];
    live->untold_count = 0;
    pthread_mutex_unlock(&live->lock);
    if (count <= LIVE_UNTOLD) return count;
    out[0] = 0;
    return 1;
}

void live_put_back(struct live *live, const int64_t *workspace_id, int count)
{
    pthread_mutex_lock(&live->lock);
    for (int i = 0; i < count; i++) note_untold(live, workspace_id[i]);
    pthread_mutex_unlock(&live->lock);
}

uint32_t live_version(struct live *live, int64_t workspace_id)
{
    pthread_mutex_lock(&live->lock);
    uint32_t version = *version_of(live, workspace_id);
    pthread_mutex_unlock(&live->lock);
    return version;
}

bool live_join(struct live *live, int64_t workspace_id, uint32_t seen, struct http_exchange *ex)
{
    static const struct http_header header[] = {
        {S_INIT("content-type"), S_INIT("text/event-stream")},
        {S_INIT("cache-control"), S_INIT("no-store")},
        {S_INIT("x-content-type-options"), S_INIT("nosniff")},
        {S_INIT("x-accel-buffering"), S_INIT("no")},
    };
    bool joined = false;
    pthread_mutex_lock(&live->lock);
    for (int i = 0; i < STREAMS_MAX && !joined && !live->ended; i++) {
        struct stream *s = &live->stream[i];
        if (s->ex != NULL) continue;
        *s = (struct stream){ex, workspace_id, seen};
        http_stream_begin(ex, &(struct http_reply){200, header, COUNTOF(header), S("")});
        joined = true;
    }
    pthread_mutex_unlock(&live->lock);
    return joined;
}

void live_end(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    live->ended = true;
    pthread_mutex_unlock(&live->lock);
    tick(live);
}
