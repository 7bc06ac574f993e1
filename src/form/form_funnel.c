#include "form/form_funnel.h"

#include "base/reach.h"
#include "base/tz.h"
#include "form_funnel_sql.h"
#include "setting/setting.h"
#include "tally/tally.h"
#include "web/render.h"

enum { DAY_MS = 86400000 };

/* Views are newest first, submissions are newest last: merged by day. */
static void merge_days(struct ctx *cx, const struct form_days_rows *walked,
                       const struct tallies *sent, struct form_funnel *out)
{
    ptrdiff_t w = 0, s = sent->count;
    out->day = NEW(cx->a, struct funnel_day, walked->count + sent->count + 1);
    while (w < walked->count || s > 0) {
        struct funnel_day *d = &out->day[out->day_count++];
        int64_t by_walk = w < walked->count ? walked->row[w].day_n : INT64_MIN,
                by_sent = s > 0 ? sent->row[s - 1].day : INT64_MIN;
        *d = (struct funnel_day){.day = by_walk > by_sent ? by_walk : by_sent};
        if (by_walk == d->day) {
            d->views = walked->row[w].views_n;
            d->starts = walked->row[w++].starts_n;
        }
        if (by_sent == d->day) {
            d->submissions = sent->row[--s].all;
            d->confirmed = sent->row[s].confirmed;
        }
        out->sum.views += d->views;
        out->sum.starts += d->starts;
        out->sum.submissions += d->submissions;
        out->sum.confirmed += d->confirmed;
    }
}

static int64_t left_of(const struct form_left_list_rows *rows, str key)
{
    for (ptrdiff_t i = 0; i < rows->count; i++)
        if (str_eq(rows->row[i].field_key, key)) return rows->row[i].left_n;
    return 0;
}

static bool left_load(struct ctx *cx, struct tx *tx, int64_t form_id, struct form_funnel *out)
{
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    struct form_left_list_rows rows;
    if (!form_live_by_id(cx, tx, form_id, live)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx); /* a draft has no visitors */
        return true;
    }
    struct form_left_list_in in = {form_id, live->version_no};
    if (!q_form_left_list(tx, &in, &rows)) return false;
    out->left = NEW(cx->a, struct funnel_left, live->def.field_count + 1);
    for (int i = 0; i < live->def.field_count; i++) {
        const struct form_field *f = &live->def.field[i];
        if (f->hidden) continue;
        str key = str_of(f->def->key);
        out->left[out->left_count++] = (struct funnel_left){key, f->label, left_of(&rows, key)};
    }
    if (live->def.consent_count > 0)
        out->left[out->left_count++] =
            (struct funnel_left){S("consent"), S(""), left_of(&rows, S("consent"))};
    for (ptrdiff_t i = 0; i < out->left_count; i++) out->left_sum += out->left[i].times;
    return true;
}

bool form_funnel_load(struct ctx *cx, struct tx *tx, int64_t form_id, int days,
                      struct form_funnel *out)
{
    struct settings settings;
    struct tz *zone = NULL;
    *out = (struct form_funnel){.told = reach_of(&cx->actor).any != 0};
    if (!setting_load(cx, tx, &settings)) return false;
    if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], &zone)) zone = NULL;
    int64_t from = civil_to_day(tz_civil(zone, cx->now_ms)) - days + 1;
    struct form_days_in in = {form_id, from};
    struct form_days_rows walked;
    struct tallies sent = {0};
    if (!q_form_days(tx, &in, &walked)) return false;
    if (out->told && !tally_days(cx, tx, TALLY_FORM, form_id, from, &sent)) return false;
    merge_days(cx, &walked, &sent, out);
    return left_load(cx, tx, form_id, out);
}

/* Of a hundred, rounded; null where there is nothing to compare with, or more came than was seen
 * (visitors without script and those who do not want to be counted begin unseen). */
