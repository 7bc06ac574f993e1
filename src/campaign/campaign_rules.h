/* campaign/campaign_rules.h -- what follows from a campaign's dates, costs and words; pure.
 *
 * Sources: Google Analytics "Campaign URL Builder" (utm_*); ISO 8601 (weeks begin on Monday).
 */
#pragma once

#include "base/ctx.h"
#include "base/tz.h"
#include "campaign/campaign_types.h"

/* --- money and dates as people type them --- */

/* "1.234,50", "1,234.50", "1'234.50", "1234,5", "1 234 €": cents, which may be below 0. Where one
 * sign alone would mean two things ("1,234"), the language decides; false for what is no amount,
 * has more than two decimals or passes CAMPAIGN_CENTS_MAX. */
MUST_USE bool money_parse(arena *a, enum lang lang, str text, int64_t *cents);
/* "1.234,50 €", "8.000 €" | "€1,234.50", "CHF 80"; whole amounts without decimals. */
str money_text(arena *a, enum lang lang, int64_t cents, str currency);
/* "8.000,00 €": as it stands below others in a table. */
str money_exact_text(arena *a, enum lang lang, int64_t cents, str currency);
/* As a field shows it again: "1234,50" | "1234.50"; empty for 0. */
str money_input(arena *a, enum lang lang, int64_t cents);
MUST_USE bool currency_known(str currency);
/* "2026-03-12" as days since 1970, 2000 to 2099; and back, empty for 0. */
MUST_USE bool campaign_day_parse(arena *a, str text, int64_t *day);
str campaign_day_text(arena *a, int64_t day);

/* --- what a campaign is --- */

/* Where it stands on a day. */
enum campaign_state campaign_state_of(const struct campaign *c, int64_t today);
/* "planned", "running" … */
const char *campaign_state_name(enum campaign_state state);
/* Cost a lead, rounded; -1 where nothing was spent or nobody came. */
int64_t cost_per(int64_t cents, int64_t leads);
const char *cost_kind_name(enum cost_kind kind);
MUST_USE bool cost_kind_of(str name, enum cost_kind *out);
/* "Messe Köln 2026" as "messe-koeln-2026": small letters, digits, hyphens. */
str campaign_code_from(arena *a, str name);
/* Is it such a code? */
bool campaign_code_ok(str code);

/* --- channels: what the field knows of --- */

struct channel_seed {
    const char *key, *medium; /* "fair", "event"; its name is campaign_channel.KEY in ui/i18n */
};
extern const struct channel_seed channel_seeds[];
extern const ptrdiff_t channel_seed_count;
/* NULL if it is none. */
const struct channel_seed *channel_seed_find(str key);

/* --- order --- */

/* "period", "-leads" …; false if there is no such order. */
MUST_USE bool campaign_sort_of(str name, enum campaign_sort *sort, bool *ascending);
const char *campaign_sort_name(enum campaign_sort sort);
/* Put them in order; equal ones by id. What has no cost per lead comes last either way. */
void campaign_order(arena *a, struct campaigns *list, enum campaign_sort sort, bool ascending);

/* --- time --- */

/* Cut [from_day, to_day] into weeks (from Monday), or months where there would be more than
 * CAMPAIGN_STEPS_MAX of them; at most that many, the newest. Returns how many; *months says which.
 */
int campaign_steps(int64_t from_day, int64_t to_day, struct campaign_step *step, bool *months);
/* The days of a cost, 0 where none was named: those of its campaign; the day it is for a campaign
 * without an end; one that is named alone is the only one, or the end of what the campaign began. */
void cost_days(const struct campaign *c, int64_t today, int64_t *from_day, int64_t *to_day);
/* What of a cost falls into [from_day, to_day]: spread evenly over its days, so that all parts
 * together are the whole. */
int64_t cost_share(const struct campaign_cost *cost, int64_t from_day, int64_t to_day);
/* The ISO 8601 week of a day: 1 to 53. */
int campaign_week(int64_t day);

/* --- links --- */

/* Where a link leads: `target` with utm_source, utm_medium, utm_campaign behind what it has. What
 * the target says of them itself stays. */
str campaign_link_target(arena *a, str target, str source, str medium, str campaign);
