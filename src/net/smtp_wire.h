/* net/smtp_wire.h -- one TCP connection to a relay, plain or under TLS, with one deadline.
 *
 * Loop thread only. Terms: secured: the TLS handshake is done and the certificate checked.
 */
#pragma once

#include "base/str.h"
#include "net/loop_uv.h"
#include "net/tls.h"

/* After `lost` the owner calls wire_close; if the deadline was all (`expired`), it may go on
 * instead with another deadline. */
struct wire_events {
    void (*opened)(void *user);
    void (*secured)(void *user);
    void (*bytes)(void *user, str bytes); /* plain; valid during the call */
    void (*drained)(void *user);          /* the system has taken all that was sent */
    void (*lost)(void *user, const char *words);
    void (*closed)(void *user); /* the memory may be freed */
};

enum { WIRE_ADDRESSES = 4, WIRE_READ_BYTES = 16 << 10 };

struct smtp_wire {
    uv_loop_t *loop;
    const struct wire_events *on;
    void *user;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_getaddrinfo_t lookup;
    uv_connect_t connect;
    struct addrinfo *found, *next; /* addresses; the one to be tried next */
    int tried;
    int64_t connect_ms, deadline_ms;
    struct tls *tls;
    bool tcp_open, timer_open, looking_up, closing, connected, secured;
    bool broken;        /* sending failed; told from the timer */
    bool expired;       /* `lost` is about the deadline */
    bool peer_is_local; /* the other end is this machine */
    ptrdiff_t unsent_bytes;
    char last_error[128];
    char in[WIRE_READ_BYTES];
};

/* Resolve and connect; `opened` or `lost` follows. `host` must stay. */
void wire_open(struct smtp_wire *w, uv_loop_t *loop, const struct wire_events *on, void *user,
               const char *host, int port, int64_t connect_ms);
/* Begin TLS; `secured` or `lost` follows. */
void wire_tls_begin(struct smtp_wire *w, struct tls_trust *trust, const char *host);
/* Send both (the second may be absent) in one piece; the bytes are copied. A failure is told by
 * `lost`, later. */
void wire_send(struct smtp_wire *w, str bytes, str more);
/* Call `lost` unless the deadline is moved within `ms`. */
void wire_deadline(struct smtp_wire *w, int64_t ms);
/* Our own address in this connection, NUL-terminated into to[64]; true if it is IPv6. */
bool wire_own_address(const struct smtp_wire *w, char *to);
/* Close everything; `closed` follows later. May be called again. */
void wire_close(struct smtp_wire *w);
