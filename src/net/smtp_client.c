#include "net/smtp_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTIONS_MAX = 64,
    TRIES_MAX = 2,   /* how often a message that had not begun is taken up again */
    HOLD_MS = 30000, /* no further connections after the relay has turned one away */
};

struct smtp_client {
    struct smtp_setup setup;
    arena memory; /* over `texts` */
    smtp_result_fn *on_result;
    void *user;
    struct smtp_pending *first, **last; /* waiting, in order */
    int waiting;
    struct smtp_session *sessions;
    bool proven;         /* the relay has let us in, last we tried */
    uint64_t hold_until; /* uv_now */
    bool closing, closed;
    void (*on_free)(void *arg);
    void *on_free_arg;
    char texts[8 << 10];
};

/* -- the queue -- */

static void queue_back(struct smtp_client *c, struct smtp_pending *p)
{
    p->next = NULL;
    *c->last = p;
    c->last = &p->next;
    c->waiting++;
}

static void queue_front(struct smtp_client *c, struct smtp_pending *p)
{
    p->next = c->first;
    c->first = p;
    if (p->next == NULL) c->last = &p->next;
    c->waiting++;
}

static struct smtp_pending *queue_take(struct smtp_client *c)
{
    struct smtp_pending *p = c->first;
    if (p == NULL) return NULL;
    c->first = p->next;
    if (c->first == NULL) c->last = &c->first;
    c->waiting--;
    return p;
}

static void give_result(struct smtp_client *c, struct smtp_pending *p, const struct smtp_result *r)
{
    c->on_result(c->user, r);
    free(p);
}

/* Every waiting message ends with `why`. */
static void fail_waiting(struct smtp_client *c, const struct smtp_result *why)
{
    for (int n = c->waiting; n > 0; n--) {
        struct smtp_pending *p = queue_take(c);
        struct smtp_result r = *why;
        r.id = p->id;
        give_result(c, p, &r);
    }
}

/* -- who sends what -- */

static int count_stage(const struct smtp_client *c, enum smtp_stage stage)
{
    int n = 0;
    for (const struct smtp_session *s = c->sessions; s != NULL; s = s->next)
        if (s->stage == stage && !s->check_only) n++;
    return n;
}

static int count_useful(const struct smtp_client *c)
{
    return count_stage(c, SESSION_OPENING) + count_stage(c, SESSION_IDLE) +
           count_stage(c, SESSION_BUSY);
}

static struct smtp_session *find_idle(const struct smtp_client *c)
{
    for (struct smtp_session *s = c->sessions; s != NULL; s = s->next)
        if (s->stage == SESSION_IDLE && !s->check_only) return s;
    return NULL;
}

static struct smtp_session *session_new(struct smtp_client *c);

/* Give waiting messages to idle connections, and open more for the others. One connection goes
 * ahead until the relay has let it in, so that a wrong password is tried once and not N times. */
static void dispatch(struct smtp_client *c)
{
    struct smtp_session *s;
    while (c->waiting > 0 && (s = find_idle(c)) != NULL) smtp_session_begin(s, queue_take(c));

    int opening = count_stage(c, SESSION_OPENING);
    int most = c->proven ? c->setup.options.connections_max : 1;
    for (int n = count_useful(c); n < most && opening < c->waiting; n++, opening++) {
        if (n > 0 && uv_now(loop_uv(c->setup.loop)) < c->hold_until) return;
        if (session_new(c) == NULL) return; /* memory is short: those that are open go on */
    }
}

static void free_if_done(struct smtp_client *c)
{
    if (!c->closing || c->sessions != NULL || c->closed) return;
    c->closed = true;
    void (*fn)(void *arg) = c->on_free;
    void *arg = c->on_free_arg;
    tls_trust_free(c->setup.trust);
    explicit_bzero(c->texts, sizeof c->texts);
    free(c);
    if (fn != NULL) fn(arg);
}

/* -- what a session tells -- */

static void on_idle(void *user, struct smtp_session *s)
{
    struct smtp_client *c = user;
    (void)s;
    c->proven = true;
    dispatch(c);
}

static struct smtp_pending *on_next(void *user)
{
    struct smtp_client *c = user;
    /* what a connection that is being opened will take is better off there */
    if (c->waiting <= count_stage(c, SESSION_OPENING)) return NULL;
    return queue_take(c);
}

static void on_finished(void *user, struct smtp_pending *p, const struct smtp_result *r)
{
    give_result(user, p, r);
}

static void on_unsent(void *user, struct smtp_pending *p)
{
    struct smtp_client *c = user;
    if (!c->closing && p->tries++ < TRIES_MAX) {
        queue_front(c, p);
        return;
    }
    struct smtp_result r =
        smtp_result_own(p->id, SMTP_TEMPORARY, "queue", "the relay keeps closing the connection");
    r.relay_trouble = true;
    give_result(c, p, &r);
}

static void on_down(void *user, struct smtp_session *s, const struct smtp_result *why)
{
    struct smtp_client *c = user;
    if (s->check_only) {
        if (why != NULL && s->check_fn != NULL) {
            smtp_result_fn *fn = s->check_fn;
            s->check_fn = NULL;
            fn(s->check_user, why);
        }
        return;
    }
    if (why != NULL && count_useful(c) > 0) {
        c->hold_until = uv_now(loop_uv(c->setup.loop)) + HOLD_MS;
    } else if (why != NULL) {
        fail_waiting(c, why);
    }
    if (count_useful(c) == 0) c->proven = false;
    dispatch(c);
}

static void on_checked(void *user, struct smtp_session *s, const struct smtp_result *r)
{
    (void)user;
    if (s->check_fn != NULL) s->check_fn(s->check_user, r);
    s->check_fn = NULL;
}

