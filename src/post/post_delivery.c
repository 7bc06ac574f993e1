/* The delivery thread: rounds of claiming and settling around the SMTP client. */
#include "post/post_delivery_inner.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "net/loop.h"
#include "net/smtp_client.h"
#include "post/post_rules.h"
#include "post_sql.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    IN_FLIGHT_DEFAULT = 256,
    IN_FLIGHT_MAX = 4096,
    CONNECTIONS_DEFAULT = 16,
    POLL_MS = 1000, /* a wake that was missed costs at most that */
    LOOK_MS = 1000, /* the same of a relay that was changed on another node */
    LOOK_AGAIN_MS = 10000,
    SWEEP_MS = 10000, /* with a node's lease, how long a dead one's mails wait */
    WAITING_MAX = 10000,
    OWN_BYTES = 16 << 20, /* reserved; 4096 places take 7 MB */
    KEEP_BYTES = 1 << 20,
};

/* A place for a mail under way; the SMTP client knows it by its number. */
struct place {
    bool used;
    int64_t version; /* of the relay it goes over */
    struct flight flight;
};

struct relay_health {
    char last_error[POST_REPLY_BYTES];
    int64_t last_error_ms, last_ok_ms;
    int troubles;           /* in a row */
    int64_t paused_mono_ms; /* no claim before */
    int64_t paused_until_ms;
};

struct post_delivery {
    struct arena_block block;  /* where this struct lies */
    struct arena_block memory; /* of the thread's rounds */
    struct post_delivery_options options;
    int places;
    pthread_t thread;
    pthread_mutex_t mutex;      /* everything below */
    struct smtp_client *client; /* NULL: outbox only */
    int clients;                /* this one, and former ones that have mails under way */
    int64_t version, next_look_mono_ms;
    bool looked; /* what the relay is has been read once */
    char host[SMTP_HOST_BYTES + 1];
    int port;
    pthread_cond_t some;
    struct place *place; /* written by the thread alone */
    int used;
    struct smtp_result *result; /* at most one a place */
    int result_count;
    struct relay_health health;
    bool woken, draining, closing, closed, told, stop;
    int64_t next_sweep_mono_ms;
    void (*drained)(void *arg);
    void *drained_arg;
};

/* --- from the loop --- */

static void on_result(void *user, const struct smtp_result *result)
{
    struct post_delivery *d = user;
    pthread_mutex_lock(&d->mutex);
    assert(d->result_count < d->places);
    d->result[d->result_count++] = *result;
    pthread_cond_signal(&d->some);
    pthread_mutex_unlock(&d->mutex);
}

static void on_closed(void *arg)
{
    struct post_delivery *d = arg;
    pthread_mutex_lock(&d->mutex);
    d->clients--;
    if (d->closing && d->clients == 0) d->closed = true;
    pthread_cond_signal(&d->some);
    pthread_mutex_unlock(&d->mutex);
}

/* --- outcomes --- */

static enum mail_outcome outcome_of(enum smtp_outcome outcome)
{
    switch (outcome) {
    case SMTP_SENT:
        return OUTCOME_SENT;
    case SMTP_TEMPORARY:
        return OUTCOME_TEMPORARY;
    case SMTP_PERMANENT:
        return OUTCOME_PERMANENT;
    case SMTP_IN_DOUBT:
        break;
    }
    return OUTCOME_IN_DOUBT;
}

static void outcome_from(struct post_outcome *to, const struct flight *flight,
                         const struct smtp_result *r)
{
    bool unsent =
        r->outcome == SMTP_TEMPORARY && (r->relay_trouble || str_eq(str_of(r->phase), S("queue")));
    *to = (struct post_outcome){
        .flight = *flight, .outcome = outcome_of(r->outcome), .counts = !unsent};
    if (r->code > 0)
        snprintf(to->reply, sizeof to->reply, "%d %s%s%s", r->code, r->enhanced,
                 r->enhanced[0] != 0 ? " " : "", r->reply);
    else
        snprintf(to->reply, sizeof to->reply, "%s: %s", r->phase, r->reply);
}

/* Locked: what these results say about the relay. Success of one makes the troubles of others
 * theirs alone (a connection too many). */
