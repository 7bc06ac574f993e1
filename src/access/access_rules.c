#include "access/access_rules.h"

#include "base/utf8.h"

/* --- roles and permissions --- */

#define EVERYTHING (((uint64_t)MAY_READ_ALL_LEADS << 1) - 1)

struct role_def {
    const char *name;
    uint64_t permissions;
};

static const struct role_def ROLES[ROLE__COUNT] = {
    [ROLE_ADMINISTRATOR] = {"administrator", EVERYTHING},
    [ROLE_MARKETING] = {"marketing", MAY_READ_LEADS | MAY_WRITE_LEADS | MAY_EXPORT |
                                         MAY_READ_FORMS | MAY_WRITE_FORMS | MAY_READ_OUTBOX |
                                         MAY_SEND_AGAIN | MAY_READ_SETTINGS | MAY_WITHDRAW |
                                         MAY_OWN_ACCOUNT | MAY_IMPORT | MAY_READ_ALL_LEADS},
    [ROLE_SALES] = {"sales", MAY_READ_LEADS | MAY_WRITE_LEADS | MAY_READ_FORMS | MAY_WITHDRAW |
                                 MAY_OWN_ACCOUNT},
    [ROLE_VIEWER] = {"viewer",
                     MAY_READ_LEADS | MAY_READ_FORMS | MAY_OWN_ACCOUNT | MAY_READ_ALL_LEADS},
    [ROLE_PRIVACY] = {"privacy", MAY_READ_LEADS | MAY_ERASE_LEADS | MAY_EXPORT | MAY_READ_FORMS |
                                     MAY_READ_OUTBOX | MAY_READ_AUDIT | MAY_READ_SETTINGS |
                                     MAY_READ_EVIDENCE | MAY_WITHDRAW | MAY_OWN_ACCOUNT |
                                     MAY_APPROVE_WORDINGS | MAY_SEE_APPLICANTS |
                                     MAY_READ_ALL_LEADS},
};

struct permission_def {
    uint64_t bit;
    const char *name;
};

static const struct permission_def PERMISSIONS[] = {
    {MAY_READ_LEADS, "leads_read"},
    {MAY_WRITE_LEADS, "leads_write"},
    {MAY_ERASE_LEADS, "leads_erase"},
    {MAY_EXPORT, "export"},
    {MAY_READ_FORMS, "forms_read"},
    {MAY_WRITE_FORMS, "forms_write"},
    {MAY_READ_OUTBOX, "outbox_read"},
    {MAY_SEND_AGAIN, "send_again"},
    {MAY_READ_AUDIT, "audit_read"},
    {MAY_READ_SETTINGS, "settings_read"},
    {MAY_WRITE_SETTINGS, "settings_write"},
    {MAY_MANAGE_PEOPLE, "people"},
    {MAY_MANAGE_WORKSPACES, "workspaces"},
    {MAY_READ_EVIDENCE, "evidence"},
    {MAY_WITHDRAW, "withdraw"},
    {MAY_OWN_ACCOUNT, "account"},
    {MAY_IMPORT, "import"},
    {MAY_APPROVE_WORDINGS, "wordings_approve"},
    {MAY_SEE_APPLICANTS, "applicants"},
    {MAY_READ_ALL_LEADS, "leads_all"},
};

uint64_t role_permissions(enum role role)
{
    return role > 0 && role < ROLE__COUNT ? ROLES[role].permissions : 0;
}

uint64_t member_permissions(enum role role, uint64_t rights, str sales_sees)
{
    uint64_t own = role_permissions(role);
    if (own == 0) return 0;
    if (role == ROLE_SALES && str_eq(sales_sees, S("all"))) own |= MAY_READ_ALL_LEADS;
    if (role == ROLE_SALES && str_eq(sales_sees, S("own_and_free"))) own |= MAY_READ_FREE_LEADS;
    return own | (rights & RIGHTS_TO_GIVE);
}

const char *role_name(enum role role)
{
    return role > 0 && role < ROLE__COUNT ? ROLES[role].name : "";
}

bool role_of(str name, enum role *out)
{
    for (int i = ROLE_ADMINISTRATOR; i < ROLE__COUNT; i++) {
        if (!str_eq(name, str_of(ROLES[i].name))) continue;
        *out = (enum role)i;
        return true;
    }
    return false;
}

const char *permission_name(uint64_t bit)
{
    for (ptrdiff_t i = 0; i < COUNTOF(PERMISSIONS); i++)
        if (PERMISSIONS[i].bit == bit) return PERMISSIONS[i].name;
    return NULL;
}

