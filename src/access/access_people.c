/* The people of a workspace: invite, give roles, disable, remove. */
#include "access/access_inner.h"

#include "access_sql.h"
#include "audit/audit.h"
#include "base/email.h"
#include "workspace/workspace.h"

static bool people_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct people *out = arg;
    struct member_list_rows members;
    struct link_pending_in in = {ONE_TIME_INVITATION, cx->workspace_id, cx->now_ms};
    struct link_pending_rows links;
    struct sales_sees_row sees = {S("all")};
    bool found;
    if (!q_member_list(tx, &members) || !q_link_pending(tx, &in, &links) ||
        !q_sales_sees(tx, &sees, &found))
        return false;
    if (!found) sees.sees = S("all");
    *out = (struct people){.member = NEW(cx->a, struct member, members.count),
                           .member_count = members.count,
                           .invitation = NEW(cx->a, struct invitation, links.count),
                           .invitation_count = links.count};
    for (ptrdiff_t i = 0; i < members.count; i++) {
        const struct member_list_row *r = &members.row[i];
        out->member[i] = (struct member){.id = r->id,
                                         .created_ms = r->created_ms,
                                         .disabled_ms = r->disabled_ms,
                                         .last_sign_in_ms = r->last_sign_in_ms,
                                         .seen_ms = r->seen_ms > r->last_sign_in_ms
                                                        ? r->seen_ms
                                                        : r->last_sign_in_ms,
                                         .email = r->email,
                                         .name = r->user_name,
                                         .second_ms = r->totp_ms,
                                         .rights = (uint64_t)r->rights,
                                         .role = (enum role)r->role_kind};
    }
    for (ptrdiff_t i = 0; i < links.count; i++) {
        const struct link_pending_row *r = &links.row[i];
        out->invitation[i] = (struct invitation){r->id, r->created_ms, r->expires_ms, r->email,
                                                 (enum role)r->role_kind};
    }
    out->sales_see_all = (member_permissions(ROLE_SALES, 0, sees.sees) & MAY_READ_ALL_LEADS) != 0;
    return true;
}

bool access_who_may(struct ctx *cx, struct tx *tx, uint64_t permissions, struct access_people *out)
{
    struct member_list_rows rows;
    if (!q_member_list(tx, &rows)) return false;
    *out = (struct access_people){NEW(cx->a, int64_t, rows.count), 0};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct member_list_row *r = &rows.row[i];
        uint64_t has = member_permissions((enum role)r->role_kind, (uint64_t)r->rights, S(""));
        if (r->disabled_ms == 0 && (has & permissions) == permissions)
            out->user_id[out->count++] = r->id;
    }
    return true;
}

bool people_list(struct ctx *cx, struct people *out)
{
    return db_read(cx, people_read, out);
}

/* A role by its name, which nobody gives who may less himself. */
static bool role_given(struct ctx *cx, str name, enum role *out)
{
    if (!role_of(name, out)) return fail_field(cx, S("role"), "error.choice_invalid");
    /* One's own account is nobody's to give. */
    uint64_t above = role_permissions(*out) & ~cx->actor.permissions & ~(uint64_t)MAY_OWN_ACCOUNT;
    return above == 0 ? true : fail(cx, ERR_FORBIDDEN, "access.role_above_own");
}

/* --- invitations --- */

struct inviting {
    int64_t id;
    str email, inviter_name, secret_hash;
    enum role role;
    struct user_by_email_row user;
    bool found;
    struct post_prepared mail;
};

static bool invite_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct inviting *in = arg;
    struct user_by_email_in by = {in->email};
    struct user_get_in me = {cx->actor.user_id};
    struct user_get_row row;
    bool known;
    if (!q_user_by_email(tx, &by, &in->user, &in->found) || !q_user_get(tx, &me, &row, &known))
        return false;
    in->inviter_name = known ? row.user_name : S("");
    return true;
}

static bool invite_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct inviting *in = arg;
    struct link_void_of_email_in old = {ONE_TIME_INVITATION, cx->workspace_id, in->email};
    struct link_add_in add = {.secret_hash = in->secret_hash,
                              .id = in->id,
                              .link_kind = ONE_TIME_INVITATION,
                              .of_workspace_id = cx->workspace_id,
                              .user_id = 0,
                              .email = in->email,
                              .role_kind = in->role,
                              .now_ms = cx->now_ms,
                              .expires_ms = cx->now_ms + INVITATION_MS};
    struct value detail = value_map(cx->a);
    value_set_text(detail, "email", in->email);
    value_set_text(detail, "role", str_of(role_name(in->role)));
    return workspace_turn(cx, tx, cx->workspace_id) && q_link_void_of_email(tx, &old, NULL) &&
           q_link_add(tx, &add, NULL) && post_enqueue(cx, tx, &in->mail) &&
           audit_write(cx, tx, "user.invite", "invitation", in->id, 0, detail);
}

