/* net/smtp_session.h -- the dialogue with the relay over one connection.
 *
 * Loop thread only. Replies come in the order of the commands, so what is expected stands in a
 * queue of steps and pipelining needs nothing more: with it, the next envelope goes out together
 * with the body before it, and a message costs one round trip.
 *
 * Terms: ready: logged in; envelope: the message whose MAIL, RCPT, DATA or body is under way;
 *        dotted: the one whose final dot has been sent, and which waits for its reply.
 */
#pragma once

#include "net/smtp_message.h"
#include "net/smtp_reply.h"
#include "net/smtp_wire.h"

enum smtp_step {
    STEP_CONNECT,
    STEP_TLS, /* no replies, but phases */
    STEP_GREETING,
    STEP_EHLO,
    STEP_HELO,
    STEP_STARTTLS,
    STEP_AUTH_PLAIN,
    STEP_AUTH_USER,
    STEP_AUTH_PASSWORD,
    STEP_AUTH,
    STEP_MAIL,
    STEP_RCPT,
    STEP_DATA,
    STEP_DOT,
    STEP_VOID_DOT, /* of a DATA that must be ended although the envelope was refused */
    STEP_RESET,
    STEP_NOOP,
    STEP_QUIT,
    STEP__COUNT
};

enum smtp_stage {
    SESSION_OPENING, /* not ready yet */
    SESSION_IDLE,    /* ready, nothing under way */
    SESSION_BUSY,
    SESSION_LEAVING, /* QUIT said */
    SESSION_DOWN     /* closing */
};

enum { SMTP_EXPECTED_MAX = 8 };

/* What all sessions of a client share; texts are NUL-terminated or absent. */
struct smtp_setup {
    struct loop *loop;
    struct smtp_relay relay;
    const char *host;
    struct smtp_client_options options; /* filled in */
    struct tls_trust *trust;            /* NULL without TLS */
};

struct smtp_session;

/* Told to the owner, which frees nothing before `closed`. */
struct smtp_session_events {
    /* Ready for a message; it may be begun at once. */
    void (*idle)(void *user, struct smtp_session *s);
    /* A message to follow the one under way at once, or NULL. */
    struct smtp_pending *(*next)(void *user);
    /* `p` has its result and is the owner's again. */
    void (*finished)(void *user, struct smtp_pending *p, const struct smtp_result *result);
    /* `p` had not begun when the relay went away: it may be tried once more. */
    void (*unsent)(void *user, struct smtp_pending *p);
    /* No more messages over this one; once. `why` is NULL unless it never became ready. */
    void (*down)(void *user, struct smtp_session *s, const struct smtp_result *why);
    /* A check's NOOP was answered. */
    void (*checked)(void *user, struct smtp_session *s, const struct smtp_result *result);
    /* The memory may be freed. */
    void (*closed)(void *user, struct smtp_session *s);
};

struct smtp_session {
    struct smtp_session *next;
    const struct smtp_setup *setup;
    const struct smtp_session_events *on;
    void *user;
    struct smtp_wire wire;
    struct smtp_reply reply;
    enum smtp_stage stage;
    enum smtp_step expected[SMTP_EXPECTED_MAX];
    int expected_count;
    enum smtp_step opening; /* STEP_CONNECT or STEP_TLS while no reply is due */
    bool check_only;
    bool was_ready;
    bool out_of_turn; /* it said something it was not asked for */
    bool leave_soon;  /* after what is under way */
    bool starttls, pipelining, eight_bit, auth_plain, auth_login;
    int64_t size_max_bytes; /* 0: not said */
    int begun;              /* messages */
    struct smtp_pending *envelope, *dotted;
    ptrdiff_t body_at; /* of the envelope's body, how much was sent */
    bool body_under_way;
    smtp_result_fn *check_fn; /* the owner's, for a check */
    void *check_user;
};

/* Connect and log in. */
void smtp_session_open(struct smtp_session *s, const struct smtp_setup *setup,
                       const struct smtp_session_events *on, void *user);
/* Begin a message; the session is idle. One that it cannot carry is finished at once, and the
 * session stays idle. */
void smtp_session_begin(struct smtp_session *s, struct smtp_pending *p);
/* QUIT as soon as nothing is under way. */
void smtp_session_leave(struct smtp_session *s);

/* A result for `id` in words of our own. */
struct smtp_result smtp_result_own(int64_t id, enum smtp_outcome outcome, const char *phase,
                                   const char *words);

/* -- smtp_login.c: from the greeting to ready -- */

/* Answers to the steps before ready. */
void smtp_login_reply(struct smtp_session *s, enum smtp_step step);
/* Say hello, again after TLS. */
void smtp_login_hello(struct smtp_session *s);

/* -- smtp_session.c, for smtp_login.c -- */

/* Send a command line (CR LF is added) and expect the reply to `step`. */
void smtp_session_command(struct smtp_session *s, enum smtp_step step, str line);
/* Give up with the words of the reply that was just read, preceded by `what` if not NULL. */
void smtp_session_refused(struct smtp_session *s, enum smtp_step step, const char *what);
/* Give up in our own words. */
void smtp_session_fail(struct smtp_session *s, enum smtp_step step, const char *words);
/* Logged in. */
void smtp_session_ready(struct smtp_session *s);
