/* form/form_types.h -- what a form is made of.
 *
 * A form is edited as a draft and published as versions that never change; a submission names the
 * version it was made with. Terms: form, submission (docs/GLOSSARY.md).
 * Numbers stand in the database: never renumber.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"
#include "brand/brand_types.h"
#include "consent/consent_types.h"
#include "field/field.h"
#include "file/file_kind.h"

enum form_state { FORM_DRAFT = 0, FORM_PUBLISHED = 1, FORM_ARCHIVED = 2, FORM_STATE__COUNT };

/* What became of what was sent; a form counts its own. */
enum submission_state {
    SUBMISSION_NEW = 0,
    SUBMISSION_WAITING = 1,
    SUBMISSION_CONFIRMED = 2,
    SUBMISSION_UNCONFIRMED = 3, /* as queries tell it; never stored */
    SUBMISSION_STATE__COUNT
};

enum { FORM_FILES_MAX = 3 }; /* fields that ask for a file */
enum { FORM_FIELDS_MAX = 30, FORM_CONSENTS_MAX = 8, FORM_OPTIONS_MAX = 30, FORM_SLUG_MAX = 60 };

struct form_option {
    str value, label;
};

struct form_field {
    const struct field_def *def; /* of a free field: this form's own */
    enum field_type type;
    str label, help, placeholder; /* empty: the field's own */
    bool required, half;
    bool reserve; /* not asked, unless of somebody known in place of what is known (form_know.c) */
    bool hidden;  /* not shown: takes the preset, or what the page's URL says */
    bool prefill; /* the page's URL may fill it in: ?KEY=… */
    str preset;   /* what it is filled with at first */
    str step;     /* a step of that title begins here; empty: none */
    int when;     /* asked only if an earlier field has an answer: its index + 1; 0: always */
    str when_is;  /* and this one; empty: any */
    struct form_option option[FORM_OPTIONS_MAX];
    int option_count;
    enum file_accept accept; /* of a file */
};

struct form_consent {
    str purpose; /* slug */
    enum channel channel;
    str text;
    bool required;
    bool sample;        /* one of our texts, not yet looked over by somebody who knows */
    int64_t wording_id; /* set when published */
};

/* The pages around a form that may have words of their own. */
enum form_page {
    FORM_PAGE_SENT,       /* after sending */
    FORM_PAGE_CONFIRM,    /* with the button that confirms */
    FORM_PAGE_CONFIRMED,  /* after confirming */
    FORM_PAGE_SUBSCRIBED, /* after confirming what was confirmed before */
    FORM_PAGE_EXPIRED,    /* the link is too old */
    FORM_PAGE_USED,       /* confirmed already */
    FORM_PAGE_CLOSED,     /* the form takes nothing any more */
    FORM_PAGE__COUNT
};

struct form_words {
    str title, text; /* empty: ours */
    str redirect;    /* https://…; empty: none. Of SENT and CONFIRMED only. */
};

/* What somebody becomes who sends it. */
enum form_kind { FORM_KIND_LEAD, FORM_KIND_APPLICATION };

struct form_def {
    enum form_kind kind;
    enum lang lang;
    str title, intro, submit_label; /* empty: from the name, none, the default */
    bool double_opt_in;
    int64_t download_id; /* file; 0: none */
    struct brand_own look;
    struct form_words words[FORM_PAGE__COUNT];
    str close_on;        /* "2026-03-31": open to the end of that day; empty: no such day */
    int64_t close_after; /* open for so many submissions; 0: any number */
    struct form_field field[FORM_FIELDS_MAX];
    int field_count;
    struct form_consent consent[FORM_CONSENTS_MAX];
    int consent_count;
};

/* Why a form takes nothing any more. */
enum form_closed { FORM_OPEN, FORM_CLOSED_DAY, FORM_CLOSED_FULL };

struct form {
    int64_t id, version_id, version_no;
    str slug, name, draft;
    enum form_state state;
    int64_t created_ms, updated_ms, published_ms;
    bool told; /* the next three, counted: only to those who see all leads (base/reach.h) */
    int64_t submissions, confirmed;
    int64_t held;            /* in quarantine */
    int64_t taken;           /* of close_after */
    enum form_closed closed; /* as of now, where it was asked */
    bool changed;            /* what is published is not what the draft says, where it was asked */
    bool proof;              /* the visitor's device proves work */
    bool counts;             /* views, starts and last fields are counted */
    str origins; /* websites that may show it (share/share_rules.h), with blanks between */
};
