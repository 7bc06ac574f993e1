/* share/share_rules.h -- which websites may show a form, its link, and the codes that put it there.
 *
 * Terms:   origin (scheme, host and port of a page: "https://www.firma.example"), embed.
 * Sources: RFC 6454 (origins), Fetch (CORS), CSP Level 3 (frame-ancestors), HTML (escaping).
 * Pure: no I/O, no clock.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

enum { ORIGINS_MAX = 20, ORIGIN_MAX_BYTES = 200, CAMPAIGN_MAX_BYTES = 100 };

enum origin_err {
    ORIGIN_OK,
    ORIGIN_BAD,      /* no address of a website */
    ORIGIN_WILDCARD, /* "*" */
    ORIGIN_HTTP,     /* neither https nor this machine */
    ORIGIN__COUNT
};

/* "www.Firma.example/kontakt" becomes "https://www.firma.example", an IDN A-labels. http is for
 * localhost only. *out is set on ORIGIN_OK only. */
MUST_USE enum origin_err origin_normalise(arena *a, str in, str *out);
/* A list that people type (lines, commas, blanks) or programs send, as it is stored: each once,
 * with blanks between. False: *wrong is the first entry at fault, and *err why (ORIGIN_OK: too
 * many). */
MUST_USE bool origins_read(arena *a, struct value in, str *out, enum origin_err *err, str *wrong);
/* Is this origin, as a browser sends it, on a stored list? */
bool origins_have(str origins, str origin);
/* The origin of a URL as a browser would name it; the absent str if it is none. */
str url_origin(arena *a, str url);
/* The stored list as a list of texts. */
struct value origins_value(arena *a, str origins);

/* --- the link --- */

/* `url` with the campaign's parameters (a map: "source", "medium" …) as utm_…, each at most
 * CAMPAIGN_MAX_BYTES; what is empty is left out. */
str share_link(arena *a, str url, struct value campaign);
/* As people read and type it: without "https://" and without what follows "?". */
str share_readable(str url);

/* --- the codes --- */

enum share_kind { SHARE_INLINE, SHARE_POPUP, SHARE_SLIDE, SHARE_BAR, SHARE_KIND__COUNT };

/* How a form comes up on a foreign page. Numbers below 0: no such rule. */
struct share_look {
    enum share_kind kind;
    int after_s, scroll_pct;
    bool exit, once;
    str text, button; /* of a bar; empty: the form's title, ours */
    str colour;       /* of its button: "#7a1f5c"; empty: ours */
};

/* "popup"; SHARE_INLINE for what is none. */
enum share_kind share_kind_of(str name);
const char *share_kind_name(enum share_kind kind);
/* The script and its element. `form` is form_view's tree (form/form_view.h), `url` the form's
 * address, `base_url` the installation's. */
str share_code_script(arena *a, struct value form, str url, str base_url,
                      const struct share_look *look);
/* A frame; with the script beside it its height follows the form. */
str share_code_frame(arena *a, struct value form, str url, str base_url);
/* Plain fields that post to the form's address: no script and no style of ours. */
str share_code_html(arena *a, struct value form, str url);
/* Text as it stands in markup and quoted attributes. */
str share_escape(arena *a, str text);
