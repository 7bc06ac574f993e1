/* tally/tally.h -- numbers that are kept as they change, so that showing one costs its row and not
 * its leads: what a form was sent, what a campaign has won.
 *
 * Whoever changes what is counted notes the change in the same transaction: one row, which nobody
 * else writes, so that a crowd at one form waits for nothing. A second later the changes are folded
 * into the numbers; until then whoever reads adds them. A number is therefore exact at any moment.
 *
 * Forms: submissions that are no tries, and how many of them are confirmed; days are those on which
 * they came. Campaigns: active and archived leads, and how many have a verified address; days are
 * those on which the leads were created. Days are of the workspace's clock: where its time zone is
 * changed, all is counted anew, beside everybody else (recount.c), and until that is done the days
 * are those of the clock that was. Applicants belong to no campaign.
 *
 * `zulauf check` holds the numbers against what they count; with --recount they are made anew.
 * Numbers of the enum stand in the database: never renumber.
 */
#pragma once

#include "db/db.h"
#include "jobs/jobs.h"

enum tally_kind {
    TALLY_FORM = 0,
    TALLY_FORM_DAY = 1,
    TALLY_CAMPAIGN = 2,
    TALLY_CAMPAIGN_DAY = 3,
    TALLY_CAMPAIGN_SOURCE = 4,
    TALLY_COUNTS = 5, /* about nothing: how often a count has changed the numbers */
    TALLY__COUNT
};

struct tally {
    int64_t about_id;
    int64_t day; /* of tally_days */
    str label;   /* of tally_labels */
    int64_t all, confirmed;
};
struct tallies {
    struct tally *row;
    ptrdiff_t count;
};

/* In the transaction of the change: one of TALLY_FORM or TALLY_CAMPAIGN has `all` more (below 0:
 * fewer), and `confirmed`. `at_ms` is the moment of what is counted; label "" without a source. */
MUST_USE bool tally_note(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                         int64_t at_ms, str label, int64_t all, int64_t confirmed);

/* One number; of all there are, by about_id (tally_find looks one up). */
MUST_USE bool tally_one(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                        struct tally *out);
MUST_USE bool tally_list(struct ctx *cx, struct tx *tx, enum tally_kind kind, struct tallies *out);
struct tally tally_find(const struct tallies *list, int64_t about_id);
/* By day, the oldest first, from a day on; days without anything are left out. */
MUST_USE bool tally_days(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                         int64_t from_day, struct tallies *out);
/* By source, the most first, at most `limit`. */
MUST_USE bool tally_labels(struct ctx *cx, struct tx *tx, enum tally_kind kind, int64_t about_id,
                           int limit, struct tallies *out);

/* Fold all of the workspace's changes in. What was counted on another clock, or never, is counted
 * anew before. Opens transactions of its own, as the next. */
MUST_USE bool tally_fold(struct ctx *cx);
/* Count the workspace anew: reads all its leads and submissions, which keeps nobody waiting, and
 * adds what is missing. Where something came between (another count, another time zone) all stays
 * as it is, and true is given all the same. */
MUST_USE bool tally_recount(struct ctx *cx);
/* How many forms and campaigns have a number that is not what it counts; *counted: it was counted
 * at all (else the server does so when it runs). Reads all leads and submissions. */
MUST_USE bool tally_check(struct ctx *cx, struct tx *tx, int64_t *wrong, bool *counted);

extern const struct job_kind tally_jobs[];
extern const int tally_job_count;
