#include "base/url.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <arpa/inet.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool percent_decode(arena *a, str in, bool plus_is_space, str *out)
{
    str decoded = in;
    if (str_find_char(in, '%') >= 0 || (plus_is_space && str_find_char(in, '+') >= 0)) {
        char *to = NEW(a, char, in.len);
        ptrdiff_t len = 0;
        for (ptrdiff_t i = 0; i < in.len; i++) {
            char c = in.ptr[i];
            if (c == '%') {
                if (i + 2 >= in.len) return false;
                int high = hex_value(in.ptr[i + 1]), low = hex_value(in.ptr[i + 2]);
                if (high < 0 || low < 0) return false;
                c = (char)(high << 4 | low);
                i += 2;
            } else if (c == '+' && plus_is_space) {
                c = ' ';
            }
            to[len++] = c;
        }
        decoded = (str){to, len};
    }
    if (!utf8_valid(decoded)) return false;
    *out = decoded;
    return true;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

str percent_encode(arena *a, str s)
{
    static const char digit[] = "0123456789ABCDEF";
    char *to = NEW(a, char, 3 * s.len + 1);
    ptrdiff_t len = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            to[len++] = c;
            continue;
        }
        to[len++] = '%';
        to[len++] = digit[(unsigned char)c >> 4];
        to[len++] = digit[(unsigned char)c & 15];
    }
    return (str){to, len};
}

void form_add(struct value map, str name, struct value v)
{
    struct value there = value_get(map, name);
    if (there.type == VALUE_LIST) {
        value_push(there, v);
    } else if (there.type == VALUE_NULL) {
        value_set_str(map, name, v);
    } else {
        struct value list = value_list(map.as.map->a);
        value_push(list, there);
        value_push(list, v);
        value_set_str(map, name, list);
    }
}

struct value urlencoded_parse(arena *a, str body, bool *ok)
{
    struct value map = value_map(a);
    int count = 0;
    *ok = false;
    for (str rest = body; rest.ptr != NULL;) {
        str value, name = str_cut(str_cut(rest, '&', &rest), '=', &value);
        if (name.len == 0 && value.len == 0) continue;
        if (value.ptr == NULL) value = S("");
        if (++count > LIMIT_FORM_FIELDS) return value_map(a);
        if (!percent_decode(a, name, true, &name) || !percent_decode(a, value, true, &value))
            return value_map(a);
        form_add(map, name, value_text(value));
    }
    *ok = true;
    return map;
}

static bool is_number(str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return s.len > 0;
}

static bool is_ip(int family, str s)
{
    char text[INET6_ADDRSTRLEN] = {0};
    unsigned char address[sizeof(struct in6_addr)];
    if (s.len == 0 || s.len >= (ptrdiff_t)sizeof text) return false;
    memcpy(text, s.ptr, (size_t)s.len);
    return inet_pton(family, text, address) == 1;
}

/* RFC 1123 names (and "_", which some hosts in use have); one dot at the end is allowed. A last
 * label of digits, or "0x…", would be read as an address by browsers: then it must be one. */
static bool is_host(str host)
{
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        return is_ip(AF_INET6, str_slice(host, 1, host.len - 1));
    if (str_ends(host, S("."))) host = str_slice(host, 0, host.len - 1);
    if (host.len == 0 || host.len > 253) return false;
    str label = {0};
    for (str rest = host; rest.ptr != NULL;) {
        label = str_cut(rest, '.', &rest);
        if (label.len == 0 || label.len > 63) return false;
        for (ptrdiff_t i = 0; i < label.len; i++)
            if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-' && label.ptr[i] != '_') return false;
        if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') return false;
    }
    bool like_number = is_number(label) || str_starts(label, S("0x")) || str_starts(label, S("0X"));
    return !like_number || is_ip(AF_INET, host);
}

static bool has_forbidden_byte(str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == 0x7f || strchr("\\\"<>", c) != NULL) return true;
    }
    return false;
}

