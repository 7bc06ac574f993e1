/* fair/fair_types.h -- a form on a tablet at a stand.
 *
 * A kiosk is one published form in one place for some days, opened by a signed link. Its tablet
 * keeps nothing: what a visitor enters is sealed in the page at once, for the kiosk's secret key
 * that only the server has, and waits in the page's memory until it has arrived.
 *
 * Terms: kiosk, stand, entry (docs/GLOSSARY.md).
 */
#pragma once

#include "base/crypto.h"
#include "base/str.h"
#include "base/value.h"

enum {
    KIOSK_STAFF_MAX = 30,
    KIOSK_NAME_BYTES = 80,
    KIOSK_STAND_BYTES = 120,
    KIOSK_DAYS_MAX = 366,
    KIOSK_IDLE_S = 30, /* unless it says otherwise */
    KIOSK_IDLE_MIN_S = 10,
    KIOSK_IDLE_MAX_S = 600,
    KIOSK_LIST_MAX = 100,
    KIOSK_LATE_DAYS = 7,          /* so long after its end a tablet may bring what still waited */
    ENTRY_KEY_LEN = 22,           /* 16 random bytes in base64url */
    ENTRY_BOX_BYTES = 96 << 10,   /* sealed; a full form with a signature has a fifth */
    SIGNATURE_PATH_BYTES = 24000, /* what a long name drawn slowly comes to, and some more */
    ENTRY_NOTE_BYTES = 2000,
};

/* Numbers are never stored: it follows from the row and the day. */
enum kiosk_state { KIOSK_ACTIVE, KIOSK_PLANNED, KIOSK_OVER, KIOSK_REVOKED, KIOSK_STATE__COUNT };

struct kiosk {
    int64_t id, form_id;
    str stand, campaign;
    str staff[KIOSK_STAFF_MAX];
    int staff_count;
    int64_t from_day, to_day; /* since 1970, in the workspace's zone */
    int64_t idle_s;
    bool signature;
    int64_t created_ms, seen_ms, revoked_ms;
    int64_t entries, entry_ms; /* how many came, and when the last; of lists */
    struct pair_secret secret; /* of kiosk_load only */
};

/* What a tablet sent, opened. */
struct kiosk_entry {
    str key, staff, entered_by, note;
    int64_t claimed_ms, version_id;
    struct value body;      /* "fields", "consents" */
    struct value signature; /* a map, or null */
};
