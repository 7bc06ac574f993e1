/* Campaigns in the admin and the API: the page, the form. */
#include "campaign/campaign_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/utf8.h"
#include "campaign/campaign_rules.h"
#include "campaign/campaign_value.h"
#include "spam/suspect.h"

enum { GOAL_LEADS_MAX = 10000000 };

/* --- what a body says --- */

bool campaign_param(struct ctx *cx, const struct web_request *rq, int64_t *id)
{
    if (id_parse(rq->param[0], ID_CAMPAIGN, id)) return true;
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

str campaign_url(struct ctx *cx, int64_t id)
{
    return str_printf(cx->a, "/campaigns/%.*s", STR_ARG(id_text(cx->a, ID_CAMPAIGN, id)));
}

bool campaign_named(struct value body, const char *name, str *text)
{
    *text = S("");
    if (body.type != VALUE_MAP) return false;
    for (ptrdiff_t i = 0; i < body.as.map->count; i++) {
        if (!str_eq(body.as.map->entry[i].key, str_of(name))) continue;
        str found = value_str(body.as.map->entry[i].value);
        if (found.ptr != NULL) *text = str_trim(found);
        return true;
    }
    return false;
}

bool campaign_money_read(struct ctx *cx, struct value body, const char *name, int64_t *cents)
{
    str text, field = str_printf(cx->a, "%s_cents", name);
    struct value number = value_get(body, field);
    if (number.type == VALUE_INT) {
        *cents = number.as.integer;
        if (*cents < -CAMPAIGN_CENTS_MAX || *cents > CAMPAIGN_CENTS_MAX)
            fail_field(cx, field, "campaign.money_invalid");
        return true;
    }
    if (campaign_named(body, str_cstr(cx->a, field), &text)) {
        *cents = 0;
        if (number.type != VALUE_NULL) fail_field(cx, field, "error.number_invalid");
        return true;
    }
    if (!campaign_named(body, name, &text)) return false;
    *cents = 0;
    if (text.len > 0 && !money_parse(cx->a, cx->lang, text, cents))
        fail_field(cx, str_of(name), "campaign.money_invalid");
    return true;
}

str campaign_line_read(struct ctx *cx, const char *field, str text, int max_bytes, bool needed)
{
    text = utf8_clean_line(cx->a, text);
    if (needed && text.len == 0) fail_field(cx, str_of(field), "error.field_required");
    if (text.len > max_bytes) {
        fail_field(cx, str_of(field), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", max_bytes));
    }
    return text;
}

int64_t campaign_day_read(struct ctx *cx, const char *field, str text)
{
    int64_t day = 0;
    if (text.len > 0 && !campaign_day_parse(cx->a, text, &day))
        fail_field(cx, str_of(field), "campaign.day_invalid");
    return day;
}

static void goal_read(struct ctx *cx, struct value body, struct campaign *c)
{
    str text;
    struct value number = value_get(body, S("goal_leads"));
    if (!campaign_named(body, "goal_leads", &text)) return;
    c->goal_leads = 0;
    bool fine = number.type == VALUE_INT ? (c->goal_leads = number.as.integer, true)
                                         : text.len == 0 || str_to_i64(text, &c->goal_leads);
    if (!fine || c->goal_leads < 0 || c->goal_leads > GOAL_LEADS_MAX)
        fail_field(cx, S("goal_leads"), "error.number_invalid");
}

static void period_read(struct ctx *cx, struct value body, struct campaign *c)
{
    str text;
    if (campaign_named(body, "from", &text)) c->from_day = campaign_day_read(cx, "from", text);
    if (c->from_day == 0 && cx->err.code == ERR_NONE)
        fail_field(cx, S("from"), "campaign.from_missing");
    if (campaign_named(body, "to", &text)) c->to_day = campaign_day_read(cx, "to", text);
    if (c->to_day != 0 && c->from_day != 0 && c->to_day < c->from_day)
        fail_field(cx, S("to"), "campaign.to_before_from");
}

static void money_not_below(struct ctx *cx, struct value body, const char *name, int64_t *cents)
{
    if (campaign_money_read(cx, body, name, cents) && *cents < 0)
        fail_field(cx, str_of(name), "campaign.money_below");
}

/* What is named takes the place of what was there. */
static bool body_read(struct ctx *cx, struct value body, struct campaign *c)
{
    str text;
    if (campaign_named(body, "name", &text) || c->name.len <= 0)
        c->name = campaign_line_read(cx, "name", text, LIMIT_NAME_BYTES, true);
    if (campaign_named(body, "code", &text)) c->code = str_lower_ascii(cx->a, text);
    if (c->code.len <= 0) c->code = campaign_code_from(cx->a, c->name);
    if (c->name.len > 0 && !campaign_code_ok(c->code))
        fail_field(cx, S("code"), "campaign.code_invalid");
    if (campaign_named(body, "channel", &text)) c->channel = text;
    period_read(cx, body, c);
    if (campaign_named(body, "currency", &text)) c->currency = text;
    if (!currency_known(c->currency)) fail_field(cx, S("currency"), "error.choice_invalid");
    money_not_below(cx, body, "budget", &c->budget_cents);
    money_not_below(cx, body, "goal_cost", &c->goal_cost_cents);
    goal_read(cx, body, c);
    if (campaign_named(body, "owner", &text)) {
        c->owner_id = 0;
        if (str_eq(text, S("me")))
            c->owner_id = cx->actor.user_id;
        else if (text.len > 0 && !id_parse(text, ID_USER, &c->owner_id))
            fail_field(cx, S("owner"), "campaign.no_such_person");
    }
    if (campaign_named(body, "note", &text)) c->note = utf8_clean_text(cx->a, text);
    if (c->note.len > CAMPAIGN_NOTE_BYTES) {
        fail_field(cx, S("note"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", CAMPAIGN_NOTE_BYTES));
    }
    return cx->err.code == ERR_NONE;
}

/* The state that was seen, if the body names it; -1: whatever it is now. */
static bool version_read(struct ctx *cx, struct value body, int64_t *version)
{
    struct value sent = value_get(body, S("version"));
    str text = str_trim(value_str(sent));
    *version = -1;
    if (value_is_null(sent)) return true;
    bool fine = sent.type == VALUE_INT ? (*version = sent.as.integer, true)
                                       : text.ptr != NULL && str_to_i64(text, version);
    return (fine && *version >= 0) || fail_field(cx, S("version"), "error.number_invalid");
}

/* --- one --- */

/* What of them waits in quarantine. */
static bool forms_held(struct ctx *cx, struct tx *tx, struct campaign_forms *forms)
{
    for (ptrdiff_t i = 0; i < forms->count; i++)
        if (forms->row[i].told && !suspect_count(cx, tx, forms->row[i].id, &forms->row[i].held))
            return false;
    return true;
}

bool campaign_desk_read(struct ctx *cx, struct tx *tx, void *desk)
{
    struct campaign_desk *d = desk;
    struct tz *zone;
    if (!campaign_load(cx, tx, d->id, &d->campaign) ||
        !campaign_channel_list(cx, tx, &d->channels) ||
        !campaign_cost_list(cx, tx, d->id, &d->costs) ||
        !campaign_form_list(cx, tx, d->id, &d->forms) || !forms_held(cx, tx, &d->forms) ||
        !campaign_form_choices(cx, tx, &d->form_choices) ||
        !campaign_link_list(cx, tx, d->id, &d->links) ||
        !campaign_source_list(cx, tx, d->id, &d->sources) || !campaign_zone(cx, tx, &zone) ||
        !campaign_course(cx, tx, &d->campaign, &d->costs, d->step, &d->steps, &d->months, &d->cut))
        return false;
    d->today = campaign_day(zone, cx->now_ms);
    return true;
}

static struct value sources_value(struct ctx *cx, const struct campaign_desk *d)
{
    struct value list = value_list(cx->a);
    int64_t most = d->sources.count > 0 ? d->sources.row[0].leads : 1;
    for (ptrdiff_t i = 0; i < d->sources.count; i++) {
        struct value map = value_map(cx->a);
        value_set_text(map, "name", d->sources.row[i].name);
        value_set_int(map, "leads", d->sources.row[i].leads);
        value_set_int(map, "width", d->sources.row[i].leads * 100 / most);
        value_push(list, map);
    }
    return list;
}

/* What was spent and won before the first step that is shown, and the whole. */
static void course_page(struct ctx *cx, const struct campaign_desk *d, struct value page)
{
    value_set(page, "steps",
              campaign_steps_value(cx, &d->campaign, d->step, d->steps, d->months, true));
    value_set(page, "chart", campaign_chart(cx, &d->campaign, d->step, d->steps, d->months));
    value_set_bool(page, "months", d->months);
    value_set_bool(page, "cut", d->cut);
    value_set(page, "sources", sources_value(cx, d));
}

static struct value kinds_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < COST_KIND__COUNT; i++)
        value_push(list, value_text(str_of(cost_kind_name((enum cost_kind)i))));
    return list;
}

/* The forms that may still be put into it, and those that a link may lead to. */
static void forms_page(struct ctx *cx, const struct campaign_desk *d, struct value page)
{
    struct value all = value_list(cx->a), free = value_list(cx->a);
    for (ptrdiff_t i = 0; i < d->form_choices.count; i++) {
        const struct campaign_form *f = &d->form_choices.row[i];
        struct value item = value_map(cx->a);
        value_set_text(item, "value", id_text(cx->a, ID_FORM, f->id));
        value_set_text(item, "label", f->name);
        value_set_bool(item, "elsewhere", f->campaign_id != 0);
        value_push(all, item);
        if (f->campaign_id != d->id) value_push(free, item);
    }
    value_set(page, "forms", all);
    value_set(page, "free_forms", free);
}

/* What a new cost is proposed for. */
static void days_page(struct ctx *cx, const struct campaign_desk *d, struct value page)
{
    int64_t from = 0, to = 0;
    cost_days(&d->campaign, d->today, &from, &to);
    value_set_text(page, "cost_from", campaign_day_text(cx->a, from));
    if (d->campaign.to_day != 0) value_set_text(page, "cost_to", campaign_day_text(cx->a, to));
}

bool campaign_desk_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        struct campaign_desk *d)
{
    bool people = rq->face == FACE_PAGE;
    *d = (struct campaign_desk){0};
    if (!campaign_param(cx, rq, &d->id) || !db_read(cx, campaign_desk_read, d)) return false;
    struct value costs = value_list(cx->a), links = value_list(cx->a), forms = value_list(cx->a);
    for (ptrdiff_t i = 0; i < d->costs.count; i++)
        value_push(costs, campaign_cost_value(cx, &d->campaign, &d->costs.row[i], people));
    for (ptrdiff_t i = 0; i < d->links.count; i++)
        value_push(links, campaign_link_value(cx, rq->base_url, &d->links.row[i]));
    for (ptrdiff_t i = 0; i < d->forms.count; i++)
        value_push(forms, campaign_form_value(cx, &d->forms.row[i]));
    rp->data = campaign_value(cx, &d->campaign, &d->channels, d->today, people);
    value_set(rp->data, "costs", costs);
    value_set(rp->data, "links", links);
    value_set(rp->data, "forms", forms);
    value_set(rp->data, "course",
              campaign_steps_value(cx, &d->campaign, d->step, d->steps, d->months, false));
    if (!people) return true;
    rp->page = value_map(cx->a);
    course_page(cx, d, rp->page);
    forms_page(cx, d, rp->page);
    value_set(rp->page, "kinds", kinds_value(cx));
    days_page(cx, d, rp->page);
    rp->template = "campaign/show";
    return true;
}

static bool show_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct campaign_desk *d = NEW(cx->a, struct campaign_desk, 1);
    if (!campaign_desk_open(cx, rq, rp, d)) return false;
    rp->etag = campaign_etag(cx->a, &d->campaign);
    return true;
}

