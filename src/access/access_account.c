/* One's own account: name, password, sessions, tokens. */
#include "access/access_inner.h"

#include "access_sql.h"
#include "audit/audit.h"
#include "base/limits.h"
#include "base/utf8.h"

enum { TOKEN_DAYS_MAX = 3650, TOKENS_PER_USER = 50 };
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static bool sessions_read(struct ctx *cx, struct tx *tx, struct account *out)
{
    struct session_list_in in = {cx->actor.user_id, cx->now_ms};
    struct session_list_rows rows;
    if (!q_session_list(tx, &in, &rows)) return false;
    out->session = NEW(cx->a, struct session_row, rows.count);
    out->session_count = rows.count;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->session[i] =
            (struct session_row){rows.row[i].id, rows.row[i].created_ms, rows.row[i].seen_ms,
                                 rows.row[i].expires_ms, rows.row[i].user_agent};
    return true;
}

static bool tokens_read(struct ctx *cx, struct tx *tx, struct account *out)
{
    struct token_list_in in = {cx->actor.user_id};
    struct token_list_rows rows;
    if (!q_token_list(tx, &in, &rows)) return false;
    out->token = NEW(cx->a, struct token_row, rows.count);
    out->token_count = rows.count;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->token[i] = (struct token_row){.id = rows.row[i].id,
                                           .created_ms = rows.row[i].created_ms,
                                           .expires_ms = rows.row[i].expires_ms,
                                           .used_ms = rows.row[i].used_ms,
                                           .name = rows.row[i].token_name,
                                           .scopes = (uint64_t)rows.row[i].scopes};
    return true;
}

static bool workspaces_read(struct ctx *cx, struct tx *tx, struct account *out)
{
    struct workspaces_of_user_in in = {cx->actor.user_id};
    struct workspaces_of_user_rows rows;
    if (!q_workspaces_of_user(tx, &in, &rows)) return false;
    out->workspaces = (struct workspaces){NEW(cx->a, struct workspace, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->workspaces.row[i] =
            (struct workspace){rows.row[i].id, rows.row[i].ws_name, rows.row[i].host};
    return true;
}

static bool account_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct account *out = arg;
    struct user_get_in in = {cx->actor.user_id};
    struct user_get_row row;
    bool found;
    if (!q_user_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct account){.user = {.id = row.id,
                                     .email = row.email,
                                     .name = row.user_name,
                                     .role = (enum role)row.role_kind,
                                     .disabled_ms = row.disabled_ms,
                                     .second_ms = row.totp_ms,
                                     .rights = (uint64_t)row.rights},
                            .lang = row.lang,
                            .theme = row.theme};
    return sessions_read(cx, tx, out) && tokens_read(cx, tx, out) && workspaces_read(cx, tx, out);
}

bool account_load(struct ctx *cx, struct account *out)
{
    return db_read(cx, account_read, out);
}

/* --- name, language, theme --- */

struct account_new {
    str name, lang, theme; /* absent: as it is */
};

static bool change_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct account_new *new = arg;
    struct user_get_in get = {cx->actor.user_id};
    struct user_get_row row;
    bool found;
    if (!q_user_get(tx, &get, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct user_update_in set = {row.id, new->name.ptr != NULL ? new->name : row.user_name,
                                 new->lang.ptr != NULL ? new->lang : row.lang,
                                 new->theme.ptr != NULL ? new->theme : row.theme};
    return q_user_update(tx, &set, NULL) &&
           audit_write(cx, tx, "user.update", "user", row.id, 0, value_null());
}

bool account_change(struct ctx *cx, str name, str lang, str theme)
{
    struct account_new new = {.lang = lang, .theme = theme};
    bool ok = true;
    if (name.ptr != NULL) new.name = utf8_clean_line(cx->a, name);
    if (name.ptr != NULL && new.name.len == 0)
        ok = fail_field(cx, S("name"), "error.field_required");
    if (new.name.len > LIMIT_NAME_BYTES) {
        ok = fail_field(cx, S("name"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_NAME_BYTES));
    }
    if (lang.ptr != NULL && !str_eq(lang, S("de")) && !str_eq(lang, S("en")))
        ok = fail_field(cx, S("lang"), "error.choice_invalid");
    if (theme.len > 0 && !str_eq(theme, S("light")) && !str_eq(theme, S("dark")))
        ok = fail_field(cx, S("theme"), "error.choice_invalid");
    return ok && db_write(cx, DB_INTERACTIVE, change_write, &new);
}

/* --- password --- */

struct password_change {
    struct user_get_row user;
    bool found;
    str new_hash;
    const struct attempt *attempt;
};

static bool password_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct password_change *c = arg;
    struct user_get_in in = {cx->actor.user_id};
    return q_user_get(tx, &in, &c->user, &c->found);
}

static bool password_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct password_change *c = arg;
    struct user_change_password_in set = {c->user.id, c->new_hash, c->user.password_hash};
    int64_t changed = 0;
    int64_t mine = cx->actor.kind == ACTOR_USER ? cx->actor.id : 0;
    struct session_end_others_in end = {c->user.id, mine};
    struct link_void_of_user_in links = {ONE_TIME_RESET, c->user.id};
    struct link_void_of_user_in second = {ONE_TIME_SECOND, c->user.id};
    if (!q_user_change_password(tx, &set, &changed)) return false;
    if (changed == 0) return fail_field(cx, S("old_password"), "access.wrong_password");
    return q_session_end_others(tx, &end, NULL) && q_link_void_of_user(tx, &links, NULL) &&
           q_link_void_of_user(tx, &second, NULL) && attempt_succeeded(tx, c->attempt) &&
           audit_write(cx, tx, "user.password", "user", c->user.id, 0, value_null());
}

