#include "relay/relay_http.h"

#include "app.h"
#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "post/post.h"
#include "relay/relay.h"
#include "relay/relay_mail.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

struct page {
    struct workspace workspace;
    struct settings settings;
    struct relay relay;
    struct post_relay_status status;
    struct mail test; /* id 0: none was sent yet */
    struct mail_attempts attempts;
    bool unreadable; /* what is set up cannot be opened with our keys */
};

static bool is_fixed(const struct ctx *cx)
{
    return cx->app->config.mail_given;
}

/* The relay is the installation's; other workspaces see whether it works, and try it. */
static bool may_change(const struct ctx *cx, const struct page *p)
{
    return !is_fixed(cx) && p->workspace.host.len == 0 &&
           (cx->actor.permissions & MAY_MANAGE_WORKSPACES) != 0;
}

static bool test_load(struct ctx *cx, struct tx *tx, const struct settings *settings,
                      struct mail *out)
{
    str mime;
    int64_t id = setting_number(settings, SETTING_RELAY_TEST_MAIL);
    *out = (struct mail){0};
    if (id == 0 || post_load(cx, tx, id, out, &mime)) return true;
    *out = (struct mail){0};
    if (cx->err.code != ERR_NOT_FOUND) return false;
    err_clear(cx);
    return true;
}

static bool relay_read(struct ctx *cx, struct tx *tx, struct page *p)
{
    p->unreadable = false;
    if (relay_load(cx, tx, &p->relay)) return true;
    if (cx->err.key == NULL || !str_eq(str_of(cx->err.key), S("relay.sealed"))) return false;
    err_clear(cx);
    p->unreadable = true;
    return true;
}

static bool page_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct page *p = arg;
    p->attempts.count = 0;
    return workspace_load(cx, tx, cx->workspace_id, &p->workspace) &&
           setting_load(cx, tx, &p->settings) && relay_read(cx, tx, p) &&
           post_relay_status(cx, tx, cx->app->delivery, &p->status) &&
           test_load(cx, tx, &p->settings, &p->test) &&
           (p->test.id == 0 || post_attempts(cx, tx, p->test.id, &p->attempts));
}

bool relay_is_tried(struct ctx *cx, struct tx *tx, bool *tried)
{
    struct settings settings;
    struct relay relay;
    struct mail test;
    *tried = false;
    if (!setting_load(cx, tx, &settings) || !test_load(cx, tx, &settings, &test)) return false;
    if (test.id == 0 || test.state != MAIL_SENT) return true;
    if (!is_fixed(cx) && !relay_load(cx, tx, &relay)) return false;
    *tried = is_fixed(cx) || test.created_ms >= relay.changed_ms;
    return true;
}

/* What to look at, by what the server said or what went wrong before it could: the end of a key
 * "relay.failed_…". */
static str failure_of(str reply)
{
    static const struct {
        const char *words, *what;
    } known[] = {
        {"host name", "host"},
        {"has no address", "host"},
        {"connection refused", "port"},
        {"no connection within", "port"},
        {"unreachable", "port"},
        {"certificate", "certificate"},
        {"535", "login"},
        {"user name or password", "login"},
        {"the login failed", "login"},
        {"STARTTLS", "security"},
        {"not encrypted", "security"},
        {"AUTH PLAIN", "security"},
        {"no answer within", "silent"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(known); i++)
        if (str_find(reply, str_of(known[i].words)) >= 0) return str_of(known[i].what);
    return S("other");
}

static struct value test_value(struct ctx *cx, const struct page *p)
{
    if (p->test.id == 0) return value_null();
    struct value map = value_map(cx->a);
    value_set_text(map, "mail_id", id_text(cx->a, ID_MAIL, p->test.id));
    value_set_text(map, "to", p->test.to);
    value_set_text(map, "state", str_of(mail_state_name(p->test.state)));
    value_set_text(map, "at", rfc3339(cx->a, p->test.created_ms));
    bool answered = p->attempts.count > 0;
    str reply = answered ? p->attempts.row[p->attempts.count - 1].reply : p->status.last_error;
    value_set_text(map, "reply", reply);
    if (reply.len > 0 && p->test.state != MAIL_SENT)
        value_set_text(map, "failed", failure_of(reply));
    return map;
}

static void describe(struct ctx *cx, const struct page *p, struct web_reply *rp)
{
    bool set = p->relay.version != 0 && !is_fixed(cx);
    rp->data = value_map(cx->a);
    value_set_bool(rp->data, "delivers", !p->status.outbox);
    value_set_bool(rp->data, "fixed", is_fixed(cx));
    value_set_text(rp->data, "host", set ? p->relay.host : p->status.host);
    value_set_int(rp->data, "port", set ? p->relay.port : p->status.port);
    value_set_text(rp->data, "security",
                   set ? str_of(relay_security_name(p->relay.tls)) : (str){0});
    value_set_text(rp->data, "user", set ? p->relay.user : (str){0});
    value_set_bool(rp->data, "password_set", set && p->relay.sealed.len > 0);
    value_set_text(rp->data, "trouble", p->status.last_error);
    value_set_int(rp->data, "waiting", p->status.waiting);
    value_set(rp->data, "test", test_value(cx, p));
    rp->page = value_map(cx->a);
    value_set_bool(rp->page, "may_change", may_change(cx, p));
    value_set_bool(rp->page, "default_workspace", p->workspace.host.len == 0);
    value_set_bool(rp->page, "unreadable", p->unreadable && !is_fixed(cx));
    value_set_bool(rp->page, "test_open",
                   p->test.state == MAIL_QUEUED || p->test.state == MAIL_IN_FLIGHT);
    value_set_text(rp->page, "sender", p->settings.value[SETTING_SENDER_ADDRESS]);
    rp->template = "settings/relay";
}

static bool relay_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct page p;
    (void)rq;
    if (!db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    return true;
}

struct change {
    struct page page;
    struct value body;
    bool remove;
};

/* A form's text, or a number of JSON; what is left out stays as it was. */
static str told(struct ctx *cx, struct value body, const char *name, str before)
{
    struct value v = value_get(body, str_of(name));
    if (v.type == VALUE_INT) return str_printf(cx->a, "%lld", (long long)v.as.integer);
    str text = value_str(v);
    return text.ptr == NULL ? before : text;
}

static bool set_up(struct ctx *cx, struct tx *tx, struct change *c)
{
    const struct relay *now = &c->page.relay;
    bool set = now->version != 0;
    struct relay saved;
    struct relay_input in = {
        .host = told(cx, c->body, "host", set ? now->host : S("")),
        .port = told(cx, c->body, "port", set ? str_printf(cx->a, "%d", now->port) : S("")),
        .security = told(cx, c->body, "security",
                         set ? str_of(relay_security_name(now->tls)) : S("starttls")),
        .user = told(cx, c->body, "user", set ? now->user : S("")),
        .password = told(cx, c->body, "password", S("")),
    };
    struct value detail = value_map(cx->a);
    if (!relay_save(cx, tx, &in, &saved)) return false;
    value_set_text(detail, "host", saved.host);
    value_set_int(detail, "port", saved.port);
    value_set_text(detail, "security", str_of(relay_security_name(saved.tls)));
    value_set_text(detail, "user", saved.user);
    value_set_bool(detail, "password_changed", in.password.len > 0);
    return audit_write(cx, tx, "relay.change", "workspace", cx->workspace_id, 0, detail);
}

static bool change_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct change *c = arg;
    err_clear(cx);
    if (!page_read(cx, tx, &c->page)) return false;
    if (c->page.workspace.host.len > 0) return fail(cx, ERR_FORBIDDEN, "relay.default_only");
    if (is_fixed(cx)) return fail(cx, ERR_CONFLICT, "relay.fixed");
    if (!c->remove) return set_up(cx, tx, c);
    return relay_remove(cx, tx) &&
           audit_write(cx, tx, "relay.remove", "workspace", cx->workspace_id, 0, value_null());
}

