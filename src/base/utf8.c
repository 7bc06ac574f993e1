#include "base/utf8.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum { REPLACEMENT = 0xfffd };

static const uint8_t *bytes_of(str s)
{
    return (const uint8_t *)s.ptr;
}

bool utf8_valid(str s)
{
    if (s.len == 0) return true;
    return memchr(s.ptr, 0, (size_t)s.len) == NULL && u8_check(bytes_of(s), (size_t)s.len) == NULL;
}

ptrdiff_t utf8_decode(str s, ptrdiff_t at, uint32_t *character)
{
    assert(at >= 0 && at < s.len);
    ucs4_t c = 0;
    int len = u8_mbtoucr(&c, bytes_of(s) + at, (size_t)(s.len - at));
    *character = len > 0 ? c : REPLACEMENT;
    return len > 0 ? len : 1;
}

ptrdiff_t utf8_length(str s)
{
    ptrdiff_t count = 0;
    uint32_t c;
    for (ptrdiff_t i = 0; i < s.len; count++) i += utf8_decode(s, i, &c);
    return count;
}

str utf8_cut(str s, ptrdiff_t max_bytes)
{
    if (max_bytes < 0) max_bytes = 0;
    if (s.len <= max_bytes) return s;
    ptrdiff_t to = max_bytes;
    /* At most three continuation bytes belong to the character that is cut. */
    for (int back = 0; back < 3 && to > 0 && ((unsigned char)s.ptr[to] & 0xc0) == 0x80; back++)
        to--;
    if (((unsigned char)s.ptr[to] & 0xc0) == 0x80) to = max_bytes; /* not UTF-8 at all */
    return str_slice(s, 0, to);
}

static bool is_ascii(str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80) return false;
    return true;
}

/* Move what libunistring allocated into the arena. Its memory must not be left behind when the
 * arena has no room and jumps. */
static str adopt(arena *a, uint8_t *from, size_t len)
{
    if (a->end - a->beg < (ptrdiff_t)len) {
        free(from);
        from = NULL;
    }
    char *to = NEW(a, char, (ptrdiff_t)len + 1);
    if (from != NULL) memcpy(to, from, len);
    free(from);
    return (str){to, (ptrdiff_t)len};
}

static str compose(arena *a, str s)
{
    if (is_ascii(s)) return s;
    size_t len = 0;
    uint8_t *out = u8_normalize(UNINORM_NFC, bytes_of(s), (size_t)s.len, NULL, &len);
    return out == NULL ? s : adopt(a, out, len);
}

/* Characters that are not seen but change how the others are read or compared. The joiners
 * U+200C/D stay: Persian words and many emoji need them. */
static bool is_invisible(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x0000, 0x0008},   {0x000e, 0x001f}, {0x007f, 0x0084},
        {0x0086, 0x009f},   {0x00ad, 0x00ad}, {0x061c, 0x061c}, /* soft hyphen, Arabic mark */
        {0x180e, 0x180e},   {0x200b, 0x200b}, {0x200e, 0x200f}, /* zero width, bidi marks */
        {0x202a, 0x202e},   {0x2060, 0x206f},                   /* bidi embeddings, isolates */
        {0xfeff, 0xfeff},   {0xfff9, 0xfffb},                   /* BOM, annotations */
        {0xe0000, 0xe007f},                                     /* tags */
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ranges); i++)
        if (c >= ranges[i].from && c <= ranges[i].to) return true;
    return false;
}

/* Write the character that stands at `from`, `len` bytes long; an invalid byte as U+FFFD, lest
 * two halves meet and make a character when what stood between them is dropped. */
static ptrdiff_t put_character(char *to, const char *from, ptrdiff_t len, uint32_t c)
{
    if (c == REPLACEMENT) {
        memcpy(to, "\xef\xbf\xbd", 3);
        return 3;
    }
    memcpy(to, from, (size_t)len);
    return len;
}

str utf8_clean_line(arena *a, str s)
{
    char *out = NEW(a, char, 3 * s.len + 1);
    ptrdiff_t len = 0;
    bool gap = false;
    uint32_t c;
    for (ptrdiff_t i = 0, n; i < s.len; i += n) {
        n = utf8_decode(s, i, &c);
        if (uc_is_property_white_space(c)) {
            gap = len > 0;
        } else if (!is_invisible(c)) {
            if (gap) out[len++] = ' ';
            gap = false;
            len += put_character(out + len, s.ptr + i, n, c);
        }
    }
    return compose(a, (str){out, len});
}

str utf8_clean_text(arena *a, str s)
{
    char *out = NEW(a, char, 3 * s.len + 1);
    ptrdiff_t len = 0;
    uint32_t c, before = 0;
    for (ptrdiff_t i = 0, n; i < s.len; i += n, before = c) {
        n = utf8_decode(s, i, &c);
        if (c == '\n' && before == '\r') continue;
        if (c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029) {
            out[len++] = '\n';
        } else if (c == '\t' || c == '\v' || c == '\f') {
            out[len++] = ' ';
        } else if (!is_invisible(c)) {
            len += put_character(out + len, s.ptr + i, n, c);
        }
    }
    return compose(a, str_trim((str){out, len}));
}

static str casefold(arena *a, str s, uninorm_t form)
{
    if (s.len == 0) return S("");
    if (is_ascii(s)) return str_lower_ascii(a, s);
    size_t len = 0;
    uint8_t *out = u8_casefold(bytes_of(s), (size_t)s.len, NULL, form, NULL, &len);
    return out == NULL ? str_lower_ascii(a, s) : adopt(a, out, len);
}

str utf8_fold(arena *a, str s)
{
    return casefold(a, s, UNINORM_NFKC);
}

/* Letters that Unicode does not take apart, as a German reader looks them up. */
static str base_letters(uint32_t c)
{
    switch (c) {
    case 0x00e6:
        return S("ae"); /* æ */
    case 0x00f0:
        return S("d"); /* ð */
    case 0x00f8:
        return S("o"); /* ø */
    case 0x00fe:
        return S("th"); /* þ */
    case 0x0111:
        return S("d"); /* đ */
    case 0x0127:
        return S("h"); /* ħ */
    case 0x0131:
        return S("i"); /* ı */
    case 0x0142:
        return S("l"); /* ł */
    case 0x0153:
        return S("oe"); /* œ */
    default:
        return (str){0};
    }
}

str sort_key(arena *a, str s)
{
    str folded = casefold(a, s, UNINORM_NFKD);
    if (is_ascii(folded)) return folded;
    struct buf key = buf_new(a, 2 * folded.len + 1);
    uint32_t c;
    for (ptrdiff_t i = 0, n; i < folded.len; i += n) {
        n = utf8_decode(folded, i, &c);
        if (uc_is_general_category(c, UC_CATEGORY_Mn)) continue;
        str base = base_letters(c);
        buf_put(&key, base.ptr != NULL ? base : str_slice(folded, i, i + n));
    }
    return buf_str(&key);
}

str spelt_key(arena *a, str s)
{
    static const struct {
        str umlaut, letters;
    } pairs[] = {
        {S_INIT("ä"), S_INIT("ae")}, {S_INIT("ö"), S_INIT("oe")}, {S_INIT("ü"), S_INIT("ue")}};
    str w = utf8_fold(a, s);
    for (ptrdiff_t i = 0; i < COUNTOF(pairs); i++)
        w = str_replace(a, w, pairs[i].umlaut, pairs[i].letters);
    return sort_key(a, w);
}