bool permission_of(str name, uint64_t *bit)
{
    for (ptrdiff_t i = 0; i < COUNTOF(PERMISSIONS); i++) {
        if (!str_eq(name, str_of(PERMISSIONS[i].name))) continue;
        *bit = PERMISSIONS[i].bit;
        return true;
    }
    return false;
}

/* --- passwords --- */

/* Ways along a keyboard or the alphabet. */
static const char *const RUNS[] = {
    "abcdefghijklmnopqrstuvwxyz",   "01234567890123456789012345678901234567890",
    "qwertzuiopasdfghjklyxcvbnm",   "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6z7u8i9o0p",         "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1qay2wsx3edc4rfv5tgb6zhn7ujm",
    "98765432109876543210",
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
}

/* The letter that a digit or sign is often put for. */
static char unmasked(char c)
{
    switch (c) {
    case '0':
        return 'o';
    case '1':
    case '!':
        return 'i';
    case '3':
        return 'e';
    case '4':
    case '@':
        return 'a';
    case '5':
    case '$':
        return 's';
    case '7':
        return 't';
    default:
        return c;
    }
}

/* Without what is no letter at both ends. */
static str core_of(str s)
{
    ptrdiff_t from = 0, to = s.len;
    while (from < to && !is_letter(s.ptr[from])) from++;
    while (to > from && !is_letter(s.ptr[to - 1])) to--;
    return str_slice(s, from, to);
}

static str half_of_doubled(str s)
{
    str first = str_slice(s, 0, s.len / 2);
    return s.len % 2 == 0 && str_eq(first, str_slice(s, s.len / 2, s.len)) ? first : s;
}

