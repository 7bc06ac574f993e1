/* campaign/campaign_http.h -- the routes of campaigns: list, page, costs, links, forms, channels;
 * and the address that a coded link has for everybody. */
#pragma once

#include "base/tz.h"
#include "campaign/campaign.h"
#include "campaign/campaign_types.h"
#include "web/web.h"

extern const struct route campaign_routes[];
extern const ptrdiff_t campaign_route_count;
extern const struct route campaign_part_routes[];
extern const ptrdiff_t campaign_part_route_count;
extern const struct route campaign_one_routes[]; /* behind the others: {id} takes any word */
extern const ptrdiff_t campaign_one_route_count;
extern const struct route campaign_channel_routes[]; /* before the others */
extern const ptrdiff_t campaign_channel_route_count;
extern const struct route campaign_link_routes[];
extern const ptrdiff_t campaign_link_route_count;

/* --- between the files of this room --- */

/* The campaign that a route's first parameter names; ERR_NOT_FOUND if it cannot be one. */
MUST_USE bool campaign_param(struct ctx *cx, const struct web_request *rq, int64_t *id);
str campaign_url(struct ctx *cx, int64_t id);
/* A field of a body: is it named at all (then an absent text is empty)? */
MUST_USE bool campaign_named(struct value body, const char *name, str *text);
/* An amount: "NAME_cents" as a number, or "NAME" as people write it; false if neither is named.
 * Faults are noted by field. */
MUST_USE bool campaign_money_read(struct ctx *cx, struct value body, const char *name,
                                  int64_t *cents);
/* A line of text in a field, cut clean; a fault if it is too long, or empty and needed. */
str campaign_line_read(struct ctx *cx, const char *field, str text, int max_bytes, bool needed);
/* A day in a field; 0 for an empty one. A fault if it is none. */
int64_t campaign_day_read(struct ctx *cx, const char *field, str text);

/* Everything on a campaign's page, read at once. */
struct campaign_desk {
    int64_t id, today;
    struct campaign campaign;
    struct campaign_channels channels;
    struct campaign_costs costs;
    struct campaign_forms forms, form_choices;
    struct campaign_links links;
    struct campaign_sources sources;
    struct campaign_step step[CAMPAIGN_STEPS_MAX];
    int steps;
    bool months, cut;
};
MUST_USE bool campaign_desk_read(struct ctx *cx, struct tx *tx, void *desk);
/* Read it and show the campaign's page. */
MUST_USE bool campaign_desk_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                                 struct campaign_desk *d);

/* GET /campaigns, GET /campaigns/export (campaign_list_http.c). */
web_handler campaign_list_get, campaign_export_get;
