#include "sales/sales_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/utf8.h"
#include "lead/lead_http.h"
#include "lead/lead_phase.h"
#include "lead/lead_value.h"
#include "sales/sales_time.h"
#include "sales/sales_value.h"

enum { MINE_ROWS = 50, TITLE_BYTES = 300, NOTE_BYTES = 1000 };

static str lead_url(struct ctx *cx, int64_t id)
{
    return str_printf(cx->a, "/leads/%.*s", STR_ARG(id_text(cx->a, ID_LEAD, id)));
}

/* What a form's page shows beside what was typed. */
struct desk {
    int64_t lead_id;
    struct lead lead;
    struct value panel;
    struct tz *zone;
};

static bool desk_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct desk *d = arg;
    return lead_load(cx, tx, d->lead_id, &d->lead) && sales_panel(cx, tx, &d->lead, &d->panel) &&
           sales_zone(cx, tx, &d->zone);
}

static bool desk_open(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                      struct desk *d, const char *template)
{
    *d = (struct desk){0};
    if (!lead_param(cx, rq, &d->lead_id) || !db_read(cx, desk_read, d)) return false;
    rp->data = lead_value(cx, &d->lead);
    rp->page = d->panel;
    rp->template = template;
    return true;
}

/* --- owner, handling, due time --- */

struct care {
    int64_t lead_id;
    struct care_change change;
    struct lead lead;
};

static bool care_read_body(struct ctx *cx, const struct web_request *rq, const struct tz *zone,
                           struct care_change *out)
{
    str owner = web_field(rq->body, "owner"), handling = web_field(rq->body, "handling"),
        due = web_field(rq->body, "due_at");
    *out = (struct care_change){.has_owner = owner.ptr != NULL,
                                .has_handling = handling.ptr != NULL,
                                .has_due = due.ptr != NULL};
    if (str_eq(owner, S("me")))
        out->owner_id = cx->actor.user_id;
    else if (owner.len > 0 && !id_parse(owner, ID_USER, &out->owner_id))
        fail_field(cx, S("owner"), "sales.no_such_person");
    if (out->has_handling && !lead_handling_of(handling, &out->handling))
        fail_field(cx, S("handling"), "error.choice_invalid");
    if (due.len > 0 && !due_parse(zone, due, &out->due_ms))
        fail_field(cx, S("due_at"), "sales.due_invalid");
    return cx->err.code == ERR_NONE;
}

static bool care_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct care *c = arg;
    /* Whoever hands over a lead may see the last of it. */
    return care_apply(cx, tx, c->lead_id, &c->change, HANDOVER_HAND) &&
           lead_load_any(cx, tx, c->lead_id, &c->lead);
}

static bool care_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    return desk_open(cx, rq, rp, &d, "sales/care");
}

static bool care_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    struct care c = {0};
    if (!desk_open(cx, rq, rp, &d, "sales/care")) return false;
    c.lead_id = d.lead_id;
    if (!care_read_body(cx, rq, d.zone, &c.change) || !db_write(cx, DB_INTERACTIVE, care_write, &c))
        return false;
    rp->data = lead_value(cx, &c.lead);
    rp->location = lead_seen(&cx->actor, c.lead.owner_id, c.lead.state) ? lead_url(cx, c.lead_id)
                                                                        : S("/leads/mine");
    rp->flash = S("flash.saved");
    return true;
}

/* --- phase --- */

struct move {
    int64_t lead_id, version;
    struct phase_change change;
    struct lead lead;
};

static bool move_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct move *m = arg;
    struct value detail = value_map(cx->a);
    struct lead old;
    if (!lead_load(cx, tx, m->lead_id, &old) || !care_allowed(cx, tx, old.owner_id)) return false;
    if (m->version >= 0 && m->version != old.version) return fail(cx, ERR_CONFLICT, "lead.changed");
    value_set_text(detail, "from", str_of(lead_phase_name(old.phase)));
    value_set_text(detail, "to", str_of(lead_phase_name(m->change.to)));
    value_set_text(detail, "lost_reason", m->change.reason.len > 0 ? m->change.reason : (str){0});
    return lead_set_phase(cx, tx, &old, &m->change) &&
           (m->change.to == old.phase ||
            audit_write(cx, tx, "lead.phase", "lead", m->lead_id, m->lead_id, detail)) &&
           lead_load(cx, tx, m->lead_id, &m->lead);
}

static bool phase_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    return desk_open(cx, rq, rp, &d, "sales/phase");
}