bool people_invite(struct ctx *cx, str email, str role, const struct client *client, int64_t *id,
                   str *link)
{
    struct inviting in = {.id = ctx_new_id(cx)};
    bool ok = email_normalise(cx->a, email, &in.email) == EMAIL_OK;
    if (!ok) fail_field(cx, S("email"), "error.email_invalid");
    if (!role_given(cx, role, &in.role) || !ok || !db_read(cx, invite_read, &in)) return false;
    if (in.found && in.user.role_kind != 0) {
        fail(cx, ERR_CONFLICT, "access.already_member");
        fail_field(cx, S("email"), "access.already_member");
        cx->err.code = ERR_CONFLICT;
        return false;
    }
    struct link_mail mail = {
        .kind = ONE_TIME_INVITATION,
        .to_address = in.email,
        .to_name = in.found ? in.user.user_name : S(""),
        .inviter_name = in.inviter_name,
        .role = in.role,
        .lang = in.found && str_eq(in.user.lang, S("en")) ? LANG_EN
                : in.found                                ? LANG_DE
                                                          : cx->lang,
        .expires_ms = cx->now_ms + INVITATION_MS,
        .secret = secret_new(cx->a, ""),
    };
    uint8_t *hash = NEW(cx->a, uint8_t, SECRET_HASH_BYTES);
    secret_hash(mail.secret, hash);
    in.secret_hash = (str){(const char *)hash, SECRET_HASH_BYTES};
    *id = in.id;
    if (!link_mail_prepare(cx, &mail, client, &in.mail, link)) return false;
    if (client->delivers) *link = (str){0}; /* it belongs to the mailbox's owner alone */
    return db_write(cx, DB_INTERACTIVE, invite_write, &in);
}

