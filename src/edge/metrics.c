#include "edge/metrics.h"

#include "base/buf.h"
#include "db/db.h"
#include "edge/download.h"
#include "edge/request.h"
#include "node/node.h"

enum { BODY_BYTES = 4096, MEMORY_BYTES = 32 << 10 };

static void line(struct buf *b, const char *name, const char *type, const char *help, int64_t value)
{
    buf_printf(b, "# HELP zulauf_%s %s\n# TYPE zulauf_%s %s\nzulauf_%s %lld\n", name, help, name,
               type, name, (long long)value);
}

/* This machine without a proxy between, or an address that was named. */
static bool may_ask(const struct app *app, const struct http_request *rq)
{
    str address = client_address(app, rq);
    bool forwarded = http_header_get(rq, "x-forwarded-for").ptr != NULL;
    bool here = str_eq(address, S("127.0.0.1")) || str_eq(address, S("::1"));
    return (here && !forwarded) ||
           cidr_contains(app->config.unlimited_from, app->config.unlimited_from_count, address);
}

bool metrics_answer(struct app *app, struct http_exchange *ex, const struct http_request *rq)
{
    if (!may_ask(app, rq)) return false;
    char memory[MEMORY_BYTES];
    arena a = {memory, memory + sizeof memory, NULL};
    struct buf b = buf_new(&a, BODY_BYTES);
    struct db_stats s;
    db_stats(app->db, &s);
    line(&b, "http_requests_total", "counter", "Requests answered by a handler.",
         atomic_load(&app->requests));
    line(&b, "http_errors_total", "counter", "Requests answered with 5xx.",
         atomic_load(&app->errors));
    struct downloads_stats d;
    downloads_stats(app->downloads, &d);
    line(&b, "downloads", "gauge", "Exports that are being sent.", d.running);
    line(&b, "download_bytes_total", "counter", "Bytes of exports that were sent in pieces.",
         d.bytes);
    line(&b, "downloads_broken_total", "counter", "Exports that broke off.", d.broken);
    line(&b, "db_writes_total", "counter", "Writes asked for.", s.writes);
    line(&b, "db_commits_total", "counter", "Commits; writes share them.", s.batches);
    if (db_is_shared(app->db)) {
        line(&b, "db_writes_retried_total", "counter",
             "Transactions begun again for another's change or a lost connection.", s.retried);
        line(&b, "db_commits_settled_total", "counter",
             "Commits whose answer was lost, found out by their receipts.", s.settled);
        line(&b, "db_connections", "gauge", "Connections to PostgreSQL.", s.connections);
        line(&b, "db_connections_in_use", "gauge", "Connections at work.", s.in_use);
        line(&b, "db_waiting", "gauge", "Requests that wait for a connection.",
             s.queued[DB_INTERACTIVE]);
    } else {
        line(&b, "db_wal_bytes", "gauge", "Size of the write-ahead log.", s.wal_bytes);
    }
    if (app->node != NULL) {
        line(&b, "node_number", "gauge", "Number of this node; -1: none now.",
             node_number(app->node));
        line(&b, "node_lease_age_seconds", "gauge", "Since the number was last renewed.",
             node_lease_age_ms(app->node) / 1000);
    }
    const struct http_header header[] = {
        {S("content-type"), S("text/plain; version=0.0.4; charset=utf-8")},
        {S("cache-control"), S("no-store")},
    };
    http_reply_send(ex, &(struct http_reply){200, header, COUNTOF(header), buf_str(&b)});
    return true;
}