static bool phase_read_body(struct ctx *cx, const struct web_request *rq, struct move *m)
{
    str reason = web_field(rq->body, "lost_reason"), note = web_field(rq->body, "note");
    struct value version = value_get(rq->body, S("version"));
    m->version = version.type == VALUE_INT ? version.as.integer : -1;
    if (!lead_phase_of(web_field(rq->body, "phase"), &m->change.to))
        return fail_field(cx, S("phase"), "error.choice_invalid");
    if (m->change.to != PHASE_LOST) return true;
    if (reason.len <= 0) fail_field(cx, S("lost_reason"), "lead.lost_reason_missing");
    if (reason.len > 0 && !lost_reason_known(reason))
        fail_field(cx, S("lost_reason"), "error.choice_invalid");
    m->change.reason = reason;
    m->change.note = note.len > 0 ? utf8_clean_text(cx->a, note) : S("");
    if (str_eq(reason, S("other")) && m->change.note.len == 0)
        fail_field(cx, S("note"), "lead.lost_note_missing");
    if (m->change.note.len > NOTE_BYTES) {
        fail_field(cx, S("note"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", NOTE_BYTES));
    }
    return cx->err.code == ERR_NONE;
}

static bool phase_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    struct move m = {0};
    if (!desk_open(cx, rq, rp, &d, "sales/phase")) return false;
    m.lead_id = d.lead_id;
    if (!phase_read_body(cx, rq, &m) || !db_write(cx, DB_INTERACTIVE, move_write, &m)) return false;
    rp->data = lead_value(cx, &m.lead);
    rp->location = lead_url(cx, m.lead_id);
    rp->flash = S("flash.phase_changed");
    return true;
}

/* --- histories --- */

struct history {
    int64_t lead_id;
    bool phases;
    struct value list;
};

static bool history_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct history *h = arg;
    struct lead lead;
    struct handovers handovers;
    bool ok;
    if (!lead_load(cx, tx, h->lead_id, &lead)) return false;
    if (h->phases) {
        h->list = phase_events_value(cx, tx, h->lead_id, &ok);
        return ok;
    }
    if (!handover_list(cx, tx, h->lead_id, &handovers)) return false;
    h->list = handovers_value(cx, &handovers);
    return true;
}

static bool history_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                        bool phases)
{
    struct history h = {.phases = phases};
    if (!lead_param(cx, rq, &h.lead_id) || !db_read(cx, history_read, &h)) return false;
    rp->data = h.list;
    return true;
}

static bool phases_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return history_get(cx, rq, rp, true);
}

static bool handovers_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return history_get(cx, rq, rp, false);
}

/* --- tasks --- */

struct task_work {
    struct task_new in;
    int64_t id;
    bool done;
    struct tasks list;
};

static bool task_add_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct task_work *w = arg;
    return task_create(cx, tx, &w->in) && task_list(cx, tx, w->in.lead_id, &w->list);
}

static bool task_done_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct task_work *w = arg;
    return task_set_done(cx, tx, w->in.lead_id, w->id, w->done) &&
           task_list(cx, tx, w->in.lead_id, &w->list);
}

static bool tasks_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct task_work *w = arg;
    struct lead lead;
    return lead_load(cx, tx, w->in.lead_id, &lead) && task_list(cx, tx, w->in.lead_id, &w->list);
}

static bool tasks_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct task_work w = {0};
    if (!lead_param(cx, rq, &w.in.lead_id) || !db_read(cx, tasks_read, &w)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < w.list.count; i++)
        value_push(rp->data, task_value(cx, &w.list.row[i]));
    return true;
}

static struct value task_of(struct ctx *cx, const struct tasks *list, int64_t id)
{
    for (ptrdiff_t i = 0; i < list->count; i++)
        if (list->row[i].id == id) return task_value(cx, &list->row[i]);
    return value_null();
}

static bool task_read_body(struct ctx *cx, const struct web_request *rq, const struct tz *zone,
                           struct task_new *out)
{
    str title = web_field(rq->body, "title"), due = web_field(rq->body, "due_at"),
        assignee = web_field(rq->body, "assignee");
    out->id = ctx_new_id(cx);
    out->title = title.len > 0 ? utf8_clean_line(cx->a, title) : S("");
    out->assignee_id = cx->actor.user_id;
    if (out->title.len == 0) fail_field(cx, S("title"), "sales.task_empty");
    if (out->title.len > TITLE_BYTES) {
        fail_field(cx, S("title"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", TITLE_BYTES));
    }
    if (due.len > 0 && !due_parse(zone, due, &out->due_ms))
        fail_field(cx, S("due_at"), "sales.due_invalid");
    if (assignee.len > 0 && !str_eq(assignee, S("me")) &&
        !id_parse(assignee, ID_USER, &out->assignee_id))
        fail_field(cx, S("assignee"), "sales.no_such_person");
    return cx->err.code == ERR_NONE;
}

static bool task_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct desk d;
    struct task_work w = {0};
    if (!desk_open(cx, rq, rp, &d, "sales/task")) return false;
    w.in.lead_id = d.lead_id;
    if (!task_read_body(cx, rq, d.zone, &w.in) || !db_write(cx, DB_INTERACTIVE, task_add_write, &w))
        return false;
    rp->status = 201;
    rp->data = task_of(cx, &w.list, w.in.id);
    rp->location = str_printf(cx->a, "%.*s#aufgaben", STR_ARG(lead_url(cx, d.lead_id)));
    return true;
}

static bool task_tick(struct ctx *cx, const struct web_request *rq, struct web_reply *rp, bool done)
{
    struct task_work w = {.done = done};
    if (!lead_param(cx, rq, &w.in.lead_id)) return false;
    if (!id_parse(rq->param[1], ID_TASK, &w.id)) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!db_write(cx, DB_INTERACTIVE, task_done_write, &w)) return false;
    rp->data = task_of(cx, &w.list, w.id);
    rp->location = str_eq(web_field(rq->body, "from"), S("mine"))
                       ? S("/leads/mine")
                       : str_printf(cx->a, "%.*s#aufgaben", STR_ARG(lead_url(cx, w.in.lead_id)));
    return true;
}

