/* base/str.h -- counted text; borrowed, never owned, never NUL-terminated by promise.
 *
 * A str with ptr == NULL is "absent" (SQL NULL, a missing parameter); S("") is empty text.
 * Functions that need new memory take the arena first and return text that lives as long.
 */
#pragma once

#include "base/arena.h"
#include "base/base.h"

typedef struct {
    const char *ptr;
    ptrdiff_t   len; /* bytes, >= 0 */
} str;

#define S(literal) ((str){("" literal), COUNTOF(literal) - 1})
/* The same where a constant initialiser is needed. */
#define S_INIT(literal) {("" literal), COUNTOF(literal) - 1}
/* For printf's "%.*s": log and test messages only. */
#define STR_ARG(s) (int)(s).len, (s).ptr == NULL ? "" : (s).ptr

/* Takes some bytes of something long, borrowed for the call; false: nobody takes any more. */
typedef bool bytes_out(void *to, str bytes);

/* Borrow a NUL-terminated text; NULL becomes the absent str. */
str str_of(const char *cstr);
/* True if both hold the same bytes (absent equals empty). */
bool str_eq(str a, str b);
/* Equal but for the case of A-Z. */
bool str_eq_nocase(str a, str b);
/* Byte order: < 0, 0, > 0. */
int str_cmp(str a, str b);
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
/* Index of the first `needle` in `s`, or -1. */
ptrdiff_t str_find(str s, str needle);
/* Index of the first byte `c` in `s`, or -1. */
ptrdiff_t str_find_char(str s, char c);
/* s[from..to), both clamped to the text. */
str str_slice(str s, ptrdiff_t from, ptrdiff_t to);
/* Without ASCII white space at both ends. */
str str_trim(str s);
/* The part before the first `sep`; *rest gets what follows it, or the absent str if there was
 * none. Loop: while (rest.ptr != NULL) part = str_cut(rest, ',', &rest). */
str str_cut(str s, char sep, str *rest);
/* A decimal integer and nothing else, in int64 range. */
MUST_USE bool str_to_i64(str s, int64_t *out);

/* A copy of the bytes. */
str str_dup(arena *a, str s);
/* A NUL-terminated copy, for the edge to a library. Bytes after a NUL are not seen there. */
char *str_cstr(arena *a, str s);
/* A-Z to a-z; other bytes as they are. */
str str_lower_ascii(arena *a, str s);
/* Every `from` replaced by `to`. */
str str_replace(arena *a, str s, str from, str to);
/* As printf. */
str str_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
