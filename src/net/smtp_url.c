#include "net/smtp_client.h"

#include "base/url.h"

#include <string.h>

/* Undo percent-encoding into fresh memory; false for a broken escape or a control character. */
static bool decode(arena *a, str in, str *out)
{
    if (!percent_decode(a, in, false, out)) return false;
    *out = str_dup(a, *out);
    for (ptrdiff_t i = 0; i < out->len; i++)
        if ((unsigned char)out->ptr[i] < ' ' || out->ptr[i] == 0x7F) return false;
    return true;
}

static bool take_login(arena *a, str login, struct smtp_relay *out, const char **why)
{
    str password, user = str_cut(login, ':', &password);
    *why = "The user name or password has a broken percent escape or a control character.";
    if (!decode(a, user, &out->user)) return false;
    if (password.ptr != NULL && !decode(a, password, &out->password)) return false;
    *why = "The user name is empty.";
    if (out->user.len == 0) return false;
    *why = "The user name and password may have 512 bytes each.";
    return out->user.len <= SMTP_CREDENTIAL_BYTES && out->password.len <= SMTP_CREDENTIAL_BYTES;
}

static bool host_ok(str host, bool bracketed)
{
    if (host.len == 0 || host.len > SMTP_HOST_BYTES) return false;
    for (ptrdiff_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool other = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        if (bracketed ? !digit && c != ':' && c != '.' : !digit && !other && c != '.') return false;
    }
    return true;
}

static bool take_host(arena *a, str place, struct smtp_relay *out, const char **why)
{
    str host, port = {NULL, 0};
    bool bracketed = str_starts(place, S("["));
    *why = "The host name is missing or not valid (domains with umlauts: use the xn-- form).";
    if (bracketed) {
        ptrdiff_t end = str_find_char(place, ']');
        if (end < 0) return false;
        host = str_slice(place, 1, end);
        str after = str_slice(place, end + 1, place.len);
        if (after.len > 0 && after.ptr[0] != ':') return false;
        if (after.len > 0) port = str_slice(after, 1, after.len);
    } else {
        host = str_cut(place, ':', &port);
    }
    if (!host_ok(host, bracketed)) return false;
    out->host = str_dup(a, host);
    if (port.ptr == NULL) return true;
    int64_t n = 0;
    *why = "The port must be between 1 and 65535.";
    if (!str_to_i64(port, &n) || n < 1 || n > 65535) return false;
    out->port = (int)n;
    return true;
}

static bool is_loopback(str host)
{
    if (str_eq_nocase(host, S("localhost")) || str_eq(host, S("::1"))) return true;
    if (!str_starts(host, S("127."))) return false;
    for (ptrdiff_t i = 0; i < host.len; i++) /* 127.evil.example is a name */
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9')) return false;
    return true;
}

/* tls=, ca=, name=; *tls gets the value of the first. */
static bool take_query(arena *a, str query, struct smtp_relay *out, str *tls, const char **why)
{
    while (query.ptr != NULL) {
        str value, part = str_cut(query, '&', &query), decoded;
        str key = str_cut(part, '=', &value);
        *why = "A value after \"?\" is missing or has a broken percent escape.";
        if (value.len == 0 || !decode(a, value, &decoded)) return false;
        *why = "After \"?\" only tls=none, tls=starttls, ca=FILE and name=HOST are known.";
        if (str_eq(key, S("tls")))
            *tls = decoded;
        else if (str_eq(key, S("ca")))
            out->ca_file = decoded;
        else if (str_eq(key, S("name")))
            out->ehlo_name = decoded;
        else
            return false;
    }
    *why = "tls must be none or starttls, and not with smtps.";
    if (tls->ptr == NULL) return true;
    return out->tls != SMTP_TLS_IMPLICIT &&
           (str_eq(*tls, S("none")) || str_eq(*tls, S("starttls")));
}

/* What stands between "://" and "?". */
static bool take_authority(arena *a, str authority, struct smtp_relay *out, const char **why)
{
    if (str_ends(authority, S("/"))) authority.len--;
    *why = "Only \"?\" may follow host and port; in a password write / ? # as %2F %3F %23.";
    if (str_find_char(authority, '/') >= 0 || str_find_char(authority, '#') >= 0) return false;
    /* the last "@": a host cannot hold one, and people do not escape that of their user name */
    ptrdiff_t at = authority.len;
    while (at > 0 && authority.ptr[at - 1] != '@') at--;
    if (at > 0 && !take_login(a, str_slice(authority, 0, at - 1), out, why)) return false;
    return take_host(a, str_slice(authority, at, authority.len), out, why);
}

bool smtp_url_parse(arena *a, str url, struct smtp_relay *out, const char **why)
{
    memset(out, 0, sizeof *out);
    bool implicit = str_starts(url, S("smtps://"));
    *why = "A mail address of a relay begins with smtp:// or smtps://.";
    if (!implicit && !str_starts(url, S("smtp://"))) return false;
    out->tls = implicit ? SMTP_TLS_IMPLICIT : SMTP_TLS_STARTTLS;

    str query, tls = {NULL, 0};
    str authority = str_cut(str_slice(url, implicit ? 8 : 7, url.len), '?', &query);
    if (!take_authority(a, authority, out, why)) return false;
    if (!take_query(a, query, out, &tls, why)) return false;

    bool here = is_loopback(out->host);
    if (!implicit && (tls.ptr == NULL ? here : str_eq(tls, S("none")))) out->tls = SMTP_TLS_NONE;
    if (out->port == 0) out->port = implicit ? 465 : here ? 25 : 587;
    *why = "A password is not sent to another machine without encryption: leave out tls=none.";
    if (out->tls == SMTP_TLS_NONE && !here && out->user.len > 0) return false;
    *why = NULL;
    return true;
}
