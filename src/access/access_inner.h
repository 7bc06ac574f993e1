/* access/access_inner.h -- what the files of this room share; nobody else includes it.
 *
 * Functions that take no transaction are whole use cases: they prepare, run their transactions,
 * and answer.
 */
#pragma once

#include "access/access.h"
#include "keys/keys.h"
#include "keys/secret.h"
#include "keys/totp.h"
#include "post/post.h"
#include "workspace/workspace.h"

enum one_time_kind {
    ONE_TIME_SETUP = 1,
    ONE_TIME_INVITATION = 2,
    ONE_TIME_RESET = 3,
    ONE_TIME_SECOND = 4, /* the password was right, the code is still to come */
};
enum { SECOND_STEP_MS = 10 * 60 * 1000 };

/* The browser at the other end. */
struct client {
    str ip, user_agent;
    str base_url;  /* the public URL, without trailing slash */
    bool delivers; /* mail leaves the house; else administrators are shown the links */
};

/* --- sessions and sign-in (access.c) --- */

/* A new session: made ready outside the transaction, told to the browser after it. */
struct session_new {
    str secret, secret_hash, csrf, user_agent;
    int64_t id, idle_ms, expires_ms;
    bool stay;
    str second; /* present: there is no session yet; access_second_step takes this and a code */
};
/* Make one ready; nothing is written. */
struct session_new session_prepare(struct ctx *cx, const struct client *client, bool stay);
/* Write it, and sweep away a few that ended. */
MUST_USE bool session_write(struct ctx *cx, struct tx *tx, const struct session_new *session,
                            int64_t user_id);

struct sign_in {
    str email, password; /* as typed */
    bool stay;
};
/* ERR_INVALID access.wrong_credentials whatever is wrong, ERR_TOO_MANY while throttled. A session
 * that the browser already had (cx->actor) ends. */
MUST_USE bool access_sign_in(struct ctx *cx, const struct sign_in *in, const struct client *client,
                             struct session_new *out);
/* The second step, with a code of the phone or a recovery code: ERR_INVALID field code
 * access.code_wrong; ERR_GONE access.second_gone if `second` holds no more. */
MUST_USE bool access_second_step(struct ctx *cx, str second, str code, bool stay,
                                 const struct client *client, struct session_new *out);
MUST_USE bool access_sign_out(struct ctx *cx);

/* An attempt that is counted for an address and a network. */
struct attempt {
    enum throttle_kind address_kind, network_kind;
    str address_key, network_key;
    int64_t blocked_until_ms; /* 0: it may be made */
};
struct attempt attempt_new(struct ctx *cx, enum throttle_kind address_kind,
                           enum throttle_kind network_kind, str address, str ip);
/* Count it, in a write of its own; ERR_TOO_MANY with retry_after_s. */
MUST_USE bool attempt_count(struct ctx *cx, struct attempt *attempt);
/* It was the right person: forget what was counted. */
MUST_USE bool attempt_succeeded(struct tx *tx, const struct attempt *attempt);

/* As it is stored: normalised, or in lower case what is no address (which nobody has). */
str address_typed(arena *a, str email);
/* Check a new password; the fault is noted for `field`. */
MUST_USE bool password_allowed(struct ctx *cx, const char *field, str password, str email,
                               str name);
/* Hash one; ERR_UNAVAILABLE if there is no memory for it. */
MUST_USE bool password_make(struct ctx *cx, str password, str *hash);
/* Whether it is the password; `hash` absent or empty: no, after the same work. */
bool password_is(struct ctx *cx, str hash, str password);

/* --- one-time links (access_link.c) --- */

struct one_time {
    int64_t id, of_workspace_id, user_id;
    str email;
    enum role role;
    str secret_hash;
    bool user_known;  /* invitation: the address has an account */
    bool user_second; /* … which signs in with a second step */
    str workspace_name;
};
/* Read one that still holds, for this workspace; else ERR_GONE access.link_gone. */
MUST_USE bool one_time_load(struct ctx *cx, enum one_time_kind kind, str secret,
                            struct one_time *out);
/* Set up the first administrator. */
MUST_USE bool access_setup(struct ctx *cx, str secret, str workspace_name,
                           const struct user_new *in, const struct client *client,
                           struct session_new *out);
/* Accept an invitation: with name and a new password, or with the password one has. Whoever signs
 * in with a second step is not signed in by it: out->secret is absent then. */
MUST_USE bool access_accept(struct ctx *cx, str secret, str name, str password,
                            const struct client *client, struct session_new *out);
/* Mail a reset link if somebody with that address works here; says nothing about it. */
MUST_USE bool access_forgot(struct ctx *cx, str email, const struct client *client);
/* Set the password that a reset link allows; every session of the user ends. */
MUST_USE bool access_reset(struct ctx *cx, str secret, str password);

/* --- the second step (access_totp.c) --- */

/* What somebody has to prove himself with beside the password. */
struct factor {
    int64_t user_id, enabled_ms, last_step;
    struct totp_secret secret;
    bool begun; /* there is a secret; it counts once enabled_ms is not 0 */
};
/* Read it; a user without one has enabled_ms 0. ERR_INTERNAL if the key that sealed it is gone. */
MUST_USE bool factor_load(struct ctx *cx, struct tx *tx, int64_t user_id, struct factor *out);
/* Use a code up, of the phone or a recovery code: *right says if it was one. */
MUST_USE bool factor_take(struct ctx *cx, struct tx *tx, const struct factor *factor, str code,
                          bool *right);

struct second_state {
    int64_t enabled_ms; /* 0: off */
    int64_t codes_left;
    bool begun; /* the secret is shown, a code is waited for */
    struct totp_secret secret;
    str email, issuer;
};
/* Is it a person with a session? ERR_FORBIDDEN access.session_only for a program's token, which may
 * neither see nor change its owner's second step: so the four calls below. */
