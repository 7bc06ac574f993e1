#include "field/field.h"

#include "base/email.h"
#include "base/limits.h"
#include "base/url.h"
#include "base/utf8.h"

const struct field_def field_defs[] = {
    {"email", FIELD_EMAIL, SLOT_NONE, "email", LIMIT_EMAIL_BYTES},
    {"salutation", FIELD_SELECT, SLOT_SALUTATION, "honorific-prefix", LIMIT_NAME_BYTES},
    {"title", FIELD_TEXT, SLOT_TITLE, "honorific-prefix", LIMIT_NAME_BYTES},
    {"first_name", FIELD_TEXT, SLOT_FIRST_NAME, "given-name", LIMIT_NAME_BYTES},
    {"last_name", FIELD_TEXT, SLOT_LAST_NAME, "family-name", LIMIT_NAME_BYTES},
    {"phone", FIELD_TEL, SLOT_PHONE, "tel", LIMIT_NAME_BYTES},
    {"mobile", FIELD_TEL, SLOT_MOBILE, "tel", LIMIT_NAME_BYTES},
    {"street", FIELD_TEXT, SLOT_STREET, "street-address", LIMIT_NAME_BYTES},
    {"postcode", FIELD_TEXT, SLOT_POSTCODE, "postal-code", LIMIT_NAME_BYTES},
    {"city", FIELD_TEXT, SLOT_CITY, "address-level2", LIMIT_NAME_BYTES},
    {"country", FIELD_TEXT, SLOT_COUNTRY, "country-name", LIMIT_NAME_BYTES},
    {"company", FIELD_TEXT, SLOT_COMPANY, "organization", LIMIT_NAME_BYTES},
    {"company_size", FIELD_TEXT, SLOT_COMPANY_SIZE, "", LIMIT_NAME_BYTES},
    {"industry", FIELD_TEXT, SLOT_INDUSTRY, "", LIMIT_NAME_BYTES},
    {"website", FIELD_URL, SLOT_WEBSITE, "url", 2000},
    {"job_title", FIELD_TEXT, SLOT_JOB_TITLE, "organization-title", LIMIT_NAME_BYTES},
    {"department", FIELD_TEXT, SLOT_DEPARTMENT, "", LIMIT_NAME_BYTES},
    {"budget", FIELD_TEXT, SLOT_BUDGET, "", LIMIT_NAME_BYTES},
    {"message", FIELD_TEXTAREA, SLOT_MESSAGE, "", LIMIT_TEXT_BYTES},
};
const ptrdiff_t field_count = COUNTOF(field_defs);

static const char *const type_names[FIELD_TYPE__COUNT] = {
    [FIELD_TEXT] = "text",       [FIELD_TEXTAREA] = "textarea", [FIELD_EMAIL] = "email",
    [FIELD_TEL] = "tel",         [FIELD_URL] = "url",           [FIELD_NUMBER] = "number",
    [FIELD_DATE] = "date",       [FIELD_SELECT] = "select",     [FIELD_CHECKBOX] = "checkbox",
    [FIELD_CHOICES] = "choices", [FIELD_FILE] = "file",
};

static const char *const err_keys[FIELD_ERR__COUNT] = {
    [FIELD_OK] = "",
    [FIELD_MISSING] = "error.field_required",
    [FIELD_TOO_LONG] = "error.field_too_long",
    [FIELD_BAD_EMAIL] = "error.email_invalid",
    [FIELD_BAD_TEL] = "error.phone_invalid",
    [FIELD_BAD_URL] = "error.url_invalid",
    [FIELD_BAD_NUMBER] = "error.number_invalid",
    [FIELD_BAD_DATE] = "error.date_invalid",
    [FIELD_BAD_CHOICE] = "error.choice_invalid",
    [FIELD_BAD_FILE] = "error.file_kind",
    [FIELD_FILE_LARGE] = "error.file_size",
};

