/* Sessions, tokens and signing in. */
#include "access/access_inner.h"

#include "access_sql.h"
#include "app.h"
#include "audit/audit.h"
#include "base/email.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "workspace/workspace.h"

enum {
    PASSWORD_HASH_ROOM = 256,
    SEEN_EVERY_MS = 60 * 1000,
    SWEEP_ROWS = 20,      /* at a sign-in */
    SWEEP_JOB_ROWS = 500, /* in a write of the job */
    DAY_MS = 24 * 3600 * 1000
};

/* No password has this hash; of the same cost as a real one. */
static const char NOBODYS_HASH[] = "$argon2id$v=19$m=19456,t=2,p=1$oErlfMo6JWP8YRyI41R5Jw$"
                                   "lXx7YRrzRR41ysmme+jfzrCyH1oQWB6Be0AkCyBUbq8";

/* --- who is asking --- */

static str hash_of(struct ctx *cx, str secret)
{
    uint8_t *out = NEW(cx->a, uint8_t, SECRET_HASH_BYTES);
    secret_hash(secret, out);
    return (str){(const char *)out, SECRET_HASH_BYTES};
}

/* What a member may, with what the workspace lets sales see. */
static bool permissions_of(struct tx *tx, enum role role, int64_t rights, uint64_t *out)
{
    struct sales_sees_row row = {S("all")};
    bool found;
    if (role == ROLE_SALES && !q_sales_sees(tx, &row, &found)) return false;
    *out = member_permissions(role, (uint64_t)rights,
                              role == ROLE_SALES && found ? row.sees : S("all"));
    return true;
}

bool access_by_session(struct ctx *cx, struct tx *tx, str cookie_secret,
                       struct access_identity *out, bool *found)
{
    *found = false;
    if (cookie_secret.len != SECRET_TEXT_LEN) return true;
    struct session_find_in in = {hash_of(cx, cookie_secret), cx->now_ms};
    struct session_find_row row;
    if (!q_session_find(tx, &in, &row, found)) return false;
    if (!*found) return true;
    enum role role = (enum role)row.role_kind;
    uint64_t may;
    if (!permissions_of(tx, role, row.rights, &may)) return false;
    *out = (struct access_identity){
        .actor = {ACTOR_USER, row.user_id, row.id, may},
        .workspace_id = cx->workspace_id,
        .user_name = row.user_name,
        .user_email = row.email,
        .lang = row.lang,
        .theme = row.theme,
        .csrf = row.csrf,
        .role = role,
        .tour = row.tour_n,
        .keys_off = row.keys_n == 0,
        .news_seen = row.news_seen,
        .proved_ms = row.proved_ms,
        .seen_due = cx->now_ms - row.seen_ms >= SEEN_EVERY_MS,
    };
    return true;
}

bool access_by_token(struct ctx *cx, struct tx *tx, str bearer, struct access_identity *out,
                     bool *found)
{
    *found = false;
    if (!str_starts(bearer, S(TOKEN_PREFIX))) return true;
    struct token_find_in in = {hash_of(cx, bearer), cx->now_ms};
    struct token_find_row row;
    if (!q_token_find(tx, &in, &row, found)) return false;
    if (!*found) return true;
    enum role role = (enum role)row.role_kind;
    uint64_t may;
    if (!permissions_of(tx, role, row.rights, &may)) return false;
    *out = (struct access_identity){
        .actor = {ACTOR_TOKEN, row.user_id, row.id, may & ((uint64_t)row.scopes | REACH_RIGHTS)},
        .workspace_id = cx->workspace_id,
        .user_name = row.user_name,
        .user_email = row.email,
        .lang = row.lang,
        .theme = row.theme,
        .role = role,
        .seen_due = cx->now_ms - row.used_ms >= SEEN_EVERY_MS,
    };
    return true;
}

static bool seen_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct actor *actor = arg;
    struct session_seen_in session = {actor->id, actor->user_id, cx->now_ms};
    struct token_used_in token = {actor->id, cx->now_ms};
    return actor->kind == ACTOR_TOKEN ? q_token_used(tx, &token, NULL)
                                      : q_session_seen(tx, &session, NULL);
}

bool access_seen(struct ctx *cx, const struct access_identity *who)
{
    struct actor actor = who->actor;
    return !who->seen_due || db_write(cx, DB_EVENTS, seen_write, &actor);
}