static void note_health(struct post_delivery *d, struct ctx *cx, const struct post_outcome *o,
                        const struct smtp_result *r, const str *masked, int count)
{
    struct relay_health *h = &d->health;
    bool sent = false;
    int trouble = -1;
    for (int i = 0; i < count; i++) {
        if (d->place[r[i].id].version != d->version) continue; /* of a relay that is gone */
        sent = sent || (o[i].counts && r[i].code > 0);
        if (r[i].relay_trouble && r[i].outcome == SMTP_TEMPORARY) trouble = i;
    }
    if (sent) {
        h->last_ok_ms = cx->now_ms;
        h->last_error[0] = 0;
        h->troubles = 0;
        h->paused_mono_ms = h->paused_until_ms = 0;
        return;
    }
    if (trouble < 0 || d->closing) return;
    str words = masked[trouble];
    snprintf(h->last_error, sizeof h->last_error, "%.*s", STR_ARG(words));
    h->last_error_ms = cx->now_ms;
    /* Mails that were under way together are one trouble. */
    if (h->paused_mono_ms > clock_mono_ms()) return;
    uint16_t chance;
    crypto_random((uint8_t *)&chance, sizeof chance);
    int64_t pause = post_pause_ms(++h->troubles, chance);
    h->paused_mono_ms = clock_mono_ms() + pause;
    h->paused_until_ms = cx->now_ms + pause;
    log_line(LOG_LEVEL_WARN, "mail.relay_trouble", "relay=%s pause_ms=%lld said=%s",
             log_str(str_of(d->host)).text, (long long)pause, log_str(words).text);
}

/* Unlocked: write down the first `count` results; false: try again later. Only this thread takes
 * results away, hence they stay where they are while the loop appends. */
static bool settle_results(struct post_delivery *d, struct ctx *cx, int count)
{
    struct post_outcome *o = NEW(cx->a, struct post_outcome, count);
    struct smtp_result *r = NEW(cx->a, struct smtp_result, count);
    str *masked = NEW(cx->a, str, count);
    pthread_mutex_lock(&d->mutex);
    memcpy(r, d->result, (size_t)count * sizeof *r);
    pthread_mutex_unlock(&d->mutex);
    for (int i = 0; i < count; i++) { /* nothing is taken from the arena under the lock */
        outcome_from(&o[i], &d->place[r[i].id].flight, &r[i]);
        if (r[i].relay_trouble) masked[i] = post_mask_addresses(cx->a, str_of(o[i].reply));
    }
    pthread_mutex_lock(&d->mutex);
    note_health(d, cx, o, r, masked, count);
    pthread_mutex_unlock(&d->mutex);
    /* What cannot be written while closing is settled at the next start, as in doubt. */
    if (!post_settle(cx, o, count) && !d->closing) return false;
    pthread_mutex_lock(&d->mutex);
    for (int i = 0; i < count; i++) d->place[r[i].id].used = false;
    d->used -= count;
    d->result_count -= count;
    memmove(d->result, d->result + count, (size_t)d->result_count * sizeof *d->result);
    pthread_mutex_unlock(&d->mutex);
    return true;
}

/* --- claims --- */

/* Locked while it is handed over: nobody takes the client away meanwhile. */
static void send_one(struct post_delivery *d, const struct post_item *item, int place)
{
    struct smtp_message m = {
        .id = place, .from = item->mail.from, .to = item->mail.to, .data = item->mime};
    pthread_mutex_lock(&d->mutex);
    d->place[place] = (struct place){true, d->version, item->flight};
    d->used++;
    bool gone = d->client == NULL;
    bool sent = !gone && smtp_client_send(d->client, &m);
    pthread_mutex_unlock(&d->mutex);
    if (sent) return;
    struct smtp_result r = {.id = place, .outcome = SMTP_TEMPORARY, .relay_trouble = true};
    snprintf(r.phase, sizeof r.phase, "queue");
    snprintf(r.reply, sizeof r.reply,
             gone ? "the relay was taken away" : "there is no memory for it now");
    on_result(d, &r);
}

/* Unlocked: claim up to `max` mails and hand them over; *count. */
static bool claim_and_send(struct post_delivery *d, struct ctx *cx, int max, int *count)
{
    struct post_items *items = NEW(cx->a, struct post_items, 1);
    *count = 0;
    if (!post_due(cx, max, items)) return false;
    if (items->count == 0) return true;
    if (!post_claim(cx, d->options.still_holds, items)) return false;
    *count = items->count;
    int at = 0;
    for (int i = 0; i < items->count; i++) {
        if (!items->item[i].go) continue;
        while (d->place[at].used) at++; /* max is not above what is free */
        send_one(d, &items->item[i], at);
    }
    return true;
}

