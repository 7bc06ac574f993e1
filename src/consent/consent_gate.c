/* The gate: the only place where a permit is made (tests/tidy.py holds the others to it).
 *
 * Sources: § 7 UWG; Art. 6, 7, 21 DSGVO; docs/adr on the gate's classes.
 */
#include "consent/consent_inner.h"

#include "consent_sql.h"
#include "keys/keys.h"
#include "lead/lead.h"

static str suppression_data(struct ctx *cx, str address)
{
    return str_printf(cx->a, "email %lld %.*s", (long long)cx->workspace_id, STR_ARG(address));
}

str suppression_hash(struct ctx *cx, str address)
{
    return key_hash_text(cx->a, cx->keys, KEY_SUPPRESSION, suppression_data(cx, address));
}

bool suppression_lift(struct ctx *cx, struct tx *tx, str address, int64_t channel,
                      int64_t purpose_id)
{
    str hash[KEYS_PER_USE];
    int count = key_hash_all(cx->a, cx->keys, KEY_SUPPRESSION, suppression_data(cx, address), hash);
    for (int i = 0; i < count; i++) {
        struct suppression_lift_in in = {hash[i], channel, purpose_id, cx->now_ms};
        if (!q_suppression_lift(tx, &in, NULL)) return false;
    }
    return true;
}

bool consent_suppress(struct ctx *cx, struct tx *tx, str address, enum suppression_cause cause)
{
    struct suppression_add_in add = {suppression_hash(cx, address), CHANNEL_EMAIL, 0, cause,
                                     cx->now_ms};
    return q_suppression_add(tx, &add, NULL);
}

enum { ERASED_AT_ONCE = 40 };

/* Hashes that wait to be asked for, and whose they are. */
struct erased_ask {
    struct suppression_erased_in in;
    ptrdiff_t of[ERASED_AT_ONCE];
    int count;
};

static bool erased_ask(struct tx *tx, struct erased_ask *ask, bool *erased)
{
    struct suppression_erased_rows rows;
    if (ask->count == 0) return true;
    if (!q_suppression_erased(tx, &ask->in, &rows)) return false;
    for (ptrdiff_t k = 0; k < rows.count; k++)
        for (int i = 0; i < ask->count; i++)
            if (str_eq(rows.row[k].value_hash, ask->in.hash[i])) erased[ask->of[i]] = true;
    *ask = (struct erased_ask){.in = {.channel_kind = CHANNEL_EMAIL}};
    return true;
}

bool consent_erased(struct ctx *cx, struct tx *tx, const str *address, ptrdiff_t count,
                    bool *erased)
{
    struct erased_ask ask = {.in = {.channel_kind = CHANNEL_EMAIL}};
    for (ptrdiff_t i = 0; i < count; i++) {
        str hash[KEYS_PER_USE];
        erased[i] = false;
        if (address[i].len == 0) continue;
        int hashes = key_hash_all(cx->a, cx->keys, KEY_SUPPRESSION,
                                  suppression_data(cx, address[i]), hash);
        for (int k = 0; k < hashes; k++) {
            if (ask.count == ERASED_AT_ONCE && !erased_ask(tx, &ask, erased)) return false;
            ask.of[ask.count] = i;
            ask.in.hash[ask.count++] = hash[k];
        }
    }
    return erased_ask(tx, &ask, erased);
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
    *out = (struct permit){
        .permit_class = PERMIT_SYSTEM, .workspace_id = cx->workspace_id, .to_address = address};
    return true;
}

bool permit_test(struct ctx *cx, str address, struct permit *out)
{
    *out = (struct permit){
        .permit_class = PERMIT_TEST, .workspace_id = cx->workspace_id, .to_address = address};
    return true;
}

/* A withdrawal, objection or erasure gives way to what the person has confirmed since; a bounce and
 * a complaint do not. A consent overrides a Robinson entry. */
static bool forbids(const struct suppression_find_row *row, int64_t confirmed_ms)
{
    switch ((enum suppression_cause)row->cause_kind) {
    case CAUSE_ROBINSON:
        return false;
    case CAUSE_WITHDRAWAL:
    case CAUSE_OBJECTION:
    case CAUSE_ERASURE:
        return row->at_ms >= confirmed_ms;
    case CAUSE_HARD_BOUNCE:
    case CAUSE_COMPLAINT:
        break;
    }
    return true;
}