bool field_key_is_free(str key)
{
    if (!str_starts(key, S("free_")) || key.len == 5 || key.len > FREE_KEY_MAX) return false;
    for (ptrdiff_t i = 5; i < key.len; i++) {
        char c = key.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
    return true;
}

bool field_type_is_free(enum field_type type)
{
    static const enum field_type types[] = {FIELD_TEXT,   FIELD_TEXTAREA, FIELD_NUMBER,  FIELD_DATE,
                                            FIELD_SELECT, FIELD_CHOICES,  FIELD_CHECKBOX, FIELD_FILE};
    for (ptrdiff_t i = 0; i < COUNTOF(types); i++)
        if (types[i] == type) return true;
    return false;
}

const struct field_def *field_find(str key)
{
    for (ptrdiff_t i = 0; i < field_count; i++)
        if (str_eq(str_of(field_defs[i].key), key)) return &field_defs[i];
    return NULL;
}

const char *field_type_name(enum field_type type)
{
    return type_names[type];
}

enum field_type field_type_of(str name)
{
    for (int t = 0; t < FIELD_TYPE__COUNT; t++)
        if (str_eq(str_of(type_names[t]), name)) return (enum field_type)t;
    return FIELD_TYPE__COUNT;
}

const char *field_err_key(enum field_err err)
{
    return err_keys[err];
}

/* At least five digits, and nothing but digits and what people write between them. */
static bool tel_ok(str s)
{
    int digits = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (str_find_char(S("+-/(). "), c) < 0)
            return false;
    }
    return digits >= 5 && digits <= 20;
}

static bool number_ok(str s)
{
    int digits = 0, points = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (c == '.' || c == ',')
            points++;
        else if (c != '-' || i != 0)
            return false;
    }
    return digits > 0 && digits <= 18 && points <= 1;
}

/* YYYY-MM-DD of the Gregorian calendar. */
static bool date_ok(str s)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t y, m, d;
    if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-') return false;
    if (!str_to_i64(str_slice(s, 0, 4), &y) || !str_to_i64(str_slice(s, 5, 7), &m) ||
        !str_to_i64(str_slice(s, 8, 10), &d))
        return false;
    if (y < 1000 || m < 1 || m > 12 || d < 1) return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= days[m - 1] + (m == 2 && leap ? 1 : 0);
}

/* People write "firma.example" where a browser wants the scheme. */
static bool url_complete(arena *a, str *s)
{
    if (str_find(*s, S("://")) < 0) *s = str_printf(a, "https://%.*s", STR_ARG(*s));
    struct url u;
    return url_parse(*s, &u);
}

enum field_err field_check(arena *a, enum field_type type, int max_bytes, str raw, str *out)
{
    *out = type == FIELD_TEXTAREA ? utf8_clean_text(a, raw) : utf8_clean_line(a, raw);
    if (out->len == 0) {
        *out = S("");
        return FIELD_OK;
    }
    if (out->len > max_bytes) return FIELD_TOO_LONG;
    switch (type) {
    case FIELD_EMAIL: {
        str address;
        if (email_normalise(a, *out, &address) != EMAIL_OK) return FIELD_BAD_EMAIL;
        *out = address;
        return FIELD_OK;
    }
    case FIELD_TEL:
        return tel_ok(*out) ? FIELD_OK : FIELD_BAD_TEL;
    case FIELD_URL:
        if (!url_complete(a, out)) return FIELD_BAD_URL;
        return out->len > max_bytes ? FIELD_TOO_LONG : FIELD_OK; /* the scheme counts, too */
    case FIELD_NUMBER:
        return number_ok(*out) ? FIELD_OK : FIELD_BAD_NUMBER;
    case FIELD_DATE:
        return date_ok(*out) ? FIELD_OK : FIELD_BAD_DATE;
    case FIELD_CHECKBOX:
        *out = str_eq(*out, S("no")) || str_eq(*out, S("false")) ? S("") : S("yes");
        return FIELD_OK;
    case FIELD_TEXT:
    case FIELD_TEXTAREA:
    case FIELD_SELECT:
    case FIELD_CHOICES:
    case FIELD_FILE:
    case FIELD_TYPE__COUNT:
        break;
    }
    return FIELD_OK;
}
