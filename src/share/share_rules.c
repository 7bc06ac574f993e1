#include "share/share_rules.h"

#include "base/buf.h"
#include "base/email.h"
#include "base/url.h"
#include "base/utf8.h"

enum { LIST_BYTES = ORIGINS_MAX * (ORIGIN_MAX_BYTES + 1) };

static bool is_this_machine(str host)
{
    return str_eq_nocase(host, S("localhost")) || str_eq(host, S("127.0.0.1")) ||
           str_eq(host, S("[::1]"));
}

/* A host name in A-labels: the rules of mail domains are those of websites. */
static bool host_normalise(arena *a, str host, str *out)
{
    str address;
    *out = host;
    if (is_this_machine(host)) return true;
    if (email_normalise(a, str_printf(a, "x@%.*s", STR_ARG(host)), &address) != EMAIL_OK)
        return false;
    *out = email_domain(address);
    return true;
}

/* Without what does not count: "https://", path, query; the port apart. */
static bool take_apart(str in, bool *http, str *host, int64_t *port)
{
    ptrdiff_t scheme = str_find(in, S("://"));
    str name = scheme < 0 ? S("https") : str_slice(in, 0, scheme), rest;
    if (scheme >= 0) in = str_slice(in, scheme + 3, in.len);
    *http = str_eq_nocase(name, S("http"));
    if (!*http && !str_eq_nocase(name, S("https"))) return false;
    in = str_cut(in, '/', &rest);
    in = str_cut(in, '?', &rest);
    in = str_cut(in, '#', &rest);
    ptrdiff_t bracket = str_find_char(in, ']');
    str behind = str_slice(in, bracket < 0 ? 0 : bracket + 1, in.len);
    ptrdiff_t colon = str_find_char(behind, ':');
    *port = *http ? 80 : 443;
    *host = colon < 0 ? in : str_slice(in, 0, in.len - behind.len + colon);
    if (colon < 0) return in.len > 0;
    return str_to_i64(str_slice(behind, colon + 1, behind.len), port) && *port > 0 &&
           *port <= 65535;
}

enum origin_err origin_normalise(arena *a, str in, str *out)
{
    bool http;
    int64_t port;
    str host;
    in = str_trim(in);
    if (str_find_char(in, '*') >= 0) return ORIGIN_WILDCARD;
    if (in.len > ORIGIN_MAX_BYTES || !take_apart(in, &http, &host, &port) ||
        !host_normalise(a, str_lower_ascii(a, host), &host))
        return ORIGIN_BAD;
    if (http && !is_this_machine(host)) return ORIGIN_HTTP;
    str scheme = http ? S("http") : S("https");
    *out = port == (http ? 80 : 443)
               ? str_printf(a, "%.*s://%.*s", STR_ARG(scheme), STR_ARG(host))
               : str_printf(a, "%.*s://%.*s:%lld", STR_ARG(scheme), STR_ARG(host), (long long)port);
    struct url u; /* as strict about hosts as everywhere else */
    return out->len <= ORIGIN_MAX_BYTES && url_parse(*out, &u) ? ORIGIN_OK : ORIGIN_BAD;
}

bool origins_have(str origins, str origin)
{
    if (origin.len == 0) return false;
    for (str rest = origins; rest.ptr != NULL;)
        if (str_eq(str_cut(rest, ' ', &rest), origin)) return true;
    return false;
}

/* Blanks between entries, whatever stood there; a list's entries are taken one by one. */
static str flat(arena *a, struct value in)
{
    if (in.type != VALUE_LIST) {
        str s = value_str(in);
        char *to = s.len > 0 ? str_cstr(a, s) : NULL;
        for (ptrdiff_t i = 0; i < s.len; i++)
            if (str_find_char(S("\r\n\t,;"), to[i]) >= 0) to[i] = ' ';
        return (str){to, s.len};
    }
    struct buf b = buf_new(a, LIST_BYTES * 2);
    for (ptrdiff_t i = 0; i < value_count(in); i++) {
        buf_put(&b, value_str(in.as.list->item[i]));
        buf_char(&b, ' ');
    }
    return buf_str(&b);
}

bool origins_read(arena *a, struct value in, str *out, enum origin_err *err, str *wrong)
{
    struct buf b = buf_new(a, LIST_BYTES);
    int count = 0;
    *err = ORIGIN_OK;
    for (str rest = flat(a, in); rest.ptr != NULL;) {
        str one = str_cut(rest, ' ', &rest), origin;
        if (one.len == 0) continue;
        *wrong = utf8_cut(one, ORIGIN_MAX_BYTES);
        *err = origin_normalise(a, one, &origin);
        if (*err != ORIGIN_OK) return false;
        if (origins_have(buf_str(&b), origin)) continue;
        if (++count > ORIGINS_MAX) return false;
        if (b.len > 0) buf_char(&b, ' ');
        buf_put(&b, origin);
    }
    *out = b.len > 0 ? buf_str(&b) : S("");
    return true;
}

str url_origin(arena *a, str url)
{
    struct url u;
    if (url.ptr == NULL || !url_parse(url, &u)) return (str){0};
    str scheme = str_lower_ascii(a, u.scheme), host = str_lower_ascii(a, u.host);
    bool usual = u.port == (str_eq(scheme, S("http")) ? 80 : 443);
    return usual ? str_printf(a, "%.*s://%.*s", STR_ARG(scheme), STR_ARG(host))
                 : str_printf(a, "%.*s://%.*s:%d", STR_ARG(scheme), STR_ARG(host), u.port);
}

struct value origins_value(arena *a, str origins)
{
    struct value list = value_list(a);
    for (str rest = origins; rest.len > 0;) value_push(list, value_text(str_cut(rest, ' ', &rest)));
    return list;
}

str share_link(arena *a, str url, struct value campaign)
{
    static const char *const names[] = {"source", "medium", "campaign", "term", "content"};
    str link = url;
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++) {
        str text = value_str(value_get(campaign, str_of(names[i])));
        if (text.ptr == NULL) continue;
        text = utf8_cut(str_trim(utf8_clean_line(a, text)), CAMPAIGN_MAX_BYTES);
        if (text.len == 0) continue;
        link = str_printf(a, "%.*s%cutm_%s=%.*s", STR_ARG(link),
                          str_find_char(link, '?') < 0 ? '?' : '&', names[i],
                          STR_ARG(percent_encode(a, text)));
    }
    return link;
}

str share_readable(str url)
{
    str query;
    ptrdiff_t scheme = str_find(url, S("://"));
    if (scheme >= 0) url = str_slice(url, scheme + 3, url.len);
    return str_cut(url, '?', &query);
}