/* --- the thread --- */

/* Unlocked: settle what lost its sender, leaving alone what is under way here. */
static bool sweep(struct post_delivery *d, struct ctx *cx)
{
    struct flight *f = NEW(cx->a, struct flight, d->places);
    int count = 0, settled;
    for (int i = 0; i < d->places; i++)
        if (d->place[i].used) f[count++] = d->place[i].flight;
    return post_settle_lapsed(cx, cx->now_ms, f, count, &settled);
}

struct round {
    int results; /* to be written */
    int room;    /* for claims; 0: none now */
    bool sweep;
    bool look;                   /* ask what the relay is now */
    struct smtp_client *closing; /* close it */
    bool outbox;                 /* hold what is due */
    bool again;                  /* out: there may be more at once */
    bool good;
};

/* Locked: what is to be done now. */
static struct round plan(struct post_delivery *d, int64_t now)
{
    struct round r = {.results =
                          d->result_count < POST_BATCH * 4 ? d->result_count : POST_BATCH * 4};
    if (d->draining) {
        if (!d->closing) r.closing = d->client;
        d->closing = true;
        d->closed = d->clients == 0;
        return r;
    }
    if (d->options.may_work != NULL && !d->options.may_work(d->options.user)) return r;
    r.sweep = now >= d->next_sweep_mono_ms;
    if (r.sweep) d->next_sweep_mono_ms = now + SWEEP_MS;
    r.look = d->options.relay != NULL && now >= d->next_look_mono_ms;
    r.outbox = d->client == NULL;
    if (now < d->health.paused_mono_ms || (!d->looked && !r.look)) return r;
    r.room = d->places - d->used;
    /* After a trouble one mail tries whether the relay is well again. */
    if (d->health.troubles > 0) r.room = d->used > 0 ? 0 : 1;
    return r;
}

static void work_round(struct post_delivery *d, struct ctx *cx, struct round *r)
{
    int count = 0;
    r->good = true;
    if (r->closing != NULL) smtp_client_free(r->closing, on_closed, d);
    if (r->results > 0) r->good = settle_results(d, cx, r->results);
    if (r->good && r->sweep) r->good = sweep(d, cx);
    if (r->look && !post_delivery_look(cx, d)) {
        /* What it was stands; before it was ever read, nothing leaves and nothing is held. */
        log_line(LOG_LEVEL_ERROR, "mail.relay_unread", "error=%s detail=%s", cx->err.key,
                 log_str(cx->err.detail).text);
        err_clear(cx);
        pthread_mutex_lock(&d->mutex);
        d->next_look_mono_ms = clock_mono_ms() + LOOK_AGAIN_MS;
        pthread_mutex_unlock(&d->mutex);
        r->room = d->looked ? r->room : 0;
    }
    if (r->look) r->outbox = !post_delivers(d);
    if (r->good && r->room > 0)
        r->good = r->outbox ? post_hold(cx, &count) : claim_and_send(d, cx, r->room, &count);
    r->again = r->good && count > 0;
}

/* Unlocked: one round in fresh memory; a full arena fails the round. */
static void run_round(struct post_delivery *d, struct round *r)
{
    arena a = arena_over(&d->memory);
    struct ctx cx = d->options.make_ctx(d->options.user, &a);
    jmp_buf here;
    if (setjmp(here) == 0) {
        a.full = &here;
        work_round(d, &cx, r);
    } else {
        a.full = NULL;
        r->good = fail(&cx, ERR_TOO_LARGE, "error.too_large");
        r->again = false;
    }
    if (!r->good)
        log_line(LOG_LEVEL_ERROR, "mail.delivery", "error=%s detail=%s",
                 cx.err.key != NULL ? cx.err.key : "unexplained", log_str(cx.err.detail).text);
    ctx_end(&cx);
    arena_block_trim(&d->memory, &a, KEEP_BYTES);
}

/* On the loop thread. */
static void tell_drained(void *arg)
{
    struct post_delivery *d = arg;
    if (d->drained != NULL) d->drained(d->drained_arg);
}

static void wait_until(struct post_delivery *d, int64_t mono_ms)
{
    struct timespec at = {.tv_sec = (time_t)(mono_ms / 1000),
                          .tv_nsec = (long)(mono_ms % 1000) * 1000000};
    pthread_cond_timedwait(&d->some, &d->mutex, &at);
}

