/* The people of the workspace, and the log of what they did. */
#include "access/access_http.h"

#include "audit/audit_value.h"
#include "base/limits.h"
#include "base/tz.h"

/* What may be given beyond the role, by who is asking. */
static struct value rights_open(struct ctx *cx, const struct member *m, bool sales_see_all)
{
    struct value list = value_list(cx->a);
    uint64_t has = member_permissions(m->role, 0, sales_see_all ? S("all") : S(""));
    uint64_t open = RIGHTS_TO_GIVE & ~has & cx->actor.permissions;
    for (uint64_t bit = 1; bit <= RIGHTS_TO_GIVE; bit <<= 1)
        if ((open & bit) != 0) value_push(list, value_text(str_of(permission_name(bit))));
    return list;
}

static struct value member_value(struct ctx *cx, const struct member *m, bool sales_see_all)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_USER, m->id));
    value_set_text(map, "name", m->name);
    value_set_text(map, "email", m->email);
    value_set_text(map, "role", str_of(role_name(m->role)));
    struct value rights = value_list(cx->a);
    for (uint64_t bit = 1; bit <= RIGHTS_TO_GIVE; bit <<= 1)
        if ((m->rights & bit) != 0) value_push(rights, value_text(str_of(permission_name(bit))));
    value_set(map, "rights", rights);
    value_set(map, "rights_open", rights_open(cx, m, sales_see_all));
    value_set_bool(map, "second", m->second_ms != 0);
    value_set_bool(map, "disabled", m->disabled_ms != 0);
    value_set_bool(map, "you", m->id == cx->actor.user_id);
    value_set(map, "created_at", instant_value(cx->a, m->created_ms));
    value_set(map, "last_sign_in_at", instant_value(cx->a, m->last_sign_in_ms));
    value_set(map, "last_seen_at", instant_value(cx->a, m->seen_ms));
    return map;
}

static struct value role_names(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int role = ROLE_ADMINISTRATOR; role < ROLE__COUNT; role++) {
        if ((role_permissions((enum role)role) & ~cx->actor.permissions) != 0) continue;
        value_push(list, value_text(str_of(role_name((enum role)role))));
    }
    return list;
}

bool users_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    struct people people;
    if (!people_list(cx, &people)) return false;
    struct value users = value_list(cx->a), invitations = value_list(cx->a);
    for (ptrdiff_t i = 0; i < people.member_count; i++)
        value_push(users, member_value(cx, &people.member[i], people.sales_see_all));
    for (ptrdiff_t i = 0; i < people.invitation_count; i++) {
        const struct invitation *in = &people.invitation[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_INVITATION, in->id));
        value_set_text(map, "email", in->email);
        value_set_text(map, "role", str_of(role_name(in->role)));
        value_set(map, "created_at", instant_value(cx->a, in->created_ms));
        value_set(map, "expires_at", instant_value(cx->a, in->expires_ms));
        value_push(invitations, map);
    }
    rp->data = value_map(cx->a);
    value_set(rp->data, "users", users);
    value_set(rp->data, "invitations", invitations);
    rp->page = value_map(cx->a);
    value_set(rp->page, "roles", role_names(cx));
    rp->template = "user/list";
    return true;
}

/* Where mail stays in the house, the page that answers shows the link, once. */
bool users_invite(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    int64_t id;
    str link, email = web_field(rq->body, "email"), role = web_field(rq->body, "role");
    if (!people_invite(cx, email, role, &client, &id, &link))
        return page_again(cx, rq, rp, users_get);
    if (rq->json || link.len == 0) {
        reply_done(cx, rp, "/users", "flash.invited");
        value_set_text(rp->data, "id", id_text(cx->a, ID_INVITATION, id));
        if (link.len > 0) value_set_text(rp->data, "link", link);
        return true;
    }
    if (!users_get(cx, rq, rp)) return false;
    value_set_text(rp->data, "link", link);
    value_set_text(rp->data, "link_email", email);
    return true;
}

bool users_uninvite(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_INVITATION, &id) || !people_uninvite(cx, id)) return false;
    reply_done(cx, rp, "/users", "flash.invitation_revoked");
    return true;
}

bool users_role(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_USER, &id) || !people_set_role(cx, id, web_field(rq->body, "role")))
        return false;
    reply_done(cx, rp, "/users", "flash.role_changed");
    return true;
}

bool users_rights(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    uint64_t rights;
    if (!param_id(cx, rq, ID_USER, &id) || !body_permissions(cx, rq->body, "rights", &rights) ||
        !people_set_rights(cx, id, rights))
        return false;
    reply_done(cx, rp, "/users", "flash.rights_changed");
    return true;
}

bool users_second_reset(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct client client = client_of(cx, rq);
    int64_t id;
    if (!param_id(cx, rq, ID_USER, &id) || !people_second_reset(cx, id, &client)) return false;
    reply_done(cx, rp, "/users", "flash.second_reset");
    return true;
}

bool users_disable(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_USER, &id) || !people_set_disabled(cx, id, true)) return false;
    reply_done(cx, rp, "/users", "flash.user_disabled");
    return true;
}

bool users_enable(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_USER, &id) || !people_set_disabled(cx, id, false)) return false;
    reply_done(cx, rp, "/users", "flash.user_enabled");
    return true;
}

bool users_remove(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!param_id(cx, rq, ID_USER, &id) || !people_remove(cx, id)) return false;
    reply_done(cx, rp, "/users", "flash.user_removed");
    return true;
}

/* --- audit --- */

enum { AUDIT_PAGE = 50 };

struct audit_page {
    struct audit_filter filter;
    struct audit_rows rows;
};

static bool audit_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct audit_page *p = arg;
    return audit_list(cx, tx, &p->filter, &p->rows);
}

bool audit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct audit_page p = {0};
    int rows = AUDIT_PAGE;
    str cursor = web_field(rq->query, "cursor"), user = web_field(rq->query, "user");
    p.filter.action = web_field(rq->query, "action");
    if (cursor.len > 0 && !id_parse(cursor, ID_AUDIT, &p.filter.before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (user.len > 0 && !id_parse(user, ID_USER, &p.filter.user_id))
        return fail_field(cx, S("user"), "error.choice_invalid");
    struct people people;
    if (!web_limit(cx, rq, &rows)) return false;
    p.filter.limit = rows + 1;
    if (!db_read(cx, audit_read, &p) || (!rq->json && !people_list(cx, &people))) return false;

    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < p.rows.count && i < rows; i++)
        value_push(rp->data, audit_value(cx, &p.rows.row[i]));
    if (p.rows.count > rows) rp->next = id_text(cx->a, ID_AUDIT, p.rows.row[rows - 1].id);
    rp->template = "audit/list";
    rp->page = value_map(cx->a);
    if (rq->json) return true;
    struct value users = value_list(cx->a);
    for (ptrdiff_t i = 0; i < people.member_count; i++)
        value_push(users, member_value(cx, &people.member[i], people.sales_see_all));
    value_set_text(rp->page, "next", rp->next);
    value_set_text(rp->page, "action", p.filter.action);
    value_set_text(rp->page, "user", user);
    value_set(rp->page, "users", users);
    return true;
}
