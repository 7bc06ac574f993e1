/* One-time links: set-up, invitation, reset. */
#include "access/access_inner.h"

#include "access_sql.h"
#include "audit/audit.h"
#include "base/email.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "workspace/workspace.h"

static str hash_of(struct ctx *cx, str secret)
{
    uint8_t *out = NEW(cx->a, uint8_t, SECRET_HASH_BYTES);
    secret_hash(secret, out);
    return (str){(const char *)out, SECRET_HASH_BYTES};
}

/* --- the first administrator --- */

bool access_first_link(struct ctx *cx, struct tx *tx, str *secret, bool *needed)
{
    struct user_count_row users;
    struct link_void_kind_in old = {ONE_TIME_SETUP};
    if (!q_user_count(tx, &users, NULL)) return false;
    *needed = users.n == 0;
    /* One that another node has shown holds on until there is somebody. */
    bool others = *needed && db_is_shared(cx->db);
    if (!others && !q_link_void_kind(tx, &old, NULL)) return false;
    *secret = (str){0};
    if (!*needed) return true;
    *secret = secret_new(cx->a, "");
    struct link_add_in in = {.secret_hash = hash_of(cx, *secret),
                             .id = ctx_new_id(cx),
                             .link_kind = ONE_TIME_SETUP,
                             .of_workspace_id = cx->workspace_id,
                             .email = S(""),
                             .role_kind = ROLE_ADMINISTRATOR,
                             .now_ms = cx->now_ms,
                             .expires_ms = cx->now_ms + SETUP_LINK_MS};
    return q_link_add(tx, &in, NULL);
}

/* --- reading a link --- */

struct link_lookup {
    enum one_time_kind kind;
    struct one_time *out;
    bool found;
};

static bool link_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct link_lookup *l = arg;
    struct link_find_in in = {l->out->secret_hash, l->kind};
    struct link_find_row row;
    if (!q_link_find(tx, &in, &row, &l->found)) return false;
    if (!l->found) return true;
    struct one_time *out = l->out;
    out->id = row.id;
    out->of_workspace_id = row.of_workspace_id;
    out->user_id = row.user_id;
    out->email = row.email;
    out->role = (enum role)row.role_kind;
    l->found =
        row.used_ms == 0 && row.expires_ms > cx->now_ms && row.of_workspace_id == cx->workspace_id;
    struct user_by_email_in by = {row.email};
    struct user_by_email_row user;
    struct workspace workspace;
    if (!q_user_by_email(tx, &by, &user, &out->user_known) ||
        !workspace_load(cx, tx, row.of_workspace_id, &workspace))
        return false;
    out->user_second = out->user_known && user.totp_ms != 0;
    out->workspace_name = workspace.name;
    return true;
}

bool one_time_load(struct ctx *cx, enum one_time_kind kind, str secret, struct one_time *out)
{
    struct link_lookup l = {kind, out, false};
    *out = (struct one_time){.secret_hash = hash_of(cx, secret)};
    if (!db_read(cx, link_read, &l)) return false;
    return l.found ? true : fail(cx, ERR_GONE, "access.link_gone");
}

static bool link_use(struct ctx *cx, struct tx *tx, enum one_time_kind kind, str secret_hash_)
{
    struct link_use_in in = {secret_hash_, kind, cx->now_ms};
    int64_t changed = 0;
    if (!q_link_use(tx, &in, &changed)) return false;
    return changed == 1 ? true : fail(cx, ERR_GONE, "access.link_gone");
}

/* --- a new user --- */

/* What is written when somebody comes in by a link or from the command line. */
struct entry {
    enum one_time_kind kind; /* 0: from the command line */
    struct one_time link;
    int64_t user_id, written_id; /* written: whose row it has become */
    bool is_new;
    str email, name, password_hash;
    str known_hash;     /* of whoever has an account: his password as it was checked */
    str workspace_name; /* what the workspace is called from now on; empty: as before */
    str lang;           /* of somebody new; empty: as cx->lang */
    enum role role;
    const struct session_new *session;
    const struct attempt *attempt;
};