/* The password is not shown again, not even to whoever has just mistyped the port. */
static bool change(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, bool remove,
                   const char *flash)
{
    struct change c = {.body = rq->body, .remove = remove};
    if (!db_write(cx, DB_INTERACTIVE, change_write, &c)) return page_again(cx, rq, rp, relay_get);
    /* In force before the next page says so. */
    if (!post_delivery_look(cx, cx->app->delivery) || !db_read(cx, page_read, &c.page))
        return false;
    describe(cx, &c.page, rp);
    rp->location = S("/settings/relay");
    rp->flash = str_of(flash);
    return true;
}

static bool relay_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return change(cx, rq, rp, false, "relay.saved");
}

static bool relay_off(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return change(cx, rq, rp, true, "relay.removed");
}

struct trial {
    struct post_prepared mail;
    str to;
};

static bool trial_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct trial *t = arg;
    str id = str_printf(cx->a, "%lld", (long long)t->mail.mail.id);
    return post_enqueue(cx, tx, &t->mail) && setting_save(cx, tx, SETTING_RELAY_TEST_MAIL, id) &&
           audit_write(cx, tx, "relay.test", "mail", t->mail.mail.id, 0, value_null());
}

static bool test_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct trial t;
    struct page p;
    if (!post_delivers(cx->app->delivery)) return fail(cx, ERR_CONFLICT, "relay.test_outbox");
    if (!relay_mail_prepare(cx, rq->base_url, &t.mail, &t.to) ||
        !db_write(cx, DB_INTERACTIVE, trial_write, &t))
        return false;
    post_wake(cx->app->delivery);
    if (!db_read(cx, page_read, &p)) return false;
    describe(cx, &p, rp);
    rp->status = 202;
    rp->location = S("/settings/relay#test"); /* which tells how it goes */
    return true;
}

static bool now_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return relay_load(cx, tx, arg);
}

bool relay_now(struct ctx *cx, struct post_relay *out)
{
    struct relay relay;
    *out = (struct post_relay){0};
    if (!db_read(cx, now_read, &relay)) return false;
    out->version = relay.version;
    return relay.version == 0 || relay_open(cx, &relay, &out->smtp);
}

enum { BOTH = FACE_PAGE | FACE_API };

/* Every mail goes through it, also the links that reset a password. */
#define CHANGE (MAY_MANAGE_WORKSPACES | MUST_PROVE)

const struct route relay_routes[] = {
    /* Asked before something is typed, not after. */
    {"GET", "/settings/relay", FACE_PAGE, BODY_NONE, MAY_READ_SETTINGS | MUST_PROVE, relay_get,
     false},
    {"GET", "/settings/relay", FACE_API, BODY_NONE, MAY_READ_SETTINGS, relay_get, false},
    {"POST", "/settings/relay", FACE_PAGE, BODY_FORM, CHANGE, relay_post, false},
    {"PATCH", "/settings/relay", FACE_API, BODY_API, CHANGE, relay_post, false},
    {"DELETE", "/settings/relay", FACE_API, BODY_NONE, CHANGE, relay_off, false},
    {"POST", "/settings/relay/remove", FACE_PAGE, BODY_FORM, CHANGE, relay_off, false},
    {"POST", "/settings/relay/test", BOTH, BODY_API, MAY_WRITE_SETTINGS, test_post, false},
};
const ptrdiff_t relay_route_count = COUNTOF(relay_routes);
