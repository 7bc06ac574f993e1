/* /u/{token}: a page that says what ends, one button, and the one click of mail programs. */
#include "consent/unsubscribe_http.h"

#include "consent/unsubscribe.h"
#include "web/i18n.h"

static const char *problem_of(enum unsubscribe_kind kind)
{
    switch (kind) {
    case UNSUBSCRIBE_FORGED:
        return "forged";
    case UNSUBSCRIBE_FOREIGN:
        return "foreign";
    case UNSUBSCRIBE_OPEN:
    case UNSUBSCRIBE_DONE:
    case UNSUBSCRIBE_UNKNOWN:
        break;
    }
    return "unknown";
}

static bool problem_page(struct ctx *cx, const struct unsubscribe_view *v, struct web_reply *rp)
{
    rp->status = 404;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "kind", str_of(problem_of(v->kind)));
    value_set_bool(rp->data, "offer_new", false);
    rp->template = "public/token_problem";
    return true;
}

static struct value items_value(struct ctx *cx, const struct unsubscribe_view *v)
{
    struct value items = value_list(cx->a);
    for (int i = 0; i < v->item_count; i++) {
        struct value item = value_map(cx->a);
        value_set_text(item, "purpose", v->item[i].purpose_label);
        value_set_text(item, "text", v->item[i].wording_text);
        value_push(items, item);
    }
    return items;
}

/* The page of a link that is ours, in the language its reader knows from us. */
static bool page(struct ctx *cx, const struct web_request *rq, const struct unsubscribe_view *v,
                 bool ask_why, struct web_reply *rp)
{
    if (v->lead_id == 0) return problem_page(cx, v, rp);
    bool done = v->kind == UNSUBSCRIBE_DONE;
    struct value reasons = value_list(cx->a);
    str action = str_printf(cx->a, "/u/%.*s", STR_ARG(rq->param[0]));
    cx->lang = lang_choose(v->lang, cx->lang);
    for (int i = 0; ask_why && i < unsubscribe_reason_count; i++)
        value_push(reasons, value_text(str_of(unsubscribe_reasons[i])));
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "email_masked", v->email_masked);
    value_set(rp->data, "items", items_value(cx, v));
    value_set_text(rp->data, "action", action);
    value_set_text(rp->data, "action_all",
                   v->others ? str_printf(cx->a, "%.*s/all", STR_ARG(action)) : (str){0});
    value_set_text(rp->data, "reason_action", str_printf(cx->a, "%.*s/reason", STR_ARG(action)));
    value_set_bool(rp->data, "done", done);
    value_set_text(rp->data, "status", done ? S("unsubscribed") : S("open"));
    value_set(rp->data, "reasons", reasons);
    rp->template = "public/unsubscribe";
    return true;
}

static bool unsubscribe_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct unsubscribe_view v;
    return unsubscribe_look(cx, rq->param[0], &v) && page(cx, rq, &v, false, rp);
}

static bool withdraw(struct ctx *cx, const struct web_request *rq, bool all, struct web_reply *rp)
{
    struct unsubscribe_view v;
    bool one_click = str_eq(web_field(rq->body, "List-Unsubscribe"), S("One-Click"));
    struct unsubscribe_request request = {all, one_click, rq->ip, rq->user_agent};
    if (!unsubscribe_do(cx, rq->param[0], &request, &v)) return false;
    if (!one_click || v.lead_id == 0) return page(cx, rq, &v, true, rp);
    /* Nobody looks at it: RFC 8058 wants no redirect and no page. */
    rp->raw = S("");
    rp->content_type = S("text/plain; charset=utf-8");
    return true;
}

static bool unsubscribe_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return withdraw(cx, rq, false, rp);
}

static bool unsubscribe_all_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return withdraw(cx, rq, true, rp);
}

static bool reason_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct unsubscribe_view v;
    str reason = web_field(rq->body, "reason");
    if (!unsubscribe_reason(cx, rq->param[0], reason, &v) || !page(cx, rq, &v, false, rp))
        return false;
    if (v.lead_id != 0) value_set_bool(rp->data, "thanks", reason.len > 0);
    return true;
}

/* Mail programs and their providers post from anywhere, hence any_origin: the token is the right.
 * A browser that wakes up asks again by GET for the page it showed, hence those two. */
const struct route unsubscribe_routes[] = {
    {"GET", "/u/{token}", FACE_PUBLIC, BODY_NONE, 0, unsubscribe_get, false},
    {"POST", "/u/{token}", FACE_PUBLIC, BODY_FORM, 0, unsubscribe_post, true},
    {"GET", "/u/{token}/all", FACE_PUBLIC, BODY_NONE, 0, unsubscribe_get, false},
    {"POST", "/u/{token}/all", FACE_PUBLIC, BODY_FORM, 0, unsubscribe_all_post, true},
    {"GET", "/u/{token}/reason", FACE_PUBLIC, BODY_NONE, 0, unsubscribe_get, false},
    {"POST", "/u/{token}/reason", FACE_PUBLIC, BODY_FORM, 0, reason_post, true},
};
const ptrdiff_t unsubscribe_route_count = COUNTOF(unsubscribe_routes);
