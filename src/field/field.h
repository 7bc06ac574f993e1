/* field/field.h -- the fields a lead has.
 *
 * A field has a key (API, forms, CSV), a type that says how it is entered and checked, and a slot
 * of the lead's row that holds it. The standard fields and their slots are fixed here; the e-mail
 * address is special: it lives in identity. Free fields ("free_…") are a workspace's own and take
 * the slots behind them (field/free_field.h). Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum field_type {
    FIELD_TEXT,
    FIELD_TEXTAREA,
    FIELD_EMAIL,
    FIELD_TEL,
    FIELD_URL,
    FIELD_NUMBER,
    FIELD_DATE,
    FIELD_SELECT,
    FIELD_CHECKBOX,
    FIELD_CHOICES, /* several of the options, stored as "a; b" */
    FIELD_FILE,    /* stored as its name; the bytes are file/lead_file's */
    FIELD_TYPE__COUNT
};

enum field_slot { /* text_NN of the lead's row */
                  SLOT_SALUTATION,
                  SLOT_TITLE,
                  SLOT_FIRST_NAME,
                  SLOT_LAST_NAME,
                  SLOT_PHONE,
                  SLOT_MOBILE,
                  SLOT_STREET,
                  SLOT_POSTCODE,
                  SLOT_CITY,
                  SLOT_COUNTRY,
                  SLOT_COMPANY,
                  SLOT_COMPANY_SIZE,
                  SLOT_INDUSTRY,
                  SLOT_WEBSITE,
                  SLOT_JOB_TITLE,
                  SLOT_DEPARTMENT,
                  SLOT_BUDGET,
                  SLOT_MESSAGE,
                  SLOT__STANDARD,
                  SLOT_NONE = -1,
                  SLOT_UNSET = -2, /* a free field that no published form has had yet */
                  SLOT__COUNT = 40
};

struct field_def {
    const char *key; /* "first_name" */
    enum field_type type;
    enum field_slot slot;     /* SLOT_NONE for email */
    const char *autocomplete; /* HTML's token; "" if none fits */
    int max_bytes;
};

/* What is wrong with an answer. */
enum field_err {
    FIELD_OK,
    FIELD_MISSING,
    FIELD_TOO_LONG,
    FIELD_BAD_EMAIL,
    FIELD_BAD_TEL,
    FIELD_BAD_URL,
    FIELD_BAD_NUMBER,
    FIELD_BAD_DATE,
    FIELD_BAD_CHOICE,
    FIELD_BAD_FILE,   /* none of the kinds that are taken */
    FIELD_FILE_LARGE,
    FIELD_ERR__COUNT
};

extern const struct field_def field_defs[];
extern const ptrdiff_t field_count;

/* Whether a key is one of a free field: "free_" and a-z, 0-9, _ (at most FREE_KEY_MAX bytes). */
bool field_key_is_free(str key);
enum { FREE_KEY_MAX = 60, FREE_TEXT_MAX = 2000 };
/* The types that a free field may have. */
bool field_type_is_free(enum field_type type);
/* The field of that key, or NULL. */
const struct field_def *field_find(str key);
/* HTML's name of a type: "text", "email", "select" … */
const char *field_type_name(enum field_type type);
/* The type of that name; FIELD_TYPE__COUNT if there is none. */
enum field_type field_type_of(str name);
/* Clean and check one answer: `raw` as it came, *out in normal form (empty text if nothing was
 * entered). A choice is checked by the caller, who knows the options. */
enum field_err field_check(arena *a, enum field_type type, int max_bytes, str raw, str *out);
/* The i18n key of the sentence for a fault. */
const char *field_err_key(enum field_err err);
