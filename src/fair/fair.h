/* fair/fair.h -- kiosks: forms on tablets at stands (fair/fair_types.h).
 *
 * Functions work in the transaction given and on the context's workspace.
 */
#pragma once

#include "db/db.h"
#include "fair/fair_types.h"

/* Make a kiosk of a published form; in->id is set. ERR_NOT_FOUND without the form, ERR_CONFLICT
 * where it is not published, or KIOSK_LIST_MAX of it are running. */
MUST_USE bool kiosk_create(struct ctx *cx, struct tx *tx, struct kiosk *in);
/* Read one with its secret key; ERR_NOT_FOUND. */
MUST_USE bool kiosk_load(struct ctx *cx, struct tx *tx, int64_t id, struct kiosk *out);

struct kiosks {
    struct kiosk *row;
    ptrdiff_t count;
};

/* Those of a form, running ones first and then newest first, with what came from them; at most
 * KIOSK_LIST_MAX. */
MUST_USE bool kiosk_list(struct ctx *cx, struct tx *tx, int64_t form_id, struct kiosks *out);
/* Those of all forms that take something, or may yet, the next to come first; only id, form and
 * stand are set. */
MUST_USE bool kiosk_going(struct ctx *cx, struct tx *tx, int limit, struct kiosks *out);
/* From now on its tablet is sent away. ERR_NOT_FOUND; one that is revoked stays as it is. */
MUST_USE bool kiosk_revoke(struct ctx *cx, struct tx *tx, int64_t id);
/* Its page asks once a minute; so often at most that is written. */
enum { KIOSK_SEEN_EVERY_MS = 50000 };
/* Its tablet was heard of. */
MUST_USE bool kiosk_seen(struct ctx *cx, struct tx *tx, int64_t id);
/* Take an entry's key; *again: it has come before. */
MUST_USE bool kiosk_entry_take(struct ctx *cx, struct tx *tx, int64_t kiosk_id, str key,
                               int64_t submission_id, int64_t claimed_ms, bool *again);
/* The day it is where the workspace is. */
MUST_USE bool kiosk_today(struct ctx *cx, struct tx *tx, int64_t *day);
/* The token of its link, /k/{token}. */
str kiosk_token(struct ctx *cx, const struct kiosk *kiosk);
/* The kiosk that a token names, 0 if it is none of this workspace. */
int64_t kiosk_of_token(struct ctx *cx, str token);
