/* edge/rate.h -- approximate limits per client address: they protect the server, nothing else.
 *
 * Token buckets in a fixed table; two addresses that share a place share a bucket, and a restart
 * forgets all. What must be exact (sign-ins, double opt-in mails) is counted in rows.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct rate_limiter;

enum rate_class {
    RATE_PUBLIC_GET,
    RATE_PUBLIC_POST,
    RATE_BEACON,
    RATE_ADMIN,
    RATE_KIOSK,
    RATE__COUNT
};

/* A limiter with a random seed, so that nobody can aim at another's bucket. */
struct rate_limiter *rate_new(arena *a);
/* Take one from the bucket of `address`; 0 if it may go on, else seconds to wait. Any thread. */
int rate_take(struct rate_limiter *limiter, enum rate_class class_, str address, int64_t now_ms);
