/* The list of campaigns, on a page and as CSV. */
#include "campaign/campaign_http.h"

#include "audit/audit.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/id.h"
#include "base/limits.h"
#include "campaign/campaign_rules.h"
#include "campaign/campaign_value.h"

enum { PAGE_ROWS = 50, EXPORT_BYTES = 4 << 20 };

/* --- the list --- */

struct list {
    struct campaigns rows;
    struct campaign_channels channels;
    int64_t today, after_id;
    enum campaign_sort sort;
    bool ascending, archived;
    int state; /* enum campaign_state; -1: all but the archived */
    int limit;
};

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct list *l = arg;
    struct tz *zone;
    if (!campaign_list(cx, tx, l->archived, &l->rows) ||
        !campaign_channel_list(cx, tx, &l->channels) || !campaign_zone(cx, tx, &zone))
        return false;
    l->today = campaign_day(zone, cx->now_ms);
    return true;
}

static bool wishes_read(struct ctx *cx, const struct web_request *rq, struct list *l)
{
    str state = web_field(rq->query, "state"), sort = web_field(rq->query, "sort"),
        cursor = web_field(rq->query, "cursor");
    *l = (struct list){.state = -1, .sort = CAMPAIGN_SORT_PERIOD, .limit = PAGE_ROWS};
    for (int i = 0; i < CAMPAIGN_STATE__COUNT; i++)
        if (str_eq(state, str_of(campaign_state_name((enum campaign_state)i)))) l->state = i;
    if (state.len > 0 && l->state < 0) fail_field(cx, S("state"), "error.choice_invalid");
    l->archived = l->state == CAMPAIGN_ARCHIVED;
    if (sort.len > 0 && !campaign_sort_of(sort, &l->sort, &l->ascending))
        fail_field(cx, S("sort"), "error.choice_invalid");
    if (!web_limit(cx, rq, &l->limit) || cx->err.code != ERR_NONE) return false;
    if (cursor.len > 0 && !id_parse(cursor, ID_CAMPAIGN, &l->after_id))
        return fail(cx, ERR_UNREADABLE, "error.cursor");
    return true;
}

/* Those of the wanted state, in order, behind the last row of the page before. */
static bool list_cut(struct ctx *cx, struct list *l)
{
    ptrdiff_t kept = 0, from = 0;
    for (ptrdiff_t i = 0; i < l->rows.count; i++)
        if (l->state < 0 || (int)campaign_state_of(&l->rows.row[i], l->today) == l->state)
            l->rows.row[kept++] = l->rows.row[i];
    l->rows.count = kept;
    campaign_order(cx->a, &l->rows, l->sort, l->ascending);
    if (l->after_id == 0) return true;
    while (from < kept && l->rows.row[from].id != l->after_id) from++;
    if (from == kept) return fail(cx, ERR_UNREADABLE, "error.cursor");
    l->rows.row += from + 1;
    l->rows.count -= from + 1;
    return true;
}

static str list_url(struct ctx *cx, const struct list *l, enum campaign_sort sort, bool ascending,
                    str cursor)
{
    str state = l->state < 0 ? S("") : str_of(campaign_state_name((enum campaign_state)l->state));
    return str_printf(cx->a, "/campaigns?sort=%s%s%s%.*s%s%.*s", ascending ? "" : "-",
                      campaign_sort_name(sort), state.len > 0 ? "&state=" : "", STR_ARG(state),
                      cursor.len > 0 ? "&cursor=" : "", STR_ARG(cursor));
}

static void list_page(struct ctx *cx, const struct list *l, struct web_reply *rp)
{
    struct value page = value_map(cx->a), urls = value_map(cx->a);
    for (int i = 0; i < CAMPAIGN_SORT__COUNT; i++) {
        bool now = l->sort == (enum campaign_sort)i;
        bool up = now ? !l->ascending : i == CAMPAIGN_SORT_NAME || i >= CAMPAIGN_SORT_PER_LEAD;
        value_set_str(urls, str_of(campaign_sort_name((enum campaign_sort)i)),
                      value_text(list_url(cx, l, (enum campaign_sort)i, up, S(""))));
    }
    value_set(page, "sort_urls", urls);
    value_set_text(page, "sort", str_of(campaign_sort_name(l->sort)));
    value_set_bool(page, "ascending", l->ascending);
    value_set_text(page, "state",
                   l->state < 0 ? S("")
                                : str_of(campaign_state_name((enum campaign_state)l->state)));
    value_set_text(page, "next_url",
                   rp->next.len > 0 ? list_url(cx, l, l->sort, l->ascending, rp->next) : (str){0});
    value_set_text(page, "first_url",
                   l->after_id != 0 ? list_url(cx, l, l->sort, l->ascending, S("")) : (str){0});
    rp->page = page;
    rp->template = "campaign/list";
}

