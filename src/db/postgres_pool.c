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

/* Tell the operator once when the server cannot be reached, and once when it can again. */
static void tell(struct pg_pool *pool, bool faulty, str why)
{
    if (faulty && !pool->faulty)
        log_line(LOG_LEVEL_ERROR, "db.unreachable", "cause=%s hint=%s", log_str(why).text,
                 log_str(S("PostgreSQL cannot be reached. What needs it is answered 503 until it "
                           "is back; nothing acknowledged is lost."))
                     .text);
    if (!faulty && pool->faulty) log_line(LOG_LEVEL_INFO, "db.reachable", "state=ok");
    if (faulty && !pool->faulty) pool->faulty_ms = clock_mono_ms();
    pool->faulty = faulty;
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
        tell(pool, true, S("no answer, and no new connection either"));
    }
    pthread_mutex_unlock(&pool->mutex);
    return there;
}

/* Wait on the pool until `until_ms` at most; false after that. */
static bool wait_some(struct pg_pool *pool, int64_t until_ms)
{
    int64_t left = until_ms - clock_mono_ms();
    struct timespec until;
    if (left <= 0) return false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += left / 1000;
    until.tv_nsec += (left % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pool->waiting++;
    pthread_cond_timedwait(&pool->some, &pool->mutex, &until);
    pool->waiting--;
    return true;
}

/* Close what lies idle from before a connection was lost: it went the same way. */
static struct pg_conn *take_stale(struct pg_pool *pool)
{
    struct pg_conn *c = pool->free;
    if (c == NULL || c->epoch == pool->epoch) return NULL;
    pool->free = c->next;
    pool->open--;
    return c;
}

static enum pg_fault connect_one(struct pg_db *db, struct pg_conn **out)
{
    struct pg_pool *pool = &db->pool;
    char why[PG_SAID_BYTES] = "";
    int64_t epoch = pool->epoch;
    pool->knocking |= pool->faulty;
    pthread_mutex_unlock(&pool->mutex);
    struct pg_conn *c = pg_connect(db, why);
    pthread_mutex_lock(&pool->mutex);
    pool->knocking = false;
    tell(pool, c == NULL, str_of(why));
    if (c == NULL) {
        pool->knock_ms = clock_mono_ms() + PG_KNOCK_MS;
        pool->open--;
        pthread_cond_broadcast(&pool->some); /* one alone might wait for a share */
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
    if (pool->waiting >= PG_WAITERS) fault = PG_BUSY;
    while (*out == NULL && fault == PG_FINE) {
        struct pg_conn *stale = take_stale(pool);
        if (stale != NULL) {
            pg_disconnect(stale);
        } else if (pool->held[share] >= share_max(share, pool->max)) {
            fault = wait_some(pool, until_ms) ? PG_FINE : PG_BUSY;
        } else if (pool->free != NULL) {
            *out = pool->free;
            pool->free = (*out)->next;
            pool->held[share]++;
        } else if (pool->faulty && (pool->knocking || clock_mono_ms() < pool->knock_ms)) {
            fault = PG_LOST; /* it is enough that one knocks at a time */
        } else if (pool->open < pool->max) {
            pool->open++;
            pool->held[share]++;
            fault = connect_one(db, out);
            if (fault != PG_FINE) pool->held[share]--;
        } else {
            fault = wait_some(pool, until_ms) ? PG_FINE : PG_BUSY;
        }
    }
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
    /* Who waits may wait for a share and not for a connection: all look again. */
    pthread_cond_broadcast(&pool->some);
    pthread_mutex_unlock(&pool->mutex);
    if (c != NULL) pg_disconnect(c);
}

void pg_pool_open(struct pg_pool *pool, int max)
{
    pool->max = max;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_condattr_t monotonic; /* the clock may be set while somebody waits */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->some, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void pg_pool_close(struct pg_pool *pool)
{
    for (struct pg_conn *c = pool->free, *next; c != NULL; c = next) {
        next = c->next;
        pg_disconnect(c);
    }
    pthread_cond_destroy(&pool->some);
    pthread_mutex_destroy(&pool->mutex);
}
