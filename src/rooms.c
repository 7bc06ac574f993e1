/* The one table of rooms. Nothing registers itself. */
#include "rooms.h"

#include "access/access.h"
#include "access/access_http.h"
#include "app.h"
#include "backup/backup_http.h"
#include "backup/backup_jobs.h"
#include "bell/bell_http.h"
#include "bell/bell_jobs.h"
#include "brand/brand.h"
#include "brand/brand_http.h"
#include "campaign/campaign_http.h"
#include "capture/capture.h"
#include "capture/capture_http.h"
#include "capture/correction.h"
#include "capture/cross_http.h"
#include "capture/submission_http.h"
#include "fair/fair_http.h"
#include "form/form_funnel.h"
#include "form/form_http.h"
#include "form/funnel_http.h"
#include "form/look_http.h"
#include "form/preview_http.h"
#include "form/try_http.h"
#include "form/wording_http.h"
#include "clearing/clearing.h"
#include "consent/consent_jobs.h"
#include "consent/unsubscribe_http.h"
#include "dossier/dossier.h"
#include "dossier/dossier_http.h"
#include "dossier/lead_file_http.h"
#include "dossier/test_data_http.h"
#include "edge/idempotency.h"
#include "edge/live_http.h"
#include "edge/live_news.h"
#include "guide/guide_http.h"
#include "importer/import_http.h"
#include "importer/import_jobs.h"
#include "jobs/jobs_http.h"
#include "lead/lead_http.h"
#include "lead/lead_jobs.h"
#include "node/node_jobs.h"
#include "post/post_http.h"
#include "relay/relay_http.h"
#include "report/report_http.h"
#include "sales/sales_http.h"
#include "sales/sales_jobs.h"
#include "spam/suspect_jobs.h"
#include "setting/setting_http.h"
#include "share/share_http.h"
#include "share/share_refused.h"
#include "takeout/takeout_http.h"
#include "tally/tally.h"
#include "workspace/workspace.h"

enum { PURGE_ROWS = 50 };

#define ROUTES(name)                                                                               \
    {                                                                                              \
        name##_routes, &name##_route_count                                                         \
    }

const struct route_table room_routes[] = {
    ROUTES(public), /* first: what visitors ask for most */
    ROUTES(confirm), ROUTES(unsubscribe), ROUTES(report), ROUTES(sales), ROUTES(sales_rule), ROUTES(lead),
    ROUTES(dossier), ROUTES(form),        ROUTES(post),   ROUTES(setting),
    ROUTES(takeout),    ROUTES(access),     ROUTES(live),       ROUTES(backup),     ROUTES(relay),
    ROUTES(brand),      ROUTES(preview),    ROUTES(try),        ROUTES(look),       ROUTES(share),      ROUTES(personal),
    ROUTES(cross),      ROUTES(test_data),  ROUTES(submission), ROUTES(funnel),
    ROUTES(bell),       ROUTES(guide),      ROUTES(fair),       ROUTES(kiosk),
    ROUTES(campaign_link), ROUTES(campaign_channel), ROUTES(campaign), ROUTES(campaign_part),
    ROUTES(campaign_one), ROUTES(lead_file), ROUTES(wording), ROUTES(import),
    ROUTES(jobs),
};
const int room_route_tables = COUNTOF(room_routes);

/* What has lain in the trash for 30 days is erased, a few at a time so that nobody waits; and
 * applications whose time is over. */
static bool purge_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    int64_t erased = PURGE_ROWS;
    bool good = true;
    while (good && erased == PURGE_ROWS) good = dossier_purge(cx, PURGE_ROWS, &erased);
    struct err first = cx->err;
    err_clear(cx);
    if (!dossier_purge_applicants(cx)) return false;
    cx->err = first;
    return good;
}

static bool brief_forget(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return correction_forget(cx, tx) && share_refused_forget(cx, tx) &&
           logo_draft_forget(cx, tx) && job_dead_forget(cx, tx);
}

static bool brief_write(struct ctx *cx, void *arg)
{
    return db_write(cx, DB_BULK, brief_forget, arg);
}

/* What is kept for an hour, a day or some days goes also where nothing of its kind comes after. */
static bool brief_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    return workspace_each(cx, NULL, brief_write, NULL);
}

static const struct job_kind own_jobs[] = {
    {"lead.purge", 3600000, purge_run, 0},
    {"idempotency.sweep", 3600000, idempotency_sweep_run, 0},
    {"access.sweep", 3600000, access_sweep_run, 0},
    {"workspace.clear", 3600000, clearing_run, 0},
    {"file.sweep", 3600000, capture_file_sweep_run, 0},
    {"brief.sweep", 3600000, brief_run, 0},
    {"mail.check", 0, mail_check_run, 5},
    {JOB_LINK_AGAIN, 0, link_again_run, LINK_AGAIN_TRIES},
    {"submission.take_back", 0, dossier_take_back_run, 5},
    {"receipt.purge", RECEIPT_PURGE_MS, receipt_purge_run, 0},
    {"live.news", LIVE_NEWS_MS, live_news_run, 0},
    {"live.news_purge", 3600000, live_news_purge_run, 0},
};

int room_jobs(struct job_kind *out)
{
    int n = 0;
    for (int i = 0; i < consent_job_count; i++) out[n++] = consent_jobs[i];
    for (int i = 0; i < lead_job_count; i++) out[n++] = lead_jobs[i];
    for (int i = 0; i < import_job_count; i++) out[n++] = import_jobs[i];
    for (int i = 0; i < sales_job_count; i++) out[n++] = sales_jobs[i];
    for (int i = 0; i < suspect_job_count; i++) out[n++] = suspect_jobs[i];
    for (int i = 0; i < bell_job_count; i++) out[n++] = bell_jobs[i];
    for (int i = 0; i < tally_job_count; i++) out[n++] = tally_jobs[i];
    for (int i = 0; i < form_count_job_count; i++) out[n++] = form_count_jobs[i];
    for (int i = 0; i < backup_job_count; i++) out[n++] = backup_jobs[i];
    for (ptrdiff_t i = 0; i < COUNTOF(own_jobs); i++) out[n++] = own_jobs[i];
    assert(n <= JOB_KINDS_MAX);
    return n;
}
