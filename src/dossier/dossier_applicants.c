/* Applications that were turned down, when their time is over. */
#include "dossier/dossier.h"

#include "backup/erasures.h"
#include "lead/lead_applicant.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

enum { AT_ONCE = 50 };

/* A twelfth of the mean year. */
#define MONTH_MS INT64_C(2629746000)

struct over {
    int64_t before_ms, lead_id; /* before_ms 0: nothing is over */
    struct lead_refs due;
    bool erased;
};

int64_t applicant_gone_ms(const struct lead *lead, int64_t months)
{
    bool ends = lead->state == LEAD_APPLICANT && lead->rejected_ms != 0 && months > 0;
    return ends ? lead->rejected_ms + months * MONTH_MS : 0;
}

static bool ids_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_all_ids(cx, tx, arg);
}

static bool over_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct over *o = arg;
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    int64_t months = setting_number(&settings, SETTING_APPLICANT_KEEP_MONTHS);
    o->before_ms = months == 0 ? 0 : cx->now_ms - months * MONTH_MS;
    o->due = (struct lead_refs){0};
    return months == 0 || applicant_overdue(cx, tx, o->before_ms, o->lead_id, AT_ONCE, &o->due);
}

/* Asked again: somebody may have taken the rejection back in the meantime. */
static bool over_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct over *o = arg;
    struct lead lead;
    o->erased = false;
    if (!lead_load(cx, tx, o->lead_id, &lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    bool over =
        lead.state == LEAD_APPLICANT && lead.rejected_ms != 0 && lead.rejected_ms <= o->before_ms;
    if (!over) return true;
    o->erased = true;
    return dossier_erase(cx, tx, o->lead_id);
}

/* In the journal first, as every erasure; and out of it, if it was none. */
static bool erase_one(struct ctx *cx, struct over *o)
{
    return erasure_note(cx, o->lead_id, false) && db_write(cx, DB_BULK, over_write, o) &&
           (o->erased || erasure_note(cx, o->lead_id, true));
}

static bool purge_workspace(struct ctx *cx)
{
    struct over o = {0};
    do {
        if (!db_read(cx, over_read, &o)) return false;
        for (ptrdiff_t i = 0; i < o.due.count; i++) {
            o.lead_id = o.due.row[i].id;
            if (!erase_one(cx, &o)) return false;
        }
    } while (o.due.count == AT_ONCE);
    return true;
}

bool dossier_purge_applicants(struct ctx *cx)
{
    int64_t workspace_id = cx->workspace_id;
    struct workspace_ids ids;
    bool ok = db_read(cx, ids_read, &ids);
    for (ptrdiff_t i = 0; ok && i < ids.count; i++) {
        arena start = *cx->a;
        cx->workspace_id = ids.id[i];
        ok = purge_workspace(cx);
        if (ok) *cx->a = start; /* an error's words stay */
    }
    cx->workspace_id = workspace_id;
    return ok;
}
