/* consent/consent.h -- request, confirm, withdraw; the gate; the chain.
 *
 * Functions work in the transaction given and on the context's workspace. No other room writes
 * a consent, and no other room makes a permit.
 */
#pragma once

#include "consent/consent_types.h"
#include "db/db.h"
#include "lead/lead_types.h"
#include "post/post_types.h"

/* --- wordings --- */

/* The wording of that exact text: the newest version if its text is the same, else a new version.
 * The purpose is created where it is new. */
MUST_USE bool wording_ensure(struct ctx *cx, struct tx *tx, str purpose, enum channel channel,
                             str lang, str text, int64_t *wording_id);
/* Read one; ERR_NOT_FOUND. */
MUST_USE bool wording_load(struct ctx *cx, struct tx *tx, int64_t id, struct wording *out);
/* Was that text of a purpose ever approved, whichever version it stands in? */
MUST_USE bool wording_text_approved(struct ctx *cx, struct tx *tx, str purpose,
                                    enum channel channel, str lang, str text, bool *approved);
/* Somebody says that it may be used; *changed false: that was said before. */
MUST_USE bool wording_approve(struct ctx *cx, struct tx *tx, int64_t id, bool *changed);
/* The newest of the workspace, with who brought them in and who approved them. */
MUST_USE bool wording_list(struct ctx *cx, struct tx *tx, int limit, struct wordings *out);

/* --- double opt-in --- */

/* Open a confirmation; earlier open ones of the same lead and form are replaced by it. */
MUST_USE bool confirmation_open(struct ctx *cx, struct tx *tx, const struct confirmation *in);
/* The same for a lead that was created in this transaction: there is nothing to replace. */
MUST_USE bool confirmation_open_first(struct ctx *cx, struct tx *tx, const struct confirmation *in);
/* Read one; *found. */
MUST_USE bool confirmation_load(struct ctx *cx, struct tx *tx, int64_t id, struct confirmation *out,
                                bool *found);
/* How many were asked for by this lead since a moment: repeats are capped. */
MUST_USE bool confirmation_count_since(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                       int64_t since_ms, int64_t *count);
/* How many were asked for by an address since a moment, whichever lead it stands at. */
MUST_USE bool confirmation_count_of_address(struct ctx *cx, struct tx *tx, str email,
                                            int64_t since_ms, int64_t *count);
/* Another mail for the same confirmation went into the queue. */
MUST_USE bool confirmation_sent_again(struct ctx *cx, struct tx *tx, int64_t id, int64_t sends_max,
                                      bool *allowed);
/* The consents that were requested with a confirmation. */
MUST_USE bool confirmation_wordings(struct ctx *cx, struct tx *tx, int64_t confirmation_id,
                                    struct wording *out, int max, int *count);
/* Confirm at cx->now_ms: the address is verified, every consent requested with it is confirmed over
 * the channels that a click opens (consent_rules.h); over the others it stays a request, and the
 * click an event of its own. *done false: it was not open (any more), or the lead has another
 * address; nothing changed. */
MUST_USE bool confirmation_confirm(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                                   const struct evidence *evidence, bool *done);
/* "Ich war das nicht": refuse all of it. */
MUST_USE bool confirmation_reject(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                                  const struct evidence *evidence, bool *done);
/* Expire what is overdue in this workspace, at most `limit`; *count. */
MUST_USE bool confirmation_expire(struct ctx *cx, struct tx *tx, int limit, int *count);

struct confirmation_stats {
    int64_t requested, confirmed; /* since a moment; replaced requests do not count */
    int64_t waiting, oldest_ms;   /* open now, and since when the oldest; 0: none */
};
/* How many were asked, and how many of them answered with yes, since a moment. Reads through all of
 * them. */
MUST_USE bool confirmation_count(struct ctx *cx, struct tx *tx, int64_t since_ms,
                                 struct confirmation_stats *out);
/* What is open now, of leads within reach (base/reach.h). */
MUST_USE bool confirmation_count_waiting(struct ctx *cx, struct tx *tx,
                                         struct confirmation_stats *out);

/* --- consents --- */

/* Somebody asked for it (a ticked box). `confirmation_id` 0: it stands without confirmation. */
MUST_USE bool consent_request(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t wording_id,
                              int64_t confirmation_id, const struct evidence *evidence);
/* The same with what needs no transaction done before it: the proof is sealed, and the wording, of
 * which there is no other version under its id, has been read. A proof is used once. */
struct consent_proof {
    int64_t id; /* of the event to be */
    str evidence, evidence_key, network, network_key;
};
void consent_prove(struct ctx *cx, const struct evidence *evidence, struct consent_proof *out);
MUST_USE bool consent_request_ready(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                    const struct wording *wording, int64_t confirmation_id,
                                    const struct consent_proof *proof);
