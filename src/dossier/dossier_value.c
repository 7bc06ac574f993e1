#include "dossier/dossier_value.h"

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/permission.h"
#include "base/tz.h"
#include "lead/lead_value.h"

enum { CURSOR_BYTES = 16, CURSOR_CHARS = 22 };

/* --- proof --- */

static struct value block_value(struct ctx *cx, const struct consent_event_row *e)
{
    struct value block = value_map(cx->a);
    value_set(block, "no", e->block_no == 0 ? value_null() : value_int(e->block_no));
    value_set_text(block, "hash", e->block_hash);
    value_set_bool(block, "sealed", e->block_no != 0);
    return block;
}

struct value consent_event_value(struct ctx *cx, const struct consent_event_row *e)
{
    struct value map = value_map(cx->a);
    bool all = (cx->actor.permissions & MAY_READ_EVIDENCE) != 0;
    value_set_text(map, "id", id_text(cx->a, ID_EVENT, e->id));
    value_set_text(map, "kind", str_of(consent_event_name(e->kind)));
    value_set(map, "at", instant_value(cx->a, e->at_ms));
    value_set(map, "facts", stored_value(cx, e->facts));
    value_set(map, "network", all ? stored_value(cx, e->network) : value_null());
    value_set_bool(map, "network_deleted", e->network.ptr == NULL);
    value_set(map, "block", block_value(cx, e));
    return map;
}

static struct value wording_value(struct ctx *cx, const struct consent_row *c)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_WORDING, c->wording_id));
    value_set_int(map, "version", c->wording_no);
    value_set_text(map, "language", c->wording_lang);
    value_set_text(map, "text", c->wording_text);
    value_set_text(map, "approved_by", c->approved_ms != 0 ? c->approver : (str){0});
    value_set(map, "approved_at", instant_value(cx->a, c->approved_ms));
    return map;
}

static struct value consent_value(struct ctx *cx, const struct consent_row *c,
                                  const struct consent_event_rows *events)
{
    struct value map = value_map(cx->a), evidence = value_list(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_CONSENT, c->id));
    value_set_text(map, "purpose", c->purpose);
    value_set_text(map, "purpose_label", c->purpose_label);
    value_set_text(map, "channel", str_of(channel_name(c->channel)));
    value_set_text(map, "state", str_of(consent_state_name(c->state)));
    value_set(map, "wording", wording_value(cx, c));
    value_set(map, "requested_at", instant_value(cx->a, c->requested_ms));
    value_set(map, "confirmed_at", instant_value(cx->a, c->confirmed_ms));
    value_set(map, "ended_at", instant_value(cx->a, c->ended_ms));
    value_set(map, "last_used_at", instant_value(cx->a, c->used_ms));
    if (events == NULL) return map;
    for (ptrdiff_t i = 0; i < events->count; i++)
        if (events->row[i].consent_id == c->id)
            value_push(evidence, consent_event_value(cx, &events->row[i]));
    value_set(map, "evidence", evidence);
    return map;
}

struct value consents_value(struct ctx *cx, const struct consent_rows *consents,
                            const struct consent_event_rows *events)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < consents->count; i++)
        value_push(list, consent_value(cx, &consents->row[i], events));
    return list;
}

/* --- may be e-mailed --- */

/* The consent that decides, as the consent room's summary chose it. */
static const struct consent_row *deciding(const struct dossier *d, enum consent_state state)
{
    for (ptrdiff_t i = 0; i < d->consents.count; i++) {
        const struct consent_row *c = &d->consents.row[i];
        if (c->channel == CHANNEL_EMAIL && c->state == state) return c;
    }
    return NULL;
}

static struct value permit_map(struct ctx *cx, const char *kind, const char *text_key,
                               const struct dossier *d, int64_t at_ms)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "kind", str_of(kind));
    value_set_text(map, "text_key", str_of(text_key));
    value_set_text(map, "purpose", d->lead.permit_purpose);
    value_set(map, "at", instant_value(cx->a, at_ms));
    return map;
}

