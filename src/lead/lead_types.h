/* lead/lead_types.h -- a lead, how it is recognised, and what happened with it.
 *
 * Terms: lead, identity, touchpoint, phase (docs/GLOSSARY.md). The numbers stand in the database:
 * never renumber.
 */
#pragma once

#include "base/base.h"
#include "base/ctx.h"
#include "base/str.h"
#include "field/field.h"

enum lead_state {
    LEAD_ACTIVE = 0,
    LEAD_ARCHIVED = 1,
    LEAD_TRASHED = 2,
    LEAD_TEST = 3,
    LEAD_APPLICANT = 4, /* lead_applicant.h */
    LEAD_STATE__COUNT
};

enum lead_phase {
    PHASE_LEAD = 0,
    PHASE_MQL = 1,
    PHASE_SQL = 2,
    PHASE_CUSTOMER = 3,
    PHASE_LOST = 4,
    PHASE__COUNT
};

/* How far somebody is with a lead. */
enum lead_handling { HANDLING_NEW = 0, HANDLING_WORK = 1, HANDLING_DONE = 2, HANDLING__COUNT };

enum email_state {
    EMAIL_UNVERIFIED = 0,
    EMAIL_VERIFIED = 1,
    EMAIL_BOUNCING = 2,
    EMAIL_STATE__COUNT
};

enum identity_kind { IDENTITY_EMAIL = 1 };

/* What lists show under "may be e-mailed": the best that a purpose over e-mail has reached. */
enum permit_summary { MAY_NO = 0, MAY_WAITING = 1, MAY_YES = 2, MAY_WITHDRAWN = 3, MAY__COUNT };

enum touchpoint_kind {
    TOUCH_FORM_SUBMITTED = 1,
    TOUCH_DOI_REQUESTED = 2,
    TOUCH_MAIL_SENT = 3,
    TOUCH_EMAIL_VERIFIED = 4,
    TOUCH_CONSENT_CONFIRMED = 5,
    TOUCH_CONSENT_WITHDRAWN = 6,
    TOUCH_DOWNLOADED = 7,
    TOUCH_NOTE_ADDED = 8,
    TOUCH_FIELD_CHANGED = 9,
    TOUCH_CREATED_BY_HAND = 10,
    TOUCH_REJECTED = 11,
    TOUCH_CONSENT_EXPIRED = 12,
    TOUCH_MAIL_FAILED = 13,
    TOUCH_ARCHIVED = 14,
    TOUCH_TRASHED = 15,
    TOUCH_RESTORED = 16,
    TOUCH_REASON_GIVEN = 17, /* why somebody unsubscribed */
    TOUCH_OWNER_CHANGED = 18,
    TOUCH_HANDLING_CHANGED = 19,
    TOUCH_PHASE_CHANGED = 20,
    TOUCH_TASK_ADDED = 21,
    TOUCH_TASK_DONE = 22,
    TOUCH_TOLD_BY_MAIL = 23, /* what was asked for needed no confirmation: it went by mail */
    TOUCH_TWIN_ADDED = 24, /* another lead came with the same address */
    TOUCH_APPLICATION_REJECTED = 25,
    TOUCH_APPLICATION_REOPENED = 26,
    TOUCH_IMPORTED = 27, /* came, or got values, with a file */
    TOUCH_DUE_CHANGED = 28, /* by hand */
    TOUCH__COUNT
};

struct free_fields; /* field/free_field.h */

struct lead {
    int64_t id;
    enum lead_state state;
    enum lead_phase phase;
    enum email_state email_state;
    enum permit_summary permit;
    str permit_purpose; /* label of the purpose behind `permit` */
    str display_name, email, lang, source;
    str first_contact; /* JSON */
    int64_t created_ms, updated_ms, last_ms, trashed_ms, version;
    int64_t owner_id; /* user who looks after it; 0: nobody */
    str owner_name;
    enum lead_handling handling;
    int64_t campaign_id; /* through which it came first; 0: none */
    str campaign_name;
    int64_t due_ms; /* until when somebody should have acted; 0: no such time */
    int64_t rejected_ms; /* of an applicant; 0: not turned down */
    str text[SLOT__COUNT];
    const struct free_fields *own; /* what the slots behind the standard ones hold; NULL: nothing */
};

struct touchpoint {
    int64_t id, at_ms, object_id;
    enum touchpoint_kind kind;
    str props; /* JSON map, nothing personal */
};
