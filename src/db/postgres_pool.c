/* The connections of one process: opened when needed, shared fairly, given up together. */
#include "db/postgres.h"

#include "base/clock.h"
#include "base/log.h"

#include <time.h>

/* How many of `max` connections one kind of work may hold: bulk and events leave room for people,
 * reads leave room for writes. */
static int share_max(int share, int max)
{
    switch (share) {
    case DB_BULK:
        return max > 4 ? max / 4 : 1;
    case DB_EVENTS:
        return max > 2 ? max / 2 : 1;
    case PG_READS:
        return max > 4 ? max - 2 : max;
    default:
        return max;
    }
}

/* Tell the operator once when the server cannot be reached, and once when it can again. Who began
 * to look before the last change (`seen`: pool->changes then) knows nothing of what came after it:
 * a connection that was made just before the server went, and is heard of late, is none that shows
 * the server to be back. */
static void tell(struct pg_pool *pool, int64_t seen, bool faulty, str why)
{
    if (seen != pool->changes || faulty == pool->faulty) return;
    if (faulty)
        log_line(LOG_LEVEL_ERROR, "db.unreachable", "cause=%s hint=%s", log_str(why).text,
                 log_str(S("PostgreSQL cannot be reached. What needs it is answered 503 until it "
                           "is back; nothing acknowledged is lost."))
                     .text);
    else
        log_line(LOG_LEVEL_INFO, "db.reachable", "state=ok");
    if (faulty) pool->faulty_ms = clock_mono_ms();
    pool->faulty = faulty;
    pool->changes++;
}

bool pg_is_down(struct pg_db *db)
{
    struct pg_pool *pool = &db->pool;
    pthread_mutex_lock(&pool->mutex);
    int64_t now_ms = clock_mono_ms(), heard_ms = pool->heard_ms;
    int64_t since_ms = heard_ms > pool->faulty_ms ? heard_ms : pool->faulty_ms;
    bool down = pool->faulty && now_ms - since_ms > PG_DOWN_MS;
    pthread_mutex_unlock(&pool->mutex);
    return down;
}

bool pg_is_there(struct pg_db *db, int64_t since_ms)
{
    struct pg_pool *pool = &db->pool;
    pthread_mutex_lock(&pool->mutex);
    int64_t fresh_ms = clock_mono_ms() - PG_SILENCE_MS;
    bool gone = pool->gone_ms > since_ms && pool->gone_ms > pool->there_ms;
    bool heard = pool->heard_ms > fresh_ms || pool->there_ms > fresh_ms;
    bool mine = !gone && !heard && !pool->pinging;
    pool->pinging |= mine;
    int64_t seen = pool->changes;
    pthread_mutex_unlock(&pool->mutex);
    if (!mine) return !gone;
    bool there = pg_ping(db);
    pthread_mutex_lock(&pool->mutex);
    pool->pinging = false;
    if (there) {
        pool->there_ms = clock_mono_ms();
    } else {
        pool->gone_ms = clock_mono_ms();
        pool->epoch++;
        tell(pool, seen, true, S("no answer, and no new connection either"));
    }
    pthread_mutex_unlock(&pool->mutex);
    return there;
}

/* --- whose turn it is --- */

enum turn {
    TURN_WAIT,
    TURN_HAS,   /* a connection that lay idle */
    TURN_OPENS, /* room for a new one, which is the caller's to open */
    TURN_LOST   /* the server is away, and somebody knocks already */
};

/* On the waiting thread's stack. */
struct pg_waiter {
    pthread_cond_t called;
    int share;
    enum turn turn;
    struct pg_conn *conn;
    struct pg_waiter *next;
};

/* Close what lies idle from before a connection was lost: it went the same way. */
static void drop_stale(struct pg_pool *pool)
{
    for (struct pg_conn *c; (c = pool->free) != NULL && c->epoch != pool->epoch;) {
        pool->free = c->next;
        pool->open--;
        pg_disconnect(c);
    }
}

/* Take what there is for this share, if anything. */
static enum turn take(struct pg_pool *pool, int share, struct pg_conn **out)
{
    drop_stale(pool);
    if (pool->held[share] >= share_max(share, pool->max)) return TURN_WAIT;
    if (pool->free == NULL) {
        /* It is enough that one knocks at a time. */
        if (pool->faulty && (pool->knocking || clock_mono_ms() < pool->knock_ms)) return TURN_LOST;
        if (pool->open >= pool->max) return TURN_WAIT;
        pool->knocking |= pool->faulty;
        pool->open++;
        pool->held[share]++;
        return TURN_OPENS;
    }
    *out = pool->free;
    pool->free = (*out)->next;
    pool->held[share]++;
    return TURN_HAS;
}

/* Something was given back: hand it to who has waited longest among those who may have it. Nobody
 * else is woken, for a crowd that runs for each connection costs more than the work; and since
 * whoever waits may have nothing of what is left, a newcomer overtakes nobody. */
