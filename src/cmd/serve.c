#include "cmd/serve.h"

#include "access/access.h"
#include "backup/erasures.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cmd/control.h"
#include "cmd/restore.h"
#include "cmd/start.h"
#include "consent/consent.h"
#include "edge/edge.h"
#include "edge/live.h"
#include "edge/live_news.h"
#include "edge/rate.h"
#include "form/form_funnel.h"
#include "form/form_sums.h"
#include "installation_sql.h"
#include "jobs/jobs.h"
#include "lead/lead_jobs.h"
#include "net/loop.h"
#include "node/node.h"
#include "post/post_delivery.h"
#include "relay/relay_http.h"
#include "rooms.h"
#include "spam/domain_check.h"
#include "spam/spam_memory.h"
#include "workspace/workspace.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMORY_BYTES = 256 << 20, STOP_MS = 30000, CONNECTIONS_MAX = 20000 };

struct server {
    struct app app;
    struct edge *edge;
    struct http_server *http;
    struct control *control;
    bool stopping, posted; /* posted: the delivery has nothing under way any more */
    int64_t stop_ms;
};

static int refuse(str why)
{
    fprintf(stderr, "zulauf: %.*s\n", STR_ARG(why));
    return 1;
}

static struct ctx job_ctx(void *user, arena *a)
{
    return app_ctx(user, a, ACTOR_SYSTEM);
}

static bool may_work(void *user)
{
    return node_holds(((struct app *)user)->node);
}

static void delivery_done(void *arg)
{
    ((struct server *)arg)->posted = true;
}

/* SIGTERM: readyz says no, no new connections, what is under way is finished. A second signal
 * does not wait. */
static void on_signal(void *arg)
{
    struct server *s = arg;
    if (s->stopping) _Exit(130);
    s->stopping = true;
    s->stop_ms = clock_mono_ms();
    log_line(LOG_LEVEL_INFO, "server.stopping", "within_s=%d", STOP_MS / 1000);
    atomic_store(&s->app.draining, true);
    live_end(s->app.live);
    http_server_drain(s->http);
    post_delivery_drain(s->app.delivery, delivery_done, s);
}

static void watch_stop(void *arg)
{
    struct server *s = arg;
    if (!s->stopping) return;
    bool done = http_server_connections(s->http) == 0 && s->posted;
    if (done || clock_mono_ms() - s->stop_ms > STOP_MS) loop_stop(s->app.loop);
}

static bool first_link(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace w;
    str *secret = arg;
    bool needed;
    if (!workspace_by_host(cx, tx, S(""), &w)) return false;
    cx->workspace_id = w.id;
    tx_workspace(tx, w.id);
    if (!access_first_link(cx, tx, secret, &needed)) return false;
    if (!needed) *secret = (str){0};
    return true;
}

/* What is said once the server stands. */
struct greeting {
    str secret, quarantine; /* absent, empty: there is none */
};

static bool greeting_prepare(struct ctx *cx, struct greeting *g)
{
    *g = (struct greeting){0};
    return db_write(cx, DB_INTERACTIVE, first_link, &g->secret) &&
           restore_quarantine_text(cx, &g->quarantine);
}

/* The address, and on the very first start the link that makes the first administrator: below what
 * the start has logged, so that it stands by itself on a terminal. */
static void greet(const struct server *s, const struct greeting *g)
{
    const struct config *c = &s->app.config;
    printf("\nZulauf runs at %.*s\n", STR_ARG(c->public_url));
    if (g->secret.ptr != NULL)
        printf("\nSet up the first administrator (the link works once, for 24 hours):\n\n    "
               "%.*s/setup/%.*s\n",
               STR_ARG(c->public_url), STR_ARG(g->secret));
    if (g->quarantine.len > 0)
        printf("\nThis database is in quarantine: %.*s.\n", STR_ARG(g->quarantine));
    if (!post_delivers(s->app.delivery))
        printf("\nMail is not being delivered: it stays in the outbox. Set up a mail server in the "
               "settings,\nor with --mail smtp://user@host:587.\n");
    printf("\n");
    fflush(stdout);
}

