/* store/lead_case.h -- a workspace with nobody in it yet, and somebody signed in who may do what
 * the test says. For tests of leads.
 */
#pragma once

#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "keys/keys.h"
#include "sql.h"

#include <stdlib.h>

struct place {
    struct store s;
    struct key_ring ring;
    struct ctx *cx; /* of s */
};

/* As a set-up of cmocka, but for the permissions; NULL if there is no memory. */
static inline struct place *place_new(void **state, uint64_t permissions)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return NULL;
    store_open(&p->s);
    key_ring_new(&p->ring, STORE_NOW_MS);
    p->cx = &p->s.cx;
    p->cx->keys = &p->ring;
    p->cx->actor = (struct actor){ACTOR_USER, 7, 0, permissions};
    *state = p;
    return p;
}

static inline int close_place(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    free(p);
    return 0;
}
