#include "demo/life.h"

static const int64_t MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000;

static void happens(struct life *l, int64_t at_ms, enum touchpoint_kind kind, int n)
{
    assert(l->event_count < LIFE_EVENTS_MAX);
    l->event[l->event_count++] = (struct life_event){at_ms, kind, n};
}

/* Somewhere between two moments. */
static int64_t between(struct dice *dice, int64_t from_ms, int64_t to_ms)
{
    return from_ms + (to_ms - from_ms) / 65536 * dice_below(dice, 65536);
}

static void comes(struct life *l, struct dice *dice)
{
    static const int by_form[DEMO_FORM__COUNT] = {380, 640, 760, 870};
    int64_t roll = dice_below(dice, 1000);
    l->form = DEMO_BY_HAND;
    for (int i = DEMO_FORM__COUNT - 1; i >= 0; i--)
        if (roll < by_form[i]) l->form = i;
    l->english = dice_chance(dice, 25);
    if (l->form == DEMO_BY_HAND) {
        happens(l, l->created_ms, TOUCH_CREATED_BY_HAND, 0);
        return;
    }
    static const int newsletter[DEMO_FORM__COUNT] = {470, 1000, 310, 520};
    l->ticked[0] = dice_chance(dice, newsletter[l->form]);
    l->ticked[1] = l->form == DEMO_ADVICE && dice_chance(dice, 420);
    happens(l, l->created_ms, TOUCH_FORM_SUBMITTED, 0);
    happens(l, l->created_ms, TOUCH_DOI_REQUESTED, 0);
}

/* Most click within minutes or not at all. */
static void answers(struct life *l, struct dice *dice)
{
    int64_t roll = dice_below(dice, 1000), seven_days = l->created_ms + 7 * DAY_MS;
    bool at_once = dice_chance(dice, 720);
    int64_t at_ms = l->created_ms + dice_soon(dice, 25000, at_once ? 3 * HOUR_MS : 5 * DAY_MS);
    l->answer = ANSWER_OPEN;
    if (roll < 775 && at_ms < l->end_ms) {
        l->answer = ANSWER_YES;
        happens(l, at_ms, TOUCH_EMAIL_VERIFIED, 0);
        /* The link in a mail confirms the newsletter; calls wait for the number. */
        if (l->ticked[0]) happens(l, at_ms, TOUCH_CONSENT_CONFIRMED, 0);
    } else if (roll >= 775 && roll < 781 && at_ms < l->end_ms) {
        l->answer = ANSWER_NO;
        happens(l, at_ms, TOUCH_REJECTED, 0);
    } else if (seven_days + MINUTE_MS < l->end_ms) {
        l->answer = ANSWER_EXPIRED;
        at_ms = seven_days + dice_below(dice, MINUTE_MS);
        happens(l, at_ms, TOUCH_CONSENT_EXPIRED, 0);
    }
    l->answered_ms = l->answer == ANSWER_OPEN ? 0 : at_ms;
}

/* About one in a hundred leaves each month. */
static void leaves(struct life *l, struct dice *dice)
{
    bool roll = dice_chance(dice, 350);
    int64_t days = (l->end_ms - l->answered_ms) / DAY_MS;
    if (l->answer != ANSWER_YES || !l->ticked[0]) return;
    if (!dice_chance(dice, (int)(days * 4 / 10)) || days < 2) return;
    l->withdrawn_ms = between(dice, l->answered_ms + DAY_MS, l->end_ms);
    happens(l, l->withdrawn_ms, TOUCH_CONSENT_WITHDRAWN, 0);
    if (roll && l->withdrawn_ms + 20000 < l->end_ms)
        happens(l, l->withdrawn_ms + 20000, TOUCH_REASON_GIVEN, (int)dice_below(dice, 4));
}

/* From lead to customer, or lost on the way. */
static void ripens(struct life *l, const struct season *season, struct dice *dice)
{
    static const int chance[][2] = {{290, 620}, {420, 560}, {400, 430}}; /* web; advice, by hand */
    bool warm = l->form == DEMO_ADVICE || l->form == DEMO_BY_HAND;
    bool known = l->answer == ANSWER_YES || l->form == DEMO_BY_HAND;
    int64_t at_ms = l->created_ms;
    for (int step = 0; known && step < 3; step++) {
        int64_t last_ms = at_ms;
        at_ms += dice_soon(dice, 5 * HOUR_MS, (step + 1) * 60 * DAY_MS);
        at_ms = season_at_work(season, at_ms, last_ms + HOUR_MS);
        bool on = dice_chance(dice, chance[step][warm ? 1 : 0]), lost = dice_chance(dice, 240);
        if (at_ms >= l->end_ms || (!on && !(lost && step > 0))) return;
        l->phase = on ? (enum lead_phase)(step + 1) : PHASE_LOST;
        happens(l, at_ms, TOUCH_PHASE_CHANGED, (int)l->phase);
        if (dice_chance(dice, 300) && l->notes < LIFE_NOTES_MAX &&
            at_ms + 4 * MINUTE_MS < l->end_ms)
            happens(l, at_ms + 4 * MINUTE_MS, TOUCH_NOTE_ADDED, l->notes++);
        if (!on) return;
    }
}

/* A few are put away; the trash holds the last weeks only, as it does in life. */
static void ends(struct life *l, const struct season *season, struct dice *dice)
{
    bool archived = dice_chance(dice, 22), trashed = dice_chance(dice, 6);
    int64_t now_ms = season->now_ms, age = now_ms - l->created_ms;
    if (archived && age > 200 * DAY_MS) {
        l->state = LEAD_ARCHIVED;
        l->state_ms = between(dice, l->created_ms + 150 * DAY_MS, now_ms);
    } else if (trashed && age > 3 * HOUR_MS) {
        int64_t from_ms = now_ms - 25 * DAY_MS;
        if (from_ms <= l->created_ms) from_ms = l->created_ms + HOUR_MS;
        l->state = LEAD_TRASHED;
        l->state_ms = between(dice, from_ms, now_ms);
    } else {
        return;
    }
    int64_t at_work_ms = season_at_work(season, l->state_ms, l->created_ms + HOUR_MS);
    if (at_work_ms < now_ms) l->state_ms = at_work_ms;
    l->end_ms = l->state_ms;
}

void life_of(const struct season *season, int64_t seed, int64_t i, int64_t n, struct life *out)
{
    struct dice dice = dice_of(seed, DICE_LEAD, i);
    out->created_ms = season_at(season, i, n, (uint32_t)dice_next(&dice));
    out->end_ms = season->now_ms;
    out->ticked[0] = out->ticked[1] = false;
    out->answer = ANSWER_NONE;
    out->answered_ms = out->withdrawn_ms = out->state_ms = 0;
    out->phase = PHASE_LEAD;
    out->state = LEAD_ACTIVE;
    out->notes = out->event_count = 0;
    ends(out, season, &dice);
    comes(out, &dice);
    if (out->form != DEMO_BY_HAND) answers(out, &dice);
    leaves(out, &dice);
    ripens(out, season, &dice);
    if (out->state == LEAD_ARCHIVED) happens(out, out->state_ms, TOUCH_ARCHIVED, 0);
    if (out->state == LEAD_TRASHED) happens(out, out->state_ms, TOUCH_TRASHED, 0);
    bool subscribed = out->answer == ANSWER_YES && out->ticked[0];
    int64_t days = (out->end_ms - out->created_ms) / DAY_MS;
    out->weight =
        days < 2 ? 0 : (subscribed ? 2 : 1) * (days / 20 + 1) * (1 + dice_soon(&dice, 0, 12));
}
