#include "sales/sales_value.h"

#include "base/id.h"
#include "base/tz.h"
#include "lead/lead_phase.h"
#include "lead/lead_value.h"
#include "sales/sales_rules.h"
#include "sales/sales_time.h"
#include "setting/setting.h"

static str text_or_null(str s)
{
    return s.len > 0 ? s : (str){0};
}

static struct value ref_value(struct ctx *cx, enum id_type type, int64_t id, str name)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, type, id));
    value_set_text(map, "name", name);
    return map;
}

struct value task_value(struct ctx *cx, const struct task *t)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_TASK, t->id));
    value_set_text(map, "title", t->title);
    value_set(map, "lead", ref_value(cx, ID_LEAD, t->lead_id, text_or_null(t->lead_name)));
    value_set(map, "assignee",
              ref_value(cx, ID_USER, t->assignee_id, text_or_null(t->assignee_name)));
    value_set(map, "due_at", instant_value(cx->a, t->due_ms));
    value_set_bool(map, "overdue", t->done_ms == 0 && t->due_ms != 0 && t->due_ms <= cx->now_ms);
    value_set(map, "done_at", instant_value(cx->a, t->done_ms));
    value_set(map, "created_at", instant_value(cx->a, t->created_ms));
    return map;
}

struct value care_row_value(struct ctx *cx, const struct care_row *row)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_LEAD, row->id));
    value_set_text(map, "name", row->name);
    value_set_text(map, "company", text_or_null(row->company));
    value_set_text(map, "phase", str_of(lead_phase_name(row->phase)));
    value_set_text(map, "handling", str_of(lead_handling_name(row->handling)));
    value_set(map, "due_at", instant_value(cx->a, row->due_ms));
    value_set_bool(map, "overdue", row->due_ms != 0 && row->due_ms <= cx->now_ms);
    value_set(map, "last_at", instant_value(cx->a, row->last_ms));
    return map;
}

struct value phase_events_value(struct ctx *cx, struct tx *tx, int64_t lead_id, bool *ok)
{
    struct value list = value_list(cx->a);
    struct phase_events events;
    *ok = phase_event_list(cx, tx, lead_id, &events);
    for (ptrdiff_t i = 0; *ok && i < events.count; i++) {
        const struct phase_event *e = &events.row[i];
        struct value map = value_map(cx->a);
        value_set(map, "at", instant_value(cx->a, e->at_ms));
        value_set_text(map, "from", str_of(lead_phase_name(e->from)));
        value_set_text(map, "to", str_of(lead_phase_name(e->to)));
        value_set_text(map, "lost_reason", text_or_null(e->reason));
        value_set_text(map, "note", e->note);
        value_set_text(map, "by", text_or_null(e->user_name));
        value_push(list, map);
    }
    return list;
}

struct value handovers_value(struct ctx *cx, const struct handovers *handovers)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < handovers->count; i++) {
        const struct handover *h = &handovers->row[i];
        struct value map = value_map(cx->a);
        value_set(map, "at", instant_value(cx->a, h->at_ms));
        value_set_text(map, "from", text_or_null(h->from_name));
        value_set_text(map, "to", text_or_null(h->to_name));
        value_set_text(map, "cause", str_of(handover_cause_name(h->cause)));
        value_set_text(map, "by", text_or_null(h->user_name));
        value_push(list, map);
    }
    return list;
}

bool owners_value(struct ctx *cx, struct tx *tx, struct value *out)
{
    struct lead_owners owners;
    if (!lead_owner_list(cx, tx, &owners)) return false;
    *out = value_list(cx->a);
    for (ptrdiff_t i = 0; i < owners.count; i++) {
        struct value map = ref_value(cx, ID_USER, owners.row[i].user_id, owners.row[i].name);
        value_set_bool(map, "you", owners.row[i].user_id == cx->actor.user_id);
        value_push(*out, map);
    }
    return true;
}

struct value phases_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < PHASE__COUNT; i++)
        value_push(list, value_text(str_of(lead_phase_name((enum lead_phase)i))));
    return list;
}

struct value handlings_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < HANDLING__COUNT; i++)
        value_push(list, value_text(str_of(lead_handling_name((enum lead_handling)i))));
    return list;
}

struct value lost_reasons_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < lost_reason_count; i++)
        value_push(list, value_text(str_of(lost_reasons[i])));
    return list;
}

bool sales_zone(struct ctx *cx, struct tx *tx, struct tz **out)
{
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], out)) *out = NULL;
    return true;
}

bool sales_panel(struct ctx *cx, struct tx *tx, const struct lead *lead, struct value *out)
{
    struct value panel = value_map(cx->a), owners, tasks = value_list(cx->a);
    struct handovers handovers;
    struct tasks list;
    struct tz *zone;
    bool ok;
    if (!owners_value(cx, tx, &owners) || !handover_list(cx, tx, lead->id, &handovers) ||
        !task_list(cx, tx, lead->id, &list) || !sales_zone(cx, tx, &zone))
        return false;
    struct value phases = phase_events_value(cx, tx, lead->id, &ok);
    if (!ok) return false;
    int64_t open = 0;
    for (ptrdiff_t i = 0; i < list.count; i++) {
        value_push(tasks, task_value(cx, &list.row[i]));
        open += list.row[i].done_ms == 0;
    }
    bool may = care_allowed(cx, tx, lead->owner_id);
    if (!may && cx->err.code != ERR_FORBIDDEN) return false;
    err_clear(cx);
    value_set(panel, "owners", owners);
    value_set(panel, "handlings", handlings_value(cx));
    value_set(panel, "phases", phases_value(cx));
    value_set(panel, "lost_reasons", lost_reasons_value(cx));
    value_set(panel, "tasks", tasks);
    value_set_int(panel, "open_tasks", open);
    value_set(panel, "phase_events", phases);
    value_set(panel, "handovers", handovers_value(cx, &handovers));
    value_set_bool(panel, "may_edit", may);
    value_set_bool(panel, "mine", lead->owner_id != 0 && lead->owner_id == cx->actor.user_id);
    value_set_text(panel, "due", due_text(cx->a, zone, lead->due_ms));
    value_set(panel, "due_at", instant_value(cx->a, lead->due_ms));
    value_set_bool(panel, "overdue", lead->due_ms != 0 && lead->due_ms <= cx->now_ms);
    *out = panel;
    return true;
}

bool sales_record(struct ctx *cx, struct tx *tx, int64_t lead_id, struct value into)
{
    struct value tasks = value_list(cx->a);
    struct handovers handovers;
    struct tasks list;
    bool ok;
    if (!handover_list(cx, tx, lead_id, &handovers) || !task_list(cx, tx, lead_id, &list))
        return false;
    for (ptrdiff_t i = 0; i < list.count; i++) value_push(tasks, task_value(cx, &list.row[i]));
    value_set(into, "tasks", tasks);
    value_set(into, "phases", phase_events_value(cx, tx, lead_id, &ok));
    value_set(into, "handovers", handovers_value(cx, &handovers));
    return ok;
}
