#include "base/str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

str str_of(const char *cstr)
{
    if (cstr == NULL) return (str){0};
    return (str){cstr, (ptrdiff_t)strlen(cstr)};
}

bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

bool str_eq_nocase(str a, str b)
{
    if (a.len != b.len) return false;
    for (ptrdiff_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

int str_cmp(str a, str b)
{
    ptrdiff_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.ptr, b.ptr, (size_t)common);
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

ptrdiff_t str_find(str s, str needle)
{
    if (needle.len == 0) return 0;
    if (s.len < needle.len) return -1;
    const char *at = memmem(s.ptr, (size_t)s.len, needle.ptr, (size_t)needle.len);
    return at == NULL ? -1 : at - s.ptr;
}

ptrdiff_t str_find_char(str s, char c)
{
    if (s.len == 0) return -1;
    const char *at = memchr(s.ptr, (unsigned char)c, (size_t)s.len);
    return at == NULL ? -1 : at - s.ptr;
}

str str_slice(str s, ptrdiff_t from, ptrdiff_t to)
{
    if (from < 0) from = 0;
    if (from > s.len) from = s.len;
    if (to > s.len) to = s.len;
    if (to < from) to = from;
    if (s.ptr == NULL) return s; /* arithmetic on NULL is undefined, even by zero */
    return (str){s.ptr + from, to - from};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    ptrdiff_t from = 0, to = s.len;
    while (from < to && is_space(s.ptr[from])) from++;
    while (to > from && is_space(s.ptr[to - 1])) to--;
    return str_slice(s, from, to);
}

str str_cut(str s, char sep, str *rest)
{
    ptrdiff_t at = str_find_char(s, sep);
    if (at < 0) {
        *rest = (str){0};
        return s;
    }
    *rest = str_slice(s, at + 1, s.len);
    return str_slice(s, 0, at);
}

bool str_to_i64(str s, int64_t *out)
{
    bool minus = s.len > 0 && s.ptr[0] == '-';
    ptrdiff_t i = minus ? 1 : 0;
    if (i == s.len) return false;
    int64_t v = 0; /* counted downwards: the least number has no positive twin */
    for (; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        if (__builtin_mul_overflow(v, 10, &v)) return false;
        if (__builtin_sub_overflow(v, s.ptr[i] - '0', &v)) return false;
    }
    if (!minus && v == INT64_MIN) return false;
    *out = minus ? v : -v;
    return true;
}

str str_dup(arena *a, str s)
{
    if (s.len == 0) return s.ptr == NULL ? s : S("");
    char *p = NEW(a, char, s.len);
    memcpy(p, s.ptr, (size_t)s.len);
    return (str){p, s.len};
}

char *str_cstr(arena *a, str s)
{
    char *p = NEW(a, char, s.len + 1);
    if (s.len > 0) memcpy(p, s.ptr, (size_t)s.len);
    return p;
}

str str_lower_ascii(arena *a, str s)
{
    if (s.len == 0) return s;
    char *p = NEW(a, char, s.len);
    for (ptrdiff_t i = 0; i < s.len; i++) p[i] = lower(s.ptr[i]);
    return (str){p, s.len};
}

str str_replace(arena *a, str s, str from, str to)
{
    ptrdiff_t hits = 0;
    if (from.len == 0) return s;
    for (str rest = s; rest.len > 0; hits++) {
        ptrdiff_t at = str_find(rest, from);
        if (at < 0) break;
        rest = str_slice(rest, at + from.len, rest.len);
    }
    if (hits == 0) return s;

    ptrdiff_t len = s.len + hits * (to.len - from.len);
    char *p = NEW(a, char, len), *q = p;
    for (str rest = s;;) {
        ptrdiff_t at = str_find(rest, from), keep = at < 0 ? rest.len : at;
        if (keep > 0) memcpy(q, rest.ptr, (size_t)keep);
        q += keep;
        if (at < 0) break;
        if (to.len > 0) memcpy(q, to.ptr, (size_t)to.len);
        q += to.len;
        rest = str_slice(rest, at + from.len, rest.len);
    }
    assert(q - p == len);
    return (str){p, len};
}

str str_printf(arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0 && len < INT_MAX);
    char *p = NEW(a, char, (ptrdiff_t)len + 1);
    vsnprintf(p, (size_t)len + 1, format, again);
    va_end(again);
    return (str){p, len};
}
