#include "edge/rate.h"

#include "base/crypto.h"

#include <pthread.h>

enum { BUCKETS = 1 << 14, LOCKS = 64 };

/* How many may come at once, and how many a minute after that. */
static const struct {
    int burst, per_minute;
} classes[RATE__COUNT] = {
    [RATE_PUBLIC_GET] = {240, 240},
    [RATE_PUBLIC_POST] = {30, 20},
    [RATE_BEACON] = {60, 60}, /* two of each visitor; what is too much is not counted */
    [RATE_ADMIN] = {600, 1200},
    [RATE_KIOSK] = {120, 60},
};

struct bucket {
    int64_t used_ms; /* work done ahead of time, in ms of the class's pace; 0: empty */
    int64_t at_ms;
};

struct rate_limiter {
    struct mac_key seed;
    pthread_mutex_t lock[LOCKS];
    struct bucket bucket[RATE__COUNT][BUCKETS];
};

struct rate_limiter *rate_new(arena *a)
{
    struct rate_limiter *r = NEW(a, struct rate_limiter, 1);
    crypto_random(r->seed.bytes, MAC_KEY_BYTES);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&r->lock[i], NULL);
    return r;
}

int rate_take(struct rate_limiter *limiter, enum rate_class class_, str address, int64_t now_ms)
{
    uint8_t mac[MAC_BYTES];
    crypto_mac(&limiter->seed, (const uint8_t *)address.ptr, address.len, mac);
    unsigned place = ((unsigned)mac[0] << 8 | mac[1]) % BUCKETS;
    struct bucket *b = &limiter->bucket[class_][place];
    pthread_mutex_t *lock = &limiter->lock[place % LOCKS];
    int64_t cost_ms = 60000 / classes[class_].per_minute;
    int64_t full_ms = cost_ms * classes[class_].burst;

    pthread_mutex_lock(lock);
    int64_t passed = now_ms - b->at_ms;
    b->used_ms = passed <= 0 ? b->used_ms : passed >= b->used_ms ? 0 : b->used_ms - passed;
    b->at_ms = now_ms;
    int wait_s = 0;
    if (b->used_ms + cost_ms > full_ms)
        wait_s = (int)((b->used_ms + cost_ms - full_ms) / 1000) + 1;
    else
        b->used_ms += cost_ms;
    pthread_mutex_unlock(lock);
    return wait_s;
}
