/* Delivery's transactions: claim, and write down what came of it. */
#include "post/post_delivery_inner.h"

#include "backup/quarantine.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "lead/lead.h"
#include "node/node.h"
#include "post/post_rules.h"
#include "post_sql.h"

#include <stdio.h>
#include <string.h>

/* Under way at all nodes together; more wait for the next look. */
enum { FLIGHTS_MAX = 5000 };
enum { PUT_OFF_MS = 5 * 60000, RELAY_WAIT_MS = 10000 };

/* A transaction over several workspaces: each step says whose turn it is. */
static void enter(struct ctx *cx, struct tx *tx, int64_t workspace_id)
{
    tx_workspace(tx, workspace_id);
    cx->workspace_id = workspace_id;
}

/* Run `fn` with the workspace left as it was found. */
static bool write_all(struct ctx *cx, tx_fn *fn, void *arg)
{
    bool good = db_write(cx, DB_EVENTS, fn, arg);
    cx->workspace_id = 0;
    return good;
}

static bool is_storage(const struct ctx *cx)
{
    return cx->err.code == ERR_STORAGE || cx->err.code == ERR_UNAVAILABLE;
}

static uint16_t chance(void)
{
    uint16_t c;
    crypto_random((uint8_t *)&c, sizeof c);
    return c;
}

/* --- outcomes --- */

static bool touch(struct ctx *cx, struct tx *tx, const struct flight *f, enum mail_state state)
{
    if (f->lead_id == 0 || (state != MAIL_SENT && state != MAIL_DEAD)) return true;
    struct value props = value_map(cx->a);
    value_set_text(props, "template", str_of(f->template_name));
    value_set_text(props, "class", str_of(permit_class_name(f->permit_class)));
    return touchpoint_record(cx, tx, f->lead_id,
                             state == MAIL_SENT ? TOUCH_MAIL_SENT : TOUCH_MAIL_FAILED, f->mail_id,
                             json_text(cx->a, props));
}

/* The mailbox does not exist: the address that it went to is bouncing until it proves itself again;
 * the lead may have another by now. */
static bool note_bounce(struct ctx *cx, struct tx *tx, const struct post_outcome *o)
{
    struct mail mail;
    str mime;
    bool bad = o->outcome == OUTCOME_PERMANENT && post_address_is_bad(str_of(o->reply));
    if (!bad || o->flight.lead_id == 0) return true;
    if (!post_load(cx, tx, o->flight.mail_id, &mail, &mime)) {
        if (is_storage(cx)) return false;
        err_clear(cx); /* nobody knows where it went */
        return true;
    }
    return mail.to.len <= 0 ||
           lead_set_email_state(cx, tx, o->flight.lead_id, mail.to, EMAIL_BOUNCING);
}

static bool settle_one(struct ctx *cx, struct tx *tx, const struct post_outcome *o)
{
    const struct flight *f = &o->flight;
    int64_t changed = 0, attempts = f->attempts + (o->counts ? 1 : 0);
    enum mail_state state =
        o->counts ? post_state_after(f->permit_class, o->outcome, attempts) : MAIL_QUEUED;
    int64_t wait = o->counts ? post_retry_ms(attempts, chance()) : RELAY_WAIT_MS;
    struct mail_settle_in set = {.id = f->mail_id,
                                 .lease_token = f->token,
                                 .state = state,
                                 .next_ms = cx->now_ms + (state == MAIL_QUEUED ? wait : 0),
                                 .attempts_n = attempts,
                                 .done_ms = state == MAIL_QUEUED ? 0 : cx->now_ms};
    enter(cx, tx, f->workspace_id);
    if (!q_mail_settle(tx, &set, &changed)) return false;
    if (changed == 0 || !o->counts) return true; /* erased meanwhile, or nothing to tell */
    struct mail_attempt_add_in attempt = {f->mail_id, cx->now_ms, o->outcome,
                                          post_mask_addresses(cx->a, str_of(o->reply))};
    return q_mail_attempt_add(tx, &attempt, NULL) && touch(cx, tx, f, state) &&
           note_bounce(cx, tx, o);
}

struct settle {
    const struct post_outcome *outcome;
    int count;
};

static bool settle_all(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct settle *s = arg;
    for (int i = 0; i < s->count; i++)
        if (!settle_one(cx, tx, &s->outcome[i])) return false;
    return true;
}

bool post_settle(struct ctx *cx, const struct post_outcome *outcome, int count)
{
    struct settle all = {outcome, count};
    if (count == 0 || write_all(cx, settle_all, &all)) return true;
    if (is_storage(cx)) return false;
    for (int i = 0; i < count; i++) {
        struct settle one = {&outcome[i], 1};
        err_clear(cx);
        if (write_all(cx, settle_all, &one)) continue;
        if (is_storage(cx)) return false; /* those before are settled: doing so again is nothing */
        log_line(LOG_LEVEL_ERROR, "mail.unsettled", "mail=%lld error=%s detail=%s",
                 (long long)outcome[i].flight.mail_id, cx->err.key, log_str(cx->err.detail).text);
    }
    err_clear(cx);
    return true;
}

