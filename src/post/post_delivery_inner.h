/* post/post_delivery_inner.h -- delivery's transactions (post_settle.c) as its thread sees them. */
#pragma once

#include "post/post.h"
#include "post/post_delivery.h"

#define POST_LEASE_MS (INT64_C(3600) * 1000)

enum { POST_REPLY_BYTES = 600, POST_BATCH = 64, POST_BATCH_BYTES = 8 << 20 };

/* A claimed mail under way. */
struct flight {
    int64_t workspace_id, mail_id, lead_id, attempts, token;
    enum permit_class permit_class;
    char template_name[64];
};

/* A mail read for sending. */
struct post_item {
    struct flight flight;
    struct mail mail;
    str mime;
    bool go;     /* claimed, and the gate said yes */
    bool unread; /* a fault of its own: it is put off */
};
struct post_items {
    struct post_item item[POST_BATCH];
    int count;
};

/* What came of one. */
struct post_outcome {
    struct flight flight;
    enum mail_outcome outcome;
    bool counts; /* an attempt of this mail; else the relay was in trouble: it only waits again */
    char reply[POST_REPLY_BYTES]; /* addresses still in it */
};

typedef bool post_gate(struct ctx *cx, struct tx *tx, const struct permit *permit, bool *holds);

/* Read up to `max` due mails with their bytes (POST_BATCH_BYTES in all, but at least one). */
MUST_USE bool post_due(struct ctx *cx, int max, struct post_items *out);
/* Put them in flight in one transaction, where the gate agrees (`go`); what it refuses is settled
 * there too. A mail that cannot be claimed for a fault of its own is put off and does not hold up
 * the others. */
MUST_USE bool post_claim(struct ctx *cx, post_gate *gate, struct post_items *items);
/* Hold up to POST_BATCH due mails in the outbox; *count. */
MUST_USE bool post_hold(struct ctx *cx, int *count);
/* Write down outcomes in one transaction; one that fails by itself is logged and left to
 * post_settle_lapsed. False for storage trouble: try again. */
MUST_USE bool post_settle(struct ctx *cx, const struct post_outcome *outcome, int count);
/* Settle as in doubt what has been in flight since before a lease's time, or by a node that is
 * gone, at most POST_BATCH; now_ms INT64_MAX: everything. The `under_way` flights are ours and left alone. */
MUST_USE bool post_settle_lapsed(struct ctx *cx, int64_t now_ms, const struct flight *under_way,
                                 int under_way_count, int *count);
