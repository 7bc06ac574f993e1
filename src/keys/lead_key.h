/* keys/lead_key.h -- each lead's own key, one row, wrapped by the ring.
 *
 * Whatever histories keep of a person is sealed with it; deleting the row erases them all.
 */
#pragma once

#include "db/db.h"
#include "keys/seal.h"

/* A key for a lead that is about to be created, and how it is stored: work that needs no
 * transaction. */
void lead_key_make(struct ctx *cx, int64_t lead_id, struct seal_key *out, str *wrapped);
/* Store what lead_key_make has wrapped for that lead. */
MUST_USE bool lead_key_add(struct ctx *cx, struct tx *tx, int64_t lead_id, str wrapped);
/* The same for many leads. */
struct lead_key_ready {
    int64_t lead_id;
    str wrapped;
};
MUST_USE bool lead_key_add_many(struct ctx *cx, struct tx *tx, const struct lead_key_ready *row,
                                ptrdiff_t count);
/* Both. */
MUST_USE bool lead_key_new(struct ctx *cx, struct tx *tx, int64_t lead_id, struct seal_key *out);
/* Read it. *found false: it was erased, what it sealed stays shut. */
MUST_USE bool lead_key_load(struct ctx *cx, struct tx *tx, int64_t lead_id, struct seal_key *out,
                            bool *found);
/* Erase it. */
MUST_USE bool lead_key_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);