static struct value rate_value(int64_t part, int64_t whole)
{
    if (whole <= 0 || part > whole) return value_null();
    return value_int((part * 100 + whole / 2) / whole);
}

static void counts_put(struct value map, const struct funnel_day *d, bool told)
{
    value_set_int(map, "views", d->views);
    value_set_int(map, "starts", d->starts);
    value_set(map, "submissions", told ? value_int(d->submissions) : value_null());
    value_set(map, "confirmed", told ? value_int(d->confirmed) : value_null());
}

static str left_label(struct ctx *cx, const struct funnel_left *l)
{
    if (l->label.len > 0) return l->label;
    if (str_eq(l->key, S("consent"))) return render_text(cx, cx->lang, "funnel.consent", NULL, 0);
    str key = str_printf(cx->a, "field.%.*s", STR_ARG(l->key));
    return render_text(cx, cx->lang, str_cstr(cx->a, key), NULL, 0);
}

/* The four steps, with bars in hundredths of the longest; the last two are of submissions. */
static struct value steps_value(struct ctx *cx, const struct form_funnel *f, struct value rates)
{
    const struct funnel_day *sum = &f->sum;
    const struct {
        const char *key;
        int64_t count;
    } steps[] = {{"views", sum->views},
                 {"starts", sum->starts},
                 {"submissions", sum->submissions},
                 {"confirmed", sum->confirmed}};
    struct value list = value_list(cx->a);
    ptrdiff_t shown = f->told ? COUNTOF(steps) : COUNTOF(steps) - 2;
    int64_t most = 1;
    for (ptrdiff_t i = 0; i < shown; i++)
        if (steps[i].count > most) most = steps[i].count;
    for (ptrdiff_t i = 0; i < shown; i++) {
        struct value one = value_map(cx->a);
        value_set_text(one, "key", str_of(steps[i].key));
        value_set_int(one, "count", steps[i].count);
        value_set_int(one, "bar_pct", (steps[i].count * 100 + most / 2) / most);
        str rate = str_printf(cx->a, "%s_pct", steps[i].key);
        value_set(one, "pct", value_get(rates, rate));
        value_push(list, one);
    }
    return list;
}

struct value form_funnel_value(struct ctx *cx, const struct form_funnel *f, int days)
{
    struct value map = value_map(cx->a), rates = value_map(cx->a), list = value_list(cx->a),
                 left = value_list(cx->a);
    value_set_int(map, "days", days);
    counts_put(map, &f->sum, f->told);
    value_set(rates, "starts_pct", rate_value(f->sum.starts, f->sum.views));
    int64_t begun = f->sum.starts > 0 ? f->sum.starts : f->sum.views;
    value_set(rates, "submissions_pct", rate_value(f->sum.submissions, f->told ? begun : 0));
    value_set(rates, "confirmed_pct", rate_value(f->sum.confirmed, f->sum.submissions));
    value_set(map, "rates", rates);
    value_set(map, "steps", steps_value(cx, f, rates));
    for (ptrdiff_t i = 0; i < f->day_count; i++) {
        struct value day = value_map(cx->a);
        int64_t noon_ms = f->day[i].day * DAY_MS + DAY_MS / 2;
        value_set_text(day, "day", str_slice(rfc3339(cx->a, noon_ms), 0, 10));
        counts_put(day, &f->day[i], f->told);
        value_push(list, day);
    }
    value_set(map, "by_day", list);
    for (ptrdiff_t i = 0; i < f->left_count; i++) {
        struct value one = value_map(cx->a);
        value_set_text(one, "key", f->left[i].key);
        value_set_text(one, "label", left_label(cx, &f->left[i]));
        value_set_int(one, "times", f->left[i].times);
        value_set(one, "pct", rate_value(f->left[i].times, f->left_sum));
        value_push(left, one);
    }
    value_set(map, "left", left);
    value_set_int(map, "left_sum", f->left_sum);
    return map;
}
