/* access/access_rules.h -- roles, passwords, throttling and local paths as pure functions.
 *
 * Pure: no I/O, no clock.
 */
#pragma once

#include "access/access_types.h"
#include "base/arena.h"
#include "base/str.h"

enum {
    PASSWORD_MIN_CHARACTERS = 12,
    PASSWORD_MAX_BYTES = 1024, /* Argon2id reads it all: nobody types more */
};

/* --- roles and permissions --- */

/* The bits of enum permission; 0 for what is no role. */
uint64_t role_permissions(enum role role);
/* What an administrator may give a member beyond the role. */
#define RIGHTS_TO_GIVE                                                                             \
    ((uint64_t)MAY_EXPORT | MAY_IMPORT | MAY_APPROVE_WORDINGS | MAY_SEE_APPLICANTS |               \
     MAY_READ_ALL_LEADS)
/* Which leads somebody sees: no scopes of a token, which sees what its person sees. */
#define REACH_RIGHTS ((uint64_t)MAY_READ_ALL_LEADS | MAY_READ_FREE_LEADS)
/* The role's, and those of RIGHTS_TO_GIVE that were given; 0 for what is no role. `sales_sees` is
 * the workspace's setting of that name: "all", "own_and_free", "own". */
uint64_t member_permissions(enum role role, uint64_t rights, str sales_sees);
/* API names: "administrator", "marketing", "sales", "viewer", "privacy"; "" for what is none. */
const char *role_name(enum role role);
MUST_USE bool role_of(str name, enum role *out);
/* "leads_read" … for one bit; NULL for what is none. */
const char *permission_name(uint64_t bit);
MUST_USE bool permission_of(str name, uint64_t *bit);

/* --- passwords --- */

enum password_err {
    PASSWORD_OK,
    PASSWORD_SHORT,    /* fewer than PASSWORD_MIN_CHARACTERS characters */
    PASSWORD_LONG,     /* more than PASSWORD_MAX_BYTES */
    PASSWORD_COMMON,   /* among the first that anybody tries, alone, doubled or with digits */
    PASSWORD_PERSONAL, /* the person's own name, address or company, and hardly more */
    PASSWORD_ERR__COUNT
};
/* Whose password it is to be; each may be empty. */
struct password_of {
    str email, name, company;
};
/* May this become somebody's password? */
MUST_USE enum password_err password_check(arena *a, str password, const struct password_of *of);
/* What many people take (password_list.c): lower case, in the order of its bytes. */
extern const char *const common_words[];
extern const ptrdiff_t common_word_count;
/* The i18n key of the sentence; NULL for PASSWORD_OK. */
const char *password_err_key(enum password_err err);

/* --- throttling --- */

/* What is counted, and how much of it goes. */
enum throttle_kind {
    THROTTLE_SIGN_IN_ADDRESS,
    THROTTLE_SIGN_IN_NETWORK,
    THROTTLE_FORGOT_ADDRESS,
    THROTTLE_FORGOT_NETWORK,
    THROTTLE_CODE_PERSON, /* of the second step */
    THROTTLE_CODE_NETWORK,
    THROTTLE_KIND__COUNT
};

/* One row of sign_in_throttle. */
struct throttle {
    int64_t failures, window_ms, blocked_until_ms;
};

/* Count one more attempt at now_ms. True if it may be made; *begins: with this one a block begins.
 * While blocked nothing is counted, so that a block ends. */
bool throttle_take(enum throttle_kind kind, struct throttle *row, int64_t now_ms, bool *begins);
/* The attempt was a success after all: it does not count. */
void throttle_give_back(struct throttle *row);
/* The network an address stands for: an IPv4 address itself, the first 64 bits of an IPv6 one as
 * written out by inet_ntop; what is neither stands for itself. */
str network_of(arena *a, str ip);

/* --- redirects --- */

/* A path of this server ("/leads?x=1"), safe in Location: begins with one "/", no "//", no
 * backslash or control character. */
bool path_is_local(str path);
