#include "campaign/campaign_value.h"

#include "base/id.h"
#include "base/tz.h"
#include "campaign/campaign_rules.h"
#include "web/render.h"

struct value campaign_choices_value(struct ctx *cx, const struct campaigns *choices)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < choices->count; i++) {
        struct value item = value_map(cx->a);
        value_set_text(item, "value", id_text(cx->a, ID_CAMPAIGN, choices->row[i].id));
        value_set_text(item, "label", choices->row[i].name);
        value_push(list, item);
    }
    return list;
}

static void set_day(struct ctx *cx, struct value map, const char *name, int64_t day)
{
    value_set_text(map, name, day == 0 ? (str){0} : campaign_day_text(cx->a, day));
}

static void set_cents(struct value map, const char *name, int64_t cents, bool none)
{
    value_set(map, name, none ? value_null() : value_int(cents));
}

static struct value channel_ref(struct ctx *cx, const struct campaign_channels *channels, str key)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "key", key);
    value_set_text(map, "name", campaign_channel_label(cx, channels, key));
    return map;
}

static struct value person_ref(struct ctx *cx, int64_t id, str name)
{
    if (id == 0) return value_null();
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_USER, id));
    value_set_text(map, "name", name);
    return map;
}

static str money(struct ctx *cx, const struct campaign *c, int64_t cents)
{
    return cents < 0 ? (str){0} : money_text(cx->a, cx->lang, cents, c->currency);
}

/* What a page shows beside the contract: money as text, what it is next to the goal. */
static void for_people(struct ctx *cx, struct value map, const struct campaign *c)
{
    int64_t per_lead = cost_per(c->cost_cents, c->leads);
    int64_t per_confirmed = cost_per(c->cost_cents, c->confirmed);
    bool spent = c->cost_cents != 0;
    value_set_text(map, "cost_text", money_text(cx->a, cx->lang, c->cost_cents, c->currency));
    value_set_text(map, "budget_text",
                   c->budget_cents == 0 ? (str){0} : money(cx, c, c->budget_cents));
    value_set_text(map, "per_lead_text", spent ? money(cx, c, per_lead) : (str){0});
    value_set_text(map, "per_confirmed_text", spent ? money(cx, c, per_confirmed) : (str){0});
    value_set_text(map, "goal_cost_text",
                   c->goal_cost_cents == 0 ? (str){0} : money(cx, c, c->goal_cost_cents));
    if (c->goal_cost_cents != 0 && per_lead >= 0 && spent) {
        int64_t off = per_lead - c->goal_cost_cents;
        value_set_bool(map, "over_goal", off > 0);
        value_set_text(map, "off_goal_text",
                       off == 0 ? (str){0} : money(cx, c, off < 0 ? -off : off));
    }
    if (c->budget_cents > 0) {
        int64_t pct = c->cost_cents <= 0 ? 0 : c->cost_cents * 100 / c->budget_cents;
        value_set_int(map, "budget_pct", pct);
        value_set_text(map, "budget_left_text",
                       money(cx, c,
                             c->cost_cents > c->budget_cents ? c->cost_cents - c->budget_cents
                                                             : c->budget_cents - c->cost_cents));
        value_set_bool(map, "over_budget", c->cost_cents > c->budget_cents);
    }
    if (c->leads > 0)
        value_set_int(map, "confirmed_pct", (200 * c->confirmed + c->leads) / (2 * c->leads));
    value_set_text(map, "budget_input", money_input(cx->a, cx->lang, c->budget_cents));
    value_set_text(map, "goal_cost_input", money_input(cx->a, cx->lang, c->goal_cost_cents));
}

struct value campaign_value(struct ctx *cx, const struct campaign *c,
                            const struct campaign_channels *channels, int64_t today, bool people)
{
    struct value map = value_map(cx->a);
    int64_t per_lead = cost_per(c->cost_cents, c->leads);
    int64_t per_confirmed = cost_per(c->cost_cents, c->confirmed);
    value_set_text(map, "id", id_text(cx->a, ID_CAMPAIGN, c->id));
    value_set_text(map, "code", c->code);
    value_set_text(map, "name", c->name);
    value_set_text(map, "state", str_of(campaign_state_name(campaign_state_of(c, today))));
    value_set(map, "channel", channel_ref(cx, channels, c->channel));
    set_day(cx, map, "from", c->from_day);
    set_day(cx, map, "to", c->to_day);
    value_set_text(map, "currency", c->currency);
    set_cents(map, "budget_cents", c->budget_cents, c->budget_cents == 0);
    set_cents(map, "goal_leads", c->goal_leads, c->goal_leads == 0);
    set_cents(map, "goal_cost_cents", c->goal_cost_cents, c->goal_cost_cents == 0);
    value_set(map, "owner", person_ref(cx, c->owner_id, c->owner_name));
    value_set_text(map, "note", c->note);
    value_set(map, "leads", c->told ? value_int(c->leads) : value_null());
    value_set(map, "confirmed", c->told ? value_int(c->confirmed) : value_null());
    value_set_int(map, "cost_cents", c->cost_cents);
    set_cents(map, "cost_per_lead_cents", per_lead, per_lead < 0);
    set_cents(map, "cost_per_confirmed_cents", per_confirmed, per_confirmed < 0);
    value_set_text(map, "created_at", rfc3339(cx->a, c->created_ms));
    value_set_text(map, "updated_at", rfc3339(cx->a, c->updated_ms));
    value_set_int(map, "version", c->version);
    if (people) for_people(cx, map, c);
    return map;
}

