/* audit/audit.h -- who did what: a log that is only ever appended to.
 *
 * An entry says who (actor, user), what (action "lead.update"), to what (type and id) and when in
 * the open; its detail is sealed, with the lead's key where it is about a lead, so that erasing the
 * lead erases it here too. Entries of a workspace form a chain: each carries the hash of the one
 * before, over ciphertext and numbers only, so that an altered, inserted or missing entry shows.
 *
 *     hash = SHA-256( previous hash | id | at | actor kind | user | object | lead (each 8 bytes,
 *                     big-endian) | SHA-256(action) | SHA-256(object type) | SHA-256(detail) )
 *
 * The chain cannot show that its newest entries were cut off: note the last hash elsewhere.
 *
 * Terms: audit, actor, seal (docs/GLOSSARY.md).
 */
#pragma once

#include "base/value.h"
#include "db/db.h"

/* Append what cx->actor just did, in the transaction that does it. `action` and `object_type` are
 * literals; object_id and lead_id 0 where there is none. `detail` (value_null() for none) is sealed
 * with the lead's key, without a lead with the ring's; a lead whose key is erased gets no detail.
 */
MUST_USE bool audit_write(struct ctx *cx, struct tx *tx, const char *action,
                          const char *object_type, int64_t object_id, int64_t lead_id,
                          struct value detail);

/* What the hash of an entry covers, beside the one before. */
struct audit_entry {
    int64_t id, at_ms, actor_kind, user_id, object_id, lead_id;
    str action, object_type, detail; /* detail as it is stored; absent: none */
};
enum { AUDIT_HASH_BYTES = 32 };
/* The hash of an entry behind `prev` (empty: it is the first). */
void audit_entry_hash(const struct audit_entry *entry, str prev, uint8_t out[AUDIT_HASH_BYTES]);

struct audit_filter {
    int64_t before_id; /* entries older than this one; 0: from the newest */
    int64_t user_id;   /* 0: everybody's */
    str action;        /* how the action begins ("lead."); empty: any */
    int limit;         /* at most LIMIT_LIST_PAGE */
};

struct audit_row {
    int64_t id, at_ms, user_id, object_id, lead_id;
    enum actor_kind actor_kind;
    str user_name; /* empty where nobody or no longer known */
    str action, object_type;
    struct value detail; /* null where there is none, or its key is gone */
};

struct audit_rows {
    struct audit_row *row;
    ptrdiff_t count;
};

/* One page, newest first. */
MUST_USE bool audit_list(struct ctx *cx, struct tx *tx, const struct audit_filter *filter,
                         struct audit_rows *out);
/* Read the whole chain of cx->workspace_id, in several read transactions. *bad_id is the first
 * entry that does not hold, 0 if all do; *last_hash is the newest entry's hash in hexadecimal
 * (absent if there is none): to be kept outside the database. */
MUST_USE bool audit_check(struct ctx *cx, int64_t *entries, int64_t *bad_id, str *last_hash);
/* "user", "token", "operator", "system", "nobody". */
const char *actor_kind_name(enum actor_kind kind);
