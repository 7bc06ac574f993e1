/* base/err.h -- what went wrong, filled in by whoever notices, told once at the edge.
 *
 * A sentence is named by its key in ui/i18n (both languages); `args` fill its {name} gaps.
 * `detail` is English, for the log only, and holds nothing private.
 */
#pragma once

#include "base/str.h"

enum err_code {
    ERR_NONE,
    ERR_INVALID,      /* 422: the input, see fields */
    ERR_UNREADABLE,   /* 400: not even parseable */
    ERR_UNAUTHORISED, /* 401 */
    ERR_FORBIDDEN,    /* 403 */
    ERR_NOT_FOUND,    /* 404 */
    ERR_METHOD,       /* 405: the address is right */
    ERR_GONE,         /* 410 */
    ERR_CONFLICT,     /* 409 */
    ERR_PRECONDITION, /* 412: it is no longer what the client has seen */
    ERR_TOO_LARGE,    /* 413 */
    ERR_MEDIA_TYPE,   /* 415 */
    ERR_TOO_MANY,     /* 429 */
    ERR_UNAVAILABLE,  /* 503: try again, nothing was done */
    ERR_STORAGE,      /* 503: the database or disk failed */
    ERR_INTERNAL,     /* 500: ours */
    ERR__COUNT
};

enum { ERR_ARGS = 3, ERR_FIELDS = 32 };

struct err_arg {
    const char *name;
    str         value;
};

struct err_field {
    str            field; /* as the client named it: "email", "fields.company" */
    const char    *key;   /* i18n key of the sentence */
    struct err_arg args[ERR_ARGS];
};

struct err {
    enum err_code    code;
    const char      *key; /* NULL: the code's general sentence */
    struct err_arg   args[ERR_ARGS];
    str              detail;
    struct err_field field[ERR_FIELDS];
    int              field_count;
    int              noted; /* what fail_arg fills: 0 the sentence, n the nth field, -1 neither */
    int              retry_after_s; /* for ERR_TOO_MANY and ERR_UNAVAILABLE; 0 = not said */
};