struct value permit_value(struct ctx *cx, const struct dossier *d)
{
    const struct consent_row *c;
    const struct lead *lead = &d->lead;
    if (lead->email.len == 0) return permit_map(cx, "none", "permit.no_address", d, 0);
    if (lead->email_state == EMAIL_BOUNCING) return permit_map(cx, "bad", "permit.bouncing", d, 0);
    switch (lead->permit) {
    case MAY_YES:
        c = deciding(d, CONSENT_CONFIRMED);
        /* The gate asks for a verified address, too: one entered by hand proves nothing. */
        if (lead->email_state != EMAIL_VERIFIED)
            return permit_map(cx, "wait", "permit.unverified", d, 0);
        return permit_map(cx, "ok", "permit.yes", d, c == NULL ? 0 : c->confirmed_ms);
    case MAY_WAITING:
        c = deciding(d, CONSENT_REQUESTED);
        return permit_map(cx, "wait", "permit.waiting", d, c == NULL ? 0 : c->requested_ms);
    case MAY_WITHDRAWN:
        c = deciding(d, CONSENT_WITHDRAWN);
        return permit_map(cx, "bad", "permit.withdrawn", d, c == NULL ? 0 : c->ended_ms);
    case MAY_NO:
    case MAY__COUNT:
        break;
    }
    return permit_map(cx, "none", "permit.none", d, 0);
}

/* --- history --- */

static const struct look {
    const char *icon, *class;
} looks[TOUCH__COUNT] = {
    [TOUCH_FORM_SUBMITTED] = {"in", "big"},
    [TOUCH_DOI_REQUESTED] = {"out", ""},
    [TOUCH_MAIL_SENT] = {"out", ""},
    [TOUCH_EMAIL_VERIFIED] = {"check", "yes"},
    [TOUCH_CONSENT_CONFIRMED] = {"shield", "yes"},
    [TOUCH_CONSENT_WITHDRAWN] = {"shield", "no"},
    [TOUCH_DOWNLOADED] = {"down", ""},
    [TOUCH_NOTE_ADDED] = {"note", ""},
    [TOUCH_FIELD_CHANGED] = {"pen", ""},
    [TOUCH_CREATED_BY_HAND] = {"plus", "big"},
    [TOUCH_REJECTED] = {"warn", "no"},
    [TOUCH_CONSENT_EXPIRED] = {"clock", ""},
    [TOUCH_MAIL_FAILED] = {"warn", "no"},
    [TOUCH_ARCHIVED] = {"file", ""},
    [TOUCH_TRASHED] = {"bin", ""},
    [TOUCH_RESTORED] = {"redo", ""},
    [TOUCH_REASON_GIVEN] = {"note", ""},
    [TOUCH_OWNER_CHANGED] = {"people", ""},
    [TOUCH_HANDLING_CHANGED] = {"check", ""},
    [TOUCH_PHASE_CHANGED] = {"flag", ""},
    [TOUCH_TASK_ADDED] = {"clock", ""},
    [TOUCH_TASK_DONE] = {"check", ""},
    [TOUCH_TOLD_BY_MAIL] = {"mail", ""},
    [TOUCH_TWIN_ADDED] = {"people", ""},
    [TOUCH_APPLICATION_REJECTED] = {"no", ""},
    [TOUCH_APPLICATION_REOPENED] = {"redo", ""},
    [TOUCH_IMPORTED] = {"in", "big"},
    [TOUCH_DUE_CHANGED] = {"clock", ""},
};

static str note_text(const struct dossier *d, int64_t note_id)
{
    for (ptrdiff_t i = 0; i < d->notes.count; i++)
        if (d->notes.note[i].id == note_id) return d->notes.note[i].text;
    return (str){0};
}

static struct value item_value(struct ctx *cx, const struct dossier *d, const struct touchpoint *t)
{
    struct value item = value_map(cx->a), args = stored_value(cx, t->props);
    const char *name = touchpoint_name(t->kind);
    bool known = (int)t->kind > 0 && t->kind < TOUCH__COUNT;
    value_set_text(item, "kind", str_of(name));
    bool withheld = t->kind == TOUCH_MAIL_FAILED && value_get(args, S("why")).type == VALUE_TEXT;
    value_set_text(item, "title_key",
                   str_printf(cx->a, "timeline.%s", withheld ? "mail_withheld" : name));
    value_set(item, "title_args", args);
    value_set_text(item, "detail",
                   t->kind == TOUCH_NOTE_ADDED ? note_text(d, t->object_id) : (str){0});
    value_set(item, "at", instant_value(cx->a, t->at_ms));
    value_set_text(item, "icon", known ? str_of(looks[t->kind].icon) : S("clock"));
    value_set_text(item, "class", known ? str_of(looks[t->kind].class) : S(""));
    return item;
}