/* "host", "host:80" or "[::1]:80". */
static bool read_authority(str s, struct url *out)
{
    ptrdiff_t bracket = str_find_char(s, ']');
    ptrdiff_t from = bracket < 0 ? 0 : bracket;
    ptrdiff_t colon = str_find_char(str_slice(s, from, s.len), ':');
    out->host = s;
    if (colon >= 0) {
        str digits = str_slice(s, from + colon + 1, s.len);
        int64_t port = 0;
        out->host = str_slice(s, 0, from + colon);
        if (!is_number(digits) || digits.len > 5 || !str_to_i64(digits, &port)) return false;
        if (port < 1 || port > 65535) return false;
        out->port = (int)port;
    }
    return is_host(out->host);
}

bool url_parse(str text, struct url *out)
{
    struct url u = {0};
    if (text.len > LIMIT_HTTP_TARGET_BYTES || has_forbidden_byte(text) || !utf8_valid(text))
        return false;
    ptrdiff_t colon = str_find(text, S("://"));
    if (colon < 0) return false;
    u.scheme = str_slice(text, 0, colon);
    if (str_eq_nocase(u.scheme, S("https"))) {
        u.port = 443;
    } else if (str_eq_nocase(u.scheme, S("http"))) {
        u.port = 80;
    } else {
        return false;
    }
    str rest = str_cut(str_slice(text, colon + 3, text.len), '#', &u.fragment);
    rest = str_cut(rest, '?', &u.query);
    ptrdiff_t slash = str_find_char(rest, '/');
    if (slash < 0) slash = rest.len;
    u.path = str_slice(rest, slash, rest.len);
    if (!read_authority(str_slice(rest, 0, slash), &u)) return false;
    *out = u;
    return true;
}

str url_typed(arena *a, str text)
{
    struct url u;
    if (text.len > LIMIT_HTTP_TARGET_BYTES || str_find(text, S("://")) >= 0) return text;
    str whole = str_printf(a, "https://%.*s", STR_ARG(text));
    return url_parse(whole, &u) && str_find_char(u.host, '.') > 0 ? whole : text;
}

str url_with_host(arena *a, str base_url, str host)
{
    struct url u;
    if (host.len == 0 || !url_parse(base_url, &u)) return base_url;
    str after = str_slice(base_url, u.scheme.len + 3 + u.host.len, base_url.len);
    return str_printf(a, "%.*s://%.*s%.*s", STR_ARG(u.scheme), STR_ARG(host), STR_ARG(after));
}

static bool ipv4_is_local(str host)
{
    int64_t part[4];
    str rest = host;
    for (int i = 0; i < 4; i++) {
        if (rest.ptr == NULL || !str_to_i64(str_cut(rest, '.', &rest), &part[i])) return false;
    }
    if (rest.ptr != NULL) return false;
    return part[0] == 0 || part[0] == 10 || part[0] == 127 || (part[0] == 192 && part[1] == 168) ||
           (part[0] == 172 && part[1] >= 16 && part[1] <= 31) || (part[0] == 169 && part[1] == 254);
}

static bool ipv6_is_local(arena *a, str host)
{
    static const char *const heads[] = {"[fc", "[fd", "[fe8", "[fe9", "[fea", "[feb"};
    str low = str_lower_ascii(a, host);
    if (str_eq(low, S("[::1]")) || str_eq(low, S("[::]"))) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++)
        if (str_starts(low, str_of(heads[i]))) return true;
    return false;
}

bool url_is_local(str url)
{
    static const char *const ends[] = {"localhost", ".local", ".internal", ".home.arpa", ".lan"};
    char memory[512];
    arena a = {memory, memory + sizeof memory, NULL};
    struct url u;
    if (!url_parse(url, &u) || u.host.len == 0 || u.host.len > 255) return true;
    if (u.host.ptr[0] == '[') return ipv6_is_local(&a, u.host);
    str host = str_lower_ascii(&a, u.host);
    for (ptrdiff_t i = 0; i < COUNTOF(ends); i++)
        if (str_ends(host, str_of(ends[i]))) return true;
    return str_find_char(host, '.') < 0 || ipv4_is_local(host);
}
