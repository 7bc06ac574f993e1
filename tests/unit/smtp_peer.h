/* tests/unit/smtp_peer.h -- a relay that plays a script over real sockets, and a client to meet it.
 *
 * The script runs in a thread of its own; what it did not expect stands in `fault`, which the
 * test looks at in the end. It waits ten seconds for a line before it gives up.
 */
#pragma once

#include "assert_str.h"
#include "net/loop.h"
#include "net/smtp_client.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum peer_kind {
    PEER_END,
    PEER_ACCEPT, /* take a connection, say `say` */
    PEER_LINE,   /* a line that begins with `want`; say `say` */
    PEER_ALONE,  /* nothing may have come behind that line; only then say `say` */
    PEER_BODY,   /* a body up to the final dot; say `say` */
    PEER_TLS,    /* handshake */
    PEER_NO_TLS, /* a handshake that the client breaks off */
    PEER_PART,   /* some bytes of a body, not all */
    PEER_DRAIN,  /* read and forget until the client closes */
    PEER_FREE,   /* free the client */
    PEER_GONE,   /* the client closes without another byte */
    PEER_DROP,   /* close */
};

struct peer_step {
    enum peer_kind kind;
    const char *want, *say;
};

#define ACCEPT(greeting) ((struct peer_step){PEER_ACCEPT, NULL, greeting})
#define LINE(want, say)  ((struct peer_step){PEER_LINE, want, say})
#define ALONE_SAY(say)   ((struct peer_step){PEER_ALONE, NULL, say})
#define BODY(say)        ((struct peer_step){PEER_BODY, NULL, say})
#define TLS              ((struct peer_step){PEER_TLS, NULL, NULL})
#define NO_TLS           ((struct peer_step){PEER_NO_TLS, NULL, NULL})
#define PART             ((struct peer_step){PEER_PART, NULL, NULL})
#define DRAIN            ((struct peer_step){PEER_DRAIN, NULL, NULL})
#define FREE             ((struct peer_step){PEER_FREE, NULL, NULL})
#define GONE             ((struct peer_step){PEER_GONE, NULL, NULL})
#define DROP             ((struct peer_step){PEER_DROP, NULL, NULL})
#define END              ((struct peer_step){PEER_END, NULL, NULL})
#define QUIT             LINE("QUIT", "221 bye\r\n"), GONE, DROP

/* -- words of scripts -- */

#define EHLO_PLAIN LINE("EHLO [127.0.0.1]", "250-relay\r\n250-SIZE 2000000\r\n250 8BITMIME\r\n")
#define EHLO_PIPE                                                                                  \
    LINE("EHLO ", "250-relay\r\n250-PIPELINING\r\n250-SIZE 2000000\r\n250 8BITMIME\r\n")
#define HELLO     ACCEPT("220 relay ESMTP\r\n")
#define MAIL(say) LINE("MAIL FROM:<a@here.example> SIZE=", say)
#define RCPT(say) LINE("RCPT TO:<b@there.example>", say)
#define DATA(say) LINE("DATA", say)
#define OK250     "250 2.0.0 ok\r\n"
#define GO354     "354 go\r\n"
/* a pipelined envelope: nothing is answered before all of it is there */
#define ENVELOPE(mail, rcpt, data) MAIL(NULL), RCPT(NULL), DATA(mail rcpt data)

#define A_MAIL      S("Subject: x\r\n\r\nhello\r\n")
#define SCRIPT(...) ((const struct peer_step[]){__VA_ARGS__, END})

struct peer {
    const struct peer_step *step;
    SSL_CTX *tls; /* or NULL */
    int listener, socket, port;
    SSL *ssl;
    pthread_t thread;
    char in[1 << 20];
    ptrdiff_t len; /* bytes that wait in `in` */
    char fault[300];
    char body[1 << 20]; /* all bodies, dots undone */
    ptrdiff_t body_len;
    int accepted;
    char sni[100]; /* the name that was asked for in the handshake */
    struct run *run;
    sem_t freed;
};

/* A client and what came of its messages. */
struct run {
    struct loop *loop;
    struct smtp_client *client;
    struct peer *peer;
    struct smtp_result result[400];
    int count, wanted;
    bool linger; /* the client is freed when the script has ended */
};

static inline void peer_fault(struct peer *p, const char *what, const char *more)
{
    if (p->fault[0] == '\0') snprintf(p->fault, sizeof p->fault, "%s %.200s", what, more);
}

/* More bytes; false at the end. */
static inline bool peer_fill(struct peer *p)
{
    ptrdiff_t room = (ptrdiff_t)sizeof p->in - 1 - p->len;
    ptrdiff_t n = p->ssl != NULL ? SSL_read(p->ssl, p->in + p->len, (int)room)
                                 : recv(p->socket, p->in + p->len, (size_t)room, 0);
    if (n <= 0) return false;
    p->len += n;
    p->in[p->len] = '\0';
    return true;
}

