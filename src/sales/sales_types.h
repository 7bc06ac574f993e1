/* sales/sales_types.h -- who looks after a lead, until when, and what is still to be done.
 *
 * Terms: owner, handling, due time, task, rule, absence (docs/GLOSSARY.md). Numbers stand in the
 * database: never renumber.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"
#include "lead/lead_types.h"

/* Why a lead changed hands. */
enum handover_cause {
    HANDOVER_HAND = 0, /* somebody did it */
    HANDOVER_RULE = 1, /* a rule, or the fallback, when it came in */
    HANDOVER_DUE = 2,  /* nobody acted in time */
    HANDOVER__COUNT
};

struct handover {
    int64_t id, at_ms;
    str user_name, from_name, to_name; /* empty where nobody or no longer known */
    enum handover_cause cause;
};

struct task {
    int64_t id, lead_id, due_ms, assignee_id, created_ms, done_ms;
    str title; /* absent: the key was erased */
    str assignee_name, lead_name;
};
struct tasks {
    struct task *row;
    ptrdiff_t count;
};

/* What a workspace has set for the work on leads. */
struct sales_policy {
    int64_t fallback_id;    /* user where no rule fits; 0: nobody */
    int64_t due_hours;      /* to act on a new lead; 0: no such time */
    int64_t reassign_hours; /* behind the due time; 0: never */
    int64_t reassign_id;    /* user who gets it then */
};

enum rule_kind {
    RULE_ALWAYS,
    RULE_POSTCODE, /* value: "80, 85-87" */
    RULE_COUNTRY,  /* value: "Österreich, AT" */
    RULE_FORM,
    RULE_FIELD, /* field, value: "Stapler, Kran" */
    RULE__COUNT
};

enum { RULE_PEOPLE_MAX = 20, RULES_MAX = 100, RULE_VALUE_MAX = 500, ABSENCES_MAX = 500 };

struct owner_rule {
    int64_t id, position, turn;
    enum rule_kind kind;
    str field, value;
    enum field_slot own; /* where an own field stands; read with the rules */
    int64_t form_id;
    int64_t person[RULE_PEOPLE_MAX]; /* more than one: by turns */
    int person_count;
};

struct absence {
    int64_t id, user_id, from_day, to_day, substitute_id;
    str user_name, substitute_name;
};

enum handling_timing {
    TIMING_AUTO, /* an enquiry (with a message) at once, the others when they are confirmed */
    TIMING_AT_ONCE,
    TIMING_CONFIRMED, /* where there is a double opt-in to wait for */
    TIMING__COUNT
};

enum { NOTIFY_MAX = 10 };

/* What happens with what arrives through a form. */
struct form_handling {
    enum handling_timing timing;
    bool tell_owner;            /* whoever a rule names */
    int64_t person[NOTIFY_MAX]; /* members who are told */
    int person_count;
    str mailbox[NOTIFY_MAX]; /* addresses, normalised */
    int mailbox_count;
    bool content;      /* what was answered stands in the mail; else a link alone */
    bool acknowledge;  /* the sender gets a word that it has arrived */
    int64_t due_hours; /* -1: as the workspace says */
};