/* Clean and check name, address and (for a new user) password; faults are noted by field. */
static bool entry_check(struct ctx *cx, struct entry *e, const struct user_new *in)
{
    bool ok = true;
    e->name = utf8_clean_line(cx->a, in->name);
    if (email_normalise(cx->a, in->email, &e->email) != EMAIL_OK)
        ok = fail_field(cx, S("email"), "error.email_invalid");
    if (e->name.len == 0) ok = fail_field(cx, S("name"), "error.field_required");
    if (e->name.len > LIMIT_NAME_BYTES) {
        ok = fail_field(cx, S("name"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_NAME_BYTES));
    }
    return password_allowed(cx, "password", in->password, in->email, in->name) && ok;
}

static bool workspace_name_write(struct ctx *cx, struct tx *tx, str name)
{
    struct workspace w;
    if (name.len == 0) return true;
    if (!workspace_load(cx, tx, cx->workspace_id, &w)) return false;
    w.name = name;
    return workspace_change(cx, tx, &w);
}

/* Whom an invitation makes less than he is meanwhile must not be the last administrator. */
static bool entry_leaves_one(struct ctx *cx, struct tx *tx, const struct entry *e)
{
    struct user_get_in in = {e->user_id};
    struct user_get_row user;
    bool found;
    if (e->role == ROLE_ADMINISTRATOR) return true;
    return q_user_get(tx, &in, &user, &found) && (!found || people_others_manage(cx, tx, &user));
}

/* By a link: it is used up, and what was found out about it and its bearer still holds. */
static bool entry_admit(struct ctx *cx, struct tx *tx, const struct entry *e)
{
    struct user_count_row users;
    struct user_signed_in_in in = {e->user_id, e->known_hash, e->known_hash, cx->now_ms};
    int64_t changed = 0;
    if (e->kind == 0) return true;
    if (!link_use(cx, tx, e->kind, e->link.secret_hash)) return false;
    if (e->kind == ONE_TIME_SETUP) {
        if (!q_user_count(tx, &users, NULL)) return false;
        if (users.n != 0) return fail(cx, ERR_GONE, "access.link_gone");
    }
    if (e->is_new) return true;
    if (!entry_leaves_one(cx, tx, e)) return false;
    if (!q_user_signed_in(tx, &in, &changed)) return false;
    return changed == 1 || fail_field(cx, S("password"), "access.wrong_password");
}

/* The row of somebody new. The first administrator takes the seat that a demo keeps free, with all
 * that was done from there; *user_id is then that one's. */
static bool user_write(struct ctx *cx, struct tx *tx, const struct entry *e, int64_t *user_id)
{
    str lang = e->lang.len > 0 ? e->lang : cx->lang == LANG_EN ? S("en") : S("de");
    int64_t signed_in_ms = e->session != NULL ? cx->now_ms : 0;
    struct user_count_row users;
    struct user_seat_in in = {ROLE_ADMINISTRATOR};
    struct user_seat_row seat;
    bool free_seat = false;
    *user_id = e->user_id;
    if (!e->is_new) return true;
    if (!q_user_count(tx, &users, NULL)) return false;
    if (users.n == 0 && e->role == ROLE_ADMINISTRATOR && !q_user_seat(tx, &in, &seat, &free_seat))
        return false;
    if (free_seat) {
        struct user_take_seat_in take = {seat.id,          e->email, e->name,
                                         e->password_hash, lang,     signed_in_ms};
        *user_id = seat.id;
        return q_user_take_seat(tx, &take, NULL);
    }
    struct user_add_in add = {.id = e->user_id,
                              .email = e->email,
                              .user_name = e->name,
                              .password_hash = e->password_hash,
                              .lang = lang,
                              .now_ms = cx->now_ms,
                              .last_sign_in_ms = signed_in_ms};
    return q_user_add(tx, &add, NULL);
}

