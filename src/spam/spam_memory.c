#include "spam/spam_memory.h"

#include "base/crypto.h"

#include <pthread.h>
#include <string.h>

enum { SETS = 1 << 12, WAYS = 4, LOCKS = 64, MINUTE_MS = 60000, TIMES_MAX = 1 << 30 };

static const struct {
    int64_t span_ms;
    int usual, strict;
} counts[COUNT__COUNT] = {
    [COUNT_ADDRESS] = {60 * MINUTE_MS, 10, 10},
    /* A company behind one address may come in a crowd: what is held back waits for a person. */
    [COUNT_NETWORK] = {10 * MINUTE_MS, 20, 20},
    /* Back, mended, sent again: five times over one page, and twice over one solved task. */
    [COUNT_STAMP] = {25 * 60 * MINUTE_MS, 5, 2},
    [COUNT_BEACON] = {MINUTE_MS, 60, 60},
    [COUNT_FRAME_SITE] = {60 * MINUTE_MS, 1, 1},
    [COUNT_FRAME_NETWORK] = {60 * MINUTE_MS, 5, 5},
    [COUNT_FILES] = {24 * 60 * MINUTE_MS, 0, 0}, /* see spam_take */
};

struct seen {
    uint64_t tag; /* 0: free */
    int64_t since_ms;
    int times;
};

struct spam_memory {
    uint8_t seed[SHORT_HASH_BYTES];
    pthread_mutex_t lock[LOCKS];
    struct seen seen[COUNT__COUNT][SETS][WAYS];
};

struct spam_memory *spam_memory_new(arena *a)
{
    struct spam_memory *m = NEW(a, struct spam_memory, 1);
    crypto_random(m->seed, sizeof m->seed);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&m->lock[i], NULL);
    return m;
}

/* The place of that tag: its own, else one whose time is over, else the rarest. */
static struct seen *place_of(struct seen *set, uint64_t tag, int64_t now_ms, int64_t span_ms)
{
    struct seen *best = set;
    for (int i = 0; i < WAYS; i++) {
        struct seen *s = &set[i];
        bool over = s->tag == 0 || now_ms - s->since_ms >= span_ms || now_ms < s->since_ms;
        if (over) s->times = 0;
        if (s->tag == tag) return s;
        if (s->times < best->times) best = s;
    }
    best->tag = tag;
    best->times = 0;
    return best;
}

/* *times: how many there are then; at most `max`, or nothing is added. */
static bool add(struct spam_memory *m, enum spam_count count, int64_t workspace_id, str key,
                int64_t now_ms, int64_t amount, int64_t max, int *times)
{
    uint8_t hash[SHORT_HASH_BYTES], own[SHORT_HASH_BYTES];
    uint64_t tag;
    memcpy(own, m->seed, sizeof own);
    for (int i = 0; i < 8; i++) own[i] ^= (uint8_t)((uint64_t)workspace_id >> (8 * i));
    crypto_short_hash(own, key, hash);
    memcpy(&tag, hash, sizeof tag);
    tag |= 1;
    unsigned set = ((unsigned)hash[8] << 8 | hash[9]) % SETS;
    pthread_mutex_t *lock = &m->lock[set % LOCKS];
    pthread_mutex_lock(lock);
    struct seen *s = place_of(m->seen[count][set], tag, now_ms, counts[count].span_ms);
    bool fits = s->times == 0 || s->times + amount <= max;
    if (s->times == 0) s->since_ms = now_ms;
    if (fits) s->times = (int)(s->times + amount < TIMES_MAX ? s->times + amount : TIMES_MAX);
    *times = s->times;
    pthread_mutex_unlock(lock);
    return fits;
}

int spam_seen(struct spam_memory *m, enum spam_count count, int64_t workspace_id, str key,
              int64_t now_ms)
{
    int times;
    if (m == NULL || key.len <= 0) return 1;
    (void)add(m, count, workspace_id, key, now_ms, 1, INT64_MAX, &times);
    return times;
}

bool spam_take(struct spam_memory *m, enum spam_count count, int64_t workspace_id, str key,
               int64_t now_ms, int64_t amount, int64_t max)
{
    int times;
    assert(amount >= 0 && amount < TIMES_MAX);
    return m == NULL || key.len <= 0 ||
           add(m, count, workspace_id, key, now_ms, amount, max, &times);
}

bool spam_is_often(enum spam_count count, int seen, bool strict)
{
    return seen > (strict ? counts[count].strict : counts[count].usual);
}
