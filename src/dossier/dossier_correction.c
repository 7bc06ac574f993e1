/* What a visitor has corrected right after sending it: the lead that only his first sending made is
 * taken back. Unlike an erasure it says nothing about the address: nobody has proved that it is
 * his, so it comes onto no list, and nothing else that came with it is touched. */
#include "dossier/dossier.h"

#include "app.h"
#include "audit/audit.h"
#include "bell/bell.h"
#include "capture/correction.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "post/post.h"
#include "sales/sales.h"

struct taking {
    int64_t submission_id;
    bool gone;
};

static bool take_back(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    return post_erase(cx, tx, lead_id) && capture_erase(cx, tx, lead_id) &&
           consent_erase(cx, tx, lead_id) && sales_erase(cx, tx, lead_id) &&
           bell_erase(cx, tx, lead_id) && lead_erase(cx, tx, lead_id) &&
           audit_write(cx, tx, "lead.take_back", "lead", lead_id, 0, value_null());
}

static bool taking_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct taking *t = arg;
    int64_t lead_id;
    if (!correction_lead(cx, tx, t->submission_id, &lead_id) ||
        !correction_done(cx, tx, t->submission_id, lead_id))
        return false;
    t->gone = lead_id != 0;
    return !t->gone || take_back(cx, tx, lead_id);
}

/* Not noted in the journal of erasures: nobody wanted to be forgotten. A backup from in between has
 * the first sending alone, and what it is restored to keeps it; nor may visitors fill a journal
 * that only grows, and that a restore reads to its end. */
bool dossier_take_back_run(struct ctx *cx, const struct job *job)
{
    struct taking t = {0};
    if (!str_to_i64(job->payload, &t.submission_id))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "nothing says what to take back");
    if (!db_write(cx, DB_INTERACTIVE, taking_write, &t)) return false;
    if (cx->app != NULL && t.gone) app_changed(cx->app, cx->workspace_id);
    return true;
}