bool account_set_password(struct ctx *cx, str old_password, str new_password,
                          const struct client *client)
{
    struct password_change c = {0};
    if (!db_read(cx, password_read, &c)) return false;
    if (!c.found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    /* A stolen session must not be a way to guess the password. */
    struct attempt attempt = attempt_new(cx, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_SIGN_IN_NETWORK,
                                         c.user.email, client->ip);
    c.attempt = &attempt;
    if (!attempt_count(cx, &attempt)) return false;
    if (!password_is(cx, c.user.password_hash, old_password))
        return fail_field(cx, S("old_password"), "access.wrong_password");
    return password_allowed(cx, "password", new_password, c.user.email, c.user.user_name) &&
           password_make(cx, new_password, &c.new_hash) &&
           db_write(cx, DB_INTERACTIVE, password_write, &c);
}

/* --- sessions --- */

static bool end_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct session_end_in in = {*(const int64_t *)arg, cx->actor.user_id};
    int64_t changed = 0;
    if (!q_session_end(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return audit_write(cx, tx, "session.end", "session", in.id, 0, value_null());
}

bool account_end_session(struct ctx *cx, int64_t session_id)
{
    return db_write(cx, DB_INTERACTIVE, end_write, &session_id);
}

static bool end_others_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct session_end_others_in in = {cx->actor.user_id,
                                       cx->actor.kind == ACTOR_USER ? cx->actor.id : 0};
    struct value detail = value_map(cx->a);
    int64_t changed = 0;
    (void)arg;
    if (!q_session_end_others(tx, &in, &changed)) return false;
    value_set_int(detail, "count", changed);
    return audit_write(cx, tx, "session.end_others", "user", in.user_id, 0, detail);
}

bool account_end_others(struct ctx *cx)
{
    return db_write(cx, DB_INTERACTIVE, end_others_write, NULL);
}

/* --- tokens --- */

struct token_new {
    int64_t id, user_id, expires_ms;
    str name, secret_hash;
    uint64_t scopes;
};

static bool token_insert(struct ctx *cx, struct tx *tx, const struct token_new *t)
{
    struct token_add_in add = {
        t->id, t->user_id, t->name, t->secret_hash, (int64_t)t->scopes, cx->now_ms, t->expires_ms};
    struct member_turn_in turn = {t->user_id};
    struct value detail = value_map(cx->a);
    int64_t member = 0;
    value_set_text(detail, "name", t->name);
    if (!q_member_turn(tx, &turn, &member)) return false;
    if (member == 0) return fail(cx, ERR_NOT_FOUND, "access.no_such_member");
    return q_token_add(tx, &add, NULL) &&
           audit_write(cx, tx, "token.create", "token", t->id, 0, detail);
}

static struct token_new token_prepare(struct ctx *cx, int64_t user_id, str name, uint64_t scopes,
                                      int64_t expires_ms, str *secret)
{
    uint8_t *hash = NEW(cx->a, uint8_t, SECRET_HASH_BYTES);
    *secret = secret_new(cx->a, TOKEN_PREFIX);
    secret_hash(*secret, hash);
    return (struct token_new){.id = ctx_new_id(cx),
                              .user_id = user_id,
                              .expires_ms = expires_ms,
                              .name = name,
                              .secret_hash = {(const char *)hash, SECRET_HASH_BYTES},
                              .scopes = scopes};
}

/* What a token makes ends with it at the latest: a stolen one must not prolong itself. */
static void end_as_its_maker(const struct ctx *cx, const struct token_list_rows *own,
                             struct token_new *t)
{
    for (ptrdiff_t i = 0; i < own->count && cx->actor.kind == ACTOR_TOKEN; i++) {
        int64_t ends_ms = own->row[i].id == cx->actor.id ? own->row[i].expires_ms : 0;
        if (ends_ms != 0 && (t->expires_ms == 0 || t->expires_ms > ends_ms)) t->expires_ms = ends_ms;
    }
}

/* Counted here, where the member's turn that follows keeps two from being one too many. */
static bool token_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct token_new *t = arg;
    struct token_list_in in = {cx->actor.user_id};
    struct token_list_rows rows;
    if (!q_token_list(tx, &in, &rows)) return false;
    if (rows.count >= TOKENS_PER_USER) return fail(cx, ERR_CONFLICT, "access.too_many_tokens");
    end_as_its_maker(cx, &rows, t);
    return token_insert(cx, tx, t);
}

