#include "lead/lead_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/utf8.h"
#include "campaign/campaign_value.h"
#include "field/free_field.h"
#include "lead/lead_applicant.h"
#include "lead/lead_edit.h"
#include "lead/lead_value.h"

bool lead_param(struct ctx *cx, const struct web_request *rq, int64_t *id)
{
    if (id_parse(rq->param[0], ID_LEAD, id)) return true;
    return fail(cx, ERR_NOT_FOUND, "error.not_found");
}

static str lead_url(struct ctx *cx, int64_t id)
{
    return str_printf(cx->a, "/leads/%.*s", STR_ARG(id_text(cx->a, ID_LEAD, id)));
}

/* --- create and edit --- */

struct change {
    int64_t id;
    struct lead_edit edit;
    struct lead lead; /* as it is afterwards */
    const struct web_request *rq;
    struct campaigns campaigns;
    struct free_fields own;
};

/* Which fields were named, never what was written into them. */
static struct value edit_detail(struct ctx *cx, const struct lead_edit *edit,
                                const struct free_fields *own)
{
    struct value map = value_map(cx->a), fields = value_list(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        enum field_slot slot = field_defs[i].slot;
        if (slot == SLOT_NONE ? edit->has_email : edit->has_text[slot])
            value_push(fields, value_text(str_of(field_defs[i].key)));
    }
    for (ptrdiff_t i = 0; i < own->count; i++)
        if (edit->has_text[own->row[i].slot]) value_push(fields, value_text(own->row[i].key));
    if (edit->has_phase) value_push(fields, value_text(S("phase")));
    if (edit->has_campaign) value_push(fields, value_text(S("campaign")));
    value_set(map, "fields", fields);
    return map;
}

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct change *c = arg;
    return lead_create_by_hand(cx, tx, c->id, &c->edit, &c->lead) &&
           audit_write(cx, tx, "lead.create", "lead", c->id, c->id, value_null());
}

static bool edit_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct change *c = arg;
    if (web_minds(c->rq) && (!lead_load(cx, tx, c->id, &c->lead) ||
                             !web_if_match(cx, c->rq, lead_etag(cx->a, &c->lead))))
        return false;
    return lead_edit_apply(cx, tx, c->id, &c->edit, &c->lead) &&
           audit_write(cx, tx, "lead.update", "lead", c->id, c->id,
                       edit_detail(cx, &c->edit, &c->own));
}

static bool change_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct change *c = arg;
    return (c->id == 0 || lead_load(cx, tx, c->id, &c->lead)) &&
           campaign_choices(cx, tx, &c->campaigns) && free_field_list(cx, tx, &c->own);
}

static bool own_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return free_field_list(cx, tx, &((struct change *)arg)->own);
}

/* What somebody wants, the workspace's own fields included. */
static bool change_wanted(struct ctx *cx, const struct web_request *rq, struct change *c)
{
    if (!db_read(cx, own_read, c)) return false;
    bool fixed = lead_edit_read(cx, rq->body, &c->edit);
    return lead_edit_read_own(cx, rq->body, &c->own, &c->edit) && fixed;
}

static struct value own_value(struct ctx *cx, const struct change *c)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < c->own.count; i++) {
        const struct free_field *f = &c->own.row[i];
        struct value map = value_map(cx->a);
        str text = c->lead.text[f->slot];
        if (f->type == FIELD_FILE) continue;
        value_set_text(map, "key", f->key);
        value_set_text(map, "label", f->label);
        value_set_text(map, "type", str_of(field_type_name(f->type)));
        value_set_text(map, "value", text.ptr == NULL ? S("") : text);
        value_set(map, "options", free_options_value(cx, f->options));
        value_push(list, map);
    }
    return list;
}

static void form_page(struct ctx *cx, struct web_reply *rp, const struct change *c,
                      const char *template)
{
    const struct lead *lead = &c->lead;
    struct value phases = value_list(cx->a);
    for (int i = 0; i < PHASE__COUNT; i++)
        value_push(phases, value_text(str_of(lead_phase_name((enum lead_phase)i))));
    rp->page = value_map(cx->a);
    value_set(rp->page, "fields", lead_fields_value(cx, lead));
    value_set(rp->page, "own", own_value(cx, c));
    value_set(rp->page, "phases", phases);
    value_set(rp->page, "campaigns", campaign_choices_value(cx, &c->campaigns));
    rp->template = template;
}

