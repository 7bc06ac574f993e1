/* What becomes of submissions whose lead goes, and what is remembered of them. */
#include "capture/capture.h"

#include "base/reach.h"
#include "capture_sql.h"
#include "file/lead_file.h"
#include "jobs/jobs.h"
#include "setting/setting.h"
#include "tally/tally.h"

enum { UNCOUNT_ROWS = 500, TRASH_LOOKED_AT = 2000 };

bool capture_ever(struct ctx *cx, struct tx *tx, bool *sent)
{
    struct submission_any_row row;
    struct settings settings;
    if (!q_submission_any(tx, &row, NULL)) return false;
    *sent = row.n > 0;
    if (*sent) return true;
    if (!setting_load(cx, tx, &settings)) return false;
    *sent = setting_number(&settings, SETTING_WAS_SENT) != 0;
    return true;
}

bool capture_trashed(struct ctx *cx, struct tx *tx, bool *trashed)
{
    struct reach reach = reach_of(&cx->actor);
    struct submission_any_trashed_in in = {reach.any, reach.mine, reach.mine_too, TRASH_LOOKED_AT};
    struct submission_any_trashed_row row;
    if (!q_submission_any_trashed(tx, &in, &row, NULL)) return false;
    *trashed = row.n > 0;
    return true;
}

/* Once the rows are gone nothing else says that a form was ever sent (capture_ever). */
static bool note_sent(struct ctx *cx, struct tx *tx, int64_t deleted)
{
    struct settings settings;
    if (deleted == 0) return true;
    if (!setting_load(cx, tx, &settings)) return false;
    return setting_number(&settings, SETTING_WAS_SENT) != 0 ||
           setting_save(cx, tx, SETTING_WAS_SENT, S("1"));
}

bool capture_test_delete(struct ctx *cx, struct tx *tx)
{
    struct file_of_test_rows rows;
    if (!q_file_of_test(tx, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!lead_file_remove(cx, tx, rows.row[i].lead_id, rows.row[i].id)) return false;
    int64_t deleted;
    return q_submission_test_drop(tx, &deleted) && note_sent(cx, tx, deleted);
}

/* What a lead sent is no submission of its form any more. */
static bool uncount(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct submission_counted_in in = {lead_id, 0, UNCOUNT_ROWS};
    struct submission_counted_rows rows = {.count = UNCOUNT_ROWS};
    while (rows.count == UNCOUNT_ROWS) {
        if (!q_submission_counted(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            const struct submission_counted_row *r = &rows.row[i];
            bool confirmed = r->state == SUBMISSION_CONFIRMED;
            if (!tally_note(cx, tx, TALLY_FORM, r->form_id, r->at_ms, S(""), -1, -confirmed))
                return false;
            in.after_id = r->id;
        }
    }
    return true;
}

bool capture_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct submission_delete_of_lead_in in = {lead_id};
    int64_t deleted;
    return uncount(cx, tx, lead_id) && q_submission_delete_of_lead(tx, &in, &deleted) &&
           note_sent(cx, tx, deleted) && lead_file_erase(cx, tx, lead_id) &&
           /* Sealed addresses, and nobody can tell whose; after a day it would do nothing. */
           job_dead_forget_kind(cx, tx, JOB_LINK_AGAIN);
}
