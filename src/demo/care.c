/* Who looks after a lead, what is to be done, how it came from phase to phase. */
#include "demo/maker.h"

#include "base/id.h"
#include "lead/lead.h"
#include "sales/sales_types.h"

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

enum { PHASE_PARTS = 3, CARE_DAYS = 120, FRESH_DAYS = 12, DUE_HOURS = 24 };

/* The whole house sees all leads in the demo; whoever works on one is in sales. */
void demo_care_draw(struct making *k)
{
    const struct maker *m = k->m;
    struct dice dice = dice_of(m->options->seed, DICE_CARE, k->no);
    int64_t age = m->options->now_ms - k->life.created_ms;
    bool warm = k->life.form == DEMO_ADVICE || k->life.phase != PHASE_LEAD;
    int64_t roll = dice_below(&dice, 100);
    /* Some do more than others, and the administrator has a few of old acquaintance. */
    int who = roll < 34   ? DEMO_SALES
              : roll < 66 ? DEMO_SALES + 1
              : roll < 91 ? DEMO_SALES + 2
                          : DEMO_ADMIN;
    bool cared = dice_chance(&dice, warm ? 940 : 620), late = dice_chance(&dice, 120);
    bool done = dice_chance(&dice, age > 30 * DAY_MS ? 930 : 300);
    k->task = cared && !done && dice_chance(&dice, 400);
    if (k->life.state != LEAD_ACTIVE || k->life.form == DEMO_NEWSLETTER || !cared ||
        age > CARE_DAYS * DAY_MS)
        return;
    k->colleague = who;
    k->handling = done || k->life.phase == PHASE_CUSTOMER || k->life.phase == PHASE_LOST
                      ? HANDLING_DONE
                  : age < 2 * DAY_MS ? HANDLING_NEW
                                     : HANDLING_WORK;
    k->task = k->task || who == DEMO_ADMIN;
    if (k->handling == HANDLING_DONE) {
        k->task = false;
    } else if (who == DEMO_ADMIN && k->handling == HANDLING_WORK && !k->m->admin_late &&
               age < FRESH_DAYS * DAY_MS) {
        k->m->admin_late = true; /* a task that was due yesterday: one, whatever the dice say */
        k->due_ms = (m->options->now_ms / DAY_MS - 1) * DAY_MS + 9 * HOUR_MS;
    } else if (k->handling == HANDLING_NEW)
        k->due_ms = k->life.created_ms + DUE_HOURS * HOUR_MS;
    else if (age < FRESH_DAYS * DAY_MS || late)
        k->due_ms =
            (m->options->now_ms / DAY_MS + (late ? -1 : 1) + dice_below(&dice, 9)) * DAY_MS +
            9 * HOUR_MS;
}

void demo_care_write(struct making *k)
{
    static const char *const titles[] = {"Angebot nachfassen", "Rückruf wegen der Referenzen",
                                         "Termin vor Ort abstimmen", "Unterlagen schicken",
                                         "Budgetfreigabe erfragen"};
    struct maker *m = k->m;
    struct ctx *cx = m->cx;
    if (k->colleague == 0) return;
    int64_t at_ms = k->life.created_ms, who = m->colleague[k->colleague].id, by = 0;
    k->handed_ms = season_works(m->season, at_ms + HOUR_MS);
    if (k->colleague == DEMO_ADMIN && k->handed_ms < m->options->now_ms) {
        k->handed_by = DEMO_SALES + (int)(k->no % DEMO_SALESPEOPLE);
        by = m->colleague[k->handed_by].id;
        at_ms = k->handed_ms;
    }
    int64_t id = k->handover_id = demo_id(at_ms, k->no, 0);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_HANDOVER], CELL_I64(cx->workspace_id), CELL_I64(k->id),
              CELL_I64(id), CELL_I64(at_ms), CELL_I64(by), CELL_I64(by), CELL_I64(who),
              CELL_I64(by != 0 ? HANDOVER_HAND : HANDOVER_RULE));
    if (!k->task) return;
    str ad = seal_ad(cx->a, "lead_task.title", cx->workspace_id, id);
    str title = str_of(titles[k->no % COUNTOF(titles)]);
    if (by == 0) by = who;
    int64_t made_ms = k->handed_ms < m->options->now_ms ? k->handed_ms : at_ms;
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_TASK], CELL_I64(cx->workspace_id), CELL_I64(k->id),
              CELL_I64(id), CELL_TEXT(seal(cx->a, &k->key, title, ad)), CELL_I64(k->due_ms),
              CELL_I64(who), CELL_I64(made_ms), CELL_I64(by), CELL_I64(0), CELL_I64(0));
    demo_lead_deed(k, made_ms, "lead.task", S(""));
}

int64_t demo_carer(const struct making *k)
{
    int64_t other = DEMO_SALES + k->no % DEMO_SALESPEOPLE;
    return k->m->colleague[k->colleague > 0 ? k->colleague : other].id;
}

int64_t demo_phase_write(struct making *k, int64_t at_ms, enum lead_phase to, str *props)
{
    static const char *const reasons[] = {"price", "timing", "competitor", "no_need"};
    struct ctx *cx = k->m->cx;
    enum lead_phase from = k->phase;
    const char *why = to == PHASE_LOST ? reasons[k->no % COUNTOF(reasons)] : "";
    int64_t id = demo_id(at_ms, k->no, PHASE_PARTS + (int)to);
    int64_t who = demo_carer(k);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_PHASE], CELL_I64(cx->workspace_id), CELL_I64(k->id),
              CELL_I64(id), CELL_I64(at_ms), CELL_I64(ACTOR_USER), CELL_I64(who), CELL_I64(from),
              CELL_I64(to), CELL_TEXT(str_of(why)));
    *props = str_printf(cx->a, "{\"from\":\"%s\",\"to\":\"%s\"%s%s%s}", lead_phase_name(from),
                        lead_phase_name(to), why[0] != 0 ? ",\"lost_reason\":\"" : "", why,
                        why[0] != 0 ? "\"" : "");
    k->phase = to;
    demo_lead_deed(k, at_ms, "lead.phase", *props);
    return id;
}