/* --- claims --- */

static void flight_of(struct flight *f, int64_t workspace_id, const struct mail *m, int64_t token)
{
    *f = (struct flight){.workspace_id = workspace_id,
                         .mail_id = m->id,
                         .lead_id = m->lead_id,
                         .attempts = m->attempts,
                         .token = token,
                         .permit_class = m->permit_class};
    snprintf(f->template_name, sizeof f->template_name, "%.*s", STR_ARG(m->template_name));
}

struct due {
    int max;
    struct post_items *out;
};

/* One that cannot be read is put off when it is claimed: the others go. */
static bool read_one(struct ctx *cx, struct tx *tx, int64_t id, struct post_item *item)
{
    item->unread = !post_load(cx, tx, id, &item->mail, &item->mime);
    if (!item->unread) return true;
    if (is_storage(cx)) return false;
    log_line(LOG_LEVEL_ERROR, "mail.unread", "mail=%lld error=%s detail=%s", (long long)id,
             cx->err.key, log_str(cx->err.detail).text);
    err_clear(cx);
    item->mail = (struct mail){.id = id};
    item->mime = (str){0};
    return true;
}

static bool read_due(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    struct mail_due_in in = {cx->now_ms, d->max < POST_BATCH ? d->max : POST_BATCH};
    struct mail_due_rows rows;
    ptrdiff_t bytes = 0;
    bool quarantined;
    d->out->count = 0;
    /* Nothing leaves a database of which it is not known who was erased: it all waits. */
    if (!quarantine_get(cx, tx, &quarantined, NULL)) return false;
    if (quarantined) return true;
    if (!q_mail_due(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count && bytes < POST_BATCH_BYTES; i++) {
        struct post_item *item = &d->out->item[d->out->count];
        enter(cx, tx, rows.row[i].of_workspace_id);
        if (!read_one(cx, tx, rows.row[i].id, item)) return false;
        flight_of(&item->flight, cx->workspace_id, &item->mail, ctx_new_id(cx));
        item->go = false;
        bytes += item->mime.len;
        d->out->count++;
    }
    return true;
}

bool post_due(struct ctx *cx, int max, struct post_items *out)
{
    struct due d = {max, out};
    bool good = db_read(cx, read_due, &d);
    cx->workspace_id = 0;
    return good;
}

static bool refuse(struct ctx *cx, struct tx *tx, const struct post_item *item,
                   enum mail_outcome outcome, const char *why)
{
    struct post_outcome o = {.flight = item->flight, .outcome = outcome, .counts = true};
    snprintf(o.reply, sizeof o.reply, "%s", why);
    return settle_one(cx, tx, &o);
}

static bool put_off(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct post_item *item = arg;
    struct mail_postpone_in in = {item->flight.mail_id, cx->now_ms + PUT_OFF_MS};
    enter(cx, tx, item->flight.workspace_id);
    return q_mail_postpone(tx, &in, NULL);
}

static bool claim_one(struct ctx *cx, struct tx *tx, post_gate *gate, struct post_item *item)
{
    const struct mail *m = &item->mail;
    struct mail_claim_in in = {m->id, cx->now_ms, cx->now_ms + POST_LEASE_MS, item->flight.token};
    int64_t changed = 0;
    bool holds = false;
    item->go = false;
    enter(cx, tx, item->flight.workspace_id);
    if (item->unread) return put_off(cx, tx, item);
    if (!q_mail_claim(tx, &in, &changed)) return false;
    if (changed == 0) return true; /* erased, or claimed by another */
    if (item->mime.ptr == NULL || m->to.ptr == NULL)
        return refuse(cx, tx, item, OUTCOME_PERMANENT, "its key is gone: it cannot be opened");
    struct permit permit = {.permit_class = m->permit_class,
                            .workspace_id = item->flight.workspace_id,
                            .lead_id = m->lead_id,
                            .consent_id = m->consent_id,
                            .confirmation_id = m->confirmation_id,
                            .to_address = m->to};
    if (!gate(cx, tx, &permit, &holds)) return false;
    if (!holds)
        return refuse(cx, tx, item, OUTCOME_REFUSED, "what it was allowed for does not hold now");
    item->go = true;
    return true;
}

struct claim {
    post_gate *gate;
    struct post_item *item;
    int count;
};

static bool claim_all(struct ctx *cx, struct tx *tx, void *arg)
{
    struct claim *c = arg;
    for (int i = 0; i < c->count; i++)
        if (!claim_one(cx, tx, c->gate, &c->item[i])) return false;
    return true;
}

bool post_claim(struct ctx *cx, post_gate *gate, struct post_items *items)
{
    struct claim all = {gate, items->item, items->count};
    if (write_all(cx, claim_all, &all)) return true;
    for (int i = 0; i < items->count; i++) items->item[i].go = false; /* nothing was claimed */
    if (is_storage(cx)) return false;
    for (int i = 0; i < items->count; i++) {
        struct claim one = {gate, &items->item[i], 1};
        err_clear(cx);
        if (write_all(cx, claim_all, &one)) continue;
        items->item[i].go = false;
        log_line(LOG_LEVEL_ERROR, "mail.unclaimed", "mail=%lld error=%s detail=%s",
                 (long long)items->item[i].flight.mail_id, cx->err.key,
                 log_str(cx->err.detail).text);
        /* What was claimed so far goes out; the rest waits for its turn. */
        if (is_storage(cx) || !write_all(cx, put_off, &items->item[i])) break;
    }
    err_clear(cx);
    return true;
}

/* --- the outbox alone --- */

static bool find_due(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mail_due_in in = {cx->now_ms, POST_BATCH};
    struct mail_due_rows *rows = arg;
    bool quarantined;
    *rows = (struct mail_due_rows){0};
    if (!quarantine_get(cx, tx, &quarantined, NULL)) return false;
    return quarantined || q_mail_due(tx, &in, rows);
}

static bool hold_all(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct mail_due_rows *rows = arg;
    for (ptrdiff_t i = 0; i < rows->count; i++) {
        struct mail_hold_in in = {rows->row[i].id};
        enter(cx, tx, rows->row[i].of_workspace_id);
        if (!q_mail_hold(tx, &in, NULL)) return false;
    }
    return true;
}

bool post_hold(struct ctx *cx, int *count)
{
    struct mail_due_rows rows;
    *count = 0;
    if (!db_read(cx, find_due, &rows)) return false;
    *count = (int)rows.count;
    return rows.count == 0 || write_all(cx, hold_all, &rows);
}

/* --- what a life before left --- */

struct lapsed {
    int64_t now_ms;
    const struct flight *under_way; /* ours, at work */
    int under_way_count;
    struct flight *found; /* at most POST_BATCH */
    int count;
};

static bool is_ours(const struct lapsed *l, int64_t mail_id, int64_t token)
{
    for (int i = 0; i < l->under_way_count; i++)
        if (l->under_way[i].mail_id == mail_id && l->under_way[i].token == token) return true;
    return false;
}

static bool read_flight(struct ctx *cx, struct tx *tx, const struct mail_in_flight_row *row,
                        struct lapsed *l)
{
    struct mail_flight_in in = {row->id, row->lease_token};
    struct mail_flight_row found;
    bool there;
    enter(cx, tx, row->of_workspace_id);
    if (!q_mail_flight(tx, &in, &found, &there)) return false;
    if (!there) return true;
    struct mail m = {.id = row->id,
                     .lead_id = found.lead_id,
                     .attempts = found.attempts_n,
                     .permit_class = (enum permit_class)found.permit_class,
                     .template_name = found.template};
    flight_of(&l->found[l->count++], row->of_workspace_id, &m, row->lease_token);
    return true;
}

/* Leases that ran out, and those of nodes that are gone. */
static bool find_lapsed(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lapsed *l = arg;
    struct mail_in_flight_in in = {FLIGHTS_MAX};
    struct mail_in_flight_rows rows;
    struct node_rows nodes = {0};
    l->count = 0;
    if (db_is_shared(cx->db) && !node_rows_read(cx, tx, &nodes)) return false;
    if (!q_mail_in_flight(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count && l->count < POST_BATCH; i++) {
        const struct mail_in_flight_row *row = &rows.row[i];
        if (row->lease_until_ms > l->now_ms &&
            !node_is_gone(nodes.row, nodes.count, row->lease_token, l->now_ms))
            continue;
        if (!is_ours(l, row->id, row->lease_token) && !read_flight(cx, tx, row, l)) return false;
    }
    return true;
}

bool post_settle_lapsed(struct ctx *cx, int64_t now_ms, const struct flight *under_way,
                        int under_way_count, int *count)
{
    struct lapsed l = {.now_ms = now_ms,
                       .under_way = under_way,
                       .under_way_count = under_way_count,
                       .found = NEW(cx->a, struct flight, POST_BATCH)};
    *count = 0;
    bool good = db_read(cx, find_lapsed, &l);
    cx->workspace_id = 0;
    if (!good) return false;
    struct post_outcome *o = NEW(cx->a, struct post_outcome, l.count);
    for (int i = 0; i < l.count; i++) {
        o[i] = (struct post_outcome){
            .flight = l.found[i], .outcome = OUTCOME_IN_DOUBT, .counts = true};
        snprintf(o[i].reply, sizeof o[i].reply,
                 "interrupted: whether the relay has taken it is not known");
    }
    *count = l.count;
    return post_settle(cx, o, l.count);
}
