/* base/useragent.h -- what a User-Agent field tells, roughly: for reports, never for access.
 *
 * Browsers copy each other's names, so the tables are read from the most particular name to the
 * most general. What is not in them is "unknown", not guessed.
 */
#pragma once

#include "base/str.h"

enum device_class {
    DEVICE_UNKNOWN,
    DEVICE_DESKTOP,
    DEVICE_PHONE,
    DEVICE_TABLET,
    DEVICE_BOT, /* a program: crawler, monitor, link preview, HTTP library */
    DEVICE__COUNT
};

struct ua {
    enum device_class device;
    str browser; /* "Firefox"; absent if unknown or a program */
    str os;      /* "Windows"; absent if unknown or a program */
};

/* Pure; results are static text. An empty field is a program: every browser sends one. */
struct ua ua_parse(str user_agent);
/* "desktop", "phone", "tablet", "bot", "unknown": as stored and in the API. */
str device_name(enum device_class device);
