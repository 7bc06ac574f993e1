/* Many new leads in one transaction: a few statements for all instead of a few for each.
 *
 * Addresses go in the order of their keys, for others may take the same at the same time: two that
 * took them in different orders would wait for each other.
 */
#include "keys/lead_key.h"
#include "lead/lead_store.h"
#include "lead_sql.h"
#include "tally/tally.h"

#include <stdlib.h>

enum { OWNERS_AT_ONCE = 80 };

struct many {
    const struct lead_new *const *in;
    const struct lead_ready *const *ready;
    ptrdiff_t count;
    bool *taken;
};

/* --- addresses --- */

static int by_hash(const void *a, const void *b)
{
    const struct identity_add_in *x = a, *y = b;
    int by_value = (x->value_hash > y->value_hash) - (x->value_hash < y->value_hash);
    return by_value != 0 ? by_value : (x->lead_id > y->lead_id) - (x->lead_id < y->lead_id);
}

/* Of these rows, which did not come in? Their leads' ids into lost[]. */
static bool lost_find(struct tx *tx, const struct identity_add_in *row, ptrdiff_t count,
                      int64_t *lost, ptrdiff_t *lost_count)
{
    for (ptrdiff_t at = 0; at < count; at += OWNERS_AT_ONCE) {
        struct identity_owners_in in = {.kind = IDENTITY_EMAIL};
        struct identity_owners_rows rows;
        ptrdiff_t n = count - at < OWNERS_AT_ONCE ? count - at : OWNERS_AT_ONCE;
        for (ptrdiff_t i = 0; i < n; i++) in.hash[i] = row[at + i].value_hash;
        if (!q_identity_owners(tx, &in, &rows)) return false;
        for (ptrdiff_t i = at; i < at + n; i++) {
            bool own = false;
            for (ptrdiff_t k = 0; k < rows.count && !own; k++)
                own = rows.row[k].lead_id == row[i].lead_id &&
                      rows.row[k].value_hash == row[i].value_hash;
            if (!own) lost[(*lost_count)++] = row[i].lead_id;
        }
    }
    return true;
}

/* Take the addresses; m->taken[] where somebody was there before. */
static bool addresses_take(struct ctx *cx, struct tx *tx, const struct many *m)
{
    struct identity_add_in *row = NEW(cx->a, struct identity_add_in, m->count);
    int64_t *lost = NEW(cx->a, int64_t, m->count), changed;
    ptrdiff_t n = 0, lost_count = 0;
    for (ptrdiff_t i = 0; i < m->count; i++) {
        const struct lead_new *in = m->in[i];
        m->taken[i] = false;
        if (in->email.len > 0 && !in->twin)
            row[n++] = (struct identity_add_in){
                IDENTITY_EMAIL,
                in->email_hash != 0 ? in->email_hash : identity_hash(cx, in->email),
                in->email,
                in->id,
                EMAIL_UNVERIFIED,
                0,
                cx->now_ms};
    }
    if (n > 0) qsort(row, (size_t)n, sizeof *row, by_hash);
    if (!q_identity_add_put(tx, row, n, &changed)) return false;
    if (changed == n) return true;
    if (!lost_find(tx, row, n, lost, &lost_count)) return false;
    for (ptrdiff_t i = 0; i < m->count; i++)
        for (ptrdiff_t k = 0; k < lost_count && !m->taken[i]; k++)
            m->taken[i] = lost[k] == m->in[i]->id;
    return true;
}

/* --- rows --- */

static bool leads_put(struct ctx *cx, struct tx *tx, const struct many *m)
{
    struct lead_insert_in *row = NEW(cx->a, struct lead_insert_in, m->count);
    struct lead_key_ready *key = NEW(cx->a, struct lead_key_ready, m->count);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < m->count; i++) {
        if (m->taken[i]) continue;
        assert(m->in[i]->id == m->ready[i]->id);
        key[n] = (struct lead_key_ready){m->in[i]->id, m->ready[i]->key_wrapped};
        lead_store_row(cx, m->in[i], m->ready[i], &row[n++]);
    }
    return q_lead_insert_put(tx, row, n, NULL) && lead_key_add_many(cx, tx, key, n);
}

static bool words_put(struct ctx *cx, struct tx *tx, const struct many *m)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < m->count; i++) n += m->taken[i] ? 0 : m->ready[i]->word_count;
    struct lead_word_add_in *row = NEW(cx->a, struct lead_word_add_in, n);
    n = 0;
    for (ptrdiff_t i = 0; i < m->count; i++)
        for (int k = 0; !m->taken[i] && k < m->ready[i]->word_count; k++)
            row[n++] = (struct lead_word_add_in){m->ready[i]->word[k], m->in[i]->id};
    return q_lead_word_add_put(tx, row, n, NULL);
}

/* Neighbours that come through the same campaign from the same source are one note: of an import
 * all are. */
static bool won_note(struct ctx *cx, struct tx *tx, const struct many *m)
{
    const struct lead_new *of = NULL;
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < m->count; i++) {
        const struct lead_new *in = m->in[i];
        if (m->taken[i] || in->campaign_id == 0) continue;
        if (of != NULL && (of->campaign_id != in->campaign_id || !str_eq(of->source, in->source))) {
            if (!tally_note(cx, tx, TALLY_CAMPAIGN, of->campaign_id, cx->now_ms, of->source, n, 0))
                return false;
            n = 0;
        }
        of = in;
        n++;
    }
    return of == NULL ||
           tally_note(cx, tx, TALLY_CAMPAIGN, of->campaign_id, cx->now_ms, of->source, n, 0);
}

bool lead_create_many(struct ctx *cx, struct tx *tx, const struct lead_new *const *in,
                      const struct lead_ready *const *ready, ptrdiff_t count, bool *taken)
{
    struct many m = {in, ready, count, taken};
    assert(count <= LEAD_MANY);
    return addresses_take(cx, tx, &m) && leads_put(cx, tx, &m) && words_put(cx, tx, &m) &&
           won_note(cx, tx, &m);
}

bool touchpoint_begin_many(struct ctx *cx, struct tx *tx, const int64_t *lead_id, ptrdiff_t count,
                           enum touchpoint_kind kind, int64_t object_id, str props)
{
    struct touchpoint_add_in *row = NEW(cx->a, struct touchpoint_add_in, count);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < count; i++)
        if (lead_id[i] != 0)
            row[n++] = (struct touchpoint_add_in){lead_id[i], cx->now_ms, ctx_new_id(cx),
                                                  kind,       object_id,  props};
    return q_touchpoint_add_put(tx, row, n, NULL);
}
