/* lead/lead_store.h -- rows to structs and back; for lead/ alone. */
#pragma once

#include "base/reach.h"
#include "lead/lead.h"

/* The 63 bits under which an address stands in identity. */
int64_t identity_hash(struct ctx *cx, str value);
struct lead_insert_in; /* lead_sql.h */
/* A new lead's row. */
void lead_store_row(const struct ctx *cx, const struct lead_new *in, const struct lead_ready *ready,
                    struct lead_insert_in *out);
/* Write the words a new lead is found by. */
MUST_USE bool lead_store_words(struct tx *tx, int64_t id, const str *word, int count);
/* Those it is found by from now on, in place of the old ones. */
MUST_USE bool lead_store_words_again(struct ctx *cx, struct tx *tx, int64_t id,
                                     const str text[SLOT__COUNT], str email);
/* The row of one lead; *found. */
MUST_USE bool lead_store_get(struct tx *tx, int64_t id, struct lead *out, bool *found);
/* Which leads of a state the actor sees: applicants all or none, whosever they are. */
struct reach lead_store_reach(const struct ctx *cx, enum lead_state state);
/* One page by the filter's sort key. */
MUST_USE bool lead_store_page(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                              struct lead_rows *out);
/* One page of what the words of the filter's query find. */
MUST_USE bool lead_store_search(struct ctx *cx, struct tx *tx, const struct lead_filter *filter,
                                struct lead_rows *out);
/* Up to `limit` active leads after an id, whole and in order of id. */
MUST_USE bool lead_store_export(struct ctx *cx, struct tx *tx, int64_t after_id, int limit,
                                struct leads *out);