static bool uninvite_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const int64_t *id = arg;
    struct link_void_in in = {ONE_TIME_INVITATION, cx->workspace_id, *id};
    int64_t changed = 0;
    if (!q_link_void(tx, &in, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return audit_write(cx, tx, "user.uninvite", "invitation", *id, 0, value_null());
}

bool people_uninvite(struct ctx *cx, int64_t invitation_id)
{
    return db_write(cx, DB_INTERACTIVE, uninvite_write, &invitation_id);
}

/* --- members --- */

enum change { CHANGE_ROLE, CHANGE_DISABLE, CHANGE_ENABLE, CHANGE_REMOVE, CHANGE_RIGHTS };

struct member_change {
    enum change what;
    int64_t user_id;
    enum role role;
    uint64_t rights;
};

/* Sessions made here and tokens end at once. Those of other workspaces are theirs. */
static bool shut_out(struct ctx *cx, struct tx *tx, int64_t user_id)
{
    struct session_end_here_in sessions = {user_id, cx->workspace_id};
    struct token_revoke_all_in tokens = {user_id, cx->now_ms};
    return q_session_end_here(tx, &sessions, NULL) && q_token_revoke_all(tx, &tokens, NULL);
}

bool people_within_own(struct ctx *cx, const struct user_get_row *user)
{
    uint64_t has = member_permissions((enum role)user->role_kind, (uint64_t)user->rights, S(""));
    bool above = (has & ~cx->actor.permissions) != 0;
    return above ? fail(cx, ERR_FORBIDDEN, "access.role_above_own") : true;
}

bool people_others_manage(struct ctx *cx, struct tx *tx, const struct user_get_row *user)
{
    if (user->role_kind != ROLE_ADMINISTRATOR || user->disabled_ms != 0) return true;
    struct administrators_besides_in in = {user->id, ROLE_ADMINISTRATOR};
    struct administrators_besides_row row;
    if (!q_administrators_besides(tx, &in, &row, NULL)) return false;
    return row.n > 0 ? true : fail(cx, ERR_CONFLICT, "access.last_administrator");
}

/* Whoever is the last to manage a workspace stays its administrator. */
static bool not_the_last(struct ctx *cx, struct tx *tx, const struct user_get_row *user,
                         const struct member_change *c)
{
    bool stays = c->what == CHANGE_ENABLE || c->what == CHANGE_RIGHTS ||
                 (c->what == CHANGE_ROLE && c->role == ROLE_ADMINISTRATOR);
    return stays || people_others_manage(cx, tx, user);
}

static struct value right_names(struct ctx *cx, uint64_t rights)
{
    struct value list = value_list(cx->a);
    for (uint64_t bit = 1; bit != 0 && bit <= RIGHTS_TO_GIVE; bit <<= 1)
        if ((rights & bit) != 0) value_push(list, value_text(str_of(permission_name(bit))));
    return list;
}

static bool is_so_already(const struct member_change *c, const struct user_get_row *user)
{
    switch (c->what) {
    case CHANGE_ROLE:
        return (enum role)user->role_kind == c->role;
    case CHANGE_DISABLE:
        return user->disabled_ms != 0;
    case CHANGE_ENABLE:
        return user->disabled_ms == 0;
    case CHANGE_RIGHTS:
        return (uint64_t)user->rights == c->rights;
    case CHANGE_REMOVE:
        break;
    }
    return false;
}

static bool change_write(struct ctx *cx, struct tx *tx, void *arg)
{
    static const char *const actions[] = {[CHANGE_ROLE] = "user.role",
                                          [CHANGE_DISABLE] = "user.disable",
                                          [CHANGE_ENABLE] = "user.enable",
                                          [CHANGE_REMOVE] = "user.remove",
                                          [CHANGE_RIGHTS] = "user.rights"};
    const struct member_change *c = arg;
    struct user_get_in get = {c->user_id};
    struct user_get_row user;
    bool found;
    /* Two administrators may do it to each other at once: then one of them stays. */
    if (!workspace_turn(cx, tx, cx->workspace_id) || !q_user_get(tx, &get, &user, &found))
        return false;
    if (!found || user.role_kind == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!people_within_own(cx, &user) || !not_the_last(cx, tx, &user, c)) return false;
    if (is_so_already(c, &user)) return true;

    struct member_set_disabled_in disable = {c->user_id,
                                             c->what == CHANGE_DISABLE ? cx->now_ms : 0};
    struct member_delete_in remove = {c->user_id};
    struct member_set_rights_in rights = {c->user_id, (int64_t)c->rights};
    struct value detail = value_null();
    bool ok = true;
    switch (c->what) {
    case CHANGE_ROLE:
        detail = value_map(cx->a);
        value_set_text(detail, "from", str_of(role_name((enum role)user.role_kind)));
        value_set_text(detail, "to", str_of(role_name(c->role)));
        ok = access_member_set(cx, tx, cx->workspace_id, c->user_id, c->role);
        break;
    case CHANGE_DISABLE:
        ok = q_member_set_disabled(tx, &disable, NULL) && shut_out(cx, tx, c->user_id);
        break;
    case CHANGE_ENABLE:
        ok = q_member_set_disabled(tx, &disable, NULL);
        break;
    case CHANGE_REMOVE:
        ok = q_member_delete(tx, &remove, NULL) && shut_out(cx, tx, c->user_id);
        break;
    case CHANGE_RIGHTS:
        detail = value_map(cx->a);
        value_set(detail, "from", right_names(cx, (uint64_t)user.rights));
        value_set(detail, "to", right_names(cx, c->rights));
        ok = q_member_set_rights(tx, &rights, NULL);
        break;
    }
    return ok && audit_write(cx, tx, actions[c->what], "user", c->user_id, 0, detail);
}

bool people_set_role(struct ctx *cx, int64_t user_id, str role)
{
    struct member_change c = {.what = CHANGE_ROLE, .user_id = user_id};
    return role_given(cx, role, &c.role) && db_write(cx, DB_INTERACTIVE, change_write, &c);
}

bool people_set_disabled(struct ctx *cx, int64_t user_id, bool disabled)
{
    struct member_change c = {.what = disabled ? CHANGE_DISABLE : CHANGE_ENABLE,
                              .user_id = user_id};
    return db_write(cx, DB_INTERACTIVE, change_write, &c);
}

bool people_remove(struct ctx *cx, int64_t user_id)
{
    struct member_change c = {.what = CHANGE_REMOVE, .user_id = user_id};
    return db_write(cx, DB_INTERACTIVE, change_write, &c);
}

bool people_set_rights(struct ctx *cx, int64_t user_id, uint64_t rights)
{
    struct member_change c = {.what = CHANGE_RIGHTS, .user_id = user_id, .rights = rights};
    if ((rights & ~RIGHTS_TO_GIVE) != 0) return fail_field(cx, S("rights"), "error.choice_invalid");
    if ((rights & ~cx->actor.permissions) != 0)
        return fail(cx, ERR_FORBIDDEN, "access.role_above_own");
    return db_write(cx, DB_INTERACTIVE, change_write, &c);
}

bool access_names_of(struct ctx *cx, struct tx *tx, uint64_t permission, str *names)
{
    enum { NAMED = 3 };
    struct member_list_rows rows;
    int count = 0;
    *names = S("");
    if (!q_member_list(tx, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count && count < NAMED; i++) {
        const struct member_list_row *r = &rows.row[i];
        uint64_t may = member_permissions((enum role)r->role_kind, (uint64_t)r->rights, S(""));
        if (r->disabled_ms != 0 || (may & permission) == 0) continue;
        *names = str_printf(cx->a, "%.*s%s%.*s", STR_ARG(*names), count++ > 0 ? ", " : "",
                            STR_ARG(r->user_name));
    }
    return true;
}
