/* form/form_cache.h -- published versions of forms that were parsed once.
 *
 * A version never changes and its id is never given to another one, so that a version found here
 * is right on every node and for ever; which version a form has, and whether it is published, is
 * read from its row each time. Bounded: the version asked for longest ago gives way. Shared by all
 * threads: what is found is copied, so that nobody holds on to what may give way.
 */
#pragma once

#include "form/form.h"

struct form_cache;

/* An empty cache. It is never taken down. NULL if the system has no memory for it. */
struct form_cache *form_cache_new(arena *a);
/* Put the version's number, digest and definition into *live, whose definition is still zero; texts
 * from `a`. False: not here. `cache` may be NULL. */
MUST_USE bool form_cache_get(struct form_cache *cache, arena *a, int64_t workspace_id,
                             int64_t version_id, struct form_live *live);
/* Keep the version of *live, unless it is too large for that. `cache` may be NULL. */
void form_cache_put(struct form_cache *cache, int64_t workspace_id, const struct form_live *live);
