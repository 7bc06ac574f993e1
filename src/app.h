/* app.h -- the process: its configuration and the services every request finds in its context. */
#pragma once

#include "base/ctx.h"
#include "base/id.h"
#include "web/render.h"

#include <semaphore.h>
#include <stdatomic.h>

struct loop;
struct jobs;
struct post_delivery;
struct live;
struct live_news;
struct node;
struct rate_limiter;
struct form_cache;
struct inlined;
struct downloads;
struct spam_memory;
struct domain_check;
struct form_counts;
struct form_sums;

enum { CONFIG_CIDRS_MAX = 32 };

/* One network, "10.0.0.0/8"; IPv4 stands mapped into IPv6. */
struct cidr {
    uint8_t address[16];
    int bits;
};

struct config {
    str data_dir;   /* absolute */
    str backup_dir; /* absolute: where planned backups go */
    str host;     /* numeric */
    int port;
    str public_url; /* without trailing slash */
    str mail;       /* "outbox:", "smtp://…", "smtps://…" */
    bool mail_given; /* so it stays; else the relay is what is set up in the admin */
    str dns; /* "1.2.3.4:53"; empty: the system's; "off": domains are not asked for */
    str db_url; /* "postgresql://…"; empty: SQLite in the data folder */
    int db_pool;
    bool db_unprepared;
    int64_t memory_bytes;
    struct cidr trusted_proxy[CONFIG_CIDRS_MAX];
    int trusted_proxy_count;
    struct cidr unlimited_from[CONFIG_CIDRS_MAX];
    int unlimited_from_count;
    str dev_dir;         /* read ui/ from this checkout; absent: the embedded files */
    int commit_delay_ms; /* crash tests only */
    int workers;
    str node_name; /* what others on the same database see */
};

/* What one request, job or command is given. Read-only after the start, but for the atomics. */
struct app {
    struct config config;
    int lock_fd; /* of the data folder; -1: not held */
    struct db *db;
    struct key_ring *keys;
    struct id_source ids;
    struct node *node; /* whose number `ids` has */
    struct loop *loop;
    struct texts texts;
    struct jobs *jobs;
    struct post_delivery *delivery;
    struct rate_limiter *rates;
    struct form_cache *forms; /* published versions; NULL: none are kept */
    const struct inlined *inlined; /* what public pages carry; NULL: they fetch it */
    struct downloads *downloads; /* under way */
    struct spam_memory *spam;
    struct domain_check *domains; /* NULL: nobody is asked */
    struct form_sums *sums; /* of many rows; NULL: counted each time */
    struct form_counts *counts; /* how forms are walked through, until it is written */
    struct live *live;
    struct live_news *news;
    sem_t password_slots;  /* Argon2id takes 19 MB a run: few at a time */
    _Atomic bool draining; /* readyz says no */
    _Atomic int64_t next_request_id;
    _Atomic int64_t requests, errors;
};

/* A context over `a` for work that nobody asked for over HTTP. */
struct ctx app_ctx(struct app *app, arena *a, enum actor_kind kind);
/* Tell open pages that something of the workspace changed (after the commit, for work that no request
 * asked for). Without an app or a stream: nothing. */
void app_changed(struct app *app, int64_t workspace_id);
/* Does the address lie in one of the networks? False for anything that is not an address. */
bool cidr_contains(const struct cidr *list, int count, str address);
/* Parse "127.0.0.0/8,::1": false if one is not a network. */
MUST_USE bool cidr_parse(str text, struct cidr *out, int max, int *count);
/* The public URL is https: cookies are Secure and prefixed. */
bool app_is_https(const struct app *app);