/* Among the common words, with 0 for o and @ for a, and doubled; without case already. */
static bool is_listed(str s)
{
    ptrdiff_t from = 0, to = common_word_count;
    while (from < to) {
        ptrdiff_t middle = from + (to - from) / 2;
        int order = str_cmp(s, str_of(common_words[middle]));
        if (order == 0) return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

/* No letters at all, or of no more than three kinds of byte: a date, a number, aaaaaaaaaaaa. */
static bool is_poor(str s)
{
    char kind[4];
    int kinds = 0;
    for (ptrdiff_t i = 0; i < s.len && kinds < 4; i++) {
        bool known = false;
        for (int k = 0; k < kinds; k++) known = known || kind[k] == s.ptr[i];
        if (!known) kind[kinds++] = s.ptr[i];
    }
    return kinds < 4;
}

static bool is_common(arena scratch, str lower)
{
    if (is_poor(lower)) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(RUNS); i++)
        if (str_find(str_of(RUNS[i]), lower) >= 0) return true;
    char *plain = NEW(&scratch, char, lower.len);
    for (ptrdiff_t i = 0; i < lower.len; i++) plain[i] = unmasked(lower.ptr[i]);
    const str spelling[] = {core_of(lower), core_of((str){plain, lower.len})};
    for (int i = 0; i < 2; i++)
        if (is_listed(spelling[i]) || is_listed(half_of_doubled(spelling[i]))) return true;
    /* passwort1! begins with letters that stand for themselves, and ends with digits that do not */
    str core = core_of(lower), outer = {plain + (core.ptr - lower.ptr), core.len};
    return is_listed(outer) || is_listed(half_of_doubled(outer));
}

static bool is_own(str lower, str own)
{
    str core = core_of(lower);
    return own.len > 0 && (str_eq(lower, own) || str_eq(core, core_of(own)) ||
                           str_eq(half_of_doubled(lower), own));
}

/* A name as a whole without its spaces, or one of its words. */
static bool is_own_name(arena scratch, str lower, str name)
{
    str plain = str_lower_ascii(&scratch, name);
    str typed = str_replace(&scratch, lower, S(" "), S(""));
    /* Also as far as its first words go: "Lindhorst Lagertechnik" of the GmbH. */
    for (ptrdiff_t end = plain.len; end > 0; end--) {
        if (end < plain.len && plain.ptr[end] != ' ') continue;
        str words = str_replace(&scratch, str_slice(plain, 0, end), S(" "), S(""));
        if (is_own(typed, words)) return true;
    }
    for (str rest = plain; rest.ptr != NULL;)
        if (is_own(lower, str_cut(rest, ' ', &rest))) return true;
    return false;
}

static bool is_personal(arena scratch, str lower, const struct password_of *of)
{
    str address = str_lower_ascii(&scratch, of->email), domain, rest;
    str local = str_cut(address, '@', &domain);
    return is_own(lower, address) || is_own(lower, local) || is_own(lower, domain) ||
           is_own(lower, domain.ptr == NULL ? domain : str_cut(domain, '.', &rest)) ||
           is_own_name(scratch, lower, of->name) || is_own_name(scratch, lower, of->company);
}

enum password_err password_check(arena *a, str password, const struct password_of *of)
{
    if (password.len > PASSWORD_MAX_BYTES) return PASSWORD_LONG;
    if (utf8_length(password) < PASSWORD_MIN_CHARACTERS) return PASSWORD_SHORT;
    arena scratch = *a;
    str lower = str_lower_ascii(&scratch, password);
    if (is_common(scratch, lower)) return PASSWORD_COMMON;
    return is_personal(scratch, lower, of) ? PASSWORD_PERSONAL : PASSWORD_OK;
}

const char *password_err_key(enum password_err err)
{
    static const char *const keys[PASSWORD_ERR__COUNT] = {
        [PASSWORD_SHORT] = "access.password_short",
        [PASSWORD_LONG] = "error.field_too_long",
        [PASSWORD_COMMON] = "access.password_common",
        [PASSWORD_PERSONAL] = "access.password_personal",
    };
    return err >= 0 && err < PASSWORD_ERR__COUNT ? keys[err] : NULL;
}

/* --- throttling --- */

struct throttle_def {
    int64_t max, window_ms;
};

/* An office behind one address signs in with ten people on a Monday, so a network gets more. */
static const struct throttle_def THROTTLES[THROTTLE_KIND__COUNT] = {
    [THROTTLE_SIGN_IN_ADDRESS] = {10, 15 * 60 * 1000},
    [THROTTLE_SIGN_IN_NETWORK] = {50, 15 * 60 * 1000},
    [THROTTLE_FORGOT_ADDRESS] = {3, 60 * 60 * 1000},
    [THROTTLE_FORGOT_NETWORK] = {20, 60 * 60 * 1000},
    /* Three of a million codes hold at a time: who has the password guesses one in six years. */
    [THROTTLE_CODE_PERSON] = {6, 60 * 60 * 1000},
    [THROTTLE_CODE_NETWORK] = {50, 15 * 60 * 1000},
};

bool throttle_take(enum throttle_kind kind, struct throttle *row, int64_t now_ms, bool *begins)
{
    const struct throttle_def *def = &THROTTLES[kind];
    *begins = false;
    if (now_ms < row->blocked_until_ms) return false;
    if (row->blocked_until_ms != 0 || now_ms - row->window_ms >= def->window_ms)
        *row = (struct throttle){0, now_ms, 0};
    row->failures++;
    *begins = row->failures >= def->max;
    if (*begins) row->blocked_until_ms = now_ms + def->window_ms;
    return true;
}

void throttle_give_back(struct throttle *row)
{
    if (row->failures > 0) row->failures--;
    row->blocked_until_ms = 0;
}

enum { GROUPS = 8 };

/* The groups of a text without "::"; -1 if it is not so. */
static int groups_of(str text, str group[GROUPS])
{
    int n = 0;
    for (str rest = text; text.len > 0 && rest.ptr != NULL;) {
        str g = str_cut(rest, ':', &rest);
        if (n == GROUPS || g.len == 0 || g.len > 4) return -1;
        group[n++] = g;
    }
    return n;
}

str network_of(arena *a, str ip)
{
    if (str_find_char(ip, '.') >= 0) { /* IPv4, or IPv4 written as IPv6 */
        str rest = ip;
        while (str_find_char(rest, ':') >= 0) (void)str_cut(rest, ':', &rest);
        return rest;
    }
    ptrdiff_t gap = str_find(ip, S("::"));
    str group[GROUPS], tail[GROUPS];
    int n = groups_of(gap < 0 ? ip : str_slice(ip, 0, gap), group);
    int more = gap < 0 ? 0 : groups_of(str_slice(ip, gap + 2, ip.len), tail);
    if (n < 0 || more < 0 || n + more > GROUPS || (gap < 0 && n != GROUPS)) return ip;
    for (int i = n; i < GROUPS - more; i++) group[i] = S("0");
    for (int i = 0; i < more; i++) group[GROUPS - more + i] = tail[i];
    return str_printf(a, "%.*s:%.*s:%.*s:%.*s::", STR_ARG(group[0]), STR_ARG(group[1]),
                      STR_ARG(group[2]), STR_ARG(group[3]));
}

/* --- redirects --- */

bool path_is_local(str path)
{
    if (path.len == 0 || path.ptr[0] != '/' || str_starts(path, S("//"))) return false;
    for (ptrdiff_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c <= 0x20 || c >= 0x7f || c == '\\') return false;
    }
    return true;
}