static bool new_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct change c = {.lead = {.email = S_INIT("")}};
    (void)rq;
    if (!db_read(cx, change_read, &c)) return false;
    form_page(cx, rp, &c, "lead/new");
    return true;
}

static bool create_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct change c = {.id = ctx_new_id(cx)};
    if (!new_get(cx, rq, rp) || !change_wanted(cx, rq, &c) ||
        !db_write(cx, DB_INTERACTIVE, create_write, &c))
        return false;
    rp->status = 201;
    rp->data = lead_value(cx, &c.lead);
    rp->etag = lead_etag(cx->a, &c.lead);
    rp->location = lead_url(cx, c.id);
    rp->flash = S("flash.lead_created");
    return true;
}

static bool edit_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct change c = {0};
    if (!lead_param(cx, rq, &c.id) || !db_read(cx, change_read, &c)) return false;
    rp->data = lead_value(cx, &c.lead);
    form_page(cx, rp, &c, "lead/edit");
    return true;
}

static bool edit_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct change c = {.rq = rq};
    /* What is there now stands beside what was typed, should it be refused. */
    if (!edit_get(cx, rq, rp) || !lead_param(cx, rq, &c.id) || !change_wanted(cx, rq, &c) ||
        !db_write(cx, DB_INTERACTIVE, edit_write, &c))
        return false;
    rp->data = lead_value(cx, &c.lead);
    rp->etag = lead_etag(cx->a, &c.lead);
    rp->location = lead_url(cx, c.id);
    rp->flash = S("flash.saved");
    return true;
}

/* --- notes --- */

struct note {
    int64_t lead_id, id;
    str text;
    struct lead_notes notes;
};

/* Written, and read back with its author's name. */
static bool note_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct note *n = arg;
    struct lead lead;
    return lead_load(cx, tx, n->lead_id, &lead) &&
           lead_note_add(cx, tx, n->lead_id, n->text, &n->id) &&
           audit_write(cx, tx, "lead.note", "lead", n->lead_id, n->lead_id, value_null()) &&
           lead_note_list(cx, tx, n->lead_id, &n->notes);
}

static bool notes_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct note *n = arg;
    struct lead lead;
    return lead_load(cx, tx, n->lead_id, &lead) && lead_note_list(cx, tx, n->lead_id, &n->notes);
}

static bool notes_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct note n = {0};
    if (!lead_param(cx, rq, &n.lead_id) || !db_read(cx, notes_read, &n)) return false;
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < n.notes.count; i++)
        value_push(rp->data, lead_note_value(cx, &n.notes.note[i]));
    return true;
}

static bool note_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct note n = {0};
    if (!lead_param(cx, rq, &n.lead_id)) return false;
    n.text = value_str(value_get(rq->body, S("text")));
    n.text = n.text.ptr == NULL ? S("") : utf8_clean_text(cx->a, n.text);
    if (n.text.len == 0) return fail_field(cx, S("text"), "lead.note_empty");
    if (n.text.len > LIMIT_TEXT_BYTES) {
        fail_field(cx, S("text"), "error.field_too_long");
        fail_arg(cx, "max", str_printf(cx->a, "%d", LIMIT_TEXT_BYTES));
        return false;
    }
    if (!db_write(cx, DB_INTERACTIVE, note_write, &n)) return false;
    for (ptrdiff_t i = 0; i < n.notes.count; i++)
        if (n.notes.note[i].id == n.id) rp->data = lead_note_value(cx, &n.notes.note[i]);
    rp->status = 201;
    rp->location = lead_url(cx, n.lead_id);
    return true;
}

/* --- archive, trash, restore --- */

struct move {
    int64_t id;
    enum lead_state to;
    const char *action;
    struct lead lead;
};

static bool move_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct move *m = arg;
    return lead_set_state(cx, tx, m->id, m->to) && lead_load(cx, tx, m->id, &m->lead) &&
           audit_write(cx, tx, m->action, "lead", m->id, m->id, value_null());
}

