#include "keys/lead_key.h"

#include "lead_key_sql.h"

void lead_key_make(struct ctx *cx, int64_t lead_id, struct seal_key *out, str *wrapped)
{
    seal_key_new(out);
    str ad = seal_ad(cx->a, "lead_key", cx->workspace_id, lead_id);
    *wrapped = seal_key_wrap(cx->a, cx->keys, out, ad);
}

bool lead_key_add(struct ctx *cx, struct tx *tx, int64_t lead_id, str wrapped)
{
    (void)cx;
    struct lead_key_add_in in = {lead_id, wrapped};
    return q_lead_key_add(tx, &in, NULL);
}

bool lead_key_add_many(struct ctx *cx, struct tx *tx, const struct lead_key_ready *row,
                       ptrdiff_t count)
{
    struct lead_key_add_in *in = NEW(cx->a, struct lead_key_add_in, count);
    for (ptrdiff_t i = 0; i < count; i++)
        in[i] = (struct lead_key_add_in){row[i].lead_id, row[i].wrapped};
    return q_lead_key_add_put(tx, in, count, NULL);
}

bool lead_key_new(struct ctx *cx, struct tx *tx, int64_t lead_id, struct seal_key *out)
{
    str wrapped;
    lead_key_make(cx, lead_id, out, &wrapped);
    return lead_key_add(cx, tx, lead_id, wrapped);
}

bool lead_key_load(struct ctx *cx, struct tx *tx, int64_t lead_id, struct seal_key *out,
                   bool *found)
{
    struct lead_key_get_in in = {lead_id};
    struct lead_key_get_row row;
    if (!q_lead_key_get(tx, &in, &row, found)) return false;
    if (!*found) return true;
    str ad = seal_ad(cx->a, "lead_key", cx->workspace_id, lead_id);
    if (!seal_key_unwrap(cx->keys, row.wrapped, ad, out))
        return fail_detail(cx, ERR_INTERNAL, "error.key_ring",
                           "the key of a lead does not open: is keys.json the right one?");
    return true;
}

bool lead_key_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    (void)cx;
    struct lead_key_delete_in in = {lead_id};
    return q_lead_key_delete(tx, &in, NULL);
}
