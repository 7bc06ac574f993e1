#include "form/form_cache.h"

#include "form/form_rules.h"

#include <pthread.h>

enum {
    VERSIONS_MAX = 64,
    VERSION_BYTES = 128 << 10, /* a form of ten fields takes 40 KB */
};

struct version {
    int64_t workspace_id, id, no; /* id 0: free */
    uint64_t used;                /* when: a count of look-ups */
    str sha256;
    struct form_def *def;
};

struct form_cache {
    pthread_mutex_t lock;
    struct arena_block memory; /* VERSION_BYTES each */
    uint64_t now;
    struct version version[VERSIONS_MAX];
};

struct form_cache *form_cache_new(arena *a)
{
    struct form_cache *cache = NEW(a, struct form_cache, 1);
    if (!arena_block_open(&cache->memory, (ptrdiff_t)VERSIONS_MAX * VERSION_BYTES)) return NULL;
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

/* The lock is held. */
static struct version *find(struct form_cache *cache, int64_t workspace_id, int64_t id)
{
    for (int i = 0; i < VERSIONS_MAX; i++) {
        struct version *v = &cache->version[i];
        if (v->id == id && v->workspace_id == workspace_id) return v;
    }
    return NULL;
}

/* Copy under the lock; false if `a` is full, which must not be left with the lock held. */
static bool copy(arena *a, const struct version *v, struct form_live *live)
{
    jmp_buf here, *edge = a->full;
    if (setjmp(here) != 0) {
        a->full = edge;
        return false;
    }
    a->full = &here;
    form_def_copy(a, v->def, &live->def);
    live->version_sha256 = str_dup(a, v->sha256);
    a->full = edge;
    return true;
}

bool form_cache_get(struct form_cache *cache, arena *a, int64_t workspace_id, int64_t version_id,
                    struct form_live *live)
{
    if (cache == NULL || version_id == 0) return false;
    pthread_mutex_lock(&cache->lock);
    struct version *v = find(cache, workspace_id, version_id);
    bool fits = v == NULL || copy(a, v, live);
    if (v != NULL) {
        v->used = ++cache->now;
        live->version_id = v->id;
        live->version_no = v->no;
    }
    pthread_mutex_unlock(&cache->lock);
    if (!fits) (void)NEW(a, char, a->end - a->beg + 1); /* full: on to the edge */
    return v != NULL;
}

/* A free place, or that of the version asked for longest ago. */
static int place(const struct form_cache *cache)
{
    int oldest = 0;
    for (int i = 1; i < VERSIONS_MAX; i++)
        if (cache->version[i].used < cache->version[oldest].used) oldest = i;
    return oldest;
}

static void store(struct form_cache *cache, int64_t workspace_id, const struct form_live *live)
{
    int at = place(cache);
    struct version *v = &cache->version[at];
    char *from = cache->memory.base + (ptrdiff_t)at * VERSION_BYTES;
    jmp_buf full;
    arena a = {from, from + VERSION_BYTES, &full};
    *v = (struct version){0};
    if (setjmp(full) != 0) return; /* too large: the place stays free */
    struct form_def *def = NEW(&a, struct form_def, 1);
    form_def_copy(&a, &live->def, def);
    *v = (struct version){.workspace_id = workspace_id,
                          .id = live->version_id,
                          .no = live->version_no,
                          .used = ++cache->now,
                          .sha256 = str_dup(&a, live->version_sha256),
                          .def = def};
}

void form_cache_put(struct form_cache *cache, int64_t workspace_id, const struct form_live *live)
{
    if (cache == NULL || live->version_id == 0) return;
    pthread_mutex_lock(&cache->lock);
    if (find(cache, workspace_id, live->version_id) == NULL) store(cache, workspace_id, live);
    pthread_mutex_unlock(&cache->lock);
}
