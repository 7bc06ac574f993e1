/* What hangs below a campaign: costs, forms, coded links; and the channels. */
#include "campaign/campaign_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/url.h"
#include "campaign/campaign_rules.h"
#include "campaign/campaign_value.h"
#include "web/qr.h"

enum { LABEL_BYTES = 200, SOURCE_BYTES = 60, URL_BYTES = 2000, MEDIUM_BYTES = 40 };

/* One change of something below a campaign, and the audit's entry of it. */
struct part_change {
    int64_t campaign_id;
    const char *action;
    str name;
    struct campaign_cost cost;
    struct campaign_link link;
    int64_t form_id;
    bool (*run)(struct ctx *cx, struct tx *tx, struct part_change *c);
};

static bool part_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct part_change *c = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "name", c->name.len > 0 ? c->name : (str){0});
    return c->run(cx, tx, c) &&
           audit_write(cx, tx, c->action, "campaign", c->campaign_id, 0, detail);
}

/* Write it, and answer with the campaign as it is then. */
static bool part_change(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        struct part_change *c, const char *anchor)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    if (!db_write(cx, DB_INTERACTIVE, part_write, c)) return false;
    str url = campaign_url(cx, c->campaign_id);
    if (rq->face == FACE_API && !campaign_desk_open(cx, rq, rp, d)) return false;
    rp->location = str_printf(cx->a, "%.*s%s", STR_ARG(url), anchor);
    rp->flash = S("flash.saved");
    return true;
}

static bool second_param(struct ctx *cx, const struct web_request *rq, enum id_type type,
                         int64_t *id)
{
    return id_parse(rq->param[1], type, id) || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* --- costs --- */

/* One day is enough: it was spent on it. Without any it was spent on the whole campaign. */
static bool cost_read(struct ctx *cx, struct value body, const struct campaign_desk *d,
                      struct campaign_cost *out)
{
    str text;
    if (campaign_named(body, "label", &text) || out->label.len <= 0)
        out->label = campaign_line_read(cx, "label", text, LABEL_BYTES, true);
    if (campaign_named(body, "kind", &text) && !cost_kind_of(text, &out->kind))
        fail_field(cx, S("kind"), "error.choice_invalid");
    bool named = campaign_money_read(cx, body, "amount", &out->amount_cents);
    if ((!named || out->amount_cents == 0) && cx->err.code == ERR_NONE)
        fail_field(cx, S("amount"), "campaign.amount_missing");
    if (campaign_named(body, "from", &text)) out->from_day = campaign_day_read(cx, "from", text);
    if (campaign_named(body, "to", &text)) out->to_day = campaign_day_read(cx, "to", text);
    cost_days(&d->campaign, d->today, &out->from_day, &out->to_day);
    if (out->to_day < out->from_day) fail_field(cx, S("to"), "campaign.to_before_from");
    return cx->err.code == ERR_NONE;
}

static bool run_cost_create(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_cost_create(cx, tx, c->campaign_id, &c->cost);
}

static bool run_cost_change(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_cost_change(cx, tx, c->campaign_id, &c->cost);
}

static bool run_cost_remove(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_cost_remove(cx, tx, c->campaign_id, c->cost.id);
}

static bool cost_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    if (!campaign_desk_open(cx, rq, rp, d)) return false;
    struct part_change c = {.campaign_id = d->id,
                            .action = "campaign.cost_add",
                            .run = run_cost_create,
                            .cost = {.id = ctx_new_id(cx), .label = S("")}};
    if (rq->face == FACE_PAGE) value_set_text(rp->page, "open", S("cost"));
    if (!cost_read(cx, rq->body, d, &c.cost)) return false;
    c.name = c.cost.label;
    if (!part_change(cx, rq, rp, &c, "#h-bud")) return false;
    rp->status = 201;
    return true;
}

/* The cost that the second parameter names, out of the campaign's. */
static bool cost_find(struct ctx *cx, const struct web_request *rq, const struct campaign_desk *d,
                      struct campaign_cost *out)
{
    int64_t id;
    if (!second_param(cx, rq, ID_COST, &id)) return false;
    for (ptrdiff_t i = 0; i < d->costs.count; i++) {
        if (d->costs.row[i].id != id) continue;
        *out = d->costs.row[i];
        return true;
    }
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool cost_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct campaign_desk *d, struct campaign_cost *cost)
{
    if (!campaign_desk_open(cx, rq, rp, d) || !cost_find(cx, rq, d, cost)) return false;
    if (rq->face != FACE_PAGE) return true;
    value_set(rp->page, "cost", campaign_cost_value(cx, &d->campaign, cost, true));
    rp->template = "campaign/cost";
    return true;
}

static bool cost_edit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    struct campaign_cost cost;
    return cost_open(cx, rq, rp, d, &cost);
}

