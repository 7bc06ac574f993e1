/* demo/dice.h -- chance that is the same for the same seed, on every machine.
 *
 * Each lead, firm … throws dice of its own, made of the seed and its number: what one needs does
 * not change what the next one gets. Whole numbers only. Pure.
 * Sources: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (SplitMix64).
 */
#pragma once

#include "base/base.h"

struct dice {
    uint64_t state;
};

/* What the dice are for: each has a stream of its own. */
enum dice_use {
    DICE_LEAD = 1,
    DICE_FIRM = 2,
    DICE_EXTRA = 3,
    DICE_CARE = 4,
    DICE_CAMPAIGN = 5,
    DICE_DEED = 6
};

/* The next 64 bits. */
static inline uint64_t dice_next(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Dice for one thing. */
static inline struct dice dice_of(int64_t seed, enum dice_use use, int64_t number)
{
    struct dice d = {(uint64_t)seed * 8 + (uint64_t)use};
    d.state = dice_next(&d) ^ (uint64_t)number * UINT64_C(0xd1342543de82ef95);
    (void)dice_next(&d);
    return d;
}

/* 0 to n - 1; n from 1 to 2^32. */
static inline int64_t dice_below(struct dice *d, int64_t n)
{
    return (int64_t)((dice_next(d) >> 32) * (uint64_t)n >> 32);
}

/* True in so many of 1000 cases. */
static inline bool dice_chance(struct dice *d, int per_mille)
{
    return dice_below(d, 1000) < per_mille;
}

/* Between from and to, both possible; small ones far more often than large ones. */
static inline int64_t dice_soon(struct dice *d, int64_t from, int64_t to)
{
    int64_t a = dice_below(d, 65536), b = dice_below(d, 65536), c = dice_below(d, 65536);
    return from + (((to - from) * a >> 16) * b >> 16) * c / 65536;
}
