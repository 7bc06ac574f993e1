#include "edge/live_news.h"

#include "app.h"
#include "base/clock.h"
#include "base/id.h"
#include "edge/live.h"
#include "live_news_sql.h"
#include "node/node.h"

enum {
    ROWS_MAX = 200, /* of one node at once; more are "any workspace" */
    /* After so long without asking, rows may have been purged that were never heard. */
    SILENCE_MS = LIVE_NEWS_KEPT_MS / 2,
};

struct live_news {
    struct live *live;
    const struct node *node;
    int64_t heard[ID_NODES]; /* the newest version of each number */
    int64_t asked_boot_ms;   /* 0: never */
};

struct live_news *live_news_new(arena *a, struct live *live, const struct node *node)
{
    struct live_news *news = NEW(a, struct live_news, 1);
    *news = (struct live_news){.live = live, .node = node};
    return news;
}

struct telling {
    const struct live_news *news;
    int64_t workspace_id[LIVE_UNTOLD];
    int count;
    int64_t version;
};

/* The version is an id, made before the transaction. Under a number that was lost meanwhile it
 * could lie below what its new holder has told, and nobody would hear it: hence node_own. */
static bool tell_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct telling *t = arg;
    int64_t own;
    if (!node_own(cx, tx, t->news->node, &own)) return false;
    for (int i = 0; i < t->count; i++) {
        struct news_put_in in = {own, t->workspace_id[i], t->version, cx->now_ms};
        if (!q_news_put(tx, &in, NULL)) return false;
    }
    return true;
}

bool live_news_tell(struct ctx *cx, struct live_news *news)
{
    struct telling t = {.news = news};
    t.count = live_untold(news->live, t.workspace_id);
    if (t.count == 0) return true;
    t.version = ctx_new_id(cx);
    if (db_write(cx, DB_EVENTS, tell_write, &t)) return true;
    live_put_back(news->live, t.workspace_id, t.count);
    return false;
}

struct hearing {
    const struct live_news *news;
    int own;
    int64_t newest[ID_NODES];
    int64_t *workspace_id; /* what changed; 0: any */
    ptrdiff_t count;
};

static bool hear_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct hearing *h = arg;
    struct news_newest_rows nodes;
    if (!q_news_newest(tx, &nodes)) return false;
    h->workspace_id = NEW(cx->a, int64_t, nodes.count * ROWS_MAX);
    h->count = 0;
    for (ptrdiff_t i = 0; i < nodes.count; i++) {
        int64_t node_no = nodes.row[i].node_no, version = nodes.row[i].version_no;
        if (node_no < 0 || node_no >= ID_NODES || node_no == h->own) continue;
        if (version <= h->news->heard[node_no]) continue;
        h->newest[node_no] = version;
        struct news_since_in in = {node_no, h->news->heard[node_no], ROWS_MAX};
        struct news_since_rows rows;
        if (!q_news_since(tx, &in, &rows)) return false;
        if (rows.count == ROWS_MAX) rows.row[0].of_workspace_id = 0;
        for (ptrdiff_t k = 0; k < rows.count; k++)
            h->workspace_id[h->count++] = rows.row[k].of_workspace_id;
    }
    return true;
}

bool live_news_hear(struct ctx *cx, struct live_news *news)
{
    struct hearing h = {.news = news, .own = node_number(news->node)};
    if (!db_read(cx, hear_read, &h)) return false;
    int64_t now = clock_boot_ms();
    bool all = news->asked_boot_ms == 0 || now - news->asked_boot_ms > SILENCE_MS;
    news->asked_boot_ms = now;
    for (int i = 0; i < ID_NODES; i++)
        if (h.newest[i] > news->heard[i]) news->heard[i] = h.newest[i];
    if (all) live_heard(news->live, 0);
    for (ptrdiff_t i = 0; i < h.count && !all; i++) live_heard(news->live, h.workspace_id[i]);
    return true;
}

bool live_news_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    struct live_news *news = cx->app->news;
    if (news == NULL || !db_is_shared(cx->db)) return true;
    bool told = live_news_tell(cx, news);
    return (!live_listened(news->live) || live_news_hear(cx, news)) && told;
}

static bool purge_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    struct news_purge_in in = {cx->now_ms - LIVE_NEWS_KEPT_MS};
    return q_news_purge(tx, &in, NULL);
}

bool live_news_forget(struct ctx *cx)
{
    return db_write(cx, DB_BULK, purge_write, NULL);
}

bool live_news_purge_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return !db_is_shared(cx->db) || live_news_forget(cx);
}