bool access_member_set(struct ctx *cx, struct tx *tx, int64_t workspace_id, int64_t user_id,
                       enum role role)
{
    struct member_put_in in = {workspace_id, user_id, role, cx->now_ms};
    struct link_void_of_member_in open = {ONE_TIME_INVITATION, workspace_id, user_id};
    return q_member_put(tx, &in, NULL) && q_link_void_of_member(tx, &open, NULL);
}

bool access_may(struct ctx *cx, struct tx *tx, int64_t workspace_id, int64_t user_id,
                uint64_t permissions, bool *may)
{
    struct member_role_in in = {workspace_id, user_id};
    struct member_role_row row;
    uint64_t has = 0;
    bool found;
    if (!q_member_role(tx, &in, &row, &found)) return false;
    if (found && row.disabled_ms == 0) {
        tx_workspace(tx, workspace_id);
        bool read = permissions_of(tx, (enum role)row.role_kind, row.rights, &has);
        tx_workspace(tx, cx->workspace_id);
        if (!read) return false;
    }
    *may = (has & permissions) == permissions;
    return true;
}

/* --- sessions --- */

struct session_new session_prepare(struct ctx *cx, const struct client *client, bool stay)
{
    struct session_new s = {.secret = secret_new(cx->a, ""),
                            .csrf = secret_new(cx->a, ""),
                            .user_agent = utf8_cut(client->user_agent, LIMIT_NAME_BYTES),
                            .id = ctx_new_id(cx),
                            .idle_ms = stay ? SESSION_STAY_MS : SESSION_IDLE_MS,
                            .expires_ms = cx->now_ms + SESSION_STAY_MS,
                            .stay = stay};
    s.secret_hash = hash_of(cx, s.secret);
    if (s.user_agent.ptr == NULL) s.user_agent = S("");
    return s;
}

/* A few of each that is over; *swept is the most of any. */
static bool sweep(struct ctx *cx, struct tx *tx, int64_t limit, int64_t *swept)
{
    struct session_sweep_in sessions = {cx->now_ms, limit};
    struct link_sweep_in links = {cx->now_ms - SESSION_STAY_MS, limit};
    struct throttle_sweep_in throttles = {cx->now_ms - DAY_MS, limit};
    int64_t n[3] = {0};
    if (!q_session_sweep(tx, &sessions, &n[0]) || !q_link_sweep(tx, &links, &n[1]) ||
        !q_throttle_sweep(tx, &throttles, &n[2]))
        return false;
    *swept = 0;
    for (int i = 0; i < 3; i++)
        if (n[i] > *swept) *swept = n[i];
    return true;
}

static bool sweep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return sweep(cx, tx, SWEEP_JOB_ROWS, arg);
}

bool access_sweep_run(struct ctx *cx, const struct job *job)
{
    int64_t swept = SWEEP_JOB_ROWS;
    (void)job;
    while (swept >= SWEEP_JOB_ROWS)
        if (!db_write(cx, DB_BULK, sweep_write, &swept)) return false;
    return true;
}

bool session_write(struct ctx *cx, struct tx *tx, const struct session_new *s, int64_t user_id)
{
    struct session_add_in add = {s->secret_hash,   s->id,      user_id,
                                 cx->workspace_id, cx->now_ms, s->idle_ms,
                                 s->expires_ms,    s->csrf,    s->user_agent};
    int64_t swept;
    return q_session_add(tx, &add, NULL) && sweep(cx, tx, SWEEP_ROWS, &swept);
}

static bool end_mine(struct tx *tx, const struct actor *actor)
{
    struct session_end_in in = {actor->id, actor->user_id};
    return actor->kind != ACTOR_USER || q_session_end(tx, &in, NULL);
}

static bool sign_out_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return end_mine(tx, &cx->actor) &&
           audit_write(cx, tx, "session.end", "session", cx->actor.id, 0, value_null());
}

bool access_sign_out(struct ctx *cx)
{
    return cx->actor.kind != ACTOR_USER || db_write(cx, DB_INTERACTIVE, sign_out_write, NULL);
}

/* --- throttling --- */

static str throttle_key(struct ctx *cx, enum throttle_kind kind, str of)
{
    uint8_t *out = NEW(cx->a, uint8_t, KEY_HASH_BYTES);
    str data = str_printf(cx->a, "throttle %d %.*s", (int)kind, STR_ARG(of));
    key_hash(cx->keys, KEY_SESSION, data, out);
    return (str){(const char *)out, KEY_HASH_BYTES};
}

