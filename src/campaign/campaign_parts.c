/* What belongs to a campaign: costs, forms, links; and the channels there are. */
#include "base/crypto.h"
#include "base/id.h"
#include "base/reach.h"
#include "base/tz.h"
#include "campaign/campaign.h"
#include "campaign/campaign_rules.h"
#include "campaign_sql.h"
#include "tally/tally.h"
#include "web/render.h"

enum { CODE_CHARS = 7, CLICK_PARTS = 16, FORMS_OFFERED = 1000 };

static bool one_changed(struct ctx *cx, int64_t changed)
{
    return changed == 1 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static bool campaign_there(struct ctx *cx, struct tx *tx, int64_t id)
{
    str name;
    bool found;
    if (!campaign_name(cx, tx, id, &name, &found)) return false;
    return found || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

/* --- costs --- */

bool campaign_cost_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                        struct campaign_costs *out)
{
    struct campaign_cost_list_in in = {campaign_id, CAMPAIGN_COSTS_MAX};
    struct campaign_cost_list_rows rows;
    if (!q_campaign_cost_list(tx, &in, &rows)) return false;
    *out = (struct campaign_costs){NEW(cx->a, struct campaign_cost, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct campaign_cost){.id = rows.row[i].id,
                                             .kind = (enum cost_kind)rows.row[i].cost_kind,
                                             .label = rows.row[i].label,
                                             .amount_cents = rows.row[i].amount_cents,
                                             .from_day = rows.row[i].from_day,
                                             .to_day = rows.row[i].to_day};
    return true;
}

bool campaign_cost_create(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                          const struct campaign_cost *in)
{
    struct campaign_costs all;
    if (!campaign_there(cx, tx, campaign_id) || !campaign_cost_list(cx, tx, campaign_id, &all))
        return false;
    if (all.count >= CAMPAIGN_COSTS_MAX) return fail(cx, ERR_CONFLICT, "campaign.too_many_costs");
    struct campaign_cost_add_in row = {
        campaign_id,  in->id,     in->kind,          in->label, in->amount_cents,
        in->from_day, in->to_day, cx->actor.user_id, cx->now_ms};
    return q_campaign_cost_add(tx, &row, NULL);
}

bool campaign_cost_change(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                          const struct campaign_cost *in)
{
    int64_t changed = 0;
    struct campaign_cost_set_in row = {campaign_id,      in->id,       in->kind,  in->label,
                                       in->amount_cents, in->from_day, in->to_day};
    return q_campaign_cost_set(tx, &row, &changed) && one_changed(cx, changed);
}

bool campaign_cost_remove(struct ctx *cx, struct tx *tx, int64_t campaign_id, int64_t id)
{
    int64_t changed = 0;
    struct campaign_cost_delete_in in = {campaign_id, id};
    return q_campaign_cost_delete(tx, &in, &changed) && one_changed(cx, changed);
}

/* --- forms --- */

bool campaign_form_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                        struct campaign_forms *out)
{
    struct campaign_form_list_in in = {campaign_id, CAMPAIGN_FORMS_MAX};
    struct campaign_form_list_rows rows;
    struct tallies sent;
    if (!q_campaign_form_list(tx, &in, &rows) || !tally_list(cx, tx, TALLY_FORM, &sent))
        return false;
    bool told = reach_of(&cx->actor).any != 0;
    *out = (struct campaign_forms){NEW(cx->a, struct campaign_form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] =
            (struct campaign_form){.id = rows.row[i].id,
                                   .name = rows.row[i].name,
                                   .submissions = told ? tally_find(&sent, rows.row[i].id).all : 0,
                                   .told = told,
                                   .campaign_id = campaign_id};
    return true;
}

bool campaign_form_choices(struct ctx *cx, struct tx *tx, struct campaign_forms *out)
{
    struct campaign_form_all_in in = {FORMS_OFFERED};
    struct campaign_form_all_rows rows;
    if (!q_campaign_form_all(tx, &in, &rows)) return false;
    *out = (struct campaign_forms){NEW(cx->a, struct campaign_form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct campaign_form){
            .id = rows.row[i].id, .name = rows.row[i].name, .campaign_id = rows.row[i].campaign_id};
    return true;
}

static bool form_there(struct ctx *cx, struct tx *tx, int64_t id, bool *found)
{
    struct campaign_form_there_in in = {id};
    struct campaign_form_there_row row;
    (void)cx;
    return q_campaign_form_there(tx, &in, &row, found);
}

bool campaign_form_attach(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t campaign_id)
{
    struct campaign_form_put_in put = {form_id, campaign_id};
    struct campaign_form_drop_in drop = {form_id};
    bool found;
    if (!form_there(cx, tx, form_id, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (campaign_id == 0) return q_campaign_form_drop(tx, &drop, NULL);
    return campaign_there(cx, tx, campaign_id) && q_campaign_form_put(tx, &put, NULL);
}

/* --- links --- */

bool campaign_link_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                        struct campaign_links *out)
{
    struct campaign_link_list_in in = {campaign_id, CAMPAIGN_LINKS_MAX};
    struct campaign_link_list_rows rows;
    if (!q_campaign_link_list(tx, &in, &rows)) return false;
    *out = (struct campaign_links){NEW(cx->a, struct campaign_link, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct campaign_link){.id = rows.row[i].id,
                                             .campaign_id = campaign_id,
                                             .form_id = rows.row[i].form_id,
                                             .clicks = rows.row[i].clicks_n,
                                             .ended_ms = rows.row[i].ended_ms,
                                             .code = rows.row[i].code,
                                             .name = rows.row[i].name,
                                             .source = rows.row[i].source,
                                             .url = rows.row[i].url,
                                             .form_name = rows.row[i].form_name,
                                             .form_slug = rows.row[i].form_slug};
    return true;
}

bool campaign_link_find(struct ctx *cx, struct tx *tx, str code, struct campaign_link *out,
                        bool *found)
{
    struct campaign_link_find_in in = {code};
    struct campaign_link_find_row row;
    (void)cx;
    *out = (struct campaign_link){0};
    if (!q_campaign_link_find(tx, &in, &row, found)) return false;
    if (*found)
        *out = (struct campaign_link){.id = row.id,
                                      .campaign_id = row.campaign_id,
                                      .ended_ms = row.ended_ms,
                                      .source = row.source,
                                      .url = row.url,
                                      .form_slug = row.form_slug,
                                      .campaign_code = row.campaign_code,
                                      .campaign_channel = row.campaign_channel};
    return true;
}

static bool target_there(struct ctx *cx, struct tx *tx, const struct campaign_link *in)
{
    bool found = true;
    if (in->form_id != 0 && !form_there(cx, tx, in->form_id, &found)) return false;
    return found || fail_field(cx, S("target"), "campaign.no_such_form");
}

bool campaign_link_create(struct ctx *cx, struct tx *tx, const struct campaign_link *in)
{
    struct campaign_links all;
    if (!campaign_there(cx, tx, in->campaign_id) || !target_there(cx, tx, in) ||
        !campaign_link_list(cx, tx, in->campaign_id, &all))
        return false;
    if (all.count >= CAMPAIGN_LINKS_MAX) return fail(cx, ERR_CONFLICT, "campaign.too_many_links");
    struct campaign_link_add_in row = {.id = in->id,
                                       .campaign_id = in->campaign_id,
                                       .code = in->code,
                                       .name = in->name,
                                       .source = in->source,
                                       .form_id = in->form_id,
                                       .url = in->url,
                                       .now_ms = cx->now_ms};
    return q_campaign_link_add(tx, &row, NULL);
}

bool campaign_link_change(struct ctx *cx, struct tx *tx, const struct campaign_link *in)
{
    int64_t changed = 0;
    struct campaign_link_set_in row = {in->campaign_id, in->id,      in->name,
                                       in->source,      in->form_id, in->url};
    return target_there(cx, tx, in) && q_campaign_link_set(tx, &row, &changed) &&
           one_changed(cx, changed);
}

bool campaign_link_end(struct ctx *cx, struct tx *tx, int64_t campaign_id, int64_t id, bool ended)
{
    int64_t changed = 0;
    struct campaign_link_end_in in = {campaign_id, id, ended ? cx->now_ms : 0};
    return q_campaign_link_end(tx, &in, &changed) && one_changed(cx, changed);
}

/* Without what is mistaken for each other on paper: 0 and O, 1, I and L. */
str campaign_link_code(arena *a)
{
    static const char signs[] = "23456789abcdefghjkmnpqrstuvwxyz"; /* 31 of them */
    uint8_t dice[CODE_CHARS * 2];
    char *code = NEW(a, char, CODE_CHARS);
    crypto_random(dice, sizeof dice);
    for (int i = 0; i < CODE_CHARS; i++)
        code[i] = signs[(dice[2 * i] << 8 | dice[2 * i + 1]) % (int)(sizeof signs - 1)];
    return (str){code, CODE_CHARS};
}

struct click {
    int64_t link_id, part;
};

static bool click_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct click *c = arg;
    struct tz *zone;
    if (!campaign_zone(cx, tx, &zone)) return false;
    struct campaign_click_add_in in = {c->link_id, campaign_day(zone, cx->now_ms), c->part};
    return q_campaign_click_add(tx, &in, NULL);
}

bool campaign_clicked(struct ctx *cx, int64_t link_id)
{
    uint8_t dice;
    crypto_random(&dice, 1);
    struct click c = {link_id, dice % CLICK_PARTS};
    return db_write(cx, DB_EVENTS, click_write, &c);
}

/* --- channels --- */

static int64_t uses_of(const struct campaign_channel_uses_rows *uses, str key)
{
    for (ptrdiff_t i = 0; i < uses->count; i++)
        if (str_eq(uses->row[i].channel, key)) return uses->row[i].n;
    return 0;
}

bool campaign_channel_list(struct ctx *cx, struct tx *tx, struct campaign_channels *out)
{
    struct campaign_channel_list_in in = {CAMPAIGN_CHANNELS_MAX};
    struct campaign_channel_list_rows rows;
    struct campaign_channel_uses_rows uses;
    if (!q_campaign_channel_list(tx, &in, &rows) || !q_campaign_channel_uses(tx, &uses))
        return false;
    ptrdiff_t n = 0;
    out->row = NEW(cx->a, struct campaign_channel, channel_seed_count + rows.count);
    for (ptrdiff_t i = 0; i < channel_seed_count; i++)
        out->row[n++] = (struct campaign_channel){.key = str_of(channel_seeds[i].key),
                                                  .medium = str_of(channel_seeds[i].medium)};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[n++] = (struct campaign_channel){.id = rows.row[i].id,
                                                  .key = id_text(cx->a, ID_CHANNEL, rows.row[i].id),
                                                  .label_de = rows.row[i].label_de,
                                                  .label_en = rows.row[i].label_en,
                                                  .medium = rows.row[i].medium};
    for (ptrdiff_t i = 0; i < n; i++) out->row[i].campaigns = uses_of(&uses, out->row[i].key);
    out->count = n;
    return true;
}

static const struct campaign_channel *channel_of(const struct campaign_channels *channels, str key)
{
    for (ptrdiff_t i = 0; i < channels->count; i++)
        if (str_eq(channels->row[i].key, key)) return &channels->row[i];
    return NULL;
}

bool campaign_channel_medium(struct ctx *cx, struct tx *tx, str key, str *medium)
{
    const struct channel_seed *seed = channel_seed_find(key);
    struct campaign_channels all;
    *medium = seed == NULL ? S("") : str_of(seed->medium);
    if (seed != NULL) return true;
    if (!campaign_channel_list(cx, tx, &all)) return false;
    const struct campaign_channel *own = channel_of(&all, key);
    if (own != NULL) *medium = own->medium;
    return true;
}

str campaign_channel_label(struct ctx *cx, const struct campaign_channels *channels, str key)
{
    const struct campaign_channel *c = channel_of(channels, key);
    if (c == NULL) return S("");
    if (c->id != 0) return cx->lang == LANG_EN ? c->label_en : c->label_de;
    str name = str_printf(cx->a, "campaign_channel.%.*s", STR_ARG(key));
    return render_text(cx, cx->lang, str_cstr(cx->a, name), NULL, 0);
}

bool campaign_channel_create(struct ctx *cx, struct tx *tx, const struct campaign_channel *in)
{
    struct campaign_channels all;
    if (!campaign_channel_list(cx, tx, &all)) return false;
    if (all.count - channel_seed_count >= CAMPAIGN_CHANNELS_MAX)
        return fail(cx, ERR_CONFLICT, "campaign.too_many_channels");
    struct campaign_channel_add_in row = {in->id, in->label_de, in->label_en, in->medium,
                                          cx->now_ms};
    return q_campaign_channel_add(tx, &row, NULL);
}

bool campaign_channel_change(struct ctx *cx, struct tx *tx, const struct campaign_channel *in)
{
    int64_t changed = 0;
    struct campaign_channel_set_in row = {in->id, in->label_de, in->label_en, in->medium};
    return q_campaign_channel_set(tx, &row, &changed) && one_changed(cx, changed);
}

bool campaign_channel_remove(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct campaign_channels all;
    struct campaign_channel_delete_in in = {id};
    int64_t changed = 0;
    if (!campaign_channel_list(cx, tx, &all)) return false;
    const struct campaign_channel *c = channel_of(&all, id_text(cx->a, ID_CHANNEL, id));
    if (c != NULL && c->campaigns > 0) return fail(cx, ERR_CONFLICT, "campaign.channel_used");
    return q_campaign_channel_delete(tx, &in, &changed) && one_changed(cx, changed);
}
