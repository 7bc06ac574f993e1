/* What happens when nobody acts in time: a reminder, then somebody else. */
#include "app.h"
#include "base/id.h"
#include "bell/bell.h"
#include "consent/consent.h"
#include "sales/notice.h"
#include "sales/sales.h"
#include "sales/sales_jobs.h"
#include "sales_sql.h"

enum { LEADS_AT_ONCE = 200, HOUR_MS = 3600000 };
#define TASK_NEWS_MS (INT64_C(7) * 86400000) /* what is due for longer is no news */
enum due_stage { STAGE_NEW = 0, STAGE_REMINDED = 1, STAGE_OVER = 2 };

struct due {
    struct sales_policy policy;
    struct notice_words words;
    struct care_due_rows over, late; /* not reminded yet; reminded, and time to hand over */
    int64_t owner_id;                /* whose reminder is written … */
    int64_t who_id;                  /* … and who gets it */
    bool mailed;                     /* by mail, too */
    struct task_due_rows tasks;
    str name, email;
    enum lang lang;
    bool found;
    int64_t lead_id;
    struct post_prepared mail;
};

/* Without those that are going: nothing leaves them any more. */
static bool workspaces_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_list(cx, tx, arg);
}

static bool due_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    struct care_due_in over = {STAGE_NEW, cx->now_ms, LEADS_AT_ONCE};
    d->late = (struct care_due_rows){0};
    struct task_due_in tasks = {cx->now_ms - TASK_NEWS_MS, cx->now_ms, BELL_TASK_DUE,
                                INT64_C(1) << BELL_TASK_DUE, LEADS_AT_ONCE};
    if (!q_care_due(tx, &over, &d->over) || !q_task_due(tx, &tasks, &d->tasks) ||
        !policy_load(cx, tx, &d->policy))
        return false;
    if (d->policy.reassign_hours > 0 && d->policy.reassign_id != 0) {
        struct care_due_in late = {STAGE_REMINDED, cx->now_ms - d->policy.reassign_hours * HOUR_MS,
                                   LEADS_AT_ONCE};
        if (!q_care_due(tx, &late, &d->late)) return false;
    }
    return d->over.count + d->late.count == 0 || notice_words_read(cx, tx, &d->words);
}

/* The fallback where there is nobody, or nobody any more. */
static bool person_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    d->who_id = d->owner_id;
    if (!care_member(cx, tx, d->who_id, &d->name, &d->email, &d->lang, &d->found)) return false;
    if (!d->found) {
        d->who_id = d->policy.fallback_id;
        if (!care_member(cx, tx, d->who_id, &d->name, &d->email, &d->lang, &d->found)) return false;
    }
    return bell_mail_wanted(cx, tx, d->who_id, BELL_DUE, &d->mailed);
}

/* Leads of one owner are marked, and one mail tells of them; of those that somebody has acted on
 * meanwhile nothing is marked, and without a mark there is no mail. */
static bool remind_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    int64_t marked = 0;
    for (ptrdiff_t i = 0; i < d->over.count; i++) {
        if (d->over.row[i].owner_user_id != d->owner_id) continue;
        struct care_set_stage_in in = {d->over.row[i].id, d->over.row[i].due_ms, STAGE_NEW,
                                       STAGE_REMINDED};
        int64_t changed = 0;
        if (!q_care_set_stage(tx, &in, &changed)) return false;
        marked += changed;
        if (changed != 0 && d->found && !bell_ring(cx, tx, d->who_id, BELL_DUE, in.id, in.due_ms))
            return false;
    }
    return marked == 0 || !d->found || !d->mailed || post_enqueue(cx, tx, &d->mail);
}

static bool remind(struct ctx *cx, struct due *d)
{
    struct value data = value_map(cx->a);
    int64_t count = 0;
    for (ptrdiff_t i = 0; i < d->over.count; i++)
        count += d->over.row[i].owner_user_id == d->owner_id;
    if (!db_read(cx, person_read, d)) return false;
    str of = d->owner_id == 0 ? S("none") : id_text(cx->a, ID_USER, d->owner_id);
    str path = d->who_id == d->owner_id ? S("/leads/mine")
                                        : str_printf(cx->a, "/leads?owner=%.*s", STR_ARG(of));
    value_set_int(data, "count", count);
    value_set_text(data, "url",
                   str_printf(cx->a, "%.*s%.*s", STR_ARG(d->words.base_url), STR_ARG(path)));
    struct notice n = {.template_name = "mail/due",
                       .subject = "mail.due.subject",
                       .subject_arg_name = "workspace",
                       .subject_arg = d->words.workspace.name,
                       .to_name = d->name,
                       .lang = d->lang,
                       .data = data};
    if (d->found && d->mailed &&
        (!permit_system(cx, d->email, &n.permit) || !notice_prepare(cx, &d->words, &n, &d->mail)))
        return false;
    return db_write(cx, DB_INTERACTIVE, remind_write, d);
}

