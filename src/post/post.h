/* post/post.h -- the post queue: accepted mails, their delivery, and the outbox that shows them.
 *
 * post/ knows addresses and bytes, not why a mail is sent: every mail comes with a permit. A mail
 * is a row, sealed with its lead's key, before anybody is told that it will go. With --mail
 * outbox: (the default) rows stay in the outbox and nothing leaves.
 */
#pragma once

#include "db/db.h"
#include "keys/seal.h"
#include "post/post_types.h"

/* A mail made ready outside the transaction: the MIME text, and what is kept of it. */
struct post_prepared {
    struct permit   permit;
    struct mail_new mail;
    str             mime;
    str             packed; /* the MIME text as it is sealed (post/packed.h) */
    str             message_id;
    str             envelope; /* JSON */
    uint8_t         mime_sha256[32];
    int64_t         sealed_lead_id; /* post_seal_ahead: for this lead; 0: not sealed yet */
    str             sealed_envelope, sealed_mime;
    int64_t         next_ms; /* not before; 0: at once */
};

/* Write the MIME text of a mail; no database. */
MUST_USE bool post_prepare(struct ctx *cx, const struct permit *permit, const struct mail_new *mail,
                           struct post_prepared *out);
/* Seal a prepared mail with the key of a lead that is about to be created, so that its transaction
 * need not. It is sealed anew if it turns out to be for another lead. */
void post_seal_ahead(struct ctx *cx, const struct seal_key *key, int64_t lead_id,
                     struct post_prepared *mail);
/* Put a prepared mail into the queue, in the caller's transaction. Wake the delivery with
 * post_wake after the commit. */
MUST_USE bool post_enqueue(struct ctx *cx, struct tx *tx, const struct post_prepared *mail);

/* One page of the outbox, newest first; before_id 0 from the start. */
struct mail_rows {
    struct mail *row;
    ptrdiff_t    count;
};
MUST_USE bool post_list(struct ctx *cx, struct tx *tx, int64_t before_id, int limit,
                        struct mail_rows *out);
/* One mail with its MIME source (absent if the lead was erased); ERR_NOT_FOUND. */
MUST_USE bool post_load(struct ctx *cx, struct tx *tx, int64_t id, struct mail *out, str *mime);

struct mail_attempt_row {
    int64_t           no, at_ms;
    enum mail_outcome outcome;
    str               reply;
};
struct mail_attempts {
    struct mail_attempt_row *row;
    ptrdiff_t                count;
};
/* Every attempt at a mail with the relay's words. */
MUST_USE bool post_attempts(struct ctx *cx, struct tx *tx, int64_t mail_id, struct mail_attempts *out);
/* Put a dead (or held, or doubtful) mail into the queue again; ERR_CONFLICT otherwise. */
MUST_USE bool post_send_again(struct ctx *cx, struct tx *tx, int64_t mail_id);
/* Do not send what has not left yet (queued or held): it is refused, with an attempt that says why.
 * *withdrawn false: it is under way, gone, or erased. */
MUST_USE bool post_withdraw(struct ctx *cx, struct tx *tx, int64_t mail_id, str why,
                            bool *withdrawn);
/* Queue what was withdrawn; the gate is asked as ever. Nothing if it is in another state. */
MUST_USE bool post_let_go(struct ctx *cx, struct tx *tx, int64_t mail_id);
/* Send now what waits for its first time (next_ms). */
MUST_USE bool post_hurry(struct ctx *cx, struct tx *tx, int64_t mail_id);
/* What stayed here while nothing was delivered, and is not older than a confirmation link lives:
 * how many (at most POST_HELD_MANY are counted), and put up to POST_HELD_STEP of them into the
 * queue, oldest first. */
enum { POST_HELD_DAYS = 7, POST_HELD_MANY = 1000, POST_HELD_STEP = 200 };
MUST_USE bool post_held(struct ctx *cx, struct tx *tx, int64_t *count);
MUST_USE bool post_held_queue(struct ctx *cx, struct tx *tx, int64_t *queued);
/* The mail of a confirmation that was accepted by a relay last, for the evidence; *found. */
MUST_USE bool post_of_confirmation(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                   int64_t confirmation_id,
                                   struct mail *out, str *mime_sha256, str *reply, bool *found);
/* How many mails that deliver what was requested (not DOI, not advertising) a lead has been sent
 * since a moment: repeats are capped. */
MUST_USE bool post_count_since(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t since_ms,
                               int64_t *count);
/* Erase the mails of a lead. */
MUST_USE bool post_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);

/* API names: "queued", "in_flight", "sent" …; "doi" … */
const char *mail_state_name(enum mail_state state);
const char *permit_class_name(enum permit_class permit_class);