/* --- new and edit --- */

struct edit {
    int64_t today;
    bool new;
    const char *action;
    const struct web_request *rq; /* what changes it */
    int64_t version;              /* the one that was seen; -1: whatever it is now */
    struct campaign campaign;
    struct campaign_channels channels;
    struct value people;
};

static bool edit_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct edit *e = arg;
    struct tz *zone;
    if (!campaign_channel_list(cx, tx, &e->channels) || !campaign_people(cx, tx, &e->people) ||
        !campaign_zone(cx, tx, &zone))
        return false;
    e->today = campaign_day(zone, cx->now_ms);
    if (!e->new) return campaign_load(cx, tx, e->campaign.id, &e->campaign);
    e->campaign = (struct campaign){.name = S(""),
                                    .note = S(""),
                                    .code = S(""),
                                    .channel = S("other"),
                                    .owner_id = cx->actor.user_id};
    return campaign_currency(cx, tx, &e->campaign.currency);
}

/* As it is now, if that is what was seen. */
static bool seen_load(struct ctx *cx, struct tx *tx, struct edit *e)
{
    if (!campaign_load(cx, tx, e->campaign.id, &e->campaign) ||
        !web_if_match(cx, e->rq, campaign_etag(cx->a, &e->campaign)))
        return false;
    return e->version < 0 || e->version == e->campaign.version ||
           fail(cx, ERR_CONFLICT, "campaign.changed");
}

