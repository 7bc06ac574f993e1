#include "dossier/dossier_http.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/permission.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "dossier/dossier_value.h"
#include "lead/lead_http.h"
#include "lead/lead_value.h"
#include "sales/sales.h"

enum { TIMELINE_ROWS = 50 };

struct view {
    int64_t lead_id, before_ms, before_id;
    int limit;
    struct dossier dossier;
    struct value care; /* what sales/ shows of it */
};

static str lead_url(struct ctx *cx, int64_t id)
{
    return str_printf(cx->a, "/leads/%.*s", STR_ARG(id_text(cx->a, ID_LEAD, id)));
}

static bool view_begin(struct ctx *cx, const struct web_request *rq, struct view *v)
{
    str cursor = web_field(rq->query, "cursor");
    *v = (struct view){0};
    if (!lead_param(cx, rq, &v->lead_id)) return false;
    if (cursor.len <= 0 || timeline_cursor_read(cursor, &v->before_ms, &v->before_id)) return true;
    return fail(cx, ERR_UNREADABLE, "error.cursor");
}

static bool view_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    return dossier_load(cx, tx, v->lead_id, v->before_ms, v->before_id, &v->dossier) &&
           sales_panel(cx, tx, &v->dossier.lead, &v->care);
}

static bool lead_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    return lead_load(cx, tx, v->lead_id, &v->dossier.lead);
}

/* --- the record --- */

static struct value notes_value(struct ctx *cx, const struct lead_notes *notes)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < notes->count; i++)
        value_push(list, lead_note_value(cx, &notes->note[i]));
    return list;
}

static struct value phases_value(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < PHASE__COUNT; i++)
        value_push(list, value_text(str_of(lead_phase_name((enum lead_phase)i))));
    return list;
}

static struct value record_page(struct ctx *cx, const struct view *v)
{
    const struct dossier *d = &v->dossier;
    struct value page = value_map(cx->a);
    const struct lead *lead = &d->lead;
    value_set(page, "care", v->care);
    value_set(page, "permit", permit_value(cx, d));
    value_set(page, "timeline", timeline_value(cx, d));
    value_set(page, "consents", consents_value(cx, &d->consents, &d->events));
    value_set(page, "submissions", submissions_value(cx, &d->submissions));
    value_set(page, "files", lead_files_value(cx, lead->id, &d->files));
    value_set(page, "notes", notes_value(cx, &d->notes));
    value_set(page, "identities", identities_value(cx, &d->identities));
    value_set(page, "fields", lead_fields_value(cx, lead));
    value_set(page, "phases", phases_value(cx));
    value_set(page, "first_contact", stored_value(cx, lead->first_contact));
    value_set(page, "applicant_gone_at",
              instant_value(cx->a, applicant_gone_ms(lead, d->applicant_months)));
    value_set_bool(page, "older", v->before_id != 0);
    if (d->more) {
        const struct touchpoint *last = &d->touchpoints.row[d->touchpoints.count - 1];
        str cursor = timeline_cursor(cx->a, last);
        value_set_text(page, "timeline_next_url",
                       str_printf(cx->a, "%.*s?cursor=%.*s", STR_ARG(lead_url(cx, lead->id)),
                                  STR_ARG(cursor)));
    } else if (d->gone_ms > 0) {
        value_set(page, "timeline_gone_at", instant_value(cx->a, d->gone_ms));
    }
    return page;
}

static bool record_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct view v;
    bool people = rq->face == FACE_PAGE;
    if (!view_begin(cx, rq, &v) || !db_read(cx, people ? view_read : lead_read, &v)) return false;
    rp->data = lead_value(cx, &v.dossier.lead);
    rp->etag = lead_etag(cx->a, &v.dossier.lead);
    if (!people) return true;
    rp->page = record_page(cx, &v);
    rp->template = "lead/show";
    return true;
}

/* --- proof --- */

static bool consents_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    return lead_load(cx, tx, v->lead_id, &v->dossier.lead) &&
           consent_list(cx, tx, v->lead_id, &v->dossier.consents) &&
           consent_events(cx, tx, v->lead_id, &v->dossier.events);
}

static bool consents_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct view v;
    if (!view_begin(cx, rq, &v) || !db_read(cx, consents_read, &v)) return false;
    rp->data = consents_value(cx, &v.dossier.consents, &v.dossier.events);
    return true;
}

/* For paper: who it is about, every consent with its evidence, and what was sent in. */
static bool proof_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct view v;
    const struct dossier *d = &v.dossier;
    if (!view_begin(cx, rq, &v) || !db_read(cx, view_read, &v)) return false;
    rp->data = lead_value(cx, &d->lead);
    rp->page = value_map(cx->a);
    value_set(rp->page, "consents", consents_value(cx, &d->consents, &d->events));
    value_set(rp->page, "submissions", submissions_value(cx, &d->submissions));
    value_set(rp->page, "identities", identities_value(cx, &d->identities));
    value_set_text(rp->page, "legal_name", d->legal_name.len > 0 ? d->legal_name : (str){0});
    value_set(rp->page, "printed_at", instant_value(cx->a, cx->now_ms));
    rp->template = "lead/consent";
    return true;
}

