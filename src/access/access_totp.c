/* The second step: switching it on and off, recovery codes, and proving oneself again. */
#include "access/access_inner.h"

#include "access_sql.h"
#include "app.h"
#include "audit/audit.h"
#include "keys/seal.h"
#include "workspace/workspace.h"

#include <string.h>

static str secret_ad(struct ctx *cx, int64_t user_id)
{
    return seal_ad(cx->a, "user_totp.secret", 0, user_id);
}

bool factor_load(struct ctx *cx, struct tx *tx, int64_t user_id, struct factor *out)
{
    struct totp_get_in in = {user_id};
    struct totp_get_row row;
    str plain;
    *out = (struct factor){.user_id = user_id};
    if (!q_totp_get(tx, &in, &row, &out->begun)) return false;
    if (!out->begun) return true;
    out->enabled_ms = row.enabled_ms;
    out->last_step = row.last_step;
    if (!secret_open(cx->a, cx->keys, row.secret, secret_ad(cx, user_id), &plain) ||
        plain.len != TOTP_SECRET_BYTES)
        return fail_detail(cx, ERR_INTERNAL, "error.internal",
                           "the second step of a user does not open: another key file");
    memcpy(out->secret.bytes, plain.ptr, TOTP_SECRET_BYTES);
    return true;
}

/* --- recovery codes --- */

/* What the hash of a code is made of: nobody else's code has the same. */
static str recovery_data(struct ctx *cx, int64_t user_id, str code)
{
    return str_printf(cx->a, "recovery %lld %.*s", (long long)user_id, STR_ARG(code));
}

static bool recovery_take(struct ctx *cx, struct tx *tx, int64_t user_id, str code, bool *right)
{
    str read, hash[KEYS_PER_USE];
    *right = false;
    if (!recovery_code_read(cx->a, code, &read)) return true;
    int n = key_hash_all(cx->a, cx->keys, KEY_SESSION, recovery_data(cx, user_id, read), hash);
    for (int i = 0; i < n && !*right; i++) {
        struct recovery_use_in in = {user_id, hash[i]};
        int64_t changed = 0;
        if (!q_recovery_use(tx, &in, &changed)) return false;
        *right = changed == 1;
    }
    return true;
}

struct recovery_set {
    str code[RECOVERY_CODES], hash[RECOVERY_CODES];
};

static struct recovery_set *recovery_prepare(struct ctx *cx, int64_t user_id)
{
    struct recovery_set *set = NEW(cx->a, struct recovery_set, 1);
    for (int i = 0; i < RECOVERY_CODES; i++) {
        str read;
        set->code[i] = recovery_code_new(cx->a);
        bool ok = recovery_code_read(cx->a, set->code[i], &read);
        assert(ok);
        (void)ok;
        set->hash[i] =
            key_hash_text(cx->a, cx->keys, KEY_SESSION, recovery_data(cx, user_id, read));
    }
    return set;
}

static bool recovery_write(struct tx *tx, int64_t user_id, const struct recovery_set *set)
{
    struct recovery_delete_in old = {user_id};
    if (!q_recovery_delete(tx, &old, NULL)) return false;
    for (int i = 0; i < RECOVERY_CODES; i++) {
        struct recovery_add_in in = {user_id, set->hash[i]};
        if (!q_recovery_add(tx, &in, NULL)) return false;
    }
    return true;
}

bool factor_take(struct ctx *cx, struct tx *tx, const struct factor *factor, str code, bool *right)
{
    int64_t step, changed = 0;
    *right = false;
    if (!totp_check(&factor->secret, code, cx->now_ms, factor->last_step, &step))
        return recovery_take(cx, tx, factor->user_id, code, right);
    struct totp_take_in in = {factor->user_id, step};
    if (!q_totp_take(tx, &in, &changed)) return false;
    *right = changed == 1;
    return true;
}

/* --- one's own --- */

struct second_read {
    struct second_state *out;
    struct user_get_row user;
    struct factor factor;
};

static bool state_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct second_read *r = arg;
    struct user_get_in get = {cx->actor.user_id};
    struct recovery_count_in of = {cx->actor.user_id};
    struct recovery_count_row codes;
    struct workspace w;
    bool found;
    if (!q_user_get(tx, &get, &r->user, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!factor_load(cx, tx, r->user.id, &r->factor) || !q_recovery_count(tx, &of, &codes, NULL) ||
        !workspace_load(cx, tx, cx->workspace_id, &w))
        return false;
    *r->out = (struct second_state){.enabled_ms = r->factor.enabled_ms,
                                    .codes_left = codes.n,
                                    .begun = r->factor.begun && r->factor.enabled_ms == 0,
                                    .secret = r->factor.secret,
                                    .email = r->user.email,
                                    .issuer = w.name.len > 0 ? w.name : S("Zulauf")};
    return true;
}

