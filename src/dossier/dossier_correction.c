/* What a visitor has corrected right after sending it: the lead that only his first sending made is
 * taken back. Unlike an erasure it says nothing about the address: nobody has proved that it is
 * his, so it comes onto no list, and nothing else that came with it is touched. */
#include "dossier/dossier.h"

#include "app.h"
#include "audit/audit.h"
#include "backup/erasures.h"
#include "bell/bell.h"
#include "capture/correction.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "post/post.h"
#include "sales/sales.h"

struct taking {
    int64_t submission_id, noted; /* the lead that is to go; 0: none */
    bool gone;
};

/* Beforehand: what a restore is not to bring back is noted outside of the transaction. */
static bool taking_look(struct ctx *cx, struct tx *tx, void *arg)
{
    struct taking *t = arg;
    return correction_lead(cx, tx, t->submission_id, &t->noted);
}

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
    if (!correction_lead(cx, tx, t->submission_id, &lead_id)) return false;
    /* Somebody has got to it in the meantime, or was gone: then it stays as it is. */
    t->gone = lead_id != 0 && lead_id == t->noted;
    return correction_done(cx, tx, t->submission_id, t->gone ? lead_id : 0) &&
           (!t->gone || take_back(cx, tx, lead_id));
}

bool dossier_take_back_run(struct ctx *cx, const struct job *job)
{
    struct taking t = {0};
    if (!str_to_i64(job->payload, &t.submission_id))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "nothing says what to take back");
    if (!db_write(cx, DB_INTERACTIVE, taking_look, &t)) return false;
    if (t.noted != 0 && !erasure_note(cx, t.noted, false)) return false;
    if (!db_write(cx, DB_INTERACTIVE, taking_write, &t)) return false;
    if (t.noted != 0 && !t.gone && !erasure_note(cx, t.noted, true)) return false;
    if (cx->app != NULL && t.gone) app_changed(cx->app, cx->workspace_id);
    return true;
}
