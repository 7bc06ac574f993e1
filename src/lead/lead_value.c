#include "lead/lead_value.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "field/free_field.h"

struct value stored_value(struct ctx *cx, str json)
{
    struct value tree;
    struct json_err err;
    if (json.len <= 0 || !json_parse(cx->a, json, &tree, &err)) return value_null();
    return tree;
}

static str field_text(const struct lead *lead, const struct field_def *def)
{
    return def->slot == SLOT_NONE ? lead->email : lead->text[def->slot];
}

static struct value filled_fields(struct ctx *cx, const struct lead *lead)
{
    struct value fields = value_map(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        str text = field_text(lead, &field_defs[i]);
        if (field_defs[i].slot != SLOT_NONE && text.len > 0)
            value_set_text(fields, field_defs[i].key, text);
    }
    return fields;
}

static struct value own_fields(struct ctx *cx, const struct lead *lead)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; lead->own != NULL && i < lead->own->count; i++) {
        const struct free_field *f = &lead->own->row[i];
        if (lead->text[f->slot].len <= 0) continue;
        struct value item = value_map(cx->a);
        value_set_text(item, "key", f->key);
        value_set_text(item, "label", f->label);
        value_set_text(item, "type", str_of(field_type_name(f->type)));
        value_set_text(item, "value", lead->text[f->slot]);
        value_push(list, item);
    }
    return list;
}

static struct value may_email(struct ctx *cx, const struct lead *lead)
{
    struct value may = value_map(cx->a);
    value_set_text(may, "state", str_of(permit_summary_name(lead->permit)));
    value_set_text(may, "purpose", lead->permit_purpose.len > 0 ? lead->permit_purpose : (str){0});
    return may;
}

static struct value source_value(struct ctx *cx, const struct lead *lead, struct value contact)
{
    struct value source = value_map(cx->a), utm = value_get(contact, S("utm"));
    value_set_text(source, "label", lead->source);
    value_set(source, "utm", utm.type == VALUE_MAP ? utm : value_map(cx->a));
    return source;
}

static struct value owner_value(struct ctx *cx, const struct lead *lead)
{
    if (lead->owner_id == 0) return value_null();
    struct value owner = value_map(cx->a);
    value_set_text(owner, "id", id_text(cx->a, ID_USER, lead->owner_id));
    value_set_text(owner, "name", lead->owner_name);
    return owner;
}

static struct value campaign_value(struct ctx *cx, const struct lead *lead)
{
    if (lead->campaign_id == 0) return value_null();
    struct value campaign = value_map(cx->a);
    value_set_text(campaign, "id", id_text(cx->a, ID_CAMPAIGN, lead->campaign_id));
    value_set_text(campaign, "name", lead->campaign_name);
    return campaign;
}

struct value lead_value(struct ctx *cx, const struct lead *lead)
{
    struct value map = value_map(cx->a), contact = stored_value(cx, lead->first_contact);
    value_set_text(map, "id", id_text(cx->a, ID_LEAD, lead->id));
    value_set_text(map, "name", lead->display_name);
    value_set_text(map, "email", lead->email.len > 0 ? lead->email : (str){0});
    value_set_text(map, "email_state", str_of(email_state_name(lead->email_state)));
    value_set_text(map, "phase", str_of(lead_phase_name(lead->phase)));
    value_set_text(map, "state", str_of(lead_state_name(lead->state)));
    value_set(map, "owner", owner_value(cx, lead));
    value_set_text(map, "handling", str_of(lead_handling_name(lead->handling)));
    value_set(map, "due_at", instant_value(cx->a, lead->due_ms));
    value_set(map, "fields", filled_fields(cx, lead));
    value_set(map, "own_fields", own_fields(cx, lead));
    value_set(map, "may_email", may_email(cx, lead));
    value_set(map, "source", source_value(cx, lead, contact));
    value_set(map, "campaign", campaign_value(cx, lead));
    value_set_text(map, "language", lead->lang);
    value_set(map, "created_at", instant_value(cx->a, lead->created_ms));
    value_set(map, "updated_at", instant_value(cx->a, lead->updated_ms));
    value_set(map, "last_at", instant_value(cx->a, lead->last_ms));
    value_set(map, "trashed_at", instant_value(cx->a, lead->trashed_ms));
    value_set(map, "rejected_at", instant_value(cx->a, lead->rejected_ms));
    value_set(map, "first_contact", contact);
    value_set_int(map, "version", lead->version);
    return map;
}

