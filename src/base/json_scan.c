#include "base/json_scan.h"

enum { MAX_SCALE = 18, MAX_EXPONENT = 1000 };

/* The index after the string that begins (with its quote) at `i`. */
static ptrdiff_t after_string(str s, ptrdiff_t i)
{
    for (i++; i < s.len && s.ptr[i] != '"'; i++)
        if (s.ptr[i] == '\\') i++;
    return i < s.len ? i + 1 : s.len;
}

const char *json_scan_check(str s, int max_depth, int max_items)
{
    int depth = 0, items = 0;
    for (ptrdiff_t i = 0; i < s.len;) {
        char c = s.ptr[i];
        if (c == '"') {
            i = after_string(s, i);
            continue;
        }
        if (c == '[' || c == '{') depth++;
        if (c == ']' || c == '}') depth--;
        if (c == ',' || c == '[' || c == '{') items++;
        if (depth > max_depth) return "nested too deeply";
        if (items > max_items) return "too many values";
        i++;
    }
    return NULL;
}

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

str json_scan_number(struct json_scan *scan)
{
    str s = scan->rest;
    ptrdiff_t i = 0;
    while (i < s.len) {
        char c = s.ptr[i];
        if (c == '"') {
            i = after_string(s, i);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            ptrdiff_t from = i;
            while (i < s.len && in_number(s.ptr[i])) i++;
            scan->rest = str_slice(s, i, s.len);
            return str_slice(s, from, i);
        } else {
            i++;
        }
    }
    scan->rest = (str){0};
    return (str){0};
}

/* The digits without the point, and how many of them follow it. */
static bool read_digits(str s, int64_t *unscaled, int64_t *scale)
{
    bool minus = str_starts(s, S("-")), point = false;
    int64_t v = 0; /* counted downwards: the least number has no positive twin */
    *scale = 0;
    for (ptrdiff_t i = minus ? 1 : 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') return false;
        if (__builtin_mul_overflow(v, 10, &v)) return false;
        if (__builtin_sub_overflow(v, c - '0', &v)) return false;
        if (point) ++*scale;
    }
    if (!minus && v == INT64_MIN) return false;
    *unscaled = minus ? v : -v;
    return true;
}

/* Zeros at the end of decimals count for as long as there is room: 12.50 stays 12.50, but 0.5 with
 * thirty zeros is 0.5. */
static bool read_mantissa(str s, int64_t *unscaled, int64_t *scale)
{
    ptrdiff_t point = str_find_char(s, '.'), len = s.len;
    if (point < 0) return read_digits(s, unscaled, scale);
    while (len - point - 1 > MAX_SCALE && s.ptr[len - 1] == '0') len--;
    while (!read_digits(str_slice(s, 0, len), unscaled, scale)) {
        if (len - point - 1 > MAX_SCALE || s.ptr[len - 1] != '0') return false;
        len--;
    }
    return true;
}

bool json_decimal(str token, struct value *out)
{
    int64_t unscaled, scale, exponent = 0;
    ptrdiff_t e = 0;
    while (e < token.len && token.ptr[e] != 'e' && token.ptr[e] != 'E') e++;
    if (!read_mantissa(str_slice(token, 0, e), &unscaled, &scale)) return false;
    if (e < token.len) {
        str digits = str_slice(token, e + 1, token.len);
        if (str_starts(digits, S("+"))) digits = str_slice(digits, 1, digits.len);
        if (!str_to_i64(digits, &exponent)) return false;
        if (exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT) return false;
    }
    scale -= exponent;
    if (unscaled == 0) scale = scale < 0 ? 0 : scale > MAX_SCALE ? MAX_SCALE : scale;
    for (; scale > MAX_SCALE && unscaled % 10 == 0; scale--) unscaled /= 10;
    for (; scale < 0; scale++)
        if (__builtin_mul_overflow(unscaled, 10, &unscaled)) return false;
    if (scale > MAX_SCALE) return false;
    *out = scale == 0 ? value_int(unscaled) : value_decimal(unscaled, (int)scale);
    return true;
}
