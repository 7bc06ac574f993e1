#include "base/tz_store.h"

#include <pthread.h>

enum {
    ZONES_MAX = 64,
    ONE_ZONE_BYTES = 256 << 10, /* more than the largest file that tz_load accepts can take */
    STORE_BYTES = 2 << 20,      /* reserved; a zone takes about 8 KB of it */
};

struct tz_store {
    pthread_mutex_t lock;
    arena memory;
    int count;
    struct {
        str name;
        struct tz *zone;
    } kept[ZONES_MAX];
};

struct tz_store *tz_store_new(arena *a)
{
    struct tz_store *store = NEW(a, struct tz_store, 1);
    struct arena_block block;
    if (!arena_block_open(&block, STORE_BYTES)) return NULL;
    store->memory = arena_over(&block);
    pthread_mutex_init(&store->lock, NULL);
    return store;
}

/* The place of a zone, or -1. The lock is held. */
static int find(const struct tz_store *store, str name)
{
    for (int i = 0; i < store->count; i++)
        if (str_eq(store->kept[i].name, name)) return i;
    return -1;
}

/* Read a zone into the store; its place, or -1 if there is no room or no such zone. */
static int add(struct tz_store *store, str name)
{
    arena before = store->memory;
    struct tz *zone;
    if (store->count == ZONES_MAX || before.end - before.beg < ONE_ZONE_BYTES) return -1;
    if (!tz_load(&store->memory, name, &zone)) {
        store->memory = before;
        return -1;
    }
    store->kept[store->count].name = str_dup(&store->memory, name);
    store->kept[store->count].zone = zone;
    return store->count++;
}

bool tz_store_get(struct tz_store *store, arena *a, str iana_name, struct tz **out)
{
    if (store == NULL) return tz_load(a, iana_name, out);
    pthread_mutex_lock(&store->lock);
    int at = find(store, iana_name);
    if (at < 0) at = add(store, iana_name);
    if (at >= 0) *out = store->kept[at].zone;
    pthread_mutex_unlock(&store->lock);
    return at >= 0 || tz_load(a, iana_name, out);
}
