/* node/node_rules.h -- which number a node takes and how long it may go by it. Pure.
 *
 * Sources: Gray and Cheriton, "Leases" (1989): the holder counts from when it asked, those who
 * wait from when they were told, so that no agreement of clocks is needed for safety.
 */
#pragma once

#include "base/base.h"

enum {
    /* Shared: others wait this long for a holder that says nothing … */
    NODE_LEASE_MS = 30000,
    NODE_RENEW_MS = 5000,
    /* … and it stops by itself at half of it, counted from when the last renewal was sent, by
     * a clock that runs while the machine is suspended. */
    NODE_GIVE_UP_MS = NODE_LEASE_MS / 2,
    /* A database of one process: nobody waits, the row is for the high-water mark alone, and an
     * idle server should not write to the disk all the time. */
    NODE_OWN_LEASE_MS = 90000,
    NODE_OWN_RENEW_MS = 60000,
    NODE_RETRY_MS = 1000,
    /* What a node had in hand is taken over that long after its lease: for clocks that differ. */
    NODE_GONE_MS = 10000,
};

/* What the table says of one number. */
struct node_row {
    int64_t node_no, lease_token, lease_until_ms, high_id;
    int64_t first_id; /* the holder's ids are above it, those of former holders are not */
};

struct node_rows {
    struct node_row *row;
    ptrdiff_t count;
};

struct node_choice {
    int node_no;       /* -1: every number has a holder */
    bool is_new;       /* there is no row yet */
    int64_t old_token; /* of the row that is taken over */
    int64_t high_id;   /* ids begin above it */
};

/* The lowest number that is free at `now_ms`; 0, whatever its lease says, if the database is not
 * shared. `rows` in any order. */
struct node_choice node_choose(const struct node_row *rows, ptrdiff_t count, bool shared,
                               int64_t now_ms);
/* May a holder that sent its last good renewal at `sent_ms` still work at `now_ms`? Both of
 * clock_boot_ms. */
bool node_lease_good(int64_t sent_ms, int64_t now_ms);
/* Is whoever made this id (as the token of a lease on a job or mail) gone: is its number another's
 * by now, or its lease over for NODE_GONE_MS? Of a number that the table does not know: no. */
bool node_is_gone(const struct node_row *rows, ptrdiff_t count, int64_t id, int64_t now_ms);
/* Is it time to renew? */
bool node_renewal_due(int64_t sent_ms, int64_t now_ms, bool shared);
/* Until when a lease taken or renewed at `now_ms` lasts for others. */
int64_t node_lease_until(int64_t now_ms, bool shared);