bool account_second_load(struct ctx *cx, struct second_state *out)
{
    struct second_read r = {.out = out};
    return db_read(cx, state_read, &r);
}

static bool begin_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct totp_begin_in in = {cx->actor.user_id, *(const str *)arg};
    int64_t changed = 0;
    if (!q_totp_begin(tx, &in, &changed)) return false;
    return changed == 1 ? true : fail(cx, ERR_CONFLICT, "access.second_is_on");
}

/* Who holds a token has proved nothing: a stolen one must not take its owner's second step away. */
bool account_in_session(struct ctx *cx)
{
    return cx->actor.kind == ACTOR_USER ? true : fail(cx, ERR_FORBIDDEN, "access.session_only");
}

bool account_second_begin(struct ctx *cx)
{
    if (!account_in_session(cx)) return false;
    struct totp_secret secret;
    totp_secret_new(&secret);
    str plain = {(const char *)secret.bytes, TOTP_SECRET_BYTES};
    str sealed = secret_seal(cx->a, cx->keys, plain, secret_ad(cx, cx->actor.user_id));
    return db_write(cx, DB_INTERACTIVE, begin_write, &sealed);
}

struct enabling {
    str code;
    const struct recovery_set *set;
    const struct attempt *attempt;
};

static bool enable_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct enabling *e = arg;
    struct totp_get_in get = {cx->actor.user_id};
    struct totp_get_row row;
    struct factor factor;
    bool found;
    int64_t step, changed = 0;
    if (!q_totp_get(tx, &get, &row, &found) || !factor_load(cx, tx, cx->actor.user_id, &factor))
        return false;
    if (!found) return fail(cx, ERR_CONFLICT, "access.second_not_begun");
    if (factor.enabled_ms != 0) return fail(cx, ERR_CONFLICT, "access.second_is_on");
    if (!totp_check(&factor.secret, e->code, cx->now_ms, 0, &step))
        return fail_field(cx, S("code"), "access.code_wrong");
    struct totp_enable_in in = {cx->actor.user_id, row.secret, cx->now_ms, step};
    if (!q_totp_enable(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_CONFLICT, "access.second_is_on");
    return recovery_write(tx, cx->actor.user_id, e->set) && attempt_succeeded(tx, e->attempt) &&
           audit_write(cx, tx, "user.second_on", "user", cx->actor.user_id, 0, value_null());
}

static struct attempt code_attempt(struct ctx *cx, const struct client *client)
{
    return attempt_new(cx, THROTTLE_CODE_PERSON, THROTTLE_CODE_NETWORK,
                       str_printf(cx->a, "%lld", (long long)cx->actor.user_id), client->ip);
}

bool account_second_enable(struct ctx *cx, str code, const struct client *client, str **codes)
{
    struct recovery_set *set = recovery_prepare(cx, cx->actor.user_id);
    struct attempt attempt = code_attempt(cx, client);
    struct enabling e = {code, set, &attempt};
    *codes = set->code;
    return account_in_session(cx) && attempt_count(cx, &attempt) &&
           db_write(cx, DB_INTERACTIVE, enable_write, &e);
}

static bool codes_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct factor factor;
    if (!factor_load(cx, tx, cx->actor.user_id, &factor)) return false;
    if (factor.enabled_ms == 0) return fail(cx, ERR_CONFLICT, "access.second_is_off");
    return recovery_write(tx, cx->actor.user_id, arg) &&
           audit_write(cx, tx, "user.recovery_codes", "user", cx->actor.user_id, 0, value_null());
}

bool account_second_codes(struct ctx *cx, str **codes)
{
    struct recovery_set *set = recovery_prepare(cx, cx->actor.user_id);
    *codes = set->code;
    return account_in_session(cx) && db_write(cx, DB_INTERACTIVE, codes_write, set);
}

/* Secret, codes and whatever sign-in was under way. */
static bool second_delete(struct ctx *cx, struct tx *tx, int64_t user_id)
{
    struct totp_delete_in totp = {user_id};
    struct recovery_delete_in codes = {user_id};
    struct link_void_of_user_in links = {ONE_TIME_SECOND, user_id};
    int64_t changed = 0;
    if (!q_totp_delete(tx, &totp, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_CONFLICT, "access.second_is_off");
    return q_recovery_delete(tx, &codes, NULL) && q_link_void_of_user(tx, &links, NULL);
}

static bool off_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return second_delete(cx, tx, cx->actor.user_id) &&
           audit_write(cx, tx, "user.second_off", "user", cx->actor.user_id, 0, value_null());
}

bool account_second_off(struct ctx *cx)
{
    return account_in_session(cx) && db_write(cx, DB_INTERACTIVE, off_write, NULL);
}

/* --- proving oneself again --- */

struct proving {
    struct user_get_row user;
    struct factor factor;
    bool found, right;
    str code;
    const struct attempt *attempt, *code_attempt;
};