/* Somebody signed for what he has just requested, by hand: confirmed at once over the channels that
 * a signature opens (consent_rules.h); over the others it stays a request, whose evidence shows the
 * signature. */
MUST_USE bool consent_sign(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t wording_id,
                           const struct evidence *evidence);
/* Withdraw one purpose over a channel (purpose_id 0: every purpose of it): states, events,
 * suppression, touchpoints. Withdrawing what is not there is no fault. */
MUST_USE bool consent_withdraw(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t purpose_id,
                               enum channel channel, const struct evidence *evidence);
/* All consents of a lead, by purpose. */
MUST_USE bool consent_list(struct ctx *cx, struct tx *tx, int64_t lead_id,
                           struct consent_rows *out);
/* All events of a lead's consents, oldest first, opened where the keys still are. */
MUST_USE bool consent_events(struct ctx *cx, struct tx *tx, int64_t lead_id,
                             struct consent_event_rows *out);
/* The next of them after after_id (0: from the oldest), at most `limit`. */
MUST_USE bool consent_event_page(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t after_id,
                                 int limit, struct consent_event_rows *out);
/* Note in the suppression list that an address is not to be contacted, over e-mail, for any
 * purpose. Only its keyed hash is kept. */
MUST_USE bool consent_suppress(struct ctx *cx, struct tx *tx, str address,
                               enum suppression_cause cause);
/* Which of these addresses (an empty one is none) are not to be written to since their leads were
 * erased. */
MUST_USE bool consent_erased(struct ctx *cx, struct tx *tx, const str *address, ptrdiff_t count,
                             bool *erased);
/* The keyed hash under which an e-mail address is put on the suppression list. */
str suppression_hash(struct ctx *cx, str address);
/* Erase: states, evidence keys, confirmations. Events stay as ciphertext in the chain. */
MUST_USE bool consent_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);

/* API names. */
const char *consent_state_name(enum consent_state state);
const char *consent_event_name(enum consent_event_kind kind);
const char *channel_name(enum channel channel);
MUST_USE bool channel_of(str name, enum channel *out);

/* --- the gate (consent_gate.c): the only maker of permits --- */

/* A DOI mail for an open confirmation that is about to be written in the same transaction. */
MUST_USE bool permit_doi(struct ctx *cx, const struct confirmation *c, struct permit *out);
/* Deliver what was requested (a download link to an address that asked for it). */
MUST_USE bool permit_transactional(struct ctx *cx, int64_t lead_id, str address,
                                   struct permit *out);
/* The same without a question first, for an address that has proved itself at or after since_ms:
 * *known false where it has not, the lead is in the trash or a try, or the suppression list forbids
 * to write to it; *out is no permit then. */
MUST_USE bool permit_known(struct ctx *cx, struct tx *tx, const struct lead *lead, int64_t since_ms,
                           struct permit *out, bool *known);
/* Is a consent for that purpose over that channel in force, for the address the lead has now? */
MUST_USE bool consent_stands(struct ctx *cx, struct tx *tx, const struct lead *lead,
                             int64_t purpose_id, enum channel channel, bool *stands);
/* Mail to a colleague: invitation, reset. */
MUST_USE bool permit_system(struct ctx *cx, str address, struct permit *out);
/* A trial that somebody sends to himself: to the signed-in person's own address and no other. */
MUST_USE bool permit_test(struct ctx *cx, str address, struct permit *out);
/* Advertising to a lead for a purpose. ERR_FORBIDDEN with the reason where it is not allowed. */
MUST_USE bool permit_advertising(struct ctx *cx, struct tx *tx, const struct lead *lead,
                                 int64_t purpose_id, struct permit *out);
/* Asked again in the transaction that puts a mail in flight: is it still allowed? */
MUST_USE bool permit_still_holds(struct ctx *cx, struct tx *tx, const struct permit *permit,
                                 bool *holds);

/* --- the chain (consent_chain.c) --- */

/* Seal every event of this workspace that is not in the chain yet into one block; *sealed events.
 */
MUST_USE bool consent_seal(struct ctx *cx, struct tx *tx, int64_t *sealed);
/* One event as the chain covers it. */
struct consent_link {
    int64_t id, consent_id, lead_id, wording_id, confirmation_id, kind, at_ms;
    str evidence, network; /* as stored: ciphertext */
};
/* The hash of a block of events, which stand in the order of their ids, behind the block with the
 * hash `prev` (32 bytes; zeros before the first): for events that come in bulk. */
void consent_block_hash(struct ctx *cx, str prev, int64_t block_no, int64_t sealed_ms,
                        const struct consent_link *event, ptrdiff_t count, uint8_t hash[32]);
enum { CONSENT_BLOCK_EVENTS = 1000 }; /* a block has at most so many */
/* Check every block of this workspace from the first; *bad_block is 0 if all hold. */
MUST_USE bool consent_chain_check(struct ctx *cx, int64_t *blocks, int64_t *events,
                                  int64_t *bad_block);