MUST_USE bool account_in_session(struct ctx *cx);
/* How it stands with cx->actor's user. */
MUST_USE bool account_second_load(struct ctx *cx, struct second_state *out);
/* A new secret to be shown; ERR_CONFLICT access.second_is_on. */
MUST_USE bool account_second_begin(struct ctx *cx);
/* The phone's first code switches it on; *codes are RECOVERY_CODES new recovery codes. */
MUST_USE bool account_second_enable(struct ctx *cx, str code, const struct client *client,
                                    str **codes);
/* New recovery codes; those before are void. */
MUST_USE bool account_second_codes(struct ctx *cx, str **codes);
MUST_USE bool account_second_off(struct ctx *cx);
/* Prove oneself again for what asks for it: the password, and a code where there is a second step.
 * Faults by field: password, code. */
MUST_USE bool account_prove(struct ctx *cx, str password, str code, const struct client *client);
/* Switch another's second step off, who lost phone and codes: he is told by mail. ERR_CONFLICT
 * access.second_is_off; ERR_FORBIDDEN access.second_elsewhere for who works where the actor is no
 * administrator, access.role_above_own for who may more than the actor. */
MUST_USE bool people_second_reset(struct ctx *cx, int64_t user_id, const struct client *client);

/* --- mails (access_mail.c) --- */

struct link_mail {
    enum one_time_kind kind;
    str to_address, to_name, inviter_name;
    enum role role;
    enum lang lang;
    int64_t expires_ms, codes_left;
    str secret;
};
/* Render and prepare it; *link is the URL in it. */
MUST_USE bool link_mail_prepare(struct ctx *cx, const struct link_mail *in,
                                const struct client *client, struct post_prepared *out, str *link);

/* The mail to somebody whose second step was switched off for him. */
MUST_USE bool second_mail_prepare(struct ctx *cx, str to_address, str to_name, enum lang lang,
                                  const struct client *client, struct post_prepared *out);

/* The mail to somebody in whose name a recovery code was used to sign in. */
MUST_USE bool recovery_mail_prepare(struct ctx *cx, const struct link_mail *in,
                                    const struct client *client, struct post_prepared *out);

/* --- people of a workspace (access_people.c) --- */

struct member {
    int64_t id, created_ms, disabled_ms, last_sign_in_ms,
        seen_ms; /* at work here last, to a minute; 0: never */
    int64_t second_ms; /* since when with a second step; 0: without */
    str email, name;
    enum role role;
    uint64_t rights; /* beyond the role */
};
struct invitation {
    int64_t id, created_ms, expires_ms;
    str email;
    enum role role;
};
struct people {
    struct member *member;
    ptrdiff_t member_count;
    struct invitation *invitation; /* still open */
    ptrdiff_t invitation_count;
    bool sales_see_all; /* without a right of their own */
};
/* Members by name, open invitations newest first. */
MUST_USE bool people_list(struct ctx *cx, struct people *out);
/* Invite an address, again too: an earlier invitation is void. *link is for the administrator
 * where mail does not leave the house, else absent. */
MUST_USE bool people_invite(struct ctx *cx, str email, str role, const struct client *client,
                            int64_t *id, str *link);
MUST_USE bool people_uninvite(struct ctx *cx, int64_t invitation_id);
struct user_get_row;
/* ERR_FORBIDDEN access.role_above_own for a member who may more than the actor. */
MUST_USE bool people_within_own(struct ctx *cx, const struct user_get_row *user);
/* ERR_CONFLICT access.last_administrator for the last who manages this workspace. */
MUST_USE bool people_others_manage(struct ctx *cx, struct tx *tx, const struct user_get_row *user);
/* Each: ERR_NOT_FOUND for who is no member, ERR_CONFLICT access.last_administrator, ERR_FORBIDDEN
 * access.role_above_own. */
MUST_USE bool people_set_role(struct ctx *cx, int64_t user_id, str role);
MUST_USE bool people_set_disabled(struct ctx *cx, int64_t user_id, bool disabled);
MUST_USE bool people_remove(struct ctx *cx, int64_t user_id);
/* Bits of RIGHTS_TO_GIVE, all of them: what is not among them is taken away. */
MUST_USE bool people_set_rights(struct ctx *cx, int64_t user_id, uint64_t rights);

/* --- one's own account (access_account.c) --- */

struct session_row {
    int64_t id, created_ms, seen_ms, expires_ms;
    str user_agent;
};
struct token_row {
    int64_t id, created_ms, expires_ms, used_ms;
    str name;
    uint64_t scopes;
};
struct account {
    struct member user;
    str lang, theme;
    struct session_row *session;
    ptrdiff_t session_count;
    struct token_row *token;
    ptrdiff_t token_count;
    struct workspaces workspaces; /* where one works */
};
/* The account of cx->actor's user: sessions that hold, tokens of this workspace. */
MUST_USE bool account_load(struct ctx *cx, struct account *out);
/* An absent value stays as it is. */
MUST_USE bool account_change(struct ctx *cx, str name, str lang, str theme);
MUST_USE bool account_set_password(struct ctx *cx, str old_password, str new_password,
                                   const struct client *client);
MUST_USE bool account_end_session(struct ctx *cx, int64_t session_id);
/* Every session but this one, in all workspaces. */
MUST_USE bool account_end_others(struct ctx *cx);
/* A token for oneself; its scopes must be among one's own permissions. expires_days 0: never;
 * made by a token, not after that one. */
MUST_USE bool account_token_create(struct ctx *cx, str name, uint64_t scopes, int64_t expires_days,
                                   int64_t *id, str *secret);
MUST_USE bool account_token_revoke(struct ctx *cx, int64_t token_id);