static bool open_services(struct server *s, struct ctx *cx, str *why)
{
    struct app *app = &s->app;
    if (!loop_new(&app->loop)) {
        *why = S("The system gives no event loop; are there file descriptors left (ulimit -n)?");
        return false;
    }
    app->live = live_new(cx->a, app->loop);
    app->news = live_news_new(cx->a, app->live, app->node);
    app->rates = rate_new(cx->a);
    app->spam = spam_memory_new(cx->a);
    if (!str_eq(app->config.dns, S("off"))) app->domains = domain_check_new(cx->a, app->config.dns);
    app->sums = form_sums_new(cx->a);
    app->counts = form_counts_new(cx->a);
    struct post_delivery_options post = {.loop = app->loop,
                                         .make_ctx = job_ctx,
                                         .user = app,
                                         .may_work = may_work,
                                         .mail = app->config.mail,
                                         .relay = app->config.mail_given ? NULL : relay_now,
                                         .still_holds = permit_still_holds};
    struct job_kind *kinds = NEW(cx->a, struct job_kind, JOB_KINDS_MAX);
    /* Two: a long job, such as a backup, must not hold up what is due each second. */
    struct jobs_options jobs = {.make_ctx = job_ctx,
                                .user = app,
                                .may_work = may_work,
                                .kinds = kinds,
                                .count = room_jobs(kinds),
                                .threads = 2};
    if (!post_delivery_start(cx, &post, &app->delivery) || !jobs_start(cx, &jobs, &app->jobs)) {
        *why = operator_sentence(cx);
        return false;
    }
    if (!edge_start(app, cx->a, &s->edge) || !control_open(app, &s->control)) {
        *why = cx->err.code != ERR_NONE ? operator_sentence(cx)
                                        : S("The server's threads could not be started; is the "
                                            "process limit reached (ulimit -u)?");
        return false;
    }
    return true;
}

static bool open_http(struct server *s, str *why)
{
    struct http_server_options o = {
        .host = s->app.config.host,
        .port = s->app.config.port,
        .head_ms = 10000,
        .body_ms = 60000,
        .idle_ms = 75000,
        .stall_ms = LIMIT_DOWNLOAD_STALL_MS,
        .connections_max = CONNECTIONS_MAX,
        .on_head = edge_head,
        .on_request = edge_request,
        .error_body = edge_refusal,
        .user = s->edge,
    };
    return http_server_open(s->app.loop, &o, &s->http, why);
}

/* In the order of dependence: nobody asks for what has ended. */
static void close_services(struct server *s)
{
    control_close(s->control);
    edge_stop(s->edge);
    jobs_stop(s->app.jobs);
    post_delivery_stop(s->app.delivery);
    http_server_close(s->http);
    loop_free(s->app.loop);
    app_close(&s->app);
}

int cmd_serve(const struct options *options)
{
    struct arena_block block;
    static struct server s; /* large, and one in a process */
    str why = S("");
    /* Pages of SQLite's caches are taken by one thread and freed by another. With a heap for each
     * thread, as glibc has it, what lies free in one is of no use to the others. */
    mallopt(M_ARENA_MAX, 1);
    if (!arena_block_open(&block, MEMORY_BYTES))
        return refuse(S("There is no memory to start with."));
    arena a = arena_over(&block);
    if (!app_open(&s.app, &a, options, &why)) return refuse(why);
    struct ctx cx = app_ctx(&s.app, &a, ACTOR_SYSTEM);
    touchpoint_partitions_ahead(&cx);
    erasures_share(&cx);
    if (!open_services(&s, &cx, &why) || !open_http(&s, &why)) {
        refuse(why);
        _Exit(1); /* nothing has been accepted: the system takes the threads and the lock back */
    }
    loop_on_signal(s.app.loop, on_signal, &s);
    loop_every(s.app.loop, 50, watch_stop, &s);
    struct greeting greeting;
    if (!greeting_prepare(&cx, &greeting)) {
        refuse(operator_sentence(&cx));
        _Exit(1);
    }
    log_line(LOG_LEVEL_INFO, "server.ready", "listen=%s port=%d",
             log_str(options->config.host).text, http_server_port(s.http));
    greet(&s, &greeting);
    loop_run(s.app.loop);
    close_services(&s);
    log_line(LOG_LEVEL_INFO, "server.stopped", "code=%d", 0);
    return 0;
}