str campaign_etag(arena *a, const struct campaign *c)
{
    return str_printf(a, "%lld", (long long)c->version);
}

struct value campaign_cost_value(struct ctx *cx, const struct campaign *c,
                                 const struct campaign_cost *cost, bool people)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_COST, cost->id));
    value_set_text(map, "kind", str_of(cost_kind_name(cost->kind)));
    value_set_text(map, "label", cost->label);
    value_set_int(map, "amount_cents", cost->amount_cents);
    set_day(cx, map, "from", cost->from_day);
    set_day(cx, map, "to", cost->to_day);
    if (!people) return map;
    value_set_text(map, "amount_text",
                   money_text(cx->a, cx->lang, cost->amount_cents, c->currency));
    value_set_text(map, "amount_input", money_input(cx->a, cx->lang, cost->amount_cents));
    return map;
}

struct value campaign_link_value(struct ctx *cx, str base_url, const struct campaign_link *link)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_LINK, link->id));
    value_set_text(map, "name", link->name);
    value_set_text(map, "code", link->code);
    value_set_text(map, "short_url",
                   str_printf(cx->a, "%.*s/l/%.*s", STR_ARG(base_url), STR_ARG(link->code)));
    value_set_text(map, "source", link->source);
    value_set_text(map, "form", id_text(cx->a, ID_FORM, link->form_id));
    value_set_text(map, "form_name", link->form_id != 0 ? link->form_name : (str){0});
    value_set_text(map, "url", link->form_id == 0 ? link->url : (str){0});
    value_set_int(map, "clicks", link->clicks);
    value_set_bool(map, "ended", link->ended_ms != 0);
    return map;
}

struct value campaign_form_value(struct ctx *cx, const struct campaign_form *form)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_FORM, form->id));
    value_set_text(map, "name", form->name);
    value_set(map, "submissions", form->told ? value_int(form->submissions) : value_null());
    value_set(map, "held", form->told ? value_int(form->held) : value_null());
    return map;
}

struct value campaign_channel_value(struct ctx *cx, const struct campaign_channels *channels,
                                    const struct campaign_channel *channel)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "key", channel->key);
    value_set_text(map, "name", campaign_channel_label(cx, channels, channel->key));
    value_set_text(map, "name_de", channel->id != 0 ? channel->label_de : (str){0});
    value_set_text(map, "name_en", channel->id != 0 ? channel->label_en : (str){0});
    value_set_text(map, "medium", channel->medium);
    value_set_bool(map, "own", channel->id != 0);
    value_set_int(map, "campaigns", channel->campaigns);
    return map;
}

str campaign_step_name(struct ctx *cx, const struct campaign_step *step, bool months)
{
    struct civil c = civil_of_day(step->from_day);
    struct err_arg number = {"number", str_printf(cx->a, "%d", campaign_week(step->from_day))};
    char key[] = "month_short.00";
    if (!months) return render_text(cx, cx->lang, "campaign.week", &number, 1);
    key[12] = (char)('0' + c.month / 10);
    key[13] = (char)('0' + c.month % 10);
    str month = render_text(cx, cx->lang, key, NULL, 0);
    return str_printf(cx->a, "%.*s %d", STR_ARG(month), c.year);
}

struct value campaign_steps_value(struct ctx *cx, const struct campaign *c,
                                  const struct campaign_step *step, int count, bool months,
                                  bool people)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < count; i++) {
        struct value map = value_map(cx->a);
        int64_t per_lead = cost_per(step[i].cost_cents, step[i].leads);
        set_day(cx, map, "from", step[i].from_day);
        set_day(cx, map, "to", step[i].to_day);
        value_set_int(map, "leads", step[i].leads);
        value_set_int(map, "confirmed", step[i].confirmed);
        value_set_int(map, "cost_cents", step[i].cost_cents);
        set_cents(map, "cost_per_lead_cents", per_lead, per_lead < 0);
        if (people) {
            bool spent = step[i].cost_cents > 0;
            value_set_text(map, "name", campaign_step_name(cx, &step[i], months));
            value_set_text(map, "cost_text",
                           money_exact_text(cx->a, cx->lang, step[i].cost_cents, c->currency));
            value_set_text(map, "per_lead_text",
                           spent && per_lead >= 0
                               ? money_exact_text(cx->a, cx->lang, per_lead, c->currency)
                               : (str){0});
        }
        value_push(list, map);
    }
    return list;
}
