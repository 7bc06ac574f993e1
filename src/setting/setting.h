/* setting/setting.h -- what a workspace has set for itself.
 *
 * A setting is a row (name, text) checked against the table of settings; a missing row has the
 * table's default. The process's own needs (listen address, database …) are flags, not settings.
 */
#pragma once

#include "db/db.h"

enum setting {
    SETTING_LEGAL_NAME,   /* "Lindhorst Lagertechnik GmbH" */
    SETTING_ADDRESS_LINE, /* one line: street, postcode, city; in the foot of mails */
    SETTING_IMPRINT_URL,
    SETTING_PRIVACY_URL,
    SETTING_SENDER_NAME,
    SETTING_SENDER_ADDRESS,
    SETTING_REPLY_TO,
    SETTING_TIME_ZONE, /* IANA, "Europe/Berlin" */
    SETTING_LANG,      /* "de", "en": where nothing else decides */
    SETTING__COUNT
};

enum setting_type {
    SETTING_TYPE_LINE,
    SETTING_TYPE_URL,
    SETTING_TYPE_EMAIL,
    SETTING_TYPE_ZONE,
    SETTING_TYPE_LANG
};

struct setting_def {
    const char *name; /* "legal_name" */
    enum setting_type type;
    const char *fallback;
    int max_bytes;
};

extern const struct setting_def setting_defs[SETTING__COUNT];

struct settings {
    str value[SETTING__COUNT]; /* never absent */
};

/* Read them all, with defaults in place of what is missing. */
MUST_USE bool setting_load(struct ctx *cx, struct tx *tx, struct settings *out);
/* Check and write one. A bad value is noted as a field fault named like the setting. */
MUST_USE bool setting_save(struct ctx *cx, struct tx *tx, enum setting setting, str value);
