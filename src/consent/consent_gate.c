/* The gate: the only place where a permit is made (tests/tidy.py holds the others to it).
 *
 * Sources: § 7 UWG; Art. 6, 7, 21 DSGVO; docs/adr on the gate's classes.
 */
#include "consent/consent_inner.h"

#include "consent_sql.h"
#include "keys/keys.h"

str suppression_hash(struct ctx *cx, str address)
{
    str      data = str_printf(cx->a, "email %lld %.*s", (long long)cx->workspace_id, STR_ARG(address));
    uint8_t *out = NEW(cx->a, uint8_t, KEY_HASH_BYTES);
    key_hash(cx->keys, KEY_SUPPRESSION, data, out);
    return (str){(const char *)out, KEY_HASH_BYTES};
}

bool permit_doi(struct ctx *cx, const struct confirmation *c, struct permit *out)
{
    if (c->state != CONFIRMATION_OPEN || c->expires_ms <= cx->now_ms)
        return fail(cx, ERR_FORBIDDEN, "permit.confirmation_closed");
    *out = (struct permit){.permit_class = PERMIT_DOI,
                           .workspace_id = cx->workspace_id,
                           .lead_id = c->lead_id,
                           .confirmation_id = c->id,
                           .to_address = c->email};
    return true;
}

bool permit_transactional(struct ctx *cx, int64_t lead_id, str address, struct permit *out)
{
    *out = (struct permit){.permit_class = PERMIT_TRANSACTIONAL,
                           .workspace_id = cx->workspace_id,
                           .lead_id = lead_id,
                           .to_address = address};
    return true;
}

bool permit_system(struct ctx *cx, str address, struct permit *out)
{
    *out = (struct permit){.permit_class = PERMIT_SYSTEM,
                           .workspace_id = cx->workspace_id,
                           .to_address = address};
    return true;
}

/* True if no suppression in force forbids it. An entry over all purposes is older than a consent
 * that the person has confirmed since, and gives way to it; a bounce, a complaint and a Robinson
 * entry do not. */
static bool not_suppressed(struct ctx *cx, struct tx *tx, str address, int64_t purpose_id,
                           int64_t confirmed_ms, bool *free)
{
    struct suppression_find_in   in = {suppression_hash(cx, address), CHANNEL_EMAIL, purpose_id};
    struct suppression_find_rows rows;
    if (!q_suppression_find(tx, &in, &rows)) return false;
    *free = true;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        int64_t cause = rows.row[i].cause_kind;
        bool    lifts = cause == CAUSE_WITHDRAWAL || cause == CAUSE_OBJECTION || cause == CAUSE_ERASURE;
        bool    older = rows.row[i].at_ms < confirmed_ms;
        if (cause == CAUSE_ROBINSON || (lifts && older)) continue; /* consent overrides Robinson */
        *free = false;
    }
    return true;
}

static bool consent_standing(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t purpose_id,
                             int64_t *consent_id, int64_t *confirmed_ms, bool *stands)
{
    (void)cx;
    struct consent_find_in  in = {lead_id, purpose_id, CHANNEL_EMAIL};
    struct consent_find_row row = {0};
    if (!q_consent_find(tx, &in, &row, stands)) return false;
    *consent_id = row.id;
    *confirmed_ms = row.confirmed_ms;
    *stands = *stands && row.state == CONSENT_CONFIRMED;
    return true;
}

bool permit_advertising(struct ctx *cx, struct tx *tx, const struct lead *lead, int64_t purpose_id,
                        struct permit *out)
{
    int64_t consent_id, confirmed_ms;
    bool    stands, free;
    if (lead->state != LEAD_ACTIVE || lead->email.len == 0)
        return fail(cx, ERR_FORBIDDEN, "permit.no_address");
    if (lead->email_state != EMAIL_VERIFIED) return fail(cx, ERR_FORBIDDEN, "permit.unverified");
    if (!consent_standing(cx, tx, lead->id, purpose_id, &consent_id, &confirmed_ms, &stands))
        return false;
    if (!stands) return fail(cx, ERR_FORBIDDEN, "permit.no_consent");
    if (!not_suppressed(cx, tx, lead->email, purpose_id, confirmed_ms, &free)) return false;
    if (!free) return fail(cx, ERR_FORBIDDEN, "permit.suppressed");
    *out = (struct permit){.permit_class = PERMIT_ADVERTISING,
                           .workspace_id = cx->workspace_id,
                           .lead_id = lead->id,
                           .consent_id = consent_id,
                           .to_address = lead->email};
    return true;
}

static bool advertising_holds(struct ctx *cx, struct tx *tx, const struct permit *permit, bool *holds)
{
    struct consent_get_in  in = {permit->consent_id};
    struct consent_get_row row;
    bool                   found;
    *holds = false;
    if (!q_consent_get(tx, &in, &row, &found)) return false;
    if (!found || row.lead_id != permit->lead_id || row.state != CONSENT_CONFIRMED) return true;
    int64_t consent_id, confirmed_ms;
    bool    stands;
    return consent_standing(cx, tx, row.lead_id, row.purpose_id, &consent_id, &confirmed_ms, &stands) &&
           not_suppressed(cx, tx, permit->to_address, row.purpose_id, confirmed_ms, holds);
}

bool permit_still_holds(struct ctx *cx, struct tx *tx, const struct permit *permit, bool *holds)
{
    *holds = true;
    switch (permit->permit_class) {
    case PERMIT_DOI: {
        struct confirmation c;
        bool                found;
        if (!confirmation_load(cx, tx, permit->confirmation_id, &c, &found)) return false;
        *holds = found && c.state == CONFIRMATION_OPEN && c.expires_ms > cx->now_ms;
        return true;
    }
    case PERMIT_ADVERTISING: return advertising_holds(cx, tx, permit, holds);
    case PERMIT_NONE: *holds = false; return true;
    case PERMIT_SYSTEM:
    case PERMIT_TRANSACTIONAL:
    case PERMIT_TEST:
    case PERMIT_DISCLOSURE: return true;
    }
    return true;
}
