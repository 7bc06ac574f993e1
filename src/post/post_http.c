#include "post/post_http.h"

#include "app.h"
#include "audit/audit.h"
#include "base/html.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/tz.h"
#include "post/mime_part.h"
#include "post/post.h"
#include "post/post_delivery.h"

enum { PAGE_ROWS = 50, BESIDE_ROWS = 20 };

static str at_text(struct ctx *cx, int64_t ms)
{
    return ms == 0 ? (str){0} : rfc3339(cx->a, ms);
}

/* What list and page have in common. */
static struct value mail_value(struct ctx *cx, const struct mail *m)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_MAIL, m->id));
    value_set_text(map, "to", m->to);
    value_set_text(map, "subject", m->subject);
    value_set_text(map, "class", str_of(permit_class_name(m->permit_class)));
    value_set_text(map, "state", str_of(mail_state_name(m->state)));
    value_set_text(map, "template", m->template_name);
    value_set_text(map, "lead_id", id_text(cx->a, ID_LEAD, m->lead_id));
    value_set_text(map, "created_at", rfc3339(cx->a, m->created_ms));
    value_set_text(map, "sent_at", at_text(cx, m->state == MAIL_SENT ? m->done_ms : 0));
    value_set_text(map, "next_at", at_text(cx, m->state == MAIL_QUEUED ? m->next_ms : 0));
    value_set_int(map, "attempts", m->attempts);
    return map;
}

struct listing {
    int64_t before_id;
    int limit;
    struct mail_rows rows;
    bool delivers; /* then also what is still held */
    int64_t held;
};

static bool listing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return post_list(cx, tx, l->before_id, l->limit + 1, &l->rows) &&
           (!l->delivers || post_held(cx, tx, &l->held));
}

static bool outbox_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct listing l = {.limit = PAGE_ROWS, .delivers = post_delivers(cx->app->delivery)};
    str cursor = web_field(rq->query, "cursor");
    if (cursor.len > 0 && !id_parse(cursor, ID_MAIL, &l.before_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    if (!web_limit(cx, rq, &l.limit) || !db_read(cx, listing_read, &l)) return false;
    ptrdiff_t shown = l.rows.count > l.limit ? l.limit : l.rows.count;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < shown; i++) value_push(rp->data, mail_value(cx, &l.rows.row[i]));
    rp->page = value_map(cx->a);
    if (l.rows.count > shown) {
        rp->next = id_text(cx->a, ID_MAIL, l.rows.row[shown - 1].id);
        value_set_text(rp->page, "next_url",
                       str_printf(cx->a, "/outbox?cursor=%.*s", STR_ARG(rp->next)));
    }
    value_set_bool(rp->page, "first", cursor.len <= 0);
    value_set_int(rp->page, "held", l.held);
    value_set_bool(rp->page, "held_more", l.held >= POST_HELD_MANY);
    value_set_int(rp->page, "held_days", POST_HELD_DAYS);
    rp->template = "outbox/list";
    return true;
}

struct showing {
    int64_t id;
    bool people;  /* then also the mails beside it */
    bool private; /* what it says is for its recipient alone */
    struct mail mail;
    str mime;
    struct mail_attempts attempts;
    struct mail_rows beside;
};

/* The newest mails if it is one of them, else those that follow it. */
static bool beside_read(struct ctx *cx, struct tx *tx, struct showing *s)
{
    if (!post_list(cx, tx, 0, BESIDE_ROWS, &s->beside)) return false;
    for (ptrdiff_t i = 0; i < s->beside.count; i++)
        if (s->beside.row[i].id == s->id) return true;
    return post_list(cx, tx, s->id + 1, BESIDE_ROWS, &s->beside);
}

static bool showing_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct showing *s = arg;
    return post_load(cx, tx, s->id, &s->mail, &s->mime) &&
           post_attempts(cx, tx, s->id, &s->attempts) && (!s->people || beside_read(cx, tx, s));
}

/* An invitation or reset holds a link that signs its recipient in: whoever read it here could
 * become a colleague with more rights. Only where mail never leaves the house, and nobody else
 * could deliver it, those who manage people see it. The link of a double opt-in confirms: once mail
 * is delivered, those whom a consent serves must not have it, or it would prove nothing. */