static void hand_out(struct pg_pool *pool)
{
    for (struct pg_waiter **at = &pool->first, *w; (w = *at) != NULL;) {
        w->turn = take(pool, w->share, &w->conn);
        if (w->turn == TURN_WAIT) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        if (pool->last == &w->next) pool->last = at;
        pthread_cond_signal(&w->called);
    }
}

static void leave(struct pg_pool *pool, const struct pg_waiter *w)
{
    struct pg_waiter **at = &pool->first;
    while (*at != w) at = &(*at)->next;
    *at = w->next;
    if (pool->last == &w->next) pool->last = at;
}

/* Wait for the turn until `until_ms` at most; TURN_WAIT after that. */
static enum turn wait_turn(struct pg_pool *pool, int share, int64_t until_ms, struct pg_conn **out)
{
    struct pg_waiter w = {.share = share};
    struct timespec until = {until_ms / 1000, (until_ms % 1000) * 1000000};
    pthread_condattr_t monotonic; /* the clock may be set while somebody waits */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w.called, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *pool->last = &w;
    pool->last = &w.next;
    pool->waiting++;
    for (int code = 0; w.turn == TURN_WAIT && code == 0;)
        code = pthread_cond_timedwait(&w.called, &pool->mutex, &until);
    pool->waiting--;
    if (w.turn == TURN_WAIT) leave(pool, &w);
    pthread_cond_destroy(&w.called);
    *out = w.conn;
    return w.turn;
}

/* One silence is no sign that the server is away: the machine may have stood still, with the server
 * on it. So who gets no answer asks again, unless it is known by now. Locked but for the wait. */
static struct pg_conn *connect_twice(struct pg_db *db, int64_t seen, int64_t *epoch, char *why)
{
    struct pg_pool *pool = &db->pool;
    struct pg_conn *c = NULL;
    bool again = true;
    for (int i = 0; c == NULL && again && i < 2; i++) {
        int64_t began_ms = clock_mono_ms();
        *epoch = pool->epoch;
        pthread_mutex_unlock(&pool->mutex);
        c = pg_connect(db, why);
        bool silent = clock_mono_ms() - began_ms >= PG_REFUSAL_MS;
        pthread_mutex_lock(&pool->mutex);
        again = silent && !pool->faulty && seen == pool->changes;
    }
    return c;
}

static enum pg_fault connect_one(struct pg_db *db, int share, struct pg_conn **out)
{
    struct pg_pool *pool = &db->pool;
    char why[PG_SAID_BYTES] = "";
    int64_t epoch, seen = pool->changes;
    struct pg_conn *c = connect_twice(db, seen, &epoch, why);
    pool->knocking = false;
    tell(pool, seen, c == NULL, str_of(why));
    if (c == NULL) {
        pool->knock_ms = clock_mono_ms() + PG_KNOCK_MS;
        pool->open--;
        pool->held[share]--;
        hand_out(pool);
        return PG_LOST;
    }
    c->epoch = epoch;
    *out = c;
    return PG_FINE;
}

enum pg_fault pg_acquire(struct pg_db *db, int share, int64_t until_ms, struct pg_conn **out)
{
    struct pg_pool *pool = &db->pool;
    enum pg_fault fault = PG_FINE;
    *out = NULL;
    pthread_mutex_lock(&pool->mutex);
    enum turn turn = take(pool, share, out);
    if (turn == TURN_WAIT && pool->waiting < PG_WAITERS)
        turn = wait_turn(pool, share, until_ms, out);
    if (turn == TURN_OPENS) fault = connect_one(db, share, out);
    if (turn == TURN_LOST) fault = PG_LOST;
    if (turn == TURN_WAIT) fault = PG_BUSY;
    pthread_mutex_unlock(&pool->mutex);
    return fault;
}

void pg_release(struct pg_conn *c, int share, bool lost)
{
    struct pg_pool *pool = &c->db->pool;
    pthread_mutex_lock(&pool->mutex);
    pool->held[share]--;
    if (lost && c->epoch == pool->epoch) pool->epoch++;
    if (lost || c->epoch != pool->epoch) {
        pool->open--;
    } else {
        c->next = pool->free;
        pool->free = c;
        c = NULL;
    }
    hand_out(pool);
    pthread_mutex_unlock(&pool->mutex);
    if (c != NULL) pg_disconnect(c);
}

void pg_pool_open(struct pg_pool *pool, int max)
{
    pool->max = max;
    pthread_mutex_init(&pool->mutex, NULL);
    pool->last = &pool->first;
}

void pg_pool_close(struct pg_pool *pool)
{
    for (struct pg_conn *c = pool->free, *next; c != NULL; c = next) {
        next = c->next;
        pg_disconnect(c);
    }
    pthread_mutex_destroy(&pool->mutex);
}