static bool edit_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct edit *e = arg;
    struct value detail = value_map(cx->a);
    /* Put into what is there now: what a colleague has changed since it was read stays his. */
    if (!e->new && (!seen_load(cx, tx, e) || !body_read(cx, e->rq->body, &e->campaign)))
        return false;
    value_set_text(detail, "name", e->campaign.name);
    value_set_text(detail, "code", e->campaign.code);
    return (e->new ? campaign_create(cx, tx, &e->campaign)
                   : campaign_change(cx, tx, &e->campaign)) &&
           audit_write(cx, tx, e->action, "campaign", e->campaign.id, 0, detail) &&
           campaign_load(cx, tx, e->campaign.id, &e->campaign);
}

static void edit_page(struct ctx *cx, const struct edit *e, struct web_reply *rp)
{
    struct value channels = value_list(cx->a);
    for (ptrdiff_t i = 0; i < e->channels.count; i++) {
        struct value item = value_map(cx->a);
        value_set_text(item, "value", e->channels.row[i].key);
        value_set_text(item, "label",
                       campaign_channel_label(cx, &e->channels, e->channels.row[i].key));
        value_push(channels, item);
    }
    rp->data = campaign_value(cx, &e->campaign, &e->channels, e->today, true);
    if (e->new) value_set(rp->data, "id", value_null());
    rp->page = value_map(cx->a);
    value_set(rp->page, "channels", channels);
    value_set(rp->page, "people", e->people);
    rp->template = "campaign/edit";
}

