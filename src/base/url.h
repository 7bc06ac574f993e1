/* base/url.h -- URLs and what stands in them: percent-encoding, form bodies and queries.
 *
 * Sources: RFC 3986; WHATWG URL, "application/x-www-form-urlencoded".
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

/* Undo %XX (and "+" for a space where asked). False for an unfinished escape, a NUL byte, or if
 * the result is not UTF-8. The text is borrowed from `in` where nothing had to be decoded. */
MUST_USE bool percent_decode(arena *a, str in, bool plus_is_space, str *out);
/* All but letters, digits and - . _ ~ as %XX: for one piece of a path or query. */
str percent_encode(arena *a, str s);

/* A query or form body as a map of texts, in the order sent; a repeated name becomes a list of
 * its texts. *ok is false (and the map empty) for an invalid escape, invalid UTF-8 or more than
 * LIMIT_FORM_FIELDS fields. Pieces with neither name nor value are skipped. */
struct value urlencoded_parse(arena *a, str body, bool *ok);
/* Add a text under a name that may be there already (then both stand in a list). */
void form_add(struct value map, str name, struct value v);

/* An absolute http or https URL, taken apart; all parts borrowed, none decoded. */
struct url {
    str scheme;   /* "http" or "https", in the case given */
    str host;     /* name or IPv4 address, or an IPv6 address in brackets; case as given */
    int port;     /* the scheme's own if none is written */
    str path;     /* "" or from "/" on */
    str query;    /* after "?", absent if there is none */
    str fragment; /* after "#", absent if there is none */
};

/* False for anything but an absolute http(s) URL with a sound host: no user information, no
 * space, control character, backslash, quote or angle bracket, no non-ASCII host (write IDN as
 * A-labels), valid UTF-8, at most LIMIT_HTTP_TARGET_BYTES. */
MUST_USE bool url_parse(str text, struct url *out);

/* What somebody typed where a URL is asked for: "www.firma.de/impressum", a bare host name with or
 * without port and path, gets "https://"; all else stays as it is. */
str url_typed(arena *a, str text);

/* Does an absolute URL lead to this machine or into a private network (RFC 1918, 4193, 6761, 6762),
 * where the world does not get? True for what is no URL. */
bool url_is_local(str url);

/* `base_url` with another host in place of its own; as it is where `host` is empty. */
str url_with_host(arena *a, str base_url, str host);
