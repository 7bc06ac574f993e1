#include "campaign/campaign.h"

#include "base/id.h"
#include "base/limits.h"
#include "base/reach.h"
#include "base/tz.h"
#include "base/value.h"
#include "campaign/campaign_rules.h"
#include "campaign_sql.h"
#include "setting/setting.h"
#include "tally/tally.h"

enum { PEOPLE_MAX = 1000 };

/* --- for other rooms --- */

bool campaign_choices(struct ctx *cx, struct tx *tx, struct campaigns *out)
{
    struct campaign_names_in in = {CAMPAIGNS_MAX};
    struct campaign_names_rows rows;
    if (!q_campaign_names(tx, &in, &rows)) return false;
    *out = (struct campaigns){NEW(cx->a, struct campaign, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct campaign){
            .id = rows.row[i].id, .code = rows.row[i].code, .name = rows.row[i].name};
    return true;
}

bool campaign_name(struct ctx *cx, struct tx *tx, int64_t id, str *name, bool *found)
{
    struct campaign_name_in in = {id};
    struct campaign_name_row row = {0};
    (void)cx;
    if (!q_campaign_name(tx, &in, &row, found)) return false;
    *name = *found ? row.name : S("");
    return true;
}

bool campaign_of_arrival(struct ctx *cx, struct tx *tx, str utm_campaign, int64_t form_id,
                         int64_t *id, str *name)
{
    struct campaign_by_code_in by_code = {str_lower_ascii(cx->a, utm_campaign)};
    struct campaign_by_code_row coded;
    struct campaign_of_form_in of_form = {form_id};
    struct campaign_of_form_row attached;
    bool found = false;
    *id = 0;
    *name = S("");
    if (campaign_code_ok(by_code.code) && !q_campaign_by_code(tx, &by_code, &coded, &found))
        return false;
    if (found) {
        *id = coded.id;
        *name = coded.name;
        return true;
    }
    if (form_id == 0 || !q_campaign_of_form(tx, &of_form, &attached, &found)) return form_id == 0;
    if (found) {
        *id = attached.id;
        *name = attached.name;
    }
    return true;
}

/* --- reading --- */

#define CAMPAIGN_FROM(r)                                                                           \
    (struct campaign)                                                                              \
    {                                                                                              \
        .id = (r).id, .code = (r).code, .name = (r).name, .channel = (r).channel,                  \
        .from_day = (r).from_day, .to_day = (r).to_day, .currency = (r).currency,                  \
        .budget_cents = (r).budget_cents, .goal_leads = (r).goal_leads_n,                          \
        .goal_cost_cents = (r).goal_cost_cents, .owner_id = (r).owner_user_id,                     \
        .owner_name = (r).owner_name, .note = (r).note, .archived_ms = (r).archived_ms,            \
        .created_ms = (r).created_ms, .updated_ms = (r).updated_ms, .version = (r).version_no,     \
        .cost_cents = (r).cost_cents,                                                              \
    }

/* How many leads it won is told to those who see all of them. */
static void tell(const struct ctx *cx, const struct tally *won, struct campaign *c)
{
    c->told = reach_of(&cx->actor).any != 0;
    c->leads = c->told ? won->all : 0;
    c->confirmed = c->told ? won->confirmed : 0;
}

bool campaign_list(struct ctx *cx, struct tx *tx, bool archived, struct campaigns *out)
{
    struct campaign_all_in in = {archived, CAMPAIGNS_MAX};
    struct campaign_all_rows rows;
    struct tallies won;
    if (!q_campaign_all(tx, &in, &rows) || !tally_list(cx, tx, TALLY_CAMPAIGN, &won)) return false;
    *out = (struct campaigns){NEW(cx->a, struct campaign, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        out->row[i] = CAMPAIGN_FROM(rows.row[i]);
        struct tally sum = tally_find(&won, out->row[i].id);
        tell(cx, &sum, &out->row[i]);
    }
    return true;
}

bool campaign_load(struct ctx *cx, struct tx *tx, int64_t id, struct campaign *out)
{
    struct campaign_one_in in = {id};
    struct campaign_one_row row;
    bool found;
    if (!q_campaign_one(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct tally won;
    if (!tally_one(cx, tx, TALLY_CAMPAIGN, id, &won)) return false;
    *out = CAMPAIGN_FROM(row);
    tell(cx, &won, out);
    return true;
}

bool campaign_currency(struct ctx *cx, struct tx *tx, str *out)
{
    struct campaign_last_currency_row row;
    bool found;
    (void)cx;
    if (!q_campaign_last_currency(tx, &row, &found)) return false;
    *out = found ? row.currency : S("EUR");
    return true;
}

bool campaign_people(struct ctx *cx, struct tx *tx, struct value *out)
{
    struct campaign_people_in in = {PEOPLE_MAX};
    struct campaign_people_rows rows;
    if (!q_campaign_people(tx, &in, &rows)) return false;
    *out = value_list(cx->a);
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct value person = value_map(cx->a);
        value_set_text(person, "value", id_text(cx->a, ID_USER, rows.row[i].user_id));
        value_set_text(person, "label", rows.row[i].user_name);
        value_push(*out, person);
    }
    return true;
}

bool campaign_zone(struct ctx *cx, struct tx *tx, struct tz **out)
{
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], out)) *out = NULL;
    return true;
}

