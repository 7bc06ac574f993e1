/* The bars of a campaign's page: whole units of a picture of 648 by 236. */
#include "campaign/campaign_rules.h"
#include "campaign/campaign_value.h"

enum {
    LEFT = 52,
    RIGHT = 640,
    TOP = 20,
    BOTTOM = 208,
    LINES = 4,        /* at most, above the ground */
    VALUES_SHOWN = 9, /* with more bars their values would run into each other */
    NAMES_SHOWN = 10,
    NAMES_OF_MONTHS = 7,
    BAR_MAX = 56,
    INSIDE = 26, /* a bar that high has room for its value */
};

struct drawing {
    struct ctx *cx;
    const struct campaign *c;
    const struct campaign_step *step;
    int count;
    bool months, money; /* cost per lead; else leads */
    int64_t top;        /* what the highest line stands for */
};

static int64_t height_of(const struct drawing *d, int i)
{
    const struct campaign_step *s = &d->step[i];
    if (!d->money) return s->leads;
    int64_t each = cost_per(s->cost_cents, s->leads);
    return each < 0 ? 0 : each;
}

/* 1, 2 or 5 times a power of ten, so that LINES of it reach `most`. */
static int64_t line_step(int64_t most, int64_t least)
{
    static const int64_t leads[] = {2, 5, 10};
    for (int64_t unit = least;; unit *= 10) {
        if (unit * LINES >= most) return unit;
        for (ptrdiff_t i = 0; i < COUNTOF(leads); i++)
            if (unit * leads[i] * LINES >= most) return unit * leads[i];
    }
}

static int64_t y_of(const struct drawing *d, int64_t value)
{
    return BOTTOM - value * (BOTTOM - TOP) / d->top;
}

static str value_text_of(const struct drawing *d, int64_t value)
{
    /* Whole amounts are enough in a picture; the table has the cents. */
    int64_t whole = value < 1000 ? value : (value + 50) / 100 * 100;
    if (!d->money) return str_printf(d->cx->a, "%lld", (long long)value);
    return money_text(d->cx->a, d->cx->lang, whole, d->c->currency);
}

static struct value bar(const struct drawing *d, int i)
{
    struct value map = value_map(d->cx->a);
    int slot = (RIGHT - LEFT) / d->count, wide = slot * 4 / 7 < BAR_MAX ? slot * 4 / 7 : BAR_MAX;
    int centre = LEFT + (RIGHT - LEFT) * (2 * i + 1) / (2 * d->count);
    int64_t value = height_of(d, i), y = y_of(d, value);
    int names = d->months ? NAMES_OF_MONTHS : NAMES_SHOWN;
    int each = (d->count + names - 1) / names;
    bool over = d->money && d->c->goal_cost_cents > 0 && value > d->c->goal_cost_cents;
    bool inside = !over && BOTTOM - y >= INSIDE;
    value_set_int(map, "x", centre - wide / 2);
    value_set_int(map, "centre", centre);
    value_set_int(map, "y", y);
    value_set_int(map, "width", wide);
    value_set_int(map, "height", BOTTOM - y);
    value_set_bool(map, "over", over);
    value_set_bool(map, "inside", inside);
    value_set_int(map, "value_y", inside ? y + 18 : y - 7);
    if (d->count <= VALUES_SHOWN && value > 0)
        value_set_text(map, "value", value_text_of(d, value));
    if ((d->count - 1 - i) % each == 0)
        value_set_text(map, "name", campaign_step_name(d->cx, &d->step[i], d->months));
    return map;
}

static struct value line(const struct drawing *d, int64_t value)
{
    struct value map = value_map(d->cx->a);
    value_set_int(map, "y", y_of(d, value));
    value_set_int(map, "text_y", y_of(d, value) + 4);
    value_set_text(map, "text",
                   d->money ? value_text_of(d, value)
                            : str_printf(d->cx->a, "%lld", (long long)value));
    return map;
}

/* From which step on no lead has cost more than the goal; count if the last one did. */
static int in_goal_since(const struct drawing *d)
{
    int since = d->count;
    while (since > 0) {
        const struct campaign_step *s = &d->step[since - 1];
        int64_t each = cost_per(s->cost_cents, s->leads);
        if ((each < 0 && s->cost_cents > 0) || each > d->c->goal_cost_cents) break;
        since--;
    }
    return since;
}

static void goal(const struct drawing *d, struct value chart)
{
    struct value map = line(d, d->c->goal_cost_cents);
    int since = in_goal_since(d);
    value_set_int(map, "text_y", y_of(d, d->c->goal_cost_cents) - 7);
    value_set(chart, "goal", map);
    if (since > 0 && since < d->count)
        value_set_text(chart, "since", campaign_step_name(d->cx, &d->step[since], d->months));
}

struct value campaign_chart(struct ctx *cx, const struct campaign *c,
                            const struct campaign_step *step, int count, bool months)
{
    struct drawing d = {cx, c, step, count, months, c->cost_cents > 0 && c->leads > 0, 0};
    int64_t most = d.money ? c->goal_cost_cents : 0;
    for (int i = 0; i < count; i++)
        if (height_of(&d, i) > most) most = height_of(&d, i);
    if (count == 0 || most == 0) return value_null();
    int64_t each = line_step(most, d.money ? 100 : 1);
    d.top = (most + each - 1) / each * each;
    struct value chart = value_map(cx->a), bars = value_list(cx->a), lines = value_list(cx->a);
    for (int i = 0; i < count; i++) value_push(bars, bar(&d, i));
    for (int64_t v = each; v <= d.top; v += each) value_push(lines, line(&d, v));
    value_set_bool(chart, "money", d.money);
    value_set_bool(chart, "months", months);
    value_set(chart, "bars", bars);
    value_set(chart, "lines", lines);
    if (d.money && c->goal_cost_cents > 0) goal(&d, chart);
    return chart;
}
