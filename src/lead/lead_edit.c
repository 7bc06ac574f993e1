#include "lead/lead_edit.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "campaign/campaign.h"
#include "field/free_field.h"
#include "lead/lead_phase.h"

/* The text of a JSON scalar; false if it is none. */
static bool scalar_text(struct ctx *cx, struct value v, str *out)
{
    switch (v.type) {
    case VALUE_NULL:
        *out = S("");
        return true;
    case VALUE_TEXT:
        *out = v.as.text;
        return true;
    case VALUE_INT:
        *out = str_printf(cx->a, "%lld", (long long)v.as.integer);
        return true;
    case VALUE_BOOL:
    case VALUE_DECIMAL:
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    return false;
}

static bool named(struct value map, str key)
{
    if (map.type != VALUE_MAP) return false;
    for (ptrdiff_t i = 0; i < map.as.map->count; i++)
        if (str_eq(map.as.map->entry[i].key, key)) return true;
    return false;
}

static void read_field(struct ctx *cx, const struct field_def *def, str name, struct value v,
                       struct lead_edit *out)
{
    str raw, text;
    if (!scalar_text(cx, v, &raw)) {
        fail_field(cx, name, "error.text_expected");
        return;
    }
    enum field_err err = field_check(cx->a, def->type, def->max_bytes, raw, &text);
    if (err != FIELD_OK) {
        fail_field(cx, name, field_err_key(err));
        fail_arg(cx, "max", str_printf(cx->a, "%d", def->max_bytes));
        return;
    }
    if (def->slot == SLOT_NONE) {
        out->has_email = true;
        out->email = text;
    } else {
        out->has_text[def->slot] = true;
        out->text[def->slot] = text;
    }
}

static void read_fields(struct ctx *cx, struct value body, struct lead_edit *out)
{
    struct value fields = value_get(body, S("fields"));
    bool nested = fields.type == VALUE_MAP;
    for (ptrdiff_t i = 0; i < field_count; i++) {
        str key = str_of(field_defs[i].key);
        if (nested && named(fields, key))
            read_field(cx, &field_defs[i], str_printf(cx->a, "fields.%s", field_defs[i].key),
                       value_get(fields, key), out);
        else if (named(body, key) && (!nested || field_defs[i].slot == SLOT_NONE))
            read_field(cx, &field_defs[i], key, value_get(body, key), out);
    }
    for (ptrdiff_t i = 0; nested && i < fields.as.map->count; i++) {
        str key = fields.as.map->entry[i].key;
        if (field_find(key) == NULL && !field_key_is_free(key)) /* see lead_edit_read_own */
            fail_field(cx, str_printf(cx->a, "fields.%.*s", STR_ARG(key)), "error.field_unknown");
    }
}

static const struct free_field *own_find(const struct free_fields *own, str key)
{
    for (ptrdiff_t i = 0; i < own->count; i++)
        if (str_eq(own->row[i].key, key) && own->row[i].type != FIELD_FILE) return &own->row[i];
    return NULL;
}

bool lead_edit_read_own(struct ctx *cx, struct value body, const struct free_fields *own,
                        struct lead_edit *out)
{
    struct value fields = value_get(body, S("fields"));
    bool nested = fields.type == VALUE_MAP;
    struct value from = nested ? fields : body;
    for (ptrdiff_t i = 0; from.type == VALUE_MAP && i < from.as.map->count; i++) {
        str key = from.as.map->entry[i].key;
        str name = nested ? str_printf(cx->a, "fields.%.*s", STR_ARG(key)) : key;
        if (!field_key_is_free(key)) continue;
        const struct free_field *f = own_find(own, key);
        if (f == NULL) {
            fail_field(cx, name, "error.field_unknown");
            continue;
        }
        struct field_def def = {str_cstr(cx->a, f->key), f->type, f->slot, "", FREE_TEXT_MAX};
        read_field(cx, &def, name, from.as.map->entry[i].value, out);
    }
    return cx->err.code == ERR_NONE;
}

bool lead_edit_read(struct ctx *cx, struct value body, struct lead_edit *out)
{
    *out = (struct lead_edit){.version = -1, .email = S("")};
    read_fields(cx, body, out);
    str text;
    if (named(body, S("phase"))) {
        out->has_phase = true;
        if (!lead_phase_of(value_str(value_get(body, S("phase"))), &out->phase))
            fail_field(cx, S("phase"), "error.choice_invalid");
    }
    out->lost_reason = value_str(value_get(body, S("lost_reason")));
    if (out->lost_reason.ptr == NULL) out->lost_reason = S("");
    if (out->lost_reason.len > 0 && !lost_reason_known(out->lost_reason))
        fail_field(cx, S("lost_reason"), "error.choice_invalid");
    if (named(body, S("campaign"))) {
        str campaign = str_trim(value_str(value_get(body, S("campaign"))));
        out->has_campaign = true;
        if (campaign.len > 0 && !id_parse(campaign, ID_CAMPAIGN, &out->campaign_id))
            fail_field(cx, S("campaign"), "error.choice_invalid");
    }
    struct value version = value_get(body, S("version"));
    if (!value_is_null(version) && (!scalar_text(cx, version, &text) ||
                                    !str_to_i64(str_trim(text), &out->version) || out->version < 0))
        fail_field(cx, S("version"), "error.number_invalid");
    return cx->err.code == ERR_NONE;
}

static bool somebody(struct ctx *cx, const str text[SLOT__COUNT], str email)
{
    static const enum field_slot enough[] = {SLOT_FIRST_NAME, SLOT_LAST_NAME, SLOT_COMPANY,
                                             SLOT_PHONE, SLOT_MOBILE};
    if (email.len > 0) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(enough); i++)
        if (text[enough[i]].len > 0) return true;
    return fail_field(cx, S("email"), "lead.nothing_known");
}

