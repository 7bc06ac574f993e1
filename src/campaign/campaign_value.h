/* campaign/campaign_value.h -- campaigns as trees of values: what the API says and pages show.
 *
 * Money is in cents in the contract; pages get it also as text ("1.234,50 €").
 */
#pragma once

#include "base/value.h"
#include "campaign/campaign.h"

/* What a select offers: [{value, label}]. */
struct value campaign_choices_value(struct ctx *cx, const struct campaigns *choices);
/* A campaign; `people` adds what only pages need. */
struct value campaign_value(struct ctx *cx, const struct campaign *c,
                            const struct campaign_channels *channels, int64_t today, bool people);
/* Names the state that If-Match is held against: a change and the archive move it on, leads and
 * costs do not. */
str campaign_etag(arena *a, const struct campaign *c);
struct value campaign_cost_value(struct ctx *cx, const struct campaign *c,
                                 const struct campaign_cost *cost, bool people);
struct value campaign_link_value(struct ctx *cx, str base_url, const struct campaign_link *link);
struct value campaign_form_value(struct ctx *cx, const struct campaign_form *form);
struct value campaign_channel_value(struct ctx *cx, const struct campaign_channels *channels,
                                    const struct campaign_channel *channel);
/* [{from, to, leads, confirmed, cost_cents, …}] */
struct value campaign_steps_value(struct ctx *cx, const struct campaign *c,
                                  const struct campaign_step *step, int count, bool months,
                                  bool people);
/* Cost per lead, or leads where nothing was spent, as bars: what campaign/chart.liquid draws; null
 * where there is nothing to draw. */
struct value campaign_chart(struct ctx *cx, const struct campaign *c,
                            const struct campaign_step *step, int count, bool months);
/* "KW 12" or "Mär." of a step. */
str campaign_step_name(struct ctx *cx, const struct campaign_step *step, bool months);
