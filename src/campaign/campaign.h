/* campaign/campaign.h -- campaigns: what was done to win leads, what it cost, what it brought.
 *
 * A lead belongs to at most one campaign: the one through which it first came. A submission comes
 * through a campaign if its page was reached with utm_campaign=CODE (so does a coded link), else
 * if its form belongs to one. What a known lead sends in later is noted with its touchpoint and
 * moves nothing; by hand, a lead may be put into another.
 *
 * Numbers are kept as they change (tally/tally.h): active and archived leads, confirmed ones by the
 * state of their address; a lead in the trash or erased is none, a try never was.
 *
 * Terms: campaign, channel, cost per lead, coded link (docs/GLOSSARY.md).
 */
#pragma once

#include "campaign/campaign_types.h"
#include "db/db.h"

/* --- for other rooms --- */

/* The campaigns that may be chosen, newest period first; only id, code and name are set. */
MUST_USE bool campaign_choices(struct ctx *cx, struct tx *tx, struct campaigns *out);
/* A campaign's name; *found. */
MUST_USE bool campaign_name(struct ctx *cx, struct tx *tx, int64_t id, str *name, bool *found);
/* Through which campaign something comes: that of utm_campaign (may be empty), else the form's
 * (form_id 0: none). *id 0 and an empty name: through none. */
MUST_USE bool campaign_of_arrival(struct ctx *cx, struct tx *tx, str utm_campaign, int64_t form_id,
                                  int64_t *id, str *name);

/* --- campaigns --- */

/* All that are archived, or all others, with their numbers, in no order. */
MUST_USE bool campaign_list(struct ctx *cx, struct tx *tx, bool archived, struct campaigns *out);
/* One with its numbers; ERR_NOT_FOUND. */
MUST_USE bool campaign_load(struct ctx *cx, struct tx *tx, int64_t id, struct campaign *out);
/* Write a new one (in->id is made) or change one. Its owner is a member (field "owner"), its
 * channel there (field "channel"), its code nobody else's (ERR_CONFLICT, field "code"). */
MUST_USE bool campaign_create(struct ctx *cx, struct tx *tx, const struct campaign *in);
MUST_USE bool campaign_change(struct ctx *cx, struct tx *tx, const struct campaign *in);
/* Out of the lists, and back. Its links lead on, and leads still come to it. */
MUST_USE bool campaign_archive(struct ctx *cx, struct tx *tx, int64_t id, bool archived);
/* What a new one is counted in: the newest campaign's currency, else EUR. */
MUST_USE bool campaign_currency(struct ctx *cx, struct tx *tx, str *out);
/* Who may look after one: {id, name} of each member. */
struct value;
MUST_USE bool campaign_people(struct ctx *cx, struct tx *tx, struct value *out);
/* The workspace's time zone, and its date of an instant as days since 1970. */
struct tz;
MUST_USE bool campaign_zone(struct ctx *cx, struct tx *tx, struct tz **out);
int64_t campaign_day(const struct tz *zone, int64_t ms);

/* Its course in weeks or months: from its first day, lead or cost to the last of them, but no later
 * than today. step[CAMPAIGN_STEPS_MAX]; *cut: there was more before. */
MUST_USE bool campaign_course(struct ctx *cx, struct tx *tx, const struct campaign *c,
                              const struct campaign_costs *costs, struct campaign_step *step,
                              int *count, bool *months, bool *cut);
/* Where its leads came from, most frequent first; at most CAMPAIGN_SOURCES_MAX. */
struct campaign_source {
    str name;
    int64_t leads;
};
struct campaign_sources {
    struct campaign_source *row;
    ptrdiff_t count;
};
MUST_USE bool campaign_source_list(struct ctx *cx, struct tx *tx, int64_t id,
                                   struct campaign_sources *out);

/* --- costs (campaign_parts.c) --- */

/* In order of their first day. */
MUST_USE bool campaign_cost_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                                 struct campaign_costs *out);
/* Add one (in->id is made), change one, remove one; ERR_NOT_FOUND. */
MUST_USE bool campaign_cost_create(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                                   const struct campaign_cost *in);
MUST_USE bool campaign_cost_change(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                                   const struct campaign_cost *in);
MUST_USE bool campaign_cost_remove(struct ctx *cx, struct tx *tx, int64_t campaign_id, int64_t id);

/* --- forms --- */

/* Those of a campaign; every one that may be chosen. */
MUST_USE bool campaign_form_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                                 struct campaign_forms *out);
MUST_USE bool campaign_form_choices(struct ctx *cx, struct tx *tx, struct campaign_forms *out);
/* Put a form into a campaign, out of the one where it was; campaign_id 0: into none. */
MUST_USE bool campaign_form_attach(struct ctx *cx, struct tx *tx, int64_t form_id,
                                   int64_t campaign_id);

/* --- coded links --- */

/* A campaign's, with their clicks, oldest first. */
MUST_USE bool campaign_link_list(struct ctx *cx, struct tx *tx, int64_t campaign_id,
                                 struct campaign_links *out);
/* The link of /l/{code}; *found. One that was ended has ended_ms. */
MUST_USE bool campaign_link_find(struct ctx *cx, struct tx *tx, str code, struct campaign_link *out,
                                 bool *found);
/* Add one with its id and a new code, change name and target, end or open it again. */
MUST_USE bool campaign_link_create(struct ctx *cx, struct tx *tx, const struct campaign_link *in);
MUST_USE bool campaign_link_change(struct ctx *cx, struct tx *tx, const struct campaign_link *in);
MUST_USE bool campaign_link_end(struct ctx *cx, struct tx *tx, int64_t campaign_id, int64_t id,
                                bool ended);
/* Seven letters and digits that nobody guesses. */
str campaign_link_code(arena *a);
/* Somebody followed it: one more on that day, and no word of who. */
MUST_USE bool campaign_clicked(struct ctx *cx, int64_t link_id);

/* --- channels --- */

/* The seeds, then one's own. */
MUST_USE bool campaign_channel_list(struct ctx *cx, struct tx *tx, struct campaign_channels *out);
/* A channel's medium for links; empty if there is none such. */
MUST_USE bool campaign_channel_medium(struct ctx *cx, struct tx *tx, str key, str *medium);
/* How it is called in cx->lang; empty if there is none such. */
str campaign_channel_label(struct ctx *cx, const struct campaign_channels *channels, str key);
/* Add one of one's own, rename it, remove one that no campaign has. */
MUST_USE bool campaign_channel_create(struct ctx *cx, struct tx *tx,
                                      const struct campaign_channel *in);
MUST_USE bool campaign_channel_change(struct ctx *cx, struct tx *tx,
                                      const struct campaign_channel *in);
MUST_USE bool campaign_channel_remove(struct ctx *cx, struct tx *tx, int64_t id);
