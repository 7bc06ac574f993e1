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
    SETTING_TIME_ZONE,              /* IANA, "Europe/Berlin" */
    SETTING_LANG,                   /* "de", "en": where nothing else decides */
    SETTING_TOUCHPOINT_KEEP_MONTHS, /* how long touchpoints are kept; 0: for ever */
    SETTING_NETWORK_KEEP_DAYS,      /* IP address and user agent of a proof; 0: with the proof */
    SETTING_TOUCHPOINTS_GONE_MS,    /* the program's: no touchpoint before it is left; 0: all are */
    SETTING_NETWORK_GONE_MS,        /* the program's: the same of network data in proofs */
    SETTING_RELAY_TEST_MAIL,        /* the program's: the last test mail's id; 0: there was none */
    SETTING_BRAND_COLOUR,           /* "#0b6070" of public pages and mails; "": ours */
    SETTING_BRAND_FONT,             /* of public pages: "system", "source-sans" … */
    SETTING_ADDRESS_FORM,           /* how people are spoken to in German: "sie", "du" */
    SETTING_FOOTER_TEXT,            /* one line below public pages and mails */
    SETTING_LOGO,                   /* the program's: the logo's id (brand/brand.h); 0: none */
    SETTING_PROVED_MONTHS,          /* so long an address that has proved itself is not asked again */
    SETTING_DOMAINS_ALLOWED,        /* of addresses that are never suspect */
    SETTING_DOMAINS_DENIED,         /* of addresses that are held back */
    SETTING_SUSPECT_KEEP_DAYS,      /* what nobody has released is deleted after; 0: never */
    SETTING_SALES_SEES,             /* which leads sales see: "all", "own_and_free", "own" */
    SETTING_FILE_MAX_MB,            /* of a file that comes with a form */
    SETTING_FILES_DAY_MB,           /* of all of them in a day */
    SETTING_WORDINGS_APPROVED,      /* 1: only texts that were approved are published */
    SETTING_PERSONAL_DAYS,        /* how long a personal link leads to a form; 0: there are none */
    SETTING_WAS_SENT, /* the program's: 1: a form was sent whose submission is deleted by now */
    SETTING_APPLICANT_KEEP_MONTHS, /* an application that was turned down is erased after; 0: never */
    SETTING__COUNT
};

enum setting_type {
    SETTING_TYPE_LINE,
    SETTING_TYPE_URL,
    SETTING_TYPE_EMAIL,
    SETTING_TYPE_ZONE,
    SETTING_TYPE_LANG,
    SETTING_TYPE_COLOUR, /* that can be read on white */
    SETTING_TYPE_FONT,
    SETTING_TYPE_ADDRESS_FORM,
    SETTING_TYPE_SALES_SEES,
    SETTING_TYPE_DOMAINS, /* host names, divided by blanks or commas */
    SETTING_TYPE_NUMBER, /* 0 to max */
    SETTING_TYPE_MARK    /* a number that the program notes; nobody sets or sees it */
};

struct setting_def {
    const char *name; /* "legal_name" */
    enum setting_type type;
    const char *fallback;
    int max_bytes;
    int64_t max;    /* of a number */
    bool retention; /* how long something is kept: with a permission of its own */
};

extern const struct setting_def setting_defs[SETTING__COUNT];

struct settings {
    str value[SETTING__COUNT]; /* never absent */
};

enum { SETTING_FONTS = 4 };
/* "system" first. */
extern const char *const setting_font_names[SETTING_FONTS];
/* Are people spoken to as "du"? */
bool setting_informal(const struct settings *settings);
/* A number or mark as such. */
int64_t setting_number(const struct settings *settings, enum setting setting);
/* Read them all, with defaults in place of what is missing. */
MUST_USE bool setting_load(struct ctx *cx, struct tx *tx, struct settings *out);
/* Check one and bring it into its normal form: a bad value is noted as a fault of `field`. */
MUST_USE bool setting_check(struct ctx *cx, enum setting setting, str field, str *value);
/* Check and write one. A bad value is noted as a field fault named like the setting. */
MUST_USE bool setting_save(struct ctx *cx, struct tx *tx, enum setting setting, str value);