str lead_etag(arena *a, const struct lead *lead)
{
    return str_printf(a, "%lld", (long long)lead->version);
}

/* What object_id of a touchpoint names. */
static enum id_type object_type(enum touchpoint_kind kind)
{
    switch (kind) {
    case TOUCH_FORM_SUBMITTED:
    case TOUCH_TWIN_ADDED:
        return ID_SUBMISSION;
    case TOUCH_MAIL_SENT:
    case TOUCH_MAIL_FAILED:
    case TOUCH_TOLD_BY_MAIL:
        return ID_MAIL;
    case TOUCH_CONSENT_CONFIRMED:
    case TOUCH_CONSENT_WITHDRAWN:
        return ID_CONSENT;
    case TOUCH_DOWNLOADED:
        return ID_DOWNLOAD;
    case TOUCH_NOTE_ADDED:
        return ID_NOTE;
    case TOUCH_TASK_ADDED:
    case TOUCH_TASK_DONE:
        return ID_TASK;
    case TOUCH_IMPORTED:
        return ID_IMPORT;
    case TOUCH_DOI_REQUESTED:
    case TOUCH_EMAIL_VERIFIED:
    case TOUCH_FIELD_CHANGED:
    case TOUCH_CREATED_BY_HAND:
    case TOUCH_REJECTED:
    case TOUCH_CONSENT_EXPIRED:
    case TOUCH_APPLICATION_REJECTED:
    case TOUCH_APPLICATION_REOPENED:
    case TOUCH_ARCHIVED:
    case TOUCH_TRASHED:
    case TOUCH_RESTORED:
    case TOUCH_REASON_GIVEN:
    case TOUCH_OWNER_CHANGED:
    case TOUCH_HANDLING_CHANGED:
    case TOUCH_DUE_CHANGED:
    case TOUCH_PHASE_CHANGED:
    case TOUCH__COUNT:
        break;
    }
    return ID_EVENT;
}

struct value touchpoint_value(struct ctx *cx, const struct touchpoint *t)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_TOUCHPOINT, t->id));
    value_set_text(map, "kind", str_of(touchpoint_name(t->kind)));
    value_set(map, "at", instant_value(cx->a, t->at_ms));
    value_set_text(map, "object", id_text(cx->a, object_type(t->kind), t->object_id));
    value_set(map, "props", stored_value(cx, t->props));
    return map;
}

struct value lead_note_value(struct ctx *cx, const struct lead_note *note)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "id", id_text(cx->a, ID_NOTE, note->id));
    value_set_text(map, "text", note->text);
    value_set_text(map, "author", note->user_name.len > 0 ? note->user_name : (str){0});
    value_set(map, "at", instant_value(cx->a, note->at_ms));
    return map;
}

struct value lead_fields_value(struct ctx *cx, const struct lead *lead)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < field_count; i++) {
        const struct field_def *def = &field_defs[i];
        struct value field = value_map(cx->a);
        str text = field_text(lead, def);
        value_set_text(field, "key", str_of(def->key));
        value_set_text(field, "type", str_of(field_type_name(def->type)));
        value_set_text(field, "autocomplete", str_of(def->autocomplete));
        value_set_int(field, "max_bytes", def->max_bytes);
        value_set_text(field, "value", text.ptr == NULL ? S("") : text);
        value_push(list, field);
    }
    return list;
}

struct value free_options_value(struct ctx *cx, str options)
{
    struct value list = value_list(cx->a);
    for (str rest = options, one; free_option_next(&rest, &one);) value_push(list, value_text(one));
    return list;
}