static bool is_private(const struct ctx *cx, const struct mail *m)
{
    /* Whoever turns delivery off does not get to read what was delivered before. */
    bool stays = !post_delivers(cx->app->delivery) && m->state != MAIL_SENT;
    uint64_t may = cx->actor.permissions;
    if (m->permit_class == PERMIT_SYSTEM) return !stays || (may & MAY_MANAGE_PEOPLE) == 0;
    return m->permit_class == PERMIT_DOI && !stays && (may & MAY_READ_EVIDENCE) == 0;
}

static bool load(struct ctx *cx, const struct web_request *rq, bool people, struct showing *s)
{
    *s = (struct showing){.people = people};
    if (!id_parse(rq->param[0], ID_MAIL, &s->id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_read(cx, showing_read, s)) return false;
    s->private = is_private(cx, &s->mail);
    if (s->private) s->mime = (str){0};
    return true;
}

static bool refuse_unread(struct ctx *cx, const struct showing *s)
{
    return s->private ? fail(cx, ERR_FORBIDDEN, "outbox.private")
                      : fail(cx, ERR_GONE, "outbox.erased");
}

static str outcome_name(enum mail_outcome outcome)
{
    static const str names[] = {[OUTCOME_SENT] = S_INIT("sent"),
                                [OUTCOME_TEMPORARY] = S_INIT("temporary"),
                                [OUTCOME_PERMANENT] = S_INIT("permanent"),
                                [OUTCOME_IN_DOUBT] = S_INIT("in_doubt"),
                                [OUTCOME_REFUSED] = S_INIT("refused")};
    return names[outcome];
}

static struct value attempts_value(struct ctx *cx, const struct mail_attempts *attempts)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < attempts->count; i++) {
        const struct mail_attempt_row *row = &attempts->row[i];
        struct value map = value_map(cx->a);
        value_set_int(map, "no", row->no);
        value_set_text(map, "at", rfc3339(cx->a, row->at_ms));
        value_set_text(map, "outcome", outcome_name(row->outcome));
        value_set_text(map, "reply", row->reply);
        value_push(list, map);
    }
    return list;
}

static bool may_go_again(enum mail_state state)
{
    return state == MAIL_DEAD || state == MAIL_HELD || state == MAIL_IN_DOUBT;
}

static bool mail_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct showing s;
    struct mime_parts parts = {0};
    if (!load(cx, rq, !rq->json, &s)) return false;
    rp->data = mail_value(cx, &s.mail);
    value_set_text(rp->data, "recipient", s.mail.to);
    value_set_text(rp->data, "from", s.mail.from);
    value_set_text(rp->data, "message_id", s.mail.message_id);
    value_set_text(rp->data, "mime", s.mime);
    value_set(rp->data, "attempts", attempts_value(cx, &s.attempts));
    rp->page = value_map(cx->a);
    str id = id_text(cx->a, ID_MAIL, s.id);
    bool readable = s.mime.ptr != NULL && mime_parts_read(cx->a, s.mime, &parts);
    if (readable) {
        value_set_text(rp->page, "preview_url",
                       str_printf(cx->a, "/outbox/%.*s/preview", STR_ARG(id)));
        value_set_text(rp->page, "source_url",
                       str_printf(cx->a, "/outbox/%.*s/source", STR_ARG(id)));
        value_set_text(rp->page, "text", parts.text);
    }
    value_set_bool(rp->page, "private", s.private);
    value_set_bool(rp->page, "may_go_again",
                   may_go_again(s.mail.state) && (cx->actor.permissions & MAY_SEND_AGAIN) != 0);
    struct value beside = value_list(cx->a);
    for (ptrdiff_t i = 0; i < s.beside.count; i++)
        value_push(beside, mail_value(cx, &s.beside.row[i]));
    value_set(rp->page, "mails", beside);
    rp->template = "outbox/show";
    return true;
}