static void on_session_closed(void *user, struct smtp_session *s)
{
    struct smtp_client *c = user;
    struct smtp_session **at = &c->sessions;
    while (*at != s) at = &(*at)->next;
    *at = s->next;
    explicit_bzero(s->wire.in, sizeof s->wire.in);
    free(s);
    free_if_done(c);
}

static void session_enter(struct smtp_client *c, struct smtp_session *s)
{
    static const struct smtp_session_events events = {
        .idle = on_idle,
        .next = on_next,
        .finished = on_finished,
        .unsent = on_unsent,
        .down = on_down,
        .checked = on_checked,
        .closed = on_session_closed,
    };
    s->next = c->sessions;
    c->sessions = s;
    smtp_session_open(s, &c->setup, &events, c);
}

static struct smtp_session *session_new(struct smtp_client *c)
{
    struct smtp_session *s = calloc(1, sizeof *s);
    if (s != NULL) session_enter(c, s);
    return s;
}

/* -- the face -- */

static void take_defaults(struct smtp_client_options *o)
{
    if (o->connections_max <= 0) o->connections_max = 4;
    if (o->connections_max > CONNECTIONS_MAX) o->connections_max = CONNECTIONS_MAX;
    if (o->messages_per_connection <= 0) o->messages_per_connection = 100;
    if (o->connect_ms <= 0) o->connect_ms = 10000;
    if (o->greeting_ms <= 0) o->greeting_ms = 30000;
    if (o->command_ms <= 0) o->command_ms = 30000;
    if (o->data_ms <= 0) o->data_ms = 120000;
    if (o->idle_ms <= 0) o->idle_ms = 5000;
}

/* Only what can stand in a command line: a name or an address literal. */
static bool name_ok(str s, bool may_be_empty)
{
    if (s.len == 0) return may_be_empty;
    if (s.len > SMTP_HOST_BYTES) return false;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && str_find_char(S("-._:[]"), c) < 0) return false;
    }
    return true;
}

static const char *relay_fault(const struct smtp_relay *r)
{
    if (!name_ok(r->host, false)) return "The relay's host name is not valid.";
    if (r->port < 1 || r->port > 65535) return "The relay's port must be between 1 and 65535.";
    if (!name_ok(r->ehlo_name, true)) return "Our own name (EHLO) is not valid.";
    if (r->user.len > SMTP_CREDENTIAL_BYTES || r->password.len > SMTP_CREDENTIAL_BYTES)
        return "The relay's user name and password may have 512 bytes each.";
    if (str_find_char(r->user, '\0') >= 0 || str_find_char(r->password, '\0') >= 0)
        return "The relay's user name or password holds a NUL.";
    if (r->user.len > 0 && r->password.ptr == NULL)
        return "The relay has a user name but no password.";
    if (r->ca_file.len > 4096) return "The path of the CA file is too long.";
    return NULL;
}

bool smtp_client_new(struct loop *loop, const struct smtp_relay *relay,
                     const struct smtp_client_options *options, smtp_result_fn *on_result,
                     void *user, struct smtp_client **out, const char **why)
{
    *why = relay_fault(relay);
    if (*why != NULL) return false;
    struct tls_trust *trust = NULL;
    if (relay->tls != SMTP_TLS_NONE && !tls_trust_new(relay->ca_file, &trust, why)) return false;
    struct smtp_client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        tls_trust_free(trust);
        *why = "Memory is short.";
        return false;
    }
    c->memory = (arena){c->texts, c->texts + sizeof c->texts, NULL};
    c->last = &c->first;
    c->on_result = on_result;
    c->user = user;
    c->setup.loop = loop;
    c->setup.trust = trust;
    c->setup.options = *options;
    take_defaults(&c->setup.options);
    c->setup.host = str_cstr(&c->memory, relay->host);
    c->setup.relay = (struct smtp_relay){
        .host = str_of(c->setup.host),
        .port = relay->port,
        .tls = relay->tls,
        .user = str_dup(&c->memory, relay->user),
        .password = str_dup(&c->memory, relay->password),
        .ehlo_name = str_dup(&c->memory, relay->ehlo_name),
    };
    *out = c;
    return true;
}

static void send_now(void *arg)
{
    struct smtp_pending *p = arg;
    struct smtp_client *c = p->client;
    queue_back(c, p);
    dispatch(c);
}

bool smtp_client_send(struct smtp_client *c, const struct smtp_message *message)
{
    struct smtp_pending *p = smtp_pending_new(message);
    if (p == NULL) return false;
    p->client = c;
    loop_post(c->setup.loop, send_now, p);
    return true;
}

static void check_now(void *arg)
{
    struct smtp_session *s = arg;
    session_enter(s->user, s);
}

bool smtp_client_check(struct smtp_client *c, smtp_result_fn *fn, void *user)
{
    struct smtp_session *s = calloc(1, sizeof *s);
    if (s == NULL) return false;
    s->user = c;
    s->check_only = true;
    s->check_fn = fn;
    s->check_user = user;
    loop_post(c->setup.loop, check_now, s);
    return true;
}

static void free_now(void *arg)
{
    struct smtp_client *c = arg;
    c->closing = true;
    struct smtp_result why =
        smtp_result_own(0, SMTP_TEMPORARY, "queue", "not sent: the program is closing");
    why.relay_trouble = true;
    fail_waiting(c, &why);
    for (struct smtp_session *s = c->sessions; s != NULL; s = s->next) smtp_session_leave(s);
    free_if_done(c);
}

void smtp_client_free(struct smtp_client *c, void (*fn)(void *arg), void *arg)
{
    c->on_free = fn;
    c->on_free_arg = arg;
    loop_post(c->setup.loop, free_now, c);
}
