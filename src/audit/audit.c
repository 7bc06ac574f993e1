#include "audit/audit.h"

#include "audit_sql.h"
#include "base/reach.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "keys/lead_key.h"
#include "keys/seal.h"

#include <string.h>

enum { HASH_BYTES = AUDIT_HASH_BYTES, NUMBERS = 6, TEXTS = 3, CHECK_ROWS = 500 };

static const char ZEROS[HASH_BYTES]; /* what stands before the first entry */

const char *actor_kind_name(enum actor_kind kind)
{
    static const char *const names[] = {[ACTOR_NOBODY] = "nobody",
                                        [ACTOR_USER] = "user",
                                        [ACTOR_TOKEN] = "token",
                                        [ACTOR_OPERATOR] = "operator",
                                        [ACTOR_SYSTEM] = "system"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "nobody";
}

void audit_entry_hash(const struct audit_entry *e, str prev, uint8_t out[AUDIT_HASH_BYTES])
{
    uint8_t bytes[HASH_BYTES + NUMBERS * 8 + TEXTS * HASH_BYTES] = {0};
    const int64_t number[NUMBERS] = {e->id,      e->at_ms,     e->actor_kind,
                                     e->user_id, e->object_id, e->lead_id};
    const str text[TEXTS] = {e->action, e->object_type, e->detail};
    uint8_t *at = bytes + HASH_BYTES;
    if (prev.len == HASH_BYTES) memcpy(bytes, prev.ptr, HASH_BYTES);
    for (int i = 0; i < NUMBERS; i++, at += 8) put_be64(at, number[i]);
    for (int i = 0; i < TEXTS; i++, at += HASH_BYTES) crypto_sha256(text[i], at);
    crypto_sha256((str){(const char *)bytes, sizeof bytes}, out);
}

static void entry_hash(const struct audit_add_in *e, uint8_t out[HASH_BYTES])
{
    struct audit_entry entry = {e->id,      e->at_ms,  e->actor_kind,  e->user_id, e->object_id,
                                e->lead_id, e->action, e->object_type, e->detail};
    audit_entry_hash(&entry, e->prev_hash, out);
}

/* The detail as it is stored; absent if there is none, or nothing left to seal it with. */
static bool detail_seal(struct ctx *cx, struct tx *tx, int64_t id, int64_t lead_id,
                        struct value detail, str *out)
{
    *out = (str){0};
    if (value_is_null(detail)) return true;
    str ad = seal_ad(cx->a, "audit.detail", cx->workspace_id, id);
    str text = json_text(cx->a, detail);
    if (lead_id == 0) {
        *out = secret_seal(cx->a, cx->keys, text, ad);
        return true;
    }
    struct seal_key key;
    bool found;
    if (!lead_key_load(cx, tx, lead_id, &key, &found)) return false;
    if (found) *out = seal(cx->a, &key, text, ad);
    return true;
}

bool audit_write(struct ctx *cx, struct tx *tx, const char *action, const char *object_type,
                 int64_t object_id, int64_t lead_id, struct value detail)
{
    struct audit_last_row last;
    bool found;
    if (!q_audit_last(tx, &last, &found)) return false;
    if (!found) last = (struct audit_last_row){0, {ZEROS, HASH_BYTES}};

    int64_t id = ctx_new_id(cx);
    if (id <= last.id) id = last.id + 1; /* ids are the chain's order */
    struct audit_add_in in = {.id = id,
                              .at_ms = cx->now_ms,
                              .actor_kind = cx->actor.kind,
                              .user_id = cx->actor.user_id,
                              .action = str_of(action),
                              .object_type = str_of(object_type),
                              .object_id = object_id,
                              .lead_id = lead_id,
                              .prev_hash = last.hash};
    if (!detail_seal(cx, tx, id, lead_id, detail, &in.detail)) return false;
    uint8_t hash[HASH_BYTES];
    entry_hash(&in, hash);
    in.hash = (str){(const char *)hash, HASH_BYTES};
    int64_t changed = 0;
    if (!q_audit_add(tx, &in, &changed)) return false;
    return changed == 1 || fail_detail(cx, ERR_CONFLICT, "error.conflict", "the log would fork");
}

static bool detail_open(struct ctx *cx, struct tx *tx, const struct audit_page_row *row,
                        struct value *out)
{
    *out = value_null();
    if (row->detail.ptr == NULL) return true;
    str ad = seal_ad(cx->a, "audit.detail", cx->workspace_id, row->id), text;
    if (row->lead_id == 0) {
        if (!secret_open(cx->a, cx->keys, row->detail, ad, &text)) return true;
    } else {
        struct seal_key key;
        bool found;
        if (!lead_key_load(cx, tx, row->lead_id, &key, &found)) return false;
        if (!found || !seal_open(cx->a, &key, row->detail, ad, &text)) return true;
    }
    struct json_err err;
    if (!json_parse(cx->a, text, out, &err)) *out = value_null();
    return true;
}

bool audit_list(struct ctx *cx, struct tx *tx, const struct audit_filter *filter,
                struct audit_rows *out)
{
    struct reach reach = reach_of(&cx->actor);
    struct audit_page_in in = {filter->before_id, filter->user_id,
                               filter->action.ptr == NULL ? S("") : filter->action,
                               reach.any, reach.mine, reach.mine_too, reach.applicants,
                               filter->limit > LIMIT_LIST_PAGE ? LIMIT_LIST_PAGE : filter->limit};
    struct audit_page_rows rows;
    if (!q_audit_page(tx, &in, &rows)) return false;
    *out = (struct audit_rows){NEW(cx->a, struct audit_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct audit_page_row *r = &rows.row[i];
        out->row[i] = (struct audit_row){.id = r->id,
                                         .at_ms = r->at_ms,
                                         .user_id = r->user_id,
                                         .object_id = r->object_id,
                                         .lead_id = r->lead_id,
                                         .actor_kind = (enum actor_kind)r->actor_kind,
                                         .user_name = r->user_name,
                                         .action = r->action,
                                         .object_type = r->object_type};
        if (!detail_open(cx, tx, r, &out->row[i].detail)) return false;
    }
    return true;
}

struct check {
    int64_t after_id, entries, bad_id;
    char prev[HASH_BYTES];
    bool end;
};

static bool check_some(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct check *c = arg;
    struct audit_chain_in in = {c->after_id, CHECK_ROWS};
    struct audit_chain_rows rows;
    if (!q_audit_chain(tx, &in, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct audit_chain_row *r = &rows.row[i];
        struct audit_add_in e = {r->id,     r->at_ms,       r->actor_kind, r->user_id,
                                 r->action, r->object_type, r->object_id,  r->lead_id,
                                 r->detail, r->prev_hash,   r->hash};
        uint8_t hash[HASH_BYTES];
        entry_hash(&e, hash);
        bool holds = str_eq(r->prev_hash, (str){c->prev, HASH_BYTES}) &&
                     str_eq(r->hash, (str){(const char *)hash, HASH_BYTES});
        if (!holds && c->bad_id == 0) c->bad_id = r->id;
        memcpy(c->prev, hash, HASH_BYTES);
        c->after_id = r->id;
        c->entries++;
    }
    c->end = rows.count < CHECK_ROWS;
    return true;
}

bool audit_check(struct ctx *cx, int64_t *entries, int64_t *bad_id, str *last_hash)
{
    struct check c = {0};
    arena start = *cx->a;
    while (!c.end) {
        *cx->a = start; /* a batch's rows are not needed for the next */
        if (!db_read(cx, check_some, &c)) return false;
    }
    *cx->a = start;
    *entries = c.entries;
    *bad_id = c.bad_id;
    *last_hash = (str){0};
    if (c.entries > 0) *last_hash = hex_encode(cx->a, (const uint8_t *)c.prev, HASH_BYTES);
    return true;
}
