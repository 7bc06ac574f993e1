#include "lead/lead.h"

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/utf8.h"
#include "lead/lead_own.h"

#include <string.h>

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

static int add_word(str w, str *word, int count, int max)
{
    for (int k = 0; k < count; k++)
        if (str_eq(word[k], w)) return count;
    if (count < max) word[count++] = w;
    return count;
}

static bool is_plain(str w)
{
    for (ptrdiff_t i = 0; i < w.len; i++)
        if ((unsigned char)w.ptr[i] >= 0x80) return false;
    return true;
}

/* The words of a text, spelt out; with_base: "muller", too, for whoever leaves the dots off. */
static int add_words(arena *a, str text, bool with_base, str *word, int count, int max)
{
    str folded = utf8_fold(a, text);
    for (ptrdiff_t i = 0; i < folded.len && count < max;) {
        while (i < folded.len && !word_byte(folded.ptr[i])) i++;
        ptrdiff_t from = i;
        while (i < folded.len && word_byte(folded.ptr[i])) i++;
        if (i == from) continue;
        str w = utf8_cut(str_slice(folded, from, i), 40);
        bool plain = is_plain(w);
        count = add_word(plain ? w : spelt_key(a, w), word, count, max);
        if (!plain && with_base) count = add_word(sort_key(a, w), word, count, max);
    }
    return count;
}

int lead_words(arena *a, const str text[SLOT__COUNT], str email, str *word, int max)
{
    static const enum field_slot searched[] = {SLOT_LAST_NAME, SLOT_FIRST_NAME, SLOT_COMPANY,
                                               SLOT_CITY};
    int count = 0, all = max;
    if (max > LEAD_NAME_WORDS_MAX) max = LEAD_NAME_WORDS_MAX;
    if (email.len > 0 && count < max) word[count++] = utf8_fold(a, email);
    for (ptrdiff_t i = 0; i < COUNTOF(searched); i++)
        count = add_words(a, text[searched[i]], true, word, count, max);
    count = add_words(a, email, true, word, count, max);
    return lead_own_words(a, text, word, count, all);
}

bool lead_filter_searches(const struct lead_filter *filter)
{
    return filter->own_count > 0 || str_trim(filter->query).len > 0;
}

int lead_query_words(arena *a, str query, str *word, int max)
{
    if (str_find_char(query, '@') <= 0) return add_words(a, query, false, word, 0, max);
    word[0] = utf8_fold(a, str_trim(query)); /* one word of its own: the rarest */
    return 1;
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
    [TOUCH_REASON_GIVEN] = "reason_given",
    [TOUCH_OWNER_CHANGED] = "owner_changed",
    [TOUCH_HANDLING_CHANGED] = "handling_changed",
    [TOUCH_PHASE_CHANGED] = "phase_changed",
    [TOUCH_TASK_ADDED] = "task_added",
    [TOUCH_TASK_DONE] = "task_done",
    [TOUCH_TOLD_BY_MAIL] = "told_by_mail",
    [TOUCH_TWIN_ADDED] = "twin_added",
    [TOUCH_APPLICATION_REJECTED] = "application_rejected",
    [TOUCH_APPLICATION_REOPENED] = "application_reopened",
    [TOUCH_IMPORTED] = "imported",
    [TOUCH_DUE_CHANGED] = "due_changed",
};

const char *touchpoint_name(enum touchpoint_kind kind)
{
    bool known = (int)kind > 0 && kind < TOUCH__COUNT;
    return known ? touchpoint_names[kind] : "unknown";
}

static const char *const phase_names[PHASE__COUNT] = {"lead", "mql", "sql", "customer", "lost"};

const char *lead_phase_name(enum lead_phase phase)
{
    return phase_names[phase];
}

bool lead_phase_closes(enum lead_phase phase)
{
    return phase == PHASE_CUSTOMER || phase == PHASE_LOST;
}

bool lead_phase_of(str name, enum lead_phase *out)
{
    for (int i = 0; i < PHASE__COUNT; i++)
        if (str_eq(name, str_of(phase_names[i]))) {
            *out = (enum lead_phase)i;
            return true;
        }
    return false;
}

