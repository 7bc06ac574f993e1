/* Applications that were turned down, when their time is over. */
#include "dossier/dossier.h"

#include "backup/erasures.h"
#include "base/log.h"
#include "lead/lead_applicant.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

enum { AT_ONCE = 50 };

/* A twelfth of the mean year. */
#define MONTH_MS INT64_C(2629746000)

void erasure_failed(struct ctx *cx, int64_t lead_id, struct err *first)
{
    log_line(LOG_LEVEL_ERROR, "lead.unerased", "workspace=%lld lead=%lld error=%s detail=%s",
             (long long)cx->workspace_id, (long long)lead_id,
             cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
    if (first->code == ERR_NONE) *first = cx->err;
    err_clear(cx);
}

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
    if (!erasure_note(cx, o->lead_id, false)) return false;
    bool written = db_write(cx, DB_BULK, over_write, o);
    return erasure_end(cx, o->lead_id, written, o->erased);
}

/* One that cannot be erased is told, and keeps the others from nothing. */
static bool purge_workspace(struct ctx *cx, void *arg)
{
    struct over o = {0};
    struct err first = {.code = ERR_NONE};
    int failed = 0;
    (void)arg;
    do {
        if (!db_read(cx, over_read, &o)) return false;
        for (ptrdiff_t i = 0; i < o.due.count; i++) {
            o.lead_id = o.due.row[i].id;
            if (erase_one(cx, &o)) continue;
            failed++;
            erasure_failed(cx, o.lead_id, &first);
        }
    } while (o.due.count == AT_ONCE && failed < ERASURES_FAIL_MAX);
    cx->err = first;
    return first.code == ERR_NONE;
}

bool dossier_purge_applicants(struct ctx *cx)
{
    return workspace_each(cx, NULL, purge_workspace, NULL);
}
