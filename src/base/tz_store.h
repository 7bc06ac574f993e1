/* base/tz_store.h -- time zones that were read once, kept for the life of the process.
 *
 * A zone is immutable, and a mail would otherwise read its file and decode two hundred transitions
 * for one date. Shared by all threads. New tzdata of the system counts from the next start on.
 */
#pragma once

#include "base/tz.h"

struct tz_store;

/* An empty store. It is never taken down. NULL if the system has no memory for it; zones are then
 * read each time. */
struct tz_store *tz_store_new(arena *a);
/* As tz_load, from the store where the zone is there. A zone that finds no room in it, or of no
 * store (NULL), is read into `a`. */
MUST_USE bool tz_store_get(struct tz_store *store, arena *a, str iana_name, struct tz **out);