struct attempt attempt_new(struct ctx *cx, enum throttle_kind address_kind,
                           enum throttle_kind network_kind, str address, str ip)
{
    return (struct attempt){
        .address_kind = address_kind,
        .network_kind = network_kind,
        .address_key = throttle_key(cx, address_kind, address),
        .network_key = throttle_key(cx, network_kind, network_of(cx->a, ip)),
    };
}

static bool throttle_load(struct tx *tx, str key, struct throttle *out)
{
    struct throttle_get_in in = {key};
    struct throttle_get_row row;
    bool found;
    if (!q_throttle_get(tx, &in, &row, &found)) return false;
    *out = (struct throttle){0};
    if (found) *out = (struct throttle){row.failures_n, row.window_ms, row.blocked_until_ms};
    return true;
}

static bool throttle_store(struct tx *tx, str key, const struct throttle *t)
{
    struct throttle_put_in in = {key, t->failures, t->window_ms, t->blocked_until_ms};
    return q_throttle_put(tx, &in, NULL);
}

static bool attempt_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct attempt *t = arg;
    struct throttle address, network;
    bool begins[2];
    if (!throttle_load(tx, t->address_key, &address) ||
        !throttle_load(tx, t->network_key, &network))
        return false;
    bool address_ok = throttle_take(t->address_kind, &address, cx->now_ms, &begins[0]);
    bool network_ok = throttle_take(t->network_kind, &network, cx->now_ms, &begins[1]);
    t->blocked_until_ms = 0;
    if (!address_ok) t->blocked_until_ms = address.blocked_until_ms;
    if (!network_ok && network.blocked_until_ms > t->blocked_until_ms)
        t->blocked_until_ms = network.blocked_until_ms;
    if (!address_ok || !network_ok) return true;
    if (!throttle_store(tx, t->address_key, &address) ||
        !throttle_store(tx, t->network_key, &network))
        return false;
    bool sign_in =
        t->address_kind == THROTTLE_SIGN_IN_ADDRESS || t->address_kind == THROTTLE_CODE_PERSON;
    if (!sign_in || (!begins[0] && !begins[1])) return true;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "of", begins[1] ? S("network") : S("address"));
    return audit_write(cx, tx, "sign_in.blocked", "user", 0, 0, detail);
}

bool attempt_count(struct ctx *cx, struct attempt *attempt)
{
    if (!db_write(cx, DB_INTERACTIVE, attempt_write, attempt)) return false;
    if (attempt->blocked_until_ms == 0) return true;
    int64_t wait_s = (attempt->blocked_until_ms - cx->now_ms + 999) / 1000;
    fail(cx, ERR_TOO_MANY, "access.too_many_attempts");
    fail_arg(cx, "minutes", str_printf(cx->a, "%lld", (long long)((wait_s + 59) / 60)));
    cx->err.retry_after_s = (int)wait_s;
    return false;
}

bool attempt_succeeded(struct tx *tx, const struct attempt *attempt)
{
    struct throttle_delete_in address = {attempt->address_key};
    struct throttle network;
    if (!q_throttle_delete(tx, &address, NULL) ||
        !throttle_load(tx, attempt->network_key, &network))
        return false;
    throttle_give_back(&network);
    return throttle_store(tx, attempt->network_key, &network);
}

/* --- passwords --- */

str address_typed(arena *a, str email)
{
    str address;
    if (email_normalise(a, email, &address) == EMAIL_OK) return address;
    return str_lower_ascii(a, utf8_cut(utf8_clean_line(a, email), LIMIT_EMAIL_BYTES));
}

static bool company_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_load(cx, tx, cx->workspace_id, arg);
}

bool password_allowed(struct ctx *cx, const char *field, str password, str email, str name)
{
    struct workspace company = {0};
    if (!db_read(cx, company_read, &company)) return false;
    struct password_of of = {email, name, company.name};
    enum password_err err =
        password.len == 0 ? PASSWORD_SHORT : password_check(cx->a, password, &of);
    if (err == PASSWORD_OK) return true;
    fail_field(cx, str_of(field), password_err_key(err));
    int limit = err == PASSWORD_LONG ? PASSWORD_MAX_BYTES : PASSWORD_MIN_CHARACTERS;
    fail_arg(cx, err == PASSWORD_LONG ? "max" : "min", str_printf(cx->a, "%d", limit));
    return false;
}