static bool handed_before(const struct due *d, ptrdiff_t at)
{
    for (ptrdiff_t k = 0; k < at; k++)
        if (d->over.row[k].owner_user_id == d->over.row[at].owner_user_id) return true;
    return false;
}

/* To whoever stands in; whose it is already keeps it, and is not asked again. */
static bool pass_on_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct due *d = arg;
    const struct care_due_row *row = NULL;
    int64_t changed = 0;
    bool found;
    for (ptrdiff_t i = 0; i < d->late.count; i++)
        if (d->late.row[i].id == d->lead_id) row = &d->late.row[i];
    if (row == NULL) return true;
    struct care_set_stage_in in = {row->id, row->due_ms, STAGE_REMINDED, STAGE_OVER};
    if (!q_care_set_stage(tx, &in, &changed)) return false;
    if (changed == 0 || row->owner_user_id == d->who_id) return true;
    if (!care_member(cx, tx, d->who_id, NULL, NULL, NULL, &found)) return false;
    if (!found) return true;
    struct care_change change = {.has_owner = true,
                                 .owner_id = d->who_id,
                                 .has_due = d->policy.due_hours > 0,
                                 .due_ms = cx->now_ms + d->policy.due_hours * HOUR_MS};
    return care_apply(cx, tx, row->id, &change, HANDOVER_DUE) && post_enqueue(cx, tx, &d->mail);
}

static bool pass_on(struct ctx *cx, struct due *d)
{
    struct value data = value_map(cx->a);
    d->owner_id = d->policy.reassign_id;
    if (!db_read(cx, person_read, d)) return false;
    value_set_int(data, "count", 1);
    value_set_bool(data, "passed_on", true);
    value_set_text(data, "url",
                   str_printf(cx->a, "%.*s/leads/%.*s", STR_ARG(d->words.base_url),
                              STR_ARG(id_text(cx->a, ID_LEAD, d->lead_id))));
    struct notice n = {.template_name = "mail/due",
                       .subject = "mail.due.passed_subject",
                       .subject_arg_name = "workspace",
                       .subject_arg = d->words.workspace.name,
                       .to_name = d->name,
                       .lang = d->lang,
                       .data = data};
    if (!d->found) return true;
    return permit_system(cx, d->email, &n.permit) && notice_prepare(cx, &d->words, &n, &d->mail) &&
           db_write(cx, DB_INTERACTIVE, pass_on_write, d);
}

static bool tasks_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct due *d = arg;
    for (ptrdiff_t i = 0; i < d->tasks.count; i++) {
        const struct task_due_row *t = &d->tasks.row[i];
        if (!bell_ring(cx, tx, t->assignee_user_id, BELL_TASK_DUE, t->lead_id, t->id)) return false;
    }
    return true;
}

static bool workspace_run(struct ctx *cx, struct due *d)
{
    if (!db_read(cx, due_read, d)) return false;
    bool news = d->tasks.count + d->over.count + d->late.count > 0;
    if (d->tasks.count > 0 && !db_write(cx, DB_INTERACTIVE, tasks_write, d)) return false;
    for (ptrdiff_t i = 0; i < d->over.count; i++) {
        d->owner_id = d->over.row[i].owner_user_id;
        if (!handed_before(d, i) && !remind(cx, d)) return false;
    }
    for (ptrdiff_t i = 0; i < d->late.count; i++) {
        d->lead_id = d->late.row[i].id;
        if (!pass_on(cx, d)) return false;
    }
    if (news) app_changed(cx->app, cx->workspace_id);
    return true;
}

/* What fails in one workspace is told, and keeps the others from nothing. */
bool sales_due_run(struct ctx *cx, const struct job *job)
{
    (void)job;
    struct workspaces all = {0};
    struct err first = {.code = ERR_NONE};
    int64_t workspace_id = cx->workspace_id;
    if (!db_read(cx, workspaces_read, &all)) return false;
    for (ptrdiff_t i = 0; i < all.count; i++) {
        arena start = *cx->a;
        struct due d = {0};
        cx->workspace_id = all.row[i].id;
        if (workspace_run(cx, &d)) {
            *cx->a = start;
            continue;
        }
        if (first.code == ERR_NONE) first = cx->err;
        err_clear(cx);
    }
    cx->workspace_id = workspace_id;
    cx->err = first;
    return first.code == ERR_NONE;
}
