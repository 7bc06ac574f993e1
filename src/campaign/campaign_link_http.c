/* Following a coded link: everybody may, and it leads where was written down before. And the
 * channels, which say what its utm_medium is. */
#include "campaign/campaign_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/useragent.h"
#include "campaign/campaign_rules.h"
#include "campaign/campaign_value.h"
#include "net/http_server.h"

enum { CODE_BYTES = 40, LABEL_BYTES = 100, MEDIUM_BYTES = 40 };

/* --- /l/{code} --- */

struct follow {
    str code, medium;
    struct campaign_link link;
    bool found;
};

static bool follow_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct follow *f = arg;
    return campaign_link_find(cx, tx, f->code, &f->link, &f->found) &&
           (!f->found || campaign_channel_medium(cx, tx, f->link.campaign_channel, &f->medium));
}

/* A person who goes there; not a look at the head, a program, or a browser that looks ahead. */
static bool is_click(const struct web_request *rq)
{
    str ahead = http_header_get(rq->http, "sec-purpose");
    if (ahead.len <= 0) ahead = http_header_get(rq->http, "purpose");
    return rq->http->method == HTTP_GET && ahead.len <= 0 &&
           ua_parse(rq->user_agent).device != DEVICE_BOT;
}

static bool follow_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct follow f = {.code = str_lower_ascii(cx->a, rq->param[0])};
    if (f.code.len > CODE_BYTES) return fail(cx, ERR_NOT_FOUND, "campaign.link_unknown");
    if (!db_read(cx, follow_read, &f)) return false;
    if (!f.found) return fail(cx, ERR_NOT_FOUND, "campaign.link_unknown");
    bool nowhere = f.link.form_slug.len == 0 && f.link.url.len == 0;
    if (f.link.ended_ms != 0 || nowhere) return fail(cx, ERR_GONE, "campaign.link_ended");
    /* Whoever follows it arrives, counted or not. */
    if (is_click(rq) && !campaign_clicked(cx, f.link.id)) err_clear(cx);
    str target =
        f.link.url.len > 0 ? f.link.url : str_printf(cx->a, "/f/%.*s", STR_ARG(f.link.form_slug));
    rp->status = 302;
    rp->location =
        campaign_link_target(cx->a, target, f.link.source, f.medium, f.link.campaign_code);
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "location", rp->location);
    return true;
}

const struct route campaign_link_routes[] = {
    {"GET", "/l/{code}", FACE_PUBLIC, BODY_NONE, 0, follow_get, false},
};
const ptrdiff_t campaign_link_route_count = COUNTOF(campaign_link_routes);

/* --- channels --- */

struct office {
    struct campaign_channels channels;
    struct campaign_channel channel;
    const char *action;
    enum { CHANNEL_ADD, CHANNEL_SET, CHANNEL_REMOVE } change;
};

static bool office_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct office *o = arg;
    return campaign_channel_list(cx, tx, &o->channels);
}

static bool office_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", o->channel.label_de.len > 0 ? o->channel.label_de : (str){0});
    bool ok = o->change == CHANNEL_ADD   ? campaign_channel_create(cx, tx, &o->channel)
              : o->change == CHANNEL_SET ? campaign_channel_change(cx, tx, &o->channel)
                                         : campaign_channel_remove(cx, tx, o->channel.id);
    return ok && audit_write(cx, tx, o->action, "channel", o->channel.id, 0, detail) &&
           office_read(cx, tx, o);
}

static bool office_open(struct ctx *cx, struct web_reply *rp, const struct office *o)
{
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < o->channels.count; i++)
        value_push(rp->data, campaign_channel_value(cx, &o->channels, &o->channels.row[i]));
    rp->template = "campaign/channels";
    return true;
}

static bool channels_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct office o = {0};
    (void)rq;
    return db_read(cx, office_read, &o) && office_open(cx, rp, &o);
}

/* The English name is the German one where none is given. */
static bool channel_read(struct ctx *cx, struct value body, struct campaign_channel *out)
{
    str text;
    (void)!campaign_named(body, "name_de", &text);
    out->label_de = campaign_line_read(cx, "name_de", text, LABEL_BYTES, true);
    (void)!campaign_named(body, "name_en", &text);
    out->label_en = campaign_line_read(cx, "name_en", text, LABEL_BYTES, false);
    if (out->label_en.len == 0) out->label_en = out->label_de;
    (void)!campaign_named(body, "medium", &text);
    out->medium = campaign_line_read(cx, "medium", text, MEDIUM_BYTES, false);
    if (out->medium.len == 0) out->medium = campaign_code_from(cx->a, out->label_en);
    if (out->medium.len == 0) out->medium = S("other");
    return cx->err.code == ERR_NONE;
}

static bool channel_there(const struct campaign_channels *all, str key, int64_t *id)
{
    for (ptrdiff_t i = 0; i < all->count; i++) {
        if (all->row[i].id == 0 || !str_eq(all->row[i].key, key)) continue;
        *id = all->row[i].id;
        return true;
    }
    return false;
}

static bool office_change(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                          struct office *o)
{
    bool add = o->change == CHANNEL_ADD;
    if (!db_read(cx, office_read, o) || !office_open(cx, rp, o)) return false;
    if (add)
        o->channel.id = ctx_new_id(cx);
    else if (!channel_there(&o->channels, rq->param[0], &o->channel.id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (o->change != CHANNEL_REMOVE && !channel_read(cx, rq->body, &o->channel)) return false;
    if (!db_write(cx, DB_INTERACTIVE, office_write, o) || !office_open(cx, rp, o)) return false;
    rp->status = add ? 201 : 200;
    rp->location = S("/campaigns/channels");
    rp->flash = S("flash.saved");
    return true;
}

static bool channel_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct office o = {.action = "channel.create", .change = CHANNEL_ADD};
    return office_change(cx, rq, rp, &o);
}

static bool channel_change_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct office o = {.action = "channel.change", .change = CHANNEL_SET};
    return office_change(cx, rq, rp, &o);
}

static bool channel_delete_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct office o = {.action = "channel.delete", .change = CHANNEL_REMOVE};
    return office_change(cx, rq, rp, &o);
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route campaign_channel_routes[] = {
    {"GET", "/campaigns/channels", BOTH, BODY_NONE, MAY_READ_FORMS, channels_get, false},
    {"POST", "/campaigns/channels", BOTH, BODY_API, MAY_WRITE_FORMS, channel_post, false},
    {"POST", "/campaigns/channels/{channel}", BOTH, BODY_API, MAY_WRITE_FORMS, channel_change_post,
     false},
    {"POST", "/campaigns/channels/{channel}/delete", BOTH, BODY_API, MAY_WRITE_FORMS,
     channel_delete_post, false},
};
const ptrdiff_t campaign_channel_route_count = COUNTOF(campaign_channel_routes);