struct value timeline_value(struct ctx *cx, const struct dossier *d)
{
    struct value days = value_list(cx->a), items = value_null();
    struct tz *zone = NULL;
    int64_t day = INT64_MIN;
    if (!tz_load(cx->a, d->time_zone, &zone)) zone = NULL;
    for (ptrdiff_t i = 0; i < d->touchpoints.count; i++) {
        const struct touchpoint *t = &d->touchpoints.row[i];
        int64_t of = civil_to_day(tz_civil(zone, t->at_ms));
        if (of != day) {
            struct value map = value_map(cx->a);
            items = value_list(cx->a);
            value_set(map, "at", instant_value(cx->a, t->at_ms));
            value_set(map, "items", items);
            value_push(days, map);
            day = of;
        }
        value_push(items, item_value(cx, d, t));
    }
    return days;
}

str timeline_cursor(arena *a, const struct touchpoint *last)
{
    uint8_t bytes[CURSOR_BYTES];
    put_be64(bytes, last->at_ms);
    put_be64(bytes + 8, last->id);
    return base64url_encode(a, bytes, CURSOR_BYTES);
}

bool timeline_cursor_read(str cursor, int64_t *before_ms, int64_t *before_id)
{
    uint8_t bytes[CURSOR_BYTES];
    if (cursor.len != CURSOR_CHARS || !base64url_decode(cursor, bytes, CURSOR_BYTES)) return false;
    *before_ms = get_be64(bytes);
    *before_id = get_be64(bytes + 8);
    return *before_ms >= 0 && *before_id > 0;
}

/* --- the rest --- */

struct value submissions_value(struct ctx *cx, const struct submission_rows *rows)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < rows->count; i++) {
        const struct submission_row *r = &rows->row[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "id", id_text(cx->a, ID_SUBMISSION, r->id));
        value_set_text(map, "form_id", id_text(cx->a, ID_FORM, r->form_id));
        value_set_text(map, "form", r->form_name);
        value_set_int(map, "form_version", r->form_version);
        value_set(map, "at", instant_value(cx->a, r->at_ms));
        value_set_text(map, "state", str_of(submission_state_name(r->state)));
        value_set(map, "answers", stored_value(cx, r->answers));
        value_push(list, map);
    }
    return list;
}

struct value identities_value(struct ctx *cx, const struct identities *identities)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < identities->count; i++) {
        const struct identity_row *r = &identities->row[i];
        struct value map = value_map(cx->a);
        value_set_text(map, "kind", r->kind == IDENTITY_EMAIL ? S("email") : S("other"));
        value_set_text(map, "value", r->value);
        value_set_text(map, "state", str_of(email_state_name(r->state)));
        value_set(map, "verified_at", instant_value(cx->a, r->verified_ms));
        value_push(list, map);
    }
    return list;
}

struct value lead_files_value(struct ctx *cx, int64_t lead_id, const struct lead_files *files)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < files->count; i++) {
        const struct lead_file *f = &files->row[i];
        struct value map = value_map(cx->a);
        str id = id_text(cx->a, ID_LEAD_FILE, f->id);
        value_set_text(map, "id", id);
        value_set_text(map, "name", f->name);
        value_set_text(map, "type", f->media_type);
        value_set_int(map, "bytes", f->size_bytes);
        value_set_text(map, "field", f->field);
        value_set_text(map, "submission", id_text(cx->a, ID_SUBMISSION, f->submission_id));
        value_set(map, "at", instant_value(cx->a, f->created_ms));
        value_set_text(map, "url",
                       str_printf(cx->a, "/leads/%.*s/files/%.*s",
                                  STR_ARG(id_text(cx->a, ID_LEAD, lead_id)), STR_ARG(id)));
        value_push(list, map);
    }
    return list;
}
