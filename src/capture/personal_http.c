/* /f/{form}/p/{token}: a form as somebody known is asked; and where such links are made. */
#include "capture/capture_http.h"
#include "capture/capture_inner.h"
#include "capture/personal.h"

#include "base/id.h"
#include "base/permission.h"
#include "base/url.h"
#include "form/form_rules.h"
#include "lead/lead_http.h"
#include "sales/sales.h"

/* The form, whose link it is (NULL: nobody's), and nothing of the address for others to see. */
static bool opened(struct ctx *cx, const struct web_request *rq, struct form_live *form,
                   struct contact_sender *sender, struct lead **lead, struct web_reply *rp)
{
    rp->secret_url = true;
    if (!form_of(cx, rq, form, sender, rp) || !personal_open(cx, rq->param[1], form, lead))
        return false;
    rp->framed_by = (str){0};
    return true;
}

static str plain_url(struct ctx *cx, const struct form_live *form)
{
    return str_printf(cx->a, "/f/%.*s", STR_ARG(form->form.slug));
}

static void personal_page(struct ctx *cx, const struct web_request *rq,
                          const struct form_live *form, const struct form_live *shown,
                          const struct lead *lead, struct web_reply *rp)
{
    form_page_data(cx, rq, form, shown, rp);
    struct value map = value_get(rp->data, S("form"));
    str plain = plain_url(cx, form);
    value_set_bool(map, "test", false);
    value_set_text(map, "page",
                   str_printf(cx->a, "%.*s%.*s", STR_ARG(rq->base_url), STR_ARG(plain)));
    value_set_text(map, "referrer", S(""));
    if (lead == NULL) return;
    value_set_text(map, "action",
                   str_printf(cx->a, "%.*s/p/%.*s", STR_ARG(plain), STR_ARG(rq->param[1])));
    value_set_text(map, "personal", plain);
}

static bool personal_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    struct lead *lead;
    if (!opened(cx, rq, &form, NULL, &lead, rp)) return false;
    if (lead == NULL) { /* too old, cut, somebody's who is gone: the form as it is for everybody */
        rp->location = plain_url(cx, &form);
        return true;
    }
    if (form.closed != FORM_OPEN) return closed_page(cx, &form, rp);
    personal_page(cx, rq, &form, NULL, lead, rp);
    return true;
}

static bool personal_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct form_live form;
    struct contact_sender sender;
    struct submission_done done;
    struct lead *lead;
    if (!opened(cx, rq, &form, &sender, &lead, rp)) return false;
    if (form.closed != FORM_OPEN) return closed_page(cx, &form, rp);
    struct submission_new in = {.form = &form,
                                .body = rq->body,
                                .context = contact_context_of(cx, rq),
                                .sender = &sender,
                                .personal = lead};
    /* The link is nobody's context: neither page nor referrer of the proof may have it. */
    in.context.page_url =
        str_printf(cx->a, "%.*s%.*s", STR_ARG(rq->base_url), STR_ARG(plain_url(cx, &form)));
    in.context.referrer = S("");
    if (lead != NULL)
        form_def_ask_only(&form.def, rq->body);
    else /* asked like everybody now: the address is missing, and the page says so */
        return fail_field(cx, S("email"), "error.email_required") ||
               (personal_page(cx, rq, &form, NULL, NULL, rp), false);
    if (!shown_of(cx, rq, &in)) return false;
    if (!capture_submit(cx, &in, &done)) {
        if (cx->err.code == ERR_GONE) { /* the last place went meanwhile */
            err_clear(cx);
            form.closed = FORM_CLOSED_FULL;
            return closed_page(cx, &form, rp);
        }
        if (cx->err.code == ERR_INVALID)
            personal_page(cx, rq, &form, in.names_version ? in.form : NULL, lead, rp);
        return false;
    }
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "status", done.confirm ? S("confirm") : S("accepted"));
    if (rq->json) rp->status = 202;
    rp->location = str_printf(cx->a, "%.*s/%s", STR_ARG(plain_url(cx, &form)),
                              done.confirm ? "sent" : "thanks");
    rp->cookie.name = S("zulauf_sent");
    rp->cookie.value = percent_encode(cx->a, SENT_PERSONAL);
    rp->cookie.max_age_s = 600;
    rp->cookie.set = true;
    return true;
}

/* --- where links are made --- */

struct desk {
    int64_t lead_id;
    struct lead lead;
    struct form_rows forms;
};

enum { FORMS_OFFERED = 200 };

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return lead_load(cx, tx, d->lead_id, &d->lead) && form_names(cx, tx, FORMS_OFFERED, &d->forms);
}

static void describe(struct ctx *cx, const struct desk *d, struct web_reply *rp)
{
    struct value forms = value_list(cx->a), lead = value_map(cx->a);
    for (ptrdiff_t i = 0; i < d->forms.count; i++) {
        if (d->forms.row[i].state != FORM_PUBLISHED) continue;
        struct value f = value_map(cx->a);
        value_set_text(f, "id", id_text(cx->a, ID_FORM, d->forms.row[i].id));
        value_set_text(f, "name", d->forms.row[i].name);
        value_push(forms, f);
    }
    value_set_text(lead, "id", id_text(cx->a, ID_LEAD, d->lead_id));
    value_set_text(lead, "name", d->lead.display_name);
    value_set_bool(lead, "has_email", d->lead.email.len > 0);
    rp->page = value_map(cx->a);
    value_set(rp->page, "forms", forms);
    value_set(rp->page, "lead", lead);
    rp->template = "lead/link";
}

static bool links_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d = {0};
    if (!lead_param(cx, rq, &d.lead_id) || !db_read(cx, desk_read, &d)) return false;
    rp->data = value_map(cx->a);
    describe(cx, &d, rp);
    return true;
}

static bool links_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d = {0};
    int64_t form_id;
    if (!lead_param(cx, rq, &d.lead_id) || !db_read(cx, desk_read, &d)) return false;
    rp->data = value_map(cx->a);
    describe(cx, &d, rp);
    if (!id_parse(web_field(rq->body, "form"), ID_FORM, &form_id))
        return fail_field(cx, S("form"), "error.choice_invalid");
    if (!personal_link(cx, rq->base_url, d.lead_id, form_id, &rp->data)) return false;
    if (rq->face == FACE_API) rp->status = 201;
    return true;
}

const struct route personal_routes[] = {
    {"GET", "/f/{form}/p/{token}", FACE_PUBLIC, BODY_NONE, 0, personal_get, false},
    /* Under no-referrer browsers name no origin. */
    {"POST", "/f/{form}/p/{token}", FACE_PUBLIC, BODY_FORM, 0, personal_post, true},
    {"GET", "/leads/{id}/links", FACE_PAGE, BODY_NONE, MAY_WRITE_LEADS, links_get, false},
    {"POST", "/leads/{id}/links", FACE_PAGE | FACE_API, BODY_API, MAY_WRITE_LEADS, links_post,
     false},
};
const ptrdiff_t personal_route_count = COUNTOF(personal_routes);