/* Locked: wait for results, a wake, the end of a pause, or the next look. */
static void rest(struct post_delivery *d, const struct round *last)
{
    int64_t until = clock_mono_ms() + POLL_MS;
    int had = last->good ? 0 : d->result_count; /* what could not be written waits, too */
    while (!d->stop && !d->woken && d->result_count <= had && (!d->draining || d->closing) &&
           !(d->closed && !d->told) && clock_mono_ms() < until)
        wait_until(d, until);
    d->woken = false;
}

static void *deliver(void *arg)
{
    struct post_delivery *d = arg;
    pthread_mutex_lock(&d->mutex);
    while (!d->stop) {
        struct round r = plan(d, clock_mono_ms());
        pthread_mutex_unlock(&d->mutex);
        run_round(d, &r);
        pthread_mutex_lock(&d->mutex);
        if (d->closed && !d->told && d->result_count == 0) {
            d->told = true;
            loop_post(d->options.loop, tell_drained, d);
        }
        if (!r.again || !r.good) rest(d, &r);
    }
    pthread_mutex_unlock(&d->mutex);
    return NULL;
}

/* --- the face --- */

/* Another relay, or none; on trouble with it *why, and the one before stays. */
static bool set_client(struct post_delivery *d, const struct post_relay *relay, const char **why)
{
    const struct post_delivery_options *o = &d->options;
    struct smtp_client_options client = {
        .connections_max = o->connections_max > 0 ? o->connections_max : CONNECTIONS_DEFAULT};
    struct smtp_client *next = NULL;
    bool good = true;
    *why = NULL;
    /* What the client copies comes from memory of its own: nothing jumps out of the lock. */
    pthread_mutex_lock(&d->mutex);
    d->next_look_mono_ms = clock_mono_ms() + LOOK_MS;
    bool same = d->looked && d->version == relay->version;
    if (!same && !d->draining && !d->stop) {
        good = relay->version == 0 ||
               smtp_client_new(o->loop, &relay->smtp, &client, on_result, d, &next, why);
        if (good) {
            if (d->client != NULL) smtp_client_free(d->client, on_closed, d);
            d->client = next;
            if (next != NULL) d->clients++;
            d->version = relay->version;
            d->health = (struct relay_health){0};
            snprintf(d->host, sizeof d->host, "%.*s", STR_ARG(relay->smtp.host));
            d->port = relay->smtp.port;
            d->looked = true;
        }
    }
    pthread_mutex_unlock(&d->mutex);
    return good;
}

static bool open_client(struct ctx *cx, struct post_delivery *d)
{
    const struct post_delivery_options *o = &d->options;
    struct post_relay relay = {0};
    const char *why = NULL;
    if (o->relay != NULL) {
        if (!post_delivery_look(cx, d)) err_clear(cx); /* told by the thread, which tries again */
        return true;
    }
    if (o->mail.len > 0 && !str_starts(o->mail, S("outbox:"))) {
        relay.version = 1;
        if (!smtp_url_parse(cx->a, o->mail, &relay.smtp, &why))
            return fail_detail(cx, ERR_INVALID, "post.bad_relay", "%s", why);
    }
    return set_client(d, &relay, &why) || fail_detail(cx, ERR_INVALID, "post.bad_relay", "%s", why);
}

static bool open_memory(struct post_delivery **out, int places)
{
    struct arena_block block, memory;
    if (!arena_block_open(&block, OWN_BYTES)) return false;
    if (!arena_block_open(&memory, LIMIT_WORKER_ARENA_BYTES)) {
        arena_block_close(&block);
        return false;
    }
    arena a = arena_over(&block);
    struct post_delivery *d = NEW(&a, struct post_delivery, 1);
    *d = (struct post_delivery){.block = block, .memory = memory, .places = places};
    d->place = NEW(&a, struct place, places);
    d->result = NEW(&a, struct smtp_result, places);
    *out = d;
    return true;
}

static void close_all(struct post_delivery *d)
{
    pthread_cond_destroy(&d->some);
    pthread_mutex_destroy(&d->mutex);
    struct arena_block block = d->block, memory = d->memory;
    arena_block_close(&memory);
    arena_block_close(&block);
}

/* Unless other nodes share the database, whoever held a lease is gone, whenever it ends. More than
 * were ever under way is not left: what cannot be settled is told, and must not keep the server
 * from starting. */
