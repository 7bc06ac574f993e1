/* tracking/utm.h -- campaign parameters of a landing URL, and where a visitor came from.
 *
 * Terms:   source, medium, campaign, term, content, click id (docs/GLOSSARY.md).
 * Sources: Google Analytics "Campaign URL Builder"; click ids as each ad network documents them.
 * Pure: no I/O, no clock.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

enum utm_key { UTM_SOURCE, UTM_MEDIUM, UTM_CAMPAIGN, UTM_TERM, UTM_CONTENT, UTM_ID, UTM__COUNT };

enum click_network {
    CLICK_NONE,
    CLICK_GOOGLE,
    CLICK_META,
    CLICK_MICROSOFT,
    CLICK_LINKEDIN,
    CLICK_TIKTOK,
    CLICK__COUNT
};

struct utm {
    str value[UTM__COUNT];      /* cleaned, at most 200 bytes; empty where absent */
    enum click_network network; /* whose click id was found */
    str click_id;               /* bytes as sent, at most 500: click ids are case-sensitive */
};

/* Read the campaign parameters of a parsed query (a map of text). */
struct utm utm_read(arena *a, struct value query);
/* {"source":…,"medium":…,"click_id":…,"network":…} of what is there; an empty map if nothing. */
struct value utm_value(arena *a, const struct utm *utm);
/* How lists name where somebody came from: "google / cpc", the click's network, the referring
 * host, else "direct". `own_host` does not count as a referrer. */
str source_label(arena *a, const struct utm *utm, str referrer, str own_host);
