/* campaign/campaign_types.h -- a campaign: a measure to win leads, with its period, costs, goal.
 *
 * Terms: campaign, channel, cost per lead, coded link (docs/GLOSSARY.md). Numbers stand in the
 * database: never renumber.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"

enum {
    CAMPAIGNS_MAX = 2000, /* in a workspace: their list is sorted in memory */
    CAMPAIGN_CHANNELS_MAX = 100,
    CAMPAIGN_COSTS_MAX = 500,
    CAMPAIGN_LINKS_MAX = 200,
    CAMPAIGN_FORMS_MAX = 200,
    CAMPAIGN_CODE_BYTES = 60,
    CAMPAIGN_NOTE_BYTES = 4000,
    CAMPAIGN_STEPS_MAX = 26, /* weeks, or months, that a campaign's page shows */
    CAMPAIGN_SOURCES_MAX = 8,
};

/* One campaign may not cost more than ten million: beyond it somebody has mistyped. */
#define CAMPAIGN_CENTS_MAX (INT64_C(10000000) * 100)

/* Said by its dates and the day it is; never stored. */
enum campaign_state {
    CAMPAIGN_PLANNED,
    CAMPAIGN_RUNNING,
    CAMPAIGN_ENDED,
    CAMPAIGN_ARCHIVED,
    CAMPAIGN_STATE__COUNT
};

enum cost_kind {
    COST_MEDIA = 0, /* advertisements, places in newsletters */
    COST_AGENCY = 1,
    COST_STAND = 2,
    COST_MATERIAL = 3, /* print, giveaways */
    COST_TRAVEL = 4,
    COST_STAFF = 5,
    COST_TOOLS = 6,
    COST_OTHER = 7,
    COST_KIND__COUNT
};

enum campaign_sort {
    CAMPAIGN_SORT_PERIOD, /* by the first day */
    CAMPAIGN_SORT_NAME,
    CAMPAIGN_SORT_LEADS,
    CAMPAIGN_SORT_CONFIRMED,
    CAMPAIGN_SORT_COST,
    CAMPAIGN_SORT_PER_LEAD,
    CAMPAIGN_SORT_PER_CONFIRMED,
    CAMPAIGN_SORT__COUNT
};

struct campaign {
    int64_t id;
    str code, name, channel, currency, note;
    int64_t from_day, to_day; /* days since 1970, both included; to_day 0: no end */
    int64_t budget_cents, goal_leads, goal_cost_cents; /* 0: none */
    int64_t owner_id;                                  /* user; 0: nobody */
    str owner_name;
    int64_t archived_ms, created_ms, updated_ms, version;
    int64_t cost_cents;
    /* active and archived leads, never tries: 0 unless `told`, to those who see all leads */
    int64_t leads, confirmed;
    bool told;
};

struct campaigns {
    struct campaign *row;
    ptrdiff_t count;
};

struct campaign_cost {
    int64_t id, amount_cents, from_day, to_day;
    enum cost_kind kind;
    str label;
};

struct campaign_costs {
    struct campaign_cost *row;
    ptrdiff_t count;
};

struct campaign_link {
    int64_t id, campaign_id, form_id, clicks, ended_ms;
    str code, name, source, url;
    str form_name, form_slug;            /* empty without one */
    str campaign_code, campaign_channel; /* of a link that is followed */
};

struct campaign_links {
    struct campaign_link *row;
    ptrdiff_t count;
};

struct campaign_form {
    int64_t id, submissions, campaign_id;
    int64_t held; /* of its submissions in quarantine; counted for the campaign's page */
    bool told;    /* submissions and held: to those who see all leads */
    str name;
};

struct campaign_forms {
    struct campaign_form *row;
    ptrdiff_t count;
};

/* A channel as lists show it. */
struct campaign_channel {
    str key;                /* a seed's, or the text of an id */
    str label_de, label_en; /* of one's own; a seed's stand in ui/i18n */
    str medium;
    int64_t id; /* 0: a seed */
    int64_t campaigns;
};

struct campaign_channels {
    struct campaign_channel *row;
    ptrdiff_t count;
};

/* A week or month of a campaign. */
struct campaign_step {
    int64_t from_day, to_day; /* both included */
    int64_t leads, confirmed, cost_cents;
};
