/* access/access.h -- people: who they are, what they may do, how they come in.
 *
 * A user is a person, known to the whole installation by e-mail address and password. A membership
 * lets a user work in one workspace, in one role. A session is a signed-in browser, an API token
 * a program that acts for its user with some of the role's permissions. A one-time link lets
 * somebody in who has no password yet (set-up, invitation) or any more (reset). Secrets are known
 * here by their SHA-256 only.
 *
 * Whoever tries addresses or passwords learns nothing: unknown and known addresses get the same
 * answer after the same work, and attempts are counted in rows, before the password is looked at.
 *
 * Terms:   user, membership, role, permission, session, API token, scope (docs/GLOSSARY.md).
 * Sources: OWASP Authentication, Session Management and Forgot Password Cheat Sheets;
 *          NIST SP 800-63B section 5.1.1.2 (length over composition, common passwords refused).
 */
#pragma once

#include "access/access_rules.h"
#include "db/db.h"

struct job;

enum {
    SESSION_IDLE_MS = 12 * 3600 * 1000,
    SETUP_LINK_MS = 24 * 3600 * 1000,
    RESET_LINK_MS = 3600 * 1000,
    INVITATION_MS = 7 * 24 * 3600 * 1000,
};
/* How long it counts that somebody has proved himself (MUST_PROVE). */
#define PROOF_MS        (INT64_C(10) * 60 * 1000)
#define SESSION_STAY_MS (INT64_C(30) * 24 * 3600 * 1000)
/* How the secret of an API token begins. */
#define TOKEN_PREFIX "zl_"

/* Who is asking, in which role, in cx->workspace_id. */
struct access_identity {
    struct actor actor;
    int64_t workspace_id;
    str user_name, user_email, lang, theme, csrf; /* csrf: absent for a token */
    enum role role;
    int64_t tour;      /* its step, from 0; -1: over (guide/) */
    bool keys_off;     /* no keyboard shortcuts */
    str news_seen;     /* version whose news were looked at; empty: none */
    int64_t proved_ms; /* when the password was given last; 0 for a token */
    bool seen_due;     /* last seen more than a minute ago: call access_seen */
};

/* --- for the edge --- */

/* The person behind a session cookie; works in a read transaction. A session that ended, a user who
 * is disabled here or has no membership here is not found. */
MUST_USE bool access_by_session(struct ctx *cx, struct tx *tx, str cookie_secret,
                                struct access_identity *out, bool *found);
/* The same for an API token: permissions are what its scopes and its user's role have in common. */
MUST_USE bool access_by_token(struct ctx *cx, struct tx *tx, str bearer,
                              struct access_identity *out, bool *found);
/* Note that a session or token was used just now (a write transaction of its own). */
MUST_USE bool access_seen(struct ctx *cx, const struct access_identity *who);
/* The set-up link of the first administrator, in a write transaction. *needed: there is no user at
 * all; *secret is then new ({public_url}/setup/{secret}, valid a day) and earlier ones are void. */
MUST_USE bool access_first_link(struct ctx *cx, struct tx *tx, str *secret, bool *needed);

/* Job: forget sessions, links and counted attempts that are over; a sign-in forgets a few, too. */
MUST_USE bool access_sweep_run(struct ctx *cx, const struct job *job);

/* --- for the command line --- */

struct user_new {
    str email, name; /* as typed */
    enum role role;
    str password;
    str lang; /* "de", "en": what pages and mails speak to him; empty: as cx->lang */
};
/* Add a user to cx->workspace_id, or give one that exists a membership here (its name and password
 * stay). A whole use case. Faults are noted by field: email, name, password. */
MUST_USE bool access_user_add(struct ctx *cx, const struct user_new *in, int64_t *user_id);
/* Switch off the second step of a member who lost phone and recovery codes, and tell him by mail;
 * ERR_NOT_FOUND access.no_such_member, ERR_CONFLICT access.second_is_off. A whole use case. */
MUST_USE bool access_second_reset(struct ctx *cx, str email);
/* A token of a member for cx->workspace_id; ERR_NOT_FOUND if there is no such member. `scopes` are
 * permission bits, 0 for all of the role's; expires_ms 0: never. *secret is told this once. */
MUST_USE bool access_token_create(struct ctx *cx, struct tx *tx, str email, str name,
                                  uint64_t scopes, int64_t expires_ms, str *secret);

/* --- memberships, for other rooms --- */

/* Give a user a role in a workspace, or change it; an invitation there that is still open is void. */
MUST_USE bool access_member_set(struct ctx *cx, struct tx *tx, int64_t workspace_id,
                                int64_t user_id, enum role role);
/* Whether a user's role in a workspace, which need not be the context's, contains all of
 * `permissions`. */
MUST_USE bool access_may(struct ctx *cx, struct tx *tx, int64_t workspace_id, int64_t user_id,
                         uint64_t permissions, bool *may);
/* Everybody of cx->workspace_id who is not disabled and may all of that. */
struct access_people {
    int64_t *user_id;
    ptrdiff_t count;
};
MUST_USE bool access_who_may(struct ctx *cx, struct tx *tx, uint64_t permissions,
                             struct access_people *out);
/* Up to three members who have a permission, as "A, B, C"; empty if nobody has it. */
MUST_USE bool access_names_of(struct ctx *cx, struct tx *tx, uint64_t permission, str *names);
