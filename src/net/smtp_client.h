/* net/smtp_client.h -- mail to one relay: a few connections on the loop, many messages on each.
 *
 * Terms:   relay: the server that takes our mail and delivers it;
 *          envelope: MAIL FROM and RCPT TO; final dot: what ends the message;
 *          in doubt: the connection was lost after the final dot and before the reply to it, so
 *          that nobody on this side can know whether the relay has taken the message.
 * Sources: RFC 5321; 2920 (pipelining), 1870 (SIZE), 6152 (8BITMIME), 3207 (STARTTLS), 8314
 *          (implicit TLS), 4954/4616 (AUTH), 3463 (enhanced codes); CVE-2011-0411 (injection
 *          before STARTTLS).
 *
 * A user name and password go over TLS with a checked certificate, or to this very machine, and
 * nowhere else. A message is given back as unsent and offered again over another connection only
 * while the relay has not answered its MAIL FROM; afterwards each message has exactly one result.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct loop;
struct smtp_client;

enum smtp_tls { SMTP_TLS_NONE, SMTP_TLS_STARTTLS, SMTP_TLS_IMPLICIT };

enum { SMTP_CREDENTIAL_BYTES = 512, SMTP_HOST_BYTES = 255 };

struct smtp_relay {
    str host; /* name in A-labels, or an address without brackets */
    int port;
    enum smtp_tls tls;
    str user, password; /* absent: no login; at most SMTP_CREDENTIAL_BYTES each */
    str ca_file;        /* PEM; absent: the system's authorities */
    str ehlo_name;      /* our name; absent: the address literal of the connection */
};

/* "smtp://user:pw@host:587", "smtps://host"; user and password percent-encoded. Query, all
 * optional: tls=none, tls=starttls, ca=FILE, name=EHLO-NAME. Without a port: smtps 465, smtp 587,
 * smtp to loopback 25. smtp means STARTTLS, but to loopback plain text. A password to elsewhere
 * with tls=none is refused. False: *why gets a static sentence. */
MUST_USE bool smtp_url_parse(arena *a, str url, struct smtp_relay *out, const char **why);

/* 0 stands for the default that is given. */
struct smtp_client_options {
    int connections_max;         /* 4; at most 64 */
    int messages_per_connection; /* 100 */
    int64_t connect_ms;          /* 10 s, for each of the host's addresses (at most 4) */
    int64_t greeting_ms;         /* 30 s */
    int64_t command_ms;          /* 30 s, for TLS too */
    int64_t data_ms;             /* 120 s: each 64 KB of the message, and its final reply */
    int64_t idle_ms;             /* 5 s, then QUIT */
};

struct smtp_message {
    int64_t id;   /* the caller's, comes back in the result */
    str from, to; /* bare addresses, domains in A-labels; `from` may be empty (<>) */
    str data;     /* complete MIME; line ends of any kind become CR LF */
};

enum smtp_outcome {
    SMTP_SENT,      /* the relay has taken it */
    SMTP_TEMPORARY, /* try again later; the relay has not taken it */
    SMTP_PERMANENT, /* refused for good, by the relay (5xx) or here (phase "local") */
    SMTP_IN_DOUBT,
};

struct smtp_result {
    int64_t id;
    enum smtp_outcome outcome;
    int code;           /* the relay's; 0 if it said nothing */
    char enhanced[12];  /* "5.1.1" or "" */
    char reply[512];    /* its words, or ours, in one line of printable UTF-8 */
    char phase[16];     /* local queue connect tls greeting ehlo starttls auth mail rcpt
                           data dot reset noop */
    bool relay_trouble; /* the relay's fault, not this message's; outcome TEMPORARY */
};

typedef void smtp_result_fn(void *user, const struct smtp_result *result);

/* A client for `relay`, whose texts are copied. Results come to on_result(user, …) on the loop
 * thread. False: *why gets a static sentence. */
MUST_USE bool smtp_client_new(struct loop *loop, const struct smtp_relay *relay,
                              const struct smtp_client_options *options, smtp_result_fn *on_result,
                              void *user, struct smtp_client **out, const char **why);

/* Any thread: queue a message; what it needs is copied. Messages begin in order of sending. False
 * only if memory is short: then there is no result. */
MUST_USE bool smtp_client_send(struct smtp_client *client, const struct smtp_message *message);

/* Any thread: connect, log in, say NOOP and leave. fn(user, …) on the loop thread: SMTP_SENT with
 * the relay's words if all went well, else TEMPORARY with what did not. False only if memory is
 * short. */
MUST_USE bool smtp_client_check(struct smtp_client *client, smtp_result_fn *fn, void *user);

/* Any thread, once, and the last call: messages that have begun are finished, the others come back
 * as TEMPORARY in phase "queue". When the last connection is gone the client is freed, then
 * fn(arg) is called on the loop thread (NULL: nobody). The loop must run until then. */
void smtp_client_free(struct smtp_client *client, void (*fn)(void *arg), void *arg);
