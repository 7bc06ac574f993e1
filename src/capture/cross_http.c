#include "capture/cross_http.h"

#include "base/url.h"
#include "base/utf8.h"
#include "net/http_server.h"
#include "share/share_refused.h"
#include "share/share_rules.h"
#include "spam/spam_rules.h"

bool cross_allow(struct ctx *cx, const struct web_request *rq, const struct form *form,
                 struct web_reply *rp)
{
    str origin = http_header_get(rq->http, "origin");
    rp->framed_by = form->origins;
    if (!rq->json) return true;
    rp->by_origin = true;
    if (origin.len == 0 || str_eq(origin, url_origin(cx->a, rq->base_url))) return true;
    if (!origins_have(form->origins, origin))
        return fail(cx, ERR_FORBIDDEN, "error.origin_unlisted");
    rp->allow_origin = origin;
    return true;
}

void cross_refused(struct ctx *cx, const struct web_request *rq, const struct form *form)
{
    if (rq->http->method != HTTP_GET) return;
    str origin = share_refused_origin(cx->a, http_header_get(rq->http, "sec-fetch-dest"),
                                      rq->referrer, url_origin(cx->a, rq->base_url), form->origins);
    if (origin.len > 0) share_refused_note(cx, form->id, origin, spam_network(cx->a, rq->ip));
}

/* Cut, without what follows "#"; absent if it is no URL. */
static str url_told(struct ctx *cx, str text)
{
    struct url u;
    str fragment;
    if (text.ptr == NULL) return text;
    text = str_cut(utf8_clean_line(cx->a, text), '#', &fragment);
    return text.len <= 2000 && url_parse(text, &u) ? text : (str){0};
}

bool cross_listed(const struct web_request *rq, const struct form *form)
{
    return origins_have(form->origins, http_header_get(rq->http, "origin"));
}

str cross_page(struct ctx *cx, const struct web_request *rq, const struct form *form)
{
    str page = url_told(cx, web_field(rq->body, "_page"));
    str origin = url_origin(cx->a, page);
    bool known =
        str_eq(origin, url_origin(cx->a, rq->base_url)) || origins_have(form->origins, origin);
    if (page.len > 0 && known) return page;
    page = url_told(cx, rq->referrer);
    return page.ptr == NULL ? S("") : page;
}

str cross_query(const struct web_request *rq)
{
    str embed = web_field(rq->query, "embed");
    if (embed.len == 0) return S("");
    return str_eq(embed, S("auto")) ? S("?embed=auto") : S("?embed=light");
}

struct lookup {
    str slug;
    struct form_live *live;
};

static bool lookup_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lookup *l = arg;
    return form_live_by_slug(cx, tx, l->slug, l->live);
}

/* May that page send JSON? Asked by browsers before they do. */
static bool preflight(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct lookup l = {rq->param[0], NEW(cx->a, struct form_live, 1)};
    str origin = http_header_get(rq->http, "origin");
    rp->by_origin = true;
    if (!db_read(cx, lookup_read, &l)) return false;
    if (!origins_have(l.live->form.origins, origin))
        return fail(cx, ERR_FORBIDDEN, "error.origin_unlisted");
    rp->allow_origin = origin;
    rp->preflight = true;
    rp->status = 204;
    rp->raw = S("");
    rp->content_type = S("text/plain; charset=utf-8");
    return true;
}

const struct route cross_routes[] = {
    {"OPTIONS", "/f/{form}", FACE_PUBLIC, BODY_NONE, 0, preflight, true},
};
const ptrdiff_t cross_route_count = COUNTOF(cross_routes);