/* True in *free if no suppression in force forbids it. */
static bool not_suppressed(struct ctx *cx, struct tx *tx, str address, int64_t purpose_id,
                           int64_t confirmed_ms, bool *free)
{
    str hash[KEYS_PER_USE]; /* an entry from before a rotation has an older key's hash */
    int hashes =
        key_hash_all(cx->a, cx->keys, KEY_SUPPRESSION, suppression_data(cx, address), hash);
    *free = true;
    for (int k = 0; k < hashes; k++) {
        struct suppression_find_in in = {hash[k], CHANNEL_EMAIL, purpose_id};
        struct suppression_find_rows rows;
        if (!q_suppression_find(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++)
            if (forbids(&rows.row[i], confirmed_ms)) *free = false;
    }
    return true;
}

/* Who confirmed it spoke for one address: a consent does not move on to another, even if that has
 * been verified since for something else. */
static bool consent_standing(struct ctx *cx, struct tx *tx, const struct lead *lead,
                             int64_t purpose_id, enum channel channel, int64_t *consent_id,
                             int64_t *confirmed_ms, bool *stands)
{
    (void)cx;
    struct consent_find_in in = {lead->id, purpose_id, channel};
    struct consent_find_row row = {0};
    if (!q_consent_find(tx, &in, &row, stands)) return false;
    *consent_id = row.id;
    *confirmed_ms = row.confirmed_ms;
    *stands = *stands && row.state == CONSENT_CONFIRMED;
    if (!*stands) return true;
    struct consent_address_in of = {lead->id, row.id};
    struct consent_address_row address;
    if (!q_consent_address(tx, &of, &address, stands)) return false;
    *stands = *stands && str_eq(address.email, lead->email);
    return true;
}

bool consent_stands(struct ctx *cx, struct tx *tx, const struct lead *lead, int64_t purpose_id,
                    enum channel channel, bool *stands)
{
    int64_t consent_id, confirmed_ms;
    if (!consent_standing(cx, tx, lead, purpose_id, channel, &consent_id, &confirmed_ms, stands))
        return false;
    if (!*stands || channel != CHANNEL_EMAIL) return true;
    return not_suppressed(cx, tx, lead->email, purpose_id, confirmed_ms, stands);
}

bool permit_known(struct ctx *cx, struct tx *tx, const struct lead *lead, int64_t since_ms,
                  struct permit *out, bool *known)
{
    enum email_state state;
    int64_t holder, verified_ms;
    *out = (struct permit){0};
    *known = false;
    bool here = lead->state == LEAD_ACTIVE || lead->state == LEAD_ARCHIVED;
    if (!here || lead->email.len == 0 || lead->email_state != EMAIL_VERIFIED) return true;
    if (!lead_by_email(cx, tx, lead->email, &holder, &state, &verified_ms, known)) return false;
    *known = *known && holder == lead->id && state == EMAIL_VERIFIED && verified_ms >= since_ms;
    if (!*known) return true;
    /* Purpose 0: what was said of every mail. An objection to one purpose ends that one. */
    if (!not_suppressed(cx, tx, lead->email, 0, verified_ms, known)) return false;
    return !*known || permit_transactional(cx, lead->id, lead->email, out);
}

bool permit_advertising(struct ctx *cx, struct tx *tx, const struct lead *lead, int64_t purpose_id,
                        struct permit *out)
{
    int64_t consent_id, confirmed_ms;
    bool stands, free;
    if (lead->state != LEAD_ACTIVE || lead->email.len == 0)
        return fail(cx, ERR_FORBIDDEN, "permit.no_address");
    if (lead->email_state != EMAIL_VERIFIED) return fail(cx, ERR_FORBIDDEN, "permit.unverified");
    if (!consent_standing(cx, tx, lead, purpose_id, CHANNEL_EMAIL, &consent_id, &confirmed_ms,
                          &stands))
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

static bool advertising_holds(struct ctx *cx, struct tx *tx, const struct permit *permit,
                              bool *holds)
{
    struct consent_get_in in = {permit->consent_id};
    struct consent_get_row row;
    bool found;
    *holds = false;
    if (!q_consent_get(tx, &in, &row, &found)) return false;
    if (!found || row.lead_id != permit->lead_id || row.state != CONSENT_CONFIRMED) return true;
    struct lead lead;
    if (!lead_load(cx, tx, permit->lead_id, &lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx); /* erased */
        return true;
    }
    /* Trashed, bouncing, or it is another address that the person would be written to at now. */
    if (lead.state != LEAD_ACTIVE || lead.email_state != EMAIL_VERIFIED ||
        !str_eq(lead.email, permit->to_address))
        return true;
    int64_t consent_id, confirmed_ms;
    bool stands;
    if (!consent_standing(cx, tx, &lead, row.purpose_id, CHANNEL_EMAIL, &consent_id, &confirmed_ms,
                          &stands))
        return false;
    return !stands ||
           not_suppressed(cx, tx, permit->to_address, row.purpose_id, confirmed_ms, holds);
}

bool permit_still_holds(struct ctx *cx, struct tx *tx, const struct permit *permit, bool *holds)
{
    *holds = true;
    switch (permit->permit_class) {
    case PERMIT_DOI: {
        struct confirmation c;
        bool found;
        if (!confirmation_load(cx, tx, permit->confirmation_id, &c, &found)) return false;
        *holds = found && c.state == CONFIRMATION_OPEN && c.expires_ms > cx->now_ms;
        return true;
    }
    case PERMIT_ADVERTISING:
        return advertising_holds(cx, tx, permit, holds);
    case PERMIT_NONE:
        *holds = false;
        return true;
    case PERMIT_SYSTEM:
    case PERMIT_TRANSACTIONAL:
    case PERMIT_TEST:
    case PERMIT_DISCLOSURE:
        return true;
    }
    return true;
}