static bool edit_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct edit *e)
{
    if (!e->new && !campaign_param(cx, rq, &e->campaign.id)) return false;
    if (!db_read(cx, edit_read, e)) return false;
    edit_page(cx, e, rp);
    return true;
}

static bool new_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct edit e = {.new = true};
    return edit_open(cx, rq, rp, &e);
}

static bool edit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct edit e = {0};
    return edit_open(cx, rq, rp, &e);
}

static bool stored(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                   struct edit *e)
{
    if (!edit_open(cx, rq, rp, e)) return false;
    if (e->new) e->campaign.id = ctx_new_id(cx);
    e->rq = rq;
    bool fine = version_read(cx, rq->body, &e->version);
    if (!body_read(cx, rq->body, &e->campaign) || !fine ||
        !db_write(cx, DB_INTERACTIVE, edit_write, e))
        return false;
    rp->data = campaign_value(cx, &e->campaign, &e->channels, e->today, false);
    rp->etag = campaign_etag(cx->a, &e->campaign);
    rp->location = campaign_url(cx, e->campaign.id);
    rp->flash = S("flash.saved");
    return true;
}

static bool create_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct edit e = {.new = true, .action = "campaign.create"};
    if (!stored(cx, rq, rp, &e)) return false;
    rp->status = 201;
    rp->flash = S("campaign.created");
    return true;
}