static bool entry_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct entry *e = arg;
    int64_t user_id;
    if (!workspace_turn(cx, tx, cx->workspace_id) || !entry_admit(cx, tx, e) ||
        !user_write(cx, tx, e, &user_id))
        return false;
    e->written_id = user_id;
    if (!access_member_set(cx, tx, cx->workspace_id, user_id, e->role) ||
        !workspace_name_write(cx, tx, e->workspace_name))
        return false;
    if (e->attempt != NULL && !attempt_succeeded(tx, e->attempt)) return false;

    struct actor before = cx->actor;
    if (e->session != NULL) {
        if (!session_write(cx, tx, e->session, user_id)) return false;
        cx->actor = (struct actor){ACTOR_USER, user_id, e->session->id, 0};
    }
    struct value detail = value_map(cx->a);
    value_set_text(detail, "role", str_of(role_name(e->role)));
    value_set_bool(detail, "new", e->is_new);
    bool ok = audit_write(cx, tx, "user.add", "user", user_id, 0, detail);
    cx->actor = before;
    return ok;
}

bool access_setup(struct ctx *cx, str secret, str workspace_name, const struct user_new *in,
                  const struct client *client, struct session_new *out)
{
    struct entry e = {.kind = ONE_TIME_SETUP, .is_new = true, .role = ROLE_ADMINISTRATOR};
    if (!one_time_load(cx, e.kind, secret, &e.link)) return false;
    e.workspace_name = utf8_clean_line(cx->a, workspace_name);
    bool fits = e.workspace_name.len <= LIMIT_NAME_BYTES;
    if (!fits) {
        fail_field(cx, S("workspace"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_NAME_BYTES));
    }
    if (!entry_check(cx, &e, in) || !fits || !password_make(cx, in->password, &e.password_hash))
        return false;
    e.user_id = ctx_new_id(cx);
    *out = session_prepare(cx, client, false);
    e.session = out;
    return db_write(cx, DB_INTERACTIVE, entry_write, &e);
}

struct user_lookup {
    str email;
    struct user_by_email_row row;
    bool found;
};

static bool user_lookup_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct user_lookup *u = arg;
    struct user_by_email_in in = {u->email};
    return q_user_by_email(tx, &in, &u->row, &u->found);
}

/* Somebody who has an account proves it with its password. */
static bool accept_known(struct ctx *cx, struct entry *e, const struct user_by_email_row *user,
                         str password, struct attempt *attempt)
{
    e->user_id = user->id;
    e->known_hash = user->password_hash;
    e->attempt = attempt;
    if (!attempt_count(cx, attempt)) return false;
    if (password_is(cx, user->password_hash, password)) return true;
    return fail_field(cx, S("password"), "access.wrong_password");
}

bool access_accept(struct ctx *cx, str secret, str name, str password, const struct client *client,
                   struct session_new *out)
{
    struct entry e = {.kind = ONE_TIME_INVITATION};
    if (!one_time_load(cx, e.kind, secret, &e.link)) return false;
    e.email = e.link.email;
    e.role = e.link.role;
    struct user_lookup known = {.email = e.email};
    if (!db_read(cx, user_lookup_read, &known)) return false;
    e.is_new = !known.found;
    struct attempt attempt =
        attempt_new(cx, THROTTLE_SIGN_IN_ADDRESS, THROTTLE_SIGN_IN_NETWORK, e.email, client->ip);
    if (known.found) {
        if (!accept_known(cx, &e, &known.row, password, &attempt)) return false;
    } else {
        struct user_new in = {.email = e.email, .name = name, .role = e.role, .password = password};
        if (!entry_check(cx, &e, &in) || !password_make(cx, password, &e.password_hash))
            return false;
        e.user_id = ctx_new_id(cx);
    }
    *out = (struct session_new){0};
    if (!known.found || known.row.totp_ms == 0) {
        *out = session_prepare(cx, client, false);
        e.session = out;
    }
    return db_write(cx, DB_INTERACTIVE, entry_write, &e);
}

bool access_user_add(struct ctx *cx, const struct user_new *in, int64_t *user_id)
{
    struct entry e = {.role = in->role, .lang = in->lang};
    struct user_lookup known = {.email = address_typed(cx->a, in->email)};
    if (!db_read(cx, user_lookup_read, &known)) return false;
    e.is_new = !known.found;
    if (known.found) {
        e.user_id = known.row.id;
    } else {
        if (!entry_check(cx, &e, in) || !password_make(cx, in->password, &e.password_hash))
            return false;
        e.user_id = ctx_new_id(cx);
    }
    if (!db_write(cx, DB_INTERACTIVE, entry_write, &e)) return false;
    *user_id = e.written_id;
    return true;
}

