/* node/node.h -- this process among others on one database: its number and the lease on it.
 *
 * Each process makes ids under a number 0..63 of its own (base/id.h), which it leases by a row of
 * the table `node`. Where the database is shared, the lease lasts 30 s, is renewed every 5 s, and
 * is given up by the holder itself 15 s after it sent the last renewal that succeeded: from then
 * on it takes no requests, jobs or mails until it renews or has another number. Where the
 * database belongs to this process (SQLite), it is number 0, at once and always.
 *
 * Two things are kept apart. *Ids are unique* by the ranges of base/id.h, whatever any clock or
 * scheduler does; the lease's times only decide who may take a number. *A node that is cut off
 * stops* by the lease, which is looked at when work begins; work that is under way ends as it
 * can, and its writes are transactions like any others.
 *
 * Terms:   node, number, lease, high-water mark (docs/GLOSSARY.md).
 * Sources: docs/adr/0013.
 */
#pragma once

#include "db/db.h"
#include "node/node_rules.h"

struct node;

struct node_options {
    str name;    /* for the operator: the machine's, unless told otherwise */
    bool shared; /* are there others on the database? db_is_shared */
    /* A fresh context for one round of the thread; `user` is the one below. */
    struct ctx (*make_ctx)(void *user, arena *a);
    void *user;
};

/* Take a number, before anything needs an id: opens cx->ids. `boot_ms` is clock_boot_ms from
 * before cx was made. The node lives in cx->a. False with cx->err set: the database fails, or all
 * numbers have holders. */
MUST_USE bool node_open(struct ctx *cx, const struct node_options *options, int64_t boot_ms,
                        struct node **out);
/* Renew from a thread of its own from now on; false if the system gives none. */
MUST_USE bool node_start(struct node *node);
/* One round: renew if it is time, take a number if there is none. For the thread and for tests. */
void node_round(struct node *node, struct ctx *cx, int64_t boot_ms);
/* End the thread and release the number: nobody makes ids any more. `cx` as for node_open. NULL is
 * fine. */
void node_close(struct node *node, struct ctx *cx);

/* Any thread, no system call: may work begin? True for NULL (a process without a node: tests). */
bool node_holds(const struct node *node);
/* The same at a time of clock_boot_ms. */
bool node_holds_at(const struct node *node, int64_t boot_ms);
/* Any thread: the number, -1 if there is none now. */
int node_number(const struct node *node);
/* Any thread: milliseconds since the last good renewal was sent. */
int64_t node_lease_age_ms(const struct node *node);

/* Inside a transaction: the number that is ours as the transaction sees it; ERR_UNAVAILABLE if it
 * has another holder by now. */
MUST_USE bool node_own(struct ctx *cx, struct tx *tx, const struct node *node, int64_t *node_no);

/* The table, for node_is_gone (node/node_rules.h): whose leases on jobs and mails are void. */
MUST_USE bool node_rows_read(struct ctx *cx, struct tx *tx, struct node_rows *out);

/* A holder, as others see it. */
struct node_info {
    int64_t node_no, started_ms, lease_until_ms;
    str name;
};
struct node_infos {
    struct node_info *row;
    ptrdiff_t count;
};
/* The nodes whose leases last at cx->now_ms, by number. */
MUST_USE bool node_list(struct ctx *cx, struct tx *tx, struct node_infos *out);
