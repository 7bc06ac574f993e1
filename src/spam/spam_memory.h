/* spam/spam_memory.h -- how often an address, a network or a page has been seen lately.
 *
 * Approximate, of this process, in memory of a fixed size: a restart forgets, two nodes count
 * apart, and where room is short the rarest gives way. It says what deserves a look, and loses
 * nothing. Keys are kept as keyed hashes only. Any thread.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct spam_memory;

enum spam_count {
    COUNT_ADDRESS,
    COUNT_NETWORK,
    COUNT_STAMP,
    COUNT_BEACON,
    COUNT_FILES, /* a network's, in units of 64 KB */
    COUNT_FRAME_SITE,    /* a website that may not show a form */
    COUNT_FRAME_NETWORK, /* from which such websites are told of */
    COUNT__COUNT
};

/* An empty one with a random seed. */
struct spam_memory *spam_memory_new(arena *a);
/* Count one and tell how many there were in the present span of time, this one included. NULL
 * counts nothing and says 1. */
int spam_seen(struct spam_memory *m, enum spam_count count, int64_t workspace_id, str key,
              int64_t now_ms);
/* Take so many out of what there are for a key in the present span; false, and nothing is taken,
 * where that is more than `max`. The first of a span always fits. */
bool spam_take(struct spam_memory *m, enum spam_count count, int64_t workspace_id, str key,
               int64_t now_ms, int64_t amount, int64_t max);
/* Is that more than what is usual? `strict`: a page that can be sent a second time, not more. */
bool spam_is_often(enum spam_count count, int seen, bool strict);