/* --- a forgotten password --- */

struct forgetting {
    bool known;
    int64_t user_id;
    str email, secret_hash;
    struct post_prepared mail;
};

/* One row in either case; a row that nobody can use says no more than none. */
static bool forgot_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct forgetting *f = arg;
    struct link_void_of_user_in old = {ONE_TIME_RESET, f->user_id};
    struct link_add_in in = {.secret_hash = f->secret_hash,
                             .id = ctx_new_id(cx),
                             .link_kind = ONE_TIME_RESET,
                             .of_workspace_id = cx->workspace_id,
                             .user_id = f->user_id,
                             .email = f->known ? f->email : S(""),
                             .now_ms = cx->now_ms,
                             .expires_ms = cx->now_ms + (f->known ? RESET_LINK_MS : 0)};
    return q_link_void_of_user(tx, &old, NULL) && q_link_add(tx, &in, NULL) &&
           (!f->known || post_enqueue(cx, tx, &f->mail));
}

bool access_forgot(struct ctx *cx, str email, const struct client *client)
{
    struct user_lookup user = {0};
    if (email_normalise(cx->a, email, &user.email) != EMAIL_OK)
        return fail_field(cx, S("email"), "error.email_invalid");
    struct attempt attempt =
        attempt_new(cx, THROTTLE_FORGOT_ADDRESS, THROTTLE_FORGOT_NETWORK, user.email, client->ip);
    if (!attempt_count(cx, &attempt) || !db_read(cx, user_lookup_read, &user)) return false;
    bool known = user.found && user.row.role_kind != 0 && user.row.disabled_ms == 0;
    struct forgetting f = {.known = known, .user_id = known ? user.row.id : 0, .email = user.email};
    struct link_mail mail = {
        .kind = ONE_TIME_RESET,
        .to_address = user.email,
        .to_name = known ? user.row.user_name : S(""),
        .lang = known && str_eq(user.row.lang, S("en")) ? LANG_EN : LANG_DE,
        .expires_ms = cx->now_ms + RESET_LINK_MS,
        .secret = secret_new(cx->a, ""),
    };
    f.secret_hash = hash_of(cx, mail.secret);
    str link; /* written nowhere but into the mail */
    return link_mail_prepare(cx, &mail, client, &f.mail, &link) &&
           db_write(cx, DB_INTERACTIVE, forgot_write, &f);
}

struct resetting {
    struct one_time link;
    struct user_get_row user;
    bool found;
    str password_hash;
};

static bool reset_user_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct resetting *r = arg;
    struct user_get_in in = {r->link.user_id};
    return q_user_get(tx, &in, &r->user, &r->found);
}

static bool reset_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct resetting *r = arg;
    struct user_set_password_in set = {r->link.user_id, r->password_hash};
    struct session_end_others_in end = {r->link.user_id, 0};
    struct link_void_of_user_in others = {ONE_TIME_RESET, r->link.user_id};
    struct link_void_of_user_in second = {ONE_TIME_SECOND, r->link.user_id};
    struct actor before = cx->actor;
    if (!link_use(cx, tx, ONE_TIME_RESET, r->link.secret_hash) ||
        !q_user_set_password(tx, &set, NULL) || !q_session_end_others(tx, &end, NULL) ||
        !q_link_void_of_user(tx, &others, NULL) || !q_link_void_of_user(tx, &second, NULL))
        return false;
    cx->actor = (struct actor){.kind = ACTOR_USER, .user_id = r->link.user_id};
    bool ok = audit_write(cx, tx, "user.reset", "user", r->link.user_id, 0, value_null());
    cx->actor = before;
    return ok;
}

bool access_reset(struct ctx *cx, str secret, str password)
{
    struct resetting r = {0};
    if (!one_time_load(cx, ONE_TIME_RESET, secret, &r.link) || !db_read(cx, reset_user_read, &r))
        return false;
    if (!r.found) return fail(cx, ERR_GONE, "access.link_gone");
    return password_allowed(cx, "password", password, r.user.email, r.user.user_name) &&
           password_make(cx, password, &r.password_hash) &&
           db_write(cx, DB_INTERACTIVE, reset_write, &r);
}
