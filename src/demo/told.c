/* What people at work were told inside the admin: the lead that came in, was handed over or is
 * overdue, the task. */
#include "demo/maker.h"

#include "base/id.h"
#include "bell/bell.h"
#include "lead/lead.h"
#include "sales/sales_types.h"

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

enum { UNREAD_DAYS = 4 };

bool demo_is_overdue(const struct making *k)
{
    return k->due_ms != 0 && k->due_ms <= k->m->options->now_ms && k->life.state == LEAD_ACTIVE &&
           k->handling != HANDLING_DONE;
}

struct told {
    struct making *k;
    int user; /* which colleague */
    int part;
};

/* What came since somebody was there last is unread; the administrator has let a few lie. */
static int64_t seen_ms(const struct told *t, int64_t at_ms)
{
    const struct maker *m = t->k->m;
    int64_t there_ms = t->user == DEMO_ADMIN ? m->options->now_ms - UNREAD_DAYS * DAY_MS
                                             : m->colleague[t->user].seen_ms;
    int64_t looked_ms = season_works(m->season, at_ms + HOUR_MS);
    return at_ms >= there_ms ? 0 : looked_ms < there_ms ? looked_ms : there_ms;
}

static void tell(struct told *t, enum bell_kind kind, int64_t at_ms, int64_t about_id,
                 int64_t by_user_id)
{
    struct making *k = t->k;
    const struct maker *m = k->m;
    if (at_ms > m->options->now_ms || at_ms < m->options->now_ms - BELL_KEPT_DAYS * DAY_MS) return;
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_BELL], CELL_I64(m->cx->workspace_id),
              CELL_I64(m->colleague[t->user].id), CELL_I64(kind), CELL_I64(k->id),
              CELL_I64(about_id), CELL_I64(demo_id(at_ms, k->no, t->part++)), CELL_I64(by_user_id),
              CELL_I64(seen_ms(t, at_ms)));
}

/* An enquiry is told of at once, the others when they are confirmed. */
static int64_t arrived_ms(const struct life *l)
{
    if (l->form == DEMO_BY_HAND || l->form == DEMO_NEWSLETTER) return 0;
    if (l->form == DEMO_ADVICE) return l->created_ms;
    return l->answer == ANSWER_YES ? l->answered_ms : 0;
}

void demo_bell_write(struct making *k)
{
    const struct maker *m = k->m;
    int64_t arrived = arrived_ms(&k->life);
    struct told t = {.k = k, .user = k->colleague};
    bool active = k->life.state == LEAD_ACTIVE;
    if (active && arrived != 0 && k->colleague > 0 && k->colleague != DEMO_ADMIN)
        tell(&t, BELL_SUBMISSION, arrived, k->submission_id, 0);
    /* Besides whoever looks after it (demo_house_rules). */
    int watches = k->life.form == DEMO_ADVICE ? DEMO_ADMIN : DEMO_MARKETING;
    struct told w = {.k = k, .user = watches, .part = 8};
    if (active && arrived != 0 && k->life.form != DEMO_WHITEPAPER)
        tell(&w, BELL_SUBMISSION, arrived, k->submission_id, 0);
    if (k->colleague == 0) return;
    if (k->handed_by != 0)
        tell(&t, BELL_ASSIGNED, k->handed_ms, k->handover_id, m->colleague[k->handed_by].id);
    if (k->task && k->handed_by != 0)
        tell(&t, BELL_TASK, k->handed_ms, k->handover_id, m->colleague[k->handed_by].id);
    if (demo_is_overdue(k)) tell(&t, BELL_DUE, k->due_ms, k->due_ms, 0);
    if (k->task && k->due_ms != 0) tell(&t, BELL_TASK_DUE, k->due_ms, k->handover_id, 0);
}
