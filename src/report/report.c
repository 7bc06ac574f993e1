#include "report/report.h"

#include "app.h"
#include "base/reach.h"
#include "base/tz.h"
#include "base/url.h"
#include "form/form_sums.h"
#include "relay/relay_http.h"
#include "setting/setting.h"
#include "spam/suspect.h"
#include "workspace/workspace.h"

static const int64_t DAY_MS = 86400000;

const char *report_step_name(enum report_step step)
{
    static const char *const names[STEP__COUNT] = {
        "name", "sender", "relay", "address", "imprint", "logo", "first_form", "first_submission"};
    return names[step];
}

/* Midnight of the day that lies `days` after that of `ms`. */
static int64_t midnight(const struct tz *zone, int64_t ms, int days)
{
    struct civil c = tz_civil(zone, ms);
    return tz_instant_ms(zone,
                         (struct civil){.year = c.year, .month = c.month, .day = c.day + days});
}

/* Today so far, and as much of the same day a week ago: a morning is not held against a day. */
static bool new_leads(struct ctx *cx, struct tx *tx, const struct tz *zone,
                      struct report_today *out)
{
    int64_t today = midnight(zone, cx->now_ms, 0), then = midnight(zone, cx->now_ms, -7);
    out->compare_ms = then + (cx->now_ms - today);
    return lead_count_new(cx, tx, today, cx->now_ms + 1, &out->new_leads) &&
           lead_count_new(cx, tx, then, out->compare_ms + 1, &out->new_leads_before) &&
           lead_any_before(cx, tx, out->compare_ms + 1, &out->comparable) &&
           submission_count(cx, tx, today, &out->submissions) &&
           (!out->whole || suspect_count(cx, tx, 0, &out->held));
}

/* Of many as of a moment ago: the page is fetched anew whenever something comes in. */
static bool confirmations(struct ctx *cx, struct tx *tx, int64_t since_ms, bool whole,
                          struct confirmation_stats *out)
{
    struct form_sums *sums = cx->app == NULL ? NULL : cx->app->sums;
    struct form_sum sum;
    *out = (struct confirmation_stats){0};
    if (!whole) return confirmation_count_waiting(cx, tx, out);
    if (form_sums_get(sums, cx->workspace_id, FORM_SUMS_ASKED, cx->now_ms, &sum)) {
        out->requested = sum.submissions;
        out->confirmed = sum.confirmed;
    } else {
        if (!confirmation_count(cx, tx, since_ms, out)) return false;
        sum = (struct form_sum){out->requested, out->confirmed};
        form_sums_put(sums, cx->workspace_id, FORM_SUMS_ASKED, cx->now_ms, &sum);
    }
    return confirmation_count_waiting(cx, tx, out);
}

static bool steps_load(struct ctx *cx, struct tx *tx, const struct settings *settings,
                       const struct report_place *place, struct report_today *out)
{
    bool tried = false;
    struct workspace w;
    if (!workspace_load(cx, tx, cx->workspace_id, &w)) return false;
    out->done[STEP_NAME] = !workspace_is_unnamed(w.name);
    if (place->relay && !relay_is_tried(cx, tx, &tried)) return false;
    out->relay_set = place->relay;
    out->done[STEP_SENDER] = settings->value[SETTING_SENDER_ADDRESS].len > 0;
    out->done[STEP_RELAY] = tried;
    out->done[STEP_ADDRESS] = !url_is_local(place->base_url);
    out->done[STEP_IMPRINT] = settings->value[SETTING_IMPRINT_URL].len > 0 &&
                              settings->value[SETTING_PRIVACY_URL].len > 0;
    out->done[STEP_LOGO] = setting_number(settings, SETTING_LOGO) != 0;
    out->done[STEP_SUBMISSION] = out->last.count > 0;
    /* What is archived, thrown away or erased later was done all the same. */
    if (!out->done[STEP_SUBMISSION] && !capture_ever(cx, tx, &out->done[STEP_SUBMISSION]))
        return false;
    if (out->last.count == 0 && !capture_trashed(cx, tx, &out->trashed)) return false;
    return form_ever(tx, &out->done[STEP_FIRST_FORM]);
}

bool report_today_load(struct ctx *cx, struct tx *tx, const struct report_place *place,
                       struct report_today *out)
{
    struct settings settings;
    struct tz *zone = NULL;
    *out = (struct report_today){.whole = reach_of(&cx->actor).any != 0};
    if (!setting_load(cx, tx, &settings)) return false;
    if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], &zone)) zone = NULL;
    int64_t since_ms = cx->now_ms - REPORT_RATE_DAYS * DAY_MS;
    if (!new_leads(cx, tx, zone, out) ||
        !confirmations(cx, tx, since_ms, out->whole, &out->confirmations) ||
        !submission_list(cx, tx, REPORT_LAST, &out->last) ||
        !form_page(cx, tx, 0, REPORT_FORMS, &out->forms))
        return false;
    return steps_load(cx, tx, &settings, place, out);
}
