#include "base/email.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <idn2.h>
#include <string.h>

enum { LOCAL_MAX_BYTES = 64, DOMAIN_MAX_BYTES = 253, LABEL_MAX_BYTES = 63, DOMAIN_IN_BYTES = 1000 };

/* White space, and what comes along when an address is copied from a page or a mail. */
static str trim(str s)
{
    static const str junk[] = {
        S_INIT("\xc2\xa0"),     /* no-break space */
        S_INIT("\xe2\x80\x8b"), /* zero width space */
        S_INIT("\xef\xbb\xbf"), /* byte order mark */
        S_INIT("\xe2\x81\xa0"), /* word joiner */
    };
    for (ptrdiff_t before = -1; before != s.len;) {
        before = s.len;
        s = str_trim(s);
        for (ptrdiff_t i = 0; i < COUNTOF(junk); i++) {
            if (str_starts(s, junk[i])) s = str_slice(s, junk[i].len, s.len);
            if (str_ends(s, junk[i])) s = str_slice(s, 0, s.len - junk[i].len);
        }
    }
    return s;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* dot-atom of RFC 5322: browsers let dots stand anywhere, mail servers do not. */
static bool is_local(str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool dot = c == '.' && i > 0 && i < s.len - 1 && s.ptr[i - 1] != '.';
        if (!dot && !is_alnum(c) && (c == '\0' || strchr("!#$%&'*+/=?^_`{|}~-", c) == NULL))
            return false;
    }
    return s.len > 0;
}

static enum email_err check_domain(str domain)
{
    str label = {0};
    bool dots = false, numeric = true;
    for (str rest = domain; rest.ptr != NULL;) {
        label = str_cut(rest, '.', &rest);
        dots = dots || rest.ptr != NULL;
        if (label.len == 0 || label.len > LABEL_MAX_BYTES) return EMAIL_BAD_DOMAIN;
        if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') return EMAIL_BAD_DOMAIN;
        for (ptrdiff_t i = 0; i < label.len; i++)
            if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-') return EMAIL_BAD_DOMAIN;
    }
    for (ptrdiff_t i = 0; i < label.len; i++)
        if (label.ptr[i] < '0' || label.ptr[i] > '9') numeric = false;
    return dots && !numeric ? EMAIL_OK : EMAIL_NO_TLD;
}

static bool needs_idna(str domain)
{
    for (ptrdiff_t i = 0; i < domain.len; i++)
        if ((unsigned char)domain.ptr[i] >= 0x80) return true;
    return str_find(domain, S("xn--")) >= 0;
}

/* The A-label form in to[DOMAIN_MAX_BYTES + 1]; its length, or -1. */
static ptrdiff_t domain_to_ascii(str domain, char to[static DOMAIN_MAX_BYTES + 1])
{
    char text[DOMAIN_IN_BYTES + 1] = {0};
    uint8_t *ascii = NULL;
    if (domain.len > DOMAIN_IN_BYTES || str_find_char(domain, '\0') >= 0) return -1;
    memcpy(text, domain.ptr, (size_t)domain.len);
    ptrdiff_t len = -1;
    int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    if (idn2_lookup_u8((const uint8_t *)text, &ascii, flags) == IDN2_OK) {
        str got = str_of((const char *)ascii);
        if (got.len <= DOMAIN_MAX_BYTES) {
            len = got.len;
            memcpy(to, got.ptr, (size_t)len);
        }
        idn2_free(ascii);
    }
    return len;
}

enum email_err email_normalise(arena *a, str in, str *address)
{
    char ascii[DOMAIN_MAX_BYTES + 1];
    str s = trim(in);
    if (s.len == 0) return EMAIL_EMPTY;
    str domain, local = str_cut(s, '@', &domain);
    if (domain.ptr == NULL || str_find_char(domain, '@') >= 0) return EMAIL_NO_AT;
    if (!utf8_valid(local)) return EMAIL_BAD_LOCAL;
    if (!utf8_valid(domain)) return EMAIL_BAD_DOMAIN;
    if (local.len > LOCAL_MAX_BYTES) return EMAIL_TOO_LONG;
    if (!is_local(local)) return EMAIL_BAD_LOCAL;
    if (domain.len == 0) return EMAIL_BAD_DOMAIN;
    domain = str_lower_ascii(a, domain);
    if (needs_idna(domain)) {
        ptrdiff_t len = domain_to_ascii(domain, ascii);
        if (len < 0) return EMAIL_BAD_DOMAIN;
        domain = (str){ascii, len};
    }
    if (domain.len > DOMAIN_MAX_BYTES || local.len + 1 + domain.len > LIMIT_EMAIL_BYTES)
        return EMAIL_TOO_LONG;
    enum email_err err = check_domain(domain);
    if (err != EMAIL_OK) return err;
    str whole = str_printf(a, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain));
    *address = str_lower_ascii(a, whole);
    return EMAIL_OK;
}

str email_domain(str address)
{
    str domain;
    str_cut(address, '@', &domain);
    return domain;
}

str email_mask(arena *a, str address)
{
    str domain, local = str_cut(address, '@', &domain);
    ptrdiff_t shown = local.len / 2 < 3 ? local.len / 2 : 3;
    str begin = utf8_cut(local, shown);
    return str_printf(a, "%.*s•••••%s%.*s", STR_ARG(begin), domain.ptr == NULL ? "" : "@",
                      STR_ARG(domain));
}