static bool change_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct edit e = {.action = "campaign.change"};
    return stored(cx, rq, rp, &e);
}

/* --- archive --- */

struct shelf {
    struct edit edit;
    bool archived;
};

static bool shelf_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct shelf *s = arg;
    int64_t id = s->edit.campaign.id;
    struct value detail = value_map(cx->a);
    if (web_minds(s->edit.rq) && !seen_load(cx, tx, &s->edit)) return false;
    if (!campaign_archive(cx, tx, id, s->archived) || !edit_read(cx, tx, &s->edit)) return false;
    value_set_text(detail, "name", s->edit.campaign.name);
    return audit_write(cx, tx, s->archived ? "campaign.archive" : "campaign.restore", "campaign",
                       id, 0, detail);
}

static bool shelf_move(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                       bool archived)
{
    struct shelf s = {.edit = {.rq = rq, .version = -1}, .archived = archived};
    if (!campaign_param(cx, rq, &s.edit.campaign.id) ||
        !db_write(cx, DB_INTERACTIVE, shelf_write, &s))
        return false;
    rp->data = campaign_value(cx, &s.edit.campaign, &s.edit.channels, s.edit.today, false);
    rp->etag = campaign_etag(cx->a, &s.edit.campaign);
    rp->location = archived ? S("/campaigns") : campaign_url(cx, s.edit.campaign.id);
    rp->flash = archived ? S("campaign.archived") : S("campaign.restored");
    return true;
}

static bool archive_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return shelf_move(cx, rq, rp, true);
}

static bool restore_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return shelf_move(cx, rq, rp, false);
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route campaign_routes[] = {
    {"GET", "/campaigns", BOTH, BODY_NONE, MAY_READ_FORMS, campaign_list_get, false},
    {"POST", "/campaigns", BOTH, BODY_API, MAY_WRITE_FORMS, create_post, false},
    {"GET", "/campaigns/new", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, new_get, false},
    {"GET", "/campaigns/export", BOTH, BODY_NONE, MAY_READ_FORMS | MAY_EXPORT, campaign_export_get,
     false},
    {"GET", "/campaigns/{id}/edit", FACE_PAGE, BODY_NONE, MAY_WRITE_FORMS, edit_get, false},
    {"POST", "/campaigns/{id}/archive", BOTH, BODY_API, MAY_WRITE_FORMS, archive_post, false},
    {"POST", "/campaigns/{id}/restore", BOTH, BODY_API, MAY_WRITE_FORMS, restore_post, false},
};
const ptrdiff_t campaign_route_count = COUNTOF(campaign_routes);

/* What takes any word as an id stands behind what has a name (campaign_part_http.c). */
const struct route campaign_one_routes[] = {
    {"GET", "/campaigns/{id}", BOTH, BODY_NONE, MAY_READ_FORMS, show_get, false},
    {"POST", "/campaigns/{id}", FACE_PAGE, BODY_FORM, MAY_WRITE_FORMS, change_post, false},
    {"PATCH", "/campaigns/{id}", FACE_API, BODY_API, MAY_WRITE_FORMS, change_post, false},
};
const ptrdiff_t campaign_one_route_count = COUNTOF(campaign_one_routes);