/* Hashing is made to be slow and large: more at once than slots would take all memory. */
static void slot_take(struct ctx *cx)
{
    while (cx->app != NULL && sem_wait(&cx->app->password_slots) != 0) {
    } /* interrupted by a signal */
}

static void slot_give(struct ctx *cx)
{
    if (cx->app != NULL) sem_post(&cx->app->password_slots);
}

bool password_make(struct ctx *cx, str password, str *hash)
{
    char *room = NEW(cx->a, char, PASSWORD_HASH_ROOM); /* nothing jumps out while a slot is held */
    cx->a->beg = room;
    slot_take(cx);
    bool made = crypto_password_hash(cx->a, password, hash);
    slot_give(cx);
    if (made) return true;
    return fail_detail(cx, ERR_UNAVAILABLE, "error.busy", "no memory to hash a password");
}

bool password_is(struct ctx *cx, str hash, str password)
{
    bool usable = hash.len > 0 && password.len > 0 && password.len <= PASSWORD_MAX_BYTES;
    slot_take(cx);
    bool same =
        crypto_password_verify(usable ? hash : str_of(NOBODYS_HASH), usable ? password : S("-"));
    slot_give(cx);
    return usable && same;
}

/* --- signing in --- */

struct signing_in {
    str email;
    struct user_by_email_row user;
    bool found;
    str new_hash; /* the same password at today's cost */
    const struct attempt *attempt;
    const struct session_new *session;
    bool done;
};

static bool user_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct signing_in *s = arg;
    struct user_by_email_in in = {s->email};
    return q_user_by_email(tx, &in, &s->user, &s->found);
}

/* The session begins, in the name of whoever it is for. */
static bool session_begin(struct ctx *cx, struct tx *tx, const struct session_new *session,
                          int64_t user_id, const char *second)
{
    struct actor before = cx->actor;
    struct value detail = value_null();
    if (!end_mine(tx, &before) || !session_write(cx, tx, session, user_id)) return false;
    if (second != NULL) {
        detail = value_map(cx->a);
        value_set_text(detail, "second", str_of(second));
    }
    cx->actor = (struct actor){ACTOR_USER, user_id, session->id, 0};
    bool ok = audit_write(cx, tx, "session.begin", "session", session->id, 0, detail);
    cx->actor = before;
    return ok;
}

/* The password was right: a link of ten minutes leads to the second step. */
static bool second_write(struct ctx *cx, struct tx *tx, const struct signing_in *s)
{
    struct link_add_in in = {.secret_hash = hash_of(cx, s->session->second),
                             .id = s->session->id,
                             .link_kind = ONE_TIME_SECOND,
                             .of_workspace_id = cx->workspace_id,
                             .user_id = s->user.id,
                             .email = S(""),
                             .now_ms = cx->now_ms,
                             .expires_ms = cx->now_ms + SECOND_STEP_MS};
    int64_t swept;
    return q_link_add(tx, &in, NULL) && sweep(cx, tx, SWEEP_ROWS, &swept);
}

static bool sign_in_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct signing_in *s = arg;
    struct user_signed_in_in in = {s->user.id, s->new_hash, s->user.password_hash, cx->now_ms};
    struct user_change_password_in same = {s->user.id, s->new_hash, s->user.password_hash};
    struct member_turn_in turn = {s->user.id};
    int64_t member = 0, changed = 0;
    bool second = s->session->second.ptr != NULL;
    s->done = false;
    /* Asked again: disabled, removed or with another password since it was checked. */
    if (!q_member_turn(tx, &turn, &member)) return false;
    if (member == 0) return true;
    if (second ? !q_user_change_password(tx, &same, &changed)
               : !q_user_signed_in(tx, &in, &changed))
        return false;
    if (changed == 0) return true;
    s->done = true;
    return attempt_succeeded(tx, s->attempt) &&
           (second ? second_write(cx, tx, s) : session_begin(cx, tx, s->session, s->user.id, NULL));
}

bool access_sign_in(struct ctx *cx, const struct sign_in *in, const struct client *client,
                    struct session_new *out)
{
    struct signing_in s = {.email = address_typed(cx->a, in->email), .session = out};
    struct attempt attempt =
        attempt_new(cx, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_SIGN_IN_NETWORK, s.email, client->ip);
    s.attempt = &attempt;
    if (!attempt_count(cx, &attempt) || !db_read(cx, user_read, &s)) return false;
    bool may = s.found && s.user.role_kind != 0 && s.user.disabled_ms == 0;
    bool right = password_is(cx, may ? s.user.password_hash : (str){0}, in->password);
    if (!may || !right) return fail(cx, ERR_INVALID, "access.wrong_credentials");

