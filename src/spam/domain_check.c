#include "spam/domain_check.h"

#include "base/crypto.h"

#include <pthread.h>
#include <string.h>

enum {
    SETS = 1 << 10,
    WAYS = 4,
    DAY_MS = 86400000,
    MINUTE_MS = 60000,
    SPENT_MS = 20000, /* in a minute, by all threads together */
    FAILURES = 5,     /* in a row: DNS is in trouble, and left alone for a minute */
};

struct domain_seen {
    uint64_t tag; /* 0: free */
    int64_t at_ms;
};

struct domain_check {
    str server;
    uint8_t seed[SHORT_HASH_BYTES];
    pthread_mutex_t lock;
    int64_t minute, spent_ms, rests_until_ms;
    int failures;
    struct domain_seen seen[SETS][WAYS];
};

struct domain_check *domain_check_new(arena *a, str server)
{
    struct domain_check *c = NEW(a, struct domain_check, 1);
    c->server = server;
    crypto_random(c->seed, sizeof c->seed);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

static struct domain_seen *set_of(struct domain_check *c, str domain, uint64_t *tag)
{
    uint8_t hash[SHORT_HASH_BYTES];
    crypto_short_hash(c->seed, domain, hash);
    memcpy(tag, hash, sizeof *tag);
    *tag |= 1;
    return c->seen[((unsigned)hash[8] << 8 | hash[9]) % SETS];
}

bool domain_wants_look(struct domain_check *c, str domain, int64_t now_ms)
{
    uint64_t tag;
    bool known = false, rests;
    if (c == NULL || domain.len <= 0 || dns_is_reserved(domain)) return false;
    struct domain_seen *set = set_of(c, domain, &tag);
    pthread_mutex_lock(&c->lock);
    for (int i = 0; i < WAYS; i++)
        known |= set[i].tag == tag && now_ms >= set[i].at_ms && now_ms - set[i].at_ms < DAY_MS;
    rests = now_ms < c->rests_until_ms;
    pthread_mutex_unlock(&c->lock);
    return !known && !rests;
}

static void remember(struct domain_check *c, str domain, int64_t now_ms)
{
    uint64_t tag;
    struct domain_seen *set = set_of(c, domain, &tag), *place = set;
    pthread_mutex_lock(&c->lock);
    for (int i = 0; i < WAYS; i++) {
        if (set[i].tag == tag) {
            place = &set[i];
            break;
        }
        if (set[i].at_ms < place->at_ms) place = &set[i];
    }
    *place = (struct domain_seen){tag, now_ms};
    pthread_mutex_unlock(&c->lock);
}

/* What a look has cost, and whether it was in vain. */
static void spend(struct domain_check *c, int64_t now_ms, int64_t ms, bool failed)
{
    pthread_mutex_lock(&c->lock);
    if (c->minute != now_ms / MINUTE_MS) {
        c->minute = now_ms / MINUTE_MS;
        c->spent_ms = 0;
    }
    c->spent_ms += ms;
    c->failures = failed ? c->failures + 1 : 0;
    if (c->spent_ms >= SPENT_MS) c->rests_until_ms = (c->minute + 1) * MINUTE_MS;
    if (c->failures >= FAILURES) {
        c->rests_until_ms = now_ms + MINUTE_MS;
        c->failures = 0;
    }
    pthread_mutex_unlock(&c->lock);
}

enum mx_answer domain_look(struct domain_check *c, str domain, int64_t now_ms)
{
    int64_t took_ms;
    if (!domain_wants_look(c, domain, now_ms)) return MX_UNKNOWN;
    enum mx_answer answer = mx_lookup(c->server, domain, &took_ms);
    spend(c, now_ms, took_ms, answer == MX_UNKNOWN);
    if (answer == MX_ACCEPTS) remember(c, domain, now_ms);
    return answer;
}
