/* post/post_types.h -- mails on their way, and the permit without which none goes.
 *
 * Terms: permit, class, mail, attempt, outbox (docs/GLOSSARY.md). Numbers stand in the database.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"

enum permit_class {
    PERMIT_NONE = 0,
    PERMIT_SYSTEM = 1,        /* to a colleague: invitation, reset */
    PERMIT_DOI = 2,           /* asks for confirmation what somebody requested */
    PERMIT_TRANSACTIONAL = 3, /* delivers what was requested */
    PERMIT_TEST = 4,          /* to oneself */
    PERMIT_ADVERTISING = 5,   /* rests on a consent */
    PERMIT_DISCLOSURE = 6,    /* data-subject rights */
};

/* May this be sent, now, and why. Made by the consent room's gate and by nobody else
 * (tests/tidy.py): consent_permit_*() in consent/consent_gate.c. */
struct permit {
    enum permit_class permit_class;
    int64_t           workspace_id;
    int64_t           lead_id;         /* 0 for PERMIT_SYSTEM */
    int64_t           consent_id;      /* what advertising rests on */
    int64_t           confirmation_id; /* what a DOI mail asks about */
    str               to_address;      /* the one address it is for */
};

enum mail_state {
    MAIL_QUEUED = 0,
    MAIL_IN_FLIGHT = 1,
    MAIL_SENT = 2,
    MAIL_DEAD = 3,     /* given up; may be sent again by hand */
    MAIL_HELD = 4,     /* delivery is not set up: shown in the outbox only */
    MAIL_IN_DOUBT = 5, /* advertising whose fate a crash or a lost connection hides; not repeated */
    MAIL_REFUSED = 6,  /* the gate said no in the last moment */
    MAIL_STATE__COUNT
};

enum mail_outcome { OUTCOME_SENT = 0, OUTCOME_TEMPORARY = 1, OUTCOME_PERMANENT = 2, OUTCOME_IN_DOUBT = 3, OUTCOME_REFUSED = 4 };

/* One mail to be posted. Texts are rendered. */
struct mail_new {
    int64_t     id;            /* made beforehand, part of the Message-ID */
    const char *template_name; /* "mail/doi" */
    str         from_name, from_address, reply_to;
    str         to_name;
    str         subject, text, html;
    str         unsubscribe_url; /* List-Unsubscribe; absent on anything but advertising */
    str         message_id_host; /* host part of the Message-ID */
    struct mail_image {
        str id, media_type, bytes; /* what the HTML shows as cid:ID; no bytes: none */
    } image;
};

struct mail {
    int64_t           id, lead_id, consent_id, confirmation_id;
    enum permit_class permit_class;
    enum mail_state   state;
    str               template_name, message_id;
    str               from, to, subject; /* absent where the lead was erased */
    int64_t           created_ms, next_ms, done_ms, attempts;
};
