#include "lead/lead.h"

#include "base/utf8.h"

static str join(arena *a, str left, str right)
{
    if (left.len == 0) return right;
    if (right.len == 0) return left;
    return str_printf(a, "%.*s %.*s", STR_ARG(left), STR_ARG(right));
}

str lead_display_name(arena *a, const str text[SLOT__COUNT], str email)
{
    str name = join(a, text[SLOT_FIRST_NAME], text[SLOT_LAST_NAME]);
    if (name.len > 0) return join(a, text[SLOT_TITLE], name);
    if (text[SLOT_COMPANY].len > 0) return text[SLOT_COMPANY];
    return email.ptr == NULL ? S("") : email;
}

/* A word ends where neither a letter nor a digit stands; bytes from 0x80 on are letters. */
static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static int add_words(arena *a, str text, str *word, int count, int max)
{
    str folded = utf8_fold(a, text);
    for (ptrdiff_t i = 0; i < folded.len && count < max;) {
        while (i < folded.len && !word_byte(folded.ptr[i])) i++;
        ptrdiff_t from = i;
        while (i < folded.len && word_byte(folded.ptr[i])) i++;
        if (i == from) continue;
        str  w = utf8_cut(str_slice(folded, from, i), 40);
        bool seen = false;
        for (int k = 0; k < count; k++) seen = seen || str_eq(word[k], w);
        if (!seen) word[count++] = w;
    }
    return count;
}

int lead_words(arena *a, const str text[SLOT__COUNT], str email, str *word, int max)
{
    static const enum field_slot searched[] = {SLOT_LAST_NAME, SLOT_FIRST_NAME, SLOT_COMPANY, SLOT_CITY};
    int count = 0;
    if (email.len > 0 && count < max) word[count++] = utf8_fold(a, email);
    for (ptrdiff_t i = 0; i < COUNTOF(searched); i++)
        count = add_words(a, text[searched[i]], word, count, max);
    return add_words(a, email, word, count, max);
}

static const char *const touchpoint_names[TOUCH__COUNT] = {
    [TOUCH_FORM_SUBMITTED] = "form_submitted",
    [TOUCH_DOI_REQUESTED] = "doi_requested",
    [TOUCH_MAIL_SENT] = "mail_sent",
    [TOUCH_EMAIL_VERIFIED] = "email_verified",
    [TOUCH_CONSENT_CONFIRMED] = "consent_confirmed",
    [TOUCH_CONSENT_WITHDRAWN] = "consent_withdrawn",
    [TOUCH_DOWNLOADED] = "downloaded",
    [TOUCH_NOTE_ADDED] = "note_added",
    [TOUCH_FIELD_CHANGED] = "field_changed",
    [TOUCH_CREATED_BY_HAND] = "created_by_hand",
    [TOUCH_REJECTED] = "rejected",
    [TOUCH_CONSENT_EXPIRED] = "consent_expired",
    [TOUCH_MAIL_FAILED] = "mail_failed",
    [TOUCH_ARCHIVED] = "archived",
    [TOUCH_TRASHED] = "trashed",
    [TOUCH_RESTORED] = "restored",
};

const char *touchpoint_name(enum touchpoint_kind kind)
{
    bool known = (int)kind > 0 && kind < TOUCH__COUNT;
    return known ? touchpoint_names[kind] : "unknown";
}

static const char *const phase_names[PHASE__COUNT] = {"lead", "mql", "sql", "customer", "lost"};

const char *lead_phase_name(enum lead_phase phase) { return phase_names[phase]; }

bool lead_phase_of(str name, enum lead_phase *out)
{
    for (int i = 0; i < PHASE__COUNT; i++)
        if (str_eq(name, str_of(phase_names[i]))) {
            *out = (enum lead_phase)i;
            return true;
        }
    return false;
}

const char *email_state_name(enum email_state state)
{
    static const char *const names[EMAIL_STATE__COUNT] = {"unverified", "verified", "bouncing"};
    return names[state];
}

const char *permit_summary_name(enum permit_summary permit)
{
    static const char *const names[MAY__COUNT] = {"no", "waiting", "yes", "withdrawn"};
    return names[permit];
}