/* The HTML as its reader sees it; a mail without HTML shows its text. */
static bool preview_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct showing s;
    struct mime_parts parts;
    if (!load(cx, rq, false, &s)) return false;
    if (s.mime.ptr == NULL || !mime_parts_read(cx->a, s.mime, &parts)) return refuse_unread(cx, &s);
    if (parts.html.ptr == NULL) {
        struct buf b = buf_new(cx->a, LIMIT_PAGE_BYTES);
        buf_put(&b, S("<!doctype html><meta charset=\"utf-8\"><pre>"));
        html_escape(&b, parts.text);
        buf_put(&b, S("</pre>"));
        if (b.full) return fail(cx, ERR_TOO_LARGE, "error.too_large");
        parts.html = buf_str(&b);
    }
    bool shown =
        str_eq(parts.image_type, S("image/png")) || str_eq(parts.image_type, S("image/jpeg"));
    if (shown)
        parts.html = str_replace(cx->a, parts.html,
                                 str_printf(cx->a, "src=\"cid:%.*s\"", STR_ARG(parts.image_id)),
                                 str_printf(cx->a, "src=\"data:%.*s;base64,%.*s\"",
                                            STR_ARG(parts.image_type), STR_ARG(parts.image)));
    /* A link of the mail opens beside the admin, not inside the frame. */
    rp->raw = str_replace(cx->a, parts.html, S("<head>"), S("<head><base target=\"_blank\">"));
    rp->content_type = S("text/html; charset=utf-8");
    return true;
}

static bool source_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct showing s;
    if (!load(cx, rq, false, &s)) return false;
    if (s.mime.ptr == NULL) return refuse_unread(cx, &s);
    rp->raw = s.mime;
    rp->content_type = S("message/rfc822");
    rp->filename = str_printf(cx->a, "%.*s.eml", STR_ARG(id_text(cx->a, ID_MAIL, s.id)));
    return true;
}

struct again {
    int64_t id;
    struct mail mail;
};

static bool again_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct again *a = arg;
    str mime;
    return post_load(cx, tx, a->id, &a->mail, &mime) && post_send_again(cx, tx, a->id) &&
           audit_write(cx, tx, "mail.send_again", "mail", a->id, a->mail.lead_id, value_null()) &&
           post_load(cx, tx, a->id, &a->mail, &mime);
}

static bool again_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct again a = {0};
    if (!id_parse(rq->param[0], ID_MAIL, &a.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, again_write, &a)) return false;
    rp->data = mail_value(cx, &a.mail);
    rp->location = str_printf(cx->a, "/outbox/%.*s", STR_ARG(id_text(cx->a, ID_MAIL, a.id)));
    rp->flash = S("outbox.again_queued");
    return true;
}

static bool held_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *queued = arg;
    struct value detail = value_map(cx->a);
    if (!post_held_queue(cx, tx, queued)) return false;
    value_set_int(detail, "mails", *queued);
    return *queued == 0 || audit_write(cx, tx, "mail.deliver_held", "mail", 0, 0, detail);
}

/* What was written while there was no relay goes now, a step a transaction; the gate is asked again
 * for each as it goes. */
static bool deliver_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    (void)rq;
    if (!post_delivers(cx->app->delivery)) return fail(cx, ERR_CONFLICT, "outbox.no_relay");
    int64_t all = 0, step = 0;
    do {
        if (!db_write(cx, DB_INTERACTIVE, held_write, &step)) return false;
        all += step;
    } while (step == POST_HELD_STEP && all < POST_HELD_MANY);
    rp->data = value_map(cx->a);
    value_set_int(rp->data, "queued", all);
    rp->location = S("/outbox");
    rp->flash = S("outbox.held_queued");
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route post_routes[] = {
    {"GET", "/outbox", BOTH, BODY_NONE, MAY_READ_OUTBOX, outbox_get, false},
    {"GET", "/outbox/{id}", BOTH, BODY_NONE, MAY_READ_OUTBOX, mail_get, false},
    {"GET", "/outbox/{id}/preview", BOTH, BODY_NONE, MAY_READ_OUTBOX, preview_get, false},
    {"GET", "/outbox/{id}/source", BOTH, BODY_NONE, MAY_READ_OUTBOX, source_get, false},
    {"POST", "/outbox/deliver", BOTH, BODY_FORM, MAY_SEND_AGAIN, deliver_post, false},
    {"POST", "/outbox/{id}/again", BOTH, BODY_FORM, MAY_SEND_AGAIN, again_post, false},
};
const ptrdiff_t post_route_count = COUNTOF(post_routes);
