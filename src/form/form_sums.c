#include "form/form_sums.h"

#include <pthread.h>

enum {
    PLACES = 256,
    LARGE = 20000, /* counted in some milliseconds */
    A_MS = 20,     /* so many of them a millisecond */
    KEPT_MAX_MS = 60000,
};

struct place {
    int64_t workspace_id, form_id; /* form_id 0: free */
    int64_t from_ms, until_ms;
    struct form_sum sum;
};

struct form_sums {
    pthread_mutex_t lock;
    struct place place[PLACES];
};

struct form_sums *form_sums_new(arena *a)
{
    struct form_sums *sums = NEW(a, struct form_sums, 1);
    pthread_mutex_init(&sums->lock, NULL);
    return sums;
}

/* Locked: its place; else the one whose time is over first. */
static struct place *place_of(struct form_sums *sums, int64_t workspace_id, int64_t form_id)
{
    struct place *oldest = sums->place;
    for (int i = 0; i < PLACES; i++) {
        struct place *p = &sums->place[i];
        if (p->form_id == form_id && p->workspace_id == workspace_id) return p;
        if (p->until_ms < oldest->until_ms) oldest = p;
    }
    return oldest;
}

bool form_sums_get(struct form_sums *sums, int64_t workspace_id, int64_t form_id, int64_t now_ms,
                   struct form_sum *out)
{
    if (sums == NULL || form_id == 0) return false;
    pthread_mutex_lock(&sums->lock);
    const struct place *p = place_of(sums, workspace_id, form_id);
    bool found = p->form_id == form_id && p->workspace_id == workspace_id && now_ms >= p->from_ms &&
                 now_ms < p->until_ms;
    if (found) *out = p->sum;
    pthread_mutex_unlock(&sums->lock);
    return found;
}

void form_sums_put(struct form_sums *sums, int64_t workspace_id, int64_t form_id, int64_t now_ms,
                   const struct form_sum *sum)
{
    if (sums == NULL || form_id == 0 || sum->submissions < LARGE) return;
    int64_t kept_ms = sum->submissions / A_MS;
    pthread_mutex_lock(&sums->lock);
    *place_of(sums, workspace_id, form_id) =
        (struct place){workspace_id, form_id, now_ms,
                       now_ms + (kept_ms < KEPT_MAX_MS ? kept_ms : KEPT_MAX_MS), *sum};
    pthread_mutex_unlock(&sums->lock);
}