static bool move_to(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                    struct move move, str flash)
{
    if (!lead_param(cx, rq, &move.id) || !db_write(cx, DB_INTERACTIVE, move_write, &move))
        return false;
    rp->data = lead_value(cx, &move.lead);
    rp->etag = lead_etag(cx->a, &move.lead);
    rp->location = lead_url(cx, move.id);
    rp->flash = flash;
    return true;
}

static bool archive_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct move move = {.to = LEAD_ARCHIVED, .action = "lead.archive"};
    return move_to(cx, rq, rp, move, S("flash.lead_archived"));
}

static bool trash_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct move move = {.to = LEAD_TRASHED, .action = "lead.trash"};
    return move_to(cx, rq, rp, move, S("flash.lead_trashed"));
}

static bool restore_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct move move = {.to = LEAD_ACTIVE, .action = "lead.restore"};
    return move_to(cx, rq, rp, move, S("flash.lead_restored"));
}

/* --- applications --- */

static bool reject_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct move *m = arg;
    return applicant_reject(cx, tx, m->id, str_eq(str_of(m->action), S("applicant.reject"))) &&
           lead_load(cx, tx, m->id, &m->lead) &&
           audit_write(cx, tx, m->action, "lead", m->id, m->id, value_null());
}

static bool applicant_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp,
                           struct move move, str flash)
{
    if (!lead_param(cx, rq, &move.id) || !db_write(cx, DB_INTERACTIVE, reject_write, &move))
        return false;
    rp->data = lead_value(cx, &move.lead);
    rp->etag = lead_etag(cx->a, &move.lead);
    rp->location = lead_url(cx, move.id);
    rp->flash = flash;
    return true;
}

static bool reject_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct move move = {.action = "applicant.reject"};
    return applicant_post(cx, rq, rp, move, S("flash.applicant_rejected"));
}

static bool reopen_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct move move = {.action = "applicant.reopen"};
    return applicant_post(cx, rq, rp, move, S("flash.applicant_reopened"));
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route lead_routes[] = {
    {.method = "GET",
     .pattern = "/leads",
     .faces = BOTH,
     .permission = MAY_READ_LEADS,
     .handler = lead_list_get},
    {.method = "POST",
     .pattern = "/leads",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = create_post},
    {.method = "GET",
     .pattern = "/leads/new",
     .faces = FACE_PAGE,
     .permission = MAY_WRITE_LEADS,
     .handler = new_get},
    {.method = "GET",
     .pattern = "/leads/trash",
     .faces = FACE_PAGE,
     .permission = MAY_READ_LEADS,
     .handler = lead_trash_get},
    {.method = "GET",
     .pattern = "/leads/export",
     .faces = BOTH,
     .permission = MAY_READ_LEADS | MAY_EXPORT | MUST_PROVE,
     .handler = lead_export_get},
    {.method = "POST",
     .pattern = "/leads/{id}",
     .faces = FACE_PAGE,
     .body = BODY_FORM,
     .permission = MAY_WRITE_LEADS,
     .handler = edit_post},
    {.method = "PATCH",
     .pattern = "/leads/{id}",
     .faces = FACE_API,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = edit_post},
    {.method = "GET",
     .pattern = "/leads/{id}/edit",
     .faces = FACE_PAGE,
     .permission = MAY_WRITE_LEADS,
     .handler = edit_get},
    {.method = "GET",
     .pattern = "/leads/{id}/notes",
     .faces = FACE_API,
     .permission = MAY_READ_LEADS,
     .handler = notes_get},
    {.method = "POST",
     .pattern = "/leads/{id}/notes",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = note_post},
    {.method = "POST",
     .pattern = "/leads/{id}/reject",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = reject_post},
    {.method = "POST",
     .pattern = "/leads/{id}/reopen",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = reopen_post},
    {.method = "POST",
     .pattern = "/leads/{id}/archive",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = archive_post},
    {.method = "POST",
     .pattern = "/leads/{id}/trash",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = trash_post},
    {.method = "POST",
     .pattern = "/leads/{id}/restore",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WRITE_LEADS,
     .handler = restore_post},
};
const ptrdiff_t lead_route_count = COUNTOF(lead_routes);