static bool task_done_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return task_tick(cx, rq, rp, true);
}

static bool task_open_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    return task_tick(cx, rq, rp, false);
}

/* --- mine --- */

struct mine {
    int64_t after_due, after_id, overdue;
    int limit;
    struct care_rows rows;
    struct tasks tasks;
};

static bool mine_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct mine *m = arg;
    return care_mine(cx, tx, cx->actor.user_id, m->after_due, m->after_id, m->limit + 1,
                     &m->rows) &&
           care_overdue(cx, tx, cx->actor.user_id, &m->overdue) &&
           task_mine(cx, tx, cx->actor.user_id, &m->tasks);
}

/* Where a page ends: "DUE-ID", both as numbers. */
static bool mine_cursor_read(struct ctx *cx, str cursor, struct mine *m)
{
    str id, due = str_cut(cursor, '-', &id);
    if (cursor.len <= 0) return true;
    if (str_to_i64(due, &m->after_due) && id.ptr != NULL && str_to_i64(id, &m->after_id) &&
        m->after_due >= 0 && m->after_id >= 0)
        return true;
    return fail(cx, ERR_UNREADABLE, "error.cursor");
}

static bool mine_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct mine m = {.limit = MINE_ROWS};
    bool people = rq->face == FACE_PAGE;
    if (!web_limit(cx, rq, &m.limit)) return false;
    if (!mine_cursor_read(cx, web_field(rq->query, "cursor"), &m) || !db_read(cx, mine_read, &m))
        return false;
    if (m.rows.count > m.limit) {
        const struct care_row *last = &m.rows.row[m.limit - 1];
        m.rows.count = m.limit;
        rp->next = str_printf(cx->a, "%lld-%lld",
                              (long long)(last->due_ms == 0 ? INT64_MAX : last->due_ms),
                              (long long)last->id);
    }
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < m.rows.count; i++)
        value_push(rp->data, care_row_value(cx, &m.rows.row[i]));
    if (!people) return true;
    struct value tasks = value_list(cx->a);
    for (ptrdiff_t i = 0; i < m.tasks.count; i++)
        value_push(tasks, task_value(cx, &m.tasks.row[i]));
    rp->page = value_map(cx->a);
    value_set(rp->page, "tasks", tasks);
    value_set_int(rp->page, "overdue", m.overdue);
    value_set_text(rp->page, "first_url", m.after_id != 0 ? S("/leads/mine") : (str){0});
    value_set_text(rp->page, "next_url",
                   rp->next.ptr != NULL
                       ? str_printf(cx->a, "/leads/mine?cursor=%.*s", STR_ARG(rp->next))
                       : (str){0});
    rp->template = "sales/mine";
    return true;
}

static bool my_tasks_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct mine m = {.limit = 1};
    (void)rq;
    if (!db_read(cx, mine_read, &m)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < m.tasks.count; i++)
        value_push(rp->data, task_value(cx, &m.tasks.row[i]));
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

#define READ_ROUTE(path, face, fn)                                                                 \
    {                                                                                              \
        .method = "GET", .pattern = path, .faces = face, .permission = MAY_READ_LEADS,             \
        .handler = fn                                                                              \
    }
#define WRITE_ROUTE(path, fn)                                                                      \
    {                                                                                              \
        .method = "POST", .pattern = path, .faces = BOTH, .body = BODY_API,                        \
        .permission = MAY_WRITE_LEADS, .handler = fn                                               \
    }

const struct route sales_routes[] = {
    READ_ROUTE("/leads/mine", BOTH, mine_get),
    READ_ROUTE("/tasks", FACE_API, my_tasks_get),
    READ_ROUTE("/leads/{id}/care", FACE_PAGE, care_get),
    WRITE_ROUTE("/leads/{id}/care", care_post),
    READ_ROUTE("/leads/{id}/phase", FACE_PAGE, phase_get),
    WRITE_ROUTE("/leads/{id}/phase", phase_post),
    READ_ROUTE("/leads/{id}/phases", FACE_API, phases_get),
    READ_ROUTE("/leads/{id}/handovers", FACE_API, handovers_get),
    READ_ROUTE("/leads/{id}/tasks", FACE_API, tasks_get),
    WRITE_ROUTE("/leads/{id}/tasks", task_post),
    WRITE_ROUTE("/leads/{id}/tasks/{task}/done", task_done_post),
    WRITE_ROUTE("/leads/{id}/tasks/{task}/open", task_open_post),
};
const ptrdiff_t sales_route_count = COUNTOF(sales_routes);