static bool prove_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct proving *p = arg;
    struct user_get_in in = {cx->actor.user_id};
    return q_user_get(tx, &in, &p->user, &p->found) &&
           factor_load(cx, tx, cx->actor.user_id, &p->factor);
}

static bool prove_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct proving *p = arg;
    struct session_proved_in in = {cx->actor.id, cx->actor.user_id, cx->now_ms};
    p->right = true;
    if (p->factor.enabled_ms != 0) {
        if (!factor_take(cx, tx, &p->factor, p->code, &p->right)) return false;
        if (!p->right) return true;
        if (!attempt_succeeded(tx, p->code_attempt)) return false;
    }
    return q_session_proved(tx, &in, NULL) && attempt_succeeded(tx, p->attempt) &&
           audit_write(cx, tx, "session.prove", "session", cx->actor.id, 0, value_null());
}

bool account_prove(struct ctx *cx, str password, str code, const struct client *client)
{
    struct proving p = {.code = code};
    if (!db_read(cx, prove_read, &p)) return false;
    if (!p.found || cx->actor.kind != ACTOR_USER) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct attempt attempt = attempt_new(cx, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_SIGN_IN_NETWORK,
                                         p.user.email, client->ip);
    struct attempt of_code = code_attempt(cx, client);
    p.attempt = &attempt;
    p.code_attempt = &of_code;
    if (!attempt_count(cx, &attempt)) return false;
    if (!password_is(cx, p.user.password_hash, password))
        return fail_field(cx, S("password"), "access.wrong_password");
    if (p.factor.enabled_ms != 0 && !attempt_count(cx, &of_code)) return false;
    if (!db_write(cx, DB_INTERACTIVE, prove_write, &p)) return false;
    return p.right ? true : fail_field(cx, S("code"), "access.code_wrong");
}

/* --- another's --- */

struct resetting {
    int64_t user_id;
    str email; /* instead of the id, from the command line */
    struct user_get_row user;
    bool found;
    struct post_prepared mail;
};

static bool reset_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct resetting *r = arg;
    if (r->email.len > 0) {
        struct user_by_email_in by = {r->email};
        struct user_by_email_row row;
        if (!q_user_by_email(tx, &by, &row, &r->found)) return false;
        if (r->found) r->user_id = row.id;
    }
    struct user_get_in in = {r->user_id};
    (void)cx;
    return q_user_get(tx, &in, &r->user, &r->found);
}

/* Nobody decides about the sign-in of who may more than himself, an administrator of one workspace
 * nothing about the sign-in to another, and his token nothing about his own. */
static bool reset_allowed(struct ctx *cx, struct tx *tx, const struct user_get_row *user)
{
    struct member_elsewhere_in in = {user->id, cx->actor.user_id, ROLE_ADMINISTRATOR};
    struct member_elsewhere_row row;
    if (cx->actor.kind == ACTOR_OPERATOR) return true;
    if (user->id == cx->actor.user_id && !account_in_session(cx)) return false;
    if (!people_within_own(cx, user)) return false;
    if (!q_member_elsewhere(tx, &in, &row, NULL)) return false;
    return row.n == 0 ? true : fail(cx, ERR_FORBIDDEN, "access.second_elsewhere");
}

static bool reset_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct resetting *r = arg;
    return reset_allowed(cx, tx, &r->user) && second_delete(cx, tx, r->user.id) &&
           post_enqueue(cx, tx, &r->mail) &&
           audit_write(cx, tx, "user.second_reset", "user", r->user.id, 0, value_null());
}

static bool reset_run(struct ctx *cx, struct resetting *r, const struct client *client,
                      const char *nobody)
{
    if (!db_read(cx, reset_read, r)) return false;
    if (!r->found || r->user.role_kind == 0) return fail(cx, ERR_NOT_FOUND, nobody);
    if (r->user.totp_ms == 0) return fail(cx, ERR_CONFLICT, "access.second_is_off");
    enum lang lang = str_eq(r->user.lang, S("en")) ? LANG_EN : LANG_DE;
    return second_mail_prepare(cx, r->user.email, r->user.user_name, lang, client, &r->mail) &&
           db_write(cx, DB_INTERACTIVE, reset_write, r);
}

bool people_second_reset(struct ctx *cx, int64_t user_id, const struct client *client)
{
    struct resetting r = {.user_id = user_id};
    return reset_run(cx, &r, client, "error.not_found");
}

bool access_second_reset(struct ctx *cx, str email)
{
    struct resetting r = {.email = address_typed(cx->a, email)};
    struct client client = {.base_url = cx->app->config.public_url};
    if (r.email.len == 0) return fail(cx, ERR_NOT_FOUND, "access.no_such_member");
    return reset_run(cx, &r, &client, "access.no_such_member");
}