int64_t campaign_day(const struct tz *zone, int64_t ms)
{
    return civil_to_day(tz_civil(zone, ms));
}

/* --- writing --- */

static bool references_ok(struct ctx *cx, struct tx *tx, const struct campaign *in)
{
    struct campaign_member_in member = {in->owner_id};
    struct campaign_member_row row = {1};
    struct campaign_by_code_in code = {in->code};
    struct campaign_by_code_row other;
    str medium;
    bool taken;
    if (in->owner_id != 0 && !q_campaign_member(tx, &member, &row, NULL)) return false;
    if (row.n == 0) return fail_field(cx, S("owner"), "campaign.no_such_person");
    if (!campaign_channel_medium(cx, tx, in->channel, &medium)) return false;
    if (medium.len == 0) return fail_field(cx, S("channel"), "error.choice_invalid");
    if (!q_campaign_by_code(tx, &code, &other, &taken)) return false;
    if (taken && other.id != in->id) return fail_conflict(cx, S("code"), "campaign.code_taken");
    return true;
}

bool campaign_create(struct ctx *cx, struct tx *tx, const struct campaign *in)
{
    struct campaign_count_row count;
    if (!references_ok(cx, tx, in) || !q_campaign_count(tx, &count, NULL)) return false;
    if (count.n >= CAMPAIGNS_MAX) return fail(cx, ERR_CONFLICT, "campaign.too_many");
    struct campaign_add_in row = {.id = in->id,
                                  .code = in->code,
                                  .name = in->name,
                                  .channel = in->channel,
                                  .from_day = in->from_day,
                                  .to_day = in->to_day,
                                  .currency = in->currency,
                                  .budget_cents = in->budget_cents,
                                  .goal_leads_n = in->goal_leads,
                                  .goal_cost_cents = in->goal_cost_cents,
                                  .owner_user_id = in->owner_id,
                                  .note = in->note,
                                  .now_ms = cx->now_ms};
    return q_campaign_add(tx, &row, NULL);
}

bool campaign_change(struct ctx *cx, struct tx *tx, const struct campaign *in)
{
    int64_t changed = 0;
    struct campaign_set_in row = {.id = in->id,
                                  .code = in->code,
                                  .name = in->name,
                                  .channel = in->channel,
                                  .from_day = in->from_day,
                                  .to_day = in->to_day,
                                  .currency = in->currency,
                                  .budget_cents = in->budget_cents,
                                  .goal_leads_n = in->goal_leads,
                                  .goal_cost_cents = in->goal_cost_cents,
                                  .owner_user_id = in->owner_id,
                                  .note = in->note,
                                  .now_ms = cx->now_ms};
    if (!references_ok(cx, tx, in) || !q_campaign_set(tx, &row, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool campaign_archive(struct ctx *cx, struct tx *tx, int64_t id, bool archived)
{
    int64_t changed = 0;
    struct campaign_set_archived_in in = {id, archived ? cx->now_ms : 0, cx->now_ms};
    if (!q_campaign_set_archived(tx, &in, &changed)) return false;
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* --- course --- */

static void widen(int64_t day, int64_t *from_day, int64_t *to_day)
{
    if (day < *from_day) *from_day = day;
    if (day > *to_day) *to_day = day;
}

bool campaign_course(struct ctx *cx, struct tx *tx, const struct campaign *c,
                     const struct campaign_costs *costs, struct campaign_step *step, int *count,
                     bool *months, bool *cut)
{
    struct tz *zone;
    struct tallies won;
    *count = 0;
    *cut = false;
    if (!c->told) return true;
    if (!campaign_zone(cx, tx, &zone) ||
        !tally_days(cx, tx, TALLY_CAMPAIGN, c->id, INT64_MIN, &won))
        return false;
    int64_t today = campaign_day(zone, cx->now_ms), from = c->from_day;
    int64_t to = c->to_day != 0 && c->to_day < today ? c->to_day : today;
    for (ptrdiff_t i = 0; i < won.count; i++) widen(won.row[i].day, &from, &to);
    for (ptrdiff_t i = 0; i < costs->count; i++) {
        widen(costs->row[i].from_day, &from, &to);
        widen(costs->row[i].to_day, &from, &to);
    }
    if (to > today) to = today;
    *count = to < from ? 0 : campaign_steps(from, to, step, months);
    *cut = *count > 0 && step[0].from_day > from;
    for (int i = 0; i < *count; i++) {
        for (ptrdiff_t k = 0; k < won.count; k++) {
            if (won.row[k].day < step[i].from_day || won.row[k].day > step[i].to_day) continue;
            step[i].leads += won.row[k].all;
            step[i].confirmed += won.row[k].confirmed;
        }
        for (ptrdiff_t k = 0; k < costs->count; k++)
            step[i].cost_cents += cost_share(&costs->row[k], step[i].from_day, step[i].to_day);
    }
    return true;
}

bool campaign_source_list(struct ctx *cx, struct tx *tx, int64_t id, struct campaign_sources *out)
{
    struct tallies rows;
    *out = (struct campaign_sources){0};
    if (reach_of(&cx->actor).any == 0) return true;
    if (!tally_labels(cx, tx, TALLY_CAMPAIGN, id, CAMPAIGN_SOURCES_MAX, &rows)) return false;
    *out = (struct campaign_sources){NEW(cx->a, struct campaign_source, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct campaign_source){rows.row[i].label, rows.row[i].all};
    return true;
}
