/* /c/{token}: a page that lists what is confirmed, one button, and what came of it. */
#include "base/tz.h"
#include "capture/capture_http.h"
#include "capture/capture_inner.h"

#include "base/email.h"
#include "form/form_view.h"
#include "web/format.h"
#include "web/render.h"

static const char *problem_of(enum link_kind kind)
{
    switch (kind) {
    case LINK_EXPIRED:
        return "expired";
    case LINK_USED:
        return "used";
    case LINK_REJECTED:
        return "used";
    case LINK_FORGED:
        return "forged";
    case LINK_FOREIGN:
        return "foreign";
    case LINK_UNKNOWN:
    case LINK_OPEN:
    case LINK_DONE:
        break;
    }
    return "unknown";
}

static void put_download(struct ctx *cx, const struct confirmation_view *v, struct value data)
{
    if (v->download_token.len == 0) return;
    struct value d = value_map(cx->a);
    value_set_text(d, "url", str_printf(cx->a, "/a/%.*s", STR_ARG(v->download_token)));
    value_set_text(d, "title", v->download_name);
    value_set_int(d, "size", v->download_bytes);
    value_set(data, "download", d);
}

/* The form's own words; ours where the form is gone, or the link is none of its own. */
static void put_words(struct ctx *cx, const struct confirmation_view *v, enum form_page page,
                      struct value data)
{
    if (v->form.form.id != 0) value_set(data, "words", form_words_value(cx, &v->form.def, page));
}

/* A page of its own for each way a link can be wrong; all of them offer a new one. */
static bool problem_page(struct ctx *cx, const struct web_request *rq,
                         const struct confirmation_view *v, struct web_reply *rp)
{
    static const int status[] = {[LINK_EXPIRED] = 410, [LINK_USED] = 410,    [LINK_REJECTED] = 410,
                                 [LINK_FORGED] = 404,  [LINK_FOREIGN] = 404, [LINK_UNKNOWN] = 404};
    rp->status = status[v->kind];
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "kind", str_of(problem_of(v->kind)));
    value_set_bool(rp->data, "offer_new", true);
    bool ours = v->confirmation.id != 0 && v->kind == LINK_EXPIRED;
    value_set_text(rp->data, "action",
                   ours ? str_printf(cx->a, "/c/%.*s/again", STR_ARG(rq->param[0]))
                        : S("/c/again"));
    value_set_bool(rp->data, "ask_email", !ours);
    value_set_text(rp->data, "form_url",
                   v->form.form.id != 0 ? str_printf(cx->a, "/f/%.*s", STR_ARG(v->form.form.slug))
                                        : (str){0});
    put_download(cx, v, rp->data);
    if (v->kind == LINK_USED) put_words(cx, v, FORM_PAGE_USED, rp->data);
    if (v->kind == LINK_EXPIRED) put_words(cx, v, FORM_PAGE_EXPIRED, rp->data);
    rp->template = "public/token_problem";
    return true;
}

static struct value items_of(struct ctx *cx, const struct confirmation_view *v)
{
    return confirmation_items(cx, cx->lang, &v->confirmation, v->download_name, v->wording,
                              v->wording_count);
}

/* The page speaks the language of the form it began with. */
static void speak(struct ctx *cx, const struct confirmation_view *v, struct web_reply *rp)
{
    if (v->form.form.id == 0) return;
    cx->lang = v->form.def.lang;
    wear(cx, &v->form.def, rp);
}

static void view_data(struct ctx *cx, const struct web_request *rq,
                      const struct confirmation_view *v, struct web_reply *rp)
{
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "email_masked", email_mask(cx->a, v->confirmation.email));
    value_set(rp->data, "requested_at", instant_value(cx->a, v->confirmation.requested_ms));
    value_set(rp->data, "items", items_of(cx, v));
    value_set_text(rp->data, "action", str_printf(cx->a, "/c/%.*s", STR_ARG(rq->param[0])));
    value_set_text(rp->data, "reject_action",
                   str_printf(cx->a, "/c/%.*s/no", STR_ARG(rq->param[0])));
}

static bool open_page(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      const char *template)
{
    struct confirmation_view v;
    if (!capture_confirmation(cx, rq->param[0], &v)) return false;
    speak(cx, &v, rp);
    if (v.kind != LINK_OPEN) return problem_page(cx, rq, &v, rp);
    view_data(cx, rq, &v, rp);
    put_words(cx, &v, FORM_PAGE_CONFIRM, rp->data);
    rp->template = template;
    return true;
}

static bool confirm_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return open_page(cx, rq, rp, "public/confirm");
}

static bool reject_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return open_page(cx, rq, rp, "public/reject");
}

static bool confirm_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct confirmation_view v;
    struct contact_context context = contact_context_of(cx, rq);
    if (!capture_confirm(cx, rq->param[0], &context, &v)) return false;
    speak(cx, &v, rp);
    if (v.kind != LINK_DONE) return problem_page(cx, rq, &v, rp);
    view_data(cx, rq, &v, rp);
    put_download(cx, &v, rp->data);
    put_words(cx, &v, v.subscribed ? FORM_PAGE_SUBSCRIBED : FORM_PAGE_CONFIRMED, rp->data);
    value_set_bool(rp->data, "subscribed", v.subscribed);
    value_set_text(rp->data, "status", S("confirmed"));
    rp->template = "public/confirmed";
    return true;
}

static bool reject_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct confirmation_view v;
    struct contact_context context = contact_context_of(cx, rq);
    if (!capture_reject(cx, rq->param[0], &context, &v)) return false;
    speak(cx, &v, rp);
    if (v.kind != LINK_REJECTED) return problem_page(cx, rq, &v, rp);
    view_data(cx, rq, &v, rp);
    value_set_text(rp->data, "status", S("rejected"));
    rp->template = "public/rejected";
    return true;
}

/* The answer is the same whether or not there is anything to send, and so is what it costs. */
static bool again_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct contact_context context = contact_context_of(cx, rq);
    str email = web_field(rq->body, "email");
    str token = rq->param[0].ptr == NULL ? S("") : rq->param[0];
    if (email.ptr == NULL) email = S("");
    if (!capture_ask_again(cx, token, email, rq->base_url, &context)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "status", S("sent_if_open"));
    value_set_text(rp->data, "email", S(""));
    value_set_int(rp->data, "days_valid", CONFIRMATION_DAYS);
    value_set_bool(rp->data, "again", true);
    rp->template = "public/sent";
    return true;
}

const struct route confirm_routes[] = {
    {"POST", "/c/again", FACE_PUBLIC, BODY_FORM, 0, again_post, false},
    {"GET", "/c/{token}", FACE_PUBLIC, BODY_NONE, 0, confirm_get, false},
    {"POST", "/c/{token}", FACE_PUBLIC, BODY_FORM, 0, confirm_post, true},
    {"GET", "/c/{token}/no", FACE_PUBLIC, BODY_NONE, 0, reject_get, false},
    {"POST", "/c/{token}/no", FACE_PUBLIC, BODY_FORM, 0, reject_post, true},
    {"POST", "/c/{token}/again", FACE_PUBLIC, BODY_FORM, 0, again_post, true},
};
const ptrdiff_t confirm_route_count = COUNTOF(confirm_routes);
