/* consent/consent_types.h -- what somebody agreed to, and every step of it.
 *
 * A consent is purpose x channel x wording x lead. Its events are append-only and are the proof;
 * the state is what they amount to now. A confirmation is one double opt-in: it verifies an
 * address and confirms the consents that were requested with it, each apart.
 *
 * Terms:   purpose, channel, wording, consent, confirmation, evidence (docs/GLOSSARY.md).
 * Sources: Art. 4(11), 5(2), 7 DSGVO; BGH I ZR 164/09 (what a proof of consent must hold).
 * Numbers stand in the database: never renumber.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"

enum channel {
    CHANNEL_EMAIL = 1,
    CHANNEL_PHONE = 2,
    CHANNEL_POST = 3,
    CHANNEL_SMS = 4,
    CHANNEL__COUNT
};

enum consent_state {
    CONSENT_REQUESTED = 1,
    CONSENT_CONFIRMED = 2,
    CONSENT_EXPIRED = 3,
    CONSENT_WITHDRAWN = 4,
    CONSENT_REFUSED = 5,
    CONSENT_STATE__COUNT
};

/* Event kinds share the numbers of the states they lead to; AFFIRMED leads to none. */
enum consent_event_kind {
    EVENT_REQUESTED = 1,
    EVENT_CONFIRMED = 2,
    EVENT_EXPIRED = 3,
    EVENT_WITHDRAWN = 4,
    EVENT_REFUSED = 5,
    EVENT_AFFIRMED = 6, /* by a click in a mail, which does not open the channel */
    EVENT__COUNT
};

enum confirmation_state {
    CONFIRMATION_OPEN = 0,
    CONFIRMATION_DONE = 1,
    CONFIRMATION_REJECTED = 2,
    CONFIRMATION_EXPIRED = 3,
    CONFIRMATION_REPLACED = 4, /* a newer request for the same form took its place */
};

enum suppression_cause {
    CAUSE_OBJECTION = 1,
    CAUSE_WITHDRAWAL = 2,
    CAUSE_HARD_BOUNCE = 3,
    CAUSE_COMPLAINT = 4,
    CAUSE_ROBINSON = 5,
    CAUSE_ERASURE = 6,
};

enum { CONFIRMATION_DAYS = 7, CONSENT_ITEMS_MAX = 16 };

/* One sentence, as it was shown. */
struct wording {
    int64_t id, purpose_id, version_no;
    enum channel channel;
    str purpose, purpose_label, lang, text;
    int64_t approved_ms; /* 0: not yet */
    /* of a list only: */
    int64_t created_ms;
    str approver, author;
};

struct wordings {
    struct wording *row;
    ptrdiff_t count;
};

/* What is written down about a step. `facts` is a JSON map (form, version, page, boxes, mail …);
 * `network` a JSON map {ip, user_agent} with a life of its own. */
struct evidence {
    str facts, network;
};

struct confirmation {
    int64_t id, lead_id, submission_id, form_id;
    str email;
    enum confirmation_state state;
    int64_t requested_ms, expires_ms, answered_ms, sends, sent_ms;
    bool test;          /* written, not read: counted nowhere */
    bool consents_only; /* the address had proved itself: it asks for consents alone */
};

struct consent_row {
    int64_t id, lead_id, purpose_id, wording_id, wording_no;
    enum channel channel;
    enum consent_state state;
    str purpose, purpose_label, wording_text, wording_lang, approver;
    int64_t approved_ms; /* 0: nobody has approved the wording */
    int64_t requested_ms, confirmed_ms, ended_ms, used_ms;
};

struct consent_rows {
    struct consent_row *row;
    ptrdiff_t count;
};

struct consent_event_row {
    int64_t id, consent_id, wording_id, confirmation_id, at_ms;
    enum consent_event_kind kind;
    str facts, network; /* JSON; absent once erased */
    int64_t block_no;   /* 0: not yet sealed */
    str block_hash;     /* hex; absent while not sealed */
};

struct consent_event_rows {
    struct consent_event_row *row;
    ptrdiff_t count;
};