bool account_token_create(struct ctx *cx, str name, uint64_t scopes, int64_t expires_days,
                          int64_t *id, str *secret)
{
    bool ok = true;
    str called = utf8_clean_line(cx->a, name);
    if (called.len == 0) ok = fail_field(cx, S("name"), "error.field_required");
    if (called.len > LIMIT_NAME_BYTES) {
        ok = fail_field(cx, S("name"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_NAME_BYTES));
    }
    if (scopes == 0) ok = fail_field(cx, S("scopes"), "error.field_required");
    if ((scopes & ~cx->actor.permissions) != 0)
        ok = fail_field(cx, S("scopes"), "access.scope_above_own");
    if (expires_days < 0 || expires_days > TOKEN_DAYS_MAX)
        ok = fail_field(cx, S("expires_days"), "error.number_invalid");
    if (!ok) return false;
    int64_t expires_ms = expires_days == 0 ? 0 : cx->now_ms + expires_days * DAY_MS;
    struct token_new t = token_prepare(cx, cx->actor.user_id, called, scopes, expires_ms, secret);
    *id = t.id;
    return db_write(cx, DB_INTERACTIVE, token_write, &t);
}

static bool revoke_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct token_revoke_in in = {*(const int64_t *)arg, cx->actor.user_id, cx->now_ms};
    int64_t changed = 0;
    if (!q_token_revoke(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return audit_write(cx, tx, "token.revoke", "token", in.id, 0, value_null());
}

bool account_token_revoke(struct ctx *cx, int64_t token_id)
{
    return db_write(cx, DB_INTERACTIVE, revoke_write, &token_id);
}

bool access_token_create(struct ctx *cx, struct tx *tx, str email, str name, uint64_t scopes,
                         int64_t expires_ms, str *secret)
{
    struct user_by_email_in in = {address_typed(cx->a, email)};
    struct user_by_email_row user;
    bool found;
    if (!q_user_by_email(tx, &in, &user, &found)) return false;
    if (!found || user.role_kind == 0 || user.disabled_ms != 0)
        return fail(cx, ERR_NOT_FOUND, "access.no_such_member");
    uint64_t may = member_permissions((enum role)user.role_kind, (uint64_t)user.rights, S(""));
    if ((scopes & ~may) != 0) return fail(cx, ERR_INVALID, "access.scope_above_own");
    struct token_new t = token_prepare(cx, user.id, utf8_clean_line(cx->a, name),
                                       scopes == 0 ? may : scopes, expires_ms, secret);
    return token_insert(cx, tx, &t);
}