/* --- history --- */

static bool timeline_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    return lead_load(cx, tx, v->lead_id, &v->dossier.lead) &&
           touchpoint_list(cx, tx, v->lead_id, v->before_ms, v->before_id, v->limit + 1,
                           &v->dossier.touchpoints);
}

static bool timeline_get(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct view v;
    if (!view_begin(cx, rq, &v)) return false;
    v.limit = TIMELINE_ROWS;
    if (!web_limit(cx, rq, &v.limit) || !db_read(cx, timeline_read, &v)) return false;
    struct touchpoints *t = &v.dossier.touchpoints;
    if (t->count > v.limit) {
        t->count = v.limit;
        rp->next = timeline_cursor(cx->a, &t->row[v.limit - 1]);
    }
    rp->data = value_list(cx->a);
    for (ptrdiff_t i = 0; i < t->count; i++) value_push(rp->data, touchpoint_value(cx, &t->row[i]));
    return true;
}

/* --- withdraw --- */

static bool withdraw_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_withdraw(cx, tx, arg);
}

static bool withdraw_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    struct withdrawal w = {.purpose = web_field(rq->body, "purpose"), .channel = CHANNEL_EMAIL};
    str channel = web_field(rq->body, "channel"), note = web_field(rq->body, "note");
    if (!lead_param(cx, rq, &w.lead_id)) return false;
    if (channel.len > 0 && !channel_of(channel, &w.channel))
        return fail_field(cx, S("channel"), "error.choice_invalid");
    if (note.len > 0) w.note = utf8_cut(utf8_clean_text(cx->a, note), LIMIT_TEXT_BYTES);
    if (!db_write(cx, DB_INTERACTIVE, withdraw_write, &w) || !consents_get(cx, rq, rp))
        return false;
    rp->location = lead_url(cx, w.lead_id);
    rp->flash = S("flash.withdrawn");
    return true;
}

/* --- the end --- */

static bool erase_post(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    int64_t id;
    if (!lead_param(cx, rq, &id) || !dossier_erase_noted(cx, id)) return false;
    rp->location = S("/leads");
    rp->flash = S("flash.lead_erased");
    return true;
}

struct bin {
    int64_t id;
    struct lead lead;
};

static bool bin_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bin *b = arg;
    return lead_set_state(cx, tx, b->id, LEAD_TRASHED) && lead_load(cx, tx, b->id, &b->lead) &&
           audit_write(cx, tx, "lead.trash", "lead", b->id, b->id, value_null());
}

/* Into the trash; ?forever=true erases, for those who may. */
static bool record_delete(struct ctx *cx, const struct web_request *rq, struct web_reply *rp)
{
    str forever = web_field(rq->query, "forever");
    struct bin bin = {0};
    if (str_eq(forever, S("true"))) {
        if ((cx->actor.permissions & MAY_ERASE_LEADS) == 0)
            return fail(cx, ERR_FORBIDDEN, "error.forbidden");
        return erase_post(cx, rq, rp);
    }
    if (forever.len > 0 && !str_eq(forever, S("false")))
        return fail_field(cx, S("forever"), "error.choice_invalid");
    if (!lead_param(cx, rq, &bin.id) || !db_write(cx, DB_INTERACTIVE, bin_write, &bin))
        return false;
    rp->data = lead_value(cx, &bin.lead);
    return true;
}

enum { BOTH = FACE_PAGE | FACE_API };

const struct route dossier_routes[] = {
    {.method = "GET",
     .pattern = "/leads/{id}",
     .faces = BOTH,
     .permission = MAY_READ_LEADS,
     .handler = record_get},
    {.method = "DELETE",
     .pattern = "/leads/{id}",
     .faces = FACE_API,
     .permission = MAY_WRITE_LEADS,
     .handler = record_delete},
    {.method = "GET",
     .pattern = "/leads/{id}/timeline",
     .faces = FACE_API,
     .permission = MAY_READ_LEADS,
     .handler = timeline_get},
    {.method = "GET",
     .pattern = "/leads/{id}/consents",
     .faces = FACE_API,
     .permission = MAY_READ_LEADS,
     .handler = consents_get},
    {.method = "GET",
     .pattern = "/leads/{id}/proof",
     .faces = FACE_PAGE,
     .permission = MAY_READ_LEADS,
     .handler = proof_get},
    {.method = "POST",
     .pattern = "/leads/{id}/withdraw",
     .faces = BOTH,
     .body = BODY_API,
     .permission = MAY_WITHDRAW,
     .handler = withdraw_post},
    {.method = "POST",
     .pattern = "/leads/{id}/erase",
     .faces = FACE_PAGE,
     .body = BODY_FORM,
     .permission = MAY_ERASE_LEADS,
     .handler = erase_post},
};
const ptrdiff_t dossier_route_count = COUNTOF(dossier_routes);