static inline void peer_take(struct peer *p, ptrdiff_t n)
{
    p->len -= n;
    memmove(p->in, p->in + n, (size_t)p->len + 1);
}

static inline void peer_say(struct peer *p, const char *say)
{
    if (say == NULL) return;
    if (p->ssl != NULL)
        (void)SSL_write(p->ssl, say, (int)strlen(say));
    else
        (void)!send(p->socket, say, strlen(say), MSG_NOSIGNAL);
}

static inline void peer_line(struct peer *p, const struct peer_step *step)
{
    char *end;
    while ((end = memmem(p->in, (size_t)p->len, "\r\n", 2)) == NULL) {
        if (peer_fill(p)) continue;
        peer_fault(p, "no line, wanted", step->want);
        return;
    }
    *end = '\0';
    if (strncmp(p->in, step->want, strlen(step->want)) != 0) {
        peer_fault(p, "wanted", step->want);
        snprintf(p->fault + strlen(p->fault), 100, ", got %.80s", p->in);
    }
    peer_take(p, end + 2 - p->in);
    peer_say(p, step->say);
}

static inline void peer_body(struct peer *p, const struct peer_step *step)
{
    for (;;) {
        char *end = memmem(p->in, (size_t)p->len, "\r\n", 2);
        if (end == NULL) {
            if (peer_fill(p)) continue;
            peer_fault(p, "no end of the body", "");
            return;
        }
        ptrdiff_t n = end + 2 - p->in;
        if (n == 3 && p->in[0] == '.') {
            peer_take(p, n);
            peer_say(p, step->say);
            return;
        }
        ptrdiff_t skip = p->in[0] == '.';
        memcpy(p->body + p->body_len, p->in + skip, (size_t)(n - skip));
        p->body_len += n - skip;
        peer_take(p, n);
    }
}

static inline void peer_close(struct peer *p)
{
    SSL_free(p->ssl);
    p->ssl = NULL;
    if (p->socket >= 0) close(p->socket);
    p->socket = -1;
    p->len = 0;
}

static inline void peer_tls(struct peer *p, bool wanted)
{
    if (p->len > 0) peer_fault(p, "plain text before TLS:", p->in);
    p->ssl = SSL_new(p->tls);
    SSL_set_fd(p->ssl, p->socket);
    bool done = SSL_accept(p->ssl) == 1;
    const char *sni = SSL_get_servername(p->ssl, TLSEXT_NAMETYPE_host_name);
    snprintf(p->sni, sizeof p->sni, "%s", sni == NULL ? "" : sni);
    /* in TLS 1.3 the server is done before the client has looked at the certificate */
    if (done && !wanted) done = peer_fill(p);
    if (done != wanted) peer_fault(p, done ? "TLS stands" : "no TLS", "");
}

static inline void run_free_client(void *arg);

static inline void peer_freed_2(void *arg)
{
    struct peer *p = arg;
    (void)sem_post(&p->freed);
}

/* Behind what smtp_client_free has posted. */
static inline void peer_freed_1(void *arg)
{
    struct peer *p = arg;
    loop_post(p->run->loop, peer_freed_2, p);
}

static inline void peer_step(struct peer *p, const struct peer_step *step)
{
    struct timeval patience = {.tv_sec = 10};
    switch (step->kind) {
    case PEER_ACCEPT:
        p->socket = accept(p->listener, NULL, NULL);
        if (p->socket < 0) peer_fault(p, "nobody came", "");
        (void)setsockopt(p->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        p->accepted++;
        peer_say(p, step->say);
        break;
    case PEER_LINE:
        peer_line(p, step);
        break;
    case PEER_ALONE:
        if (p->len > 0) peer_fault(p, "pipelined without being asked to:", p->in);
        peer_say(p, step->say);
        break;
    case PEER_BODY:
        peer_body(p, step);
        break;
    case PEER_TLS:
        peer_tls(p, true);
        break;
    case PEER_NO_TLS:
        peer_tls(p, false);
        break;
    case PEER_PART:
        while (p->len < 4096 && peer_fill(p)) {
        }
        break;
    case PEER_DRAIN:
        do p->len = 0;
        while (peer_fill(p));
        break;
    case PEER_FREE:
        loop_post(p->run->loop, run_free_client, p->run);
        loop_post(p->run->loop, peer_freed_1, p);
        (void)sem_wait(&p->freed);
        break;
    case PEER_GONE:
        if (p->len > 0 || peer_fill(p)) peer_fault(p, "the client went on:", p->in);
        break;
    case PEER_DROP:
        peer_close(p);
        break;
    case PEER_END:
        break;
    }
}

static inline void *peer_main(void *arg)
{
    struct peer *p = arg;
    for (const struct peer_step *s = p->step; s->kind != PEER_END && p->fault[0] == '\0'; s++)
        peer_step(p, s);
    peer_close(p);
    close(p->listener); /* who comes now is turned away */
    loop_post(p->run->loop, run_free_client, p->run);
    return NULL;
}

/* Listen on a free port of `address`. */
static inline int listen_at(uint32_t address, int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    socklen_t len = sizeof at;
    struct timeval patience = {.tv_sec = 10};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 100), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *port = ntohs(at.sin_port);
    return listener;
}