static bool cost_change_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    struct part_change c = {.action = "campaign.cost_change", .run = run_cost_change};
    if (!cost_open(cx, rq, rp, d, &c.cost) || !cost_read(cx, rq->body, d, &c.cost)) return false;
    c.campaign_id = d->id;
    c.name = c.cost.label;
    return part_change(cx, rq, rp, &c, "#h-bud");
}

static bool cost_delete_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    struct part_change c = {.action = "campaign.cost_delete", .run = run_cost_remove};
    if (!cost_open(cx, rq, rp, d, &c.cost)) return false;
    c.campaign_id = d->id;
    c.name = c.cost.label;
    return part_change(cx, rq, rp, &c, "#h-bud");
}

/* --- forms --- */

static bool run_form_attach(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_form_attach(cx, tx, c->form_id, c->campaign_id);
}

static bool run_form_detach(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    struct campaign_forms forms;
    if (!campaign_form_list(cx, tx, c->campaign_id, &forms)) return false;
    for (ptrdiff_t i = 0; i < forms.count; i++)
        if (forms.row[i].id == c->form_id) return campaign_form_attach(cx, tx, c->form_id, 0);
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool form_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    struct part_change c = {.action = "campaign.form_attach", .run = run_form_attach};
    if (!campaign_desk_open(cx, rq, rp, d)) return false;
    c.campaign_id = d->id;
    if (rq->face == FACE_PAGE) value_set_text(rp->page, "open", S("form"));
    if (!id_parse(web_field(rq->body, "form"), ID_FORM, &c.form_id))
        return fail_field(cx, S("form"), "campaign.no_such_form");
    for (ptrdiff_t i = 0; i < d->form_choices.count; i++)
        if (d->form_choices.row[i].id == c.form_id) c.name = d->form_choices.row[i].name;
    if (c.name.len <= 0) return fail_field(cx, S("form"), "campaign.no_such_form");
    return part_change(cx, rq, rp, &c, "#h-att");
}

static bool form_detach_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct part_change c = {.action = "campaign.form_detach", .run = run_form_detach};
    if (!campaign_param(cx, rq, &c.campaign_id) || !second_param(cx, rq, ID_FORM, &c.form_id))
        return false;
    return part_change(cx, rq, rp, &c, "#h-att");
}

/* From the form's own page: "campaign" is an id, or empty for none. */
struct of_form {
    int64_t form_id, campaign_id;
};

static bool of_form_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct of_form *f = arg;
    struct value detail = value_map(cx->a);
    value_set_text(detail, "campaign", id_text(cx->a, ID_CAMPAIGN, f->campaign_id));
    return campaign_form_attach(cx, tx, f->form_id, f->campaign_id) &&
           audit_write(cx, tx, "form.campaign", "form", f->form_id, 0, detail);
}

static bool of_form_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct of_form f = {0};
    str campaign = web_field(rq->body, "campaign");
    if (!id_parse(rq->param[0], ID_FORM, &f.form_id))
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (campaign.len > 0 && !id_parse(campaign, ID_CAMPAIGN, &f.campaign_id))
        return fail_field(cx, S("campaign"), "error.choice_invalid");
    if (!db_write(cx, DB_INTERACTIVE, of_form_write, &f)) return false;
    rp->data = value_map(cx->a);
    value_set_text(rp->data, "campaign", id_text(cx->a, ID_CAMPAIGN, f.campaign_id));
    rp->location = str_printf(cx->a, "/forms/%.*s", STR_ARG(rq->param[0]));
    rp->flash = S("flash.saved");
    return true;
}

/* --- links --- */

/* "form" names one of our forms; else "url" is an address outside, over https alone. */
static bool link_read(struct ctx *cx, struct value body, struct campaign_link *out)
{
    str text, form, url;
    struct url parts;
    if (campaign_named(body, "name", &text) || out->name.len <= 0)
        out->name = campaign_line_read(cx, "name", text, LABEL_BYTES, true);
    if (campaign_named(body, "source", &text))
        out->source = campaign_line_read(cx, "source", text, SOURCE_BYTES, false);
    if (out->source.len <= 0) out->source = campaign_code_from(cx->a, out->name);
    bool has_form = campaign_named(body, "form", &form),
         has_url = campaign_named(body, "url", &url);
    url = url_typed(cx->a, url);
    if (!has_form && !has_url && (out->form_id != 0 || out->url.len > 0))
        return cx->err.code == ERR_NONE;
    out->form_id = 0;
    out->url = S("");
    if (form.len > 0) {
        if (!id_parse(form, ID_FORM, &out->form_id))
            fail_field(cx, S("form"), "campaign.no_such_form");
    } else if (url.len == 0) {
        fail_field(cx, S("form"), "campaign.target_missing");
    } else if (url.len > URL_BYTES || !url_parse(url, &parts) ||
               !str_eq_nocase(parts.scheme, S("https"))) {
        fail_field(cx, S("url"), "campaign.url_invalid");
    } else {
        out->url = url;
    }
    return cx->err.code == ERR_NONE;
}