static const char *const handling_names[HANDLING__COUNT] = {"new", "work", "done"};

const char *lead_handling_name(enum lead_handling handling)
{
    return handling_names[handling];
}

bool lead_handling_of(str name, enum lead_handling *out)
{
    for (int i = 0; i < HANDLING__COUNT; i++)
        if (str_eq(name, str_of(handling_names[i]))) {
            *out = (enum lead_handling)i;
            return true;
        }
    return false;
}

const char *email_state_name(enum email_state state)
{
    static const char *const names[EMAIL_STATE__COUNT] = {"unverified", "verified", "bouncing"};
    return names[state];
}

static const char *const permit_names[MAY__COUNT] = {"no", "waiting", "yes", "withdrawn"};

const char *permit_summary_name(enum permit_summary permit)
{
    return permit_names[permit];
}

bool permit_summary_of(str name, enum permit_summary *out)
{
    for (int i = 0; i < MAY__COUNT; i++)
        if (str_eq(name, str_of(permit_names[i]))) {
            *out = (enum permit_summary)i;
            return true;
        }
    return false;
}

static const char *const state_names[LEAD_STATE__COUNT] = {"active", "archived", "trashed", "test",
                                                           "applicant"};

const char *lead_state_name(enum lead_state state)
{
    return state_names[state];
}

bool lead_state_of(str name, enum lead_state *out)
{
    for (int i = 0; i < LEAD_STATE__COUNT; i++)
        if (str_eq(name, str_of(state_names[i]))) {
            *out = (enum lead_state)i;
            return true;
        }
    return false;
}

/* --- cursors: order, id and sort key as base64url --- */

enum { CURSOR_HEAD = 1 + 8, CURSOR_MAX_CHARS = 4000, CURSOR_SEARCH = 16, CURSOR_ASCENDING = 8 };

static uint8_t cursor_order(const struct lead_filter *filter)
{
    if (lead_filter_searches(filter)) return CURSOR_SEARCH;
    return (uint8_t)((int)filter->sort | (filter->ascending ? CURSOR_ASCENDING : 0));
}

str lead_cursor(arena *a, const struct lead_filter *filter, const struct lead_row *last)
{
    uint8_t order = cursor_order(filter);
    str key = last->name_sort;
    if (order == CURSOR_SEARCH)
        key = S("");
    else if (filter->sort == LEAD_SORT_CREATED)
        key = str_printf(a, "%lld", (long long)last->created_ms);
    else if (filter->sort == LEAD_SORT_LAST)
        key = str_printf(a, "%lld", (long long)last->last_ms);
    uint8_t *bytes = NEW(a, uint8_t, CURSOR_HEAD + key.len);
    bytes[0] = order;
    put_be64(bytes + 1, last->id);
    if (key.len > 0) memcpy(bytes + CURSOR_HEAD, key.ptr, (size_t)key.len);
    return base64url_encode(a, bytes, CURSOR_HEAD + key.len);
}

bool lead_cursor_read(arena *a, str cursor, struct lead_filter *filter)
{
    if (cursor.len > CURSOR_MAX_CHARS || cursor.len % 4 == 1) return false;
    ptrdiff_t len = cursor.len / 4 * 3 + (cursor.len % 4 == 0 ? 0 : cursor.len % 4 - 1);
    if (len < CURSOR_HEAD) return false;
    uint8_t *bytes = NEW(a, uint8_t, len);
    if (!base64url_decode(cursor, bytes, len) || bytes[0] != cursor_order(filter)) return false;
    str key = {(const char *)bytes + CURSOR_HEAD, len - CURSOR_HEAD};
    int64_t id = get_be64(bytes + 1), number;
    bool by_time = bytes[0] != CURSOR_SEARCH && filter->sort != LEAD_SORT_NAME;
    if (id <= 0 || !utf8_valid(key) || (by_time && !str_to_i64(key, &number))) return false;
    filter->after_id = id;
    filter->after_key = key;
    return true;
}
