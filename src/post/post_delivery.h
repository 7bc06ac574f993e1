/* post/post_delivery.h -- queued mails on their way: the gate asked again, the relay, the outcome.
 *
 * One thread claims due mails in batches (the gate decides again in that transaction), hands their
 * bytes to the SMTP client, and writes the outcomes, again in batches. At most in_flight_max mails
 * are under way. A relay in trouble counts against no mail: delivery pauses, longer each time, and
 * says so. With "outbox:" nothing leaves: queued mails become held.
 *
 * What a lost connection or a crash leaves in doubt is sent again with the same Message-ID, except
 * advertising, which is not repeated.
 *
 * Terms: relay, in doubt, held (docs/GLOSSARY.md).
 */
#pragma once

#include "db/db.h"
#include "net/smtp_client.h"
#include "post/post_types.h"

struct loop;
struct post_delivery;

/* The relay of the moment. */
struct post_relay {
    int64_t version; /* another number, another relay; 0: none, mails stay in the outbox */
    struct smtp_relay smtp;
};

struct post_delivery_options {
    struct loop *loop; /* where the SMTP client lives; may be NULL with "outbox:" */
    /* A fresh context for one round of work: its memory, clock, services; no workspace. */
    struct ctx (*make_ctx)(void *user, arena *a);
    void *user;
    str mail; /* "outbox:" (or empty), "smtp://…", "smtps://…" (net/smtp_client.h) */
    /* Where the relay may change while we run: what it is now, asked every second. NULL: `mail`. */
    bool (*relay)(struct ctx *cx, struct post_relay *out);
    /* The gate: consent/consent.h's permit_still_holds. */
    bool (*still_holds)(struct ctx *cx, struct tx *tx, const struct permit *permit, bool *holds);
    int in_flight_max;   /* 0: 256 */
    int connections_max; /* 0: 16 */
    /* Asked before mails are claimed; NULL: always. */
    bool (*may_work)(void *user);
};

/* Settle what a life before left in flight (where other nodes share the database: once its node's
 * lease has run out, every few seconds), start the thread. Before loop_run is fine. False with
 * cx->err set: ERR_INVALID "post.bad_relay" for a mail URL that cannot be used. */
MUST_USE bool post_delivery_start(struct ctx *cx, const struct post_delivery_options *options,
                                  struct post_delivery **out);
/* Any thread, after a commit that queued a mail: deliver it now and not within a second. NULL is
 * fine. */
void post_wake(struct post_delivery *delivery);
/* Any thread: ask for the relay now; what is under way over the one before is finished there. */
MUST_USE bool post_delivery_look(struct ctx *cx, struct post_delivery *delivery);
/* Is mail being delivered? False: it stays in the outbox. NULL: false. */
bool post_delivers(struct post_delivery *delivery);
/* Any thread, once: claim no more; when the mails under way have their outcome (minutes, if the
 * relay is slow), call fn(arg) on the loop thread, with "outbox:" at once on the caller's. The loop
 * must run until then. */
void post_delivery_drain(struct post_delivery *delivery, void (*fn)(void *arg), void *arg);
/* End the thread and free. After fn was called (then everything is written), or after the loop
 * has ended: what is still in flight is then settled at the next start. NULL is fine. */
void post_delivery_stop(struct post_delivery *delivery);

struct post_relay_status {
    bool outbox; /* nothing is being delivered */
    str host;    /* of the relay */
    int port;
    str last_error;                    /* the relay's trouble, while it lasts; else empty */
    int64_t last_error_ms, last_ok_ms; /* 0: never since the start */
    int64_t paused_until_ms;           /* 0: not paused */
    int64_t waiting; /* mails of this workspace that are queued or under way, at most 10000 */
    int in_flight;   /* of all workspaces */
};

/* What the admin shows about delivery; reads the database for `waiting`. NULL: as "outbox:". */
MUST_USE bool post_relay_status(struct ctx *cx, struct tx *tx, struct post_delivery *delivery,
                                struct post_relay_status *out);