/* Lost, and nobody says why: that would be of no use to anybody. */
static bool phase_explained(struct ctx *cx, const struct lead_edit *edit, enum lead_phase now)
{
    bool lost = edit->has_phase && edit->phase == PHASE_LOST && now != PHASE_LOST;
    if (!lost || edit->lost_reason.len > 0) return true;
    return fail_field(cx, S("lost_reason"), "lead.lost_reason_missing");
}

static bool phase_apply(struct ctx *cx, struct tx *tx, int64_t id, const struct lead_edit *edit,
                        struct lead *out)
{
    struct phase_change change = {.to = edit->phase, .reason = edit->lost_reason};
    if (!edit->has_phase || edit->phase == out->phase) return true;
    return lead_set_phase(cx, tx, out, &change) && lead_load(cx, tx, id, out);
}

static bool campaign_there(struct ctx *cx, struct tx *tx, const struct lead_edit *edit)
{
    str name;
    bool found = true;
    if (edit->campaign_id != 0 && !campaign_name(cx, tx, edit->campaign_id, &name, &found))
        return false;
    return found || fail_field(cx, S("campaign"), "error.choice_invalid");
}

/* Sales has phases and campaigns; who applies for a job has none. */
static bool applicant_apart(struct ctx *cx, const struct lead *lead, const struct lead_edit *edit)
{
    if (lead->state != LEAD_APPLICANT) return true;
    if (edit->has_phase && edit->phase != lead->phase)
        fail_field(cx, S("phase"), "lead.applicant_apart");
    if (edit->has_campaign && edit->campaign_id != 0)
        fail_field(cx, S("campaign"), "lead.applicant_apart");
    return cx->err.code == ERR_NONE;
}

bool lead_edit_apply(struct ctx *cx, struct tx *tx, int64_t id, const struct lead_edit *edit,
                     struct lead *out)
{
    struct lead lead;
    str text[SLOT__COUNT];
    if (!lead_load(cx, tx, id, &lead)) return false;
    if (edit->version >= 0 && edit->version != lead.version)
        return fail(cx, ERR_CONFLICT, "lead.changed");
    if (!applicant_apart(cx, &lead, edit)) return false;
    for (int i = 0; i < SLOT__COUNT; i++)
        text[i] = edit->has_text[i] ? edit->text[i] : lead.text[i];
    if (!somebody(cx, text, edit->has_email ? edit->email : lead.email) ||
        !phase_explained(cx, edit, lead.phase) || !campaign_there(cx, tx, edit))
        return false;
    /* First the address: it may name the lead, and changing it moves the version on. */
    if (edit->has_email && !str_eq(edit->email, lead.email) &&
        (!lead_change_email(cx, tx, &lead, edit->email) || !lead_load(cx, tx, id, &lead)))
        return false;
    return lead_change(cx, tx, &lead, text, lead.phase, lead.version) &&
           (!edit->has_campaign || edit->campaign_id == lead.campaign_id ||
            lead_set_campaign(cx, tx, id, edit->campaign_id)) &&
           lead_load(cx, tx, id, out) && phase_apply(cx, tx, id, edit, out);
}

static str by_hand_json(struct ctx *cx)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "at", rfc3339(cx->a, cx->now_ms));
    value_set_text(map, "reason", S("manual"));
    return json_text(cx->a, map);
}

bool lead_create_by_hand(struct ctx *cx, struct tx *tx, int64_t id, const struct lead_edit *edit,
                         struct lead *out)
{
    struct lead_new in = {.id = id,
                          .email = edit->email,
                          .lang = cx->lang == LANG_EN ? S("en") : S("de"),
                          .source = S("manual"),
                          .first_contact = by_hand_json(cx),
                          .campaign_id = edit->campaign_id};
    bool taken;
    int64_t made;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = edit->text[i];
    if (!somebody(cx, in.text, in.email) || !phase_explained(cx, edit, PHASE_LEAD) ||
        !campaign_there(cx, tx, edit) || !lead_create(cx, tx, &in, &made, &taken))
        return false;
    if (taken) {
        return fail_conflict(cx, S("email"), "error.email_taken");
    }
    /* Who sees only his own leads looks after what he writes down: it would be gone otherwise. */
    if (!lead_seen(&cx->actor, 0, LEAD_ACTIVE) && !lead_set_owner(cx, tx, id, cx->actor.user_id))
        return false;
    if (!touchpoint_record(cx, tx, id, TOUCH_CREATED_BY_HAND, 0, S("{}")) ||
        !lead_load(cx, tx, id, out))
        return false;
    return phase_apply(cx, tx, id, edit, out);
}