static bool run_link_create(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_link_create(cx, tx, &c->link);
}

static bool run_link_change(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_link_change(cx, tx, &c->link);
}

static bool run_link_end(struct ctx *cx, struct tx *tx, struct part_change *c)
{
    return campaign_link_end(cx, tx, c->campaign_id, c->link.id, c->link.ended_ms != 0);
}

static bool link_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    struct part_change c = {.action = "campaign.link_add", .run = run_link_create};
    if (!campaign_desk_open(cx, rq, rp, d)) return false;
    c.campaign_id = d->id;
    c.link = (struct campaign_link){
        .id = ctx_new_id(cx), .campaign_id = d->id, .code = campaign_link_code(cx->a)};
    if (rq->face == FACE_PAGE) value_set_text(rp->page, "open", S("link"));
    if (!link_read(cx, rq->body, &c.link)) return false;
    c.name = c.link.name;
    if (!part_change(cx, rq, rp, &c, "#h-att")) return false;
    rp->status = 201;
    return true;
}

static bool link_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct campaign_link *out)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    int64_t id;
    if (!campaign_desk_open(cx, rq, rp, d) || !second_param(cx, rq, ID_LINK, &id)) return false;
    for (ptrdiff_t i = 0; i < d->links.count; i++) {
        if (d->links.row[i].id != id) continue;
        *out = d->links.row[i];
        if (rq->face != FACE_PAGE) return true;
        value_set(rp->page, "link", campaign_link_value(cx, rq->base_url, out));
        rp->template = "campaign/link";
        return true;
    }
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool link_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_link link;
    return link_open(cx, rq, rp, &link);
}

static bool link_change_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct part_change c = {.action = "campaign.link_change", .run = run_link_change};
    if (!link_open(cx, rq, rp, &c.link) || !link_read(cx, rq->body, &c.link)) return false;
    c.campaign_id = c.link.campaign_id;
    c.name = c.link.name;
    return part_change(cx, rq, rp, &c, "#h-att");
}

static bool link_ended(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                       bool ended)
{
    struct part_change c = {.action = ended ? "campaign.link_end" : "campaign.link_open",
                            .run = run_link_end};
    if (!link_open(cx, rq, rp, &c.link)) return false;
    c.campaign_id = c.link.campaign_id;
    c.name = c.link.name;
    c.link.ended_ms = ended;
    return part_change(cx, rq, rp, &c, "#h-att");
}

static bool link_end_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return link_ended(cx, rq, rp, true);
}

static bool link_open_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return link_ended(cx, rq, rp, false);
}

static bool link_qr_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_link link;
    if (!link_open(cx, rq, rp, &link)) return false;
    str url = str_printf(cx->a, "%.*s/l/%.*s", STR_ARG(rq->base_url), STR_ARG(link.code));
    if (!qr_svg(cx->a, url, &rp->raw)) return fail(cx, ERR_INTERNAL, "error.internal");
    rp->template = NULL;
    rp->content_type = S("image/svg+xml");
    rp->filename = str_printf(cx->a, "qr-%.*s.svg", STR_ARG(link.code));
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

#define READ(path, face, fn)                                                                       \
    {                                                                                              \
        .method = "GET", .pattern = path, .faces = face, .permission = MAY_READ_FORMS,             \
        .handler = fn                                                                              \
    }
#define WRITE(path, fn)                                                                            \
    {                                                                                              \
        .method = "POST", .pattern = path, .faces = BOTH, .body = BODY_API,                        \
        .permission = MAY_WRITE_FORMS, .handler = fn                                               \
    }

const struct route campaign_part_routes[] = {
    WRITE("/campaigns/{id}/costs", cost_post),
    READ("/campaigns/{id}/costs/{cost}", FACE_PAGE, cost_edit_get),
    WRITE("/campaigns/{id}/costs/{cost}", cost_change_post),
    WRITE("/campaigns/{id}/costs/{cost}/delete", cost_delete_post),
    WRITE("/campaigns/{id}/forms", form_post),
    WRITE("/campaigns/{id}/forms/{form}/detach", form_detach_post),
    WRITE("/forms/{id}/campaign", of_form_post),
    WRITE("/campaigns/{id}/links", link_post),
    READ("/campaigns/{id}/links/{link}", FACE_PAGE, link_get),
    WRITE("/campaigns/{id}/links/{link}", link_change_post),
    WRITE("/campaigns/{id}/links/{link}/end", link_end_post),
    WRITE("/campaigns/{id}/links/{link}/open", link_open_post),
    READ("/campaigns/{id}/links/{link}/qr", BOTH, link_qr_get),
};
const ptrdiff_t campaign_part_route_count = COUNTOF(campaign_part_routes);