    s.new_hash = s.user.password_hash;
    if (crypto_password_stale(s.new_hash) && !password_make(cx, in->password, &s.new_hash))
        return false;
    *out = session_prepare(cx, client, in->stay);
    if (s.user.totp_ms != 0) out->second = secret_new(cx->a, "");
    if (!db_write(cx, DB_INTERACTIVE, sign_in_write, &s)) return false;
    return s.done ? true : fail(cx, ERR_INVALID, "access.wrong_credentials");
}

/* --- the second step --- */

struct second_step {
    str secret_hash, code;
    int64_t user_id; /* 0: the link holds no more */
    struct user_get_row user;
    struct factor factor;
    const struct attempt *attempt;
    const struct session_new *session;
    bool right, recovery;      /* what was typed is no code of a phone */
    int64_t codes;             /* recovery codes there are */
    struct post_prepared mail; /* that tells of it */
};

static bool second_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct second_step *s = arg;
    struct link_find_in in = {s->secret_hash, ONE_TIME_SECOND};
    struct link_find_row link;
    bool found;
    s->user_id = 0;
    if (!q_link_find(tx, &in, &link, &found)) return false;
    if (!found || link.used_ms != 0 || link.expires_ms <= cx->now_ms ||
        link.of_workspace_id != cx->workspace_id)
        return true;
    struct user_get_in get = {link.user_id};
    if (!q_user_get(tx, &get, &s->user, &found)) return false;
    if (found) s->user_id = s->user.id;
    struct recovery_count_in of = {s->user_id};
    struct recovery_count_row codes;
    if (!q_recovery_count(tx, &of, &codes, NULL)) return false;
    s->codes = codes.n;
    return !found || factor_load(cx, tx, s->user_id, &s->factor);
}

static bool second_step_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct second_step *s = arg;
    struct link_use_in use = {s->secret_hash, ONE_TIME_SECOND, cx->now_ms};
    struct user_signed_in_in in = {s->user_id, s->user.password_hash, s->user.password_hash,
                                   cx->now_ms};
    struct member_turn_in turn = {s->user_id};
    int64_t member = 0, used = 0, changed = 0;
    if (!factor_take(cx, tx, &s->factor, s->code, &s->right)) return false;
    if (!s->right) return true;
    if (!q_member_turn(tx, &turn, &member) || !q_link_use(tx, &use, &used) ||
        !q_user_signed_in(tx, &in, &changed))
        return false;
    if (member == 0 || used == 0 || changed == 0) return fail(cx, ERR_GONE, "access.second_gone");
    return attempt_succeeded(tx, s->attempt) && (!s->recovery || post_enqueue(cx, tx, &s->mail)) &&
           session_begin(cx, tx, s->session, s->user_id, s->recovery ? "recovery" : "phone");
}

static bool recovery_told(struct ctx *cx, struct second_step *s, const struct client *client)
{
    struct link_mail mail = {.to_address = s->user.email,
                             .to_name = s->user.user_name,
                             .role = ROLE_VIEWER,
                             .lang = str_eq(s->user.lang, S("en")) ? LANG_EN : LANG_DE,
                             .codes_left = s->codes - 1};
    str read; /* by what it is: a phone's code may be typed with spaces, too */
    s->recovery = recovery_code_read(cx->a, s->code, &read);
    return !s->recovery || recovery_mail_prepare(cx, &mail, client, &s->mail);
}

bool access_second_step(struct ctx *cx, str second, str code, bool stay,
                        const struct client *client, struct session_new *out)
{
    struct second_step s = {.secret_hash = hash_of(cx, second), .code = code, .session = out};
    if (!db_read(cx, second_read, &s)) return false;
    if (s.user_id == 0) return fail(cx, ERR_GONE, "access.second_gone");
    struct attempt attempt =
        attempt_new(cx, THROTTLE_CODE_PERSON, THROTTLE_CODE_NETWORK,
                    str_printf(cx->a, "%lld", (long long)s.user_id), client->ip);
    s.attempt = &attempt;
    *out = session_prepare(cx, client, stay);
    if (!attempt_count(cx, &attempt) || !recovery_told(cx, &s, client) ||
        !db_write(cx, DB_INTERACTIVE, second_step_write, &s))
        return false;
    return s.right ? true : fail_field(cx, S("code"), "access.code_wrong");
}