static bool settle_past(struct ctx *cx)
{
    int count = 1;
    int64_t until_ms = db_is_shared(cx->db) ? cx->now_ms : INT64_MAX;
    arena start = *cx->a;
    for (int rounds = 0; count > 0 && rounds <= IN_FLIGHT_MAX / POST_BATCH; rounds++) {
        if (!post_settle_lapsed(cx, until_ms, NULL, 0, &count)) return false;
        if (count > 0) log_line(LOG_LEVEL_WARN, "mail.in_doubt", "after=restart count=%d", count);
        *cx->a = start;
    }
    return true;
}

bool post_delivery_start(struct ctx *cx, const struct post_delivery_options *options,
                         struct post_delivery **out)
{
    struct post_delivery *d;
    int places = options->in_flight_max > 0 ? options->in_flight_max : IN_FLIGHT_DEFAULT;
    *out = NULL;
    if (!settle_past(cx)) return false;
    if (!open_memory(&d, places < IN_FLIGHT_MAX ? places : IN_FLIGHT_MAX))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no memory for delivery");
    d->options = *options;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->mutex, NULL);
    pthread_cond_init(&d->some, &monotonic);
    pthread_condattr_destroy(&monotonic);
    d->next_sweep_mono_ms = clock_mono_ms() + SWEEP_MS;
    if (!open_client(cx, d)) {
        close_all(d);
        return false;
    }
    if (pthread_create(&d->thread, NULL, deliver, d) != 0) {
        if (d->client != NULL) smtp_client_free(d->client, NULL, NULL);
        close_all(d);
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no thread for delivery");
    }
    *out = d;
    return true;
}

void post_wake(struct post_delivery *delivery)
{
    if (delivery == NULL) return;
    pthread_mutex_lock(&delivery->mutex);
    delivery->woken = true;
    pthread_cond_signal(&delivery->some);
    pthread_mutex_unlock(&delivery->mutex);
}

void post_delivery_drain(struct post_delivery *delivery, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&delivery->mutex);
    delivery->draining = true;
    delivery->drained = fn;
    delivery->drained_arg = arg;
    bool idle = delivery->clients == 0;
    if (idle) delivery->told = true;
    pthread_cond_signal(&delivery->some);
    pthread_mutex_unlock(&delivery->mutex);
    if (idle && fn != NULL) fn(arg);
}

bool post_delivery_look(struct ctx *cx, struct post_delivery *delivery)
{
    struct post_relay relay = {0};
    const char *why;
    if (delivery == NULL || delivery->options.relay == NULL) return true;
    if (!delivery->options.relay(cx, &relay)) return false;
    if (!set_client(delivery, &relay, &why))
        return fail_detail(cx, ERR_INVALID, "post.bad_relay", "%s", why);
    return true;
}

bool post_delivers(struct post_delivery *delivery)
{
    if (delivery == NULL) return false;
    pthread_mutex_lock(&delivery->mutex);
    bool delivers = delivery->client != NULL;
    pthread_mutex_unlock(&delivery->mutex);
    return delivers;
}

void post_delivery_stop(struct post_delivery *delivery)
{
    if (delivery == NULL) return;
    pthread_mutex_lock(&delivery->mutex);
    delivery->stop = true;
    pthread_cond_signal(&delivery->some);
    pthread_mutex_unlock(&delivery->mutex);
    pthread_join(delivery->thread, NULL);
    close_all(delivery);
}

bool post_relay_status(struct ctx *cx, struct tx *tx, struct post_delivery *delivery,
                       struct post_relay_status *out)
{
    struct mail_waiting_in in = {WAITING_MAX};
    struct mail_waiting_row row;
    *out = (struct post_relay_status){.outbox = true, .host = S(""), .last_error = S("")};
    if (!q_mail_waiting(tx, &in, &row, NULL)) return false;
    out->waiting = row.n;
    if (delivery == NULL) return true;
    /* Nothing is taken from the arena under the lock: a full one would jump out of it. */
    pthread_mutex_lock(&delivery->mutex);
    struct relay_health h = delivery->health;
    char host[SMTP_HOST_BYTES + 1];
    snprintf(host, sizeof host, "%s", delivery->host);
    out->outbox = delivery->client == NULL;
    out->in_flight = delivery->used;
    out->port = delivery->port;
    pthread_mutex_unlock(&delivery->mutex);
    if (!out->outbox) out->host = str_dup(cx->a, str_of(host));
    out->last_error = str_dup(cx->a, str_of(h.last_error));
    out->last_error_ms = h.last_error_ms;
    out->last_ok_ms = h.last_ok_ms;
    out->paused_until_ms = h.paused_until_ms;
    return true;
}