static inline int listen_here(int *port)
{
    return listen_at(INADDR_LOOPBACK, port);
}

static inline void run_stop(void *arg)
{
    struct run *run = arg;
    loop_stop(run->loop);
}

static inline void run_free_client(void *arg)
{
    struct run *run = arg;
    if (!run->linger || run->client == NULL) return;
    smtp_client_free(run->client, run_stop, run);
    run->client = NULL;
}

static inline void run_result(void *user, const struct smtp_result *result)
{
    struct run *run = user;
    assert_true(run->count < COUNTOF(run->result));
    run->result[run->count++] = *result;
    if (run->count < run->wanted || run->linger || run->client == NULL) return;
    smtp_client_free(run->client, run_stop, run);
    run->client = NULL;
}

static inline struct smtp_relay relay_here(void)
{
    return (struct smtp_relay){.host = S("127.0.0.1"), .tls = SMTP_TLS_NONE};
}

/* The default of the tests: one connection, deadlines that only a hanging test reaches. */
static inline struct smtp_client_options options_of_one(void)
{
    return (struct smtp_client_options){.connections_max = 1};
}

static inline struct run *run_new(void)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    assert_true(loop_new(&run->loop));
    return run;
}

static inline void run_client(struct run *run, const struct smtp_relay *relay,
                              const struct smtp_client_options *options)
{
    const char *why = NULL;
    if (!smtp_client_new(run->loop, relay, options, run_result, run, &run->client, &why))
        fail_msg("no client: %s", why);
}

/* Begin `script`; a client for it goes to *run. `tls` may be NULL. */
static inline struct run *run_script(const struct peer_step *script, struct smtp_relay relay,
                                     struct smtp_client_options options, SSL_CTX *tls)
{
    struct run *run = run_new();
    struct peer *p = calloc(1, sizeof *p);
    assert_non_null(p);
    run->peer = p;
    p->run = run;
    p->step = script;
    p->tls = tls;
    p->socket = -1;
    assert_int_equal(sem_init(&p->freed, 0, 0), 0);
    p->listener = listen_at(str_starts(relay.host, S("127.")) || str_eq(relay.host, S("localhost"))
                                ? INADDR_LOOPBACK
                                : INADDR_ANY,
                            &p->port);
    relay.port = p->port;
    run_client(run, &relay, &options);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
    return run;
}

static inline void run_send(struct run *run, int64_t id, str data)
{
    run->wanted++;
    assert_true(smtp_client_send(run->client, &(struct smtp_message){.id = id,
                                                                     .from = S("a@here.example"),
                                                                     .to = S("b@there.example"),
                                                                     .data = data}));
}

static inline void run_check(struct run *run)
{
    run->wanted++;
    assert_true(smtp_client_check(run->client, run_result, run));
}

/* Run until all results are there and the script has ended. */
static inline void run_to_end(struct run *run, const char *what)
{
    loop_run(run->loop);
    if (run->peer != NULL) {
        pthread_join(run->peer->thread, NULL);
        if (run->peer->fault[0] != '\0') fail_msg("%s: the peer says: %s", what, run->peer->fault);
    }
    assert_int_equal(run->count, run->wanted);
}

static inline void run_done(struct run *run)
{
    loop_free(run->loop);
    free(run->peer);
    free(run);
}

/* What a message's result must be; phase NULL: of no interest. */
struct want {
    enum smtp_outcome outcome;
    int code;
    const char *enhanced, *phase, *words;
    bool relay_trouble;
};

static inline void assert_result(const char *what, const struct smtp_result *r, struct want w)
{
    bool same = r->outcome == w.outcome && r->code == w.code && r->relay_trouble == w.relay_trouble;
    if (w.enhanced != NULL && strcmp(r->enhanced, w.enhanced) != 0) same = false;
    if (w.phase != NULL && strcmp(r->phase, w.phase) != 0) same = false;
    if (w.words != NULL && strstr(r->reply, w.words) == NULL) same = false;
    if (same) return;
    fail_msg("%s: got outcome %d code %d \"%s\" phase %s trouble %d: %s", what, (int)r->outcome,
             r->code, r->enhanced, r->phase, r->relay_trouble, r->reply);
}