bool campaign_list_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct list l;
    bool people = rq->face == FACE_PAGE;
    if (!wishes_read(cx, rq, &l) || !db_read(cx, list_read, &l) || !list_cut(cx, &l)) return false;
    if (l.rows.count > l.limit) {
        l.rows.count = l.limit;
        rp->next = id_text(cx->a, ID_CAMPAIGN, l.rows.row[l.limit - 1].id);
    }
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < l.rows.count; i++)
        value_push(rp->data, campaign_value(cx, &l.rows.row[i], &l.channels, l.today, people));
    if (people) list_page(cx, &l, rp);
    return true;
}

/* --- export --- */

static str cents_cell(struct ctx *cx, int64_t cents, bool none, char point)
{
    if (none) return S("");
    int64_t n = cents < 0 ? -cents : cents;
    return str_printf(cx->a, "%s%lld%c%02lld", cents < 0 ? "-" : "", (long long)(n / 100), point,
                      (long long)(n % 100));
}

static void export_row(struct ctx *cx, const struct list *l, const struct campaign *c,
                       char separator, struct buf *b)
{
    char point = separator == ';' ? ',' : '.';
    int64_t per_lead = cost_per(c->cost_cents, c->leads);
    int64_t per_confirmed = cost_per(c->cost_cents, c->confirmed);
    str cell[] = {
        id_text(cx->a, ID_CAMPAIGN, c->id),
        c->code,
        c->name,
        campaign_channel_label(cx, &l->channels, c->channel),
        str_of(campaign_state_name(campaign_state_of(c, l->today))),
        campaign_day_text(cx->a, c->from_day),
        campaign_day_text(cx->a, c->to_day),
        c->currency,
        cents_cell(cx, c->budget_cents, c->budget_cents == 0, point),
        cents_cell(cx, c->cost_cents, false, point),
        c->told ? str_printf(cx->a, "%lld", (long long)c->leads) : S(""),
        c->told ? str_printf(cx->a, "%lld", (long long)c->confirmed) : S(""),
        cents_cell(cx, per_lead, per_lead < 0, point),
        cents_cell(cx, per_confirmed, per_confirmed < 0, point),
        c->goal_leads == 0 ? S("") : str_printf(cx->a, "%lld", (long long)c->goal_leads),
        cents_cell(cx, c->goal_cost_cents, c->goal_cost_cents == 0, point),
        c->owner_name,
    };
    csv_row_with(b, cell, COUNTOF(cell), separator);
}

static bool export_audit(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct list *l = arg;
    struct value detail = value_map(cx->a);
    value_set_int(detail, "rows", l->rows.count);
    return audit_write(cx, tx, "campaign.export", "campaign", 0, 0, detail);
}

bool campaign_export_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    static const char *const heads[] = {"id",
                                        "code",
                                        "name",
                                        "channel",
                                        "state",
                                        "from",
                                        "to",
                                        "currency",
                                        "budget",
                                        "cost",
                                        "leads",
                                        "confirmed",
                                        "cost_per_lead",
                                        "cost_per_confirmed",
                                        "goal_leads",
                                        "goal_cost",
                                        "owner"};
    struct list l;
    str cell[COUNTOF(heads)], separator = web_field(rq->query, "separator");
    char between = str_eq(separator, S(";")) ? ';' : ',';
    if (separator.len > 0 && between == ',' && !str_eq(separator, S(",")))
        return fail_field(cx, S("separator"), "error.choice_invalid");
    if (!wishes_read(cx, rq, &l) || !db_read(cx, list_read, &l) || !list_cut(cx, &l) ||
        !db_write(cx, DB_INTERACTIVE, export_audit, &l))
        return false;
    struct buf b = buf_new(cx->a, EXPORT_BYTES);
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++) cell[i] = str_of(heads[i]);
    buf_put(&b, S("\xef\xbb\xbf"));
    csv_row_with(&b, cell, COUNTOF(cell), between);
    for (ptrdiff_t i = 0; i < l.rows.count; i++) export_row(cx, &l, &l.rows.row[i], between, &b);
    rp->raw = buf_str(&b);
    rp->content_type = S("text/csv; charset=utf-8");
    rp->filename = S("campaigns.csv");
    return true;
}
